"""Python in a process of its own."""

import os
import subprocess
import sys
import textwrap
import time
from pathlib import Path

TESTS = Path(__file__).parents[1]


def run_python(code, **environment):
    """A fresh Python process -> (output, error output); fails if it fails.

    It runs in the tests' folder: in the folder above, a clone's package would be found first.
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        env=os.environ | environment,
        cwd=TESTS,
        capture_output=True,
        text=True,
        timeout=1200,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip(), done.stderr


def wait_for(look, patience=60):
    """What look() finds, as soon as it finds something. patience: seconds; it only ends a hang."""
    end = time.monotonic() + patience
    while True:
        found = look()
        if found:
            return found
        assert time.monotonic() < end, "nothing came"
        time.sleep(0.1)
