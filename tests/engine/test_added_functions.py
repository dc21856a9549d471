"""A new pointwise function is a row of the table and a public name: nothing else has to know.

In a process of its own, because the table is read when the compiled machine is imported.
"""

import pytest

from helpers.processes import run_python

pytestmark = pytest.mark.lesson_05

ADDED = """
import numpy as np
import tinymaml as tm
from tinymaml.engine.elementary import exp, select
from tinymaml.engine.function_table import FUNCTIONS, Function
from tinymaml.engine.operations import pointwise_operation

FUNCTIONS["sinh"] = Function(
    value=lambda x, T: (exp(x) - exp(-x)) * T(0.5),
    slope=lambda x, y, T: (exp(x) + exp(-x)) * T(0.5),
    curvature=lambda y, s, T: y)
FUNCTIONS["elu"] = Function(
    value=lambda x, T: select(x > T(0), x, exp(x) - T(1)),
    slope=lambda x, y, T: select(x > T(0), T(1), y + T(1)),
    curvature=lambda y, s, T: select(y > T(0), T(0), s))
sinh = pointwise_operation("sinh", "Hyperbolic sine")
elu = pointwise_operation("elu", "x, or exp(x) - 1 where x < 0")
"""

CHECK = """
from tinymaml.engine.compiled.plan import evaluate
from tinymaml.engine.gpu import emulated

closed_forms = {
    "sinh": (sinh, np.sinh, np.cosh, np.sinh),
    "elu": (elu, lambda x: np.where(x > 0, x, np.expm1(x)),
            lambda x: np.where(x > 0, 1, np.exp(x)), lambda x: np.where(x > 0, 0, np.exp(x))),
}
rng = np.random.default_rng(0)
for name, (function, value, slope, curvature) in closed_forms.items():
    x = rng.uniform(-2, 2, 23)
    v = rng.normal(size=23)
    weights = rng.normal(size=(1, 23))
    loss = tm.Loss(lambda p, c: tm.sum(c * function(p["x"])), {"x": x})
    want = [np.sum(weights * value(x)), weights[0] * slope(x), weights[0] * curvature(x) * v]
    for target in TARGETS:
        got = [loss.value(x, weights, target=target), loss.gradient(x, weights, target=target),
               loss.hvp(x, v, weights, target=target)]
        for a, b in zip(got, want, strict=True):
            assert np.abs(a - b).max() < 1e-14, (name, target, np.abs(a - b).max())
    tape = loss.tape(weights)
    for result, b in zip(("value", "gradient", "hvp"), want, strict=True):
        direction = v if result == "hvp" else None
        a = evaluate(emulated.run, loss, result, tape, x, direction, [weights])
        assert np.abs(a - b).max() < 1e-14, (name, "emulator", result)
    listing = tape.listing("hvp")
    assert {"sinh": "= v2[0,j] · x_dot[0,j]",
            "elu": "= (0 if v2[0,j] > 0 else v2_slope[0,j]) · x_dot[0,j]"}[name] in listing, listing
print("all agree")
"""

# the loops that all_tasks would call, compiled alone
COMPILED = """
from numba import njit
from tinymaml.engine.compiled.elementwise import make_loops

x = np.linspace(-2, 2, 23)
for name, y, slope, curvature in (
    ("sinh", np.sinh(x), np.cosh(x), np.sinh(x)),
    ("elu", np.where(x > 0, x, np.expm1(x)),
     np.where(x > 0, 1, np.exp(x)), np.where(x > 0, 0, np.exp(x))),
):
    apply, curve = make_loops(FUNCTIONS[name])
    memory = np.concatenate([x, np.zeros(3 * 23), x])

    @njit
    def run(memory):
        apply(memory, 23, 46, 0, 0, 23)
        curve(memory, 69, 23, 46, 92, 23)

    run(memory)
    want = np.concatenate([x, y, slope, curvature * x, x])
    assert np.abs(memory - want).max() < 1e-14, name
print("all agree")
"""


@pytest.mark.parametrize(
    "targets",
    [("numpy",), pytest.param(("numpy", "cpu"), marks=pytest.mark.slow)],
    ids=["without compiling", "whole"],
)
def test_sinh_and_elu_run_on_all_machines_and_print(targets, tmp_path):
    # a folder of its own, for compiled code is kept by the digest of the sources
    code = ADDED + f"TARGETS = {targets}\n" + CHECK
    assert run_python(code, NUMBA_CACHE_DIR=str(tmp_path))[0] == "all agree"


def test_sinh_and_elu_are_compiled():
    assert run_python(ADDED + COMPILED)[0] == "all agree"


def test_more_functions_than_there_are_branches_are_refused():
    too_many = "for k in range(9): FUNCTIONS[str(k)] = FUNCTIONS['sinh']\n"
    with pytest.raises(AssertionError, match="more than 16 functions: add branches here"):
        run_python(ADDED + too_many + "import tinymaml.engine.compiled.elementwise")
