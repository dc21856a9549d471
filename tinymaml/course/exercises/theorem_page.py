"""The blank page 19.theorem: Theorem 2's step from its named parts, as a chain of code lines."""

from ..exercise import BLANK_PAGE, Exercise, Mistake
from .theorem_judge import judge_one_step, make_trials
from .theorem_slips import SLIPS

CHAIN = """def one_step(p):
    grad2, unit = p.grad**2, 1 / (p.C_beta * p.L_w)
    each2 = p.A_squ1 * grad2 + p.A_squ2

    def change(beta, slope, beta2, square):
        return -beta * slope + p.L_w / 2 * beta2 * square

    def progress(smoothness):
        return -p.kappa * grad2 / smoothness + p.phi / p.B

    yield p.change, "start"
    yield -p.beta_slope + p.L_w / 2 * p.beta2_square, "Proposition 4"
    yield change(p.beta, p.slope, p.beta2, p.square), "fresh stepsize"
    square = grad2 + (p.each2 - grad2) / p.B
    yield change(p.beta, p.slope, p.beta2, square), "independent tasks"
    yield change(p.beta, grad2, p.beta2, square), "unbiased"
    square = grad2 + p.each2 / p.B
    yield change(p.beta, grad2, p.beta2, square), "drop"
    square = grad2 + each2 / p.B
    yield change(p.beta, grad2, p.beta2, square), "Proposition 5"
    yield change(p.beta, grad2, 4 * unit**2, square), "Lemma 11 (second moment)"
    yield change(unit, grad2, 4 * unit**2, square), "Lemma 11 (mean)"
    yield (-p.kappa * grad2 + p.A * p.phi / p.B) / p.L_w, "rewrite"
    yield progress(p.L_w), "L_w >= A"
    yield progress(p.A + p.C_meta * (p.query_grad + p.sigma)), "A2"
    yield progress(p.A + p.C_meta * (p.grad + p.spread) / p.C_l), "Lemma 10"
    yield -p.theta * grad2 / (p.grad + p.chi) + p.phi / p.B, "rewrite"
"""


def spoiled(*changes):
    """CHAIN with some of its text replaced: pairs (old, new)."""
    code = CHAIN
    for old, new in changes:
        if old not in code:
            raise LookupError(old)
        code = code.replace(old, new)
    return code


def without(*lines):
    """CHAIN without the lines whose text contains these."""
    rows = [row for row in CHAIN.split("\n") if not any(line in row for line in lines)]
    return "\n".join(rows)


def slip(start):
    """The sentence of the slip that starts so."""
    return next(sentence for sentence, _ in SLIPS if sentence.startswith(start))


SQUARE = "square = grad2 + (p.each2 - grad2) / p.B"
PROPOSITION_4 = "-p.beta_slope + p.L_w / 2 * p.beta2_square"
FRESH = 'change(p.beta, p.slope, p.beta2, p.square), "fresh stepsize"'
SECOND = 'change(p.beta, grad2, 4 * unit**2, square), "Lemma 11 (second moment)"'
MEAN = 'change(unit, grad2, 4 * unit**2, square), "Lemma 11 (mean)"'
NOISE = 'progress(p.L_w), "L_w >= A"'
A2 = "p.C_meta * (p.query_grad + p.sigma)"
LEMMA_10 = "p.C_meta * (p.grad + p.spread) / p.C_l"

EXERCISE = Exercise(
    "19.theorem",
    "Theorem 2's step, from its parts",
    BLANK_PAGE,
    ("one_step",),
    insight=(
        "Ten facts, a line each, and a line falls where its fact fails: so a sharper Lemma 11 or "
        "Proposition 5 sharpens the theorem, and below its line only constants change."
    ),
    minutes=40,
    hints=(
        (
            "Start with what holds for any point and step: the descent lemma. Then make products "
            "of means out of means of products, and only then replace one mean at a time."
        ),
        (
            "E‖Ḡ‖² is the square of the mean and a variance over B. E[β] stands with a minus, so "
            "it takes a bound from below; E[β²] and E_i‖∇𝓛_i‖² take bounds from above."
        ),
        (
            "After Proposition 5 collect: what multiplies ‖∇𝓛‖² is −κ/L_w, what is left is "
            "Aφ/(B L_w). L_w ≥ A is for the second; for the first, A2 and then Lemma 10 bound L_w "
            "from above."
        ),
    ),
    mistakes=(
        Mistake(slip("You took E[β²]"), spoiled((FRESH, FRESH.replace("p.beta2", "p.beta**2")))),
        Mistake(slip("You took E‖Ḡ‖²"), spoiled((SQUARE, "square = grad2"))),
        Mistake(slip("You divide all"), spoiled((SQUARE, "square = p.each2 / p.B"))),
        Mistake(slip("One task's"), spoiled((SQUARE, "square = grad2 + p.each2 / p.B"))),
        Mistake(slip("The sign of"), spoiled((SQUARE, SQUARE.replace("each2 -", "each2 +")))),
        Mistake(slip("1/B is missing"), spoiled((SQUARE, "square = p.each2"))),
        Mistake(slip("⟨∇𝓛, ∇𝓛⟩"), spoiled(("(p.beta, grad2, p.beta2", "(p.beta, p.grad, p.beta2"))),
        Mistake(slip("You squared"), spoiled((SECOND, SECOND.replace("4 * ", "")))),
        Mistake(
            slip("Lemma 11 is about"),
            spoiled((SECOND, SECOND.replace("4 * unit**2", "4 / p.C_beta / p.L_w**2"))),
        ),
        Mistake(slip("E[β] ≤"), spoiled((MEAN, MEAN.replace("(unit", "(2 * unit")))),
        Mistake(slip("C_β is missing"), spoiled((MEAN, MEAN.replace("(unit", "(1 / p.L_w")))),
        Mistake(slip("The ½"), spoiled(("p.L_w / 2", "p.L_w"))),
        Mistake(slip("A step goes"), spoiled((PROPOSITION_4, PROPOSITION_4[1:]))),
        Mistake(slip("A_squ1‖∇𝓛‖²"), spoiled(("p.A_squ1 * grad2 + p.A_squ2", "p.A_squ2"))),
        Mistake(
            slip("Proposition 5 bounds"), spoiled(("p.A_squ1 * grad2 + ", "p.A_squ1 * p.grad + "))
        ),
        Mistake(slip("You put A"), spoiled((NOISE, NOISE.replace("L_w)", "A)")))),
        Mistake(slip("σ is missing"), spoiled((A2, "p.C_meta * p.query_grad"))),
        Mistake(slip("L_w grows with"), spoiled((A2, "p.C_meta * p.grad"))),
        Mistake(slip("C_l is missing"), spoiled((LEMMA_10, LEMMA_10.removesuffix(" / p.C_l")))),
        Mistake(slip("C_l divides"), spoiled((LEMMA_10, "p.C_meta * (p.grad / p.C_l + p.spread)"))),
        Mistake('and rests on "Lemma 11 (second moment)" and "Lemma 11 (mean)"', without(SECOND)),
        Mistake(
            'names "unbiased", and rests on "Proposition 5" instead',
            spoiled(('"Proposition 5"', '"unbiased"')),
        ),
        Mistake(
            'names "L_w >= A", and stays true where that is violated',
            spoiled(('"rewrite"\n    yield progress', '"L_w >= A"\n    yield progress')),
        ),
        Mistake('names "drop", and rests on "L_w >= A" instead', spoiled(('"L_w >= A"', '"drop"'))),
        Mistake(
            "drops nothing",
            spoiled(('"rewrite"\n    yield progress', '"drop"\n    yield progress')),
        ),
        Mistake('gives away more than "rewrite" does', spoiled(("p.A * p.phi", "2 * p.A * p.phi"))),
        Mistake('Not named so far: "A2" and "Lemma 10"', without('"A2"', '"Lemma 10"', "p.theta")),
    ),
    alternative=CHAIN,
    cases=make_trials,
    judge=judge_one_step,
)
