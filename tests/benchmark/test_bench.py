"""`tinymaml bench`: what is timed is right, the numbers follow from the times, and what is wrong is
not timed. Nothing here depends on how fast anything is; that is in tests/benchmarks/bench_speed.py,
which runs when it is asked for."""

import csv
import itertools
import sys
from functools import partial

import numpy as np
import pytest

import tinymaml as tm
from helpers import processes
from helpers.clocks import Clock, Ticks
from helpers.figures import leave_undrawn
from helpers.markdown import cells_of_row
from tinymaml.benchmark import bench, machine, peers, results, roofline, timing, workloads
from tinymaml.benchmark.results import Result
from tinymaml.benchmark.timing import TINYMAML, Entry
from tinymaml.benchmark.work import work
from tinymaml.benchmark.workloads import WORKLOADS, Cell, cells
from tinymaml.cli import main
from tinymaml.terminal.computer import blas_threads
from tinymaml.terminal.processes import run_python

LIMITS = machine.Limits({"float32": 200.0, "float64": 100.0}, 300.0, 30.0)
SMALL = ["bench", "--cell", "quadratic", "--seconds", "0.001"]


@pytest.fixture
def quick(tmp_path, monkeypatch):
    """A folder of its own, and a machine whose limits are known."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(machine, "limits", lambda dtypes: LIMITS)
    monkeypatch.setattr(machine, "starts", lambda cell: (12.5, 0.25))
    return tmp_path


def rows(path="tinymaml-bench.csv"):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def disguise_as_jax(monkeypatch, **options):
    """A peer in JAX's place that is tinymaml's NumPy machine, with these options."""

    def forms(cell):
        def run():
            return cell.loss.unflatten(cell.meta_gradient(target="numpy", **options).gradient)

        return {"in disguise": run}

    def available(names):
        return [name for name in names if name == "jax"], {}

    monkeypatch.setitem(peers.PEERS, "jax", forms)
    monkeypatch.setattr(peers, "available", available)


# ---- the workloads


def by_hand(cell, p, data):
    """The loss of a cell for one task, in plain NumPy."""
    x, y = data
    if cell.kind == "quadratic":
        w = p["w"][:, 0]
        return 0.5 * np.einsum("i,ij,j", w, x, w) + w @ y[:, 0]
    if cell.kind == "softmax":
        q = np.exp(x @ p["W"] + p["b"])
        probabilities = q / q.sum(1, keepdims=True)
        return -np.log(probabilities[np.arange(len(x)), y.argmax(1)]).mean()
    layers = len(p) // 2
    for k in range(1, layers + 1):
        x = x @ p[f"W{k}"] + p[f"b{k}"]
        x = np.tanh(x) if k < layers else x
    return ((x - y) ** 2).mean()


@pytest.mark.parametrize("kind", WORKLOADS)
def test_a_loss_is_what_its_name_says(kind):
    cell = Cell(kind, 3, 1, "float64")
    for part in cell.data:
        for b in range(3):
            data = [x[b] for x in part]
            value = cell.loss.value(cell.w, *data)
            assert value == pytest.approx(by_hand(cell, cell.params, data), rel=1e-12)


@pytest.mark.parametrize("steps", [1, 5])
def test_the_quadratics_in_closed_form(steps):
    """(I − αA)^N (A' w_N + b'), with A, b of the support set and A', b' of the query set"""
    cell = Cell("quadratic", 4, steps, "float64")
    (A, b), (A2, b2) = cell.data
    gradients = []
    for k in range(4):
        w = cell.w
        for _ in range(steps):
            w = w - cell.alpha * (A[k] @ w + b[k][:, 0])
        contraction = np.eye(len(w)) - cell.alpha * A[k]
        outer_gradient = A2[k] @ w + b2[k][:, 0]
        gradients.append(np.linalg.matrix_power(contraction, steps) @ outer_gradient)
    found = cell.meta_gradient().gradient
    assert np.allclose(found, np.mean(gradients, 0), rtol=1e-12, atol=1e-12)
    assert timing.reference(cell).dtype == np.float64


@pytest.mark.parametrize("kind", WORKLOADS)
@pytest.mark.parametrize("dtype", workloads.DTYPES)
def test_first_order_is_far_outside_the_tolerance_and_the_inner_loops_converge(kind, dtype):
    cell = Cell(kind, 4, 5, dtype)  # a divergence would warn, and a warning is an error

    def gradient(method):
        return cell.meta_gradient(target="numpy", method=method).gradient

    exact, first_order = gradient("exact"), gradient("first-order")
    assert np.array_equal(exact, gradient("exact"))
    distance = np.abs(first_order - exact).max()
    assert distance > 20 * timing.tolerance(cell) * np.abs(exact).max()
    support, _ = cell.data
    points = tm.adapt(cell.loss, cell.w, support, alpha=cell.alpha, steps=5, target="numpy")

    def mean_loss(j):
        losses = [cell.loss.value(points[j, b], *(x[b] for x in support)) for b in range(4)]
        return np.mean(losses)

    assert mean_loss(5) < mean_loss(0)


def test_flops_and_bytes_counted_by_hand():
    """mean((xw − y)²) with x m × n, line after line: product, two terms of the difference, square;
    then back; then both along v."""
    loss = tm.Loss(lambda p, x, y: tm.mean(tm.square(x @ p["w"] - y)), {"w": np.ones((3, 1))})
    n, steps = 3, 4
    inner, outer = (loss.tape(np.ones((m, n)), np.ones((m, 1))) for m in (5, 7))

    def gradient(m):
        """(flops, numbers read and written)"""
        product = m * n + n + m
        flops = 2 * m * n + m + m + m + m + 2 * m + m + 2 * m * n
        numbers = product + 2 * m + 2 * m + 3 * m + (m + 1) + 3 * m + 2 * m + product
        return np.array([flops, numbers])

    def hvp(m):
        product = m * n + n + m
        flops = 2 * m * n + m + m + 2 * m + m + 2 * m * n
        numbers = product + 2 * m + 4 * m + 3 * m + 2 * m + product
        return np.array([flops, numbers])

    two_axpys = [4 * n, 6 * n]
    flops, numbers = steps * (gradient(5) + hvp(5) + two_axpys) + gradient(7)
    assert work(inner, outer, n, steps, 8) == [flops, 8 * numbers]
    cell, wider = Cell("mlp", 25, 5, "float32"), Cell("mlp", 50, 5, "float64")
    assert wider.work == (2 * cell.work[0], 4 * cell.work[1])


def names(*arguments, **options):
    return [cell.name for cell in cells(*arguments, **options)]


def test_cells_are_chosen_by_parts_of_their_names():
    assert names(["wide", "x10"], ["float32"]) == ["mlp-100x10", "wide-25x5"]
    assert len(cells()) == 20
    assert set(names(quick=True)) == set(workloads.QUICK)
    assert [cell.dtype for cell in cells(["deep"])] == ["float32", "float64"]
    match = "no cell has 'mpl' in its name; did you mean mlp. the cells are mlp-4x1, .*tic-25x5"
    with pytest.raises(ValueError, match=match):
        cells(["mpl"])


def test_large_cells_are_asked_for_by_name_on_the_cpu_and_always_there_on_a_gpu():
    large = {"mlp-10000x5", "mlp-100000x5"}
    assert not large & set(names(["mlp"]))
    assert set(names(["mlp-10000x5"])) == {"mlp-10000x5"}
    assert large < set(names(["mlp"], target="cuda"))
    assert len(cells(target="cuda")) == 24
    assert set(names(quick=True, target="cuda")) == set(workloads.QUICK)


PEER_AGREES = """
from tinymaml.benchmark import peers, timing
from tinymaml.benchmark.workloads import Cell

found, missing = peers.available([{name!r}])
assert [*found, *missing] == [{name!r}]
for cell in (
    Cell("softmax", 3, 1, "float32"),
    Cell("mlp", 3, 2, "float64"),
    Cell("quadratic", 3, 1, "float32"),
):
    entries = timing.check(cell, list(found))
    assert len(entries) > len(found)
    assert not [entry.failure for entry in entries if entry.failure]
    assert max(entry.error for entry in entries) < timing.tolerance(cell)
"""


@pytest.mark.parametrize("name", timing.PEERS)
def test_a_peer_agrees_or_is_named_as_missing(name):
    """In a process of its own: JAX's threads make every later fork of the tests' process warn."""
    processes.run_python(PEER_AGREES.format(name=name))


# ---- the numbers


def result(kind="mlp", dtype="float32", own=(2e-3, 4e-3, 3e-3), jax=(5e-3, 6e-3, 9e-3), tasks=25):
    """A cell's result with these times, in seconds, of tinymaml and of JAX; (): not timed."""
    entries = []
    for name, form, times in ((TINYMAML, "", own), ("jax", "scan", jax)):
        if times:
            entries.append(Entry(name, form, None, 0.5, 1e-7, list(times)))
    return Result(Cell(kind, tasks, 5, dtype), entries)


def test_the_numbers_follow_from_the_times():
    r = result()
    own, jax = r.entries
    assert own.best == 2e-3
    assert own.median == 3e-3
    assert r.ratio(jax) == 2.5
    assert r.ratio(own) == 1.0
    assert r.gflops(own) == pytest.approx(r.cell.work[0] / 2e6)
    assert r.share(own, LIMITS) == pytest.approx(r.gflops(own) / 200)
    assert r.gflops(jax) == pytest.approx(r.gflops(own) / 2.5)
    assert r.intensity() == r.cell.work[0] / r.cell.work[1]
    _, own_line, jax_line = results.text(r, LIMITS)
    assert own_line.split()[:4] == ["tinymaml", "2.000", "3.000", "1.00"]
    assert jax_line.split()[:4] == ["JAX", "5.000", "6.000", "2.50"]


def test_the_table_in_markdown():
    r = result()
    own, _ = r.entries
    table = results.markdown([r, result("wide", jax=(), own=(0.1234,))], LIMITS)
    header, _, first, second = map(cells_of_row, table)
    assert header == [
        "cell",
        "dtype",
        "tinymaml ms: best (median)",
        "JAX ms",
        "ratio to JAX",
        "GFLOP/s",
        "of GEMM",
    ]
    assert first == [
        "mlp-25x5",
        "float32",
        "2.000 (3.000)",
        "5.000",
        "2.50",
        f"{r.gflops(own):.1f}",
        f"{r.gflops(own) / 200:.0%}",
    ]
    assert second[:5] == ["wide-25x5", "float32", "123* (123)", "–", "–"]


@pytest.fixture
def undrawn(monkeypatch):
    leave_undrawn(monkeypatch)


@pytest.fixture
def clock(monkeypatch):
    """A clock of our own, which `timing` reads."""
    clock = Clock()
    monkeypatch.setattr(timing, "time", clock)
    return clock


def test_blocks_take_turns_and_the_first_short_call_is_not_counted(clock):
    calls = []

    def entry(name, seconds):
        def sleep():
            calls.append(name)
            clock.sleep(seconds)

        return Entry(name, "", sleep)

    quick, slow = entry("quick", 2**-10), entry("slow", 2**-5)
    timing.take_turns([quick, slow], 2**-3)
    # always the one that has run least; a block of the quick one has 20 calls that count
    turns = [name for name, _ in itertools.groupby(calls)]
    assert turns == ["quick", "slow"] * 4 + ["quick"]
    lengths = [len(list(block)) for _, block in itertools.groupby(calls)]
    assert lengths == [21, 1, 21, 1, 2 * 21, 1, 21, 1, 2 * 21]
    assert slow.times == [2**-5] * 4
    assert quick.times == [2**-10] * 140


def test_the_fastest_form_goes_on_and_what_is_slow_runs_once(clock):
    def sleeper(name, form, seconds, first=0.0):
        return Entry(name, form, lambda: clock.sleep(seconds), first)

    long = 2 * timing.PATIENCE
    entries = [
        sleeper(TINYMAML, "", 1e-3),
        sleeper("jax", "slow", 3e-3, long),
        sleeper("jax", "fast", 1e-3),
        sleeper("torch", "", 1e-3, long),
    ]
    own, jax, torch = timing.measure(entries, 0.01)
    assert jax.form == "fast"
    assert torch.times == [long]
    assert len(own.times) >= timing.RUNS
    assert len(jax.times) >= timing.RUNS


# ---- the command


def test_it_says_what_it_measures_and_saves_it(quick, capsys):
    assert main([*SMALL, "--peers", "none"]) == 0
    out = capsys.readouterr().out
    for words in (
        "tinymaml bench --cell quadratic",
        "date",
        f"numpy {np.__version__}",
        "200 GFLOP/s  large GEMM in float32",
        "300 GB/s",
        "12.5 s        first call of a fresh process in float64",
        "0.2 s        the same",
        "2 cells, under 1 s",
        "tinymaml measures itself",
        "quadratic-25x5, float32: 10 parameters, 25 tasks, 5 inner steps, 0.136 MFLOP",
        "| quadratic-25x5 | float64 |",
        "Saved tinymaml-bench.png",
    ):
        assert words in out, words
    assert max(len(line) for line in out.splitlines() if "|" not in line) <= 120
    found = rows()
    assert [row["dtype"] for row in found] == ["float32", "float64"]
    for row in found:
        assert row["implementation"] == "tinymaml"
        assert row["failure"] == ""
        speed = float(row["mflop"]) / float(row["best_ms"])
        assert float(row["gflops"]) == pytest.approx(speed, rel=1e-3)
    assert (quick / "tinymaml-bench.png").stat().st_size > 30_000


def test_a_peer_that_is_right_is_timed(quick, undrawn, monkeypatch, capsys):
    disguise_as_jax(monkeypatch)
    assert main([*SMALL, "--peers", "jax"]) == 0
    found = {(row["dtype"], row["implementation"]): row for row in rows()}
    jax = found["float32", "JAX"]
    assert float(jax["times_tinymaml"]) > 1
    assert jax["form"] == "in disguise"


def test_a_peer_that_is_wrong_is_caught_and_its_cell_not_timed(quick, undrawn, monkeypatch, capsys):
    disguise_as_jax(monkeypatch, method="first-order")
    monkeypatch.setattr(timing, "measure", lambda *arguments: pytest.fail("timed"))
    assert main([*SMALL, "--peers", "jax"]) == 1
    out = capsys.readouterr().out
    assert "JAX (in disguise) disagrees with the reference: error" in out
    assert "Not timed" in out
    assert "nothing to save" in out
    assert not list(quick.iterdir())


def test_a_wrong_tinymaml_is_caught_too(quick, undrawn, monkeypatch, capsys):
    def wrong_meta_gradient(cell):
        return partial(
            tm.meta_gradient,
            cell.loss,
            cell.w,
            cell.batch,
            alpha=cell.alpha,
            steps=cell.steps,
            method="first-order",
        )

    monkeypatch.setattr(Cell, "meta_gradient", property(wrong_meta_gradient))
    assert main([*SMALL, "--peers", "none", "--dtype", "float64"]) == 1
    assert "tinymaml disagrees" in capsys.readouterr().out
    assert not list(quick.iterdir())


def test_a_peer_that_fails_does_not_stop_the_others(quick, undrawn, monkeypatch, capsys):
    disguise_as_jax(monkeypatch)
    monkeypatch.setitem(peers.PEERS, "jax", lambda cell: {"broken": lambda: 1 / 0})
    assert main([*SMALL, "--peers", "jax"]) == 1
    assert "JAX (broken) ZeroDivisionError" in capsys.readouterr().out
    assert len(rows()) == 2


def test_missing_peers_are_named(quick, undrawn, monkeypatch, capsys):
    for name in peers.PEERS:
        monkeypatch.setitem(sys.modules, name, None)  # as if it were not installed
    assert main([*SMALL, "--dtype", "float32"]) == 0  # fine, unless they were asked for
    out = capsys.readouterr().out
    assert "JAX (" in out
    assert "torch.func (" in out
    assert 'pip install "tinymaml[bench]"' in out
    assert main([*SMALL, "--dtype", "float32", "--peers", "torch"]) == 1
    assert "without        torch.func (" in capsys.readouterr().out


def test_nothing_is_overwritten(quick, undrawn, capsys):
    (quick / "tinymaml-bench.csv").write_text("mine")
    assert main([*SMALL, "--peers", "none"]) == 0
    assert (quick / "tinymaml-bench.csv").read_text() == "mine"
    assert (quick / "tinymaml-bench-2.png").exists()
    assert "stay as they are" in capsys.readouterr().out
    assert main([*SMALL, "--peers", "none", "--out", "mine.png"]) == 0
    assert (quick / "mine.csv").exists()


def test_ctrl_c_saves_what_there_is(quick, undrawn, monkeypatch, capsys):
    measure = timing.measure
    calls = []

    def stop_at_the_second(*arguments):
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return measure(*arguments)

    monkeypatch.setattr(timing, "measure", stop_at_the_second)
    assert main([*SMALL, "--peers", "none"]) == 1
    out = capsys.readouterr().out
    assert "Stopped, with 1 of 2 cells timed" in out
    assert "| quadratic-25x5 | float32 |" in out
    assert len(rows()) == 1


def test_a_disk_that_fails_at_the_end_is_reported(quick, monkeypatch, capsys):
    def full(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(results, "write", full)
    assert main([*SMALL, "--peers", "none"]) == 1
    out = capsys.readouterr().out
    assert "could not be saved" in out
    assert "| quadratic-25x5 |" in out


def test_the_options_arrive(monkeypatch, tmp_path):
    seen = []

    def run(*arguments, **options):
        seen.append((*arguments, options))
        return 7

    monkeypatch.setattr(bench, "run", run)
    assert main(["bench", "--out", str(tmp_path)]) == 7
    chosen, names, asked, seconds, stem, words, options = seen[0]
    assert len(chosen) == 20
    assert names == list(peers.PEERS)
    assert not asked
    assert seconds == bench.SECONDS
    assert stem == tmp_path / "tinymaml-bench"
    assert words == ["bench", "--out", str(tmp_path)]
    assert options == {"cold": True, "target": "cpu"}
    assert main(["bench", "--quick", "--peers", "jax,torch", "--out", str(tmp_path / "a")]) == 7
    chosen, names, asked, seconds, stem, words, options = seen[1]
    assert len(chosen) == 6
    assert names == ["jax", "torch"]
    assert asked
    assert seconds == bench.QUICK
    assert stem == tmp_path / "a"
    assert options == {"cold": False, "target": "cpu"}


# ---- the machine


def test_limits_are_measured(monkeypatch):
    """With clocks that find a second for each call: rates are the work of a call."""
    monkeypatch.setattr(machine, "time", Ticks())
    monkeypatch.setattr(machine, "GEMM", 128)
    monkeypatch.setattr(machine, "ADDITIONS", 2)
    monkeypatch.setattr(machine, "IN_MEMORY", 2**20)
    rates, cache, memory = machine.measure(["float32"], 2)
    assert rates == {"float32": pytest.approx(2 * 128**3 / 1e9)}
    # two threads pass 2²⁸ bytes of each of three arrays
    assert cache == memory == pytest.approx(2 * 3 * 2**28 / 1e9)


def test_a_process_of_its_own(monkeypatch):
    monkeypatch.setenv("NUMBA_CACHE_DIR", "there")
    monkeypatch.setenv("OPENBLAS_CORETYPE", "old")
    names = ("NUMBA_CACHE_DIR", "OPENBLAS_CORETYPE", "PATH")
    code = f"import os; print(*(x in os.environ for x in {names}), os.environ['OMP_NUM_THREADS'])"
    variables = blas_threads(3) | {"NUMBA_CACHE_DIR": None}
    assert run_python(code, variables) == "False False True 3"
    with pytest.raises(RuntimeError, match="^ZeroDivisionError: division by zero$"):
        run_python("1 / 0")


# ---- the figure


def test_the_figure_has_title_labels_and_legend():
    found = [
        result("mlp", tasks=25),
        result("mlp", tasks=100),
        result("wide", own=(20e-3,)),
        result("quadratic", "float64"),
    ]
    drawn = roofline.draw(found, LIMITS, "partial: a note")
    assert "comes nearest to its roof" in drawn.get_suptitle()
    assert "partial: a note" in drawn.get_suptitle()
    left, right = drawn.axes
    assert "float32" in left.get_title(loc="left")
    assert "float64" in right.get_title(loc="left")
    assert left.get_ylabel() == "useful GFLOP/s"
    assert "flops per byte" in left.get_xlabel()
    assert "flops per byte" in right.get_xlabel()
    words = [text.get_text() for text in drawn.legends[0].get_texts()]
    assert len(words) == 5
    assert words[0].startswith("roof")
    assert "1-256-256-1 network, 25 × 5" in words
    points = next(line for line in left.lines if line.get_label().startswith("1-40-40-1"))
    assert points.get_label() == "1-40-40-1 network, 25 × 5 (lowest) and larger"
    assert sorted(points.get_ydata()) == sorted(r.gflops(r.entries[0]) for r in found[:2])


def test_the_title_knows_the_roof():
    best = result(own=(1e-3,))  # its intensity is above 200 / 300: below the flat roof
    assert best.intensity() > 200 / 300
    speed = best.gflops(best.entries[0])
    assert roofline.title([best, result()], LIMITS) == (
        "mlp-25x5 in float32 comes nearest to its roof: "
        f"{speed:.3g} of 200 GFLOP/s, {speed / 200:.0%}"
    )
    assert roofline.roof(0.1, LIMITS, "float32") == 30
