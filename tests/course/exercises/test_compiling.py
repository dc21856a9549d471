"""Whether Numba compiles a function of an answer, and what is said where it does not."""

import linecache

import numpy as np
import pytest
from numba import njit
from numba.extending import register_jitable

from tinymaml.course.exercises import compiling

pytestmark = pytest.mark.lesson_05
FILE = "<exercise 05.order>"


def defined(text):
    """The function `f` of an answer's text, which may use `kernel`."""
    linecache.cache[FILE] = (len(text), None, text.splitlines(True), FILE)
    names = {"kernel": register_jitable, "njit": njit}
    exec(compile(text, FILE, "exec"), names)
    return names["f"]


@pytest.mark.parametrize("decorator", ["@kernel\n", "@njit\n"])
def test_a_kernel_compiles_for_others(decorator):
    kernel = defined(f"{decorator}def f(w, n):\n    for i in range(n): w[i] += 1.0\n")
    w = np.zeros(3)
    assert compiling.compiles_for_others(kernel, w, 3) == compiling.YES
    assert not w.any()  # it was not run


def test_a_function_without_a_mark_compiles_alone_only():
    function = defined("def f(w, n):\n    for i in range(n): w[i] += 1.0\n")
    assert compiling.compiles(function, np.zeros(3), 3) == compiling.YES
    assert compiling.compiles_for_others(function, np.zeros(3), 3) == compiling.NOT_MARKED


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("sums[n] = w[0]", "Untyped global name 'sums'"),
        ("w[0] = sum(w[i] for i in range(n))", "The use of yield in a closure is unsupported"),
        ("w[n / 2] = 1.0", "Unsupported array index type float64"),
    ],
)
def test_what_does_not_compile_is_told_with_its_line(body, why):
    kernel = defined(f"sums = {{}}\n@kernel\ndef f(w, n):\n    {body}\n")
    said = compiling.compiles_for_others(kernel, np.zeros(3), 2)
    assert said.startswith(f"no: line 4, `{body}`: {why}")
