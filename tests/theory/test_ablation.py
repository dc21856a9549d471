"""A reason is a reason: without an assumption, each line that cites it breaks, and no line that
does not depend on it."""

import numpy as np
import pytest

from tinymaml import theory
from tinymaml.theory import ablation, adversary
from tinymaml.theory.batches import joint
from tinymaml.theory.chain import ASSUMPTIONS, at_most
from tinymaml.theory.citations import cited_by
from tinymaml.theory.families import draw
from tinymaml.theory.paths import norm

pytestmark = [pytest.mark.lesson_14, pytest.mark.lesson_15]

CONDITIONS = {"C_l > 0", "kappa > 0", "eta > 0"}
# corollaries evaluate constants, no signs
ABOUT_SIGNS = {
    "A3 unbiased",
    "independent samples",
    "fresh S",
    "fresh or additive",
    "fresh D, T",
}
PAIRS = [
    (assumption, name)
    for assumption in ablation.BREAK
    for name, result in theory.RESULTS.items()
    if assumption in result.assumes and (result.enumerates or assumption not in ABOUT_SIGNS)
]
FIRST, FEW, MANY = 4, 12, 400  # instances
# the rarest of a corollary's branches takes 17 random instances to be seen
FEW_OF_COROLLARIES = 20


def complaints(assumption, result, instances):
    """Lines that should break and never do, or should not and do."""
    lines = ablation.lines_without(assumption, result, instances)
    return [
        line
        for line in lines
        if (assumption in line.cites and not line.false)
        or (line.false and not line.depends(assumption))
    ]


def test_everything_but_conditions_can_be_taken_away():
    assert set(ablation.BREAK) == set(ASSUMPTIONS) - CONDITIONS
    with pytest.raises(KeyError, match="'C_l > 0' is nothing to take away; there are A1 L, A1 rho"):
        ablation.lines_without("C_l > 0", theory.RESULTS["lemma_7"], 1)


@pytest.mark.parametrize("name", theory.RESULTS)
def test_what_is_assumed_is_what_the_lines_cite(name):
    result, behind = theory.RESULTS[name], set()
    for cite in cited_by(name):
        behind |= {cite} if cite in ASSUMPTIONS else set(theory.RESULTS[cite].assumes)
    assert set(result.assumes) == behind
    assert list(result.assumes) == [tag for tag in ASSUMPTIONS if tag in result.assumes]


def test_no_result_rests_on_itself():
    def check_below(name, above=()):
        assert name not in above, (*above, name)
        for cite in cited_by(name) & set(theory.RESULTS):
            check_below(cite, (*above, name))

    for name in theory.RESULTS:
        check_below(name)


@pytest.mark.parametrize("assumption, name", PAIRS)
def test_the_lines_that_cite_it_break_and_no_others(assumption, name):
    """Where all that should have broken on the first instances, there is no need of more."""
    few = FEW_OF_COROLLARIES if name.startswith("corollary") else FEW
    found = complaints(assumption, theory.RESULTS[name], FIRST)
    assert not found or not complaints(assumption, theory.RESULTS[name], few)


@pytest.mark.slow
@pytest.mark.parametrize("assumption, name", PAIRS)
def test_on_many_instances(assumption, name):
    assert not complaints(assumption, theory.RESULTS[name], MANY)


@pytest.mark.parametrize(
    "assumption",
    [a for a in ablation.BREAK if a not in ("fresh stepsize", "sizes", "iid tasks", "A1 inf")],
)
def test_results_that_do_not_assume_it_stand(assumption):
    for name, result in theory.RESULTS.items():
        if (
            assumption not in result.assumes
            and result.enumerates == "signs"
            and not (assumption == "b")
        ):
            assert not [
                line for line in ablation.lines_without(assumption, result, 10) if line.false
            ], (assumption, name)


def test_a_wrong_reason_is_found_out():
    """Were Lemma 1's second kind of line to cite ρ, no loss with another ρ would break it; were it
    to cite nothing, one with another L would."""
    result = theory.RESULTS["lemma_1"]

    def with_citations(*cites):
        def claim(x):
            start, *lines = result.claims["trajectory"](x)
            yield start
            for line in lines:
                yield at_most(line.value, line.latex, line.reason, *cites) if line.cites else line

        return result._replace(claims={"trajectory": claim})

    assert complaints("A1 rho", with_citations("A1 rho"), FEW)[0].reason.startswith(
        "A1: ∇l is L-Lipschitz"
    )
    assert complaints("A1 L", with_citations(), FEW)[0].reason.startswith("A1: ∇l is L-Lipschitz")
    assert not complaints("A1 L", with_citations("A1 L"), FEW)


def test_only_this_assumption_is_violated():
    """What is declared still holds for every other constant; spot checks on the instances
    themselves."""
    rng = np.random.default_rng(3)
    for _ in range(20):
        x = ablation.draw_without("A1 rho", theory.RESULTS["lemma_6"], rng)
        assert x.rho < max(t.inner.loss.rho for t in x.tasks)
        assert x.L == max(t.inner.loss.L for t in x.tasks)
        x = ablation.draw_without("A3 unbiased", theory.RESULTS["proposition_3"], rng)
        assert all(
            t.outer_noise.mean(0).any()
            and np.linalg.norm(t.outer_noise[0]) <= x.sigma_g * (1 + 1e-12)
            for t in x.tasks
        )
        x = ablation.draw_without("fresh S", theory.RESULTS["lemma_5"], rng)
        assert abs(x.tasks[0].inner_noise.mean(1)).max() < 1e-15
        assert (x.signs[0].inner == x.signs[0].inner[:1]).all()
        x = ablation.draw_without("independent samples", theory.RESULTS["lemma_5"], rng)
        nu = x.tasks[0].inner_noise  # as long as one sample's, however many S are
        assert x.S > 1
        assert np.allclose(norm(nu), norm(x.noise[:-1])[:, None], rtol=1e-12)
        assert abs(nu.mean(1)).max() < 1e-15
        x = ablation.draw_without("fresh D, T", theory.RESULTS["proposition_2"], rng)
        inner = x.signs[0].inner
        assert (x.signs[0].hessians == inner).all()
        assert (inner @ inner.T == len(inner[0]) * np.eye(x.steps)).all()
        x = ablation.draw_without("A2", theory.RESULTS["lemma_7"], rng)
        assert x.sigma < x.deviation()
        x = ablation.draw_without("sizes", theory.RESULTS["lemma_8"], rng)
        assert x.B_L == x.D_L == 1
        assert x.sigma >= x.deviation() * (1 - 1e-12)


def test_noise_that_follows_the_path_is_no_larger_than_sigma_g_at_any_fixed_w():
    """Sample m is c_m ν_0 off at w and √M ν_j where it leads to, and nowhere else: at each of these
    points its mean square over the draw is at most ‖ν_j‖², while along the path it is M‖ν_j‖²."""
    rng = np.random.default_rng(5)
    x = draw(rng, theory.RESULTS["lemma_4"], steps=3, noise=True)
    x = ablation.with_following_noise(x, 6, rng)
    task, M = x.tasks[0], 6
    rows, points = np.unique(task.signs.inner.T, axis=0, return_index=True)
    assert len(rows) == 2 * M
    for j in (1, 2):
        visited = task.noisy.points[j, points]
        apart = norm(visited[:, None] - visited) + np.eye(2 * M)
        assert apart.min() > 0  # no two samples lead to the same point
        # at a point visited, one pair of M has noise: (1/M) (√M)² ‖ν_j‖²
        assert np.allclose(rows[:, j] ** 2 / M, 1, rtol=1e-12)
    assert (np.abs(rows[:, 0]) < 1).all()
    assert np.allclose(rows.sum(0), 0, atol=1e-12)


@pytest.mark.parametrize("M, ratio", [(4, 1.63), (16, 2.90), (64, 5.44)])
def test_lemma_4_fails_by_any_factor_where_reused_noise_follows_the_path(M, ratio):
    """−w²/2, N = 3, αL = 0.1: (a²c + √M(a + 1))/(a² + a + 1) times the bound, c the mean length of
    the first noise over σ_g."""
    hill = theory.Quadratic([[-1.0]], [0.0])
    noise = np.ones((4, 1))
    x = theory.ResamplingInstance(losses=[hill], w=[1.0], alpha=0.1, steps=3, noise=noise)
    x = ablation.with_following_noise(x, M, np.random.default_rng(0), least=0.99)
    chain = theory.RESULTS["lemma_4"].evaluate(x)["drift"]
    a, c = 1.1, np.abs(x.tasks[0].signs.inner[0]).mean()
    wanted = (a * a * c + np.sqrt(M) * (a + 1)) / (a * a + a + 1)
    assert chain.lhs / chain.rhs == pytest.approx(wanted, rel=1e-12)
    assert wanted == pytest.approx(ratio, abs=0.005)
    cited = {cite for r in chain.violations for cite in chain.lines[r].cites}
    assert cited == {"A3 sigma_g", "fresh or additive"}


def test_the_root_hessian_breaks_lemma_3_by_a_thousand():
    """Hessian −1 + min(√|w|, 2) declared ρ = 1: smooth, and its curvature is not Lipschitz at 0."""
    x = theory.ResamplingInstance(
        losses=[theory.RootHessian()], w=[0.0], u=[1e-6], alpha=0.1, steps=1
    )
    chain = theory.RESULTS["lemma_3"].evaluate(x)["lipschitz"]
    assert [chain.lines[r].cites for r in chain.violations] == [("A1 rho",)]
    assert chain.lhs / chain.rhs == pytest.approx(1000, rel=1e-9)
    assert theory.RESULTS["lemma_1"].evaluate(x)["trajectory"].holds
    assert theory.RESULTS["lemma_3"].evaluate(x)["norm"].holds


def test_a_stepsize_that_follows_the_gradient_makes_the_mean_step_ascend():
    """Gradients M with probability ¼ and −1 otherwise: with M = 40 the sign of E[β Ḡ] is not that
    of E Ḡ."""
    M = 40.0
    losses = [
        theory.PiecewiseHessian([0.01, 0.03], [-1.0, 1.0], origin=0.0, slope=slope)
        for slope in (M, -1.0)
    ]
    x = theory.ResamplingInstance(
        losses=losses,
        weights=[0.25, 0.75],
        w=[0.0],
        alpha=1 / 8,
        steps=1,
        independent_stepsize=False,
    )
    means, beta, p = joint(x, x.w[None])
    assert p @ means[:, 0, 0] > 0 > p @ (beta[:, 0] * means[:, 0, 0])


def test_weakened_bounds_are_not_saved_by_the_ablation():
    """The two tools agree: what the adversary falsifies when shrunk is what the families keep when
    it is not."""
    assert adversary.worst_case(
        adversary.weaken("lemma_1", "trajectory", 0.99), claim="trajectory", budget=20
    ).falsified
    assert not adversary.worst_case("lemma_1", claim="trajectory", budget=20).falsified
