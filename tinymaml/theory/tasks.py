"""One task of an instance: its losses, its exact paths, and Algorithm 1's paths for every pattern
of signs (lessons 14 and 17)."""

from functools import cached_property

import numpy as np

from .losses import evaluate
from .paths import Path, apply, multiply


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

    # Algorithm 1: everything below has an axis of R patterns of signs, and a mean over it is an
    # expectation.

    @property
    def signs(self):
        """The `Signs` of this task's samples."""
        return self.instance.signs[self.number]

    @cached_property
    def outer_signs(self):
        """(n,): the equally likely signs of one sample of the outer gradient."""
        if self.instance.arguments["signs"] is None:  # no need to enumerate all patterns
            noisy = self.instance.noise[-1].any()
            return np.array([1.0, -1.0] if noisy else [1.0])
        values, counts = np.unique(self.signs.outer, return_counts=True)
        return np.repeat(values, counts // np.gcd.reduce(counts))

    @cached_property
    def inner_noise(self):
        """(N, R, d): ∇l_i(w_j; S_j) − ∇l_i(w_j), the same wherever w_j is."""
        x = self.instance
        return self.signs.inner[..., None] * x.noise[:-1, None] / np.sqrt(x.S)

    @cached_property
    def hessian_noise(self):
        """(N, R, d, d): ∇²l_i(w_j; D_j) − ∇²l_i(w_j)."""
        x = self.instance
        return self.signs.hessians[..., None, None] * x.hessian_noise[:, None] / np.sqrt(x.D)

    @cached_property
    def outer_noise(self):
        """(R, d): ∇l_i(w_N; T) − ∇l_i(w_N)."""
        x = self.instance
        return self.signs.outer[:, None] * x.noise[-1] / np.sqrt(x.T)

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
