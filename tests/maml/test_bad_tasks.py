"""Bad input, continued: tasks that do not fit the loss, engines that are not complete, arrays that
the operations refuse."""

import numpy as np
import pytest

import tinymaml as tm
from helpers.checks import MACHINES
from helpers.training import train

pytestmark = [pytest.mark.core, pytest.mark.lesson_08]

X, Y = np.ones((2, 4, 1)), np.zeros((2, 4, 3))
W = np.full(6, 0.3)


def mse(p, x, y):
    return tm.mean(tm.square(tm.tanh(x @ p["W"] + p["b"]) - y))


LOSS = tm.Loss(mse, {"W": np.ones((1, 3)), "b": np.zeros(3)})
MISFITS = {
    "one array": ((X,), (X, Y), TypeError, r"mse\(p, x, y\) got 1 data array after the parameters"),
    "three arrays": ((X, Y, Y), (X, Y, Y), TypeError, r"mse\(p, x, y\) got 3 data arrays"),
    "one array in the query": ((X, Y), (X,), TypeError, r"mse\(p, x, y\) got 1 data array"),
    "rows of y": (
        (X, Y[:, :3]),
        (X, Y),
        tm.TraceError,
        r"4 x 3 block - a 3 x 3 block(.|\n)*line \d+: return tm.mean",
    ),
    "columns of y in the query": (
        (X, Y),
        (X, Y[:, :, :2]),
        tm.TraceError,
        r"4 x 3 block - a 4 x 2 block(.|\n)*line \d+: return tm.mean",
    ),
    "columns of x": (
        (np.ones((2, 4, 2)), Y),
        (X, Y),
        tm.TraceError,
        r"4 x 2 block @ a 1 x 3 block: the inner lengths 2 and 1 differ(.|\n)*line \d+",
    ),
}


@MACHINES
@pytest.mark.parametrize("steps", [0, 2])
@pytest.mark.parametrize("case", MISFITS)
def test_tasks_that_do_not_fit_the_loss(case, steps, target):
    support, query, error, match = MISFITS[case]
    with pytest.raises(error, match=match):
        tm.meta_gradient(
            LOSS, W, tm.Tasks.finite_sum(support, query), alpha=0.1, steps=steps, target=target
        )


@MACHINES
@pytest.mark.parametrize("steps", [0, 2])
@pytest.mark.parametrize("case", [case for case in MISFITS if "query" not in case])
def test_a_support_set_that_does_not_fit_the_loss(case, steps, target):
    support, _, error, match = MISFITS[case]
    with pytest.raises(error, match=match):
        tm.adapt(LOSS, W, support, alpha=0.1, steps=steps, target=target)


@MACHINES
def test_hessian_samples_that_do_not_fit_the_loss(target):
    x, y = np.repeat(X[:, None], 2, 1), np.repeat(Y[:, None], 2, 1)
    tasks = tm.Tasks.resampled((x, y), (x,), (X, Y))
    with pytest.raises(TypeError, match=r"mse\(p, x, y\) got 1 data array"):
        tm.meta_gradient(LOSS, W, tasks, alpha=0.1, steps=2, target=target)


@MACHINES
@pytest.mark.parametrize(
    "change, match",
    [
        (dict(alpha=1e60), r"alpha is 1e\+60, which is beyond the range of float32"),
        (dict(alpha=1e-60), "alpha is 1e-60, which is beyond"),
        (dict(delta=1e-60, method="hessian-free"), "delta is 1e-60, which is beyond"),
    ],
)
def test_numbers_that_float32_cannot_hold_are_refused(change, match, target):
    tasks = tm.Tasks.finite_sum((X, Y), (X, Y))
    with pytest.raises(ValueError, match=match):
        tm.meta_gradient(
            LOSS, W.astype(np.float32), tasks, **(dict(alpha=0.1, steps=3, target=target) | change)
        )


@MACHINES
def test_a_diverging_task_leaves_the_results_of_fresh_samples_of_others_alone(target):
    x, y = np.repeat(X[:, None], 6, 1), np.repeat(Y[:, None], 6, 1)
    x[1] = 1e150
    loss = tm.Loss(
        lambda p, x, y: tm.mean(tm.square(tm.square(x @ p["W"]) - y)), {"W": np.ones((1, 3))}
    )
    tasks = tm.Tasks.resampled((x, y), (x, y), (X, Y))
    with pytest.warns(tm.DivergenceWarning, match=r"inner samples of 1 of 2 tasks \(task 1\)"):
        r = tm.meta_gradient(loss, W[:3], tasks, alpha=0.1, steps=6, per_task=True, target=target)
    assert np.isfinite(r.losses[0])
    assert np.isfinite(r.gradients[0]).all()
    assert not np.isfinite(r.losses[1])
    first = tm.Tasks.resampled((x[:1], y[:1]), (x[:1], y[:1]), (X[:1], Y[:1]))
    alone = tm.meta_gradient(loss, W[:3], first, alpha=0.1, steps=6, target=target)
    assert np.array_equal(r.gradients[0], alone.gradient)
    assert r.losses[0] == alone.losses[0]


# ---- losses


@pytest.mark.parametrize(
    "write",
    [
        lambda a: round(a),
        lambda a: divmod(a, 2),
        lambda a: a & a,
        lambda a: a % 2,
        lambda a: a and 1.0,
        lambda a: not a,
        lambda a: int(a),
        lambda a: a**a,
        lambda a: a**0.5,
        lambda a: a + None,
        lambda a: a * 1j,
        lambda a: np.where(True, a, 0.0),
        lambda a: np.linalg.norm(a),
        lambda a: a.reshape(1, 1),
        lambda a: np.sum(a, axis=0),
        lambda a: np.add.reduce(a),
        lambda a: np.sqrt(a),
        lambda a: np.power(a, 2),
        lambda a: f"{float(a):.2f}",
        lambda a: max(a, a * 2.0),
        lambda a: sum(a),
        lambda a: a == a,
        lambda a: a.mean(),
        lambda a: np.exp(a) + 1,
    ],
)
def test_whatever_is_not_an_operation_names_the_line(write):
    line = write.__code__.co_firstlineno
    with pytest.raises(tm.TraceError, match=rf"(?s);.*line {line}: "):
        tm.Loss(lambda p: write(p["a"]), {"a": np.ones((1, 1))}).value(np.ones(1))


@pytest.mark.parametrize(
    "a",
    [
        np.array([1, 2]),
        np.ones((1, 2, 3)),
        np.array(["a"]),
        np.array([None, 1.0], object),
        np.array([True]),
    ],
    ids=repr,
)
def test_operations_on_plain_arrays_want_floats_of_two_dimensions(a):
    for operation in (tm.tanh, tm.logsumexp, tm.sum, tm.mean, tm.transpose, tm.relu):
        with pytest.raises(
            TypeError, match="expected an array of floats with at most two dimensions, got"
        ):
            operation(a)


@pytest.mark.parametrize("dtype", [bool, complex, int, object, "U1"])
def test_data_are_floats(dtype):
    with pytest.raises(TypeError, match=r"x is of type .*; expected floats"):
        LOSS.value(W, X[0].astype(dtype), Y[0])
    with pytest.raises(TypeError, match=r"support\[0\] is of type .*; expected floats"):
        tm.Tasks.finite_sum((X.astype(dtype), Y), (X, Y))


# ---- engines and problems


class Incomplete:
    def value(self, w, x, y):
        return 0.0

    def gradient(self, w, x, y):
        return w


def test_an_engine_that_lacks_a_method_or_wants_to_be_compiled():
    tasks = tm.Tasks.finite_sum((X, Y), (X, Y))
    with pytest.raises(TypeError, match="loss is of type Incomplete and has no method hvp"):
        tm.meta_gradient(Incomplete(), W, tasks, alpha=0.1, steps=1, target="numpy")
    with pytest.raises(
        TypeError, match='loss is of type Incomplete; target="cpu" compiles a tm.Loss'
    ):
        tm.meta_gradient(Incomplete(), W, tasks, alpha=0.1, steps=1)


def test_a_problem_that_does_not_give_tasks():
    class Problem:
        def sample(self, rng, batch):
            return X, Y

    with pytest.raises(TypeError, match="tasks is of type tuple; make one with tm.Tasks"):
        train(LOSS, W, problem=Problem())
