"""What lesson 19 types, runs and asks for is what the theory package computes."""

import re

import numpy as np
import pytest

import tinymaml as tm
from tinymaml import theory
from tinymaml.course import material
from tinymaml.course.exercises import lesson_19
from tinymaml.course.given import three_waves
from tinymaml.course.given.three_wells import HEIGHTS, QUERIES, SUPPORTS
from tinymaml.course.given.waves import Wave, instance
from tinymaml.problems.cosine_sums import CosineSums
from tinymaml.theory import batches
from tinymaml.theory.paths import square
from tinymaml.theory.stepsize_constants import FiniteSumStepsize

pytestmark = pytest.mark.lesson_19


def text_of(start, end):
    """The lesson's text from one phrase to another."""
    text = "\n".join(cell.text for cell in material.find("19").cells if cell.kind == "markdown")
    return text[text.index(start) : text.index(end)]


def values_by_number(x):
    """The formulas of 19.order, from the definitions."""
    c, L_w, B, C_beta = x.constants, x.smoothness, x.B, x.C_beta
    G, beta, p = batches.joint(x, x.w[None])
    G, beta = G[:, 0], beta[:, 0]
    mean, mean_square = p @ beta, p @ beta**2
    x2 = square(x.meta_gradient)
    V = x.mean(lambda task: square(task.from_w.meta_gradient))
    S = p @ square(G)
    half, unit = L_w / 2, 1 / (C_beta * L_w)
    collected = -(1 - 2 / C_beta) * x2
    return {
        "1": (-c.kappa * x2 + c.A * c.phi / B) / L_w,
        "2": -mean * x2 + half * mean_square * S,
        "3": -mean * x2 + half * mean_square * (x2 + (V - x2) / B),
        "4": unit * (collected + 2 / (C_beta * B) * V),
        "5": p @ x.meta_loss(x.w - beta[:, None] * G) - x.meta_loss(x.w),
        "6": -unit * x2 + half * mean_square * (x2 + V / B),
        "7": -c.kappa * x2 / L_w + c.phi / B,
        "8": -mean * (x.meta_gradient @ (p @ G)) + half * mean_square * S,
        "10": -mean * x2 + half * mean_square * (x2 + V / B),
        "11": p @ (-beta * (G @ x.meta_gradient) + half * beta**2 * square(G)),
        "12": unit * (collected + 2 / (C_beta * B) * (c.A_squ1 * x2 + c.A_squ2)),
    }


def test_the_eleven_lines_are_lines_of_the_chain_in_this_order(names):
    x = names["wells"].replace(w=[1.0], B=20)
    chain = theory.RESULTS["theorem_2"].evaluate(x)["one step"]
    values = values_by_number(x)
    lines = iter(chain.lines)
    for numeral in lesson_19.LINES:
        assert any(line.value == pytest.approx(values[numeral], abs=1e-12) for line in lines), (
            numeral
        )
    table = text_of("| 1 | $\\frac1{L_w}", "| 12 |")
    assert len(re.findall(r"^\| \w+ \| \$.+\$ \|$", table, re.MULTILINE)) == 11


def test_the_algorithm(names):
    """The tasks' meta-gradients, and one step: the same finitely many outcomes."""
    wells = names["wells"]
    w = np.linspace(-3, 3, 7)
    expected = [task.path(w[:, None]).meta_gradient[:, 0] for task in wells.tasks]
    assert np.allclose(names["meta_gradients"](w).T, expected, atol=1e-15)

    betas = names["random_stepsize"](np.full(200, 0.7), np.random.default_rng(0))
    known, _ = batches.stepsizes(wells, np.array([[0.7]]))
    assert np.allclose(np.unique(betas.round(12)), np.unique(known.round(12)))

    x = [[0.0], [1.0]]
    c, phi = np.stack([HEIGHTS, -HEIGHTS], 1), np.stack([0 * QUERIES, -QUERIES], 1)
    shift = np.stack([0 * QUERIES, QUERIES - SUPPORTS], 1)
    problem = CosineSums(x, c, phi, shift)
    settings = dict(alpha=wells.alpha, steps=wells.steps, stepsize=0.3, batch=2, iterations=1)
    found = set()
    for seed in range(40):
        run = tm.maml_finite_sum(
            problem.loss, np.array([0.7]), problem, **settings, seed=seed, progress=False
        )
        found.add(round(float(run.w[0]), 9))

    def steady(w, rng):
        return 0.3

    start, B = np.full(400, 0.7), np.full(400, 2)
    step = names["algorithm_2"]
    points = step(names["meta_gradients"], start, B, 1, steady, np.random.default_rng(0))
    assert found == set(points[1].round(9))


def test_the_constants_are_certified(names):
    wells = names["wells"]
    w = np.linspace(-np.pi, np.pi, 2001)[:, None]
    assert (wells.deviation(w) <= wells.sigma).all()
    for task in wells.tasks:
        apart = np.abs(task.inner.gradient(w) - task.outer.gradient(w)).max()
        assert apart == pytest.approx(task.b, rel=1e-5)
    assert theory.sufficient_sizes(wells.constants)["B_L"] == 1
    assert (wells.L, wells.rho) == (1.0, 1.0)


def test_the_sum_and_its_solution(names):
    x = names["wells"].replace(B=20, K=1)
    chains = theory.RESULTS["theorem_2"].evaluate(x)
    c = x.constants
    norm = float(np.abs(names["meta_gradients"](x.w).mean(-1))[0])
    values = [line.value / c.theta for line in chains["sum"].lines]
    assert values[:2] == pytest.approx([norm**2 / (norm + c.chi)] * 2)
    Q = values[-1]
    solved = (Q + np.sqrt(Q**2 + 4 * c.chi * Q)) / 2
    assert solved == pytest.approx(chains["bound"].lines[2].value)


def test_the_price(names):
    constants = names["wells"].constants
    sizes = {
        C: theory.complexity(names["wells"].replace(C_beta=C).constants, 1e-3, 1.0) for C in (4, 9)
    }
    K, B, total = names["price"](9)
    assert K == pytest.approx(sizes[9]["K"] / sizes[4]["K"], rel=1e-3)
    assert B == pytest.approx(sizes[9]["hvps"] / sizes[4]["hvps"], rel=1e-3)
    assert total == pytest.approx(K * B)
    assert constants.C_beta == 4.0


def test_the_constant_step(names):
    wave = instance([Wave(0.5, 0.5)], 1 / 8, 1, w=6000.0)
    c = wave.constants
    edge = names["largest_beta"](c.C_l, wave.a, wave.L, wave.steps)
    chain = theory.RESULTS["constant_stepsize"].evaluate(wave)["one task"]
    assert edge / 2 == pytest.approx(0.458, abs=1e-3)
    # the chain is evaluated with half of the largest β
    g2 = square(wave.tasks[0].from_w.outer_gradient)
    assert chain.rhs == pytest.approx(-edge / 4 * c.C_l * g2)
    reasons = [line.reason for line in chain.lines]
    typed = text_of("Write $d=\\tilde w_N^+", "**Exercise 19.constant**")
    assert "descent lemma of $l$" in typed and "the descent lemma of l_i" in reasons[1]
    assert "$d=-\\beta Zg$" in typed and reasons[2].startswith("w̃_N⁺ − w̃_N = −βD̄Dᵀg")
    assert "Cauchy–Schwarz" in reasons and "A1: ‖F_r‖ ≤ a" in reasons


def test_from_some_points_a_constant_step_goes_up(names):
    for beta in (0.1, 0.01, 0.001, 1e-5):
        w = names["bad_start"](beta)
        beyond = instance([Wave(0.5, 0.5)], 1.5, 1, w=w)
        after = beyond.w - beta * beyond.meta_gradient
        rise = beyond.meta_loss(after) - beyond.meta_loss(beyond.w)
        assert rise > 100
        assert lesson_19.step_of(beta, w)[0] == pytest.approx(rise, rel=1e-6)
        # and the insight: a step of 1/L_w descends
        after = beyond.w - beyond.meta_gradient / beyond.smoothness
        assert beyond.meta_loss(after) < beyond.meta_loss(beyond.w)
    # larger stepsizes fail too, at such points
    for beta in (0.5, 3.0, 20.0, 1000.0):
        w = 2 * np.pi * max(1, round(64 / (2 * np.pi * beta)))
        assert lesson_19.step_of(beta, w)[0] > 0
    # the figure: 𝓛′ turns, and is positive on the whole
    slopes = beyond.meta_gradient_at(np.linspace(600, 640, 800)[:, None])
    assert slopes.min() < 0 < slopes.mean()


def test_the_numbers_in_the_text(names):
    wells, c = names["wells"], names["wells"].constants
    assert wells.sigma == pytest.approx(0.74, abs=0.005)
    sizes = theory.complexity(c, 0.1, names["Delta"])
    assert (sizes["K"], sizes["B"]) == (16_508, 4_477)
    # twice what the two conditions of the text ask
    large = wells.replace(B=10**9).constants
    asked = 0.1**2 / (8 * large.chi)
    delta = float(wells.meta_loss(wells.w))
    assert sizes["K"] == pytest.approx(2 * delta / (large.theta * asked), rel=1e-3)
    assert sizes["B"] == pytest.approx(2 * large.phi / (large.theta * asked), rel=1e-3)
    wave = instance([Wave(0.5, 0.5)], 1 / 8, 1, w=6000.0)
    assert wave.smoothness == pytest.approx(212, abs=0.5)
    steps = 0
    while abs(wave.w[0]) > 0.1:
        wave = wave.replace(w=wave.w - wave.meta_gradient / wave.smoothness)
        steps += 1
    assert steps == 496


def test_the_formulas_in_the_text(names):
    """A, C_𝓛, κ, φ, χ, θ; Λ, ω, v, η₀, β (in the appendix) and the bound of Theorem 3."""
    c = names["wells"].constants
    grown = c.a ** (2 * c.N - 1) * (c.a**c.N - 1)
    assert c.C_meta == pytest.approx(c.rho / c.L * grown)
    assert c.A == pytest.approx(c.a ** (2 * c.N) * c.L + (1 - c.a**-c.N) * c.C_meta * c.b)
    assert c.kappa == pytest.approx(
        1 / c.C_beta - 2 / c.C_beta**2 - 2 * c.A_squ1 / (c.C_beta**2 * c.B)
    )
    assert c.A_squ1 == pytest.approx(4 * c.a ** (4 * c.N) / c.C_l**2)
    end = c.a**c.N
    apart = ((end**2 - 1) * c.sigma + end * (end - 1) * c.b) / c.C_l
    rest = 2 * end**4 * c.sigma**2 + 4 * end**4 * apart**2 + 2 * end**2 * (end - 1) ** 2 * c.b2
    assert c.A_squ2 == pytest.approx(rest)
    over = c.A / c.kappa + (c.sigma + end * (end - 1) * c.b) / c.theta
    assert c.chi / c.theta == pytest.approx(over)
    assert c.phi == pytest.approx(2 * c.A_squ2 / (c.C_beta**2 * c.A))
    gap = c.a**c.N * (c.a**c.N - 1) * c.b
    assert c.chi == pytest.approx(c.C_l * c.A / c.C_meta + c.sigma + gap)
    assert c.theta == pytest.approx(c.kappa * c.C_l / c.C_meta)
    found = FiniteSumStepsize(c)
    assert found.Lambda == pytest.approx(c.A + c.C_meta * (11 * c.sigma + 10 * np.sqrt(c.b2)))
    end = c.a**c.N
    omega = 1 - 1.1 * (end**2 - 1)
    v = (2.02 * end**4 + 0.02 * end**2 * (end - 1) ** 2) / omega**2
    eta_0 = 1 - 2.2 / omega * end * (end - 1) * np.sqrt(1 + v / c.B)
    far = eta_0 / (end**2 * c.L * (1 + v / c.B))
    near = 1 / (found.Lambda * (1 + c.A_squ1 / c.B))
    typed = (omega, v, eta_0, min(far, near))
    assert typed == pytest.approx((found.omega, found.v, found.eta_0, found.beta))
    assert found.eta == pytest.approx(eta_0 / 2)
    assert found.noise == pytest.approx(found.Lambda * found.beta * c.A_squ2 / (eta_0 * c.B))


def test_the_three_waves():
    waves, line = three_waves.three_waves(), np.array([-3.0, 0.4, 6000.0])
    expected = [task.path(line[:, None]).meta_gradient[:, 0] for task in waves.tasks]
    assert np.allclose(three_waves.wave_gradients(line).T, expected, rtol=1e-13)
    expected = [task.outer.gradient(line[:, None])[:, 0] for task in waves.tasks]
    assert np.allclose(three_waves.query_gradients(line).T, expected, rtol=1e-13)
    assert list(three_waves.QUERIES) == [1.0, 0.0, -1.0]
    assert three_waves.SUPPORTS == pytest.approx([1.2, -0.2, -0.8])
    assert waves.deviation(line[:, None]).max() == pytest.approx(waves.sigma)
    for task in waves.tasks:
        apart = np.abs(task.inner.gradient(line[:, None]) - task.outer.gradient(line[:, None]))
        assert apart.max() == pytest.approx(task.b)
        values = task.outer.value(np.linspace(-9, 9, 2001)[:, None])
        assert values.min() >= waves.lower_bound
    assert theory.sufficient_sizes(waves.constants)["B_L"] == 1
    # a batch of one is not enough
    eta_0 = FiniteSumStepsize(waves.replace(B=1).constants).eta_0_or_less
    assert eta_0 == pytest.approx(-0.19, abs=0.005)
