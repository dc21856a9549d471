"""Sinusoids: the regression tasks of Finn, Abbeel & Levine (2017), "Model-agnostic meta-learning",
section 5.1 (lesson 09)."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..engine.errors.arguments import check_count, check_not_negative
from ..engine.loss import Loss
from ..maml.tasks import Tasks
from ..pictures import MARKERS, PALETTE, look, picture
from . import networks
from .common import NO_BOUND, Absent, check_draw, check_dtype, check_resample


@dataclass
class Sinusoids:
    """Tasks y = A sin(x − φ) with A ~ U[0.1, 5], φ ~ U[0, π] and x ~ U[−5, 5]: `shots` points to
    adapt on, `queries` to be judged on.

    noise: standard deviation of what is added to every y. dtype: of the tasks and of the network's
    `start`.
    """

    shots: int = 10
    queries: int | None = None  # None: as many as shots
    dtype: type = np.float64
    noise: float = 0.0

    L = Absent(NO_BOUND)
    rho = Absent(NO_BOUND)
    sigma = Absent(NO_BOUND)
    b_i = Absent(NO_BOUND)

    def __post_init__(self):
        check_count("shots", self.shots, 1)
        check_dtype(self.dtype)
        queries = self.shots if self.queries is None else self.queries
        self.queries = check_count("queries", queries, 1)
        self.noise = check_not_negative("noise", self.noise)

    @cached_property
    def loss(self):
        """The mean squared error of the literature's network: 1-40-40-1, tanh."""
        return Loss(networks.mse(), networks.initial(np.random.default_rng(0)))

    @property
    def start(self):
        """(P,): initial weights, always the same."""
        return self.loss.flatten(networks.initial(np.random.default_rng(0), dtype=self.dtype))

    def sample(self, rng, batch):
        """-> finite-sum `Tasks`: support (batch, shots, 1), query (batch, queries, 1)."""
        wave = self.waves(rng, check_draw(rng, batch))
        x, y = self.points(rng, wave, self.shots + self.queries)
        given, asked = slice(None, self.shots), slice(self.shots, None)
        return Tasks.finite_sum(
            support=(x[:, given], y[:, given]), query=(x[:, asked], y[:, asked])
        )

    def resample(self, rng, batch, steps, samples):
        """-> resampled `Tasks`: fresh points of the same wave for every inner step, every Hessian
        and the outer gradient. samples: dict(inner=S, hessian=D, outer=T), numbers of points; x and
        y are (batch, steps, S or D, 1) and (batch, T, 1)."""
        S, D, T, N = check_resample(samples, steps)
        wave = self.waves(rng, check_draw(rng, batch))

        def draw_for_each_step(count):
            x, y = self.points(rng, wave, N * count)
            return x.reshape(batch, N, count, 1), y.reshape(batch, N, count, 1)

        return Tasks.resampled(
            inner=draw_for_each_step(S),
            hessian=draw_for_each_step(D),
            outer=self.points(rng, wave, T),
        )

    def waves(self, rng, batch):
        """-> the amplitudes A and the phases φ, each (batch, 1, 1)."""
        amplitude = rng.uniform(0.1, 5.0, (batch, 1, 1))
        phase = rng.uniform(0.0, np.pi, (batch, 1, 1))
        return amplitude, phase

    def points(self, rng, wave, count):
        """-> x and y, each (batch, count, 1)."""
        amplitude, phase = wave
        x = rng.uniform(-5.0, 5.0, (len(phase), count, 1)).astype(self.dtype)
        y = amplitude * np.sin(x - phase)
        if self.noise:
            y = y + self.noise * rng.standard_normal(y.shape)
        return x, y.astype(self.dtype)

    def draw(self):
        """-> matplotlib Figure: three tasks and the points given of each."""
        rng = np.random.default_rng(3)
        wave = self.waves(rng, 3)
        x, y = self.points(rng, wave, self.shots)
        line = np.linspace(-5, 5, 201)
        points = "1 point" if self.shots == 1 else f"{self.shots} points"
        title = f"The same x, another wave in every task: {points} must tell which one it is"
        with picture(title) as (figure, axes):
            for k in range(3):
                amplitude, phase = wave[0].item(k), wave[1].item(k)
                label = f"{amplitude:.1f} sin(x − {phase:.1f})"
                axes.plot(line, amplitude * np.sin(line - phase), **look(k, label=label))
                axes.plot(x[k], y[k], MARKERS[k], color=PALETTE[k], markersize=7)
            axes.set(xlabel="x", ylabel="y")
            figure.legend(loc="outside lower center", ncols=3)
        return figure
