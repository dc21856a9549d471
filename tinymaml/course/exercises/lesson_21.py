"""Graders of lesson 21."""

import functools

import numpy as np

from ... import theory
from .. import proofs
from ..compare import text
from ..exercise import Accepted, Exercise, Mistake
from ..given.fresh_samples import noisy, same_samples
from ..given.waves import Wave
from .shared import as_function, as_scalar, number, some_unattempted, unattempted

COUNTEREXAMPLES = {"*": "other numbers may do as well"}


def read_numbers(name, given, words, whole=()):
    """A dict of numbers -> (a dict of floats, those in `whole` as ints, None) or (None, the
    complaint)."""
    if unattempted(given):
        raise NotImplementedError
    if not isinstance(given, dict) or set(given) != set(words):
        return None, f"`{name}` is a dict with {proofs.words(list(words))}."
    found = {}
    for word in words:
        value = as_scalar(given[word])
        if not number(value):
            said = f"`{word}` in `{name}` is one finite number; yours is {text(given[word])}."
            return None, said
        value = float(value)
        if abs(value) > 1e6:
            return None, f"`{word}` in `{name}` is beyond a million: there rounding decides."
        if word in whole and value != int(value):
            return None, f"`{word}` in `{name}` is a whole number; yours is {value:g}."
        found[word] = int(value) if word in whole else value
    return found, None


# ---- 21.shared


def judge_shared(names):
    given, complaint = read_numbers("sample", names["sample"], ("h", "V", "U", "alpha", "w"))
    if complaint:
        return complaint
    h, V, U, alpha, w = (given[word] for word in ("h", "V", "U", "alpha", "w"))
    if h == 0:
        return "With h = 0 there is no curvature: the true meta-gradient is 0."
    if alpha < 0:
        return "`alpha` in `sample` is positive: a step goes down."
    if not 0 < alpha * abs(h) <= 0.5 * (1 + 1e-12):
        return f"The exercise asks for 0 < α|h| ≤ ½; yours is {alpha * abs(h):.4g}."
    x = same_samples(**given)
    truth, mean = float(x.meta_gradient[0]), float(x.estimate[0])
    if w == 0:
        return "At w = 0 the true meta-gradient is 0: nothing points opposite to it."
    share = mean / truth
    said = f"The meta-gradient is {truth:.4g}, the mean estimate {mean:.4g}"
    if share <= -0.05:
        return Accepted(
            f"{said}. On a quadratic, with every sample unbiased: on average a small step against "
            "such estimates raises 𝓛."
        )
    if V == 0:
        return (
            f"{said}. With V = 0 the Hessian's sample has no noise: there is nothing that the "
            "noise of the step could agree with."
        )
    noise = U + V * w
    if noise == 0:
        return (
            f"{said}. At your w the gradient's noise U + Vw is 0, so that the step is exact. "
            "Both have to be off."
        )
    if share > 1:
        return (
            f"{said}: the same direction, and longer. The bias is α²hV(U + Vw), and yours has the "
            "sign of hw. Turn it around: the sign of U + Vw decides, and Vw alone has w's."
        )
    ratio = alpha**2 * V * noise / ((1 - alpha * h) ** 2 * w)
    return (
        f"{said}. The right way, and too little: the bias α²hV(U + Vw) is {-ratio:.3g} times the "
        "meta-gradient (1 − αh)²hw, and has to be 1.05 times as long. Make U larger."
    )


def sample(h=1.0, V=1.0, U=-4.0, alpha=0.5, w=1.0):
    return f"sample = dict(h={h}, V={V}, U={U}, alpha={alpha}, w={w})"


SHARED = Exercise(
    "21.shared",
    "One sample for the step and its Hessian",
    "break it",
    ("sample",),
    insight=(
        "ρ = 0 saves nothing here: the bias is the covariance of two errors of one sample, and "
        "that has nothing to do with curvature that changes."
    ),
    minutes=5,
    hints=(
        (
            "With the sample ± the step is w_1 = w − α(hw ± (U + Vw)), and the estimate "
            "(1 − α(h ± V)) · h w_1. Multiply out, and take the mean of the two signs."
        ),
        (
            "Terms with one ± cancel. What has two stays: the mean is (1 − αh)²hw + α²hV(U + Vw). "
            "The first is the meta-gradient."
        ),
        "h = 1, w = 1, α = ½, V = 1: the mean is ¼ + ¼(U + 1). Which U makes it negative?",
    ),
    mistakes=(
        Mistake("With V = 0 the Hessian's sample has no noise", sample(V=0.0)),
        Mistake("At your w the gradient's noise U + Vw is 0", sample(U=-1.0)),
        Mistake("the same direction, and longer", sample(U=4.0)),
        Mistake("The right way, and too little", sample(U=-1.5)),
        Mistake("At w = 0 the true meta-gradient is 0", sample(w=0.0)),
        Mistake("With h = 0 there is no curvature", sample(h=0.0)),
        Mistake("The exercise asks for 0 < α|h| ≤ ½", sample(alpha=1.0)),
        Mistake("`U` in `sample` is one finite number; yours is 'a'", sample(U="'a'")),
        Mistake("`sample` is a dict with", "sample = 1"),
    ),
    alternative="sample = {'h': -2.0, 'V': 3.0, 'U': 20.0, 'alpha': 0.25, 'w': -1.0}",
    judge=judge_shared,
    equivalent=COUNTEREXAMPLES,
)

# ---- 21.product


def both_sides(h, k, alpha, N, w, nu):
    """E[P̂ĝ] and E[P̂] E[ĝ] on the task `Wave(h, k)`."""
    task = noisy(Wave(h, k), w, alpha, N, nu).tasks[0]
    runs = len(task.signs.rows)
    P = np.broadcast_to(task.noisy.product[..., 0, 0], (runs,))
    g = task.noisy.outer_gradient[:, 0]
    return float(task.expect(P * g)), float(task.expect(P) * task.expect(g))


def judge_product(names):
    words = ("h", "k", "alpha", "N", "w", "nu")
    given, complaint = read_numbers("dependent", names["dependent"], words, whole=("N",))
    if complaint:
        return complaint
    h, k, alpha, N, w, nu = (given[word] for word in words)
    if abs(h) + abs(k) > 1 + 1e-12:
        return f"The exercise asks for |h| + |k| ≤ 1; yours is {abs(h) + abs(k):.4g}."
    if not 1 <= N <= 4:
        return f"The exercise asks for N from 1 to 4; yours is {N}."
    if not 0 < alpha <= 1 / N * (1 + 1e-12):
        return f"The exercise asks for 0 < α ≤ 1/N; yours is {alpha:.4g} with N = {N}."
    if not 0 < nu <= 3:
        return f"The exercise asks for 0 < ν ≤ 3; yours is {nu:.4g}."
    if h == k == 0:
        return "With h = k = 0 there is no loss. Both sides are 0."
    if abs(w) > 1000:
        return "Choose w between −1,000 and 1,000: waves repeat, and far out rounding decides."
    together, apart = both_sides(**given)
    larger = max(abs(together), abs(apart))
    said = f"E[P̂ĝ] = {together:.4g}, E[P̂] E[ĝ] = {apart:.4g}"
    if larger < 1e-12:
        return (
            "Both sides are 0 on your instance: every run has its mirror image, with the same P̂ "
            "and the opposite ĝ. Leave the symmetric point."
        )
    share = abs(together - apart) / larger
    if share >= 0.1:
        return Accepted(
            f"{said}: they differ by {share:.0%}. The noise of S_0 has moved w_1, and with it "
            "every later Hessian and the last gradient."
        )
    said = f"{said}: they differ by {share:.2%}"
    if N == 1:
        return (
            f"{said}. At N = 1 the claim is true: P̂ = 1 − αl″(w) stands at w, which no noise has "
            "moved, and a fixed number goes through a mean."
        )
    if k == 0:
        return (
            f"{said}. With k = 0 the task is quadratic: l″ = h everywhere, P̂ is a fixed number, "
            "and the claim is true."
        )
    return (
        f"{said}: too little. P̂ and ĝ have to change with the same noise: l″ along the run (let k "
        "be large, and w_1 where cos w is steep) and l′ at its end. Noise and α decide how far "
        "the runs part."
    )


def dependent(h=0.0, k=1.0, alpha=0.5, N=2, w=1.0, nu=2.0):
    return f"dependent = dict(h={h}, k={k}, alpha={alpha}, N={N}, w={w}, nu={nu})"


PRODUCT = Exercise(
    "21.product",
    "The mean of a product",
    "break it",
    ("dependent",),
    insight=(
        "Fresh sets make the *noises* independent; all that is computed from one run depends on "
        "the same ones, and only what is drawn after the run does not."
    ),
    minutes=5,
    hints=(
        (
            "The difference of the two sides is the covariance of P̂ and ĝ over the runs. When "
            "is one of the two a fixed number?"
        ),
        (
            "At N = 1, or where l″ is constant, P̂ is fixed. Take N = 2, k = 1, and a w where "
            "l‴ = −k sin w is large."
        ),
        "h = 0, k = 1, α = ½, N = 2, w = 1: try ν = 1 and ν = 2.",
    ),
    mistakes=(
        Mistake("At N = 1 the claim is true", dependent(N=1)),
        Mistake("With k = 0 the task is quadratic", dependent(h=1.0, k=0.0)),
        Mistake("every run has its mirror image", dependent(w=0.0)),
        Mistake("Noise and α decide how far the runs part", dependent(nu=0.1)),
        Mistake("The exercise asks for |h| + |k| ≤ 1", dependent(h=1.0)),
        Mistake("The exercise asks for 0 < α ≤ 1/N", dependent(alpha=2.0)),
        Mistake("The exercise asks for N from 1 to 4", dependent(N=12)),
        Mistake("The exercise asks for 0 < ν ≤ 3", dependent(nu=0.0)),
        Mistake("there is no loss", dependent(k=0.0)),
        Mistake("`N` in `dependent` is a whole number", dependent(N=1.5)),
    ),
    alternative="""dependent = {
    'h': 0.5,
    'k': 0.5,
    'alpha': 0.5,
    'N': 2,
    'w': 1.5,
    'nu': 2.0,
}""",
    judge=judge_product,
    equivalent=COUNTEREXAMPLES,
)

# ---- 21.order

ORDER = "HCGDAE"
DECOYS = {
    "F": (
        "F does not belong there: it moves the mean into the product of P̂ and ĝ, which share "
        "their noise. You broke that claim in 21.product."
    ),
    "B": (
        "B does not belong there. P̂ĝ − Pg is P̂(ĝ − g) + (P̂ − P)g, or P(ĝ − g) + (P̂ − P)ĝ. "
        "B takes P from the one and g from the other, and what it leaves out, (P̂ − P)(ĝ − g), "
        "has a norm of its own."
    ),
}
WHY = {
    "H": "H is the definition of the bias: it is what the chain is about.",
    "C": (
        "C needs H above it: given the run, the mean of Ĝ is P̂ĝ, and the mean over runs is left. "
        "No length has been taken yet."
    ),
    "G": "G is Jensen: the norm moves inside the mean. It needs C, the norm of a mean, above it.",
    "D": (
        "D needs G above it: what is split there is the vector P̂ĝ − Pg, inside the norm, by "
        "adding and subtracting P̂g."
    ),
    "A": (
        "A needs D above it: it puts a^N for ‖P̂‖ (Lemma 3), L‖e_N‖ for ‖ĝ − g‖ (A1), and "
        "a^N‖∇l(w)‖ for ‖g‖ (Lemma 2)."
    ),
    "E": "E has the bounds of Lemmas 4 and 6, for the means that stand in A.",
}


def judge_order(names):
    given = names["order"]
    if some_unattempted(given):
        raise NotImplementedError
    if isinstance(given, str):
        if set(given) <= set(". "):
            raise NotImplementedError
        given = [letter for letter in given.upper() if letter.isalnum()]
    if not isinstance(given, (list, tuple)):
        return "`order` is a text of six letters, such as the word ORDERS."
    given = [str(letter).strip().upper() for letter in given]
    for letter, says in DECOYS.items():
        if letter in given and set(given) <= set("ABCDEFGH"):
            return says
    return proofs.order(given, ORDER, WHY)


ORDER_OF_LINES = Exercise(
    "21.order",
    "Proposition 2, line by line",
    "order the lines",
    ("order",),
    insight=(
        "Only one of the five moves asks for fresh D_j and T; of each of the other four ask "
        "whether errors to both sides can still cancel after it."
    ),
    minutes=4,
    hints=(
        "It begins with the definition, H. What is left of it once D_j and T have averaged out?",
        (
            "C, the norm of a mean over runs. Then the norm goes inside (which line has E‖…‖ of "
            "one vector?), then that vector is split in two."
        ),
        (
            "Test the two splittings on numbers: is P̂ĝ − Pg equal to P(ĝ − g) + (P̂ − P)g for "
            "P = g = 1, P̂ = ĝ = 2?"
        ),
    ),
    mistakes=(
        Mistake("F does not belong there", 'order = "HFGDAE"'),
        Mistake("B does not belong there", 'order = "HCGBAE"'),
        Mistake("No length has been taken yet", 'order = "CHGDAE"'),
        Mistake("G is Jensen", 'order = "HGCDAE"'),
        Mistake("D needs G above it", 'order = "HCDGAE"'),
        Mistake("A needs D above it", 'order = "HCGADE"'),
        Mistake("E has the bounds of Lemmas 4 and 6", 'order = "HCGDEA"'),
        Mistake("has to appear once", 'order = "HCGDE"'),
        Mistake("is a text of six letters", "order = 6"),
    ),
    alternative='order = ["H", "C", "G", "D", "A", "E"]',
    judge=judge_order,
)

# ---- 21.mean_drift


def best_mean_drift(alpha, L, rho, sigma_g, S, N):
    a = 1 + alpha * L
    unit = alpha**3 * rho * sigma_g**2 / (2 * S)
    return unit * sum(a ** (N - 1 - r) * sum(a ** (2 * i) for i in range(r)) for r in range(N))


def drift_case(name, loss, alpha, N, noise, S=1, w=0.0):
    """Its truth is the mean drift of this loss."""
    x = noisy(loss, w, alpha, N, noise, S)
    chain = theory.RESULTS["proposition_2_bend"].evaluate(x)["mean drift"]
    inputs = dict(alpha=alpha, L=x.L, rho=x.rho, sigma_g=x.sigma_g, S=S, N=N)
    return proofs.Case(name, inputs, chain.lhs)


def bend(L=1.0, rho=1.0, reach=1.0):
    """Curvature −L, rising at the rate ρ from −reach on: a stationary point at 0 that bends."""
    top = min(2 * rho * reach - L, L)
    end = -reach + (top + L) / rho
    return theory.PiecewiseHessian([-reach, end], [-L, top])


@functools.cache
def drift_cases():
    return [
        drift_case("two steps on a cubic", bend(), 0.5, 2, 1.0),
        drift_case("two steps on a cubic, four samples each,", bend(), 0.5, 2, 1.0, S=4),
        drift_case("two steps on a steep cubic", bend(2.0, 3.0, 0.3), 0.25, 2, 0.8),
        drift_case("one step on a cubic", bend(), 0.5, 1, 1.0),
        drift_case("two steps on the cosine −cos w", Wave(0, 1), 0.5, 2, 1.0, w=1.0),
        drift_case("four steps on a cubic, small noise,", bend(1.0, 1.0, 0.02), 0.25, 4, 0.01),
    ]


@functools.cache
def held_out_drifts():
    """Bends under small noise, three to six steps: near to their bound."""
    rng = np.random.default_rng(0)
    cases = []
    for _ in range(40):
        N, S = int(rng.integers(2, 7)), int(rng.integers(1, 9))
        L, rho = 10 ** rng.uniform(-1, 1, 2)
        alpha = rng.uniform(0.2, 1.0) / (N * L)
        reach = 0.01 * L / rho
        noise = 0.9 * reach * L / ((1 + alpha * L) ** N - 1)
        case = drift_case("a cubic held back", bend(L, rho, reach), alpha, N, noise, S)
        # a hair less: where all attain it, a named one is told
        cases.append(case._replace(truth=case.truth * (1 - 1e-6)))
    return cases


DRIFT_ARGUMENTS = "alpha, L, rho, sigma_g, S, N"
V_R = "sum((1 + alpha * L) ** (2 * i) for i in range(r)) * alpha**2 * sigma_g**2 / S"
UNROLLED = "sum({factor} * {v} for r in range({steps}))"


def unrolled(
    before="alpha * rho / 2", factor="(1 + alpha * L) ** (N - 1 - r)", v=f"({V_R})", steps="N"
):
    return f"{before} * {UNROLLED.format(factor=factor, v=v, steps=steps)}"


WRONG_DRIFTS = [
    (
        "0.0",
        "“Noise has mean zero, so the mean stays” holds for one step from a fixed point, and on "
        "quadratics. From the second step on the gradient is taken at two points of a curve, and "
        "the mean of l′ is not l′ of the mean: Jensen's gap.",
    ),
    (
        "((1 + alpha * L) ** N - 1) * sigma_g / (L * np.sqrt(S))",
        "That is Lemma 4: the mean of the drift's length. Asked is the length of its mean, in "
        "which errors to both sides cancel. Drift is not bias.",
    ),
    (
        "np.sqrt(alpha**2 * sigma_g**2 / S * sum((1 + alpha * L) ** (2 * r) for r in range(N)))",
        "That is Lemma 4′: the mean of the drift's length. Asked is the length of its mean, in "
        "which errors to both sides cancel. Drift is not bias.",
    ),
    (
        "alpha**2 * sigma_g**2 / S * sum((1 + alpha * L) ** (2 * r) for r in range(N))",
        "That is v_N, Lemma 5. The mean moves by αρ/2 times such a square in each step: where is "
        "ρ?",
    ),
    (
        unrolled(before="alpha * rho"),
        "Taylor's remainder is ½ρ‖e‖², with a half.",
    ),
    (
        unrolled(before="rho / 2"),
        "A step multiplies the gradient by α, and its remainder too.",
    ),
    (
        unrolled(factor="1"),
        "What has moved is there for the remaining steps, and each makes it a times as long.",
    ),
    (
        unrolled(factor="(1 + alpha * L) ** (N - r)"),
        "One stretching too many: what step r adds is stretched by the N − 1 − r steps after it.",
    ),
    (
        unrolled(
            v="(sum((1 + alpha * L) ** (2 * i) for i in range(r + 1)) * alpha**2 * sigma_g**2 / S)"
        ),
        "In step j the gradient is taken at w_j, before the noise of that step: v_j, with v_0 = 0. "
        "You took v_{j+1}; in one step no mean moves.",
    ),
    (
        unrolled(
            v="(sum((1 + alpha * L) ** i for i in range(r)) ** 2 * alpha**2 * sigma_g**2 / S)"
        ),
        "You squared Lemma 4. Lemma 5's v_j is smaller: squares add, 1 + a² + a⁴ + …",
    ),
    (
        unrolled(
            v="(sum((1 + alpha * L) ** (2 * i) for i in range(r)) * alpha**2 * sigma_g**2"
            " / np.sqrt(S))"
        ),
        "v_j has σ_g²/S: the square of a length σ_g/√S.",
    ),
    (
        f"alpha * rho / 2 * (lambda r: {V_R})(N - 1)",
        "That is the last step alone. Each step before it has moved the mean too.",
    ),
    (
        f"N * alpha * rho / 2 * (lambda r: {V_R})(N)",
        "You took the largest square, v_N, for every step. True, if you stretch it; but step j "
        "meets v_j only, and the first meets 0.",
    ),
]


def judge_mean_drift(names):
    return proofs.bound(
        names["mean_drift"],
        drift_cases(),
        held_out_drifts(),
        best_mean_drift,
        [(as_function(DRIFT_ARGUMENTS, code), says) for code, says in WRONG_DRIFTS],
        proof="one step, N times",
    )


MEAN_DRIFT = Exercise(
    "21.mean_drift",
    "How far the mean moves",
    "give a bound",
    ("mean_drift",),
    insight=(
        "In closed form ρασ_g²(a^N − 1)(a^(N−1) − 1)/(2(1 + a)L²S): with α = c/(NL) it falls like "
        "1/N as well as like 1/S."
    ),
    minutes=7,
    hints=(
        (
            "The mean of ν_j is 0. Write ∇l(w_j) − ∇l(w̃_j) as H_j e_j, which keeps a mean, and "
            "a remainder r_j: its length is at most ½ρ‖e_j‖². So ‖E e_{j+1}‖ ≤ a‖E e_j‖ + what?"
        ),
        (
            "… + (αρ/2) v_j. Two numbers go through the loop, m for ‖E e_j‖ and v, both from 0: "
            "m becomes a·m + (αρ/2)·v, and then v becomes a²v + α²σ_g²/S."
        ),
        (
            "a = 1 + alpha * L; m = v = 0.0; N times: m = a * m + alpha * rho / 2 * v, then "
            "v = a**2 * v + alpha**2 * sigma_g**2 / S."
        ),
    ),
    mistakes=(
        *(
            Mistake(says, f"def mean_drift({DRIFT_ARGUMENTS}):\n    return {code}")
            for code, says in WRONG_DRIFTS
        ),
        Mistake("The answer has to be a function of alpha", "mean_drift = 0"),
    ),
    alternative=f"""def mean_drift({DRIFT_ARGUMENTS}):
    a = 1 + alpha * L
    return (rho * alpha * sigma_g**2 * (a**N - 1) * (a ** (N - 1) - 1)
            / (2 * (1 + a) * L**2 * S))""",
    cases=drift_cases,
    judge=judge_mean_drift,
    equivalent={"(moved, v) -> (v, moved)": "both are 0 at the start"},
)

# ---- 21.turn

TURN_LINES = {
    1: (
        "Line 1 is true: only the second factor of P̂ has moved, M_0 stands at w in both, and g is "
        "exact. What is fixed goes out of the mean."
    ),
    2: "Line 2 is true: |M_0| ≤ a and |g| ≤ a²|l′(w)|, for any loss with this L.",
    4: (
        "Line 4 is true: w_1 = w − α(l′(w) + ν_0), and ν_0 has mean zero. In one step no mean "
        "moves."
    ),
    5: "Line 5 follows from the others. One of these is false.",
}


def judge_turn(names):
    line, corners = names["line"], names["corners"]
    if some_unattempted(line, corners) or (
        isinstance(corners, (list, tuple))
        and any(unattempted(list(c)) for c in corners if isinstance(c, (list, tuple)))
    ):
        raise NotImplementedError
    line = as_scalar(line)
    if not number(line) or line not in (1, 2, 3, 4, 5):
        return "`line` is the number of a line, 1 to 5."
    if line != 3:
        return TURN_LINES[int(line)]
    loss, complaint = read_corners(corners)
    if complaint:
        return f"Line 3 is the false line. {complaint}"
    left, right = (loss.hessian(np.array([w]))[0, 0] for w in (-0.5, 0.0))
    middle = loss.hessian(np.array([-0.25]))[0, 0]
    gap = (left + right) / 2 - middle
    said = (
        f"From w = 0 the runs come to −½ and 0, the exact one to −¼. There your l″ is {left:.3g}, "
        f"{right:.3g} and {middle:.3g}"
    )
    if abs(gap) >= 0.1 - 1e-9:
        most = " No loss with ρ = 1 has more." if abs(gap) > 0.25 - 1e-9 else ""
        return Accepted(
            f"{said}: the mean of two is {abs(gap):.3g} off the third, where line 3 allows for "
            f"0.{most} ‖E f(x) − f(x̃)‖ ≤ ρ E‖x − x̃‖ is true, with the mean outside."
        )
    if max(left, right, middle) - min(left, right, middle) < 1e-9:
        return f"Line 3 is the false line. {said}: the curvature does not change where the runs go."
    if abs(gap) < 1e-9:
        return (
            f"Line 3 is the false line. {said}. What l″ gains on one side it loses on the other. "
            "Let it go the same way to both sides."
        )
    return (
        f"Line 3 is the false line. {said}: the mean of the two is off the third by {abs(gap):.3g} "
        "only. Put the kink where the exact run is after one step, and let the legs be as steep as "
        "allowed."
    )


def read_corners(corners):
    """The loss with these corners of l″ -> (loss, None) or (None, the complaint)."""
    shape = "`corners` is a list of two or more pairs (w, l″(w)) of numbers."
    try:
        found = [(as_scalar(w), as_scalar(curvature)) for w, curvature in corners]
    except (TypeError, ValueError):
        return None, shape
    if len(found) < 2 or not all(number(x) for pair in found for x in pair):
        return None, shape
    places, curvatures = np.array(found, float).T
    if not (np.diff(places) > 0).all():
        return None, "The corners have to go from left to right, each place once."
    if np.abs(curvatures).max() > 1 + 1e-12:
        return None, f"|l″| ≤ 1 is asked for; yours goes to {np.abs(curvatures).max():.3g}."
    steepest = np.abs(np.diff(curvatures) / np.diff(places)).max()
    if steepest > 1 + 1e-9:
        return None, f"ρ = 1 is asked for; your l″ has the slope {steepest:.3g}."
    return theory.PiecewiseHessian(places, curvatures, slope=1.0, L=1.0, rho=1.0), None


def turn(line=3, corners="[(-1.25, 0.0), (-0.25, -1.0), (0.75, 0.0)]"):
    return f"line = {line}\ncorners = {corners}"


TURN = Exercise(
    "21.turn",
    "The mean of a Lipschitz function",
    "find the false line",
    ("line", "corners"),
    insight=(
        "Lipschitz bounds the distance of two values, never of a mean and a value; for a gradient "
        "it was the *next* derivative, ρ, that made the mean move by a square only."
    ),
    minutes=5,
    hints=(
        (
            "Which line moves a mean through a function? The function |x| is 1-Lipschitz: what is "
            "E|x|, and what is |E x|, for x = ±1?"
        ),
        (
            "After one step the exact run is at w̃_1 = −¼, the others at −¼ ± ¼. Line 3 says that "
            "the mean of l″ at the two is l″(−¼)."
        ),
        "Let l″ be lowest at −¼ and rise to both sides: [(-1.25, 0), (-0.25, -1), (0.75, 0)].",
    ),
    mistakes=(
        *(Mistake(says, turn(line=line)) for line, says in TURN_LINES.items()),
        Mistake(
            "What l″ gains on one side it loses on the other",
            turn(corners="[(-1.25, -1.0), (0.75, 1.0)]"),
        ),
        Mistake(
            "the curvature does not change where the runs go",
            turn(corners="[(1.0, -1.0), (2.0, 0.0)]"),
        ),
        Mistake(
            "Put the kink where the exact run is",
            turn(corners="[(-1.0, 0.0), (-0.05, -0.95), (1.0, 0.0)]"),
        ),
        Mistake("your l″ has the slope 4", turn(corners="[(-0.5, 0), (-0.25, -1), (0, 0)]")),
        Mistake("|l″| ≤ 1 is asked for", turn(corners="[(-2.25, 1), (-0.25, -1), (2.75, 2)]")),
        Mistake("The corners have to go from left to right", turn(corners="[(1, 0), (-1, 0)]")),
        Mistake("is a list of two or more pairs", turn(corners="[1.0, 2.0]")),
        Mistake("`line` is the number of a line", turn(line=7)),
    ),
    alternative="""line = 3.0
corners = ((-1, -0.5), (-0.25, 0.25), (0.5, -0.5))""",
    judge=judge_turn,
    equivalent=COUNTEREXAMPLES,
)

# ---- 21.choose

BUDGET, WANTED, LENGTH = 100_000, 5e-4, 10


@functools.cache
def bend_constants(N):
    """C_bend and C_err2' for α = 1/(8N), L = ρ = σ_g = 1."""
    ones = dict(L=1, rho=1, sigma_g=1, sigma=None, sigma_H=0)
    c = theory.ResamplingConstants(**ones, alpha=1 / (8 * N), steps=N, sharp=True)
    return float(c.C_bend), float(c.C_err2)


def errors(S, B):
    """The two parts of the mean square error's bound at N = 2, bias² and scatter."""
    C_bend, C_err2 = bend_constants(2)
    return (C_bend / S + LENGTH * C_err2 / np.sqrt(S)) ** 2, 1 / B


def judge_choose(names):
    words = ("S", "B")
    given, complaint = read_numbers("sizes", names["sizes"], words, whole=words)
    if complaint:
        return complaint
    S, B = given["S"], given["B"]
    for word in words:
        if given[word] < 1:
            return f"`{word}` is at least 1; yours is {given[word]}."
    cost = B * (2 * S + 3)
    bias, scatter = errors(S, B)
    said = f"bias² {bias:.2g} + scatter {scatter:.2g} = {bias + scatter:.3g}"
    if cost > BUDGET:
        most = BUDGET // (2 * S + 3)
        least = f"With S = {S} you can afford B = {most:,}" if most else f"S = {S} is too large"
        return f"You draw B(2S + 3) = {cost:,} samples. {least}."
    if bias + scatter <= WANTED:
        return Accepted(
            f"{said}, with {cost:,} samples: of the two errors only one is averaged away."
        )
    if bias > WANTED:
        return (
            f"{said}. The bias alone is too large, and no B makes it smaller: all B estimates are "
            "off by the same. Only S does."
        )
    if cost < 0.9 * BUDGET and sum(errors(S, BUDGET // (2 * S + 3))) <= WANTED:
        return f"{said}. The S is right, and you draw only {cost:,} samples: there are more for B."
    if scatter > WANTED:
        return (
            f"{said}. The scatter alone is too large: it is 1/B, and samples that you spend on S "
            "are missing in B."
        )
    larger, other = ("bias", "S") if bias > scatter else ("scatter", "B")
    return f"{said}: close. The {larger} is the larger part: move samples to {other}."


def sizes(S=11, B=4000):
    return f"sizes = dict(S={S}, B={B})"


CHOOSE = Exercise(
    "21.choose",
    "Bias or scatter",
    "write",
    ("sizes",),
    insight=(
        "With a bias like 1/√S the best S grows like the square root of the samples that you have; "
        "with c/S, as at N = 1, like their cube root."
    ),
    minutes=4,
    hints=(
        "Spend all samples: B is 100,000/(2S + 3), rounded down. One unknown is left.",
        "Which S makes the bias alone smaller than the square root of 0.0005? Go on from there.",
        "Print the sum of the two for S from 1 to 50.",
    ),
    mistakes=(
        Mistake("no B makes it smaller", sizes(S=1, B=20000)),
        Mistake("The scatter alone is too large", sizes(S=100, B=492)),
        Mistake("you draw only", sizes(S=11, B=2000)),
        Mistake("The bias is the larger part", sizes(S=6, B=6666)),
        Mistake("The scatter is the larger part", sizes(S=19, B=2439)),
        Mistake("With S = 11 you can afford B = 4,000", sizes(B=9000)),
        Mistake("S = 60000 is too large", sizes(S=60000, B=1)),
        Mistake("`B` is at least 1", sizes(B=0)),
        Mistake("`S` in `sizes` is a whole number", sizes(S=10.5)),
        Mistake("`sizes` is a dict with", "sizes = 100"),
    ),
    alternative="sizes = {'B': 5000, 'S': 8}",
    judge=judge_choose,
    equivalent={"*": "other sizes may do as well"},
)

EXERCISES = [SHARED, PRODUCT, ORDER_OF_LINES, MEAN_DRIFT, TURN, CHOOSE]
