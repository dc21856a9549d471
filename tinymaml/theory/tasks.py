"""One task of an instance: its losses, its exact paths, and Algorithm 1's paths for every pattern
of signs (lessons 14 and 17)."""

from functools import cached_property

import numpy as np

from .losses import evaluate
from .paths import Path, apply, multiply
from .signs import law_of_sign


class Task:
    """One task of an instance: its probability `p`, its losses `inner` and `outer`, its paths from
    w and from u."""

    def __init__(self, instance, number, p, inner, outer):
        self.instance = instance
        self.number = number
        self.p = p
        self.inner = inner
        self.outer = outer
        self.a = instance.a
        self.alpha = instance.alpha
        self.steps = instance.steps
        self.L = instance.L
        self.rho = instance.rho

    def growth(self, n):
        """a^n − 1, to rounding even where αL is tiny."""
        return self.instance.growth(n)

    def path(self, start):
        """The exact `Path` from start (..., d)."""
        return Path(self.inner, self.outer, start, self.alpha, self.steps)

    @cached_property
    def from_w(self):
        """The exact `Path` from the instance's w."""
        return self.path(self.instance.w)

    @cached_property
    def from_u(self):
        """The exact `Path` from the instance's u. Raises ValueError where it has none."""
        if self.instance.u is None:
            raise ValueError("this claim compares w with a second point; give the instance u=")
        return self.path(self.instance.u)

    @cached_property
    def gradient(self):
        """∇l_i(w), (d,); in the finite sum ∇l_{T_i}(w)."""
        return evaluate(self.outer, "gradient", self.instance.w)

    @property
    def b(self):
        """b_i of the finite sum, a float."""
        return float(self.instance.b_i[self.number])

    # Algorithm 1: everything below has an axis of R patterns of signs; `expect` is the mean over
    # it.

    @property
    def signs(self):
        """The `Signs` of this task's samples."""
        return self.instance.signs[self.number]

    def expect(self, values, axis=-1):
        """E over the patterns of signs, which are along this axis; of a number without one, the
        number."""
        if np.ndim(values) == 0:
            return values
        return np.tensordot(self.signs.p, values, (0, axis))

    @cached_property
    def outer_law(self):
        """The law of the sign of D_L samples of the outer gradient: values (n,), probabilities
        (n,)."""
        x = self.instance
        if x.arguments["signs"] is not None:
            values, where = np.unique(self.signs.outer, return_inverse=True)
            return values, np.bincount(where, self.signs.p)
        if not x.noise[-1].any():
            return np.ones(1), np.ones(1)
        return law_of_sign(x.batch, x.D_L)

    @cached_property
    def inner_noise(self):
        """(N, R, d): ∇l_i(w_j; S_j) − ∇l_i(w_j) of the mini-batch S_j."""
        return self.inner_sample_noise * self.instance.scale(self.instance.S)

    @cached_property
    def inner_sample_noise(self):
        """(N, R, d): the same of one sample, or of what has its second moment."""
        return self.signs.inner[..., None] * self.instance.noise[:-1, None]

    @cached_property
    def hessian_noise(self):
        """(N, R, d, d): ∇²l_i(w_j; D_j) − ∇²l_i(w_j) of the mini-batch D_j."""
        return self.hessian_sample_noise * self.instance.scale(self.instance.D)

    @cached_property
    def hessian_sample_noise(self):
        """(N, R, d, d): the same of one sample."""
        return self.signs.hessians[..., None, None] * self.instance.hessian_noise[:, None]

    @cached_property
    def outer_noise(self):
        """(R, d): ∇l_i(w_N; T) − ∇l_i(w_N) of the mini-batch T."""
        return self.outer_sample_noise * self.instance.scale(self.instance.T)

    @cached_property
    def outer_sample_noise(self):
        """(R, d): the same of one sample."""
        return self.signs.outer[:, None] * self.instance.noise[-1]

    @cached_property
    def noisy(self):
        """Algorithm 1's path from w: points (N + 1, R, d)."""
        x = self.instance
        start = np.broadcast_to(x.w, (len(self.signs.rows), len(x.w)))
        return Path(self.inner, self.outer, start, x.alpha, x.steps, self.inner_noise)

    @cached_property
    def drift(self):
        """(N + 1, R, d): w_j − w̃_j, how far the noise has moved the path."""
        return self.noisy.points - self.from_w.points[:, None]

    @cached_property
    def pull(self):
        """(N + 1, R, d): ∇l_i(w_j) − ∇l_i(w̃_j)."""
        return self.noisy.gradients - self.from_w.gradients[:, None]

    @cached_property
    def sampled_factors(self):
        """(N, R, d, d): I − αĤ_j, with the noise of the Hessian samples."""
        return self.noisy.factors - self.alpha * self.hessian_noise

    @cached_property
    def sampled_gradient(self):
        """(R, d): ∇l_i(w_N; T), with the noise of the outer samples."""
        return self.noisy.outer_gradient + self.outer_noise

    @cached_property
    def estimate(self):
        """(R, d): Ĝ_i(w) for each pattern of signs."""
        return apply(multiply(self.sampled_factors), self.sampled_gradient)
