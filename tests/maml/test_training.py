"""Meta-training: Algorithm 2 with a constant stepsize and with Adam, its history, and what stops
it."""

import numpy as np
import pytest

import tinymaml as tm
from helpers.processes import run_python
from helpers.training import sinusoid_network, train
from tinymaml.problems.sinusoids import Sinusoids

pytestmark = pytest.mark.lesson_08


def by_hand(loss, w, update, iterations=6, seed=4):
    """The same run, one meta-gradient after another."""
    rng = np.random.default_rng(seed)
    losses = []
    norms = []
    for k in range(iterations):
        tasks = Sinusoids(shots=5).sample(rng, 3)
        r = tm.meta_gradient(loss, w, tasks, alpha=0.02, steps=2, target="numpy")
        losses.append(r.losses.mean())
        norms.append(np.linalg.norm(r.gradient))
        w = w - update(k, r.gradient)
    return w, losses, norms


@pytest.mark.parametrize("target", ["numpy", "cpu"])
def test_a_constant_stepsize_is_gradient_descent_on_the_meta_objective(target):
    loss, w = sinusoid_network()
    start = w.copy()
    h = train(loss, w, target=target)
    expected, losses, norms = by_hand(loss, w, lambda k, g: 0.01 * g)
    assert np.allclose(h.w, expected, rtol=1e-12, atol=1e-13)
    assert np.allclose(h.losses, losses, rtol=1e-12)
    assert np.allclose(h.gradient_norms, norms, rtol=1e-11)
    assert np.array_equal(h.stepsizes, np.full(6, 0.01))
    assert np.array_equal(w, start)


def test_adam_is_the_algorithm_of_kingma_and_ba():
    loss, w = sinusoid_network()
    m, v = np.zeros_like(w), np.zeros_like(w)

    def update(k, g):  # Algorithm 1 of the paper, with bias-corrected moments written out
        nonlocal m, v
        m = 0.8 * m + 0.2 * g
        v = 0.95 * v + 0.05 * g * g
        mean = m / (1 - 0.8 ** (k + 1))
        variance = v / (1 - 0.95 ** (k + 1))
        return 0.02 * mean / (np.sqrt(variance) + 1e-6)

    h = train(loss, w, stepsize=tm.Adam(0.02, betas=(0.8, 0.95), eps=1e-6))
    assert np.allclose(h.w, by_hand(loss, w, update)[0], rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize(
    "method, gradients, hvps", [("exact", 3, 2), ("first-order", 3, 0), ("hessian-free", 7, 0)]
)
def test_the_history_counts_what_was_used(method, gradients, hvps):
    loss, w = sinusoid_network()
    h = train(loss, w, method=method)
    assert (h.gradients_used, h.hvps_used) == (6 * 3 * gradients, 6 * 3 * hvps)
    assert h.w.shape == w.shape
    assert h.losses.shape == h.gradient_norms.shape == h.stepsizes.shape == (6,)


def test_a_run_is_determined_by_its_seed():
    loss, w = sinusoid_network()
    a, b, c = train(loss, w), train(loss, w), train(loss, w, seed=5)
    assert np.array_equal(a.w, b.w)
    assert np.array_equal(a.losses, b.losses)
    assert not np.array_equal(a.w, c.w)
    assert np.array_equal(train(loss, w, seed=np.random.default_rng(4)).w, a.w)


def test_no_iterations_leave_everything_as_it_was():
    loss, w = sinusoid_network()
    h = train(loss, w, iterations=0)
    assert np.array_equal(h.w, w)
    assert h.losses.shape == (0,)
    assert h.gradients_used == 0


def test_ctrl_c_hands_over_what_was_done():
    loss, w = sinusoid_network()

    class Interrupting(Sinusoids):
        def sample(self, rng, batch):
            self.calls = getattr(self, "calls", 0) + 1
            if self.calls == 4:
                raise KeyboardInterrupt
            return super().sample(rng, batch)

    with pytest.raises(tm.Interrupted, match="after 3 meta-iterations") as stopped:
        train(loss, w, problem=Interrupting(shots=5), iterations=100)
    h, whole = stopped.value.history, train(loss, w, iterations=3)
    assert np.array_equal(h.w, whole.w)
    assert np.array_equal(h.losses, whole.losses)
    assert h.gradients_used == whole.gradients_used


def test_a_meta_gradient_that_is_not_finite_stops_the_run():
    loss, w = sinusoid_network()
    match = "meta-iteration 0: the inner loop diverged .*make alpha smaller than 1e[+]80$"
    with pytest.raises(FloatingPointError, match=match):
        train(loss, w, alpha=1e80, steps=5)


def test_a_run_that_diverges_hands_over_what_was_done():
    loss, w = sinusoid_network()
    stable = train(loss, w, stepsize=1e30, iterations=1)
    # the first step lands far away, where the second gradient overflows
    match = r"meta-iteration 1: .*if w has gone astray, make the stepsize \(1e[+]300\) smaller"
    with pytest.raises(tm.Diverged, match=match) as stopped:
        train(loss, w, stepsize=1e300, iterations=9)
    assert len(stopped.value.history.losses) == 1
    assert np.array_equal(stopped.value.history.losses, stable.losses)


@pytest.mark.parametrize(
    "change, error, match",
    [
        (dict(stepsize=0.0), ValueError, "stepsize is 0"),
        (dict(stepsize="adam"), TypeError, "stepsize is 'adam'"),
        (dict(batch=0), ValueError, "batch is 0; expected a whole number >= 1"),
        (dict(iterations=-1), ValueError, "iterations is -1"),
        (dict(problem=3), TypeError, "problem is of type int; expected an object with sample"),
        (dict(method="fast"), ValueError, "method is 'fast'"),
        (dict(alpha=-1.0), ValueError, "alpha is -1"),
        (dict(steps=-1), ValueError, "steps is -1"),
        (dict(target="cuda"), RuntimeError, "finds no GPU"),
    ],
)
def test_unfit_arguments_are_refused_before_anything_is_sampled(change, error, match, monkeypatch):
    # wherever this runs
    monkeypatch.setattr("tinymaml.engine.targets.missing", lambda: "finds no GPU")
    loss, w = sinusoid_network()
    with pytest.raises(error, match=match):
        train(loss, w, **change)


def test_resampled_tasks_are_refused():
    class Fresh:
        def sample(self, rng, batch):
            x = np.ones((batch, 2, 5, 1))
            return tm.Tasks.resampled((x, x), (x, x), (x[:, 0], x[:, 0]))

    with pytest.raises(TypeError, match="Algorithm 2 needs fixed support and query sets"):
        train(*sinusoid_network(), problem=Fresh())


def test_sinusoids_are_those_of_finn_et_al():
    tasks = Sinusoids(shots=10, queries=7).sample(np.random.default_rng(0), 4000)
    (xs, ys), (xq, yq) = tasks.inner, tasks.outer
    assert xs.shape == ys.shape == (4000, 10, 1)
    assert xq.shape == yq.shape == (4000, 7, 1)
    x, y = np.concatenate([xs, xq], 1)[..., 0], np.concatenate([ys, yq], 1)[..., 0]
    assert -5 <= x.min() < -4.99
    assert 4.99 < x.max() <= 5
    # A sin(x - φ) = A cos φ · sin x - A sin φ · cos x
    basis = np.stack([np.sin(x), -np.cos(x)], -1)
    c = np.stack([np.linalg.lstsq(basis[b], y[b], rcond=None)[0] for b in range(4000)])
    amplitude, phase = np.hypot(*c.T), np.arctan2(c[:, 1], c[:, 0])
    assert np.allclose(np.einsum("bki,bi->bk", basis, c), y, atol=1e-12)
    assert 0.1 <= amplitude.min() < 0.12
    assert 4.98 < amplitude.max() <= 5.0
    assert abs(amplitude.mean() - 2.55) < 0.1
    assert 0 <= phase.min() < 0.01
    assert np.pi - 0.01 < phase.max() <= np.pi
    assert abs(phase.mean() - np.pi / 2) < 0.06


def test_sinusoids_keep_their_precision_and_refuse_empty_batches():
    rng = np.random.default_rng(0)
    assert Sinusoids(dtype=np.float32).sample(rng, 2).inner[0].dtype == np.float32
    with pytest.raises(ValueError, match="shots is 0"):
        Sinusoids(shots=0)
    with pytest.raises(ValueError, match="queries is 0"):
        Sinusoids(queries=0)
    with pytest.raises(ValueError, match="batch is 0"):
        Sinusoids().sample(rng, 0)


def test_maml_learns_to_learn_sinusoids():
    loss, w = sinusoid_network(width=40)
    new = Sinusoids(shots=10, queries=50).sample(np.random.default_rng(99), 200)

    def error(w):
        return tm.meta_gradient(loss, w, new, alpha=0.02, steps=1).losses.mean()

    h = train(
        loss,
        w,
        problem=Sinusoids(shots=10),
        steps=1,
        stepsize=tm.Adam(5e-3),
        batch=25,
        iterations=1500,
    )
    assert error(h.w) < 0.5 * error(w)
    assert h.losses[-100:].mean() < 0.5 * h.losses[:20].mean()


def test_importing_is_light():
    heavy, _ = run_python(
        "import sys, tinymaml\n"
        "heavy = {'numba', 'matplotlib', 'jupyter', 'IPython', 'tqdm', 'scipy'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    assert heavy == "[]"


WITHOUT_NUMBA = """
import sys
sys.modules["numba"] = None
import numpy as np
import tinymaml as tm
loss = tm.Loss(lambda p, x: tm.mean(tm.square(x * p["a"])), {"a": np.ones(1)})
w, x = np.ones(1), np.ones((1, 1, 1))
tasks = tm.Tasks.finite_sum((x,), (x,))
print(tm.meta_gradient(loss, w, tasks, alpha=0.125, steps=1, target="numpy").gradient[0])
try:
    tm.meta_gradient(loss, w, tasks, alpha=0.125, steps=1)
except ImportError as error:
    print(error)
"""


def test_without_numba_the_numpy_machine_works_and_the_compiled_one_says_what_is_missing():
    output, _ = run_python(WITHOUT_NUMBA)
    first, second = output.split("\n")
    assert first == "1.125"
    assert second.startswith('target="cpu" needs numba')
    assert 'pip install numba, or use target="numpy"' in second
