"""How verdicts are shown in a terminal: a sign, a colour, and how they are counted."""

import os
import sys

from .grading import TWO
from .verdict import CRASHED, PASSED, SLOW, UNTRIED, WRONG

COLOURS = {PASSED: "32", UNTRIED: "2", WRONG: "31", CRASHED: "31", SLOW: "33", TWO: "33"}
SIGNS = {PASSED: "+", UNTRIED: "·", WRONG: "x", CRASHED: "!", SLOW: "…", TWO: "2"}
IN_SUMS = {TWO: "with two answers"}  # how a verdict is counted, where that is another word


def colour(text, verdict, stream=None):
    """The text in its verdict's colour, on a terminal that wants colours (see no-color.org)."""
    stream = stream or sys.stdout
    if not stream.isatty() or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return text
    return f"\x1b[{COLOURS[verdict]}m{text}\x1b[0m"


def count_verdicts(verdicts):
    """ "passed", ... -> how many of the Verdicts say so."""
    found = [verdict.verdict for verdict in verdicts]
    return {kind: found.count(kind) for kind in COLOURS}


def in_sums(kind):
    """How a verdict is called beside a number: "3 with two answers"."""
    return IN_SUMS.get(kind, kind)
