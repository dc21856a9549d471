"""Judging bounds, missing lines and orders: what is falsified, what passes, and that nothing is
called proved."""

import functools
import itertools
import math
import operator
import statistics
from fractions import Fraction

import numpy as np
import pytest

from tinymaml.course.exercise import Accepted
from tinymaml.course.proofs import Case, between, bound, looks_beyond, order, refused

CASES = [Case("the hill", dict(a=1.1, n=3), 1.1**3), Case("the valley", dict(a=1.2, n=4), 0.5)]
HIDDEN = [Case("a loss you have not seen", dict(a=1.001, n=50), 1.001**50)]


def best(a, n):
    return a**n


def linear(a, n):
    return 1 + n * (a - 1)


def test_a_tight_bound_is_accepted_and_not_called_proved():
    said = bound(lambda a, n: a**n, CASES, HIDDEN, best, proof="the table above, n times")
    assert isinstance(said, Accepted)
    assert said == (
        "Not falsified by 3 instances, and attained by the hill: no smaller bound is true there. "
        "(Not falsified is not proved: the table above, n times.)"
    )


def test_a_false_bound_is_falsified_with_both_sides_and_its_sentence():
    said = bound(lambda a, n: 1 + n * (a - 1), CASES, HIDDEN, best, [(linear, "You added.")])
    assert said == (
        "Falsified. On the hill with a = 1.1, n = 3, the truth is 1.331; your bound says 1.3. "
        "You added."
    )
    assert not isinstance(said, Accepted)


def test_named_instances_are_shown_before_held_out_ones():
    said = bound(lambda a, n: a**n if n < 50 else 0.0, CASES, HIDDEN, best)
    assert said.startswith("Falsified. On a loss you have not seen with a = 1.001, n = 50")
    assert "On the hill" in bound(lambda a, n: 0.0, CASES, HIDDEN, best)
    assert "On the hill" in bound(lambda a, n: -1.0, CASES, HIDDEN, best)


def test_the_digits_that_differ_are_shown():
    said = bound(lambda a, n: a**n * (1 - 1e-8), [Case("one", dict(a=1.0, n=1), 1.0)], (), best)
    assert "the truth is 1; your bound says 0.99999999." in said
    row = [Case("one", dict(x=1.0, y=2.0), 0.0)]
    said = between(lambda x, y: 1 - 1e-8, row, lambda x, y: x, lambda x, y: y)
    assert "the line above is 1, yours 0.99999999" in said


def test_a_loose_bound_is_told_where():
    said = bound(
        lambda a, n: math.exp(n * (a - 1)),
        CASES,
        HIDDEN,
        best,
        [(lambda a, n: math.exp(n * (a - 1)), "One step too generous.")],
    )
    assert said.startswith(
        "Not falsified by 3 instances, but loose: on the valley with a = 1.2, n = 4 "
        "it says 2.22554, where 2.0736 is true"
    )
    assert said.endswith("One step too generous.")


def test_a_loose_bound_is_told_on_a_named_instance_where_one_shows_it():
    assert "loose: on the hill" in bound(lambda a, n: a**n + 1e-3, [CASES[0]], HIDDEN, best)
    assert "loose: on a loss you have not seen" in bound(
        lambda a, n: a**n + (n == 50), CASES, HIDDEN, best
    )


def test_infinity_is_a_bound_and_no_foreseen_one():
    said = bound(lambda a, n: math.inf, CASES, HIDDEN, best, [(linear, "You added.")])
    assert said == (
        "Not falsified by 3 instances, but loose: on the hill with a = 1.1, n = 3 "
        "it says inf, where 1.331 is true and attained."
    )
    assert bound(lambda a, n: -math.inf, CASES, HIDDEN, best, [(linear, "You added.")]).endswith(
        "your bound says -inf."
    )


def test_without_a_best_one_any_true_bound_passes_with_its_tightness():
    said = bound(lambda a, n: 2 * a**n, CASES)
    assert isinstance(said, Accepted) and "whose truth is 0.5 of your bound" in said


@pytest.mark.parametrize(
    "function",
    [
        lambda a, n: "1",
        lambda a, n: None,
        lambda a, n: True,
        lambda a, n: [1.0],
        lambda a, n: np.ones(2),
        lambda a, n: 1j,
        lambda a, n: np.complex128(1),
    ],
)
def test_a_bound_is_a_number(function):
    assert "it should be one number" in bound(function, CASES)


def test_what_came_back_in_place_of_a_number():
    assert "it gives nothing (is there a `return`?); it should be" in bound(
        lambda a, n: None, CASES
    )
    assert "it gives an array of shape (2, 1); it should be" in bound(
        lambda a, n: np.ones((2, 1)), CASES
    )
    assert "it gives a list of length 50; it should be" in bound(lambda a, n: [a] * 50, CASES)


def test_a_number_may_come_as_an_array_without_axes():
    assert isinstance(bound(lambda a, n: np.array(a**n), CASES, HIDDEN, best), Accepted)


def test_a_number_may_be_a_fraction():
    assert isinstance(bound(exact, CASES, HIDDEN, best), Accepted)


def test_nan_and_nothing():
    assert "gives NaN" in bound(lambda a, n: math.nan, CASES)
    with pytest.raises(NotImplementedError):
        bound(lambda a, n: ..., CASES)


def importing(a, n):
    import tinymaml

    return tinymaml


def looking(a, n):
    return CASES[0].truth


def through_another(a, n):
    return looking(a, n)


def inside(a, n):
    return sum((lambda: CASES[0].truth)() for _ in range(3))


def carried(a, n, known=CASES):
    return known[0].truth


def enclosed():
    known = CASES
    return lambda a, n: known[0].truth


def opening(a, n):
    return open("cases")


def counting(a, n):
    global HIDDEN
    HIDDEN = 1


def by_its_globals(a, n):
    return by_its_globals.__globals__["CASES"][0].truth


def by_a_frame(a, n):
    return (k for k in ()).gi_frame.f_back


def by_a_file(a, n):
    return np.loadtxt("cases")


def by_a_module_inside(a, n):
    from numpy import testing

    return testing


def by_numpys_own(a, n):
    return np.lib.npyio


def by_words(a, n):
    return float("{0.__globals__}".format(looking))


def by_words_of_two_rounds(a, n):
    return float("{{0.__globals__}}".format().format(looking))


WORDS = "{0.__globals__}"


def by_words_from_outside(a, n):
    return float(WORDS.format(looking))


def by_an_attribute_getter(a, n):
    return operator.attrgetter("__globals__")(best)


def by_a_library_inside_a_library(a, n):
    return statistics.sys.modules


def remembering(a, n):
    remembering.known = a


under_a_builtins_name = eval("lambda a, n: max(a, n)", {"max": looking})
HALF = 0.5


def helper(a, n):
    return helper(a, n - 1) * a if n else max(1.0, HALF, math.exp(0), np.exp(0.0))


def uses_helper(a, n):
    def power(m):
        return helper(a, m)

    return power(n)


@pytest.mark.parametrize(
    "function",
    [
        importing,
        looking,
        through_another,
        inside,
        carried,
        enclosed(),
        opening,
        counting,
        by_its_globals,
        by_a_frame,
        by_a_file,
        by_a_module_inside,
        by_numpys_own,
        by_words,
        by_words_of_two_rounds,
        by_words_from_outside,
        by_an_attribute_getter,
        by_a_library_inside_a_library,
        remembering,
        under_a_builtins_name,
    ],
)
def test_an_answer_that_looks_at_instances_is_refused(function):
    assert looks_beyond(function)
    assert "may depend on a and n only" in bound(function, CASES)


@functools.lru_cache(maxsize=None)
def cached_look(a, n):
    return max(case.truth for case in CASES)


cached_look.__wrapped__ = max  # what it says that it keeps is no matter


def by_a_cached_look(a, n):
    return cached_look(a, n)


class Factor:
    def __init__(self, a):
        self.a = a


def by_a_class(a, n):
    return Factor(a).a ** n


def test_a_cache_hides_nothing():
    assert looks_beyond(by_a_cached_look) == "CASES"


def test_a_class_is_told_as_a_class():
    said = bound(by_a_class, CASES)
    assert "uses the class `Factor`" in said and "Write it as a function." in said


def test_what_raises_tells_the_instance():
    def too_large(a, n):
        return float(a) ** (n * 10**9)

    with pytest.raises(OverflowError) as caught:
        bound(too_large, CASES)
    assert caught.value.__notes__ == [f"on {next(case for case in CASES if case.inputs['a'] > 1)}"]


def test_a_function_from_elsewhere_is_named_itself():
    def elsewhere(a, n, search=pytest.approx):
        return search(a)

    assert looks_beyond(elsewhere) == "approx"
    assert looks_beyond(under_a_builtins_name) == "max"


@pytest.mark.parametrize("function", [print, "a ** n", 3.0, np.vectorize(best)])
def test_what_is_no_function_is_told_so(function):
    assert bound(function, CASES).startswith(
        "The answer has to be a function of a and n, written with `def`; yours is a"
    )
    assert between(function, ROWS, above, below).startswith(
        "The answer has to be a function of x and y"
    )


def importing_arithmetic(a, n):
    import math as m

    from numpy.linalg import norm

    return m.exp(norm([a])) ** n


def checking(a, n):
    if not isinstance(n, int):
        raise ValueError("half a step")
    return a**n


def complaining(a, n):
    """Raises what it likes."""
    if not isinstance(n, int):
        raise TypeError("n is {}, {:.3g} too much".format(type(n), n))
    if a < 0:
        raise ArithmeticError(f"{a}")
    return a**n


def reducing(a, n):
    return functools.reduce(operator.mul, [a] * n) + list(itertools.accumulate([0.0, a]))[0]


def exact(a, n):
    return Fraction(a) ** n


TABLE = {"steps": [1, 2.0], "more": (np.float64(1), Fraction(1, 2))}


def looking_up(a, n):
    return TABLE["steps"][0] * a**n


@functools.cache
def cached(a, n):
    return 1.0 if n == 0 else a * cached(a, n - 1)


def by_a_cached_helper(a, n):
    return cached(a, n)


imported = eval("lambda a, n: exp(n) * norm([a])", {"exp": math.exp, "norm": np.linalg.norm})


@pytest.mark.parametrize(
    "function",
    [
        helper,
        uses_helper,
        best,
        linear,
        importing_arithmetic,
        checking,
        complaining,
        exact,
        reducing,
        looking_up,
        by_a_cached_helper,
        imported,
    ],
)
def test_arithmetic_is_no_offence(function):
    assert looks_beyond(function) is None and refused(function, ["a", "n"]) is None


def test_parameters_may_have_other_names_and_orders():
    assert isinstance(bound(lambda n, a: a**n, CASES, best=best), Accepted)
    assert isinstance(bound(lambda x, y: x**y, CASES, best=best), Accepted)


ROWS = [Case("one", dict(x=1.0, y=2.0), 0.0), Case("two", dict(x=2.0, y=2.0), 0.0)]


def above(x, y):
    return x


def below(x, y):
    return x + y + 1


def test_a_missing_line():
    assert between(lambda x, y: x + y, ROWS, above, below) is None
    assert between(lambda x, y: x / 2, ROWS, above, below, [(lambda x, y: x / 2, "Half.")]) == (
        "False: on one with x = 1, y = 2 the line above is 1, yours 0.5, "
        "and a chain may not decrease. Half."
    )
    assert between(lambda x, y: x + 9, ROWS, above, below).startswith(
        "Too much: on one with x = 1, y = 2 yours is 10"
    )
    assert "the line above once more" in between(lambda x, y: 1.0 * x, ROWS, above, below)
    assert "the line below once more" in between(lambda x, y: 1 + y + x, ROWS, above, below)


WHY = dict(A="A starts from B.", B="B is the definition.", C="C needs A.")


@pytest.mark.parametrize(
    "given, said",
    [
        ("BAC", None),
        (["B", "A", "C"], None),
        ("B, A, C", None),
        (("A", "B", "C"), "The chain cannot start with A. A starts from B."),
        ("B, A, C.", None),
        ([], "Every one of the lines A, B and C has to appear once; yours are none."),
        ("BCA", "After B cannot come C. C needs A."),
        ("BA", "Every one of the lines A, B and C has to appear once; yours are B and A."),
    ],
)
def test_an_order(given, said):
    assert order(given, "BAC", WHY) == said


def test_no_order_yet():
    with pytest.raises(NotImplementedError):
        order(["B", ...], "BAC", WHY)
    with pytest.raises(NotImplementedError):
        order(..., "BAC", WHY)


def test_a_held_out_case_is_named_only_where_it_is_tighter():
    rounded = [Case("one by rounding", dict(a=1.3, n=2), 1.3**2 * (1 + 1e-13))]
    assert "attained by the hill" in bound(best, CASES, rounded)
    assert "attained by one by rounding" in bound(best, CASES[1:], rounded)
