"""What a learner has built: lesson by lesson, an engine that agrees with tinymaml's; here with the
course's solutions in the learner's place."""

import dis
import functools
import json
import os
import re
from types import CodeType

import matplotlib.pyplot as plt
import numpy as np
import pytest

import tinymaml as tm
from helpers import two_lessons
from helpers.lessons import marked
from tinymaml.course import engine, folder, grading, judge, material, so_far, work

pytestmark = [getattr(pytest.mark, f"lesson_{number}") for number in ("01", "02", "03", "04", "05")]
SHAPES = {"W1": (1, 7), "b1": (1, 7), "W2": (7, 5), "b2": (1, 5), "W3": (5, 1), "b3": (1, 1)}


def network(tanh, total):
    """The mean squared error of a network with two tanh layers, in somebody's operations."""

    def mse(p, x, y):
        h = tanh(tanh(x @ p["W1"] + p["b1"]) @ p["W2"] + p["b2"])
        r = h @ p["W3"] + p["b3"] - y
        return total(r * r) * (1 / 10)

    return mse


names_before = judge.names_before  # the fixture below patches it


@functools.cache
def defined_by(number):
    """name -> object, for all that the course's solutions define in a lesson; compiled once."""
    return names_before(number)


@pytest.fixture(autouse=True)
def nobodys_folder(monkeypatch):
    """The course's solutions, whatever lies in this folder."""
    monkeypatch.setenv("TINYMAML_GRADING", "1")


@pytest.fixture
def compiled_once(monkeypatch):
    """What the lessons have defined, for the engine of a later one."""
    monkeypatch.setattr(judge, "names_before", lambda number, passed: dict(defined_by(number)))


@pytest.fixture(autouse=True)
def figures_of_others_keep_their_looks():
    with plt.rc_context():  # lessons set matplotlib's defaults
        yield


@pytest.mark.parametrize(
    "number, methods",
    [
        ("02", "value gradient"),
        ("03", "value gradient hvp"),
        ("04", "value gradient hvp"),
        ("05", "value gradient hvp"),
    ],
)
def test_the_engine_agrees_with_the_packages(number, methods):
    names = defined_by(number)
    rng = np.random.default_rng(0)
    params = {name: rng.normal(size=shape) for name, shape in SHAPES.items()}
    own = names["Loss"](network(names["tanh"], names["total"]), params)
    ours = tm.Loss(network(tm.tanh, tm.sum), params)
    for w in rng.normal(size=(3, ours.size)):
        v = rng.normal(size=ours.size)
        x = rng.normal(size=(10, 1))
        y = rng.normal(size=(10, 1))
        for method in methods.split():
            inputs = (w, v, x, y) if method == "hvp" else (w, x, y)
            got = getattr(own, method)(*inputs)
            expected = getattr(ours, method)(*inputs)
            assert np.abs(got - expected).max() <= 1e-14 * np.abs(expected).max(), method


def test_maml_runs_on_it():
    names = defined_by("05")
    rng = np.random.default_rng(1)
    params = {name: rng.normal(size=shape) for name, shape in SHAPES.items()}
    own = names["Loss"](network(names["tanh"], names["total"]), params)
    ours = tm.Loss(network(tm.tanh, tm.sum), params)
    x, y = rng.normal(size=(2, 4, 10, 1))
    tasks = tm.Tasks.finite_sum(support=(x[:2], y[:2]), query=(x[2:], y[2:]))
    w = ours.flatten(params)
    a = tm.meta_gradient(own, w, tasks, alpha=0.05, steps=3, target="numpy").gradient
    b = tm.meta_gradient(ours, w, tasks, alpha=0.05, steps=3, target="numpy").gradient
    assert np.abs(a - b).max() <= 1e-14 * np.abs(b).max()


@pytest.mark.parametrize("own", [False, True])
def test_the_switch_of_the_later_lessons(own, compiled_once):
    E = engine(own)
    rng = np.random.default_rng(2)
    params = {"W": rng.normal(size=(3, 2)), "b": rng.normal(size=(1, 2))}
    x = rng.normal(size=(5, 3))
    y = rng.normal(size=(5, 2))

    def penalised_mse(p, x, y):
        return E.mean(E.square(E.tanh(x @ p["W"] + p["b"]) - y)) + E.sum(p["b"])

    loss = E.Loss(penalised_mse, params)
    w = loss.flatten(params)
    expected = np.mean((np.tanh(x @ params["W"] + params["b"]) - y) ** 2) + params["b"].sum()
    assert abs(loss.value(w, x, y) - expected) < 1e-14
    h = 1e-6
    differences = []
    for e in np.eye(w.size):
        rise = loss.value(w + h * e, x, y) - loss.value(w - h * e, x, y)
        differences.append(rise / (2 * h))
    assert np.abs(loss.gradient(w, x, y) - differences).max() < 1e-8


def test_a_lesson_keeps_its_figures():
    """`use("01")` brings what lesson 01 builds, and leaves the module of figures that is there."""
    found = so_far.definitions_up_to("01")
    assert "trace" in found and "figures" not in found


SWITCHED = marked(["08", "13", "14"])  # lessons with a switch at the top


def cells_of(number):
    """A lesson's cells of code, its checks aside, with OWN = True at the top."""
    cells = [
        cell.solution
        for cell in material.find(number).cells
        if cell.kind == "code" and not cell.checks
    ]
    assert sum("OWN = False" in text for text in cells) == 1
    return [text.replace("OWN = False", "OWN = True") for text in cells]


def those_with_the_engine(cells):
    """The cells that mention the engine, and those that define what they use."""
    name = engine_in(cells)
    wanted = []
    asked = set()  # names that the cells taken so far look up, and do not define
    for text in reversed(cells):
        code = compile(text, "", "exec")
        read = names_in(code, "LOAD_NAME", "LOAD_GLOBAL")
        written = names_in(code, "STORE_NAME")
        if name in read | written or written & asked:
            wanted.insert(0, text)
            asked = (asked | read) - written
    return wanted


def engine_in(cells):
    """What a lesson calls its engine."""
    (name,) = set(re.findall(r"^(\w+) = engine\(", "\n".join(cells), re.MULTILINE))
    return name


def names_in(code, *operations):
    """The names with which a program, or a function in it, does one of these operations."""
    found = {line.argval for line in dis.get_instructions(code) if line.opname in operations}
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            found |= names_in(constant, *operations)
    return found


def run(number, cells):
    names = {"__name__": "__main__"}
    for text in cells:
        exec(compile(text, f"<lesson {number}>", "exec"), names)
    plt.close("all")
    return names


@pytest.mark.parametrize("number", SWITCHED)
def test_a_lesson_runs_on_the_learners_engine(number, compiled_once):
    """OWN = True at its top: every cell with the engine runs."""
    cells = cells_of(number)
    names = run(number, those_with_the_engine(cells))
    assert names[engine_in(cells)].name != "tinymaml"
    assert names["net"].__class__ is defined_by("05")["Loss"]


@pytest.mark.lesson_07
def test_the_training_of_07_runs_on_the_learners_engine(compiled_once, capsys):
    """MAML's start is before the step no better than y = 0, and after it much better."""
    cells = [cell.solution for cell in material.find("07").cells if cell.kind == "code"]
    assert sum("E = engine(own=True)" in text for text in cells) == 1
    names = run("07", those_with_the_engine([text for text in cells if "check(" not in text]))
    assert names["wave_loss"].__class__ is defined_by("05")["Loss"]
    before, after, _ = names["results"]["MAML"]
    assert 0.4 < before < 0.7
    assert after < 0.25
    assert "lessons 01 to 05 (0 answers yours, " in capsys.readouterr().out


@pytest.mark.slow
@pytest.mark.parametrize("number", SWITCHED)
def test_a_whole_lesson_runs_on_the_learners_engine(number):
    cells = cells_of(number)
    assert run(number, cells)[engine_in(cells)].name != "tinymaml"


@pytest.mark.slow
def test_a_learner_who_answers_everything(tmp_path, monkeypatch):
    """Every lesson in order, answered with the solutions, run from top to bottom in one folder:
    everything passes, and is used."""
    import nbformat
    from nbclient import NotebookClient

    monkeypatch.delenv("TINYMAML_GRADING")  # here `check` is the learner's
    work.make(tmp_path)
    for number, source in material.sources().items():
        path = tmp_path / f"{source.name}.ipynb"
        for name in source.exercises:
            two_lessons.answer(path, name, source.answer(name).solution.split("\n", 1)[1])
        node = nbformat.read(path, 4)
        client = NotebookClient(
            node,
            timeout=180,
            kernel_name="python3",
            resources={"metadata": {"path": str(tmp_path)}},
        )
        client.execute(env=os.environ | {"MPLBACKEND": "agg"})
        said = two_lessons.printed_by(node)
        for name in source.exercises:
            assert said[f'check("{name}")'].startswith(f"{name}: passed.")
        if "02" <= number <= "06":  # later ones only with OWN = True
            assert any("yours: 01.hand, 01.record" in text for text in said.values())
    verdicts = grading.grade(folder.read(tmp_path, own=True), material.exercises())
    assert {v.verdict for v in verdicts} == {"passed"}
    assert len(json.loads((tmp_path / ".tinymaml" / "verdicts.json").read_text())) == len(verdicts)


def test_the_first_cell_of_a_notebook_may_run_twice():
    for _ in range(2):
        names = {}
        exec("from tinymaml.course import check, style, use\nstyle()", names)
        assert all(callable(names[word]) for word in ("check", "style", "use"))
