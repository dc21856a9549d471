"""`tinymaml check --watch`: what has changed is checked again whenever a notebook is saved."""

import sys
import textwrap
import time

from ..terminal.text import WIDTH, fold_on_screen, say
from . import answers
from .grading import grade_all
from .known import KnownVerdicts
from .progress import narrow, say_empty, say_left_out
from .saves import saves
from .signs import colour
from .verdict import CRASHED, PASSED, UNTRIED


def watch(path, names, own=None):
    """Check answers, of a folder or of one notebook, again whenever a notebook is saved.

    names: the exercises. own: as in folder.read. Ctrl-C ends it. -> exit code
    """
    reports = Reports(names)
    try:
        say(f"Watching {path}: save a notebook, and it is checked. Ctrl-C ends this.")
        for files, folder in saves(path, own):
            say(f"{time.strftime('%H:%M:%S')}  {', '.join(files) or 'all answers'}")
            reports.add(folder)
    except KeyboardInterrupt:
        if sys.stdout.isatty():
            print()  # the terminal has written ^C
        return 0


class Reports:
    """What was said about some exercises' answers, so that only what is new is said again."""

    def __init__(self, names):
        self.names = names
        self.verdicts = {}  # exercise -> its last Verdict
        self.codes = {}  # exercise -> the texts of its answers
        self.sentences = []  # about files
        self.known = SessionVerdicts()

    def add(self, folder):
        """Grade what has changed in a Folder, and print it; None where nothing is there.

        What cannot be read leaves the verdicts as they were.
        """
        if folder is None or folder.is_empty:
            say(indent(say_empty(folder) if folder else "It is not there any more."))
            return
        names, absent = narrow(folder, self.names)
        found = {name: answers.find(folder, name) for name in names}
        readable = [name for name in names if found[name].verdict != CRASHED]
        codes = {name: [place.code for place in found[name].places] for name in readable}
        not_here = {name for source in absent for name in source.exercises}
        told = []

        def tell(verdict):
            name = verdict.exercise
            before = self.verdicts.get(name)
            is_new = verdict != before or codes[name] != self.codes[name]
            if is_new and name not in not_here and not is_quiet(verdict, before, len(names)):
                say(say_change(verdict, before))
                told.append(name)

        self.known.open(folder)
        try:
            verdicts = grade_all([(folder, n) for n in readable], tell, self.known, fresh=False)
        finally:
            self.known.save()
        is_first = not self.verdicts
        self.verdicts |= {verdict.exercise: verdict for verdict in verdicts}
        self.codes |= codes
        sentences = say_left_out(folder, absent)
        new = [sentence for sentence in sentences if sentence not in self.sentences]
        for sentence in new:
            say(indent(sentence))
        self.sentences = sentences
        if not (told or new or is_first):
            say("  No answer has changed.")
        if len(names) > 1:
            say(say_sum(self.verdicts))


def is_quiet(verdict, before, count):
    """Is a new Verdict, one of so many, not worth a line?

    It is not where the exercise is as untried as before, or at first, among others, had passed.
    """
    if verdict.verdict == UNTRIED and not verdict.message:
        return count > 1 and (before is None or before.verdict == UNTRIED)
    return count > 1 and before is None and verdict.verdict == PASSED


def indent(text):
    """A text as part of a report."""
    return textwrap.indent(text, "  ")


def say_change(verdict, before):
    """A Verdict, and what it was before. before: a Verdict, or None."""
    kind = verdict.verdict
    was = f", was {before.verdict}" if before and before.verdict not in (kind, UNTRIED) else ""
    said = indent(f"{verdict.exercise}: {kind}{was}. {verdict.message}".rstrip())
    return colour(fold_on_screen(said), kind)


def say_sum(verdicts):
    """How many exercises have passed, and which are wrong now. verdicts: exercise -> Verdict"""
    kinds = {name: verdict.verdict for name, verdict in verdicts.items()}
    wrong = [name for name, kind in kinds.items() if kind not in (PASSED, UNTRIED)]
    words = f"wrong now: {', '.join(wrong)}" if wrong else "nothing is wrong"
    passed = list(kinds.values()).count(PASSED)
    return indent(textwrap.fill(f"{passed} of {len(kinds)} passed; {words}.", WIDTH - 2))


class SessionVerdicts:
    """The verdicts given since the start, and those kept in the learner's folder (known.py).

    An answer that was too slow is not tried again and again.
    """

    def __init__(self):
        self.given = {}  # (exercise, code) -> Verdict
        self.kept = None

    def open(self, folder):
        """Read those that are kept in a Folder, if it is one's own."""
        self.kept = KnownVerdicts(folder.path) if folder.own else None

    def find(self, name, code):
        """The Verdict on this answer if it is known, else None."""
        given = self.given.get((name, code))
        if given is None and self.kept:
            return self.kept.find(name, code)
        return given

    def remember(self, code, verdict):
        """Note a verdict."""
        self.given[verdict.exercise, code] = verdict
        if self.kept:
            self.kept.remember(code, verdict)

    def save(self):
        """Write those into the folder that may be kept."""
        if self.kept:
            self.kept.save()
