"""`tinymaml demo`: what it computes against the definitions, what it prints and saves, and how it
stops."""

import csv
import itertools
import math
from types import SimpleNamespace

import numpy as np
import pytest

import tinymaml as tm
from helpers.figures import PNG, leave_undrawn
from tinymaml.cli import main
from tinymaml.experiments import demo, figure, sinusoids, table
from tinymaml.experiments.sinusoids import (
    EXACT,
    FIRST_ORDER,
    JOINT,
    LEARNERS,
    Learner,
    Pooled,
    Setting,
)
from tinymaml.experiments.statistics import summarise, task_at_quantile
from tinymaml.problems import networks
from tinymaml.problems.sinusoids import Sinusoids
from tinymaml.terminal import files

pytestmark = pytest.mark.lesson_00


@pytest.fixture
def small(tmp_path, monkeypatch):
    """A demo of a second, in a folder of its own: few new tasks, few stepsizes to choose from, no
    waiting for an estimate."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sinusoids, "TASKS", 12)
    monkeypatch.setattr(demo, "TASKS", 12)
    monkeypatch.setattr(sinusoids.tune, "__defaults__", ((0.001, 0.003, 0.01),))
    monkeypatch.setattr(demo, "time_iteration", lambda setting, name: 1e-3)
    return tmp_path


@pytest.fixture
def undrawn(monkeypatch):
    leave_undrawn(monkeypatch)


def rows(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def errors_by_step(setting, w, tasks, alpha, steps=sinusoids.STEPS):
    return tm.evaluate(setting.loss, w, tasks, alpha=alpha, steps=steps).losses


def interrupt_at(monkeypatch, *calls):
    """Ctrl-C while tasks are drawn for the n-th time, n in calls, counted from 1."""
    sample = Sinusoids.sample
    counter = itertools.count(1)

    def sample_or_stop(self, rng, batch):
        if next(counter) in calls:
            raise KeyboardInterrupt
        return sample(self, rng, batch)

    monkeypatch.setattr(Sinusoids, "sample", sample_or_stop)


# ---- the numbers


def by_hand(p, x, y, activation):
    """Value and gradient of the mean squared error, by the chain rule on paper, in float64."""

    def f(a):
        return np.tanh(a) if activation == "tanh" else np.maximum(a, 0)

    def slope(a):
        return 1 - np.tanh(a) ** 2 if activation == "tanh" else (a > 0) * 1.0

    a1 = x @ p["W1"] + p["b1"]
    a2 = f(a1) @ p["W2"] + p["b2"]
    error = f(a2) @ p["W3"] + p["b3"] - y
    d3 = 2 * error / len(x)
    d2 = d3 @ p["W3"].T * slope(a2)
    d1 = d2 @ p["W2"].T * slope(a1)
    return (error**2).mean(), {
        "W1": x.T @ d1,
        "b1": d1.sum(0),
        "W2": f(a1).T @ d2,
        "b2": d2.sum(0),
        "W3": f(a2).T @ d3,
        "b3": d3.sum(0),
    }


def errors_by_hand(start, tasks, alpha, activation):
    """(11, B): each task's error on its query set after 0 .. 10 steps on its support set."""
    errors = np.empty((11, len(tasks)))
    for b in range(len(tasks)):
        support = [x[b].astype(float) for x in tasks.inner]
        query = [x[b].astype(float) for x in tasks.outer]
        p = start
        for s in range(11):
            errors[s, b], _ = by_hand(p, *query, activation)
            _, gradient = by_hand(p, *support, activation)
            p = {key: p[key] - alpha * gradient[key] for key in p}
    return errors


@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_the_table_is_what_gradient_descent_by_hand_gives(small, undrawn, activation):
    command = f"demo --iterations 40 --seed 3 --shots 7 --alpha 0.003 --activation {activation}"
    assert main(command.split()) == 0
    setting = Setting(activation, shots=7, alpha=0.003, iterations=40, seed=3)
    tasks, found = setting.tasks("test", 12), rows("tinymaml-demo.csv")
    assert [row["learner"] for row in found] == [name for name in LEARNERS for _ in range(11)]
    for name in LEARNERS:
        mine = [row for row in found if row["learner"] == name]
        alpha = float(mine[0]["inner_stepsize"])
        assert alpha in ((0.001, 0.003, 0.01) if name == JOINT else (0.003,))
        start = setting.loss.unflatten(sinusoids.train(setting, name).w.astype(float))
        errors = errors_by_hand(start, tasks, alpha, activation)
        for s, row in enumerate(mine):
            counts = [int(row[column]) for column in ("steps", "tasks", "meta_iterations")]
            assert counts == [s, 12, 40]
            half_width = 1.96 * errors[s].std(ddof=1) / math.sqrt(12)
            assert float(row["mean"]) == pytest.approx(errors[s].mean(), rel=2e-4)
            assert float(row["half_width_95"]) == pytest.approx(half_width, rel=2e-4)
            assert float(row["median"]) == pytest.approx(np.median(errors[s]), rel=2e-4)
            assert int(row["diverged"]) == (errors[s] > 100).sum()


def test_joint_training_sees_every_point_that_maml_sees():
    problem = Sinusoids(shots=6, dtype=np.float32)
    maml, joint = (p.sample(np.random.default_rng(5), 4) for p in (problem, Pooled(problem)))
    for k in range(2):
        assert np.array_equal(
            joint.outer[k], np.concatenate([maml.inner[k], maml.outer[k]], axis=1)
        )


def test_joint_training_is_plain_regression():
    setting, adam = Setting(shots=3, iterations=1, batch=4), tm.Adam(1e-3)
    history = sinusoids.train(setting, JOINT)
    tasks = Pooled(Sinusoids(3, dtype=np.float32)).sample(setting.rng("training"), 4)
    x, y = (part.reshape(-1, 1) for part in tasks.outer)  # all points of all tasks as one data set
    assert history.losses[0] == pytest.approx(setting.loss.value(setting.start, x, y), rel=1e-5)
    g = setting.loss.gradient(setting.start, x, y)
    moves = np.abs(g) > 1e-4  # where the first step of Adam is its lr times the sign
    assert moves.sum() > 100
    assert np.allclose((history.w - setting.start)[moves], -adam.lr * np.sign(g[moves]), rtol=1e-2)


def test_the_learners_start_alike_and_differ_by_what_their_names_say():
    setting = Setting(iterations=3)
    w = {name: sinusoids.train(setting, name) for name in LEARNERS}
    assert w[EXACT].losses[0] == w[FIRST_ORDER].losses[0]  # same weights, same first tasks
    assert w[EXACT].hvps_used == 25 * 3
    assert w[FIRST_ORDER].hvps_used == w[JOINT].hvps_used == 0
    assert not np.array_equal(w[EXACT].w, w[FIRST_ORDER].w)
    again = sinusoids.train(setting, EXACT)
    assert np.array_equal(w[EXACT].w, again.w)


def test_no_two_purposes_share_a_task():
    setting = Setting()
    first = [
        setting.tasks(purpose, 1).inner[0][0, 0, 0]
        for purpose in ("training", "validation", "test")
    ]
    assert len(set(first)) == 3
    assert first[2] != Setting(seed=1).tasks("test", 1).inner[0][0, 0, 0]


def test_tuning_finds_the_best_stepsize_and_survives_divergence():
    setting = Setting("relu", shots=5)
    tasks, grid = setting.tasks("validation", 20), (1e-5, 1e-3, 1e-2, 1e9)
    errors = [errors_by_step(setting, setting.start, tasks, alpha)[1:].mean() for alpha in grid]
    assert not np.isfinite(errors[3])
    assert sinusoids.tune(setting, setting.start, tasks, grid) == grid[int(np.argmin(errors[:3]))]


def test_initial_weights_have_the_scale_that_they_claim():
    p = networks.initial(np.random.default_rng(0), (50, 400, 300))
    assert list(p) == ["W1", "b1", "W2", "b2"]
    assert all(a.dtype == np.float32 for a in p.values())
    assert p["W1"].std() == pytest.approx(math.sqrt(2 / 50), rel=0.02)
    assert p["W2"].std() == pytest.approx(math.sqrt(2 / 400), rel=0.02)
    assert not p["b1"].any()
    assert not p["b2"].any()


# ---- statistics


def test_summary():
    s = summarise([1.0, 2.0, 3.0, 104.0], limit=100)
    deviations = [-26.5, -25.5, -24.5, 76.5]
    assert s.mean == 27.5
    assert s.median == 2.5
    assert s.diverged == 1
    assert s.tasks == 4
    assert s.half_width == pytest.approx(1.96 * math.sqrt(sum(d * d for d in deviations) / 3) / 2)


def test_a_task_that_ran_away_is_counted_and_kept():
    s = summarise([1.0, np.nan, 3.0, np.inf, 2.0], limit=100)
    assert s.mean == np.inf
    assert math.isnan(s.half_width)
    assert s.median == 3.0
    assert s.diverged == 2
    assert summarise([np.nan, 1.0], 100).median == np.inf
    assert math.isnan(summarise([1.0], 100).half_width)


def test_quantiles_name_a_task():
    errors = np.array([5.0, 1.0, np.nan, 3.0, 2.0])
    assert [task_at_quantile(errors, q) for q in (0, 0.25, 0.5, 0.75, 1)] == [1, 4, 3, 0, 2]


@pytest.mark.parametrize(
    "x, text",
    [
        (0.1234, "0.123"),
        (99.99, "99.990"),
        (1234.5, "1234"),
        (5e7, "5.0e+07"),
        (np.inf, "inf"),
        (np.nan, "inf"),
    ],
)
def test_numbers_of_the_table(x, text):
    assert table.number(x) == text


# ---- words and files


def test_the_demo_says_what_it_does_and_saves_it(small, capsys):
    assert main(["demo", "--iterations", "60"]) == 0
    out, err = capsys.readouterr()
    for words in (
        "10 points with x",
        "1-40-40-1, tanh, 1,761 parameters, float32",
        "60 meta-iterations",
        "Together under 1 s",
        "±1.96 s/√n",
        "diverged",
        "What next",
        "tinymaml demo --activation relu",
        "Saved tinymaml-demo.png",
    ):
        assert words in " ".join(out.split())
    assert out.index("Together") < out.index("Mean squared error")
    assert all(f"{name}" in err and "60/60" in err for name in LEARNERS)  # a progress bar each
    # 80, if the errors have one digit before the point
    assert max(len(line) for line in out.splitlines()) <= 84
    assert "quick" not in out
    assert "Partial" not in out
    assert "already" not in out
    assert (small / "tinymaml-demo.png").read_bytes()[:8] == PNG
    printed = next(line for line in out.splitlines() if line.startswith("exact MAML       mean"))
    assert f"{float(rows('tinymaml-demo.csv')[0]['mean']):.3f}" in printed


def test_the_estimate_is_made_from_a_few_iterations(monkeypatch):
    calls = []
    monkeypatch.setattr(
        sinusoids, "train", lambda setting, name, iterations, alpha: calls.append(iterations)
    )
    demo.time_iteration(Setting(iterations=70_000), EXACT)
    demo.time_iteration(Setting(iterations=30), EXACT)
    assert calls == [2, 200, 2, 30]  # the first two compile


@pytest.mark.parametrize(
    "seconds, words",
    [
        (0.2, "under 1 s"),
        (21.4, "about 21 s"),
        (99.4, "about 99 s"),
        (99.6, "about 2 min"),
        (7200, "about 2.0 h"),
    ],
)
def test_durations(seconds, words):
    assert demo.duration(seconds) == words


def test_quick_says_what_it_leaves_out(small, undrawn, monkeypatch, capsys):
    monkeypatch.setattr(demo, "QUICK", 20)
    assert main(["demo", "--quick"]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert "--quick: 20 of the 70,000 meta-iterations" in out
    assert "Nothing else is left out" in out
    assert "the full 70,000" in out
    assert {row["meta_iterations"] for row in rows("tinymaml-demo.csv")} == {"20"}


def test_nothing_is_overwritten(small, undrawn, capsys):
    (small / "tinymaml-demo.csv").write_text("mine")
    (small / "tinymaml-demo-2.png").write_text("mine too")
    assert main(["demo", "--iterations", "5"]) == 0
    assert (small / "tinymaml-demo.csv").read_text() == "mine"
    assert (small / "tinymaml-demo-2.png").read_text() == "mine too"
    assert (small / "tinymaml-demo-3.png").exists()
    assert (small / "tinymaml-demo-3.csv").exists()
    out = capsys.readouterr().out
    assert "stay as they are" in out
    assert "Saved tinymaml-demo-3.png" in out


def test_out_names_a_folder_or_the_files(small, undrawn):
    (small / "results").mkdir()
    assert main(["demo", "--iterations", "5", "--out", "results"]) == 0
    assert main(["demo", "--iterations", "5", "--out", "results/alpha0.01"]) == 0
    assert main(["demo", "--iterations", "5", "--out", "results/mine.png"]) == 0
    assert sorted(p.name for p in (small / "results").iterdir()) == [
        "alpha0.01.csv",
        "alpha0.01.png",
        "mine.csv",
        "mine.png",
        "tinymaml-demo.csv",
        "tinymaml-demo.png",
    ]


def test_a_place_that_cannot_be_written_is_refused(tmp_path, monkeypatch):
    for out in (tmp_path / "nowhere" / "x", f"{tmp_path}/nowhere/"):
        with pytest.raises(ValueError, match="there is no folder"):
            files.stem(out, "demo")

    def denied(dir):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(files.tempfile, "TemporaryFile", denied)
    with pytest.raises(ValueError, match="cannot write in .*: Permission denied"):
        files.stem(tmp_path, "demo")


def test_a_disk_that_fails_at_the_end_is_reported(small, monkeypatch, capsys):
    def full(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(table, "write", full)
    assert main(["demo", "--iterations", "5"]) == 1
    out = capsys.readouterr().out
    assert "could not be saved" in out
    assert "No space left" in out
    assert "exact MAML       mean" in out


# ---- stopping


def test_ctrl_c_saves_what_there_is(small, undrawn, monkeypatch, capsys):
    interrupt_at(monkeypatch, 20 + 8)  # in the second learner, after 7 iterations
    assert main(["demo", "--iterations", "20"]) == 1
    out, found = capsys.readouterr().out, rows("tinymaml-demo.csv")
    assert "Stopped: first-order MAML after 7 of 20" in out
    assert (
        "Partial: first-order MAML after 7 of 20 meta-iterations; without joint training"
        in " ".join(out.split())
    )
    assert {(row["learner"], row["meta_iterations"]) for row in found} == {
        (EXACT, "20"),
        (FIRST_ORDER, "7"),
    }
    monkeypatch.undo()
    w = sinusoids.train(Setting(iterations=7), FIRST_ORDER).w
    mine = next(row for row in found if row["learner"] == FIRST_ORDER)
    assert float(mine["mean"]) == pytest.approx(
        errors_by_step(Setting(), w, Setting().tasks("test", 12), 0.01, 0).mean(),
        rel=1e-6,
    )
    assert (small / "tinymaml-demo.png").read_bytes()[:8] == PNG


def test_ctrl_c_before_the_first_iteration_leaves_nothing(small, monkeypatch, capsys):
    interrupt_at(monkeypatch, 1)
    assert main(["demo", "--iterations", "20"]) == 1
    assert "nothing to save" in capsys.readouterr().out
    assert not list(small.iterdir())


def test_a_second_ctrl_c_quits(small, monkeypatch, capsys):
    interrupt_at(monkeypatch, 8, 9)  # while training, then while drawing the new tasks
    assert main(["demo", "--iterations", "20"]) == 130
    assert "Quit." in capsys.readouterr().err
    assert not list(small.iterdir())


def test_a_learner_that_fails_is_left_out(small, undrawn, capsys):
    command = "demo --iterations 20 --activation relu --alpha 20 --steps 8"
    assert main(command.split()) == 1
    out = capsys.readouterr().out
    assert "exact MAML failed: the meta-gradient is not finite" in out
    assert "Partial: without exact MAML and first-order MAML" in out
    assert {row["learner"] for row in rows("tinymaml-demo.csv")} == {JOINT}


# ---- the figure


def learners(setting, tasks, *names, alpha=0.01):
    errors = errors_by_step(setting, setting.start, tasks, alpha)
    return [Learner(name, setting.start, alpha, 5, errors) for name in names]


def test_the_figure_has_titles_labels_and_a_legend_for_everything():
    setting = Setting()
    tasks = setting.tasks("test", 9)
    drawn = figure.draw(setting, learners(setting, tasks, *LEARNERS), tasks, "partial: a note")
    assert "1 gradient step on 10 points" in drawn.get_suptitle()
    assert "partial: a note" in drawn.get_suptitle()
    *panels, errors = [axes for sub in drawn.subfigs for axes in sub.axes]
    assert len(panels) == 3
    assert all(axes.get_title(loc="left") and axes.get_ylabel() == "y" for axes in panels)
    assert [text.get_text() for text in errors.get_legend().get_texts()] == list(LEARNERS)
    assert errors.get_xlabel()
    assert errors.get_ylabel()
    assert errors.get_yscale() == "log"
    assert len({(line.get_color(), line.get_linestyle()) for line in errors.lines}) == 3
    # the tasks are those at the quartiles of the error after one step
    after_one = errors_by_step(setting, setting.start, tasks, 0.01, steps=1)[1]
    for panel, q in zip(panels, (0.25, 0.5, 0.75), strict=True):
        b = task_at_quantile(after_one, q)
        assert np.array_equal(panel.lines[1].get_xdata().ravel(), tasks.inner[0][b].ravel())
    for panel in panels:  # the truth passes through the points, the lines are told apart
        truth, points = panel.lines[:2]
        at = np.interp(
            points.get_xdata().ravel(), truth.get_xdata().ravel(), truth.get_ydata().ravel()
        )
        assert np.allclose(at, points.get_ydata().ravel(), atol=2e-2)
        assert len({line.get_linestyle() for line in panel.lines[2:]}) == 4


@pytest.mark.parametrize(
    "setting, names, alpha",
    [(Setting("relu", shots=1, steps=5), [JOINT], 0.01), (Setting("relu"), LEARNERS, 1e9)],
)
def test_the_figure_copes_with_what_is_missing_or_infinite(setting, names, alpha):
    tasks = setting.tasks("test", 9)
    drawn = figure.draw(setting, learners(setting, tasks, *names, alpha=alpha), tasks)
    assert f"{setting.shots} point" in drawn.get_suptitle()
    assert ("inf" in drawn.get_suptitle()) == (alpha > 1)


def test_the_truth_is_found_from_points():
    x = np.array([[0.3], [2.0], [-4.0]])
    assert np.allclose(figure.truth(x, x[:2] + 1, 3 * np.sin(x[:2] + 1 - 0.7)), 3 * np.sin(x - 0.7))


def test_title_follows_the_steps_trained_for():
    summaries = [SimpleNamespace(mean=float(10 - s)) for s in range(11)]
    one = SimpleNamespace(name=EXACT, summaries=summaries)
    assert (
        "5 gradient steps on 10 points take exact MAML’s error from 10.00 to 5.00"
        == figure.title(Setting(steps=5), [one])
    )
    assert figure.shown_steps(Setting(steps=0)) == 1
    assert figure.shown_steps(Setting(steps=50)) == 10
