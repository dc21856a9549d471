"""What is known in a notebook's session: the cells that were run, the verdicts that were given, and
which exercise is meant where none is named."""

from . import answers, lesson, material, progress
from .folder import around_notebook, read
from .known import KnownVerdicts
from .lost import looks_like_answer
from .verdict import PASSED

VERDICTS = {}  # exercise -> (the text of its cell, its Verdict), in the order of the last checks


# The cells that were run.


def cells_run():
    """The texts of the cells that were run, in order, each at its number; empty outside IPython."""
    try:
        from IPython import get_ipython

        return list(get_ipython().history_manager.input_hist_raw)
    except (ImportError, AttributeError):
        return []


def find_last_run(name):
    """The answer that was run last, the text of its cell, and what to say about its cell.

    It has the exercise's marker, or none and defines what the exercise asks for: an earlier answer
    never counts in its place. (None, "") if there is none.
    """
    cells = cells_run()
    for number in reversed(range(len(cells))):
        code = cells[number]
        if lesson.marker(code) == name:
            return code, ""
        if looks_like_answer(code, name):
            return code, (
                f"This is about cell [{number}], which was run last and has no marker: put "
                f"`# exercise {name}` on its first line, or `tinymaml check` will not find it."
            )
    return None, ""


def exercise_run_last():
    """The exercise whose cell was run last, or None."""
    known = set(material.exercises())
    found = (lesson.marker(code) for code in reversed(cells_run()))
    return next((name for name in found if name in known), None)


def has_tried(name):
    """Was an answer to this exercise run, and not its stub alone?"""
    stub = material.find(name).answer(name).stub
    return any(
        lesson.marker(code) == name and not lesson.is_untried(code, stub) for code in cells_run()
    )


def lesson_in_hand():
    """The Lesson that the last of the cells run belongs to; None if that cannot be told."""
    owners = {}  # the text of a cell -> the lessons that have it
    for source in material.sources().values():
        for cell in source.cells:
            owners.setdefault(cell.stub.strip(), []).append(source)
    for code in reversed(cells_run()):
        found = owners.get(code.strip(), [])
        if len(found) == 1:
            return found[0]
        name = lesson.marker(code)
        if name and name[:2] in material.sources():
            return material.sources()[name[:2]]
    return None


# The verdicts.


def remember(code, verdict):
    """Note the Verdict on an answer, here and in the learner's folder."""
    VERDICTS.pop(verdict.exercise, None)
    VERDICTS[verdict.exercise] = code, verdict
    path = around_notebook()
    if path:
        known = KnownVerdicts(path)
        known.remember(code, verdict)
        known.save()


def passed_here():
    """The exercises whose last verdict in this session was "passed", in order."""
    return [name for name, (_, verdict) in VERDICTS.items() if verdict.verdict == PASSED]


def find_passed(names):
    """Those of the exercises that have passed, a set: in this session, else as the learner's folder
    has them and knows it. Nothing is graded for it."""
    passed = set(passed_here()) & set(names)
    path = around_notebook()
    if path is None:
        return passed
    folder = read(path, own=True)
    known = KnownVerdicts(path)
    for name in set(names) - set(VERDICTS):
        code = answers.find(folder, name).code
        verdict = code and known.find(name, code)
        if verdict and verdict.verdict == PASSED:
            passed.add(name)
    return passed


def exercise_in_question():
    """The exercise that is meant where none is named; None if all have passed.

    It is the last one that was checked in this session and has not passed, else the first open one
    of the lesson in hand, else the first one that has not passed.
    """
    for name, (_, verdict) in reversed(VERDICTS.items()):
        if verdict.verdict != PASSED:
            return name
    source = lesson_in_hand()
    names = source.exercises if source else []
    passed = find_passed(names)
    for name in names:
        if name not in passed:
            return name
    path = around_notebook()
    if path:
        return progress.find_next(read(path, own=True), passed_here())
    return next((name for name in material.exercises() if name not in passed_here()), None)
