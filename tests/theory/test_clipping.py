"""Clipping: the meta-objective's (L0, L1)-smoothness, and what a clipped step descends."""

import numpy as np
import pytest

from tinymaml.theory import RESULTS, ConditionFailed, LogCosh, ResamplingInstance, extremals
from tinymaml.theory.adversary import weaken, worst_case
from tinymaml.theory.chain import EXACTLY
from tinymaml.theory.families import draw

pytestmark = pytest.mark.lesson_15

RESULT = RESULTS["clipping"]


def two_tasks(**changes):
    """Two log-cosh tasks of one variable, with σ = 2 certified: c = 1, x = 1, so that L = 1."""
    losses = [LogCosh([[1.0]], [1.0], [y]) for y in (0.5, -1.5)]
    arguments = dict(losses=losses, weights=[0.25, 0.75], w=[2.0], u=[1.2], alpha=0.05, steps=3)
    return ResamplingInstance(**arguments | changes)


def meta_by_loops(w, alpha=0.05, steps=3):
    """𝓛 and ∇𝓛 of the two tasks at w, floats, and E_i of their gradients there."""
    loss = gradient = mean = 0.0
    for p, y in ((0.25, 0.5), (0.75, -1.5)):
        end, product = w, 1.0
        for _ in range(steps):
            product *= 1 - alpha / np.cosh(end - y) ** 2
            end -= alpha * np.tanh(end - y)
        loss += p * np.log(np.cosh(end - y))
        gradient += p * product * np.tanh(end - y)
        mean += p * np.tanh(w - y)
    return loss, gradient, mean


def test_first_and_last_lines_by_plain_loops():
    x = two_tasks()
    loss, gradient, _ = meta_by_loops(2.0)
    a, rho = 1.05, 4 / (3 * np.sqrt(3))
    C_l = 2 - a**6
    C_meta = rho * a**5 * (a**3 - 1)
    L0 = a**6 + C_meta * x.sigma / C_l
    L1 = C_meta / C_l
    chains = RESULT.evaluate(x)
    assert all(chain.holds for chain in chains.values())

    smoothness = chains["smoothness"]
    assert smoothness.lhs == pytest.approx(abs(gradient - meta_by_loops(1.2)[1]), rel=1e-12)
    assert smoothness.rhs == pytest.approx((L0 + L1 * abs(gradient)) * 0.8, rel=1e-12)

    descent = chains["descent"]
    after = meta_by_loops(2.0 - gradient / (L0 + L1 * abs(gradient)))[0]
    assert descent.lhs == pytest.approx(after - loss, rel=1e-12)
    f = gradient**2 / (abs(gradient) + L0 / L1)
    assert descent.rhs == pytest.approx(-f / (2 * L1), rel=1e-12)


def test_without_rho_the_step_is_gradient_descent():
    """C_𝓛 = 0, so L1 = 0, L0 = A: the last line divides by nothing."""
    x = extremals.convex_quadratic(0.05, 4)
    chain = RESULT.evaluate(x)["descent"]
    A = 1.05**8
    assert chain.holds
    assert chain.rhs == pytest.approx(-(x.meta_gradient[0] ** 2) / (2 * A), rel=1e-12)
    # 𝓛 = (1 − αL)^2N w²/2, so that it falls by more than the bound says, by what the docstring says
    assert chain.lhs / chain.rhs == pytest.approx(2 - (0.95 / 1.05) ** 8, rel=1e-12)


def test_how_near_the_smoothness_comes():
    attained = RESULT.attained["smoothness"]
    assert attained.how == EXACTLY
    for steps in range(attained.steps[0], attained.steps[1] + 1):
        alpha_L = 1 / (8 * steps)
        x = getattr(extremals, attained.by)(alpha_L, steps)
        assert RESULT.evaluate(x)["smoothness"].tightness == pytest.approx(1, rel=1e-9)
        x = extremals.sawtooth(alpha_L, steps, slope=1e4)
        factor = 1 / RESULT.evaluate(x)["smoothness"].tightness
        assert 0.99 * x.a ** (2 * steps) / x.constants.C_l < factor < 1.8
    assert worst_case(weaken(RESULT, "smoothness", 0.99), "smoothness", budget=20).falsified


def test_it_says_what_it_needs():
    with pytest.raises(ValueError, match="give the instance u="):
        RESULT.evaluate(two_tasks(u=None))
    chains = RESULT.evaluate(two_tasks(alpha=0.3))
    for claim in ("smoothness", "descent"):
        with pytest.raises(ConditionFailed, match="C_l .* not positive.* must be less than 0.1224"):
            chains[claim]
    assert len(RESULT.evaluate(two_tasks(alpha=0.122))) == 2


def false_lines(seed, instances):
    """The claims with a false line on so many random instances, and how many were evaluated."""
    rng, false, evaluated = np.random.default_rng(seed), [], 0
    for _ in range(instances):
        chains = RESULT.evaluate(draw(rng, RESULT))
        evaluated += len(chains)
        false += [chain for chain in chains.values() if not chain.holds]
    return false, evaluated


def test_no_line_is_false():
    assert false_lines(0, 40) == ([], 80)
    assert not worst_case("clipping", budget=60).falsified


@pytest.mark.slow
def test_no_line_is_false_on_many_instances():
    assert false_lines(1, 5000) == ([], 10_000)
