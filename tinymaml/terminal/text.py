"""What the commands print: lines, paragraphs, durations, counts, tables."""

import re
import sys
import textwrap
import unicodedata

WIDTH = 79  # of the text
TOGETHER = re.compile(r"`[^`]{,60}`| [=<>≤≥] ")  # to be typed; a relation between two numbers
GLUE = "\x00"  # stands for a space at which no line is folded


def say(text=""):
    print(text, flush=True)  # the progress bars go to stderr: keep the order


def paragraph(text):
    return textwrap.fill(text, WIDTH, break_on_hyphens=False)


def fold(text):
    """The lines of a text, folded between words where they are too long.

    What stands in backquotes, to be typed, stays in one piece, and so does "L = 1". A continued
    line is indented as it began, and two columns more.
    """
    return "\n".join(fold_line(line) if width(line) > WIDTH else line for line in text.split("\n"))


def fold_on_screen(text):
    """A text, folded where a person reads it; what goes into a file or a pipe stays as it is."""
    return fold(text) if sys.stdout.isatty() else text


def fold_line(line):
    """One line, folded."""
    kept = TOGETHER.sub(lambda found: found[0].replace(" ", GLUE), line)
    indent = " " * (len(line) - len(line.lstrip(" ")) + 2)
    folded = textwrap.fill(
        kept, WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )
    return folded.replace(GLUE, " ")


def duration(seconds):
    """In words, as precise as an estimate deserves."""
    if seconds < 1:
        return "under 1 s"
    if seconds < 99.5:
        return f"about {seconds:.0f} s"
    return f"about {seconds / 60:.0f} min" if seconds < 5400 else f"about {seconds / 3600:.1f} h"


def count(n, thing, things=None):
    """ "1 lesson", "2 lessons"; things: the plural, where it does not end in s alone."""
    return f"{n} {thing if n == 1 else things or thing + 's'}"


# ---- tables


def align(rows, right=(), least=(), gap="  "):
    """The lines of a table whose cells stand below each other, a line for each row.

    rows: lists of texts, all of one length. right: the numbers of the columns that are flush right,
    as numbers are; the others are flush left. least: how wide the first columns are at least.
    """
    rows = list(rows)
    widths = column_widths(rows)
    for k, n in enumerate(least):
        widths[k] = max(widths[k], n)
    lines = []
    for row in rows:
        cells = []
        for k, cell in enumerate(row):
            space = " " * (widths[k] - width(cell))
            cells.append(space + cell if k in right else cell + space)
        lines.append(gap.join(cells).rstrip())
    return lines


def column_widths(rows):
    """The width of each column's widest cell."""
    return [max(map(width, column)) for column in zip(*rows, strict=True)]


def width(text):
    """How many columns of a terminal a text takes: the marks above letters take none."""
    return sum(not unicodedata.combining(character) for character in text)
