"""What a check of the doctor yields."""

from typing import NamedTuple


class Finding(NamedTuple):
    """A line of the report: what was looked at, what was found."""

    name: str
    found: str
    problem: str = ""  # and what to do about it


def describe(error):
    return f"{type(error).__name__}: {error}"
