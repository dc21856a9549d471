"""Graders of lesson 23."""

import functools
import math
from math import ceil

import numpy as np

from tinymaml.theory import batches
from tinymaml.theory.complexity import complexity

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
    return Accepted(
        f"{sizes}; with the κ of these sizes Q is {100 * excess:.0f}% larger than said."
    )


def circular_answer(line=5, epsilon=1.0, C_beta=20.0):
    return f"false_line = {line}\nwitness = dict(epsilon={epsilon}, C_beta={C_beta})"


CIRCULAR = Exercise(
    "23.circular",
    "The line that goes in a circle",
    "find the false line",
    ("false_line", "witness"),
    insight=(
        "At ε = 1 and C_β = 20 line 6 is true all the same, since the slack of ¾ pays for the "
        "circle; at ε = 5 no κ is left to pay with."
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


def dial_cases():
    return [(20.0,), (12.5,), (50.0,), (300.0,), (10.4,), (100.0,)]


def run_dial(names, C_beta):
    return numbers(names["dial"](C_beta), 3)


def dial_program(
    kappa="2 / C * (1 / 5 - 2 / C)",
    K="1 / kappa",
    B="1 / C**2 / kappa",
    S="(1 + 4 / C) / C / kappa",
    result="np.array([K, K * B, K * B * S])",
    ratio="at(C_beta) / at(100.0)",
):
    return f"""def dial(C_beta):
    def at(C):
        kappa = {kappa}
        K = {K}
        B = {B}
        S = {S}
        return {result}
    return {ratio}"""


DIAL = Exercise(
    "23.dial",
    "C_β for K, and for the total",
    "write",
    ("dial",),
    insight=(
        "As C_β grows without end the total falls to 0.70 of its value at 100, no further: the "
        "paper's 100 is good for the total, and 20, the best for K, is 6.7 times dearer."
    ),
    minutes=5,
    hints=(
        "K = 3Δ/(θR), and in θ only κ_∞ knows C_β: K is proportional to 1/κ_∞.",
        "B is proportional to φ/κ_∞, φ to 1/C_β²; S to ξ/κ_∞, ξ to (1 + 4/C_β)/C_β.",
        "Write a function of C that returns K, KB, KBS up to constants, and divide by it at 100.",
    ),
    mistakes=(
        Mistake("Your S leaves out that ξ has C_β in it", dial_program(S="1 / kappa")),
        Mistake("Your B leaves out that φ has C_β² in it", dial_program(B="1 / kappa")),
        Mistake("In ξ, 1/C_β stands before 1 + 4/C_β", dial_program(S="(1 + 4 / C) / kappa")),
        Mistake("In ξ, 1 + 4/C_β is missing", dial_program(S="1 / C / kappa")),
        Mistake(
            "Those are K, B and S; the question is what K, KB and KBS do",
            dial_program(result="np.array([K, B, S])"),
        ),
        Mistake(
            "Upside down: your numbers are those at 100",
            dial_program(ratio="at(100.0) / at(C_beta)"),
        ),
        Mistake("Divide by the values at C_β = 100", dial_program(ratio="at(C_beta)")),
        Mistake("A size is divided by κ, not multiplied", dial_program(K="kappa")),
    ),
    alternative="""def dial(C_beta):
    x = C_beta / 100
    income = (1 - 10 / C_beta) / 0.9 / x
    K = 1 / income
    KB = K / income / x**2
    return K, KB, KB / income / x * (1 + 4 / C_beta) / 1.04""",
    cases=dial_cases,
    run=run_dial,
    equivalent={
        "1 / 5 - 2 / C -> 2 / C - 1 / 5": "the sign cancels in the ratios",
        "2 / C -> 3 / C": "a factor cancels in the ratios",
        "2 / C -> 1 / C": "a factor cancels in the ratios",
        "1 / kappa -> 2 / kappa": "a factor cancels in the ratios",
        "1 / C ** 2 -> 2 / C ** 2": "a factor cancels in the ratios",
    },
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
            "From N = 2 on the second part decides: NS ≥ ε⁻², and S ≥ 1. At N = 1 it is absent, "
            "and of the minimum the smaller part, 1/S, has to be at most ε."
        ),
        "KB = ε⁻⁴. Multiply by N and by S.",
    ),
    mistakes=(
        Mistake(
            "A step cannot take less than one sample: S ≥ 1 binds for large N",
            total_program(more="epsilon**-2 / N"),
        ),
        Mistake(
            "At N = 1 the second part is absent, and 1/S ≤ ε is enough",
            total_program(one="epsilon**-2"),
        ),
        Mistake(
            "For N ≥ 2 the second part, 1/√(NS), is the larger one and decides",
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

# ---- 23.fewer


@functools.cache
def samples_of_a_step(N, epsilon):
    """S that the sharper theorem asks for."""
    return complexity(unit(N, 2.0, sharp=True), epsilon, 1.0)["S"]


def judge_fewer(names):
    given = names["epsilon_and_N"]
    if unattempted(given):
        raise NotImplementedError
    if not isinstance(given, (tuple, list)) or len(given) != 2:
        return "`epsilon_and_N` is a pair of numbers, ε and N."
    if any(unattempted(x) for x in given):
        raise NotImplementedError
    epsilon, N = given
    if not all(map(number, given)):
        return f"ε and N are two finite numbers; yours are {text(given)}."
    epsilon, N = float(epsilon), float(N)
    if N != int(N) or not 1 <= N <= 100:
        return f"N, the second number, is a whole number from 1 to 100; yours is {text(given[1])}."
    if not 1e-4 <= epsilon <= 10:
        return f"ε is a number from 0.0001 to 10; yours is {text(given[0])}."
    N = int(N)
    before, after = samples_of_a_step(N, epsilon), samples_of_a_step(N + 1, epsilon)
    found = f"With {N} steps S = {before}, with {N + 1} steps S = {after}"
    share = (N + 1) * after / (N * before)
    if share <= 0.6:
        return Accepted(f"{found}: {N * before} inner samples of a task become {(N + 1) * after}.")
    if after > before:
        return (
            f"{found}: here S grows. The steps from N = 1 to 2 and on have something to bias; "
            "look farther right in the figure."
        )
    if before == after == 1:
        return (
            f"{found}: one sample in each step is already more than enough, and NS grows with N. "
            "You are below the dotted line; look where it is crossed."
        )
    if before == after:
        return f"{found}: S does not change here, and NS grows. Where does the whole number S drop?"
    if share >= 1:
        return f"{found}: S drops, and NS grows all the same. Where does a drop count for more?"
    if before == 2:
        return (
            f"{found}: NS falls by {1 - share:.0%}. The right drop, at too small an N: (N + 1)/2N "
            "is large."
        )
    return (
        f"{found}: NS falls by {1 - share:.0%} only. S drops by one sample; when is one sample "
        "the largest share of S?"
    )


FEWER = Exercise(
    "23.fewer",
    "One step more, half the samples",
    "break it",
    ("epsilon_and_N",),
    insight=(
        "It is the bound's rounding that jumps, 1.01 samples needed and 2 bought, then 0.99 and 1: "
        "the bias is no step function of N."
    ),
    minutes=4,
    hints=(
        "S is rounded up. Before rounding it falls like 1/N; the figure's right panel shows it.",
        "The largest drop, in proportion, is from 2 to 1: half. Then NS goes from 2N to N + 1.",
        "At ε = 0.05 try N from 10 to 40, and print S.",
    ),
    mistakes=(
        Mistake("and NS grows with N. You are below the dotted line", "epsilon_and_N = 0.1, 10"),
        Mistake("Where does the whole number S drop?", "epsilon_and_N = 0.05, 15"),
        Mistake("when is one sample the largest share of S?", "epsilon_and_N = 0.05, 9"),
        Mistake("Where does a drop count for more?", "epsilon_and_N = 0.01, 20"),
        Mistake("here S grows", "epsilon_and_N = 0.01, 1"),
        Mistake("is a whole number from 1 to 100", "epsilon_and_N = 22, 0.05"),
        Mistake("is a pair of numbers, ε and N", "epsilon_and_N = 0.05"),
        Mistake("The right drop, at too small an N", "epsilon_and_N = 0.096, 3"),
    ),
    alternative="epsilon_and_N = [0.03, 66]",
    judge=judge_fewer,
    equivalent={"*": "a changed counterexample is often a counterexample too"},
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
    loss = ramp.tasks[0].outer
    Delta = float(ramp.meta_loss(ramp.w) - ramp.lower_bound)
    ratio = norms.mean() / ramp.sharp_constants.bound(Delta, K)
    on_ramp = int((-way[:-1] <= length).sum())
    fall = slope * length
    bend = (float(loss.value(np.array([-length]))) - ramp.lower_bound) / Delta
    if fall < 0.5 * Delta and bend > 0.5:
        said = (
            f"The bend after the descent is {bend:.0%} of Δ: what falls there is paid for, and the "
            "run has no time to use it. A larger slope makes the descent count."
        )
    elif on_ramp < 0.8 * K:
        said = (
            f"The descent is over after {on_ramp} of {K} steps, and then the gradient fades. "
            "How far do K steps go?"
        )
    elif -way[-1] < 0.8 * length:
        said = (
            f"The run ends after {-way[-1] / length:.0%} of the descent, and Δ counts all of it. "
            "One step has the length βε, with ε the slope and β = 1/(C_β(A + C_𝓛ε))."
        )
    else:
        said = (
            f"The length fits, and the slope {slope:.3g} is so large that Q is no longer small "
            "beside χ: of Q + √(χQ) only the root is nearly tight."
        )
    return ratio, said


def ramp_program(
    slope="0.1", beta="1 / (2 * (1.265625 + 0.140625 * slope))", length="K * beta * slope"
):
    return f"""def design(K):
    slope = {slope}
    beta = {beta}
    return slope, {length}"""


RAMP = Exercise(
    "23.ramp",
    "A loss that needs its K",
    "make it an equality",
    ("design",),
    insight=(
        "The slope hardly matters, since both sides are nearly proportional to it: the bound is "
        "tight because the descent is as long as the run, to the last step."
    ),
    minutes=6,
    hints=(
        (
            "On the descent all K steps are equal. How long is one: βε, with ε the slope, and "
            "which β does the algorithm take where the gradient's norm is ε?"
        ),
        (
            "β = 1/(C_β(A + C_𝓛ε)). Make the descent exactly as long as K steps: longer counts in "
            "Δ for nothing, shorter and the gradient fades."
        ),
        "Any slope from about 0.01 to 0.5 will do; 1/√K, say, with the length K·β·slope.",
    ),
    mistakes=(
        Mistake("How far do K steps go?", ramp_program(length="1.0")),
        Mistake("and Δ counts all of it", ramp_program(beta="1.0")),
        Mistake("the slope 10 is so large", ramp_program(slope="10.0")),
        Mistake("A larger slope makes the descent count", ramp_program(slope="1e-6")),
        Mistake("returns two numbers, slope and length", "def design(K):\n    return 0.1"),
        Mistake("Slope and length are positive numbers", ramp_program(slope="-0.1")),
        Mistake("has to be a function", "design = (0.1, 10.0)"),
    ),
    alternative="""def design(K):
    a = 1 + 1 / 8
    A, C = a**2, a / 8
    slope = (2 * C + (4 * C**2 + 8 * K * A) ** 0.5) / (2 * K)
    return np.array([slope, 1 / slope])""",
    judge=judge_ramp,
    equivalent={"*": "a changed ramp often reaches half the bound too"},
)

EXERCISES = [CIRCULAR, SIZES, DIAL, TOTAL, FEWER, RAMP]
