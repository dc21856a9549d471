"""The map of the course: its parts, its width, and how many lines `status` prints."""

import re
from pathlib import Path

import pytest

from tinymaml.course import folder, grading, material, progress, route, work
from tinymaml.course.verdict import CRASHED, PASSED, SLOW, UNTRIED, WRONG, Verdict

README = Path(__file__).parents[2] / "README.md"
KINDS = [PASSED, UNTRIED, WRONG, CRASHED, SLOW, grading.TWO]


def verdicts_in_turn(count):
    """Verdicts on all exercises, of this many kinds, in turn."""
    names = material.exercises()
    return [Verdict(name, KINDS[k % count]) for k, name in enumerate(names)]


def test_the_parts_are_those_of_the_readme():
    text = README.read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([A-Z][\w ]*) \| (\[\d\d .*?) \|", text, re.M)
    told = {name: re.findall(r"\[(\d\d) ", links) for name, links in rows}
    parts = route.lessons_by_part()
    assert told == {name: [lesson.number for lesson in part] for name, part in parts.items()}


def test_the_map_has_each_exercise_once_in_its_lesson_and_fits_a_terminal():
    verdicts = verdicts_in_turn(6)
    lines = route.draw_map(verdicts)
    assert max(map(len, lines)) <= 79
    drawn = re.findall(r"(\d\d) (\S+)", "\n".join(lines))
    expected = {}
    for verdict in verdicts:
        number = verdict.exercise[:2]
        expected[number] = expected.get(number, "") + route.SIGNS[verdict.verdict]
    assert drawn == list(expected.items())


@pytest.mark.parametrize("kinds", [1, 2, 3])
def test_status_is_the_map_and_a_few_lines_also_where_there_is_something_about_files(
    monkeypatch, capsys, tmp_path, kinds
):
    def grade(folder, names, fresh=True):
        return verdicts_in_turn(kinds)

    work.make(tmp_path)
    (tmp_path / "05_compile.ipynb").unlink()
    (tmp_path / "08_n_steps.ipynb").write_text("")
    monkeypatch.setattr(progress, "grade", grade)
    assert progress.status(folder.read(tmp_path)) == 1
    said = capsys.readouterr().out.splitlines()
    rows = len(route.draw_map(verdicts_in_turn(kinds)))
    assert len(said) - rows <= 7 and len(said) <= 14
