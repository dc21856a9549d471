"""Rank-one factorisation: w wᵀ ≈ y yᵀ, not convex and without bad local minima: an honest
counter-case to α ∝ 1/N (lesson 16).

Where training goes, a fixed α does no harm: almost every start leads to a minimum. But at the
saddle w = 0 the meta-objective's curvature along y is −‖y‖² (1 + α‖y‖²)^2N, exponential in N as at
the top of a cosine.
"""

import numpy as np

import tinymaml as tm

from ..engine.errors.arguments import check_not_negative, check_positive, numbers
from ..engine.loss import Loss
from ..maml.tasks import Tasks
from ..pictures import MARKERS, look, picture
from .common import Absent, check_points, check_random, draw_tasks


def rank_one(p, y):
    """¼ ‖w wᵀ − y yᵀ‖_F². Here y is a row."""
    column = tm.transpose(p["w"])
    return 0.25 * tm.sum(tm.square(column @ column.T - y.T @ y))


class RankOneLoss:
    """¼ ‖w wᵀ − y yᵀ‖_F² as the theory wants a loss, certified on the ball ‖w‖ <= radius only. y
    (d,).

    L: ∇²l = ‖w‖² I + 2 w wᵀ − y yᵀ lies between −‖y‖² and 3 radius². rho: the third derivative
    along unit u, v, z is 2 ((w·u)(v·z) + (w·v)(u·z) + (w·z)(u·v)), at most 6 radius, attained at u
    = v = z = w / ‖w‖ on the ball's rim.
    """

    def __init__(self, y, radius):
        self.y = numbers("y", y, 1)
        self.radius = check_positive("radius", radius)
        self.L = float(max(3 * self.radius**2, self.y @ self.y))
        self.rho = 6.0 * self.radius

    def check(self, w):
        """w (d,) as an array. Raises TypeError or ValueError for what is none."""
        w = check_points(w, len(self.y))
        if w.ndim != 1:
            raise ValueError(f"w has shape {w.shape}; expected one point at a time, {self.y.shape}")
        return w

    def value(self, w):
        w = self.check(w)
        difference = np.outer(w, w) - np.outer(self.y, self.y)
        return float(0.25 * np.sum(difference**2))

    def gradient(self, w):
        w = self.check(w)
        return (w @ w) * w - (self.y @ w) * self.y

    def hessian(self, w):
        w = self.check(w)
        return (w @ w) * np.eye(len(w)) + 2 * np.outer(w, w) - np.outer(self.y, self.y)


UNBOUNDED = (
    "the loss is a polynomial of degree 4, whose derivatives have no bound for all w; "
    "on a ball: on_ball(radius)"
)


class RankOne:
    """Finitely many tasks ¼ ‖w wᵀ − y_i y_iᵀ‖_F², all equally likely; support and query losses are
    equal.

    y: (tasks, d). Each task's minimisers are ±y_i, and w = 0 is a saddle (a maximum in one
    dimension). `start` is a short vector, since at 0 all gradients vanish. The data of `loss` are y
    (1, d).
    """

    L = Absent(UNBOUNDED)
    rho = Absent(UNBOUNDED)
    sigma = Absent(UNBOUNDED)

    def __init__(self, y=((1.0, 0.5), (1.0, -0.5), (0.8, 0.0))):
        self.y = numbers("y", y, 2)
        d = self.y.shape[1]
        self.loss = Loss(rank_one, {"w": np.zeros(d)})
        self.start = np.full(d, 0.5 / np.sqrt(d))

    @classmethod
    def random(cls, rng, tasks=5, dimension=4, spread=0.3):
        """y_i ~ N(1, spread² I) / √dimension, so that ‖y_i‖ is about 1."""
        check_random(rng, tasks=tasks, dimension=dimension)
        spread = check_not_negative("spread", spread)
        y = 1 + spread * rng.normal(size=(tasks, dimension))
        return cls(y / np.sqrt(dimension))

    @property
    def b_i(self):
        """(tasks,): zeros; support and query losses are equal."""
        return np.zeros(len(self.y))

    def on_ball(self, radius):
        """The constants that hold for ‖w‖ <= radius -> dict(L=, rho=, sigma=).

        L and rho are the largest of the tasks' `RankOneLoss`. sigma: ∇l_i − ∇l = −(y_i y_iᵀ − E y
        yᵀ) w, whose mean square is at most radius² times the norm of E (y_i y_iᵀ − E y yᵀ)²,
        attained on the rim."""
        losses = self.losses(radius)
        products = self.y[:, :, None] * self.y[:, None, :]
        off = products - products.mean(0)
        variance = np.linalg.norm((off @ off).mean(0), 2)
        return dict(
            L=max(loss.L for loss in losses),
            rho=max(loss.rho for loss in losses),
            sigma=float(radius * np.sqrt(variance)),
        )

    def losses(self, radius):
        """The tasks' `RankOneLoss`, certified for ‖w‖ <= radius."""
        return [RankOneLoss(y, radius) for y in self.y]

    def sample(self, rng, batch):
        """-> finite-sum `Tasks` (y,): (batch, 1, d) for support and query."""
        tasks = draw_tasks(rng, len(self.y), batch)
        y = self.y[tasks, None]
        return Tasks.finite_sum(support=(y,), query=(y,))

    def draw(self):
        """-> matplotlib Figure: the first task in the plane of its y, with paths of gradient
        descent."""
        length = float(np.linalg.norm(self.y[0])) or 1.0
        side = np.linspace(-1.6, 1.6, 161) * length
        along, across = np.meshgrid(side, side)  # w in the axes along y and across it
        value = 0.25 * ((along**2 + across**2) ** 2 - 2 * length**2 * along**2 + length**4)
        levels = length**4 * np.array([0.01, 0.05, 0.12, 0.2, 0.25, 0.35, 0.6, 1.2, 2.4])
        title = "Two minima and a saddle between them: the start decides"
        with picture(title, size=(8.0, 6.4)) as (figure, axes):
            axes.contour(along, across, value, levels, colors="0.75", linewidths=1.2)
            for k, start in enumerate(((0.1, 1.3), (-0.1, -1.3), (1.5, 0.8))):
                path = descend(length * np.array(start), length)
                label = f"gradient descent from {tuple(path[0].round(2).tolist())}"
                marks = dict(marker=MARKERS[k], markevery=4, markersize=5)
                axes.plot(*path.T, **marks, **look(k, label=label))
            black = dict(color="black", linestyle="", zorder=5)
            axes.plot([-length, length], [0, 0], "*", markersize=14, label="minima ±y", **black)
            axes.plot(0, 0, "X", markersize=9, label="saddle", **black)
            axes.set(xlabel="w along y", ylabel="w across y", aspect="equal")
            figure.legend(loc="outside lower center", ncols=2)
        return figure


def descend(w, length, steps=80):
    """Gradient descent in the plane of y = (length, 0) -> (steps + 1, 2)."""
    path = [w]
    for _ in range(steps):
        gradient = (w @ w) * w - length**2 * w * [1, 0]
        w = w - 0.08 / length**2 * gradient
        path.append(w)
    return np.array(path)
