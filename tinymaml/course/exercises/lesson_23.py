"""Graders of lesson 23."""

import functools
import math
from math import ceil

import numpy as np

from tinymaml.theory import batches

from .. import proofs
from ..compare import text, type_of
from ..exercise import Accepted, Exercise, Mistake
from ..given.price_list import Prices, prices, ramp_instance, unit
from .shared import number, unattempted

# ---- 23.circular


def student(p, epsilon, Delta=1.0):
    """The sizes K, B, S of the student, who takes κ_∞ for κ."""
    R = epsilon**2 / (4 * max(p.chi, epsilon))
    theta = p.kappa_inf * p.ratio
    return [max(1, ceil(3 * cost / (theta * R))) for cost in (Delta, p.phi, p.xi)]


HOLDS = {
    1: "Line 1 holds: the table above proves it in both branches.",
    2: "Line 2 is a definition. It gives a name to a number, and claims nothing.",
    3: "Line 3 defines three numbers, and claims nothing of them.",
    4: "Line 4 holds: by line 3 each of its three terms is at most a third of R.",
    6: "Line 6 follows from the lines that it names. One of these is to blame: which?",
}


def judge_circular(names):
    line, given = names["false_line"], names["witness"]
    if unattempted(line) or unattempted(given):
        raise NotImplementedError
    if not number(line) or float(line) not in range(1, 7):
        return f"`false_line` is the number of a line, 1 to 6; yours is {text(line)}."
    if not isinstance(given, dict) or set(given) != {"epsilon", "C_beta"}:
        return "`witness` is a dict with epsilon and C_beta."
    for word, x in given.items():
        if unattempted(x):
            raise NotImplementedError
        if not number(x) or not 1e-3 <= float(x) <= 1e4:
            return f"`{word}` is a number from 0.001 to 10,000; yours is {text(x)}."
    if int(line) != 5:
        return HOLDS[int(line)]
    epsilon, C_beta = float(given["epsilon"]), float(given["C_beta"])
    if C_beta <= 10:
        return f"With C_β = {C_beta:.4g} already κ_∞ is not positive: Theorem 1 wants C_β > 10."
    p = prices(unit(1, C_beta))
    K, B, S = student(p, epsilon)
    kappa = p.kappa_inf - p.k_S / S - p.k_B / B
    sizes = f"The student's sizes are K = {K:,}, B = {B:,}, S = {S:,}"
    if kappa <= 0:
        return Accepted(
            f"{sizes}, and κ = {kappa:.2g} is not even positive: at these sizes there is no Q, "
            "and no theorem."
        )
    excess = p.kappa_inf / kappa - 1
    if excess < 0.05:
        return (
            f"{sizes}, and Q exceeds the right side by {100 * excess:.2g}% only: k_S/S and k_B/B "
            "are small beside κ_∞. When does the student buy small batches?"
        )
    Q = (1 / K + p.phi / B + p.xi / S) / (kappa * p.ratio)
    bound = Q + math.sqrt(p.chi * Q)
    verdict = "line 6 holds all the same" if bound <= epsilon else "line 6 is false too"
    return Accepted(
        f"{sizes}; with the κ of these sizes Q is {100 * excess:.0f}% larger than said, and the "
        f"bound is {bound:.3g}: {verdict}."
    )


def circular_answer(line=5, epsilon=2.2, C_beta=20.0):
    return f"false_line = {line}\nwitness = dict(epsilon={epsilon}, C_beta={C_beta})"


CIRCULAR = Exercise(
    "23.circular",
    "An income that is too large",
    "find the false line",
    ("false_line", "witness"),
    insight=(
        "Where ε is small line 5 is false by little, and R leaves room for it; where ε is large "
        "the student has no theorem."
    ),
    minutes=4,
    hints=(
        "Which letters does the formula of Q at the top of the lesson hold? Which κ is in its θ?",
        (
            "κ_∞ is the income with infinite batches. At the student's B and S it is "
            "κ_∞ − k_S/S − k_B/B, and Q is larger by the factor κ_∞/κ."
        ),
        "k_B/B matters where B is small, and B is small where ε is large: try ε = 1.",
    ),
    mistakes=(
        Mistake("Line 1 holds: the table above", circular_answer(1)),
        Mistake("It gives a name to a number", circular_answer(2)),
        Mistake("Line 3 defines three numbers", circular_answer(3)),
        Mistake("each of its three terms is at most a third of R", circular_answer(4)),
        Mistake("One of these is to blame: which?", circular_answer(6)),
        Mistake("When does the student buy small batches?", circular_answer(epsilon=0.1)),
        Mistake("Theorem 1 wants C_β > 10", circular_answer(C_beta=4.0)),
        Mistake("`epsilon` is a number from 0.001", circular_answer(epsilon=0.0)),
    ),
    alternative="false_line = 5\nwitness = {'C_beta': 12.0, 'epsilon': 5.0}",
    judge=judge_circular,
    equivalent={"*": "a changed counterexample is often a counterexample too"},
)

# ---- 23.sizes


@functools.cache
def sizes_cases():
    """Price lists with ε and Δ, none of whose sizes is near a whole number before rounding."""
    plain = prices(unit(1, 100.0))
    steep = prices(unit(3, 20.0))
    rare = Prices(0.01, 0.3, 0.02, 4.0, 0.013, 0.007, 0.9)
    exact = Prices(0.0036, 0.0001, 0.0024, 5.0, 0.0, 0.0, 6.5)
    return [
        (plain, 0.1, 1.0),
        (steep, 0.37, 2.3),
        (rare, 0.21, 0.53),
        (rare, 7.1, 1.7),
        (steep, 31.0, 1.3),
        (exact, 0.3, 1.1),
        (exact, 0.3, 0.0),
    ]


def numbers(found, count):
    """What an answer returned, as a list of numbers; itself where it is none."""
    if found is ...:
        return found
    try:
        values = [float(x) for x in found]
    except (TypeError, ValueError):
        return found
    return values if len(values) == count else found


def run_sizes(names, p, epsilon, Delta):
    return numbers(names["sizes"](p, epsilon, Delta), 3)


def show_sizes(p, epsilon, Delta):
    values = ", ".join(f"{name} = {value:.4g}" for name, value in p._asdict().items())
    return f"epsilon = {epsilon}, Delta = {Delta}, p: {values}"


def sizes_program(
    R="epsilon**2 / (4 * max(p.chi, epsilon))",
    kappa="p.kappa_inf / 2",
    third="3",
    of_B="max({0}, 4 * p.k_B / p.kappa_inf)",
    of_S="max({0}, 4 * p.k_S / p.kappa_inf)",
    rounded="max(1, ceil(size))",
):
    of_B = of_B.format("third * p.phi / (theta * R)")
    of_S = of_S.format("third * p.xi / (theta * R)")
    return f"""def sizes(p, epsilon, Delta):
    third = {third}
    R = {R}
    theta = {kappa} * p.ratio
    K = third * Delta / (theta * R)
    B = {of_B}
    S = {of_S}
    return [{rounded} for size in (K, B, S)]"""


SIZES = Exercise(
    "23.sizes",
    "Sizes by thirds, κ first",
    "write",
    ("sizes",),
    insight=(
        "Of all splits of R among three terms, thirds make the product KBS smallest: xyz with "
        "x + y + z = 1 is largest there."
    ),
    minutes=6,
    hints=(
        "Q ≤ R, and Q = (Δ/K + φ/B + ξ/S)/θ: write down what Δ/(θK) ≤ R/3 says about K.",
        (
            "κ may be as small as half of κ_∞: θ is p.kappa_inf / 2 * p.ratio. A size that has two "
            "demands is the larger of them."
        ),
        (
            "k_B/B ≤ κ_∞/4 is B ≥ 4k_B/κ_∞. Round up last, and buy at least one of each: "
            "max(1, ceil(...))."
        ),
    ),
    mistakes=(
        Mistake(
            "Your θ holds κ_∞, which only infinite batches have: the promise is half of it",
            sizes_program(kappa="p.kappa_inf"),
        ),
        Mistake(
            "Each of your three terms takes all of R, so that Q may be 3R",
            sizes_program(third="1"),
        ),
        Mistake(
            "Your R is right for ε ≤ χ only; beyond, it is ε/4",
            sizes_program(R="epsilon**2 / (4 * p.chi)"),
        ),
        Mistake(
            "Nothing in your sizes looks after κ: at large ε they let it fall below half",
            sizes_program(of_B="{0}", of_S="{0}"),
        ),
        Mistake(
            "Your B and S let k_S/S and k_B/B take half of κ_∞ each: together, all of it",
            sizes_program(
                of_B="max({0}, 2 * p.k_B / p.kappa_inf)", of_S="max({0}, 2 * p.k_S / p.kappa_inf)"
            ),
        ),
        Mistake(
            "You add the two demands on a size; the larger one covers the other",
            sizes_program(
                of_B="{0} + 4 * p.k_B / p.kappa_inf", of_S="{0} + 4 * p.k_S / p.kappa_inf"
            ),
        ),
        Mistake("The sizes are whole numbers, rounded up", sizes_program(rounded="max(1, size)")),
        Mistake("A size of 0 buys nothing: at least 1 each", sizes_program(rounded="ceil(size)")),
    ),
    alternative="""def sizes(p, epsilon, Delta):
    R = min(epsilon / 4, epsilon * epsilon / 4 / p.chi)
    budget = R * p.ratio * p.kappa_inf / 6
    demands = {
        "K": (Delta / budget,),
        "B": (p.phi / budget, p.k_B / (p.kappa_inf / 4)),
        "S": (p.xi / budget, p.k_S / (p.kappa_inf / 4)),
    }
    return tuple(int(np.ceil(max(1.0, *demand))) for demand in demands.values())""",
    cases=sizes_cases,
    run=run_sizes,
    show=show_sizes,
)

# ---- 23.dial


LIMITS = {"K": math.inf, "KB": 1 / 4, "KBS": 5 / 48}
SAID = (
    (
        "KB",
        1.0,
        "Your KB does not change: φ has C_β² under it, and κ_∞² is not quite 1/C_β² at C_β = 20.",
    ),
    ("KB", math.inf, "Your KB grows without end: φ has C_β² under it. What is left of κ_∞² C_β²?"),
    ("KB", 0.0, "Your KB falls to 0: κ_∞ is in K and in B, so its square is under KB."),
    ("KB", 4.0, "Your KB is upside down: the limit over the value at 20."),
    ("KBS", math.inf, "Your KBS grows without end: ξ has C_β under it. What is left of κ_∞³ C_β³?"),
    ("KBS", 0.0, "Your KBS falls to 0: κ_∞ is in each of three sizes, so its cube is under KBS."),
    ("KBS", 1 / 8, "Your KBS leaves out the factor 1 + 4/C_β of ξ, which is 1.2 at 20."),
    ("KBS", 9.6, "Your KBS is upside down: the limit over the value at 20."),
    (
        "KBS",
        1.0,
        "Your KBS does not change: at C_β = 20 κ_∞ C_β is half of what it is in the limit.",
    ),
)


def judge_dial(names):
    given = names["factors"]
    if unattempted(given):
        raise NotImplementedError
    if not isinstance(given, dict) or set(given) != set(LIMITS):
        return "`factors` is a dict with K, KB and KBS."
    for word, x in given.items():
        if unattempted(x):
            raise NotImplementedError
        if not number(x) and not (isinstance(x, float) and x == math.inf):
            return f"{word} is a number, or np.inf; yours is {text(x)}."
    found = {word: float(x) for word, x in given.items()}
    if found["K"] != math.inf:
        return "K is divided by κ_∞, and by nothing else that knows C_β. Where does κ_∞ go?"
    for word, value, said in SAID:
        if math.isclose(found[word], value, rel_tol=0.01, abs_tol=1e-9):
            return said
    for word in ("KB", "KBS"):
        if not math.isclose(found[word], LIMITS[word], rel_tol=0.01):
            return (
                f"{word} is not {found[word]:.4g} times what it was. Write it as powers of C_β and "
                "of κ_∞ C_β = 2(1/5 − 2/C_β), which is 0.2 at 20."
            )
    return None


def dial_answer(K="np.inf", KB="0.25", KBS="5 / 48"):
    return f"factors = dict(K={K}, KB={KB}, KBS={KBS})"


DIAL = Exercise(
    "23.dial",
    "C_β for K, and for the total",
    "break it",
    ("factors",),
    insight=(
        "κ_∞C_β stays between 0.2 and 0.4, and φ and ξ pay the other three powers of C_β, two "
        "and one: the total falls to a tenth."
    ),
    minutes=4,
    hints=(
        "K = 3Δ/(θR), and in θ only κ_∞ knows C_β: K is proportional to 1/κ_∞.",
        "B is proportional to φ/κ_∞, φ to 1/C_β²; S to ξ/κ_∞, ξ to (1 + 4/C_β)/C_β.",
        (
            "κ_∞ = x/C_β with x = 2(1/5 − 2/C_β), from 0.2 at 20 to 0.4. Then KB is proportional "
            "to 1/x², and KBS to (1 + 4/C_β)/x³."
        ),
    ),
    mistakes=(
        Mistake("Where does κ_∞ go?", dial_answer(K="0.5")),
        Mistake("What is left of κ_∞² C_β²?", dial_answer(KB="np.inf")),
        Mistake("κ_∞² is not quite 1/C_β²", dial_answer(KB="1.0")),
        Mistake("its square is under KB", dial_answer(KB="0.0")),
        Mistake("Your KB is upside down", dial_answer(KB="4.0")),
        Mistake("What is left of κ_∞³ C_β³?", dial_answer(KBS="np.inf")),
        Mistake("its cube is under KBS", dial_answer(KBS="0.0")),
        Mistake("leaves out the factor 1 + 4/C_β", dial_answer(KBS="1 / 8")),
        Mistake("Your KBS is upside down", dial_answer(KBS="9.6")),
        Mistake("κ_∞ C_β is half of what", dial_answer(KBS="1.0")),
        Mistake("KBS is not 0.15 times", dial_answer(KBS="0.15")),
    ),
    alternative="factors = {'KBS': 0.104, 'KB': 6.25 / 25, 'K': float('inf')}",
    judge=judge_dial,
    equivalent={"*": "a number is right within one in a hundred"},
)

# ---- 23.total


def total_cases():
    return [(2, 0.1), (1, 0.1), (20, 0.1), (500, 0.1), (3, 0.02), (40, 0.3), (1, 1.0)]


def run_total(names, N, epsilon):
    return numbers(names["total_price"](N, epsilon), 2)


def total_program(plain="epsilon**-2", one="1 / epsilon", more="max(1, epsilon**-2 / N)", N="N"):
    return f"""def total_price(N, epsilon):
    tasks = epsilon**-4
    S_plain = {plain}
    S_sharp = {one} if N == 1 else {more}
    return tasks * {N} * S_plain, tasks * {N} * S_sharp"""


TOTAL = Exercise(
    "23.total",
    "What an ε costs in all",
    "write",
    ("total_price",),
    insight=(
        "A sum in a corollary is a maximum in disguise: from N = 2 up to N = ε⁻², a hundred steps "
        "at ε = 0.1, further inner steps are free."
    ),
    minutes=5,
    hints=(
        "Solve for S first: 1/√S ≤ ε is S ≥ ε⁻².",
        (
            "From N = 2 on C_err2' decides: NS ≥ ε⁻², and S ≥ 1. At N = 1 it is zero, as "
            "no Hessian is taken at a noisy point; 1/S has to be at most ε."
        ),
        "KB = ε⁻⁴. Multiply by N and by S.",
    ),
    mistakes=(
        Mistake(
            "A step cannot take less than one sample: S ≥ 1 binds for large N",
            total_program(more="epsilon**-2 / N"),
        ),
        Mistake(
            "At N = 1 C_err2' is zero, and 1/S ≤ ε is enough",
            total_program(one="epsilon**-2"),
        ),
        Mistake(
            "For N ≥ 2 the part of C_err2', 1/√(NS), is the largest and decides",
            total_program(more="max(1, 1 / (N * epsilon))"),
        ),
        Mistake("Each of N steps takes S samples: N is missing", total_program(N="1")),
        Mistake(
            "In the sharper theorem N stands beside S under the root",
            total_program(more="epsilon**-2"),
        ),
        Mistake("1/√S ≤ ε asks for S ≥ 1/ε², not 1/ε", total_program(plain="1 / epsilon")),
    ),
    alternative="""def total_price(N, epsilon):
    plain = N / epsilon**6
    if N == 1:
        return plain, epsilon ** (-5)
    return plain, max(epsilon**-6, N * epsilon**-4)""",
    cases=total_cases,
    run=run_total,
)

# ---- 23.ramp

RAMP_K = (50, 400)


def judge_ramp(names):
    design = names["design"]
    if not callable(design):
        return f"`design` has to be a function; yours is {type_of(design)}."
    ratios = []
    for K in RAMP_K:
        found = design(K)
        if found is ...:
            raise NotImplementedError
        pair = numbers(found, 2)
        if not isinstance(pair, list):
            return (
                "`design` returns two numbers, slope and length; "
                f"for K = {K} yours is {text(found)}."
            )
        slope, length = pair
        if not all(map(math.isfinite, pair)) or not (0 < slope <= 1e6 and 0 < length <= 1e9):
            return (
                "Slope and length are positive numbers, up to 10⁶ and 10⁹; "
                f"for K = {K} yours are {text(found)}."
            )
        if not math.isclose(slope * length, 1, rel_tol=0.01):
            return (
                f"The descent falls by slope · length = {slope * length:.3g} at K = {K}; it may "
                "fall by 1."
            )
        try:
            ratio, complaint = race(slope, length, K)
        except ValueError as error:
            return f"For K = {K} that is no loss that floats can hold: {error}."
        if ratio < 0.5:
            return f"K = {K}: the run's mean gradient is {ratio:.2f} of the bound. {complaint}"
        ratios.append(ratio)
    both = proofs.words(
        [f"{ratio:.3f} at K = {K}" for K, ratio in zip(RAMP_K, ratios, strict=True)]
    )
    return Accepted(f"Run over bound: {both}; no ramp gets above 0.632 (1/1.58).")


def race(slope, length, K):
    """A ramp's run over its bound, and what is to be said if that is too little."""
    ramp = ramp_instance(slope, length, K)
    way = np.concatenate([w for w, _ in batches.run(ramp)])[:, 0]
    norms = np.abs(ramp.meta_gradient_at(way[:-1, None])[:, 0])
    Delta = float(ramp.meta_loss(ramp.w) - ramp.lower_bound)
    ratio = norms.mean() / ramp.sharp_constants.bound(Delta, K)
    on_ramp = int((-way[:-1] <= length).sum())
    if on_ramp < 0.9 * K:
        said = (
            f"The descent is over after {on_ramp} of {K} steps, and then the gradient fades. "
            "A gentler slope is a longer way."
        )
    else:
        said = (
            f"The run ends after {-way[-1] / length:.0%} of the descent, and Δ counts all of it. "
            "One step has the length β·slope, with β = 1/(C_β(A + C_𝓛·slope))."
        )
    return ratio, said


def ramp_program(slope="(2.53 / K) ** 0.5", length="1 / slope"):
    return f"""def design(K):
    slope = {slope}
    return slope, {length}"""


RAMP = Exercise(
    "23.ramp",
    "A loss that needs its K",
    "break it",
    ("design",),
    insight=(
        "The bound is tight because the descent is as long as the run: a fall of 1, shared among "
        "K steps of β·slope², leaves a slope of the order 1/√K."
    ),
    minutes=6,
    hints=(
        (
            "On the descent all K steps are equal. How long is one, and how long have all of them "
            "together to be, for a run that ends where the descent does?"
        ),
        (
            "K·β·slope is the length, and the length is 1/slope: K·β·slope² = 1. Too steep, and "
            "the gradient fades before K; too gentle, and Δ counts a fall that is not used."
        ),
        "With β ≈ 1/(2A) it is slope = √(2A/K), near enough for half the bound.",
    ),
    mistakes=(
        Mistake("A gentler slope is a longer way", ramp_program(slope="1.0")),
        Mistake("and Δ counts all of it", ramp_program(slope="K**-0.5")),
        Mistake("and Δ counts all of it", ramp_program(slope="1 / K")),
        Mistake("it may fall by 1", ramp_program(length="K * slope / 2.53 / 2")),
        Mistake("returns two numbers, slope and length", "def design(K):\n    return 0.1"),
        Mistake("Slope and length are positive numbers", ramp_program(slope="-0.1")),
        Mistake("has to be a function", "design = (0.1, 10.0)"),
    ),
    alternative="""def design(K):
    slope = np.sqrt(2.53 / K)
    return np.array([slope, 1 / slope])""",
    judge=judge_ramp,
    equivalent={"*": "a changed ramp often reaches half the bound too"},
)

EXERCISES = [CIRCULAR, SIZES, DIAL, TOTAL, RAMP]
