"""The finite sum (Lemmas 9 and 10, Propositions 4 and 5), the random stepsize (Lemmas 8 and 11),
and what they are computed from."""

from fractions import Fraction
from itertools import product
from math import comb, sqrt

import numpy as np
import pytest

from tinymaml.theory import (
    ConditionFailed,
    FiniteSumConstants,
    FiniteSumInstance,
    ResamplingConstants,
    ResamplingInstance,
    certificates,
    families,
    polynomials,
    two_points,
)
from tinymaml.theory.chain import ASSUMPTIONS, Chain, Line
from tinymaml.theory.losses import CosineSum, LogCosh, Logistic, PiecewiseHessian, Quadratic
from tinymaml.theory.results import (
    lemma_1,
    lemma_2,
    lemma_3,
    lemma_8,
    lemma_8_sharp,
    lemma_9,
    lemma_10,
    lemma_11,
    proposition_4,
    proposition_5,
)
from tinymaml.theory.signs import mean_of_draws

MODULES = (lemma_8, lemma_8_sharp, lemma_9, lemma_10, lemma_11, proposition_4, proposition_5)
RESULTS = {module.RESULT.name: module.RESULT for module in MODULES}
STEPSIZES = ("lemma_8", "lemma_8_sharp", "lemma_11")
FINITE = ("lemma_9", "lemma_10", "proposition_4", "proposition_5")
every = pytest.mark.parametrize("name", RESULTS)


def holds(result, x):
    chains = result.evaluate(x)
    for chain in chains.values():
        assert chain.holds, (
            x,
            chain.name,
            {r: (chain.lines[r - 1].value, chain.lines[r]) for r in chain.violations},
        )
    return chains


def violated_tags(chain):
    """The tags that the broken lines cite, one set a line."""
    return [set(chain.lines[r].cites) for r in chain.violations]


def draw_steep(rng, name, tasks=2, d=None, steps=None, **given):
    """An instance with C_𝓛m > A: a slow cosine gives the gradient, a fast one the Lipschitz
    constant of the Hessian."""
    d, steps = d or int(rng.integers(1, 4)), steps or int(rng.integers(1, 3))
    slow, fast = 0.02 * rng.normal(size=d), 3 * rng.normal(size=d)
    losses = [
        CosineSum(
            [slow, fast],
            [rng.choice([0.0, 1.0]) * rng.uniform(50, 400), 0.1],
            rng.uniform(-np.pi, np.pi, 2),
        )
        for _ in range(tasks)
    ]
    L = max(loss.L for loss in losses)
    arguments = (
        dict(
            w=rng.normal(size=d),
            weights=rng.dirichlet(np.ones(tasks)),
            steps=steps,
            alpha=families.draw_stepsize(rng, L, steps, 3.0),
        )
        | given
    )
    if name == "lemma_11":
        x = FiniteSumInstance(
            support_losses=losses[::-1], query_losses=losses, b=np.full(tasks, 0.01), **arguments
        )
    else:
        x = ResamplingInstance(
            losses=losses,
            noise=rng.normal(size=(steps + 1, d)) * 10 ** rng.uniform(-2, 0.3),
            **arguments,
        )
    return families.with_sufficient_sizes(x.replace(sigma=x.deviation()))


def steep_instances(name, count, tasks=2):
    seed = 0
    while count:
        seed += 1
        x = draw_steep(np.random.default_rng(seed), name, tasks)
        if x.constants.C_meta * x.gradient_norm > x.constants.A and x.B_L <= (
            60 if tasks == 2 else 12
        ):
            count -= 1
            yield x


# What the results are computed from


def enumerate_batches(values, p, count):
    """A dict mean -> probability over every ordered batch, in exact arithmetic."""
    law = {}
    for batch in product(range(len(values)), repeat=count):
        mean = sum(values[i] for i in batch) / count
        chance = Fraction(1)
        for i in batch:
            chance *= p[i]
        law[mean] = law.get(mean, 0) + chance
    return law


@pytest.mark.parametrize(
    "values, p, count",
    [
        ([2], [1], 5),
        ([1, 10], ["1/3", "2/3"], 1),
        ([1, 10], ["1/3", "2/3"], 6),
        ([1, 10, 100], ["1/2", "1/3", "1/6"], 4),
        ([1, 10, 100, 1000], ["1/2", "0", "1/8", "3/8"], 3),
    ],
)
def test_draws_are_those_of_all_ordered_batches(values, p, count):
    values, p = [Fraction(v) for v in values], [Fraction(q) for q in p]
    expected = enumerate_batches(values, p, count)
    means, chances = mean_of_draws([float(v) for v in values], [float(q) for q in p], count)
    assert len(means) == comb(len(values) + count - 1, count)
    for mean, chance in zip(means, chances, strict=True):
        at = min(expected, key=lambda exact: abs(float(exact) - mean))
        assert mean == pytest.approx(float(at), rel=1e-14)
        assert chance == pytest.approx(float(expected[at]), rel=1e-13, abs=1e-300)
    assert chances.sum() == pytest.approx(1, rel=1e-14)


def test_draws_of_vectors_and_of_many():
    values, p = np.array([[1.0, -2.0], [3.0, 5.0], [0.0, 0.5]]), np.array([0.2, 0.5, 0.3])
    means, chances = mean_of_draws(values, p, 3)
    np.testing.assert_allclose(chances @ means, p @ values, rtol=1e-14)

    def covariance(values, p):
        return (p * (values - p @ values).T) @ (values - p @ values)

    np.testing.assert_allclose(covariance(means, chances), covariance(values, p) / 3, rtol=1e-13)
    # C(3000, 1500) is beyond floating point
    means, chances = mean_of_draws([0.0, 1.0], [0.25, 0.75], 3000)
    k = 2250
    assert chances[np.argmin(np.abs(means - 0.75))] == pytest.approx(
        float(comb(3000, k) * Fraction(3**k, 4**3000)), rel=1e-11
    )
    assert chances.sum() == pytest.approx(1, rel=1e-11)
    assert [len(a) for a in mean_of_draws([7.0], [1.0], 10**9)] == [1, 1]
    for n, count in ((2, 10**9), (20, 20)):
        with pytest.raises(
            ValueError, match="too many to enumerate; take fewer steps or smaller batches"
        ):
            mean_of_draws(np.arange(n), np.full(n, 1 / n), count)


def test_sigma_and_b_of_quadratics_are_exact():
    A = [[2, 1], [1, -1]]
    centres = [[1, 0], [3, 2], [0, -5]]
    p = [Fraction(1, k) for k in (2, 3, 6)]

    def apply(v):
        return [sum(a * b for a, b in zip(row, v, strict=True)) for row in A]

    gradients = [apply([-c for c in centre]) for centre in centres]
    mean = [sum(q * g[k] for q, g in zip(p, gradients, strict=True)) for k in (0, 1)]
    variance = sum(
        q * sum((g[k] - mean[k]) ** 2 for k in (0, 1)) for q, g in zip(p, gradients, strict=True)
    )
    losses = [Quadratic(A, np.array(c, float)) for c in centres]
    assert certificates.sigma(losses, [float(q) for q in p]) == pytest.approx(
        sqrt(variance), rel=1e-14
    )
    shift = apply([1 - 3, 0 - 2])
    assert certificates.difference(*losses[:2]) == pytest.approx(
        sqrt(sum(s * s for s in shift)), rel=1e-15
    )
    assert (
        certificates.sigma(losses[:1] * 3, [0.2, 0.3, 0.5])
        == 0
        == certificates.difference(losses[0], losses[0])
    )


@pytest.mark.parametrize("kind", ["cosine sums", "logistic", "log-cosh"])
def test_certificates_hold_wherever_one_looks(kind):
    rng, found = np.random.default_rng(1), 0
    while found < 5:
        losses = families.draw_losses(rng, kind, 3, 2)
        p = rng.dirichlet(np.ones(3))
        if not np.isfinite([loss.gradient_bound for loss in losses]).all():
            with pytest.raises(ValueError, match="give the instance sigma="):
                certificates.sigma(losses, p)
            continue
        found += 1
        sigma, b = certificates.sigma(losses, p), certificates.difference(*losses[:2])
        for w in rng.normal(size=(200, 2)) * 10 ** rng.uniform(-1, 2, (200, 1)):
            g = np.array([loss.gradient(w) for loss in losses])
            assert sum(
                q * np.sum((h - p @ g) ** 2) for q, h in zip(p, g, strict=True)
            ) <= sigma**2 * (1 + 1e-12)
            assert np.linalg.norm(g[0] - g[1]) <= b * (1 + 1e-12)
            if np.isfinite([loss.infimum for loss in losses]).all():
                x = ResamplingInstance(losses=losses, weights=p, w=w, alpha=0.1, steps=2)
                assert x.lower_bound <= x.meta_loss(w) + 1e-12


def test_what_is_not_certified_is_asked_for():
    different = [Quadratic([[1.0]], [0.0]), Quadratic([[2.0]], [1.0])]
    with pytest.raises(
        ValueError, match="no sigma is known that holds for all w: give the instance sigma="
    ):
        certificates.sigma(different, [0.5, 0.5])
    with pytest.raises(ValueError, match="no b_i is known"):
        certificates.difference(*different)
    with pytest.raises(
        ValueError,
        match="no lower bound of the meta-objective is known: give the instance lower_bound=",
    ):
        certificates.lower_bound([Quadratic([[-1.0]], [0.0])], [1.0])
    assert (
        certificates.lower_bound(
            [CosineSum([[1.0]], [2.0], [0.0]), Logistic([[1.0]], [1.0])], [0.25, 0.75]
        )
        == -0.5
    )


def finite_sum(**changes):
    arguments = dict(
        support_losses=[LogCosh([[1.0, 2.0]], [1.0], [0.3]), LogCosh([[0.5, -1.0]], [0.7], [0.0])],
        query_losses=[LogCosh([[1.0, 2.0]], [1.0], [-0.3]), LogCosh([[0.5, -1.0]], [0.7], [0.4])],
        weights=[0.3, 0.7],
        w=[0.2, -0.4],
        u=[0.5, 0.1],
        alpha=0.05,
        steps=3,
        B_L=3,
    )
    return FiniteSumInstance(**arguments | changes)


def test_finite_sum_instance_against_plain_loops():
    x = finite_sum(b=[0.5, 2.0], sigma=1.0)
    assert (x.b, x.b2) == (
        pytest.approx(0.3 * 0.5 + 0.7 * 2),
        pytest.approx(0.3 * 0.25 + 0.7 * 4),
    )
    assert [task.b for task in x.tasks] == [0.5, 2.0]
    a, L, rho = 1 + x.alpha * x.L, x.L, x.rho
    assert (
        L == max(f.L for f in (*x.arguments["support_losses"], *x.arguments["query_losses"])) == 5
    )
    norms = [np.linalg.norm(f.gradient(x.w)) for f in x.arguments["query_losses"]]
    m = 0.3 * norms[0] + 0.7 * norms[1]
    A, C = a**6 * L + rho / L * a**2 * (a**3 - 1) ** 2 * x.b, rho / L * a**5 * (a**3 - 1)
    assert x.smoothness == pytest.approx(A + C * m, rel=1e-13)
    np.testing.assert_allclose(x.gradient_norms, [norms, [0.3, 0.7]], rtol=1e-15)
    law = {}
    for batch in product((0, 1), repeat=3):
        law[sum(batch)] = law.get(sum(batch), 0) + np.prod([x.gradient_norms[1][i] for i in batch])
    expected = sorted((A + C * (k * norms[1] + (3 - k) * norms[0]) / 3, p) for k, p in law.items())
    np.testing.assert_allclose(
        sorted(zip(*x.smoothness_estimates, strict=True)), expected, rtol=1e-13
    )
    for bad, message in (
        ([0.5, -1.0], "entry below 0"),
        ([0.5], r"b has shape \(1,\); expected \(2,\)"),
        ([np.nan, 1.0], "NaN"),
    ):
        with pytest.raises(ValueError, match=message):
            assert not finite_sum(b=bad).b_i
    with pytest.raises(ValueError, match="sigma is -1.0; expected a finite number >= 0"):
        assert not finite_sum(sigma=-1.0).sigma
    with pytest.raises(
        ValueError, match="1 support losses and 2 query losses; expected one of each a task"
    ):
        finite_sum(support_losses=x.arguments["support_losses"][:1])


def test_estimates_of_the_smoothness_with_noise():
    losses = [CosineSum([[1.0, 2.0]], [1.0], [0.3]), CosineSum([[0.5, -1.0]], [0.7], [0.0])]
    noise = np.array([[0.1, 0.2], [-0.3, 0.4]])
    x = ResamplingInstance(
        losses=losses,
        weights=[0.25, 0.75],
        w=[0.2, -0.4],
        alpha=0.05,
        steps=1,
        noise=noise,
        D_L=4,
        B_L=2,
    )
    draws = [
        (p / 2, np.linalg.norm(f.gradient(x.w) + s * noise[1] / 2))
        for f, p in zip(losses, (0.25, 0.75), strict=True)
        for s in (1, -1)
    ]
    for moment in (-1, -2, 1):
        brute = sum(
            p * q * (x.constants.A + x.constants.C_meta * (g + h) / 2) ** moment
            for (p, g), (q, h) in product(draws, repeat=2)
        )
        values, chances = x.smoothness_estimates
        assert chances @ values**moment == pytest.approx(brute, rel=1e-13)
    assert len(x.gradient_norms[0]) == 4
    assert len(x.replace(noise=None).gradient_norms[0]) == 2


def test_infinity_is_not_within_rounding_of_a_number():
    assert Chain(
        (Line(1.0, "", "", ""), Line(np.inf, "<=", "", ""), Line(2.0, "<=", "", ""))
    ).violations.keys() == {2}


# The chains


@every
def test_chains_hold(name):
    kept = {}
    for seed in range(60):
        for claim in holds(
            RESULTS[name], families.draw(np.random.default_rng(seed), RESULTS[name])
        ):
            kept[claim] = kept.get(claim, 0) + 1
    assert set(kept) == set(RESULTS[name].claims)
    assert min(kept.values()) >= 50


@pytest.mark.slow
@every
def test_chains_hold_on_thousands(name):
    for seed in range(100, 3100):
        holds(RESULTS[name], families.draw(np.random.default_rng(seed), RESULTS[name]))


@pytest.mark.parametrize("name", STEPSIZES)
@pytest.mark.parametrize(
    "count", [pytest.param(20, id="20"), pytest.param(400, id="400", marks=pytest.mark.slow)]
)
def test_stepsizes_hold_where_the_gradient_dominates(name, count):
    tightest = 0.0
    for tasks in (2, 3):
        for x in steep_instances(name, count, tasks):
            chains = holds(RESULTS[name], x)
            if name != "lemma_8_sharp":
                assert len(chains["second moment"].lines) > 5
                assert "branch C_𝓛m > A" in chains["second moment"].lines[0].reason
            tightest = max(tightest, chains["second moment"].tightness)
    assert tightest > (0.7 if name == "lemma_8_sharp" else 0.26)


def meta_gradient(support, query, w, alpha, steps):
    """∇𝓛_i by the recursion of the derivative, with plain products."""
    J = np.eye(len(w))
    for _ in range(steps):
        J = (np.eye(len(w)) - alpha * support.hessian(w)) @ J
        w = w - alpha * support.gradient(w)
    return J.T @ query.gradient(w), w


@pytest.mark.parametrize("seed", range(8))
def test_ends_of_the_finite_sum_chains(seed):
    rng = np.random.default_rng(seed)
    x = families.finite_sum(
        rng, steps=int(rng.integers(0, 5)), tasks=3, dimension=int(rng.integers(1, 5))
    )
    w, u, N, alpha = x.w, x.u, x.steps, x.alpha
    chains = {name: [RESULTS[name].evaluate(x, task=i) for i in range(3)] for name in FINITE}
    a, L, rho, p = 1 + x.alpha * x.L, x.L, x.rho, x.arguments["weights"]
    pairs = list(zip(x.arguments["support_losses"], x.arguments["query_losses"], strict=True))
    at_w, at_u = ([meta_gradient(*pair, v, alpha, N) for pair in pairs] for v in (w, u))
    g = np.array([query.gradient(w) for _, query in pairs])
    size, b, long = np.linalg.norm, x.b_i, np.linalg.norm(g, axis=1)

    def ends(name, claim, i):
        chain = chains[name][i][claim]
        return chain.lhs, chain.rhs

    for i in range(3):
        bound = a**N * long[i] + (a**N - 1) * b[i]
        assert ends("lemma_9", "query", i) == pytest.approx(
            (size(pairs[i][1].gradient(at_w[i][1])), bound), rel=1e-9
        )
        assert ends("lemma_9", "lipschitz", i) == pytest.approx(
            (size(at_w[i][1] - at_u[i][1]), a**N * size(w - u)), rel=1e-9
        )
        support = pairs[i][0].gradient
        assert ends("lemma_9", "gradient", i) == pytest.approx(
            (size(support(at_w[i][1])), a**N * size(support(w))), rel=1e-9
        )
        bound = (a ** (2 * N) - 1) * long[i] + a**N * (a**N - 1) * b[i]
        assert ends("lemma_10", "near", i) == pytest.approx(
            (size(at_w[i][0] - g[i]), bound), rel=1e-7, abs=1e-14
        )
    meta, mean = p @ [v for v, _ in at_w], p @ g
    C_l, gap = 2 - a ** (2 * N), (a ** (2 * N) - 1) * x.sigma + a**N * (a**N - 1) * (p @ b)
    chain = chains["lemma_10"][0]["solved"]
    assert (chain.lhs, chain.rhs) == pytest.approx((size(mean), (size(meta) + gap) / C_l), rel=1e-9)
    chain = chains["lemma_10"][0]["gradient"]
    assert (chain.lhs, chain.rhs) == pytest.approx(
        (size(mean), size(meta) + gap + (a ** (2 * N) - 1) * size(mean)), rel=1e-9
    )
    L_w = (
        a ** (2 * N) * L
        + rho / L * a ** (N - 1) * (a**N - 1) ** 2 * (p @ b)
        + rho / L * a ** (2 * N - 1) * (a**N - 1) * (p @ long)
    )
    chain = chains["proposition_4"][0]["lipschitz"]
    assert (chain.lhs, chain.rhs) == pytest.approx(
        (size(meta - p @ [v for v, _ in at_u]), L_w * size(w - u)), rel=1e-7
    )
    losses = [
        sum(q * pair[1].value(point) for q, pair, (_, point) in zip(p, pairs, ends, strict=True))
        for ends in (at_w, at_u)
    ]
    chain = chains["proposition_4"][0]["descent"]
    assert chain.rhs == pytest.approx(L_w / 2 * size(w - u) ** 2, rel=1e-9)
    assert chain.lhs == pytest.approx(
        abs(losses[1] - losses[0] - meta @ (u - w)), rel=1e-6, abs=1e-12
    )
    chain = chains["proposition_5"][0]["second moment"]
    squ2 = (
        2 * a ** (4 * N) * x.sigma**2
        + 4 * a ** (4 * N) * gap**2 / C_l**2
        + 2 * a ** (2 * N) * (a**N - 1) ** 2 * (p @ b**2)
    )
    bound = 4 * a ** (4 * N) / C_l**2 * meta @ meta + squ2
    assert (chain.lhs, chain.rhs) == pytest.approx(
        (sum(q * v @ v for q, (v, _) in zip(p, at_w, strict=True)), bound), rel=1e-8
    )
    c = FiniteSumConstants(L=L, rho=rho, sigma=x.sigma, b=x.b, b2=x.b2, alpha=alpha, steps=N)
    assert chain.rhs == pytest.approx(c.A_squ1 * (meta @ meta) + c.A_squ2, rel=1e-8)


@pytest.mark.parametrize("name", STEPSIZES)
def test_ends_of_the_stepsize_chains(name):
    x = next(iter(steep_instances(name, 1)))
    while x.B_L > 5:  # plain loops over all ordered batches
        x = x.replace(sigma=x.sigma / 2, B_L=5)
    noise = np.zeros(len(x.w)) if name == "lemma_11" else x.noise[-1] / np.sqrt(x.D_L)
    losses = x.arguments["query_losses" if name == "lemma_11" else "losses"]
    draws = [
        (p / 2, np.linalg.norm(f.gradient(x.w) + s * noise))
        for f, p in zip(losses, x.arguments["weights"], strict=True)
        for s in (1, -1)
    ]
    a, N = 1 + x.alpha * x.L, x.steps
    C = x.rho / x.L * a ** (2 * N - 1) * (a**N - 1)
    A = a ** (2 * N) * x.L + (
        x.rho / x.L * a ** (N - 1) * (a**N - 1) ** 2 * x.b if name == "lemma_11" else 0
    )
    L_w = A + C * sum(
        p * np.linalg.norm(f.gradient(x.w))
        for f, p in zip(losses, x.arguments["weights"], strict=True)
    )
    moments, first_two = np.zeros(3), np.zeros(2)
    for batch in product(draws, repeat=x.B_L):
        chance = np.prod([p for p, _ in batch])
        estimate = A + C * np.mean([g for _, g in batch])
        moments += chance / estimate ** np.arange(3)
        first_two += chance * estimate ** np.arange(1, 3)
    variance = first_two[1] - first_two[0] ** 2  # of L̂
    assert moments[0] == pytest.approx(1)
    chains = RESULTS[name].evaluate(x)
    ends = {
        "lemma_8": {
            "variance": (variance, 5 / 16 * A**2),
            "mean": (0.8 / L_w, moments[1]),
            "second moment": (moments[2], 4 / L_w**2),
            "root": (moments[1], 2 / L_w),
        },
        "lemma_8_sharp": {
            "mean": (moments[1], 1.2 / L_w),
            "second moment": (moments[2], 1.53 / L_w**2),
        },
        "lemma_11": {
            "variance": (variance, 3 / 4 * A**2),
            "mean": (1 / L_w, moments[1]),
            "second moment": (moments[2], 4 / L_w**2),
            "root": (moments[1], 2 / L_w),
            "sharper": (moments[2], 2.1 / L_w**2),
        },
    }
    for claim, expected in ends[name].items():
        assert (chains[claim].lhs, chains[claim].rhs) == pytest.approx(expected, rel=1e-10), claim
    if name == "lemma_8_sharp":
        c = ResamplingConstants(
            L=1, rho=0, sigma=0, sigma_g=0, sigma_H=0, alpha=1, steps=0, sharp=True
        )
        assert (c.first, c.second) == (6 / 5, 1.53)


@every
def test_small_cases(name):
    """No steps, one step, no curvature's change (C_𝓛 = 0), one dimension, one task, everything
    stationary."""
    result = RESULTS[name]
    small = [
        dict(steps=0),
        dict(steps=1),
        dict(kind="quadratics"),
        dict(dimension=1),
        dict(tasks=1),
        dict(steps=0, tasks=1, dimension=1),
    ]
    build = families.finite_sum if result.setting == "finite-sum" else families.resampling
    for seed, given in enumerate(small):
        holds(result, families.with_sufficient_sizes(build(np.random.default_rng(seed), **given)))
    well = CosineSum([[1.0]], [-1.0], [0.0])
    some = dict(w=[0.0], u=[0.1], alpha=0.1, steps=2, sigma=0.0)
    losses = (
        dict(support_losses=[well], query_losses=[well])
        if result.setting == "finite-sum"
        else dict(losses=[well])
    )
    # all gradients 0: X = 0 surely
    holds(
        result,
        (FiniteSumInstance if result.setting == "finite-sum" else ResamplingInstance)(
            **losses, **some
        ),
    )


def test_without_curvature_change_the_stepsize_is_known():
    x = families.with_sufficient_sizes(
        families.resampling(np.random.default_rng(0), kind="quadratics")
    )
    assert x.constants.C_meta == 0
    chains = lemma_8.RESULT.evaluate(x)
    assert (
        chains["wooff"].lhs == chains["wooff"].rhs == pytest.approx(1 / x.constants.A**2, rel=1e-15)
    )
    assert (chains["mean"].rhs, chains["second moment"].lhs) == pytest.approx(
        (1 / x.smoothness, 1 / x.smoothness**2), rel=1e-14
    )


# Attained


def concave(c=(0.0, 0.0), w=(-0.6, 0.8), steps=4, alpha=0.13, L=2.0, **given):
    """l_S = −L‖w‖²/2 + ⟨c, w⟩ and l_T = −L‖w‖²/2."""
    A, c = -L * np.eye(len(c)), np.array(c)
    losses = dict(support_losses=[Quadratic(A, c / L)], query_losses=[Quadratic(A, 0 * c)])
    return FiniteSumInstance(**losses, w=w, u=[0.0, 1.0], alpha=alpha, steps=steps, **given)


@pytest.mark.parametrize("steps", [0, 1, 2, 7])
@pytest.mark.parametrize("length", [0.0, 0.3, 5.0])
def test_concave_quadratics_attain(steps, length):
    w = np.array([-0.6, 0.8])
    x = concave(-length * w, w, steps)  # ∇l_T(w) = −Lw, parallel to c
    assert x.b == pytest.approx(length, abs=1e-15)
    query, near = holds(lemma_9.RESULT, x)["query"], holds(lemma_10.RESULT, x)["near"]
    assert query.tightness == pytest.approx(1, rel=1e-13)
    assert near.tightness == pytest.approx(1, rel=1e-12) if steps else near.lhs == near.rhs == 0
    if steps and length:  # not when c points elsewhere
        assert lemma_9.RESULT.evaluate(concave(length * w, w, steps))["query"].tightness < 1 - 1e-3


@pytest.mark.parametrize("steps", [1, 2, 3, 5])
@pytest.mark.parametrize("b", [0.0, 0.2, 3.0])
def test_a_sawtooth_attains_proposition_4(steps, b):
    L, rho, w, alpha = 1.5, 40.0, 1.0, 0.4 / steps
    slope = -L * w - b  # ∇l_S(w) = ∇l_T(w) − b
    support = PiecewiseHessian.sawtooth(w, slope, alpha, steps, L, rho, side=-1)
    query = Quadratic([[-L]], [0.0])
    h = 1e-7
    x = FiniteSumInstance(
        support_losses=[support],
        query_losses=[query],
        w=[w],
        u=[w - h],
        alpha=alpha,
        steps=steps,
        b=[b],
    )
    chains = holds(proposition_4.RESULT, x)
    assert 1 - 1e-4 < chains["lipschitz"].tightness <= 1 + 1e-6


def test_two_point_laws_are_extremal():
    """A task at rest and one that is not: X is 0 or x₁, and the parabola argument loses nothing."""
    losses, arguments = tasks_at_rest_and_moving()
    x = ResamplingInstance(losses=losses, sigma=30.0, **arguments)
    assert list(x.gradient_norms[0]) == pytest.approx([0.0, 100.0], abs=1e-12)
    assert check_claim(lemma_8, x, "wooff").tightness == pytest.approx(1, rel=1e-13)
    assert check_claim(lemma_8_sharp, x, "two points").tightness == pytest.approx(1, rel=1e-13)
    more = check_claim(lemma_8, x.replace(B_L=3), "wooff")
    assert more.tightness < 0.99


def check_claim(module, x, claim):
    chain = module.RESULT.evaluate(x)[claim]
    assert chain.holds
    return chain


# The two constants that are largest values of a function


@pytest.mark.parametrize(
    "t2, bound, largest, place",
    [
        (Fraction(5, 16), Fraction(153, 100), 1.52232, 1.01950),
        (Fraction(3, 4), Fraction(21, 10), 2.08901, 1.77418),
        (Fraction(1, 4), Fraction(14331, 10000), 1.43308, 0.89039),
    ],
)
def test_the_extremal_laws_largest_value(t2, bound, largest, place):
    for constant, roots in (
        (bound, 0),
        (Fraction(round(largest * 10**5) + 1, 10**5), 0),
        (Fraction(round(largest * 10**5) - 1, 10**5), 2),
    ):
        r = two_points.margin(constant, t2)
        assert polynomials.roots_above_zero(r) == roots
        assert polynomials.is_positive(r) == (roots == 0)
    z = np.linspace(0, 20, 2_000_001)
    value = (1 + z) ** 2 * (float(t2) + z**4 / (z * z + z + float(t2)) ** 2) / (float(t2) + z * z)
    assert z[value.argmax()] == pytest.approx(place, abs=2e-5)
    assert value.max() == pytest.approx(largest, abs=1e-5)
    for z in (0.3, place, 7.0):  # the function is the one in the code, and grows with the variance
        values = [two_points.two_point(1.0, z, v) for v in np.linspace(0, float(t2), 50)]
        assert (np.diff(values) > 0).all()
        assert values[-1] == pytest.approx(
            (float(t2) + z**4 / (z * z + z + float(t2)) ** 2) / (float(t2) + z * z), rel=1e-14
        )


def test_the_sharper_mean_s_largest_value():
    """t² = 5/16: 1 + t²/(1 + 2t) = 1.147543 ≤ 6/5, where z = C_𝓛μ/A is t."""
    t = sqrt(5 / 16)
    z = np.linspace(1e-3, 20, 200_001)
    values = (1 + z) * (z + t**2) / (z * z + z + t**2)
    assert 1.14754 < 1 + t**2 / (1 + 2 * t) < 1.14755
    assert values.max() == pytest.approx(1 + t**2 / (1 + 2 * t), rel=1e-8)
    assert z[values.argmax()] == pytest.approx(t, abs=1e-3)


@pytest.mark.parametrize("mean", [1e-6, 1.0, 1e4, 1e7])
@pytest.mark.parametrize("share", [0.0, 1e-9, 0.4, 1 - 1e-12, 1.0])
def test_a_larger_variance_s_law_is_reached_to_the_last_digits(mean, share):
    """Where C_𝓛μ is far above A, 1 − μ/x₁ is a difference of neighbours."""
    t2 = Fraction(5, 16)
    variance = share * float(t2)
    first, second = two_points.spread_out(1.0, mean, variance, t2, "m", "lemma_8")
    M, V, T = Fraction(mean), Fraction(variance), t2
    x_1, X_1 = M + V / M, M + T / M
    p_1 = M / x_1
    exact = 1 - p_1 + p_1 * (1 - x_1 / X_1 + x_1 / X_1 / (1 + X_1) ** 2)
    assert first.value == pytest.approx(float(exact), rel=2e-14)
    assert second.value == pytest.approx(float(exact), rel=2e-14)


@pytest.mark.parametrize(
    "constant, t2, worst",
    [
        (lemma_8_sharp.SECOND, lemma_8_sharp.T2, 1.0195),
        (lemma_11.SHARPER, lemma_11.T2, 1.77418),
    ],
)
def test_the_certificate_and_none_for_a_smaller_constant(constant, t2, worst):
    """1% less than the claim, and r has roots: the certificate's last line is false between."""
    assert polynomials.is_positive(two_points.margin(constant, t2))
    less = constant * Fraction(99, 100)
    assert not polynomials.is_positive(two_points.margin(less, t2))
    for z in (0.0, 1e-3, worst, 1e6):
        above, bound = two_points.largest_value(1.0, z, constant, t2, "m")
        largest = two_points.two_point(1.0, z, float(t2)) if z else 1.0
        assert above.value == pytest.approx(largest, rel=1e-12)
        assert above.value <= bound.value
    above, bound = two_points.largest_value(1.0, worst, less, t2, "m")
    assert above.value > bound.value


def test_lemma_11_sharper_is_nearly_attained():
    """B' = 1, a task at rest and one that is not: σ is as large as the size allows, X is the
    extremal law, at the z that is worst."""
    z, t2 = 1.77418, 0.75
    losses, arguments = tasks_at_rest_and_moving(weights=[1 - z / (z + t2 / z), z / (z + t2 / z)])
    x = FiniteSumInstance(support_losses=losses, query_losses=losses, sigma=0.0, **arguments)
    # of the moving task at w; the constants change little with it
    slope = (z + t2 / z) * x.constants.A / x.constants.C_meta
    for _ in range(60):
        losses[1] = CosineSum([[3.0], [1e-5]], [0.5, slope * 1e5], [0.0, -np.pi / 2])
        x = FiniteSumInstance(
            support_losses=losses, query_losses=losses, **arguments | dict(sigma=0.0)
        )
        slope = (z + t2 / z) * x.constants.A / x.constants.C_meta
    x = x.replace(sigma=x.deviation())
    chains = holds(lemma_11.RESULT, x)
    assert x.constants.C_meta * x.sigma / x.constants.A == pytest.approx(sqrt(t2), rel=1e-4)
    assert chains["sharper"].tightness == pytest.approx(2.08901 / 2.1, rel=1e-5)


# A false number is found, by the lines that cite it


def tasks_at_rest_and_moving(B_L=1, **given):
    """Of two tasks one is at rest, the other has a gradient of 100: a single draw often sees none
    at all. C_𝓛m > A; the deviation is 30."""
    rest = CosineSum([[3.0]], [0.5], [0.0])
    moving = CosineSum([[3.0], [0.01]], [0.5, 10000.0], [0.0, -np.pi / 2])
    return [rest, moving], dict(weights=[0.9, 0.1], w=[0.0], steps=3, alpha=0.02, B_L=B_L) | given


def test_too_few_tasks_or_samples_are_found():
    losses, arguments = tasks_at_rest_and_moving()
    x = ResamplingInstance(losses=losses, sigma=30.0, **arguments)
    too_few = lemma_8.RESULT.evaluate(x)
    assert violated_tags(too_few["variance"]) == [{"sizes"}]
    assert violated_tags(too_few["second moment"]) == [{"lemma_8"}]
    for claim in ("second moment", "mean"):
        assert violated_tags(lemma_8_sharp.RESULT.evaluate(x)[claim]) == [{"lemma_8"}]
    y = FiniteSumInstance(support_losses=losses, query_losses=losses, sigma=30.0, **arguments)
    too_few = lemma_11.RESULT.evaluate(y)
    assert violated_tags(too_few["variance"]) == [{"sizes"}]
    for claim in ("second moment", "sharper"):
        assert violated_tags(too_few[claim]) == [{"lemma_11"}]
    noisy = ResamplingInstance(
        losses=losses, sigma=30.0, noise=np.full((4, 1), 50.0), **arguments | dict(B_L=4)
    )
    too_noisy = lemma_8.RESULT.evaluate(noisy)
    assert violated_tags(too_noisy["mean"]) == [{"sizes"}]  # D_L
    assert violated_tags(too_noisy["variance"]) == [{"sizes"}, {"sizes"}]  # D_L, B'


def test_understated_deviations_are_found():
    losses, arguments = tasks_at_rest_and_moving(B_L=3)
    x = ResamplingInstance(
        losses=losses, sigma=1.0, noise=np.full((4, 1), 0.3), D_L=20, **arguments
    )
    assert violated_tags(lemma_8.RESULT.evaluate(x)["variance"]) == [{"A2"}]
    x = ResamplingInstance(
        losses=losses, sigma=30.0, noise=np.full((4, 1), 30.0), sigma_g=0.1, D_L=20, **arguments
    )
    assert violated_tags(lemma_8.RESULT.evaluate(x)["mean"]) == [{"A3 sigma_g"}]
    assert {"A3 sigma_g"} in violated_tags(lemma_8.RESULT.evaluate(x)["variance"])
    y = FiniteSumInstance(support_losses=losses, query_losses=losses, sigma=1.0, **arguments)
    assert violated_tags(lemma_11.RESULT.evaluate(y)["variance"]) == [{"A2"}]
    z = families.finite_sum(np.random.default_rng(3), tasks=3)
    z = z.replace(sigma=0.9 * z.deviation())
    assert {"A2"} in violated_tags(lemma_10.RESULT.evaluate(z)["gradient"])
    assert {"A2"} in violated_tags(proposition_5.RESULT.evaluate(z)["second moment"])


def test_understated_b_and_L_are_found():
    w = np.array([-0.6, 0.8])
    x = concave(-0.3 * w, w, b=[0.2])
    assert (
        violated_tags(lemma_9.RESULT.evaluate(x)["query"])
        == [{"b"}]
        == violated_tags(lemma_10.RESULT.evaluate(x)["near"])
    )
    y = concave(-0.3 * w, w)
    losses = [
        [Quadratic(f.A, f.c, L=1.8) for f in y.arguments[name]]
        for name in ("support_losses", "query_losses")
    ]
    false = y.replace(support_losses=losses[0], query_losses=losses[1])
    for module, claim in ((lemma_9, "query"), (lemma_10, "near")):
        found = violated_tags(module.RESULT.evaluate(false)[claim])
        assert {"A1 L"} in found
        assert all(tags & {"A1 L", "lemma_2"} for tags in found)
    y, false = (x.replace(alpha=0.02) for x in (y, false))
    assert holds(proposition_5.RESULT, y)
    assert {"A1 L"} in violated_tags(proposition_5.RESULT.evaluate(false)["second moment"])


@pytest.mark.parametrize("rho", [4.0, 1.0])
def test_an_understated_rho_is_found(rho):
    L, alpha, steps, w = 1.5, 0.2, 3, 1.0
    teeth = PiecewiseHessian.sawtooth(w, -L * w, alpha, steps, L, 4.0, side=-1)
    support = PiecewiseHessian(teeth.knots, teeth.curvatures, origin=w, slope=-L * w, L=L, rho=rho)
    x = FiniteSumInstance(
        support_losses=[support],
        query_losses=[Quadratic([[-L]], [0.0])],
        w=[w],
        u=[w - 1e-5],
        alpha=alpha,
        steps=steps,
        b=[0.0],
    )
    chain = proposition_4.RESULT.evaluate(x)["lipschitz"]
    assert chain.holds if rho == 4.0 else {"lemma_3"} in violated_tags(chain)


def test_a_stepsize_too_large_for_C_l_leaves_the_other_claims():
    x = concave((0.3, 0.0), steps=2, alpha=0.5)  # a^4 = 16
    chains = holds(lemma_10.RESULT, x)
    assert set(chains) == {"near", "gradient"}
    with pytest.raises(ConditionFailed, match="C_l"):
        chains["solved"]
    assert set(holds(proposition_5.RESULT, x)) == {"unbiased"}


@every
def test_what_is_assumed_is_what_is_cited(name):
    """The tags a result declares are those that its lines cite, and those of the results that they
    cite."""
    known = {module.RESULT.name: module.RESULT for module in (lemma_1, lemma_2, lemma_3, *MODULES)}
    cited = set()
    instances = [families.draw(np.random.default_rng(seed), RESULTS[name]) for seed in range(3)]
    instances += list(steep_instances(name, 1)) if name in STEPSIZES else []
    for x in instances:
        for chain in RESULTS[name].evaluate(x).values():
            for line in chain.lines:
                for tag in line.cites:
                    cited |= set(known[tag].assumes) if tag in known else {tag}
    assert cited == set(RESULTS[name].assumes) <= set(ASSUMPTIONS)
    for chain in (chain for x in instances for chain in RESULTS[name].evaluate(x).values()):
        for line in chain.lines:
            assert line.latex
            assert line.reason
            assert "|" not in line.latex
            assert line.latex.count("{") == line.latex.count("}")
