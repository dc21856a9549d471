"""`tm.evaluate`: each task's loss or metric along one inner trajectory, against a network written
out by hand, and what is made of many tasks."""

import numpy as np
import pytest
from matplotlib.figure import Figure

import tinymaml as tm
from helpers import network
from helpers.checks import MACHINES, PRECISIONS, close
from helpers.divergence import QUARTIC, column, fixed
from helpers.divergence import W as ONE
from helpers.meta_gradients import ALPHA, KINDS, W
from helpers.network import LOSS, P, finite_sum, resampled, samples
from tinymaml.maml.evaluation import student_t

pytestmark = [pytest.mark.core, pytest.mark.lesson_08]
STEEP, CALM = 50.0, 1.0  # data of a quartic: gradient descent explodes, or does not


def by_hand(measure, w, tasks, alpha, steps):
    """measure(w_j, x, y) of every task's points -> (steps + 1, B). w: (B, P)."""
    found = np.empty((steps + 1, len(tasks)))
    for b in range(len(tasks)):
        inner, _, (x, y) = samples(tasks, b, steps)
        for j, point in enumerate(network.descend(w[b], inner, alpha)):
            found[j, b] = measure(point, x, y)
    return found


def absolute(params, x, y):
    """A metric that no loss is."""
    hidden = np.tanh(x @ params["W1"] + params["b1"])
    return np.abs(hidden @ params["W2"] + params["b2"] - y).mean()


def absolute_by_hand(w, x, y):
    return np.abs(network.residuals(w, x, y)).mean()


@MACHINES
@PRECISIONS
@KINDS
@pytest.mark.parametrize("steps", [0, 1, 4])
def test_every_task_s_loss_or_metric_after_every_step(kind, steps, target, dtype):
    tasks, w = kind(steps), W.astype(dtype)
    settings = dict(alpha=ALPHA, steps=steps, target=target)
    starts = np.tile(w.astype(float), (3, 1))
    for metric, measure in ((None, network.value), (absolute, absolute_by_hand)):
        found = tm.evaluate(LOSS, w, tasks, metric=metric, **settings)
        want = by_hand(measure, starts, tasks, ALPHA, steps)
        assert found.losses.dtype == np.float64
        close(found.losses, want, 1 + want.max(), np.finfo(dtype).eps)
    assert np.array_equal(w, W.astype(dtype))


@MACHINES
@KINDS
@pytest.mark.parametrize("B", [1, 3])
def test_a_start_for_each_task_and_a_stepsize_for_each_parameter(kind, B, target):
    rng = np.random.default_rng(1)
    starts, alpha = rng.normal(size=(B, P)), rng.uniform(0, 0.2, P)
    for steps in (0, 2):
        tasks = kind(steps, B=B)
        found = tm.evaluate(LOSS, starts, tasks, alpha=alpha, steps=steps, target=target)
        want = by_hand(network.value, starts, tasks, alpha, steps)
        close(found.losses, want, 1 + want.max(), np.finfo(float).eps)


@MACHINES
def test_the_last_losses_are_those_of_meta_gradient(target):
    tasks = finite_sum(B=5)
    settings = dict(alpha=ALPHA, steps=3, target=target)
    last = tm.evaluate(LOSS, W, tasks, **settings).losses[-1]
    assert np.array_equal(last, tm.meta_gradient(LOSS, W, tasks, **settings).losses)


@MACHINES
def test_without_steps_the_inner_samples_do_not_matter(target):
    nothing = (np.zeros((3, 0, 0, 0)),) * 2  # the loss takes no such data
    fresh, same = tm.Tasks.resampled(nothing, nothing, finite_sum().outer), finite_sum()
    settings = dict(alpha=ALPHA, steps=0, target=target)
    found = [tm.evaluate(LOSS, W, tasks, **settings).losses for tasks in (fresh, same)]
    assert np.array_equal(*found)


class Counting(network.Engine):
    """Counts its calls."""

    def __init__(self):
        self.calls = dict(value=0, gradient=0, hvp=0)

    def value(self, *arguments):
        self.calls["value"] += 1
        return super().value(*arguments)

    def gradient(self, *arguments):
        self.calls["gradient"] += 1
        return super().gradient(*arguments)

    def hvp(self, *arguments):
        self.calls["hvp"] += 1
        return super().hvp(*arguments)


@KINDS
def test_a_task_takes_one_trajectory_and_a_value_for_each_point(kind):
    engine, tasks = Counting(), kind(6)
    found = tm.evaluate(engine, W, tasks, alpha=ALPHA, steps=6, target="numpy")
    assert engine.calls == dict(value=3 * 7, gradient=3 * 6, hvp=0)
    same = tm.evaluate(LOSS, W, tasks, alpha=ALPHA, steps=6, target="numpy")
    close(found.losses, same.losses, 1 + same.losses.max(), np.finfo(float).eps)


def test_the_compiled_machine_is_called_once_for_each_point_and_once_for_the_way(monkeypatch):
    from tinymaml.engine.compiled import cpu, packing

    run, pack = cpu.run, packing.Packing.pack
    plans, packed = [], []

    def counting_run(plan, *arguments, **options):
        plans.append((plan.steps, plan.result))
        return run(plan, *arguments, **options)

    def counting_pack(*arguments):
        packed.append(arguments)
        return pack(*arguments)

    monkeypatch.setattr(cpu, "run", counting_run)
    monkeypatch.setattr(packing.Packing, "pack", counting_pack)
    tm.evaluate(LOSS, W, finite_sum(), alpha=ALPHA, steps=6)
    assert plans == [(6, None)] + [(0, "value")] * 7
    assert len(packed) == 2


# ---- metrics


def test_a_metric_gets_params_as_unflatten_gives_them_and_the_task_s_outer_data():
    tasks, given = finite_sum(B=2), []

    def metric(params, x, y):
        given.append((LOSS.flatten(params), x, y))
        params["W1"][...] = 0  # its own copy
        return len(given)

    found = tm.evaluate(LOSS, W, tasks, alpha=ALPHA, steps=1, metric=metric, target="numpy")
    assert found.losses.tolist() == [[1, 2], [3, 4]]
    points = tm.adapt(LOSS, W, tasks.inner, alpha=ALPHA, steps=1, target="numpy")
    for k, (w, x, y) in enumerate(given):
        assert np.array_equal(w, points[k // 2, k % 2])
        assert np.array_equal(x, tasks.outer[0][k % 2]) and np.array_equal(y, tasks.outer[1][k % 2])


def test_an_engine_without_unflatten_gives_its_metric_the_vector():
    def metric(w, x, y):
        w += 1  # its own copy
        return absolute_by_hand(w - 1, x, y)

    tasks = finite_sum()
    settings = dict(alpha=ALPHA, steps=2, metric=metric, target="numpy")
    found = tm.evaluate(network.Engine(), W, tasks, **settings)
    want = by_hand(absolute_by_hand, np.tile(W, (3, 1)), tasks, ALPHA, 2)
    close(found.losses, want, 1 + want.max(), np.finfo(float).eps)


@pytest.mark.parametrize("number", [1, 1.0, np.float32(1), np.ones((1, 1)), np.array(1)], ids=repr)
def test_a_metric_may_return_any_number(number):
    found = tm.evaluate(LOSS, W, finite_sum(), alpha=0.1, steps=0, metric=lambda *_: number)
    assert np.array_equal(found.losses, np.ones((1, 3)))


@pytest.mark.parametrize(
    "wrong", [None, "1", 1j, True, np.ones(2), [1.0], np.ones(1) > 0], ids=repr
)
def test_a_metric_that_returns_no_number_is_told_so(wrong):
    with pytest.raises(TypeError, match="metric returned .*; expected one number for the task"):
        tm.evaluate(LOSS, W, finite_sum(), alpha=0.1, steps=0, metric=lambda *_: wrong)


# ---- tasks that diverge; pytest makes an error of every warning


@MACHINES
@pytest.mark.parametrize("metric", [None, lambda params, x: params["u"][0]], ids=["loss", "metric"])
def test_diverged_tasks_are_counted_and_not_warned_of(target, metric):
    x = [STEEP, CALM, STEEP, CALM, CALM]
    settings = dict(alpha=0.05, steps=9, metric=metric, target=target)
    found = tm.evaluate(QUARTIC, ONE, fixed(x, x), **settings)
    calm = tm.evaluate(QUARTIC, ONE, fixed([CALM] * 3, [CALM] * 3), **settings)
    assert found.diverged[0] == 0 and found.diverged[-1] == 2
    assert np.array_equal(found.mean[-1], calm.mean[-1])
    assert np.array_equal(found.interval[-1], calm.interval[-1])
    alone = tm.evaluate(QUARTIC, ONE, fixed([STEEP], [STEEP]), **settings)
    assert np.isnan([alone.mean[-1], alone.interval[-1]]).all()
    assert alone.median[-1] == np.inf and alone.diverged[-1] == 1


@MACHINES
def test_what_a_saturating_loss_hides_is_counted_too(target):
    """A metric is not asked of a point that is not finite."""
    loss = tm.Loss(lambda p, x: tm.mean(tm.square(tm.tanh(p["a"]) - x)), {"a": np.ones(1)})
    w = np.full(1, 0.1, np.float32)
    x = np.array([np.tanh(w[0]), 2.0], np.float32)[:, None, None]
    tasks, points = tm.Tasks.finite_sum((x,), (x,)), []

    def metric(params, x):
        points.append(params["a"])
        return 1.0

    for asked in (None, metric):
        settings = dict(alpha=3e38, steps=1, metric=asked, target=target)
        assert tm.evaluate(loss, w, tasks, **settings).diverged.tolist() == [0, 1]
    assert len(points) == 3 and np.isfinite(points).all()


# ---- statistics


def test_mean_interval_median_and_counts_are_those_of_their_definitions():
    nan, inf = np.nan, np.inf
    rows = [[1, 2, 3, 6], [1, 2, 3, inf], [1, nan, inf, 4], [nan, 1, inf, -inf], [nan] * 4]
    found = tm.Evaluation(np.array(rows))
    t1, t2, t3 = (student_t(degrees) for degrees in (1, 2, 3))
    assert (t1, t2, t3) == (12.706, 4.303, 3.182)
    np.testing.assert_allclose(found.mean, [3, 2, 2.5, 1, nan])
    interval = [t3 * np.sqrt(14 / 3) / 2, t2 / np.sqrt(3), t1 * np.sqrt(4.5 / 2), nan, nan]
    np.testing.assert_allclose(found.interval, interval)
    np.testing.assert_array_equal(found.median, [2.5, 2.5, inf, inf, inf])
    np.testing.assert_array_equal(found.diverged, [0, 1, 2, 3, 4])
    odd = tm.Evaluation(np.array([[5, nan, 1.0], [5, 1, 2]]))
    np.testing.assert_array_equal(odd.median, [5, 2])
    large = tm.Evaluation(np.full((1, 4), 1e308))  # their sum is not finite
    assert large.median[0] == 1e308 and large.diverged[0] == 0


@pytest.mark.parametrize("degrees, t", [(0, np.nan), (31, 2.0395), (60, 2.0003), (10**6, 1.96)])
def test_student_s_t(degrees, t):
    assert student_t(degrees) == pytest.approx(t, abs=0.003, nan_ok=True)


def test_the_interval_covers_the_mean_of_all_tasks():
    losses = np.random.default_rng(0).normal(size=(3_000, 5))
    found = tm.Evaluation(losses)
    assert np.mean(np.abs(found.mean) <= found.interval) == pytest.approx(0.95, abs=0.015)


# ---- the table and the picture


def test_the_table():
    calm = tm.Evaluation(np.array([[1.0, 2.0, 3.0, 6.0], [0.1, 0.1, 0.2, 0.4]]))
    assert str(calm).splitlines() == [
        "steps   mean ± interval   median",
        "    0         3.0 ± 3.4      2.5",
        "    1       0.20 ± 0.23     0.15",
    ]
    wild = tm.Evaluation(np.array([[1.0, 2.0], [np.inf, 12345.6], [np.nan, np.nan]]))
    assert str(wild).splitlines() == [
        "steps   mean ± interval   median   diverged of 2",
        "    0         1.5 ± 6.4      1.5               0",
        "    1         1.235e+04      inf               1",
        "    2               nan      inf               2",
    ]
    large = tm.Evaluation(np.array([[1e6, 2e6, 4e6], [1e-9, 2e-9, 4e-9], [7, 7, 7.0]]))
    for cell in ("2.333e+06 ± 3.8e+06 ", "2.333e-09 ± 3.8e-09 ", " 7 ± 0 "):
        assert cell in str(large)
    assert repr(wild) == "Evaluation(2 tasks, 0 to 2 steps; print it for a table)"


def test_the_picture():
    nan = np.nan
    found = tm.Evaluation(np.array([[1.0, 2.0, 3.0], [1.0, 4.0, nan], [1.0, nan, nan]]))
    axes = Figure().subplots()
    assert found.plot(axes) is axes
    mean, median = axes.lines
    np.testing.assert_array_equal(mean.get_xdata(), [0, 1, 2])
    np.testing.assert_array_equal(mean.get_ydata(), found.mean)
    np.testing.assert_array_equal(median.get_ydata(), [2, 4, nan])
    assert mean.get_color() == median.get_color()
    (band,) = axes.collections
    corners = band.get_paths()[0].vertices[:, 1]
    assert corners.max() == pytest.approx(found.mean[1] + found.interval[1])
    labels = [text.get_text() for text in axes.get_legend().get_texts()]
    assert labels == ["mean and its 95% interval", "median"]
    assert axes.get_xlabel()


# ---- bad arguments

X = column(1.0, 2.0)


@MACHINES
@pytest.mark.parametrize(
    "change, error, match",
    [
        (dict(alpha=0.0), ValueError, "alpha is 0.0; expected a finite number > 0"),
        (dict(alpha=np.ones(2)), ValueError, r"alpha has shape \(2,\)"),
        (dict(steps=-1), ValueError, "steps is -1"),
        (dict(tasks=(X, X)), TypeError, "tasks is of type tuple; make one with tm.Tasks"),
        (dict(tasks=resampled(2)), ValueError, "samples for 2 inner steps, and steps is 1"),
        (dict(w=W * np.nan), ValueError, "w contains NaN"),
        (dict(w=W[:2]), ValueError, r"w has shape \(2,\)"),
        (dict(w=np.ones((2, P))), ValueError, "w has 2 starts, and there are 3 tasks"),
        (dict(loss=network.mse), TypeError, "loss is of type function"),
        (dict(tasks=fixed([1.0], [1.0])), TypeError, "mse.* got 1 data array after"),
        (dict(metric="accuracy"), TypeError, "metric is 'accuracy'; expected a function"),
        (dict(target="tpu"), ValueError, "target is 'tpu'"),
    ],
)
def test_bad_arguments_are_refused_as_in_meta_gradient(target, change, error, match):
    arguments = dict(loss=LOSS, w=W, tasks=finite_sum(), alpha=0.1, steps=1, target=target)
    with pytest.raises(error, match=match):
        tm.evaluate(**(arguments | change))
    if "metric" not in change and "2 starts" not in match:  # it takes one start, as a rule
        with pytest.raises(error, match=match):
            tm.meta_gradient(**(arguments | change))
