"""A small tanh network written out by hand, for tests: value and gradient in plain NumPy, real or
complex, and explicit Hessians."""

import numpy as np

import tinymaml as tm

INPUTS, WIDTH = 2, 3
SHAPES = {"W1": (INPUTS, WIDTH), "b1": (WIDTH,), "W2": (WIDTH, 1), "b2": (1,)}
SIZES = [int(np.prod(shape)) for shape in SHAPES.values()]
P = sum(SIZES)
H = 1e-30  # the complex step


def mse(p, x, y):
    return tm.mean(tm.square(tm.tanh(x @ p["W1"] + p["b1"]) @ p["W2"] + p["b2"] - y))


LOSS = tm.Loss(mse, {name: np.ones(shape) for name, shape in SHAPES.items()})


def unflatten(w):
    """w (P,) -> W1, b1, W2, b2."""
    parts = np.split(w, np.cumsum(SIZES)[:-1])
    return [part.reshape(shape) for part, shape in zip(parts, SHAPES.values(), strict=True)]


def residuals(w, x, y):
    W1, b1, W2, b2 = unflatten(w)
    return np.tanh(x @ W1 + b1) @ W2 + b2 - y


def value(w, x, y):
    return (residuals(w, x, y) ** 2).mean()


def gradient(w, x, y):
    W1, b1, W2, _ = unflatten(w)
    hidden = np.tanh(x @ W1 + b1)
    r = 2 * residuals(w, x, y) / len(x)
    a = (r @ W2.T) * (1 - hidden**2)
    return np.concatenate([(x.T @ a).ravel(), a.sum(0), (hidden.T @ r).ravel(), r.sum(0)])


def hessian(w, x, y):
    """Column by column, by complex step of the gradient; exact to rounding."""
    columns = [gradient(w + 1j * H * e, x, y).imag / H for e in np.eye(len(w))]
    return np.stack(columns, axis=1)


def descend(w, samples, alpha):
    """w_0 .. w_N, a step on each of the samples."""
    points = [w]
    for x, y in samples:
        points.append(points[-1] - alpha * gradient(points[-1], x, y))
    return points


class Engine:
    """What a learner may write in place of `tm.Loss`."""

    def value(self, w, x, y):
        return float(value(w, x, y))

    def gradient(self, w, x, y):
        return gradient(w, x, y)

    def hvp(self, w, v, x, y):
        return hessian(w, x, y) @ v


def draw(rng, *shape):
    """(x, y) with these leading axes and rows."""
    return rng.normal(size=(*shape, INPUTS)), rng.normal(size=(*shape, 1))


def finite_sum(B=3, support=5, query=4, seed=0):
    rng = np.random.default_rng(seed)
    return tm.Tasks.finite_sum(support=draw(rng, B, support), query=draw(rng, B, query))


def resampled(steps, B=3, inner=3, hessian=6, outer=4, seed=0):
    rng = np.random.default_rng(seed)
    return tm.Tasks.resampled(
        inner=draw(rng, B, steps, inner),
        hessian=draw(rng, B, steps, hessian),
        outer=draw(rng, B, outer),
    )


def samples(tasks, b, steps):
    """Task b's inner samples and Hessian samples for each step, and its outer sample."""

    def of_every_step(part):
        if tasks.fresh:
            return [[x[b, j] for x in part] for j in range(steps)]
        return [[x[b] for x in part]] * steps

    return of_every_step(tasks.inner), of_every_step(tasks.hessian), [x[b] for x in tasks.outer]
