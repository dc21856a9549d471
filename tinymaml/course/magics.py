"""A cell of a notebook as Python: what IPython adds to the language does nothing, or what stands
behind it is done.

    %time f(x)      f(x)                 !ls         None
    %%timeit        the cell below it    f?          None
    await f()       as in a notebook     display(x)  None
"""

import ast
import asyncio
import inspect
import re
import sys

TIMERS = {"time", "timeit", "prun", "memit", "mprun", "lprun", "snakeviz"}  # run what follows
AWAITS = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
CELL_MAGIC = re.compile(r"^[ \t]*%%(\w+).*$", re.M)
OPTIONS = re.compile(r"(-\w+( ?\d+)? +)*")  # "-n 10 -r3 f(x)"


class NotPython(SyntaxError):
    """The cell is a program of another language; says which."""


def compile_cell(code, file):
    """The text of a cell as code for `run_cell`. Raises what `compile` raises."""
    try:
        return compile(code, file, "exec", AWAITS)
    except SyntaxError:
        tree = without_magics(code)
        if tree is None:
            raise
        return compile(tree, file, "exec", AWAITS)


def run_cell(compiled, names):
    """Run what compile_cell gave, in these names."""
    for word, meaning in STAND_INS.items():
        names.setdefault(word, meaning)
    waiting = eval(compiled, names)
    if compiled.co_flags & inspect.CO_COROUTINE:
        asyncio.run(waiting)


def without_magics(code):
    """The program of a cell that is more than Python, as a tree; None if it is no such cell."""
    found = CELL_MAGIC.match(code.lstrip())
    if found and found[1] not in {*TIMERS, "capture", "python", "python3"}:
        raise NotPython(f"`{found[0].strip()}` makes the cell something other than Python")
    try:
        from IPython.core.inputtransformer2 import TransformerManager
    except ImportError:
        return None
    manager = TransformerManager()
    manager.cleanup_transforms = manager.cleanup_transforms[1:]  # empty lines stay
    try:
        program = manager.transform_cell(CELL_MAGIC.sub("", code))
        return ast.fix_missing_locations(WithoutMagics().visit(ast.parse(program)))
    except SyntaxError:
        return None


class WithoutMagics(ast.NodeTransformer):
    """Replaces what IPython makes of its own syntax, calls of get_ipython()'s methods."""

    def visit_Call(self, node):
        """A call: if it is a magic, what it times, else None."""
        self.generic_visit(node)
        if not is_magic(node):
            return node
        method = node.func.attr
        if method == "getoutput":  # x = !ls
            return ast.copy_location(ast.List([], ast.Load()), node)
        result = ast.Constant(None)
        if method == "run_line_magic" and node.args[0].value in TIMERS:
            timed = OPTIONS.sub("", node.args[1].value, count=1)
            try:
                result = ast.parse(timed.strip() or "None", mode="eval").body
            except SyntaxError:  # a statement
                return call_of_exec(timed, node)
        for part in ast.walk(result):
            ast.copy_location(part, node)
        return result


def is_magic(node):
    """Is a call one of get_ipython().run_line_magic("time", "f(x)") and its like?"""
    function = node.func
    return (
        isinstance(function, ast.Attribute)
        and function.attr in ("run_line_magic", "run_cell_magic", "system", "getoutput")
        and isinstance(function.value, ast.Call)
        and getattr(function.value.func, "id", "") == "get_ipython"
        and all(isinstance(argument, ast.Constant) for argument in node.args)
    )


def call_of_exec(program, node):
    """A call that runs a program, as `%time y = f(x)` does."""
    called = ast.parse("exec(program, globals())", mode="eval").body
    called.args[0] = ast.Constant(program)
    for part in ast.walk(called):
        ast.copy_location(part, node)
    return called


class Shell:
    """In the place of a notebook's shell: whatever it is asked to do, it does nothing."""

    def __getattr__(self, word):
        if word.startswith("__"):
            raise AttributeError(word)
        return do_nothing


def do_nothing(*inputs, **more):
    """Show or do nothing."""


STAND_INS = {"display": do_nothing, "get_ipython": Shell}


def be_like_notebook(code):
    """Let the libraries that an answer names do here what they do in a notebook.

    Numba's cache=True has no file to go by, and does nothing; IPython's get_ipython() gives a
    stand-in, and not None.
    """
    if "cache" in code and "numba" in code + " ".join(sys.modules):
        from numba.core.dispatcher import Dispatcher

        Dispatcher.enable_caching = do_nothing
    if "IPython" in code:
        import IPython

        IPython.get_ipython = IPython.core.getipython.get_ipython = Shell
