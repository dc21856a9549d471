"""Python code in a process of its own: what it does to the process, or to its environment, ends
with it."""

import os
import signal
import subprocess
import sys


def run_python(code, variables=None, patience=None):
    """Run code in a new Python process. -> the last line that it prints.

    variables: environment variables to set, besides those that are there; None removes one.
    patience: how many seconds it may take, by default any. Raises RuntimeError with what went
    wrong, or if it takes longer.
    """
    environment = dict(os.environ)
    for name, value in (variables or {}).items():
        if value is None:
            environment.pop(name, None)
        else:
            environment[name] = value
    try:
        done = subprocess.run(
            [sys.executable, "-c", code],
            env=environment,
            capture_output=True,
            text=True,
            timeout=patience,
        )
    except subprocess.TimeoutExpired:
        raise RuntimeError(f"no answer within {patience} s") from None
    if done.returncode < 0:
        raise RuntimeError(f"the process was ended ({signal.strsignal(-done.returncode)})")
    if done.returncode:
        errors = done.stderr.strip().splitlines()
        raise RuntimeError(
            errors[-1] if errors else f"the process ends with code {done.returncode}"
        )
    return done.stdout.splitlines()[-1]
