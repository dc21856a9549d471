"""A traced value has the shape that an array has in a call with arrays, and what would differ is
refused; a column that meets a row is warned of."""

import copy
import linecache
import warnings

import hypothesis
import numpy as np
import pytest

import tinymaml as tm
from helpers.random_losses import programs
from helpers.reference import perform
from tinymaml.engine.tape import Tape

pytestmark = [pytest.mark.core, pytest.mark.lesson_01]

X, Y = np.ones((3, 1)), np.zeros((3, 1))
PARAMS = {
    "row": np.ones(3),
    "one": np.ones(1),
    "number": np.array(2.0),
    "table": np.ones((3, 2)),
    "column": np.ones((3, 1)),
}
REFUSED = {  # a loss, and what is said of it
    "x @ one": (lambda p, x: x @ p["one"], r"z of shape \(1,\).*tm\.transpose\(z\)"),
    "row @ row": (lambda p, x: p["row"] @ p["row"], r"z of shape \(3,\)"),
    "one @ one": (lambda p, x: p["one"] @ p["one"], r"z of shape \(1,\)"),
    "x @ number": (lambda p, x: x @ p["number"], r"z of shape \(\)"),
    "number @ column": (lambda p, x: p["number"] @ p["column"].T, r"x of shape \(\); write x \* z"),
    "x @ a constant": (lambda p, x: (x * p["one"]) @ np.ones(1), r"z of shape \(1,\)"),
    "a constant @ row": (lambda p, x: np.ones((3, 1)) @ p["one"], r"z of shape \(1,\)"),
    "a result": (lambda p, x: x @ (2.0 * p["one"] / 3.0 + p["one"] ** 2), r"z of shape \(1,\)"),
    "a quotient": (lambda p, x: x @ (1.0 / p["one"] / p["one"]), r"z of shape \(1,\)"),
    "a product": (lambda p, x: x @ (p["row"] @ p["column"]), r"z of shape \(1,\)"),
    "row.T": (lambda p, x: p["row"] * p["row"].T, r"\.T of a value of shape \(3,\).*tm\.transp"),
    "number.T": (lambda p, x: p["number"].T * x, r"\.T of a value of shape \(\)"),
    "a result.T": (lambda p, x: (p["row"] + p["one"]).T, r"\.T of a value of shape \(3,\)"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_would_differ_from_numpy_is_refused(case):
    function, match = REFUSED[case]
    loss = tm.Loss(lambda p, x: tm.mean(function(p, x)), PARAMS)
    with pytest.raises(tm.TraceError, match=match):
        loss.tape(X)


def test_what_the_refusals_advise_agrees_with_numpy():
    def loss(p, x):
        column = tm.transpose(p["row"])
        total = p["row"] @ column + tm.mean(x @ tm.transpose(p["one"])) + p["row"] @ p["table"]
        return tm.mean(column * p["row"]) + tm.mean(total * p["number"])

    rng = np.random.default_rng(0)
    p = {name: rng.normal(size=np.shape(array)) for name, array in PARAMS.items()}
    traced = tm.Loss(loss, p)
    x = rng.normal(size=(3, 1))
    assert traced.value(traced.flatten(p), x) == pytest.approx(loss(p, x).item(), rel=1e-14)


@hypothesis.given(programs(least_data=1))
def test_shapes_are_those_of_a_call_with_arrays(p):
    """Of every value of a random loss; and one with fewer than two dimensions is refused where it
    could be taken for one with two."""
    shapes = {}
    for kind in ("traced", "arrays"):

        def loss(given, *data, kind=kind):
            values = [*given.values(), *data, *p.constants]
            for step in p.steps:
                values.append(perform(tm, step, values))
            shapes[kind] = [np.shape(x) if kind == "arrays" else x.shape for x in values]
            if kind == "traced":
                check_refusals(values)
            return values[-1]

        with warnings.catch_warnings():
            warnings.simplefilter("ignore", tm.BroadcastWarning)
            if kind == "traced":
                tm.Loss(loss, p.plain(p.w)).tape(*p.data)
            else:
                loss(p.plain(p.w), *p.data)
    assert shapes["traced"] == shapes["arrays"]


def check_refusals(values):
    for x in values:
        if isinstance(x, np.ndarray) or x.ndim == 2:
            continue
        with pytest.raises(tm.TraceError, match=r"\.T of a value of shape"):
            _ = x.T
        with pytest.raises(tm.TraceError, match=r"x @ z with z of shape"):
            np.ones((2, x.size)) @ x


# ---- a column meets a row


def ask(function, *data):
    """The warnings of tracing the mean of what the function makes of data."""
    params = {"w": np.ones((1, 1)), "b": np.ones((1, 4)), "c": np.ones((4, 1))}
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        tm.Loss(lambda p, *data: tm.mean(function(p, *data)), params).tape(*data)
    return told


COLUMN, ROW = np.ones((4, 1)), np.ones((1, 4))
WARNED = {
    "data": lambda p, x, y: x * p["w"] - y,
    "the other way": lambda p, x, y: y * tm.tanh(x @ p["w"]),
    "sums": lambda p, x, y: p["w"] * tm.sum(x + COLUMN, axis=1) + tm.exp(y),
    "a quotient": lambda p, x, y: x @ p["w"] / (2.0 + y),
}
QUIET = {
    "one shape": lambda p, x, y: x @ p["w"] - COLUMN,
    "parameters": lambda p, x, y: p["b"] + p["c"] * x,
    "a parameter and data": lambda p, x, y: x * p["b"],
    "a constant and data": lambda p, x, y: (x + p["w"]) * ROW,
    "pairwise distances": lambda p, x, y: tm.square(x * p["w"] - x.T) * tm.square(y.T - y),
    "squared norms": lambda p, x, y: (
        tm.sum(tm.square(x * p["w"]), axis=1)
        + tm.transpose(tm.sum(tm.square(x), axis=1))
        - 2.0 * (x @ x.T)
    ),
    "softmax": lambda p, x, y: tm.exp(x @ p["b"] - tm.logsumexp(x @ p["b"])),
    "a number": lambda p, x, y: x * p["w"] - tm.mean(y),
}


@pytest.mark.parametrize("case", WARNED)
def test_a_column_and_a_row_of_data_are_warned_of(case):
    told = ask(WARNED[case], COLUMN, ROW)
    assert [warning.category for warning in told] == [tm.BroadcastWarning]
    assert told[0].filename == __file__
    source = linecache.getline(__file__, told[0].lineno).strip()
    assert str(told[0].message).endswith(f"line {told[0].lineno}: {source}")
    assert "makes a 4 x 4 block of all pairs" in str(told[0].message)


@pytest.mark.parametrize("case", QUIET)
def test_all_pairs_on_purpose_are_not(case):
    assert not ask(QUIET[case], COLUMN, ROW)


def test_a_transposed_weight_does_not_hide_it():
    told = ask(lambda p, x, y: x @ tm.transpose(p["w"]) - y, COLUMN, ROW)
    assert len(told) == 1


def test_the_warning_comes_once_for_each_shape():
    loss = tm.Loss(lambda p, x, y: tm.mean(x * p["w"] - y), {"w": np.ones((1, 1))})
    with pytest.warns(tm.BroadcastWarning) as told:
        for _ in range(3):
            loss.value(np.ones(1), COLUMN, ROW)
    assert len(told) == 1


# ---- values never change


@pytest.mark.parametrize(
    "change",
    [
        lambda y: setattr(y, "shape", (1, 4)),
        lambda y: setattr(y, "T", y),
        lambda y: setattr(y, "name", "mine"),
        lambda y: setattr(y, "slot", 0),
        lambda y: delattr(y, "shape"),
        lambda y: y.__delitem__(0),
        lambda y: y.__setitem__(0, 1.0),
    ],
)
def test_a_traced_value_cannot_be_changed(change):
    def loss(p, y):
        change(y)
        return tm.sum(p["w"] * y)

    with pytest.raises(tm.TraceError, match="build a new value instead"):
        tm.Loss(loss, {"w": np.ones((1, 1))}).tape(COLUMN)


def test_names_are_bound_anew():
    """`y += x` is y = y + x: the values stay what they were."""

    def loss(p, x):
        y = x * p["w"]
        before = y
        y += 1.0
        y *= 2.0
        y /= 4.0
        y -= before
        return tm.sum(y)

    assert tm.Loss(loss, {"w": np.ones((1, 1))}).value(np.full(1, 3.0), COLUMN) == -4.0


def test_copies_are_values():
    x = Tape().add_slot((2,))
    assert copy.copy(x).shape == (2,) and repr(copy.copy(x)) == repr(x)


def test_unary_plus():
    loss = tm.Loss(lambda p, x: tm.sum(+p["w"] * +x), {"w": np.ones((1, 1))})
    assert loss.value(np.full(1, 3.0), COLUMN) == 12.0
