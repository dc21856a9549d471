"""A cell that needs an exercise which is still open ends, in a notebook, in one line that says what
to type. All other errors look as ever."""

import ast
import re

from . import exercise, lesson, material, session

RAISED = re.compile(r"(\d\d\.\w+) is open")  # lesson.open_line


def install(shell):
    """Let IPython's shell show these errors so, from now on."""
    # with `...` Python does no arithmetic, calls nothing and looks nothing up
    # a blank page defines nothing while it is open
    kinds = NotImplementedError, TypeError, AttributeError, NameError
    shell.set_custom_exc(kinds, show_error)


def show_error(shell, kind, error, trace, tb_offset=None):
    """What IPython calls with an exception that ends a cell."""
    name = find_open(error)
    if name:
        error._render_traceback_ = lambda: [say_open(name)]  # IPython shows this in its place
    shell.showtraceback(running_compiled_code=True)


def say_open(name):
    """The one line about an exercise that is open."""
    return f'{name} is still open: fill it in, or type use("{name}") to go on.'


def find_open(error):
    """The open exercise that an exception is due to; None if it is due to something else."""
    found = RAISED.fullmatch(str(error))
    if found and isinstance(error, NotImplementedError):
        return found[1] if found[1] in material.exercises() else None
    if isinstance(error, NameError):
        return find_definer({error.name})
    return find_dots(error) if "ellipsis" in str(error) else None


def find_definer(words):
    """The exercise of the lesson in hand that should define one of these names, and whose cell
    holds `...` as it was run last; None if none is."""
    for name in unfinished_exercises():
        if words.intersection(exercise.find(name).defines):
            return name
    return None


def unfinished_exercises():
    """The exercises of the lesson in hand whose cells hold `...` as they were run last."""
    source = session.lesson_in_hand()
    if source is None:
        return []
    last_run = {lesson.marker(code): code for code in session.cells_run()}
    return [name for name in source.exercises if has_dots(last_run.get(name, ""))]


def find_dots(error):
    """The exercise of the lesson in hand whose `...` an exception is due to; None if none is.

    Its cell, as it was run last, holds `...`. It defines a name that the code which raised uses;
    failing that, it is the last such exercise above a cell of the lesson's own.
    """
    unfinished = unfinished_exercises()
    if not unfinished:
        return None
    name = find_definer(names_used(error.__traceback__))
    if name:
        return name
    running = session.cells_run()[-1].strip()
    is_lessons_own = any(running == cell.stub.strip() for cell in session.lesson_in_hand().cells)
    return unfinished[-1] if is_lessons_own else None


def names_used(trace):
    """The global names that the code in a traceback uses."""
    used = set()
    while trace:
        used.update(trace.tb_frame.f_code.co_names)
        trace = trace.tb_next
    return used


def has_dots(code):
    """Does a program hold `...` as a value, and not as the index in x[..., 0]?"""
    try:
        nodes = list(ast.walk(ast.parse(code)))
    except lesson.NOT_PARSED:
        return False
    indices = [
        part for node in nodes if isinstance(node, ast.Subscript) for part in ast.walk(node.slice)
    ]
    dots = [node for node in nodes if isinstance(node, ast.Constant) and node.value is ...]
    return any(node not in indices for node in dots)
