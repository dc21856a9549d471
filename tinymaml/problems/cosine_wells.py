"""Cosine wells: two tasks in one dimension that show why the inner stepsize must shrink like 1/N
(theory, section 3; lesson 16)."""

import numpy as np

from ..engine.errors.arguments import check_count, check_floats, check_positive
from ..pictures import look, picture
from .common import check_inner
from .cosine_sums import CosineSums


class CosineWells(CosineSums):
    """The tasks 1 − cos(w − spread) and 1 − cos(w + spread): L = ρ = 1, and σ = |sin spread|,
    attained at w = 0.

    spread: half the distance between the wells, > 0. noise: as in `CosineSums`; σ_g = σ_H = tan
    noise. `start` is (2,), up the wall of both wells.
    """

    def __init__(self, spread=1.0, noise=0.0):
        self.spread = s = check_positive("spread", spread)
        super().__init__(
            x=[[0.0], [1.0]], c=[[1.0, -1.0]] * 2, phi=[[0.0, -s], [0.0, s]], noise=noise
        )  # frequency 0: the constant 1
        self.start = np.array([2.0])

    def meta(self, w, alpha, steps):
        """The meta-objective and its first two derivatives at every w -> 𝓛, 𝓛′, 𝓛″, each like w, an
        array of floats of any shape.

        The chain rule in forward order: with z = w_j, z′ and z″ its derivatives by w, one inner
        step makes of them
        z − αl′(z),  (1 − αl″(z)) z′  and  (1 − αl″(z)) z″ − αl‴(z) z′²;  at the end 𝓛″ = l″ z′² + l′ z″.
        """
        alpha, steps = check_inner(alpha, steps)
        check_floats("w", w)
        centre = np.array([self.spread, -self.spread]).reshape(2, *[1] * np.ndim(w))
        z, z1, z2 = np.stack([w, w]), np.ones((2, *np.shape(w))), np.zeros((2, *np.shape(w)))
        for _ in range(steps):
            sin, cos = np.sin(z - centre), np.cos(z - centre)  # l′ = −l‴ and l″
            z, z1, z2 = (
                z - alpha * sin,
                (1 - alpha * cos) * z1,
                (1 - alpha * cos) * z2 + alpha * sin * z1 * z1,
            )
        sin, cos = np.sin(z - centre), np.cos(z - centre)
        return (1 - cos).mean(0), (sin * z1).mean(0), (cos * z1 * z1 + sin * z2).mean(0)

    def largest_curvature(self, alpha, steps):
        """The largest |𝓛″|, a float, from a fine grid around the period: near, and never above, the
        smallest L of the meta-objective.

        It is very sharp near the wells' maxima, ±spread + π, where it is about ½a^2N: the grid is
        finest there.
        """
        fine = np.geomspace(1e-12, np.pi, 2000)
        near = np.concatenate([[0.0], fine, -fine])
        return float(
            max(
                np.abs(self.meta(c + near, alpha, steps)[2]).max()
                for c in (self.spread + np.pi, -self.spread + np.pi, 0.0)
            )
        )

    def draw(self, alpha=0.5, steps=(1, 5, 20)):
        """-> matplotlib Figure: the meta-objective after N steps, with alpha fixed and with alpha /
        N."""
        steps = [check_count("steps", n, 1) for n in steps]
        if not steps:
            raise ValueError("steps is empty; expected numbers of inner steps, as in (1, 5, 20)")
        near = np.geomspace(
            1e-9, 1.0, 400
        )  # the maxima become needles, which a plain grid would miss
        w = np.sort(
            np.concatenate(
                [
                    np.linspace(-np.pi, np.pi, 801),
                    *(
                        top + s * near
                        for top in (np.pi - self.spread, self.spread - np.pi)
                        for s in (-1, 0, 1)
                    ),
                ]
            )
        )
        sharpest = [self.largest_curvature(a, steps[-1]) for a in (alpha, alpha / steps[-1])]
        fixed, scaled = (
            f"{float(f'{c:.2g}'):,.4g}" if c < 1000 else f"{float(f'{c:.2g}'):,.0f}"
            for c in sharpest
        )
        title = f"After {steps[-1]} steps the curvature of the meta-objective reaches {fixed} with α fixed, {scaled} with α = c/N"
        with picture(title, panels=2, size=(11.0, 4.8)) as (figure, panels):
            for axes, scaled in zip(panels, (False, True)):
                axes.plot(
                    w,
                    self.meta(w, alpha, 0)[0],
                    color="0.6",
                    linewidth=1.5,
                    linestyle=(0, (1, 1)),
                    label="N = 0",
                )
                for k, n in enumerate(steps):
                    axes.plot(
                        w,
                        self.meta(w, alpha / n if scaled else alpha, n)[0],
                        **look(k, label=f"N = {n}"),
                    )
                axes.set(
                    xlabel="w", ylabel="meta-objective", xlim=(-np.pi, np.pi), ylim=(-0.05, 2.05)
                )
                axes.set_title(f"α = {alpha:g} / N" if scaled else f"α = {alpha:g} for every N")
                axes.legend(loc="upper center", ncols=2)
        return figure
