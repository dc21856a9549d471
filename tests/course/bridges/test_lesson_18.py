"""What lesson 18 types is what the theory package computes: the worst law, the branches, Lemma 8
beside Lemma 11."""

import numpy as np
import pytest

from tinymaml import theory
from tinymaml.course import material
from tinymaml.course.exercises import lesson_18 as graders
from tinymaml.course.given.lengths import sampled_tasks, tasks_of_lengths
from tinymaml.theory import families
from tinymaml.theory.complexity import sufficient_sizes
from tinymaml.theory.two_points import law, two_point

pytestmark = pytest.mark.lesson_18

LEMMA_8, LEMMA_11 = theory.RESULTS["lemma_8"], theory.RESULTS["lemma_11"]


def test_the_worst_law_is_the_package_s(names):
    for mean, variance in graders.MOMENTS:
        X, p = map(np.array, names["worst_law"](mean, variance))
        assert p @ X == pytest.approx(mean)
        assert p @ (X - mean) ** 2 == pytest.approx(variance)
        value = two_point(1.0, mean, variance)
        assert p @ (1 + X) ** -2 == pytest.approx(value)
        assert graders.largest(mean, variance) == pytest.approx(value)
        factor = value * (1 + mean) ** 2
        assert names["worst_factor"](mean, variance) == pytest.approx(factor)


def test_no_random_law_is_worse():
    rng = np.random.default_rng(0)
    for _ in range(300):
        n = rng.integers(2, 6)
        X, p = rng.exponential(10 ** rng.uniform(-2, 2), n), rng.dirichlet(np.ones(n))
        mean = p @ X
        value = p @ (1 + X) ** -2.0
        assert value <= graders.largest(mean, p @ (X - mean) ** 2) * (1 + 1e-9)


def test_tasks_of_lengths_are_what_they_say():
    lengths, p = [0.0, 3.0, 10.0], [0.2, 0.5, 0.3]
    for x in (tasks_of_lengths(lengths, p), sampled_tasks(lengths, p, noise=0.0)):
        assert (x.constants.A, x.constants.C_meta) == pytest.approx((1, 1))
        assert x.smoothness == pytest.approx(1 + 4.5)
        values, chances = x.gradient_norms
        assert np.dot(chances, values) == pytest.approx(4.5)


def test_branches_of_the_lemmas(names):
    assert names["two_branches"](3 / 4) == pytest.approx((1, 4), abs=1e-9)
    border, K = names["two_branches"](5 / 16)
    assert (border, K) == pytest.approx((0.693, 2.866), abs=1e-3)
    for t2 in (0.05, 5 / 16, 3 / 4, 4.0):
        z, K = names["two_branches"](t2)
        assert t2 == pytest.approx((K - 1) * (np.sqrt(K) - 1) ** 2 / K)  # as its insight says
        for other in (0.9 * z, 1.1 * z):
            assert max((1 + other) ** 2, 1 + t2 * (1 + 1 / other) ** 2) > K


def test_factor_and_moments(names):
    for length, share, drawn in ((10, 0.5, 1), (10, 0.5, 4), (3, 0.9, 3)):
        x = tasks_of_lengths([0, length], [1 - share, share], drawn)
        factor = law(x).moment(2) * x.smoothness**2
        assert names["factor"](length, share, drawn) == pytest.approx(factor)
    x = sampled_tasks([0.5, 1, 4], [1 / 3] * 3, noise=2.0, drawn=2)
    y = law(x)
    assert names["moments"]([0.5, 1, 4], 2.0, 2) == pytest.approx((y.mean, y.variance))


def test_all_at_rest_bounds_the_factor(names):
    """As the insight of 18.factor says."""
    for length, share, drawn in graders.draws():
        least = (1 - share) ** drawn * (1 + share * length) ** 2
        assert least <= names["factor"](length, share, drawn)


def test_sizes_of_the_table():
    for noise, lengths in ((0.0, [0, 10]), (3.1, [0, 10]), (0.2, [1, 2.3])):
        x = sampled_tasks(lengths, [0.5, 0.5], noise)
        sizes = sufficient_sizes(x.constants)
        assert sizes["D_L"] == max(1, np.ceil(16 * x.sigma_g**2))
        assert sizes["B_L"] == np.ceil((16 * x.sigma**2 + 1) / 5)
        y = tasks_of_lengths(lengths, [0.5, 0.5])
        assert sufficient_sizes(y.constants)["B_L"] == max(1, np.ceil(4 * y.sigma**2 / 3))


def test_claims_of_the_table():
    """On random instances: what Lemma 8 says of μ, s² and the moments, and Lemma 11."""
    rng = np.random.default_rng(0)
    for _ in range(30):
        x = families.draw(rng, LEMMA_8)
        y, C = law(x), x.constants.C_meta
        assert C * x.gradient_norm <= y.mean * (1 + 1e-9)
        most = C * (x.gradient_norm + x.sigma_g / np.sqrt(x.D_L))
        assert y.mean <= most * (1 + 1e-9) + 1e-12
        most = C**2 * (x.sigma**2 + x.sigma_g**2 / x.D_L) / x.B_L
        assert y.variance <= most * (1 + 1e-9) + 1e-12
        assert 4 / 5 <= y.moment(1) * x.smoothness * (1 + 1e-9)
        assert y.moment(2) * x.smoothness**2 <= 4
        x = families.draw(rng, LEMMA_11)
        y, C = law(x), x.constants.C_meta
        assert y.mean == pytest.approx(C * x.gradient_norm)
        assert y.variance <= C**2 * x.sigma**2 / x.B_L * (1 + 1e-9) + 1e-12
        assert 1 <= y.moment(1) * x.smoothness * (1 + 1e-9)
        assert y.moment(2) * x.smoothness**2 <= 4


def test_no_step_with_four_times_the_guess_rises(names):
    """For every draw, since L̂ ≥ A; and on average one task gains as much as all of them."""
    cells = material.find("18").cells
    exec(next(cell.text for cell in cells if cell.text.startswith("def fall(")), names)
    norms, A = names["norms"], names["A"]
    L_w = A + names["C_meta"] * norms.mean(0)
    assert (L_w / (2 * A)).max() == pytest.approx(3.36, abs=0.005)
    falls = [names["fall"](4, drawn) for drawn in norms]
    assert np.min(falls) > -1e-9
    gain = np.mean(falls) / names["fall"](1, norms.mean(0)).mean()
    assert gain == pytest.approx(1.04, abs=0.005)
    square = names["gradients"].var(0).max()  # σ² of A2
    assert np.ceil(4 * names["C_meta"] ** 2 * square / (3 * A**2)) == 161
    alike = np.mean(falls) / names["fall"](4, norms.mean(0)).mean()
    assert 3.9 < alike < 4.1
    guess = np.mean(L_w / (A + names["C_meta"] * norms), axis=0)
    assert 3.8 < guess.min() and guess.max() < 5
    assert (np.mean([names["fall"](1, drawn) for drawn in norms], axis=0) < -1e-9).mean() > 0.5


def test_each_size_has_its_lines():
    """The ablation: false are lines that cite a size, and what rests on them."""
    few = sampled_tasks([0, 40], [0.75, 0.25], noise=0, drawn=1)
    one = sampled_tasks([0], [1], noise=10, drawn=1)
    for x, claims in ((few, {"variance", "second moment", "root"}), (one, {"mean", "variance"})):
        false = {}
        for claim, chain in LEMMA_8.evaluate(x).items():
            for number in chain.violations:
                false.setdefault(claim, set()).update(chain.lines[number].cites)
        assert set(false) == claims
        assert set().union(*false.values()) <= {"sizes", "lemma_8"}


def test_numbers_of_the_text(names):
    text = " ".join(cell.text for cell in material.find("18").cells if cell.kind == "markdown")
    for quoted in ("3.27", "18.1", "10.7", "2.09", "90.8", "2.87", "3.36", "161"):
        assert quoted in text
    x = tasks_of_lengths([0, 10], [0.5, 0.5])
    assert law(x).moment(1) * 6 == pytest.approx(3.27, abs=0.005)
    assert law(x).moment(2) * 36 == pytest.approx(18.1, abs=0.05)
    x = tasks_of_lengths(*names["worst_law"](1.78, 3 / 4), drawn=1)
    assert x.sigma**2 == pytest.approx(3 / 4)  # so that one task is enough, exactly
    assert LEMMA_11.evaluate(x)["second moment"].holds
    assert law(x).moment(2) * x.smoothness**2 == pytest.approx(2.09, abs=0.005)
    z = np.geomspace(0.1, 20, 2001)
    assert max(names["worst_factor"](one, 0.75) for one in z) == pytest.approx(2.089, abs=5e-4)


def test_samples_have_signs_of_their_own():
    """The mean of sixteen coins has seventeen values; the claim (mean) is attained at rest."""
    coins = sampled_tasks([0], [1], noise=1, samples=16)
    lengths, p = coins.gradient_norms
    assert len(np.unique(lengths.round(9))) == 9  # of either sign
    assert p @ lengths**2 == pytest.approx(1 / 16)
    noisy = sampled_tasks([0, 1], [0.5, 0.5], noise=1, samples=16)
    assert 16 * noisy.sigma_g**2 == pytest.approx(16)  # D_L and B' are just enough
    assert (16 * noisy.sigma**2 + 1) / 5 == pytest.approx(1)
    assert all(chain.holds for chain in LEMMA_8.evaluate(noisy).values())
    chain = LEMMA_8.evaluate(sampled_tasks([0], [1], noise=1 / 4, samples=1))["mean"]
    assert chain.lhs == pytest.approx(4 / 5)
    assert chain.rhs == pytest.approx(4 / 5)


def test_a_smaller_variance_is_not_worse():
    for mean in np.geomspace(0.01, 100, 30):
        values = [graders.largest(mean, variance) for variance in np.linspace(0.01, 0.75, 50)]
        assert (np.diff(values) > 0).all()
