"""What is timed: five losses, each written once for all implementations, and how many tasks and
inner steps they come with."""

from dataclasses import dataclass
from functools import cached_property
from typing import Callable, NamedTuple

import numpy as np

import tinymaml as tm

from ..problems import networks
from ..problems.sinusoids import Sinusoids
from .work import work

SHOTS = 10  # support points of a task, and as many query points
FEATURES, CLASSES, DIMENSION = 64, 10, 10
DTYPES = ("float32", "float64")


# ---- the losses: f is tinymaml, or a module of a peer's with the same functions


def regression(f, p, x, y):
    """Mean squared error of a tanh network."""
    return f.mean(f.square(networks.forward(p, x, f.tanh) - y))


def classification(f, p, x, y):
    """Cross entropy of softmax regression; y is one-hot."""
    z = x @ p["W"] + p["b"]
    return f.mean(f.logsumexp(z) - f.sum(z * y, axis=1))


def quadratic(f, p, A, b):
    """½ wᵀAw + bᵀw: the data of a task are its own A and b."""
    w = p["w"]
    return 0.5 * (w.T @ A @ w) + b.T @ w


# ---- their data: (rng, B) -> (support, query)


def waves(rng, B):
    tasks = Sinusoids(SHOTS, SHOTS, np.float64).sample(rng, B)
    return tasks.inner, tasks.outer


def labelled(rng, B):
    """Points of a linear classifier that a task draws for itself."""
    x, teacher = rng.normal(size=(B, 2 * SHOTS, FEATURES)), rng.normal(size=(B, FEATURES, CLASSES))
    y = np.eye(CLASSES)[(x @ teacher).argmax(2)]
    return (x[:, :SHOTS], y[:, :SHOTS]), (x[:, SHOTS:], y[:, SHOTS:])


def bowls(rng, B):
    """Symmetric A with eigenvalues from 0.5 to 2."""

    def draw():
        Q = np.linalg.qr(rng.normal(size=(B, DIMENSION, DIMENSION)))[0]
        return (Q * np.linspace(0.5, 2, DIMENSION)) @ Q.swapaxes(1, 2), rng.normal(
            size=(B, DIMENSION, 1)
        )

    return draw(), draw()


class Workload(NamedTuple):
    loss: Callable  # (f, p, *data) -> 1 x 1 or a scalar
    layers: tuple[int, ...]  # of the network; () for none
    data: Callable
    alpha: float  # inner stepsize, small enough for all tasks to converge
    sizes: tuple[tuple[int, int], ...]  # (tasks, inner steps)


WORKLOADS = {
    "mlp": Workload(
        regression,
        (1, 40, 40, 1),
        waves,
        0.01,
        ((4, 1), (25, 1), (25, 5), (100, 5), (1000, 5), (100, 10)),
    ),
    "wide": Workload(regression, (1, 256, 256, 1), waves, 0.001, ((25, 5),)),
    "deep": Workload(regression, (1, 32, 32, 32, 32, 32, 1), waves, 0.005, ((25, 5),)),
    "softmax": Workload(classification, (), labelled, 0.1, ((25, 5),)),
    "quadratic": Workload(quadratic, (), bowls, 0.1, ((25, 5),)),
}
QUICK = ("mlp-25x1", "mlp-25x5", "softmax-25x5")
LARGE = {"mlp-10000x5": ("mlp", 10_000, 5), "mlp-100000x5": ("mlp", 100_000, 5)}  # for a GPU


@dataclass(frozen=True)
class Cell:
    """One workload in one size and one precision."""

    kind: str
    tasks: int
    steps: int
    dtype: str

    name = property(lambda self: f"{self.kind}-{self.tasks}x{self.steps}")
    workload = property(lambda self: WORKLOADS[self.kind])
    alpha = property(lambda self: self.workload.alpha)

    @cached_property
    def params(self):
        rng, layers = np.random.default_rng(0), self.workload.layers
        p = (
            networks.initial(rng, layers)
            if layers
            else {
                "softmax": lambda: {
                    "W": rng.normal(size=(FEATURES, CLASSES)) / 8,
                    "b": np.zeros(CLASSES),
                },
                "quadratic": lambda: {"w": rng.normal(size=(DIMENSION, 1))},
            }[self.kind]()
        )
        return {name: a.astype(self.dtype) for name, a in p.items()}

    @cached_property
    def data(self):
        """(support, query), each a tuple of arrays (tasks, rows, columns)."""
        return tuple(
            tuple(a.astype(self.dtype) for a in part)
            for part in self.workload.data(np.random.default_rng(1), self.tasks)
        )

    @cached_property
    def loss(self):
        function = lambda p, *data: self.workload.loss(tm, p, *data)  # noqa: E731
        function.__name__ = self.kind
        return tm.Loss(function, self.params)

    @cached_property
    def meta_gradient(self):
        """What is timed, `cell.meta_gradient()`: one call of tinymaml, as a user writes it."""
        loss, w, tasks, alpha, steps = self.loss, self.w, self.batch, self.alpha, self.steps
        return lambda **options: tm.meta_gradient(
            loss, w, tasks, alpha=alpha, steps=steps, **options
        )

    @cached_property
    def w(self):
        return self.loss.flatten(self.params)

    @cached_property
    def batch(self):
        return tm.Tasks.finite_sum(*self.data)

    @cached_property
    def work(self):
        """(flops, bytes) of one meta-gradient of all tasks: see work.py."""
        inner, outer = (
            self.loss.tape_of(shapes) for shapes in (self.batch.shapes[0], self.batch.shapes[2])
        )
        return tuple(
            self.tasks * n
            for n in work(inner, outer, self.loss.size, self.steps, np.dtype(self.dtype).itemsize)
        )


def cells(names=(), dtypes=DTYPES, quick=False, target="cpu"):
    """The cells whose names contain one of `names`; without names all that are for this target. A
    large one can be had on the CPU by its whole name. Raises ValueError, listing the names, if one
    fits none."""
    usual = {f"{kind}-{B}x{N}": (kind, B, N) for kind, w in WORKLOADS.items() for B, N in w.sizes}
    every = usual | LARGE
    fits = lambda name, known: (
        name in known if target == "cuda" or known in usual else name == known
    )  # noqa: E731
    for name in names:
        if not any(fits(name, known) for known in every):
            raise ValueError(f"no cell has {name!r} in its name; the cells are {', '.join(every)}")
    chosen = (
        [n for n in every if any(fits(name, n) for name in names)]
        if names
        else QUICK
        if quick
        else every
        if target == "cuda"
        else usual
    )
    return [Cell(*every[n], dtype) for n in chosen for dtype in dtypes]
