"""Meta-training, continued: the progress bar changes nothing, and float32 stays float32."""

import numpy as np
import pytest

import tinymaml as tm
from helpers.training import sinusoid_network, train

pytestmark = pytest.mark.lesson_08


@pytest.mark.parametrize("progress, title", [(True, "meta-training"), ("sinusoids", "sinusoids")])
def test_the_progress_bar_shows_the_iterations_and_the_running_loss_and_changes_nothing(
    progress, title, capfd
):
    loss, w = sinusoid_network()
    silent = train(loss, w, iterations=120)
    out, err = capfd.readouterr()
    assert out == ""
    assert "120" not in err
    h = train(loss, w, iterations=120, progress=progress)
    shown = "".join(capfd.readouterr())
    assert np.array_equal(h.w, silent.w)
    assert np.array_equal(h.losses, silent.losses)
    assert title in shown
    assert "120/120" in shown
    assert f"loss {h.losses[:100].mean():.3f}" in shown


def test_the_bar_is_closed_when_something_goes_wrong(capfd):
    loss, w = sinusoid_network()
    with pytest.raises(FloatingPointError, match="inner loop diverged in 3 of 3 tasks"):
        train(loss, w, alpha=1e80, steps=5, progress=True)
    assert "6/6" not in capfd.readouterr().err


@pytest.mark.parametrize("stepsize", [0.01, tm.Adam(0.01)], ids=["constant", "Adam"])
@pytest.mark.parametrize("target", ["numpy", "cpu"])
def test_float32_stays_float32_and_is_close_to_float64(stepsize, target):
    loss, w = sinusoid_network()
    single, double = (
        train(loss, w.astype(dtype), stepsize=stepsize, target=target)
        for dtype in (np.float32, np.float64)
    )
    assert single.w.dtype == np.float32
    assert double.w.dtype == np.float64
    assert 0 < np.abs(single.w - double.w).max() < 1e-4 < 0.1 * np.abs(double.w - w).max()
    assert np.abs(single.losses - double.losses).max() < 1e-4 * double.losses.max()


@pytest.mark.parametrize("method", ["exact", "first-order", "hessian-free"])
def test_both_machines_train_alike(method):
    loss, w = sinusoid_network()
    a, b = (train(loss, w, method=method, target=target) for target in ("numpy", "cpu"))
    tolerance = 1e-9 if method == "hessian-free" else 1e-13
    assert np.abs(a.w - b.w).max() < tolerance * np.abs(a.w).max()
    assert (a.gradients_used, a.hvps_used) == (b.gradients_used, b.hvps_used)
