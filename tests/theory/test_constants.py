"""The constants of the proof against an evaluation of their own in exact rationals, and what the
corollaries promise."""

import math
import re
from dataclasses import MISSING, FrozenInstanceError, fields, replace
from fractions import Fraction
from itertools import product
from math import ceil, e, exp, inf, isqrt, nan

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tinymaml.theory import (
    ConditionFailed,
    FiniteSumConstants,
    ResamplingConstants,
    inner_stepsize,
)
from tinymaml.theory.complexity import complexity, sufficient_sizes

pytestmark = pytest.mark.lesson_13

RATIONALS = [Fraction(1, 3), Fraction(2, 7), Fraction(1, 100), Fraction(3, 2)]


def to_fraction(x):
    """Rationals to floats' exact values, so that the class and the reference see the same
    numbers."""
    return Fraction(float(x))


def root(x):
    """√x of a rational to 80 digits beyond its size."""
    if x == 0:
        return Fraction(0)
    scale = 2 ** (270 + max(0, x.denominator.bit_length() - x.numerator.bit_length()))
    return Fraction(isqrt(x.numerator * scale**2 // x.denominator), scale)


def resampling_reference(L, rho, sigma, sigma_g, sigma_H, alpha, steps, S, D, T, B, C_beta, sharp):
    """From the page: sums where the page has sums, the paper's C_𝓛, κ's three terms written out for
    each case."""
    N, x = steps, alpha * L
    a = 1 + x
    r = dict(a=a, A=a ** (2 * N) * L)
    r["C_meta"] = (a ** (N - 1) * alpha * rho + rho / L * a**N * (a ** (N - 1) - 1)) * a**N
    r["q"] = q = (a**2 + alpha**2 * sigma_H**2 / D) ** N
    r["C_bend"] = alpha * sigma_g**2 / 2 * r["C_meta"]
    r["C_bend"] += (
        alpha
        * sigma_g**2
        / (1 + a)
        * (alpha * rho * a ** (N - 1) * root(a ** (2 * N) - 1))
        * sum(root(a ** (2 * j) - 1) for j in range(N))
    )
    if sharp:
        C_l, tau = (1 - x) ** (2 * N), a ** (2 * N) - 1 + (1 - x) ** (2 * N)
        r["C_err1"] = a**N * sigma_g * root((a ** (2 * N) - 1) * (a - 1) / (a + 1))
        r["C_err2"] = (
            a ** (2 * N - 1)
            * (alpha * rho * sigma_g / L)
            * root((a - 1) / (a + 1))
            * sum(root(a ** (2 * j) - 1) for j in range(N))
        )
        s = a**N * tau * sigma / C_l + sigma_g * root(x * (a ** (2 * N) - 1) / ((2 + x) * S))
        r["C_squ1"], r["C_squ2"] = 2 * q * a ** (2 * N) / C_l**2, q * (sigma_g**2 / T + 2 * s**2)
        b, slope2 = min(r["C_bend"] / S, r["C_err1"] / root(Fraction(S))), r["C_err2"] ** 2 / S
        fifth, milli = Fraction(1, 5), Fraction(1, 1000)
        r["kappa"] = (
            2 * fifth / C_beta
            - 3 * fifth / C_beta * 4 * slope2 / C_l**2
            - 765 * milli * r["C_squ1"] / (C_beta**2 * B)
        )
        r["phi"] = 765 * milli * r["C_squ2"] / (C_beta**2 * r["A"])
        r["noise"] = r["phi"] / B + 3 * fifth / (C_beta * r["A"]) * (
            2 * b**2 + 4 * slope2 * tau**2 * sigma**2 / C_l**2
        )
        spread = tau * sigma
    else:
        C_l, spread = 2 - a ** (2 * N), sigma
        r["C_err1"] = a**N * (a**N - 1) * sigma_g
        r["C_err2"] = rho * sigma_g / L**2 * a ** (2 * N - 1) * (a**N - 1 - N * x)
        r["C_squ1"] = 4 * q * a ** (2 * N) / C_l**2
        r["C_squ2"] = q * (
            sigma_g**2 / T
            + 2 * a ** (2 * N) * sigma**2 * (1 + 2 * (a ** (2 * N) - 1) ** 2 / C_l**2)
            + 2 * x * (a ** (2 * N) - 1) * sigma_g**2 / ((2 + x) * S)
        )
        r["kappa"] = (
            2 / C_beta * (Fraction(1, 5) - 2 / C_beta)
            - (1 / C_beta) * (1 + 4 / C_beta) * 4 * r["C_err2"] ** 2 / (C_l**2 * S)
            - 2 * r["C_squ1"] / (C_beta**2 * B)
        )
        r["phi"] = 2 * r["C_squ2"] / (C_beta**2 * r["A"])
        r["xi"] = (
            (1 + 4 / C_beta)
            * (2 * r["C_err1"] ** 2 + 4 * r["C_err2"] ** 2 * sigma**2 / C_l**2)
            / (C_beta * r["A"])
        )
        r["noise"] = r["phi"] / B + r["xi"] / S
    r["C_l"] = C_l
    if r["C_meta"]:
        r["theta"], r["chi"] = r["kappa"] * C_l / r["C_meta"], C_l * r["A"] / r["C_meta"] + spread
    return r


def finite_sum_reference(L, rho, sigma, b, b2, alpha, steps, B, C_beta):
    N, a = steps, 1 + alpha * L
    C_l = 2 - a ** (2 * N)
    C_b = rho / L * a ** (N - 1) * (a**N - 1) ** 2
    C_meta = rho / L * a ** (2 * N - 1) * (a**N - 1)
    r = dict(
        a=a,
        C_b=C_b,
        C_meta=C_meta,
        C_l=C_l,
        A=a ** (2 * N) * L + C_b * b,
        A_squ1=4 * a ** (4 * N) / C_l**2,
    )
    r["A_squ2"] = (
        2 * a ** (4 * N) * sigma**2
        + 4 * a ** (4 * N) * ((a ** (2 * N) - 1) * sigma + a**N * (a**N - 1) * b) ** 2 / C_l**2
        + 2 * a ** (2 * N) * (a**N - 1) ** 2 * b2
    )
    r["kappa"] = 1 / C_beta - 2 / C_beta**2 - 2 * r["A_squ1"] / (C_beta**2 * B)
    r["phi"] = 2 * r["A_squ2"] / (C_beta**2 * r["A"])
    if C_meta:
        r["theta"], r["chi"] = (
            r["kappa"] * C_l / C_meta,
            C_l * r["A"] / C_meta + sigma + a**N * (a**N - 1) * b,
        )
    return r


def reference_bound(r, noise, Delta, K):
    """Q + √(χQ), or its limit where C_𝓛 = 0."""
    R = Delta / K + noise
    if not r["C_meta"]:
        return root(r["A"] * R / r["kappa"])
    Q = R / r["theta"]
    return Q + root(r["chi"] * Q)


def is_close(computed, exact):
    return abs(to_fraction(computed) - exact) <= Fraction(1, 10**13) * abs(exact)


@pytest.mark.parametrize("sharp", [False, True])
@pytest.mark.parametrize("steps", range(9))
def test_resampling_constants_in_exact_rationals(steps, sharp):
    held = 0
    for alpha_L, L, rho, sizes in product(
        [Fraction(1, 10**6), Fraction(1, 100), Fraction(1, 5)],
        [Fraction(1, 3), Fraction(50)],
        [Fraction(0), Fraction(2, 7), Fraction(40)],
        [(700, 3, 2, 10**4), (10**5, 1, 50, 10**4)],
    ):
        given = dict(
            L=L,
            rho=rho,
            sigma=Fraction(3, 7),
            sigma_g=Fraction(5, 11),
            sigma_H=Fraction(9, 5),
            C_beta=Fraction(31),
            alpha=alpha_L / L / max(1, steps),
        )
        given = {name: to_fraction(x) for name, x in given.items()}
        numbers = dict(zip("SDTB", sizes, strict=True), steps=steps, sharp=sharp)
        r = resampling_reference(**given, **numbers)
        c = ResamplingConstants(**{name: float(x) for name, x in given.items()}, **numbers)
        if r["kappa"] <= 0:
            for name in ("kappa", "theta"):
                with pytest.raises(
                    ConditionFailed, match="kappa = -.*because S = 700 is too small"
                ):
                    getattr(c, name)
            continue
        held += 1
        for name, exact in r.items():
            assert is_close(getattr(c, name), exact), (name, getattr(c, name), float(exact))
        assert is_close(
            c.bound(0.75, 12345),
            reference_bound(r, r["noise"], Fraction(3, 4), 12345),
        )
        assert is_close(c.smoothness(1.25), r["A"] + r["C_meta"] * Fraction(5, 4))
        assert {"theta", "chi"} <= set(r) or rho * steps == 0
    assert held >= 34  # of 36


@pytest.mark.parametrize("steps", range(9))
def test_finite_sum_constants_in_exact_rationals(steps):
    for alpha_L, L, rho, b, B in product(
        [Fraction(1, 10**6), Fraction(1, 100), Fraction(1, 5)],
        [Fraction(1, 3), Fraction(50)],
        [Fraction(0), Fraction(2, 7), Fraction(40)],
        [Fraction(0), Fraction(4, 3)],
        [50, 10**4],
    ):
        given = dict(
            L=L,
            rho=rho,
            sigma=Fraction(3, 7),
            b=b,
            b2=b**2 * Fraction(6, 5),
            alpha=alpha_L / L / max(1, steps),
            C_beta=Fraction(31),
        )
        given = {name: to_fraction(x) for name, x in given.items()}
        r = finite_sum_reference(**given, steps=steps, B=B)
        f = FiniteSumConstants(**{name: float(x) for name, x in given.items()}, steps=steps, B=B)
        for name, exact in r.items():
            assert is_close(getattr(f, name), exact), (name, getattr(f, name), float(exact))
        assert is_close(
            f.bound(0.75, 12345), reference_bound(r, r["phi"] / B, Fraction(3, 4), 12345)
        )
        assert is_close(f.smoothness(1.25), r["A"] + r["C_meta"] * Fraction(5, 4))


@pytest.mark.parametrize("N", range(9))
def test_identities(N):
    for alpha, L, rho in product(RATIONALS, RATIONALS, RATIONALS):
        x = alpha * L
        a = 1 + x
        assert (
            a ** (N - 1) * alpha * rho + rho / L * a**N * (a ** (N - 1) - 1)
        ) * a**N == rho / L * a ** (2 * N - 1) * (a**N - 1)
        assert a**2 - 1 == x * (2 + x)
        assert sum(a**j - 1 for j in range(N)) == (a**N - 1) / x - N
        assert a**N * (a**N - 1) + a**N - 1 == a ** (2 * N) - 1
        # Lemma 5's last line
        assert sum(a ** (2 * j) for j in range(N)) * alpha**2 == (a ** (2 * N) - 1) * alpha / (
            (2 + x) * L
        )
        if N >= 1:
            assert (a ** (2 * N) - 1) * (a - 1) / (a + 1) <= (a**N - 1) ** 2  # Lemma 4' against 4


@pytest.mark.parametrize("steps", range(21))
def test_differences_keep_their_accuracy(steps):
    """a^N − 1 and a^N − 1 − NαL, where a subtraction would leave nothing: the latter is of the
    order 1e-24 at αL = 1e-12."""
    for alpha in [10.0**-k for k in range(13)] + [0.3, 3e-9]:
        a, N = 1 + to_fraction(alpha), steps
        c = ResamplingConstants(L=1, rho=1, sigma=1, sigma_g=1, sigma_H=0, alpha=alpha, steps=steps)
        assert is_close(c.C_err1, a**N * (a**N - 1))
        assert is_close(c.C_meta, a ** (2 * N - 1) * (a**N - 1))
        assert is_close(c.C_err2, a ** (2 * N - 1) * (a**N - 1 - N * to_fraction(alpha)))
        f = FiniteSumConstants(L=1, rho=1, sigma=1, b=0, b2=0, alpha=alpha, steps=steps)
        assert is_close(f.C_b, a ** (N - 1) * (a**N - 1) ** 2)


# C*


def lowest_on_the_circle(x, n):
    """Brute force: three ever finer grids around the smallest value."""
    centre, width = math.pi / 2, math.pi / 2
    for _ in range(4):
        phi = np.linspace(centre - width, centre + width, 20001)
        values = ((1 + x * np.exp(1j * phi)) ** n).real
        centre, width = phi[values.argmin()], width / 1000
    return values.min()


def make_constants(**changes):
    return ResamplingConstants(
        **dict(L=1, rho=1, sigma=1, sigma_g=1, sigma_H=1, alpha=0.01, steps=3, S=10**4, B=10**4)
        | changes
    )


@pytest.mark.parametrize("steps", [1, 2, 3, 5, 10, 40])
@pytest.mark.parametrize("part", [0.01, 0.3, 0.6, 0.64, 0.7, 0.8, 0.9, 0.99])
def test_sharp_C_l_is_the_minimum(steps, part):
    x = part * math.sin(math.pi / (4 * steps))
    C_l = make_constants(alpha=x / 2, L=2, steps=steps, sharp=True).C_l
    assert C_l == pytest.approx(lowest_on_the_circle(x, 2 * steps), rel=2e-13, abs=1e-14)
    rng = np.random.default_rng(0)  # and no product of factors in the disc is below it
    z = (
        x
        * np.sqrt(rng.random((2000, 2 * steps)))
        * np.exp(2j * np.pi * rng.random((2000, 2 * steps)))
    )
    z[:1000] = x * np.exp(
        1j
        * (
            np.pi
            - rng.random((1000, 1)) * math.pi / 2
            + 0.1 * rng.standard_normal((1000, 2 * steps))
        )
    )
    assert np.prod(1 + z, axis=1).real.min() >= C_l - 1e-14


def test_sharp_C_l_where_its_formula_changes():
    for N in (1, 2, 7):
        below, above = (
            make_constants(alpha=(1 + d) / (2 * N), steps=N, sharp=True).C_l for d in (-1e-9, 1e-9)
        )
        assert below == pytest.approx((1 - (1 - 1e-9) / (2 * N)) ** (2 * N), rel=1e-13)
        assert above == pytest.approx(below, rel=1e-8)


@pytest.mark.parametrize("sharp", [False, True])
@pytest.mark.parametrize("steps", [1, 2, 5, 100, 1000])
def test_range_of_alpha(steps, sharp):
    limit = math.sin(math.pi / (4 * steps)) if sharp else 2 ** (1 / (2 * steps)) - 1
    assert make_constants(alpha=limit / 3 * (1 - 1e-9), L=3, steps=steps, sharp=sharp).C_l > 0
    for factor in (1 + 1e-9, 1.5, 3, 1000):
        try:
            c = make_constants(alpha=limit / 3 * factor, L=3, steps=steps, sharp=sharp)
        except ValueError:
            continue  # beyond floating point, refused at the door
        with pytest.raises(ConditionFailed, match="alpha = .* too large") as refusal:
            _ = c.C_l
        assert float(re.search(r"less than ([0-9.e-]+)", str(refusal.value))[1]) == pytest.approx(
            limit / 3, rel=1e-5
        )
        for name in c.CONDITIONAL:
            with pytest.raises(ConditionFailed, match="alpha|xi" if sharp else "alpha"):
                getattr(c, name)
        with pytest.raises(ConditionFailed, match="alpha"):
            c.bound(1, 1)


# conditions


def test_conditions_are_told():
    def finite_sum(C):
        return FiniteSumConstants(
            L=1, rho=1, sigma=1, b=1, b2=1, alpha=0.01, steps=3, B=10**9, C_beta=C
        )

    def plain(C):
        return make_constants(C_beta=C, S=10**9, B=10**9)

    def sharp(C):
        return make_constants(C_beta=C, S=10**9, B=10**9, sharp=True)

    for make, too_small, least, expected in (
        (plain, 10, 10.001, "more than 10, for instance 20"),
        (sharp, 1.9124, 1.9125, "at least 1.9125, for instance 2"),
        (finite_sum, 2, 2.001, "more than 2, for instance 4"),
    ):
        for C_beta in (too_small, 1.0):
            with pytest.raises(ConditionFailed, match=f"C_beta = .* must be {expected}$"):
                _ = make(C_beta).kappa
            with pytest.raises(ConditionFailed, match="C_beta"):
                make(C_beta).bound(1, 1)
            assert make(C_beta).phi > 0
        assert make(least).kappa > 0
        assert make(int(expected.split()[-1])).kappa > 0  # the advice
    with pytest.raises(ConditionFailed):
        hasattr(
            make_constants(alpha=1), "C_l"
        )  # not an AttributeError: asking must not hide the reason


@given(
    rho=st.floats(0, 300),
    c=st.floats(0.01, 0.3),
    steps=st.integers(1, 30),
    S=st.integers(1, 100),
    B=st.integers(1, 100),
    sharp=st.booleans(),
    C_beta=st.floats(10.5, 500),
)
def test_following_the_advice_of_kappa_helps(rho, c, steps, S, B, sharp, C_beta):
    c = make_constants(rho=rho, alpha=c / steps, steps=steps, S=S, B=B, sharp=sharp, C_beta=C_beta)
    try:
        assert c.kappa > 0
    except ConditionFailed as failure:
        advice = re.findall(
            r"because ([SB]) = (\d+) is too small \(raise it to (\d+) or more\)", str(failure)
        )
        assert advice
        assert all(int(now) == getattr(c, size) < int(more) for size, now, more in advice)
        assert replace(c, **{size: int(more) for size, _, more in advice}).kappa > 0
        # each that is named is to blame: the others alone do not mend it by half
        for (
            size,
            now,
            _,
        ) in advice:
            term = c.costs[size] / int(now)
            assert term >= c.gain / 2 * (1 - 1e-6)


def test_kappa_of_the_finite_sum_names_B():
    f = FiniteSumConstants(L=1, rho=1, sigma=0.1, b=0.1, b2=0.02, alpha=1 / 40, steps=5, C_beta=4)
    with pytest.raises(ConditionFailed, match="raise it to 13 or more"):
        _ = f.kappa
    assert replace(f, B=13).kappa > 0
    with pytest.raises(ConditionFailed):
        _ = replace(f, B=12).kappa


def test_without_curvature_theta_and_chi_are_infinite():
    for c in (
        make_constants(rho=0),
        make_constants(steps=0),
        make_constants(steps=0, sharp=True),
        FiniteSumConstants(L=1, rho=0, sigma=1, b=1, b2=1, alpha=0.01, steps=3, B=10**4),
    ):
        assert c.C_meta == 0
        assert c.kappa > 0
        for name in ("theta", "chi"):
            with pytest.raises(ConditionFailed, match=f"{name} is infinite.*rho = 0.*limit"):
                getattr(c, name)


def test_without_inner_steps():
    for sharp in (False, True):
        c = make_constants(
            steps=0, alpha=7.0, sharp=sharp, S=1
        )  # any alpha: nothing is done with it
        assert (c.A, c.C_l, c.C_meta, c.C_err1, c.C_err2, c.q) == (1, 1, 0, 0, 0, 1)
        assert c.C_bend == c.psi == 0
        assert c.C_squ1 == (2 if sharp else 4)
        assert c.C_squ2 == 3
        assert c.bound(1, 100) == pytest.approx(
            math.sqrt((1 / 100 + c.phi / c.B) / c.kappa), rel=1e-14
        )


# limits, monotonicity, the chain in N

INSTANCE = dict(
    L=st.floats(1e-2, 1e2),
    rho=st.floats(0, 1e2),
    sigma=st.floats(0, 10),
    alpha=st.floats(1e-3, 0.3),
    steps=st.integers(0, 40),
)
NOISE = dict(
    sigma_g=st.floats(0, 10),
    sigma_H=st.floats(0, 10),
    S=st.integers(1, 10**6),
    D=st.integers(1, 50),
    T=st.integers(1, 50),
    B=st.integers(1, 10**6),
    C_beta=st.floats(10.5, 300),
    sharp=st.booleans(),
)
DIFFERENCE = dict(
    b=st.floats(0, 10), more=st.floats(1, 3), B=st.integers(1, 10**6), C_beta=st.floats(2.5, 300)
)


def scale_alpha(p):
    """alpha is drawn as NαL."""
    return p | dict(alpha=p["alpha"] / p["L"] / max(1, p["steps"]))


resampling = st.fixed_dictionaries(INSTANCE | NOISE).map(
    lambda p: ResamplingConstants(**scale_alpha(p))
)
finite_sums = (
    st.fixed_dictionaries(INSTANCE | DIFFERENCE)
    .map(lambda p: p | dict(b2=p["b"] ** 2 * p.pop("more")))
    .map(lambda p: FiniteSumConstants(**scale_alpha(p)))
)
either = resampling | finite_sums


def kappa_exists(c):
    try:
        return c.kappa > 0
    except ConditionFailed:
        return False


@given(c=either)
def test_bound_is_continuous_at_rho_0(c):
    flat, nearly = replace(c, rho=0), replace(c, rho=1e-12)
    assume(kappa_exists(flat) and kappa_exists(nearly))
    assert nearly.bound(1.5, 1000) == pytest.approx(flat.bound(1.5, 1000), rel=1e-5)
    assert flat.bound(1.5, 1000) == pytest.approx(
        math.sqrt(flat.A * (1.5 / 1000 + flat.noise) / flat.kappa), rel=1e-13
    )
    if nearly.C_meta > 1e-100:  # and it is Q + √(χQ) of the page, where the page's numbers exist
        Q = (1.5 / 1000 + nearly.noise) / nearly.theta
        assert nearly.bound(1.5, 1000) == pytest.approx(Q + math.sqrt(nearly.chi * Q), rel=1e-12)


@given(c=either, factor=st.integers(2, 50))
def test_bound_decreases_with_K_and_every_size(c, factor):
    assume(kappa_exists(c))
    assert c.bound(1, 100 * factor) < c.bound(1, 100) < c.bound(2, 100)
    for size in "SDTB":
        if hasattr(c, size):
            assert replace(c, **{size: factor * getattr(c, size)}).bound(1, 100) <= c.bound(
                1, 100
            ) * (1 + 1e-14)
    assert replace(c, B=factor * c.B).bound(1, 100) < c.bound(1, 100)


@given(c=resampling)
def test_sharp_constants_are_never_worse(c):
    """All but two, C_squ2 and χ, which are weighed by smaller factors in φ, θ and the bound."""
    plainly, sharply = replace(c, sharp=False), replace(c, sharp=True)
    slack = 1 + 1e-12
    for name in ("C_err1", "C_err2", "C_squ1", "phi", "psi", "noise"):
        assert getattr(sharply, name) <= getattr(plainly, name) * slack, name
    assert sharply.C_l >= plainly.C_l / slack
    assert sharply.A == plainly.A
    assert sharply.C_meta == plainly.C_meta
    assert sharply.q == plainly.q
    if kappa_exists(plainly):
        assert sharply.kappa >= plainly.kappa / slack
        assert sharply.bound(1, 100) <= plainly.bound(1, 100) * slack
        assert not sharply.C_meta or sharply.theta >= plainly.theta / slack


def split_in_two(c):
    """κ and noise of the sharper constants with Young's inequality and (x + y)² <= 2x² + 2y² in the
    step, and no C_bend: what polarising improves on."""
    C, err2 = c.C_beta, c.C_err2 / c.C_l
    weight = (3 / 5 + 1.53 / C) / C
    kappa = (2 / 5 - 1.53 / C) / C - weight * 4 * err2**2 / c.S
    kappa -= 0.765 * c.C_squ1 / (C**2 * c.B)
    xi = weight * (2 * c.C_err1**2 + 4 * (err2 * c.spread) ** 2) / c.A
    return kappa, c.phi / c.B + xi / c.S


@given(c=resampling)
def test_polarising_and_bending_never_cost_anything(c):
    c = replace(c, sharp=True)
    kappa, noise = split_in_two(c)
    assert c.noise <= noise * (1 + 1e-12)
    if kappa_exists(c):
        assert c.kappa >= kappa
        assert kappa <= 0 or c.bound(1, 100) <= c.C_meta / c.C_l * (1 / 100 + noise) / kappa + (
            math.sqrt(c.steepness * (1 / 100 + noise) / kappa)
        ) * (1 + 1e-12)


def test_the_smaller_bound_of_the_bias_counts():
    """C_bend/S where S is large or the noise small, C_err1/√S elsewhere; at N = 1 the noise is
    φ/B and a term in 1/S²."""
    c = make_constants(alpha=1 / 8, steps=1, sharp=True)
    assert (c.C_err2, c.C_bend) == (0, pytest.approx(c.C_meta / 16, rel=1e-14))
    for S in (10**2, 10**4, 10**6):
        at = replace(c, S=S)
        assert at.psi * S**2 == pytest.approx(6 / 5 * c.C_bend**2 / (c.C_beta * c.A), rel=1e-13)
    loud = replace(c, sigma_g=1000.0)
    assert replace(loud, S=1).psi == pytest.approx(
        6 / 5 * loud.C_err1**2 / (c.C_beta * c.A), rel=1e-13
    )
    crossing = (loud.C_bend / loud.C_err1) ** 2  # of the two, as S grows
    for S, bias in (
        (int(crossing * 0.99), lambda S: loud.C_err1 / math.sqrt(S)),
        (int(crossing * 1.01), lambda S: loud.C_bend / S),
    ):
        assert replace(loud, S=S).resting_bias == bias(S)


def test_the_sharp_noise_has_no_xi():
    with pytest.raises(ConditionFailed, match="1 / S and in 1 / S².*read noise, or bound"):
        _ = make_constants(sharp=True).xi
    assert "no xi: with sharp=True" in repr(make_constants(sharp=True))
    plain = make_constants()
    assert plain.noise == plain.phi / plain.B + plain.psi
    assert plain.psi == pytest.approx(plain.xi / plain.S, rel=1e-14)


def test_sharp_constants_that_are_worse():
    """C_squ2 (at most 2.5 times), since (x + y)² <= 2x² + 2y² splits elsewhere; χ, since it is
    multiplied by 1/C_l later."""
    c = make_constants(alpha=0.125 / 3, sigma_g=0)
    assert replace(c, sharp=True).C_squ2 > 1.2 * c.C_squ2
    assert replace(c, sharp=True).chi > 1.01 * c.chi


@pytest.mark.parametrize("c", [1 / 8, 0.02, 0.3])
def test_chain_of_corollary_1(c):
    """At α = c/(NL) every constant stays below its limit for N → ∞, and (up to the factor 1/a)
    grows towards it."""
    L, rho, sigma_g, sigma_H, D = 3.0, 2.0, 0.7, 4.0, 2
    before = None
    for N in [*range(1, 30), 100, 1000, 10**4]:
        k = ResamplingConstants(
            L=L, rho=rho, sigma=1, sigma_g=sigma_g, sigma_H=sigma_H, alpha=c / (N * L), steps=N, D=D
        )
        grow = e**c
        values = [k.A / L, k.C_meta * k.a, k.C_err1, k.C_err2 * k.a] + (
            [1 / k.C_l] if 2 * c < math.log(2) else []
        )
        limits = [
            grow**2,
            rho / L * grow**2 * (grow - 1),
            grow * (grow - 1) * sigma_g,
            rho * sigma_g / L**2 * grow**2 * (grow - 1 - c),
        ]
        limits += [1 / (2 - grow**2)] if 2 * c < math.log(2) else []
        assert all(x <= y * (1 + 1e-12) for x, y in zip(values, limits, strict=True))
        assert k.q <= exp(2 * c + c**2 * sigma_H**2 / (L**2 * N * D)) * (1 + 1e-12)
        assert before is None or all(
            x <= y * (1 + 1e-12) for x, y in zip(before, values, strict=True)
        )
        before = values
    # the limits are attained
    assert all(x == pytest.approx(y, rel=1e-3) for x, y in zip(values, limits, strict=True))
    assert inner_stepsize(L, 5) == 1 / (8 * 5 * L)


# sizes


@given(c=either)
def test_sufficient_sizes_are_the_smallest(c):
    sizes, A, C = sufficient_sizes(c), to_fraction(c.A), to_fraction(c.C_meta)
    B_L, D_L = sizes["B_L"], sizes["D_L"]
    if isinstance(c, FiniteSumConstants):
        assert D_L is None

        def tasks_suffice(B):
            return B >= 1 and 3 * A**2 * B >= 4 * C**2 * to_fraction(c.sigma) ** 2 * (
                1 - Fraction(1, 10**13)
            )
    else:

        def tasks_suffice(B):
            return B >= 1 and 5 * B * A**2 >= (16 * C**2 * to_fraction(c.sigma) ** 2 + A**2) * (
                1 - Fraction(1, 10**13)
            )

        def samples_suffice(D):
            return D >= 1 and D * A**2 >= 16 * C**2 * to_fraction(c.sigma_g) ** 2 * (
                1 - Fraction(1, 10**13)
            )

        assert samples_suffice(D_L)
        assert not samples_suffice(D_L - 1 - D_L // 10**12)
    assert tasks_suffice(B_L)
    assert not tasks_suffice(B_L - 1 - B_L // 10**12)
    assert c.rho > 0 or (B_L, D_L) in ((1, 1), (1, None))


def test_sufficient_sizes_of_an_example():
    c = make_constants(rho=40.0, sigma=2.0, sigma_g=3.0)
    assert sufficient_sizes(c) == dict(
        B_L=ceil((16 * (c.C_meta * 2 / c.A) ** 2 + 1) / 5), D_L=ceil(16 * (c.C_meta * 3 / c.A) ** 2)
    )
    assert sufficient_sizes(replace(c, rho=300.0))["D_L"] > 1
    for sigma in np.linspace(0, 2, 60):  # B_L runs through 1, 2, 3, ..., and steps where it should
        c = make_constants(rho=40.0, sigma=sigma)
        ratio = (to_fraction(c.C_meta) * to_fraction(sigma) / to_fraction(c.A)) ** 2
        assert sufficient_sizes(c)["B_L"] == ceil((16 * ratio + 1) / 5)
    assert sufficient_sizes(c)["B_L"] > 10


@given(c=either, epsilon=st.floats(-5, 1).map(lambda d: 10**d), Delta=st.floats(0, 100))
def test_complexity_keeps_its_promise(c, epsilon, Delta):
    r = complexity(c, epsilon, Delta)
    N, estimate = c.steps, sufficient_sizes(c)
    assert all(r[name] is None or isinstance(r[name], int) and r[name] >= 0 for name in r)
    assert list(r) == ["K", "B", "S", "D", "gradients", "hvps"]
    if isinstance(c, FiniteSumConstants):
        assert r["S"] is None
        assert r["D"] is None
        assert r["gradients"] == r["B"] * (N + 1) + estimate["B_L"]
        assert r["hvps"] == r["B"] * N
        c = replace(c, B=r["B"])
    else:
        assert r["D"] == max(1, ceil(c.sigma_H**2 / c.L**2 * (1 - 1e-14)))
        assert r["gradients"] == r["B"] * (N * r["S"] + c.T) + estimate["B_L"] * estimate["D_L"]
        assert r["hvps"] == r["B"] * N * r["D"]
        c = replace(c, B=r["B"], S=r["S"], D=r["D"])
    assert c.kappa >= c.gain / 2 * (1 - 1e-12)
    assert c.bound(Delta, r["K"]) <= epsilon


@pytest.mark.parametrize("epsilon", [1e100, 1e200, 1e308])
def test_any_accuracy_that_asks_for_nothing_needs_one_of_each(epsilon):
    for c in (
        make_constants(),
        make_constants(sharp=True),
        make_constants(rho=0, sharp=True),
        FiniteSumConstants(L=1, rho=1, sigma=1, b=0, b2=0, alpha=0.01, steps=3),
    ):
        r = complexity(c, epsilon, 1.0)
        assert r["K"] == 1
        assert r["S"] in (1, None)
        assert replace(c, **{size: r[size] for size in "BSD" if r[size]}).bound(1.0, 1) <= epsilon


def test_complexity_refuses_what_no_size_can_mend():
    with pytest.raises(ConditionFailed, match="alpha"):
        complexity(make_constants(alpha=1.0), 0.1, 1.0)
    with pytest.raises(ConditionFailed, match="C_beta"):
        complexity(make_constants(C_beta=5), 0.1, 1.0)
    for epsilon, Delta in ((0, 1), (-1, 1), (nan, 1), (0.1, -1), (0.1, inf), (1e-200, 1)):
        with pytest.raises(ValueError):
            complexity(make_constants(), epsilon, Delta)
    with pytest.raises(TypeError, match="ResamplingConstants or FiniteSumConstants"):
        complexity(dict(L=1), 0.1, 1)
    with pytest.raises(TypeError, match="ResamplingConstants or FiniteSumConstants"):
        sufficient_sizes(None)


STEPS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024]
EPSILONS = [10**-d for d in (1, 2, 3, 4, 5)]


def exponent(x, y):
    return np.polyfit(np.log(np.array(x, float)), np.log(np.array(y, float)), 1)[0]


def demands(N, epsilon, sharp):
    return complexity(
        make_constants(
            rho=1, sigma=0.5, sigma_g=1, sigma_H=2, alpha=1 / (8 * N), steps=N, sharp=sharp
        ),
        epsilon,
        1.0,
    )


def test_corollary_1_grows_linearly_in_N():
    for epsilon in EPSILONS:
        r = [demands(N, epsilon, False) for N in STEPS]
        for size in ("K", "B", "S", "D"):
            assert abs(exponent(STEPS, [x[size] for x in r])) < 0.1, size
            # it has converged: the last is the largest
            assert max(x[size] for x in r) <= 1.01 * r[-1][size]
        assert exponent(STEPS, [x["hvps"] for x in r]) == pytest.approx(1, abs=0.1)
    assert exponent(STEPS, [x["gradients"] for x in r]) == pytest.approx(1, abs=0.1)
    for N in (1, 1024):
        r = [demands(N, epsilon, False) for epsilon in EPSILONS[1:]]
        assert all(
            exponent(EPSILONS[1:], [x[size] for x in r]) == pytest.approx(-2, abs=0.05)
            for size in ("K", "B", "S")
        )
        assert exponent(EPSILONS[1:], [x["gradients"] for x in r]) == pytest.approx(-4, abs=0.1)


def test_sharp_corollary_1_needs_fewer_samples_a_step():
    reference = demands(2, 1e-3, True)["S"] * 1e-6  # S ε² at N = 2, of the order of 1
    for epsilon in EPSILONS:
        for N in STEPS:
            r = demands(N, epsilon, True)
            assert N * (r["S"] - 1) <= 16 * reference / epsilon**2 + 3 / epsilon  # S = ⌈O(ε^−2)/N⌉
    a = [demands(N, 1e-5, True) for N in STEPS[1:]]
    assert (
        abs(exponent(STEPS[3:], [N * x["S"] for N, x in zip(STEPS[3:], a[2:], strict=True)])) < 0.1
    )

    def inner_samples(N, epsilon):
        return demands(N, epsilon, True)["B"] * demands(N, epsilon, True)["S"] * N

    # the part ε^−4: N is free
    assert abs(exponent(STEPS[3:], [inner_samples(N, 1e-5) for N in STEPS[3:]])) < 0.1
    # the part N ε^−2
    assert exponent(
        [10**5, 10**6], [inner_samples(N, 0.1) for N in (10**5, 10**6)]
    ) == pytest.approx(1, abs=0.01)
    for epsilon in EPSILONS:
        for N in STEPS:
            assert inner_samples(N, epsilon) <= 10 * (
                inner_samples(2, 1e-3) * 1e-12 / epsilon**4
                + N * demands(2, 1e-3, True)["B"] * 1e-6 / epsilon**2
            )


def test_one_inner_step_needs_the_fewest_samples():
    """S = O(1/ε) at N = 1, and ε^−2 from N = 2 on."""
    fine = [10.0**-d for d in (3, 4, 5, 6)]
    for N, power, in_all in ((1, -1, -5), (2, -2, -6), (5, -2, -6)):
        r = [demands(N, epsilon, True) for epsilon in fine]
        assert exponent(fine, [x["S"] for x in r]) == pytest.approx(power, abs=0.02)
        assert exponent(fine, [x["K"] * x["B"] * N * x["S"] for x in r]) == pytest.approx(
            in_all, abs=0.02
        )


@pytest.mark.parametrize("sigma_g", [1.0, 1000.0])
@pytest.mark.parametrize("N", [1, 3])
def test_S_is_the_smaller_of_two_and_the_smallest_that_serves(N, sigma_g):
    """Where κ asks for less, ψ is at most its third, and not with S − 1."""
    c = make_constants(sigma_g=sigma_g, alpha=1 / (8 * N), steps=N, sharp=True, C_beta=2.0)
    roots = set()
    for epsilon in (1000.0, 100.0, 10.0, 1.0, 0.1, 0.01):
        n = complexity(c, epsilon, 1.0)
        at = replace(c, S=n["S"], D=n["D"])
        part = c.gain / 2 * epsilon**2 / 4 / max(at.steepness, at.C_meta / at.C_l * epsilon) / 3
        assert at.psi <= part * (1 + 1e-12)
        if n["S"] > max(1, ceil(4 * c.costs["S"] / c.gain)):
            assert replace(at, S=n["S"] - 1).psi > part
            roots.add(at.C_err1 / math.sqrt(n["S"]) < at.C_bend / n["S"])
    if N == 1:  # later steps have a bias that κ asks S for first
        assert (True in roots) == (sigma_g > 100)
    assert False in roots


def test_the_samples_of_all_meta_iterations_do_not_depend_on_C_beta():
    """K grows like C_β, B falls; and without `sharp` a large C_β saves samples."""

    def in_all(C_beta, sharp):
        c = make_constants(alpha=1 / 24, sharp=sharp, C_beta=C_beta)
        n = complexity(c, 1e-4, 1.0)
        return n["K"], n["K"] * n["B"] * n["S"]

    K, samples = zip(*(in_all(C, True) for C in (2.0, 20.0, 100.0, 1000.0)), strict=True)
    assert np.allclose(samples, samples[0], rtol=1e-4)
    assert np.allclose(K, np.array([1, 10, 50, 500]) * K[0], rtol=1e-4)
    assert in_all(20.0, False)[1] > 6 * in_all(100.0, False)[1]


def test_from_one_step_to_twenty():
    """Inner gradients of a meta-iteration, all constants 1."""

    def inner_samples(N, sharp):
        n = complexity(
            make_constants(alpha=1 / (8 * N), steps=N, sharp=sharp, C_beta=2.0 if sharp else 100.0),
            1e-3,
            1.0,
        )
        return n["B"] * N * n["S"]

    assert inner_samples(20, False) / inner_samples(1, False) == pytest.approx(25.6, abs=0.1)
    assert inner_samples(20, True) / inner_samples(2, True) == pytest.approx(4.18, abs=0.01)
    assert inner_samples(2, True) / inner_samples(1, True) > 100


def test_corollary_2():
    def make(N):
        return FiniteSumConstants(L=1, rho=1, sigma=0.5, b=0.5, b2=0.3, alpha=1 / (8 * N), steps=N)

    for epsilon in EPSILONS:
        r = [complexity(make(N), epsilon, 1.0) for N in STEPS]
        assert all(abs(exponent(STEPS, [x[size] for x in r])) < 0.1 for size in "KB")
        assert exponent(STEPS, [x["hvps"] for x in r]) == pytest.approx(1, abs=0.1)
    r = [complexity(make(64), epsilon, 1.0) for epsilon in EPSILONS[1:]]
    assert all(
        exponent(EPSILONS[1:], [x[name] for x in r]) == pytest.approx(-2, abs=0.05)
        for name in ("K", "B", "gradients", "hvps")
    )


# the door


def test_signatures():
    """Keywords only, by these names and defaults."""

    def signature(kind):
        return {f.name: f.default for f in fields(kind)}

    assert signature(ResamplingConstants) == dict.fromkeys(
        "L rho sigma sigma_g sigma_H alpha steps".split(), MISSING
    ) | dict(S=1, D=1, T=1, B=1, C_beta=100.0, sharp=False)
    assert signature(FiniteSumConstants) == dict.fromkeys(
        "L rho sigma b b2 alpha steps".split(), MISSING
    ) | dict(B=1, C_beta=100.0)
    assert all(f.kw_only for f in (*fields(ResamplingConstants), *fields(FiniteSumConstants)))


def test_constants_do_not_change_and_show_themselves():
    c = make_constants(alpha=1.0)
    with pytest.raises(FrozenInstanceError):
        c.L = 2.0
    with pytest.raises(FrozenInstanceError):
        c.C_l = 2.0
    assert make_constants() == make_constants()
    assert make_constants() != make_constants(S=3)
    assert len({make_constants(), make_constants(), make_constants(S=3)}) == 2
    assert repr(c).startswith("ResamplingConstants(L=1.0, rho=1.0, ")
    assert "A = 64" in repr(c)
    assert repr(c).count("too large") == 1
    assert "kappa = 0.00" in repr(make_constants())
    assert "no " not in repr(make_constants())
    assert "no theta" in repr(make_constants(rho=0))
    assert "A_squ2 = " in repr(
        FiniteSumConstants(L=1, rho=1, sigma=1, b=1, b2=1, alpha=0.01, steps=3)
    )
    with pytest.raises(TypeError):
        ResamplingConstants(1, 1, 1, 1, 1, 0.1, 3)
    assert isinstance(ConditionFailed("x"), ValueError)
    assert not isinstance(ConditionFailed("x"), AttributeError)
    for c in (
        make_constants(sharp=True),
        FiniteSumConstants(L=1, rho=1, sigma=1, b=1, b2=1, alpha=0.01, steps=3, B=10**4),
    ):
        for name in {*c.ALWAYS, *c.CONDITIONAL} - ({"xi"} if c.sharp else set()):
            assert type(getattr(c, name)) is float, name


@pytest.mark.parametrize("name", ["L", "rho", "sigma", "sigma_g", "sigma_H", "alpha", "C_beta"])
def test_bad_numbers_are_refused(name):
    for bad in (nan, inf, -1.0, -inf):
        with pytest.raises(ValueError, match=f"^{name} is"):
            make_constants(**{name: bad})
    for bad in ("1", None, True, [1.0], 1j):
        if (name, bad) != ("sigma", None):  # not known
            with pytest.raises(TypeError, match=f"^{name} is"):
                make_constants(**{name: bad})
    if name in ("L", "alpha", "C_beta"):
        with pytest.raises(ValueError, match=f"^{name} is"):
            make_constants(**{name: 0})
    else:
        make_constants(**{name: 0})


def test_bad_sizes_and_others_are_refused():
    for size in "SDTB":
        for bad in (0, -1):
            with pytest.raises(ValueError, match=f"^{size} is"):
                make_constants(**{size: bad})
        for bad in (1.0, "2", True, None):
            with pytest.raises(TypeError, match=f"^{size} is"):
                make_constants(**{size: bad})
    with pytest.raises(ValueError, match="^steps is"):
        make_constants(steps=-1)
    with pytest.raises(TypeError, match="^sharp is"):
        make_constants(sharp=1)
    with pytest.raises(ValueError, match="beyond floating point.*1 / \\(steps L\\)"):
        make_constants(alpha=1.0, steps=1000)
    with pytest.raises(ValueError, match="beyond floating point"):
        make_constants(sigma_H=1e99, steps=20)
    with pytest.raises(ValueError, match="b2 = .* less than b²"):
        FiniteSumConstants(L=1, rho=1, sigma=1, b=2, b2=3.9, alpha=0.01, steps=3)
    for b in (0.1, 0.7, 1 / 3):
        FiniteSumConstants(L=1, rho=1, sigma=1, b=b, b2=b * b * (1 - 1e-15), alpha=0.01, steps=3)
    for bad in (-1.0, nan):
        with pytest.raises(ValueError):
            make_constants().smoothness(bad)
        with pytest.raises(ValueError):
            make_constants().bound(bad, 1)
    for bad in (0, 2.5):
        with pytest.raises((ValueError, TypeError)):
            make_constants().bound(1, bad)
    with pytest.raises(
        ValueError, match="sigma is 1e\\+200; expected a constant of a reasonable size"
    ):
        make_constants(sigma=1e200)
    for L, steps in ((0, 1), (-1, 1), (nan, 1), (1, 0), (1, -1)):
        with pytest.raises(ValueError):
            inner_stepsize(L, steps)
