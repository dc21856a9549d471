"""The inner loop: can it be compiled, is what it computes right, and where is its code kept?"""

import sys

from ..engine.compiled.announcement import announce
from ..engine.compiled.cache import CHECKSUMS, cache_folder, damaged_files
from . import numbers
from .finding import Finding

DELETE = "delete the folder below and run this again; if it stays, report it"


def inner_loop():
    """Can the inner loop be compiled, and does it compute what the NumPy machine does?"""
    if "numba" not in sys.modules:  # versions() could not import it
        repair = 'repair numba first; until then target="numpy" works'
        yield Finding("inner loop", "cannot be compiled without numba", repair)
        return
    import numba

    if numba.config.DISABLE_JIT:
        yield Finding("inner loop", "not compiled: NUMBA_DISABLE_JIT is set", "unset it")
        return
    folder = cache_folder()
    damaged = damaged_in(folder)
    checks = []
    for dtype in numbers.CLOSE:
        if not kept_in(folder, dtype):
            announce(dtype)
        try:
            check = numbers.check(dtype)
        except RuntimeError as error:
            yield Finding(dtype, f"the check failed: {error}", DELETE)
            continue
        checks.append(check)
        yield Finding(
            dtype,
            "the compiled inner loop and the NumPy one agree to "
            f"{check.difference:.0e} ({check.seconds:.1f} s)",
            check.problem(dtype, DELETE),
        )
    yield compiled_code(folder, damaged, any(check.compiled for check in checks))
    if checks:
        yield Finding("threads", checks[-1].threads)


def compiled_code(folder, damaged, compiled):
    """Is compiled code kept? -> `Finding`

    damaged: which files were, before the check; compiled: whether it compiled something.
    """
    if folder is None or not any(folder.rglob(CHECKSUMS)):
        return Finding(
            "compiled code",
            f"not kept in {folder}" if folder else "kept nowhere",
            "it is compiled every time: set NUMBA_CACHE_DIR to a folder that can be written",
        )
    still = damaged_in(folder)
    if still:
        return Finding(
            "compiled code",
            f"in {folder}, damaged: {', '.join(still)}",
            "it is thrown away and compiled again when it is next used; if this stays, "
            "delete the folder",
        )
    if damaged:
        was = f"was damaged ({', '.join(damaged)}): thrown away and compiled again just now"
    else:
        was = "compiled just now" if compiled else "was there"
    return Finding("compiled code", f"in {folder}, {was}")


def damaged_in(folder):
    """The files of compiled code that are damaged, such as float32/inner_loop.all_tasks.nbc."""
    damaged = []
    for place in places(folder):
        precision = place.relative_to(folder).parts[0]
        damaged += [f"{precision}/{name}" for name in damaged_files(place)]
    return damaged


def kept_in(folder, dtype):
    """Is there compiled code for a precision, and all of it whole?"""
    found = places(folder and folder / dtype)
    return bool(found) and not any(damaged_files(place) for place in found)


def places(folder):
    """The folders in this one that hold compiled code, each of one function."""
    return sorted(path.parent for path in folder.rglob(CHECKSUMS)) if folder else []
