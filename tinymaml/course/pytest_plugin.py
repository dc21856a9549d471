"""`pytest --work DIR` grades a learner's folder: passed, skipped (not yet attempted), or failed
with its sentence.

Without the option this changes nothing; with it, pytest runs the answers and nothing else.
"""

import pytest


def pytest_addoption(parser):
    parser.addoption(
        "--work",
        metavar="DIR",
        help="grade the answers of tinymaml's lessons in this folder, instead of running tests",
    )


def pytest_configure(config):
    if config.getoption("--work"):
        from . import answers

        try:
            config.args = [str(answers.locate(config.getoption("--work")))]
        except ValueError as error:
            raise pytest.UsageError(f"--work: {error}") from None


def pytest_ignore_collect(collection_path, config):
    return True if config.getoption("--work") and str(collection_path) not in config.args else None


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(session, config, items):
    if config.getoption("--work"):
        from . import answers, material

        folder = answers.read(answers.locate(config.getoption("--work")))
        items[:] = [
            Answer.from_parent(session, name=name, folder=folder) for name in material.exercises()
        ]


class Complaint(Exception):
    """An answer that has not passed."""


class Answer(pytest.Item):
    def __init__(self, *, folder, **more):
        super().__init__(**more)
        self.folder = folder

    def runtest(self):
        from . import answers, judge

        [verdict] = answers.grade(self.folder, [self.name])
        if verdict.verdict == judge.UNTRIED:
            pytest.skip(str(verdict))
        if verdict.verdict != judge.PASSED:
            raise Complaint(str(verdict))

    def repr_failure(self, excinfo, style=None):
        return (
            str(excinfo.value)
            if isinstance(excinfo.value, Complaint)
            else super().repr_failure(excinfo, style)
        )

    def reportinfo(self):
        return self.folder.path, None, self.name
