"""The course at a glance: a map of its lessons with a sign for each exercise, and what is next."""

from ..terminal import text
from . import exercise, material
from .signs import SIGNS, colour, count_verdicts, in_sums
from .verdict import PASSED, UNTRIED

#: a part's name -> the number of its first lesson
PARTS = {"An engine": "00", "MAML": "07", "The proof": "13", "With noise": "20"}


def lessons_by_part():
    """A part's name -> its lessons, in order. A course of one's own is one part without a name."""
    lessons = list(material.sources().values())
    if material.own_course():
        return {"": lessons}
    parts = {}
    for lesson in lessons:
        begun = [name for name, first in PARTS.items() if first <= lesson.number]
        parts.setdefault(begun[-1], []).append(lesson)
    return parts


def draw_map(verdicts):
    """The lines of the map. verdicts: those on all exercises, in order."""
    kinds = {verdict.exercise: verdict.verdict for verdict in verdicts}
    parts = lessons_by_part()
    margin = max(map(len, parts))
    lines = []
    for name, lessons in parts.items():
        begin = f"{name:<{margin}}  " if margin else ""
        words = [(lesson.number, [kinds[n] for n in lesson.exercises]) for lesson in lessons]
        for row in rows_that_fit(words, text.WIDTH - len(begin)):
            lines.append(begin + "  ".join(map(draw_lesson, row)))
            begin = " " * len(begin)
    return lines


def rows_that_fit(words, width):
    """Yield lists of the words that fit beside each other, with two spaces between them.

    words: pairs of a lesson's number and a list with a verdict for each of its exercises.
    """
    row = []
    free = width
    for number, kinds in words:
        needed = len(number) + 1 + len(kinds)
        if row and needed > free:
            yield row
            row = []
            free = width
        row.append((number, kinds))
        free -= needed + 2
    yield row


def draw_lesson(word):
    """A lesson in the map: "02 ++x···"."""
    number, kinds = word
    return f"{number} " + "".join(colour(SIGNS[kind], kind) for kind in kinds)


def say_count(verdicts):
    """How many exercises there are of each verdict, with its sign, and how long the rest takes."""
    counts = count_verdicts(verdicts)
    passed = counts.pop(PASSED)
    said = [f"{passed} of {len(verdicts)} passed ({SIGNS[PASSED]})"]
    said += [f"{n} {in_sums(kind)} ({SIGNS[kind]})" for kind, n in counts.items() if n]
    left = sum(minutes(verdict.exercise) for verdict in verdicts if verdict.verdict != PASSED)
    rest = f"; {text.duration(60 * left)} to go" if left else ""
    return text.paragraph(f"{', '.join(said)}{rest}.")


def minutes(name):
    """How long an exercise takes the reader whom its lesson is for; 0 where it is a blank page."""
    found = exercise.find(name)
    return 0 if found.kind == exercise.BLANK_PAGE else found.minutes


def say_next(folder, verdict):
    """The lines that say which exercise comes next in a Folder, and what helps.

    verdict: the first one that is not "passed"; None if all are.
    """
    if verdict is None:
        return ["All passed: you have written every line of it."]
    name = verdict.exercise
    found = exercise.find(name)
    places = folder.places.get(name)
    file = places[0].file if places else f"{material.find(name).name}.ipynb"
    length = text.count(found.minutes, "minute")
    if verdict.verdict != UNTRIED or verdict.message:
        helps = f"{verdict.verdict}: `tinymaml check {name}` says why."
    else:
        helps = f"Stuck? `tinymaml hint {name}`."
    return [
        f"Next: {name} in {file} ({found.kind}, {length})",
        f"      {found.title}",
        f"      {helps}",
    ]


def print_status(folder, verdicts, following, sentences):
    """Print the sums, the map, and what is next in a Folder, in ten lines.

    following: the verdict on what is next, or None. sentences: what there is to say about files.
    """
    print(say_count(verdicts))
    print("\n".join(draw_map(verdicts)))
    if sentences:
        more = f" And {len(sentences) - 1} more: --all." if len(sentences) > 1 else ""
        print(sentences[0] + more)
    *lines, last = say_next(folder, following)
    if following:
        last += " All exercises: `tinymaml status --all`"
    print("\n".join(["", *lines, last]))


def print_all(folder, verdicts, following, sentences):
    """Print each lesson with its exercises; then the sums, and what is next in a Folder."""
    rows = {}  # exercise -> the cells of its row
    for verdict in verdicts:
        name = verdict.exercise
        found = exercise.find(name)
        told = verdict.verdict in (PASSED, UNTRIED)
        title = found.title if told else f"{found.title}: {verdict.verdict}"
        rows[name] = [f"  {SIGNS[verdict.verdict]} {name}", f"{found.minutes} min", found.kind]
        rows[name].append(title)
    lines = dict(zip(rows, text.align(rows.values(), right=[1]), strict=True))
    kinds = {verdict.exercise: verdict.verdict for verdict in verdicts}
    for lesson in material.sources().values():
        passed = [name for name in lesson.exercises if kinds[name] == PASSED]
        print(f"{lesson.title}  ({len(passed)} of {len(lesson.exercises)})")
        for name in lesson.exercises:
            print(colour(lines[name], kinds[name]))
    print("\n".join(["", say_count(verdicts), *sentences, *say_next(folder, following)]))
