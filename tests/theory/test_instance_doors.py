"""Bad instances are refused at the door, with a sentence; a user's own loss needs no more than the
five names."""

import numpy as np
import pytest

from tinymaml import theory

pytestmark = pytest.mark.lesson_13

BOWL = theory.Quadratic([[1.0]], [0.0])


class Own:
    """A loss of one's own: one w at a time, no batches, no certificates beyond L and rho."""

    L = rho = 1.0

    def value(self, w):
        return float(np.cos(w).sum())

    def gradient(self, w):
        return -np.sin(w)

    def hessian(self, w):
        return np.diag(-np.cos(w))


def resampling(**changes):
    return theory.ResamplingInstance(
        **dict(losses=[BOWL], w=[1.0], u=[0.5], alpha=0.1, steps=2) | changes
    )


def finite_sum(**changes):
    return theory.FiniteSumInstance(
        **dict(support_losses=[BOWL], query_losses=[BOWL], w=[1.0], alpha=0.1, steps=2) | changes
    )


@pytest.mark.parametrize("build", [resampling, finite_sum])
@pytest.mark.parametrize(
    "changes, error, says",
    [
        (dict(alpha=0), ValueError, "alpha is 0; expected a finite number > 0"),
        (dict(alpha=-1.0), ValueError, "alpha is -1.0"),
        (dict(alpha=np.nan), ValueError, "alpha is nan"),
        (dict(alpha="x"), TypeError, "alpha is 'x'"),
        (dict(steps=-1), ValueError, "steps is -1"),
        (dict(steps=1.5), TypeError, "steps is 1.5"),
        (dict(w=[np.nan]), ValueError, "w contains NaN"),
        (dict(w=["a"]), TypeError, "w is of type"),
        (dict(u=[1.0, 2.0]), ValueError, "u has 2 coordinates and w 1"),
        (dict(w=1.0), ValueError, "w has shape"),
        (dict(weights=[0.5]), ValueError, "the weights have the sum 0.5"),
        (dict(weights=[0.5, 0.5]), ValueError, r"weights has shape \(2,\)"),
        (dict(B=0), ValueError, "B is 0"),
        (dict(B_L=1.5), TypeError, "B_L is 1.5"),
        (dict(K=0), ValueError, "K is 0"),
        (dict(C_beta=0), ValueError, "C_beta"),
        (
            dict(independent_stepsize="no"),
            TypeError,
            "independent_stepsize is 'no'; expected True or False",
        ),
        (dict(independent_tasks=None), TypeError, "independent_tasks is None"),
        (dict(alpha=1e200), ValueError, "a\\^2N is beyond 1e\\+100"),
        (
            dict(alpha=100.0, steps=500),
            ValueError,
            "would leave floating point; expected alpha of the order of",
        ),
        (dict(sigma=-1), ValueError, "sigma is -1"),
        (dict(sigma="x"), TypeError, "sigma"),
        (dict(lower_bound="x"), TypeError, "lower_bound"),
        (dict(lower_bound=np.nan), ValueError, "lower_bound"),
    ],
)
def test_both_settings(build, changes, error, says):
    with pytest.raises(error, match=says):
        build(**changes)


@pytest.mark.parametrize(
    "changes, error, says",
    [
        (dict(losses=[]), ValueError, "at least one task"),
        (dict(losses=3), TypeError, "expected a list"),
        (dict(losses=[object()]), TypeError, "no method value"),
        (dict(losses=[BOWL], w=[1.0, 2.0], u=None), ValueError, "has 1 parameters; expected 2"),
        (dict(noise=[1.0]), ValueError, "noise has shape"),
        (dict(noise=[[1.0], [1.0]]), ValueError, r"expected \(3, 1\)"),
        (dict(noise=[[np.inf]] * 3), ValueError, "noise"),
        (dict(hessian_noise=[[[1.0]]]), ValueError, r"expected \(2, 1, 1\)"),
        (dict(S=0), ValueError, "S is 0"),
        (dict(D_L=0), ValueError, "D_L is 0"),
        (dict(sigma_g=-1), ValueError, "sigma_g"),
        (dict(signs=[[1.0, 2.0, 1.0]], noise=[[1.0]] * 3), ValueError, "signs ±1"),
        (dict(signs=[[1.0, 1.0]]), ValueError, "expected rows of 0 signs"),
        (dict(signs="++-", noise=[[1.0]] * 3), TypeError, "signs is of type"),
        (dict(signs=[], noise=[[1.0]] * 3), ValueError, "signs"),
        (dict(signs=np.array(1.0), noise=[[1.0]] * 3), ValueError, "signs has shape"),
        (dict(signs=[np.ones((1, 3))] * 2, noise=[[1.0]] * 3), ValueError, "signs are for 2 tasks"),
    ],
)
def test_resampling(changes, error, says):
    with pytest.raises(error, match=says):
        resampling(**changes)


def test_signs_are_for_all_tasks_or_for_each():
    rows = [np.ones((2, 3)), np.array([[1.0, -1.0, 1.0]] * 2)]
    for signs, patterns in (
        (rows[1], [2, 2]),
        (rows, [2, 2]),
        (np.array(rows), [2, 2]),
        ([rows[0], rows[1][:1]], [2, 1]),
    ):
        x = resampling(losses=[BOWL, BOWL], noise=[[1.0]] * 3, signs=signs)
        assert [len(task.signs.rows) for task in x.tasks] == patterns
        assert x.tasks[1].signs.inner[1, 0] == -1


@pytest.mark.parametrize(
    "changes, error, says",
    [
        (dict(query_losses=[]), ValueError, "1 support losses and 0 query losses"),
        (dict(b=[1.0, 2.0]), ValueError, "b has shape"),
        (dict(b=[-1.0]), ValueError, "b has an entry below 0"),
        (dict(support_losses=3), TypeError, "expected a list"),
    ],
)
def test_finite_sum(changes, error, says):
    with pytest.raises(error, match=says):
        finite_sum(**changes)


def test_hessian_noise_has_to_be_symmetric():
    pair = theory.Quadratic(np.eye(2), [0.0, 0.0])
    with pytest.raises(ValueError, match="not symmetric"):
        resampling(
            losses=[pair], w=[1.0, 1.0], u=None, steps=1, hessian_noise=[[[0.0, 1.0], [0.0, 0.0]]]
        )


def test_results_say_what_they_want():
    lemma = theory.RESULTS["lemma_1"]
    with pytest.raises(TypeError, match="on a ResamplingInstance or a FiniteSumInstance, not on 3"):
        lemma.evaluate(3)
    with pytest.raises(IndexError, match="task is 7; this instance has the tasks 0 to 0"):
        lemma.evaluate(resampling(), task=7)
    for task in ("0", 0.0, None):
        with pytest.raises(TypeError, match="expected a whole number, 0 to 0"):
            lemma.evaluate(resampling(), task=task)
    with pytest.raises(TypeError, match="3 is not a chain"):
        theory.show(3)
    with pytest.raises(ValueError, match="give the instance u="):
        lemma.evaluate(resampling(u=None))
    with pytest.raises(TypeError, match="about the finite-sum case"):
        theory.RESULTS["lemma_9"].evaluate(resampling())
    with pytest.raises(KeyError, match="its claims are step, trajectory"):
        lemma.evaluate(resampling())["leap"]
    with pytest.raises(TypeError, match="an instance has no beta"):
        resampling().replace(beta=1)


@pytest.mark.parametrize(
    "method, does, error, says",
    [
        (
            "hessian",
            lambda self, w: np.array([[0.0, 0.5], [0.0, 0.0]]),
            ValueError,
            "Wrong.hessian is not symmetric",
        ),
        (
            "mean_hessian",
            lambda self, w, u: np.zeros(3),
            ValueError,
            r"Wrong.mean_hessian gives the shape \(3,\).*expected \(2, 2\)",
        ),
        (
            "mean_hessian",
            lambda self, w, u: np.full((2, 2), np.nan),
            ValueError,
            "Wrong.mean_hessian gives NaN",
        ),
        ("mean_hessian", 3, TypeError, "no method mean_hessian"),
        (
            "gradient",
            lambda self, w: np.negative(w, out=w),
            ValueError,
            "Wrong.gradient changes the w that it is given",
        ),
        ("rho", np.nan, ValueError, "Wrong.rho is nan"),
        ("rho", "1", TypeError, "Wrong.rho is '1'"),
        ("L", None, TypeError, "Wrong.L is None"),
        ("value", lambda self, w: w, ValueError, "Wrong.value gives the shape"),
    ],
)
def test_a_wrong_loss_of_ones_own(method, does, error, says):
    wrong = type("Wrong", (Own,), {method: does})
    with pytest.raises(error, match=says):
        resampling(losses=[wrong()], w=[1.0, 2.0], u=None)
    missing = type(
        "Missing", (), {name: getattr(Own, name) for name in ("L", "value", "gradient", "hessian")}
    )
    with pytest.raises(TypeError, match="Missing has no rho"):
        resampling(losses=[missing()], w=[1.0, 2.0], u=None)


def test_a_loss_of_ones_own_is_tried_whenever_an_instance_is_made():
    loss = Own()
    x = resampling(losses=[loss])
    loss.gradient = lambda w: w[:0]
    with pytest.raises(ValueError, match=r"Own.gradient gives the shape \(0,\)"):
        x.replace(steps=1)
    del loss.gradient
    loss.rho = -1.0
    with pytest.raises(ValueError, match="Own.rho is -1.0"):
        x.replace(steps=1)


def test_a_loss_that_cannot_be_hashed_is_a_loss():
    unhashable = type("Unhashable", (Own,), {"__hash__": None})()
    assert resampling(losses=[unhashable]).replace(steps=1).tasks[0].inner is unhashable


def test_a_loss_of_ones_own_goes_through_every_proof():
    some = dict(w=[1.0, 2.0], u=[0.5, 0.1], alpha=0.03, steps=2, sigma=0.5, lower_bound=-2.0)
    x = theory.ResamplingInstance(
        losses=[Own(), Own()],
        noise=np.full((3, 2), 0.1),
        hessian_noise=[np.eye(2) * 0.1] * 2,
        S=50,
        **some,
    )
    y = theory.FiniteSumInstance(
        support_losses=[Own()] * 2, query_losses=[Own()] * 2, b=[0.1, 0.2], **some
    )
    for result in theory.RESULTS.values():
        chains = result.evaluate(y if result.setting == "finite-sum" else x)
        for claim in set(chains.absent) - {"convex"}:  # these losses are not
            refusal = str(chains.absent[claim])  # of far and near w is one
            assert "the claim is about points w where" in refusal, result.name
        assert not {"far", "near"} <= set(chains.absent)
        assert len(chains) + len(chains.absent) == len(result.claims), result.name
        assert all(chain.holds for chain in chains.values()), result.name
