"""Losses, inner loops and Algorithms 1 and 2 written anew, with plain loops over tasks, steps,
signs and batches: nothing of tinymaml.theory is used, so that its numbers can be compared."""

from collections import Counter
from itertools import combinations_with_replacement, product
from math import factorial, prod

import numpy as np


class Waves:
    """½ wᵀAw + ⟨s, w⟩ + Σ_m c_m cos(⟨x_m, w⟩ + φ_m), at w (..., d), with an L and a rho that hold
    everywhere."""

    batched = True

    def __init__(self, A, s, x, c, phi):
        self.A, self.s, self.x, self.c, self.phi = A, s, x, c, phi
        most = (x.T * np.abs(c)) @ x  # the cosines' Hessian lies between ± this
        highest = np.linalg.eigvalsh(A + most)[-1]
        lowest = np.linalg.eigvalsh(A - most)[0]
        self.L = float(max(highest, -lowest))
        self.rho = float(sum(abs(c) * np.linalg.norm(x, axis=1) ** 3))

    def value(self, w):
        waves = np.cos(w @ self.x.T + self.phi) @ self.c
        return 0.5 * ((w @ self.A) * w).sum(-1) + w @ self.s + waves

    def gradient(self, w):
        return w @ self.A + self.s - (np.sin(w @ self.x.T + self.phi) * self.c) @ self.x

    def hessian(self, w):
        curvatures = -np.cos(w @ self.x.T + self.phi) * self.c
        return self.A + np.einsum("...m,mi,mj->...ij", curvatures, self.x, self.x)

    def mean_hessian(self, w, u):
        """Of the way from w to u: the mean of cos between two phases is cos of the middle, times
        sin(h)/h, with h half of the distance."""
        middle = (w + u) / 2 @ self.x.T + self.phi
        half = (u - w) / 2 @ self.x.T
        curvatures = -np.cos(middle) * np.sinc(half / np.pi) * self.c
        return self.A + np.einsum("...m,mi,mj->...ij", curvatures, self.x, self.x)

    def lower_bound(self):
        """A number below all values, where A is a positive number times the identity."""
        return -(self.s @ self.s) / (2 * self.A[0, 0]) - np.abs(self.c).sum()


def adapt(loss, w, alpha, steps, noise=None):
    """[w_0, …, w_N]; noise: (N, d) or None, added to the gradients."""
    points = [w]
    for j in range(steps):
        step = loss.gradient(points[-1])
        if noise is not None:
            step = step + noise[j]
        points.append(points[-1] - alpha * step)
    return points


def meta_gradient(inner, outer, w, alpha, steps):
    """∇𝓛_i at w (..., d): (I − αH_0) ⋯ (I − αH_{N−1}) ∇l_T(w̃_N), from right to left."""
    points = adapt(inner, w, alpha, steps)
    v = outer.gradient(points[-1])
    for j in reversed(range(steps)):
        v = v - alpha * (inner.hessian(points[j]) @ v[..., None])[..., 0]
    return v


class Tasks:
    """Tasks with probabilities p: 𝓛 and its gradient, and everything that the constants ask for.
    support, query: lists of `Waves`, one of each a task; without noise one list for both will do.
    """

    def __init__(self, support, query, p, alpha, steps, sigma, b=None):
        self.support, self.query, self.p, self.alpha, self.N = support, query, p, alpha, steps
        self.sigma, self.b = sigma, b
        self.L = max(loss.L for loss in (*support, *query))
        self.rho = max(loss.rho for loss in (*support, *query))
        self.a = 1 + alpha * self.L
        self.A = self.a ** (2 * steps) * self.L
        self.C_meta = self.rho / self.L * self.a ** (2 * steps - 1) * (self.a**steps - 1)
        self.C_l = 2 - self.a ** (2 * steps)
        self.delta = self.a ** (2 * steps) - 1

    def adapted(self, w):
        """[w̃_N of each task]"""
        return [adapt(loss, w, self.alpha, self.N)[-1] for loss in self.support]

    def loss(self, w):
        """𝓛 at w (..., d)"""
        ends = self.adapted(w)
        return sum(
            p * loss.value(end) for p, loss, end in zip(self.p, self.query, ends, strict=True)
        )

    def meta_gradients(self, w):
        """[∇𝓛_i(w)]"""
        pairs = zip(self.support, self.query, strict=True)
        return [meta_gradient(*pair, w, self.alpha, self.N) for pair in pairs]

    def meta_gradient(self, w):
        """∇𝓛 at w (..., d)"""
        return sum(p * g for p, g in zip(self.p, self.meta_gradients(w), strict=True))

    def gradient(self, w):
        """∇l_T(w) = E_i ∇l_{T_i}(w)"""
        return sum(p * loss.gradient(w) for p, loss in zip(self.p, self.query, strict=True))

    def gradient_norm(self, w):
        """E_i‖∇l_{T_i}(w)‖"""
        norms = [size(loss.gradient(w)) for loss in self.query]
        return sum(p * norm for p, norm in zip(self.p, norms, strict=True))

    def scale(self, w):
        """The size of the numbers whose sum is ∇𝓛(w)."""
        return self.gradient_norm(w) + self.L * size(w)

    def settle(self, w, steps=30):
        """Where gradient descent on 𝓛 arrives from w, so that what is left is noise."""
        for _ in range(steps):
            w = w - self.meta_gradient(w) / (self.A + self.C_meta * self.gradient_norm(w))
        return w


def size(x):
    """The Euclidean norm along the last axis."""
    return np.sqrt((x * x).sum(-1))


def batches(vectors, p, B):
    """The means of B independent draws from the vectors, and their probabilities."""
    means, chances = [], []
    for chosen in combinations_with_replacement(range(len(vectors)), B):
        counts = Counter(chosen)
        ways = factorial(B) / prod(factorial(count) for count in counts.values())
        chances.append(ways * prod(p[i] ** count for i, count in counts.items()))
        means.append(sum(count * vectors[i] for i, count in counts.items()) / B)
    return np.array(means), np.array(chances)


def draw(rng, kind, dimension=2, tasks=3, convex=False):
    """Losses of random tasks, their probabilities, and σ of A2 for them. kind: "quadratics" and
    "shifted" waves differ in a linear term, so that σ is exact; "waves" differ in their cosines,
    too. convex: the quadratic part is h‖w‖²/2, so that the losses are bounded below."""
    M = rng.normal(size=(dimension, dimension))
    A = rng.uniform(0.2, 1) * np.eye(dimension) if convex else rng.uniform(0, 1) * (M + M.T)
    common = rng.normal(size=dimension) * 10 ** rng.uniform(-2, 3)
    shifts = rng.normal(size=(tasks, dimension)) * 10 ** rng.uniform(-2, 0.5)
    p = rng.dirichlet(np.ones(tasks))
    terms = 0 if kind == "quadratics" else 3
    x = rng.normal(size=(terms, dimension))
    c = rng.normal(size=terms) * 10 ** rng.uniform(-1, 0.5)
    phi = rng.uniform(0, 2 * np.pi, size=terms)
    variance = sum(p * ((shifts - p @ shifts) ** 2).sum(1))
    losses = [Waves(A, common + shift, x, c, phi) for shift in shifts]
    if kind == "waves":
        radius = np.zeros(tasks)
        for i in range(tasks):
            own = rng.uniform(0, 2 * np.pi, size=terms)
            weights = c * rng.uniform(-1, 1, size=terms)
            losses[i] = Waves(A, common + shifts[i], x, weights, own)
            radius[i] = sum(np.abs(weights) * size(x))
        # centred shifts and waves: E‖s + r‖² <= (√E‖s‖² + √E‖r‖²)²
        variance = (np.sqrt(variance) + np.sqrt(p @ radius**2)) ** 2
    return losses, p, float(np.sqrt(variance))


KINDS = ("quadratics", "shifted", "waves")


class NoisyTasks(Tasks):
    """Algorithm 1 with two-point noise: ±ν_j on the inner gradients and ±ν_N on the outer one,
    ±V_j on the Hessians, every sign with probability ½; a mini-batch of n has 1/√n of it.

    nu: (N + 1, d), V: (N, d, d). S, D, T: the mini-batches' sizes; B: of the batch of tasks."""

    def __init__(self, losses, p, alpha, steps, sigma, nu, V, S, D, T, B, C_beta):
        super().__init__(losses, losses, p, alpha, steps, sigma)
        self.nu, self.V, self.S, self.D, self.T, self.B = nu, V, S, D, T, B
        self.C_beta = C_beta
        self.sigma_g = float(size(nu).max())
        self.sigma_H = max((float(np.linalg.norm(v, 2)) for v in V), default=0.0)
        # Lemma 8
        ratio = (self.C_meta / self.A) ** 2
        self.D_L = int(np.ceil(max(1.0, 16 * ratio * self.sigma_g**2)))
        self.B_L = int(np.ceil((16 * ratio * sigma**2 + 1) / 5))
        self.q = (self.a**2 + alpha**2 * self.sigma_H**2 / D) ** steps

    def estimates(self, w):
        """All Ĝ_i(w) and their probabilities: each task with every pattern of signs."""
        N, found, chances = self.N, [], []
        both = (1, -1) if self.V.any() else (1,)
        for p, loss in zip(self.p, self.query, strict=True):
            for inner in product((1, -1), repeat=N):
                noise = [s * nu / np.sqrt(self.S) for s, nu in zip(inner, self.nu[:N], strict=True)]
                points = adapt(loss, w, self.alpha, N, noise)
                for outer in (1, -1):
                    for signs in product(both, repeat=N):
                        v = loss.gradient(points[N]) + outer * self.nu[N] / np.sqrt(self.T)
                        for j in reversed(range(N)):
                            H = loss.hessian(points[j]) + signs[j] * self.V[j] / np.sqrt(self.D)
                            v = v - self.alpha * H @ v
                        found.append(v)
                        chances.append(p / (2 ** (N + 1) * len(both) ** N))
        return found, chances

    def stepsizes(self, w):
        """All β = 1/(C_β L̂) and their probabilities, from B' = B_L tasks and D_L samples."""
        norms, chances = [], []
        for p, loss in zip(self.p, self.query, strict=True):
            for sign in (1, -1):
                noise = sign * self.nu[self.N] / np.sqrt(self.D_L)
                norms.append(size(loss.gradient(w) + noise))
                chances.append(p / 2)
        X, chances = batches(norms, chances, self.B_L)
        return 1 / (self.C_beta * (self.A + self.C_meta * X)), chances

    def loss_after(self, w):
        """E𝓛(w − βḠ), β independent of Ḡ, the mean of B estimates."""
        G, p_G = batches(*self.estimates(w), self.B)
        beta, p_beta = self.stepsizes(w)
        return p_beta @ self.loss(w - beta[:, None, None] * G) @ p_G


def assert_same_ends(chain, first, last, *sizes):
    """The chain of a result of the package holds, and its first and last lines are these numbers,
    but for rounding of numbers of these sizes."""
    assert chain.holds, chain
    rounding = 1e-12 * max(map(abs, (0.0, *sizes)))
    assert abs(chain.lhs - first) <= 1e-10 * abs(first) + rounding, (chain.lhs, first)
    assert abs(chain.rhs - last) <= 1e-10 * abs(last) + rounding, (chain.rhs, last)
