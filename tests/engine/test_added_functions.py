"""A new pointwise function is a row of the table and a public name: nothing else has to know.

In a process of its own, because the table is read when the compiled machine is imported.
"""

import os
import subprocess
import sys

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

CHECK = (
    ADDED
    + """
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
    for target in ("numpy", "cpu"):
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
)


def run(code, folder):
    environment = os.environ | {"NUMBA_CACHE_DIR": str(folder)}  # the sources' digest is the same
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, timeout=300
    )


def test_sinh_and_elu_run_on_all_machines_and_print(tmp_path):
    done = run(CHECK, tmp_path)
    assert done.stdout == "all agree\n", done.stderr


def test_more_functions_than_there_are_branches_are_refused(tmp_path):
    too_many = "for k in range(9): FUNCTIONS[str(k)] = FUNCTIONS['sinh']\n"
    done = run(ADDED + too_many + "import tinymaml.engine.compiled.elementwise", tmp_path)
    assert "more than 16 functions: add branches here" in done.stderr
