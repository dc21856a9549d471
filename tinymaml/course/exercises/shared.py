"""What graders of several lessons ask of an answer, and how they print an instance."""

import numpy as np

from ..compare import text


def unattempted(value):
    """Is there a `...` left in an answer?"""
    if value is ...:
        return True
    if isinstance(value, dict):
        value = list(value.values())
    return isinstance(value, (tuple, list)) and any(map(unattempted, value))


def number(value):
    """Is it one finite number?"""
    if isinstance(value, bool) or not isinstance(value, (int, float, np.number)):
        return False
    return bool(np.isfinite(value))


def shown(*names):
    """A function that prints an instance: "name = value" for each input, texts as they are."""

    def show(*inputs):
        parts = []
        for name, x in zip(names, inputs, strict=True):
            parts.append(f"{name} = {x if isinstance(x, str) else text(x)}")
        return ", ".join(parts)

    return show
