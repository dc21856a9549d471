"""Graders of lesson 17."""

import functools
import re

import numpy as np
from numpy.linalg import norm

from tinymaml import theory
from tinymaml.theory import extremals, families

from .. import proofs
from ..compare import show_both, text
from ..exercise import Accepted, Exercise, Mistake
from ..given.waves import Wave
from .shared import Unfit, as_function, number, some_unattempted

MARGIN = 1.05  # a claim has to be exceeded by five per cent
MOST_STEPS = 5


def read_instance(name, given, words):
    """An instance that was submitted, as name -> number, or a pair of numbers for the two losses.
    alpha and steps are among the words. Raises Unfit, NotImplementedError."""
    values = list(given.values()) if isinstance(given, dict) else [given]
    if some_unattempted(*values):
        raise NotImplementedError
    if not isinstance(given, dict) or set(given) != set(words):
        raise Unfit(f"`{name}` is a dict with {proofs.words(list(words))}.")
    found = {}
    for word in words:
        value = given[word]
        if word in ("support", "query"):
            found[word] = read_pair(word, value)
        elif number(value):
            found[word] = float(value)
        else:
            raise Unfit(f"`{word}` in `{name}` is one finite number; yours is {text(value)}.")
    steps = found["steps"]
    if steps != int(steps) or not 1 <= steps <= MOST_STEPS:
        raise Unfit(f"`steps` is a whole number from 1 to {MOST_STEPS}.")
    found["steps"] = int(steps)
    if found["alpha"] <= 0:
        raise Unfit("`alpha` is positive.")
    return found


def read_pair(word, value):
    """Two finite numbers, the first at most 1 in modulus. Raises Unfit."""
    if not isinstance(value, (tuple, list, np.ndarray)) or len(value) != 2:
        raise Unfit(f"`{word}` is a pair of numbers.")
    if not all(map(number, value)):
        raise Unfit(f"`{word}` is a pair of finite numbers.")
    first, second = map(float, value)
    if abs(first) > 1 + 1e-12:
        raise Unfit(
            f"L = 1 asks for a first number of `{word}` between −1 and 1; yours is {first:.4g}."
        )
    return first, second


def check_alpha(alpha, steps):
    """Raises Unfit where α is above 1/N, with L = 1."""
    if alpha * steps > 1 + 1e-9:
        raise Unfit(f"The exercise asks for α ≤ 1/N; yours is {alpha:.4g} with N = {steps}.")


# ---- 17.support


def slope_of_cosine(loss, w):
    """The gradient of c cos(w + ψ). loss: (c, ψ)."""
    c, psi = loss
    return -c * np.sin(w + psi)


def cosine_path(support, w, alpha, steps):
    """The end of the steps on the support loss."""
    for _ in range(steps):
        w = w - alpha * slope_of_cosine(support, w)
    return w


def judge_support(names):
    words = ("support", "query", "w", "alpha", "steps")
    try:
        x = read_instance("broken", names["broken"], words)
        check_alpha(x["alpha"], x["steps"])
    except Unfit as error:
        return str(error)
    a_N = (1 + x["alpha"]) ** x["steps"]
    support, query = (slope_of_cosine(x[word], x["w"]) for word in ("support", "query"))
    start = abs(query)
    apart = abs(support - query)
    if start < 1e-6:
        return (
            f"The query gradient at your w is {start:.2g}: there the claim says 0, and any step "
            "breaks it. The exercise asks for more: it is at least twice the gap."
        )
    if apart > start / 2 * (1 + 1e-9):
        return (
            f"At your w the gap is {apart:.3g}, and the query gradient {start:.3g}. "
            "The exercise allows a gap of half the query gradient."
        )
    if apart < 1e-12:
        return (
            "At your w the two gradients are equal, and this claim then holds (why, you will see "
            "in the next exercise). Let the phases differ a little."
        )
    end = abs(
        slope_of_cosine(x["query"], cosine_path(x["support"], x["w"], x["alpha"], x["steps"]))
    )
    allowed, reached = show_both(a_N * start, end, None)
    both = f"The query gradient is {reached} at the end; the claim allows {allowed}."
    if end >= MARGIN * a_N * start:
        return Accepted(
            f"{both} The gap of {apart:.3g} at w made the difference: the support's steps are "
            "longer than the query's own would have been."
        )
    if end > a_N * start:
        return (
            f"{both} That breaks it, by {100 * (end / (a_N * start) - 1):.2g}%; the exercise asks "
            "for 5%. A larger gap or a larger αN does it."
        )
    if end <= start:
        return (
            f"{both} It has shrunk from {start:.4g}: these steps lead into a valley of the query "
            "loss. Where does a gradient grow?"
        )
    if abs(support) < start:
        return (
            f"{both} Your support gradient, {abs(support):.3g}, is shorter than the query's, "
            f"{start:.3g}: its steps are shorter than the query's own. Turn the gap round."
        )
    if abs(x["query"][0]) < 0.95:
        return (
            f"{both} Your query loss has no curvature beyond {abs(x['query'][0]):.3g}, where L = 1 "
            "allows 1: its gradient grows more slowly than it may."
        )
    return (
        f"{both} The steps do go down a hill of the query loss; but the hill bends. "
        "Start nearer to its top."
    )


def support_text(support="(1.0, 0.04)", query="(1.0, 0.0)", w=0.1, alpha=0.5, steps=2):
    return f"broken = dict(support={support}, query={query}, w={w}, alpha={alpha}, steps={steps})"


SUPPORT = Exercise(
    "17.support",
    "Lemma 2 for the wrong loss",
    "break it",
    ("broken",),
    insight=(
        "Lemma 2 multiplies a gradient by I − αH̄ because that very gradient made the step; here "
        "another one makes it, and the product becomes a sum."
    ),
    minutes=5,
    hints=(
        "Where does a gradient grow along a path? And whose gradient decides how far a step goes?",
        "Near the top of a hill of both losses: let the support's gradient be the longer one.",
        "Two hills, cos(w + 0.04) and cos w, from w = 0.1, with two steps of ½.",
    ),
    mistakes=(
        Mistake("there the claim says 0", support_text(w=0.0)),
        Mistake("The exercise allows a gap of half", support_text(support="(1.0, 0.2)")),
        Mistake("At your w the two gradients are equal", support_text(support="(1.0, 0.0)")),
        Mistake("A larger gap or a larger αN does it.", support_text(support="(1.0, 0.005)")),
        Mistake(
            "these steps lead into a valley of the query loss",
            support_text(support="(-1.0, 0.04)", query="(-1.0, 0.0)"),
        ),
        Mistake("Turn the gap round", support_text(support="(1.0, -0.04)")),
        Mistake("Start nearer to its top", support_text(support="(1.0, 0.3)", w=1.0)),
        Mistake(
            "its gradient grows more slowly than it may",
            support_text(support="(0.6, 0.04)", query="(0.6, 0.0)"),
        ),
        Mistake("The exercise asks for α ≤ 1/N", support_text(alpha=1.0)),
        Mistake("L = 1 asks for a first number", support_text(support="(2.0, 0.04)")),
        Mistake("`support` is a pair of numbers", support_text(support="1.0")),
        Mistake("`alpha` in `broken` is one finite number", support_text(alpha="'half'")),
    ),
    alternative="""broken = {
    'support': (-1, np.pi - 0.1),
    'query': [1.0, 0.0],
    'w': -0.25,
    'alpha': 0.25,
    'steps': 4,
}""",
    judge=judge_support,
    equivalent={"*": "another instance breaks the claim too"},
)

# ---- 17.query


def query_bound(alpha, L, N, length, b):
    a_N = (1 + alpha * L) ** N
    return a_N * length + (a_N - 1) * b


def query_case(name, instance):
    """The truth is ‖∇l_{T_i}(w̃_N)‖, of the instance's first task."""
    task = instance.tasks[0]
    inputs = dict(
        alpha=float(instance.alpha),
        L=float(instance.L),
        N=instance.steps,
        length=float(norm(task.gradient)),
        b=task.b,
    )
    return proofs.Case(name, inputs, float(norm(task.from_w.outer_gradient)))


def hills(L, alpha, N, b, g=1.0):
    """A task of two hills of curvature −L, whose gradients at w are g and g + b long."""
    support = theory.Quadratic([[-L]], [-b / L])
    query = theory.Quadratic([[-L]], [0.0])
    return theory.FiniteSumInstance(
        support_losses=[support], query_losses=[query], w=[g / L], alpha=alpha, steps=N
    )


def random_task(rng, **given):
    """A random instance, with b_i what it is at w."""
    steps = int(rng.integers(1, 9))
    x = families.finite_sum(rng, dimension=int(rng.integers(1, 5)), steps=steps, **given)
    return x.replace(b=[float(norm(t.inner.gradient(x.w) - t.gradient)) for t in x.tasks])


@functools.cache
def query_cases():
    """Named cases, and cases held out."""
    name = "two hills whose tops are apart"
    named = [
        query_case(name, hills(L=1.0, alpha=0.25, N=4, b=1.0)),
        query_case(name, hills(L=2.0, alpha=0.05, N=10, b=0.5, g=2.0)),
        query_case(name, hills(L=0.5, alpha=0.4, N=1, b=3.0)),
        query_case(name, hills(L=1.0, alpha=0.1, N=20, b=1.0, g=0.2)),
        query_case(name, hills(L=4.0, alpha=0.01, N=3, b=0.7)),
        query_case("one hill, support = query", hills(L=1.0, alpha=0.5, N=3, b=0.0)),
        query_case("two valleys", extremals.convex_quadratics_apart(0.25, 4, b=1.0)),
    ]
    rng = np.random.default_rng(17)
    held_out = [query_case("a random task", random_task(rng)) for _ in range(60)]
    return named, held_out


WRONG_QUERIES = [
    (
        "a ** N * length",
        "That is Lemma 2, for the query loss; but the steps are the support's.",
    ),
    (
        "a ** N * length + b",
        "You added the gap once, at the start. Every later step stretches what it has done so far.",
    ),
    (
        "a ** N * length + N * b",
        "You added b once a step. A step goes α times a support gradient: how far does b reach?",
    ),
    (
        "a ** N * length + N * alpha * L * b",
        "You added αLb in every step. But the support's gradient grows from step to step, and "
        "with it what the gap adds: a geometric series, not N times the first term.",
    ),
    (
        "a ** N * (length + b)",
        "True, but it pays as if the query gradient at w were longer by b. It is not: "
        "only its change along the path knows of the support.",
    ),
    (
        "a ** N * length + (a ** N + 1) * b",
        "You crossed from query to support and back: the gap is paid at w and again at w̃_N. "
        "Stay with the query gradient, and bound how much it changes along the path.",
    ),
    (
        "a ** N * length + (a ** N - 1) * b / L",
        "b is the length of a vector of gradients: there is no L to divide by. "
        "The series' 1/L meets the L of A1.",
    ),
    (
        "a ** N * length + (a ** N - 1) * b / (alpha * L)",
        "Σ a^j is (a^N − 1)/(αL), and in front of it stands αL.",
    ),
    (
        "a ** N * length + (a ** (N - 1) - 1) * b",
        "Your sum ends at j = N − 2. N steps are made, j = 0, …, N − 1.",
    ),
    (
        "a ** (2 * N) * length + a ** N * (a ** N - 1) * b",
        "That bounds the meta-gradient: the product P, at most a^N, is in it already.",
    ),
    (
        "length + (a ** N - 1) * b",
        "Where b = 0 the gradient may still grow, by a^N (Lemma 2). "
        "The support's gradient at w may be length + b long.",
    ),
    (
        "length + N * alpha * L * (length + b)",
        "You took every support gradient to be as long as the first. They grow, by a a step.",
    ),
    (
        "a ** N * (length - b) + b",
        "The gap makes the bound larger, never smaller.",
    ),
]


def query_program(expression):
    return f"""def query_gradient(alpha, L, N, length, b):
    a = 1 + alpha * L
    return {expression}"""


def query_function(expression):
    value = as_function("alpha, L, N, length, b, a", expression)
    return lambda alpha, L, N, length, b: value(alpha, L, N, length, b, 1 + alpha * L)


def judge_query(names):
    return proofs.bound(
        names["query_gradient"],
        *query_cases(),
        query_bound,
        [(query_function(code), says) for code, says in WRONG_QUERIES],
        proof="the chain in the next cell",
    )


QUERY = Exercise(
    "17.query",
    "The query gradient at the end",
    "give a bound",
    ("query_gradient",),
    insight=(
        "It is a^N (length + (1 − a^−N) b): the gap acts like a longer query gradient, by a part "
        "of b that vanishes with α."
    ),
    minutes=6,
    hints=(
        "How much can ∇l_{T_i} change on the way? L times the distance gone. Whose steps are they?",
        "The distance is at most (a^N − 1)/L times the support's gradient at w (14.stray).",
        "And that gradient is at most length + b long: length + (a^N − 1)(length + b).",
    ),
    mistakes=tuple(Mistake(says, query_program(code)) for code, says in WRONG_QUERIES),
    alternative="""def query_gradient(alpha, L, N, length, b):
    support = length + b
    query = length
    for _ in range(N):
        query += alpha * L * support
        support *= 1 + alpha * L
    return query""",
    cases=query_cases,
    judge=judge_query,
)

# ---- 17.where

B_AT_W = 0.1  # what the instance declares
TIMES = 10  # and how many times as far apart the gradients are at the later points


def slopes_on_path(support, query, alpha, steps):
    """Gradients of two quadratics (h, s), l(w) = h w²/2 + s w, along the support's path from 0:
    (steps + 1, 2)."""
    w = 0.0
    found = []
    for _ in range(steps + 1):
        found.append([h * w + s for h, s in (support, query)])
        w = w - alpha * found[-1][0]
    return np.array(found)


def judge_where(names):
    where = names["where"]
    if some_unattempted(where):
        raise NotImplementedError
    try:
        x = read_instance("apart", names["apart"], ("support", "query", "alpha", "steps"))
        check_alpha(x["alpha"], x["steps"])
    except Unfit as error:
        return str(error)
    if number(where):
        where = [where]
    if not isinstance(where, (list, tuple, set)) or not all(map(number, where)):
        return "`where` is a list of numbers j, as in [0, 1]: w̃_0 is w, w̃_3 the end of three steps."
    if x["steps"] != 3:
        return "The exercise asks for three steps."
    found = sorted(set(where))
    if not found:
        return "The chain cites b_i in one of its lines. At which point are the gradients there?"
    if found == [3]:
        return (
            "The gradient that is bounded is the one at w̃_3, but b_i comes in where a support "
            "gradient is replaced by a query gradient. At which point does the chain do that?"
        )
    if found == [0, 3]:
        return (
            "At w, yes. At the other end the gap would be needed if the chain went from ∇l_{T_i} "
            "to ∇l_{S_i} and back. It does not: it never leaves the query gradient's change."
        )
    if 0 in found and len(found) > 1:
        return (
            "At w, yes. At the points after it the chain has support gradients only, and Lemma 2 "
            "bounds them by the one at w: no query gradient is near."
        )
    if found != [0]:
        return "Read the line that cites b_i once more: at which point are its two gradients?"
    apart = np.abs(np.diff(slopes_on_path(x["support"], x["query"], x["alpha"], 3)))[:, 0]
    shown = ", ".join(f"{gap:.3g}" for gap in apart)
    if apart[0] > B_AT_W * (1 + 1e-9):
        return (
            f"At w alone, yes. But on your instance the gradients differ by {shown} at w̃_0 to "
            f"w̃_3, and the first of these has to be at most {B_AT_W}."
        )
    if apart[1:].min() < TIMES * B_AT_W * (1 - 1e-9):
        return (
            f"At w alone, yes. But on your instance the gradients differ by {shown} at w̃_0 to "
            f"w̃_3; at each of the last three it has to be {TIMES * B_AT_W:g} or more. "
            "Two curvatures make a gap that grows with the way gone: go farther."
        )
    support, query = (Wave(h, 0.0, s, L=1.0) for h, s in (x["support"], x["query"]))
    instance = theory.FiniteSumInstance(
        support_losses=[support],
        query_losses=[query],
        w=[0.0],
        u=[1.0],
        alpha=x["alpha"],
        steps=3,
        b=[B_AT_W],
    )
    chain = theory.RESULTS["lemma_9"].evaluate(instance)["query"]
    if not chain.holds:
        return f"A line of the chain is false on your instance: {chain.violations}."
    return Accepted(
        f"At w̃_0 to w̃_3 the gradients differ by {shown}. With b_i = {B_AT_W} all "
        f"{len(chain.lines)} lines hold: the last says {chain.rhs:.4g}, the first {chain.lhs:.4g}."
    )


def where_text(where="[0]", support="(1.0, 10.0)", query="(-1.0, 10.0)", alpha="1 / 3", steps=3):
    return (
        f"where = {where}\n"
        f"apart = dict(support={support}, query={query}, alpha={alpha}, steps={steps})"
    )


WHERE = Exercise(
    "17.where",
    "Where the gap counts",
    "which assumption",
    ("where", "apart"),
    insight=(
        "So for this lemma b_i is a number that one gradient of each set can measure at w, not a "
        "supremum that nothing can."
    ),
    minutes=4,
    hints=(
        "One line of the chain above cites b_i. Which two gradients stand in the line above it?",
        "Equal slopes at w, different curvatures: what is the gap where the path has gone by d?",
        "(h_S − h_T) d. Take the curvatures 1 and −1, and a slope of 10 for both.",
    ),
    mistakes=(
        Mistake("The gradient that is bounded is the one at w̃_3", where_text("[3]")),
        Mistake("to ∇l_{S_i} and back. It does not", where_text("[0, 3]")),
        Mistake("the chain has support gradients only", where_text("[0, 1, 2, 3]")),
        Mistake("Read the line that cites b_i once more", where_text("[1, 2]")),
        Mistake("the first of these has to be at most", where_text(query="(-1.0, 9.0)")),
        Mistake(
            "Two curvatures make a gap that grows",
            where_text(support="(1.0, 1.0)", query="(-1.0, 1.0)"),
        ),
        Mistake("The exercise asks for three steps", where_text(alpha="1 / 2", steps=2)),
        Mistake("`where` is a list of numbers j", where_text("'w'")),
        Mistake("The chain cites b_i in one of its lines", where_text("[]")),
    ),
    alternative="""where = (0,)
apart = {'support': [-0.5, 100], 'query': [0.5, 100.05], 'alpha': 0.1, 'steps': 3}""",
    judge=judge_where,
    equivalent={"*": "other losses show it too"},
)

# ---- 17.smooth


def smooth_bound(alpha, L, rho, N, length, b):
    a = 1 + alpha * L
    lipschitz = rho / L * a ** (N - 1) * (a**N - 1)
    return a ** (2 * N) * L + lipschitz * (a**N * length + (a**N - 1) * b)


def smooth_case(name, instance):
    """The truth is ‖∇𝓛(w) − ∇𝓛(u)‖ / ‖w − u‖."""
    inputs = dict(
        alpha=float(instance.alpha),
        L=float(instance.L),
        rho=float(instance.rho),
        N=instance.steps,
        length=instance.gradient_norm,
        b=instance.b,
    )
    change = instance.meta_gradient - instance.meta_gradient_at(instance.u)
    return proofs.Case(name, inputs, float(norm(change) / norm(instance.w - instance.u)))


def teeth(L, rho, alpha, N, x, b):
    """The sawtooth of two sets with these constants: gradients x + b and x long at w = 0."""
    make = theory.PiecewiseHessian
    width = 1e-4 * alpha * L / rho
    support = make.sawtooth(0.0, x + b, alpha, N, L=L, rho=rho, width=width)
    query = make(support.knots, support.curvatures, origin=0.0, slope=x, L=L, rho=rho)
    u = width / (2 * (1 + alpha * L) ** N)
    return theory.FiniteSumInstance(
        support_losses=[support], query_losses=[query], w=[0.0], u=[u], alpha=alpha, steps=N
    )


@functools.cache
def smooth_cases():
    """Named cases, and cases held out."""
    name = "a sawtooth of two sets"
    named = [
        smooth_case(name, teeth(L=1.0, rho=1.0, alpha=0.25, N=4, x=1.0, b=1.0)),
        smooth_case(name, teeth(L=2.0, rho=3.0, alpha=0.1, N=3, x=1.0, b=4.0)),
        smooth_case(name, teeth(L=1.0, rho=0.5, alpha=0.5, N=2, x=5.0, b=1.0)),
        smooth_case(name, teeth(L=0.5, rho=2.0, alpha=0.5, N=1, x=1.0, b=20.0)),
        smooth_case(name, teeth(L=1.0, rho=1.0, alpha=0.05, N=12, x=0.5, b=10.0)),
        smooth_case(name, teeth(L=1.0, rho=1.0, alpha=0.25, N=4, x=1.0, b=0.0)),
    ]
    rng = np.random.default_rng(4)
    held_out = [smooth_case("random tasks", random_task(rng)) for _ in range(30)]
    return named, held_out


WRONG_SMOOTH = [
    (
        "A + C * length",
        "That is Proposition 1: C_b b is missing. The bound of ‖g(w)‖ is Lemma 9's now.",
    ),
    (
        "A + C * (length + b)",
        "You took ‖g(w)‖ ≤ a^N (length + b). Lemma 9 has less: a^N length + (a^N − 1) b.",
    ),
    (
        "A + C * length + rho / L * a ** (N - 1) * (a ** N - 1) * b",
        "P's Lipschitz constant times b: in Lemma 9 b stands behind another factor.",
    ),
    (
        "A + C * length + rho / L * (a ** N - 1) ** 2 * b",
        "The N − 1 factors beside the changed one are missing from the term with b.",
    ),
    (
        "A + C * length + rho / L * a ** (2 * N - 1) * (a ** N - 1) ** 2 * b",
        "C_𝓛 has Lemma 2's a^N in it already, and behind b there is none in Lemma 9. Start from "
        "P's Lipschitz constant, (ρ/L) a^(N−1) (a^N − 1), and multiply it by the bound of ‖g(w)‖.",
    ),
    (
        "A + C * length + N * b",
        "The gap does not move with w: it enters where ‖g(w)‖ is bounded, behind P's constant.",
    ),
    (
        "C * length + rho / L * a ** (N - 1) * (a ** N - 1) ** 2 * b",
        "g moves too, and so a^2N L stays, as in Proposition 1.",
    ),
    (
        "a ** N * L + C * length + rho / L * a ** (N - 1) * (a ** N - 1) ** 2 * b",
        "g(w) moves by a^N L‖w − u‖ and is multiplied by P, at most a^N: that is a^2N L.",
    ),
]
SMOOTH_NAMES = """    a = 1 + alpha * L
    A = a ** (2 * N) * L
    C = rho / L * a ** (2 * N - 1) * (a ** N - 1)
"""


def smooth_program(expression):
    return f"def smoothness(alpha, L, rho, N, length, b):\n{SMOOTH_NAMES}    return {expression}"


def smooth_function(expression):
    value = as_function("alpha, L, rho, N, length, b, a, A, C", expression)

    def function(alpha, L, rho, N, length, b):
        a = 1 + alpha * L
        A = a ** (2 * N) * L
        C = rho / L * a ** (2 * N - 1) * (a**N - 1)
        return value(alpha, L, rho, N, length, b, a, A, C)

    return function


def judge_smooth(names):
    return proofs.bound(
        names["smoothness"],
        *smooth_cases(),
        smooth_bound,
        [(smooth_function(code), says) for code, says in WRONG_SMOOTH],
        proof="Proposition 1's lines, with Lemma 9 in the place of Lemma 2",
    )


SMOOTH = Exercise(
    "17.smooth",
    "What b does to the smoothness",
    "give a bound",
    ("smoothness",),
    insight=(
        "C_b is (1 − a^−N) C_𝓛: the objective bends as if each query gradient were longer by that "
        "part of b_i, at α = 1/(8NL) by less than an eighth of it."
    ),
    minutes=4,
    hints=(
        "Of lesson 15's four norms only that of g(w) was bounded by Lemma 2. What bounds it now?",
        "a^2N L stays. The other part is P's Lipschitz constant times Lemma 9's bound of ‖g(w)‖.",
        "(ρ/L) a^(N−1) (a^N − 1) · (a^N length + (a^N − 1) b), added to a^2N L.",
    ),
    mistakes=tuple(Mistake(says, smooth_program(code)) for code, says in WRONG_SMOOTH),
    alternative="""def smoothness(alpha, L, rho, N, length, b):
    growth = [(1 + alpha * L) ** j for j in range(2 * N + 1)]
    P_moves = alpha * rho * sum(growth[N - 1 : 2 * N - 1])
    return L * growth[-1] + P_moves * (length + (growth[N] - 1) * (length + b))""",
    cases=smooth_cases,
    judge=judge_smooth,
)

# ---- 17.split


def spectral(P):
    return norm(P, 2)


def line_above(P, before, after):
    return norm(P @ after - before)


def line_below(P, before, after):
    """The most that leads to line (2), for an a^N that is a little larger than it has to be."""
    a_N = 1.05 * max(spectral(P), 1 + spectral(P - np.eye(len(P))))
    return a_N * norm(after - before) + (a_N - 1) * norm(before)


@functools.cache
def split_cases():
    rng = np.random.default_rng(2)
    cases = []
    for d in (2, 3, 1, 5):
        H = rng.normal(size=(d, d)) / 4
        before = rng.normal(size=d).round(2)
        moved = before + 0.3 * rng.normal(size=d).round(2)
        cases.append((np.eye(d) + (H + H.T).round(2), before, moved))
    one = np.array([1.0, -2.0])
    cases += [
        (1.5 * np.eye(2), one, 1.4 * one),  # everything points the same way
        (np.eye(2), one, 1.5 * one),  # only the gradient has moved
        (np.array([[1.4, 0.2], [0.2, 0.9]]), one, one),  # only P is not I
        (0.5 * np.eye(2), one, 2 * one),  # the meta-gradient is the gradient
    ]
    names = ("P", "before", "after")
    return [
        proofs.Case("a task", dict(zip(names, case, strict=True)), line_above(*case))
        for case in cases
    ]


NORM = "np.linalg.norm({})".format
TWO_NORM = "np.linalg.norm({}, 2)".format
LESS_I = "P - np.eye(len(P))"
CHANGE = NORM("after - before")
WRONG_SPLITS = [
    (
        f"{TWO_NORM('P')} * {NORM('after')} + {NORM('before')}",
        "You split without adding anything. Two long vectors may differ by little: the line has to "
        "vanish where no step is made.",
    ),
    (
        f"{TWO_NORM(LESS_I)} * {NORM('before')}",
        "That is all if the query gradient stays as it was. It changes along the path.",
    ),
    (
        f"{TWO_NORM(LESS_I)} * {NORM('after')}",
        "P @ after − before is not (P − I) @ after: before and after differ.",
    ),
    (
        f"{TWO_NORM('P')} * {CHANGE}",
        "That is the change of the query gradient, multiplied by P. P itself is not I.",
    ),
    (
        f"{CHANGE} + {TWO_NORM(LESS_I)} * {NORM('before')}",
        "A half of each of two splits: if P − I meets `before`, P meets the change after − before.",
    ),
    (
        f"{TWO_NORM('P')} * {CHANGE} + {TWO_NORM(LESS_I)} * {NORM('after')}",
        "If the change after − before is multiplied by P, then P − I meets the gradient at w.",
    ),
    (
        f"{NORM('P @ after - before')} + 0.0",
        "No split yet: a sum of two norms is wanted, each of which shrinks with α.",
    ),
]


def split_program(expression):
    return f"def missing_line(P, before, after):\n    return {expression}"


def judge_split(names):
    said = proofs.between(
        names["missing_line"],
        split_cases(),
        line_above,
        line_below,
        [(as_function("P, before, after", code), says) for code, says in WRONG_SPLITS],
    )
    if said:
        most = r"and \1 is the most that still leads to line (2)"
        return re.sub(r"and the line below, (.*?), no longer follows", most, said)
    values = [names["missing_line"](*case.inputs.values()) for case in split_cases()]
    for line, says in ((split_at_w, AT_W), (split_at_the_end, AT_THE_END)):
        right = [line(*case.inputs.values()) for case in split_cases()]
        if all(map(proofs.close, values, right)):
            return Accepted(says)
    return Accepted(SHARPER)


AT_W = (
    "You added and subtracted P @ before. The gradient at the end would do it too: "
    "‖after − before‖ + ‖P − I‖‖after‖ leads to the same constants."
)
AT_THE_END = (
    "You added and subtracted the gradient at the end, where the package's chain takes "
    "P @ before. Both ways lead to the same constants."
)
SHARPER = (
    "True, and it leads to (2). The package's line has the norms of the matrices apart: "
    "‖P‖‖after − before‖ + ‖P − I‖‖before‖."
)


def split_at_w(P, before, after):
    return spectral(P) * norm(after - before) + spectral(P - np.eye(len(P))) * norm(before)


def split_at_the_end(P, before, after):
    return norm(after - before) + spectral(P - np.eye(len(P))) * norm(after)


SPLIT = Exercise(
    "17.split",
    "Two things have moved",
    "fill the line",
    ("missing_line",),
    insight=(
        "What was one product for one loss, lesson 16's Z, is a sum for two, and the constants "
        "come out the same where the gap is 0."
    ),
    minutes=4,
    hints=(
        "From `before` to P @ after two things change. Change one first: what stands between?",
        "Add and subtract P @ before. Two differences; each has a factor that shrinks with α.",
        "P @ (after − before) + (P − I) @ before: the triangle inequality, then norms of matrices.",
    ),
    mistakes=tuple(Mistake(says, split_program(code)) for code, says in WRONG_SPLITS),
    alternative="""def missing_line(P, before, after):
    between = P @ before
    return np.linalg.norm(P @ after - between) + np.linalg.norm(between - before)""",
    cases=split_cases,
    judge=judge_split,
    equivalent={
        "after - before -> before - after": "of the same length",
        "P - np.eye(len(P)) -> np.eye(len(P)) - P": "of the same norm",
    },
)

# ---- 17.divide

TRUE_LINES = {
    1: "Line 1 is Lemma 10: it has no condition on α.",
    2: "Line 2 is line 1, with a term on the other side.",
    4: "Line 4 divides by a positive number: it follows from line 3.",
}


def judge_divide(names):
    line = names["line"]
    if some_unattempted(line):
        raise NotImplementedError
    if not number(line) or line not in (1, 2, 3, 4):
        return "`line` is the number of a line of the table, 1 to 4."
    try:
        x = read_instance("witness", names["witness"], ("support", "query", "alpha", "steps"))
    except Unfit as error:
        return str(error)
    if line in TRUE_LINES:
        return TRUE_LINES[int(line)]
    alpha, N = x["alpha"], x["steps"]
    if alpha > 1 + 1e-9:
        return f"The exercise asks for α ≤ 1; yours is {alpha:.4g}."
    slopes = slopes_on_path(x["support"], x["query"], alpha, N)
    gradient = abs(slopes[0, 1])
    gap = abs(slopes[0, 0] - slopes[0, 1])
    a_N = (1 + alpha) ** N
    C_l = 2 - a_N**2
    meta = abs((1 - alpha * x["support"][0]) ** N * slopes[-1, 1])
    far = a_N * (a_N - 1) * gap
    R = meta + far
    if gradient < 1e-9:
        return "At w = 0 your query gradient is 0, and line 3 says 0 ≤ R. Give the query a slope."
    if gap < gradient / 2 * (1 - 1e-9):
        return (
            f"At w = 0 your gap is {gap:.3g}, and the query gradient {gradient:.3g}. The exercise "
            "asks for a gap of at least half of it, so that the term with b_i counts."
        )
    if C_l >= 0:
        return (
            f"Line 3 it is. But with your α and N, a^2N is {a_N**2:.4g} and C_l = {C_l:.4g} is not "
            "negative: there |C_l| = C_l, and line 3 is line 2 once more."
        )
    left, right = show_both(abs(C_l) * gradient, R, None)
    both = (
        f"C_l = {C_l:.4g}, the query gradient is {gradient:.4g}: the left side is {left}, R is "
        f"{right}, of which the gap's term is {far:.4g}."
    )
    if abs(C_l) * gradient >= MARGIN * R:
        return Accepted(
            f"{both} Line 2 says {C_l * gradient:.4g} ≤ {right}: true, and it bounds nothing."
        )
    said = f"Line 3 it is, but not on your witness. {both} "
    if gap > 0.6 * gradient and far > meta:
        return said + "A gap of half the query gradient is enough: let the two be nearer at w."
    if meta > gradient:
        return said + "Your ∇𝓛 is longer than ∇l_{T_i}: a hill. Which loss makes ∇𝓛 short?"
    return said + "C_l is hardly negative there: make a^2N larger."


def divide_text(line=3, support="(1.0, 1.5)", query="(1.0, 1.0)", alpha=1.0, steps=1):
    return (
        f"line = {line}\n"
        f"witness = dict(support={support}, query={query}, alpha={alpha}, steps={steps})"
    )


DIVIDE = Exercise(
    "17.divide",
    "The line that divides",
    "find the false line",
    ("line", "witness"),
    insight=(
        "Where C_l < 0 the left side of line 2 is negative, and the line bounds nothing, however "
        "small the gap."
    ),
    minutes=3,
    hints=(
        "Put numbers in: a^2N = 4, a query gradient of 1, R = 1. Which lines are true of these?",
        "−2 ≤ 1 is true, 2 ≤ 1 is not. R must stay small: which losses have a short ∇𝓛?",
        "Two valleys of curvature 1: with α = 1 the step ends in the support's minimum, and P = 0.",
    ),
    mistakes=(
        *(Mistake(says, divide_text(line)) for line, says in TRUE_LINES.items()),
        Mistake("so that the term with b_i counts", divide_text(support="(1.0, 1.0)")),
        Mistake("line 3 is line 2 once more", divide_text(alpha=0.1)),
        Mistake("Your ∇𝓛 is longer than ∇l_{T_i}", divide_text("3", "(-1.0, 1.5)", "(-1.0, 1.0)")),
        Mistake("let the two be nearer at w", divide_text(support="(1.0, 3.0)")),
        Mistake("Give the query a slope", divide_text(query="(1.0, 0.0)")),
        Mistake("C_l is hardly negative there", divide_text(alpha=0.45)),
        Mistake("The exercise asks for α ≤ 1;", divide_text(alpha=1.5)),
    ),
    alternative="""line = 3.0
witness = {'support': [0.9, -3.2], 'query': [1, -2.1], 'alpha': 0.5, 'steps': 4}""",
    judge=judge_divide,
    equivalent={"*": "another witness does it too"},
)

# ---- 17.moment


def moment_bound(alpha, L, N, m, sigma, b, b2):
    """By Minkowski's inequality: the smallest."""
    a_N = (1 + alpha * L) ** N
    return (a_N * np.sqrt(m**2 + sigma**2) + (a_N - 1) * np.sqrt(b2)) ** 2


def moment_case(name, instance):
    """The truth is E_i‖∇l_{T_i}(w̃_N)‖²."""
    inputs = dict(
        alpha=float(instance.alpha),
        L=float(instance.L),
        N=instance.steps,
        m=float(norm(instance.gradient)),
        sigma=float(instance.deviation()),
        b=instance.b,
        b2=instance.b2,
    )
    truth = instance.mean(lambda task: norm(task.from_w.outer_gradient) ** 2)
    return proofs.Case(name, inputs, float(truth))


def many_hills(slopes, gaps, alpha, N, weights=None):
    """Tasks of two hills each: query gradients `slopes` at w = 0, support gradients longer by
    `gaps`."""
    slopes, gaps = np.array(slopes, float), np.array(gaps, float)
    longer = slopes + np.sign(slopes) * gaps
    make = [[theory.Quadratic([[-1.0]], [s]) for s in some] for some in (longer, slopes)]
    return theory.FiniteSumInstance(
        support_losses=make[0],
        query_losses=make[1],
        w=[0.0],
        alpha=alpha,
        steps=N,
        weights=weights,
    )


@functools.cache
def moment_cases():
    """Named cases, and cases held out."""
    name = "hills, of which one has all of the gap"
    named = [
        moment_case(name, many_hills([0.1, 4.0], [0.0, 4.0], 0.25, 4, [0.75, 0.25])),
        moment_case(name, many_hills([1.0, 1.0], [0.0, 8.0], 0.2, 5, [0.875, 0.125])),
        moment_case("opposite hills with long steps", many_hills([1.0, -1.0], [2.0, 2.0], 0.5, 2)),
        moment_case("equal hills", many_hills([1.0, 1.0], [1.0, 1.0], 0.25, 4)),
        moment_case("unequal hills", many_hills([1.0, -3.0, 5.0], [0.5, 1.5, 2.5], 0.1, 10)),
        moment_case("steep support, flat query", many_hills([0.01, -0.01], [5.0, 5.0], 0.3, 1)),
        moment_case("steep support, flat query", many_hills([0.01, -0.01], [5.0, 5.0], 0.3, 6)),
        moment_case("one step", many_hills([2.0, -1.0], [0.1, 3.0], 0.3, 1)),
        moment_case("no gap", many_hills([2.0, -1.0], [0.0, 0.0], 0.3, 3)),
    ]
    rng = np.random.default_rng(5)
    held_out = [moment_case("random tasks", random_task(rng, tasks=3)) for _ in range(40)]
    return named, held_out


WRONG_MOMENTS = [
    (
        "a_N ** 2 * (m ** 2 + sigma ** 2)",
        "That is Lemma 2, for the query loss. Lemma 9 adds (a^N − 1) b_i to each length.",
    ),
    (
        "(a_N * m + (a_N - 1) * b) ** 2",
        "You squared a mean. The mean of squares is larger, by a variance: "
        "E‖·‖² ≤ (E‖·‖)² is the wrong way round.",
    ),
    (
        "(a_N * (m + sigma) + (a_N - 1) * b) ** 2",
        "You bounded the mean length and squared it. E‖·‖ ≤ m + σ is true, but a mean of squares "
        "is not below the square of the mean.",
    ),
    (
        "2 * a_N ** 2 * (m ** 2 + sigma ** 2) + 2 * (a_N - 1) ** 2 * b ** 2",
        "You wrote b² for E_i b_i². One task may have all of the gap: b̃ is larger than b².",
    ),
    (
        "(a_N * np.sqrt(m ** 2 + sigma ** 2) + (a_N - 1) * b) ** 2",
        "You wrote b for √b̃. The mean square of the b_i is not the square of their mean.",
    ),
    (
        "a_N ** 2 * (m ** 2 + sigma ** 2) + (a_N - 1) ** 2 * b2",
        "(x + y)² has a cross term, 2xy. Without noise nothing makes it vanish.",
    ),
    (
        "2 * a_N ** 2 * (m + sigma) ** 2 + 2 * (a_N - 1) ** 2 * b2",
        "Two generous steps: after 2x² + 2y² the mean square of ∇l_{T_i}(w) is m² and a variance, "
        "m² + σ², and not (m + σ)².",
    ),
    (
        "a_N ** 2 * (m ** 2 + sigma ** 2) + 2 * a_N * (a_N - 1) * m * b + (a_N - 1) ** 2 * b2",
        "You wrote the mean of x_i y_i as a product of means, with m for the mean of x_i. Long "
        "gradients may have the large gaps, and E_i‖∇l_{T_i}(w)‖ may be more than m.",
    ),
    (
        "2 * a_N ** 2 * m ** 2 + 2 * (a_N - 1) ** 2 * b2",
        "E_i‖∇l_{T_i}(w)‖² is the mean's square and a variance: σ² is missing.",
    ),
    (
        "2 * a_N ** 4 * (m ** 2 + sigma ** 2) + 2 * a_N ** 2 * (a_N - 1) ** 2 * b2",
        "That bounds the meta-gradients: ‖P‖², at most a^2N, is in it already.",
    ),
    (
        "2 * a_N ** 2 * (m ** 2 + sigma ** 2) + 2 * a_N ** 2 * b2",
        "Lemma 9 has (a^N − 1) b_i. Your a^N b_i does not vanish with α.",
    ),
]


def moment_program(expression):
    return f"""def mean_square(alpha, L, N, m, sigma, b, b2):
    a_N = (1 + alpha * L) ** N
    return {expression}"""


def moment_function(expression):
    value = as_function("a_N, m, sigma, b, b2", expression)
    return lambda alpha, L, N, m, sigma, b, b2: value((1 + alpha * L) ** N, m, sigma, b, b2)


def judge_moment(names):
    return proofs.bound(
        names["mean_square"],
        *moment_cases(),
        moment_bound,
        [(moment_function(code), says) for code, says in WRONG_MOMENTS],
        tolerance=1 + 1e-9,
        proof="Lemma 9 for each task, and then the mean",
    )


MOMENT = Exercise(
    "17.moment",
    "The mean square of the query gradients",
    "give a bound",
    ("mean_square",),
    insight=(
        "(x + y)² ≤ 2x² + 2y² pays up to a factor of two for a bound in which the gap and the "
        "tasks' differences stand apart, which Theorem 2 needs."
    ),
    minutes=4,
    hints=(
        "Lemma 9 for each task, squared: (x_i + y_i)². Then the mean over the tasks.",
        "(x + y)² ≤ 2x² + 2y² separates them. And E_i‖∇l_{T_i}(w)‖² = m² + a variance.",
        "2 a^2N (m² + σ²) + 2 (a^N − 1)² b̃.",
    ),
    mistakes=tuple(Mistake(says, moment_program(code)) for code, says in WRONG_MOMENTS),
    alternative="""def mean_square(alpha, L, N, m, sigma, b, b2):
    factor = (1 + alpha * L) ** N
    return (factor * np.hypot(m, sigma) + (factor - 1) * b2**0.5) ** 2""",
    cases=moment_cases,
    judge=judge_moment,
    equivalent={"a_N - 1 -> 1 - a_N": "its square is the same"},
)

EXERCISES = [SUPPORT, QUERY, WHERE, SMOOTH, SPLIT, DIVIDE, MOMENT]
