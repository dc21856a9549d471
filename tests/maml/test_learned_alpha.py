"""alpha_stepsize: the inner stepsize is learned together with w."""

import numpy as np
import pytest

import tinymaml as tm
from helpers.checks import MACHINES, PRECISIONS
from helpers.network import LOSS, P
from helpers.training import (
    ALGORITHMS,
    BATCH,
    SAMPLES,
    START,
    STEPS,
    Planes,
    random_stepsize,
    run,
)
from tinymaml.maml.alpha import is_in_range
from tinymaml.maml.recorder import find_flaw_of_alpha

pytestmark = pytest.mark.lesson_08

VECTOR = np.linspace(0.0, 0.2, P)  # the first is not adapted


class AdamByHand:
    """Algorithm 1 of Kingma & Ba, with bias-corrected moments written out."""

    def __init__(self):
        self.m = self.v = self.t = 0

    def __call__(self, d):
        self.t += 1
        self.m = 0.9 * self.m + 0.1 * d
        self.v = 0.999 * self.v + 0.001 * d * d
        mean = self.m / (1 - 0.9**self.t)
        return 0.02 * mean / (np.sqrt(self.v / (1 - 0.999**self.t)) + 1e-8)


def by_hand(algorithm, alpha, step):
    rng = np.random.default_rng(4)
    w = START
    for _ in range(8):
        if algorithm is tm.maml_resampling:
            tasks = Planes().resample(rng, BATCH, STEPS, SAMPLES)
        else:
            tasks = Planes().sample(rng, BATCH)
        settings = dict(alpha=alpha, steps=STEPS, alpha_gradient=True, target="numpy")
        r = tm.meta_gradient(LOSS, w, tasks, **settings)
        w = w - 0.05 * r.gradient
        alpha = alpha * np.exp(-step(alpha * r.alpha_gradient))
    return w, alpha


@MACHINES
@ALGORITHMS
@pytest.mark.parametrize("alpha", [0.1, VECTOR], ids=["scalar", "vector"])
@pytest.mark.parametrize("adam", [False, True], ids=["constant", "Adam"])
def test_alpha_moves_by_the_formula(algorithm, alpha, adam, target):
    given = np.copy(alpha)
    h = run(
        algorithm,
        alpha=alpha,
        alpha_stepsize=tm.Adam(0.02) if adam else 0.3,
        iterations=8,
        target=target,
    )
    w, expected = by_hand(algorithm, alpha, AdamByHand() if adam else lambda d: 0.3 * d)
    assert np.allclose(h.w, w, rtol=1e-10, atol=1e-12)
    assert np.allclose(h.alpha, expected, rtol=1e-10, atol=0)
    assert np.abs(h.alpha - given).max() > 1e-3
    assert np.array_equal(alpha, given)  # the caller's own
    if isinstance(alpha, float):
        assert type(h.alpha) is float
    else:
        assert h.alpha[0] == 0
        assert (h.alpha[1:] > 0).all()


@PRECISIONS
@ALGORITHMS
def test_without_alpha_stepsize_alpha_stays_what_it_is(algorithm, dtype):
    w = START.astype(dtype)
    assert run(algorithm, w=w).alpha == 0.1
    h = run(algorithm, w=w, alpha=VECTOR)
    assert h.alpha.dtype == dtype
    assert np.array_equal(h.alpha, VECTOR.astype(dtype))
    assert not np.shares_memory(h.alpha, VECTOR)


@PRECISIONS
@pytest.mark.parametrize("step", [0.3, tm.Adam(0.1)], ids=["constant", "Adam"])
def test_zeros_stay_zero_and_the_precision_that_of_w(dtype, step):
    alpha = np.where(np.arange(P) % 2, 0.1, 0.0)
    w = START.astype(dtype)
    h = run(tm.maml_finite_sum, w=w, alpha=alpha, alpha_stepsize=step, iterations=30)
    assert h.alpha.dtype == dtype
    assert np.array_equal(h.alpha == 0, alpha == 0)
    assert (h.alpha != alpha.astype(dtype))[1::2].all()
    h = run(tm.maml_finite_sum, w=w, alpha=0.1, alpha_stepsize=step)
    assert type(h.alpha) is float
    assert h.alpha != 0.1


def test_learning_alpha_finds_a_better_one():
    """l(w) = ½ (w − c)²: one inner step with alpha = 1 solves every task."""
    loss = tm.Loss(lambda p, c: tm.mean(tm.square(p["w"] - c)) * 0.5, {"w": np.zeros(1)})

    class Centres:
        def sample(self, rng, batch):
            c = rng.normal(size=(batch, 1, 1))
            return tm.Tasks.finite_sum((c,), (c,))

    for alpha in (0.1, np.array([0.1])):
        h = tm.maml_finite_sum(
            loss,
            np.zeros(1),
            Centres(),
            alpha=alpha,
            steps=1,
            stepsize=0.1,
            alpha_stepsize=tm.Adam(0.1),
            batch=8,
            iterations=150,
            progress=False,
        )
        assert np.allclose(h.alpha, 1.0, atol=0.05)
        assert h.losses[-1] < 1e-2 * h.losses[0]


@ALGORITHMS
@pytest.mark.parametrize("alpha", [0.1, VECTOR], ids=["scalar", "vector"])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_an_alpha_that_leaves_its_range_stops_the_run(algorithm, alpha, dtype):
    w = START.astype(dtype)
    match = (
        "^alpha has become 0, infinite or NaN at meta-iteration 0: "
        r"make alpha_stepsize \(1e[+]10\) smaller$"
    )
    with pytest.raises(tm.Diverged, match=match) as stopped:
        run(algorithm, w=w, alpha=alpha, alpha_stepsize=1e10)
    kept = stopped.value.history.alpha
    assert np.array_equal(kept, alpha if isinstance(alpha, float) else alpha.astype(dtype))
    assert len(stopped.value.history.losses) == 0


def test_the_range_of_a_learned_alpha():
    before = np.array([0.0, 0.1, 0.1])
    for entries, fits in (
        ([0.0, 1e-40, 1e38], True),
        ([0.0, 0.0, 0.1], False),
        ([0.0, np.inf, 0.1], False),
        ([np.nan, 0.1, 0.1], False),
    ):
        w = START.astype(np.float32)
        assert is_in_range(np.array(entries, np.float32), before, w) is fits
    for alpha, fits in ((1e-60, True), (0.0, False), (np.inf, False), (np.nan, False)):
        assert is_in_range(alpha, 0.1, START) is fits
    assert not is_in_range(1e-60, 0.1, START.astype(np.float32))
    for alpha_gradient in (np.nan, np.array([0.0, np.inf])):
        flaw = find_flaw_of_alpha(alpha_gradient, 0.1, 0.1, START)
        assert flaw == "the derivative with respect to alpha is not finite"


def test_a_divergence_while_alpha_is_learned_names_both_stepsizes():
    class Exploding(Planes):
        def draw(self, rng, slope, *shape):
            x, y = super().draw(rng, slope, *shape)
            return (x, y * 1e250) if len(self.calls) == 2 else (x, y)

    match = (
        r"at meta-iteration 2: .*; if w has gone astray, make the stepsize \(0.05\) smaller; "
        r"if alpha has, make alpha_stepsize \(0.01\) smaller$"
    )
    for alpha in (0.1, VECTOR):
        with pytest.raises(tm.Diverged, match=match) as stopped:
            run(tm.maml_finite_sum, problem=Exploding(), alpha=alpha, alpha_stepsize=0.01)
        done = run(tm.maml_finite_sum, alpha=alpha, alpha_stepsize=0.01, iterations=2)
        assert np.array_equal(stopped.value.history.alpha, done.alpha)


@ALGORITHMS
@pytest.mark.parametrize(
    "change, error, match",
    [
        (dict(alpha_stepsize="adam"), TypeError, r"alpha_stepsize is 'adam'; expected a number >"),
        (dict(alpha_stepsize=True), TypeError, "alpha_stepsize is True"),
        (dict(alpha_stepsize=VECTOR), TypeError, "alpha_stepsize is array"),
        (dict(alpha_stepsize=0.0), ValueError, "alpha_stepsize is 0.0; expected a finite number"),
        (dict(alpha_stepsize=-1), ValueError, "alpha_stepsize is -1"),
        (dict(alpha_stepsize=np.nan), ValueError, "alpha_stepsize is nan"),
        (dict(alpha_stepsize=10**400), ValueError, r"alpha_stepsize is 10\*\*400"),
        (dict(alpha=VECTOR[1:]), ValueError, r"alpha has shape \(12,\); expected a number, or one"),
        (dict(alpha=-VECTOR), ValueError, "alpha contains a number < 0"),
        (dict(alpha=list(VECTOR)), TypeError, "alpha is "),
    ],
)
def test_what_is_refused(algorithm, change, error, match):
    problem = Planes()
    with pytest.raises(error, match=match):
        run(algorithm, problem=problem, **change)
    assert problem.calls == []


@ALGORITHMS
def test_a_random_stepsize_belongs_to_one_alpha(algorithm):
    match = "alpha_stepsize is given and stepsize is a RandomStepsize, .* leave alpha_stepsize out"
    for step in (0.1, tm.Adam(0.1), "adam"):
        with pytest.raises(ValueError, match=match):
            run(algorithm, stepsize=random_stepsize(algorithm), alpha_stepsize=step)


def test_float32_refuses_what_it_makes_0():
    w = START.astype(np.float32)
    for step in (1e-60, tm.Adam(1e-60), tm.Adam(eps=1e-60)):
        with pytest.raises(ValueError, match="is 1e-60, which is beyond the range of float32"):
            run(tm.maml_finite_sum, w=w, alpha_stepsize=step)
