"""What can be counted of a lesson: `tinymaml build --report`. It is for orientation; a good lesson
has about 2,200 words, 200 lines of code that are seen, 4 or 5 figures and 5 to 7 exercises.
"""

import json
import re

from . import build, exercise, route

WORDS_A_MINUTE = 200
LINES_A_MINUTE = 15
WIDEST = 100  # columns of a line that is seen
LONGEST = 25  # lines of a cell that is seen
WIDEST_OUTPUT = 79  # columns of what a cell prints

HEAD = "words  code  read  figures  exercises  minutes  widest  longest  printed"


class Counts:
    """What one lesson has. Read as a learner sees it, with stubs."""

    def __init__(self, lesson):
        text = [cell.text for cell in lesson.cells if cell.kind == "markdown"]
        code = [cell.stub for cell in lesson.cells if cell.kind == "code"]
        graded = [] if lesson.is_appendix else exercise.of_lesson(lesson.number)
        outputs = outputs_of(lesson)
        self.words = sum(map(count_words, text))
        self.code = sum(map(count_lines, code))
        self.reading = self.words / WORDS_A_MINUTE + self.code / LINES_A_MINUTE  # minutes
        self.figures = sum(len(figures_in(output)) for output in outputs)
        self.exercises = len(graded)
        self.minutes = sum(map(route.minutes, graded))
        self.widest = max(map(len, rows_of(code)), default=0)
        self.longest = max((len(cell.splitlines()) for cell in code), default=0)
        self.printed = max(map(len, rows_of(map(printed_by, outputs))), default=0)

    def row(self):
        """A line of the table."""
        return (
            f"{self.words:5}  {self.code:4}  {self.reading:4.0f}  {self.figures:7}  "
            f"{self.exercises:9}  {self.minutes:7}  {self.widest:6}  {self.longest:7}  "
            f"{self.printed:7}"
        )


def table(lessons):
    """The counts of these Lessons as a text, a line each, and what the columns mean."""
    width = max(len(lesson.name) for lesson in lessons)
    rows = [" " * width + "  " + HEAD]
    for lesson in lessons:
        rows.append(f"{lesson.name:{width}}  {Counts(lesson).row()}")
    rows.append(
        f"\ncode: lines that are seen; read: minutes, {WORDS_A_MINUTE} words or {LINES_A_MINUTE} "
        "lines each;\nminutes: of the exercises, blank pages apart; widest, printed: columns; "
        "longest: lines of a cell."
    )
    return "\n".join(rows)


def count_words(text):
    """How many words a reader reads in a cell of text: a formula is one, a link its words."""
    text = re.sub(r"\$\$.+?\$\$|\$[^$\n]+\$", " formula ", text, flags=re.DOTALL)
    text = re.sub(r"\]\([^)]*\)|<[^>]*>|^\|[-|: ]*\|$", " ", text, flags=re.MULTILINE)
    return len(re.findall(r"\w[\w'’.,-]*", text))


def count_lines(code):
    """How many lines of a cell are not empty, nor a marker, nor the call of `check` alone."""
    rows = [row.strip() for row in code.splitlines()]
    return sum(
        bool(row) and not row.startswith(("# given", "# exercise", "check(")) for row in rows
    )


def rows_of(texts):
    """The lines of all these texts."""
    return [row for text in texts for row in text.splitlines()]


def outputs_of(lesson):
    """The outputs of the complete notebook, as it was built; none if it is not there."""
    _, complete = build.paths(lesson)
    try:
        cells = json.loads(complete.read_text(encoding="utf-8"))["cells"]
    except OSError:
        return []
    return [output for cell in cells for output in cell.get("outputs", [])]


def printed_by(output):
    """What an output prints; "" for a figure."""
    return "".join(output.get("text", []))


def figures_in(output):
    """The alternative texts of the figures that an output shows: None for one without."""
    data = output.get("data", {})
    if "image/png" in data or "image/svg+xml" in data:
        return [None]
    return re.findall(r'<img alt="([^"]*)"', "".join(data.get("text/html", "")))
