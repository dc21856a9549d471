"""`tm.Tasks`: the samples of B tasks, checked once."""

import numpy as np

from ..engine.compiled.blocks import packing
from ..engine.errors.arguments import PRECISIONS, check_array, to_precision


class Tasks:
    """The samples of a meta-batch of B tasks, a copy of the arrays given. Make one with
    `Tasks.finite_sum` or `Tasks.resampled`.

    inner, hessian, outer: tuples of arrays (read-only), one for each data argument of the loss.
    `fresh` says whether every inner step has its own samples. `packed`: the same numbers as the
    compiled machine wants them, a row for each task (None while the arrays are not all float32, or
    all float64).
    """

    def __init__(self, inner, hessian, outer, fresh):
        self.fresh, self.size, self.steps = (
            fresh,
            len(outer[0]),
            inner[0].shape[1] if fresh else None,
        )
        none = fresh and self.steps == 0  # no inner steps, no samples for them
        self.shapes = tuple(
            tuple(a.shape[-2:] for a in part)
            for part in (() if none else inner, () if none else hessian, outer)
        )
        parts = [inner, hessian if fresh else (), outer]
        arrays, dtypes = sum(parts, ()), {a.dtype for part in parts for a in part}
        self.packed, self.others = None, {}
        if len(dtypes) == 1 and dtypes <= PRECISIONS:
            layout = packing(
                *dtypes,
                tuple((*(a.shape[1:2] if a.ndim == 4 else [1]), *a.shape[-2:]) for a in arrays),
            )
            self.packed, views = layout.pack(arrays, self.size)
            copied = [view.reshape(a.shape) for view, a in zip(views, arrays)]
        else:
            copied = [a.copy() for a in arrays]
        for a in copied:
            a.flags.writeable = False
        copied = iter(copied)
        self.inner, self.hessian, self.outer = (tuple(next(copied) for _ in part) for part in parts)
        self.hessian = self.hessian or self.inner

    def __reduce__(self):  # a copy packs its arrays itself
        return Tasks, (
            self.inner,
            self.hessian if self.fresh else self.inner,
            self.outer,
            self.fresh,
        )

    def __len__(self):
        return self.size

    def __repr__(self):
        return f"Tasks({self.size} tasks, {f'fresh samples for {self.steps} steps' if self.fresh else 'fixed support and query sets'})"

    def astype(self, dtype):
        """The same tasks in another precision, float32 or float64."""
        dtype = np.dtype(dtype)
        if dtype not in PRECISIONS:
            raise TypeError(f"dtype is {dtype}; expected float32 or float64")
        if self.packed is not None and self.packed.dtype == dtype:
            return self
        if dtype not in self.others:
            parts = {"inner": self.inner, "hessian": self.hessian, "outer": self.outer}
            self.others[dtype] = Tasks(
                *(
                    tuple(to_precision(f"{name}[{k}]", a, dtype) for k, a in enumerate(part))
                    for name, part in parts.items()
                ),
                self.fresh,
            )
        return self.others[dtype]

    @classmethod
    def finite_sum(cls, support: tuple[np.ndarray, ...], query: tuple[np.ndarray, ...]) -> "Tasks":
        """Fixed support and query sets. Each a tuple of float arrays (B, rows, columns), as (xs,
        ys); the rows may differ between support and query, not between tasks."""
        support, query = arrays("support", support, 3), arrays("query", query, 3)
        same("query", [*support, *query], 0, "tasks")
        return cls(support, support, query, fresh=False)

    @classmethod
    def resampled(
        cls,
        inner: tuple[np.ndarray, ...],
        hessian: tuple[np.ndarray, ...],
        outer: tuple[np.ndarray, ...],
    ) -> "Tasks":
        """Fresh samples. inner, hessian: tuples of arrays (B, N, rows, columns), set j for step j;
        outer: (B, rows, columns)."""
        inner, hessian = arrays("inner", inner, 4), arrays("hessian", hessian, 4)
        outer = arrays("outer", outer, 3)
        same("outer", [*inner, *hessian, *outer], 0, "tasks")
        same("hessian", [*inner, *hessian], 1, "inner steps")
        return cls(inner, hessian, outer, fresh=True)


def arrays(name, data, dimensions):
    if isinstance(data, (tuple, list)) and not data:
        raise ValueError(
            f"{name} is empty; expected one array for each data argument of the loss: {name}=(x, y)"
        )
    if not isinstance(data, (tuple, list)):
        raise TypeError(
            f"{name} is of type {type(data).__name__}; expected a tuple of arrays, one for each data argument of the loss: {name}=(x, y)"
        )
    for k, a in enumerate(data):
        if not (
            dimensions == 4 and isinstance(a, np.ndarray) and a.ndim == 4 and a.shape[1] == 0
        ):  # steps = 0: no inner samples
            check_array(f"{name}[{k}]", a, dimensions)
    same(name, data, 0, "tasks")
    return tuple(data)


def same(name, data, axis, what):
    counts = [a.shape[axis] for a in data]
    if len(set(counts)) > 1:
        shapes = ", ".join(str(a.shape) for a in data)
        raise ValueError(
            f"{name}: the arrays disagree on the number of {what}: {', '.join(map(str, counts))} (shapes {shapes})"
        )
