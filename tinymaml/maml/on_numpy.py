"""N-step MAML in plain NumPy: the algorithm to read (lessons 07 and 08).

    ∇𝓛_i(w) = (I − αH_0)(I − αH_1)⋯(I − αH_{N−1}) ∇l_i(w̃_N)      (G_i in algorithms.py)

With a stepsize for each parameter, α is the diagonal matrix of them, and αH becomes Hα.
It runs any object that has value, gradient and hvp: a `tm.Loss`, or the learner's own engine.
`target="cpu"` and `"cuda"` run the same two loops compiled (engine/compiled/inner_loop.py).
"""

from typing import Any, Callable, Protocol, TypeAlias

import numpy as np

from ..engine.errors.plain import to_array
from .alpha import Alpha
from .tasks import Arrays, Tasks, read_only

Stepsize: TypeAlias = Any  # alpha in the precision of w: a number, or (P,)
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
    gradient: Callable[..., Vector], w: Vector, alpha: Stepsize, steps: int, samples: Samples
) -> tuple[list[Vector], list[Vector]]:
    """N steps of gradient descent from w -> [w_0, ..., w_N], and the gradients at all but the last.

    samples(j): the data of step j.
    """
    points = [w.copy()]
    gradients = []
    for j in range(steps):
        gradients.append(gradient(points[j], *samples(j)))
        points.append(points[j] - alpha * gradients[j])
    return points, gradients


def way_back(
    hv: Callable[[Vector, Vector, int], Vector] | None,
    v: Vector,
    points: list[Vector],
    gradients: list[Vector],
    alpha: Stepsize,
) -> tuple[Vector, Vector]:
    """(I − αH_0)⋯(I − αH_{N−1}) v, right to left; and the derivative with respect to α, one for
    each parameter.

    hv(w, v, j): H_j v at w; None: each of them counts as 0. v: ∇l(w_N). gradients: g_j of the inner
    steps. Before step j is undone, v is the derivative with respect to w_{j+1} = w_j − α g_j.
    """
    alpha_gradient = np.zeros_like(v)
    for j in reversed(range(len(gradients))):
        alpha_gradient = alpha_gradient - gradients[j] * v
        if hv is not None and np.ndim(alpha):
            v = v - hv(points[j], alpha * v, j)
        elif hv is not None:
            v = v - alpha * hv(points[j], v, j)
    return v, alpha_gradient


def meta_gradient_of_task(
    loss: Differentiable,
    w: Vector,
    inner: Samples,
    hessian: Samples,
    outer: Arrays,
    alpha: Alpha,
    steps: int,
    method: str,
    delta: float,
) -> tuple[Vector, float, Vector, Vector]:
    """Return the meta-gradient of one task, its outer loss at w_N, w_N, and the derivative with
    respect to each parameter's stepsize.

    inner(j), hessian(j): the data of step j; outer: the data of the outer loss. alpha, method and
    delta as in `tm.meta_gradient`.
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

    hv = {"exact": exact, "hessian-free": hessian_free, "first-order": None}[method]
    stepsize = np.asarray(alpha, w.dtype)[()]
    points, gradients = inner_loop(gradient, w, stepsize, steps, inner)
    v = gradient(points[steps], *outer)
    v, alpha_gradient = way_back(hv, v, points, gradients, stepsize)
    return v, float(call(loss, "value", points[steps], *outer)), points[steps], alpha_gradient


def meta_gradients(
    loss: Differentiable,
    w: Vector,
    tasks: Tasks,
    alpha: Alpha,
    steps: int,
    method: str,
    delta: float,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return gradients (B, P), losses (B,), adapted (B, P), and the derivatives with respect to
    each parameter's stepsize, (B, P): every task's. w: (P,), or (B, P)."""
    starts = np.broadcast_to(w, (len(tasks), w.shape[-1]))
    gradients, adapted, alpha_gradients = np.empty((3, *starts.shape), w.dtype)
    losses = np.empty(len(tasks), w.dtype)
    with np.errstate(all="ignore"):  # a diverging task is reported by name, at the end
        for b in range(len(tasks)):
            inner = samples_of_step(tasks.inner, b, tasks.fresh)
            hessian = samples_of_step(tasks.hessian, b, tasks.fresh)
            outer = tuple(x[b] for x in tasks.outer)
            gradients[b], losses[b], adapted[b], alpha_gradients[b] = meta_gradient_of_task(
                loss, starts[b], inner, hessian, outer, alpha, steps, method, delta
            )
    return gradients, losses, adapted, alpha_gradients


def trajectories(
    loss: Differentiable, w: np.ndarray, support: Arrays, alpha: Alpha, steps: int, fresh: bool
) -> np.ndarray:
    """Return (N + 1, B, P), the points of every task's inner loop on its support set, or on fresh
    samples. w: (P,), or (B, P)."""
    tasks = len(support[0])
    starts = np.broadcast_to(w, (tasks, w.shape[-1]))
    gradient = checked_method(loss, "gradient", starts[0])
    stepsize = np.asarray(alpha, w.dtype)[()]
    found = []
    with np.errstate(all="ignore"):
        for b in range(tasks):
            samples = samples_of_step(support, b, fresh)
            points, _ = inner_loop(gradient, starts[b], stepsize, steps, samples)
            found.append(points)
    return np.array(found).swapaxes(0, 1)


def values(loss: Differentiable, points: np.ndarray, outer: Arrays) -> np.ndarray:
    """Return (N + 1, B), each task's outer loss at its points (N + 1, B, P)."""
    found = np.empty(points.shape[:2], points.dtype)
    with np.errstate(all="ignore"):
        for j, b in np.ndindex(found.shape):
            found[j, b] = float(call(loss, "value", points[j, b], *(x[b] for x in outer)))
    return found


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
    try:
        return getattr(loss, name)(*map(read_only, arguments))
    except ValueError as error:
        if "read-only" not in str(error):
            raise
        raise ValueError(
            f"{type(loss).__name__}.{name} changes an array that it is given; "
            "write w = w - step, not w -= step"
        ) from error
