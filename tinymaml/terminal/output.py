"""What is printed, and what to do where it cannot be: the reader has gone, or the disk is full."""

import os
import sys


def flush():
    """Write what waits to be written. Raises OSError where that fails."""
    if sys.stdout is not None:  # where the shell has closed it
        sys.stdout.flush()


def discard_rest():
    """Throw away what waits and cannot be written: Python would try again, and fail, at its end."""
    try:
        flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
