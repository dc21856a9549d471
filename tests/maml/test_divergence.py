"""What is said where results are not finite: the right thing is blamed, for the right tasks, at the
caller's line, and the advice helps."""

import numpy as np
import pytest

import tinymaml as tm
from helpers.checks import MACHINES
from helpers.divergence import (
    AT_W,
    DIFFERENCES,
    EXPONENTIAL,
    HESSIANS,
    INNER_LOOP,
    LOG,
    ONE,
    OUTER_LOSS,
    QUADRATIC,
    QUARTIC,
    ROOT,
    WAY_BACK,
    W,
    check,
    check_lines,
    column,
    fixed,
    fresh,
    told,
)
from tinymaml.maml import divergence

pytestmark = [pytest.mark.core, pytest.mark.lesson_08]


# ---- the loss itself


@MACHINES
@pytest.mark.parametrize("method", ["exact", "first-order", "hessian-free"])
@pytest.mark.parametrize("steps", [0, 2])
def test_a_loss_that_is_not_finite_at_w_is_blamed_and_alpha_is_not(target, method, steps):
    settings = dict(alpha=0.01, steps=steps, method=method, target=target)
    messages = told(tm.meta_gradient, LOG, W, fixed([1, -1, 1], [1, -1, 1]), **settings)
    check(messages, AT_W.format("query set", "1 of 3 tasks (task 1)"))
    assert "a smaller alpha does not help" in messages[0]


@MACHINES
@pytest.mark.parametrize("steps", [0, 2])
@pytest.mark.parametrize("loss, bad", [(ROOT, -1.0), (EXPONENTIAL, 1000.0)])
def test_the_set_on_which_the_loss_is_not_finite_is_named(target, steps, loss, bad):
    settings = dict(alpha=0.01, steps=steps, target=target)
    query = told(tm.meta_gradient, loss, W, fixed([1], [bad]), **settings)
    check(query, AT_W.format("query set", ONE))
    support = told(tm.meta_gradient, loss, W, fixed([bad], [1]), **settings)
    check(support, *([AT_W.format("support set", ONE)] if steps else []))
    adapting = told(tm.adapt, loss, W, (column(bad),), **settings)
    check(adapting, *([AT_W.format("support set", ONE)] if steps else []))


@MACHINES
@pytest.mark.parametrize(
    "inner, hessian, outer, beginning",
    [
        ([[1, -1, 1]], [[1, 1, 1]], [1], AT_W.format("inner samples", ONE)),
        ([[1, 1, 1]], [[1, 1, -1]], [1], HESSIANS.format("Hessian samples", ONE)),
        ([[1, 1, 1]], [[1, 1, 1]], [-1], AT_W.format("outer samples", ONE)),
    ],
    ids=["inner", "Hessian", "outer"],
)
def test_the_fresh_samples_on_which_the_loss_is_not_finite_are_named(
    target, inner, hessian, outer, beginning
):
    tasks = fresh(inner, hessian, outer)
    messages = told(tm.meta_gradient, ROOT, W, tasks, alpha=0.01, steps=3, target=target)
    check(messages, beginning)


@MACHINES
def test_the_fresh_samples_of_no_steps_are_outer_samples(target):
    nothing = np.zeros((1, 0, 0, 0))
    tasks = tm.Tasks.resampled((nothing,), (nothing,), (column(-1),))
    messages = told(tm.meta_gradient, LOG, W, tasks, alpha=0.01, steps=0, target=target)
    check(messages, AT_W.format("outer samples", ONE))


# ---- the inner loop, the outer loss, the way back


@MACHINES
@pytest.mark.parametrize("method", ["exact", "first-order", "hessian-free"])
def test_an_inner_loop_that_diverges_is_blamed(target, method):
    settings = dict(steps=9, method=method, target=target)
    tasks = fixed([1, 40, 1, -50], [1, 1, 1, 1])
    beginning = INNER_LOOP.format("2 of 4 tasks (task 1, 3)", 0.05)
    check(told(tm.meta_gradient, QUARTIC, W, tasks, alpha=0.05, **settings), beginning)
    check(told(tm.meta_gradient, QUARTIC, W, tasks, alpha=1e-9, **settings))


@MACHINES
def test_an_adaptation_that_diverges_is_blamed(target):
    for alpha, beginnings in [(1e300, [INNER_LOOP.format(ONE, 1e300)]), (1e-3, [])]:
        support = (column(3), column(0))
        check(
            told(tm.adapt, QUADRATIC, W, support, alpha=alpha, steps=3, target=target), *beginnings
        )


@MACHINES
@pytest.mark.parametrize("method", ["exact", "first-order", "hessian-free"])
def test_an_outer_loss_out_of_reach_is_blamed_and_not_the_inner_loop(target, method):
    """w goes from 1 to 1 − 2, where there is no logarithm."""
    settings = dict(steps=1, method=method, target=target)
    tasks = fixed([1, 1], [1, 1])
    messages = told(tm.meta_gradient, LOG, W, tasks, alpha=2.0, **settings)
    check(messages, OUTER_LOSS.format("2 of 2 tasks (task 0, 1)"))
    assert "make alpha smaller than 2" in messages[0]
    check(told(tm.meta_gradient, LOG, W, tasks, alpha=0.5, **settings))


@MACHINES
@pytest.mark.parametrize("method", ["exact", "hessian-free"])
def test_a_product_that_overflows_is_blamed_and_not_the_inner_loop(target, method):
    """w is the minimum on the support set, and stays there: the product is (1 − α 2 · 10⁶)^60."""
    support, query = (column(1e3), column(1)), (column(1), column(2))
    tasks = tm.Tasks.finite_sum(support, query)
    settings = dict(steps=60, target=target)
    messages = told(tm.meta_gradient, QUADRATIC, W, tasks, alpha=1.0, method=method, **settings)
    check(messages, WAY_BACK.format(ONE))
    assert messages[0].endswith('make alpha smaller than 1, or take method="first-order"')
    check(told(tm.meta_gradient, QUADRATIC, W, tasks, alpha=1e-7, method=method, **settings))
    check(told(tm.meta_gradient, QUADRATIC, W, tasks, alpha=1.0, method="first-order", **settings))


@MACHINES
def test_a_product_is_blamed_though_the_outer_loss_is_not_finite_at_w(target):
    """From w = −1 to w_1 = w_2 = 1, where there is a root; the Hessians are 2 · 10²⁰⁰."""

    def function(p, x, z, c):
        return tm.mean(tm.square(x * (p["u"] - 1.0)) + tm.sqrt(z * p["u"] + c))

    loss = tm.Loss(function, {"u": np.ones(1)})
    numbers = np.array([[1, 1, 1e100, 1e100, 0], [0, 0, 0, 0, 1], [1, 1, 1, 1, 0]])
    inner, hessian, outer = np.split(numbers[:, None, :, None, None], [2, 4], axis=2)
    tasks = tm.Tasks.resampled(tuple(inner), tuple(hessian), tuple(outer[:, :, 0]))
    messages = told(tm.meta_gradient, loss, -W, tasks, alpha=0.5, steps=2, target=target)
    check(messages, WAY_BACK.format(ONE))


# ---- the Hessian-free differences


@MACHINES
@pytest.mark.parametrize(
    "loss, x, delta", [(QUARTIC, 1.0, 1e200), (ROOT, 1.0, 10.0)], ids=["overflow", "domain"]
)
def test_hessian_free_differences_are_blamed_where_only_they_are_not_finite(target, loss, x, delta):
    settings = dict(alpha=1e-3, steps=2, target=target)
    tasks = fixed([x, 0.5], [x, 0.5])
    hessian_free = told(
        tm.meta_gradient, loss, W, tasks, delta=delta, method="hessian-free", **settings
    )
    check(hessian_free, DIFFERENCES.format("2 of 2 tasks (task 0, 1)"))
    assert f"with delta = {delta:g}" in hessian_free[0]
    assert 'take method="exact"' in hessian_free[0]
    check(told(tm.meta_gradient, loss, W, tasks, method="exact", **settings))
    check(told(tm.meta_gradient, loss, W, tasks, method="hessian-free", **settings))


# ---- several tasks, several causes


@MACHINES
def test_each_cause_is_told_once_and_names_its_tasks(target):
    """Tasks 1 and 4 have no loss on the support set, 3 none on the query set; 2 steps too far."""

    def function(p, x, y):
        return tm.mean(tm.square(tm.square(x * p["u"])) + tm.sqrt(y * p["u"]))

    loss = tm.Loss(function, {"u": np.ones(1)})
    support = column(1, 1, 40, 1, 1), column(1, -1, 1, 1, -1)
    query = column(1, 1, 1, 1, 1), column(1, 1, 1, -1, 1)
    tasks = tm.Tasks.finite_sum(support, query)
    settings = dict(alpha=0.05, steps=9, target=target)
    messages = told(tm.meta_gradient, loss, W, tasks, **settings)
    check(
        messages,
        AT_W.format("support set", "2 of 5 tasks (task 1, 4)"),
        INNER_LOOP.format("1 of 5 tasks (task 2)", 0.05),
        AT_W.format("query set", "1 of 5 tasks (task 3)"),
    )
    check(told(tm.adapt, loss, W, support, **settings), *messages[:2])


@MACHINES
def test_ten_of_many_tasks_are_named_and_all_of_them_counted(target, monkeypatch):
    monkeypatch.setattr(divergence, "AT_ONCE", 8)
    x = np.where(np.arange(40) % 2, 50.0, 1.0)
    messages = told(tm.meta_gradient, QUARTIC, W, fixed(x, x), alpha=0.05, steps=9, target=target)
    names = "1, 3, 5, 7, 9, 11, 13, 15, 17, 19, ..."
    check(messages, INNER_LOOP.format(f"20 of 40 tasks (task {names})", 0.05))


@MACHINES
def test_infinities_of_both_signs_are_told_of_in_our_words_alone(target):
    loss = tm.Loss(lambda p, x: tm.mean(x * tm.exp(p["u"])), {"u": np.ones(1)})
    tasks = fixed([1, 1], [1, -1])
    messages = told(tm.meta_gradient, loss, 1000 * W, tasks, alpha=0.1, steps=0, target=target)
    check(messages, AT_W.format("query set", "2 of 2 tasks (task 0, 1)"))


def test_what_is_computed_again_warns_of_nothing():
    """The tasks' gradients are finite, their sum is not, which NumPy tells of once."""
    loss = tm.Loss(lambda p, x: tm.mean(x * p["u"]), {"u": np.ones(1)})
    tasks = fixed([1, 1], [1.5e308, 1.5e308])
    with pytest.warns() as caught:
        tm.meta_gradient(loss, 2 * W, tasks, alpha=0.1, steps=0, target="numpy")
    assert [one.category for one in caught] == [RuntimeWarning, tm.DivergenceWarning]


@MACHINES
def test_single_precision(target):
    w = W.astype(np.float32)
    settings = dict(alpha=0.001, steps=3, target=target)
    messages = told(tm.meta_gradient, EXPONENTIAL, w, fixed([1, 1, 100], [1, 100, 1]), **settings)
    check(
        messages,
        AT_W.format("support set", "1 of 3 tasks (task 2)"),
        AT_W.format("query set", "1 of 3 tasks (task 1)"),
    )


# ---- a learner's engine


class Engine:
    """log(x u), without Hessian-vector products."""

    def value(self, w, x):
        return np.log(x * w).mean()

    def gradient(self, w, x):
        return np.where(x[0] > 0, 1 / w, np.nan)

    def hvp(self, w, v, x):
        raise NotImplementedError


def test_a_learners_engine_is_diagnosed_too_and_needs_no_hessians():
    settings = dict(alpha=0.01, steps=2, target="numpy")
    messages = told(tm.adapt, Engine(), W, (column(1, -1),), **settings)
    check(messages, AT_W.format("support set", "1 of 2 tasks (task 1)"))
    tasks = fixed([1, 1], [1, -1])
    messages = told(tm.meta_gradient, Engine(), W, tasks, method="first-order", **settings)
    check(messages, AT_W.format("query set", "1 of 2 tasks (task 1)"))


class Steep(Engine):
    """1000 u²/2, the gradient of which is not finite far away."""

    def value(self, w, x):
        return 500 * w[0] ** 2

    def gradient(self, w, x):
        return np.where(np.abs(w) < 10, 1000 * w, np.inf)


def test_without_hessian_vector_products_differences_are_blamed():
    settings = dict(alpha=1e-4, steps=2, target="numpy", method="hessian-free")
    tasks = fixed([1], [1])
    check(told(tm.meta_gradient, Steep(), 1e-3 * W, tasks, **settings))
    messages = told(tm.meta_gradient, Steep(), 1e-3 * W, tasks, delta=100.0, **settings)
    check(messages, DIFFERENCES.format(ONE))


# ---- where it is told


def test_a_warning_points_at_the_callers_line_and_has_a_class_of_its_own():
    tasks = fixed([40], [40])
    with pytest.warns(tm.DivergenceWarning) as caught:
        tm.meta_gradient(QUARTIC, W, tasks, alpha=0.05, steps=9)  # here
        tm.adapt(QUARTIC, W, tasks.inner, alpha=0.05, steps=9)  # here
    check_lines(caught, __file__)
    assert issubclass(tm.DivergenceWarning, RuntimeWarning)
