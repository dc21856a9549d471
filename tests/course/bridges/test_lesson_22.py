"""What lesson 22 computes is what the theory package computes, and what it quotes is so."""

from collections import Counter
from unittest.mock import MagicMock

import numpy as np
import pytest

from tinymaml import theory
from tinymaml.course import material
from tinymaml.course.exercises import lesson_22
from tinymaml.course.given import two_proofs
from tinymaml.theory import extremals, families

pytestmark = pytest.mark.lesson_22


def step_of(name, instance):
    return theory.RESULTS[name].evaluate(instance)["one step"]


@pytest.fixture(scope="module")
def ran(names):
    """Run the lesson's cells that start like this -> the names they leave. Nothing is drawn."""
    found = dict(names) | {"figures": MagicMock(), "guessed": MagicMock()}

    def run(*starts):
        texts = [cell.text for cell in material.find("22").cells]
        for start in starts:
            [cell] = [text for text in texts if text.startswith(start)]
            exec(compile(cell, start, "exec"), found)
        return found

    return run


@pytest.fixture(scope="module")
def onion(ran):
    return ran("def mean_squares", "tosses =")


@pytest.fixture(scope="module")
def from_2_to_1(names):
    """The rows of Theorem 2's step beside Theorem 1's."""
    old = step_of("theorem_2", names["exact"])
    return two_proofs.compare(old, step_of("theorem_1", names["noisy"]))


def test_one_line_is_struck_and_eleven_are_added(from_2_to_1):
    changes = Counter(row.change for row in from_2_to_1)
    assert changes == {"kept": 8, "replaced": 11, "struck": 1, "added": 11}
    assert [row.old.reason for row in from_2_to_1 if row.change == "struck"] == [
        "Proposition 5 (unbiased): E_i Ĝ_i = ∇𝓛"
    ]


def test_all_new_lines_are_about_the_bias(from_2_to_1):
    added = [row.new.latex for row in from_2_to_1 if row.change == "added"]
    assert all("e_k" in latex or "C_{err" in latex for latex in added)


def test_mean_squares_start_and_end_as_proposition_3_does(onion):
    for seed in range(3):
        x = families.resampling(np.random.default_rng(seed), steps=2, tasks=1, noise=True)
        found = onion["mean_squares"](x)
        chain = theory.RESULTS["proposition_3"].evaluate(x)["moment"]
        assert found[-1] == pytest.approx(chain.lhs, rel=1e-12)
        task = x.tasks[0]
        core = task.expect(np.sum(task.sampled_gradient**2, axis=-1))
        assert found[0] == pytest.approx(core, rel=1e-12)


def test_peel_is_the_root_of_q(names):
    for seed in range(4):
        x = families.resampling(np.random.default_rng(seed), steps=3).replace(D=seed + 1)
        shell = names["peel"](x.alpha, x.L, x.sigma_H, x.D, 1.0)
        assert shell**x.steps == pytest.approx(x.constants.q, rel=1e-12)


def test_the_hill_attains_every_shell(names, onion):
    hill = onion["onions"]["hill"]
    squares = onion["squares"]["hill"]
    bound = names["peel"](hill.alpha, hill.L, hill.sigma_H, hill.D, squares[:-1])
    assert squares[1:] == pytest.approx(bound, rel=1e-12)


def test_one_sample_for_all_steps_exceeds_q():
    assert lesson_22.mean_squares(-1.0, 0.5, 1.0, 3) == (32.5, 15.625)


def test_the_grader_counts_as_the_theory_does():
    x = theory.ResamplingInstance(
        losses=[theory.Quadratic([[-1.0]], [0.0])],
        w=[1.0],
        alpha=0.5,
        steps=3,
        hessian_noise=np.ones((3, 1, 1)),
    )
    gradient = 1.5**6  # the square of w_3
    found = []
    for signs in ([[1] * 3, [-1] * 3], None):
        task = x.replace(signs=signs).tasks[0]
        found.append(task.expect(task.estimate[:, 0] ** 2) / gradient)
    assert found == pytest.approx(lesson_22.mean_squares(-1.0, 0.5, 1.0, 3), rel=1e-12)


def test_bias_and_variance_are_those_of_theorem_1(names):
    x = names["noisy"].replace(B=2)
    bias2, variance = lesson_22.bias_and_variance(x)
    chain = theory.RESULTS["theorem_1"].evaluate(x)["iid batch"]
    mean2 = float(x.estimate @ x.estimate)
    assert chain.lhs == pytest.approx(mean2 + variance / 2, rel=1e-12)
    assert bias2 == pytest.approx(float(np.sum((x.estimate - x.meta_gradient) ** 2)))


def test_the_curve_with_young_is_kappa(ran):
    found = ran("C_beta = np.geomspace(2.01")
    for at in (200, 399):
        C_beta = float(found["C_beta"][at])
        c = found["noisy"].constants_for(C_beta=C_beta, S=1000, B=1000)
        assert found["young"][at] == pytest.approx(c.kappa, rel=1e-12)


def test_the_identity_is_that_of_the_sharper_theorem(names):
    x = names["noisy"]
    squares = [v @ v for v in (x.meta_gradient, x.estimate, x.estimate - x.meta_gradient)]
    found = names["polarised"](*squares)
    assert found == pytest.approx(-(x.meta_gradient @ x.estimate), rel=1e-12)


def test_what_each_of_the_two_lines_costs(ran):
    """Young a factor of 4, the split square one of 2; the identity has the best κ of neither."""
    found = ran("# income and cost at e = 0")
    best = {
        name: found["best_kappa"](income, cost, 4 / 5, 4)
        for name, (income, cost) in found["cases"].items()
    }
    assert best == pytest.approx(
        {"Young and split": 0.01, "only Young": 0.02, "only the split": 0.04, "neither": 0.08}
    )
    C_beta = np.geomspace(2, 100, 10_000)
    without_noise = kappa_without_noise(found["noisy"], C_beta)
    assert np.max(without_noise) == pytest.approx(best["Young and split"], rel=1e-3)


def kappa_without_noise(noisy, C_beta):
    """κ of Theorem 1, all noise bought off."""
    sized = noisy.constants_for(C_beta=20.0, S=10**12, B=10**12)
    assert sized.kappa == pytest.approx((2 / 5 - 4 / 20) / 20, rel=1e-6)
    return (2 / 5 - 4 / C_beta) / C_beta


def test_kappa_with_the_identity_is_eight_times_as_large(ran):
    found = ran("C_beta = np.geomspace(2.01")
    exact, young, identity = (kappa for _, kappa in found["best"].values())
    assert identity / young == pytest.approx(8, rel=0.02)
    assert exact / young == pytest.approx(12.5, rel=0.02)
    assert identity / exact == pytest.approx(0.63, abs=0.01)
    assert young == pytest.approx(0.2 / 20, rel=0.02)
    assert identity == pytest.approx(0.4 / 5, rel=0.03)


def test_the_curve_without_noise_is_theorem_2s(ran):
    found = ran("C_beta = np.geomspace(2.01")
    for at in (100, 300):
        C_beta = float(found["C_beta"][at])
        constants = found["exact"].replace(B=1000, C_beta=C_beta).constants
        assert found["curves"]["no noise"][at] == pytest.approx(constants.kappa, rel=1e-12)


def test_at_its_best_the_identity_gives_nothing_away():
    """With e = 0 and B = ∞ Lemma 8's bounds give (4/5 − 2/C_β)/C_β, whatever the proof."""
    C_beta = np.geomspace(2.6, 100, 100_000)
    most = (4 / 5 - 2 / C_beta) / C_beta
    assert C_beta[np.argmax(most)] == pytest.approx(5, rel=1e-3)
    assert np.max(most) == pytest.approx((2 / 5) / 5, rel=1e-6)
    # Lemma 11's bounds: 1 in place of 4/5
    without_noise = np.max((1 - 2 / C_beta) / C_beta)
    assert np.max(most) / without_noise == pytest.approx(0.64, rel=1e-6)


def test_at_the_best_stepsizes_descent_and_bias_are_cheaper_and_scatter_dearer(ran):
    found = ran("C_beta = np.geomspace(2.01", "(C_young, kappa_young)")
    assert found["descent"] == pytest.approx(1 / 8, rel=0.02)
    assert found["scatter_cost"] == pytest.approx(2, rel=0.02)
    assert found["bias_cost"] == pytest.approx(0.42, abs=0.01)
    young = found["noisy"].constants_for(C_beta=found["C_young"], S=1000, B=1000)
    bare = 2 * young.C_err1**2 + young.spread_bias
    weight = (1 + 4 / found["C_young"]) / found["C_young"]
    assert young.xi == pytest.approx(weight * bare / young.A, rel=1e-12)


def test_the_sharper_kappa_is_the_one_that_is_stated(names):
    c = names["noisy"].constants_for(C_beta=2.0, S=100, B=1000, sharp=True)
    bias = 3 / 5 * 4 * c.C_err2**2 / (c.C_l**2 * c.S)
    stated = (2 / 5 - bias - 0.765 * c.C_squ1 / (c.C_beta * c.B)) / c.C_beta
    assert c.kappa == pytest.approx(stated, rel=1e-12)


def test_both_theorems_have_a_floor_and_theorem_4s_is_scatter_nearly_all(ran):
    found = ran("large = noisy.replace")
    large, noise = found["large"], found["constant"].noise
    # Theorem 1's floor is the bias alone
    sharp = large.constants_for(C_beta=1e6, sharp=True)
    bias = sharp.psi / sharp.theta
    floor = sharp.noise / sharp.theta
    floor = floor + np.sqrt(sharp.chi * floor)
    assert floor == pytest.approx(bias + np.sqrt(sharp.chi * bias), rel=0.02)
    assert sharp.bound(found["Delta"], 10**16) == pytest.approx(floor, rel=0.05)
    assert np.sqrt(noise) == pytest.approx(0.0418, abs=0.0001) and floor < 0.002
    c = theory.noisy_stepsize.NoisyStepsize(large.constants)
    assert c.Lambda * c.beta * c.constants.C_squ2 / (2 * c.constants.B) > 0.95 * c.Z


def test_the_rows_of_proposition_3_are_one_shell_and_the_core(ran):
    chain = ran("def mean_squares", "tosses =", "# a hill with N", "one = dict(alpha")["chain"]
    assert chain.lines[5].reason.startswith("A3: a sample's noise along a vector")
    assert chain.lines[9].latex.startswith(r"q(\frac{\sigma_g^2}{T}+\mathbb{E}")
    named = [i for i, line in enumerate(chain.lines) if line.reason.startswith("A3")]
    assert named == [2, 5, 7, 9]
    core = [line.reason for line in chain.lines[10:17]]
    for name in ("Lemma 2", "Lemma 5", "A2", "Lemma 7, C_l > 0"):
        assert name in core


def test_one_coin_for_all_steps_makes_a_line_of_each_outer_shell_false(ran):
    found = ran("def mean_squares", "tosses =", "# a hill with N")
    assert not found["three_coins"].violations
    assert list(found["one_coin"].violations) == [2, 7]
    # what the cell shows is no answer to 22.shared
    assert found["one_coin"].lhs < 2 * found["three_coins"].lhs


def test_steps_are_long_with_heavy_tails_unless_they_are_clipped(ran):
    found = ran("# given\ndef batch_mean", "def coins_thrown")
    long = {}
    for kind, largest in (("constant", np.inf), ("clipped", 0.5)):
        rng = np.random.default_rng(0)
        w = np.full(80, -2.0)
        long[kind] = 0
        for _ in range(200):
            G = found["batch_mean"](w, found["heavy_tails"], rng)
            step = np.clip(G, -largest, largest) / (20 * found["noisy"].constants.A)
            long[kind] += np.sum(abs(step) > 0.1)
            w = w - step
    assert long["constant"] / (80 * 200) == pytest.approx(1 / 19, rel=0.15)
    assert long["clipped"] == 0


def test_what_theorem_4_adds(names):
    """The rows of the appendix's table are lines that the chains add to those of Theorem 3."""
    short = dict(alpha=1 / 40, steps=1)
    one = dict(noise=np.ones((2, 1)), hessian_noise=np.ones((1, 1, 1)))
    expected = {
        "near": ("polarise", "Λβ ≤ 1", "Propositions 2' and 2''", "Proposition 3'"),
        "far": ("Cauchy–Schwarz: ⟨∇𝓛, e⟩", "Propositions 2' and 2''", "Proposition 3'"),
    }
    for place, slope in (("near", 0.0), ("far", 30.0)):
        old, new = (
            families.tilt(x, np.array([slope]))
            for x in (names["exact"].replace(**short), names["noisy"].replace(**one | short))
        )
        before, after = (
            theory.RESULTS[name].evaluate(x)[place]
            for name, x in (("theorem_3", old), ("theorem_4", new))
        )
        rows = two_proofs.compare(before, after)
        added = [row.new.reason for row in rows if row.change == "added"]
        for start in expected[place]:
            assert any(reason.startswith(start) for reason in added), start


def test_young_loses_more_than_half():
    shares = theory.where_a_step_loses("theorem_1", 20)
    first = next(iter(shares))
    assert first == "⟨∇𝓛, e⟩ ≥ −½‖∇𝓛‖² − ½‖e‖²" and shares[first] > 0.5


def test_the_instances_of_the_slack_are_those_that_the_caption_says():
    rng = np.random.default_rng(0)
    result = theory.RESULTS["theorem_1"]
    drawn = [families.draw(rng, result) for _ in range(100)]
    C_beta = [x.C_beta for x in drawn]
    assert min(C_beta) == pytest.approx(21, abs=0.5)
    assert np.median(C_beta) == pytest.approx(200, rel=0.02)
    assert max(x.B for x in drawn) == 2 and max(x.S for x in drawn) == 5


def test_proposition_3_is_attained_at_rest():
    chain = theory.RESULTS["proposition_3"].evaluate(extremals.outer_noise(1 / 16, 2))["moment"]
    assert chain.tightness == pytest.approx(1, abs=1e-5)


def test_a_batch_has_the_law_of_algorithm_1(ran):
    """Two tasks' coins: the mean and the mean square of Ḡ, against the enumerated ones."""
    found = ran("# given\ndef batch_mean")
    noisy = found["noisy"].replace(S=1, D=1, T=1)
    rng = np.random.default_rng(0)
    w = np.full(20_000, -2.0)
    G = found["batch_mean"](w, lambda shape, rng: rng.choice([-1.0, 1.0], size=shape), rng)
    bias2, variance = lesson_22.bias_and_variance(noisy)
    assert G.var() == pytest.approx(variance / 20, rel=0.05)
    assert G.mean() == pytest.approx(noisy.estimate[0], abs=5 * np.sqrt(variance / 20 / len(w)))
