"""Small runs of the reproductions."""

import functools

import pytest

from tinymaml.experiments.reproductions import find


@functools.cache
def quick(name):
    """A small run, shared by the tests, and what was reported."""
    if name == "digits":
        pytest.importorskip("sklearn", reason="needs the extra tinymaml[digits]")
    reported = []

    def report(done, doing):
        reported.append((done, doing))

    return find(name).run(seed=1, quick=True, report=report), reported
