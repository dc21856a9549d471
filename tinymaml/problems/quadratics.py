"""Quadratics: everything that MAML does to them is known in closed form, for any number of steps
(lesson 07).

support loss    ½ (w − s_i)ᵀ A_i (w − s_i),  s_i = c_i + shift_i
query loss      ½ (w − c_i)ᵀ A_i (w − c_i)
adapted         w_N = s_i + M_i^N (w − s_i),  M_i = I − α A_i
meta-gradient   mean_i M_i^N A_i (w_N − c_i)
"""

import numpy as np

import tinymaml as tm

from ..engine.errors.arguments import check_not_negative, numbers
from ..engine.loss import Loss
from ..maml.tasks import Tasks
from ..pictures import PALETTE, look, picture
from .common import (
    as_value,
    check_inner,
    check_points,
    check_random,
    check_resample,
    check_w,
    choose_constants,
    draw_tasks,
)


def quadratic(p, A, c):
    """½ (w − c) A (w − c)ᵀ, averaged over the rows c: each is a sample."""
    e = p["w"] - c
    return 0.5 * tm.mean(tm.sum((e @ A) * e, axis=1))


def symmetrise(A):
    """(A + Aᵀ) / 2 for A (..., d, d), which evens rounding errors out. Raises ValueError if more
    than that is uneven."""
    At = A.swapaxes(-1, -2)
    square = A.shape[-1] == A.shape[-2]
    if not square or not np.allclose(A, At, rtol=1e-12, atol=1e-12 * np.abs(A).max()):
        raise ValueError("A is not symmetric: write (A + A.T) / 2")
    return (A + At) / 2


class Quadratic:
    """½ (w − c)ᵀ A (w − c), a loss as the theory wants one: value, gradient, hessian at w (d,) or
    at many, (..., d), with constants that hold for all w. A (d, d) symmetric, c (d,). L, rho:
    declared instead of the certified ones. Raises ValueError for an A that is not symmetric, or
    does not fit c.

    L: ‖A(w − u)‖ <= ‖A‖ ‖w − u‖, with equality along an eigenvector. rho: 0, the Hessian is the
    same everywhere. gradient_bound: none (np.inf) unless A = 0. infimum: 0 at c when no eigenvalue
    is negative (by more than rounding can tell), otherwise none (−np.inf).
    """

    batched = True

    def __init__(self, A, c, L=None, rho=None):
        self.A = symmetrise(numbers("A", A, 2))
        self.c = numbers("c", c, 1)
        self.dimension = d = len(self.c)
        if self.A.shape != (d, d):
            raise ValueError(
                f"A has shape {self.A.shape} and c {self.c.shape}; expected {(d, d)} for A"
            )
        largest = float(np.linalg.norm(self.A, 2))
        self.L, self.rho = choose_constants(L, rho, (largest, 0.0))
        self.gradient_bound = np.inf if largest else 0.0
        rounding = d * np.finfo(float).eps * largest
        lowest = float(np.linalg.eigvalsh(self.A)[0])
        self.lowest_curvature = 0.0 if -rounding <= lowest < 0 else lowest
        self.infimum = 0.0 if self.lowest_curvature >= 0 else -np.inf

    def _from_centre(self, w):
        return check_points(w, self.dimension) - self.c

    def value(self, w):
        return as_value(0.5 * np.sum(self.gradient(w) * self._from_centre(w), axis=-1))

    def gradient(self, w):
        return self._from_centre(w) @ self.A

    def hessian(self, w):
        many = self._from_centre(w).shape[:-1]
        return np.broadcast_to(self.A, (*many, *self.A.shape)).copy()

    def mean_hessian(self, w, u):
        return self.hessian(np.broadcast_arrays(w, u)[0])


class Quadratics:
    """Finitely many quadratic tasks, all equally likely, so that every expectation over tasks is a
    mean.

    A: symmetric, (tasks, d, d), or (d, d) for all tasks. c: the centres, (tasks, d). shift: what is
    added to a centre in the support set, (tasks, d); None: nothing, support and query losses are
    equal. noise: standard deviation of each coordinate of a sample's centre, in `resample`. Without
    A and c: two tasks of curvature 1 and 0.1 in one dimension. The data of `loss` are A (d, d) and
    centres (samples, d). Raises ValueError for what is not symmetric or does not fit.
    """

    def __init__(self, A=(((1.0,),), ((0.1,),)), c=((-1.0,), (1.0,)), shift=None, noise=0.0):
        self.c = numbers("c", c, 2)
        tasks, d = self.c.shape
        A = numbers("A", A, (2, 3))
        if A.shape not in ((d, d), (tasks, d, d)):
            raise ValueError(
                f"A has shape {A.shape} and c {self.c.shape}; "
                f"expected A of shape {(tasks, d, d)}, or {(d, d)} for all tasks"
            )
        self.A = np.broadcast_to(symmetrise(A), (tasks, d, d)).copy()
        self.shift = np.zeros((tasks, d)) if shift is None else numbers("shift", shift, 2)
        if self.shift.shape != (tasks, d):
            raise ValueError(
                f"shift has shape {self.shift.shape}; expected that of c, {(tasks, d)}"
            )
        self.noise = check_not_negative("noise", noise)
        self.support_losses = self._task_losses(self.c + self.shift)
        self.query_losses = self._task_losses(self.c)
        self.loss = Loss(quadratic, {"w": np.zeros(d)})
        self.start = np.zeros(d)

    def _task_losses(self, centres):
        return [Quadratic(A, c) for A, c in zip(self.A, centres, strict=True)]

    @classmethod
    def random(
        cls, rng, tasks=5, dimension=3, lowest=0.1, L=1.0, common=False, shift=0.0, noise=0.0
    ):
        """Eigenvalues ~ U[lowest, L] (a negative `lowest` allows concave directions) along random
        axes, the same A for all tasks if `common`; centres ~ N(0, I); shifts ~ shift · N(0, I)."""
        check_random(rng, tasks=tasks, dimension=dimension)
        if not numbers("lowest", lowest, 0) <= numbers("L", L, 0):
            raise ValueError(f"lowest is {lowest}, above L, {L}")
        shift = check_not_negative("shift", shift)
        d = dimension
        stack = () if common else (tasks,)
        Q, _ = np.linalg.qr(rng.normal(size=(*stack, d, d)))
        A = Q * rng.uniform(lowest, L, (*stack, 1, d)) @ Q.swapaxes(-1, -2)
        c = rng.normal(size=(tasks, d))
        return cls(A, c, shift * rng.normal(size=(tasks, d)), noise)

    # ---- certified constants

    @property
    def L(self):
        """Every ∇l_i is L-Lipschitz: the largest |eigenvalue| of the A_i. No smaller number will
        do."""
        return max(loss.L for loss in self.query_losses)

    rho = 0.0
    """The Hessians do not depend on w."""

    sigma_H = 0.0
    """A sample has the Hessian of its task: only its centre is noisy."""

    @property
    def sigma(self):
        """The smallest σ of A2. ∇l_i − ∇l = −A(c_i − mean c) does not depend on w when the Hessian
        is common to all tasks; when it is not, the difference grows with w, and reading sigma
        raises AttributeError."""
        if (self.A != self.A[0]).any():
            raise AttributeError(
                "Quadratics has no sigma: the tasks' Hessians differ, so that "
                "E‖∇l_i(w) − ∇l(w)‖² grows without bound (assumption A2 is violated)"
            )
        off = (self.c - self.c.mean(0)) @ self.A[0]
        return float(np.sqrt(np.mean(np.sum(off**2, axis=1))))

    @property
    def sigma_g(self):
        """The smallest σ_g of A3, for one sample: its gradient is off by A_i ε with ε ~ N(0, noise²
        I), E‖A_i ε‖² = noise² ‖A_i‖_F²."""
        return float(self.noise * np.linalg.norm(self.A, axis=(1, 2)).max())

    @property
    def b_i(self):
        """(tasks,): ‖∇l_{S_i}(w) − ∇l_{T_i}(w)‖ = ‖A_i shift_i‖, at every w."""
        return np.linalg.norm(np.einsum("ijk,ik->ij", self.A, self.shift), axis=1)

    # ---- tasks

    def sample(self, rng, batch):
        """-> finite-sum `Tasks` (A, c): A (batch, d, d) and one row for the centre, (batch, 1,
        d)."""
        tasks = draw_tasks(rng, len(self.c), batch)
        A = self.A[tasks]
        shifted = self.c + self.shift
        return Tasks.finite_sum(support=(A, shifted[tasks, None]), query=(A, self.c[tasks, None]))

    def resample(self, rng, batch, steps, samples):
        """-> resampled `Tasks` (A, c): A (batch, steps, d, d) and noisy centres (batch, steps, S or
        D, d); outer (batch, T, d). The task is the query loss: `shift` plays no part. samples:
        dict(inner=S, hessian=D, outer=T)."""
        S, D, T, N = check_resample(samples, steps)
        tasks = draw_tasks(rng, len(self.c), batch)

        def draw_centres(*sizes):
            d = self.c.shape[1]
            c = self.c[tasks].reshape(batch, *[1] * len(sizes), d)
            return c + self.noise * rng.standard_normal((batch, *sizes, d))

        A = np.repeat(self.A[tasks, None], N, axis=1)
        return Tasks.resampled(
            inner=(A, draw_centres(N, S)),
            hessian=(A, draw_centres(N, D)),
            outer=(self.A[tasks], draw_centres(T)),
        )

    # ---- closed forms; w: (d,) float, alpha > 0, steps >= 0

    def _inner(self, alpha, steps):
        """The matrices M_i^N, (tasks, d, d)."""
        alpha, steps = check_inner(alpha, steps)
        M = np.eye(self.c.shape[1]) - alpha * self.A
        return np.linalg.matrix_power(M, steps)

    def adapted(self, w, alpha, steps):
        """(tasks, d): w_N of every task."""
        s = self.c + self.shift
        M_N = self._inner(alpha, steps)
        return s + np.einsum("ijk,ik->ij", M_N, check_w(w, s.shape[1]) - s)

    def meta_loss(self, w, alpha, steps):
        """𝓛(w), a float."""
        off = self.adapted(w, alpha, steps) - self.c
        return float(0.5 * np.einsum("ij,ijk,ik->i", off, self.A, off).mean())

    def first_order_gradient(self, w, alpha, steps):
        """(d,): the mean of ∇l_{T_i}(w_N), what first-order MAML follows instead of ∇𝓛."""
        return self._gradient(w, alpha, steps, np.eye(self.c.shape[1]))

    def meta_gradient(self, w, alpha, steps):
        """∇𝓛(w), (d,)."""
        return self._gradient(w, alpha, steps, self._inner(alpha, steps))

    def _gradient(self, w, alpha, steps, product):
        """The mean of product_i A_i (w_N − c_i), (d,)."""
        off = self.adapted(w, alpha, steps) - self.c
        return np.mean(product @ self.A @ off[:, :, None], axis=0)[:, 0]

    def meta_hessian(self, alpha, steps):
        """∇²𝓛 = mean_i M_i^N A_i M_i^N, (d, d), the same at every w."""
        M_N = self._inner(alpha, steps)
        return np.mean(M_N @ self.A @ M_N, axis=0)

    def meta_smoothness(self, alpha, steps):
        """The smallest L of the meta-objective, a float: the largest |eigenvalue| of its
        Hessian."""
        return float(np.linalg.norm(self.meta_hessian(alpha, steps), 2))

    def minimiser(self, alpha, steps):
        """The minimiser of 𝓛, (d,). Raises ValueError when the meta-Hessian is not positive
        definite: there is none, or more than one."""
        H = self.meta_hessian(alpha, steps)
        eigenvalues = np.linalg.eigvalsh(H)
        if not eigenvalues[0] > 1e-13 * eigenvalues[-1]:
            raise ValueError(
                "the meta-objective has no single minimiser: "
                f"the smallest eigenvalue of its Hessian is {eigenvalues[0]:.3g}"
            )
        return -np.linalg.solve(H, self.meta_gradient(np.zeros(len(H)), alpha, steps))

    def first_order_point(self, alpha, steps):
        """Where the first-order gradient vanishes, (d,). First-order MAML with small steps ends
        there if mean_i A_i M_i^N is positive definite. Raises ValueError when that matrix is
        singular."""
        H = np.mean(self.A @ self._inner(alpha, steps), axis=0)
        if not np.linalg.cond(H) < 1e13:
            raise ValueError(
                "first-order MAML has no single stationary point: mean_i A_i M_i^N is singular"
            )
        return -np.linalg.solve(H, self.first_order_gradient(np.zeros(len(H)), alpha, steps))

    def draw(self, alpha=None, steps=5):
        """-> matplotlib Figure: the tasks and the meta-objective on the line through its minimiser
        and first-order MAML's stationary point. alpha: None for 1 / (2L)."""
        alpha = 1 / (2 * self.L or 1.0) if alpha is None else alpha
        best = self.minimiser(alpha, steps)
        first = self.first_order_point(alpha, steps)
        lowest = self.meta_loss(best, alpha, steps)
        reached = self.meta_loss(first, alpha, steps)
        title = (
            f"First-order MAML settles {np.linalg.norm(first - best):.2g} from the minimiser, "
            f"at a loss of {reached:.2g} instead of {lowest:.2g}"
        )

        along = self._direction(best, first)
        one_dimension = len(along) == 1
        origin = np.zeros(1) if one_dimension else best

        def place(w):
            return float((w - origin) @ along)

        def point(t):
            return origin + t * along

        marks = [place(best), place(first), *((self.c - origin) @ along)]
        line = np.linspace(min(marks) - 0.5, max(marks) + 0.5, 201)
        with picture(title, panels=2, size=(11.0, 4.8)) as (figure, (left, right)):
            for k, loss in enumerate(self.query_losses[:5]):
                label = f"task {k}: largest curvature {loss.L:.2g}"
                left.plot(line, [loss.value(point(t)) for t in line], **look(k, label=label))
            left.set(title="the tasks", ylabel="loss")
            values = [self.meta_loss(point(t), alpha, steps) for t in line]
            right.plot(line, values, **look(0, label="meta-objective"))
            dots = dict(markersize=10, linestyle="")
            right.plot(place(best), lowest, "o", color=PALETTE[0], label="its minimiser", **dots)
            settles = "where first-order MAML settles"
            right.plot(place(first), reached, "^", color=PALETTE[1], label=settles, **dots)
            right.set(title=f"after {steps} steps of size α = {alpha:.2g}", ylabel="mean loss")
            for axes in (left, right):
                axes.set_xlabel("w" if one_dimension else "w: distance from the minimiser")
                axes.legend()
        return figure

    def _direction(self, best, first):
        """Of the line that `draw` shows, a unit vector: from the minimiser to first-order MAML's
        point or, if they coincide, to the first task's centre. In one dimension, that of w."""
        if len(best) == 1:
            return np.ones(1)
        difference = first - best
        if not np.linalg.norm(difference) > 1e-9:
            difference = self.c[0] - best
        if not difference.any():
            return np.eye(len(best))[0]
        return difference / np.linalg.norm(difference)
