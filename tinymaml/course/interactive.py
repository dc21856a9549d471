"""What a notebook calls: `check` on the cell that was run last, and the engine built so far."""

import os
from types import ModuleType, SimpleNamespace

from . import judge, material
from .lesson import marker
from .lost import looks_like_answer


class NotPassed(AssertionError):
    """Raised by `check` where a wrong answer has to stop the notebook.

    That is under nbgrader, and when the solutions are built.
    """


def stops_when_wrong():
    """Does a wrong answer stop the notebook?"""
    return bool(
        os.environ.get("TINYMAML_STRICT")
        or os.environ.get("NBGRADER_EXECUTION")  # "autograde" or "validate"
    )


def check(name):
    """Grade the cell of this exercise that was run last, and print the verdict.

    Raises NotPassed where a wrong answer stops the notebook.
    """
    from . import sandbox

    if os.environ.get("TINYMAML_GRADING"):  # an answer that checks itself, inside the worker
        return
    try:
        material.select(name)
        if "." not in name:
            exercises = ", ".join(material.find(name).exercises)
            raise ValueError(f"{name} is a lesson; check one of {exercises}")
    except ValueError as error:
        print(error)
        return
    code, note = find_last_run(name)
    if code is None:
        advice = f"Run the cell that starts with `# exercise {name}` first."
        verdict = judge.Verdict(name, judge.UNTRIED, advice)
    else:
        verdict = sandbox.grade(name, code)
    print(verdict)
    if note:
        print(note)
    if verdict.verdict == judge.UNTRIED:
        print(f'To read on without it: use("{name}")')
    if verdict.verdict != judge.PASSED and stops_when_wrong():
        raise NotPassed(str(verdict))


def find_last_run(name):
    """The answer that was run last, the text of its cell, and what to say about its cell.

    It has the exercise's marker, or none and defines what the exercise asks for: an earlier answer
    never counts in its place. (None, "") if there is none.
    """
    try:
        from IPython import get_ipython

        cells = get_ipython().history_manager.input_hist_raw
    except (ImportError, AttributeError):
        return None, ""
    for number in reversed(range(len(cells))):
        code = cells[number]
        if marker(code) == name:
            return code, ""
        if looks_like_answer(code, name):
            return code, (
                f"This is about cell [{number}], which was run last and has no marker: put "
                f"`# exercise {name}` on its first line, or `tinymaml check` will not find it."
            )
    return None, ""


def definitions_up_to(number):
    """name -> object, for everything that the lessons up to this one define.

    The lessons before it come with it: its own first cells `use` them.
    """
    from .grading import passed_answers

    if os.environ.get("TINYMAML_GRADING"):
        passed = {}
    else:
        passed = passed_answers(number)
    names = judge.names_before(number, passed)
    if passed:
        print("yours:", ", ".join(passed), flush=True)
    return {name: value for name, value in names.items() if is_definition(name, value)}


def is_definition(name, value):
    """Is it a function, a module or a constant, and not a lesson's data?"""
    if name.startswith("_"):
        return False
    return callable(value) or isinstance(value, ModuleType) or name.isupper()


def own_engine():
    """The same words, meaning what the lessons up to 05 have built."""
    names = definitions_up_to("05")
    total = names["total"]

    def square(x):
        return x * x

    def mean(x):
        rows, columns = x.shape
        return total(x) * (1 / (rows * columns))

    return SimpleNamespace(
        name="the engine of lessons 01 to 05",
        Loss=names["Loss"],
        tanh=names["tanh"],
        sum=total,
        mean=mean,
        square=square,
    )


def run_solution(name, names):
    """Run the course's solution of an exercise in `names`, those of a notebook."""
    [name] = material.select(name)
    solution = material.find(name).answer(name).solution
    exec(compile(solution, f"<the course's {name}>", "exec"), names)
    print(f"{name}: the course's solution; yours comes back when you run your cell.")
