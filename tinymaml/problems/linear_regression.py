"""Linear regression: tasks y = x·θ_i + noise, the simplest ones with samples (lessons 11 to 13).

tasks     θ_i ~ N(mean, spread² I)
samples   x ~ N(0, Σ), Σ = diag(scales²),  y = x·θ_i + noise · N(0, 1)
losses    l_i(w) = E ½(x·w − y)² = ½ (w − θ_i)ᵀ Σ (w − θ_i) + ½ noise²
"""

import numpy as np

import tinymaml as tm

from ..engine.errors.arguments import check_count, check_not_negative, numbers
from ..engine.loss import Loss
from ..maml.tasks import Tasks, check_arrays
from ..pictures import DOTS, MARKERS, look, picture
from .common import Absent, check_draw, check_inner, check_resample, check_w


def half_mean_square(p, x, y):
    return 0.5 * tm.mean(tm.square(x @ p["w"] - y))


class LinearRegression:
    """scales: standard deviations of the features, (d,), > 0. mean: of the tasks' θ, (d,); None:
    ones. spread: standard deviation of each coordinate of θ. noise: of y. shots, queries: samples
    in the support and in the query set (None: as many as shots).

    The constants are those of the expected losses l_i, which have the common Hessian Σ; a sample's
    own L has no bound, since x is Gaussian.
    """

    def __init__(self, scales=(1.0, 0.5), mean=None, spread=1.0, noise=0.1, shots=5, queries=None):
        self.scales = numbers("scales", scales, 1)
        if not (self.scales > 0).all():
            raise ValueError(f"scales is {scales}; expected numbers > 0")
        self.mean = np.ones_like(self.scales) if mean is None else numbers("mean", mean, 1)
        if self.mean.shape != self.scales.shape:
            raise ValueError(
                f"mean has shape {self.mean.shape}; expected that of scales, {self.scales.shape}"
            )
        self.spread = check_not_negative("spread", spread)
        self.noise = check_not_negative("noise", noise)
        self.shots = check_count("shots", shots, 1)
        self.queries = self.shots if queries is None else check_count("queries", queries, 1)
        d = len(self.scales)
        self.loss = Loss(half_mean_square, {"w": np.zeros((d, 1))})
        self.start = np.zeros(d)

    # ---- certified constants

    @property
    def L(self):
        """Every ∇l_i is L-Lipschitz: the largest eigenvalue of Σ."""
        return float((self.scales**2).max())

    rho = 0.0
    """The Hessian of l_i does not depend on w."""

    @property
    def sigma(self):
        """The smallest σ of A2: ∇l_i − ∇l = −Σ(θ_i − mean) at every w, so that σ² = spread²
        ‖Σ‖_F²."""
        return float(self.spread * np.linalg.norm(self.scales**2))

    @property
    def sigma_H(self):
        """The smallest σ_H of A3, for one sample: E‖(xxᵀ − Σ)v‖² = vᵀ(Σ² + tr(Σ) Σ)v by the fourth
        moments of a Gaussian."""
        s = self.scales**2
        return float(np.sqrt((s * s + s.sum() * s).max()))

    sigma_g = Absent(
        "the gradient of a sample, x(x·(w − θ) − noise), is off by more the further w is from θ"
    )
    b_i = Absent(
        "support and query sets have different x, "
        "so that the difference of their gradients grows with w"
    )

    # ---- tasks

    def sample(self, rng, batch):
        """-> finite-sum `Tasks` (x, y): support (batch, shots, d) and (batch, shots, 1), query the
        same with `queries`."""
        theta = self.thetas(rng, check_draw(rng, batch))
        x, y = self.points(rng, theta, self.shots + self.queries)
        given, asked = slice(None, self.shots), slice(self.shots, None)
        return Tasks.finite_sum(
            support=(x[:, given], y[:, given]), query=(x[:, asked], y[:, asked])
        )

    def resample(self, rng, batch, steps, samples):
        """-> resampled `Tasks` (x, y): x (batch, steps, S or D, d), outer (batch, T, d). samples:
        dict(inner=S, hessian=D, outer=T)."""
        S, D, T, N = check_resample(samples, steps)
        theta = self.thetas(rng, check_draw(rng, batch))

        def draw_for_each_step(count):
            x, y = self.points(rng, theta, N * count)
            return x.reshape(batch, N, count, len(self.scales)), y.reshape(batch, N, count, 1)

        return Tasks.resampled(
            inner=draw_for_each_step(S),
            hessian=draw_for_each_step(D),
            outer=self.points(rng, theta, T),
        )

    def thetas(self, rng, batch):
        """-> the tasks' θ, (batch, d, 1)."""
        return self.mean[:, None] + self.spread * rng.standard_normal((batch, len(self.mean), 1))

    def points(self, rng, theta, count):
        """-> x (batch, count, d) and y (batch, count, 1)."""
        x = self.scales * rng.standard_normal((len(theta), count, len(self.scales)))
        return x, x @ theta + self.noise * rng.standard_normal((len(theta), count, 1))

    # ---- closed forms; w: (d,) float, alpha > 0, steps >= 0

    def adapted(self, w, x, y, alpha, steps):
        """w_N on the support sets x (batch, rows, d), y (batch, rows, 1) -> (batch, d).

        It is M^N w + α Σ_{j<N} M^j xᵀy / rows, with M = I − α xᵀx / rows. In the axes Q of xᵀx the
        sum is geometric: (1 − (1 − αh)^N) / h for an eigenvalue h of xᵀx / rows, αN for h = 0.
        """
        alpha, steps = check_inner(alpha, steps)
        x, y = check_arrays("support", (x, y), 3)
        xt = x.swapaxes(1, 2) / x.shape[1]
        h, Q = np.linalg.eigh(xt @ x)
        Qt = Q.swapaxes(1, 2)
        start = Qt @ check_w(w, x.shape[2])[:, None]
        pull = Qt @ (xt @ y)
        power = (1 - alpha * h) ** steps
        is_zero = ~(h > 1e-12 * h[:, -1:])
        geometric = np.where(is_zero, alpha * steps, (1 - power) / np.where(h > 0, h, 1))
        return (Q @ (power[:, :, None] * start + geometric[:, :, None] * pull))[:, :, 0]

    def meta_gradients(self, w, tasks, alpha, steps):
        """(batch, d): every task's meta-gradient M^N xᵀ(x w_N − y) / rows, of finite-sum `tasks`
        from `sample`."""
        (x, _), (xq, yq) = tasks.inner, tasks.outer
        w_N = self.adapted(w, *tasks.inner, alpha, steps)
        g = xq.swapaxes(1, 2) @ (xq @ w_N[:, :, None] - yq) / xq.shape[1]
        M = np.eye(x.shape[2]) - alpha * (x.swapaxes(1, 2) @ x) / x.shape[1]
        return (np.linalg.matrix_power(M, steps) @ g)[:, :, 0]

    def meta_loss(self, w, alpha, steps):
        """𝓛(w) of the expected losses, a float: ½ E (w − θ)ᵀ Σ (I − αΣ)^2N (w − θ) + ½ noise²."""
        off = check_w(w, len(self.mean)) - self.mean
        mean_square = off * off + self.spread**2  # of w − θ, in each coordinate
        curvatures = self.meta_curvatures(alpha, steps)
        return float(0.5 * curvatures @ mean_square + 0.5 * self.noise**2)

    def meta_gradient(self, w, alpha, steps):
        """∇𝓛(w) of the expected losses, (d,)."""
        return self.meta_curvatures(alpha, steps) * (check_w(w, len(self.mean)) - self.mean)

    def meta_curvatures(self, alpha, steps):
        """(d,): the diagonal of ∇²𝓛 = Σ (I − αΣ)^2N."""
        alpha, steps = check_inner(alpha, steps)
        return self.scales**2 * (1 - alpha * self.scales**2) ** (2 * steps)

    @property
    def minimiser(self):
        """(d,): the meta-objective's minimiser is the mean of the θ_i for every α and N; with small
        support sets too, since there the expected meta-gradient is E[M^N Σ M^N] (w − mean). (Where
        1 − α Σ_kk = 0 it is not the only one.)"""
        return self.mean.copy()

    def draw(self, alpha=0.2, steps=10):
        """-> matplotlib Figure: the mean query loss against the steps taken, from the minimiser and
        from zero."""
        alpha, steps = check_inner(alpha, steps)
        tasks = self.sample(np.random.default_rng(0), 500)
        x, y = tasks.outer

        def mean_losses(w):
            losses = []
            for n in range(steps + 1):
                adapted = self.adapted(w, *tasks.inner, alpha, n)
                losses.append(0.5 * float(np.mean((x @ adapted[:, :, None] - y) ** 2)))
            return losses

        best = mean_losses(self.minimiser)
        zero = mean_losses(np.zeros_like(self.mean))
        worth = f"more than {steps} gradient steps"
        for n, value in enumerate(zero):
            if value <= best[0]:
                worth = "1 gradient step" if n == 1 else f"{n} gradient steps"
                break
        with picture(f"Starting at the mean of the tasks is worth {worth}") as (figure, axes):
            mean = "from the mean of the tasks (MAML’s minimiser)"
            axes.plot(best, marker=MARKERS[0], **look(0, label=mean))
            axes.plot(zero, marker=MARKERS[1], **look(1, label="from zero"))
            axes.axhline(
                0.5 * self.noise**2,
                color="0.5",
                linewidth=1.5,
                linestyle=DOTS,
                label="noise: no w does better on average",
            )
            axes.set_xlabel(f"gradient steps on {self.shots} points of a new task (α = {alpha:g})")
            axes.set_ylabel("mean loss on new points")
            axes.set_ylim(0, None)
            axes.legend()
        return figure
