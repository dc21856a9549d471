"""Worst cases from above: performance estimation, by PEPit (the extra tinymaml[pep]).

A search for bad instances approaches a worst case from below: what it did not find may be there all
the same. Performance estimation approaches it from above. Norms of points and gradients depend only
on the Gram matrix of the vectors that the algorithm meets; and which Gram matrices and values
belong to an L-smooth function, convex or not, is said exactly by one inequality for each pair of
points, linear in them. So the worst case over all L-smooth functions of any number of variables is
a semidefinite program. Its multipliers are a certificate: the inequalities, multiplied by them and
added up, are a proof of the bound. Here the package's extremals give the same number from below.

What cannot be posed: whatever has a meta-gradient in it. ∇𝓛(w) is a product of factors I − αH_j,
applied to a gradient; a Hessian times a vector is no linear combination of gradients at finitely
many points, and no exact list of inequalities between gradients and such products is known to us.
"One task" of `constant_stepsize` therefore comes exactly at N = 0, the descent lemma, and else
relaxed: w̃_N from w and from w⁺ are inner loops on one L-smooth function, as they are, but H_j times
a vector is any vector that is at most L times as long. What is certified for these holds for
Hessians too; how far above the worst case it lies is open.

Y. Drori & M. Teboulle, Mathematical Programming 145 (2014): the idea. A. Taylor, J. Hendrickx &
F. Glineur, SIAM Journal on Optimization 27 (2017), Theorem 3.10: the inequalities for functions
that are smooth and not convex. B. Goujaud et al., Mathematical Programming Computation 16 (2024):
PEPit.
"""

from typing import NamedTuple

import numpy as np
import pytest

from tinymaml.theory import RESULTS, extremals
from tinymaml.theory.paths import norm

pytestmark = [pytest.mark.slow, pytest.mark.lesson_14]

PEPit = pytest.importorskip("PEPit", reason="needs the extra tinymaml[pep]")
pytest.importorskip("clarabel", reason="needs the extra tinymaml[pep]")
functions = pytest.importorskip("PEPit.functions")
matrices = pytest.importorskip("PEPit.tools.expressions_to_matrices")

ALPHA_L = 0.3
FACTORS = {1: 1.3, 2: 1.69, 4: 2.8561}
"""The number of inner steps -> a^N for αL = 0.3."""


class WorstCase(NamedTuple):
    """The solution of a semidefinite program, from both sides."""

    lower: float  # what the solver's Gram matrix attains
    upper: float  # what its multipliers prove


def solve(problem):
    """problem: a PEP with its performance metric -> WorstCase. Fails where the solver is not sure,
    where the two sides differ, or where the multipliers prove nothing.

    The proof is put together here, not by PEPit: for every Gram matrix G and values F that satisfy
    the constraints e_k <= 0, with multipliers λ_k >= 0, objective <= objective − Σ λ_k e_k(G, F).
    It is a bound where G has a negative semidefinite matrix on the right, F none, and what is left
    is a number."""
    problem.solve(verbose=0, solver="CLARABEL")
    assert problem.wrapper.prob.status == "optimal"
    by_gram, by_values, upper = matrices.expression_to_matrices(problem.objective)
    for constraint in problem._list_of_constraints_sent_to_wrapper:
        multiplier = constraint.eval_dual()
        if constraint.equality_or_inequality == "inequality":
            assert multiplier > -1e-7
        gram, values, number = matrices.expression_to_matrices(constraint.expression)
        by_gram = by_gram - multiplier * gram
        by_values = by_values - multiplier * values
        upper -= multiplier * number
    assert np.abs(by_values).max() < 1e-6
    assert np.linalg.eigvalsh((by_gram + by_gram.T) / 2).max() < 1e-6
    lower = problem.objective.eval()
    assert upper == pytest.approx(lower, abs=1e-6)
    return WorstCase(lower, upper)


def descend(loss, w, steps):
    """The point after these many steps of gradient descent with αL = 0.3, L = 1."""
    for _ in range(steps):
        w = w - ALPHA_L * loss.gradient(w)
    return w


def distance(steps, **kind):
    """Lemma 1: the largest ‖w̃_N − ũ_N‖² for ‖w − u‖ <= 1. kind: what `declare_function` takes."""
    problem = PEPit.PEP()
    loss = problem.declare_function(**kind)
    w, u = problem.set_initial_point(), problem.set_initial_point()
    problem.set_initial_condition((w - u) ** 2 <= 1)
    problem.set_performance_metric((descend(loss, w, steps) - descend(loss, u, steps)) ** 2)
    return problem


def gradient(steps, **kind):
    """Lemma 2: the largest ‖∇l(w̃_N)‖² for ‖∇l(w)‖ <= 1."""
    problem = PEPit.PEP()
    loss = problem.declare_function(**kind)
    w = problem.set_initial_point()
    problem.set_initial_condition(loss.gradient(w) ** 2 <= 1)
    problem.set_performance_metric(loss.gradient(descend(loss, w, steps)) ** 2)
    return problem


def query_gradient(steps, b, everywhere):
    """Lemma 9: the largest ‖∇l_T(w̃_N)‖² for ‖∇l_T(w)‖ <= 1 and ‖∇l_S − ∇l_T‖ <= b, at w or at
    every iterate."""
    problem = PEPit.PEP()
    support, query = (
        problem.declare_function(functions.SmoothFunction, L=1.0) for _ in ("support", "query")
    )
    w = problem.set_initial_point()
    problem.set_initial_condition(query.gradient(w) ** 2 <= 1)
    iterates = [descend(support, w, j) for j in range(steps + 1)]
    for point in iterates if everywhere else iterates[:1]:
        problem.add_constraint((support.gradient(point) - query.gradient(point)) ** 2 <= b**2)
    problem.set_performance_metric(query.gradient(iterates[-1]) ** 2)
    return problem


def descent(alpha_L, steps, beta):
    """The largest 𝓛(w⁺) − 𝓛(w) for ‖∇l(w̃_N)‖ = 1, where a Hessian times a vector is any vector
    that is at most L times as long."""
    problem = PEPit.PEP()
    loss = problem.declare_function(functions.SmoothFunction, L=1.0)

    def adapt(point):
        for _ in range(steps):
            point = point - alpha_L * loss.gradient(point)
        return point

    w = PEPit.null_point  # where it is makes no difference
    v = loss.gradient(adapt(w))
    problem.set_initial_condition(v**2 == 1)
    for _ in range(steps):
        product = problem.set_initial_point()
        problem.add_constraint(product**2 <= v**2)
        v = v - alpha_L * product
    problem.set_performance_metric(loss(adapt(w - beta * v)) - loss(adapt(w)))
    return problem


SMOOTH = dict(function_class=functions.SmoothFunction, L=1.0)


@pytest.mark.parametrize("steps", FACTORS)
def test_lemma_1_is_the_worst_case(steps):
    found = solve(distance(steps, **SMOOTH))
    x = extremals.concave_quadratic(ALPHA_L, steps)
    chain = RESULTS["lemma_1"].evaluate(x)["trajectory"]
    assert chain.lhs / norm(x.w - x.u) == pytest.approx(FACTORS[steps], rel=1e-12)
    attained, proved = np.sqrt(found)
    print(f"N = {steps}: attained {attained:.4f}, proved {proved:.4f}")
    assert (attained, proved) == pytest.approx((FACTORS[steps],) * 2, rel=1e-5)


@pytest.mark.parametrize("steps", FACTORS)
def test_lemma_2_is_the_worst_case(steps):
    found = solve(gradient(steps, **SMOOTH))
    x = extremals.concave_quadratic(ALPHA_L, steps)
    chain = RESULTS["lemma_2"].evaluate(x)["trajectory"]
    assert chain.lhs / norm(x.tasks[0].gradient) == pytest.approx(FACTORS[steps], rel=1e-12)
    assert np.sqrt(found) == pytest.approx(FACTORS[steps], rel=1e-5)


@pytest.mark.parametrize("everywhere", (False, True), ids=("b at w", "b at every iterate"))
@pytest.mark.parametrize("steps", FACTORS)
def test_lemma_9_is_the_worst_case_and_b_counts_at_w_only(steps, everywhere):
    found = solve(query_gradient(steps, 0.5, everywhere))
    x = extremals.concave_quadratics_apart(ALPHA_L, steps, b=0.5)
    chain = RESULTS["lemma_9"].evaluate(x)["query"]
    wanted = 1.5 * FACTORS[steps] - 0.5  # a^N + (a^N − 1) b
    assert norm(x.tasks[0].gradient) == 1
    assert chain.lhs == pytest.approx(wanted, rel=1e-12)
    assert np.sqrt(found) == pytest.approx(wanted, rel=1e-5)


@pytest.mark.parametrize("worst_case", (distance, gradient))
def test_negative_curvature_is_what_grows(worst_case):
    """Convex losses do not grow at all, and with curvatures from −1/4 on it is 1 + α/4."""
    convex = solve(worst_case(2, function_class=functions.SmoothConvexFunction, L=1.0))
    weak = solve(
        worst_case(2, function_class=functions.SmoothStronglyConvexFunction, L=1.0, mu=-0.25)
    )
    assert np.sqrt(convex) == pytest.approx(1, rel=1e-5)
    assert np.sqrt(weak) == pytest.approx((1 + ALPHA_L / 4) ** 2, rel=1e-5)


@pytest.mark.parametrize("beta", (0.1, 0.5, 1.0, 1.5))
def test_the_descent_lemma_is_the_worst_case_without_inner_steps(beta):
    found = solve(descent(0.0, 0, beta))
    assert np.array(found) == pytest.approx(-beta + beta**2 / 2, abs=1e-6)


@pytest.mark.parametrize("alpha_L, steps", ((0.1, 1), (0.05, 1), (0.05, 2)))
@pytest.mark.parametrize("beta", (0.1, 0.7, 1.3))
def test_one_task_descends(alpha_L, steps, beta):
    """Certified: less than −βC_l + ½Lβ²a^4N, and than −βx + ½Lβ²x² with x = C_l up to β = 1/L and
    x = a^2N from there on, which follows by polarising: with d = D̄Dᵀg, ‖d − g‖ <= (a^2N − 1)‖g‖,
    −⟨d, g⟩ + ½Lβ‖d‖² = ½‖d − g‖² − ½‖g‖² − ½(1 − Lβ)‖d‖²."""
    found = solve(descent(alpha_L, steps, beta))
    growth = (1 + alpha_L) ** (2 * steps)
    C_l = 2 - growth
    x = C_l if beta <= 1 else growth
    polarised = -beta * x + beta**2 * x**2 / 2
    assert found.upper < polarised - 1e-4
    assert polarised < -beta * C_l + beta**2 * growth**2 / 2
