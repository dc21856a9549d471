"""Where the lessons lie: a course of one's own."""

import pytest

from tinymaml.course import exercise, material


def test_a_lesson_77s_own(one_lesson, monkeypatch):
    assert list(material.sources()) == ["77"]
    assert material.find("77").path.parent == one_lesson / "solutions"
    assert exercise.find("77.double").title == "Twice"
    with pytest.raises(ValueError, match="there is no lesson '01'; there are 77"):
        material.find("01")
    monkeypatch.setenv("TINYMAML_COURSE", "course")
    with pytest.raises(ValueError, match="TINYMAML_COURSE has to be a full path, such as /"):
        material.sources()
    monkeypatch.delenv("TINYMAML_COURSE")
    assert "01" in material.sources() and "77" not in material.sources()
    assert isinstance(exercise.of_lesson("01"), dict)
