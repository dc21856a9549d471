"""`tm.Loss`: a function of parameters and data that knows its value, its gradient and its
Hessian-vector product."""

import inspect
from typing import Callable

import numpy as np

from . import numpy_machine
from .errors.arguments import check_array, check_constants, check_vector, to_precision
from .errors.tracing import TraceError
from .sweeps import program
from .tape import Tape, Var
from .targets import check_target, machine

CACHED = 32  # shapes of data and plans kept; the oldest goes first


class Parameters(dict):
    """The parameters as a loss sees them; a name that does not exist says which do."""

    def __missing__(self, name):
        raise TraceError(f"there is no parameter {name!r}; the parameters are {', '.join(self)}")


class Loss:
    """A scalar loss, traced once for each shape of data.

    function: (p, *data) -> 1 x 1, written with `tinymaml`'s operations; p is a dict of the
    parameters, data are 2-D arrays. params: dict name -> array (at most 2-D; a 1-D array acts as
    one row): gives names and shapes only, in insertion order.

    Vectors `w` have length P (`loss.size`), float32 or float64; that is the precision of the
    computation, and the data (floats, finite, 2-D) are converted to it. All methods take
    `target="numpy"` (default), `"cpu"` or `"cuda"`. Raises `tm.TraceError` for what cannot be
    traced, TypeError or ValueError for unfit arguments.
    """

    def __init__(self, function: Callable, params: dict[str, np.ndarray]):
        if not callable(function):
            raise TypeError(
                f"function is {type(function).__name__}; a loss is a function (p, *data) -> 1 x 1"
            )
        if not isinstance(params, dict) or not params:
            raise TypeError("params is a dict name -> array with at least one entry")
        self.function, self.shapes = function, {}
        for name, a in params.items():
            if not isinstance(name, str):
                raise TypeError(f"params has a key {name!r}; names are strings")
            self.shapes[name] = np.shape(a)
            if len(np.shape(a)) > 2 or 0 in np.shape(a):
                raise ValueError(
                    f"params[{name!r}] has shape {np.shape(a)}; parameters have at most two dimensions, none of them 0"
                )
        *self.cuts, self.size = np.cumsum(
            [np.prod(s, dtype=int) for s in self.shapes.values()]
        ).tolist()  # where w is cut into parameters
        self.tapes, self.plans, self.names = {}, {}, {}

    def __getstate__(self):
        return self.__dict__ | {
            "tapes": {},
            "plans": {},
            "names": {},
        }  # a copy traces and plans for itself

    def __repr__(self):
        return f"Loss({self.name}, {self.size} parameters: {', '.join(f'{k} {s}' for k, s in self.shapes.items())})"

    @property
    def name(self):
        return getattr(self.function, "__name__", type(self.function).__name__)

    def flatten(self, params: dict[str, np.ndarray]) -> np.ndarray:
        """dict of arrays -> (P,). float32 if all of them are, else float64."""
        if list(params) != list(self.shapes):
            raise ValueError(
                f"params has the names {', '.join(params)}; expected, in this order: {', '.join(self.shapes)}"
            )
        arrays = []
        for name, shape in self.shapes.items():
            a = np.asarray(params[name])
            if a.dtype not in (np.float32, np.float64):
                raise TypeError(f"params[{name!r}] is of type {a.dtype}; write .astype(float)")
            if a.shape != shape:
                raise ValueError(f"params[{name!r}] has shape {a.shape}, expected {shape}")
            arrays.append(a.ravel())
        return np.concatenate(arrays)

    def unflatten(self, w: np.ndarray) -> dict[str, np.ndarray]:
        """(P,) -> dict of arrays with the original shapes (copies)."""
        check_vector("w", w, self.size)
        return {
            name: part.reshape(shape).copy()
            for (name, shape), part in zip(self.shapes.items(), np.split(w, self.cuts))
        }

    def value(self, w: np.ndarray, *data: np.ndarray, target: str = "numpy") -> float:
        """The loss at w, a float."""
        return self._run("value", w, None, data, target)

    def gradient(self, w: np.ndarray, *data: np.ndarray, target: str = "numpy") -> np.ndarray:
        """∇loss at w, (P,)."""
        return self._run("gradient", w, None, data, target)

    def hvp(
        self, w: np.ndarray, v: np.ndarray, *data: np.ndarray, target: str = "numpy"
    ) -> np.ndarray:
        """∇²loss(w) · v, (P,), with v of shape (P,) and the precision of w; no Hessian is
        formed."""
        return self._run("hvp", w, v, data, target)

    def tape(self, *data: np.ndarray) -> Tape:
        """The tape for data of these shapes: `print(tape)`, `print(tape.listing("hvp"))`."""
        for name, x in zip(self.data_names(len(data)), data):
            check_array(name, x, 2)
        return self.tape_of(tuple(np.shape(x) for x in data))

    def data_names(self, n):
        """The names of the loss's data arguments; raises if the loss does not take n of them."""
        return remember(self.names, n, lambda: argument_names(self.function, self.name, n))

    def tape_of(self, shapes, dtype=np.float64):
        """The cached tape for data of these 2-D shapes; raises if its constants do not fit this
        precision."""
        tape = remember(self.tapes, shapes, lambda: self._trace(shapes))
        if dtype not in tape.fits:
            check_constants(tape, dtype)
            tape.fits.add(dtype)
        return tape

    def plan(self, key, make):
        """The cached plan of the compiled machine (plan.py) under this key."""
        return remember(self.plans, key, make)

    def _trace(self, shapes):
        tape = Tape()
        tape.title = self.name
        p = Parameters(
            (name, tape.slot((1,) * (2 - len(s)) + s, name, active=True))
            for name, s in self.shapes.items()
        )
        data = [tape.slot(s, name) for s, name in zip(shapes, self.data_names(len(shapes)))]
        tape.parameters, tape.data = [x.slot for x in p.values()], [x.slot for x in data]
        loss = self.function(p, *data)
        line = (
            f"line {code.co_firstlineno}: {self.name}"
            if (code := getattr(self.function, "__code__", None))
            else self.name
        )
        if not isinstance(loss, Var) or loss.tape is not tape or not loss.active:
            raise TraceError(
                f"{self.name} returns a value that does not depend on its parameters"
                if isinstance(loss, (Var, int, float, np.ndarray, np.generic))
                else f"{self.name} returns {type(loss).__name__}; a loss returns a traced 1 x 1 value",
                line,
            )
        if loss.shape != (1, 1):
            raise TraceError(
                f"{self.name} returns a {loss.shape[0]} x {loss.shape[1]} block; "
                "a loss is 1 x 1: end with tm.mean(...) or tm.sum(...)",
                line,
            )
        if loss.slot in tape.parameters:
            loss = (
                loss * 1.0
            )  # a parameter that is itself the loss: give the loss a slot of its own
        tape.loss = loss.slot
        return tape

    def _run(self, result, w, v, data, target):
        check_target(target)
        check_vector("w", w, self.size)
        if result == "hvp":
            check_vector("v", v, self.size, w.dtype)
        names = self.data_names(len(data))
        for name, x in zip(names, data):
            check_array(name, x, 2)
        tape, data = (
            self.tape_of(tuple(x.shape for x in data), w.dtype),
            [to_precision(name, x, w.dtype) for name, x in zip(names, data)],
        )
        return (
            self._numpy(tape, result, w, v, data)
            if target == "numpy"
            else self._compiled(machine(target), tape, result, w, v, data)
        )

    def _numpy(self, tape, result, w, v, data):
        def split(vector, plane):
            return {
                (s, plane): part.reshape(tape.shapes[s])
                for s, part in zip(tape.parameters, np.split(vector, self.cuts))
            }

        blocks = (
            split(w, "")
            | {(s, ""): x for s, x in zip(tape.data, data)}
            | {(tape.loss, "bar"): np.ones((1, 1), w.dtype)}
        )
        blocks |= {(s, ""): a.astype(w.dtype) for s, a in tape.constants.items()} | (
            {} if v is None else split(v, "dot")
        )
        names = ["gradient", "hvp"] if result == "hvp" else [result]
        numpy_machine.run(tape, program(tape, *names), blocks, w.dtype)
        if result == "value":
            return float(blocks[tape.loss, ""].item())
        plane = "bar" if result == "gradient" else "bar_dot"
        nothing = {
            (s, plane): np.zeros(tape.shapes[s], w.dtype) for s in tape.parameters
        }  # a parameter that the loss does not use
        return np.concatenate([(nothing | blocks)[s, plane].ravel() for s in tape.parameters])

    def _compiled(self, machine, tape, result, w, v, data):
        from .compiled.plan import FIRST_ORDER, Plan

        plan = self.plan(
            (result, w.dtype, *(x.shape for x in data)),
            lambda: Plan(w.dtype, 0, FIRST_ORDER, None, None, tape, result=result),
        )
        packed, _ = plan.packing.pack([plan.spaced(v), *data] if result == "hvp" else data, 1)
        r = machine.run(plan, w, packed, 1.0, 1.0)
        return float(r.losses[0]) if result == "value" else r.gradient


def argument_names(function, name, n):
    """["x", "y"] for a function (p, x, y) and n = 2; raises TypeError if it does not take n
    arguments after the first."""
    try:
        bound = inspect.signature(function).bind(None, *[None] * n)
    except TypeError:
        raise TypeError(
            f"{name}{inspect.signature(function)} got {n} data array{'' if n == 1 else 's'} after the parameters"
        ) from None
    except ValueError:  # a function of C without a signature
        return [f"data {k}" for k in range(n)]
    return [
        k if not isinstance(a, tuple) else f"{k}[{i}]"
        for k, a in list(bound.arguments.items())[1:]
        for i in range(len(a) if isinstance(a, tuple) else 1)
    ]


def remember(cache, key, make):
    """cache[key], made if it is not there; the entry made first goes when there are too many. Safe
    in several threads."""
    value = cache.get(key)
    if value is None:
        value = cache.setdefault(key, make())
        for old in list(cache)[:-CACHED]:
            cache.pop(old, None)
    return value
