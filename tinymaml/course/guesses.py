"""Predictions: a guess is noted before the reader sees the truth, and shown beside it afterwards.

    guess("00.after_one_step", 1.5)             noted; prints nothing about right or wrong
    guessed("00.after_one_step", 0.72)          after one step: you guessed 1.5; it is 0.72.
    mark_guess("00.after_one_step", ax, x=1)    a mark in the figure, at (1, 1.5)

No guess is graded, and none stops a notebook. A guess is known in the notebook's session; in a
learner's folder it is also a line of `.tinymaml/guesses.jsonl`, to which lines are only ever added.
A guess has a name of its own, which is read out: "after one step". A lesson that asks for something
else gives it another name.
"""

import json
import math
import os
from numbers import Integral, Real
from pathlib import Path

from ..pictures import BLACK, PURPLE
from ..terminal.text import fold

SESSION: dict[str, float | str] = {}  # name -> the guess, of this session
LABEL = "your guess"  # in a figure's legend


class BadGuess(ValueError):
    """This is no guess; carries the words that say what one is."""


def guess(name, *values, choices=()):
    """Note a guess, and print that it was noted, or one line that says why it was not.

    values: one value, a number, or one of the choices where there are any. `...` is an open guess;
    one that was noted before stays. In the process that grades an answer this does nothing.
    """
    if os.environ.get("TINYMAML_GRADING"):
        return
    if not isinstance(name, str):
        print('A guess starts with its name, in quotes: guess("00.after_one_step", 1.5)')
        return
    before = recall(name)
    if is_open(values):
        if before is None:
            said = f"{subject(name)}: open; write {wanted(choices)} in place of the dots."
        else:
            said = f"{subject(name)}: open; your guess from before is kept, {text(before)}."
        print(fold(said))
        return
    try:
        value = understand(values, choices)
    except BadGuess as error:
        print(fold(f"{subject(name)}: {error}"))
        return
    SESSION[name] = value
    store(name, value)
    instead = "" if before in (None, value) else f", in place of {text(before)}"
    print(f"{subject(name)}: noted, {text(value)}{instead}.")


def guessed(name, truth):
    """Print the guess of this name beside the truth, a number or a word."""
    if os.environ.get("TINYMAML_GRADING"):
        return
    value = recall(name)
    if value is None:
        print(f"{subject(name)}: it is {text(truth)}; you made no guess.")
    else:
        print(f"{subject(name)}: you guessed {text(value)}; it is {text(truth)}.")


def mark_guess(name, ax, x=None, curve=None, color=PURPLE):
    """Draw the guess of this name into a figure; call it last, before the legend.

    ax: matplotlib's axes. x: where the guess, a height, stands. curve: the xs, increasing, and the
    ys of a line; the guess is one of the xs, and the mark stands on the line. color: that of the
    line it is about, where there are several guesses. A guess beyond the axes becomes a triangle
    at their edge: the axes stay as they are. Without a guess, or where it is a word, nothing is
    drawn.
    """
    from matplotlib.lines import Line2D
    from numpy import interp

    value = recall(name)
    if value is None or isinstance(value, str):
        return
    if curve is None:
        y, marker = into_view(value, ax.get_ylim(), "v^")
    else:
        x, marker = into_view(value, ax.get_xlim(), "<>")
        y = interp(x, *curve)
    label = "_nolegend_" if LABEL in ax.get_legend_handles_labels()[1] else LABEL
    look = dict(color=color, markeredgecolor=BLACK, markersize=8, linestyle="none", zorder=10)
    # an artist, not a line of the plot: the axes' limits do not follow it
    ax.add_artist(Line2D([x], [y], marker=marker, label=label, clip_on=False, **look))


def into_view(value, limits, beyond):
    """A guess moved to the nearer end of an axis if it lies outside. -> value, marker

    beyond: the markers for a guess below the axis's lower end, and above its upper end.
    """
    low, high = sorted(limits)
    if value < low:
        return low, beyond[0]
    if value > high:
        return high, beyond[1]
    return value, "D"


def is_open(values):
    """Has nobody written a guess yet? A word is open too as long as it is dots, or empty."""
    if not values:
        return True
    if len(values) > 1:
        return False
    value = values[0]
    return value is ... or value is None or (isinstance(value, str) and not value.strip(" .…"))


def understand(values, choices=()):
    """The guess that was meant: a number, or one of the choices. Raises BadGuess."""
    if len(values) > 1:
        raise BadGuess(
            f"a guess is {wanted(choices)}, one value; a decimal point is a point, and thousands "
            "have no comma."
        )
    value = values[0]
    if choices:
        for choice in choices:
            if isinstance(value, (str, Real)) and same_word(value, choice):
                return choice
    else:
        number = as_number(value)
        if number is not None:
            return number
    raise BadGuess(f"a guess is {wanted(choices)}; yours is {describe(value)}.")


def same_word(a, b):
    """Are two words the same, upper and lower case and blanks around them aside?"""
    return str(a).strip().casefold() == str(b).casefold()


def as_number(value):
    """A finite number as Python's own int or float; None if it is none."""
    if isinstance(value, bool) or not isinstance(value, (str, Real)):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    if not math.isfinite(number):
        return None
    return int(value) if isinstance(value, Integral) else number


def describe(value):
    """What was given in place of a guess, in a word or two."""
    if isinstance(value, (str, bool, float)):
        return repr(value) if len(repr(value)) < 60 else f"{repr(value)[:60]}..."
    if isinstance(value, Integral):
        return "another number"
    return f"of the type {type(value).__name__}"


def wanted(choices):
    """What is asked for: "a number", or the choices."""
    if not choices:
        return "a number"
    words = [text(choice) for choice in choices]
    return f"{', '.join(words[:-1])} or {words[-1]}"


def subject(name):
    """ "after one step", for "00.after_one_step"."""
    return name.partition(".")[2].replace("_", " ") or name


def text(value):
    """A guess or a truth as it is printed: a word in quotes, a number to three digits, or all
    digits of a whole one."""
    if isinstance(value, str):
        return f'"{value}"'
    if not math.isfinite(value):
        return str(value)
    if abs(value) >= 1e9:
        return f"{value:.3g}"
    if value == round(value):
        return f"{value:,.0f}"
    three_digits = f"{value:.3g}"
    rounded = float(three_digits)
    return f"{rounded:,.0f}" if abs(rounded) >= 1000 else three_digits


# What is remembered.


def recall(name):
    """The guess of this name: of this session, else of the learner's folder; None if there is
    none."""
    if name in SESSION:
        return SESSION[name]
    file = find_file()
    return read(file).get(name) if file else None


def find_file():
    """The file of the guesses, in the learner's folder that this one is or lies in, or None.

    The folder is TINYMAML_WORK if that is set ("" is nowhere). None where answers are graded or
    solutions are built: those guesses are nobody's.
    """
    for word in ("TINYMAML_GRADING", "TINYMAML_STRICT", "NBGRADER_EXECUTION"):
        if os.environ.get(word):
            return None
    from .folder import MARK, marked_above

    place = os.environ.get("TINYMAML_WORK", ".")
    if not place:
        return None
    try:
        folder = marked_above(Path(place))
    except OSError:  # the folder is gone
        return None
    return folder / MARK / "guesses.jsonl" if folder else None


def read(file):
    """name -> the last guess, of a file of guesses. A line that is damaged is left out."""
    try:
        rows = file.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return {}
    found = {}
    for row in rows:
        try:
            entry = json.loads(row)
            name, value = entry["guess"], entry["value"]
        except (ValueError, KeyError, TypeError, RecursionError):
            continue
        known = isinstance(value, str) or as_number(value) is not None
        if isinstance(name, str) and known:
            found[name] = value
    return found


def store(name, value):
    """Add a guess to the file, unless it is the last one there; a folder that may only be read
    stays as it is."""
    file = find_file()
    if file is None or read(file).get(name) == value:
        return
    row = json.dumps({"guess": name, "value": value}) + "\n"
    try:
        with open(file, "a+b") as stream:
            stream.seek(0)
            written = stream.read()
            if written and not written.endswith(b"\n"):  # its last line was cut off
                row = "\n" + row
            stream.write(row.encode())
    except OSError:
        pass
