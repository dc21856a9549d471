"""Cosine wells: two tasks in one dimension that show why the inner stepsize must shrink like 1/N
(lesson 16)."""

import numpy as np

from ..engine.errors.arguments import check_counts, check_floats, check_positive
from ..pictures import DOTS, look, picture
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
        x = [[0.0], [1.0]]  # frequency 0: the constant 1
        c = [[1.0, -1.0], [1.0, -1.0]]
        phi = [[0.0, -s], [0.0, s]]
        super().__init__(x, c, phi, noise=noise)
        self.start = np.array([2.0])

    def meta(self, w, alpha, steps):
        """The meta-objective and its first two derivatives at every w -> 𝓛, 𝓛′, 𝓛″, each like w, an
        array of floats of any shape.

        The chain rule in forward order: with z = w_j, z′ and z″ its derivatives by w, one inner
        step makes of them

            z − αl′(z),  (1 − αl″(z)) z′  and  (1 − αl″(z)) z″ − αl‴(z) z′²;

        at the end 𝓛″ = l″ z′² + l′ z″.
        """
        alpha, steps = check_inner(alpha, steps)
        check_floats("w", w)
        centre = np.array([self.spread, -self.spread]).reshape(2, *[1] * np.ndim(w))
        z = np.stack([w, w])
        z1 = np.ones(z.shape)
        z2 = np.zeros(z.shape)
        for _ in range(steps):
            sin, cos = np.sin(z - centre), np.cos(z - centre)  # l′ = −l‴ and l″
            z2 = (1 - alpha * cos) * z2 + alpha * sin * z1 * z1
            z1 = (1 - alpha * cos) * z1
            z = z - alpha * sin
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
        centres = (self.spread + np.pi, -self.spread + np.pi, 0.0)
        curvatures = [self.meta(centre + near, alpha, steps)[2] for centre in centres]
        return float(np.abs(curvatures).max())

    def grid(self):
        """Points of one period at which to draw the meta-objective, ascending. Its maxima become
        needles, which an even grid would miss: it is finest there."""
        near = np.geomspace(1e-9, 1.0, 400)
        points = [np.linspace(-np.pi, np.pi, 801)]
        for top in (np.pi - self.spread, self.spread - np.pi):
            points += [top - near, np.array([top]), top + near]
        return np.sort(np.concatenate(points))

    def draw(self, alpha=0.5, steps=(1, 5, 20)):
        """-> matplotlib Figure: the meta-objective after N steps, with alpha fixed and with alpha /
        N."""
        alpha, steps = check_positive("alpha", alpha), check_counts("steps", steps, 1)
        last = steps[-1]
        fixed = self.largest_curvature(alpha, last)
        scaled = self.largest_curvature(alpha / last, last)
        title = (
            f"After {last} steps the curvature of the meta-objective reaches "
            f"{two_digits(fixed)} with α fixed, {two_digits(scaled)} with α = c/N"
        )
        w = self.grid()
        before = self.meta(w, alpha, 0)[0]
        with picture(title, panels=2, size=(11.0, 4.8)) as (figure, (left, right)):
            for axes in (left, right):
                axes.plot(w, before, color="0.6", linewidth=1.5, linestyle=DOTS, label="N = 0")
            for k, n in enumerate(steps):
                line = look(k, label=f"N = {n}")
                left.plot(w, self.meta(w, alpha, n)[0], **line)
                right.plot(w, self.meta(w, alpha / n, n)[0], **line)
            left.set_title(f"α = {alpha:g} for every N")
            right.set_title(f"α = {alpha:g} / N")
            for axes in (left, right):
                axes.set(xlabel="w", ylabel="meta-objective")
                axes.set(xlim=(-np.pi, np.pi), ylim=(-0.05, 2.05))
                axes.legend(loc="upper center", ncols=2)
        return figure


def two_digits(x):
    """x in words, rounded to two digits and written out."""
    rounded = float(f"{x:.2g}")
    return f"{rounded:,.4g}" if x < 1000 else f"{rounded:,.0f}"
