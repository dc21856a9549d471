"""`tm.Loss`: a function that knows its value, its gradient and its Hessian-vector product."""

import inspect
from typing import Any, Callable, Hashable, NoReturn, TypeAlias, TypeVar

import numpy as np

from . import numpy_machine
from .errors.arguments import check_array, check_vector, to_precision
from .errors.constants import check_constants
from .errors.parameters import check_parameters, flat_parameters
from .errors.tracing import TraceError
from .instructions import Block
from .sweeps import program
from .tape import Tape, Var
from .targets import check_target, evaluate_compiled

Shapes: TypeAlias = tuple[tuple[int, int], ...]  # of the data
T = TypeVar("T")

FLOAT64 = np.dtype(float)
CACHE_SIZE = 32  # shapes of data and plans kept; the oldest goes first


class Parameters(dict[str, Var]):
    """The parameters as a loss sees them; a name that does not exist says which do."""

    def __missing__(self, name: str) -> NoReturn:
        raise TraceError(f"there is no parameter {name!r}; the parameters are {', '.join(self)}")


class Loss:
    """A scalar loss, traced once for each shape of data.

    function: (p, *data) -> 1 x 1, written with `tinymaml`'s operations; p is a dict of the
    parameters, data are 2-D arrays. params: dict name -> array (at most 2-D; a 1-D array acts as
    one row): gives names and shapes only, in insertion order. Numbers and arrays that the function
    takes from elsewhere are constants: they are read when it is traced, so for other ones make
    another `Loss`.

    Vectors `w` have length P (`loss.size`), float32 or float64; that is the precision of the
    computation, and the data (floats, finite, 2-D) are converted to it. All methods take
    `target="numpy"` (default), `"cpu"` or `"cuda"`. Raises `tm.TraceError` for what cannot be
    traced, TypeError or ValueError for unfit arguments.
    """

    def __init__(self, function: Callable[..., Var | np.ndarray], params: dict[str, np.ndarray]):
        if not callable(function):
            raise TypeError(
                f"function is {type(function).__name__}; a loss is a function (p, *data) -> 1 x 1"
            )
        self.function = function
        self.shapes = check_parameters(params)
        sizes = [np.prod(shape, dtype=int) for shape in self.shapes.values()]
        *self.cuts, self.size = np.cumsum(sizes).tolist()  # where w is cut into parameters
        self.tapes: dict[Shapes, Tape] = {}
        self.plans: dict[Hashable, Any] = {}  # of the compiled machine
        self.names: dict[int, list[str]] = {}  # of the data: how many -> their names

    def __getstate__(self) -> dict[str, Any]:
        """A copy traces and plans for itself."""
        return self.__dict__ | {"tapes": {}, "plans": {}, "names": {}}

    def __repr__(self) -> str:
        shapes = ", ".join(f"{name} {shape}" for name, shape in self.shapes.items())
        return f"Loss({self.name}, {self.size} parameters: {shapes})"

    @property
    def name(self) -> str:
        return getattr(self.function, "__name__", type(self.function).__name__)

    def flatten(self, params: dict[str, np.ndarray]) -> np.ndarray:
        """dict of arrays -> (P,). float32 if all of them are, else float64."""
        return np.concatenate(flat_parameters(params, self.shapes))

    def unflatten(self, w: np.ndarray) -> dict[str, np.ndarray]:
        """(P,) -> dict of arrays with the original shapes (copies)."""
        check_vector("w", w, self.size)
        params = {}
        for (name, shape), part in zip(self.shapes.items(), self.split(w), strict=True):
            params[name] = part.reshape(shape).copy()
        return params

    def split(self, vector: np.ndarray) -> list[np.ndarray]:
        """A vector (P,) as one flat part for each parameter."""
        return np.split(vector, self.cuts)

    def value(self, w: np.ndarray, *data: np.ndarray, target: str = "numpy") -> float:
        """The loss at w, a float."""
        value: float = self.compute("value", w, None, data, target)
        return value

    def gradient(self, w: np.ndarray, *data: np.ndarray, target: str = "numpy") -> np.ndarray:
        """∇loss at w, (P,)."""
        gradient: np.ndarray = self.compute("gradient", w, None, data, target)
        return gradient

    def hvp(
        self, w: np.ndarray, v: np.ndarray, *data: np.ndarray, target: str = "numpy"
    ) -> np.ndarray:
        """∇²loss(w) · v, (P,), with v of shape (P,) and the precision of w; no Hessian is
        formed."""
        product: np.ndarray = self.compute("hvp", w, v, data, target)
        return product

    def compute(
        self,
        result: str,
        w: np.ndarray,
        v: np.ndarray | None,
        data: tuple[np.ndarray, ...],
        target: str,
    ) -> Any:
        """The "value", "gradient" or "hvp" (along v) at w, all arguments checked."""
        check_target(target)
        check_vector("w", w, self.size)
        if result == "hvp":
            check_vector("v", v, self.size, w.dtype)
        tape = self.tape_of(self.check_data(data), w.dtype)
        names = self.data_names(len(data))
        arrays = [to_precision(name, x, w.dtype) for name, x in zip(names, data, strict=True)]
        if target == "numpy":
            return self.compute_on_numpy(result, tape, w, v, arrays)
        return evaluate_compiled(target, self, result, tape, w, v, arrays)

    def compute_on_numpy(
        self, result: str, tape: Tape, w: np.ndarray, v: np.ndarray | None, data: list[np.ndarray]
    ) -> float | np.ndarray:
        """The same on the NumPy machine."""
        blocks = self.parameter_blocks(tape, "", w)
        blocks |= {(slot, ""): x for slot, x in zip(tape.data, data, strict=True)}
        blocks |= {(slot, ""): array.astype(w.dtype) for slot, array in tape.constants.items()}
        blocks[tape.loss, "bar"] = np.ones((1, 1), w.dtype)
        names = [result]
        if v is not None:
            blocks |= self.parameter_blocks(tape, "dot", v)
            names = ["gradient", "hvp"]
        numpy_machine.run(tape, program(tape, *names), blocks, w.dtype)
        if result == "value":
            return float(blocks[tape.loss, ""].item())
        plane = "bar" if result == "gradient" else "bar_dot"
        parts = []
        for slot in tape.parameters:
            unused = np.zeros(tape.shapes[slot], w.dtype)  # a parameter that the loss does not use
            parts.append(blocks.get((slot, plane), unused).ravel())
        return np.concatenate(parts)

    def parameter_blocks(
        self, tape: Tape, plane: str, vector: np.ndarray
    ) -> dict[Block, np.ndarray]:
        """A vector (P,) as the blocks of this plane of the parameters."""
        blocks = {}
        for slot, part in zip(tape.parameters, self.split(vector), strict=True):
            blocks[slot, plane] = part.reshape(tape.shapes[slot])
        return blocks

    # ---- tapes, one for each shape of data

    def tape(self, *data: np.ndarray) -> Tape:
        """The tape for data of these shapes: `print(tape)`, `print(tape.listing("hvp"))`."""
        return self.tape_of(self.check_data(data))

    def check_data(self, data: tuple[np.ndarray, ...]) -> Shapes:
        """Refuse data that are not 2-D arrays of finite floats -> their shapes."""
        for name, x in zip(self.data_names(len(data)), data, strict=True):
            check_array(name, x, 2)
        return tuple(x.shape for x in data)

    def data_names(self, n: int) -> list[str]:
        """The names of the loss's data arguments; raises if the loss does not take n of them."""
        return remember(self.names, n, lambda: argument_names(self.function, self.name, n))

    def tape_of(self, shapes: Shapes, dtype: np.dtype = FLOAT64) -> Tape:
        """The cached tape for data of these 2-D shapes; raises if its constants do not fit the
        precision."""
        tape = remember(self.tapes, shapes, lambda: self.trace(shapes))
        if dtype not in tape.exact_in:
            check_constants(tape, dtype)
            tape.exact_in.add(dtype)
        return tape

    def plan(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """The cached plan of the compiled machine (compiled/plan.py) under this key."""
        return remember(self.plans, key, make)

    def trace(self, shapes: Shapes) -> Tape:
        """A new tape: the function, called once with traced values."""
        tape = Tape(self.name)
        p = Parameters()
        for name, shape in self.shapes.items():
            p[name] = tape.add_slot(shape, name, active=True)
        names = self.data_names(len(shapes))
        data = [tape.add_slot(shape, name) for shape, name in zip(shapes, names, strict=True)]
        tape.parameters = [x.slot for x in p.values()]
        tape.data = [x.slot for x in data]
        tape.depends_on_data.update(tape.data)
        loss = self.check_result(self.function(p, *data), tape)
        if loss.slot in tape.parameters:
            loss = loss * 1.0  # a parameter alone: give the loss a slot of its own
        tape.loss = loss.slot
        return tape

    def check_result(self, loss: object, tape: Tape) -> Var:
        """Refuse what is no loss: not traced here, independent of the parameters, not 1 x 1."""
        code = getattr(self.function, "__code__", None)
        line = f"line {code.co_firstlineno}: {self.name}" if code else self.name
        if not isinstance(loss, (Var, int, float, np.ndarray, np.generic)):
            raise TraceError(
                f"{self.name} returns {type(loss).__name__}; a loss returns a traced 1 x 1 value",
                line,
            )
        if not isinstance(loss, Var) or loss.tape is not tape or not loss.active:
            raise TraceError(
                f"{self.name} returns a value that does not depend on its parameters", line
            )
        if loss.block_shape != (1, 1):
            rows, columns = loss.block_shape
            raise TraceError(
                f"{self.name} returns a {rows} x {columns} block; "
                "a loss is 1 x 1: end with tm.mean(...) or tm.sum(...)",
                line,
            )
        return loss


def argument_names(function: Callable[..., Any], name: str, n: int) -> list[str]:
    """["x", "y"] for a function (p, x, y) and n = 2.

    Raises TypeError if it does not take n arguments after the first.
    """
    try:
        bound = inspect.signature(function).bind(None, *[None] * n)
    except TypeError:
        raise TypeError(
            f"{name}{inspect.signature(function)} got {n} data array{'' if n == 1 else 's'} "
            "after the parameters"
        ) from None
    except ValueError:  # a function of C without a signature
        return [f"data {k}" for k in range(n)]
    names: list[str] = []
    for argument, value in list(bound.arguments.items())[1:]:
        if isinstance(value, tuple):  # *data
            names += [f"{argument}[{k}]" for k in range(len(value))]
        else:
            names.append(argument)
    return names


def remember(cache: dict[Any, T], key: Hashable, make: Callable[[], T]) -> T:
    """cache[key], made if it is not there; the oldest entry goes when there are too many.

    Safe in several threads: all of them get the same entry.
    """
    value = cache.get(key)
    if value is None:
        value = cache.setdefault(key, make())
        for old in list(cache)[:-CACHE_SIZE]:
            cache.pop(old, None)
    return value
