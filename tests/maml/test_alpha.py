"""A stepsize for each parameter, and the gradient with respect to it: against complex steps of the
inner loop written out in NumPy; a start for each task."""

import numpy as np
import pytest

import tinymaml as tm
from helpers import network
from helpers.checks import MACHINES, PRECISIONS
from helpers.meta_gradients import KINDS, METHODS, W
from helpers.network import LOSS, P, finite_sum

pytestmark = [pytest.mark.core, pytest.mark.lesson_08]

B = 3
VECTOR = np.random.default_rng(5).uniform(0.02, 0.3, P)
VECTOR[[1, 4]] = 0  # not adapted
ALPHAS = pytest.mark.parametrize("alpha", [0.1, VECTOR], ids=["a number", "a vector"])
H = 1e-30


def samples_of(tasks, b, j):
    """The inner samples of task b at step j."""
    return [x[b, j] if tasks.fresh else x[b] for x in tasks.inner]


def outer_loss(w, alpha, tasks, steps):
    """The mean outer loss after the inner loop; w and alpha may be complex."""
    total = 0
    for b in range(len(tasks)):
        point = w
        for j in range(steps):
            point = point - alpha * network.gradient(point, *samples_of(tasks, b, j))
        total += network.value(point, *(x[b] for x in tasks.outer))
    return total / len(tasks)


def complex_steps(f, x):
    """The gradient of f at x, (P,)."""
    return np.array([f(x + 1j * H * e).imag / H for e in np.eye(len(x))])


@MACHINES
@ALPHAS
@pytest.mark.parametrize("steps", range(6))
def test_both_gradients_are_complex_steps(steps, alpha, target):
    """With the samples of the inner steps for the Hessians: then the exact method is the
    derivative."""
    tasks = finite_sum(B=B)
    r = tm.meta_gradient(
        LOSS, W, tasks, alpha=alpha, steps=steps, alpha_gradient=True, target=target
    )
    of_w = complex_steps(lambda w: outer_loss(w, alpha, tasks, steps), W)
    spread = np.broadcast_to(alpha, P)
    of_alpha = complex_steps(lambda a: outer_loss(W, a, tasks, steps), spread)
    assert np.abs(r.gradient - of_w).max() <= 1e-12 * np.abs(of_w).max()
    if alpha is VECTOR:
        assert r.alpha_gradient.shape == (P,)
    else:
        assert isinstance(r.alpha_gradient, float)
        of_alpha = of_alpha.sum()
    assert np.abs(r.alpha_gradient - of_alpha).max() <= 1e-12 * (1 + np.abs(of_alpha).max())


def definition(w, alpha, tasks, b, steps, method, delta):
    """For one task: the meta-gradient, and the derivative with respect to each stepsize, with
    explicit Hessians. alpha: a number or (P,)."""
    points, gradients = [w], []
    for j in range(steps):
        gradients.append(network.gradient(points[j], *samples_of(tasks, b, j)))
        points.append(points[j] - alpha * gradients[j])
    v = network.gradient(points[-1], *(x[b] for x in tasks.outer))
    of_alpha = np.zeros(P)
    for j in reversed(range(steps)):
        of_alpha -= gradients[j] * v
        data = [x[b, j] if tasks.fresh else x[b] for x in tasks.hessian]
        along, factor = (alpha * v, 1.0) if np.ndim(alpha) else (v, alpha)
        if method == "exact":
            v = v - factor * (network.hessian(points[j], *data) @ along)
        elif method == "hessian-free":
            ahead = network.gradient(points[j] + delta * along, *data)
            behind = network.gradient(points[j] - delta * along, *data)
            v = v - factor * (ahead - behind) / (2 * delta)
    return v, of_alpha


@MACHINES
@KINDS
@PRECISIONS
@ALPHAS
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("steps", [0, 1, 4])
def test_every_method_on_fixed_and_fresh_samples(steps, method, alpha, dtype, kind, target):
    tasks = kind(steps, B=B)
    w = W.astype(dtype)
    eps = np.finfo(dtype).eps
    r = tm.meta_gradient(
        LOSS,
        w,
        tasks,
        alpha=alpha,
        steps=steps,
        method=method,
        per_task=True,
        alpha_gradient=True,
        target=target,
    )
    delta = float(eps) ** (1 / 3)
    want = [definition(w.astype(float), alpha, tasks, b, steps, method, delta) for b in range(B)]
    tolerance = 200 * eps ** (2 / 3 if method == "hessian-free" else 1)
    for b, (gradient, _) in enumerate(want):
        assert np.abs(r.gradients[b] - gradient).max() <= tolerance * np.abs(gradient).max()
    of_alpha = np.mean([a for _, a in want], 0)
    scale = np.abs(of_alpha).max() * (1 if np.ndim(alpha) else P)
    if not np.ndim(alpha):
        of_alpha = of_alpha.sum()
    else:
        assert r.alpha_gradient.dtype == dtype
    assert np.abs(r.alpha_gradient - of_alpha).max() <= tolerance * scale


@MACHINES
@KINDS
@pytest.mark.parametrize("method", ["exact", "first-order"])
def test_equal_entries_are_one_number(method, kind, target):
    """To rounding; and what is not asked for changes no bit."""
    tasks = kind(3)
    options = dict(steps=3, method=method, target=target)
    one = tm.meta_gradient(LOSS, W, tasks, alpha=0.1, **options)
    same = tm.meta_gradient(LOSS, W, tasks, alpha=0.1, alpha_gradient=True, **options)
    many = tm.meta_gradient(LOSS, W, tasks, alpha=np.full(P, 0.1), alpha_gradient=True, **options)
    assert np.array_equal(one.gradient, same.gradient)
    assert np.abs(one.gradient - many.gradient).max() <= 1e-14
    assert same.alpha_gradient == pytest.approx(many.alpha_gradient.sum(), rel=1e-12)
    assert one.alpha_gradient is None


@MACHINES
def test_a_parameter_with_stepsize_0_stays(target):
    points = tm.adapt(LOSS, W, finite_sum().inner, alpha=VECTOR, steps=4, target=target)
    for k in range(P):
        moves = (points[-1][:, k] != W[k]).all()
        assert moves == (VECTOR[k] > 0)


@MACHINES
@PRECISIONS
def test_a_start_for_each_task(dtype, target):
    tasks = finite_sum(B=B)
    starts = np.random.default_rng(2).normal(size=(B, P)).astype(dtype)
    found = tm.adapt(LOSS, starts, tasks.inner, alpha=0.1, steps=3, target=target)
    zero = tm.meta_gradient(LOSS, starts, tasks, alpha=0.1, steps=0, per_task=True, target=target)
    assert np.array_equal(zero.adapted, starts)
    for b in range(B):
        support = tuple(x[b : b + 1] for x in tasks.inner)
        alone = tm.adapt(LOSS, starts[b], support, alpha=0.1, steps=3, target=target)
        assert np.array_equal(found[:, b], alone[:, 0])
        data = [x[b].astype(dtype) for x in tasks.outer]
        gradient = LOSS.gradient(starts[b], *data, target=target)
        assert np.array_equal(zero.gradients[b], gradient)
        assert zero.losses[b] == dtype(LOSS.value(starts[b], *data, target=target))
    assert np.array_equal(
        tm.adapt(LOSS, W, tasks.inner, alpha=0.1, steps=0, target=target)[0, 1], W
    )


# ---- at the door


@MACHINES
@pytest.mark.parametrize(
    "alpha, error, match",
    [
        (np.ones(P + 1), ValueError, rf"alpha has shape \({P + 1},\).*of shape \({P},\)"),
        (np.ones((1, P)), ValueError, "alpha has shape"),
        (np.ones(()), ValueError, "alpha has shape"),
        (np.zeros(P), ValueError, "only zeros"),
        (np.full(P, -0.1), ValueError, "a number < 0"),
        (np.full(P, np.nan), ValueError, "alpha contains NaN or infinity"),
        (np.full(P, np.inf), ValueError, "alpha contains NaN or infinity"),
        (np.ones(P, int), TypeError, "alpha is of type int64"),
        (np.ma.ones(P), TypeError, "alpha is a MaskedArray"),
        ([0.1] * P, TypeError, r"alpha is \[0.1"),
        (np.zeros(0), ValueError, "alpha has shape"),
    ],
)
def test_an_alpha_that_cannot_be_right(alpha, error, match, target):
    for call in (
        lambda: tm.meta_gradient(LOSS, W, finite_sum(), alpha=alpha, steps=1, target=target),
        lambda: tm.adapt(LOSS, W, finite_sum().inner, alpha=alpha, steps=1, target=target),
    ):
        with pytest.raises(error, match=match):
            call()


def test_an_entry_that_float32_makes_0_is_refused():
    alpha = np.where(np.arange(P) == 2, 1e-60, 0.1)
    w = W.astype(np.float32)
    with pytest.raises(ValueError, match=r"alpha\[2\] is 1e-60, which is beyond .* float32"):
        tm.adapt(LOSS, w, finite_sum().inner, alpha=alpha, steps=1)
    alpha[2] = 0
    assert np.isfinite(tm.adapt(LOSS, w, finite_sum().inner, alpha=alpha, steps=1)).all()


def test_several_starts_are_refused_where_one_is_needed():
    starts = np.tile(W, (3, 1))
    with pytest.raises(ValueError, match=r"w has shape \(3, \d+\)"):
        tm.meta_gradient(LOSS, starts, finite_sum(B=3), alpha=0.1, steps=1)
    with pytest.raises(ValueError, match="w has 3 starts, and there are 2 tasks"):
        tm.adapt(LOSS, starts, finite_sum(B=2).inner, alpha=0.1, steps=1)
    starts[1, 0] = np.nan
    with pytest.raises(ValueError, match=r"w contains NaN or infinity \(first at \[1, 0\]\)"):
        tm.adapt(LOSS, starts, finite_sum(B=3).inner, alpha=0.1, steps=1)


def test_what_diverges_is_told_with_a_vector():
    loss = tm.Loss(lambda p, x: tm.mean(tm.square(p["w"] * x)), {"w": np.ones((1, 2))})
    x = np.ones((2, 3, 1))
    says = r"make the entries of alpha smaller than they are \(the largest is 1e\+200\)"
    with pytest.warns(tm.DivergenceWarning, match=says):
        tm.adapt(loss, np.ones(2), (x,), alpha=np.array([0.1, 1e200]), steps=3)
