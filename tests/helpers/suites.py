"""The tests of the compiled machine, run again with another machine in the CPU's place."""

import os
import subprocess
import sys

from helpers.processes import TESTS

COMPILED_MACHINE = [
    "engine/test_derivatives.py",
    "maml/test_meta_gradient.py",
    "maml/test_alpha.py",
    "maml/test_evaluation.py",
    "engine/compiled/test_blocks.py",
    "engine/test_pointwise.py",
    "engine/test_composed.py",
    "maml/test_bad_tasks.py",
    "maml/test_divergence.py",
    "maml/test_diverged.py",
    "maml/test_algorithms.py",
    "maml/test_quadratics.py",
]


def run_tests(target, *words, **environment):
    """Run pytest with --target and these words, in a process of its own; fails if a test fails."""
    command = [sys.executable, "-m", "pytest", "--target", target]
    done = subprocess.run(
        [*command, "-n0", "-p", "no:cacheprovider", *words],
        cwd=TESTS,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=3000,
    )
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-1000:]
