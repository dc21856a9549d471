"""`pytest --work DIR` grades a learner's folder: passed, skipped (not yet attempted), or failed
with its sentence.

Without the option this changes nothing; with it, pytest runs the answers and nothing else.
"""

import pytest


def pytest_addoption(parser):
    """Add --work."""
    parser.addoption(
        "--work",
        metavar="DIR",
        help="grade the answers of tinymaml's lessons in this folder, instead of running tests",
    )


def pytest_configure(config):
    """Have pytest look at the learner's folder alone."""
    work = config.getoption("--work")
    if work:
        from .folder import locate_one

        try:
            config.args = [str(locate_one(work))]
        except ValueError as error:
            raise pytest.UsageError(f"--work: {error}") from None


def pytest_ignore_collect(collection_path, config):
    """Leave out what lies in the learner's folder: it holds no tests of ours."""
    if config.getoption("--work") and str(collection_path) not in config.args:
        return True
    return None  # what pytest decides


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(session, config, items):
    """Put the course's exercises in place of the tests."""
    work = config.getoption("--work")
    if work:
        from . import material
        from .folder import locate, read

        folder = read(locate(work))
        items[:] = [
            Answer.from_parent(session, name=name, folder=folder) for name in material.exercises()
        ]


class Complaint(Exception):
    """An answer that has not passed."""


class Answer(pytest.Item):
    """An exercise of the course, as pytest runs a test."""

    def __init__(self, *, folder, **more):
        super().__init__(**more)
        self.folder = folder

    def runtest(self):
        """Grade the answer: returns if it passes, skips or raises Complaint if not."""
        from . import grading, judge, printed

        [verdict] = grading.grade(self.folder, [self.name])
        if verdict.verdict == judge.UNTRIED:
            pytest.skip(str(verdict))
        if verdict.verdict != judge.PASSED:
            below = printed.show(verdict.printed)
            raise Complaint(f"{verdict}\n{below}".strip())

    def repr_failure(self, excinfo, style=None):
        """The verdict in place of a traceback."""
        if isinstance(excinfo.value, Complaint):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self):
        """What stands in front of a verdict in pytest's report."""
        return self.folder.path, None, self.name
