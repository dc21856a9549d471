"""Quadratics: everything that MAML does to them is known in closed form, for any number of steps
(theory, section 10; lesson 07).

support loss  ½ (w − s_i)ᵀ A_i (w − s_i),  s_i = c_i + shift_i          query loss  ½ (w − c_i)ᵀ A_i (w − c_i)
adapted       w_N = s_i + M_i^N (w − s_i),  M_i = I − α A_i             meta-gradient  mean_i M_i^N A_i (w_N − c_i)
"""

import numpy as np

import tinymaml as tm

from ..engine.errors.arguments import check_not_negative, numbers
from ..engine.loss import Loss
from ..maml.tasks import Tasks
from ..pictures import look, picture
from .common import (
    check_inner,
    check_random,
    check_resample,
    check_w,
    declared,
    draw_from,
    points,
    single,
)


def quadratic(p, A, c):
    """½ (w − c) A (w − c)ᵀ, averaged over the rows c: each is a sample."""
    e = p["w"] - c
    return 0.5 * tm.mean(tm.sum((e @ A) * e, axis=1))


def symmetric(A):
    """A (..., d, d), its rounding errors made even. Raises ValueError if more than that is
    uneven."""
    if A.shape[-1] != A.shape[-2] or not np.allclose(
        A, A.swapaxes(-1, -2), rtol=1e-12, atol=1e-12 * np.abs(A).max()
    ):
        raise ValueError("A is not symmetric: write (A + A.T) / 2")
    return (A + A.swapaxes(-1, -2)) / 2


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
        self.A, self.c = symmetric(numbers("A", A, 2)), numbers("c", c, 1)
        self.dimension = d = len(self.c)
        if self.A.shape != (d, d):
            raise ValueError(
                f"A has shape {self.A.shape} and c {self.c.shape}; expected {(d, d)} for A"
            )
        largest = float(np.linalg.norm(self.A, 2))
        self.L, self.rho = declared(L, rho, (largest, 0.0))
        self.gradient_bound = np.inf if largest else 0.0
        self.infimum = (
            0.0 if np.linalg.eigvalsh(self.A)[0] >= -d * np.finfo(float).eps * largest else -np.inf
        )

    def _from_centre(self, w):
        return points(w, self.dimension) - self.c

    def value(self, w):
        return single(0.5 * np.sum(self.gradient(w) * self._from_centre(w), axis=-1))

    def gradient(self, w):
        return self._from_centre(w) @ self.A

    def hessian(self, w):
        return np.broadcast_to(self.A, (*self._from_centre(w).shape[:-1], *self.A.shape)).copy()

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
                f"A has shape {A.shape} and c {self.c.shape}; expected A of shape {(tasks, d, d)}, or {(d, d)} for all tasks"
            )
        self.A = np.broadcast_to(symmetric(A), (tasks, d, d)).copy()
        self.shift = np.zeros((tasks, d)) if shift is None else numbers("shift", shift, 2)
        if self.shift.shape != (tasks, d):
            raise ValueError(
                f"shift has shape {self.shift.shape}; expected that of c, {(tasks, d)}"
            )
        self.noise = check_not_negative("noise", noise)
        self.support_losses = [Quadratic(*task) for task in zip(self.A, self.c + self.shift)]
        self.query_losses = [Quadratic(*task) for task in zip(self.A, self.c)]
        self.loss, self.start = Loss(quadratic, {"w": np.zeros(d)}), np.zeros(d)

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
        d, stack = dimension, () if common else (tasks,)
        Q = np.linalg.qr(rng.normal(size=(*stack, d, d)))[0]
        A = Q * rng.uniform(lowest, L, (*stack, 1, d)) @ Q.swapaxes(-1, -2)
        return cls(A, rng.normal(size=(tasks, d)), shift * rng.normal(size=(tasks, d)), noise)

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
                "Quadratics has no sigma: the tasks' Hessians differ, so that E‖∇l_i(w) − ∇l(w)‖² grows without bound "
                "(assumption A2 is violated)"
            )
        return float(np.sqrt(np.mean(np.sum(((self.c - self.c.mean(0)) @ self.A[0]) ** 2, axis=1))))

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
        i = draw_from(rng, len(self.c), batch)
        return Tasks.finite_sum(
            support=(self.A[i], (self.c + self.shift)[i, None]), query=(self.A[i], self.c[i, None])
        )

    def resample(self, rng, batch, steps, samples):
        """-> resampled `Tasks` (A, c): A (batch, steps, d, d) and noisy centres (batch, steps, S or
        D, d); outer (batch, T, d). The task is the query loss: `shift` plays no part. samples:
        dict(inner=S, hessian=D, outer=T)."""
        S, D, T, N = check_resample(samples, steps)
        i = draw_from(rng, len(self.c), batch)

        def centres(*sizes):
            c = self.c[i].reshape(batch, *[1] * len(sizes), -1)
            return c + self.noise * rng.standard_normal((batch, *sizes, c.shape[-1]))

        A = np.repeat(self.A[i, None], N, axis=1)
        return Tasks.resampled(
            inner=(A, centres(N, S)), hessian=(A, centres(N, D)), outer=(self.A[i], centres(T))
        )

    # ---- closed forms; w: (d,) float, alpha > 0, steps >= 0

    def _inner(self, alpha, steps):
        """-> the matrices M_i^N, (tasks, d, d)"""
        alpha, steps = check_inner(alpha, steps)
        return np.linalg.matrix_power(np.eye(self.c.shape[1]) - alpha * self.A, steps)

    def adapted(self, w, alpha, steps):
        """(tasks, d): w_N of every task."""
        s = self.c + self.shift
        return s + np.einsum("ijk,ik->ij", self._inner(alpha, steps), check_w(w, s.shape[1]) - s)

    def meta_loss(self, w, alpha, steps):
        """𝓛(w), a float."""
        e = self.adapted(w, alpha, steps) - self.c
        return float(0.5 * np.einsum("ij,ijk,ik->i", e, self.A, e).mean())

    def first_order_gradient(self, w, alpha, steps):
        """(d,): the mean of ∇l_{T_i}(w_N), what first-order MAML follows instead of ∇𝓛."""
        return self._gradient(w, alpha, steps, np.eye(self.c.shape[1]))

    def meta_gradient(self, w, alpha, steps):
        """∇𝓛(w), (d,)."""
        return self._gradient(w, alpha, steps, self._inner(alpha, steps))

    def _gradient(self, w, alpha, steps, product):
        return np.mean(
            product @ self.A @ (self.adapted(w, alpha, steps) - self.c)[:, :, None], axis=0
        )[:, 0]

    def meta_hessian(self, alpha, steps):
        """∇²𝓛 = mean_i M_i^N A_i M_i^N, (d, d), the same at every w."""
        P = self._inner(alpha, steps)
        return np.mean(P @ self.A @ P, axis=0)

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
                f"the meta-objective has no single minimiser: the smallest eigenvalue of its Hessian is {eigenvalues[0]:.3g}"
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
        best, first = self.minimiser(alpha, steps), self.first_order_point(alpha, steps)
        e = (
            first - best if np.linalg.norm(first - best) > 1e-9 else self.c[0] - best
        )  # no difference: towards a task
        e = e / (np.linalg.norm(e) or 1.0) if e.any() else np.eye(len(e))[0]
        e = e if len(e) > 1 else np.ones(1)  # in one dimension, w itself
        at = (lambda t: t * e) if len(e) == 1 else (lambda t: best + t * e)
        place = lambda w: float((w - at(0.0)) @ e)
        marks = [place(best), place(first), *((self.c - at(0.0)) @ e)]
        t = np.linspace(min(marks) - 0.5, max(marks) + 0.5, 201)
        lowest, reached = (self.meta_loss(w, alpha, steps) for w in (best, first))
        title = f"First-order MAML settles {np.linalg.norm(first - best):.2g} from the minimiser, at a loss of {reached:.2g} instead of {lowest:.2g}"
        with picture(title, panels=2, size=(11.0, 4.8)) as (figure, (left, right)):
            for i, loss in enumerate(self.query_losses[:5]):
                left.plot(
                    t,
                    [loss.value(at(x)) for x in t],
                    **look(i, label=f"task {i}: largest curvature {loss.L:.2g}"),
                )
            left.set(title="the tasks", ylabel="loss")
            right.plot(
                t,
                [self.meta_loss(at(x), alpha, steps) for x in t],
                label="meta-objective",
                **look(0),
            )
            for k, (name, w) in enumerate(
                (("its minimiser", best), ("where first-order MAML settles", first))
            ):
                right.plot(
                    place(w),
                    self.meta_loss(w, alpha, steps),
                    "o^"[k],
                    color=look(k)["color"],
                    markersize=10,
                    linestyle="",
                    label=name,
                )
            right.set(title=f"after {steps} steps of size α = {alpha:.2g}", ylabel="mean loss")
            for axes in (left, right):
                axes.set_xlabel("w" if len(e) == 1 else "w: distance from the minimiser")
                axes.legend()
        return figure
