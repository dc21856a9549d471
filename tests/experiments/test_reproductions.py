"""`tinymaml reproduce`: every reproduction runs, twice the same; its title, table and figure agree;
what is listed, refused and saved."""

import csv
import inspect
import io
import re
import sys

import numpy as np
import pytest

import tinymaml as tm
from helpers.figures import leave_undrawn
from helpers.reproductions import quick
from tinymaml.cli import main
from tinymaml.experiments import reproduce, reproductions, statistics
from tinymaml.experiments.reproductions import (
    NAMES,
    Reproduction,
    Table,
    digits,
    find,
    sinusoids,
    stepsize,
)
from tinymaml.problems import digits as images
from tinymaml.terminal import files

pytestmark = [pytest.mark.lesson_08, pytest.mark.lesson_16]


LONG = ("digits", "sinusoids", "stepsize")  # trained for seconds


def untimed(found):
    """The rows without measured times, as text: nan equals nan."""
    kept = [k for k, name in enumerate(found.table.header) if name not in found.timed]
    return [[repr(row[k]) for k in kept] for row in found.table.rows]


@pytest.mark.parametrize("name", NAMES)
def test_it_runs_and_the_seed_decides_every_number(name, monkeypatch):
    found, reported = quick(name)
    shares = [done for done, _ in reported]
    assert shares == sorted(shares) and all(0 <= done <= 1 and doing for done, doing in reported)
    check_that_title_table_and_figure_agree(found)  # here, so that it runs no more often
    if name not in LONG:
        leave_undrawn(monkeypatch)
        check_that_it_is_the_same_again(name, found)


@pytest.mark.slow
@pytest.mark.parametrize("name", LONG)
def test_the_seed_decides_every_number_of_long_ones_too(name):
    check_that_it_is_the_same_again(name, quick(name)[0])


def check_that_it_is_the_same_again(name, found):
    again = find(name).run(seed=1, quick=True)
    assert untimed(found) == untimed(again)
    assert found.timed or (found.title, found.caption) == (again.title, again.caption)


def check_that_title_table_and_figure_agree(found):
    table = found.table
    assert "nan" not in found.title and found.caption.endswith(".")
    assert found.figure._suptitle.get_window_extent().width < found.figure.bbox.width
    found.figure.savefig(io.BytesIO(), dpi=40)
    assert table.rows
    assert all(len(row) == len(table.header) for row in table.rows)
    assert len(set(table.header)) == len(table.header)
    assert all(isinstance(x, (str, int, float, np.integer)) for row in table.rows for x in row)
    assert all(row in table.rows for row in (found.shown or table).rows)
    assert found.figure.get_suptitle().split() == found.title.split() and len(found.caption) > 100
    numbers = [x for row in table.rows for x in row if isinstance(x, float)]
    # every number in the title stands in the table
    for shown in re.findall(r"\d+\.\d+(?![\d.]*e)", found.title):
        _, decimals = shown.split(".")
        assert any(f"{x:.{len(decimals)}f}" == shown for x in numbers), shown
    labelled = [axes for axes in found.figure.axes if axes.lines or axes.patches]
    assert labelled
    assert any(axes.get_xlabel() for axes in labelled)
    assert any(axes.get_ylabel() for axes in labelled)


@pytest.mark.parametrize("name", NAMES)
def test_the_docstring_says_what_it_is(name):
    module = find(name)
    text = inspect.getdoc(module)
    assert len(text.split("\n")[0]) <= 125 and len(text) > 200 and 1 <= module.SECONDS <= 300
    assert list(inspect.signature(module.run).parameters) == ["seed", "quick", "report"]


# ---- the curves


def lines(axes):
    return {
        line.get_label(): line.get_ydata()
        for line in axes.lines
        if not line.get_label().startswith("_")
    }


def test_the_lines_are_the_table_s_means():
    table, axes = quick("sinusoids")[0].table, quick("sinusoids")[0].figure.axes
    for panel, (activation, shots) in zip(axes, sinusoids.PANELS, strict=True):
        for name, y in lines(panel).items():
            of = table.where(activation=activation, shots=shots, learner=name)
            mean = np.array(of.where(seed="all").column("mean"))
            seeds = [of.where(seed=str(s)).column("mean") for s in (3, 4)]
            assert np.array_equal(y, np.where(mean < np.inf, mean, np.nan), equal_nan=True)
            assert np.allclose(np.mean(seeds, 0), mean, rtol=1e-12)
            diverged = [of.where(seed=str(s)).column("diverged") for s in (3, 4)]
            assert of.where(seed="all").column("diverged") == list(np.sum(diverged, 0))
    table, axes = quick("digits")[0].table, quick("digits")[0].figure.axes
    for panel, (shots, N) in zip(axes, [(1, 1), (1, 5), (5, 1), (5, 5)], strict=True):
        assert len(lines(panel)) == 5
        for label, y in lines(panel).items():
            name = f"{label}, {N} step{'s' * (N > 1)}" if "MAML" in label else label
            rows = table.where(shots=shots, learner=name, held_out="all")
            assert np.array_equal(y, rows.column("accuracy"))


def test_what_diverged_is_counted_and_not_hidden(monkeypatch):
    """Steps of 5 in place of 0.05: on any computer the training itself ends in numbers that are not
    finite; no task is dropped. (With twenty steps of 0.05 it diverges too, but when, the last bits
    decide.)"""
    monkeypatch.setitem(stepsize.RULES, stepsize.FIXED, lambda N: stepsize.C if N == 1 else 5.0)
    found = stepsize.run(seed=1, quick=True)
    row = stepsize.overall_row(found.table, stepsize.FIXED, 20)
    assert row["mean"] == np.inf
    assert row["tasks_diverged"] == row["tasks"] == 40
    assert row["runs_diverged"] == row["runs"] == 2
    assert "40 of 40 tasks diverge" in found.title and "infinite" in found.caption
    assert max(found.figure.axes[0].lines[0].get_ydata()) == stepsize.LIMIT
    fixed, shrinking = stepsize.FIXED, stepsize.SHRINKING
    same = stepsize.overall_row(found.table, fixed, 1) | {"rule": shrinking}  # α = c and c/1
    assert stepsize.overall_row(found.table, shrinking, 1) == same


def test_accuracy_is_that_of_the_definition():
    """The random start's, computed again from the problem alone."""
    table = quick("digits")[0].table
    train, test = images.splits(seed=1)[0]
    problem = images.Digits(test, shots=1, queries=15)
    tasks = problem.sample(np.random.default_rng([1, 0, 0]), 10)
    row = table.where(shots=1, learner=digits.START, held_out=" ".join(map(str, test)), steps=3)
    alpha = row.column("inner_stepsize")[0]
    path = tm.adapt(problem.loss, problem.start, tasks.inner, alpha=alpha, steps=3)
    right = problem.accuracy(path[-1], tasks)
    assert row.column("accuracy")[0] == right.mean()


def test_an_interval_over_a_few_runs_is_student_s():
    mean, half = statistics.summarise_runs([[1.0, 2.0], [3.0, 2.0], [5.0, 2.0]])
    assert np.allclose(mean, [3, 2]) and np.allclose(half, [4.303 * 2 / np.sqrt(3), 0])
    mean, half = statistics.summarise_runs([4.0])
    assert mean == 4 and np.isnan(half)
    mean, half = statistics.summarise_runs([1.0, np.inf])
    assert mean == np.inf and np.isnan(half)
    rng = np.random.default_rng(0)
    runs = rng.normal(size=(5, 20_000))
    mean, half = statistics.summarise_runs(runs)
    assert abs(np.mean(np.abs(mean) <= half) - 0.95) < 0.005


# ---- the command


@pytest.fixture
def small(monkeypatch, tmp_path):
    """A reproduction that takes no time; -> the folder."""
    from matplotlib.figure import Figure

    class module:
        """Nothing: that it takes no time.

        More about it.
        """

        SECONDS = 1

        @staticmethod
        def run(seed, quick, report):
            report(0.5, "half of nothing")
            table = Table(("name", "x"), [("a", 0.25), ("b", float(seed)), ("c", 1 / 3)])
            return Reproduction(
                "It is 0.25", "Look at it.", table, Figure(), shown=table.where(name=("a", "c"))
            )

    monkeypatch.setattr(reproductions, "NAMES", ("nothing",))
    monkeypatch.setattr(reproductions, "find", lambda name: module)
    return tmp_path


def test_the_list(capsys):
    assert main(["reproduce"]) == 0
    out = capsys.readouterr().out.splitlines()
    *lines_of_names, _, together = out
    for line, name in zip(lines_of_names, NAMES, strict=True):
        assert line.split()[0] == name
        assert "about" in line
        assert line.endswith(reproduce.one_line(find(name)))
        assert len(line) <= 160
    assert "Together" in together


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["dance"], f"there is no reproduction 'dance'; there are {', '.join(NAMES)}"),
        (["sinusoids", "--out", "no/where"], "there is no folder no"),
        (["sinusoids", "--seed", "-1"], "whole number"),
        (["sinusoids", "digits"], "unrecognized"),
    ],
)
def test_what_cannot_be_run_is_refused(arguments, words, capsys):
    with pytest.raises(SystemExit) as stop:
        main(["reproduce", *arguments])
    assert stop.value.code == 2 and words in capsys.readouterr().err


def test_message_table_and_files(small, capsys):
    assert main(["reproduce", "nothing", "--seed", "7", "--out", str(small)]) == 0
    captured = capsys.readouterr()
    assert "More about it." in captured.out
    assert "It is 0.25" in captured.out
    assert "Look at it." in captured.out
    assert "Ctrl-C" in captured.out
    assert "\nname       x\na       0.25\nc     0.3333\n" in captured.out
    assert "half of nothing" in captured.err
    assert list(csv.reader((small / "nothing.csv").read_text().splitlines())) == [
        ["name", "x"],
        ["a", "0.25"],
        ["b", "7"],
        ["c", "0.333333333"],
    ]
    assert (small / "nothing.png").read_bytes().startswith(b"\x89PNG")


def test_files_that_are_there_stay(small, capsys):
    (small / "nothing.csv").write_text("mine")
    assert main(["reproduce", "nothing", "--quick", "--out", str(small)]) == 0
    out = capsys.readouterr().out
    assert (small / "nothing.csv").read_text() == "mine" and not (small / "nothing.png").exists()
    assert {path.name for path in small.iterdir()} == {
        "nothing.csv",
        "nothing-2.csv",
        "nothing-2.png",
    }
    assert "they stay as they are" in out and "the numbers mean nothing" in out


def test_ctrl_c_leaves_cleanly(small, monkeypatch, capsys):
    def stopped(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(reproductions.find("nothing"), "run", stopped)
    assert main(["reproduce", "nothing", "--out", str(small)]) == 130
    assert "Quit." in capsys.readouterr().err and not list(small.iterdir())


def test_a_full_disk_is_said(small, monkeypatch, capsys):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files, "save", full)
    assert main(["reproduce", "nothing", "--out", str(small)]) == 1
    assert "could not be saved" in capsys.readouterr().out


def test_without_scikit_learn_one_sentence(monkeypatch, capsys, tmp_path):
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    images.images.cache_clear()
    assert main(["reproduce", "digits", "--quick", "--out", str(tmp_path)]) == 1
    images.images.cache_clear()
    assert capsys.readouterr().out.endswith("pip install 'tinymaml[digits]'.\n")
    assert not list(tmp_path.iterdir())
