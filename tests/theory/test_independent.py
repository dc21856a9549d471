"""Results evaluated a second time, from the text of their statements alone: plain loops over every
sign of every sample, and no module of the theory but the instance that they are compared with."""

from itertools import product
from math import cos, sin, sqrt

import numpy as np
import pytest

from tinymaml import theory

pytestmark = [pytest.mark.lesson_14, pytest.mark.lesson_15]


class TwoWaves:
    """Two tasks c cos(x·w + φ), and samples whose gradients are ±ν off and whose Hessians ±V."""

    def __init__(self, seed, d, steps, S, D, T):
        rng = np.random.default_rng(seed)
        self.N, self.S, self.D, self.T = steps, S, D, T
        self.c = rng.uniform(0.4, 1.2, 2) * rng.choice([-1.0, 1.0], 2)
        self.x = rng.normal(size=(2, d))
        self.phi = rng.uniform(-3, 3, 2)
        self.p = rng.dirichlet([1, 1])
        self.w = rng.normal(size=d)
        self.nu = rng.normal(size=(steps + 1, d)) / 2
        V = rng.normal(size=(steps, d, d)) / 2
        self.V = V + V.transpose(0, 2, 1)
        self.L = max(abs(c) * float(x @ x) for c, x in zip(self.c, self.x, strict=True))
        self.rho = max(abs(c) * float(x @ x) ** 1.5 for c, x in zip(self.c, self.x, strict=True))
        self.alpha = 0.15 / self.L

    def gradient(self, i, w):
        return -self.c[i] * sin(self.x[i] @ w + self.phi[i]) * self.x[i]

    def hessian(self, i, w):
        return -self.c[i] * cos(self.x[i] @ w + self.phi[i]) * np.outer(self.x[i], self.x[i])

    def exact(self, i):
        """w̃_N and ∇𝓛_i."""
        w, factors = self.w, []
        for _ in range(self.N):
            factors.append(np.eye(len(w)) - self.alpha * self.hessian(i, w))
            w = w - self.alpha * self.gradient(i, w)
        v = self.gradient(i, w)
        for factor in reversed(factors):
            v = factor @ v
        return w, v

    def sampled(self, i):
        """The mean of w_N and of Ĝ_i over all signs: S of each step, D of each Hessian, T at the
        end, each sample with its own."""
        N, S, D, T = self.N, self.S, self.D, self.T
        ends = estimates = 0.0
        count = 0
        for signs in product([1.0, -1.0], repeat=N * (S + D) + T):
            rest = list(signs)
            w, factors = self.w, []
            for j in range(N):
                inner = sum(rest.pop() for _ in range(S)) / S
                hessian = sum(rest.pop() for _ in range(D)) / D
                H = self.hessian(i, w) + hessian * self.V[j]
                factors.append(np.eye(len(w)) - self.alpha * H)
                w = w - self.alpha * (self.gradient(i, w) + inner * self.nu[j])
            v = self.gradient(i, w) + sum(rest) / T * self.nu[N]
            for factor in reversed(factors):
                v = factor @ v
            ends, estimates, count = ends + w, estimates + v, count + 1
        return ends / count, estimates / count

    def instance(self):
        losses = [
            theory.CosineSum(self.x[i : i + 1], self.c[i : i + 1], self.phi[i : i + 1])
            for i in range(2)
        ]
        return theory.ResamplingInstance(
            losses=losses,
            weights=self.p,
            w=self.w,
            alpha=self.alpha,
            steps=self.N,
            noise=self.nu,
            hessian_noise=self.V,
            S=self.S,
            D=self.D,
            T=self.T,
            batch="independent",
        )


@pytest.mark.parametrize(
    "seed, d, steps, S, D, T",
    [
        (0, 2, 1, 1, 1, 1),
        (1, 2, 1, 4, 1, 2),
        (2, 1, 2, 3, 1, 1),
        (3, 3, 2, 2, 2, 1),
        (4, 2, 3, 1, 1, 1),
    ],
)
def test_proposition_2_bend(seed, d, steps, S, D, T):
    """Mean drift and bias, and both bounds."""
    waves = TwoWaves(seed, d, steps, S, D, T)
    a, L, rho, alpha, N = 1 + waves.alpha * waves.L, waves.L, waves.rho, waves.alpha, steps
    sigma_g = max(sqrt(nu @ nu) for nu in waves.nu)
    drift_bound = rho * alpha * sigma_g**2 * (a**N - 1) * (a ** (N - 1) - 1)
    drift_bound /= 2 * (1 + a) * L**2 * S
    C_meta = rho / L * a ** (2 * N - 1) * (a**N - 1)
    C_bend = alpha * sigma_g**2 / 2 * C_meta
    C_err2 = 0.0
    for j in range(N):
        two_drifts = alpha * rho * a ** (N - 1) * sqrt(a ** (2 * N) - 1) * sqrt(a ** (2 * j) - 1)
        C_bend += alpha * sigma_g**2 / (1 + a) * two_drifts
        root = sqrt((a ** (2 * j) - 1) * (a - 1) / (a + 1))
        C_err2 += alpha * rho * sigma_g / L * a ** (2 * N - 1) * root

    bias, m = np.zeros(d), 0.0
    drifts = []
    for i in range(2):
        (end, meta_gradient), (mean_end, mean_estimate) = waves.exact(i), waves.sampled(i)
        drifts.append(np.linalg.norm(mean_end - end))
        bias += waves.p[i] * (mean_estimate - meta_gradient)
        m += waves.p[i] * np.linalg.norm(waves.gradient(i, waves.w))
    bias, bias_bound = np.linalg.norm(bias), C_bend / S + C_err2 * m / sqrt(S)

    result, x = theory.RESULTS["proposition_2_bend"], waves.instance()
    for i in range(2):
        chain = result.evaluate(x, task=i)["mean drift"]
        assert chain.lhs == pytest.approx(drifts[i], rel=1e-8, abs=1e-14)
        assert chain.rhs == pytest.approx(drift_bound, rel=1e-11, abs=1e-15)
        assert drifts[i] <= drift_bound + 1e-14
    chain = result.evaluate(x)["bias"]
    assert chain.lhs == pytest.approx(bias, rel=1e-8)
    assert chain.rhs == pytest.approx(bias_bound, rel=1e-11)
    assert 1e-6 < bias <= bias_bound
