"""A cell that needs an exercise which is still open ends, in a notebook, in one line that says what
to type. All other errors look as ever."""

import re

from . import exercise, lesson, material, session

RAISED = re.compile(r"(\d\d\.\w+) is open")  # lesson.open_line


def install(shell):
    """Let IPython's shell show these errors so, from now on."""
    # with `...` Python does no arithmetic, calls nothing and looks nothing up
    shell.set_custom_exc((NotImplementedError, TypeError, AttributeError), show_error)


def show_error(shell, kind, error, trace, tb_offset=None):
    """What IPython calls with an exception that ends a cell."""
    name = find_open(error, shell.user_ns)
    if name:
        error._render_traceback_ = lambda: [say_open(name)]  # IPython shows this in its place
    shell.showtraceback(running_compiled_code=True)


def say_open(name):
    """The one line about an exercise that is open."""
    return f'{name} is still open: fill it in, or type use("{name}") to go on.'


def find_open(error, names):
    """The open exercise that an exception is due to; None if it is due to something else.

    names: those of the notebook.
    """
    found = RAISED.fullmatch(str(error))
    if found and isinstance(error, NotImplementedError):
        return found[1] if found[1] in material.exercises() else None
    return find_dots(error, names) if "ellipsis" in str(error) else None


def find_dots(error, names):
    """The first exercise whose cell was run and left `...` in a name that the code which raised
    uses; None if none did."""
    run = {lesson.marker(code) for code in session.cells_run()}
    used = names_used(error.__traceback__)
    for name in material.exercises():
        words = used.intersection(exercise.find(name).defines) if name in run else ()
        if any(holds_dots(names.get(word)) for word in words):
            return name
    return None


def names_used(trace):
    """The global names that the code in a traceback uses."""
    used = set()
    while trace:
        used.update(trace.tb_frame.f_code.co_names)
        trace = trace.tb_next
    return used


def holds_dots(value):
    """Is it `...`, or a list, tuple or dict that holds `...`?"""
    parts = value.values() if isinstance(value, dict) else value
    held = isinstance(value, (dict, list, tuple)) and any(part is ... for part in parts)
    return held or value is ...
