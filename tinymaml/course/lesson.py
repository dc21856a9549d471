"""A lesson's one source: `solutions/NN_slug.py`, text and code in cells.

    # %% [markdown]                      text, every line a comment
    # %%                                 code
    # given                              first line of a code cell: answers are graded in the names it defines
    # exercise 03.hvp_tanh               first line of a code cell: an answer; the cell after it is check("03.hvp_tanh")

In an answer, what lies between `### BEGIN SOLUTION` and `### END SOLUTION` is the solution. The
learner sees in its place the lines of it that start with `#:`; where there are none, `...`, or in a
function a line that says which exercise is open.
"""

import ast
import re
from pathlib import Path
from typing import NamedTuple

BEGIN, END, STUB = "### BEGIN SOLUTION", "### END SOLUTION", "#:"
MARKER = re.compile(r"#\s*exercise\s+(\d\d\.\w+)\s*$")


class SourceError(Exception):
    """A lesson's source breaks a rule; says which line."""


class Cell(NamedTuple):
    kind: str  # "markdown" | "code"
    text: str
    line: int  # where its text starts in the source
    exercise = property(lambda self: marker(self.text) if self.kind == "code" else None)
    checks = property(
        lambda self: (
            (re.fullmatch(r'check\("(\d\d\.\w+)"\)', self.text) or [None] * 2)[1]
            if self.kind == "code"
            else None
        )
    )
    given = property(lambda self: self.kind == "code" and self.text.startswith("# given"))
    stub = property(lambda self: stub(self.text))  # what the learner gets
    solution = property(lambda self: solution(self.text))  # what a reader of the solutions gets


class Lesson(NamedTuple):
    path: Path
    text: str
    cells: tuple[Cell, ...]
    number = property(lambda self: self.path.stem[:2])
    name = property(lambda self: self.path.stem)
    title = property(lambda self: self.cells[0].text.splitlines()[0].lstrip("# "))
    exercises = property(lambda self: [cell.exercise for cell in self.cells if cell.exercise])

    def answer(self, exercise):
        """The cell of this exercise."""
        return next(cell for cell in self.cells if cell.exercise == exercise)

    def before(self, exercise=None):
        """The cells that an answer builds on, in order: what is given, and the exercises before it
        (all, without one)."""
        cells = [cell for cell in self.cells if cell.given or cell.exercise]
        return cells[: [cell.exercise for cell in cells].index(exercise)] if exercise else cells


def marker(text):
    """The exercise that a cell's first line names, or None."""
    found = MARKER.match(text.lstrip().split("\n", 1)[0])
    return found and found[1]


def read(path):
    """Parse a source. Raises SourceError with the line that breaks a rule."""
    path = Path(path)
    text = path.read_text(encoding="utf-8")
    blocks = re.split(r"^(# %%.*)\n", text, flags=re.M)
    if blocks[0].strip():
        raise SourceError(f"{path.name}:1: a source starts with `# %%`")
    cells, line = [], 1
    for head, body in zip(blocks[1::2], blocks[2::2]):
        line += 1
        if head.strip() not in ("# %%", "# %% [markdown]"):
            raise SourceError(
                f"{path.name}:{line - 1}: {head!r}; a cell starts with `# %%` or `# %% [markdown]`"
            )
        if head.strip() == "# %%":
            cells.append(Cell("code", body.strip("\n"), line))
        else:
            for k, row in enumerate(body.rstrip("\n").split("\n")):
                if not row.startswith("#"):
                    raise SourceError(f"{path.name}:{line + k}: a line of text starts with #")
            cells.append(Cell("markdown", re.sub(r"^# ?", "", body, flags=re.M).strip("\n"), line))
        line += body.count("\n")
    lesson = Lesson(path, text, tuple(cells))
    inspect(lesson)
    return lesson


def inspect(lesson):
    """The rules of a source: it opens with its title, names are the lesson's own and unique, each
    answer is followed by its check."""

    def complain(cell, words):
        raise SourceError(f"{lesson.path.name}:{cell.line}: {words}")

    if lesson.cells[0].kind != "markdown" or not lesson.cells[0].text.startswith(
        f"# {lesson.number} · "
    ):
        complain(lesson.cells[0], f"a lesson opens with `# {lesson.number} · its title`")
    seen = set()
    for cell, after in zip(lesson.cells, (*lesson.cells[1:], None)):
        if not cell.text:
            complain(cell, "an empty cell")
        if cell.exercise:
            if not cell.exercise.startswith(lesson.number) or cell.exercise in seen:
                complain(
                    cell, f"exercise {cell.exercise} belongs to another lesson, or comes twice"
                )
            if after is None or after.checks != cell.exercise:
                complain(
                    cell, f'after exercise {cell.exercise} comes a cell check("{cell.exercise}")'
                )
            if cell.text.count(BEGIN) != 1 or cell.text.count(END) != 1:
                complain(cell, f"an exercise has one {BEGIN} and one {END}")
            for text in (cell.stub, cell.solution):
                try:
                    ast.parse(text)
                except SyntaxError as error:
                    complain(cell, f"exercise {cell.exercise}: {error.msg} in\n{text}")
            seen.add(cell.exercise)
        elif BEGIN in cell.text:
            complain(cell, "a solution outside an exercise")


def stub(text):
    """What the learner sees of an answer's cell."""
    rows, inside, placed, indent = [], False, False, ""
    for row in text.split("\n"):
        bare = row.strip()
        if bare == BEGIN:
            inside, placed, indent = True, False, row[: len(row) - len(row.lstrip())]
        elif bare == END:
            rows += (
                []
                if placed
                else [
                    f'{indent}raise NotImplementedError("{marker(text)} is open")'
                    if indent
                    else "..."
                ]
            )
            inside = False
        elif not inside:
            rows.append(row)
        elif bare.startswith(STUB):
            rows.append(
                (
                    row.replace(STUB + " ", "", 1)
                    if STUB + " " in row
                    else row.replace(STUB, "", 1)
                ).rstrip()
            )
            placed = True
    return "\n".join(rows)


def solution(text):
    """A cell complete, without the learner's placeholders; nbgrader's markers stay."""
    return "\n".join(row for row in text.split("\n") if not row.strip().startswith(STUB))


def same_code(a, b):
    """Do two texts mean the same program, comments and layout aside? A text that does not parse is
    compared letter by letter."""
    try:
        return ast.dump(ast.parse(a)) == ast.dump(ast.parse(b))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return a.strip() == b.strip()


def untried(text, stub):
    """Is an answer's text still the stub, or does it do nothing at all: comments, `pass`, `...`?"""
    if same_code(text, stub):
        return True
    try:
        return all(
            isinstance(row, ast.Pass)
            or isinstance(row, ast.Expr)
            and isinstance(row.value, ast.Constant)
            for row in ast.parse(text).body
        )
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
