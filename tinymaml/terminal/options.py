"""What an option of a command may be: types for argparse, whose errors become its messages."""

import argparse
import math
import reprlib

SEEDS = 10**18  # the largest seed


def whole(least, most):
    """A whole number, least <= n <= most."""

    def read(text):
        try:
            n = int(text)
        except ValueError:
            n = least - 1
        if not least <= n <= most:
            raise argparse.ArgumentTypeError(
                f"{reprlib.repr(text)} is not a whole number from {least} to {most:,}"
            )
        return n

    return read


def number(least, most):
    """A number, least <= x <= most."""

    def read(text):
        try:
            x = float(text)
        except ValueError:
            x = math.nan
        if not least <= x <= most:
            raise argparse.ArgumentTypeError(
                f"{reprlib.repr(text)} is not a number from {least:g} to {most:g}"
            )
        return x

    return read


def refuse_unless(read):
    """read(), with its ValueError, or the system's word on a path, as a message of argparse's."""
    try:
        return read()
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    except OSError as error:
        raise argparse.ArgumentTypeError(f"{error.strerror}: {error.filename}") from None
