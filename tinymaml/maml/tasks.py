"""`tm.Tasks`: the samples of B tasks, checked once."""

from typing import Any, Sequence, TypeAlias

import numpy as np
import numpy.typing as npt

from ..engine.errors.arguments import PRECISIONS, check_array, to_precision

Arrays: TypeAlias = tuple[np.ndarray, ...]  # one for each data argument of the loss


class Tasks:
    """The samples of a meta-batch of B tasks, a copy of the arrays given.

    Make one with `Tasks.finite_sum` or `Tasks.resampled`. inner, hessian, outer: tuples of arrays
    (read-only), one for each data argument of the loss. `fresh` says whether every inner step has
    its own samples; if it has, `steps` says how many steps.

    Tasks of different sizes are padded to one, and a mask m, (tasks, rows, 1), becomes one more
    array of data: 1.0 for a row that is there, 0.0 for padding. The loss counts the rows that are
    there; it is then each task's own mean square, to rounding:

        def loss(p, x, y, m):
            r = predict(p, x) - y
            return tm.sum(m * tm.square(r)) / (tm.sum(m) * r.shape[1])

    Pad with numbers for which r is finite: zeros, as a rule. A task whose mask is 0 everywhere
    divides by zero, and its results are NaN.
    """

    def __init__(self, inner: Arrays, hessian: Arrays, outer: Arrays, fresh: bool):
        self.fresh = fresh
        self.size = len(outer[0])
        self.steps = inner[0].shape[1] if fresh else None
        self.inner = read_only_copies(inner)
        self.hessian = read_only_copies(hessian) if fresh else self.inner
        self.outer = read_only_copies(outer)
        parts = [self.inner, self.hessian, self.outer]
        dtypes = {array.dtype for part in parts for array in part}
        self.dtype = dtypes.pop() if len(dtypes) == 1 else None  # None: they differ
        if self.steps == 0:  # no inner steps, no samples for them
            parts = [(), (), self.outer]
        # (rows, columns) of each array of the inner steps, of their Hessians, of the outer loss
        self.shapes = tuple(tuple(array.shape[-2:] for array in part) for part in parts)
        self.in_other_precision: dict[np.dtype, Tasks] = {}
        # for the compiled machines, made when one of them asks
        self.packed_arrays: np.ndarray | None = None

    def pack(self, packing: Any) -> np.ndarray:
        """The same numbers as a compiled machine wants them, (B, length): a row for each task.

        packing: the plan's, which the tasks' shapes decide; the result is kept.
        """
        if self.packed_arrays is None:
            arrays = self.outer
            if self.fresh and self.steps:
                arrays = self.inner + self.hessian + self.outer
            elif not self.fresh:
                arrays = self.inner + self.outer
            self.packed_arrays = packing.pack(arrays, self.size)
        return self.packed_arrays

    def __reduce__(self) -> tuple[Any, ...]:
        """A copy packs its arrays itself."""
        return Tasks, (self.inner, self.hessian, self.outer, self.fresh)

    def __len__(self) -> int:
        return self.size

    def __repr__(self) -> str:
        samples = "fixed support and query sets"
        if self.fresh:
            samples = f"fresh samples for {self.steps} steps"
        return f"Tasks({self.size} tasks, {samples})"

    def astype(self, dtype: npt.DTypeLike) -> "Tasks":
        """The same tasks in another precision, float32 or float64."""
        dtype = np.dtype(dtype)
        if dtype not in PRECISIONS:
            raise TypeError(f"dtype is {dtype}; expected float32 or float64")
        if self.dtype == dtype:
            return self
        if dtype not in self.in_other_precision:
            parts = {"inner": self.inner, "hessian": self.hessian, "outer": self.outer}
            converted = {}
            for name, part in parts.items():
                arrays = [to_precision(f"{name}[{k}]", a, dtype) for k, a in enumerate(part)]
                converted[name] = tuple(arrays)
            self.in_other_precision[dtype] = Tasks(**converted, fresh=self.fresh)
        return self.in_other_precision[dtype]

    @classmethod
    def finite_sum(cls, support: Arrays, query: Arrays) -> "Tasks":
        """Fixed support and query sets. Each a tuple of float arrays (B, rows, columns), as (xs,
        ys); the rows may differ between support and query, not between tasks."""
        support, query = check_arrays("support", support, 3), check_arrays("query", query, 3)
        check_same_length("query", [*support, *query], 0, "tasks")
        return cls(support, support, query, fresh=False)

    @classmethod
    def resampled(cls, inner: Arrays, hessian: Arrays, outer: Arrays) -> "Tasks":
        """Fresh samples. inner, hessian: tuples of arrays (B, N, rows, columns), set j for step j;
        outer: (B, rows, columns)."""
        inner, hessian = check_arrays("inner", inner, 4), check_arrays("hessian", hessian, 4)
        outer = check_arrays("outer", outer, 3)
        check_same_length("outer", [*inner, *hessian, *outer], 0, "tasks")
        check_same_length("hessian", [*inner, *hessian], 1, "inner steps")
        return cls(inner, hessian, outer, fresh=True)


def check_arrays(name: str, data: Arrays, dimensions: int) -> Arrays:
    """A tuple of arrays with so many dimensions, one for each data argument of the loss."""
    expected = f"one array for each data argument of the loss: {name}=(x, y)"
    if not isinstance(data, (tuple, list)):
        raise TypeError(
            f"{name} is of type {type(data).__name__}; expected a tuple of arrays, {expected}"
        )
    if not data:
        raise ValueError(f"{name} is empty; expected {expected}")
    for k, array in enumerate(data):
        if dimensions == 4 and isinstance(array, np.ndarray) and array.ndim == 4:
            if array.shape[1] == 0:  # steps = 0: no inner samples
                continue
        check_array(f"{name}[{k}]", array, dimensions)
    check_same_length(name, data, 0, "tasks")
    return tuple(data)


def check_same_length(name: str, data: Sequence[np.ndarray], axis: int, what: str) -> None:
    """Refuse arrays that disagree on the number of tasks, or of inner steps."""
    counts = [array.shape[axis] for array in data]
    if len(set(counts)) > 1:
        shapes = ", ".join(str(array.shape) for array in data)
        raise ValueError(
            f"{name}: the arrays disagree on the number of {what}: "
            f"{', '.join(map(str, counts))} (shapes {shapes})"
        )


def read_only_copies(arrays: Arrays) -> Arrays:
    return tuple(read_only(array.copy()) for array in arrays)


def read_only(array: np.ndarray) -> np.ndarray:
    """The same numbers, which cannot be changed through what is returned."""
    view = array.view()
    view.flags.writeable = False
    return view
