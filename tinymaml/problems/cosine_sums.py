"""Cosine sums: losses whose every derivative is bounded, so that L, ρ and σ hold for all w (theory,
sections 1 and 10; lesson 13).

l_i(w) = Σ_m c_im cos(w·x_m + φ_im)          the frequencies x_m are the same in all tasks
"""

import numpy as np

import tinymaml as tm

from ..engine.errors.arguments import check_not_negative, numbers
from ..engine.loss import Loss
from ..maml.tasks import Tasks
from ..pictures import DOTS, look, picture
from .common import (
    as_value,
    bound_sum,
    check_points,
    check_random,
    check_resample,
    choose_constants,
    draw_tasks,
)


def cosine_sum(p, x, c, phi):
    """Σ_m c_m cos(w·x_m + φ_m), averaged over the rows of c and phi: each is a sample."""
    return tm.mean(tm.sum(c * tm.cos(p["w"] @ x.T + phi), axis=1))


class CosineSum:
    """Σ_m c_m cos(w·x_m + φ_m), a loss as the theory wants one: value, gradient, hessian at w (d,)
    or at many, (..., d), with constants that hold for all w. x (M, d), c and phi (M,). L, rho:
    declared instead of the certified ones.

    L: ∇²l = −Σ c_m cos(·) x_m x_mᵀ lies between ± Σ |c_m| x_m x_mᵀ, whose norm is L. rho: the third
    derivative along v, v, u is at most Σ |c_m| (x_m·v)² ‖x_m‖ for unit vectors, which is at most
    the norm of Σ |c_m| ‖x_m‖ x_m x_mᵀ. gradient_bound: ∇l = −Σ t_m x_m with |t_m| <= |c_m|.
    infimum: no term is below −|c_m|, and where x_m = 0 it is the constant c_m cos φ_m.
    """

    batched = True

    def __init__(self, x, c, phi, L=None, rho=None):
        self.x = numbers("x", x, 2)
        self.c = numbers("c", c, 1)
        self.phi = numbers("phi", phi, 1)
        if not len(self.x) == len(self.c) == len(self.phi):
            raise ValueError(
                f"x, c and phi have the lengths {len(self.x)}, {len(self.c)} and {len(self.phi)}; "
                "expected one each for every frequency"
            )
        self.dimension = self.x.shape[1]
        weight = np.abs(self.c)
        length = np.linalg.norm(self.x, axis=1)
        certified_L = spectral_norm(self.x, weight)
        certified_rho = spectral_norm(self.x, weight * length)
        self.L, self.rho = choose_constants(L, rho, (certified_L, certified_rho))
        self.gradient_bound = bound_sum(self.x, weight)
        varies = self.x.any(axis=1)
        self.infimum = float(np.sum(np.where(varies, -weight, self.c * np.cos(self.phi))))

    def _angles(self, w):
        return check_points(w, self.dimension) @ self.x.T + self.phi

    def value(self, w):
        return as_value(np.cos(self._angles(w)) @ self.c)

    def gradient(self, w):
        return -(self.c * np.sin(self._angles(w))) @ self.x

    def hessian(self, w):
        weights = self.c * np.cos(self._angles(w))
        return -(self.x.T * weights[..., None, :]) @ self.x

    def mean_hessian(self, w, u):
        """The average of the Hessian between w and u, without cancellation: that of cos over an
        angle is the middle's cos times a sinc."""
        start, end = self._angles(w), self._angles(u)
        sinc = np.sinc((end - start) / (2 * np.pi))
        weights = self.c * np.cos((start + end) / 2) * sinc
        return -(self.x.T * weights[..., None, :]) @ self.x


def spectral_norm(x, weights):
    """‖Σ_m weights_m x_m x_mᵀ‖₂. x (M, d), weights (M,)."""
    return np.linalg.norm(x.T * weights @ x, 2)


class CosineSums:
    """Finitely many such tasks, all equally likely.

    x: frequencies, (M, d). c: amplitudes and phi: phases (radians), (tasks, M); a frequency 0 adds
    a constant. shift: what is added to the phases in the support set, (tasks, M); None: nothing.
    noise: an angle δ in [0, π/2); a sample in `resample` has its phases at φ ± δ, each sign by its
    own coin, and amplitudes c / cos δ, so that its mean is the task's loss exactly. The data of
    `loss` are x (M, d), c and phi (samples, M). Raises ValueError for shapes that do not fit.
    """

    def __init__(self, x, c, phi, shift=None, noise=0.0):
        self.x = numbers("x", x, 2)
        self.c = numbers("c", c, 2)
        self.phi = numbers("phi", phi, 2)
        self.shift = np.zeros_like(self.phi) if shift is None else numbers("shift", shift, 2)
        M, d = self.x.shape
        for name in ("c", "phi", "shift"):
            shape = getattr(self, name).shape
            if shape != (len(self.c), M):
                raise ValueError(
                    f"{name} has shape {shape}; expected (tasks, {M}): "
                    "a row for each task, a column for each frequency"
                )
        self.noise = check_not_negative("noise", noise)
        if not self.noise < np.pi / 2:
            raise ValueError(
                f"noise is {noise}; expected an angle below π/2, where no mean is left of a cosine"
            )
        self.support_losses = self._task_losses(self.phi + self.shift)
        self.query_losses = self._task_losses(self.phi)
        self.loss = Loss(cosine_sum, {"w": np.zeros(d)})
        self.start = np.zeros(d)

    def _task_losses(self, phases):
        return [CosineSum(self.x, c, phi) for c, phi in zip(self.c, phases, strict=True)]

    @staticmethod
    def random(rng, tasks=5, dimension=2, terms=4, shift=0.0, noise=0.0):
        """Frequencies ~ N(0, I), amplitudes ~ N(0, 1 / terms), phases ~ U[−π, π], shifts ~ shift ·
        N(0, 1)."""
        check_random(rng, tasks=tasks, dimension=dimension, terms=terms)
        shift = check_not_negative("shift", shift)
        size = (tasks, terms)
        x = rng.normal(size=(terms, dimension))
        c = rng.normal(size=size) / np.sqrt(terms)
        phi = rng.uniform(-np.pi, np.pi, size)
        return CosineSums(x, c, phi, shift * rng.normal(size=size), noise)

    # ---- certified constants

    @property
    def L(self):
        """Every ∇l_i is L-Lipschitz: the largest L of the tasks' `CosineSum`."""
        return max(loss.L for loss in self.query_losses)

    @property
    def rho(self):
        """Every ∇²l_i is ρ-Lipschitz: the largest rho of the tasks' `CosineSum`."""
        return max(loss.rho for loss in self.query_losses)

    @property
    def sigma(self):
        """σ of A2, for all w. With z_im = c_im exp(iφ_im), ∇l_i − ∇l = −Σ_m x_m Im(exp(iw·x_m)
        (z_im − E z_m)). The m-th imaginary part has mean square at most s_m² = ½(E|z − Ez|² + |E(z
        − Ez)²|) at any angle, and by Cauchy–Schwarz E‖∇l_i − ∇l‖² <= Σ_mn |x_m·x_n| s_m s_n.
        Attained when the x_m are orthogonal and not 0."""
        z = self.c * np.exp(1j * self.phi)
        z = z - z.mean(0)
        s_squared = 0.5 * (np.mean(np.abs(z) ** 2, 0) + np.abs(np.mean(z * z, 0)))
        return bound_sum(self.x, np.sqrt(s_squared))

    @property
    def b_i(self):
        """(tasks,): ‖∇l_{S_i}(w) − ∇l_{T_i}(w)‖ <= b_i for all w, as for sigma with |c_im| |exp(i
        shift_im) − 1| for s_m."""
        s = np.abs(self.c * (np.exp(1j * self.shift) - 1))
        return np.array([bound_sum(self.x, task) for task in s])

    @property
    def sigma_g(self):
        """σ_g of A3, for one sample: its gradient is off by ∓tan δ Σ_m c_m cos(·) x_m with
        independent signs, whose mean square is at most tan²δ Σ c_m² ‖x_m‖²."""
        squares = self.c**2 @ np.sum(self.x**2, axis=1)
        return float(np.tan(self.noise) * np.sqrt(squares.max()))

    @property
    def sigma_H(self):
        """σ_H of A3, for one sample: its Hessian is off by ±tan δ Σ_m c_m sin(·) x_m x_mᵀ with
        independent signs, whose mean square along v is at most tan²δ Σ c_m² ‖x_m‖² (x_m·v)²."""
        weights = self.c**2 * np.sum(self.x**2, axis=1)
        largest = max(spectral_norm(self.x, task) for task in weights)
        return float(np.tan(self.noise) * np.sqrt(largest))

    # ---- tasks

    def sample(self, rng, batch):
        """-> finite-sum `Tasks` (x, c, phi): x (batch, M, d), one row of c and of phi, (batch, 1,
        M)."""
        tasks = draw_tasks(rng, len(self.c), batch)
        x = np.repeat(self.x[None], batch, axis=0)
        c = self.c[tasks, None]
        shifted = (self.phi + self.shift)[tasks, None]
        return Tasks.finite_sum(support=(x, c, shifted), query=(x, c, self.phi[tasks, None]))

    def resample(self, rng, batch, steps, samples):
        """-> resampled `Tasks` (x, c, phi): x (batch, steps, M, d), c and phi (batch, steps, S or
        D, M); outer without steps and with T. The task is the query loss: `shift` plays no part.
        samples: dict(inner=S, hessian=D, outer=T)."""
        S, D, T, N = check_resample(samples, steps)
        tasks = draw_tasks(rng, len(self.c), batch)

        def draw_samples(*sizes):
            M = len(self.x)
            per_task = (batch, *[1] * len(sizes), M)
            amplitudes = self.c[tasks].reshape(per_task) / np.cos(self.noise)
            signs = rng.choice([-1.0, 1.0], (batch, *sizes, M))
            x = np.broadcast_to(self.x, (batch, *sizes[:-1], *self.x.shape))
            c = np.broadcast_to(amplitudes, signs.shape)
            phi = self.phi[tasks].reshape(per_task) + self.noise * signs
            return x, c, phi

        return Tasks.resampled(
            inner=draw_samples(N, S), hessian=draw_samples(N, D), outer=draw_samples(T)
        )

    def draw(self):
        """-> matplotlib Figure: the largest curvature that is seen along a line, beside the
        certificate."""
        along = np.eye(self.x.shape[1])[0]
        t = np.linspace(-10, 10, 2001)

        def curvature(loss, s):
            """The largest |eigenvalue| of the Hessian at s along the first axis."""
            return float(np.linalg.norm(loss.hessian(s * along), 2))

        seen = max(curvature(loss, s) for loss in self.query_losses for s in t[::10])
        title = (
            f"Bounded everywhere: along this line the curvatures seen reach {seen:.2g}, "
            f"the certificate says L = {self.L:.2g}"
        )
        with picture(title, panels=2, size=(11.0, 4.8)) as (figure, (left, right)):
            for k, loss in enumerate(self.query_losses[:3]):
                line = look(k, label=f"task {k}", linewidth=1.8)
                left.plot(t, [loss.value(s * along) for s in t], **line)
                right.plot(t, [curvature(loss, s) for s in t], **line)
            certificate = dict(color="black", linewidth=1.5, linestyle=DOTS)
            right.axhline(self.L, label="L, certified for all w", **certificate)
            left.set_ylabel("loss")
            left.legend(ncols=3, loc="upper center")
            low, high = left.get_ylim()
            left.set_ylim(top=high + 0.15 * (high - low))  # room for the legend
            right.set(ylabel="largest |eigenvalue| of the Hessian", ylim=(0, 1.25 * self.L))
            right.legend(ncols=2, loc="upper center")
            for axes in (left, right):
                axes.set_xlabel("first coordinate of w (the others 0)")
        return figure
