"""What lesson 23 types and draws is what the theory package computes: sizes, prices, Algorithm 1,
the page from memory."""

from dataclasses import replace

import numpy as np
import pytest

from tinymaml import theory
from tinymaml.course import material
from tinymaml.course.exercises import lesson_23
from tinymaml.course.given import from_memory, noisy_wells, price_list
from tinymaml.theory import batches
from tinymaml.theory.chain import ASSUMPTIONS
from tinymaml.theory.results import corollary_1_sharp

pytestmark = pytest.mark.lesson_23


@pytest.mark.parametrize("N, C_beta", [(1, 100.0), (2, 20.0), (5, 12.0)])
@pytest.mark.parametrize("epsilon", [0.05, 0.5, 3.0, 20.0])
def test_sizes(names, N, C_beta, epsilon):
    """K and S are the package's. B is a little larger: it takes φ at S = 1."""
    c = price_list.unit(N, C_beta)
    K, B, S = names["sizes"](price_list.prices(c), epsilon, 1.0)
    right = theory.complexity(c, epsilon, 1.0)
    assert (K, S) == (right["K"], right["S"])
    assert right["B"] <= B <= 1.1 * right["B"] + 1
    paid = replace(c, B=B, S=S)
    assert paid.kappa >= paid.gain / 2 * (1 - 1e-12)
    assert paid.bound(1.0, K) <= epsilon


def test_the_income_that_sizes_take():
    c = price_list.unit(3, 20.0)
    p = price_list.prices(c)
    for B, S in ((30, 7), (1000, 2)):
        paid = replace(c, B=B, S=S)
        assert p.kappa_inf - p.k_S / S - p.k_B / B == pytest.approx(paid.kappa, rel=1e-12)
        assert p.ratio * paid.kappa == pytest.approx(paid.theta, rel=1e-12)
    assert (p.xi, p.chi) == pytest.approx((c.xi, c.chi), rel=1e-12)
    assert p.phi == pytest.approx(replace(c, S=1).phi, rel=1e-12)


@pytest.mark.parametrize("epsilon", [0.1, 0.01])
def test_the_samples_of_the_sharper_list_are_those_of_the_package(epsilon):
    for N in (1, 2, 7, 20):
        c = price_list.unit(N, 2.0, sharp=True)
        S = price_list.inner_samples(c, epsilon)
        assert max(1, np.ceil(S)) == theory.complexity(c, epsilon, 1.0)["S"]
        assert price_list.inner_samples(c, epsilon, bend=False) >= S
        part = price_list.third(c, epsilon)
        paid = replace(c, S=int(np.ceil(S)))
        assert paid.psi <= part * (1 + 1e-12)


def test_what_is_said_of_the_three_lists():
    def growth(first, **options):
        prices = [price_list.total_gradients(N, 0.01, **options) for N in (first, 20)]
        return prices[1] / prices[0]

    assert growth(1) == pytest.approx(26.7, abs=0.1)
    assert growth(1, sharp=True, bend=False) == pytest.approx(1.33, abs=0.02)
    assert growth(2, sharp=True) == pytest.approx(4.3, abs=0.1)
    assert growth(1, sharp=True) == pytest.approx(74, abs=1)


def test_what_makes_the_plain_list_rise():
    """The factors of N = 20 over N = 1, and C_err1's part of that of S."""
    few, many = (price_list.unit(N) for N in (1, 20))
    one, twenty = (theory.complexity(c, 0.01, 1.0) for c in (few, many))
    K, B, S = (twenty[name] / one[name] for name in "KBS")
    assert K * B * S == pytest.approx(1.336, abs=0.005)
    assert 0.7 < np.log((many.C_err1 / few.C_err1) ** 2) / np.log(S) < 0.8


def test_dial(names):
    """As ε → 0 the sizes of the package change with C_β as the answer says."""
    totals = {}
    for C_beta in (20.0, 1e7):
        n = theory.complexity(price_list.unit(1, C_beta), 1e-6, 1.0)
        totals[C_beta] = np.cumprod([float(n[name]) for name in "KBS"])
    K, KB, KBS = totals[1e7] / totals[20.0]
    assert K > 1e5 and names["factors"]["K"] == np.inf
    assert (KB, KBS) == pytest.approx((names["factors"]["KB"], names["factors"]["KBS"]), rel=1e-4)


def test_the_slope_that_doubles_the_smoothness():
    """L_w <= (C_L/C_l)(χ + the gradient's norm), in plain and sharper constants."""
    for sharp in (False, True):
        c = price_list.unit(3, 20.0, sharp)
        assert c.steepness == pytest.approx(c.C_meta / c.C_l * c.chi, rel=1e-12)


def test_total_price_has_the_exponents_of_the_corollaries(names):
    def slope(N, which):
        far, near = (names["total_price"](N, epsilon)[which] for epsilon in (1e-4, 1e-3))
        return np.log10(far / near)

    assert (slope(1, 0), slope(7, 0)) == pytest.approx((6, 6))
    assert (slope(1, 1), slope(7, 1), slope(10**9, 1)) == pytest.approx((5, 6, 4))
    statement = corollary_1_sharp.RESULT.statement
    assert r"\varepsilon^{-6}+N\varepsilon^{-4}" in statement
    assert r"O(\varepsilon^{-5})" in statement


@pytest.mark.parametrize("steps", [1, 2])
def test_algorithm_1_draws_what_the_theory_enumerates(steps):
    wells = noisy_wells.noisy_wells(steps, S=3, D=2, T=5)
    w = np.array([-2.0, 0.3])
    mine = noisy_wells.estimates(wells, w)
    values, p = batches.law_of_draw(
        wells, lambda task: (batches.estimates(task, w[:, None]), batches.chances(task))
    )
    assert np.allclose(np.sort(mine, 1), np.sort(values[..., 0].T, 1))
    assert np.allclose(p, 1 / mine.shape[1])
    assert np.allclose(mine.mean(1), [wells.replace(w=[at]).estimate[0] for at in w])


def test_the_stepsizes_are_those_of_the_theory():
    wells = noisy_wells.noisy_wells(C_beta=2.0)
    rng = np.random.default_rng(0)
    drawn = np.unique(noisy_wells.stepsizes(wells, np.full(400, 0.7), rng).round(12))
    betas, _ = batches.stepsizes(wells, np.array([[0.7]]))
    assert np.allclose(drawn, np.unique(betas.round(12)))
    assert theory.sufficient_sizes(wells.constants) == {"B_L": 1, "D_L": 1}
    assert (wells.L, wells.rho) == (1.0, 1.0)
    assert wells.sigma == pytest.approx(0.74, abs=0.005)


def test_a_run_is_below_its_bound():
    start = noisy_wells.noisy_wells(C_beta=2.0)
    Delta = float(start.meta_loss(start.w))
    n = theory.complexity(start.sharp_constants, 1.0, Delta)
    paid = start.replace(B=n["B"], S=n["S"])
    points = noisy_wells.algorithm_1(paid, n["K"], runs=8, rng=np.random.default_rng(0))
    run = noisy_wells.mean_norms(paid, points)
    assert run[-1] < paid.sharp_constants.bound(Delta, n["K"]) < 1.0
    first = abs(paid.meta_gradient[0])
    assert run[0] == pytest.approx(first, rel=1e-12)


def test_the_page_from_memory_has_every_line_and_its_letters():
    wells = noisy_wells.noisy_wells(B=2, S=4)
    rows = from_memory.numbered(wells)
    chains = theory.RESULTS["theorem_1"].evaluate(wells)
    assert len(rows) == sum(len(chain.lines) for chain in chains.values())
    letters = from_memory.letters(wells)
    by_reason = {line.reason: letters[number] for number, _, _, line in rows}
    assert by_reason["(x + y)² ≤ 2x² + 2y²"] == ()
    assert by_reason["β is independent of Ḡ, given w_k"] == ("fresh stepsize",)
    assert "A1 rho" in by_reason["Proposition 2"]
    assert "A3 sigma_H" in by_reason["Proposition 3"]
    assert "A1 inf" not in by_reason["one step, from each point that w_k may be"]
    assert set(from_memory.tags_of(wells)) == set(theory.RESULTS["theorem_1"].assumes)
    assert set(from_memory.tags_of(wells)) <= set(ASSUMPTIONS)


def test_the_page_in_a_terminal(capsys):
    wells = noisy_wells.noisy_wells(B=2, S=4)
    from_memory.show_lines(wells)
    said = capsys.readouterr().out
    assert said.count(from_memory.BLANK) == len(from_memory.numbered(wells))
    from_memory.show_letters(wells)
    assert "a2: fresh stepsize" in capsys.readouterr().out


def test_just_enough():
    """One size less of any kind that is divided, and the bound is above epsilon."""
    c = price_list.unit(1, 100.0)
    sizes = theory.complexity(c, 0.1, 1.0)
    found = price_list.just_enough(c, 0.1, sizes)
    assert 0.0998 < found["bound"] <= 0.1
    for less in (0.99, 0.9):
        paid = replace(c, B=int(less * found["B"]), S=int(less * found["S"]), D=sizes["D"])
        assert paid.bound(1.0, int(less * found["K"])) > 0.1
    assert found["K"] == 124_812
    price, full = (x["K"] * x["B"] * x["S"] for x in (found, sizes))
    assert full / price == pytest.approx(462, abs=1)


def test_where_the_circle_does_harm():
    """The student's bound at C_β = 20: below ε = 1, 2.6 at ε = 2.2, none at 2.5."""
    c = price_list.unit(1, 20.0)
    for epsilon, right in ((1.0, 0.563), (2.2, 2.64)):
        K, B, S = lesson_23.student(price_list.prices(c), epsilon)
        assert replace(c, B=B, S=S).bound(1.0, K) == pytest.approx(right, abs=0.005)
    _, B, S = lesson_23.student(price_list.prices(c), 2.5)
    with pytest.raises(theory.ConditionFailed):
        replace(c, B=B, S=S).bound(1.0, 100)


def test_a_ramp_of_a_fixed_fall_needs_its_K(names):
    """The gradient falls like 1/√K, and the bound is at most 1.61 times as large from K = 1000."""
    slopes = []
    for K in (1000, 10_000):
        slope, length = names["design"](K)
        ramp = price_list.ramp_instance(slope, length, K)
        Delta = float(ramp.meta_loss(ramp.w) - ramp.lower_bound)
        assert ramp.sharp_constants.bound(Delta, K) / slope < 1.61
        slopes.append(slope)
    assert slopes[0] / slopes[1] == pytest.approx(10**0.5, rel=0.01)


def test_conditions_stand_where_a_sign_matters():
    """Lines of the theorem that need κ > 0 or χ ≥ 0 say so on the page from memory."""
    wells = noisy_wells.noisy_wells(B=2, S=4)
    letters = from_memory.letters(wells)
    by_reason = {line.reason: letters[number] for number, _, _, line in from_memory.numbered(wells)}
    both = ("C_l > 0", "kappa > 0")
    assert by_reason["Jensen: f is convex, f″ = 2χ²/(x + χ)³"] == both
    assert by_reason["√(x + y) ≤ √x + √y"] == both
    assert by_reason["solve x² = f(x)(x + χ) for x"] == ("C_l > 0",)


def test_the_bill_in_the_text():
    """The numbers of the last paragraph."""
    n = theory.complexity(price_list.unit(1, 100.0), 0.1, 1.0)
    assert n["K"] == 971_410
    assert n["K"] * n["B"] * n["S"] == pytest.approx(2.5e11, rel=0.02)
    text = "\n".join(cell.text for cell in material.find("23").cells if cell.kind == "markdown")
    assert "971,410" in text
    n = theory.complexity(price_list.unit(1, 100.0), 0.001, 1.0)
    sharper = theory.complexity(price_list.unit(1, 2.0, sharp=True), 0.001, 1.0)
    tasks = n["K"] * n["B"] / (sharper["K"] * sharper["B"])
    assert tasks == pytest.approx(2.4, abs=0.05)
    assert tasks * n["S"] / sharper["S"] == pytest.approx(94_000, rel=0.01)
    assert (n["S"], sharper["S"]) == (pytest.approx(3.2e6, rel=0.02), 80)
    assert "94,000 times" in text


def test_print_table(capsys):
    price_list.print_table(["", "size", "S"], [["K", 971_410, 0.00031], ["KBS", 2.53e11, 1.0]])
    lines = capsys.readouterr().out.splitlines()
    assert [line.split() for line in lines[1:]] == [
        ["K", "971,410", "0.00031"],
        ["KBS", "2.53e+11", "1"],
    ]
    assert len({len(line) for line in lines}) == 1
    assert len(lines) == 3


def test_at_a_fixed_stepsize_the_plain_list_ends_at_two():
    for steps, holds in ((2, True), (3, False)):
        c = replace(price_list.unit(1), alpha=1 / 8, steps=steps)
        assert (2 - (1 + c.alpha * c.L) ** (2 * steps) > 0) == holds
        if not holds:
            with pytest.raises(theory.ConditionFailed):
                c.bound(1.0, 100)
