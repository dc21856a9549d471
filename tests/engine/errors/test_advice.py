"""What the messages advise to write is run as it stands: value, gradient, Hessian-vector product
and a meta-step, at 0, at ties and far out."""

import math
import operator
from typing import Callable, NamedTuple

import numpy as np
import pytest

import tinymaml as tm
from helpers.checks import MACHINES
from tinymaml.engine.errors.advice import ADVICE, INSTEAD, OPERATIONS, instead

pytestmark = [pytest.mark.core, pytest.mark.lesson_01]

NOT_A_VALUE = {"shape", "size"}
WRITTEN = [names for names, advice in ADVICE.items() if advice.code]


class Case(NamedTuple):
    """What an expression should compute, and where that is looked at."""

    function: Callable  # of x, or x and z
    points: list  # (x,) or (x, z) each
    numbers: dict = {}  # what its other letters stand for
    off: float = 0.0  # how far from the function it may be: what is only near says so


def each(values):
    return [(np.array([[value]]),) for value in values]


def pairs(values):
    return [(np.array([[x]]), np.array([[z]])) for x, z in values]


FAR = each([-50.0, -3.0, -1.0, -0.3, 0.0, 0.3, 1.0, 3.0, 6.0, 50.0])
BESIDE = each([-50.0, -0.3, 0.3, 50.0])  # a jump
ABOVE = each([0.3, 1.0, 3.0, 50.0])
TWO = pairs([(0.0, 0.0), (1.0, 1.0), (0.3, -2.0), (50.0, -50.0), (-50.0, 50.0)])
QUOTIENTS = pairs([(0.0, 1.0), (1.0, 1.0), (0.3, -2.0), (50.0, -50.0), (-50.0, 0.5)])
ROWS = [
    (np.array([row]),)
    for row in ([0.0, 0.0, 0.0], [1.0, 1.0, 1.0], [50.0, 50.0, -50.0], [0.3, -0.2, 1.0])
]
TWO_ROWS = [(x, z[:, ::-1].copy()) for (x,), (z,) in zip(ROWS, ROWS[1:] + ROWS[:1], strict=True)]
POSITIVE_ROWS = [(np.array([row]),) for row in ([1.0, 1.0, 1.0], [50.0, 0.3, 2.0])]
BLOCKS = [(np.vstack([x, z]),) for (x,), (z,) in zip(ROWS, ROWS[1:] + ROWS[:1], strict=True)]
SQUARES = [(np.diag(x[0]) + 1.0,) for (x,) in ROWS]
PRODUCTS = [(x, z.T) for (x,), (z,) in zip(BLOCKS, BLOCKS[1:] + BLOCKS[:1], strict=True)]
ONE_HOT = np.array([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]])
MASK = np.array([[1.0, 0.0, 1.0]])


def elu(x):
    return np.where(x > 0, x, np.expm1(np.minimum(x, 0)))


def gelu(x):
    return 0.5 * x * (1 + np.vectorize(math.erf)(x / math.sqrt(2)))


def log_softmax(x):
    x = x - x.max(1, keepdims=True)
    return x - np.log(np.exp(x).sum(1, keepdims=True))


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def row_max(x):
    return x.max(1, keepdims=True)


def row_min(x):
    return x.min(1, keepdims=True)


CASES = {
    "maximum fmax": Case(np.maximum, TWO),
    "minimum fmin": Case(np.minimum, TWO),
    "clip clamp": Case(lambda x: np.clip(x, -1.0, 3.0), FAR, dict(a=-1.0, b=3.0)),
    "abs absolute fabs": Case(np.abs, FAR),
    "heaviside": Case(lambda x: np.heaviside(x, 0.5), BESIDE),
    "sign": Case(np.sign, BESIDE),
    "max amax": Case(row_max, ROWS, dict(c=5.0), off=math.log(3) / 5),
    "min amin": Case(row_min, ROWS, dict(c=5.0), off=math.log(3) / 5),
    "where": Case(lambda x, z: np.where(MASK == 1, x, z), TWO_ROWS, dict(m=MASK)),
    "power float_power pow": Case(lambda x: np.power(x, 2.5), ABOVE, dict(n=2.5)),
    "prod": Case(np.prod, POSITIVE_ROWS),
    "log1p": Case(np.log1p, each([-0.7, 0.0, 0.3, 50.0])),
    "log2": Case(np.log2, ABOVE),
    "log10": Case(np.log10, ABOVE),
    "expm1": Case(np.expm1, FAR),
    "exp2": Case(np.exp2, FAR),
    "logaddexp": Case(np.logaddexp, TWO),
    "tan": Case(np.tan, FAR),
    "sinh": Case(np.sinh, FAR),
    "cosh": Case(np.cosh, FAR),
    "multiply": Case(np.multiply, TWO),
    "add": Case(np.add, TWO),
    "subtract": Case(np.subtract, TWO),
    "divide true_divide": Case(np.divide, QUOTIENTS),
    "negative": Case(np.negative, FAR),
    "positive": Case(np.positive, FAR),
    "dot matmul mm": Case(np.matmul, PRODUCTS),
    "inner": Case(lambda x, z: np.inner(x[0], z[0]), TWO_ROWS),
    "vdot": Case(np.vdot, TWO_ROWS),
    "outer": Case(lambda x, z: np.outer(x[0], z[0]), TWO_ROWS),
    "trace": Case(np.trace, SQUARES, dict(n=3)),
    "average": Case(np.average, ROWS),
    "var": Case(np.var, ROWS),
    "std": Case(np.var, ROWS),
    "norm": Case(lambda x: np.sum(x * x), ROWS),
    "leaky_relu": Case(lambda x: np.where(x > 0, x, 0.01 * x), FAR),
    "relu6": Case(lambda x: np.clip(x, 0.0, 6.0), FAR),
    "elu": Case(elu, FAR),
    "gelu": Case(gelu, FAR, off=0.0005),
    "silu swish": Case(lambda x: x * sigmoid(x), FAR),
    "expit": Case(sigmoid, FAR),
    "log_sigmoid logsigmoid": Case(lambda x: -np.logaddexp(0.0, -x), FAR),
    "softmax": Case(lambda x: np.exp(log_softmax(x)), BLOCKS),
    "log_softmax": Case(log_softmax, BLOCKS),
    "cross_entropy": Case(
        lambda x: -np.mean(np.sum(ONE_HOT * log_softmax(x), axis=1)), BLOCKS, dict(y=ONE_HOT)
    ),
    "binary_cross_entropy binary_cross_entropy_with_logits": Case(
        lambda x: np.mean(np.logaddexp(0.0, np.where(MASK == 1, -x, x))), ROWS, dict(y=MASK)
    ),
    "mse mse_loss": Case(lambda x: np.mean((x - MASK) ** 2), ROWS, dict(y=MASK)),
    "dropout": Case(lambda x: x * MASK, ROWS, dict(m=MASK)),
    "reshape view": Case(lambda x: x.reshape(3, 2), BLOCKS, dict(rows=3, columns=2)),
    "flatten ravel": Case(lambda x: x.reshape(1, 6), BLOCKS),
    "cumsum": Case(lambda x: x.cumsum(0), BLOCKS),
    "swapaxes t": Case(np.transpose, BLOCKS),
    "copy": Case(np.copy, FAR),
    "item": Case(np.copy, FAR),
    "sqrt": Case(np.sqrt, ABOVE),
    "log": Case(np.log, ABOVE),
}
EACH = pytest.mark.parametrize("names", CASES)


def evaluate(names, values):
    """The advised expression, as it stands. values: what its letters stand for."""
    return eval(ADVICE[names].code, dict(tm=tm, np=np, math=math), values)


class Advised:
    """An advised expression, its results weighted and added, as a function of x, or of x and z."""

    def __init__(self, names):
        self.names = names
        self.case = CASES[names]
        self.shapes = {name: a.shape for name, a in zip("xz", self.case.points[0], strict=False)}
        with np.errstate(all="ignore"):
            result = np.atleast_2d(self.on_arrays(self.case.points[0]))
        self.weights = np.linspace(0.5, 1.5, result.size).reshape(result.shape)
        params = {name: np.zeros(shape) for name, shape in self.shapes.items()}
        self.loss = tm.Loss(self.weigh, params)
        self.task_loss = tm.Loss(
            lambda p, d, size: size * self.weigh(p) + 0.5 * tm.sum(tm.square(p["x"] - d)), params
        )

    def on_arrays(self, arrays):
        """The expression on plain arrays."""
        return evaluate(
            self.names, dict(zip(self.shapes, arrays, strict=True), **self.case.numbers)
        )

    def weigh(self, p):
        values = {name: p[name] for name in self.shapes}
        return tm.sum(self.weights * evaluate(self.names, values | self.case.numbers))

    def arrays(self, w):
        parts = zip(self.loss.split(w), self.shapes.values(), strict=True)
        return [part.reshape(shape) for part, shape in parts]

    def right(self, w):
        """What the loss should be; of what is only near, what the expression makes of arrays."""
        function = self.on_arrays if self.case.off else lambda a: self.case.function(*a)
        return float(np.sum(self.weights * function(self.arrays(w))))

    def vectors(self):
        return [np.concatenate([a.ravel() for a in point]) for point in self.case.points]


def one_sided(f, h):
    """The first two derivatives of f at 0, from values on one side of it, 0, h, ..., 4h."""
    f = np.array([f(k * h) for k in range(5)])
    return f @ [-25, 48, -36, 16, -3] / (12 * h), f @ [35, -104, 114, -56, 11] / (12 * h * h)


def test_every_expression_has_a_case():
    assert set(CASES) | NOT_A_VALUE == set(WRITTEN)


@EACH
def test_values(names):
    advised = Advised(names)
    for point, w in zip(advised.case.points, advised.vectors(), strict=True):
        want = np.atleast_2d(advised.case.function(*point))
        got = np.atleast_2d(advised.on_arrays(point))
        assert got.shape == want.shape
        allowed = 1e-12 * (1 + np.abs(want)) + advised.case.off
        assert (np.abs(got - want) <= allowed).all(), (point, got, want)
        scale = 1 + np.abs(advised.weights * got).sum()
        assert abs(advised.loss.value(w) - np.sum(advised.weights * got)) <= 1e-12 * scale


@EACH
def test_gradients_and_products_lie_between_the_derivatives_of_both_sides(names):
    advised = Advised(names)
    for w in advised.vectors():
        size = 1 + abs(advised.right(w))
        gradient = advised.loss.gradient(w)
        for direction in np.eye(len(w)):

            def along(t, w=w, direction=direction):
                return advised.right(w + t * direction)

            right, left = one_sided(along, 1e-3), one_sided(along, -1e-3)
            curvature = advised.loss.hvp(w, direction) @ direction
            for got, one, other in zip((gradient @ direction, curvature), right, left, strict=True):
                low, high = min(one, other), max(one, other)
                assert low - 1e-5 * size <= got <= high + 1e-5 * size, (w, direction)


@EACH
def test_products_are_symmetric(names):
    advised = Advised(names)
    for w in advised.vectors():
        hessian = np.array([advised.loss.hvp(w, e) for e in np.eye(len(w))])
        assert np.allclose(hessian, hessian.T, rtol=1e-10, atol=1e-12)


@MACHINES
@EACH
def test_a_meta_step(names, target):
    advised = Advised(names)
    loss, alpha = advised.task_loss, 0.1
    for w in advised.vectors():
        steepest = np.abs(advised.loss.gradient(w)).max()
        size = np.array([[0.1 / max(1.0, steepest)]])  # the step stays where w is
        data = advised.arrays(w)[0] + 0.5, size
        tasks = tm.Tasks.finite_sum(*2 * [tuple(array[None] for array in data)])
        got = tm.meta_gradient(loss, w, tasks, alpha=alpha, steps=1, target=target).gradient
        following = w - alpha * loss.gradient(w, *data)
        outer = loss.gradient(following, *data)
        want = outer - alpha * loss.hvp(w, outer, *data)
        assert np.isfinite(got).all()
        assert np.allclose(got, want, rtol=1e-10, atol=1e-12)


@MACHINES
def test_the_lasso_at_0(target):
    """(xw - y)² / 2 + 0.01 |w| at w = 0 with x = y = 1: the step is 0.1, the slope there -0.89,
    and I - alpha H is 0.9."""
    code = INSTEAD["abs"].code

    def lasso(p, x, y):
        size = tm.sum(eval(code, {"tm": tm}, {"x": p["w"]}))
        return 0.5 * tm.sum(tm.square(x * p["w"] - y)) + 0.01 * size

    one = np.ones((1, 1, 1))
    tasks = tm.Tasks.finite_sum((one, one), (one, one))
    loss = tm.Loss(lasso, {"w": np.zeros(1)})
    r = tm.meta_gradient(loss, np.zeros(1), tasks, alpha=0.1, steps=1, target=target)
    assert r.gradient == pytest.approx([-0.801], rel=1e-14)


@pytest.mark.parametrize("name", sorted(NOT_A_VALUE))
def test_shapes_are_known_while_tracing(name):
    found = []

    def loss(p):
        found.append(eval(ADVICE[name].code, {}, {"x": p["x"]}))
        return tm.sum(p["x"])

    x = np.ones((2, 3))
    tm.Loss(loss, {"x": x}).value(np.ones(6))
    assert found == [getattr(x, name)]


# ---- the words


def test_every_name_is_in_one_entry_and_says_what_to_write():
    names = [name for names in ADVICE for name in names.split()]
    assert len(names) == len(set(names)) == len(INSTEAD)
    for name, advice in INSTEAD.items():
        assert advice.code in instead(name)
        assert instead(name).split()[0] in ("write", "make", "compute", "it", "leave")


@pytest.mark.parametrize("name", [*INSTEAD, "LeakyReLU", "nothing_like_it"])
def test_a_name_that_the_package_lacks_gets_the_same_advice(name):
    if hasattr(tm, name):
        return
    with pytest.raises(AttributeError) as caught:
        getattr(tm, name)
    advice = instead({"LeakyReLU": "leaky_relu"}.get(name, name))
    assert str(caught.value) == f"tinymaml has no {name}; {advice}"


@pytest.mark.parametrize(
    "name, meant",
    [
        ("metagradient", "did you mean tm.meta_gradient?"),
        ("Task", "did you mean tm.Tasks?"),
        ("logSumExp", "did you mean tm.logsumexp?"),
        ("sine", "did you mean tm.sin?"),
        ("soft_maxx", "did you mean tm.softmax?"),
        ("leaky_reluu", "did you mean leaky_relu? For it write 0.01 * x + 0.99 * tm.relu(x)"),
        ("theory", "write `from tinymaml import theory`"),
    ],
)
def test_a_name_near_another_says_which(name, meant, monkeypatch):
    monkeypatch.delattr(tm, name, raising=False)  # what another test has imported
    with pytest.raises(AttributeError) as caught:
        getattr(tm, name)
    assert meant in str(caught.value)


def test_names_with_an_underscore_are_not_there_as_in_any_module():
    with pytest.raises(AttributeError, match="module 'tinymaml' has no attribute '_repr_html_'"):
        operator.attrgetter("_repr_html_")(tm)


def test_the_table_knows_all_operations():
    assert set(OPERATIONS) == {name for name in tm.__all__ if name.islower()} - {
        "meta_gradient",
        "adapt",
        "evaluate",
        "maml_resampling",
        "maml_finite_sum",
    }
