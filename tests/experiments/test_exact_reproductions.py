"""The exact reproductions: what their titles claim follows from their tables."""

import numpy as np
import pytest

from helpers.reproductions import quick
from tinymaml import theory
from tinymaml.experiments.reproductions import constant_stepsize

pytestmark = [pytest.mark.lesson_08, pytest.mark.lesson_16]


def columns(name, **where):
    """The table as arrays, one for each column."""
    table = quick(name)[0].table.where(**where)
    return {key: np.array(table.column(key)) for key in table.header}


def slope(x, y):
    return np.polyfit(np.log(x), np.log(y), 1)[0]


def test_curvature_explodes_with_a_fixed_stepsize_and_not_with_c_over_n():
    t = columns("curvature")
    late = t["steps"] >= 10
    assert np.allclose(t["curvature_fixed"][late], t["half_a_2N_fixed"][late], rtol=1e-3)
    growth = np.log(t["curvature_fixed"][-1] / t["curvature_fixed"][-2])
    assert growth == pytest.approx(2 * np.log(1.5) * np.diff(t["steps"])[-1], rel=1e-6)
    assert (t["curvature_scaled"] < t["a_2N_scaled"]).all() and (t["a_2N_scaled"] < np.e).all()


def test_counter_cases():
    t = columns("counter-cases")
    for falling in ("quadratics", "quadratics_below", "rank_one_trained"):
        assert (np.diff(t[falling]) < 0).all(), falling
    for rising in ("quadratics_above", "rank_one_saddle"):
        assert (np.diff(t[rising]) > 0).all(), rising
    assert np.allclose(t["rank_one_saddle"], t["saddle_closed_form"], rtol=1e-5)
    assert (np.diff(t["adapted_loss"]) < 0).all()  # no harm done


def test_fresh_samples_are_unbiased_on_a_quadratic_and_reused_ones_are_not():
    t = columns("reused-samples")
    assert (np.abs(t["quadratic_fresh"]) < 1e-13).all()
    assert (np.abs(t["quadratic_step_and_hessian"]) > 1e-4).all()
    assert (np.abs(t["quadratic_one_set"]) > 1e-3).all()
    one = columns("reused-samples", steps=1, S=1)
    # by hand: E (1 − α(1 + ε)) (w − α(w + ε(1 + w))) − (1 − α)² w, with ε = ±sigma, w = 1
    alpha, sigma = 0.1, 0.5
    bias = alpha**2 * sigma**2 * (1 + 1)
    assert one["quadratic_step_and_hessian"][0] == pytest.approx(bias, rel=1e-12)


def test_the_bias_on_a_cosine_falls_like_one_over_s_and_stays_below_the_bound():
    t = columns("reused-samples", steps=2)
    for plan in ("fresh", "step_and_hessian", "one_set"):
        assert slope(t["S"], np.abs(t[f"cosine_{plan}"])) == pytest.approx(-1, abs=0.02)
    t = columns("reused-samples")
    assert (np.abs(t["cosine_fresh"]) <= t["cosine_bound"]).all()
    assert (np.abs(t["cosine_fresh"]) < np.abs(t["cosine_step_and_hessian"])).all()
    assert (np.abs(t["cosine_step_and_hessian"]) < np.abs(t["cosine_one_set"])).all()


def test_one_set_breaks_lemma_5_nearly_n_times():
    t = columns("reused-samples", S=1)
    assert np.allclose(t["drift_fresh"], t["drift_bound"], rtol=1e-13)  # attained
    theta = np.log(1.1) / 2
    ratio = t["drift_one_set"] / t["drift_bound"]
    assert np.allclose(ratio, np.tanh(t["steps"] * theta) / np.tanh(theta), rtol=1e-12)
    assert ratio[-1] > 3.9


def test_both_algorithms_land_where_the_closed_forms_say():
    t = columns("first-order")
    assert np.abs(t["exact_lands"] - t["minimiser"]).max() < 1e-6
    assert np.abs(t["first_order_lands"] - t["first_order_point"]).max() < 1e-6
    assert (t["gap"] > 1e-5).all() and (t["loss_first_order"] > t["loss_exact"]).all()


@pytest.mark.parametrize("precision, tolerance", [("float32", 1e-3), ("float64", 1e-8)])
def test_the_hessian_free_error_is_a_v(precision, tolerance):
    for weights in ("initial", "trained"):
        t = columns("hessian-free", precision=precision, method="hessian-free", weights=weights)
        order = np.argsort(t["delta"])
        delta, error = t["delta"][order], t["relative_error"][order]
        bottom = error.argmin()
        assert 0 < bottom < len(error) - 1 and error[bottom] < tolerance
        assert error[0] > 10 * error[bottom] < error[-1]
        right = (delta > 2 * delta[bottom]) & (error < 0.05)
        assert slope(delta[right], error[right]) == pytest.approx(2, abs=0.25)
        first_order = columns("hessian-free", method="first-order", weights=weights)
        by_default = t["relative_error"][0]  # the default δ is in the first row
        assert by_default < 0.3 * first_order["relative_error"][0]


def test_the_cost_is_linear_in_n():
    for method, gradients, products in (
        ("exact", 1, 1),
        ("first-order", 1, 0),
        ("hessian-free", 3, 0),
    ):
        t = columns("cost", method=method)
        assert (t["gradients_per_task"] == 1 + gradients * t["steps"]).all()
        assert (t["hvps_per_task"] == products * t["steps"]).all()


def test_computing_again_saves_memory_and_changes_nothing():
    for shots in (10, 100):
        t = columns("memory", shots=shots)
        for way in ("saved", "recomputed"):  # linear in N
            assert len(set(np.diff(t[f"{way}_bytes"]) / np.diff(t["steps"]))) == 1
        a_step_more = np.diff(t["recomputed_bytes"])[0] / np.diff(t["steps"])[0]
        assert a_step_more == t["point_bytes"][0]  # one w_j
        several = t["steps"] > 1  # a single step leaves nothing to save
        assert (t["recomputed_bytes"] < t["saved_bytes"])[several].all()
        assert (t["disagreement"] < 1e-5).all()
        work = t["recomputed_multiplications"] / t["saved_multiplications"]
        assert (work > 1.2).all() and (work < 1.4).all()


def test_the_bias_falls_like_one_over_s_on_a_cosine_and_like_its_root_at_a_kink():
    t = columns("bias")
    S = t["S"]
    for name in ("cosine_bias", "cosine_bias_one_draw"):
        assert slope(S, t[name]) == pytest.approx(-1, abs=0.01)
    assert slope(S, t["kinks_bias_one_draw"]) == pytest.approx(-1 / 2, abs=0.01)
    assert (t["quadratic_bias"] < 1e-15).all()
    for loss in ("cosine", "kinks"):
        for bias in (f"{loss}_bias", f"{loss}_bias_one_draw"):
            assert (t[bias] <= t[f"{loss}_proposition_2_bend"]).all()
        for bound in ("proposition_2", "proposition_2_sharp"):
            assert slope(S, t[f"{loss}_{bound}"]) == pytest.approx(-1 / 2, abs=1e-9)
            assert (t[f"{loss}_proposition_2_bend"] < t[f"{loss}_{bound}"]).all()
    # by hand: E|mean of 4 signs| = 3/8 and of 16 signs 6435/32768, times √S
    ratios = t["kinks_bias"] / t["kinks_bias_one_draw"]
    assert ratios[S == 4] == pytest.approx(3 / 4, rel=1e-3)
    assert ratios[S == 16] == pytest.approx(6435 / 8192, rel=1e-3)
    assert (t["kinks_over_bound"] > 0.9995).all()


def test_which_bound_is_smaller_depends_on_the_noise():
    """C_bend/S is below C_err1'/√S from S = N(αρσ_g/2L)² on, up to a factor a^O(N)."""
    t = columns("bias")
    for sigma_g in (1, 10, 100):
        crossing = t["S"] * t[f"first_part_over_{sigma_g}"] ** 2
        assert np.allclose(crossing, crossing[0], rtol=1e-9)
        assert 1 < crossing[0] / (2 * (0.1 * sigma_g / 2) ** 2) < 2


def test_on_the_ramp_bound_and_run_differ_by_a_factor_that_hardly_depends_on_k():
    table = quick("ramp")[0].table
    first = [f"{ratio:.2f}" for ratio in table.where(K=100, steps=1).column("bound_over_run")]
    assert first == ["3.37", "3.03", "3.11", "1.80"]
    for row in table.where(K=100).rows:
        row = dict(zip(table.header, row, strict=True))
        case = {name: row[name] for name in ("theorem", "C_beta", "steps")}
        assert table.cell("bound_over_run", K=30, **case) > row["bound_over_run"] > row["limit"]
        # the slope is that on which K iterations lower 𝓛 by 1: Kβε² = 1, with a = 1 + 1/(8N)
        a = 1 + 1 / (8 * row["steps"])
        slope, A, C_meta = row["run"], a ** (2 * row["steps"]), a ** (2 * row["steps"] - 1)
        C_meta *= a ** row["steps"] - 1
        assert 100 * slope**2 / (row["C_beta"] * (A + C_meta * slope)) == pytest.approx(1)
    limits = [f"{limit:.3f}" for limit in table.where(K=100, steps=1).column("limit")]
    assert limits == ["1.667", "2.236", "1.581", "1.010"]


def test_both_stepsizes_stay_below_their_bounds():
    """On small runs; and the bounds, anew: β, η and noise of Theorem 3 at each K."""
    for problem, (losses, start) in constant_stepsize.problems().items():
        x = constant_stepsize.instance(losses, start)
        beta, eta, noise = theory.constant_stepsize(x.constants)
        t = columns("constant-stepsize", problem=problem, stepsize=constant_stepsize.CONSTANT)
        Delta = x.meta_loss(x.w) - x.lower_bound
        np.testing.assert_allclose(t["bound"] ** 2, Delta / (eta * beta * t["K"]) + noise)
        np.testing.assert_allclose(t["mean_beta"], beta)
        r = columns("constant-stepsize", problem=problem, stepsize=constant_stepsize.RANDOM)
        bounds = [x.constants.bound(Delta, int(K)) for K in r["K"]]
        np.testing.assert_allclose(r["bound"], bounds)
        largest = 1 / (x.C_beta * x.constants.A)
        assert (r["mean_beta"] < largest).all()
        for run in (t, r):
            assert (run["mean_gradient"] < run["bound"]).all()
            start_norm = np.linalg.norm(x.meta_gradient)
            assert run["mean_gradient"][0] == pytest.approx(start_norm, rel=1e-12)
            assert (run["hvps"] == 500 * run["K"]).all()
        assert (t["gradients"] == 600 * t["K"]).all()
        estimated = theory.sufficient_sizes(x.constants)["B_L"]
        assert (r["gradients"] == (600 + estimated) * r["K"]).all()


def test_clipping_and_the_random_stepsize_arrive_and_steps_of_a_fixed_length_do_not():
    table = quick("clipping")[0].table
    for rule in ("random", "clipped", "constant"):
        assert table.cell("highest_gradient", rule=rule, iteration=100) < 1e-12
        assert (np.diff(table.where(rule=rule).column("meta_objective")) <= 1e-12).all()
    assert min(table.where(rule="fixed length").column("gradient")) > 1
    # by hand: α = 1/8, one step, L = 1, ρ = ½, σ = ½
    a, sigma = 9 / 8, 1 / 2
    C_l, C_meta = 2 - a**2, a * (a - 1) / 2
    L0, L1 = a**2 + C_meta * sigma / C_l, C_meta / C_l
    for length in table.where(rule="fixed length").column("step_length"):
        assert length == pytest.approx(1 / L1)
    clipped = table.where(rule="clipped", iteration=(0, 20, 40))
    columns_of_both = zip(clipped.column("gradient"), clipped.column("step_length"), strict=True)
    for gradient, length in columns_of_both:
        assert length == pytest.approx(gradient / (L0 + L1 * gradient))
        assert length < 1 / L1
