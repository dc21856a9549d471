"""Arrays with rules of their own are refused at every door alike, and what is advised works."""

import re
import warnings

import numpy as np
import pytest

import tinymaml as tm
from tinymaml import problems, theory

pytestmark = [pytest.mark.core, pytest.mark.lesson_01]


class Own(np.ndarray):
    """A subclass of NumPy's array, with no rule of its own, but who knows."""


class Series:
    """What pandas and its like look like: an array inside."""

    def __init__(self, a):
        self.a = a
        self.ndim = a.ndim

    def __array__(self, dtype=None, copy=None):
        return np.array(self.a, dtype)

    def to_numpy(self):
        return self.a


class Tensor(Series):
    """What PyTorch's look like."""

    to_numpy = None

    def numpy(self):
        return self.a


class Device(Series):
    """What JAX's look like."""

    to_numpy = None


def as_matrix(a):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PendingDeprecationWarning)
        return np.asmatrix(a)


KINDS = {  # how an array with rules of its own is made of one without, what it is called
    "masked": (np.ma.masked_array, "MaskedArray", "filled"),
    "own": (lambda a: a.view(Own), "Own", "np.asarray"),
    "series": (Series, "Series", "to_numpy"),
    "tensor": (Tensor, "Tensor", "numpy"),
    "device": (Device, "Device", "np.asarray"),
}
TWO_DIMENSIONS = KINDS | {"matrix": (as_matrix, "matrix", "np.asarray")}

W = np.full(3, 0.5)
X = np.ones((4, 3))
TASK = np.ones((2, 4, 3))


def linear(p, x):
    return tm.mean(tm.square(x @ tm.transpose(p["a"])))


LOSS = tm.Loss(linear, {"a": np.zeros(3)})
BOWL = theory.Quadratic([[1.0]], [0.0])


def tasks():
    return tm.Tasks.finite_sum((TASK,), (TASK,))


def with_constant(use):
    """A loss of a parameter a (1 x 3), and of a constant c that use(a, c) uses."""
    return lambda c: tm.Loss(lambda p: tm.sum(use(p["a"], c)), {"a": np.zeros(3)}).value(W)


class Engine:
    """A learner's engine, whose results are made of something else than plain arrays."""

    def __init__(self, make):
        self.make = make

    def value(self, w, x):
        return 0.5

    def gradient(self, w, x):
        return self.make(w)

    hvp = gradient


def run_engine(a):
    def make(w):
        return a

    tm.meta_gradient(Engine(make), W, tasks(), alpha=0.1, steps=1, target="numpy")


class OwnLoss:
    """A loss of one's own for the theory."""

    L = rho = 1.0

    def __init__(self, gradient):
        self.found = gradient

    def value(self, w):
        return 0.0

    def gradient(self, w):
        return self.found

    def hessian(self, w):
        return np.zeros((3, 3))


VECTOR_DOORS = {  # what is called with an array (3,)
    "value": lambda a: LOSS.value(a, X),
    "hvp": lambda a: LOSS.hvp(W, a, X),
    "unflatten": LOSS.unflatten,
    "flatten": lambda a: LOSS.flatten({"a": a}),
    "parameters": lambda a: tm.Loss(linear, {"a": a}),
    "meta_gradient": lambda a: tm.meta_gradient(LOSS, a, tasks(), alpha=0.1, steps=1),
    "adapt": lambda a: tm.adapt(LOSS, a, (TASK,), alpha=0.1, steps=1),
    "engine": run_engine,
    "operation": tm.tanh,
    "sum": tm.sum,
    "transpose": tm.transpose,
    "logsumexp": tm.logsumexp,
    "in a list for an operation": lambda a: tm.mean([a, a]),
    "x + c": with_constant(lambda x, c: x + c),
    "x * c": with_constant(lambda x, c: x * c),
    "x / c": with_constant(lambda x, c: x / c),
    "c + x": with_constant(lambda x, c: c + x),
    "c - x": with_constant(lambda x, c: c - x),
    "c * x": with_constant(lambda x, c: c * x),
    "c / x": with_constant(lambda x, c: c / x),
    "x + [c]": with_constant(lambda x, c: x + [c]),
    "Quadratics": lambda a: problems.Quadratics([[1.0]], [a]),
    "Quadratic": lambda a: theory.Quadratic(np.eye(3), a),
    "CosineSum": lambda a: theory.CosineSum([a], [1.0], [0.0]),
    "LinearRegression": lambda a: problems.LinearRegression(scales=a),
    "RankOneLoss": lambda a: problems.RankOneLoss(a, 1.0),
    "value of a problem's loss": lambda a: theory.Quadratic(np.eye(3), np.zeros(3)).value(a),
    "value of a rank-one loss": lambda a: problems.RankOneLoss(np.ones(3), 1.0).value(a),
    "closed form": lambda a: problems.Quadratics(np.eye(3), np.ones((2, 3))).meta_loss(a, 0.1, 1),
    "instance": lambda a: theory.ResamplingInstance(losses=[BOWL], w=a, alpha=0.1, steps=1),
    "weights": lambda a: theory.ResamplingInstance(
        losses=[BOWL] * 3, w=[1.0], weights=a, alpha=0.1, steps=1
    ),
    "loss of one's own": lambda a: theory.ResamplingInstance(
        losses=[OwnLoss(a)], w=W, alpha=0.1, steps=1
    ),
    "knots": lambda a: theory.PiecewiseHessian(a, [1.0, 1.0, 1.0]),
}
BLOCK_DOORS = {  # what is called with an array (4, 3)
    "data": lambda a: LOSS.value(W, a),
    "gradient": lambda a: LOSS.gradient(W, a, target="cpu"),
    "operation": tm.relu,
    "support": lambda a: tm.Tasks.finite_sum((a,), (TASK,)),
    "x @ c": with_constant(lambda x, c: x @ c),
    "c @ x": with_constant(lambda x, c: c @ tm.transpose(x)),
    "c * x": with_constant(lambda x, c: c * x),
    "x - c": with_constant(lambda x, c: x - c),
    "LogCosh": lambda a: theory.LogCosh(a, np.ones(4), np.ones(4)),
    "CosineSums": lambda a: problems.CosineSums(a, np.ones((1, 4)), np.ones((1, 4))),
    "noise": lambda a: theory.ResamplingInstance(
        losses=[theory.Quadratic(np.eye(3), W)], w=W, noise=a, alpha=0.1, steps=3
    ),
}
MASKED_FIRST = ("c + x", "c - x", "c * x", "c / x")  # a masked array's own rule comes first


def check_refused(door, open_door, kind, kinds, plain):
    """What `kinds[kind]` makes of a plain array is refused there, with advice."""
    make, called, advice = kinds[kind]
    words = rf"{called}, which has rules of its own.*{advice}"
    if kind == "masked" and door in MASKED_FIRST:
        words = "on a traced value|NumPy array from a traced value"
    with pytest.raises(TypeError, match=words):
        open_door(make(plain))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("door", VECTOR_DOORS)
def test_vectors(door, kind):
    check_refused(door, VECTOR_DOORS[door], kind, KINDS, np.full(3, 0.5))


@pytest.mark.parametrize("kind", TWO_DIMENSIONS)
@pytest.mark.parametrize("door", BLOCK_DOORS)
def test_blocks(door, kind):
    check_refused(door, BLOCK_DOORS[door], kind, TWO_DIMENSIONS, np.full((4, 3), 0.5))


# ---- what is advised makes an array that is taken


@pytest.mark.parametrize("kind", TWO_DIMENSIONS)
def test_what_is_advised_for_an_array_with_rules_of_its_own(kind):
    make, *_ = TWO_DIMENSIONS[kind]
    a = make(np.full((4, 3), 0.5))
    with pytest.raises(TypeError) as refused:
        LOSS.value(W, a)
    expression = re.search(r": write ([^,]*)", str(refused.value))[1]
    plain = eval(expression, {"np": np, "x": a})
    assert np.isfinite(LOSS.value(W, plain))


RECORDS = np.array([(1.0, 2, 0.5), (3.0, 4, 0.5)], [("a", "f8"), ("b", "i8"), ("c", "f4")])


@pytest.mark.parametrize(
    "x",
    [
        np.ones((4, 3), int),
        np.ones((4, 3), bool),
        np.ones((4, 3), complex),
        np.full((4, 3), "0.5"),
        np.ones((4, 3), object),
        RECORDS,
        [[0.5, 0.5, 0.5]],
        ((0, 1, 2), (1.0, 2.0, 3.0)),
    ],
    ids=["whole", "bool", "complex", "text", "objects", "records", "list", "tuple"],
)
def test_what_is_advised_for_other_types(x):
    with pytest.raises(TypeError) as refused:
        LOSS.value(W, x)
    plain = eval(str(refused.value).split(": write ")[1], {"np": np, "x": x})
    assert np.isfinite(LOSS.value(W, plain))


@pytest.mark.parametrize(
    "x",
    [
        np.array([["red", "green", "blue"]]),
        np.array([[{}, 0.5, 0.5]], object),
        np.array([(1.0, "red")], [("a", "f8"), ("b", "U3")]),
    ],
    ids=["text", "objects", "records"],
)
def test_what_is_no_number_becomes_one_hot_rows(x):
    with pytest.raises(TypeError, match="it contains what is no number: .*one-hot rows"):
        LOSS.value(W, x)


@pytest.mark.parametrize("x", ["text", None, {}, {1.0}, [[{}]], ["a"]], ids=repr)
def test_what_is_no_array_at_all_gets_no_advice(x):
    with pytest.raises(TypeError, match=r"expected a NumPy array$"):
        LOSS.value(W, x)


# ---- numbers that a float cannot hold

LONG = pytest.mark.skipif(
    np.finfo(np.longdouble).max == np.finfo(float).max, reason="longdouble is float64 here"
)
HUGE, TINY = np.longdouble("1e4000"), np.longdouble("1e-4000")


@LONG
@pytest.mark.parametrize("use", ["x + c", "x * c", "x / c", "c - x", "c / x"])
@pytest.mark.parametrize("c", [HUGE, TINY, np.full(3, HUGE), np.array([1.0, TINY, 1.0])], ids=repr)
def test_constants_that_float64_cannot_hold(use, c):
    with pytest.raises(tm.TraceError, match="does not fit float64"):
        VECTOR_DOORS[use](c)


@LONG
def test_arrays_that_float64_cannot_hold():
    a = np.full((4, 3), HUGE)
    with pytest.raises(ValueError, match="x contains numbers too large for float64"):
        LOSS.value(W, a)
    with pytest.raises(ValueError, match="A contains numbers too large for float64"):
        problems.Quadratics([[HUGE]], [[0.0]])
    with pytest.raises(TypeError, match="w is of type .*; expected float32 or float64"):
        LOSS.value(np.full(3, HUGE), np.ones((4, 3)))
