"""What the course has built so far, for a notebook to go on with: the learner's answers where they
have passed, the course's solutions elsewhere."""

import os
from types import ModuleType, SimpleNamespace

from . import judge, material

ENGINE = ("01", "02", "03", "04", "05")  # the lessons that build it


def definitions_up_to(number):
    """name -> object, for everything that the lessons up to this one define.

    The lessons before it come with it: its own first cells `use` them.
    """
    from .grading import passed_answers

    if os.environ.get("TINYMAML_GRADING"):
        passed = {}
    else:
        passed = passed_answers(material.find(number).built_on)
    names = judge.names_before(number, passed)
    if passed:
        print("yours:", ", ".join(passed), flush=True)
    return {name: value for name, value in names.items() if is_definition(name, value)}


def is_definition(name, value):
    """Is it a function, a module or a constant, and not a lesson's data or its figures?"""
    if name.startswith("_") or name == "figures":
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
        name=f"the engine of lessons 01 to 05 ({whose_answers()})",
        Loss=names["Loss"],
        tanh=names["tanh"],
        sum=total,
        mean=mean,
        square=square,
    )


def blank_engine():
    """The engine of the blank page 03.engine: the learner's where it has passed, else the
    course's.

    -> an object with Loss, tanh and total.
    """
    from .grading import passed_answers

    name = "03.engine"
    passed = {} if os.environ.get("TINYMAML_GRADING") else passed_answers([name])
    code = passed.get(name, material.find(name).answer(name).solution)
    names = judge.names_before(name)
    exec(compile(code, "<the blank page>", "exec"), names)
    return SimpleNamespace(
        name="your engine, of 03.engine" if passed else "the course's engine, of 03.engine",
        Loss=names["Loss"],
        tanh=names["tanh"],
        total=names["total"],
    )


def whose_answers():
    """How many of the answers that make up this engine are the learner's, in words."""
    from .grading import passed_answers

    names = [name for number in ENGINE for name in material.find(number).built_on]
    yours = 0 if os.environ.get("TINYMAML_GRADING") else len(passed_answers(names))
    if yours == len(names):
        return "all answers yours"
    return f"{yours} answers yours, {len(names) - yours} the course's"


def run_solution(name, names):
    """Run the course's solution of an exercise in `names`, those of a notebook."""
    [name] = material.select(name)
    solution = material.find(name).answer(name).solution
    exec(compile(solution, f"<the course's {name}>", "exec"), names)
    print(f"{name}: the course's solution; yours comes back when you run your cell.")
