"""Graders of lesson 20."""

import numpy as np
from numpy.linalg import norm

from ... import theory
from ..compare import text
from ..exercise import Accepted, Exercise, Mistake
from ..given import noisy_steps
from ..proofs import Case, bound
from .shared import as_floats, as_function, as_scalar, number, shown, some_unattempted, unattempted

COUNTEREXAMPLES = {"*": "another instance may do as well"}

# ---- 20.paths


def drift_program(
    path="point",
    each="np.sum((point - end) ** 2)",
    over="product((1, -1), repeat=len(noise))",
    share=" / 2 ** len(noise)",
    end="exact_path(loss, w, alpha, len(noise))[-1]",
    before="",
    step="alpha * (loss.gradient({}) + s * nu)",
):
    return f"""def mean_square_drift(loss, w, alpha, noise):
    end = {end}
    total = 0.0
    for signs in {over}:
        point = w
        {before}
        for j, (s, nu) in enumerate(zip(signs, noise)):
            point = point - {step.format(path)}
        total = total + {each}
    return total{share}"""


def sign_cases():
    """((x, c, phi) of a cosine sum, w, alpha, noise)"""
    rng = np.random.default_rng(2)

    def point(*shape):
        return rng.normal(size=shape).round(2)

    def wave(terms, d):
        return point(terms, d), point(terms), point(terms)

    return [
        (wave(3, 2), point(2), 0.5, point(3, 2)),
        (wave(4, 3), point(3), 0.4, point(4, 3)),
        (wave(2, 1), point(1), 0.7, point(2, 1)),
        (wave(2, 2), point(2), 0.3, point(5, 2)),
        ((np.eye(1), np.ones(1), np.zeros(1)), np.array([0.5]), 0.8, np.array([[0.6]])),
        (wave(2, 2), point(2), 0.5, np.zeros((2, 2))),
    ]


def collecting_program(each, result):
    """A program that collects something of each path, and makes one number of all."""
    return f"""def mean_square_drift(loss, w, alpha, noise):
    end, found = exact_path(loss, w, alpha, len(noise))[-1], []
    for signs in product((1, -1), repeat=len(noise)):
        point = w
        for s, nu in zip(signs, noise):
            point = point - alpha * (loss.gradient(point) + s * nu)
        found.append({each})
    return {result}"""


class GradientAlone:
    """A loss of which nothing but the gradient can be used."""

    def __init__(self, loss):
        self.gradient = loss.gradient

    def __getattr__(self, name):
        raise AttributeError(
            f"there is no `{name}`: this loss has its `gradient` and no more, "
            "and the paths take nothing else"
        )


PATHS = Exercise(
    "20.paths",
    "All runs, not some",
    "write",
    ("mean_square_drift",),
    insight=(
        "Paths that have seen the same signs up to step j are one path until then: as a tree the "
        "2^N paths take 2^N − 1 gradients, one for each branching, in place of N·2^N."
    ),
    minutes=5,
    hints=(
        (
            "Outer loop: `for signs in product((1, -1), repeat=N)`, the 2^N patterns. "
            "Each gives one path from w, and one number ‖w_N − w̃_N‖²."
        ),
        (
            "Inner loop, over the steps: point = point - alpha * (loss.gradient(point) + s * u), "
            "with this step's sign s and vector u."
        ),
        (
            "Add np.sum((point - end) ** 2), where end = exact_path(loss, w, alpha, N)[-1], "
            "and divide by 2 ** N at the end."
        ),
    ),
    mistakes=(
        Mistake(
            "You averaged the endpoints before you squared: ‖E w_N − w̃_N‖². There noise of "
            "opposite signs cancels. Square each path's distance, then take the mean.",
            collecting_program("point", "np.sum((np.mean(found, axis=0) - end) ** 2)"),
        ),
        Mistake(
            "All your steps share one sign: that is one sample used N times, "
            "two paths instead of 2^N. Each step has a coin of its own.",
            drift_program(over="((1,) * len(noise), (-1,) * len(noise))", share=" / 2"),
        ),
        Mistake(
            "That is the mean of ‖w_N − w̃_N‖, not of its square.",
            drift_program(each="np.sqrt(np.sum((point - end) ** 2))"),
        ),
        Mistake(
            "That is the square of the mean distance. Square first, then average: "
            "the mean of squares is larger.",
            collecting_program("np.sqrt(np.sum((point - end) ** 2))", "np.mean(found) ** 2"),
        ),
        Mistake(
            "You added up the 2^N paths. Each has the probability 2^−N: divide.",
            drift_program(share=""),
        ),
        Mistake(
            "You divided by N. There are 2^N patterns, all equally likely.",
            drift_program(share=" / max(len(noise), 1)"),
        ),
        Mistake(
            "You measured the distance from the start w. "
            "Drift is the distance from where the path *without* noise ends, w̃_N.",
            drift_program(end="w"),
        ),
        Mistake(
            "What you get is Σ α²‖u_j‖²: your noisy steps take their gradients on the exact "
            "path. A noisy path takes the gradient where it *is*; that is how drift grows.",
            drift_program(path="exact[j]", before="exact = exact_path(loss, w, alpha, len(noise))"),
        ),
        Mistake(
            "The noise is part of the sampled gradient, and the step multiplies it by α too.",
            drift_program(step="alpha * loss.gradient({}) - s * nu"),
        ),
        Mistake(
            "You measure from the mean of the noisy ends. That is their variance; the drift is "
            "measured from the exact path's end, and the two differ by the bias squared.",
            collecting_program(
                "point", "np.mean(np.sum((found - np.mean(found, axis=0)) ** 2, axis=1))"
            ),
        ),
        Mistake(
            "Your signs are 0 and 1: half of your steps have no noise. The two sides of the "
            "coin are +u_j and −u_j.",
            drift_program(over="product((0, 1), repeat=len(noise))"),
        ),
        Mistake(
            "A sign is wrong: your noisy paths go up. "
            "A step subtracts α times the sampled gradient.",
            drift_program(step="-alpha * (loss.gradient({}) + s * nu)"),
        ),
        Mistake(
            "Every step of yours has the first step's vector, u_0. Step j has u_j.",
            drift_program(step="alpha * (loss.gradient({}) + s * noise[0])"),
        ),
        Mistake(
            "Your exact path is one step short: "
            "w̃_N is the last of the N + 1 points of `exact_path`.",
            drift_program(end="exact_path(loss, w, alpha, len(noise))[-2]"),
        ),
        Mistake(
            "You counted only the path on which every sign is +. "
            "The expectation is over all patterns.",
            drift_program(over="((1,) * len(noise),)", share=""),
        ),
        Mistake(
            "You took a mean over the coordinates. The squared norm is their sum.",
            drift_program(each="np.mean((point - end) ** 2)"),
        ),
        Mistake(
            "Each of your paths starts where the one before it ended. Every path has to start "
            "at w.",
            """def mean_square_drift(loss, w, alpha, noise):
    end = exact_path(loss, w, alpha, len(noise))[-1]
    total, point = 0.0, w
    for signs in product((1, -1), repeat=len(noise)):
        for s, nu in zip(signs, noise):
            point = point - alpha * (loss.gradient(point) + s * nu)
        total = total + np.sum((point - end) ** 2)
    return total / 2 ** len(noise)""",
        ),
        Mistake(
            "Random signs give an estimate, another one for every seed. "
            "There are only 2^N patterns: take them all.",
            """def mean_square_drift(loss, w, alpha, noise):
    end, rng, total = exact_path(loss, w, alpha, len(noise))[-1], np.random.default_rng(0), 0.0
    for _ in range(1000):
        point = w
        for nu in noise:
            point = point - alpha * (loss.gradient(point) + rng.choice([1, -1]) * nu)
        total = total + np.sum((point - end) ** 2)
    return total / 1000""",
        ),
    ),
    alternative="""def mean_square_drift(loss, w, alpha, noise):
    def walk(point, exact, j):
        if j == len(noise):
            return float((point - exact) @ (point - exact))
        g, exact = loss.gradient(point), exact - alpha * loss.gradient(exact)
        return 0.5 * (
            walk(point - alpha * (g + noise[j]), exact, j + 1)
            + walk(point - alpha * (g - noise[j]), exact, j + 1)
        )
    return walk(w, w, 0)""",
    cases=sign_cases,
    run=lambda names, cosines, *inputs: names["mean_square_drift"](
        GradientAlone(theory.CosineSum(*cosines)), *inputs
    ),
    show=lambda cosines, *inputs: (
        f"CosineSum({shown('x', 'c', 'phi')(*cosines)}), {shown('w', 'alpha', 'noise')(*inputs)}"
    ),
    equivalent={
        "loss.gradient(point) + sign * u -> loss.gradient(point) - sign * u": (
            "the patterns contain every sign with its opposite"
        ),
        "product((1, -1), repeat=len(noise)) -> product((-1, 1), repeat=len(noise))": (
            "the same patterns in another order"
        ),
        "(sign, u) -> (u, sign)": "a product of two names",
        "zip(signs, noise) -> zip(noise, signs)": "a product of two names",
        "point - end -> end - point": "it is squared",
    },
)


# ---- 20.square


def best_square(alpha, L, sigma_g, N, p):
    a = 1 + alpha * L
    block = alpha * sigma_g * sum(a**r for r in range(p))
    return block**2 * sum(a ** (2 * p * r) for r in range(N // p))


def hill_case(name, alpha, L, sigma_g, N, p):
    """The hill −L w²/2, where e_N is a sum of N/p independent terms, each of p equal pushes."""
    inputs = dict(alpha=alpha, L=L, sigma_g=sigma_g, N=N, p=p)
    return Case(name, inputs, best_square(**inputs))


def named_hills():
    return [
        hill_case("the hill −w²/2", 0.5, 1.0, 1.0, 4, 2),
        hill_case("one step on the hill −w²/2", 0.5, 1.0, 1.0, 1, 1),
        hill_case("the hill −w²/2, one sample for all steps,", 0.5, 1.0, 1.0, 3, 3),
        hill_case("the hill −w²/2, a sample for each step,", 0.5, 1.0, 1.0, 4, 1),
        hill_case("the steep hill −5w²", 0.1, 10.0, 1.0, 6, 3),
        hill_case("the hill −w²/2, short steps and large noise,", 0.01, 1.0, 3.0, 6, 2),
    ]


def random_hills():
    rng = np.random.default_rng(0)
    cases = []
    for _ in range(200):
        p = int(rng.integers(1, 6))
        N = p * int(rng.integers(1, 8))
        L = 10 ** rng.uniform(-2, 2)
        alpha = 10 ** rng.uniform(-2, 0.3) / (N * L)
        sigma_g = 10 ** rng.uniform(-1, 1)
        case = hill_case("a hill held back", alpha, L, sigma_g, N, p)
        # a hair less: where all attain it, a named one is told
        cases.append(case._replace(truth=case.truth * (1 - 1e-9)))
    return cases


ARGUMENTS = "alpha, L, sigma_g, N, p"
BLOCK = "sum((1 + alpha * L) ** r for r in range(p))"
BLOCKS = "sum((1 + alpha * L) ** (2 * p * r) for r in range(N // p))"
WRONG_SQUARES = [
    (
        "(alpha * sigma_g) ** 2 * sum((1 + alpha * L) ** (2 * r) for r in range(N))",
        "That is Lemma 5, as if each step drew its own sample. While one sample serves, its pushes "
        "all go one way, and the cross term is positive.",
    ),
    (
        "(alpha * sigma_g * sum((1 + alpha * L) ** r for r in range(N))) ** 2",
        "That is Lemma 4's bound, squared, as if one sample served all steps. "
        "Where a new sample is drawn, the cross term's mean is zero.",
    ),
    (
        "p * (alpha * sigma_g) ** 2 * sum((1 + alpha * L) ** (2 * r) for r in range(N))",
        "That is p times Lemma 5: a square of p lengths is at most p times the sum of their "
        "squares. It is true, but equal only for equal lengths, and the steps stretch the first "
        "most.",
    ),
    (
        f"(alpha * sigma_g * p) ** 2 * {BLOCKS}",
        "While one sample serves, its first pushes are stretched by the steps after them: "
        "1 + a + …, not p.",
    ),
    (
        f"(alpha * sigma_g * {BLOCK}) ** 2"
        " * sum((1 + alpha * L) ** (2 * r) for r in range(N // p))",
        "From one new sample to the next there are p steps: the square grows by a^(2p), not a².",
    ),
    (
        f"(alpha * sigma_g * {BLOCK}) ** 2"
        " * sum((1 + alpha * L) ** (p * r) for r in range(N // p))",
        "p steps make the drift a^p times as long, its square a^(2p) times.",
    ),
    (
        f"(alpha * sigma_g * {BLOCK}) ** 2 * (N // p)",
        "Without the stretching of what is there: p steps make the drift a^p times as long.",
    ),
    (
        "(p * alpha * sigma_g) ** 2 * sum((1 + p * alpha * L) ** (2 * r) for r in range(N // p))",
        "You let p steps be one that is p times as long. They look at the slope p times, and "
        "(1 + αL)^p is more than 1 + pαL.",
    ),
    (
        f"(alpha * sigma_g * {BLOCK}) ** 2"
        " * sum((1 + alpha * L) ** (2 * p * r) for r in range(N // p + 1))",
        "One sample too many: N steps use N/p.",
    ),
    (
        f"(alpha * sigma_g * {BLOCK}) ** 2 * sum((1 + alpha * L) ** (2 * p * r) for r in range(N))",
        "You count N samples. Each serves p steps: there are N/p.",
    ),
    (
        f"alpha * sigma_g * {BLOCK} * sum((1 + alpha * L) ** (p * r) for r in range(N // p))",
        "That is Lemma 4's bound, on the length. The exercise asks for the square.",
    ),
    (
        f"alpha * sigma_g * {BLOCK} * np.sqrt({BLOCKS})",
        "That is the root, a bound on the length. The exercise asks for the square.",
    ),
    (
        f"alpha**2 * sigma_g * {BLOCK} ** 2 * {BLOCKS}",
        "σ_g is the root of a mean square: in the square it comes as σ_g².",
    ),
]


def judge_square(names):
    return bound(
        names["mean_square_bound"],
        named_hills(),
        random_hills(),
        best_square,
        [(as_function(ARGUMENTS, code), says) for code, says in WRONG_SQUARES],
        proof="Lemma 4 while one sample serves, Lemma 5 from one sample to the next",
    )


SQUARE = Exercise(
    "20.square",
    "Between a march and a walk",
    "give a bound",
    ("mean_square_bound",),
    insight=(
        "Where αLN is small this is about p·N·(ασ_g)²: a sample kept for p steps makes the mean "
        "square p times as large, until p = N, the march."
    ),
    minutes=6,
    hints=(
        (
            "Take p steps as one: d is what p exact steps make of the drift, and the pushes of one "
            "sample are a second vector. For which pairs of pushes is the mean of the cross term "
            "zero?"
        ),
        (
            "The p pushes of one sample end, together, at most ασ_g(1 + a + … + a^(p−1)) away. "
            "Each later p steps multiply that by a^p, and the N/p samples are independent."
        ),
        (
            "(alpha * sigma_g * sum(a**r for r in range(p))) ** 2 times "
            "sum(a ** (2 * p * r) for r in range(N // p)), with a = 1 + alpha * L"
        ),
    ),
    mistakes=(
        *(
            Mistake(says, f"def mean_square_bound({ARGUMENTS}):\n    return {code}")
            for code, says in WRONG_SQUARES
        ),
        Mistake(
            "The answer has to be a function of alpha, L, sigma_g, N and p", "mean_square_bound = 1"
        ),
    ),
    alternative="""def mean_square_bound(alpha, L, sigma_g, N, p):
    a, m = 1 + alpha * L, 0.0
    block = sigma_g * (a**p - 1) / L
    for _ in range(N // p):
        m = a ** (2 * p) * m + block**2
    return m""",
    cases=random_hills,
    judge=judge_square,
)

# ---- 20.cross

TRUE_LINES = {
    1: "Line 1 is true: it is the inner step, with d_j for what the step makes of the drift.",
    2: "Line 2 is true: a square is expanded, and the mean of a sum is the sum of the means.",
    3: (
        "Line 3 is true: over all shuffles, place j has each batch equally often, and the batches' "
        "noises, the same at every w, add up to zero. What it does not say is what is known when "
        "step j begins."
    ),
    5: (
        "Line 5 is true: on an L-smooth loss an exact step makes the drift at most a times as "
        "long, and A3 holds at every w."
    ),
    6: "Line 6 follows, if 2, 4 and 5 are true. One of these is not.",
}
CROSS_ALPHA = 0.1


def cross_term(batches, N):
    """E d_j ν_j and the roots of E d_j², E ν_j² in the last of N steps, on −w²/2.

    Any two places of a shuffled deck have E ν_i ν_j = −E ν²/(n − 1).
    """
    a = 1 + CROSS_ALPHA
    growth = CROSS_ALPHA * a ** np.arange(N - 1, 0.0, -1)
    square = np.mean(np.square(batches))
    between = -square / max(len(batches) - 1, 1)
    d2 = np.sum(growth**2) * (square - between) + np.sum(growth) ** 2 * between
    return -np.sum(growth) * between, np.sqrt(d2), np.sqrt(square)


def judge_cross(names):
    line, batches, N = names["line"], names["batches"], names["N"]
    if some_unattempted(line, batches, N):
        raise NotImplementedError
    line, N = as_scalar(line), as_scalar(N)
    if not number(line) or line not in (1, 2, 3, 4, 5, 6):
        return "`line` is the number of a line, 1 to 6."
    if line != 4:
        return TRUE_LINES[int(line)]
    complaint = complaint_about_deck(batches, N)
    if complaint:
        return f"Line 4 is the false line. {complaint}"
    batches, N = as_floats(batches), int(N)
    cross, d, nu = cross_term(batches, N)
    said = f"In the last step E d_jν_j = {cross:.4g}"
    if N == 1:
        return (
            "Line 4 is the false line, but not in one step: before it there is no drift, d_0 = 0, "
            "and the first card knows nothing."
        )
    share = abs(cross) / (d * nu)
    if share >= 0.05:
        return Accepted(
            f"{said}, where line 4 says 0: {share:.0%} of √(E d_j² · E ν_j²). It is positive: "
            "where the drift has gone one way, the next push goes back."
        )
    return (
        f"Line 4 is the false line, and on your deck it is false by too little. {said}, only "
        f"{share:.1%} of √(E d_j² · E ν_j²); make it 5%. Of {len(batches)} "
        f"batches {N} are drawn, and those before the last tell little about it. "
        "Draw more of them, or have fewer."
    )


def complaint_about_deck(batches, N):
    """What is wrong with noises of batches and a number of steps, or None."""
    try:
        batches = as_floats(batches)
    except (TypeError, ValueError):
        return "`batches` is a list of numbers, the noise of each batch."
    if batches.ndim != 1 or not 1 <= len(batches) <= 1000:
        return "`batches` is a list of 1 to 1000 numbers, the noise of each batch."
    if not np.isfinite(batches).all() or abs(batches).max() > 1e6:
        return "Choose noises that are finite, and below a million: else rounding decides."
    if not number(N) or N != int(N) or not 1 <= N <= len(batches):
        return f"`N` is a whole number from 1 to the number of batches, {len(batches)}."
    if abs(batches).max() < 1e-6:
        return "Without noise both sides are 0. Let the batches differ."
    if abs(batches.sum()) > 1e-9 * abs(batches).max():
        return (
            f"Your noises have the sum {batches.sum():.4g}. All batches together are the support "
            "set, whose gradient is exact: the sum is 0."
        )
    return None


def deck(line=4, batches="[1.0, -1.0, 0.5, -0.5]", N=4):
    return f"line = {line}\nbatches = {batches}\nN = {N}"


CROSS = Exercise(
    "20.cross",
    "A deck is no coin",
    "find the false line",
    ("line", "batches", "N"),
    insight=(
        "Two places of a deck of n have the correlation −1/(n − 1): with many batches and few "
        "steps it is nearly a coin, but the last card is known before it is drawn."
    ),
    minutes=5,
    hints=(
        (
            'Say each line with the words "whatever has been drawn before". '
            "Which one is true only without these words?"
        ),
        (
            "ν_j has mean zero over all shuffles. But d_j is made of the cards that have gone, and "
            "given these the mean of the next is no longer zero."
        ),
        "The smallest deck: batches = [1, -1], N = 2. After +1 comes −1, for certain.",
    ),
    mistakes=(
        *(Mistake(says, deck(line=line)) for line, says in TRUE_LINES.items()),
        Mistake("but not in one step: before it there is no drift", deck(N=1)),
        Mistake("Draw more of them, or have fewer", deck(batches="[1.0, -1.0] * 15", N=2)),
        Mistake("Your noises have the sum 2", deck(batches="[1.0, 1.0, 0.0]", N=2)),
        Mistake("Without noise both sides are 0", deck(batches="[0.0, 0.0]", N=2)),
        Mistake(
            "is a whole number from 1 to the number of batches, 2",
            deck(batches="[1.0, -1.0]", N=3),
        ),
        Mistake("`line` is the number of a line", deck(line=7)),
        Mistake("is a list of 1 to 1000 numbers", deck(batches="1.0", N=1)),
    ),
    alternative="""line = 4.0
batches = (2, -1, -1)
N = 2""",
    judge=judge_cross,
    equivalent=COUNTEREXAMPLES,
)

# ---- 20.shared


def judge_shared(names):
    found = {}
    for word in ("exceeds", "holds"):
        given = names[word]
        if unattempted(given):
            raise NotImplementedError
        if not isinstance(given, dict) or set(given) != {"h", "alpha"}:
            return f"`{word}` is a dict with h and alpha."
        h, alpha = (as_scalar(given[name]) for name in ("h", "alpha"))
        for name, value in (("h", h), ("alpha", alpha)):
            if not number(value):
                return f"`{name}` in `{word}` is one finite number; yours is {text(given[name])}."
        h, alpha = float(h), float(alpha)
        if not alpha > 0:
            return f"`alpha` in `{word}` is positive: a step goes down."
        if h == 0:
            return f"In `{word}` h is 0: without curvature there is no L, and no bound."
        if not 1e-6 <= alpha * abs(h) <= 1e3:
            return (
                f"In `{word}` αL is {alpha * abs(h):.3g}: at this size rounding decides. "
                "Choose it between a millionth and a thousand."
            )
        found[word] = h, alpha, share_of_bound(h, alpha)
    h, alpha, share = found["exceeds"]
    if share < 3.9:
        return complaint_about_exceeding(h, alpha, share)
    h, alpha, other = found["holds"]
    if other > 1 - 1e-9:
        return complaint_about_holding(h, alpha, other)
    if not shared_chain(h, alpha).violations:
        return (
            "In `holds` αh is 1: an exact step takes every run to 0, so that d_j = 0, and no line "
            "is false. Choose a valley in which some of the drift is left."
        )
    return Accepted(
        f"Exceeded by a factor {share:.3f} on the one, {other:.3f} of the bound on the other. "
        "The cross term's line is false on both."
    )


def share_of_bound(h, alpha):
    """E‖e_4‖² over Lemma 5's bound, for one coin in four steps on h w²/2."""
    return shared_chain(h, alpha).tightness


def shared_chain(h, alpha):
    """Lemma 5's chain there."""
    x = noisy_steps.pushed(h, alpha, np.ones((4, 1)), signs=[[1] * 4, [-1] * 4])
    return theory.RESULTS["lemma_5"].evaluate(x)["drift"]


def complaint_about_exceeding(h, alpha, share):
    said = f"In `exceeds` E‖e_4‖² is {share:.4g} times the bound, and the exercise asks for 3.9"
    if h > 0:
        return (
            f"{said}. A valley pulls the drift back in every step, by 1 − αL; what does a hill do? "
            "Or make αL so small that the curvature hardly counts."
        )
    return (
        f"{said}. On a hill the first push is stretched most, the last not at all, and αL is "
        f"{alpha * -h:.3g}: the less equal the four, the less they add up. Make αL smaller."
    )


def complaint_about_holding(h, alpha, share):
    said = f"In `holds` E‖e_4‖² is {share:.6g} times the bound: exceeded"
    if h < 0:
        return (
            f"{said}. On a hill all four pushes go the same way and are stretched as the bound "
            "allows: whatever α is, four lengths squared exceed four squares. Where do steps "
            "shrink the drift?"
        )
    return (
        f"{said}. In your valley a step keeps {1 - alpha * h:.3g} of the drift, where the bound "
        f"allows for {1 + alpha * h:.3g}: the two are too near. Make αL larger."
    )


def shared_answer(h=-1.0, alpha=0.1, other_h=1.0, other_alpha=0.5):
    return f"exceeds = dict(h={h}, alpha={alpha})\nholds = dict(h={other_h}, alpha={other_alpha})"


SHARED = Exercise(
    "20.shared",
    "One coin for all steps",
    "break it",
    ("exceeds", "holds"),
    insight=(
        "So a run on one problem need not show that freshness is missing: in this valley one "
        "sample for all steps passes the test of the bound."
    ),
    minutes=4,
    hints=(
        (
            "With one coin e_4 = ±α(1 + r + r² + r³), r = 1 − αh. The bound has "
            "α²(1 + a² + a⁴ + a⁶), a = 1 + α|h|."
        ),
        (
            "To exceed it, let the four terms be nearly equal and as long as allowed: r = a, near "
            "1. To stay below, let r be small, and a not."
        ),
        "A hill with αL = 0.1: h = −1, α = 0.1. A valley with αL = ½: h = 1, α = 0.5.",
    ),
    mistakes=(
        Mistake("A valley pulls the drift back in every step", shared_answer(h=1.0)),
        Mistake("the less equal the four, the less they add up", shared_answer(alpha=0.5)),
        Mistake("On a hill all four pushes go the same way", shared_answer(other_h=-1.0)),
        Mistake("the two are too near", shared_answer(other_alpha=0.1)),
        Mistake("In `holds` αh is 1: an exact step takes every run", shared_answer(other_alpha=1)),
        Mistake("without curvature there is no L", shared_answer(other_h=0.0)),
        Mistake("is positive: a step goes down", shared_answer(alpha=-0.1)),
        Mistake("at this size rounding decides", shared_answer(alpha=1e-12)),
        Mistake("is a dict with h and alpha", "exceeds = 1\nholds = 2"),
        Mistake("is one finite number; yours is 'a'", shared_answer(h="'a'")),
    ),
    alternative="""exceeds = {"alpha": 0.001, "h": 2}
holds = {"alpha": 3.0, "h": 0.25}""",
    judge=judge_shared,
    equivalent=COUNTEREXAMPLES,
)

# ---- 20.circle


def judge_circle(names):
    given = names["noise"]
    if some_unattempted(given) or (
        isinstance(given, (list, tuple)) and any(some_unattempted(row) for row in given)
    ):
        raise NotImplementedError
    try:
        noise = as_floats(given)
    except (TypeError, ValueError):
        return "`noise` holds four vectors of one dimension: a list of four lists of numbers."
    if noise.ndim != 2 or len(noise) != 4 or not 1 <= noise.shape[1] <= 16:
        return (
            "`noise` holds four vectors, one for each step, of 1 to 16 numbers; "
            f"yours has the shape {noise.shape}."
        )
    lengths = norm(noise, axis=1)
    if not np.isfinite(noise).all() or not 1e-6 <= lengths.max() <= 1e6:
        return "Choose vectors whose longest has a length between a millionth and a million."
    hill = noisy_steps.pushed(-1, 0.1, noise)
    chain = theory.RESULTS["lemma_4_sharp"].evaluate(hill)["drift"]
    ends = norm(noisy_steps.drifts(hill)[-1], axis=1)
    if chain.tightness > 1 - 1e-9:
        return Accepted(
            f"Truth and bound are both {chain.rhs:.6g}, and each of the 16 runs ends at this "
            "distance."
        )
    said = f"The truth is {chain.tightness:.4f} of the bound"
    if np.ptp(lengths) > 1e-6 * lengths.max():
        return (
            f"{said}. Your vectors have the lengths {', '.join(f'{x:.3g}' for x in lengths)}: the "
            "bound counts each as if it were the longest."
        )
    if noise.shape[1] == 1:
        return (
            f"{said}. On a line the 16 runs end at distances from {ends.min():.3g} to "
            f"{ends.max():.3g}: coins that agree go far, others come back. Which pushes can "
            "neither help nor undo each other?"
        )
    products = noise @ noise.T
    pairs = [(i, j) for i in range(4) for j in range(i)]
    worst_i, worst_j = max(pairs, key=lambda pair: abs(products[pair]))
    if noise.shape[1] < 4:
        return (
            f"{said}: Jensen's inequality is strict, for the runs end at distances from "
            f"{ends.min():.3g} to {ends.max():.3g}. In {noise.shape[1]} dimensions some of "
            f"four vectors are not at right angles, such as u_{worst_j} and u_{worst_i}."
        )
    return (
        f"{said}: Jensen's inequality is strict, for the runs end at distances from "
        f"{ends.min():.3g} to {ends.max():.3g}. u_{worst_j} and u_{worst_i} are not at right "
        "angles: two coins that agree make the drift longer there than two that do not."
    )


CIRCLE = Exercise(
    "20.circle",
    "The noise that attains Lemma 4′",
    "make it an equality",
    ("noise",),
    insight=(
        "By Pythagoras the squared lengths add for every outcome of the coins, not only in the "
        "mean; in many dimensions random directions are nearly at right angles."
    ),
    minutes=5,
    hints=(
        (
            "Lemma 4′ is Lemma 5 and Jensen. Lemma 5 is an equality here if all u_j have the same "
            "length. Jensen is one if all 16 runs end at the same distance."
        ),
        (
            "The end is a sum Σ ± α a^(3−j) u_j. Its length must not depend on the signs. "
            "When is ‖x + y‖ = ‖x − y‖?"
        ),
        "When x and y are at right angles. Four such vectors: the rows of np.eye(4).",
    ),
    mistakes=(
        Mistake("On a line the 16 runs end at distances", "noise = [[1.0], [1.0], [1.0], [1.0]]"),
        Mistake(
            "In 2 dimensions some of four vectors are not at right angles",
            "noise = [[1.0, 0.0], [0.0, 1.0], [1.0, 0.0], [0.0, 1.0]]",
        ),
        Mistake(
            "the bound counts each as if it were the longest",
            "noise = np.diag([1.0, 1.1, 1.21, 1.331])",
        ),
        Mistake(
            "two coins that agree make the drift longer there",
            "noise = np.eye(4)\nnoise[1] = [0.6, 0.8, 0, 0]",
        ),
        Mistake("four vectors, one for each step", "noise = [1.0, 1.0, 1.0, 1.0]"),
        Mistake("whose longest has a length between", "noise = np.zeros((4, 4))"),
        Mistake("holds four vectors of one dimension", "noise = [[1.0], [1.0, 0.0], [1], [1]]"),
    ),
    alternative="""noise = [[1, 1, 1, 1], [1, -1, 1, -1], [1, 1, -1, -1], [1, -1, -1, 1]]""",
    judge=judge_circle,
    equivalent=COUNTEREXAMPLES,
)

EXERCISES = [PATHS, SQUARE, CROSS, SHARED, CIRCLE]
