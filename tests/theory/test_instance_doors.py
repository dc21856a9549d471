"""Bad instances are refused at the door, with a sentence; a user's own loss needs no more than the five names."""
import numpy as np
import pytest
from tinymaml import theory

BOWL = theory.Quadratic([[1.0]], [0.0])


class Own:
    """A loss of one's own: one w at a time, no batches, no certificates beyond L and rho."""
    L = rho = 1.0

    def value(self, w): return float(np.cos(w).sum())
    def gradient(self, w): return -np.sin(w)
    def hessian(self, w): return np.diag(-np.cos(w))


def resampling(**changes):
    return theory.ResamplingInstance(**dict(losses=[BOWL], w=[1.0], u=[0.5], alpha=0.1, steps=2) | changes)


def finite_sum(**changes):
    return theory.FiniteSumInstance(**dict(support_losses=[BOWL], query_losses=[BOWL], w=[1.0], alpha=0.1, steps=2) | changes)


@pytest.mark.parametrize("build", [resampling, finite_sum])
@pytest.mark.parametrize("changes, error, says", [
    (dict(alpha=0), ValueError, "alpha is 0; expected a finite number > 0"), (dict(alpha=-1.0), ValueError, "alpha is -1.0"),
    (dict(alpha=np.nan), ValueError, "alpha is nan"), (dict(alpha="x"), TypeError, "alpha is 'x'"), (dict(steps=-1), ValueError, "steps is -1"),
    (dict(steps=1.5), TypeError, "steps is 1.5"), (dict(w=[np.nan]), ValueError, "w contains NaN"), (dict(w=["a"]), TypeError, "w is of type"),
    (dict(u=[1.0, 2.0]), ValueError, "u has 2 coordinates and w 1"), (dict(w=1.0), ValueError, "w has shape"),
    (dict(weights=[0.5]), ValueError, "the weights have the sum 0.5"), (dict(weights=[0.5, 0.5]), ValueError, r"weights has shape \(2,\)"),
    (dict(B=0), ValueError, "B is 0"), (dict(B_L=1.5), TypeError, "B_L is 1.5"), (dict(K=0), ValueError, "K is 0"),
    (dict(C_beta=0), ValueError, "C_beta"),
    (dict(sigma=-1), ValueError, "sigma is -1"), (dict(sigma="x"), TypeError, "sigma"), (dict(lower_bound="x"), TypeError, "lower_bound"),
    (dict(lower_bound=np.nan), ValueError, "lower_bound")])
def test_both_settings(build, changes, error, says):
    with pytest.raises(error, match=says):
        build(**changes)


@pytest.mark.parametrize("changes, error, says", [
    (dict(losses=[]), ValueError, "at least one task"), (dict(losses=3), TypeError, "expected a list"),
    (dict(losses=[object()]), TypeError, "no method value"),
    (dict(losses=[BOWL], w=[1.0, 2.0], u=None), ValueError, "has 1 parameters; expected 2"), (dict(noise=[1.0]), ValueError, "noise has shape"),
    (dict(noise=[[1.0], [1.0]]), ValueError, r"expected \(3, 1\)"), (dict(noise=[[np.inf]] * 3), ValueError, "noise"),
    (dict(hessian_noise=[[[1.0]]]), ValueError, r"expected \(2, 1, 1\)"), (dict(S=0), ValueError, "S is 0"), (dict(D_L=0), ValueError, "D_L is 0"),
    (dict(sigma_g=-1), ValueError, "sigma_g"), (dict(signs=[[1.0, 2.0, 1.0]], noise=[[1.0]] * 3), ValueError, "signs ±1")])
def test_resampling(changes, error, says):
    with pytest.raises(error, match=says):
        assert resampling(**changes).signs


@pytest.mark.parametrize("changes, error, says", [
    (dict(query_losses=[]), ValueError, "1 support losses and 0 query losses"), (dict(b=[1.0, 2.0]), ValueError, "b has shape"),
    (dict(b=[-1.0]), ValueError, "b has an entry below 0"), (dict(support_losses=3), TypeError, "expected a list")])
def test_finite_sum(changes, error, says):
    with pytest.raises(error, match=says):
        finite_sum(**changes)


def test_hessian_noise_has_to_be_symmetric():
    pair = theory.Quadratic(np.eye(2), [0.0, 0.0])
    with pytest.raises(ValueError, match="not symmetric"):
        resampling(losses=[pair], w=[1.0, 1.0], u=None, steps=1, hessian_noise=[[[0.0, 1.0], [0.0, 0.0]]])


def test_results_say_what_they_want():
    lemma = theory.RESULTS["lemma_1"]
    with pytest.raises(TypeError, match="on a ResamplingInstance or a FiniteSumInstance, not on 3"):
        lemma.evaluate(3)
    with pytest.raises(IndexError, match="task is 7; this instance has the tasks 0 to 0"):
        lemma.evaluate(resampling(), task=7)
    with pytest.raises(ValueError, match="give the instance u="):
        lemma.evaluate(resampling(u=None))
    with pytest.raises(TypeError, match="about the finite-sum case"):
        theory.RESULTS["lemma_9"].evaluate(resampling())
    with pytest.raises(KeyError, match="its claims are step, trajectory"):
        lemma.evaluate(resampling())["leap"]
    with pytest.raises(TypeError, match="an instance has no beta"):
        resampling().replace(beta=1)


def test_a_loss_of_ones_own_goes_through_every_proof():
    some = dict(w=[1.0, 2.0], u=[0.5, 0.1], alpha=0.03, steps=2, sigma=0.5, lower_bound=-2.0)
    x = theory.ResamplingInstance(losses=[Own(), Own()], noise=np.full((3, 2), 0.1), hessian_noise=[np.eye(2) * 0.1] * 2, S=50, **some)
    y = theory.FiniteSumInstance(support_losses=[Own()] * 2, query_losses=[Own()] * 2, b=[0.1, 0.2], **some)
    for result in theory.RESULTS.values():
        chains = result.evaluate(y if result.setting == "finite-sum" else x)
        assert len(chains) == len(result.claims) and all(chain.holds for chain in chains.values()), result.name
