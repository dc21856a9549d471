"""The other tests of the compiled machine with the lane emulator in the CPU's place (`pytest
--target emulator`)."""

import os
import pathlib
import subprocess
import sys

import pytest

pytestmark = pytest.mark.lesson_06

TESTS = pathlib.Path(__file__).parents[2]
QUICK = [
    "maml/test_bad_tasks.py",
    "engine/test_derivatives.py::test_fixed_losses",
    "engine/test_derivatives.py::test_a_loss_may_be_a_parameter_or_linear",
    "maml/test_meta_gradient.py::test_without_steps_all_methods_are_the_gradient_at_w",
    "maml/test_meta_gradient.py::test_adapt_is_gradient_descent",
    "maml/test_meta_gradient.py::test_any_size_of_support_and_query[(1, 9)-cpu]",
    "maml/test_meta_gradient.py::test_a_delta_of_ones_own",
    "maml/test_meta_gradient.py::test_results_of_each_task_only_on_request_and_consistent[float32-cpu]",
]
WHOLE = [
    "engine/test_derivatives.py",
    "maml/test_meta_gradient.py",
    "engine/compiled/test_blocks.py",
    "engine/test_pointwise.py",
    "maml/test_bad_tasks.py",
    "maml/test_algorithms.py",
    "maml/test_quadratics.py",
]


@pytest.mark.parametrize(
    "files", [QUICK, pytest.param(WHOLE, marks=pytest.mark.slow)], ids=["quick", "whole"]
)
def test_in_the_emulator(files):
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "--target",
            "emulator",
            "-n0",
            "-p",
            "no:cacheprovider",
            "-k",
            "not numpy",
            *files,
        ],
        cwd=TESTS,
        env=os.environ | dict(HYPOTHESIS_EXAMPLES="10"),
        capture_output=True,
        text=True,
        timeout=3000,
    )
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-1000:]
