"""What lesson 20 computes is what the theory package computes, and what it quotes is so."""

from itertools import permutations, product

import numpy as np
import pytest

from tinymaml import theory
from tinymaml.course.exercises import lesson_20
from tinymaml.course.given import noisy_steps
from tinymaml.theory import families
from tinymaml.theory.results import lemma_5

pytestmark = pytest.mark.lesson_20

ONE_COIN = [[1] * 4, [-1] * 4]


def evaluate(name, instance):
    return theory.RESULTS[name].evaluate(instance)["drift"]


def on_a_hill(alpha, steps, signs=None):
    return noisy_steps.pushed(-1, alpha, np.ones((steps, 1)), signs)


def test_drift_is_the_first_line_of_lemma_5(names):
    for seed in range(4):
        rng = np.random.default_rng(seed)
        x = families.resampling(rng, steps=seed + 1, tasks=1).replace(S=1, batch="two-point")
        task = x.tasks[0]
        found = names["mean_square_drift"](task.inner, x.w, x.alpha, x.noise[:-1])
        assert found == pytest.approx(evaluate("lemma_5", x).lhs, rel=1e-9)


def test_mean_square_is_the_bound_of_lemma_5_and_of_lemma_4(names):
    for steps in range(1, 6):
        x = families.resampling(np.random.default_rng(steps), steps=steps).replace(S=1)
        inputs = x.alpha, x.L, x.sigma_g, x.steps
        fresh, one = (names["mean_square_bound"](*inputs, p) for p in (1, steps))
        assert fresh == pytest.approx(lemma_5.bound(x), rel=1e-12)
        assert one == pytest.approx(evaluate("lemma_4", x).rhs ** 2, rel=1e-12)


@pytest.mark.parametrize("p", [1, 2, 3, 6])
def test_one_sample_for_p_steps_meets_its_bound_on_quadratics_and_the_hill_attains_it(names, p):
    rng = np.random.default_rng(p)
    coins = np.repeat(list(product((1, -1), repeat=6 // p)), p, axis=1)
    for attained in (True, False, False, False):
        H = rng.normal(size=(2, 2))
        H = -np.eye(2) if attained else H + H.T
        # one vector for the steps of one sample, of length 1
        noise = rng.normal(size=(6 // p, 2))
        noise = np.repeat(noise / np.linalg.norm(noise, axis=1, keepdims=True), p, axis=0)
        alpha, L = 0.1, np.linalg.norm(H, 2)
        e = noisy_steps.drifts(noisy_steps.pushed(H, alpha, noise, coins))[-1]
        truth = np.mean(np.sum(e**2, axis=1))
        bound = names["mean_square_bound"](alpha, L, 1.0, 6, p)
        assert truth == pytest.approx(bound, rel=1e-12) if attained else truth < bound


def test_the_last_step_is_a_piece_of_the_chain():
    for name in ("lemma_4", "lemma_5"):
        chain = evaluate(name, on_a_hill(1 / 32, 4))
        piece = noisy_steps.last_step(chain)
        assert len(piece.lines) == 6
        for shown, line in zip(piece.lines, chain.lines, strict=False):
            assert shown._replace(latex="", reason="") == line._replace(latex="", reason="")
            assert shown.latex.replace("e_{", "").count("tilde") == line.latex.count("nabla") // 2
        assert "e_{3}" in piece.lines[-1].latex and "{2}" in chain.lines[6].latex
        reasons = [line.reason for line in piece.lines]
        assert reasons[1] in ("inner step; triangle inequality", "inner step; expand the square")
        assert reasons[2:] == [line.reason for line in chain.lines[2:6]]
        assert len(noisy_steps.last_step(evaluate(name, on_a_hill(0.1, 1))).lines) == 6


def test_four_times_as_many_steps_halve_the_drift():
    def walk(N):
        return np.sqrt(evaluate("lemma_5", on_a_hill(1 / (8 * N), N)).lhs)

    ratios = [walk(4 * N) / walk(N) for N in (1, 2, 3)]
    assert np.round(ratios, 2).tolist() == [0.52, 0.51, 0.51]
    # 9 steps of 1/72, in pushes: the last paragraph
    march = evaluate("lemma_4", on_a_hill(1 / 72, 9)).rhs
    assert np.round([march * 72, walk(9) * 72], 2).tolist() == [9.52, 3.17]
    # which Lemma 4 is, in pushes
    assert march * 72 == pytest.approx(72 * ((73 / 72) ** 9 - 1))


def test_the_measured_march_and_walk_are_the_bounds():
    """What the figure of march and walk shows, the lemmas say."""
    for steps, alpha in ((1, 0.5), (5, 0.5), (4, 1 / 32)):
        for name, signs in (("lemma_4", [[1] * steps, [-1] * steps]), ("lemma_4_sharp", None)):
            x = on_a_hill(alpha, steps, signs)
            measured = np.sqrt(np.mean(noisy_steps.drifts(x)[-1] ** 2))
            assert measured == pytest.approx(evaluate(name, x).rhs, rel=1e-12)


def test_the_cross_term_of_a_deck():
    """What the graders compute is the mean over all orders; lines 3 and 5 are true."""
    for batches, N in (([1.0, -1.0], 2), ([1.0, -1.0, 0.5, -0.5], 4), ([2.0, -1.0, -1.0, 0.0], 3)):
        orders = np.array(list(permutations(batches)))[:, :N]
        a, alpha = 1 + lesson_20.CROSS_ALPHA, lesson_20.CROSS_ALPHA
        e = np.zeros((len(orders), 1))
        for j in range(N):
            d, nu = a * e[:, -1], orders[:, j]
            e = np.column_stack([e, d - alpha * nu])
            assert np.mean(nu) == pytest.approx(0, abs=1e-12)
            assert np.mean(d**2) == pytest.approx(a**2 * np.mean(e[:, -2] ** 2))
        root = np.sqrt(np.mean(d**2)), np.sqrt(np.mean(nu**2))
        assert lesson_20.cross_term(batches, N) == pytest.approx((np.mean(d * nu), *root))
        assert np.mean(d * nu) > 0.05 * root[0] * root[1]


def test_the_deck_comes_home():
    deck = sorted(set(permutations([1] * 4 + [-1] * 4)))
    found = []
    for signs, false in ((deck, 7), ([[1] * 8, [-1] * 8], 7), (None, 0)):
        chain = evaluate("lemma_5", on_a_hill(1 / 64, 8, signs))
        found.append(np.sqrt(chain.lhs))
        assert len(chain.violations) == false
        for k in chain.violations:
            assert chain.lines[k].cites == ("A3 unbiased", "fresh S")
    assert found[0] / found[2] == pytest.approx(0.038, abs=0.001)
    # with ≤ in place of its false equalities the chain is true: the cross term is negative
    chain = evaluate("lemma_5", on_a_hill(1 / 64, 8, deck))
    values = [line.value for line in chain.lines]
    assert all(values[k] > values[k - 1] for k in chain.violations) and chain.lhs < chain.rhs


def test_the_cross_term_of_a_deck_on_a_quadratic_is_what_the_lesson_says():
    """Any deck of vectors, any Hessian with αL = 1: α/(n − 1) Σ E⟨M_i ν, ν⟩."""
    rng = np.random.default_rng(4)
    deck = rng.normal(size=(4, 2))
    deck -= deck.mean(axis=0)
    H = rng.normal(size=(2, 2))
    H = H + H.T
    alpha = 1 / np.linalg.norm(H, 2)
    M = np.eye(2) - alpha * H
    orders = np.array([deck[list(order)] for order in permutations(range(4))])
    e = np.zeros((len(orders), 2))
    for j in range(4):
        d = e @ M
        powers = [np.linalg.matrix_power(M, j - i) for i in range(j)]
        said = alpha / 3 * sum(np.mean(np.sum(deck @ power * deck, axis=1)) for power in powers)
        assert np.mean(np.sum(d * orders[:, j], axis=1)) == pytest.approx(said, abs=1e-12)
        assert j == 0 or said > 0
        e = d - alpha * orders[:, j]


def test_a_deck_of_noise_that_depends_on_w_can_break_lemma_5():
    """Two batches on the hill, whose errors are ±cos(πw/α): both orders march."""
    for alpha in (0.1, 0.01):
        ends = []
        for signs in ((1, -1), (-1, 1)):
            w = 0.0
            for sign in signs:
                w -= alpha * (-w + sign * np.cos(np.pi * w / alpha))
            ends.append(w)
        a = 1 + alpha
        assert abs(np.array(ends)) == pytest.approx([alpha * (a + 1)] * 2)
        bound = lemma_5.bound(on_a_hill(alpha, 2))
        assert bound == pytest.approx(alpha**2 * (1 + a**2))
        assert np.mean(np.square(ends)) / bound == pytest.approx(2, rel=0.01)


def test_the_reasons_that_lose():
    hill, valley = (noisy_steps.pushed(h, 0.5, np.ones((4, 1))) for h in (-1, 1))
    assert noisy_steps.lost_most(evaluate("lemma_4", hill)) == "push"
    assert noisy_steps.lost_most(evaluate("lemma_4", valley)) == "step"
    assert noisy_steps.where_lost(evaluate("lemma_5", hill)) == "nothing"
    assert noisy_steps.where_lost(evaluate("lemma_5", valley)) == "100% step"
    assert noisy_steps.false_reasons(evaluate("lemma_5", hill)) == []
    shared = on_a_hill(0.1, 4, ONE_COIN)
    assert noisy_steps.false_reasons(evaluate("lemma_5", shared)) == ["freshness and A3"]
    assert noisy_steps.false_reasons(evaluate("lemma_4", noisy_steps.following(4))) == ["A3 at w_j"]


def test_a_valley_keeps_the_drift_below_sigma_over_h():
    assert abs(noisy_steps.drifts(noisy_steps.pushed(1, 0.5, np.ones((4, 1))))).max() < 1
    for alpha in (0.1, 1.0, 0.5):
        for signs in (None, [[1] * 8, [-1] * 8]):
            e = noisy_steps.drifts(noisy_steps.pushed(2.0, alpha / 2, np.ones((8, 1)), signs))
            assert abs(e).max() <= 1 / 2


@pytest.mark.parametrize("h", [-1.0, 1.0])
def test_one_coin_exceeds_the_bound_at_most_fourfold(h):
    shares = {
        aL: lesson_20.share_of_bound(h, aL) for aL in (1e-3, 1 / 32, 0.1, 0.15, 0.22, 0.23, 3)
    }
    assert max(shares.values()) < 4
    if h < 0:
        found = [shares[aL] for aL in (1 / 32, 0.1, 0.15)]
        assert found == pytest.approx([3.995, 3.955, 3.905], abs=5e-4)
        assert min(shares.values()) > 1
    else:
        assert shares[1e-3] > 3.9 and shares[0.22] > 1 > shares[0.23] > shares[3]


def test_noise_across_the_drift_meets_A3_and_attains_lemma_4_sharp():
    for w in np.random.default_rng(1).normal(size=(5, 2)):
        nu = noisy_steps.across(w, 0)
        assert np.linalg.norm(nu) == pytest.approx(1) and nu @ w == pytest.approx(0, abs=1e-15)
    paths = noisy_steps.plane_paths(1 / 8, 6, noisy_steps.across)
    radius = evaluate("lemma_4_sharp", noisy_steps.pushed(-1, 1 / 8, np.eye(6))).rhs
    ends = np.linalg.norm(paths[:, -1], axis=1)
    assert ends == pytest.approx(np.full(64, radius), rel=1e-12)
    # the paths are those of gradient descent with this noise
    for path, signs in zip(paths, product((1, -1), repeat=6), strict=True):
        for j, sign in enumerate(signs):
            step = -path[j] + sign * noisy_steps.across(path[j], j)
            assert path[j + 1] == pytest.approx(path[j] - step / 8)


def test_lemma_4_over_the_truth_is_the_root_of_the_number_of_steps():
    for N in (1, 2, 4, 9):
        x = noisy_steps.pushed(-1, 1 / (8 * N), np.eye(N))
        truth = evaluate("lemma_4_sharp", x)
        assert truth.tightness == pytest.approx(1, rel=1e-12)
        assert evaluate("lemma_4", x).rhs / truth.lhs == pytest.approx(np.sqrt(N), rel=0.002)


def test_a_reused_sample_can_break_lemma_4():
    for n, times in ((4, 1.63), (16, 2.90), (64, 5.44)):
        chain = evaluate("lemma_4", noisy_steps.following(n))
        assert chain.lhs / chain.rhs == pytest.approx(times, abs=5e-3)
        # as the lesson builds it: γ at the start, √n at both points that a sample leads to
        gamma = np.linspace(0.99, 1, n, endpoint=False)
        w = -0.1 * gamma
        for _ in range(2):
            at, w = w, 1.1 * w - 0.1 * np.sqrt(n)
        assert at == pytest.approx(-(0.11 * gamma + 0.1 * np.sqrt(n)))
        assert np.mean(abs(w)) == pytest.approx(chain.lhs, rel=1e-12)
        assert {chain.lines[k].cites for k in chain.violations} == {
            ("A3 sigma_g", "A3 unbiased", "independent samples", "fresh or additive")
        }
