"""N-step MAML in plain NumPy: the algorithm to read (lessons 07 and 08).

    ∇𝓛_i(w) = (I − αH_0)(I − αH_1)⋯(I − αH_{N−1}) ∇l_i(w̃_N)      (G_i in algorithms.py)

It runs any object that has value, gradient and hvp: a `tm.Loss`, or the learner's own engine.
`target="cpu"` and `"cuda"` run the same two loops compiled (engine/compiled/inner_loop.py).
"""

from typing import Any, Callable, Protocol, TypeAlias

import numpy as np

from ..engine.errors.plain import to_array
from .tasks import Arrays, Tasks

Vector: TypeAlias = np.ndarray  # (P,)
Samples: TypeAlias = Callable[[int], Arrays]  # j -> the data of step j


class Differentiable(Protocol):
    """What is asked of a loss: value(w, *data), gradient(w, *data) and hvp(w, v, *data)."""

    @property
    def value(self) -> Callable[..., float]: ...

    @property
    def gradient(self) -> Callable[..., Vector]: ...

    @property
    def hvp(self) -> Callable[..., Vector]: ...


def inner_loop(
    gradient: Callable[..., Vector], w: Vector, alpha: float, steps: int, samples: Samples
) -> list[Vector]:
    """N steps of gradient descent from w -> [w_0, ..., w_N]. samples(j): the data of step j."""
    points = [w.copy()]
    for j in range(steps):
        points.append(points[j] - alpha * gradient(points[j], *samples(j)))
    return points


def product(
    hv: Callable[[Vector, Vector, int], Vector],
    v: Vector,
    points: list[Vector],
    alpha: float,
    steps: int,
) -> Vector:
    """(I − αH_0)⋯(I − αH_{N−1}) v, right to left. hv(w, v, j): H_j v at w."""
    for j in reversed(range(steps)):
        v = v - alpha * hv(points[j], v, j)
    return v


def meta_gradient_of_task(
    loss: Differentiable,
    w: Vector,
    inner: Samples,
    hessian: Samples,
    outer: Arrays,
    alpha: float,
    steps: int,
    method: str,
    delta: float,
) -> tuple[Vector, float, Vector]:
    """Return the meta-gradient of one task, its outer loss at w_N, and w_N.

    inner(j), hessian(j): the data of step j; outer: the data of the outer loss. method and delta as
    in `tm.meta_gradient`.
    """
    T = w.dtype.type
    gradient = checked_method(loss, "gradient", w)
    hvp = checked_method(loss, "hvp", w)

    def exact(point: Vector, v: Vector, j: int) -> Vector:
        return hvp(point, v, *hessian(j))

    def hessian_free(point: Vector, v: Vector, j: int) -> Vector:
        ahead = gradient(point + T(delta) * v, *hessian(j))
        behind = gradient(point - T(delta) * v, *hessian(j))
        hv: Vector = (ahead - behind) * (T(0.5) / T(delta))
        return hv

    points = inner_loop(gradient, w, T(alpha), steps, inner)
    v = gradient(points[steps], *outer)
    if method == "exact":
        v = product(exact, v, points, T(alpha), steps)
    elif method == "hessian-free":
        v = product(hessian_free, v, points, T(alpha), steps)
    return v, float(call(loss, "value", points[steps], *outer)), points[steps]


def meta_gradients(
    loss: Differentiable,
    w: Vector,
    tasks: Tasks,
    alpha: float,
    steps: int,
    method: str,
    delta: float,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return gradients (B, P), losses (B,), adapted (B, P): every task's."""
    gradients = np.empty((len(tasks), w.size), w.dtype)
    losses = np.empty(len(tasks), w.dtype)
    adapted = np.empty((len(tasks), w.size), w.dtype)
    with np.errstate(all="ignore"):  # a diverging task is reported by name, at the end
        for b in range(len(tasks)):
            inner = samples_of_step(tasks.inner, b, tasks.fresh)
            hessian = samples_of_step(tasks.hessian, b, tasks.fresh)
            outer = tuple(x[b] for x in tasks.outer)
            gradients[b], losses[b], adapted[b] = meta_gradient_of_task(
                loss, w, inner, hessian, outer, alpha, steps, method, delta
            )
    return gradients, losses, adapted


def trajectories(
    loss: Differentiable, w: Vector, support: Arrays, alpha: float, steps: int
) -> np.ndarray:
    """Return (N + 1, B, P), the points of every task's inner loop on its support set."""
    gradient = checked_method(loss, "gradient", w)
    found = []
    with np.errstate(all="ignore"):
        for b in range(len(support[0])):
            samples = samples_of_step(support, b, fresh=False)
            found.append(inner_loop(gradient, w, w.dtype.type(alpha), steps, samples))
    return np.array(found).swapaxes(0, 1)


def samples_of_step(part: Arrays, b: int, fresh: bool) -> Samples:
    """Return a function j -> the data of task b at step j: fresh ones, or the same at every
    step."""
    arrays = tuple(x[b] for x in part)

    def samples(j: int) -> Arrays:
        return tuple(x[j] for x in arrays) if fresh else arrays

    return samples


def checked_method(loss: Differentiable, name: str, w: Vector) -> Callable[..., Vector]:
    """The method `name` of any object, checked: it returns vectors like w, and nothing is
    broadcast.

    What it returns is copied, for it may be a buffer that the next call overwrites.
    """

    def method(*arguments: np.ndarray) -> Vector:
        found = call(loss, name, *arguments)
        result = to_array(f"what {type(loss).__name__}.{name} returned", found, letter="it")
        if result.shape != w.shape or result.dtype.kind != "f":
            raise TypeError(
                f"{type(loss).__name__}.{name} returned {result.dtype} of shape {result.shape}; "
                f"expected floats of shape {w.shape}"
            )
        return result.astype(w.dtype)

    return method


def call(loss: Differentiable, name: str, *arguments: np.ndarray) -> Any:
    """What the method `name` of any object returns.

    Raises ValueError where it writes into its arguments: they are the points of the inner loop and
    the data of the next step.
    """
    views = [argument.view() for argument in arguments]
    for view in views:
        view.flags.writeable = False
    try:
        return getattr(loss, name)(*views)
    except ValueError as error:
        if "read-only" not in str(error):
            raise
        raise ValueError(
            f"{type(loss).__name__}.{name} changes an array that it is given; "
            "write w = w - step, not w -= step"
        ) from error
