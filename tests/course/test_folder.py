"""The learner's folder: `learn`, `update`, `restore`. Nothing that a learner wrote is ever lost."""

import json
import os
import re
import sys
from pathlib import Path

import pytest

from helpers import two_lessons
from helpers.lab import fetch, running_lab
from helpers.processes import wait_for
from tinymaml.cli import main
from tinymaml.course import material, work

NUMBERS = "01_numbers.ipynb"


@pytest.fixture
def mine(course, tmp_path):
    """A learner's folder."""
    work.make(tmp_path / "work")
    return tmp_path / "work"


def publish(course, old="Two numbers.", new="Two fine numbers."):
    """Make a new version of the first lesson."""
    two_lessons.write(course, two_lessons.FIRST.replace(old, new))
    material.sources_in.cache_clear()


def files(folder):
    """name -> bytes, for every file in a folder and below."""
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


def test_learn_copies_and_never_overwrites(mine, capsys):
    assert sorted(path.name for path in mine.glob("*.ipynb")) == [NUMBERS, "02_more.ipynb"]
    assert "### BEGIN" not in (mine / NUMBERS).read_text()
    assert "a + a" not in (mine / NUMBERS).read_text()
    two_lessons.answer(mine / NUMBERS, "01.double", "def double(a): return a * 2")
    (mine / "02_more.ipynb").unlink()
    (mine / "notes.txt").write_text("mine")
    before = files(mine)
    assert main(["learn", "--copy-only"]) == 0
    assert "1 lesson copied" in capsys.readouterr().out
    after = files(mine)
    assert {name: after[name] for name in before} == before
    assert set(after) - set(before) == {"02_more.ipynb"}


@pytest.mark.parametrize(
    "place, says",
    [
        ("file", "is a file"),
        ("course/solutions", "belongs to the course"),
        ("file/below", "cannot make"),
    ],
)
def test_learn_refuses(course, tmp_path, capsys, place, says):
    (tmp_path / "file").write_text("")
    before = files(tmp_path)
    assert main(["learn", place, "--copy-only"]) == 2
    assert says in capsys.readouterr().err and files(tmp_path) == before


def test_update_when_nothing_is_new(mine, capsys):
    two_lessons.answer(mine / NUMBERS, "01.double", "def double(a): return a * 2")
    before = files(mine)
    assert main(["update"]) == 0
    assert "up to date" in capsys.readouterr().out and files(mine) == before


def test_update_replaces_what_was_only_run(course, mine, capsys):
    printed = {"output_type": "stream", "name": "stdout", "text": "hello"}
    two_lessons.change(
        mine / NUMBERS, lambda cells: cells[1].update(outputs=[printed], execution_count=3)
    )
    publish(course)
    assert main(["update"]) == 0
    assert "replaced" in capsys.readouterr().out
    assert "fine" in (mine / NUMBERS).read_text()
    assert main(["update"]) == 0
    assert "up to date" in capsys.readouterr().out


@pytest.mark.parametrize(
    "edit",
    [
        lambda cells: cells[two_lessons.cell_of(cells, "01.double")].update(
            source="# exercise 01.double\ndef double(a): return a * 2"
        ),
        lambda cells: cells[0].update(source="# my notes"),
        lambda cells: cells.append(
            {"cell_type": "markdown", "metadata": {}, "source": "a thought", "id": "thought"}
        ),
        lambda cells: cells.pop(3),
        lambda cells: cells.reverse(),
    ],
    ids=["answer", "text", "added", "deleted", "moved"],
)
def test_update_leaves_what_was_edited(course, mine, capsys, edit):
    two_lessons.change(mine / NUMBERS, edit)
    before = files(mine)
    publish(course)
    assert main(["update"]) == 0
    assert "01_numbers.new.ipynb" in capsys.readouterr().out
    after = files(mine)
    assert {name: after[name] for name in before} == before
    assert "fine" in (mine / "01_numbers.new.ipynb").read_text()
    assert main(["update"]) == 0 and files(mine) == after  # twice does no more
    # a new version that was not touched gives way to a newer one
    publish(course, new="Two finer numbers.")
    assert main(["update"]) == 0 and "finer" in (mine / "01_numbers.new.ipynb").read_text()


def test_update_leaves_an_edited_new_version_too(course, mine, capsys):
    two_lessons.answer(mine / NUMBERS, "01.double", "def double(a): return a * 2")
    publish(course)
    main(["update"])
    two_lessons.answer(mine / "01_numbers.new.ipynb", "01.guess", "answer = 7")
    before = files(mine)
    publish(course, new="Two finer numbers.")
    main(["update"])
    assert {name: files(mine)[name] for name in before} == before
    assert "finer" in (mine / "01_numbers.new-2.ipynb").read_text()


def test_update_and_a_notebook_whose_metadata_an_editor_dropped(course, mine):
    built = two_lessons.notebook(mine / NUMBERS)
    del built["metadata"]["tinymaml"]
    (mine / NUMBERS).write_text(json.dumps(built))
    assert work.update(mine) == []  # the same text as today's
    two_lessons.answer(mine / NUMBERS, "01.guess", "answer = 7")
    before = files(mine)
    assert "left as it is" in work.update(mine)[0]
    assert {name: files(mine)[name] for name in before} == before


def test_update_brings_new_lessons_and_leaves_unreadable_ones(mine):
    (mine / NUMBERS).write_text("{ not json")
    (mine / "02_more.ipynb").unlink()
    said = work.update(mine)
    assert "cannot be read" in said[0] and said[1] == "02_more.ipynb: new"
    assert (mine / NUMBERS).read_text() == "{ not json"


def test_restore_gives_the_stub_back_and_keeps_the_answer(mine, capsys):
    two_lessons.answer(mine / NUMBERS, "01.double", "def double(a): return a * 2")
    two_lessons.answer(mine / NUMBERS, "01.guess", "answer = 7")
    before = (mine / NUMBERS).read_bytes()
    assert main(["restore", "01.double"]) == 0
    said = capsys.readouterr().out
    [copy] = (mine / "backups").iterdir()
    assert copy.read_bytes() == before and copy.name in said
    cells = two_lessons.notebook(mine / NUMBERS)["cells"]
    assert (
        two_lessons.text_of(cells[two_lessons.cell_of(cells, "01.double")])
        == material.find("01").answer("01.double").stub
    )
    assert "answer = 7" in (mine / NUMBERS).read_text()  # the other answer stays
    main(["restore", "01.double"])
    assert len(list((mine / "backups").iterdir())) == 2  # within the same second, too


def test_restore_of_a_deleted_cell_puts_it_in_its_place(mine):
    fresh = [cell["id"] for cell in two_lessons.notebook(mine / NUMBERS)["cells"]]

    def delete_answer_and_check(cells):
        k = two_lessons.cell_of(cells, "01.guess")
        del cells[k : k + 2]

    two_lessons.change(mine / NUMBERS, delete_answer_and_check)
    work.restore(mine, "01.guess")
    assert [cell["id"] for cell in two_lessons.notebook(mine / NUMBERS)["cells"]] == fresh


def test_restore_where_copies_lie_about(mine):
    two_lessons.answer(mine / NUMBERS, "01.double", "def double(a): return a * 2")
    two_lessons.change(
        mine / NUMBERS,
        lambda cells: cells.append(cells[two_lessons.cell_of(cells, "01.double")] | {"id": "copy"}),
    )
    elsewhere = {
        "cell_type": "code",
        "id": "x",
        "metadata": {},
        "outputs": [],
        "execution_count": None,
        "source": "# exercise 01.double\ndef double(a): return 0",
    }
    two_lessons.change(mine / "02_more.ipynb", lambda cells: cells.append(elsewhere))
    work.restore(mine, "01.double")
    assert (mine / NUMBERS).read_text().count("# exercise 01.double") == 1
    assert "return 0" not in (mine / "02_more.ipynb").read_text()
    assert len(list((mine / "backups").iterdir())) == 2


def test_restore_of_a_lesson(mine, capsys):
    (mine / NUMBERS).write_text("{ not json")
    assert main(["restore", "01.double"]) == 2
    assert "tinymaml restore 01" in capsys.readouterr().err
    assert main(["restore", "01"]) == 0
    assert next((mine / "backups").iterdir()).read_text() == "{ not json"
    assert two_lessons.notebook(mine / NUMBERS)["metadata"]["tinymaml"]["lesson"] == "01_numbers"
    (mine / NUMBERS).unlink()
    assert main(["restore", "01.double"]) == 2 and "gives it back" in capsys.readouterr().err
    assert main(["restore", "01"]) == 0 and (mine / NUMBERS).exists()


def test_learn_opens_jupyterlab_there(mine, tmp_path):
    """Its terminals, too, open there, and find the command that was not on PATH."""
    (mine / "random.py").write_text("raise SystemExit('this is not Python's own')")
    with running_lab(mine, tmp_path, PATH=os.defpath, HOME=str(tmp_path)) as (place, token):
        contents = fetch(f"http://{place}/api/contents?token={token}")
        assert {NUMBERS, "02_more.ipynb"} <= {entry["name"] for entry in contents["content"]}
        if os.name == "posix":
            assert ask_terminal(place, token, "$PWD") == str(mine)
            command = ask_terminal(place, token, "$(command -v tinymaml)")
            assert command == str(Path(sys.executable).with_name("tinymaml"))


def ask_terminal(place, token, words):
    """What a shell in a new terminal of JupyterLab makes of these words."""
    import websocket

    made = fetch(f"http://{place}/api/terminals?token={token}", method="POST", data=b'{"cwd": ""}')
    address = f"ws://{place}/terminals/websocket/{made['name']}?token={token}"
    terminal = websocket.create_connection(address, timeout=60)
    said = []

    def find_answer():
        kind, *texts = json.loads(terminal.recv())
        said.extend(texts if kind == "stdout" else [])
        return re.search(r"answer=([^$\r\n]*);", "".join(said))

    try:
        terminal.send(json.dumps(["stdin", f"echo 'answer='\"{words};\"\r"]))
        return wait_for(find_answer)[1]
    finally:
        terminal.close()
