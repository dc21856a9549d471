"""Lemmas 4 to 6, Propositions 2 and 3 and their sharper forms: on random instances, against loops,
where they are attained, and broken."""

import re
from fractions import Fraction
from itertools import pairwise, product
from math import sqrt

import numpy as np
import pytest

from tinymaml import theory
from tinymaml.theory import (
    ConditionFailed,
    CosineSum,
    PiecewiseHessian,
    Quadratic,
    ResamplingInstance,
    RootHessian,
    families,
)

PER_TASK = ("lemma_4", "lemma_4_sharp", "lemma_5", "lemma_6")
NAMES = (*PER_TASK, "proposition_2", "proposition_2_sharp", "proposition_3", "proposition_3_sharp")
MAIN = dict(
    lemma_4="drift",
    lemma_4_sharp="drift",
    lemma_5="drift",
    lemma_6="product",
    proposition_2="bias",
    proposition_2_sharp="bias",
    proposition_3="moment",
    proposition_3_sharp="moment",
)


def chains(x, names=NAMES):
    """Every chain on this instance: of every claim, of every task."""
    for name in names:
        result = theory.RESULTS[name]
        for task in range(len(x.tasks) if result.per_task else 1):
            yield from result.evaluate(x, task).values()


def chain(name, x):
    return theory.RESULTS[name].evaluate(x)[MAIN[name]]


def check(x, where=""):
    for c in chains(x):
        assert c.holds, (
            where,
            c.name,
            repr(x),
            {r: (c.lines[r - 1], c.lines[r]) for r in c.violations},
        )


def draw_instance(seed):
    """Half of the instances of `draw`, the other half with a stepsize up to where C* vanishes, or
    without noise, or of no or one step."""
    rng = np.random.default_rng(seed)
    if seed % 2:
        return families.draw(rng, theory.RESULTS["proposition_3"])
    return families.resampling(
        rng,
        dimension=int(rng.integers(1, 4)),
        steps=int(rng.integers(0, 4)),
        tasks=int(rng.integers(1, 4)),
        reach=4,
        noise=rng.random() < 0.8,
        hessian_noise=rng.random() < 0.8,
    )


def concave(noise, steps, d=None, alpha=0.05, L=1.0, **given):
    """One task, −L‖w‖²/2, the most expanding loss there is."""
    d = d or steps
    return ResamplingInstance(
        **dict(
            losses=[Quadratic(-L * np.eye(d), np.zeros(d))],
            w=np.ones(d),
            alpha=alpha,
            steps=steps,
            noise=noise,
        )
        | given
    )


def shared_signs(steps, hessians=False):
    """One sign for all inner samples; the others on their own."""
    rows = [
        [s] * steps + list(free)
        for s in (1, -1)
        for free in product((1, -1), repeat=steps * hessians + 1)
    ]
    return np.array(rows, float)


# Every line, on random instances


@pytest.mark.parametrize("block", range(8))
def test_random_instances(block):
    for seed in range(20 * block, 20 * (block + 1)):
        check(draw_instance(seed), seed)


@pytest.mark.slow
@pytest.mark.parametrize("block", range(10))
def test_thousands_of_random_instances(block):
    for seed in range(160 + 500 * block, 160 + 500 * (block + 1)):
        check(draw_instance(seed), seed)


@pytest.mark.parametrize("steps", (0, 1, 2))
@pytest.mark.parametrize("d", (1, 3))
@pytest.mark.parametrize("kind", ("quadratics", "cosine sums"))
def test_edges(steps, d, kind):
    rng = np.random.default_rng(steps)
    for noise, curved in product((False, True), repeat=2):
        x = families.resampling(
            rng, dimension=d, steps=steps, kind=kind, noise=noise, hessian_noise=curved
        )
        check(x)
        for elsewhere in (x.replace(w=np.zeros(d)), x.replace(w=1e-9 * x.w)):
            check(elsewhere.replace(sigma=elsewhere.deviation()))
        check(x.replace(alpha=x.alpha * 1e-8))
        small = x.replace(noise=x.noise * 1e-9)
        check(small)
        if steps == 0 or not noise:  # nothing drifts
            assert all(chain(name, x).lhs <= 1e-13 * np.abs(x.w).max() for name in PER_TASK)
            assert all(chain(name, x).rhs == 0 for name in PER_TASK)
        # the first factor does not drift; a constant Hessian does not
        if steps == 1 or kind == "quadratics":
            assert chain("lemma_6", x).rhs == 0


def test_far_from_the_origin():
    """Rounding grows with the numbers that are subtracted, and so does what is allowed for it, no
    more."""
    for seed in range(40):
        x = families.resampling(np.random.default_rng(seed), steps=2, kind="cosine sums")
        x = x.replace(w=x.w * 1e3, noise=x.noise * 1e-3)
        check(x.replace(sigma=x.deviation()), seed)


# First lines against loops, last lines against formulas


def expectations(x):
    """E‖e_N‖, E‖e_N‖², E‖P̂ − P‖ of task 0, and E Ĝ − ∇𝓛, E‖Ĝ‖² over the tasks, one pattern of
    signs after the other."""
    N, d, first = x.steps, len(x.w), np.zeros(3)
    mean, square, exact = np.zeros(d), 0.0, np.zeros(d)
    for i, task in enumerate(x.tasks):
        v, P = x.w, np.eye(d)
        for _ in range(N):
            P = P @ (np.eye(d) - x.alpha * task.inner.hessian(v))
            v = v - x.alpha * task.inner.gradient(v)
        exact = exact + task.p * P @ task.inner.gradient(v)
        count = 2 ** (2 * N + 1)
        for s in product((1, -1), repeat=2 * N + 1):
            w, Q, G = x.w, np.eye(d), np.eye(d)
            for j in range(N):
                H = task.inner.hessian(w)
                Q = Q @ (np.eye(d) - x.alpha * H)
                G = G @ (np.eye(d) - x.alpha * (H + s[N + j] * x.hessian_noise[j] / sqrt(x.D)))
                w = w - x.alpha * (task.inner.gradient(w) + s[j] * x.noise[j] / sqrt(x.S))
            estimate = G @ (task.inner.gradient(w) + s[2 * N] * x.noise[N] / sqrt(x.T))
            mean = mean + task.p / count * estimate
            square = square + task.p / count * estimate @ estimate
            if i == 0:
                e = np.linalg.norm(w - v)
                first += np.array([e, e * e, np.linalg.norm(Q - P, 2)]) / count
    return *first, np.linalg.norm(mean - exact), square


@pytest.mark.parametrize("seed", range(12))
def test_first_lines_against_loops(seed):
    x = families.resampling(
        np.random.default_rng(seed),
        dimension=1 + seed % 3,
        steps=1 + seed % 3,
        noise=True,
        hessian_noise=True,
        batch="two-point",
    )
    length, square, product, bias, moment = expectations(x)
    found = [chain(name, x).lhs for name in NAMES]
    sizes = [np.abs(x.w).max()] * 3 + [1] + [np.sqrt(moment)] * 2 + [moment] * 2
    for lhs, wanted, size in zip(
        found, (length, length, square, product, bias, bias, moment, moment), sizes, strict=True
    ):
        assert lhs == pytest.approx(wanted, rel=1e-9, abs=1e-14 * size)


def last_lines(x):
    """What the statements say, from the numbers of an instance; differences as fractions, in which
    nothing is lost."""
    N, L, rho, S, T = x.steps, x.L, x.rho, x.S, x.T
    A = 1 + Fraction(x.alpha) * Fraction(L)
    a, small, large = float(A), float(A**N - 1), float(A ** (2 * N) - 1)
    excess = float(A**N - 1 - N * (A - 1))

    def root(j):
        return sqrt(float((A ** (2 * j) - 1) * (A - 1) / (A + 1)))

    m = sum(t.p * np.linalg.norm(t.inner.gradient(x.w)) for t in x.tasks)
    slope = np.linalg.norm(x.meta_gradient_at(x.w))
    q = (a**2 + x.alpha**2 * x.sigma_H**2 / x.D) ** N
    yield "lemma_4", small * x.sigma_g / (L * sqrt(S))
    yield "lemma_4_sharp", x.sigma_g / (L * sqrt(S)) * root(N)
    yield "lemma_5", large * x.alpha * x.sigma_g**2 / ((2 + x.alpha * L) * L * S)
    yield "lemma_6", a ** (N - 1) * rho * x.sigma_g / (L**2 * sqrt(S)) * excess
    yield (
        "proposition_2",
        (a**N * small * x.sigma_g + rho * x.sigma_g / L**2 * a ** (2 * N - 1) * excess * m)
        / sqrt(S),
    )
    drifts = sum(root(j) for j in range(N))
    yield (
        "proposition_2_sharp",
        (a**N * x.sigma_g * root(N) + a ** (2 * N - 1) * x.alpha * rho * x.sigma_g / L * drifts * m)
        / sqrt(S),
    )
    C = 1 - large
    if C > 0.01:
        v = 2 * x.alpha * L * large * x.sigma_g**2 / ((2 + x.alpha * L) * S)
        far = 2 * a ** (2 * N) * x.sigma**2 * (1 + 2 * large**2 / C**2)
        yield (
            "proposition_3",
            4 * q * a ** (2 * N) / C**2 * slope**2 + q * (x.sigma_g**2 / T + far + v),
        )
    if 2 * N * x.alpha * L <= 1:
        C = (1 - x.alpha * L) ** (2 * N)
        r = a**N * (large + C) * x.sigma / C + x.sigma_g * sqrt(
            x.alpha * L * large / ((2 + x.alpha * L) * S)
        )
        yield (
            "proposition_3_sharp",
            2 * q * a ** (2 * N) / C**2 * slope**2 + q * (x.sigma_g**2 / T + 2 * r**2),
        )


@pytest.mark.parametrize("seed", range(40))
def test_last_lines_are_the_statements(seed):
    x = draw_instance(seed)
    for alpha in (x.alpha, 1e-9 * x.alpha):  # differences such as a^N − 1 − NαL keep their digits
        x = x.replace(alpha=alpha)
        for name, wanted in last_lines(x):
            assert chain(name, x).rhs == pytest.approx(wanted, rel=1e-11, abs=0), name


def test_the_sharper_bounds_are_sharper():
    for seed in range(60):
        x = draw_instance(seed)
        assert chain("lemma_4_sharp", x).rhs <= chain("lemma_4", x).rhs * (1 + 1e-12)
        assert chain("proposition_2_sharp", x).rhs <= chain("proposition_2", x).rhs * (1 + 1e-12)
    x = families.resampling(
        np.random.default_rng(0), steps=3, kind="cosine sums", hessian_noise=False, alpha=0.01
    )
    assert chain("lemma_4_sharp", x).rhs < 0.6 * chain("lemma_4", x).rhs  # 1/√3


# Attained


@pytest.mark.parametrize("N", (1, 2, 3, 5))
@pytest.mark.parametrize("S", (1, 7))
def test_concave_quadratic_attains_lemmas_5_and_4_sharp(N, S):
    noise = np.vstack([0.3 * np.eye(N), np.zeros(N)])  # step j errs along e_j
    x = concave(noise, N, S=S, alpha=0.4)
    for name in ("lemma_5", "lemma_4_sharp"):
        assert chain(name, x).tightness == pytest.approx(1, rel=1e-12)
    assert (chain("lemma_4", x).tightness > 1 - 1e-12) == (N == 1)


def test_one_dimension_attains_lemma_5_but_not_4_sharp():
    x = concave(np.array([[0.3]] * 4), 3, d=1)
    assert chain("lemma_5", x).tightness == pytest.approx(1, rel=1e-12)
    assert chain("lemma_4_sharp", x).tightness < 0.95


def test_lemma_4_is_attained_after_one_step_by_anything():
    for seed in range(20):
        x = families.resampling(np.random.default_rng(seed), steps=1, noise=True, batch="two-point")
        x = x.replace(noise=x.noise * [[1], [0]])  # the outer sample exact: σ_g is the inner one's
        assert chain("lemma_4", x).tightness == pytest.approx(1, rel=1e-9)


def kink(width, L, h, rho, start=3.0):
    """Curvature −L, but for a kink at 0, where it rises with slope ρ for h to both sides, and falls
    back."""
    return PiecewiseHessian(
        [-2 * h, -h, 0, h, 2 * h],
        [-L, rho * h - L, -L, rho * h - L, -L],
        origin=start,
        slope=start / width,
    )


def test_a_kink_attains_lemma_6_at_two_steps():
    alpha, sigma_g, L, rho = 0.1, 0.5, 1.0, 2.0
    # slope start/α: the first exact step ends at the kink
    loss = kink(alpha, L, alpha * sigma_g, rho)
    x = ResamplingInstance(
        losses=[loss], w=[3.0], alpha=alpha, steps=2, noise=[[sigma_g], [0.0], [0.0]]
    )
    assert (x.L, x.rho) == (L, pytest.approx(rho, rel=1e-12))
    assert abs(x.tasks[0].from_w.points[1, 0]) < 1e-12
    assert chain("lemma_6", x).tightness == pytest.approx(1, rel=1e-11)
    check(x)
    assert chain("lemma_6", x.replace(steps=1, noise=[[sigma_g], [0.0]])).rhs == 0


@pytest.mark.parametrize("name", ("proposition_2", "proposition_2_sharp"))
def test_a_gradient_like_an_absolute_value_attains_proposition_2_at_one_step(name):
    """Both signs of the noise make the gradient larger by Lασ_g; the narrower the kink, the nearer
    the bound."""
    alpha, sigma_g, L = 0.1, 0.5, 1.0
    tightness = []
    for delta in (1e-2, 1e-4, 1e-8):
        loss = PiecewiseHessian([-delta, delta], [-L, L], origin=-3.0, slope=-3.0 / alpha)
        x = ResamplingInstance(
            losses=[loss],
            w=[-3.0],
            alpha=alpha,
            steps=1,
            noise=[[sigma_g], [0.0]],
            hessian_noise=[[[0.7]]],
        )
        check(x)
        tightness.append(chain(name, x).tightness)
    assert tightness == sorted(tightness)
    assert tightness[-1] == pytest.approx(1, abs=2e-7)
    assert tightness[0] < 0.95


@pytest.mark.parametrize("N", (0, 1, 3))
def test_proposition_3_sharp_loses_nothing_before_lemma_7(N):
    x = concave(np.zeros((N + 1, 2)), N, d=2)
    lines = chain("proposition_3_sharp", x).lines
    before = next(r for r, line in enumerate(lines) if "lemma_7_sharp" in line.cites)
    assert all(line.value == pytest.approx(lines[0].value, rel=1e-12) for line in lines[:before])


# Taking an assumption away


def test_with_one_sample_for_all_steps_lemma_5_fails_by_the_number_of_steps():
    N = 4
    fresh = concave(np.array([[0.3]] * (N + 1)), N, d=1, alpha=1e-3)
    x = fresh.replace(signs=shared_signs(N))
    lemma_5, lemma_4 = chain("lemma_5", x), chain("lemma_4", x)
    assert chain("lemma_5", fresh).holds
    assert lemma_5.lhs / lemma_5.rhs == pytest.approx(4, rel=0.01)
    a = 1.001
    assert lemma_5.lhs / lemma_5.rhs == pytest.approx(
        (a**4 - 1) * (a + 1) / ((a**4 + 1) * (a - 1)), rel=1e-9
    )
    # e_0 = 0
    assert {lemma_5.lines[r].cites for r in lemma_5.violations} == {("A3 unbiased", "fresh S")}
    assert len(lemma_5.violations) == N - 1
    # and nothing better than Lemma 4 holds now
    assert lemma_4.holds
    assert lemma_4.tightness == pytest.approx(1, rel=1e-10)
    assert not chain("lemma_4_sharp", x).holds


def closure(cites):
    """Tags of assumptions, those behind a cited result included."""
    tags = set()
    for cite in cites:
        tags |= {cite} if cite in theory.ASSUMPTIONS else closure(theory.RESULTS[cite].assumes)
    return tags


def break_assumption(name):
    """An instance without the assumption of this name, and the results that must notice."""
    rng = np.random.default_rng(7)
    some = families.resampling(
        rng,
        dimension=2,
        steps=2,
        kind="cosine sums",
        tasks=2,
        reach=0.5,
        alpha=0.05,
        noise=True,
        hessian_noise=True,
    )
    some = some.replace(S=1, D=1, T=1)
    if name == "A1 L":
        top = CosineSum([[1.0]], [1.0], [0.0], L=0.9)  # near its maximum the curvature is −1
        return ResamplingInstance(
            losses=[top],
            w=[0.01],
            alpha=0.05,
            steps=2,
            noise=[[0.3], [0.3], [0.0]],
            hessian_noise=[[[0.1]]] * 2,
        ), NAMES
    if name == "A1 rho":
        return (
            ResamplingInstance(
                losses=[RootHessian()], w=[1e-4], alpha=0.1, steps=2, noise=[[1e-3], [1e-3], [0.0]]
            ),
            ("lemma_6", "proposition_2_sharp"),
        )
    if name == "A2":
        return some.replace(sigma=0.01 * some.deviation()), ("proposition_3", "proposition_3_sharp")
    if name == "A3 sigma_g":
        return some.replace(sigma_g=0.3 * some.sigma_g), NAMES
    if name == "A3 sigma_H":
        return some.replace(sigma_H=0.1 * some.sigma_H, hessian_noise=10 * some.hessian_noise), (
            "proposition_3",
            "proposition_3_sharp",
        )
    columns = some.signs[0].rows.shape[1]
    if name == "A3 unbiased":
        return some.replace(signs=np.ones((1, columns))), [
            n for n in NAMES if n not in ("lemma_4", "lemma_6")
        ]
    if name == "fresh S":
        return some.replace(signs=shared_signs(2, True)), ("lemma_5", "lemma_4_sharp")
    rows = np.array([[s, t, s, t, s] for s in (1, -1) for t in (1, -1)])
    return some.replace(signs=rows), (
        "proposition_2",
        "proposition_2_sharp",
        "proposition_3",
        "proposition_3_sharp",
    )


@pytest.mark.parametrize(
    "tag",
    ("A1 L", "A1 rho", "A2", "A3 unbiased", "A3 sigma_g", "A3 sigma_H", "fresh S", "fresh D, T"),
)
def test_without_an_assumption_only_lines_that_use_it_fail(tag):
    x, noticed = break_assumption(tag)
    fail = {}
    for c in chains(x):
        for r in c.violations:
            assert tag in closure(c.lines[r].cites), (c.name, c.lines[r - 1], c.lines[r])
            fail.setdefault(c.name.split(":")[0], set()).update(c.lines[r].cites)
    direct = [
        name
        for name in noticed
        if any(tag in line.cites for c in chains(x, [name]) for line in c.lines)
    ]
    assert direct, (tag, direct, fail)
    assert set(direct) <= set(fail), (tag, direct, fail)
    for name in NAMES:  # a result that does not assume it stands
        if tag not in theory.RESULTS[name].assumes:
            assert name not in fail


@pytest.mark.parametrize("name", NAMES)
def test_assumes_is_what_the_lines_cite(name):
    x = families.resampling(np.random.default_rng(0), steps=2, reach=0.5)
    result = theory.RESULTS[name]
    cited = [line.cites for c in chains(x, [name]) for line in c.lines]
    assert set(result.assumes) == set().union(*map(closure, cited))
    assert result.assumes == tuple(t for t in theory.ASSUMPTIONS if t in result.assumes)
    assert result.setting == "resampling"
    assert result.enumerates == "signs"
    assert result.per_task == (name in PER_TASK)


def test_a_stepsize_that_is_too_large_leaves_proposition_3_without_its_chain():
    x = families.resampling(np.random.default_rng(0), steps=2, kind="cosine sums")
    x = x.replace(alpha=0.5 / (2 * x.L))  # beyond C_l > 0, within C* > 0
    found = theory.RESULTS["proposition_3"].evaluate(x)
    assert not found
    assert isinstance(found.absent["moment"], ConditionFailed)
    with pytest.raises(ConditionFailed, match="C_l = 2"):
        found["moment"]
    assert chain("proposition_3_sharp", x).holds
    # beyond C* > 0 as well: what is left needs no C_l at all
    beyond = theory.RESULTS["proposition_3_sharp"].evaluate(x.replace(alpha=0.9 / (2 * x.L)))
    assert set(beyond) == {"gradient"}
    assert beyond["gradient"].holds
    check(x)


def test_the_bias_needs_no_sigma():
    # different Hessians: no σ is known
    losses = [
        Quadratic(np.diag([1.0, 2.0]), np.zeros(2)),
        Quadratic(np.eye(2), np.ones(2)),
    ]
    x = ResamplingInstance(
        losses=losses, w=[1.0, 2.0], alpha=0.1, steps=2, noise=0.1 * np.ones((3, 2))
    )
    assert chain("proposition_2", x).holds
    assert chain("proposition_2_sharp", x).holds
    with pytest.raises(ValueError, match="sigma"):
        chain("proposition_3", x)


def test_results_are_about_the_resampling_case():
    x = families.finite_sum(np.random.default_rng(0))
    for name in NAMES:
        with pytest.raises(TypeError, match="resampling case"):
            theory.RESULTS[name].evaluate(x)


KNOWN = set(
    "lVert rVert langle rangle mathbb mathcal mathrm nabla alpha rho sigma nu "
    "sqrt frac tfrac sum prod tilde hat cdot cdots le ,".split()
)


@pytest.mark.parametrize("name", NAMES)
def test_formulas_and_reasons(name):
    x = families.resampling(np.random.default_rng(0), steps=2, reach=0.5)
    for c in chains(x, [name]):
        for text in (theory.RESULTS[name].statement, *(line.latex for line in c.lines)):
            assert set(re.findall(r"\\([A-Za-z]+|.)", text)) <= KNOWN, text
            assert "|" not in text, text
            assert text.count("{") == text.count("}"), text
            assert text.count("(") == text.count(")"), text
            assert text.count(r"\lVert") == text.count(r"\rVert"), text
            assert text.count(r"\langle") == text.count(r"\rangle"), text
        assert all(line.reason and not line.reason.endswith(".") for line in c.lines)
        assert all(above.latex != line.latex for above, line in pairwise(c.lines))
