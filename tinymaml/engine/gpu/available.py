"""What there is for target="cuda" on this computer, and what is missing, in one sentence."""

import functools
import os

INSTALL = 'pip install "tinymaml[cuda13]", or [cuda12] for a driver older than 580'
INSTEAD = 'or use target="cpu"'


@functools.cache
def missing() -> str:
    """Return "" if a GPU can be used; else one sentence: what is missing, and what to do."""
    try:
        import numba
    except ImportError as error:
        return (
            f'target="cuda" needs numba, which cannot be imported here ({error}): '
            f"pip install numba, {INSTEAD}"
        )
    if numba.config.ENABLE_CUDASIM:
        return (
            'target="cuda" does not run in Numba\'s simulator: '
            f"unset the environment variable NUMBA_ENABLE_CUDASIM, {INSTEAD}"
        )
    if os.environ.get("NUMBA_DISABLE_CUDA", "0") not in ("", "0"):
        return (
            'target="cuda" is switched off by the environment variable NUMBA_DISABLE_CUDA: '
            f"unset it, {INSTEAD}"
        )
    try:
        from numba import cuda
    except Exception as error:  # numba-cuda without the toolkit's wheels raises RuntimeError
        return (
            f'target="cuda" needs numba.cuda, which cannot be loaded ({first_line(error)}): '
            f"{INSTALL}, {INSTEAD}"
        )
    return describe_missing_driver(cuda) or describe_missing_compiler(cuda)


def describe_missing_driver(cuda):
    """Return "" if there is a GPU with a driver; else a sentence."""
    try:
        error = cuda.cuda_error()
        if not error and len(cuda.gpus):
            return ""
    except Exception as raised:
        error = raised
    reason = first_line(error) if error else "the driver lists no GPU"
    return (
        f'target="cuda" finds no GPU ({reason}): it needs an NVIDIA GPU and its driver; '
        f"then {INSTALL}, {INSTEAD}"
    )


def describe_missing_compiler(cuda):
    """Return "" if CUDA's compiler can be used; else a sentence."""
    try:
        if cuda.is_available():
            return ""
        reason = "no NVVM found"
    except Exception as error:
        reason = first_line(error)
    return f'target="cuda" finds a GPU but not CUDA\'s compiler ({reason}): {INSTALL}, {INSTEAD}'


def first_line(error):
    """The first line of an error's text that says something, or the error's type."""
    for line in str(error).splitlines():
        text = line.strip(" :")
        if text:
            return text.rstrip(".")
    return type(error).__name__
