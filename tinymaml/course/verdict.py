"""What is said about an answer."""

from typing import NamedTuple

PASSED = "passed"
UNTRIED = "not yet attempted"
WRONG = "wrong"
CRASHED = "crashed"
SLOW = "too slow"


class Verdict(NamedTuple):
    """What is said about an answer."""

    exercise: str
    verdict: str  # PASSED, UNTRIED, WRONG, CRASHED or SLOW
    message: str = ""
    printed: str = ""  # the end of what the answer printed

    def __str__(self):
        end = f" {self.message}" if self.message else ""
        return f"{self.exercise}: {self.verdict}.{end}"
