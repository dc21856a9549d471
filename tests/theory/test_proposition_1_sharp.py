"""Negative curvature, not L, makes the meta-objective exponentially rough: Proposition 1, sharper,
and what is left of it for convex tasks."""

import numpy as np
import pytest

from tinymaml.theory import (
    RESULTS,
    ConditionFailed,
    CosineSum,
    LogCosh,
    Logistic,
    PiecewiseHessian,
    Quadratic,
    ResamplingInstance,
    RootHessian,
    extremals,
)
from tinymaml.theory.adversary import weaken, worst_case
from tinymaml.theory.families import draw, draw_points
from tinymaml.theory.losses import Tilted, check_loss, curvature_floor

pytestmark = [pytest.mark.lesson_15, pytest.mark.lesson_16]

RESULT = RESULTS["proposition_1_sharp"]


def test_first_and_last_lines_by_plain_loops():
    """Two tasks, c log cosh(w − y) with c = 1 and c = −0.2, a hill: m = −0.2."""
    losses = [LogCosh([[1.0]], [c], [y]) for c, y in ((1.0, 0.5), (-0.2, -1.5))]
    x = ResamplingInstance(
        losses=losses, weights=[0.25, 0.75], w=[2.0], u=[1.2], alpha=0.4, steps=3
    )
    chains = RESULT.evaluate(x)
    assert chains["lipschitz"].holds

    def by_loops(w):
        """∇𝓛 and E_i|∇l_i| at w."""
        meta = mean = 0.0
        for p, c, y in ((0.25, 1.0, 0.5), (0.75, -0.2, -1.5)):
            end, product = w, 1.0
            for _ in range(3):
                product *= 1 - 0.4 * c / np.cosh(end - y) ** 2
                end -= 0.4 * c * np.tanh(end - y)
            meta += p * product * c * np.tanh(end - y)
            mean += p * abs(c * np.tanh(w - y))
        return meta, mean

    (at_w, mean), (at_u, _) = by_loops(2.0), by_loops(1.2)
    assert chains["lipschitz"].lhs == pytest.approx(abs(at_w - at_u), rel=1e-12)
    a, rho = 1 + 0.4 * 0.2, 4 / (3 * np.sqrt(3))
    L_w = a**6 + 0.4 * rho * a**5 * (1 + a + a**2) * mean
    assert chains["lipschitz"].rhs == pytest.approx(L_w * 0.8, rel=1e-12)
    assert L_w < 0.3 * x.smoothness
    # steps of more than 2/L are not stretched by the hill, but by overshooting: â = αL − 1
    y = x.replace(alpha=2.5)
    a = 2.5 - 1
    L_w = a**6 + 2.5 * rho * a**5 * (1 + a + a**2) * mean
    chain = RESULT.evaluate(y)["lipschitz"]
    assert chain.holds
    assert chain.rhs == pytest.approx(L_w * 0.8, rel=1e-12)


def test_without_a_floor_it_is_proposition_1():
    x = extremals.cosine_near_its_maximum(0.1, 4)
    assert x.lowest_curvature == -x.L
    sharper, plain = (RESULTS[name].evaluate(x) for name in (RESULT.name, "proposition_1"))
    assert sharper["lipschitz"].rhs == pytest.approx(plain["lipschitz"].rhs, rel=1e-12)
    assert worst_case(weaken(RESULT, "lipschitz", 0.99), "lipschitz", budget=20).falsified


def test_the_convex_bound_in_numbers_and_what_it_asks_for():
    x = extremals.convex_teeth(0.5, 20)
    chain = RESULT.evaluate(x)["convex"]
    assert chain.rhs == pytest.approx((1 + 3e4) * 5e-5, rel=1e-6)  # Nαρ‖∇l‖ = 3e4
    assert chain.tightness > 0.999
    assert worst_case(weaken(RESULT, "convex", 0.99), "convex", budget=20).falsified
    with pytest.raises(ConditionFailed, match="may fall to -1; .* LogCosh with c >= 0"):
        RESULT.evaluate(extremals.concave_quadratic(0.5, 2))["convex"]
    steep = extremals.convex_quadratic(2.1, 2)
    with pytest.raises(ConditionFailed, match="alpha L = 2.1 is more than 2, .* alpha <= 2$"):
        RESULT.evaluate(steep)["convex"]
    assert "convex" in RESULT.evaluate(steep.replace(alpha=2.0))


def test_no_eigenvalue_is_below_the_lowest_curvature():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(3, 2))
    A = np.array([[1.0, 2.0], [2.0, 1.0]])
    losses = [
        (Quadratic(A, [0.0, 0.0]), -1.0),
        (Quadratic([[1.0, 1.0], [1.0, 1.0]], [0.0, 0.0]), 0.0),
        (LogCosh(x, [1.0, 0.5, 2.0], [0.0, 1.0, 2.0]), 0.0),
        (LogCosh(x[:1], [-2.0], [0.0]), -2 * x[0] @ x[0]),
        (Logistic(x, [1.0, -1.0, 1.0], ridge=0.25), 0.25),
        (CosineSum(x[:1], [1.0], [0.0]), -x[0] @ x[0]),
        (PiecewiseHessian([0.0, 1.0], [2.0, -0.5]), -0.5),
        (RootHessian(), -1.0),
    ]
    for loss, lowest in losses:
        assert curvature_floor(loss) == pytest.approx(lowest, rel=1e-12, abs=0)
        points = rng.normal(size=(200, check_loss(loss, getattr(loss, "dimension", 1)).dimension))
        eigenvalues = np.linalg.eigvalsh(loss.hessian(3 * points))
        assert eigenvalues.min() >= lowest - 1e-12
        same = Tilted(loss, np.ones(loss.dimension))
        assert curvature_floor(same) == curvature_floor(loss)
    assert curvature_floor(Tilted(losses[0][0], [0.0, 0.0], lowest_curvature=0.5)) == 0.5


def test_a_loss_of_one_s_own_may_certify_its_lowest_curvature():
    class Own:
        L, rho = 2.0, 0.0

        def value(self, w):
            return float(w @ w)

        def gradient(self, w):
            return 2 * w

        def hessian(self, w):
            return 2 * np.eye(len(w))

    x = ResamplingInstance(losses=[Own()], w=[1.0], u=[0.5], alpha=0.1, steps=2)
    assert x.lowest_curvature == -2
    Own.lowest_curvature = 2.0
    assert x.replace().lowest_curvature == 2
    assert RESULT.evaluate(x.replace())["convex"].holds
    Own.lowest_curvature = np.nan
    with pytest.raises(ValueError, match="lowest_curvature contains NaN"):
        x.replace()


def false_lines(seed, instances):
    """The chains with a false line on so many random instances, a third of them convex with any α
    up to 2/L, and how many chains there were."""
    rng, false, evaluated = np.random.default_rng(seed), [], 0
    for k in range(instances):
        x = draw_convex(rng, most_steps=8) if k % 3 == 0 else draw(rng, RESULT)
        chains = RESULT.evaluate(x)
        evaluated += len(chains)
        false += [chain for chain in chains.values() if not chain.holds]
    return false, evaluated


def test_no_line_is_false():
    false, evaluated = false_lines(0, 30)
    assert not false
    assert evaluated > 40
    for claim in RESULT.claims:
        assert not worst_case(RESULT.name, claim, budget=30).falsified


@pytest.mark.slow
def test_no_line_is_false_on_many_instances():
    false, evaluated = false_lines(1, 4000)
    assert not false
    assert evaluated > 5000


# Convex tasks


def convex_smoothness(x):
    """‖∇𝓛(w) − ∇𝓛(u)‖ / ‖w − u‖, and what it can be at most where every task is convex and αL <= 2,
    L + Nαρ E‖∇l_i(w)‖."""
    change = np.linalg.norm(x.meta_gradient - x.meta_gradient_at(x.u))
    return (
        change / np.linalg.norm(x.w - x.u),
        x.L + x.steps * x.alpha * x.rho * x.gradient_norm,
    )


@pytest.mark.parametrize("alpha_L", [0.1, 0.5, 1.9])
def test_convex_teeth_make_the_smoothness_grow_in_proportion_to_the_steps(alpha_L):
    for steps in range(1, 41) if alpha_L == 0.5 else (1, 40):
        x = extremals.convex_teeth(alpha_L, steps)
        curvatures = x.tasks[0].inner.curvatures
        assert curvatures.min() == 0
        assert curvatures.max() <= x.L
        found, bound = convex_smoothness(x)
        own = steps * alpha_L * x.rho * x.gradient_norm
        assert bound == x.L + own
        assert 0.995 * own < found < own * (1 + 1e-6)
    # nothing like what Proposition 1, which does not know that the tasks are convex, allows for
    assert found < 0.05 * x.smoothness


def draw_convex(rng, most_steps=40):
    """A random instance with convex tasks, α up to 2/L, and so many steps that a^N is no more than
    floats can be."""
    kind, tasks, d = rng.integers(3), int(rng.integers(1, 4)), int(rng.integers(1, 4))
    x = rng.normal(size=(3, d))
    if kind == 0:
        losses = [LogCosh(x, rng.uniform(0, 1, 3), rng.normal(size=3)) for _ in range(tasks)]
    elif kind == 1:
        losses = [Logistic(x, rng.choice([-1, 1], 3), ridge=0.1 * kind) for _ in range(tasks)]
    else:
        d = 1
        knots, curvatures = np.sort(rng.normal(size=6)), rng.uniform(0, 1, 6)
        slopes = rng.normal(size=tasks) * 10 ** rng.uniform(0, 2)
        losses = [PiecewiseHessian(knots, curvatures, slope=slope) for slope in slopes]
    w, u = draw_points(rng, d)
    alpha = 2 * rng.random() / max(loss.L for loss in losses)
    steps = int(rng.integers(0, most_steps + 1))
    return ResamplingInstance(losses=losses, w=w, u=u, alpha=alpha, steps=steps, sigma=0.0)


def largest_share(seed, instances):
    """The largest ratio of the two numbers of `convex_smoothness`, over random instances."""
    rng, shares = np.random.default_rng(seed), []
    while len(shares) < instances:
        try:
            x = draw_convex(rng)
        except (
            ValueError
        ) as refused:  # α and N for which a^N, which nothing here reaches, overflows
            assert "a^2N" in str(refused)
            continue
        found, bound = convex_smoothness(x)
        shares.append(found / bound)
    return max(shares)


def test_no_convex_task_is_less_smooth():
    assert 0.3 < largest_share(0, 100) <= 1 + 1e-9


@pytest.mark.slow
def test_no_convex_task_is_less_smooth_on_many_instances():
    assert largest_share(1, 5000) <= 1 + 1e-9
