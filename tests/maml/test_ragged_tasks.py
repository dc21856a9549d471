"""Tasks of different sizes: refused with the advice to pad them, and padded they count as they
are."""

import numpy as np
import pytest

import tinymaml as tm
from helpers.checks import MACHINES, PRECISIONS
from tinymaml.problems import Quadratics

pytestmark = [pytest.mark.core, pytest.mark.lesson_08]

RNG = np.random.default_rng(0)
SIZES = (3, 7, 1, 5)
ROWS = 8
W = RNG.normal(size=9)


def squares(p, x, y):
    r = predict(p, x) - y
    return tm.mean(tm.square(r))


def masked_squares(p, x, y, m):
    """As the docstring of `tm.Tasks` has it."""
    r = predict(p, x) - y
    return tm.sum(m * tm.square(r)) / (tm.sum(m) * r.shape[1])


def predict(p, x):
    return tm.tanh(x @ p["W"] + p["b"])


PARAMS = {"W": np.zeros((2, 3)), "b": np.zeros(3)}
SETS = [(RNG.normal(size=(n, 2)), RNG.normal(size=(n, 3))) for n in SIZES]


def pad(sets, fill):
    """-> x, y and the mask, (tasks, ROWS, columns) each; fill: what padding holds."""
    x, y = np.full((len(sets), ROWS, 2), fill), np.full((len(sets), ROWS, 3), fill)
    m = np.zeros((len(sets), ROWS, 1))
    for k, (x_k, y_k) in enumerate(sets):
        x[k, : len(x_k)], y[k, : len(x_k)], m[k, : len(x_k)] = x_k, y_k, 1.0
    return x, y, m


def one_by_one(w, alpha, steps):
    """The gradients (B, P) and losses (B,) of the tasks as they are, each in a call of its own."""
    loss = tm.Loss(squares, PARAMS)
    gradients, losses = [], []
    for (x, y), (u, v) in zip(SETS, reversed(SETS), strict=True):
        tasks = tm.Tasks.finite_sum((x[None], y[None]), (u[None], v[None]))
        found = tm.meta_gradient(loss, w, tasks, alpha=alpha, steps=steps)
        gradients.append(found.gradient)
        losses.append(found.losses[0])
    return np.array(gradients), np.array(losses)


def test_the_docstring_has_this_loss():
    for line in (
        "r = predict(p, x) - y",
        "return tm.sum(m * tm.square(r)) / (tm.sum(m) * r.shape[1])",
    ):
        assert line in tm.Tasks.__doc__


@MACHINES
@PRECISIONS
@pytest.mark.parametrize("fill", [0.0, 3.0])
def test_padded_tasks_count_as_they_are(target, dtype, fill):
    w = W.astype(dtype)
    tasks = tm.Tasks.finite_sum(pad(SETS, fill), pad(SETS[::-1], fill))
    found = tm.meta_gradient(
        tm.Loss(masked_squares, PARAMS), w, tasks, alpha=0.3, steps=3, per_task=True, target=target
    )
    gradients, losses = one_by_one(w, 0.3, 3)
    tolerance = 50 * np.finfo(dtype).eps
    np.testing.assert_allclose(found.losses, losses, rtol=tolerance)
    np.testing.assert_allclose(found.gradients, gradients, rtol=tolerance, atol=tolerance)


@MACHINES
def test_a_task_of_padding_alone_divides_by_zero(target):
    x, y, m = pad(SETS, 0.0)
    m[2] = 0.0
    tasks = tm.Tasks.finite_sum((x, y, m), (x, y, m))
    with pytest.warns(RuntimeWarning, match=r"1 of 4 tasks \(task 2\)"):
        found = tm.meta_gradient(
            tm.Loss(masked_squares, PARAMS), W, tasks, alpha=0.3, steps=1, target=target
        )
    assert np.flatnonzero(np.isnan(found.losses)).tolist() == [2]


def objects(parts):
    """An array of objects, as np.array(parts, object) would be for parts of different shapes."""
    array = np.empty(len(parts), object)
    array[:] = parts
    return array


X_PARTS = [x for x, _ in SETS]
ADVICE = r"differ in size: pad them.*tm\.sum\(m \* tm\.square\(r\)\) / \(tm\.sum\(m\) \* r\.shape"


@pytest.mark.parametrize(
    "ragged",
    [
        objects(X_PARTS),
        X_PARTS,
        tuple(X_PARTS),
        [x.tolist() for x in X_PARTS],
        [[x, x.tolist()] for x in X_PARTS],
        objects([x.tolist() for x in X_PARTS]),
    ],
    ids=["objects", "list", "tuple", "lists", "nested", "objects of lists"],
)
def test_ragged_data_are_refused_with_what_to_do(ragged):
    with pytest.raises(TypeError, match=rf"support\[0\] is of type .*{ADVICE}"):
        tm.Tasks.finite_sum((ragged,), (ragged,))
    with pytest.raises(TypeError, match=rf"support\[0\] is of type .*{ADVICE}"):
        tm.adapt(tm.Loss(squares, PARAMS), W, (ragged, ragged), alpha=0.1, steps=1)
    with pytest.raises(TypeError, match=rf"inner\[0\] is of type .*{ADVICE}"):
        tm.Tasks.resampled((ragged,), (ragged,), (ragged,))
    with pytest.raises(TypeError, match=rf"x is of type .*{ADVICE}"):
        tm.Loss(squares, PARAMS).value(W, ragged, ragged)


def test_ragged_sets_of_steps():
    sets = np.empty((2, 2), object)
    for k, x in enumerate(X_PARTS):
        sets[divmod(k, 2)] = x
    with pytest.raises(TypeError, match=rf"inner\[0\] is of type object.*{ADVICE}"):
        tm.Tasks.resampled((sets,), (sets,), (np.ones((2, 4, 2)),))


def test_ragged_lists_for_operations_and_constants():
    ragged = [[1.0], [2.0, 3.0]]
    with pytest.raises(ValueError, match="the argument: its rows differ in length"):
        tm.tanh(ragged)
    loss = tm.Loss(lambda p: tm.sum(p["W"] + ragged), PARAMS)
    with pytest.raises(tm.TraceError, match="a constant: its rows differ in length"):
        loss.value(W)


# ---- a dimension too few


@pytest.mark.parametrize(
    "shape, hints",
    [
        ((4, 5), {"support[0][..., None]": (4, 5, 1), "support[0][None]": (1, 4, 5)}),
        ((5,), {"support[0][None, :, None]": (1, 5, 1)}),
    ],
)
def test_a_dimension_that_tasks_lack(shape, hints):
    y = np.ones(shape)
    with pytest.raises(ValueError, match="expected 3 dimensions: for ") as refused:
        tm.Tasks.finite_sum((y,), (y,))
    for hint, want in hints.items():
        assert hint in str(refused.value)
        assert eval(hint, {"support": (y,)}).shape == want
    assert "[:, None]" not in str(refused.value)


def test_a_dimension_that_fresh_samples_lack():
    y = np.ones((4, 2, 5))
    with pytest.raises(ValueError, match="expected 4 dimensions: for ") as refused:
        tm.Tasks.resampled((y,), (y,), (y,))
    for hint, want in {
        "inner[0][..., None]": (4, 2, 5, 1),
        "inner[0][:, None]": (4, 1, 2, 5),
    }.items():
        assert hint in str(refused.value)
        assert eval(hint, {"inner": (y,)}).shape == want


def test_lists_of_a_problem_get_no_hint_that_lists_refuse():
    with pytest.raises(ValueError, match=r"c has shape \(1,\); expected 2 dimensions$"):
        Quadratics([[1.0]], [0.0])
