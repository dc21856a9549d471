"""Does Numba compile a function that an answer defines?

It is asked once, in the last of an exercise's cases, and as far as it works out the type of
everything. There it refuses what it refuses, within a few hundredths of a second; machine code,
which takes ten times as long, is not made of it.
"""

import linecache
import os
import re

import numba
from numba.core.compiler import CompilerBase, DefaultPassBuilder
from numba.core.compiler_machinery import FunctionPass, PassManager, register_pass
from numba.core.dispatcher import Dispatcher

COMPILED = "does Numba compile it?"
YES = "yes"
NOT_TRIED = "not tried: it is not right yet"
NOT_MARKED = "no: without `@kernel` compiled code cannot call it"

if os.environ.get("TINYMAML_GRADING"):  # an answer has no file beside which Numba could cache it
    Dispatcher.enable_caching = lambda self: None


class Typed(BaseException):
    """All types are known."""


@register_pass(mutates_CFG=False, analysis_only=True)
class EndHere(FunctionPass):
    """A step of Numba's compiler that ends it."""

    _name = "end_here"

    def __init__(self):
        super().__init__()

    def run_pass(self, state):
        raise Typed


class TypesOnly(CompilerBase):
    """Numba's compiler up to where all types are known."""

    def define_pipelines(self):
        steps = PassManager("types only")
        steps.passes.extend(DefaultPassBuilder.define_untyped_pipeline(self.state).passes)
        steps.passes.extend(DefaultPassBuilder.define_typed_pipeline(self.state).passes)
        steps.add_pass(EndHere, "ends here")
        steps.finalize()
        return [steps]


def plain_python(function):
    """A function without its compiler: what njit was given."""
    return getattr(function, "py_func", function)


def compiles(function, *arguments):
    """Does Numba compile a function for arguments like these? -> YES, or why not"""
    types = tuple(map(numba.typeof, arguments))
    try:
        numba.njit(types, pipeline_class=TypesOnly)(plain_python(function))
    except Typed:
        return YES
    except ImportError:  # a product of arrays needs SciPy, which not everybody has
        return YES
    except Exception as error:  # Numba has many kinds
        return f"no: {reason(error)}"
    return YES


def compiles_for_others(kernel, *arguments):
    """Does Numba compile a kernel, and may other compiled code call it? -> YES, or why not"""
    if compiles(lambda: kernel is None) != YES:
        return NOT_MARKED
    return compiles(kernel, *arguments)


def reason(error):
    """What Numba complains of, and the line of the answer that it is about."""
    rows = [row.strip() for row in str(error).split("\n") if row.strip()]
    words = [row for row in rows if not row.startswith("Failed in ")] or [type(error).__name__]
    said = re.search(r"Unsupported array index .*|Cannot unify .*|Invalid use of .*", str(error))
    found = re.search(r'File "(<exercise [^"]*>)", line (\d+)', str(error))
    place = ""
    if found:
        line = int(found[2])
        place = f"line {line}, `{linecache.getline(found[1], line).strip()}`: "
    called = re.search(r"Untyped global name '(\w+)'.* <class 'function'>", str(error))
    if called:
        return f"{place}`{called[1]}` is not compiled; define it inside the function that calls it"
    return place + (said[0] if said else words[0].rstrip(":"))


if os.environ.get(
    "TINYMAML_GRADING"
):  # the first time takes half a second: before any copy is made
    compiles(lambda: None)
