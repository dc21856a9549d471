"""A lesson's one source: `solutions/NN_slug.py`, text and code in cells.

An appendix is one too, `solutions/appendix_NN_slug.py`: it has no exercises, and does not count.

    # %% [markdown]          text, every line a comment
    # %%                     code
    # given                  first line of a code cell: answers are graded in the names it defines
    # exercise 03.hvp_tanh   at the head of a code cell: an answer; then comes check("03.hvp_tanh")
    # exercise 03.engine: a blank page    one that builds on nothing, and on which nothing builds
    guess("03.digits", 15)   a cell of guesses, open for the learner (guess_cells.py)

In an answer, what lies between `### BEGIN SOLUTION` and `### END SOLUTION` is the solution. The
learner sees in its place the lines of it that start with `#:`; where there are none, `...`, or in a
function a line that says which exercise is open.
"""

import ast
import re
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from . import guess_cells, moved

BEGIN = "### BEGIN SOLUTION"
END = "### END SOLUTION"
STUB = "#:"
MARKER = re.compile(r"#+\s*exercise:?\s+(\d\d\.\w+)\b", re.IGNORECASE)
COMMAND = re.compile(r"[%!].*|\?{1,2}[\w.%*]+|[\w.%*]+\?{1,2}")  # %time f(), !ls, ?step, step??
BLANK_PAGE = "a blank page"  # how the first line of such an answer ends
CHECK = re.compile(r'check\("(\d\d\.\w+)"\)')
APPENDIX = "appendix_"  # how an appendix's file begins
CODE_HEAD = "# %%"
TEXT_HEAD = "# %% [markdown]"
NOT_PARSED = SyntaxError, ValueError, RecursionError, MemoryError  # what ast.parse raises


class SourceError(Exception):
    """A lesson's source breaks a rule; says which line."""


class Cell(NamedTuple):
    """A cell of a lesson's source."""

    kind: str  # "markdown" | "code"
    text: str
    line: int  # where its text starts in the source

    @property
    def given(self):
        """Does it define what answers may use?"""
        return self.kind == "code" and self.text.startswith("# given")

    @property
    def exercise(self):
        """The exercise that it answers, or None."""
        return marker(self.text) if self.kind == "code" else None

    @property
    def blank_page(self):
        """Is it an answer that builds on nothing in the lesson, and on which nothing builds?"""
        return bool(self.exercise) and is_blank_page(self.text)

    @property
    def checks(self):
        """The exercise that it checks, or None."""
        found = CHECK.fullmatch(self.text)
        return found[1] if found and self.kind == "code" else None

    @property
    def stub(self):
        """What the learner gets: exercises and guesses are open."""
        if self.exercise:
            return stub(self.text)
        return guess_cells.opened(self.text) if self.kind == "code" else self.text

    @property
    def solution(self):
        """What a reader of the solutions gets."""
        return solution(self.text) if self.exercise else self.text


class Lesson(NamedTuple):
    """A lesson as its source says it."""

    path: Path
    text: str
    cells: tuple[Cell, ...]

    @property
    def name(self):
        """Its file's name: "03_hvp"."""
        return self.path.stem

    @property
    def number(self):
        """The two digits in its name: "03", also of an appendix to lesson 03."""
        return self.name.removeprefix(APPENDIX)[:2]

    @property
    def is_appendix(self):
        """Is it an appendix to a lesson?"""
        return self.name.startswith(APPENDIX)

    @property
    def title(self):
        """The first line of its text."""
        return self.cells[0].text.splitlines()[0].lstrip("# ")

    @property
    def exercises(self):
        """The names of its exercises, in order."""
        return [cell.exercise for cell in self.cells if cell.exercise]

    @property
    def built_on(self):
        """The names of those exercises whose answers later ones build on: all but blank pages."""
        return [cell.exercise for cell in self.cells if cell.exercise and not cell.blank_page]

    def answer(self, exercise):
        """The cell of this exercise."""
        return next(cell for cell in self.cells if cell.exercise == exercise)

    def before(self, exercise=None):
        """The cells that an answer builds on, in order: what is given, and earlier exercises.

        Without an exercise: all of the lesson's. A blank page builds on none, and is none of them.
        """
        if exercise and self.answer(exercise).blank_page:
            return []
        cells = []
        for cell in self.cells:
            if exercise and cell.exercise == exercise:
                break
            if (cell.given or cell.exercise) and not cell.blank_page:
                cells.append(cell)
        return cells


def is_blank_page(text):
    """Does the first line of an answer's cell say that it is a blank page?"""
    return text.partition("\n")[0].rstrip().endswith(BLANK_PAGE)


def marker(text):
    """The exercise that a comment at the head of a cell names, or None.

    The head ends with the first statement; imports, comments and the notebook's own commands are
    part of it. `# exercise 03.hvp_tanh`, also with capitals, and with words behind it. An exercise
    that has moved is named as it is today.
    """
    unfinished = ""  # an import that goes on in the next line
    for row in text.split("\n"):
        row = row.strip()
        found = MARKER.match(row)
        if found:
            return moved.today(found[1])
        if unfinished or re.match(r"(import|from)\b", row):
            unfinished += row
            in_brackets = "(" in unfinished and ")" not in unfinished
            if not in_brackets and not row.endswith("\\"):
                unfinished = ""
        elif row and not row.startswith("#") and not COMMAND.fullmatch(row):
            return None
    return None


def read(path):
    """Parse a source into a Lesson. Raises SourceError with the line that breaks a rule."""
    path = Path(path)
    text = path.read_text(encoding="utf-8")
    before, *parts = re.split(r"^(# %%.*)\n", text, flags=re.M)
    if before.strip():
        raise SourceError(f"{path.name}:1: a source starts with `# %%`")
    cells = []
    line = 1
    for head, body in zip(parts[::2], parts[1::2], strict=True):
        head = head.rstrip()
        if head == CODE_HEAD:
            cells.append(Cell("code", body.strip("\n"), line + 1))
        elif head == TEXT_HEAD:
            cells.append(Cell("markdown", uncomment(body, path.name, line + 1), line + 1))
        else:
            raise SourceError(
                f"{path.name}:{line}: {head!r}; a cell starts with `{CODE_HEAD}` or `{TEXT_HEAD}`"
            )
        line += 1 + body.count("\n")
    lesson = Lesson(path, text, tuple(cells))
    check_rules(lesson)
    return lesson


def uncomment(body, file, first_line):
    """A text cell without its comment signs. Raises SourceError for a line that has none."""
    for line, row in enumerate(body.rstrip("\n").split("\n"), first_line):
        if not row.startswith("#"):
            raise SourceError(f"{file}:{line}: a line of text starts with #")
    return re.sub(r"^# ?", "", body, flags=re.M).strip("\n")


def check_rules(lesson):
    """Raise SourceError where a source breaks a rule.

    It opens with its title, names are the lesson's own and unique, each answer is followed by its
    check, and each guess is shown beside the truth.
    """

    def complain(cell, words):
        raise SourceError(f"{lesson.path.name}:{cell.line}: {words}")

    first = lesson.cells[0]
    head = f"# Appendix to {lesson.number} · " if lesson.is_appendix else f"# {lesson.number} · "
    if first.kind != "markdown" or not first.text.startswith(head):
        kind = "an appendix" if lesson.is_appendix else "a lesson"
        complain(first, f"{kind} opens with `{head}its title`")
    seen = set()
    for cell, after in pairwise([*lesson.cells, None]):
        name = cell.exercise
        if not cell.text:
            complain(cell, "an empty cell")
        if name is None:
            if BEGIN in cell.text:
                complain(cell, "a solution outside an exercise")
            continue
        if lesson.is_appendix:
            complain(cell, f"exercise {name} in an appendix, which has none")
        if name in seen or not name.startswith(lesson.number):
            complain(cell, f"exercise {name} belongs to another lesson, or comes twice")
        if after is None or after.checks != name:
            complain(cell, f'after exercise {name} comes a cell check("{name}")')
        if cell.text.count(BEGIN) != 1 or cell.text.count(END) != 1:
            complain(cell, f"an exercise has one {BEGIN} and one {END}")
        for text in (cell.stub, cell.solution):
            try:
                ast.parse(text)
            except SyntaxError as error:
                complain(cell, f"exercise {name}: {error.msg} in\n{text}")
        seen.add(name)
    for cell, words in guess_cells.find_faults(lesson):
        complain(cell, words)


def stub(text):
    """What the learner sees of an answer's cell."""
    rows = []
    placeholders = []
    indent = ""
    inside = False  # between the marks of the solution
    for row in text.split("\n"):
        bare = row.strip()
        if bare == BEGIN:
            inside = True
            placeholders = []
            indent = row[: len(row) - len(row.lstrip())]
        elif bare == END:
            inside = False
            rows += placeholders or [open_line(indent, marker(text))]
        elif not inside:
            rows.append(row)
        elif bare.startswith(STUB):
            sign = f"{STUB} " if f"{STUB} " in row else STUB
            placeholders.append(row.replace(sign, "", 1).rstrip())
    return "\n".join(rows)


def open_line(indent, name):
    """The line that stands for a solution without placeholders."""
    return f'{indent}raise NotImplementedError("{name} is open")' if indent else "..."


def solution(text):
    """A cell complete, without the learner's placeholders; nbgrader's markers stay."""
    return "\n".join(row for row in text.split("\n") if not row.strip().startswith(STUB))


def same_code(a, b):
    """Do two texts mean the same program, comments and layout aside?

    A text that does not parse is compared letter by letter.
    """
    try:
        return ast.dump(ast.parse(a)) == ast.dump(ast.parse(b))
    except NOT_PARSED:
        return a.strip() == b.strip()


def is_untried(text, stub):
    """Is an answer's text still the stub, or does it do nothing at all: comments, `pass`, `...`?"""
    if same_code(text, stub):
        return True
    try:
        statements = ast.parse(text).body
    except NOT_PARSED:
        return False
    return all(does_nothing(statement) for statement in statements)


def does_nothing(statement):
    """Is it `pass`, or a constant such as `...` or a docstring?"""
    if isinstance(statement, ast.Expr):
        return isinstance(statement.value, ast.Constant)
    return isinstance(statement, ast.Pass)
