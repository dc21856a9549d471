"""Graders of lesson 19."""

import functools

import numpy as np

from tinymaml.theory import CosineSum, Quadratic, ResamplingInstance

from .. import proofs
from ..compare import text, type_of
from ..exercise import Accepted, Exercise, Mistake
from . import theorem_page
from .shared import number, plural, read_order, unattempted

# ---- 19.order

LINES = ["5", "11", "8", "2", "3", "10", "6", "4", "12", "1", "7"]
WHY = {
    "5": "Line 5 is what the step is about, and the smallest of all: the chain starts with it.",
    "11": "Line 11 is 5 after Proposition 4's descent lemma: it comes as soon as 𝓛(w⁺) is there.",
    "8": "Line 8 is 11 with β independent of Ḡ: the mean of a product became a product of means.",
    "2": "Line 2 is 8 with E Ḡ = ∇𝓛, no bias: the line before it has to contain E Ḡ itself.",
    "3": (
        "Line 3 is 2 with the variance of a batch's mean, (V − x²)/B: "
        "the line before it has to contain S = E‖Ḡ‖², and everything else as in 3."
    ),
    "10": "Line 10 is 3 without −x²/B: dropping it is all that this line does.",
    "6": (
        "Line 6 is 10 after Lemma 11 (mean), which bounds E[β] from below: "
        "the line before it has E[β] in front and E[β²] behind."
    ),
    "4": "Line 4 is 6 after Lemma 11 (second moment), collected: no mean of β is left in it.",
    "12": "Line 12 is 4 after Proposition 5: it bounds V, so the line before it contains V.",
    "1": "Line 1 is 12 with the names κ and φ: the line before it has A_squ1 and A_squ2.",
    "7": "Line 7 is 1 with L_w ≥ A in the cost: the line before it has 1/L_w before both terms.",
}
STRANGER = (
    "Line 9 does not belong to it. E[β²] is not (E[β])²: it is larger by β's variance, "
    "and a line may not become smaller."
)


def judge_order(names):
    given = read_order(names["order"], lambda word: word.replace(",", " ").split())
    if given is None:
        return "`order` is a list of the lines' numbers: [5, ...]."
    numerals = [line.strip("( .)").lower() for line in given]
    if "9" in numerals:
        return STRANGER
    if sorted(numerals) != sorted(LINES):
        return (
            "Eleven of the twelve lines belong to it, each once; "
            f"yours are {proofs.words(numerals)}."
        )
    return proofs.order(numerals, LINES, WHY)


ORDER = Exercise(
    "19.order",
    "Theorem 2's step, put together",
    "order the lines",
    ("order",),
    insight=(
        "Swap Proposition 5 and Lemma 11 for other bounds of the same two means, and the chain "
        "proves descent for another algorithm: most proofs of SGD are this chain."
    ),
    minutes=7,
    hints=(
        "It begins with 5, and each line changes one thing: look for the term that is replaced.",
        (
            "First what is random goes: the descent lemma, β and Ḡ apart, E Ḡ, E‖Ḡ‖², E[β], E[β²]. "
            "Then V. The last line has no L_w in its cost."
        ),
        ("5, 11, 8, 2, 3, 10, 6 bring the step to where only E[β²] is random; then 4, 12, 1, 7."),
    ),
    mistakes=(
        Mistake("Line 9 does not belong to it", 'order = "5 11 8 2 3 9 6 4 12 1 7"'),
        Mistake("The chain cannot start with 11", 'order = "11 5 8 2 3 10 6 4 12 1 7"'),
        Mistake("The chain cannot start with 7", 'order = "7 1 12 4 6 10 3 2 8 11 5"'),
        Mistake("After 5 cannot come 8.", 'order = "5 8 11 2 3 10 6 4 12 1 7"'),
        Mistake("After 11 cannot come 2.", 'order = "5 11 2 8 3 10 6 4 12 1 7"'),
        Mistake("After 8 cannot come 3.", 'order = "5 11 8 3 2 10 6 4 12 1 7"'),
        Mistake("After 2 cannot come 10.", 'order = "5 11 8 2 10 3 6 4 12 1 7"'),
        Mistake("After 3 cannot come 6.", 'order = "5 11 8 2 3 6 10 4 12 1 7"'),
        Mistake("After 10 cannot come 4.", 'order = "5 11 8 2 3 10 4 6 12 1 7"'),
        Mistake("After 6 cannot come 12.", 'order = "5 11 8 2 3 10 6 12 4 1 7"'),
        Mistake("After 4 cannot come 1.", 'order = "5 11 8 2 3 10 6 4 1 12 7"'),
        Mistake("After 12 cannot come 7.", 'order = "5 11 8 2 3 10 6 4 12 7 1"'),
        Mistake("Eleven of the twelve lines belong to it", 'order = "5 11 8 2 3 10 6 4 12 7"'),
    ),
    alternative='order = "5, 11, 8, 2, 3, 10, 6, 4, 12, 1, 7"',
    judge=judge_order,
)

# ---- 19.telescope

SHARE = 1.05  # a line has to be off by five per cent
TRUE_LINES = {
    1: "Line 1 holds. It is Theorem 2's step before L_w is bounded, without noise.",
    2: "Line 2 holds. It is line 1 times L_k, which is positive.",
    4: "Line 4 follows: if 3 were true at every k, the sum would telescope. Which line before it?",
}


def complaint_about_task(task):
    """What is wrong with a submitted task, or None."""
    if unattempted(task):
        raise NotImplementedError
    if not isinstance(task, dict) or set(task) != {"loss", "alpha", "steps", "w"}:
        return "`task` is a dict with loss, alpha, steps and w."
    loss = task["loss"]
    if isinstance(loss, Quadratic):
        return "No quadratic here: with ρ = 0 all L_k are equal. Take a theory.CosineSum."
    if type(loss) is not CosineSum:
        return "The loss has to be a theory.CosineSum(x, c, phi)."
    if loss.dimension != 1:
        return f"Your loss has {plural(loss.dimension, 'variable')}; the exercise asks for one."
    certified = CosineSum(loss.x, loss.c, loss.phi)
    if loss.L < certified.L * (1 - 1e-9) or loss.rho < certified.rho * (1 - 1e-9):
        return "Your loss declares less than its certified L and ρ; leave L= and rho= out."
    if certified.L == 0:
        return "Your loss has no curvature, L = 0: its L_k are all 0."
    w = np.asarray(task["w"], float) if not isinstance(task["w"], str) else np.array("")
    if w.dtype.kind != "f" or w.size != 1 or not np.isfinite(w).all():
        return f"`w` in `task` is one finite number; yours is {text(task['w'])}."
    for word in ("alpha", "steps"):
        if not number(task[word]):
            return f"`{word}` in `task` is one finite number; yours is {text(task[word])}."
    if task["steps"] != int(task["steps"]) or not 1 <= task["steps"] <= 10:
        return "`steps` is a whole number from 1 to 10."
    most = 1 / (8 * task["steps"] * certified.L)  # where C_l > 0, as Theorem 2 asks
    if not 0 < task["alpha"] <= most * (1 + 1e-9):
        return (
            f"The exercise asks for 0 < α ≤ 1/(8NL), here {most:.4g}; yours is {task['alpha']:.4g}."
        )
    return None


def two_steps(task):
    """Δ_0, Δ_1, L_0, L_1 and ‖∇𝓛(w_0)‖ of a step of 1/(4L_0) on a task."""
    w = np.asarray(task["w"], float).reshape(1)
    loss = CosineSum(task["loss"].x, task["loss"].c, task["loss"].phi)
    x = ResamplingInstance(losses=[loss], w=w, alpha=float(task["alpha"]), steps=int(task["steps"]))
    after = x.replace(w=w - x.meta_gradient / (4 * x.smoothness))
    D = [float(y.meta_loss(y.w)) - loss.infimum for y in (x, after)]
    return *D, x.smoothness, after.smoothness, float(np.abs(x.meta_gradient[0]))


def judge_telescope(names):
    line = names["false_line"]
    if line is ...:
        raise NotImplementedError
    if not number(line) or line not in (1, 2, 3, 4):
        return "`false_line` is the number of a line of the table, 1 to 4."
    try:
        complaint = complaint_about_task(names["task"])
    except (TypeError, ValueError):
        complaint = "`task` holds a loss and numbers: loss, alpha, steps and w."
    if complaint:
        return complaint
    D, D_after, L, L_after, slope = two_steps(names["task"])
    if line in TRUE_LINES:
        return TRUE_LINES[int(line)]
    left, right = L * D - L * D_after, L * D - L_after * D_after
    if slope < 1e-9 * L:
        return "Your w is a stationary point: no step is taken. Move it a little."
    said = f"On your task L_k goes from {L:.5g} to {L_after:.5g} in the step"
    if left > SHARE * right and left - right > 1e-9 * L * D:
        return Accepted(
            f"{said}: the left side is {left:.4g}, the right side {right:.4g}. "
            "A gradient may grow on the way down, and L_w with it."
        )
    if L_after <= L:
        return (
            f"{said}, and there line 3 holds: the gradient shrinks. "
            "Where does descent make a gradient grow (lesson 14)?"
        )
    return (
        f"{said}; the left side is {left:.4g}, the right side {right:.4g}: off by less than 5%. "
        "Δ_k has to be large where L_k rises: start high above the minimum."
    )


HILL = "theory.CosineSum([[1.0]], [1.0], [0.0])"


def telescope(line=3, loss=HILL, alpha=0.125, steps=1, w=0.3):
    return f"false_line = {line}\ntask = dict(loss={loss}, alpha={alpha}, steps={steps}, w={w})"


TELESCOPE = Exercise(
    "19.telescope",
    "A telescope that does not close",
    "find the false line",
    ("false_line", "task"),
    insight=(
        "A constant stepsize has no such trouble, since one β for all w can be taken out of the "
        "sum, which is what makes the end of this lesson short."
    ),
    minutes=6,
    hints=(
        "A sum telescopes if each term takes away exactly what the one before it has left.",
        "Line 3 needs L_w to fall with 𝓛. L_w contains ‖∇l(w)‖: does descent make it smaller?",
        (
            "false_line = 3. On a hill's shoulder the gradient grows on the way down: "
            "theory.CosineSum([[1.0]], [1.0], [0.0]), alpha = 0.125, steps = 1, w = 0.3."
        ),
    ),
    mistakes=(
        *(Mistake(says, telescope(line=line)) for line, says in TRUE_LINES.items()),
        Mistake("and there line 3 holds: the gradient shrinks", telescope(w=2.5)),
        Mistake("Your w is a stationary point", telescope(w=0.0)),
        Mistake("The exercise asks for 0 < α ≤ 1/(8NL)", telescope(alpha=2.0)),
        Mistake("with ρ = 0 all L_k are equal", telescope(loss="theory.Quadratic([[1.0]], [0.0])")),
        Mistake(
            "Your loss declares less than its certified L and ρ",
            telescope(loss="theory.CosineSum([[1.0]], [1.0], [0.0], rho=0.1)"),
        ),
        Mistake(
            "Your loss has 2 variables",
            telescope(loss="theory.CosineSum(np.eye(2), [1.0, 1.0], [0.0, 0.0])"),
        ),
        Mistake("off by less than 5%", telescope(alpha=0.005)),
    ),
    alternative=telescope(
        loss="theory.CosineSum([[2.0]], [-0.5], [np.pi])", alpha=0.012, steps=5, w="np.array([0.2])"
    ),
    judge=judge_telescope,
    equivalent={"*": "another instance breaks the line too"},
)

# ---- 19.jensen

TIMES = 3.0  # what has to be exceeded


def complaint_about_norms(norms, chi):
    """What is wrong with four submitted norms and χ, or None."""
    if unattempted(norms) or unattempted(chi):
        raise NotImplementedError
    try:
        found = np.asarray(norms, float)
    except (TypeError, ValueError):
        return "`norms` is a list of four numbers."
    if found.size != 4:
        return f"The run has four steps; your `norms` has {plural(found.size, 'number')}."
    if not np.isfinite(found).all() or (found < 0).any():
        return "The norm of a gradient is a finite number, never negative."
    if not number(chi) or chi <= 0:
        return f"χ is a positive number; yours is {text(chi)}."
    largest = found.max()
    if largest == 0:
        return "All your norms are 0: then f of the mean is 0, and so is the mean of f."
    if not 1e-9 <= largest <= 1e9 or not 1e-9 <= chi <= 1e9:
        return "Your numbers are so large or so small that rounding decides. Ordinary ones do."
    return None


def judge_jensen(names):
    norms, chi = names["norms"], names["chi"]
    complaint = complaint_about_norms(norms, chi)
    if complaint:
        return complaint
    x, chi = np.asarray(norms, float).ravel(), float(chi)
    mean = x.mean()
    mean_of_f, f_of_mean = float((x**2 / (x + chi)).mean()), mean**2 / (mean + chi)
    ratio = mean_of_f / f_of_mean
    said = f"The mean of f is {mean_of_f:.3g}, f of the mean {f_of_mean:.3g}: {ratio:.3g} times. "
    if ratio >= TIMES:
        return Accepted(said + "It cannot exceed 4, the number of steps.")
    if np.ptp(x) <= 1e-9 * x.max():
        return said + "All your norms are equal: there Jensen gives nothing away."
    if (x**2).mean() >= TIMES * mean**2:
        return said + (
            "Your norms differ enough, but the largest is beside χ too large: "
            "where x is far above χ, f is nearly a straight line, and Jensen gives little away."
        )
    return said + (
        "The norms have to differ more. Where f is a parabola the factor is the mean of x² over "
        "the square of the mean: for which four numbers is it 4?"
    )


def four(norms, chi="1000.0"):
    return f"norms = {norms}\nchi = {chi}"


JENSEN = Exercise(
    "19.jensen",
    "What Jensen gives away",
    "break it",
    ("norms", "chi"),
    insight=(
        "Over K steps this line gives away a factor of K at most, where one gradient stands alone; "
        "where all are equal it gives away nothing, and that is how the ramp below is made."
    ),
    minutes=3,
    hints=(
        "Far above χ the curve f is nearly a line, where Jensen is nearly an equality. And below?",
        "Below χ f is nearly x²/χ. One norm of 1 and three of 0: mean of x² ¼, mean squared 1/16.",
        "norms = [1, 0, 0, 0], chi = 1000",
    ),
    mistakes=(
        Mistake("All your norms are equal", four("[2, 2, 2, 2]")),
        Mistake("f is nearly a straight line", four("[20, 0, 0, 0]", "6.4")),
        Mistake("The norms have to differ more", four("[8, 4, 2, 1]")),
        Mistake("The norms have to differ more", four("[1, 1, 0, 0]")),
        Mistake("The norms have to differ more", four("[20, 10, 5, 1]", "0.1")),
        Mistake("The run has four steps", four("[1, 0, 0, 0, 0]")),
        Mistake("All your norms are 0", four("[0, 0, 0, 0]")),
        Mistake("χ is a positive number", four("[1, 0, 0, 0]", "0")),
        Mistake("never negative", four("[2, -1, 0, 0]")),
    ),
    alternative=four("np.array([0.5, 0.01, 0.01, 0.01])", "6.4"),
    judge=judge_jensen,
    equivalent={"*": "other norms break the claim too"},
)

# ---- 19.price


def price_cases():
    return [(4.0,), (8,), (3.0,), (100,), (2.5,), (1000.0,)]


def price(iterations="(1 / 8) / kappa", per_iteration="2 / (C_beta - 2)", total="first * second"):
    return f"""def price(C_beta):
    kappa = 1 / C_beta - 2 / C_beta ** 2
    first = {iterations}
    second = {per_iteration}
    return first, second, {total}"""


PRICE = Exercise(
    "19.price",
    "Which C_β, and for what",
    "write",
    ("price",),
    insight=(
        "It is the law of plain SGD too: ten times shorter steps and ten times smaller batches "
        "leave the total nearly as it was, so that batches are for parallel machines."
    ),
    minutes=5,
    hints=(
        "K is Δ/θ over a number without C_β, and θ is κ times a number without C_β. And B?",
        (
            "B is φ/θ over the same number, and φ = 2A_squ2/(C_β²A). "
            "A meta-iteration has BN products, the run K times as many."
        ),
        "With κ = (C_β − 2)/C_β²: K ∝ 1/κ, B ∝ 1/(C_β²κ) = 1/(C_β − 2). At 4, κ is 1/8.",
    ),
    mistakes=(
        Mistake(
            "κ upside down: a larger κ needs fewer iterations.",
            price(iterations="8 * kappa"),
        ),
        Mistake(
            "φ contains 1/C_β² as well: shorter steps bring less noise, and B is φ/θ.",
            price(per_iteration="(1 / 8) / kappa"),
        ),
        Mistake(
            "Your second number is K·B, the tasks of the whole run. One meta-iteration takes BN "
            "products.",
            price(per_iteration="first * 2 / (C_beta - 2)", total="second"),
        ),
        Mistake(
            "You let B divide Δ. It divides the noise alone: Δ/(θK) is what K has to make small.",
            price(iterations="C_beta ** 2 / 16", total="first * second"),
        ),
        Mistake(
            "You left the whole run at K. Each of its iterations costs BN products.",
            price(total="first"),
        ),
        Mistake(
            "You took κ for 1/C_β. Its second term, 2/C_β², is what makes small C_β expensive.",
            price("C_beta / 4", "4 / C_beta"),
        ),
        Mistake(
            "At C_β = 4 each of the three is 1: divide by the value there.",
            price("1 / kappa", "1 / (C_beta - 2)"),
        ),
        Mistake(
            "B is φ/θ: κ is in θ, so it counts in B too.",
            price(per_iteration="16 / C_beta ** 2"),
        ),
        Mistake(
            "The total is a product, K times what an iteration takes.",
            price(total="(first + second) / 2"),
        ),
    ),
    alternative="""def price(C_beta):
    B = 2 / (C_beta - 2)
    K = C_beta ** 2 / 16 * B
    return [K, B, K * B]""",
    cases=price_cases,
    run=lambda names, C_beta: [float(x) for x in names["price"](C_beta)],
)

# ---- 19.constant


@functools.cache
def constant_cases():
    cases = []
    for alpha_L, L, N in ((0.125, 1.0, 1), (0.05, 3.0, 4), (0.3, 0.5, 1), (0.01, 20.0, 10)):
        a = 1 + alpha_L
        cases.append((2 - a ** (2 * N), a, L, N))
    return cases


def edge(expression):
    return f"def largest_beta(C_l, a, L, N):\n    return {expression}"


CONSTANT = Exercise(
    "19.constant",
    "A step for all w",
    "give a bound",
    ("largest_beta",),
    insight=(
        "At α = 0 it is 2/L, the textbook's edge of gradient descent; the convex quadratic attains "
        "it there, and whether your number is attained for α > 0 is open here."
    ),
    minutes=4,
    hints=(
        "‖Z − I‖ ≤ a^2N − 1, one factor at a time (lesson 16), and ‖Z‖ ≤ a^2N.",
        "So (4) is −βC_l‖g‖² + ½Lβ²a^4N‖g‖². For which β > 0 is it negative?",
    ),
    mistakes=(
        Mistake(
            "That is where (4) is lowest, in the middle. Asked for is where it ceases to be "
            "negative.",
            edge("C_l / (L * a ** (4 * N))"),
        ),
        Mistake(
            "Line (3) has ‖Z‖², the square of 2N factors.",
            edge("2 * C_l / (L * a ** (2 * N))"),
        ),
        Mistake(
            "Z is no identity: 1 − ‖Z − I‖ is at least C_l, and no more is known.",
            edge("2 / (L * a ** (4 * N))"),
        ),
        Mistake(
            "That is the edge for l itself, without inner steps: Z stretches by up to a^2N.",
            edge("2 / L"),
        ),
        Mistake("‖Zg‖ is not ‖g‖: the second term has ‖Z‖².", edge("2 * C_l / L")),
        Mistake(
            "Z has 2N factors, N of the way and N of the meta-gradient; its norm comes squared.",
            edge("2 * C_l / (L * a ** N)"),
        ),
        Mistake("L is missing in the second term.", edge("2 * C_l / a ** (4 * N)")),
        Mistake(
            "Half of L stands in the second term: mind the ½.", edge("C_l / (2 * L * a ** (4 * N))")
        ),
        Mistake(
            "That is one over L_w's part without gradients. Here the descent lemma is that of l.",
            edge("1 / (L * a ** (2 * N))"),
        ),
    ),
    alternative="""def largest_beta(C_l, a, L, N):
    stretch = a ** N
    for _ in range(2):
        stretch = stretch * stretch
    return C_l / (L / 2 * stretch)""",
    cases=constant_cases,
)

# ---- 19.small

ALPHA = 1.5
BETAS = (0.1, 0.07, 0.01, 0.001, 1e-4, 1e-5)


def step_of(beta, w):
    """𝓛(w⁺) − 𝓛(w), the factor 1 − αl″(w), and w⁺ − w, for the task ¼w² − ½cos w.

    The difference of squares is factored, so that large w lose no digits.
    """

    def slope(w):
        return (w + np.sin(w)) / 2

    def end(w):
        return w - ALPHA * slope(w)

    factor = 1 - ALPHA * (1 + np.cos(w)) / 2
    after = w - beta * factor * slope(end(w))
    way = after - w
    moved = way - ALPHA * (way + np.sin(after) - np.sin(w)) / 2
    ripple = np.cos(end(after)) - np.cos(end(w))
    return moved * (end(after) + end(w)) / 4 - ripple / 2, factor, way


def judge_small(names):
    answer = names["bad_start"]
    if not callable(answer):
        return f"`bad_start` has to be a function; yours is {type_of(answer)}."
    rises, complaint = [], None
    for beta in BETAS:
        w = answer(beta)
        if w is ... or w is None or unattempted(w):
            raise NotImplementedError
        if isinstance(w, np.ndarray) and w.size == 1:
            w = w.item()
        if not number(w):
            return f"w is one finite number; at β = {beta:g} yours is {text(w)}."
        w = float(w)
        if abs(w) > 1e9:
            return f"At β = {beta:g} your w is so large that rounding decides. A smaller one does."
        rise, factor, way = step_of(beta, w)
        rises.append(rise)
        if rise < 1:
            said = f"At β = {beta:g}, w = {w:.4g} 𝓛 changes by {rise:.3g}. "
            complaint = said + why_it_falls(rise, factor, way)
    return complaint or Accepted(
        f"𝓛 rises by {rises[0]:.3g} at β = {BETAS[0]:g} and by {rises[-1]:,.3g} at "
        f"β = {BETAS[-1]:g}."
    )


def why_it_falls(rise, factor, way):
    """What is said to a step that does not raise 𝓛 by 1."""
    if way == 0:
        return "There the slope is 0, and no step is taken."
    if factor > 0:
        return (
            f"There the factor 1 − αl″(w) is {factor:.3g}: "
            "𝓛′ has the sign of l′, and a step sets out downhill. Where is the factor negative?"
        )
    if abs(way) < 0.5:
        return (
            f"The factor is negative, but the step is only {abs(way):.3g} long: "
            "as β shrinks, w has to grow."
        )
    if rise > 0:
        return "It goes up; the exercise asks for 1."
    return (
        f"The step is {abs(way):.3g} long, and 𝓛 is about (w₁)²/4 with w₁ = w/4 − ¾ sin w: "
        "outward it first falls and rises later. Go farther, or start nearer to where it rises."
    )


def small(w="2 * np.pi * round(64 / (2 * np.pi * beta))"):
    return f"def bad_start(beta):\n    return {w}"


SMALL = Exercise(
    "19.small",
    "No constant step descends everywhere",
    "break it",
    ("bad_start",),
    insight=(
        "Steps of 1/L_w descend on this wave from every w, as L_w grows with the gradient; "
        "for every constant β there are points from which a step raises 𝓛."
    ),
    minutes=5,
    hints=(
        "𝓛′(w) = (1 − αl″(w)) l′(w₁), and l″ = (1 + cos w)/2. Where does 𝓛′ have the other sign?",
        (
            "Near multiples of 2π the factor is −½, and a step goes outward. w₁ is about w/4 and "
            "l′(w₁) about w/8: the step is βw/16 long. How far does it have to go?"
        ),
        (
            "A step of 4 does: w near 64/β, at a multiple of 2π, "
            "2 * np.pi * round(64 / (2 * np.pi * beta))."
        ),
    ),
    mistakes=(
        Mistake("Where is the factor negative?", small("np.pi + 2 * np.pi * round(10 / beta)")),
        Mistake("as β shrinks, w has to grow", small("200 * np.pi")),
        Mistake("as β shrinks, w has to grow", small("2 * np.pi * round(1 / beta)")),
        Mistake("no step is taken", small("0.0")),
        Mistake("it first falls and rises later", small("2 * np.pi * round(3 / beta)")),
        Mistake("w is one finite number", "def bad_start(beta):\n    return 8 / beta, 0.0"),
        Mistake("has to be a function", "bad_start = 640.0"),
    ),
    alternative="""def bad_start(beta):
    return -2 * np.pi * np.ceil(16 / beta)""",
    judge=judge_small,
    equivalent={"*": "other starts break the claim too"},
)

EXERCISES = [ORDER, TELESCOPE, JENSEN, PRICE, CONSTANT, SMALL, theorem_page.EXERCISE]
