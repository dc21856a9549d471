"""The machines that run programs: which there are, whether one can be used here, and its module."""

import functools

TARGETS = ("numpy", "cpu", "cuda")


def check_target(target):
    if target not in TARGETS:
        raise ValueError(f'target is {target!r}; it is "numpy", "cpu" or "cuda"')
    if target == "cuda" and missing():
        raise RuntimeError(missing())
    if target == "cpu":
        try:
            import numba  # noqa: F401
        except ImportError as e:
            raise ImportError(
                f'target="cpu" needs numba, which cannot be imported here ({e}): pip install numba, or use target="numpy"'
            ) from e


def missing():
    """ "" if target="cuda" can be used here; else what is missing and what to do."""
    from .gpu import available

    return available.missing()


@functools.cache
def machine(target):
    """The module that runs plans on this target; it imports Numba, when it is first needed."""
    if target == "cpu":
        from .compiled import cpu as machine
    else:
        from .gpu import launch as machine
    return machine
