"""Where the lessons lie: a course of one's own; the appendices beside them."""

import pytest

from helpers import lesson_77
from tinymaml.cli import main
from tinymaml.course import build, exercise, folder, lesson, material, work

APPENDIX = "# %% [markdown]\n# # Appendix to 77 · More\n\n# %%\nprint(6 * 7)\n"


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


@pytest.fixture
def appendix(one_lesson):
    """The source of an appendix to the lesson."""
    path = one_lesson / "solutions" / "appendix_77_more.py"
    path.write_text(APPENDIX, encoding="utf-8")
    return path


def test_an_appendix_is_no_lesson(appendix, tmp_path, monkeypatch, capsys):
    assert list(material.sources()) == ["77"]
    assert [found.name for found in material.notebooks("77")] == ["77_small", "appendix_77_more"]
    assert len(material.exercises()) == 4
    monkeypatch.chdir(tmp_path)
    assert main(["learn", "mine", "--copy-only"]) == 0
    assert capsys.readouterr().out.startswith("1 lesson and 1 appendix copied to ")
    assert (tmp_path / "mine" / "appendix_77_more.ipynb").exists()
    assert folder.read(tmp_path / "mine").places.keys() == set(material.exercises())
    appendix.write_text(APPENDIX.replace("More", "Still more"), encoding="utf-8")
    material.appendices_in.cache_clear()
    [said] = work.update(tmp_path / "mine")
    assert said.startswith("appendix_77_more.ipynb: replaced by its new version")


def test_an_appendix_is_built_with_its_lesson(appendix, one_lesson, capsys):
    short = lesson_77.SOURCE[: lesson_77.SOURCE.index("# %%\n# exercise 77.looked_up")]
    (one_lesson / "solutions" / "77_small.py").write_text(short, encoding="utf-8")
    assert main(["build", "77"]) == 0
    assert capsys.readouterr().out == "77_small ...\nappendix_77_more ...\n"
    assert "42" in (one_lesson / "solutions" / "appendix_77_more.ipynb").read_text()
    assert not any(build.drift(found) for found in material.notebooks())
    (one_lesson / "lessons" / "appendix_77_more.ipynb").write_text("")
    assert main(["build", "--check"]) == 1


@pytest.mark.parametrize(
    "text, words",
    [
        (APPENDIX.replace("Appendix to ", ""), "an appendix opens with `# Appendix to 77 · its"),
        (
            APPENDIX + "\n# %%\n# exercise 77.more\n### BEGIN SOLUTION\n### END SOLUTION\n",
            "exercise 77.more in an appendix, which has none",
        ),
    ],
)
def test_a_rule_of_appendices_that_is_broken(appendix, text, words):
    appendix.write_text(text, encoding="utf-8")
    with pytest.raises(lesson.SourceError, match=words):
        lesson.read(appendix)
