"""What a notebook calls: `check` on the cell that was run last, and the engine built so far."""

import os
from types import ModuleType, SimpleNamespace

from . import judge, material
from .lesson import marker


class NotPassed(AssertionError):
    """Raised by `check`, where a wrong answer has to stop the notebook: under nbgrader, and when
    the solutions are built."""


def strict():
    return bool(
        os.environ.get("TINYMAML_STRICT") or os.environ.get("NBGRADER_EXECUTION")
    )  # nbgrader: "autograde" or "validate"


def check(name):
    from . import sandbox

    if os.environ.get("TINYMAML_GRADING"):  # an answer that checks itself, inside the worker
        return
    try:
        material.selected(name)
        if "." not in name:
            raise ValueError(
                f"{name} is a lesson; check one of {', '.join(material.find(name).exercises)}"
            )
    except ValueError as error:
        print(error)
        return
    code = last_run(name)
    if code is None:
        verdict = judge.Verdict(
            name, judge.UNTRIED, f"Run the cell that starts with `# exercise {name}` first."
        )
    else:
        verdict = sandbox.grade(name, code)
    print(verdict)
    if verdict.verdict == judge.UNTRIED:
        print(f'To read on without it: use("{name}")')
    if strict() and verdict.verdict != judge.PASSED:
        raise NotPassed(str(verdict))


def last_run(name):
    """The text of the cell with this marker that was run last in this session; None if none was."""
    try:
        from IPython import get_ipython

        cells = get_ipython().user_ns["In"]
    except (ImportError, AttributeError, KeyError):
        return None
    return next((text for text in reversed(cells) if marker(text) == name), None)


def engine(number):
    """name -> object, for everything that the lessons up to this one define: its own `use` brings
    the lessons before it."""
    from . import answers

    cells = {} if os.environ.get("TINYMAML_GRADING") else answers.passed(number)
    names = judge.names_before(number, cells)
    if cells:
        print("yours:", ", ".join(cells), flush=True)
    return {
        word: value
        for word, value in names.items()
        if not word.startswith("_")
        and (callable(value) or isinstance(value, ModuleType) or word.isupper())
    }  # definitions, not a lesson's data


def package():
    """tinymaml's own words for what a lesson's loss is made of."""
    import tinymaml as tm

    return SimpleNamespace(
        name="tinymaml", Loss=tm.Loss, tanh=tm.tanh, sum=tm.sum, mean=tm.mean, square=tm.square
    )


def written():
    """The same words, meaning what the lessons up to 05 have built."""
    names = engine("05")
    tanh, total = names["tanh"], names["total"]
    return SimpleNamespace(
        name="the engine of lessons 01 to 05",
        Loss=names["Loss"],
        tanh=tanh,
        sum=total,
        square=lambda x: x * x,
        mean=lambda x: total(x) * (1 / (x.shape[0] * x.shape[1])),
    )


def solution(name, names):
    """Run the course's solution of an exercise in `names`, those of a notebook."""
    [name] = material.selected(name)
    exec(
        compile(material.find(name).answer(name).solution, f"<the course's {name}>", "exec"), names
    )
    print(f"{name}: the course's solution; yours comes back when you run your cell.")
