"""What is timed: five losses, each written once for all implementations, and how many tasks and
inner steps they come with."""

from dataclasses import dataclass
from functools import cached_property, partial
from typing import Callable, NamedTuple

import numpy as np

import tinymaml as tm

from ..problems import networks
from ..problems.sinusoids import Sinusoids
from ..terminal.names import did_you_mean
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
    x = rng.normal(size=(B, 2 * SHOTS, FEATURES))
    teacher = rng.normal(size=(B, FEATURES, CLASSES))
    y = np.eye(CLASSES)[(x @ teacher).argmax(2)]
    return (x[:, :SHOTS], y[:, :SHOTS]), (x[:, SHOTS:], y[:, SHOTS:])


def bowls(rng, B):
    """Symmetric A with eigenvalues from 0.5 to 2, and b."""

    def draw():
        Q, _ = np.linalg.qr(rng.normal(size=(B, DIMENSION, DIMENSION)))
        A = (Q * np.linspace(0.5, 2, DIMENSION)) @ Q.swapaxes(1, 2)
        return A, rng.normal(size=(B, DIMENSION, 1))

    return draw(), draw()


# ---- their parameters: rng -> dict of arrays


def network(*layers):
    return partial(networks.initial, layers=layers)


def classifier(rng):
    return {"W": rng.normal(size=(FEATURES, CLASSES)) / 8, "b": np.zeros(CLASSES)}


def point(rng):
    return {"w": rng.normal(size=(DIMENSION, 1))}


# ---- all together


class Workload(NamedTuple):
    loss: Callable  # (f, p, *data) -> 1 x 1 or a scalar
    initial: Callable
    data: Callable
    alpha: float  # inner stepsize, small enough for all tasks to converge
    sizes: tuple[tuple[int, int], ...]  # (tasks, inner steps)


MLP = ((4, 1), (25, 1), (25, 5), (100, 5), (1000, 5), (100, 10))
# fmt: off
WORKLOADS = {
    "mlp": Workload(regression, network(1, 40, 40, 1), waves, 0.01, MLP),
    "wide": Workload(regression, network(1, 256, 256, 1), waves, 0.001, ((25, 5),)),
    "deep": Workload(regression, network(1, 32, 32, 32, 32, 32, 1), waves, 0.005, ((25, 5),)),
    "softmax": Workload(classification, classifier, labelled, 0.1, ((25, 5),)),
    "quadratic": Workload(quadratic, point, bowls, 0.1, ((25, 5),)),
}
# fmt: on
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
        initial = self.workload.initial(np.random.default_rng(0))
        return {name: a.astype(self.dtype) for name, a in initial.items()}

    @cached_property
    def data(self):
        """(support, query), each a tuple of arrays (tasks, rows, columns)."""
        support, query = self.workload.data(np.random.default_rng(1), self.tasks)
        return self.converted(support), self.converted(query)

    def converted(self, arrays):
        return tuple(a.astype(self.dtype) for a in arrays)

    @cached_property
    def loss(self):
        def function(p, *data):
            return self.workload.loss(tm, p, *data)

        function.__name__ = self.kind
        return tm.Loss(function, self.params)

    @cached_property
    def w(self):
        return self.loss.flatten(self.params)

    @cached_property
    def batch(self):
        return tm.Tasks.finite_sum(*self.data)

    @cached_property
    def meta_gradient(self):
        """What is timed, `cell.meta_gradient()`: one call of tinymaml, as a user writes it."""
        return partial(
            tm.meta_gradient, self.loss, self.w, self.batch, alpha=self.alpha, steps=self.steps
        )

    @cached_property
    def work(self):
        """(flops, bytes) of one meta-gradient of all tasks: see work.py."""
        support, _, query = self.batch.shapes
        inner, outer = self.loss.tape_of(support), self.loss.tape_of(query)
        itemsize = np.dtype(self.dtype).itemsize
        flops, traffic = work(inner, outer, self.loss.size, self.steps, itemsize)
        return self.tasks * flops, self.tasks * traffic


def cells(names=(), dtypes=DTYPES, quick=False, target="cpu"):
    """The cells whose names contain one of `names`; without names all that are for this target. A
    large one can be had on the CPU by its whole name. Raises ValueError, listing the names, if one
    fits none."""
    usual = {}
    for kind, workload in WORKLOADS.items():
        for tasks, steps in workload.sizes:
            usual[f"{kind}-{tasks}x{steps}"] = (kind, tasks, steps)
    every = usual | LARGE

    def fits(name, cell):
        if cell in LARGE and target != "cuda":
            return name == cell
        return name in cell

    for name in names:
        if not any(fits(name, cell) for cell in every):
            raise ValueError(
                f"no cell has {name!r} in its name; "
                f"{did_you_mean(name, [*WORKLOADS, *every])}the cells are {', '.join(every)}"
            )
    if names:
        chosen = [cell for cell in every if any(fits(name, cell) for name in names)]
    elif quick:
        chosen = QUICK
    else:
        chosen = every if target == "cuda" else usual
    return [Cell(*every[cell], dtype) for cell in chosen for dtype in dtypes]
