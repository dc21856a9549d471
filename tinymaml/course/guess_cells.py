"""The cells of a lesson that ask for a guess: how the learner sees them, and the rules they keep.

    guess("00.after_one_step", 1.5)                                 a number
    guess("00.longer", "worse", choices=("better", "worse"))        one of some words

The source and the complete notebook hold a guess that a reader might well make. In the learner's
notebook it is open: dots stand in its place.
"""

import ast
import re

from .guesses import BadGuess, understand

GUESS = re.compile(r'^guess\("(\d\d\.\w+)", ("[^"\n]*"|[^\s,)]+)', re.M)
CALL = re.compile(r'\bguess\(["\']')
SHOWN = re.compile(r'\b(?:guessed|mark_guess)\("(\d\d\.\w+)"')


def guesses_in(text):
    """The names of the guesses that a cell of code asks for, in order."""
    return [found[1] for found in GUESS.finditer(text)]


def shown_in(text):
    """The names of the guesses that a cell of code shows beside the truth."""
    return SHOWN.findall(text)


def opened(text):
    """A cell of code with its guesses open."""

    def open_one(found):
        dots = '"..."' if found[2].startswith('"') else "..."
        return f'guess("{found[1]}", {dots}'

    return GUESS.sub(open_one, text)


def find_faults(lesson):
    """What is wrong with the guesses of a Lesson: yields a cell and what is wrong there.

    A guess has a name of the lesson's own, which no exercise has, and comes once. Its cell holds
    guesses alone, a line each, and each is a number or one of its choices. A later cell shows it.
    """
    asked = {}  # name -> its cell
    shown = set()
    for cell in lesson.cells:
        if cell.kind != "code":
            continue
        for name in shown_in(cell.text):
            if name not in asked:
                yield cell, f"{name} is shown before it is guessed"
            shown.add(name)
        names = guesses_in(cell.text)
        words = complain(cell.text, len(names)) if CALL.search(cell.text) else None
        if words:
            yield cell, words
        for name in names:
            if name in asked or name in lesson.exercises or not name.startswith(lesson.number):
                yield (
                    cell,
                    f"guess {name} belongs to another lesson, comes twice, or is an exercise",
                )
            asked[name] = cell
    for name, cell in asked.items():
        if name not in shown:
            yield cell, f"no later cell shows guess {name} beside the truth"


def complain(text, count):
    """What is wrong with the text of a cell that asks for `count` guesses; None if nothing is."""
    try:
        calls = [statement.value for statement in ast.parse(text).body]
        values = [ast.literal_eval(call.args[1]) for call in calls]
        options = [
            {key.arg: ast.literal_eval(key.value) for key in call.keywords} for call in calls
        ]
    except (SyntaxError, ValueError, AttributeError, IndexError):
        calls = []
    if len(calls) != count or not count:
        return 'a cell with guesses holds guesses alone, a line each: guess("00.a_name", 1.5)'
    for value, option in zip(values, options, strict=True):
        try:
            understand([value], **option)
        except BadGuess as error:
            return str(error)
    return None
