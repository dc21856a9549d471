"""Why results are infinite or NaN: what is to blame, in which tasks, and what to do about it.

The tasks concerned are computed again in simpler forms, to see which of them is finite:

    first-order, alpha nearly 0    w stays where it is: what is not finite here, is so at w itself
    first-order                    the inner loop, and the outer loss at w_N
    exact                          the way back without Hessian-free differences
    exact, alpha nearly 0          the Hessian-vector products at w itself

So alpha is blamed where one that is nearly 0 helps, and the loss where it does not.
"""

import warnings
from enum import Enum
from typing import Callable, Sequence, TypeAlias

import numpy as np

from .alpha import Alpha, advise_smaller
from .machines import Found, Which
from .tasks import Tasks

# `machines.meta_gradients`, without its arguments tasks, alpha, method and per_task
Compute: TypeAlias = Callable[..., Found]

AT_ONCE = 32  # tasks computed again together: the w_N of all of them may be more than fits


class DivergenceWarning(RuntimeWarning):
    """Results of some tasks are infinite or NaN: the message says of which, why, and what to do."""


class Cause(Enum):
    """What may be to blame, in the order of the computation, and what to say then."""

    INNER_LOSS = (
        "the loss or its gradient is not finite at w itself, on the {inner} of {tasks}: "
        "look at the loss, at w and at these data; a smaller alpha does not help"
    )
    INNER_LOOP = "the inner loop diverged in {tasks}: w_N is infinite or NaN; {smaller}"
    OUTER_LOSS_AT_W = (
        "the loss or its gradient is not finite at w itself, on the {outer} of {tasks}: "
        "look at the loss, at w and at these data; a smaller alpha does not help"
    )
    OUTER_LOSS = (
        "the outer loss or its gradient is not finite at w_N in {tasks}; w_N is, and at w all is "
        "well, so that the inner loop leads too far: {smaller}"
    )
    HESSIANS_AT_W = (
        "a Hessian-vector product is not finite at w itself, on the {hessian} of {tasks}: look at "
        'the loss, at w and at these data, or take method="first-order"; '
        "a smaller alpha does not help"
    )
    DIFFERENCES = (
        "the Hessian-free differences are not finite in {tasks}: the gradients at w_j ± delta v, "
        'with delta = {delta:g}, are not, or are too far apart; take method="exact", or give '
        "tm.meta_gradient another delta"
    )
    WAY_BACK = (
        "the way back through the inner steps is not finite in {tasks}; w_N, the outer loss and "
        "its gradient are, so that the product of the (I − alpha H_j) grows too large: "
        '{smaller}, or take method="first-order"'
    )


FIXED = {"inner": "support set", "hessian": "support set", "outer": "query set"}
FRESH = {"inner": "inner samples", "hessian": "Hessian samples", "outer": "outer samples"}


def explain(
    compute: Compute,
    tasks: Tasks,
    diverged: Which,
    alpha: Alpha,
    method: str,
    delta: float,
) -> list[str]:
    """-> a sentence for each cause, naming its tasks.

    diverged: the tasks whose results with this alpha, method and delta are not finite.
    """
    causes: list[Cause] = []
    with np.errstate(all="ignore"):
        for start in range(0, len(diverged), AT_ONCE):
            some = select(tasks, diverged[start : start + AT_ONCE])
            causes += find_causes(compute, some, alpha, method)
    sentences = []
    for cause in Cause:
        which = [b for b, found in zip(diverged, causes, strict=True) if found is cause]
        if which:
            names = name_tasks(which, len(tasks))
            samples = FRESH if tasks.fresh else FIXED
            words = dict(tasks=names, smaller=advise_smaller(alpha), delta=delta, **samples)
            sentences.append(cause.value.format(**words))
    return sentences


def find_causes(compute: Compute, tasks: Tasks, alpha: Alpha, method: str) -> list[Cause]:
    """For each task the first thing that is not finite, in the order of the computation."""
    found = compute(tasks, alpha=alpha, method="first-order", per_task=True)
    at_w = compute(tasks, alpha=nearly_zero(tasks), method="first-order", per_task=True)
    assert found.adapted is not None and at_w.adapted is not None
    causes = []
    for b in range(len(tasks)):
        if not np.isfinite(found.adapted[b]).all():
            helps = np.isfinite(at_w.adapted[b]).all()
            causes.append(Cause.INNER_LOOP if helps else Cause.INNER_LOSS)
        elif b in found.diverged:
            helps = b not in at_w.diverged
            causes.append(Cause.OUTER_LOSS if helps else Cause.OUTER_LOSS_AT_W)
        else:
            causes.append(find_cause_on_the_way_back(compute, select(tasks, [b]), alpha, method))
    return causes


def find_cause_on_the_way_back(compute: Compute, task: Tasks, alpha: Alpha, method: str) -> Cause:
    """The same for one task whose w_N, outer loss and gradient there are finite."""

    def is_finite(alpha: Alpha, method: str) -> bool:
        return not len(compute(task, alpha=alpha, method=method, per_task=False).diverged)

    try:
        if method == "hessian-free" and is_finite(alpha, "exact"):
            return Cause.DIFFERENCES
        still = nearly_zero(task)
        if is_finite(still, "first-order") and not is_finite(still, "exact"):
            return Cause.HESSIANS_AT_W
    except NotImplementedError:  # an engine without Hessian-vector products
        return Cause.DIFFERENCES
    return Cause.WAY_BACK


def nearly_zero(tasks: Tasks) -> float:
    """A stepsize that leaves w where it is, and infinity and NaN what they are."""
    assert tasks.dtype is not None  # the precision of w
    return float(np.finfo(tasks.dtype).tiny)


def select(tasks: Tasks, which: Which) -> Tasks:
    """Some of the tasks."""
    parts = (tasks.inner, tasks.hessian, tasks.outer)
    inner, hessian, outer = (tuple(x[which] for x in part) for part in parts)
    return Tasks(inner, hessian, outer, tasks.fresh)


def name_tasks(which: Sequence[int], tasks: int) -> str:
    """As in "2 of 4 tasks (task 1, 3)"; the first ten are named."""
    names = ", ".join(map(str, which[:10])) + (", ..." if len(which) > 10 else "")
    return f"{len(which)} of {tasks} tasks (task {names})"


def warn(reasons: list[str], above: int) -> None:
    """A `DivergenceWarning` for each reason. It points at the call of the function that stands
    `above` calls above this one: 1 is the function that calls `warn`."""
    for reason in reasons:
        warnings.warn(reason, DivergenceWarning, stacklevel=above + 2)
