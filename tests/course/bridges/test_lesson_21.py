"""What lesson 21 computes is what the theory package computes, and what it quotes is so."""

import re

import numpy as np
import pytest

from tinymaml import theory
from tinymaml.course import material
from tinymaml.course.exercises import lesson_21
from tinymaml.course.given.fresh_samples import (
    last_step,
    noisy,
    plane,
    riddle,
    same_samples,
    three_parts,
)
from tinymaml.course.given.waves import Wave
from tinymaml.theory import ablation, families
from tinymaml.theory.paths import norm, spectral
from tinymaml.theory.results import proposition_2_bend

pytestmark = pytest.mark.lesson_21

COSINE = noisy(Wave(0, 1), 1.0)


def evaluate(name, instance, claim="bias"):
    return theory.RESULTS[name].evaluate(instance)[claim]


def on_the_riddle(S):
    return evaluate("proposition_2_bend", noisy(riddle(), 0.0, S=S))


def text():
    return "\n".join(cell.text for cell in material.find("21").cells if cell.kind == "markdown")


def test_only_the_inner_steps_bias():
    for sets in ("SDT", "S", "D", "T", "DT"):
        x = plane(sets)
        share = norm(x.estimate - x.meta_gradient) / norm(x.meta_gradient)
        assert share == pytest.approx(
            0.456 if "S" in sets else 0, abs=1e-3 if "S" in sets else 1e-12
        )
    x = plane()
    task = x.tasks[0]
    assert len(task.estimate) == 32
    # the diamonds: the mean of a run's estimates is P̂ĝ
    for run in np.unique(task.signs.rows[:, :2], axis=0):
        own = (task.signs.rows[:, :2] == run).all(1)
        assert task.estimate[own].mean(0) == pytest.approx(task.noisy.meta_gradient[own][0])


def test_a_shared_sample_is_the_gradient_of_another_objective():
    h, V, U, alpha, w = 1.0, 1.0, -4.0, 0.5, 1.0

    def adapted(w):
        ends = [w - alpha * (h * w + sign * (U + V * w)) for sign in (1, -1)]
        return np.mean([h * end**2 / 2 for end in ends])

    x = same_samples(h, V, U, alpha, w)
    slope = (adapted(w + 1e-5) - adapted(w - 1e-5)) / 2e-5
    assert x.estimate[0] == pytest.approx(slope, abs=1e-8)
    assert [x.meta_gradient[0], x.estimate[0]] == pytest.approx([0.25, -0.5])
    # one line is false, the one with fresh D, T
    chain = evaluate("proposition_2", x)
    assert [chain.lines[k].cites for k in chain.violations] == [("A3 unbiased", "fresh D, T")]
    formula = (1 - alpha * h) ** 2 * h * w + alpha**2 * h * V * (U + V * w)
    assert x.estimate[0] == pytest.approx(formula)


def test_on_a_shared_sample_the_bound_holds_up_to_a_curvature_noise():
    """The lesson: as long as α|V| ≤ a, here 3/2."""
    for h in (1.0, -1.0):
        for V in (1.0, -2.9, 2.9, -3.1, 3.1, 4.0):
            chain = evaluate("proposition_2", same_samples(h, V, -20.0, 0.5, 1.0))
            assert (chain.lhs <= chain.rhs) == (0.5 * abs(V) <= 1.5)


def test_only_taylors_line_can_lose_in_the_second_step_on_the_cosine():
    task = COSINE.tasks[0]
    assert norm(task.expect(task.drift[1], 0)) < 1e-15
    straight = np.cos(task.from_w.points[1]) * task.drift[1]
    remainder = task.pull[1] - straight
    assert (remainder < 0).all() or (remainder > 0).all()


def test_without_fresh_sets_no_other_line_of_proposition_2_breaks():
    fates = ablation.lines_without("fresh D, T", theory.RESULTS["proposition_2"], 20)
    broken = [fate for fate in fates if fate.false]
    assert [fate.cites for fate in broken] == [("A3 unbiased", "fresh D, T")]


def test_a_mean_of_a_product():
    together, apart = lesson_21.both_sides(0, 1, 0.5, 2, 1.0, 2.0)
    assert abs(together - apart) > 0.3 * together
    for N, k, w in ((1, 1.0, 1.0), (2, 0.0, 1.0), (2, 1.0, 0.0)):
        together, apart = lesson_21.both_sides(1 - k, k, 0.5, N, w, 2.0)
        assert together == pytest.approx(apart, abs=1e-12)


def lines_of_the_order(x):
    """The value of each of the lines A to H on an instance with one task."""
    task = x.tasks[0]
    a, N = x.a, x.steps
    noisy_P, P = task.noisy.product, task.from_w.product
    g, pull = task.from_w.outer_gradient, task.pull[N]
    turned, moved = spectral(noisy_P - P), norm(pull)
    chain = evaluate("proposition_2", x).lines
    mean_P, mean_g = task.expect(noisy_P, 0), task.expect(task.noisy.outer_gradient, 0)
    return {
        "A": chain[7].value,
        "B": task.expect(spectral(P) * moved + turned * norm(g)),
        "C": chain[1].value,
        "D": chain[4].value,
        "E": a**N * (a**N - 1) * x.sigma_g / np.sqrt(x.S)
        + a**N * evaluate("lemma_6", x, "product").rhs * norm(task.gradient),
        "F": norm(mean_P @ mean_g - P @ g),
        "G": chain[2].value,
        "H": chain[0].value,
    }


def test_the_order_of_lines_is_that_of_the_chain():
    broken = {"B": 0, "F": 0}
    for seed in range(30):
        rng = np.random.default_rng(seed)
        x = families.resampling(rng, steps=2, tasks=1, noise=True).replace(S=2, batch="two-point")
        values = lines_of_the_order(x)
        row = [values[letter] for letter in lesson_21.ORDER]
        assert row[0] == pytest.approx(row[1], rel=1e-9, abs=1e-12)
        assert (np.diff(row) >= -1e-12).all()
        assert row[-1] == pytest.approx(evaluate("proposition_2", x).rhs, rel=1e-9)
        broken["F"] += abs(values["F"] - values["C"]) > 0.05 * values["C"]
    # B may be below G, so that it does not follow from it
    x = noisy(Wave(0.1, 0.44), 0.36, alpha=1.83, noise=1.7)
    values = lines_of_the_order(x)
    broken["B"] = values["B"] < 0.95 * values["G"]
    assert all(broken.values())


def test_the_reasons_in_the_tables_of_parts_are_those_of_the_chain():
    found = text()
    tables = found[found.index("| | $\\lVert$shifts") : found.index("**Jensen costs no rate")]
    why = [row.split("|")[-2] for row in tables.splitlines() if row.startswith("|")]
    assert len(why) == 6 + 6
    named = set(re.findall(r"Lemma \d′?|A1|mean drift", " ".join(why)))
    chain = evaluate("proposition_2_bend", COSINE)
    cites = {cite for line in chain.lines for cite in line.cites}
    names = {
        "A1 L": "A1",
        "A1 rho": "A1",
        "proposition_2_bend": "mean drift",
        "lemma_2": "Lemma 2",
        "lemma_3": "Lemma 3",
        "lemma_4_sharp": "Lemma 4′",
        "lemma_5": "Lemma 5",
    }
    assert named == {names[cite] for cite in cites if cite in names}
    assert cites - set(names) == {"A3 unbiased", "fresh D, T"}
    assert any("as in Lemma 6" in line.reason for line in chain.lines)


def parts_are_bounded(x):
    """Each part by each row of the lesson's tables, in turn."""
    task, a, L, rho, N = x.tasks[0], x.a, x.L, x.rho, x.steps
    v = proposition_2_bend.bounds(x)
    shifts, both, turns = norm(three_parts(x))
    drift = norm(task.drift)  # (N + 1, R)
    pull = task.pull[N]
    straight = proposition_2_bend.apply(proposition_2_bend.end_hessian(task), task.drift[N])
    bend = norm(task.expect(pull - straight, 0))
    m_N = proposition_2_bend.mean_drift_bound(x)
    by_shifts = [
        shifts,
        a**N * norm(task.expect(pull, 0)),
        a**N * (norm(task.expect(straight, 0)) + bend),
        a**N * (L * m_N + bend),
        a**N * (L * m_N + rho / 2 * v[N]),
    ]
    gamma = a ** (N - 1) * x.alpha * rho
    by_both = [
        both,
        gamma * L * task.expect(drift[:N] * drift[N]).sum(),
        gamma * L * np.sqrt(v[:N] * v[N]).sum(),
    ]
    by_turns = [
        turns,
        gamma * norm(task.from_w.outer_gradient) * task.expect(drift[:N]).sum(),
        gamma * a**N * norm(task.gradient) * np.sqrt(v[:N]).sum(),
    ]
    return [np.diff(row).min() >= -1e-12 for row in (by_shifts, by_both, by_turns)]


def test_the_rows_of_the_tables_of_parts_never_decrease():
    for seed in range(12):
        rng = np.random.default_rng(seed)
        x = families.resampling(rng, steps=2, tasks=1, noise=True).replace(S=2, batch="two-point")
        assert all(parts_are_bounded(x))
    assert all(parts_are_bounded(noisy(riddle(), 0.0, S=16)))


def test_mean_drift_is_the_bound(names):
    for steps in range(1, 6):
        x = families.resampling(np.random.default_rng(steps), steps=steps).replace(S=3)
        known = proposition_2_bend.mean_drift_bound(x)
        inputs = x.alpha, x.L, x.rho, x.sigma_g, x.S, x.steps
        assert names["mean_drift"](*inputs) == pytest.approx(known, rel=1e-12)
        assert lesson_21.best_mean_drift(*inputs) == pytest.approx(known, rel=1e-12)


def test_the_cases_of_the_mean_drift_are_bounded_and_attained():
    cases = lesson_21.drift_cases()
    bounds = [lesson_21.best_mean_drift(**case.inputs) for case in cases]
    truths = [case.truth for case in cases]
    assert truths[:3] == pytest.approx(bounds[:3], rel=1e-9)
    assert truths[3] == bounds[3] == 0
    assert truths[4] > 0.5 * bounds[4]
    for case in lesson_21.held_out_drifts():
        assert 0.9 < case.truth / lesson_21.best_mean_drift(**case.inputs) <= 1


def test_what_the_lesson_says_of_the_rates():
    sizes = [1, 16, 64, 4096]
    cosine = [evaluate("proposition_2", COSINE.replace(S=S)) for S in sizes]
    factors = [chain.rhs / chain.lhs for chain in cosine]
    assert factors[0] == pytest.approx(215, abs=1)
    assert factors[3] == pytest.approx(14_000, rel=0.02)
    assert cosine[2].lhs / cosine[1].lhs == pytest.approx(1 / 4, abs=0.01)
    assert on_the_riddle(64).lhs / on_the_riddle(16).lhs == pytest.approx(1 / 2, abs=0.04)
    quadratic = noisy(theory.Quadratic([[1.0]], [0.0]), 1.0)
    assert evaluate("proposition_2", quadratic).lhs < 1e-15
    shares = cosine[0].shares
    assert shares[2] == pytest.approx(0.14, abs=0.01)
    assert {x.L for x in (COSINE, noisy(riddle(), 0.0), quadratic)} == {1.0}


def test_the_three_parts():
    for S in (1, 16, 256):
        x = COSINE.replace(S=S)
        signed = [x.tasks[0].expect(part, 0) for part in proposition_2_bend.parts(x.tasks[0])]
        assert norm(sum(signed)) == pytest.approx(evaluate("proposition_2", x).lhs, rel=1e-9)
        assert np.array_equal(three_parts(x), signed)
    one, many = three_parts(COSINE), three_parts(COSINE.replace(S=256))
    assert one / many == pytest.approx(256, rel=0.1)
    third = [three_parts(noisy(riddle(), 0.0, S=S)) for S in (1, 256)]
    assert third[0][2, 0] / third[1][2, 0] == pytest.approx(16, rel=0.1)
    chain = on_the_riddle(256)
    assert chain.rhs / chain.lhs == pytest.approx(1.1, abs=0.05)


def test_the_constants_of_proposition_2_bend():
    """C_bend/S and C_err2′/√S are what the lesson's list makes of v_j."""
    for steps in (1, 2, 4):
        x = families.resampling(np.random.default_rng(steps), steps=steps).replace(S=3)
        a, c, L, rho = x.a, x.sharp_constants, x.L, x.rho
        v = [
            x.alpha**2 * x.sigma_g**2 / x.S * sum(a ** (2 * i) for i in range(j))
            for j in range(steps + 1)
        ]
        C_meta = rho / L * a ** (2 * steps - 1) * (a**steps - 1)
        bent = x.alpha * x.sigma_g**2 / (2 * x.S) * C_meta
        both = (
            a ** (steps - 1) * x.alpha * rho * L * sum(np.sqrt(v[j] * v[-1]) for j in range(steps))
        )
        turns = a ** (2 * steps - 1) * x.alpha * rho * sum(np.sqrt(v[j]) for j in range(steps))
        assert bent + both == pytest.approx(c.C_bend / x.S, rel=1e-9)
        assert turns == pytest.approx(c.C_err2 / np.sqrt(x.S), rel=1e-9)
        plain = x.constants
        assert plain.C_err1 == pytest.approx(a**steps * (a**steps - 1) * x.sigma_g, rel=1e-9)
        turned = rho * x.sigma_g / L**2 * a ** (2 * steps - 1) * (a**steps - 1 - steps * (a - 1))
        assert plain.C_err2 == pytest.approx(turned, rel=1e-6, abs=1e-12)


def test_what_is_attained_and_what_is_lost():
    third = evaluate("lemma_6", noisy(riddle(), 0.0), "product")
    assert third.tightness == pytest.approx(0.95)
    lost = {
        line.cites for line, share in zip(third.lines, third.shares, strict=True) if share > 1e-9
    }
    assert lost == {("A1 L",)}
    bend = noisy(theory.PiecewiseHessian([-1, 1], [-1.0, 1.0]), 0.0)
    assert evaluate("proposition_2_bend", bend, "mean drift").tightness == pytest.approx(1)
    cosine = evaluate("proposition_2_bend", COSINE, "mean drift")
    lost = {
        line.cites for line, share in zip(cosine.lines, cosine.shares, strict=True) if share > 1e-9
    }
    assert lost == {("A1 rho",)}
    piece = last_step(cosine)
    assert piece.lines == cosine.lines[:8]


def test_on_the_tip_and_beside_it():
    tip = [on_the_riddle(S).lhs for S in (64, 256, 4096)]
    assert tip[1] / tip[2] == pytest.approx(4, abs=0.15)
    coins = noisy(riddle(), 0.0, S=64, batch="independent")
    ratio = evaluate("proposition_2", coins).lhs / tip[0]
    assert ratio == pytest.approx(np.sqrt(2 / np.pi), abs=0.015)
    beside = [
        evaluate("proposition_2", noisy(riddle(), 0.02, S=S)).lhs for S in (16, 64, 256, 4096)
    ]
    assert beside[1] / beside[2] == pytest.approx(4, abs=0.01)
    assert beside[2] / beside[3] == pytest.approx(16, abs=0.01)
    # at S = 16 the noise reaches over the tip, at S = 64 no longer
    distance = 0.25 + noisy(riddle(), 0.02).tasks[0].from_w.points[1, 0]
    assert 0.5 / 4 / np.sqrt(64) < distance < 0.5 / 4 / np.sqrt(16)


def test_with_more_steps_the_kink_keeps_its_rate():
    for steps in (3, 4):
        x = noisy(riddle(), 0.0, steps=steps)
        few, many = (evaluate("proposition_2", x.replace(S=S)).lhs for S in (256, 4096))
        assert few / many == pytest.approx(4, rel=0.05)


def test_sizes(names):
    lesson_C = {N: lesson_21.bend_constants(N) for N in (1, 2, 4)}
    asked = {1: (1, 9, 88), 2: (23, 2206, 219_635), 4: (27, 2624, 261_815)}
    for N, (C_bend, C_err2) in lesson_C.items():
        assert names["bend_constants"](N) == pytest.approx((C_bend, C_err2))
        for bias, S in zip((1e-2, 1e-3, 1e-4), asked[N], strict=True):
            assert names["least_S"](bias, C_bend, 10 * C_err2) == S
    assert lesson_C[1] == pytest.approx((0.00879, 0), abs=1e-5)
    # at N = 2 the primed constant is the plain one
    x = noisy(Wave(0, 1), 1.0)
    assert x.constants.C_err2 == pytest.approx(x.sharp_constants.C_err2)


def test_the_sizes_that_balance_bias_and_scatter():
    fits = {}
    for S in range(1, 100):
        B = lesson_21.BUDGET // (2 * S + 3)
        fits[S] = sum(lesson_21.errors(S, B)) <= lesson_21.WANTED
    assert [S for S, fit in fits.items() if fit] == list(range(8, 17))


def test_what_debiasing_leaves():
    left = {}
    for name, x in {"cosine": COSINE, "riddle": noisy(riddle(), 0.0)}.items():
        few, many = (three_parts(x.replace(S=S)).sum() for S in (16, 64))
        bias = (x.replace(S=64).estimate - x.meta_gradient)[0]
        assert many == pytest.approx(bias, abs=1e-15)
        assert few * many > 0
        left[name] = (4 * many - few) / 3 / many
    assert abs(left["cosine"]) < 0.01
    assert left["riddle"] == pytest.approx(0.63, abs=0.01)


def test_a_shared_sample_is_found_on_a_quadratic_of_two_curvatures():
    """The last bullet: fresh sets give the meta-gradient there, the shared one does not."""
    h, V, U, alpha, w = 1.0, 1.0, -4.0, 0.5, 1.0
    signs = np.array([[s, d] for s in (1, -1) for d in (1, -1)])
    ends = w - alpha * (h * w + signs[:, 0] * (U + V * w))
    fresh = ((1 - alpha * (h + signs[:, 1] * V)) * h * ends).mean()
    x = same_samples(h, V, U, alpha, w)
    assert fresh == pytest.approx(x.meta_gradient[0])
    assert abs(x.estimate[0] - fresh) > abs(fresh)
