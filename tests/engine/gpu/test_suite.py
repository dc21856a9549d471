"""The other tests of the compiled machine with the lane emulator in the CPU's place (`pytest
--target emulator`)."""

import pytest

from helpers.suites import COMPILED_MACHINE, run_tests

pytestmark = pytest.mark.lesson_06

QUICK = [
    "maml/test_bad_tasks.py::test_tasks_that_do_not_fit_the_loss",
    "engine/test_derivatives.py::test_a_loss_may_be_a_parameter_or_linear",
    "maml/test_meta_gradient.py::test_without_steps_all_methods_are_the_gradient_at_w",
    "maml/test_meta_gradient.py::test_adapt_is_gradient_descent",
    "maml/test_alpha.py::test_equal_entries_are_one_number[exact-resampled-cpu]",
    "maml/test_alpha.py::test_equal_entries_are_one_number[first-order-finite-sum-cpu]",
    "maml/test_meta_gradient.py::test_any_size_of_support_and_query[(1, 9)-cpu]",
    "maml/test_meta_gradient.py::test_a_delta_of_ones_own",
    "maml/test_meta_gradient.py::test_results_of_each_task_only_on_request_and_consistent[float32-cpu]",
]


@pytest.mark.parametrize(
    "files", [QUICK, pytest.param(COMPILED_MACHINE, marks=pytest.mark.slow)], ids=["quick", "whole"]
)
def test_in_the_emulator(files):
    run_tests("emulator", "-k", "not numpy", *files, HYPOTHESIS_EXAMPLES="10")
