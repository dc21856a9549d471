"""What stops a training whose results are not finite, and what is told where it goes on."""

import numpy as np
import pytest

import tinymaml as tm
from helpers.checks import MACHINES
from helpers.divergence import AT_W, INNER_LOOP, LOG, QUARTIC, W, check_lines, fixed, fresh

pytestmark = [pytest.mark.core, pytest.mark.lesson_08]


class Problem:
    """The given tasks, one after another, then the last ones again and again."""

    def __init__(self, *given):
        self.given = list(given)

    def sample(self, rng, batch):
        return self.given.pop(0) if len(self.given) > 1 else self.given[0]

    def resample(self, rng, batch, steps, samples):
        return self.sample(rng, batch)


def train(algorithm, loss, w, *given, **changes):
    settings = dict(alpha=0.01, steps=1, stepsize=0.001, batch=2, iterations=4, progress=False)
    if algorithm is tm.maml_resampling:
        settings["samples"] = dict(inner=1, hessian=1, outer=1)
    return algorithm(loss, w, Problem(*given), **(settings | changes))  # here


@MACHINES
@pytest.mark.parametrize("good", [0, 2])
@pytest.mark.parametrize(
    "algorithm, samples", [(tm.maml_finite_sum, "query set"), (tm.maml_resampling, "outer samples")]
)
def test_a_mean_loss_that_is_not_finite_stops_a_training(target, algorithm, samples, good):
    """The logarithm of a negative number is NaN, and its slope finite: so w stays finite."""

    def tasks(x):
        if algorithm is tm.maml_finite_sum:
            return fixed([1, 1], [1, x])
        return fresh([[1], [1]], [[1], [1]], [1, x])

    with pytest.raises(tm.Diverged) as stopped:
        train(algorithm, LOG, W, *[tasks(1.0)] * good, tasks(-1.0), target=target)
    message = str(stopped.value)
    at_w = AT_W.format(samples, "1 of 2 tasks (task 1)")
    assert message.startswith(f"the mean loss is not finite at meta-iteration {good}: {at_w}")
    assert ("make the stepsize (0.001) smaller" in message) == (good > 0)
    history = stopped.value.history
    assert history.losses.shape == (good,)
    if good:
        whole = train(algorithm, LOG, W, tasks(1.0), iterations=good, target=target)
        assert np.array_equal(history.w, whole.w)
        assert np.array_equal(history.losses, whole.losses)


@MACHINES
def test_a_training_blames_alpha_or_the_stepsize_or_neither(target):
    def message(loss, w, tasks, **changes):
        with pytest.raises(tm.Diverged) as stopped:
            train(tm.maml_finite_sum, loss, w, tasks, target=target, **changes)
        return str(stopped.value)

    steep = fixed([40, 1], [40, 1])
    alpha = message(QUARTIC, W, steep, alpha=0.05, steps=9)
    inner_loop = INNER_LOOP.format("1 of 2 tasks (task 0)", 0.05)
    assert alpha == f"the meta-gradient is not finite at meta-iteration 0: {inner_loop}"

    calm = fixed([1, 1], [1, 1])
    stepsize = message(QUARTIC, W.astype(np.float32) * 10, calm, alpha=1e-9, stepsize=3e38)
    expected = "w is not finite at meta-iteration 0: make the stepsize (3e+38) smaller"
    assert stepsize == expected

    line = tm.Loss(lambda p, x: tm.mean(x * p["u"]), {"u": np.ones(1)})
    norm = message(line, 0 * W, fixed([1, 1], [1e200, 1e200]))
    assert norm.startswith("the norm of the meta-gradient is not finite at meta-iteration 0: ")


@MACHINES
def test_a_training_that_goes_on_tells_of_what_diverged_at_the_callers_line(target):
    loss = tm.Loss(lambda p, x: tm.mean(tm.square(tm.tanh(p["u"]) - x)), {"u": np.ones(1)})
    w = np.full(1, 0.1, np.float32)
    tasks = fixed([np.tanh(np.float32(0.1)), 2], [np.tanh(np.float32(0.1)), 2])
    settings = dict(alpha=3e38, iterations=1, target=target)
    with pytest.warns(tm.DivergenceWarning, match="diverged in 1 of 2 tasks") as caught:
        assert len(train(tm.maml_finite_sum, loss, w, tasks, **settings).losses) == 1
    check_lines(caught, __file__)


@MACHINES
def test_the_random_stepsizes_own_tasks_are_told_of_at_the_callers_line(target):
    stepsize = tm.RandomStepsize(A=1.0, C_meta=1.0, C_beta=1000.0, batch=1)
    good, bad = fixed([1], [1]), fixed([1], [-1])
    settings = dict(stepsize=stepsize, iterations=1, target=target)
    with pytest.warns(tm.DivergenceWarning, match="^for RandomStepsize, the loss") as caught:
        history = train(tm.maml_finite_sum, LOG, W, good, bad, **settings)
    assert np.isclose(history.stepsizes[0], 1 / 2000)
    check_lines(caught, __file__)
