"""Tasks whose σ nobody knows: what does not speak of it is there, what does says that it is
missing."""

import numpy as np
import pytest

from tinymaml.theory import (
    RESULTS,
    ConditionFailed,
    FiniteSumConstants,
    FiniteSumInstance,
    PiecewiseHessian,
    Quadratic,
    ResamplingConstants,
    ResamplingInstance,
    batches,
    complexity,
    sufficient_sizes,
)
from tinymaml.theory.constants import NotKnown

pytestmark = pytest.mark.lesson_13

MISSING = "no sigma is known that holds for all w: give the instance sigma="

QUADRATICS = [Quadratic([[1.0]], [0.0]), Quadratic([[0.5]], [1.0])]
# ρ > 0, and gradients so large that Lemmas 8 and 11 are in their second branch, and so nearly the
# same at w that one task is enough to estimate the smoothness
KINKED = [
    PiecewiseHessian([0.0, 1, 2], [1.0, -1, 1], origin=0.0, slope=90.0),
    PiecewiseHessian([0.0, 1, 2], [1.0, -0.9, 1], origin=0.0, slope=80.0),
]


def make(setting, losses):
    """An instance with these losses, of which everything else is known."""
    common = dict(w=[0.5], u=[0.6], alpha=0.02, steps=2, lower_bound=-1e4)
    if setting == "finite-sum":
        return FiniteSumInstance(support_losses=losses, query_losses=losses, b=[0.1, 0.2], **common)
    noise = dict(noise=np.full((3, 1), 0.1), hessian_noise=np.full((2, 1, 1), 0.1))
    return ResamplingInstance(losses=losses, **noise, **common)


ACCURACIES = {f"complexity at {epsilon}" for epsilon in ("chi/100", "chi/10", "chi", "10 chi")}
RATIOS = ("chi/100", "chi/10", "chi")
COSTS = {f"{of} at {ratio}" for of in ("gradients", "hvps") for ratio in RATIOS}
STEPS = {"one step", "sum", "bound"}

NEED_SIGMA = {
    "lemma_7": {"gradient", "solved", "with sigma"},
    "lemma_7_sharp": {"gradient", "with sigma"},
    "lemma_8": {"variance"},
    "lemma_10": {"gradient", "solved", "with sigma"},
    "lemma_11": {"variance"},
    "proposition_3": {"moment"},
    "proposition_3_sharp": {"gradient", "moment"},
    "proposition_5": {"second moment"},
    "theorem_1": STEPS,
    "theorem_1_sharp": STEPS,
    "theorem_2": STEPS,
    "constant_stepsize": {"far", "near", "rate"},
    "theorem_3": {"gradient", "moment", "far", "near", "one step", "bound"},
    "theorem_4": {"gradient", "gradients", "far", "near", "one step", "bound"},
    "corollary_1": {"C_squ2", *ACCURACIES, *COSTS},
    "corollary_1_sharp": {
        *("spread", "C_squ2", *ACCURACIES, *COSTS),
        *(f"{of} at {ratio}" for of in ("samples", "total") for ratio in RATIOS),
    },
    "corollary_2": {"A_squ2", *ACCURACIES, *COSTS},
    "clipping": {"smoothness", "descent"},
}
"""The claims whose numbers depend on σ, by the name of the result; all of a result that is not here
can do without, also where they rest on one that cannot."""


@pytest.mark.parametrize("name", RESULTS)
def test_claims_that_need_sigma_say_so_and_the_others_can_do_without(name):
    result = RESULTS[name]
    x = make(result.setting, KINKED)
    chains = result.evaluate(x)
    need = NEED_SIGMA.get(name, set())
    assert {claim for claim in chains.absent if MISSING in str(chains.absent[claim])} == need
    for claim in result.claims:
        if claim in need:
            with pytest.raises(ValueError, match=MISSING):
                chains[claim]
        elif claim in chains:
            assert chains[claim].holds, claim
    known = result.evaluate(x.replace(sigma=100.0))
    assert not any(isinstance(reason, NotKnown) for reason in known.absent.values())
    assert need | set(chains) == set(result.claims) or name == "proposition_1_sharp"  # not convex


@pytest.mark.parametrize("losses", [QUADRATICS, KINKED])
@pytest.mark.parametrize("setting", ["resampling", "finite-sum"])
def test_constants_that_do_not_depend_on_sigma_are_those_of_any_sigma(setting, losses):
    x = make(setting, losses)
    with pytest.raises(NotKnown, match=MISSING):
        x.sigma  # noqa: B018
    y = x.replace(sigma=7.0)
    assert x.constants.sigma is None
    for name in ("A", "C_meta", "C_l", "kappa"):
        assert getattr(x.constants, name) == getattr(y.constants, name)
    names = ("C_err1", "C_err2", "C_bend", "C_squ1", "q")
    if setting == "finite-sum":
        names = ("C_b", "A_squ1", "gap")
    for name in names:
        assert getattr(x.constants, name) == getattr(y.constants, name)
    for name in ("spread", "A_squ2" if setting == "finite-sum" else "C_squ2", "steepness", "phi"):
        with pytest.raises(ValueError, match=MISSING):
            getattr(x.constants, name)
        assert getattr(y.constants, name) > 0
    assert x.smoothness == y.smoothness
    for found, known in zip(x.smoothness_estimates, y.smoothness_estimates, strict=True):
        np.testing.assert_array_equal(found, known)
    beta, p = batches.stepsizes(x, x.w[None])
    np.testing.assert_array_equal(beta, batches.stepsizes(y, y.w[None])[0])
    assert p.sum() == pytest.approx(1)


def test_the_sharper_constants_without_sigma():
    x = make("resampling", KINKED)
    assert x.sharp_constants.C_err1 == x.replace(sigma=7.0).sharp_constants.C_err1
    for name in ("spread", "C_squ2", "noise"):
        with pytest.raises(ValueError, match=MISSING):
            getattr(x.sharp_constants, name)
    assert x.constants_for(sigma=0.5).spread == 0.5


def test_constants_print_what_is_missing():
    shown = repr(make("resampling", KINKED).constants)
    assert "sigma=None" in shown
    assert "C_squ1 = " in shown
    assert f"no C_squ2, phi, xi, noise, chi: {MISSING}" in shown


def test_sizes_need_sigma_unless_rho_is_0():
    given = dict(L=1.0, sigma=None, alpha=0.02, steps=2)
    for constants in (
        ResamplingConstants(rho=1.0, sigma_g=1.0, sigma_H=1.0, **given),
        FiniteSumConstants(rho=1.0, b=0.0, b2=0.0, **given),
    ):
        for ask in (sufficient_sizes, lambda c: complexity(c, 0.1, 1.0), lambda c: c.bound(1.0, 9)):
            with pytest.raises(ConditionFailed, match=MISSING):
                ask(constants)
    flat = FiniteSumConstants(rho=0.0, b=0.0, b2=0.0, **given)
    assert sufficient_sizes(flat) == {"B_L": 1, "D_L": None}
