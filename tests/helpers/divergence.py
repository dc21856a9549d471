"""Losses and tasks whose results are not finite, and what is to be said then."""

import linecache
import warnings

import numpy as np

import tinymaml as tm

LOG = tm.Loss(lambda p, x: tm.mean(tm.log(x * p["u"])), {"u": np.ones(1)})
ROOT = tm.Loss(lambda p, x: tm.mean(tm.sqrt(x * p["u"])), {"u": np.ones(1)})
EXPONENTIAL = tm.Loss(lambda p, x: tm.mean(tm.exp(x * p["u"])), {"u": np.ones(1)})
QUADRATIC = tm.Loss(lambda p, x, y: tm.mean(tm.square(x * (p["u"] - y))), {"u": np.ones(1)})
QUARTIC = tm.Loss(lambda p, x: tm.mean(tm.square(tm.square(x * p["u"]))), {"u": np.ones(1)})
W = np.ones(1)

AT_W = "the loss or its gradient is not finite at w itself, on the {} of {}: look at the loss"
INNER_LOOP = "the inner loop diverged in {}: w_N is infinite or NaN; make alpha smaller than {:g}"
OUTER_LOSS = "the outer loss or its gradient is not finite at w_N in {}; w_N is"
HESSIANS = "a Hessian-vector product is not finite at w itself, on the {} of {}: look at the loss"
DIFFERENCES = "the Hessian-free differences are not finite in {}: "
WAY_BACK = "the way back through the inner steps is not finite in {}; w_N"
ONE = "1 of 1 tasks (task 0)"


def column(*numbers):
    """A data argument of as many tasks, one number each: (B, 1, 1)."""
    return np.array(numbers, float)[:, None, None]


def fixed(support, query):
    """Tasks of one number for each of the sets."""
    return tm.Tasks.finite_sum((column(*support),), (column(*query),))


def fresh(inner, hessian, outer):
    """Tasks of one number for each step and set; inner, hessian: (B, N)."""
    steps = [(np.array(part, float)[..., None, None],) for part in (inner, hessian)]
    return tm.Tasks.resampled(*steps, (column(*outer),))


def told(function, *arguments, **settings):
    """What a call warns of; all of it must be `tm.DivergenceWarning`s."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        function(*arguments, **settings)
    assert {one.category for one in caught} <= {tm.DivergenceWarning}
    return [str(one.message) for one in caught]


def check(messages, *beginnings):
    """One message for each of the causes, in this order."""
    assert len(messages) == len(beginnings), messages
    for message, beginning in zip(messages, beginnings, strict=True):
        assert message.startswith(beginning)


def check_lines(caught, file):
    """They point at lines of this file that end with "here", one each."""
    lines = [one.lineno for one in caught]
    assert {one.filename for one in caught} == {file}
    assert len(set(lines)) == len(lines)
    assert all(linecache.getline(file, line).endswith("# here\n") for line in lines)
