"""Exact expectations: all patterns of signs, the law of a batch's mean, and the estimate of
Algorithm 1 against loops over signs."""

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinymaml.theory import Quadratic, ResamplingInstance, families
from tinymaml.theory.signs import LARGEST, all_signs, given_signs, law_of_sign, mean_of_draws

pytestmark = pytest.mark.lesson_13


@pytest.mark.parametrize("steps", range(4))
@pytest.mark.parametrize("gradients", (False, True))
@pytest.mark.parametrize("hessians", (False, True))
def test_every_pattern_once(steps, gradients, hessians):
    signs = all_signs(steps, gradients, hessians)
    columns = (steps + 1) * gradients + steps * hessians
    assert sorted(map(tuple, signs.rows)) == sorted(product((-1.0, 1.0), repeat=columns))
    R = 2**columns
    assert signs.inner.shape == signs.hessians.shape == (steps, R)
    assert signs.outer.shape == (R,)
    together = np.concatenate(
        [
            signs.inner[: steps * gradients],
            signs.hessians[: steps * hessians],
            signs.outer[None][:gradients],
        ]
    )
    # each kind has its own columns
    assert together.shape == (columns, R)
    assert sorted(map(tuple, together.T)) == sorted(map(tuple, signs.rows))
    for x, there in (
        (signs.inner, gradients),
        (signs.outer, gradients),
        (signs.hessians, hessians),
    ):
        assert there or not x.any()  # no noise, no sign


def test_columns_are_inner_hessian_outer():
    signs = given_signs(2, True, True, [[1, -1, 1, 1, -1], [1, 1, -1, 1, 1]])
    assert signs.inner.T.tolist() == [[1, -1], [1, 1]]
    assert signs.hessians.T.tolist() == [[1, 1], [-1, 1]]
    assert signs.outer.tolist() == [-1, 1]


@pytest.mark.parametrize(
    "rows, error, says",
    [
        ([[1, 1]], ValueError, "rows of 5 signs"),
        ([1, 1, 1, 1, 1], ValueError, "2 dimensions"),
        ([[1, 1, 1, 1, 0.5]], ValueError, "±1"),
        (np.empty((0, 5)), ValueError, "empty"),
        ([[1, 1, 1, 1, np.nan]], ValueError, "signs"),
        ([["a"] * 5], TypeError, "signs"),
        ([[True] * 5], TypeError, "signs"),
    ],
)
def test_bad_rows(rows, error, says):
    with pytest.raises(error, match=says):
        given_signs(2, True, True, rows)


@pytest.mark.parametrize("steps", (16, 40, 10**6))
def test_too_many_patterns(steps):
    with pytest.raises(ValueError, match="too many to enumerate"):
        all_signs(steps, True, False)
    if steps < 100:  # few enough if not all patterns are wanted
        assert given_signs(steps, True, False, np.ones((2, steps + 1))).inner.shape == (steps, 2)


@given(st.data(), st.integers(1, 4), st.integers(1, 4))
def test_law_of_a_mean_against_all_ordered_draws(data, n, count):
    whole = st.integers(1, 9)
    weights = data.draw(st.lists(whole, min_size=n, max_size=n))
    values = data.draw(st.lists(st.integers(-8, 8), min_size=n, max_size=n))
    p = [Fraction(w, sum(weights)) for w in weights]
    exact = {}
    for draw in product(range(n), repeat=count):  # ordered, one after the other
        mean, chance = Fraction(sum(values[i] for i in draw), count), np.prod([p[i] for i in draw])
        exact[mean] = exact.get(mean, 0) + chance
    found, chances = mean_of_draws(values, [float(x) for x in p], count)
    for mean, chance in exact.items():
        assert chances[np.isclose(found, float(mean), rtol=0, atol=1e-12)].sum() == pytest.approx(
            float(chance), rel=1e-13
        )
    assert chances.sum() == pytest.approx(1, rel=1e-13)
    assert len(found) == len(chances)


def test_one_draw_of_many_values():
    """As many as there may be; a table of how often each is drawn would have 10⁹ entries."""
    values, p = np.arange(30_000.0)[:, None], np.full(30_000, 1 / 30_000)
    found, chances = mean_of_draws(values, p, 1)
    np.testing.assert_array_equal(found, values)
    np.testing.assert_array_equal(chances, p)


def test_law_of_a_mean_of_vectors():
    values = np.random.default_rng(0).normal(size=(3, 2, 4))
    p = np.array([0.2, 0.3, 0.5])
    found, chances = mean_of_draws(values, p, 5)
    assert found.shape == (21, 2, 4)
    centre = np.tensordot(p, values, 1)
    assert np.allclose(np.tensordot(chances, found, 1), centre, rtol=1e-13)
    # σ²/B
    assert np.allclose(
        np.tensordot(chances, (found - centre) ** 2, 1),
        np.tensordot(p, (values - centre) ** 2, 1) / 5,
        rtol=1e-12,
    )


@pytest.mark.parametrize("n, count", ((2, 1000), (1, 100_000), (3, 100)))
def test_large_batches_have_exact_moments(n, count):
    values, p = np.arange(1.0, n + 1), np.arange(1.0, n + 1) / (n * (n + 1) / 2)
    found, chances = mean_of_draws(values, p, count)
    mean = p @ values
    assert chances.sum() == pytest.approx(1, rel=1e-11)
    assert chances @ found == pytest.approx(mean, rel=1e-11)
    assert chances @ (found - mean) ** 2 == pytest.approx(
        p @ (values - mean) ** 2 / count, rel=1e-10, abs=1e-20
    )


@pytest.mark.parametrize("n, count", ((10, 100), (2, 70_000), (3, 400)))
def test_batches_that_are_too_large(n, count):
    with pytest.raises(
        ValueError, match="too many to enumerate; take fewer steps or smaller batches"
    ):
        mean_of_draws(np.arange(n), np.full(n, 1 / n), count)
    assert LARGEST == 65536


def estimates_by_loops(x, task):
    """Ĝ_i for every pattern of signs, in the order of `Signs`, one vector at a time: Algorithm 1 as
    it is written."""
    N, found = x.steps, []
    noisy, curved = x.noise.any(), x.hessian_noise.any()
    for signs in product((1, -1), repeat=(N + 1) * noisy + N * curved):
        signs = list(signs[::-1])  # the first column changes fastest
        inner = [signs.pop(0) if noisy else 0 for _ in range(N)]
        hessian = [signs.pop(0) if curved else 0 for _ in range(N)]
        outer = signs.pop(0) if noisy else 0
        w, factors = x.w.copy(), []
        for j in range(N):
            factors.append(
                np.eye(len(w))
                - x.alpha * (task.inner.hessian(w) + hessian[j] * x.hessian_noise[j] / x.D**0.5)
            )
            w = w - x.alpha * (task.inner.gradient(w) + inner[j] * x.noise[j] / x.S**0.5)
        v = task.outer.gradient(w) + outer * x.noise[N] / x.T**0.5
        for M in reversed(factors):  # right to left, as the code that trains does it
            v = M @ v
        found.append(v)
    return np.array(found)


@pytest.mark.parametrize("seed", range(12))
def test_the_estimate_against_loops(seed):
    rng = np.random.default_rng(seed)
    x = families.resampling(
        rng,
        dimension=1 + seed % 3,
        steps=seed % 4,
        tasks=2,
        noise=seed % 5 > 0,
        hessian_noise=seed % 3 > 0,
        batch="two-point",
    )
    for task in x.tasks:
        wanted = estimates_by_loops(x, task)
        assert task.estimate.shape == wanted.shape
        assert np.allclose(task.estimate, wanted, rtol=1e-12, atol=1e-13 * np.abs(wanted).max())
    assert np.allclose(
        x.estimate,
        sum(task.p * estimates_by_loops(x, task).mean(0) for task in x.tasks),
        rtol=1e-11,
        atol=1e-13 * np.abs(wanted).max(),
    )


@pytest.mark.parametrize("seed", range(4))
def test_drift_pull_and_noise(seed):
    x = families.resampling(np.random.default_rng(seed), dimension=2, steps=3, batch="two-point")
    for task in x.tasks:
        e, nu = task.drift, task.inner_noise
        assert not e[0].any()
        assert np.allclose(
            e[1:],
            e[:-1] - x.alpha * (task.pull[:-1] + nu),
            rtol=0,
            atol=1e-14 * np.abs(task.noisy.points).max(),
        )
        for noise, axis in ((nu, 1), (task.hessian_noise, 1), (task.outer_noise, 0)):
            # unbiased
            assert noise.any()
            assert np.allclose(noise.mean(axis), 0, rtol=0, atol=1e-15 * np.abs(noise).max())
        assert np.allclose(np.square(nu).sum(-1), np.square(x.noise[:-1]).sum(-1)[:, None] / x.S)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64, 1000])
def test_independent_samples_have_a_binomial_mean(size):
    """(2k − n)/√n with the probability C(n, k)/2^n: mean 0, variance 1, fourth moment 3 − 2/n."""
    values, p = law_of_sign("independent", size)
    assert len(values) == size + 1
    assert p.sum() == pytest.approx(1, rel=2e-15, abs=0)
    assert p @ values == pytest.approx(0, abs=1e-14)
    assert p @ values**2 == pytest.approx(1, rel=1e-14, abs=0)
    assert p @ values**4 == pytest.approx(3 - 2 / size, rel=1e-12)
    for batch in ("two-point", "repeated"):
        assert [law.tolist() for law in law_of_sign(batch, size)] == [[1, -1], [0.5, 0.5]]


@pytest.mark.parametrize("seed", range(3))
def test_independent_samples_against_every_sample_on_its_own(seed):
    """S = 3, D = 2, T = 2 at N = 1, all 2^7 signs of single samples: E Ĝ, E‖Ĝ‖² and the drift."""
    rng = np.random.default_rng(seed)
    x = families.resampling(rng, dimension=2, steps=1, tasks=1, S=3, D=2, T=2, batch="independent")
    task, estimates, drifts = x.tasks[0], [], []
    for signs in product((1, -1), repeat=7):
        inner, hessian, outer = (np.mean(part) for part in (signs[:3], signs[3:5], signs[5:]))
        w = x.w - x.alpha * (task.inner.gradient(x.w) + inner * x.noise[0])
        g = task.outer.gradient(w) + outer * x.noise[1]
        H = task.inner.hessian(x.w) + hessian * x.hessian_noise[0]
        estimates.append(g - x.alpha * H @ g)
        drifts.append(np.linalg.norm(w - task.from_w.end))
    estimates = np.array(estimates)
    assert np.allclose(x.estimate, estimates.mean(0), rtol=1e-11)
    assert np.allclose(task.expect(np.square(task.estimate), 0), (estimates**2).mean(0), rtol=1e-11)
    found = task.expect(np.linalg.norm(task.drift[1], axis=-1))
    assert found == pytest.approx(np.mean(drifts), rel=1e-12)
    assert len(task.signs.rows) == 4 * 3 * 3


def test_a_repeated_sample_is_no_smaller_than_one():
    x = families.resampling(np.random.default_rng(0), steps=2, S=4, D=9, T=16, batch="repeated")
    one = x.replace(S=1, D=1, T=1, batch="two-point")
    for task, single in zip(x.tasks, one.tasks, strict=True):
        assert np.allclose(task.inner_noise, single.inner_noise, rtol=1e-15)
        assert np.allclose(task.hessian_noise, single.hessian_noise, rtol=1e-15)
        assert np.allclose(task.outer_noise, single.outer_noise, rtol=1e-15)


@pytest.mark.parametrize("batch", ["two point", "Independent", 3, None])
def test_models_of_batches_are_named(batch):
    with pytest.raises(ValueError, match="expected one of two-point, independent, repeated"):
        ResamplingInstance(
            losses=[Quadratic([[1.0]], [0.0])], w=[1.0], alpha=0.1, steps=1, batch=batch
        )
