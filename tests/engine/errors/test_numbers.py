"""Every number that a public function takes: what is too large, or no number, is refused with the
argument's name and what was expected."""

from decimal import Decimal

import numpy as np
import pytest

import tinymaml as tm
from tinymaml import problems, theory
from tinymaml.theory import adversary, figures
from tinymaml.theory.survey import check as check_result

pytestmark = [pytest.mark.core, pytest.mark.lesson_08]

LOSS = tm.Loss(lambda p, x: tm.mean(tm.square(x - p["a"])), {"a": np.zeros(1)})
W = np.zeros(1)
X = np.ones((2, 3, 1))
TASKS = tm.Tasks.finite_sum((X,), (X,))
BOWL = theory.Quadratic([[1.0]], [0.0])
RNG = np.random.default_rng(0)
SAMPLES = dict(inner=1, hessian=1, outer=1)
RESAMPLING = dict(L=1.0, rho=1.0, sigma=1.0, sigma_g=1.0, sigma_H=1.0, alpha=0.01, steps=2)
FINITE_SUM = dict(L=1.0, rho=1.0, sigma=1.0, b=0.1, b2=0.1, alpha=0.01, steps=2)


class FinitelyMany:
    def sample(self, rng, batch):
        return TASKS


class Fresh:
    def resample(self, rng, batch, steps, samples):
        fresh = np.ones((2, steps, 1, 1))
        return tm.Tasks.resampled((fresh,), (fresh,), (X,))


def meta_gradient(**changes):
    tm.meta_gradient(LOSS, W, TASKS, **dict(alpha=0.1, steps=1, target="numpy") | changes)


def adapt(**changes):
    tm.adapt(LOSS, W, (X,), **dict(alpha=0.1, steps=1, target="numpy") | changes)


def finite_sum(**changes):
    arguments = dict(alpha=0.1, steps=1, stepsize=0.1, batch=2, iterations=1, progress=False)
    tm.maml_finite_sum(LOSS, W, FinitelyMany(), target="numpy", **arguments | changes)


def resampling(**changes):
    arguments = dict(alpha=0.1, steps=1, stepsize=0.1, batch=2, iterations=1, progress=False)
    arguments |= dict(samples=SAMPLES)
    tm.maml_resampling(LOSS, W, Fresh(), target="numpy", **arguments | changes)


def random_stepsize(**changes):
    return tm.RandomStepsize(**dict(A=1.0, C_meta=1.0, C_beta=1.0, batch=2) | changes)


def instance(**changes):
    return theory.ResamplingInstance(**dict(losses=[BOWL], w=[1.0], alpha=0.1, steps=2) | changes)


def fixed_instance(**changes):
    arguments = dict(support_losses=[BOWL], query_losses=[BOWL], w=[1.0], alpha=0.1, steps=2)
    return theory.FiniteSumInstance(**arguments | changes)


def sawtooth(**changes):
    arguments = dict(w=0.0, slope=1.0, alpha=0.1, steps=2, L=1.0, rho=1.0)
    return theory.PiecewiseHessian.sawtooth(**arguments | changes)


def teeth(**changes):
    arguments = dict(places=[0.0], widths=0.1, base=-1.0, rho=1.0)
    return theory.PiecewiseHessian.teeth(**arguments | changes)


def constants(**changes):
    return theory.ResamplingConstants(**RESAMPLING | changes)


def fixed_constants(**changes):
    return theory.FiniteSumConstants(**FINITE_SUM | changes)


def worst_case(**changes):
    return theory.worst_case("lemma_1", **dict(budget=1) | changes)


# a function of an argument, and its arguments that are numbers > 0
POSITIVE = [
    (meta_gradient, "alpha"),
    (adapt, "alpha"),
    (finite_sum, "alpha stepsize"),
    (resampling, "alpha stepsize"),
    (tm.Adam, "lr eps"),
    (random_stepsize, "A C_beta"),
    (problems.CosineWells, "spread"),
    (problems.CosineWells().draw, "alpha"),
    (problems.LinearRegression().draw, "alpha"),
    (problems.RankOne().on_ball, "radius"),
    (instance, "alpha C_beta"),
    (fixed_instance, "alpha C_beta"),
    (constants, "L alpha C_beta"),
    (fixed_constants, "L alpha C_beta"),
    (sawtooth, "alpha rho L width"),
    (teeth, "rho"),
    (worst_case, "alpha_L"),
    (figures.bound_against_truth, "alpha c"),
    (figures.landscape, "alpha spread"),
    (lambda delta: meta_gradient(delta=delta, method="hessian-free"), "delta"),
    (lambda L: theory.inner_stepsize(L, 2), "L"),
    (lambda L: theory.Quadratic([[1.0]], [0.0], L=L), "L"),
    (lambda L: theory.PiecewiseHessian([0.0], [1.0], L=L), "L"),
    (lambda epsilon: theory.complexity(constants(), epsilon, 1.0), "epsilon"),
    (lambda factor: adversary.weaken("lemma_1", "trajectory", factor), "factor"),
    (lambda alpha: problems.Quadratics().meta_loss(W, alpha, 1), "alpha"),
    (lambda alpha: problems.CosineWells().meta(W, alpha, 1), "alpha"),
]
NOT_NEGATIVE = [
    (random_stepsize, "C_meta"),
    (problems.Sinusoids, "noise"),
    (problems.Quadratics, "noise"),
    (problems.CosineWells, "noise"),
    (problems.LinearRegression, "spread noise"),
    (instance, "sigma sigma_g sigma_H"),
    (fixed_instance, "sigma"),
    (constants, "rho sigma sigma_g sigma_H"),
    (fixed_constants, "rho sigma b b2"),
    (lambda betas: tm.Adam(betas=(betas, 0.9)), "betas"),
    (lambda betas: tm.Adam(betas=(0.9, betas)), "betas"),
    (lambda rho: theory.Quadratic([[1.0]], [0.0], rho=rho), "rho"),
    (lambda ridge: theory.Logistic([[1.0]], [1.0], ridge=ridge), "ridge"),
    (lambda shift: problems.Quadratics.random(RNG, shift=shift), "shift"),
    (lambda noise: problems.Quadratics.random(RNG, noise=noise), "noise"),
    (lambda shift: problems.CosineSums.random(RNG, shift=shift), "shift"),
    (lambda noise: problems.CosineSums.random(RNG, noise=noise), "noise"),
    (lambda spread: problems.RankOne.random(RNG, spread=spread), "spread"),
    (lambda Delta: theory.complexity(constants(), 0.1, Delta), "Delta"),
    (lambda Delta: constants().bound(Delta, 1), "Delta"),
    (lambda mean_gradient_norm: constants().smoothness(mean_gradient_norm), "mean_gradient_norm"),
]
ANY = [  # finite numbers of either sign, alone or in a list
    (lambda A: problems.Quadratics([[A]], [[0.0]]), "A"),
    (lambda c: problems.Quadratics([[1.0]], [[c]]), "c"),
    (lambda shift: problems.Quadratics([[1.0]], [[0.0]], [[shift]]), "shift"),
    (lambda L: problems.Quadratics.random(RNG, L=L), "L"),
    (lambda lowest: problems.Quadratics.random(RNG, lowest=lowest), "lowest"),
    (lambda phi: problems.CosineSums([[1.0]], [[1.0]], [[phi]]), "phi"),
    (lambda scales: problems.LinearRegression(scales=[scales]), "scales"),
    (lambda mean: problems.LinearRegression(mean=[1.0, mean]), "mean"),
    (lambda y: problems.RankOne([[y]]), "y"),
    (lambda x: theory.CosineSum([[x]], [1.0], [0.0]), "x"),
    (lambda y: theory.LogCosh([[1.0]], [1.0], [y]), "y"),
    (lambda knots: theory.PiecewiseHessian([knots], [1.0]), "knots"),
    (lambda origin: theory.PiecewiseHessian([0.0], [1.0], origin=origin), "origin"),
    (lambda slope: theory.PiecewiseHessian([0.0], [1.0], slope=slope), "slope"),
    (teeth, "base widths"),
    (sawtooth, "w slope"),
    (lambda w: instance(w=[w]), "w"),
    (lambda u: instance(u=[u]), "u"),
    (lambda noise: instance(noise=[[noise]] * 3), "noise"),
    (lambda lower_bound: instance(lower_bound=lower_bound), "lower_bound"),
    (lambda b: fixed_instance(b=[b]), "b"),
    (lambda weights: instance(weights=[weights]), "weights"),
]
COUNTS = [
    (meta_gradient, "steps"),
    (adapt, "steps"),
    (finite_sum, "steps batch iterations"),
    (resampling, "steps batch iterations"),
    (lambda inner: resampling(samples=SAMPLES | dict(inner=inner)), "inner"),
    (lambda outer: resampling(samples=SAMPLES | dict(outer=outer)), "outer"),
    (random_stepsize, "batch"),
    (lambda samples: random_stepsize(samples=samples), "samples"),
    (problems.Sinusoids, "shots queries"),
    (problems.LinearRegression, "shots queries"),
    (problems.Digits, "ways shots queries hidden"),
    (problems.splits, "count held_out"),
    (lambda batch: problems.Quadratics().sample(RNG, batch), "batch"),
    (lambda batch: problems.Sinusoids().resample(RNG, batch, 1, SAMPLES), "batch"),
    (lambda steps: problems.Sinusoids().resample(RNG, 1, steps, SAMPLES), "steps"),
    (lambda tasks: problems.Quadratics.random(RNG, tasks=tasks), "tasks"),
    (lambda dimension: problems.RankOne.random(RNG, dimension=dimension), "dimension"),
    (lambda terms: problems.CosineSums.random(RNG, terms=terms), "terms"),
    (lambda steps: problems.CosineWells().meta(W, 0.1, steps), "steps"),
    (lambda steps: problems.CosineWells().draw(steps=[steps]), "steps"),
    (problems.LinearRegression().draw, "steps"),
    (lambda steps: problems.Quadratics().meta_gradient(W, 0.1, steps), "steps"),
    (instance, "steps B B_L K S D T D_L"),
    (fixed_instance, "steps B B_L K"),
    (constants, "steps"),
    (fixed_constants, "steps"),
    (sawtooth, "steps"),
    (lambda steps: theory.inner_stepsize(1.0, steps), "steps"),
    (worst_case, "budget steps"),
    (lambda steps: figures.bound_against_truth(steps=[steps]), "steps"),
    (lambda steps: figures.landscape(steps=[steps]), "steps"),
    (lambda instances: check_result("lemma_1", instances, adversary=False), "instances"),
]
SIZES = [  # counts that stand in formulas only
    (constants, "S D T B"),
    (fixed_constants, "B"),
    (lambda K: constants(C_beta=1e4, S=10**9, B=10**9).bound(1.0, K), "K"),
]
SEEDS = [
    (finite_sum, "seed"),
    (resampling, "seed"),
    (problems.splits, "seed"),
    (worst_case, "seed"),
]

NO_NUMBERS = ["1", 1j, Decimal("0.1"), {}, np.ones(2)]
HUGE = [10**400, -(10**400), np.inf, np.nan]


def doors(*tables):
    """(function, argument) of these tables, as parameters."""
    cases = []
    for table in tables:
        for function, names in table:
            for name in names.split():
                called = getattr(function, "__qualname__", str(function))
                cases.append(pytest.param(function, name, id=f"{called} {name}"))
    return pytest.mark.parametrize("function, name", cases)


def check_refused(function, name, value):
    with pytest.raises((TypeError, ValueError)) as refused:
        function(**{name: value})
    words = str(refused.value)
    assert name in words
    assert len(words) < 300
    known = ("expected", "contains NaN", "too large", "differ in length", "no method")
    assert any(word in words for word in known), words


@doors(POSITIVE, NOT_NEGATIVE, COUNTS, SIZES, SEEDS)
def test_no_numbers(function, name):
    for value in NO_NUMBERS:
        check_refused(function, name, value)


@doors(ANY)
def test_no_numbers_in_arrays(function, name):
    for value in ["1", 1j, {}, np.ones(2)]:
        check_refused(function, name, value)


@doors(POSITIVE, NOT_NEGATIVE, ANY)
def test_numbers_beyond_floats(function, name):
    for value in HUGE:
        check_refused(function, name, value)


@pytest.mark.skipif(
    np.finfo(np.longdouble).max == np.finfo(float).max, reason="longdouble is float64 here"
)
@doors(POSITIVE, NOT_NEGATIVE, ANY)
def test_long_doubles_beyond_floats(function, name):
    check_refused(function, name, np.longdouble("1e4000"))


@pytest.mark.skipif(
    np.finfo(np.longdouble).max == np.finfo(float).max, reason="longdouble is float64 here"
)
@doors(POSITIVE)
def test_long_doubles_that_a_float_makes_0(function, name):
    check_refused(function, name, np.longdouble("1e-4000"))


@doors(POSITIVE)
def test_numbers_that_are_not_positive(function, name):
    for value in (0.0, -1, True):
        check_refused(function, name, value)


@doors(COUNTS)
def test_counts(function, name):
    for value in (10**19, 10**400, 10**5000, -1, 1.5, True):
        check_refused(function, name, value)


@doors(SIZES)
def test_sizes(function, name):
    for value in (10**400, 10**5000, 0, 1.5, True):
        check_refused(function, name, value)
    function(**{name: 10**19})


@doors(SEEDS)
def test_seeds(function, name):
    for value in (-1, 1.5, True, None):
        check_refused(function, name, value)
    function(**{name: 10**19})


@pytest.mark.parametrize(
    "draw", [problems.CosineWells().draw, figures.bound_against_truth, figures.landscape]
)
@pytest.mark.parametrize("steps", [5, "12", (), [], [0], [1.5], [[1]]], ids=repr)
def test_lists_of_counts(draw, steps):
    check_refused(draw, "steps", steps)


@pytest.mark.parametrize(
    "value, words",
    [
        (10**400, "alpha is 10**400; expected a finite number > 0"),
        (-(10**400), "alpha is -10**400; expected a finite number > 0"),
        (10**5000 + 1, "alpha is about 10**5000; expected a finite number > 0"),
        ("a" * 1000, f"alpha is '{'a' * 56}...; expected a number > 0"),
        ([10**5000], "alpha is a list of numbers too large to print; expected a number > 0"),
    ],
    ids=["10**400", "-10**400", "10**5000", "text", "list"],
)
def test_a_message_has_one_line(value, words):
    with pytest.raises((TypeError, ValueError)) as refused:
        meta_gradient(alpha=value)
    assert str(refused.value).startswith(words)
    assert len(str(refused.value)) < 120


def test_too_many_steps_say_how_many_there_may_be():
    with pytest.raises(
        ValueError, match="steps is 10000000000000000000; expected .* <= 2147483647"
    ):
        meta_gradient(steps=10**19)


def test_whole_numbers_of_any_size_are_constants_of_a_loss():
    loss = tm.Loss(lambda p: tm.sum(p["a"] * 10**30 + 10**40), {"a": np.zeros(1)})
    assert loss.value(np.ones(1)) == 1e30 + 1e40
    loss = tm.Loss(lambda p: tm.sum(p["a"] * 10**400), {"a": np.zeros(1)})
    with pytest.raises(tm.TraceError, match=r"a constant is 10\*\*400, too large for float64"):
        loss.value(np.ones(1))


def test_adam_in_float32_refuses_what_float32_makes_0():
    with pytest.raises(ValueError, match="eps of Adam is 1e-60, which is beyond the range of"):
        tm.maml_finite_sum(
            LOSS,
            W.astype(np.float32),
            FinitelyMany(),
            alpha=0.1,
            steps=1,
            stepsize=tm.Adam(eps=1e-60),
            batch=2,
            iterations=1,
        )
