"""Graders of lesson 15."""

import copy
import functools

import numpy as np
from numpy.linalg import norm

from tinymaml import theory
from tinymaml.theory import extremals, families

from .. import proofs
from ..compare import difference, show_both, text, type_of
from ..exercise import Accepted, Exercise, Mistake
from .shared import as_function, number, unattempted


def walk(h, k, alpha, steps, start):
    """The end of N steps on the task h w²/2 − k cos w from each start (n,), and the product of the
    factors 1 − α l″ on the way."""
    w = np.array(start, float)
    product = 1.0
    for _ in range(steps):
        product = product * (1 - alpha * (h + k * np.cos(w)))
        w = w - alpha * (h * w + k * np.sin(w))
    return w, product


def meta_slopes(h, k, alpha, steps, start):
    """∇𝓛 at each start (n,) for the task h w²/2 − k cos w."""
    end, product = walk(h, k, alpha, steps, start)
    return product * (h * end + k * np.sin(end))


def parts_of_L_w(L, rho, alpha, steps):
    """a^2N L and C_𝓛: L_w is the one plus the other times the norm of the gradient."""
    a = 1 + alpha * L
    return a ** (2 * steps) * L, rho / L * a ** (2 * steps - 1) * (a**steps - 1)


def percent(share):
    """A share as "12%", a small one as "0.03%"."""
    return f"{share:.0%}" if share >= 0.01 else f"{100 * share:.1g}%"


def complaint_about_function(word, value):
    """What is said where an answer has something else in place of a function, or None."""
    if callable(value):
        return None
    return f"`{word}` has to be a function; yours is {type_of(value)}."


def complaint_about_change(words, mine, inputs):
    """What is said where a function has written into its inputs, or None.

    words: the names of its parameters. mine: what it was called with, copies of the inputs.
    """
    for word, after, before in zip(words, mine, inputs, strict=True):
        if difference(after, before, 0):
            return f"Your code changes its input `{word}`; work on a copy."
    return None


ROUNDING = 1e-11  # numbers have 16 digits: a distance below this share of them has less than five


def complaint_about(name, given, words):
    """The complaint about a dict of numbers with alpha and steps among them, or None."""
    if unattempted(given):
        raise NotImplementedError
    if not isinstance(given, dict) or set(given) != set(words):
        return f"`{name}` is a dict with {proofs.words(list(words))}."
    for word in words:
        if not number(given[word]):
            return f"`{word}` in `{name}` is one finite number; yours is {text(given[word])}."
    given = {word: float(given[word]) for word in words}
    if given["steps"] != int(given["steps"]) or not 1 <= given["steps"] <= 10:
        return "`steps` is a whole number from 1 to 10."
    if not 0 < given["alpha"] <= 1 / given["steps"] * (1 + 1e-12):
        return (
            f"The exercise asks for 0 < α ≤ 1/N; yours is α = {given['alpha']:.4g} "
            f"with N = {given['steps']:.0f}."
        )
    if abs(given["w"] - given["u"]) <= ROUNDING * max(abs(given["w"]), abs(given["u"]), 1):
        return (
            "Your w and u agree in eleven digits or more: "
            "the difference of their gradients would be rounding. Move them apart, or nearer to 0."
        )
    return None


# ---- 15.smooth


def judge_smooth(names):
    given = names["broken"]
    complaint = complaint_about("broken", given, ("h", "k", "alpha", "steps", "w", "u"))
    if complaint:
        return complaint
    h, k, alpha, w, u = (float(given[name]) for name in ("h", "k", "alpha", "w", "u"))
    steps = int(given["steps"])
    if abs(h) + abs(k) > 1 + 1e-12:
        return (
            f"L ≤ 1 needs |h| + |k| ≤ 1; yours is {abs(h) + abs(k):.4g}. "
            "A task that is steeper than allowed breaks nothing."
        )
    slope_w, slope_u = meta_slopes(h, k, alpha, steps, [w, u])
    ratio = abs(slope_w - slope_u) / abs(w - u)
    if ratio > 1000:
        return Accepted(
            f"The slope of 𝓛 changes by {ratio:,.0f} times the distance, "
            f"on a task with L = {abs(h) + abs(k):.3g} and ρ = {abs(k):.3g}."
        )
    said = f"The slope of 𝓛 changes by {ratio:.4g} times the distance only. "
    if k == 0:
        return said + (
            "With k = 0 the task is quadratic: ρ = 0, the factors are the same everywhere, "
            "and 𝓛 is a quadratic too."
        )
    if h == 0:
        A, C = parts_of_L_w(abs(k), abs(k), alpha, steps)
        return said + (
            "With h = 0 the gradient is nowhere above |k|, "
            f"so 𝓛 is smooth for all w after all, with the constant {A + C * abs(k):.3g}."
        )
    if abs(w - u) > 3:
        return said + (
            f"Your w and u are {abs(w - u):.3g} apart, and a ripple is 6.28 long: "
            "what changes on the way cancels. Look at two points on one side of one ripple."
        )
    r = abs(1 - alpha * h)  # far out a step multiplies w by about 1 − αh
    most = alpha * abs(k) * abs(h * w) * sum(r ** (2 * steps - 1 + j) for j in range(steps))
    if most < 1500:
        return said + (
            "What grows is the second term of line (2): α, times l‴, "
            "at most |k|, times the slope at the end, about h(1 − αh)^N w. "
            f"Where your w is that makes {most:.3g} at best. Which factor is small?"
        )
    if abs(np.sin((w + u) / 2)) > 0.8:
        return said + "You are near: a w farther out, or a u nearer to w, is enough."
    return said + "The second term of line (2) holds sin w. Look where it is near ±1."


def smooth_answer(h=0.5, k=0.5, alpha=1.0, steps=1, w=20001.5, u=20001.6):
    return f"broken = dict(h={h}, k={k}, alpha={alpha}, steps={steps}, w={w}, u={u})"


SMOOTH = Exercise(
    "15.smooth",
    "No constant for all w",
    "break it",
    ("broken",),
    insight=(
        "How far out is a matter of units: a loss with the same L and a ρ 1,000 times as large "
        "does the same 1,000 times nearer to its minimum."
    ),
    minutes=6,
    hints=(
        (
            "The first term of line (2) is at most a²L, small. "
            "The second is α times l‴(w), at most |k|, times the slope at the end."
        ),
        (
            "That slope is about h (1 − αh) w, far out. With h = k = ½, N = 1 and α = 1 the "
            "second term is about ½ sin w · w/4: how far out is 1000?"
        ),
        (
            "w about 20000, where sin w is near ±1: try some neighbours, u = w + 0.1. "
            "`instance([Wave(h, k)], α, N).meta_gradient_at(...)` gives ∇𝓛."
        ),
    ),
    mistakes=(
        Mistake("With k = 0 the task is quadratic", smooth_answer(h=1.0, k=0.0)),
        Mistake("With h = 0 the gradient is nowhere above |k|", smooth_answer(h=0.0, k=1.0)),
        Mistake("Where your w is that makes 7.62 at best", smooth_answer(w=61.0, u=61.1)),
        Mistake("Which factor is small?", smooth_answer(h=0.99, k=0.01)),
        Mistake("`h` in `broken` is one finite number; yours is 'a'", smooth_answer(h="'a'")),
        Mistake("L ≤ 1 needs |h| + |k| ≤ 1", smooth_answer(h=1.0, k=1.0)),
        Mistake("The exercise asks for 0 < α ≤ 1/N", smooth_answer(alpha=10.0)),
        Mistake("agree in eleven digits or more", smooth_answer(u=20001.5 + 1e-7)),
        Mistake("Look at two points on one side of one ripple", smooth_answer(u=0.0)),
        Mistake("Look where it is near ±1", smooth_answer(w=19999.38, u=19999.39)),
    ),
    alternative="""broken = {
    'h': 0.5,
    'k': -0.5,
    'alpha': 0.25,
    'steps': 2,
    'w': -3e6 + 2.0,
    'u': -3e6 + 1.9,
}""",
    judge=judge_smooth,
    equivalent={"*": "a changed counterexample is often a counterexample too"},
)

# ---- 15.telescope


def multiply(factors, size):
    product = np.eye(size)
    for factor in factors:
        product = product @ factor
    return product


@functools.cache
def pairs_of_factors():
    """Pairs W, U of lists of matrices, short ones last; in one pair factors are repeated."""
    rng = np.random.default_rng(0)

    def matrices(count, d):
        return [rng.normal(size=(d, d)).round(1) for _ in range(count)]

    A, B, C, D = matrices(4, 2)
    sizes = [(3, 2), (5, 3), (2, 2), (1, 2)]
    pairs = [(matrices(count, d), matrices(count, d)) for count, d in sizes]
    return [*pairs, ([A, B, A, C], [B, B, D, A])]


def judge_telescope(names):
    complaint = complaint_about_function("telescope", names["telescope"])
    if complaint:
        return complaint
    for W, U in pairs_of_factors():
        mine = copy.deepcopy((W, U))
        found = names["telescope"](*mine)
        if found is ...:
            raise NotImplementedError
        complaint = complaint_about_terms(found, W, U)
        complaint = complaint or complaint_about_change(("W", "U"), mine, (W, U))
        if complaint:
            return complaint
    return None


def complaint_about_terms(found, W, U):
    """What is wrong with the terms into which ∏W − ∏U was split, or None."""
    n = len(W)
    d = len(W[0])
    case = f"with {n} random factor{'s' * (n > 1)} of size {d} x {d}"
    if isinstance(found, np.ndarray) and found.ndim == 2:
        return "You return one matrix, the sum perhaps. Return its N terms, as a list."
    try:
        found = [np.asarray(M, float) for M in found]
    except (TypeError, ValueError):
        return f"`telescope` returns a list of {n} matrices, {case}."
    for M in found:
        if M.shape != (d, d):
            return (
                "Every term is a matrix of the factors' shape; "
                f"{case} one of yours has the shape {M.shape}."
            )
    if not all(np.isfinite(M).all() for M in found):
        return "One of your terms has entries that are not finite."

    def before(factors, j):
        return multiply(factors[:j], d)

    def after(factors, j):
        return multiply(factors[j + 1 :], d)

    def terms(left, right):
        """One changed factor each."""
        return [before(left, j) @ (W[j] - U[j]) @ after(right, j) for j in range(n)]

    def are(*candidates):
        return any(all_close(found, candidate) for candidate in candidates)

    # either point may stand on the left, in either direction
    if are(terms(W, U), terms(U, W), terms(W, U)[::-1], terms(U, W)[::-1]):
        return None
    difference = multiply(W, d) - multiply(U, d)
    wrong = sum(found, np.zeros((d, d))) - difference
    size = np.abs(wrong).max() / np.abs(difference).max()
    said = f"{case[0].upper()}{case[1:]} "
    if are(terms(W, W), terms(U, U)):
        return (
            f"{said}the sum is off by {percent(size)}: "
            "on both sides of the changed factor you took the same point. "
            "That is the derivative, right for u near w only. In a row, "
            "what stands left of the change is still W, what stands right of it U."
        )
    if are([-term for term in terms(W, U)], [-term for term in terms(U, W)]):
        return "Your terms are those of P(u) − P(w): change the sign."
    rows = [multiply(W[:j] + U[j:], d) for j in range(n + 1)]
    if are(rows[:-1], rows[1:]):
        return (
            "Those are the rows themselves. Return the differences between neighbouring rows: "
            "their sum is what telescopes."
        )
    if are([after(U, j) @ (W[j] - U[j]) @ before(W, j) for j in range(n)]):
        return (
            "What stands left of factor j and what stands right of it are swapped. "
            "Matrices do not commute."
        )
    if are([W[j] - U[j] for j in range(n)]):
        return (
            f"{said}the sum is off by {percent(size)}: you left out the unchanged factors. "
            "Each row is a whole product."
        )
    if are([before(W, j) * (W[j] - U[j]) * after(U, j) for j in range(n)]):
        return "`*` multiplies entry by entry. The product of matrices is `@`."
    if are([before(W, j) @ (W[j] - U[j]) @ U[j] @ after(U, j) for j in range(n)]):
        return (
            f"{said}the sum is off by {percent(size)}: "
            "right of the change your factors begin with U_j, which is in the change already."
        )
    if len(found) != n:
        return (
            f"{said}there are N + 1 rows, hence {n} difference{'s' * (n > 1)}; "
            f"you return {len(found)}."
        )
    if size < 1e-9:
        return (
            "The sum is right, but your terms are not one changed factor each, "
            "and norms of products need that: every term must contain one W_j − U_j."
        )
    return (
        f"{said}the sum of your terms is off by {percent(size)}. "
        "Write the rows down for two factors: W₀W₁, W₀U₁, U₀U₁."
    )


def all_close(these, those):
    return len(these) == len(those) and all(map(np.allclose, these, those))


def telescope_program(
    left="W[:j]",
    right="U[j + 1:]",
    change="(W[j] - U[j])",
    over="range(len(W))",
    term="product({left}) @ {change} @ product({right})",
):
    return f"""def telescope(W, U):
    def product(factors):
        result = np.eye(len(W[0]))
        for factor in factors:
            result = result @ factor
        return result
    return [{term.format(left=left, right=right, change=change)} for j in {over}]"""


TELESCOPE = Exercise(
    "15.telescope",
    "One factor at a time",
    "write",
    ("telescope",),
    insight=(
        "Cryptographers call this the hybrid argument and change one step of a protocol at a time; "
        "lesson 16 uses it again, on the 2N factors between ∇l and ∇𝓛."
    ),
    minutes=4,
    hints=(
        (
            "The row in which the factors from j on are U, "
            "and the one in which those from j + 1 on are U: what is their difference?"
        ),
        (
            "Both rows begin with W_0 ⋯ W_(j−1) and end with U_(j+1) ⋯ U_(N−1). "
            "Put these outside brackets; W_j − U_j is left between them."
        ),
        (
            "[product(W[:j]) @ (W[j] - U[j]) @ product(U[j + 1:]) for j in range(len(W))], "
            "with product([]) the identity matrix."
        ),
    ),
    mistakes=(
        Mistake(
            "on both sides of the changed factor you took the same point",
            telescope_program(right="W[j + 1:]"),
        ),
        Mistake(
            "Your terms are those of P(u) − P(w): change the sign.",
            telescope_program(change="(U[j] - W[j])"),
        ),
        Mistake(
            "Those are the rows themselves.", telescope_program(term="product({left} + U[j:])")
        ),
        Mistake(
            "What stands left of factor j and what stands right of it are swapped.",
            telescope_program(left="U[j + 1:]", right="W[:j]"),
        ),
        Mistake("you left out the unchanged factors.", telescope_program(term="{change}")),
        Mistake("there are N + 1 rows", telescope_program(over="range(len(W) - 1)")),
        Mistake(
            "The sum is right, but your terms are not one changed factor each",
            telescope_program(term="(product(W) - product(U)) / len(W)"),
        ),
        Mistake("which is in the change already", telescope_program(right="U[j:]")),
        Mistake("Write the rows down for two factors", telescope_program(left="W[:j + 1]")),
        Mistake(
            "The product of matrices is `@`",
            telescope_program(term="product({left}) * {change} * product({right})"),
        ),
        Mistake(
            "You return one matrix",
            telescope_program()
            .replace("return [", "return sum([")
            .replace("range(len(W))]", "range(len(W))])"),
        ),
        Mistake("not finite", telescope_program(term="np.nan * W[j]")),
        Mistake("Every term is a matrix", telescope_program(term="np.trace(W[j])")),
    ),
    alternative="""def telescope(W, U):
    rows = [
        np.linalg.multi_dot([np.eye(len(W[0])), *W[:j], *U[j:], np.eye(len(W[0]))])
        for j in range(len(W) + 1)
    ]
    return [below - above for above, below in zip(rows, rows[1:])]""",
    cases=pairs_of_factors,
    judge=judge_telescope,
)

# ---- 15.product


def product_bound(alpha, L, rho, N, distance):
    a = 1 + alpha * L
    return rho / L * a ** (N - 1) * (a**N - 1) * distance


def product_case(name, instance):
    """The truth is ‖P(w) − P(u)‖, on an instance with one task."""
    task = instance.tasks[0]
    inputs = dict(
        alpha=float(instance.alpha),
        L=float(instance.L),
        rho=float(instance.rho),
        N=instance.steps,
        distance=float(norm(instance.w - instance.u)),
    )
    return proofs.Case(name, inputs, float(norm(task.from_w.product - task.from_u.product, 2)))


def sawtooth_case(L, rho, alpha, N):
    width = 1e-4 * alpha
    loss = theory.PiecewiseHessian.sawtooth(0.0, 1.0, alpha, N, L=L, rho=rho, width=width)
    u = width / (2 * (1 + alpha * L) ** N)
    instance = theory.ResamplingInstance(losses=[loss], w=[0.0], u=[u], alpha=alpha, steps=N)
    return product_case("a loss of the next section", instance)


def random_case(rng):
    instance = families.resampling(
        rng,
        dimension=int(rng.integers(1, 4)),
        steps=int(rng.integers(1, 7)),
        tasks=1,
        noise=False,
        hessian_noise=False,
    )
    return product_case("a random loss", instance)


def ripples_case(rng):
    """The largest difference of a hundred pairs, far out."""
    h = rng.uniform(-1, 1)
    k = rng.uniform(-1, 1)
    N = int(rng.integers(1, 6))
    distance = 10 ** rng.uniform(-3, 1)
    L = abs(h) + abs(k)
    w = rng.uniform(-50, 50, 100)
    alpha = rng.uniform(0, 1) / L
    _, from_w = walk(h, k, alpha, N, w)
    _, from_u = walk(h, k, alpha, N, w + distance)
    inputs = dict(alpha=alpha, L=L, rho=abs(k), N=N, distance=distance)
    return proofs.Case("a parabola with ripples", inputs, float(np.abs(from_w - from_u).max()))


@functools.cache
def product_cases():
    """Named cases, and cases held out."""
    cosine = theory.ResamplingInstance(
        losses=[theory.CosineSum([[1.0]], [1.0], [0.0])], w=[0.0], u=[np.pi], alpha=0.5, steps=3
    )
    named = [
        sawtooth_case(L=2.0, rho=3.0, alpha=0.1, N=3),
        sawtooth_case(L=1.0, rho=0.5, alpha=0.5, N=2),
        sawtooth_case(L=1.0, rho=1.0, alpha=0.05, N=20),
        sawtooth_case(L=0.5, rho=2.0, alpha=0.5, N=1),
        sawtooth_case(L=1.0, rho=1.0, alpha=1.0, N=4),
        product_case("the concave quadratic", extremals.concave_quadratic(0.25, 4)),
        product_case("a cosine, from hill top to valley", cosine),
    ]
    rng = np.random.default_rng(15)
    held_out = [random_case(rng) for _ in range(40)]
    held_out += [ripples_case(rng) for _ in range(30)]
    return named, held_out


WRONG_BOUNDS = [
    (
        "N * alpha * rho * distance",
        "The factors beside the changed one stretch what they multiply: "
        "each by up to a. And the paths part.",
    ),
    (
        "a ** (N - 1) * alpha * rho * N * distance",
        "You took the iterates to stay as far apart as w and u are. "
        "By step j they may be a^j times as far (Lemma 1).",
    ),
    (
        "rho / L * (a ** N - 1) * distance",
        "That is Σ αρ a^j ‖w − u‖, without the N − 1 factors beside the changed one.",
    ),
    (
        "rho * a ** (N - 1) * (a ** N - 1) * distance",
        "The geometric series is divided by a − 1 = αL: α cancels, L stays.",
    ),
    (
        "rho / L * a ** (N - 1) * (a ** (N - 1) - 1) * distance",
        "Your sum ends at j = N − 2. There are N terms, j = 0, …, N − 1.",
    ),
    (
        "rho / L * a ** N * (a ** N - 1) * distance",
        "One factor of every term is the difference itself: N − 1 are left, not N.",
    ),
    (
        "alpha * rho * N * a ** (2 * N - 1) * distance",
        "You bounded every a^j by a^N. Sum them: a geometric series.",
    ),
    (
        "alpha * rho * N * a ** (2 * N - 2) * distance",
        "You bounded every a^j by the largest, a^(N−1). Sum them: a geometric series.",
    ),
    (
        "rho / L * a ** (2 * N - 1) * (a ** N - 1) * distance",
        "That is C_𝓛, one lemma ahead: there a^N comes in once more, "
        "with the gradient at the end. Here N − 1 factors stand beside the changed one.",
    ),
    (
        "rho / (alpha * L) * a ** (N - 1) * (a ** N - 1) * distance",
        "That is ρ a^(N−1) Σ a^j: the α in front of the sum is missing.",
    ),
    (
        "rho / alpha * L * a ** (N - 1) * (a ** N - 1) * distance",
        "Two slips: in Python x / alpha * L is (x / alpha) times L, "
        "and the α in front of the sum cancels the one in a − 1 = αL.",
    ),
    (
        "rho / L * a ** (N - 1) * (a ** N - 1)",
        "The distance ‖w − u‖ does not occur: from equal points the products are equal.",
    ),
    (
        "alpha * rho * distance",
        "That is how far the first factor moves. There are N of them, and the iterates part.",
    ),
    (
        "2 * a ** N",
        "‖P(w)‖ + ‖P(u)‖: true, and it does not vanish as u approaches w. "
        "Nothing Lipschitz can come of it.",
    ),
    (
        "rho / L * a ** (N - 1) * (a ** (N + 1) - 1) * distance",
        "Your sum ends at j = N. There are N terms, j = 0, …, N − 1: "
        "no factor belongs to the last iterate.",
    ),
    (
        "alpha * L * a ** (N - 1) * (a ** N - 1) * distance",
        "There is no ρ in your bound, and how far the factors move depends on how fast the "
        "Hessian changes.",
    ),
]


def product_program(expression):
    return f"""def product_moves(alpha, L, rho, N, distance):
    a = 1 + alpha * L
    return {expression}"""


def product_function(expression):
    value = as_function("alpha, L, rho, N, distance, a", expression)
    return lambda alpha, L, rho, N, distance: value(alpha, L, rho, N, distance, 1 + alpha * L)


def judge_product(names):
    said = proofs.bound(
        names["product_moves"],
        *product_cases(),
        product_bound,
        [(product_function(code), says) for code, says in WRONG_BOUNDS],
        proof="the table above, lines 1 to 7",
    )
    if isinstance(said, Accepted):
        return complaint_about_proportion(names["product_moves"]) or said
    return said


def complaint_about_proportion(bound):
    """What to say of a true bound that is not proportional to `distance`, or None."""
    near = product_cases()[0][0]
    far = near._replace(inputs=near.inputs | {"distance": 1e9 * near.inputs["distance"]})
    values, complaint = proofs.values_on(bound, [near, far])
    if complaint or proofs.close(values[1], 1e9 * values[0]):
        return complaint
    return (
        "Not falsified, and not proportional to `distance`, as was asked: "
        f"on {near} it says {values[0]:.6g}, and at 10⁹ times the distance {values[1]:.6g}."
    )


PRODUCT = Exercise(
    "15.product",
    "How far apart two products are",
    "give a bound",
    ("product_moves",),
    insight=(
        "With α = 1/(NL) your bound stays below e(e − 1) = 4.67 times (ρ/L)‖w − u‖ for every N: "
        "the exponent is harmless as long as NαL is fixed."
    ),
    minutes=4,
    hints=(
        "Lemma 1 says how far apart the iterates are at step j: put that into line (5).",
        "Σ_{j<N} a^j is a geometric series, (a^N − 1)/(a − 1). What is a − 1?",
        "a − 1 = αL, so that α cancels: (ρ/L) a^(N−1) (a^N − 1) ‖w − u‖.",
    ),
    mistakes=(
        *(Mistake(says, product_program(code)) for code, says in WRONG_BOUNDS),
        Mistake("it says inf, where", product_program("float('inf')")),
        Mistake(
            "This answer looks at theory",
            product_program("theory.worst_case('lemma_3', claim='lipschitz').rhs"),
        ),
    ),
    alternative="""def product_moves(alpha, L, rho, N, distance):
    a, total = 1 + alpha * L, 0
    for j in range(N):
        total += a ** (N - 1) * alpha * rho * a ** j * distance
    return total""",
    cases=product_cases,
    judge=judge_product,
)

# ---- 15.split


@functools.cache
def quadruples():
    """P(w), P(u), g(w), g(u)."""
    rng = np.random.default_rng(1)
    found = []
    for d, same in ((3, ""), (2, "g"), (2, "P"), (4, ""), (1, "")):
        P_w, P_u = (np.eye(d) + 0.4 * rng.normal(size=(d, d)) for _ in range(2))
        g_w, g_u = rng.normal(size=(2, d)) * [[1.0], [3.0]]
        if same == "P":
            P_u = P_w.copy()
        if same == "g":
            g_u = g_w.copy()
        found.append((P_w, P_u, g_w, g_u))
    return [*found, (np.array([[2.0]]), np.array([[1.0]]), np.array([2.0]), np.array([1.0]))]


MIXED = (
    "The sum is right, and neither vector is too long, but both changes are in one of them. "
    "One is to be P(u) times the change of g, the other the change of P times g(w)."
)


def judge_split(names):
    complaint = complaint_about_function("split", names["split"])
    if complaint:
        return complaint
    mixed = None  # told only where no vector is too long on any
    for quadruple in quadruples():
        mine = copy.deepcopy(quadruple)
        found = names["split"](*mine)
        if found is ... or unattempted(found):
            raise NotImplementedError
        complaint = complaint_about_split(found, *quadruple)
        if complaint == MIXED:
            mixed = complaint
            continue
        words = ("P_w", "P_u", "g_w", "g_u")
        complaint = complaint or complaint_about_change(words, mine, quadruple)
        if complaint:
            return complaint
    return mixed


def complaint_about_split(found, P_w, P_u, g_w, g_u):
    """What is wrong with the two vectors into which P(w)g(w) − P(u)g(u) was split, or None."""
    if isinstance(found, np.ndarray) and found.ndim == 1:
        return "You return one vector. Return two, whose sum is the difference."
    try:
        terms = [np.asarray(vector, float) for vector in found]
    except (TypeError, ValueError):
        return "`split` returns two vectors."
    if len(terms) != 2 or any(term.shape != g_w.shape for term in terms):
        return (
            f"`split` returns two vectors of {len(g_w)} numbers; "
            f"yours have the shapes {[term.shape for term in terms]}."
        )
    if not all(np.isfinite(term).all() for term in terms):
        return "One of your vectors has entries that are not finite."
    P_moves = P_w - P_u
    g_moves = g_w - g_u

    def are(a, b):
        return all_close(terms, [a, b]) or all_close(terms, [b, a])

    if are(P_u @ g_moves, P_moves @ g_w):
        return None
    if are(P_w @ g_moves, P_moves @ g_u):
        return (
            "That is the other split, P(w)g(u) added and subtracted. "
            "It is true as well, but its second term has g(u): "
            "the constant would be anchored at u, and the bound may know gradients at w only."
        )
    if are(P_w @ g_moves, P_moves @ g_w):
        return (
            "Both changes start from w in yours, and the change of both at once, (P(w) − "
            "P(u))(g(w) − g(u)), is counted twice: that is a derivative and not an identity."
        )
    if are(P_u @ g_moves, P_moves @ g_u):
        return (
            "Both changes start from u in yours, and the change of both at once, (P(w) − "
            "P(u))(g(w) − g(u)), is missing: that is a derivative and not an identity."
        )
    if are(P_w @ g_w, -P_u @ g_u):
        return (
            "Nothing is added and subtracted: neither vector is small when u is near w, "
            "so that no distance ‖w − u‖ can come of them."
        )
    if are(-P_u @ g_moves, -P_moves @ g_w):
        return "Right, but for the sign: the difference is that at w minus that at u."
    if are(P_u @ g_moves, -P_moves @ g_w):
        return (
            "The first vector is right, and the second has the wrong sign: take P at w "
            "minus P at u."
        )
    if are(g_moves @ P_u, g_w @ P_moves):
        return "`g @ P` is the transposed matrix times g. P stands on the left: `P @ g`."
    if are((P_w + P_u) @ g_moves / 2, P_moves @ (g_w + g_u) / 2):
        return (
            "That is the split in the middle, the mean of both: true as well, "
            "but each of its terms has both ends in it. "
            "Next to the change of P stands g(w) alone; g(u) is in the change of g only."
        )
    difference = P_w @ g_w - P_u @ g_u
    if not np.allclose(sum(terms), difference):
        off = norm(sum(terms) - difference) / norm(difference)
        return (
            f"Their sum is off by {percent(off)} on random matrices. "
            "Which term did you add, and subtract again?"
        )
    limits = [norm(P_u, 2) * norm(g_moves), norm(P_moves, 2) * norm(g_w)]
    sizes = [norm(term) for term in terms]
    if not are_within(sizes, limits) and not are_within(sizes[::-1], limits):
        return (
            f"The sum is right, but the vectors are too long, {sizes[0]:.3g} and {sizes[1]:.3g}, "
            f"where ‖P(u)‖‖g(w) − g(u)‖ = {limits[0]:.3g} "
            f"and ‖P(w) − P(u)‖‖g(w)‖ = {limits[1]:.3g} will do. "
            "One of them must vanish when g does not move, the other when P does not."
        )
    return MIXED


def are_within(sizes, limits):
    return all(
        size <= limit * (1 + 1e-9) + 1e-12 for size, limit in zip(sizes, limits, strict=True)
    )


def split(first, second):
    return f"def split(P_w, P_u, g_w, g_u):\n    return {first}, {second}"


SPLIT = Exercise(
    "15.split",
    "Add and subtract",
    "fill the line",
    ("split",),
    insight=(
        "As u approaches w both possible splits become the product rule, so the choice loses "
        "nothing there; it decides at which end the gradient is measured, and 15.anchor turns on "
        "that."
    ),
    minutes=3,
    hints=(
        (
            "Candidates for the term to add and subtract: "
            "P(u)g(w) and P(w)g(u), one with both of its neighbours in common."
        ),
        (
            "One vector is (P(w) − P(u))g(w): g(u) may not stand there. What is missing? "
            "Multiply it out."
        ),
        "P(u)(g(w) − g(u)) and (P(w) − P(u))g(w): the term P(u)g(w) cancels.",
    ),
    mistakes=(
        Mistake("That is the other split", split("P_w @ (g_w - g_u)", "(P_w - P_u) @ g_u")),
        Mistake(
            "Both changes start from w in yours", split("P_w @ (g_w - g_u)", "(P_w - P_u) @ g_w")
        ),
        Mistake(
            "Both changes start from u in yours", split("P_u @ (g_w - g_u)", "(P_w - P_u) @ g_u")
        ),
        Mistake("Nothing is added and subtracted", split("P_w @ g_w", "-P_u @ g_u")),
        Mistake("Right, but for the sign", split("P_u @ (g_u - g_w)", "(P_u - P_w) @ g_w")),
        Mistake("the second has the wrong sign", split("P_u @ (g_w - g_u)", "(P_u - P_w) @ g_w")),
        Mistake(
            "is the transposed matrix times g", split("(g_w - g_u) @ P_u", "g_w @ (P_w - P_u)")
        ),
        Mistake(
            "That is the split in the middle",
            split("(P_w + P_u) @ (g_w - g_u) / 2", "(P_w - P_u) @ (g_w + g_u) / 2"),
        ),
        Mistake(
            "You return one vector",
            "def split(P_w, P_u, g_w, g_u):\n    return P_w @ g_w - P_u @ g_u",
        ),
        Mistake("not finite", split("P_u @ (g_w - g_u)", "np.nan * g_w")),
        Mistake("Their sum is off by", split("P_u * (g_w - g_u).sum() @ g_w", "(P_w - P_u) @ g_w")),
        Mistake("the vectors are too long", split("P_w @ g_w - P_u @ g_u", "0 * g_w")),
        Mistake(
            "`split` returns two vectors of",
            """def split(P_w, P_u, g_w, g_u):
    return np.linalg.norm(P_u) * np.linalg.norm(g_w - g_u), 0.0""",
        ),
    ),
    alternative="""def split(P_w, P_u, g_w, g_u):
    between = P_u @ g_w
    return [P_w @ g_w - between, between - P_u @ g_u]""",
    cases=quadruples,
    judge=judge_split,
    equivalent={
        (
            "(P_u @ (g_w - g_u), (P_w - P_u) @ g_w) -> ((P_w - P_u) @ g_w, P_u @ (g_w - g_u))"
        ): "the same two vectors, the other one first"
    },
)

# ---- 15.equality

LINES = {  # what a line is called -> how its reason begins
    "the triangle inequality": "triangle inequality",
    "the norms of products": "the norm of a product",
    "L": "A1: each factor",
    "ρ": "A1: ∇²l",
    "Lemma 1": "Lemma 1",
}
SHARPEST = 1e-9  # of the bound: a line that gives away no more is an equality
LEAST = 1e-3  # of the bound: what a line gives away if it is to give something away


def complaint_about_corners(name, given):
    """The complaint about the corners of a second derivative, or None."""
    wanted = f"`{name}` is a list of two corners or more, each a pair of numbers (w, l″(w))."
    if not isinstance(given, (list, tuple, np.ndarray)) or len(given) < 2:
        return wanted
    for corner in given:
        if (
            not isinstance(corner, (list, tuple, np.ndarray))
            or len(corner) != 2
            or not all(map(number, corner))
        ):
            return wanted
    places, curvatures = np.array(given, float).T
    steps = np.diff(places)
    if not (steps > 0).all():
        return f"The corners of `{name}` go from left to right, each place once."
    if not (steps > 1e-9).all() or np.abs(places).max() > 1e6:
        return (
            f"Two corners of `{name}` are less than 10⁻⁹ apart, or one is beyond 10⁶: "
            "there rounding decides."
        )
    largest = np.abs(curvatures).max()
    if largest > 1 + 1e-12:
        return f"L = 1 needs |l″| ≤ 1; a corner of `{name}` has {largest:.4g}."
    steepest = np.abs(np.diff(curvatures) / steps).max()
    if steepest > 1 + 1e-9:
        return f"ρ = 1 needs slopes of at most 1; in `{name}` l″ has a slope of {steepest:.4g}."
    return None


def lemma_3_of(corners):
    """The instance with this second derivative, and its chain of Lemma 3."""
    places, curvatures = np.array(corners, float).T
    loss = theory.PiecewiseHessian(places, curvatures, slope=1.0, L=1.0, rho=1.0)
    x = theory.ResamplingInstance(losses=[loss], w=[0.0], u=[0.1], alpha=0.25, steps=3)
    return x, theory.RESULTS["lemma_3"].evaluate(x)["lipschitz"]


def given_away(chain):
    """What each of the LINES gives away, as a share of the bound."""
    values = [line.value for line in chain.lines]
    reasons = [line.reason for line in chain.lines]
    shares = {}
    for name, beginning in LINES.items():
        (k,) = [k for k, reason in enumerate(reasons) if reason.startswith(beginning)]
        shares[name] = (values[k] - values[k - 1]) / chain.rhs
    return shares


def complaint_about_only_rho(corners):
    x, chain = lemma_3_of(corners)
    lost = given_away(chain)
    if lost["ρ"] > SHARPEST:
        from_w, from_u = x.tasks[0].from_w, x.tasks[0].from_u
        turned = np.abs(from_w.hessians - from_u.hessians)[:, 0, 0]
        apart = np.abs(from_w.points - from_u.points)[:3, 0]
        j = int(np.argmax(apart - turned))
        return (
            f"`only_rho`: the line with ρ gives away {percent(lost['ρ'])} of the bound. "
            f"At step j = {j} l″ differs by {turned[j]:.3g} between the two points, "
            f"and ρ times their distance is {apart[j]:.3g}."
        )
    for name in ("L", "Lemma 1"):
        if lost[name] < LEAST:
            return (
                f"`only_rho`: the line with {name} gives nothing away either, "
                f"{percent(max(lost[name], 0))} of the bound. It has to give away 0.1% or more."
            )
    return None


def complaint_about_all_but_rho(corners):
    x, chain = lemma_3_of(corners)
    lost = given_away(chain)
    if chain.lhs < LEAST * chain.rhs:
        return (
            f"`all_but_rho`: ‖P(w) − P(u)‖ is {chain.lhs:.3g}, and the lines say 0 = 0. "
            "Let l″ differ between the two runs somewhere: at one step."
        )
    for name, share in lost.items():
        if name != "ρ" and share > SHARPEST:
            curvatures = x.tasks[0].from_w.hessians[:, 0, 0], x.tasks[0].from_u.hessians[:, 0, 0]
            at_w, at_u = ("[" + ", ".join(f"{h:.3g}" for h in row) + "]" for row in curvatures)
            return (
                f"`all_but_rho`: the line with {name} gives away {percent(share)} of the bound. "
                f"Steps 0, 1, 2 meet the curvatures {at_w} from w and {at_u} from u."
            )
    if lost["ρ"] < LEAST:
        return "`all_but_rho`: the line with ρ gives nothing away."
    return None


def judge_equality(names):
    given = {name: names[name] for name in ("only_rho", "all_but_rho")}
    for corners in given.values():
        if (
            unattempted(corners)
            or isinstance(corners, (list, tuple))
            and any(map(unattempted, corners))
        ):
            raise NotImplementedError
    for name, corners in given.items():
        complaint = complaint_about_corners(name, corners)
        if complaint:
            return complaint
    complaint = complaint_about_only_rho(given["only_rho"])
    complaint = complaint or complaint_about_all_but_rho(given["all_but_rho"])
    if complaint:
        return complaint
    chains = [lemma_3_of(corners)[1] for corners in given.values()]
    shares = [percent(chain.tightness) for chain in chains]
    return Accepted(
        f"Truth / bound is {shares[0]} on the first drawing and {shares[1]} on the second: "
        "each line can be an equality. All of them at once is another question."
    )


RAMP = "[(-1.0, -1.0), (1.0, 1.0)]"
BEND = "[(-1.3, 0.0), (-0.3, -1.0)]"


def drawings(only_rho=RAMP, all_but_rho=BEND):
    return f"only_rho = {only_rho}\nall_but_rho = {all_but_rho}"


EQUALITY = Exercise(
    "15.equality",
    "What makes a line an equality",
    "make it an equality",
    ("only_rho", "all_but_rho"),
    insight=(
        "With N = 1 there are no other factors, and a single ramp makes every line of Lemma 3 an "
        "equality: the two demands conflict only from the second step on."
    ),
    minutes=6,
    hints=(
        (
            "The line with ρ: l″ rises or falls with slope 1 between the points of the two runs, "
            "at all three steps. The lines with L and Lemma 1: the curvature is −1 where ...?"
        ),
        (
            "The last factor that the sum changes is that of step 2. Nothing comes after it: "
            "if only that one changes, all factors that stand beside it are those of steps 0 and 1."
        ),
        (
            "With curvature −1 the runs are at 0, −0.25, −0.5625 and at 0.1, −0.125, −0.40625. "
            "Let l″ leave −1 to the left of −0.25; a ramp over all points is the first drawing."
        ),
    ),
    mistakes=(
        Mistake("the lines say 0 = 0", drawings(all_but_rho="[(-1.0, -1.0), (0.0, -1.0)]")),
        Mistake("At step j = 2 l″ differs", drawings(only_rho="[(-0.3, -1.0), (0.2, -0.5)]")),
        Mistake("At step j = 0 l″ differs", drawings(only_rho="[(-0.95, -0.95), (0.0, 0.0)]")),
        Mistake("the line with L gives away", drawings(all_but_rho=RAMP)),
        Mistake("L = 1 needs |l″| ≤ 1", drawings(only_rho="[(-1.5, -1.5), (1.5, 1.5)]")),
        Mistake("needs slopes of at most 1", drawings(only_rho="[(-0.5, -1.0), (0.5, 1.0)]")),
        Mistake("go from left to right", drawings(only_rho="[(1.0, 1.0), (-1.0, -1.0)]")),
        Mistake("is a list of two corners or more", drawings(only_rho="[(0.0, -1.0)]")),
        Mistake("there rounding decides", drawings(all_but_rho="[(-1e-10, -1.0), (0.0, -1.0)]")),
    ),
    alternative="""only_rho = ((-1, 1.0), (1, -1.0))
all_but_rho = [[-0.8, -0.5], [-0.3, -1.0]]""",
    judge=judge_equality,
    equivalent={"*": "another drawing may do as well"},
)

# ---- 15.anchor

TRUE_LINES = {
    1: (
        "Line 1 is true: 𝓛 has a continuous gradient, "
        "and the integral of its derivative along the segment is the difference."
    ),
    2: "Line 2 is true: ⟨x, y⟩ ≤ ‖x‖‖y‖ at every s, and u − w does not depend on s.",
    3: (
        "Line 3 is true: the points compared are v_s and w, their distance is s‖u − w‖, "
        "and Proposition 1 may be anchored at either of the two."
    ),
    5: 'Line 5 is arithmetic, true as it stands; its "so" is only as good as the line above it.',
}


def remainder(alpha, steps, w, u):
    """R, 𝓛(u) − 𝓛(w) − ⟨∇𝓛(w), u − w⟩, for the task w²/4 − (cos w)/2."""
    ends, products = walk(0.5, 0.5, alpha, steps, [u, w])
    at_u, at_w = ends**2 / 4 - np.cos(ends) / 2
    slope = products[1] * (ends[1] + np.sin(ends[1])) / 2
    return at_u - at_w - slope * (u - w)


def what_becomes_of_line_5(R, bound):
    if R > bound:
        return f"Line 5 is false too: R = {R:.4g} > {bound:.4g}."
    return f"Line 5 holds here, R = {R:.4g} ≤ {bound:.4g}, but has lost its proof."


def judge_anchor(names):
    line, given = names["false_line"], names["witness"]
    if unattempted([line, given]) or isinstance(given, dict) and unattempted(given):
        raise NotImplementedError
    if not number(line) or line not in (1, 2, 3, 4, 5):
        return "`false_line` is the number of a line, 1 to 5."
    if line != 4:
        return TRUE_LINES[int(line)]
    complaint = complaint_about("witness", given, ("alpha", "steps", "w", "u", "s"))
    if complaint:
        return f"Line 4 is the false line. {complaint}"
    alpha, w, u, s = (float(given[name]) for name in ("alpha", "w", "u", "s"))
    steps = int(given["steps"])
    if not 0 < s <= 1:
        return f"Line 4 is the false line. But s lies in (0, 1]; yours is {s:.4g}."
    if s * abs(u - w) <= ROUNDING * max(abs(w), 1):
        return (
            "Line 4 is the false line. But your v_s is so close to w that the difference of "
            "the gradients is mostly rounding."
        )
    A, C = parts_of_L_w(1.0, 0.5, alpha, steps)
    L_u = A + C * abs(u / 2 + np.sin(u) / 2)
    L_w = A + C * abs(w / 2 + np.sin(w) / 2)
    slope_x, slope_w = meta_slopes(0.5, 0.5, alpha, steps, [w + s * (u - w), w])
    left = abs(slope_x - slope_w)
    right = L_u * s * abs(u - w)
    right_shown, left_shown = show_both(right, left, None)
    if left >= 1.05 * right:
        about_line_5 = what_becomes_of_line_5(remainder(alpha, steps, w, u), L_u * (w - u) ** 2 / 2)
        return Accepted(
            f"The left side is {left_shown}, the right side {right_shown}. "
            f"L_u = {L_u:.3g}, L_w = {L_w:.3g}: near w the constant at w counts. {about_line_5}"
        )
    said = (
        f"Line 4 is the false line, but not on your witness: the left side is {left_shown}, "
        f"the right side {right_shown}, and the left one has to be larger by 5%. "
    )
    if s > 0.5:
        return said + (
            "At s = 1 it compares u with w, and Proposition 1 anchored at u is about "
            "just these two. Look at the other end of the segment."
        )
    if L_u >= L_w:
        return said + (
            f"L_u = {L_u:.3g} is no smaller than L_w = {L_w:.3g}. "
            "Let the slope at u be small, and that at w large."
        )
    ahead, behind = meta_slopes(0.5, 0.5, alpha, steps, [w + 1e-3, w - 1e-3])
    curvature = abs(ahead - behind) / 2e-3
    if curvature > 1.05 * L_u:
        return said + (
            f"At w itself 𝓛 is curved enough, {curvature:.3g} against L_u = {L_u:.3g}. "
            "Bring v_s nearer to w, within the same ripple."
        )
    return said + (
        f"Near w |𝓛″| is {curvature:.3g}, and it has to exceed L_u, {L_u:.3g}: "
        "go farther out, or on along the ripple."
    )


def witness(line=4, alpha=0.5, steps=1, w=58.0, u=0.0, s=0.01):
    return f"false_line = {line}\nwitness = dict(alpha={alpha}, steps={steps}, w={w}, u={u}, s={s})"


ANCHOR = Exercise(
    "15.anchor",
    "The other end's constant",
    "find the false line",
    ("false_line", "witness"),
    insight=(
        "What L_u does give is R ≤ (3/2) L_u‖w − u‖², three times line 5's bound, since R is "
        "⟨∇𝓛(u) − ∇𝓛(w), u − w⟩ less the descent lemma's left side from u to w."
    ),
    minutes=7,
    hints=(
        (
            "Proposition 1 compares two points, and may be anchored at either. "
            "Which two points does each line compare?"
        ),
        (
            "Line 4 compares v_s with w; u is neither, unless s = 1. "
            "So make L_u small (u at the minimum, 0), L_w large (w far out) and v_s near w."
        ),
        (
            "α = ½, N = 1, u = 0, s = 0.01; "
            "then move w through one ripple, from 57 to 63 say, until the left side wins."
        ),
    ),
    mistakes=(
        *(Mistake(says, witness(line=line)) for line, says in TRUE_LINES.items()),
        Mistake("At s = 1 it compares u with w", witness(s=1.0)),
        Mistake("is no smaller than L_w", witness(w=0.0, u=58.0)),
        Mistake("Bring v_s nearer to w", witness(s=0.2)),
        Mistake("go farther out, or on along the ripple", witness(w=6.0)),
        Mistake("But s lies in (0, 1]", witness(s=0.0)),
        Mistake("The exercise asks for 0 < α ≤ 1/N", witness(alpha=2.0)),
    ),
    alternative="""false_line = 4.0
witness = {'alpha': 0.25, 'steps': 1, 'w': -20000.5, 'u': 0, 's': 1e-6}""",
    judge=judge_anchor,
    equivalent={"*": "a changed counterexample is often a counterexample too"},
)

EXERCISES = [SMOOTH, TELESCOPE, PRODUCT, EQUALITY, SPLIT, ANCHOR]
