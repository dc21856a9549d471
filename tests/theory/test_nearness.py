"""How near each bound is attained: what the results say of it is measured, and falsified where it
is 1% too much."""

import numpy as np
import pytest

from tinymaml.theory import RESULTS, adversary, extremals, nearness
from tinymaml.theory.adversary import weaken, worst_case
from tinymaml.theory.chain import (
    EXACTLY,
    IN_A_LIMIT,
    UP_TO_A_FACTOR,
    Attained,
    Chain,
    Line,
    at_most,
    first,
)

pytestmark = [pytest.mark.lesson_14, pytest.mark.lesson_15]

SAID = {
    (name, claim): attained
    for name, result in RESULTS.items()
    for claim, attained in result.attained.items()
}
REACHED = [key for key, attained in SAID.items() if attained.how != UP_TO_A_FACTOR]
FACTORS = [key for key, attained in SAID.items() if attained.how == UP_TO_A_FACTOR]


def questions(attained):
    """(steps, αL) to ask: a few numbers of steps of those that it speaks of; or the only one, so
    large that it is meant for α = 1/(8NL)."""
    least, most = attained.steps
    asked = [steps for steps in (1, 2, 3, 6) if least <= steps <= most]
    if not asked:
        return [(least, 1 / (8 * least))]
    sizes = (1e-5,) if "αL → 0" in attained.when else (0.02, 0.3)
    return [(steps, size / steps) for steps in asked for size in sizes]


@pytest.mark.parametrize("name", RESULTS)
def test_every_claim_that_bounds_something_says_how_near(name):
    result = RESULTS[name]
    assert set(result.attained) <= set(result.claims)
    names = [extremal.__name__ for extremal in extremals.EXTREMALS[name]]
    for claim in result.claims:
        chain = nearness.nearest(name, claim).chain
        bounds = any(line.relation == "<=" for line in chain.lines)
        assert bounds == (claim in result.attained), claim
    for claim, attained in result.attained.items():
        assert attained.how in (EXACTLY, IN_A_LIMIT, UP_TO_A_FACTOR), claim
        assert attained.by in names, claim
        assert 1 <= attained.steps[0] <= attained.steps[1], claim
        assert attained.how != IN_A_LIMIT or "→" in attained.when, claim


@pytest.mark.parametrize("name, claim", REACHED)
def test_what_is_attained_is_falsified_by_one_percent_less(name, claim):
    attained = SAID[name, claim]
    for steps, alpha_L in questions(attained):
        question = dict(claim=claim, steps=steps, alpha_L=alpha_L, extremals=[attained.by])
        worst = worst_case(name, **question)
        assert not worst.falsified, worst
        assert worst.tightness > 0.9999, worst
        wrong = worst_case(weaken(name, claim, 0.99), **question)
        assert wrong.falsified, wrong
        assert "falsified by the" in str(wrong), wrong


@pytest.mark.parametrize("name, claim", FACTORS)
def test_a_factor_is_that_of_the_tightest_extremal_and_no_accident(name, claim):
    by = SAID[name, claim].by
    worst = nearness.nearest(name, claim)
    own = worst_case(name, claim, extremals=[by])
    assert 0 < own.tightness < 0.9999
    assert own.tightness > worst.tightness * (1 - 1e-6), worst
    beside = worst_case(name, claim, alpha_L=1.01 / 16, extremals=[by])
    assert beside.tightness == pytest.approx(own.tightness, rel=0.03)


def test_known_ratios():
    """Worked out by hand, at N = 2 and αL = 1/16."""
    a, c = 17 / 16, 15 / 16  # 1 + αL, 1 − αL

    def ratio(name, claim):
        return nearness.nearest(name, claim).tightness

    assert ratio("lemma_7", "gradient") == pytest.approx(1 / (c**4 + a**4 - 1), rel=1e-9)
    assert ratio("lemma_7", "solved") == pytest.approx((2 - a**4) / c**4, rel=1e-9)
    assert ratio("lemma_10", "solved") == pytest.approx((2 - a**4) / c**4, rel=1e-9)
    assert ratio("lemma_11", "sharper") == pytest.approx(2.08901 / 2.1, rel=1e-5)
    # ∇𝓛 = 0 and E‖∇𝓛_i‖² = a^4N; C_l = 2 − a^4
    A_squ2 = 2 * a**8 * (1 + 2 * (a**4 - 1) ** 2 / (2 - a**4) ** 2)
    assert ratio("proposition_5", "second moment") == pytest.approx(a**8 / A_squ2, rel=1e-9)


def test_the_ramp_comes_nearer_the_longer_it_is():
    """1/√(C_βκ) is 1.67 in Theorem 1 and 1.01 in Theorem 2, as K → ∞."""

    def ratio(name, function, K):
        x = function(1 / 8, 1, K=K)
        return RESULTS[name].evaluate(x)["bound"].tightness

    one = [ratio("theorem_1", extremals.ramp, K) for K in (10, 100, 400)]
    two = [ratio("theorem_2", extremals.ramp_of_two_sets, K) for K in (10, 100, 400)]
    assert one == sorted(one)
    assert two == sorted(two)
    assert 1 / 2.4 < one[-1] < 1 / 1.67
    assert 1 / 1.4 < two[-1] < 1 / 1.01


@pytest.mark.parametrize(
    "attained, tightness, words",
    [
        (Attained(EXACTLY, "kinks"), 1.0, "attained"),
        (Attained(EXACTLY, "kinks", "2NαL ≤ 1"), 1.0, "attained, 2NαL ≤ 1"),
        (Attained(IN_A_LIMIT, "kinks", "u → w"), 0.5, "in the limit u → w"),
        (Attained(UP_TO_A_FACTOR, "kinks"), 0.4714688, "up to a factor 2.12"),
        (Attained(UP_TO_A_FACTOR, "kinks"), 0.9999, "up to a factor 1.0001"),
        (Attained(UP_TO_A_FACTOR, "kinks"), np.nan, "up to a factor"),
        (Attained(UP_TO_A_FACTOR, "kinks", "2 as K → ∞"), 0.25, "up to a factor 4, 2 as K → ∞"),
        (
            Attained(EXACTLY, "kinks", "N = 1", (1, 1)),
            0.5,
            "attained, N = 1; from N = 2 on up to a factor 2",
        ),
        (Attained(EXACTLY, "kinks", "N = 1", (1, 1)), np.nan, "attained, N = 1"),
        (Attained(IN_A_LIMIT, "kinks", "N → ∞", (9, 9)), 0.5, "in the limit N → ∞"),
    ],
)
def test_in_words(attained, tightness, words):
    assert nearness.in_words(attained, tightness) == words
    assert nearness.sentence(attained, tightness) == f"How near the bound is: {words} (the kinks)."


def test_a_result_without_extremals_has_no_nearest():
    mine = RESULTS["lemma_1"]._replace(name="mine")
    assert nearness.nearest(mine, "step") is None
    with pytest.raises(KeyError, match="'leap' is not a claim"):
        nearness.nearest("lemma_1", "leap")


def test_only_the_extremals_that_are_asked_for_are_tried():
    worst = worst_case("lemma_3", "lipschitz", extremals=["convex_quadratic", "sawtooth"])
    assert (worst.found, worst.tried) == ("the sawtooth", 2)
    assert worst_case("lemma_3", "norm", extremals=["convex_quadratic"]).tightness < 0.9
    with pytest.raises(KeyError, match="'ramp' is no extremal of lemma_3; it has sawtooth, large"):
        worst_case("lemma_3", extremals=["ramp"])
    with pytest.raises(ValueError, match="no instance out of 0"):
        worst_case("lemma_3", extremals=[])


@pytest.mark.parametrize(
    "left, right, tightness",
    [(1, 4, 0.25), (-4, -1, 0.25), (0, 1, 0), (-1, 1, np.nan), (0, 0, np.nan), (-1, 0, np.nan)],
)
def test_tightness(left, right, tightness):
    start, _ = first(left, "x")
    chain = Chain((start, at_most(right, "y", "because")))
    np.testing.assert_equal(chain.tightness, tightness)


def test_numbers_below_0_are_compared_in_words():
    chain = Chain((Line(-4.0, "", "x", "definition"), at_most(-1.0, "y", "because")))
    assert "The first number is 4 times the last." in str(chain)


def test_what_one_sample_serves_is_what_lemma_4_may_assume():
    """The extremals that share their samples share nothing but those of the inner steps, and no
    result that asks for fresh ones has them."""
    shared = {function.__name__ for function in extremals.ONE_SAMPLE}
    for name, functions in extremals.EXTREMALS.items():
        if "fresh S" in RESULTS[name].assumes:
            assert not shared & {function.__name__ for function in functions}, name
    for function in extremals.ONE_SAMPLE:
        signs = function(0.1, 3).signs[0]
        assert (signs.inner == signs.inner[0]).all()
        assert abs(signs.outer @ signs.inner[0]) == 0
        assert abs(signs.inner.sum(1)).max() == 0


def test_adversary_still_searches_where_no_extremal_is_named():
    assert adversary.worst_case("lemma_1", budget=30).tried == 30
