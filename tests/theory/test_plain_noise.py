"""Theorem 1 polarised, Theorem 1 with all that is sharper, and Theorem 4, computed anew: one step
by plain loops over tasks, signs, batches and stepsizes (helpers/plain_theory.py). No inequality is
false, and the package's first and last lines are the same numbers."""

from types import SimpleNamespace

import numpy as np
import pytest

from helpers.plain_theory import KINDS, NoisyTasks, assert_same_ends, batches, draw, size
from tinymaml.theory import RESULTS, ResamplingInstance

pytestmark = pytest.mark.lesson_16

TAU = 10.0
FEW, MANY = range(25), range(25, 1025)


def draw_noisy(seed, kind, sharp, most=0.25):
    """`NoisyTasks` with C_l > 0 and few enough patterns to enumerate, and a point w, which is at
    rest for odd seeds. α is at most `most`/(NL); sharp: C_β may be so small as (H) allows."""
    rng = np.random.default_rng(seed)
    losses, p, sigma = draw(rng, kind, tasks=2, convex=True)
    N, B = ((1, 1), (1, 2), (2, 1), (2, 2), (3, 1))[rng.integers(5)]
    alpha = 10 ** rng.uniform(-2.5, np.log10(most)) / (N * max(loss.L for loss in losses))
    nu = rng.normal(size=(N + 1, 2)) * 10 ** rng.uniform(-2, 1)
    V = rng.normal(size=(N, 2, 2)) * 10 ** rng.uniform(-1, 1) * (N == 1)
    S, D, T = (int(n) for n in rng.integers(1, 200, size=3))
    C_beta = 10 ** rng.uniform(np.log10(1.9125 if sharp else 5), 2)
    x = NoisyTasks(losses, p, alpha, N, sigma, nu, (V + V.swapaxes(1, 2)) / 2, S, D, T, B, C_beta)
    w = rng.normal(size=2) * 10 ** rng.uniform(-1, 1)
    return x, x.settle(w) if seed % 2 else w


def polarised(x):
    """(G): κ, φ, ξ/S + φ/B, C_l and χ of Theorem 1 with one identity in place of two
    inequalities."""
    a, N, L, S, B, C_beta = x.a, x.N, x.L, x.S, x.B, x.C_beta
    drift = 2 * x.alpha * L * x.delta * x.sigma_g**2 / ((2 + x.alpha * L) * S)
    C_err1 = a**N * (a**N - 1) * x.sigma_g
    C_err2 = x.rho * x.sigma_g / L**2 * a ** (2 * N - 1) * (a**N - 1 - N * x.alpha * L)
    C_squ1 = 4 * x.q * a ** (2 * N) / x.C_l**2
    spread = 2 * a ** (2 * N) * x.sigma**2 * (1 + 2 * x.delta**2 / x.C_l**2)
    C_squ2 = x.q * (x.sigma_g**2 / x.T + spread + drift)
    xi = (2 * C_err1**2 + 4 * C_err2**2 * x.sigma**2 / x.C_l**2) / (C_beta * x.A)
    kappa = 2 / (5 * C_beta)
    kappa -= 4 * C_err2**2 / (C_beta * x.C_l**2 * S) + 2 * C_squ1 / (C_beta**2 * B)
    noise = 2 * C_squ2 / (C_beta**2 * x.A) / B + xi / S
    return SimpleNamespace(kappa=kappa, noise=noise, C=x.C_l, tau=1.0)


def sharper_constants(x):
    """Those of Propositions 2', 2'', 3' and of Lemma 7', where 2NαL <= 1."""
    a, N, L, S = x.a, x.N, x.L, x.S
    alpha, sigma, sigma_g = x.alpha, x.sigma, x.sigma_g
    assert 2 * N * alpha * L <= 1
    C = (1 - alpha * L) ** (2 * N)
    tau = x.delta + C
    roots = sum(np.sqrt(a ** (2 * j) - 1) for j in range(N))
    root = np.sqrt((a - 1) / (a + 1))
    C_err1 = a**N * sigma_g * np.sqrt(a ** (2 * N) - 1) * root
    C_err2 = a ** (2 * N - 1) * alpha * x.rho * sigma_g / L * root * roots
    turn = alpha * x.rho * a ** (N - 1) * np.sqrt(a ** (2 * N) - 1) * roots
    C_bend = alpha * sigma_g**2 / 2 * x.C_meta + alpha * sigma_g**2 / (1 + a) * turn
    drift = sigma_g * np.sqrt(alpha * L * x.delta / ((2 + alpha * L) * S))
    r = a**N * tau * sigma / C + drift
    return SimpleNamespace(
        C=C,
        tau=tau,
        at_rest=min(C_bend / S, C_err1 / np.sqrt(S)),
        C_err2=C_err2,
        C_squ1=2 * x.q * a ** (2 * N) / C**2,
        C_squ2=x.q * (sigma_g**2 / x.T + 2 * r**2),
        drift=drift,
    )


def sharp(x):
    """(H): κ and the noise of Theorem 1 with all that is sharper."""
    c, S, B, C_beta = sharper_constants(x), x.S, x.B, x.C_beta
    bias = 2 * c.at_rest**2 + 4 * c.C_err2**2 * c.tau**2 * x.sigma**2 / (c.C**2 * S)
    c.kappa = 2 / (5 * C_beta)
    c.kappa -= 3 / (5 * C_beta) * 4 * c.C_err2**2 / (c.C**2 * S)
    c.kappa -= 0.765 * c.C_squ1 / (C_beta**2 * B)
    c.noise = 0.765 * c.C_squ2 / (C_beta**2 * x.A) / B + 3 / (5 * C_beta * x.A) * bias
    return c


def constant(x):
    """(M): β, η and the two parts of Z, Theorem 4. None where its conditions are not met."""
    c, a, N, B, sigma = sharper_constants(x), x.a, x.N, x.B, x.sigma
    omega = 1 - x.delta * (1 + 1 / TAU)
    e_1, k = 2 * a**N * (a**N - 1), (1 + 1 / TAU) / omega
    b_0, b_1 = c.at_rest, c.C_err2 / np.sqrt(x.S)
    n = x.sigma_g / np.sqrt(x.T) + c.drift
    scatter = np.sqrt(x.q / B)
    far = a**N * np.sqrt(1 + 1 / TAU**2) / omega
    eta_0 = 1 - e_1 * k - b_1 * k * (1 + e_1 * k) - e_1 * k * scatter * far
    if omega <= 0 or eta_0 <= 0:
        return None
    nu = b_0 * (1 + e_1 * k) + e_1 * k * n * scatter
    h = 2 * (1 + b_1 * k) ** 2 + 2 * (scatter * far) ** 2
    n_2 = 2 * b_0**2 + 2 * x.q * n**2 / B
    Lambda = x.A + x.C_meta * (1 + TAU) * sigma
    beta = min(eta_0 / (2 * x.A * h), 1 / Lambda, B / (2 * Lambda * c.C_squ1))
    at_rest = (b_0 + b_1 * (1 + TAU) * sigma) ** 2 / 2 + Lambda * beta * c.C_squ2 / (2 * B)
    return SimpleNamespace(
        beta=beta,
        eta_0=eta_0,
        eta=min(eta_0 / 2, 1 / 4),
        far=nu**2 / eta_0 + x.A * beta * n_2 / 2,
        near=at_rest,
    )


def one_step(x, w, c):
    """E𝓛(w⁺) − 𝓛(w), and the two bounds of it: with L_w, and with θ and χ."""
    G = size(x.meta_gradient(w))
    L_w = x.A + x.C_meta * x.gradient_norm(w)
    by_L_w = (-c.kappa * G**2 + x.A * c.noise) / L_w
    # θ‖∇𝓛‖²/(‖∇𝓛‖ + χ) with θ = κC/C_𝓛, χ = CA/C_𝓛 + τσ, written so that C_𝓛 = 0 is no exception
    progress = c.kappa * c.C * G**2 / (x.C_meta * (G + c.tau * x.sigma) + c.C * x.A)
    return x.loss_after(w) - x.loss(w), by_L_w, c.noise - progress


def bound(x, w, c, K=1):
    """E‖∇𝓛(w_ζ)‖ <= Q + √(χQ), from w on."""
    least = [loss.lower_bound() for loss in x.query]
    per_step = (x.loss(w) - x.p @ least) / K + c.noise
    if x.C_meta == 0:
        return np.sqrt(x.A * per_step / c.kappa)
    Q = per_step * x.C_meta / (c.kappa * c.C)
    return Q + np.sqrt((c.C * x.A / x.C_meta + c.tau * x.sigma) * Q)


def check(seed, kind, constants):
    """Whether the constants exist for this instance; where they do, that nothing is false."""
    x, w = draw_noisy(seed, kind, constants is sharp)
    c = constants(x)
    if c.kappa <= 0 or x.B_L > 3:
        return False
    change, by_L_w, by_theta = one_step(x, w, c)
    rounding = 1e-12 * abs(x.loss(w))
    assert change <= by_L_w + rounding
    assert by_L_w <= by_theta + rounding
    assert size(x.meta_gradient(w)) <= bound(x, w, c) * (1 + 1e-12)
    return True


def constant_step(x, w, c):
    """(M): E𝓛(w⁺) − 𝓛(w), and −ηβ‖∇𝓛(w)‖² + βZ"""
    G, p = batches(*x.estimates(w), x.B)
    change = p @ x.loss(w - c.beta * G) - x.loss(w)
    return change, c.beta * (max(c.far, c.near) - c.eta * size(x.meta_gradient(w)) ** 2)


def check_constant(seed, kind):
    """Whether Theorem 4 says something about this instance; where it does, that it is true."""
    x, w = draw_noisy(seed, kind, sharp=True, most=0.05)
    c = constant(x)
    if c is None:
        return False
    change, bound = constant_step(x, w, c)
    assert change <= bound + 1e-12 * abs(x.loss(w))
    return True


def check_polarised(seed, kind):
    return check(seed, kind, polarised)


def check_sharp(seed, kind):
    return check(seed, kind, sharp)


CHECKS = (check_polarised, check_sharp, check_constant)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("check", CHECKS)
def test_no_inequality_is_false(check, kind):
    assert sum(check(seed, kind) for seed in FEW) > len(FEW) / 4


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("check", CHECKS)
def test_no_inequality_is_false_on_thousands(check, kind):
    assert sum(check(seed, kind) for seed in MANY) > len(MANY) / 4


def instance(x, w):
    return ResamplingInstance(
        losses=x.query,
        weights=x.p,
        w=w,
        alpha=x.alpha,
        steps=x.N,
        noise=x.nu,
        hessian_noise=x.V if x.V.any() else None,
        S=x.S,
        D=x.D,
        T=x.T,
        B=x.B,
        B_L=x.B_L,
        D_L=x.D_L,
        C_beta=x.C_beta,
        sigma=x.sigma,
        lower_bound=x.p @ [loss.lower_bound() for loss in x.query],
    )


@pytest.mark.parametrize("kind", KINDS)
def test_theorem_1_sharp_has_these_ends(kind):
    """`polarised` has no module: its constants are Theorem 1's, but for the identity."""
    for seed in range(20):
        x, w = draw_noisy(seed, kind, sharp=True)
        c = sharp(x)
        if c.kappa <= 0 or x.B_L > 3:
            continue
        found = RESULTS["theorem_1_sharp"].evaluate(instance(x, w))
        change, _, by_theta = one_step(x, w, c)
        assert_same_ends(found["one step"], change, by_theta, x.loss(w))
        G = size(x.meta_gradient(w))
        assert_same_ends(found["bound"], G, bound(x, w, c), x.scale(w))


@pytest.mark.parametrize("kind", KINDS)
def test_theorem_4_has_these_ends(kind):
    for seed in range(20):
        x, w = draw_noisy(seed, kind, sharp=True, most=0.05)
        c = constant(x)
        if c is None:
            continue
        y = instance(x, w)
        found = RESULTS["theorem_4"].evaluate(y)
        change, last = constant_step(x, w, c)
        assert_same_ends(found["one step"], change, last, x.loss(w))
        G2 = size(x.meta_gradient(w)) ** 2
        far, near = c.far - c.eta_0 / 2 * G2, c.near - G2 / 4
        if size(x.gradient(w)) >= TAU * x.sigma:
            assert_same_ends(found["far"], change, c.beta * far, x.loss(w))
        else:
            assert_same_ends(found["near"], change, c.beta * near, x.loss(w))
        whole = (x.loss(w) - y.lower_bound) / (c.eta * c.beta) + max(c.far, c.near) / c.eta
        assert_same_ends(found["bound"], G2, whole, x.scale(w) ** 2)
