"""Least squares on a few noisy points of a curve, with a support and a query set (lesson 17)."""

import numpy as np

from ...theory import FiniteSumInstance

SIZE = 12  # of w: the curves are sums of so many waves


class Squares:
    """l(w) = ½ mean (F w − y)²: how badly the curve with the weights w fits the points.

    x, y (points,); F (points, SIZE): the waves at x. ρ = 0, and L is the Hessian's norm.
    """

    batched = True

    def __init__(self, x, y):
        F = waves(x)
        self.x, self.y = x, y
        self.A = F.T @ F / len(y)  # the Hessian
        self.h = F.T @ y / len(y)  # minus the gradient at 0
        self.c = y @ y / (2 * len(y))  # the value at 0
        self.dimension = len(self.A)
        self.L = float(np.linalg.norm(self.A, 2))
        self.rho = 0.0

    def value(self, w):
        w = np.asarray(w)
        return np.sum(w * (w @ self.A / 2 - self.h), axis=-1) + self.c

    def gradient(self, w):
        return np.asarray(w) @ self.A - self.h

    def hessian(self, w):
        return np.broadcast_to(self.A, (*np.shape(w)[:-1], *self.A.shape))


def waves(x):
    """sin x … sin 6x, cos x … cos 6x at points x (points,), (points, SIZE)."""
    angles = np.outer(x, np.arange(1, SIZE // 2 + 1))
    return np.concatenate([np.sin(angles), np.cos(angles)], axis=1)


def draw(rng, points, noise=0.3):
    """A task: its curve is sin x and a random sum of waves. -> support and query, two `Squares`.

    Each set has so many points, drawn in [−π, π], measured with this noise.
    """
    curve = rng.normal(size=SIZE) / np.sqrt(SIZE)
    curve[0] += 1
    sets = []
    for _ in range(2):
        x = rng.uniform(-np.pi, np.pi, points)
        sets.append(Squares(x, waves(x) @ curve + noise * rng.normal(size=points)))
    return tuple(sets)


def instance(tasks, w, b, alpha, steps):
    """The tasks' instance of the theory at w. b (tasks,): the b_i that it declares.

    It declares as σ how far the tasks' query gradients are apart at w.
    """
    x = FiniteSumInstance(
        support_losses=[support for support, _ in tasks],
        query_losses=[query for _, query in tasks],
        w=w,
        u=w + 1,  # for the claims that compare two points
        alpha=alpha,
        steps=steps,
        b=b,
    )
    return x.replace(sigma=x.deviation())


def after_steps(support, alpha, steps):
    """(M, m): N steps on the support set lead from w to M w + m."""
    M = np.eye(SIZE)
    m = np.zeros(SIZE)
    for _ in range(steps):
        M = M - alpha * support.A @ M
        m = m - alpha * (support.A @ m - support.h)
    return M, m


def best_start(tasks, alpha, steps):
    """The w that minimises the mean meta-loss of some tasks; the shortest where there are more."""
    A = np.zeros((SIZE, SIZE))
    h = np.zeros(SIZE)
    for support, query in tasks:
        M, m = after_steps(support, alpha, steps)
        A = A + M.T @ query.A @ M
        h = h + M.T @ (query.h - query.A @ m)
    return np.linalg.lstsq(A, h, rcond=None)[0]


def judged(w, tasks, alpha, steps):
    """The mean query loss after the steps from w."""
    losses = []
    for support, query in tasks:
        M, m = after_steps(support, alpha, steps)
        losses.append(query.value(M @ w + m))
    return float(np.mean(losses))


def draw_repetition(seed, training=20, new=100):
    """The tasks of one repetition of `repeat`. -> those to train on, and those to test on."""
    rng = np.random.default_rng(seed)
    tasks = [draw(rng, 10) for _ in range(training)]
    return tasks, [draw(rng, 10) for _ in range(new)]


def largest_L(repetitions):
    """The L that serves both losses of every task that `repeat` draws."""
    largest = 0.0
    for seed in range(repetitions):
        for tasks in draw_repetition(seed):
            largest = max(largest, *(loss.L for task in tasks for loss in task))
    return largest


def repeat(best_starts, alpha, steps, repetitions, training=20, new=100):
    """Compare starts on new tasks, after the steps. -> name -> (on new points, on the support).

    best_starts: (tasks, alpha, steps) -> name -> w. Each result is (repetitions,), the mean losses.
    """
    losses = {}
    for seed in range(repetitions):
        tasks, tests = draw_repetition(seed, training, new)
        same = [(support, support) for support, _ in tests]
        for name, w in best_starts(tasks, alpha, steps).items():
            found = judged(w, tests, alpha, steps), judged(w, same, alpha, steps)
            losses.setdefault(name, []).append(found)
    return {name: np.array(pairs).T for name, pairs in losses.items()}
