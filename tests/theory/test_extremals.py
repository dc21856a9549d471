"""The extremals at the edges of what they take: no steps, one, a stepsize that is almost none."""

import numpy as np
import pytest

from tinymaml.theory import RESULTS, extremals

pytestmark = pytest.mark.lesson_14

FUNCTIONS = list(dict.fromkeys(f for group in extremals.EXTREMALS.values() for f in group))
each_extremal = pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.__name__)


@pytest.mark.filterwarnings("error")
@each_extremal
def test_they_take_no_steps_one_step_and_any_stepsize(function):
    for steps in (0, 1, 2, 20):
        for alpha_L in (1e-17, 1e-3, 0.5):
            x = function(alpha_L, steps)
            assert (x.steps, x.alpha, x.L) == (steps, alpha_L, 1)


@pytest.mark.parametrize("name", extremals.EXTREMALS)
def test_results_are_true_without_steps(name):
    result = RESULTS[name]
    for function in extremals.EXTREMALS[name]:
        x = function(0.1, 0)
        if "A1 inf" in result.assumes:
            x = x.replace(lower_bound=-10.0)
        for claim, chain in result.evaluate(x).items():
            assert np.isfinite([line.value for line in chain.lines]).all(), (function, claim)
            assert chain.holds, (function, claim)


@each_extremal
def test_they_refuse_what_is_no_stepsize_or_no_number_of_steps(function):
    for alpha_L in (0.0, -0.1, np.nan, np.inf, "0.1", None):
        with pytest.raises((TypeError, ValueError), match="^alpha(_L)? is .*; expected a"):
            function(alpha_L, 2)
    for steps in (-1, 1.5, True, "2", None):
        with pytest.raises((TypeError, ValueError), match="^steps is .*; expected a whole .* >= 0"):
            function(0.1, steps)


def test_kinks_too_narrow_for_floats_are_refused():
    with pytest.raises(ValueError, match="1.22e[+]19 from w"):
        extremals.kinks(2.0, 40)


# The ramp


def plain_run(x):
    """‖∇𝓛(w_k)‖, k < K, of Algorithm 1 or 2 with one task and no noise, by plain loops: (K,)."""
    loss, alpha, N = x.tasks[0].inner, x.alpha, x.steps
    A = (1 + alpha) ** (2 * N)
    C_meta = (1 + alpha) ** (2 * N - 1) * ((1 + alpha) ** N - 1)
    w, sizes = x.w, []
    for _ in range(x.K):
        product, end = 1.0, w
        for _ in range(N):
            product *= 1 - alpha * loss.hessian(end)[0, 0]
            end = end - alpha * loss.gradient(end)
        meta_gradient = product * loss.gradient(end)
        sizes.append(abs(meta_gradient[0]))
        beta = 1 / (x.C_beta * (A + C_meta * abs(loss.gradient(w)[0])))
        w = w - beta * meta_gradient
    return np.array(sizes)


@pytest.mark.parametrize(
    "K, C_beta, theorem_1, theorem_2",
    [(100, 100.0, "3.37", "1.80"), (1000, 100.0, "1.97", "1.15"), (100, 20.0, "3.03", None)],
)
def test_the_bound_over_a_run_on_the_ramp(K, C_beta, theorem_1, theorem_2):
    x = extremals.ramp(1 / 8, 1, K=K, C_beta=C_beta)
    gradients = plain_run(x)
    assert gradients == pytest.approx(x.gradient_norm, rel=1e-12)  # the same on all of the way
    cases = [("theorem_1", x, theorem_1)]
    if theorem_2:
        cases.append(("theorem_2", extremals.ramp_of_two_sets(1 / 8, 1, K, C_beta), theorem_2))
    for name, x, ratio in cases:
        chains = RESULTS[name].evaluate(x)
        assert all(chain.holds for chain in chains.values())
        assert chains["bound"].lhs == pytest.approx(gradients.mean(), rel=1e-12)
        assert f"{chains['bound'].rhs / gradients.mean():.2f}" == ratio


@pytest.mark.parametrize("K, alpha_L, steps", [(100, 1 / 8, 1), (10000, 0.02, 5)])
def test_the_infimum_of_the_ramp_is_exact(K, alpha_L, steps):
    x = extremals.ramp(alpha_L, steps, K=K)
    end, slope = x.u[0], x.gradient_norm
    starts = np.linspace(end - 5, 0, 20001)[:, None]
    assert x.meta_loss(starts).min() == pytest.approx(x.lower_bound, abs=1e-6)
    assert x.meta_loss(starts).min() >= x.lower_bound - 1e-15
    # K iterations lower 𝓛 by 1; then the gradient falls from ε to 0, with a rise of slope 1 to the
    # curvature √(2ε) or 1
    if slope <= 0.5:
        rise = 2 / 3 * slope * np.sqrt(2 * slope)
    else:
        rise = slope - 1 / 6 + (slope - 1 / 2) ** 2 / 2
    assert x.meta_loss(x.w) - x.lower_bound == pytest.approx(1 + rise, rel=1e-10)


def test_more_iterations_bring_the_bound_near_a_run():
    """The limit of bound / run is 1/√(C_βκ), 1.01 for Theorem 2."""
    ratios = []
    for K in (10**2, 10**4, 10**6, 10**8):
        x = extremals.ramp_of_two_sets(1 / 8, 1, K)  # as a run is known, none is made
        Delta = x.meta_loss(x.w) - x.lower_bound
        ratios.append(x.constants.bound(Delta, K) / x.gradient_norm)
    assert ratios == sorted(ratios, reverse=True)
    limit = 1 / np.sqrt(x.C_beta * x.constants.kappa)
    assert limit == pytest.approx(1.0102, abs=1e-4)
    assert ratios[-1] == pytest.approx(limit, rel=1e-3)


def test_a_ramp_too_long_for_floats_is_refused():
    with pytest.raises(ValueError, match="ramp of the length .* too long .* smaller alpha_L"):
        extremals.ramp(2.0, 20)
    for K in (0, 1.5):
        with pytest.raises((TypeError, ValueError), match="^K is .*; expected a whole number >= 1"):
            extremals.ramp(0.1, 1, K=K)
    with pytest.raises(ValueError, match="^C_beta is 0.0; expected a finite number > 0"):
        extremals.ramp_of_two_sets(0.1, 1, C_beta=0.0)
