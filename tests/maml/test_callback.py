"""The callback of both algorithms: what it sees, and how it ends a run."""

import numpy as np
import pytest

import tinymaml as tm
from helpers.checks import MACHINES
from helpers.training import ALGORITHMS, BATCH, START, Planes, check_same, go_on, run

pytestmark = pytest.mark.lesson_08


@MACHINES
@ALGORITHMS
def test_it_sees_every_iteration_and_changes_nothing(algorithm, target):
    seen = []
    silent = run(algorithm, iterations=5, target=target)
    settings = dict(callback=lambda *arguments: seen.append(arguments), target=target)
    half = run(algorithm, iterations=3, **settings)
    both = go_on(algorithm, half, iterations=2, **settings)
    check_same(both, silent)
    assert [k for k, _, _ in seen] == [0, 1, 2, 3, 4]
    for k, w, losses in seen:  # they may be kept: later iterations leave them alone
        assert np.array_equal(w, run(algorithm, iterations=k + 1, target=target).w)
        assert losses.shape == (BATCH,)
        assert losses.mean() == both.losses[k]


@MACHINES
def test_it_sees_the_trainings_own_w_which_it_cannot_change(target):
    seen = []

    def spoil(k, w, losses):
        seen.append(w)
        for a in (w, losses):
            with pytest.raises(ValueError, match="read-only"):
                a[0] = 1.0

    w = START.astype(np.float32)
    h = run(tm.maml_finite_sum, w=w, callback=spoil, target=target)
    assert seen[-1].dtype == np.float32
    assert np.shares_memory(seen[-1], h.w)
    assert h.w.flags.writeable


@ALGORITHMS
@pytest.mark.parametrize("answer", [True, np.True_])
def test_true_ends_the_run(algorithm, answer, capfd):
    def callback(k, w, losses):
        return answer if k == 2 else None

    h = run(algorithm, iterations=70, callback=callback, progress=True)
    check_same(h, run(algorithm, iterations=3))
    shown = capfd.readouterr().err
    assert "3/70" in shown
    assert shown.endswith("\n")  # the bar is closed
    check_same(go_on(algorithm, h, iterations=2), run(algorithm, iterations=5))


@pytest.mark.parametrize("answer", [None, False, np.False_, 0, 1, "True", START])
def test_whatever_else_it_returns_does_not_matter(answer):
    h = run(tm.maml_finite_sum, iterations=4, callback=lambda k, w, losses: answer)
    assert len(h.losses) == 4


def test_what_it_raises_passes_through_with_the_history(capfd):
    def callback(k, w, losses):
        if k == 2:
            raise LookupError("nothing there")

    with pytest.raises(LookupError, match="nothing there") as raised:
        run(tm.maml_finite_sum, callback=callback, progress=True)
    check_same(raised.value.history, run(tm.maml_finite_sum, iterations=3))
    assert capfd.readouterr().err.endswith("\n")


def test_ctrl_c_in_it_keeps_the_iteration_that_it_was_called_after():
    def callback(k, w, losses):
        if k == 2:
            raise KeyboardInterrupt

    with pytest.raises(tm.Interrupted, match="after 3 meta-iterations") as stopped:
        run(tm.maml_finite_sum, callback=callback)
    check_same(stopped.value.history, run(tm.maml_finite_sum, iterations=3))


@ALGORITHMS
@pytest.mark.parametrize("callback", [3, "print", True, [print]])
def test_what_is_no_function(algorithm, callback):
    problem = Planes()
    match = rf"callback is of type {type(callback).__name__}; expected a function f\(k, w, losses\)"
    with pytest.raises(TypeError, match=match):
        run(algorithm, problem=problem, callback=callback)
    assert problem.calls == []
