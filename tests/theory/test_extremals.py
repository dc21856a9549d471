"""The extremals at the edges of what they take: no steps, one, a stepsize that is almost none."""

import numpy as np
import pytest

from tinymaml.theory import RESULTS, extremals

pytestmark = pytest.mark.lesson_14

FUNCTIONS = list(dict.fromkeys(f for group in extremals.EXTREMALS.values() for f in group))
each_extremal = pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.__name__)


@pytest.mark.filterwarnings("error")
@each_extremal
def test_they_take_no_steps_one_step_and_any_stepsize(function):
    for steps in (0, 1, 2, 20):
        for alpha_L in (1e-17, 1e-3, 0.5, 2.0):
            x = function(alpha_L, steps)
            assert (x.steps, x.alpha, x.L) == (steps, alpha_L, 1)


@pytest.mark.parametrize("name", extremals.EXTREMALS)
def test_results_are_true_without_steps(name):
    result = RESULTS[name]
    for function in extremals.EXTREMALS[name]:
        x = function(0.1, 0)
        if "A1 inf" in result.assumes:
            x = x.replace(lower_bound=-10.0)
        for claim, chain in result.evaluate(x).items():
            assert np.isfinite([line.value for line in chain.lines]).all(), (function, claim)
            assert chain.holds, (function, claim)


@each_extremal
def test_they_refuse_what_is_no_stepsize_or_no_number_of_steps(function):
    for alpha_L in (0.0, -0.1, np.nan, np.inf, "0.1", None):
        with pytest.raises((TypeError, ValueError), match="^alpha(_L)? is .*; expected a"):
            function(alpha_L, 2)
    for steps in (-1, 1.5, True, "2", None):
        with pytest.raises((TypeError, ValueError), match="^steps is .*; expected a whole .* >= 0"):
            function(0.1, steps)


def test_kinks_too_narrow_for_floats_are_refused():
    with pytest.raises(ValueError, match="1.22e[+]19 from w"):
        extremals.kinks(2.0, 40)
