"""What the lessons define, for the tests of their bridges."""

import pytest

from tinymaml.course import judge


@pytest.fixture(scope="module")
def names(request):
    """name -> object, for all that the lesson of the test's file defines, with the course's
    solutions."""
    number = request.module.__name__[-2:]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TINYMAML_GRADING", "1")
        return judge.names_before(number, {})
