"""Words for how the process of an answer ended, where it gave no report."""

import signal

from .copies import OUTPUT
from .verdict import CRASHED, SLOW, Verdict


def explain_end(name, end, limits):
    """The Verdict on an answer whose process ended so. end: an End of copies.py."""
    code = end.code
    if end.flood:
        flood = f"It printed more than {OUTPUT >> 20} MB"
        words = f"{flood}: is there a print in a loop that does not end?"
        return Verdict(name, CRASHED, words, end.printed)
    if end.late or code == -getattr(signal, "SIGXCPU", 0):
        time = f"{limits.clock:g} seconds" if end.late else f"{limits.seconds:g} seconds of work"
        words = f"After {time} it was stopped: is there a loop that does not end?"
        return Verdict(name, SLOW, words, end.printed)
    *before, last = end.printed.strip().split("\n")
    if "MemoryError" in last or "Unable to allocate" in last:
        words = "It asks for more memory than an answer may have."
        return Verdict(name, CRASHED, words, end.printed)
    said = f" The last line that it printed: {last[-300:]}" if last else ""
    printed = end.printed if before else ""  # one line is in what is said
    if code < 0:
        why = ": perhaps it took too much memory" if code == -getattr(signal, "SIGKILL", 0) else ""
        words = f"Its process was killed ({signal_name(-code)}){why}.{said}"
        return Verdict(name, CRASHED, words, printed)
    words = f"It ended the process that graded it (exit code {code}).{said}"
    return Verdict(name, CRASHED, words, printed)


def signal_name(number):
    """ "SIGKILL", or "signal 39" where it has no name."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
