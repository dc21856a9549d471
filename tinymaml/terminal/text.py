"""What the commands print: lines, paragraphs, durations, counts, tables."""

import textwrap

WIDTH = 79  # of the text


def say(text=""):
    print(text, flush=True)  # the progress bars go to stderr: keep the order


def paragraph(text):
    return textwrap.fill(text, WIDTH, break_on_hyphens=False)


def duration(seconds):
    """In words, as precise as an estimate deserves."""
    if seconds < 1:
        return "under 1 s"
    if seconds < 99.5:
        return f"about {seconds:.0f} s"
    return f"about {seconds / 60:.0f} min" if seconds < 5400 else f"about {seconds / 3600:.1f} h"


def count(n, thing):
    return f"{n} {thing}" + ("" if n == 1 else "s")
