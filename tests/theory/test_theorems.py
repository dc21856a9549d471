"""Theorems 1 and 2 and the corollaries: their chains on random instances, the enumeration against
plain loops, and broken assumptions."""

from dataclasses import replace
from itertools import product
from math import exp, expm1, inf

import numpy as np
import pytest

from tinymaml.theory import (
    ConditionFailed,
    CosineSum,
    FiniteSumInstance,
    Quadratic,
    ResamplingInstance,
    complexity,
    families,
    sufficient_sizes,
    where_a_step_loses,
)
from tinymaml.theory.batches import count_outcomes, expected, expected_next, joint, run
from tinymaml.theory.chain import ROUNDING
from tinymaml.theory.descent import Moments
from tinymaml.theory.results import (
    corollary_1,
    corollary_1_sharp,
    corollary_2,
    theorem_1,
    theorem_1_sharp,
    theorem_2,
)

THEOREMS, SHARP = [theorem_1.RESULT, theorem_2.RESULT], theorem_1_sharp.RESULT
COROLLARIES = [corollary_1.RESULT, corollary_2.RESULT, corollary_1_sharp.RESULT]
named = dict(ids=lambda result: result.name)


def check(chains, claims):
    assert set(chains) == set(claims)
    assert not chains.absent
    for chain in chains.values():
        assert chain.holds, (
            f"{chain.name}: {chain.violations} {[line.value for line in chain.lines]}"
        )


def instance(result, seed, **given):
    return families.draw(np.random.default_rng(seed), result, **given)


# The chains hold


@pytest.mark.parametrize("result", [*THEOREMS, SHARP], **named)
def test_theorems_hold_on_random_instances(result):
    for seed in range(60):
        x = instance(result, seed)
        check(
            result.evaluate(x), ["one step", *["iid batch"] * (result is not SHARP), "sum", "bound"]
        )


@pytest.mark.parametrize("count", [60, pytest.param(1000, marks=pytest.mark.slow)])
def test_the_sharper_theorem_holds_where_the_other_says_nothing(count):
    """αL from where C_l = 0 to just below sin(π/4N), where C* = 0."""
    rng, checked = np.random.default_rng(count), 0
    for _ in range(count):
        steps = int(rng.integers(1, 3))
        limit = np.sin(np.pi / (4 * steps))
        # nearer, S would be beyond 2⁶³
        part = rng.choice([rng.uniform(0.6, 1), 1 - 10 ** rng.uniform(-4, -1)])
        x = families.draw(rng, SHARP, steps=steps, reach=(1 + part * limit) ** (2 * steps) - 1)
        y = families.with_sufficient_sizes(
            x.replace(alpha=part * limit / x.L, sigma=1.5 * x.deviation(), B=1, K=1)
        )
        if y.B_L > 8 or not 0 < y.sharp_constants.C_l:
            continue
        y = y.replace(**families.draw_descent(rng, y, SHARP))
        y = y.replace(lower_bound=min(y.meta_loss(w).min() for w, _ in run(y)))
        check(SHARP.evaluate(y), SHARP.claims)
        assert set(THEOREMS[0].evaluate(y)) == {"iid batch"}
        checked += 1
    assert checked > count / 3


@pytest.mark.slow
@pytest.mark.parametrize("result", [*THEOREMS, SHARP], **named)
def test_theorems_hold_on_thousands_of_instances(result):
    for seed in range(1000, 4000):
        x = instance(result, seed)
        check(result.evaluate(x), result.claims)
        # and one step from somewhere else on the way, where sigma holds there too
        w, _ = run(x)[-1]
        if (y := x.replace(w=w[0], K=1)).deviation() <= y.sigma and (
            x.setting == "resampling" or np.all(families.corrected_bounds(y, result) == {})
        ):
            assert result.evaluate(y)["one step"].holds


@pytest.mark.parametrize("result", COROLLARIES, **named)
def test_corollaries_hold_on_random_instances(result):
    for seed in range(20):
        check(result.evaluate(instance(result, seed)), result.claims)


@pytest.mark.slow
@pytest.mark.parametrize("result", COROLLARIES, **named)
def test_corollaries_hold_on_thousands_of_instances(result):
    for seed in range(1000, 3000):
        check(result.evaluate(instance(result, seed)), result.claims)


@pytest.mark.parametrize("result", [*THEOREMS, *COROLLARIES], **named)
@pytest.mark.parametrize("steps", [0, 1])
@pytest.mark.parametrize("kind", ["quadratics", "logistic"])  # rho = 0, and not
def test_no_step_and_one(result, steps, kind):
    for seed in range(3):
        check(
            result.evaluate(instance(result, seed, steps=steps, dimension=1, kind=kind)),
            result.claims,
        )


@pytest.mark.parametrize("result", COROLLARIES, **named)
def test_a_thousand_steps(result):
    check(result.evaluate(instance(result, 5, steps=1000)), result.claims)


@pytest.mark.parametrize("result", THEOREMS, **named)
@pytest.mark.parametrize("kind", families.KINDS)
def test_a_run_without_randomness(result, kind):
    quiet = dict(noise=None, hessian_noise=None) if result is THEOREMS[0] else {}
    x = instance(result, 3, tasks=1, kind=kind, **quiet).replace(K=60)
    x = x.replace(lower_bound=min(x.meta_loss(w).min() for w, _ in run(x)) - 1)
    if result is THEOREMS[0]:
        assert count_outcomes(x) == 1
        w = x.w  # the run itself, in a plain loop
        for _ in range(x.K):
            w = w - x.replace(w=w).meta_gradient / (x.C_beta * x.replace(w=w).smoothness)
        assert np.allclose(run(x)[-1][0][0], w, rtol=1e-12, atol=1e-13)
    check(result.evaluate(x), result.claims)


def test_random_instances_reach_all_of_the_range():
    xs = [instance(THEOREMS[0], seed) for seed in range(200)]
    assert min(x.constants.a ** (2 * x.steps) for x in xs) < 1.001
    assert max(x.constants.a ** (2 * x.steps) for x in xs) > 1.7
    assert {(x.B, x.K) for x in xs} == {(1, 1), (2, 1), (1, 2)}
    assert {x.steps for x in xs} == {1, 2}
    assert {len(x.tasks) for x in xs} == {1, 2}
    assert sum(x.constants.C_meta > 0 for x in xs) > 100
    assert max(x.B_L for x in xs) > 2
    assert max(count_outcomes(x) for x in xs) > 1000


@pytest.mark.parametrize("result", THEOREMS, **named)
def test_assumptions_hold_on_all_of_a_random_run(result):
    """σ and b_i at w only would not do; where a certificate for all w is not used, they are the
    largest on the way."""
    moved = 0
    for seed in range(100):
        x = instance(result, seed, kind=["cosine sums", "log-cosh", "logistic"][seed % 3], tasks=2)
        points = np.concatenate([w for w, _ in run(x)[:-1]])
        assert x.sigma >= max(x.deviation(w) for w in points) * (1 - 1e-11)
        if x.setting == "finite-sum":
            for task, b in zip(x.tasks, x.b_i, strict=True):
                assert b >= max(
                    np.linalg.norm(task.inner.gradient(w) - task.outer.gradient(w)) for w in points
                ) * (1 - 1e-11)
        assert x.lower_bound <= x.meta_loss(run(x)[-1][0]).min() + 1e-12
        assert x.B_L >= sufficient_sizes(x.constants)["B_L"]
        assert x.constants.kappa > 0
        moved += x.sigma > x.deviation() * 1.00001 and x.sigma < 1.01 * x.deviation()
    assert moved > 2


# The enumeration, in plain loops


def descend(f, w, alpha, steps, noise):
    path = [w]
    for j in range(steps):
        path.append(path[j] - alpha * (f.gradient(path[j]) + noise[j]))
    return path


def meta_loss(x, w):
    return sum(
        t.p * t.outer.value(descend(t.inner, w, x.alpha, x.steps, np.zeros((x.steps, len(w))))[-1])
        for t in x.tasks
    )


def meta_gradient(x, w):
    return sum(t.p * estimate(x, t, w, np.zeros(2 * x.steps + 1)) for t in x.tasks)


def estimate(x, t, w, signs):
    """Ĝ_i, as Algorithm 1 (2) says, with Hessian-vector products from the right to the left."""
    N, resampled = x.steps, x.setting == "resampling"
    noise = (
        [signs[j] * x.noise[j] / np.sqrt(x.S) for j in range(N)]
        if resampled
        else np.zeros((N, len(w)))
    )
    path = descend(t.inner, w, x.alpha, N, noise)
    v = t.outer.gradient(path[-1]) + (signs[2 * N] * x.noise[N] / np.sqrt(x.T) if resampled else 0)
    for j in reversed(range(N)):
        H = t.inner.hessian(path[j]) + (
            signs[N + j] * x.hessian_noise[j] / np.sqrt(x.D) if resampled else 0
        )
        v = v - x.alpha * H @ v
    return v


def steps_from(x, w):
    """All outcomes of a meta-iteration, one after the other: (probability, Ḡ, β)."""
    resampled = x.setting == "resampling"
    patterns = (
        list(product([1, -1], repeat=2 * x.steps + 1)) if resampled else [np.zeros(2 * x.steps + 1)]
    )
    single = [
        (
            t.p / len(patterns),
            estimate(x, t, w, s),
            np.linalg.norm(
                t.outer.gradient(w) + (s[-1] * x.noise[-1] / np.sqrt(x.D_L) if resampled else 0)
            ),
        )
        for t in x.tasks
        for s in patterns
    ]
    norms = [
        (
            t.p / 2,
            np.linalg.norm(
                t.outer.gradient(w) + (s * x.noise[-1] / np.sqrt(x.D_L) if resampled else 0)
            ),
        )
        for t in x.tasks
        for s in (1, -1)
    ]
    A, C = x.constants.A, x.constants.C_meta
    for batch in product(single, repeat=x.B):
        p, mean = np.prod([b[0] for b in batch]), sum(b[1] for b in batch) / x.B
        if x.independent_stepsize:
            for other in product(norms, repeat=x.B_L):
                yield (
                    p * np.prod([o[0] for o in other]),
                    mean,
                    1 / (x.C_beta * (A + C * sum(o[1] for o in other) / x.B_L)),
                )
        else:
            yield p, mean, 1 / (x.C_beta * (A + C * sum(b[2] for b in batch) / x.B))


def draw_small(setting, rng, steps=1, **sizes):
    """Two tasks in two dimensions, with all the noise there is."""
    losses = families.draw_losses(rng, "cosine sums", 4, 2)
    alpha = 0.1 / max(f.L for f in losses) / max(steps, 1)
    if setting == "finite-sum":
        return FiniteSumInstance(
            support_losses=losses[:2],
            query_losses=losses[2:],
            weights=[0.3, 0.7],
            w=rng.normal(size=2),
            alpha=alpha,
            steps=steps,
            **sizes,
        )
    V = rng.normal(size=(steps, 2, 2))
    return ResamplingInstance(
        losses=losses[:2],
        weights=[0.3, 0.7],
        w=rng.normal(size=2),
        alpha=alpha,
        steps=steps,
        noise=rng.normal(size=(steps + 1, 2)),
        hessian_noise=V + V.swapaxes(1, 2),
        S=2,
        D=3,
        T=2,
        **dict(D_L=4) | sizes,
    )


@pytest.mark.parametrize("setting", ["resampling", "finite-sum"])
@pytest.mark.parametrize(
    "sizes",
    [
        dict(B=2, B_L=2),
        dict(B=1, B_L=3),
        dict(B=2, B_L=2, independent_stepsize=False),
        dict(steps=2),
    ],
    ids=str,
)
def test_one_step_is_that_of_plain_loops(setting, sizes):
    x = draw_small(setting, np.random.default_rng(1), **sizes)
    result = THEOREMS[setting == "finite-sum"]
    all_steps = list(steps_from(x, x.w))
    p, means, beta = (np.array([s[i] for s in all_steps]) for i in range(3))
    grad = meta_gradient(x, x.w)
    assert np.isclose(p.sum(), 1)
    assert len(set(beta)) > 1
    lines = [line.value for line in result.evaluate(x)["one step"].lines]
    after = (
        np.array([meta_loss(x, x.w - b * g) for _, g, b in all_steps]) if len(p) < 4000 else None
    )
    if after is not None:
        assert np.isclose(lines[0], p @ after - meta_loss(x, x.w), rtol=1e-9, atol=1e-14)
    assert np.isclose(
        lines[1],
        p @ (-beta * (means @ grad) + x.smoothness / 2 * beta**2 * np.sum(means**2, 1)),
        rtol=1e-11,
    )
    assert np.isclose(
        lines[2],
        -p @ beta * (p @ means @ grad)
        + x.smoothness / 2 * (p @ beta**2) * (p @ np.sum(means**2, 1)),
        rtol=1e-11,
    )
    assert np.isclose(result.evaluate(x)["iid batch"].lhs, p @ np.sum(means**2, 1), rtol=1e-12)
    G, b, q = joint(x, x.w[None])
    assert np.isclose(q.sum(), 1, rtol=1e-12)
    assert np.isclose(q @ (b * (G @ grad))[:, 0], p @ (beta * (means @ grad)), rtol=1e-11)


@pytest.mark.parametrize("setting", ["resampling", "finite-sum"])
def test_two_meta_iterations_are_those_of_plain_loops(setting):
    x = draw_small(
        setting, np.random.default_rng(2), K=2, **dict(sigma=0.0) if setting == "finite-sum" else {}
    )
    first = [(p, x.w - b * g) for p, g, b in steps_from(x, x.w)]
    slope = sum(p * np.linalg.norm(meta_gradient(x, w)) for p, w in first)
    law = run(x)
    measured = expected(lambda w: np.linalg.norm(x.meta_gradient_at(w), axis=-1), law)
    assert np.allclose(measured[:2], [np.linalg.norm(meta_gradient(x, x.w)), slope], rtol=1e-12)
    moments = [np.zeros(2), np.zeros((2, 2))]
    for p, w in first:
        for q, g, b in steps_from(x, w):
            u = w - b * g
            moments[0] += p * q * u
            moments[1] += p * q * np.outer(u, u)
    w2, p2 = law[2]
    assert np.allclose(p2 @ w2, moments[0], rtol=1e-12)
    assert np.allclose((w2.T * p2) @ w2, moments[1], rtol=1e-12)
    assert np.isclose(p2.sum(), 1)
    result = THEOREMS[setting == "finite-sum"]
    if "bound" in (chains := result.evaluate(x)):
        assert np.isclose(
            chains["bound"].lhs, (np.linalg.norm(meta_gradient(x, x.w)) + slope) / 2, rtol=1e-12
        )
    else:
        pytest.fail(str(chains.absent))


def test_the_mean_loss_after_a_step_is_that_of_plain_loops():
    """From each point that w_1 may be, and from w_0; it is what the theorems' one step is about."""
    x = draw_small("resampling", np.random.default_rng(7), K=2)
    law = run(x)
    means = expected_next(x.meta_loss, law)
    for k, (points, _) in enumerate(law[:-1]):
        for w, mean in list(zip(points, means[k], strict=True))[:3]:
            again = sum(p * meta_loss(x, w - b * g) for p, g, b in steps_from(x, w))
            assert mean == pytest.approx(again, rel=1e-11)
    lines = [line.value for line in THEOREMS[0].evaluate(x)["sum"].lines]
    assert lines[2] == pytest.approx(lines[3], rel=1e-11)


@pytest.mark.parametrize("result, lemma", [(THEOREMS[0], "lemma_8"), (THEOREMS[1], "lemma_11")])
def test_the_moments_of_the_stepsize_are_replaced_one_by_one(result, lemma):
    x = instance(result, 3, kind="cosine sums", tasks=2)
    lines = result.evaluate(x)["one step"].lines
    citing = [r for r, line in enumerate(lines) if lemma in line.cites]
    assert len(citing) == {"lemma_8": 3, "lemma_11": 2}[lemma]
    grad2 = x.meta_gradient @ x.meta_gradient
    _, beta, p = joint(x, x.w[None])
    gained = p @ beta[:, 0] - {"lemma_8": 4 / 5, "lemma_11": 1}[lemma] / (x.C_beta * x.smoothness)
    part = {"lemma_8": 1 / 2, "lemma_11": 1}[lemma]
    r = citing[0]
    assert lines[r].value - lines[r - 1].value == pytest.approx(part * gained * grad2, rel=1e-6)


def test_three_meta_iterations_are_those_of_plain_loops():
    x = draw_small("finite-sum", np.random.default_rng(6), K=3, C_beta=3.0)

    def after(w, k):
        return (
            sum(p * after(w - b * g, k - 1) for p, g, b in steps_from(x, w))
            if k
            else np.outer(w, w)
        )

    w, p = run(x)[-1]
    assert np.allclose((w.T * p) @ w, after(x.w, 3), rtol=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize("independent", [True, False])
@pytest.mark.parametrize("setting", ["resampling", "finite-sum"])
def test_simulated_algorithms_agree_with_the_enumeration(setting, independent):
    rng = np.random.default_rng(3)
    x = draw_small(setting, rng, K=2, B=1, B_L=1, C_beta=12.0, independent_stepsize=independent)
    A, C, resampled, runs = x.constants.A, x.constants.C_meta, setting == "resampling", 20000
    values = np.zeros((runs, 2))
    weights = np.array([t.p for t in x.tasks])
    for r in range(runs):
        w = x.w
        for k in range(x.K):
            i, s = rng.choice(2, p=weights), rng.choice([-1, 1], size=2 * x.steps + 1)
            j, t = (rng.choice(2, p=weights), rng.choice([-1, 1])) if independent else (i, s[-1])
            X = np.linalg.norm(
                x.tasks[j].outer.gradient(w)
                + (t * x.noise[-1] / np.sqrt(x.D_L) if resampled else 0)
            )
            w = w - estimate(x, x.tasks[i], w, s) / (x.C_beta * (A + C * X))
            values[r, k] = np.linalg.norm(w)
    enumerated = expected(lambda w: np.linalg.norm(w, axis=-1), run(x))[1:]
    error = values.std(0) / np.sqrt(runs)
    assert (np.abs(values.mean(0) - enumerated) < 4 * error).all()
    assert (error < 0.01 * enumerated).all()


# Ends of the chains, from formulas written once more


def test_the_first_theorem_s_right_hand_sides():
    x = draw_small("resampling", np.random.default_rng(5), steps=2, B=1, C_beta=60.0).replace(
        hessian_noise=None, sigma=3.0
    )
    L, rho, s, g, C, N = x.L, x.rho, x.sigma, x.sigma_g, x.C_beta, x.steps
    a = 1 + x.alpha * L
    A, meta, C_l = a ** (2 * N) * L, rho / L * a ** (2 * N - 1) * (a**N - 1), 2 - a ** (2 * N)
    err1 = a**N * (a**N - 1) * g
    err2 = rho * g / L**2 * a ** (2 * N - 1) * (a**N - 1 - N * x.alpha * L)
    q = a ** (2 * N)
    squ1 = 4 * q * a ** (2 * N) / C_l**2
    squ2 = q * (
        g**2 / x.T
        + 2 * a ** (2 * N) * s**2 * (1 + 2 * (a ** (2 * N) - 1) ** 2 / C_l**2)
        + 2 * x.alpha * L * (a ** (2 * N) - 1) * g**2 / ((2 + x.alpha * L) * x.S)
    )
    kappa = (
        2 / C * (1 / 5 - 2 / C)
        - (1 + 4 / C) / C * 4 * err2**2 / (C_l**2 * x.S)
        - 2 * squ1 / (C**2 * x.B)
    )
    theta, phi, chi = kappa * C_l / meta, 2 * squ2 / (C**2 * A), C_l * A / meta + s
    xi = (1 + 4 / C) * (2 * err1**2 + 4 * err2**2 * s**2 / C_l**2) / (C * A)
    grad = np.linalg.norm(x.meta_gradient)
    chains = THEOREMS[0].evaluate(x)
    assert np.isclose(
        chains["one step"].rhs, -theta * grad**2 / (grad + chi) + phi / x.B + xi / x.S, rtol=1e-8
    )
    R = (x.meta_loss(x.w) - x.lower_bound) / x.K + phi / x.B + xi / x.S
    assert np.isclose(chains["sum"].rhs, R, rtol=1e-8)
    assert np.isclose(chains["bound"].rhs, R / theta + np.sqrt(chi * R / theta), rtol=1e-8)
    x1 = chains["bound"].lhs
    assert np.isclose(chains["sum"].lhs, theta * x1**2 / (x1 + chi), rtol=1e-8)


def sharper_constants(x):
    """κ, φ/B + ψ, θ and χ of the sharper theorem, by formulas of their own; 2NαL ≤ 1."""
    L, rho, s, g, C, N, S = x.L, x.rho, x.sigma, x.sigma_g, x.C_beta, x.steps, x.S
    a, z = 1 + x.alpha * L, x.alpha * L
    assert 2 * N * z <= 1
    A, meta, C_l = a ** (2 * N) * L, rho / L * a ** (2 * N - 1) * (a**N - 1), (1 - z) ** (2 * N)
    tau, root = a ** (2 * N) - 1 + C_l, lambda j: np.sqrt((a ** (2 * j) - 1) * (a - 1) / (a + 1))
    err1 = a**N * g * root(N)
    err2 = a ** (2 * N - 1) * x.alpha * rho * g / L * sum(root(j) for j in range(N))
    # the mean drift, by its recursion, and the product of two drifts
    mean_drift, v = 0.0, lambda j: x.alpha * g**2 * (a ** (2 * j) - 1) / ((2 + z) * L)
    for j in range(N):
        mean_drift = a * mean_drift + x.alpha * rho / 2 * v(j)
    telescope = x.alpha * rho * a ** (N - 1) * sum(np.sqrt(v(j)) for j in range(N))
    bend = a**N * (L * mean_drift + rho / 2 * v(N)) + telescope * L * np.sqrt(v(N))
    q = (a**2 + (x.alpha * x.sigma_H) ** 2 / x.D) ** N
    r = a**N * tau * s / C_l + g * np.sqrt(z * (a ** (2 * N) - 1) / ((2 + z) * S))
    squ1, squ2 = 2 * q * a ** (2 * N) / C_l**2, q * (g**2 / x.T + 2 * r**2)
    kappa = 2 / (5 * C) - 3 / (5 * C) * 4 * err2**2 / (C_l**2 * S) - 0.765 * squ1 / (C**2 * x.B)
    b = min(bend / S, err1 / np.sqrt(S))
    psi = 3 / (5 * C * A) * (2 * b**2 + 4 * err2**2 * tau**2 * s**2 / (C_l**2 * S))
    noise = 0.765 * squ2 / (C**2 * A * x.B) + psi
    return kappa, noise, kappa * C_l / meta, C_l * A / meta + tau * s


@pytest.mark.parametrize("S", [1, 2, 40])
@pytest.mark.parametrize("steps", [1, 2])
def test_the_sharper_theorem_s_right_hand_sides(steps, S):
    x = draw_small("resampling", np.random.default_rng(5), steps=steps, B=2, C_beta=7.0).replace(
        hessian_noise=None, sigma=3.0, sigma_H=0.2, S=S
    )
    kappa, noise, theta, chi = sharper_constants(x)
    grad = np.linalg.norm(x.meta_gradient)
    chains = SHARP.evaluate(x)
    assert np.isclose(chains["one step"].rhs, -theta * grad**2 / (grad + chi) + noise, rtol=1e-9)
    R = (x.meta_loss(x.w) - x.lower_bound) / x.K + noise
    assert np.isclose(chains["sum"].rhs, R, rtol=1e-9)
    assert np.isclose(chains["bound"].rhs, R / theta + np.sqrt(chi * R / theta), rtol=1e-9)
    own = [
        expected(lambda w: np.linalg.norm(x.meta_gradient_at(w), axis=-1), run(x))[0],
        chains["bound"].lhs,
    ]
    assert own[0] == pytest.approx(own[1], rel=1e-12)


def test_the_polarised_lines_are_those_of_plain_loops():
    """Lines 3 to 10 of the sharper step, from every outcome of a meta-iteration, one by one."""
    x = draw_small("resampling", np.random.default_rng(8), B=2, B_L=2, C_beta=20.0)
    x = x.replace(alpha=0.2 / x.L)  # a bias to be seen
    outcomes = list(steps_from(x, x.w))
    p, means, beta = (np.array([outcome[i] for outcome in outcomes]) for i in range(3))
    one = [
        (t.p / 8, estimate(x, t, x.w, np.array(signs)))
        for t in x.tasks
        for signs in product([1, -1], repeat=3)
    ]
    mean = sum(q * v for q, v in one)
    estimate2 = sum(q * (v @ v) for q, v in one)
    grad, L_w, C = meta_gradient(x, x.w), x.smoothness, x.C_beta
    first, second, batch2 = p @ beta, p @ beta**2, p @ np.sum(means**2, 1)
    g2, m2, e2 = grad @ grad, mean @ mean, (mean - grad) @ (mean - grad)
    assert e2 > 1e-6 * g2
    lines = [line.value for line in SHARP.evaluate(x)["one step"].lines]
    assert np.allclose(
        lines[3:11],
        [
            -first * (grad @ mean) + L_w / 2 * second * batch2,
            -first * (g2 + m2 - e2) / 2 + L_w / 2 * second * batch2,
            -first * (g2 + m2 - e2) / 2 + L_w / 2 * second * (m2 + (estimate2 - m2) / 2),
            -first * (g2 + m2 - e2) / 2 + L_w / 2 * second * (m2 + estimate2 / 2),
            -2 * (g2 + m2) / (5 * C * L_w)
            + first / 2 * e2
            + L_w / 2 * second * (m2 + estimate2 / 2),
            -2 * (g2 + m2) / (5 * C * L_w)
            + 3 * e2 / (5 * C * L_w)
            + L_w / 2 * second * (m2 + estimate2 / 2),
            -2 * (g2 + m2) / (5 * C * L_w)
            + 3 * e2 / (5 * C * L_w)
            + 0.765 * (m2 + estimate2 / 2) / (C**2 * L_w),
            (-2 * g2 + 3 * e2 + 5 * 0.765 * estimate2 / (2 * C)) / (5 * C * L_w),
        ],
        rtol=1e-11,
        atol=0,
    )


def test_where_C_beta_is_too_small_polarising_does_not_pay():
    """Below 1.9125 the step is not claimed, and its line that uses it would be false."""
    well = CosineSum([[1.0]], [-1.0], [0.0])
    x = ResamplingInstance(losses=[well], w=[1.0], alpha=0.05, steps=1, lower_bound=-1.0, B=100)
    for C_beta, pays in ((1.913, True), (1.9, False), (1.0, False)):
        y = x.replace(C_beta=C_beta)
        lines = theorem_1_sharp.lemma_8(y, Moments(y))
        *_, before, after = (line.value for line in lines)
        assert (after >= before) == pays
        assert ("one step" in SHARP.evaluate(y)) == pays


def polarised_with_plain_lemmas(x):
    """What the step loses at most with Theorem 1's own lemmas, polarised: C_β ≥ 5 instead of 10."""
    c, C, grad2 = x.constants, x.C_beta, x.meta_gradient @ x.meta_gradient
    slope2 = (c.C_err2 / c.C_l) ** 2 / x.S
    kappa = 2 / (5 * C) - 4 * slope2 / C - 2 * c.C_squ1 / (C**2 * x.B)
    noise = 2 * c.C_squ2 / (C**2 * x.B)
    noise += (2 * c.C_err1**2 / x.S + 4 * slope2 * x.sigma**2) / C
    return (-kappa * grad2 + noise) / x.smoothness


@pytest.mark.parametrize("count", [12, pytest.param(1000, marks=pytest.mark.slow)])
def test_polarising_improves_on_theorem_1_with_its_own_lemmas(count):
    improved = 0
    for seed in range(count):
        x = instance(THEOREMS[0], seed)
        lines = THEOREMS[0].evaluate(x)["one step"].lines
        split = next(line.value for line in lines if line.reason.startswith("definition of κ"))
        together, moments = polarised_with_plain_lemmas(x), Moments(x)
        allowance = 1e-10 * moments.scale
        assert moments.change - allowance <= together <= split + allowance
        improved += together < split - allowance
        y = x.replace(C_beta=5.0)
        moments = Moments(y)
        assert moments.change <= polarised_with_plain_lemmas(y) + 1e-10 * moments.scale
    assert improved > 0.8 * count


@pytest.mark.parametrize("theorem", ["theorem_1", "theorem_1_sharp"])
def test_half_of_a_step_s_progress_is_given_away_in_one_line(theorem):
    """To Young's inequality in Theorem 1. Polarised, ½E[β]‖∇𝓛 + e‖² pays for the curvature, which
    where C_β is large needs little of it."""
    shares = where_a_step_loses(theorem, 20)
    assert list(shares.values()) == sorted(shares.values(), reverse=True)
    first, second, *_ = shares
    assert first.startswith({"theorem_1": "⟨∇𝓛, e⟩ ≥", "theorem_1_sharp": "C_β ≥ 1.9125"}[theorem])
    assert shares[first] > 0.45
    assert second == "Lemma 8 (mean): E[β] ≥ 4/(5C_β L_w)"
    few = where_a_step_loses(theorem, 3)
    assert few == where_a_step_loses(theorem, 3)
    assert few != where_a_step_loses(theorem, 3, seed=1)


def test_where_a_step_loses_refuses_what_is_no_step():
    with pytest.raises(ValueError, match="lemma_1 is not about one step; theorem_1, theorem_2"):
        where_a_step_loses("lemma_1")
    with pytest.raises(KeyError, match="did you mean .*theorem_1"):
        where_a_step_loses("theorem_one")
    with pytest.raises(ValueError, match="^instances is 0"):
        where_a_step_loses(instances=0)


def test_the_second_theorem_s_right_hand_sides():
    x = instance(THEOREMS[1], 4, kind="cosine sums", tasks=2, steps=2)
    L, rho, s, b, C, N = x.L, x.rho, x.sigma, x.b, x.C_beta, x.steps
    a = 1 + x.alpha * L
    A = a ** (2 * N) * L + rho / L * a ** (N - 1) * (a**N - 1) ** 2 * b
    meta = rho / L * a ** (2 * N - 1) * (a**N - 1)
    C_l = 2 - a ** (2 * N)
    gap = a**N * (a**N - 1) * b
    squ1 = 4 * a ** (4 * N) / C_l**2
    squ2 = (
        2 * a ** (4 * N) * s**2
        + 4 * a ** (4 * N) * ((a ** (2 * N) - 1) * s + gap) ** 2 / C_l**2
        + 2 * a ** (2 * N) * (a**N - 1) ** 2 * x.b2
    )
    kappa = 1 / C - 2 / C**2 - 2 * squ1 / (C**2 * x.B)
    theta, phi, chi = kappa * C_l / meta, 2 * squ2 / (C**2 * A), C_l * A / meta + s + gap
    grad = np.linalg.norm(x.meta_gradient)
    chains = THEOREMS[1].evaluate(x)
    assert np.isclose(
        chains["one step"].rhs, -theta * grad**2 / (grad + chi) + phi / x.B, rtol=1e-8
    )
    R = (x.meta_loss(x.w) - x.lower_bound) / x.K + phi / x.B
    assert np.isclose(chains["sum"].rhs, R, rtol=1e-8)
    assert np.isclose(chains["bound"].rhs, R / theta + np.sqrt(chi * R / theta), rtol=1e-8)


@pytest.mark.parametrize("result", THEOREMS, **named)
def test_without_third_derivatives_the_bound_is_its_limit(result):
    x = instance(result, 7, kind="quadratics", tasks=2)
    c, R = x.constants, result.evaluate(x)["sum"].rhs
    assert x.rho == 0
    assert np.isclose(result.evaluate(x)["bound"].rhs, np.sqrt(c.A * R / c.kappa), rtol=1e-12)
    assert np.isclose(
        result.evaluate(x)["one step"].rhs,
        c.noise - c.kappa * np.sum(x.meta_gradient**2) / c.A,
        rtol=1e-12,
    )


@pytest.mark.parametrize("result", COROLLARIES, **named)
def test_the_bounds_of_the_constants_do_not_depend_on_the_steps(result):
    constants = dict(
        corollary_1=corollary_1, corollary_2=corollary_2, corollary_1_sharp=corollary_1_sharp
    )[result.name].CONSTANTS
    sides = {claim: [] for claim in constants}
    bounds = result._replace(claims={claim: result.claims[claim] for claim in constants})
    for steps in (1, 2, 10, 100, 10000):
        x = instance(result, 2, steps=1, kind="cosine sums", tasks=2)
        if x.setting == "resampling":
            x = x.replace(
                noise=np.full((1, len(x.w)), 2.0),
                steps=0,
                hessian_noise=None,
                sigma_H=3.0,
                sigma=2.0,
            )
            x = x.replace(noise=np.full((steps + 1, len(x.w)), 2.0), steps=steps)
        else:
            x = x.replace(steps=steps)
        chains = bounds.evaluate(x)
        for claim in constants:
            assert chains[claim].holds
            sides[claim].append((chains[claim].lhs, chains[claim].rhs))
    for claim, values in sides.items():
        lhs, rhs = np.array(values).T
        assert np.allclose(rhs, rhs[0], rtol=1e-13), claim
        if (
            claim in ("a^2N", "C_L", "C_err2", "A", "A_squ1", "A_squ2")
            or claim in ("1/C_l", "C_err1")
            and "sharp" not in result.name
        ):
            assert (np.diff(lhs) > 0).all(), claim
            if "sharp" not in result.name:
                assert lhs[-1] > 0.9998 * rhs[-1], claim  # reached as N grows
    if "sharp" in result.name:
        assert np.isclose(*sides["1/C_l"][0], rtol=1e-12)  # C* = (1 − c)² at N = 1
        assert sides["C_err1"][-1][0] > 0.9998 * sides["C_err1"][-1][1]


@pytest.mark.parametrize("result", COROLLARIES, **named)
def test_the_costs_use_what_the_claims_prove(result):
    module = dict(
        corollary_1=corollary_1, corollary_2=corollary_2, corollary_1_sharp=corollary_1_sharp
    )[result.name]
    for seed in range(10):
        x = instance(result, seed)
        chains, top = result.evaluate(x), module.without_N(x)
        for claim, name in (
            ("C_L", "C_meta"),
            ("A", "smoothness"),
            *(
                (name, name)
                for name in ("C_err1", "C_err2", "C_squ1", "C_squ2", "A_squ1", "A_squ2", "spread")
            ),
        ):
            if claim in chains:
                assert np.isclose(chains[claim].rhs, getattr(top, name), rtol=1e-12), claim
        assert chains["1/C_l"].rhs >= 1 / top.C_l * (1 - 1e-12)
        assert 1 / top.C_l > 0.9999 * chains["1/C_l"].rhs


def test_numbers_of_the_corollaries():
    x = instance(COROLLARIES[0], 2, steps=3, kind="log-cosh", tasks=2)
    chains = COROLLARIES[0].evaluate(x)
    c, L, rho, g = 1 / 8, x.L, x.rho, x.sigma_g
    assert chains["C_L"].rhs == pytest.approx(rho / L * exp(2 * c) * expm1(c))
    assert chains["1/C_l"].rhs == 1.3967
    assert chains["C_err1"].rhs == pytest.approx(exp(c) * expm1(c) * g)
    assert chains["C_err2"].rhs == pytest.approx(rho * g / L**2 * exp(2 * c) * (exp(c) - 1 - c))
    assert chains["q"].rhs == exp(2 * c + c * c)
    k = x.replace(alpha=1 / (8 * 3 * L), C_beta=100.0).constants
    assert chains["complexity at chi/10"].rhs == pytest.approx(k.chi / 10)
    assert chains["complexity at 10 chi"].rhs == pytest.approx(10 * k.chi)


def test_complexity_s_bound_is_below_epsilon_but_not_far_below():
    for result, sharp in zip(COROLLARIES, (False, False, True), strict=True):
        x = instance(result, 3, steps=4, kind="cosine sums", tasks=2)
        y = x.replace(alpha=1 / (32 * x.L), C_beta=2.0 if sharp else 100.0)
        k, Delta = (y.sharp_constants if sharp else y.constants), y.meta_loss(y.w) - y.lower_bound
        for ratio, claim in ((0.01, "complexity at chi/100"), (10, "complexity at 10 chi")):
            n = complexity(k, ratio * k.chi, Delta)
            at = replace(k, **{name: n[name] for name in "BSD" if n[name] is not None})
            chain = result.evaluate(x)[claim]
            assert chain.lhs == pytest.approx(at.bound(Delta, n["K"]), rel=1e-12)
            assert 0 < chain.lhs <= ratio * k.chi
        assert chain.lines[-2].latex.startswith(r"\tfrac{\varepsilon}{4}")
        assert "4" in chain.lines[-2].latex


def test_more_steps_take_fewer_samples_in_the_sharper_corollary():
    gradients = {}
    for steps in (1, 2, 64):
        x = ResamplingInstance(
            losses=[CosineSum([[1.0]], [1.0], [0.0]), CosineSum([[1.0]], [1.0], [1.0])],
            w=[0.5],
            alpha=1.0,
            steps=steps,
            noise=np.full((steps + 1, 1), 10.0),
        )
        sharp = corollary_1_sharp.RESULT.evaluate(x)
        gradients[steps] = [
            corollary_1.RESULT.evaluate(x)["gradients at chi/100"].lhs,
            sharp["gradients at chi/100"].lhs,
            sharp["total at chi/100"].lhs,
        ]
        assert ("1+" in sharp["samples at chi/100"].lines[-1].latex) == (steps == 1)
    classic, sharp, in_all = np.divide(gradients[64], gradients[2])
    assert classic > 40
    assert sharp < 6
    assert in_all < 6
    assert gradients[2][1] > 3 * gradients[1][1]  # one step needs S = O(1/ε) only


# A false assumption is found by a line that cites it, and by none that cites nothing


def violated_tags(result, x, claim="one step"):
    lines = result.evaluate(x)[claim].lines
    found = [lines[r] for r in result.evaluate(x)[claim].violations]
    assert all(line.cites for line in found), [line.reason for line in found]
    return {cite for line in found for cite in line.cites}


def bowl(*, centres=(0.0,), w=(1.0,), L=None, **more):
    losses = [Quadratic(np.eye(1), [c], L=L) for c in centres]
    return ResamplingInstance(
        **dict(losses=losses, w=w, alpha=0.05, steps=1, C_beta=1000.0, lower_bound=0.0) | more
    )


def test_a_smoothness_that_is_too_small():
    assert violated_tags(THEOREMS[0], bowl()) == set()
    assert "proposition_1" in violated_tags(THEOREMS[0], bowl(L=0.2))


def test_a_noise_that_is_too_small():
    noise = dict(noise=[[3.0], [3.0]], w=[0.0])
    assert violated_tags(THEOREMS[0], bowl(**noise)) == set()
    assert violated_tags(THEOREMS[0], bowl(**noise, sigma_g=0.0)) >= {"proposition_3"}


def test_tasks_that_are_further_apart_than_they_say():
    far = [Quadratic(np.eye(1), [-30.0]), Quadratic(np.eye(1), [30.0])]
    x = bowl(centres=(-30.0, 30.0), w=[0.0])
    assert violated_tags(THEOREMS[0], x) == set()
    assert violated_tags(THEOREMS[0], x.replace(sigma=0.0)) == {"proposition_3"}
    y = FiniteSumInstance(
        support_losses=far,
        query_losses=far,
        w=[0.0],
        alpha=0.05,
        steps=1,
        C_beta=100.0,
        lower_bound=0.0,
    )
    assert violated_tags(THEOREMS[1], y) == set()
    assert violated_tags(THEOREMS[1], y.replace(sigma=0.0)) == {"proposition_5"}


def test_a_support_set_that_is_another_than_the_query_set():
    """The tasks' b_i are 6, and ∇𝓛 = 0 hides it."""
    support = [Quadratic(np.eye(1), [c]) for c in (-6.0, 6.0)]
    query = [Quadratic(np.eye(1), [0.0])] * 2
    x = FiniteSumInstance(
        support_losses=support,
        query_losses=query,
        w=[0.0],
        alpha=0.2,
        steps=1,
        C_beta=100.0,
        lower_bound=0.0,
    )
    assert violated_tags(THEOREMS[1], x) == set()
    assert violated_tags(THEOREMS[1], x.replace(b=[0.0, 0.0])) == {"proposition_5"}


def test_a_lower_bound_that_is_none():
    x = bowl(C_beta=60.0)
    assert violated_tags(THEOREMS[0], x, "sum") == set()
    assert violated_tags(THEOREMS[0], x.replace(lower_bound=float(x.meta_loss(x.w))), "sum") >= {
        "A1 inf"
    }


@pytest.mark.parametrize("setting", ["resampling", "finite-sum"])
def test_a_stepsize_from_the_batch_itself(setting):
    x = draw_small(setting, np.random.default_rng(4), C_beta=1000.0, B_L=1)
    result = THEOREMS[setting == "finite-sum"]
    assert "fresh stepsize" not in violated_tags(result, x)
    assert "fresh stepsize" in violated_tags(result, x.replace(independent_stepsize=False))
    fair, own = joint(x, x.w[None]), joint(x.replace(independent_stepsize=False), x.w[None])
    # each alone has the law that it had
    assert np.isclose(fair[2] @ fair[1][:, 0], own[2] @ own[1][:, 0], rtol=1e-12)
    assert np.allclose(fair[2] @ fair[0][:, 0], own[2] @ own[0][:, 0], rtol=1e-12)
    with pytest.raises(ValueError, match="B_L = B"):
        result.evaluate(x.replace(independent_stepsize=False, B_L=2))


@pytest.mark.parametrize("w", [0.0, 1e-12, 1e-9, 1e-8, 1e-4])
def test_near_a_minimum_rounding_is_no_false_line(w):
    """𝓛(w) − inf 𝓛 is of the order w², and lost in the rounding of 𝓛 ≈ −1; the gradient is of the
    order w. Elsewhere little is allowed."""
    well = CosineSum([[1.0]], [-1.0], [0.0])
    x = ResamplingInstance(losses=[well], w=[w], alpha=0.05, steps=1, lower_bound=-1.0)
    y = FiniteSumInstance(
        support_losses=[well], query_losses=[well], w=[w], alpha=0.05, steps=1, lower_bound=-1.0
    )
    for result, at in ((THEOREMS[0], x), (SHARP, x), (THEOREMS[1], y)):
        check(result.evaluate(at), result.claims)
        far = result.evaluate(at.replace(w=[0.1]))["bound"]
        assert far.scale * ROUNDING < 1e-9 * far.rhs


def test_conditions_that_fail():
    chains = THEOREMS[0].evaluate(bowl(C_beta=9.0))
    assert {"one step", "sum", "bound"} == set(chains.absent)
    assert set(chains) == {"iid batch"}
    with pytest.raises(ConditionFailed, match="C_beta"):
        chains["bound"]
    with pytest.raises(ConditionFailed, match="kappa"):
        THEOREMS[0].evaluate(bowl(C_beta=11.0))["bound"]
    with pytest.raises(ConditionFailed, match="alpha"):
        THEOREMS[0].evaluate(bowl(alpha=0.5))["sum"]
    with pytest.raises(TypeError, match="finite-sum"):
        THEOREMS[1].evaluate(bowl())
    with pytest.raises(ValueError, match="outcomes"):
        THEOREMS[0].evaluate(
            draw_small("resampling", np.random.default_rng(0), steps=2, K=3, C_beta=100.0)
        )


def test_infinite_chi_is_never_divided_by():
    for result in COROLLARIES:
        x = instance(result, 1, kind="quadratics", tasks=2)
        chains = result.evaluate(x)
        assert x.rho == 0
        assert all(
            np.isfinite([line.value for line in chain.lines]).all() and chain.rhs < inf
            for chain in chains.values()
        )
