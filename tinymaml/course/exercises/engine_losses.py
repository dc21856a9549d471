"""The losses that an engine on the blank page 03.engine is asked about, and what is right there.

Each asks for one thing more than those before it, so that the first one that goes wrong tells what
the engine lacks. What is right comes from tinymaml.
"""

import functools
from types import SimpleNamespace
from typing import NamedTuple

import numpy as np


class Case(NamedTuple):
    """A loss, where it is asked for, and what to say where an engine goes wrong on it."""

    loss: str  # an expression in the names of the parameters and the data
    parameters: dict[str, tuple]  # name -> shape
    data: dict[str, tuple]
    gradient_says: str
    hvp_says: str
    crash_says: str = ""  # what this loss asks for that those before it did not
    arrays: dict[str, tuple] = {}  # constants of the loss, in its closure


PRODUCT_RULE = (
    "In a product both factors move. The second terms are missing, a bar times a dot: they are all "
    "that this Hessian has."
)
STRETCHED = (
    "A block that was stretched, a row, a column or a single number, was read once for each row or "
    "column: sum what comes back over the stretched length."
)
READ_TWICE = (
    "A block that is read more than once collects from each reader: add what comes back, do not "
    "overwrite."
)
ORDER = (
    "Here one block is read by others that are read by each other. A block passes back once, after "
    "all its readers have: in the order of the tape, backwards."
)
SIDES = (
    "Numbers and arrays stand on both sides here. `0.5 - a` is `__rsub__`, `-a` is `__neg__`, and "
    "`x @ a` with an array x is `__rmatmul__` (with `__array_ufunc__ = None`): mind which operand "
    "is which."
)
ARRAYS = (
    "C and D are arrays, constants of the loss: `C @ a` is `__rmatmul__`, once `__array_ufunc__ = "
    "None` has told NumPy to stay out of it, and `tanh(D)` and `total(D)` get an array."
)
UNUSED = "The loss does not read `b`. Its gradient is 0, and so is its part of Hv."

LOSSES = [
    Case(
        "total(a * x)",
        dict(a=(2, 2)),
        dict(x=(2, 2)),
        "The derivative of a sum of products with respect to a is the other factor, x.",
        "This loss is linear in a: Hv is 0. Data stand still: the dot of x is 0.",
        "A product of a parameter and data, summed.",
    ),
    Case(
        "total(a * b)",
        dict(a=(2, 2), b=(2, 2)),
        {},
        "Each factor gets the other one.",
        PRODUCT_RULE,
    ),
    Case("total(a * a)", dict(a=(1, 3)), {}, READ_TWICE, READ_TWICE),
    Case(
        "total(a + b - a * b - a)",
        dict(a=(2, 2), b=(2, 2)),
        {},
        "In a difference what is subtracted gets a minus sign; and "
        + READ_TWICE[0].lower()
        + READ_TWICE[1:],
        "The minus sign belongs in the second terms too.",
        "Sums and differences of blocks.",
    ),
    Case(
        "total(0.5 - a * x * (1 - 2 * a) + -(x - a) * a)",
        dict(a=(2, 2)),
        dict(x=(2, 2)),
        SIDES,
        SIDES,
        SIDES,
    ),
    Case(
        "total((a + r) * (a - c) * s)",
        dict(a=(3, 2), r=(1, 2), c=(3, 1), s=(1, 1)),
        {},
        STRETCHED,
        STRETCHED,
        STRETCHED,
    ),
    Case("total(c * r * r)", dict(r=(1, 3), c=(2, 1)), {}, STRETCHED, STRETCHED, STRETCHED),
    Case(
        "total((x @ a) * y)",
        dict(a=(3, 2)),
        dict(x=(4, 3), y=(4, 2)),
        "For y = x @ a what comes back to a is xᵀ @ bar: the other factor transposed, on its own "
        "side.",
        "This loss is linear in a: Hv is 0.",
        SIDES,
    ),
    Case(
        "total((a @ b) * x)",
        dict(a=(2, 3), b=(3, 4)),
        dict(x=(2, 4)),
        "For y = a @ b: a gets bar @ bᵀ, and b gets aᵀ @ bar.",
        PRODUCT_RULE,
    ),
    Case(
        "total(tanh(a))",
        dict(a=(2, 2)),
        {},
        "The slope of tanh is 1 − tanh².",
        "The slope of tanh moves too, as its argument does: you took it for a constant, or lost a "
        "factor of R{1 − y²} = −2 y y_dot.",
        "tanh of a block.",
    ),
    Case(
        "total((h := tanh(a * b)) * (k := h * h + a) + k * h)",
        dict(a=(1, 3), b=(2, 1)),
        {},
        ORDER,
        ORDER,
    ),
    Case(
        "total((C @ a) * tanh(D) - D * (D - a) * a) * total(D)",
        dict(a=(2, 2)),
        {},
        SIDES,
        SIDES,
        ARRAYS,
        dict(C=(2, 2), D=(2, 2)),
    ),
    Case("total(a * a * a)", dict(a=(1, 2), b=(2, 1)), {}, UNUSED, UNUSED, UNUSED),
    Case("a * a", dict(a=(1, 1)), {}, READ_TWICE, READ_TWICE, "A loss without `total`, 1 × 1."),
    Case(
        "total((r := tanh(tanh(x @ U + b) @ V + c) - y) * r) * (1 / x.shape[0])",
        dict(U=(2, 3), b=(1, 3), V=(3, 2), c=(1, 2)),
        dict(x=(5, 2), y=(5, 2)),
        "This is a network: each part passes alone. Look at what only happens together: a block "
        "stretched after a product, a number times a sum.",
        "This is a network: each part passes alone. Do the second terms use the bars and dots of "
        "this very point, and tanh's slope at its own argument?",
        "A network; `x.shape` is the shape of the data.",
    ),
]


def numbers(seed, shape):
    """A block of numbers between ±0.3 and ±1.3, with two decimals."""
    rng = np.random.default_rng(seed)
    signs = rng.choice([-1.0, 1.0], shape)
    return np.round(rng.uniform(0.3, 1.3, shape), 2) * signs


class Instance(NamedTuple):
    """A point at which an engine is asked, and what is right there."""

    parameters: dict
    data: dict
    direction: dict
    w: np.ndarray
    v: np.ndarray
    right: dict  # method -> value


def arrays_of(case):
    """The constants of a loss: name -> array."""
    return {name: numbers(60 + k, shape) for k, (name, shape) in enumerate(case.arrays.items())}


def as_loss(case, words):
    """The loss as a function(p, *data), in somebody's words: tanh and total."""
    code = compile(case.loss, f"<{case.loss}>", "eval")
    constants = arrays_of(case)

    def function(p, *data):
        function.calls += 1
        names = dict(vars(words))
        names.update({name: p[name] for name in case.parameters})
        names.update(zip(case.data, data, strict=True))
        names.update(constants)
        return eval(code, names)

    function.calls = 0
    return function


def make_instance(case, seed, rows=None):
    """An Instance of a case. rows: of the data, in place of those that it has."""
    import tinymaml as tm

    words = SimpleNamespace(tanh=tm.tanh, total=tm.sum)
    parameters = {}
    direction = {}
    data = {}
    for k, (name, shape) in enumerate(case.parameters.items()):
        parameters[name] = numbers(100 * seed + k, shape)
        direction[name] = numbers(100 * seed + 20 + k, shape)
    for k, (name, shape) in enumerate(case.data.items()):
        data[name] = numbers(100 * seed + 40 + k, (rows or shape[0], shape[1]))
    loss = tm.Loss(as_loss(case, words), parameters)
    w = loss.flatten(parameters)
    v = loss.flatten(direction)
    blocks = data.values()
    right = dict(
        value=loss.value(w, *blocks),
        gradient=loss.gradient(w, *blocks),
        hvp=loss.hvp(w, v, *blocks),
    )
    return Instance(parameters, data, direction, w, v, right)


@functools.cache
def instances():
    """For each loss an Instance; for the last one two more, one with other data and one with data
    of another shape; and for the second one more."""
    first = [make_instance(case, k + 1) for k, case in enumerate(LOSSES)]
    again = [make_instance(LOSSES[-1], 50), make_instance(LOSSES[-1], 51, rows=3)]
    return first, again, make_instance(LOSSES[1], 52)
