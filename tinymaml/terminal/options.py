"""What an option of a command may be: types for argparse, whose ValueErrors become its messages."""

import argparse
import math


def whole(least):
    """A whole number >= least."""

    def read(text):
        try:
            n = int(text)
        except ValueError:
            n = least - 1
        if n < least:
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number >= {least}")
        return n

    return read


def positive(text):
    """A finite number > 0."""
    try:
        x = float(text)
    except ValueError:
        x = math.nan
    if not 0 < x < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is not a finite number > 0")
    return x


def refuse_unless(read):
    """read(), with its ValueError as a message of argparse's."""
    try:
        return read()
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
