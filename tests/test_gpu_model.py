"""The model of a GPU: what it counts is what happens in the emulator, and what it predicts cannot
be impossible. No prediction is checked against a measurement, because there is none."""

import re
import subprocess
import sys

import numpy as np
import pytest

from tinymaml.benchmark import devices, gpu_model, predictions, roofline, workloads
from tinymaml.benchmark.devices import DEVICES
from tinymaml.benchmark.gpu_model import Operand, Task, Work, distances, predict, small
from tinymaml.benchmark.workloads import Cell, cells
from tinymaml.cli import main
from tinymaml.engine.gpu import emulator
from tinymaml.engine.gpu import launch as cuda

EVERY = cells(target="cuda")
T4, A100, ADA, H100 = DEVICES.values()


# ---- what is counted


@pytest.mark.parametrize("kind, steps", [("quadratic", 2), ("softmax", 1)])
def test_the_works_are_what_the_emulator_does_between_two_barriers(kind, steps, monkeypatch):
    cell, between, clear = Cell(kind, 1, steps, "float64"), [], emulator.Log.clear

    def cleared(log):  # at every barrier
        if hasattr(log, "written"):
            between.append(
                [
                    {at for name, at in touched if name == "workspaces"}
                    for touched in (log.written, log.read)
                ]
            )
        clear(log)

    monkeypatch.setattr(emulator.Log, "clear", cleared)
    plan, works, *_ = small(cell)
    cuda.emulated(plan, cell.w, cell.batch.packed, cell.alpha, 1.0, lanes=2)
    assert len(between) == len(works) + 2  # the last block's barriers
    for w, (written, read) in list(zip(works, between))[
        1:-1
    ]:  # the first also writes w_0, the last sums elsewhere
        out = sum(o.numbers for o in w.operands if o.written)
        numbers = sum({o.at: o.numbers for o in w.operands if not o.written}.values())
        assert {o.at for o in w.operands} >= {
            min(written),
            min(read, default=min(written)),
        } and len(written) == out, w
        assert (
            len(read) in (numbers, numbers + out) or w.kernel == "curve" and len(read) < numbers
        ), w  # exp'' needs no slope


def test_a_matmul_counted_by_hand():
    """10 x 48 results of 40 terms for 256 lanes, which are 8 warps: 15 warps' worth of results, in
    two rounds."""

    def operands(size):
        return [Operand(0, 480, 1, True), Operand(480, 400, 0, False), Operand(880, size, 1, False)]

    task = Task(256, 4, near=10_000, far=100_000, latency=(30, 200, 500))
    task.add(Work("matmul", 1, 480, 40, operands(1920)), [0, 0, 20_000])  # the last factor is in L2
    assert (
        task.issued == 8 * (60 + 45) + 15 * (60 + 16 * 40)
        and task.fused == 15 * 40
        and task.lines == 15 * (1 + 40 + 40)
    )
    assert task.cache == 4 * (480 + 1920) and task.memory == 0
    assert task.cycles == 4 * 60 + 3 * 30 + 30 + 4 * 45 + 2 * (
        4 * 60 + 40 * (16 + 4) + 10 * 30
    ) + 10 * (200 - 30)
    wide = Task(256, 4, near=10_000, far=100_000, latency=(30, 200, 500))
    wide.add(
        Work("matmul", 1, 480, 40, operands(3000)), [0, 0, 200_000]
    )  # does not fit: both rounds load it, from memory
    assert (
        wide.cache == 4 * (480 + 2 * 3000)
        and wide.memory == 4 * 3000
        and wide.cycles == task.cycles + 10 * 300
    )


def test_scattered_numbers_take_a_line_each():
    def lines(apart, item):
        task = Task(32, item, 1e6, 1e6, (30, 200, 500))
        task.add(
            Work("dot", 1, 20, 7, [Operand(0, 20, 1, True), Operand(20, 140, apart, False)]), [0, 0]
        )
        return task.lines

    assert (
        lines(0, 4) == 1 + 7
        and lines(1, 4) == 1 + 7
        and lines(1, 8) == 2 + 14
        and lines(48, 4) == 1 + 20 * 7
    )


def test_distances_by_hand():
    """a, b, a and then c, task after task: when a task starts again, all others have been
    touched."""
    work = lambda *blocks: Work("rows", 1, 1, 1, [Operand(at, n, 1, False) for at, n in blocks])  # noqa: E731
    a, b, c = (0, 10), (100, 20), (200, 30)
    assert distances([work(a, b), work(a), work(c)], 4) == [[120, 160], [80], [120]]


def test_the_peaks_are_the_vendor_s():
    for device, single, double in (
        (T4, 8.1, 0.254),
        (A100, 19.5, 9.7),
        (ADA, 82.6, 1.29),
        (H100, 67, 34),
    ):
        peak = device.limits().gemm
        assert peak["float32"] == pytest.approx(1000 * single, rel=0.01) and peak[
            "float64"
        ] == pytest.approx(1000 * double, rel=0.02)
    with pytest.raises(ValueError, match="compute capability 1.3: add a line"):
        devices.peaks((1, 3), 30, 1.3)


# ---- what is predicted


@pytest.mark.parametrize("device", DEVICES.values(), ids=lambda d: d.name)
def test_nothing_is_faster_than_the_roofline(device):
    for cell in EVERY:
        p, flops = predict(cell, device), small(cell)[3] * cell.tasks
        roof = 1e9 * roofline.roof(small(cell)[4], device.limits(), cell.dtype)
        data = cell.tasks * small(cell)[0].packing.length * small(cell)[0].coefficients.itemsize
        assert (
            p.kernel > flops / roof
            and p.share == pytest.approx(flops / roof / p.kernel)
            and p.kernel > data / (1e9 * device.memory)
        )
        assert (
            p.kernel > gpu_model.LAUNCH
            and p.call > p.kernel
            and p.kernel >= sum(sorted(p.terms.values())[-1:])
            and p.decides in p.terms
        )


@pytest.mark.parametrize("device", DEVICES.values(), ids=lambda d: d.name)
@pytest.mark.parametrize("kind", workloads.WORKLOADS)
def test_more_tasks_take_longer_and_many_take_time_in_proportion(device, kind):
    for dtype in workloads.DTYPES:
        times = [
            predict(Cell(kind, B, 5, dtype), device).kernel
            for B in (1, 2, 5, 10, 50, 100, 500, 1000, 5000, 10_000, 50_000, 100_000, 1_000_000)
        ]
        assert times == sorted(times) and times[0] > 0
        many, more = (predict(Cell(kind, B, 5, dtype), device) for B in (10**6, 10**7))
        assert more.kernel == pytest.approx(10 * many.kernel, rel=0.15)


def test_twice_as_many_steps_take_about_twice_as_long():
    for device in DEVICES.values():
        five, ten = (predict(Cell("mlp", 1000, N, "float32"), device).terms for N in (5, 10))
        assert (
            all(
                1.8 < ten[name] / five[name] < 2.3
                for name in ("latency", "issue", "L1", "arithmetic", "L2")
            )
            and ten["mean"] == five["mean"]
        )


def test_float64_is_slow_where_there_are_few_units_for_it():
    one, two = (
        [predict(Cell("mlp", 10_000, 5, dtype), d).kernel for d in DEVICES.values()]
        for dtype in workloads.DTYPES
    )
    ratio = dict(zip(DEVICES, np.array(two) / one))
    assert min(ratio["T4"], ratio["RTX 4090"]) > 1.4 and max(ratio["A100"], ratio["H100"]) < 1.1
    assert all(
        predict(Cell("mlp", 10_000, 5, "float64"), d).decides == "arithmetic" for d in (T4, ADA)
    )


def test_limits_by_hand():
    """One task of ten parameters takes as long as its instructions wait for each other; the last
    block's sum has a length."""
    tiny, plan, works = (
        predict(Cell("quadratic", 1, 1, "float32"), A100),
        *small(Cell("quadratic", 2, 1, "float32"))[:2],
    )
    dispatch = len(works) * (4 * 60 + 3 * 38 + 30 + 4 * 45 + 38) / 1.41e9
    assert (
        tiny.decides == "latency"
        and dispatch < tiny.terms["latency"] < 3 * dispatch
        and tiny.kernel < 50e-6
    )
    plan, _, _, flops, _ = small(Cell("mlp", 2, 5, "float32"))
    p = predict(Cell("mlp", 1000, 5, "float32"), A100)
    assert p.terms["mean"] == pytest.approx(
        1000 * np.ceil(plan.length / 256) * (262 + 16 + 4) / 1.41e9
    )
    large = predict(Cell("mlp", 10**6, 5, "float32"), H100)
    most = 132 * 4 / 16 * 32 * 1.98e9  # multiply-adds a second, if nothing but terms were issued
    assert (
        large.decides == "issue"
        and flops * 10**6 / 2 / most < large.kernel < 4 * flops * 10**6 / 2 / most
    )


def test_what_caches_that_hold_everything_leave_to_move():
    """L1 writes through, and finds all that is read; from memory come the tasks' samples alone.
    Without L1, L2 is asked for every operand."""
    plan, works, between, *_ = small(Cell("mlp", 2, 5, "float32"))
    numbers = {
        written: sum(o.numbers for w in works for o in w.operands if o.written == written)
        for written in (True, False)
    }
    p = predict(Cell("mlp", 300, 5, "float32"), A100._replace(near=10**9, cache=1e9))
    assert p.terms["L2"] == pytest.approx(300 * 4 * numbers[True] / (5120 * 1.41e9))
    assert p.terms["memory"] == pytest.approx(300 * 4 * plan.packing.length / 1555e9)
    p = predict(
        Cell("mlp", 300, 5, "float32"), A100._replace(near=0, cache=1e9), lanes=1024
    )  # lanes enough for one round each
    again = sum(
        o.numbers * (-(-w.wide // 1024) - 1)
        for w in works
        for o in w.operands
        if w.kernel == "matmul" and o.apart and not o.written
    )
    last = sum(
        o.numbers
        for w, ds in zip(works, between)
        for o, d in zip(w.operands, ds)
        if not o.written and not d
    )  # touched just before
    assert p.terms["L2"] == pytest.approx(
        300 * 4 * (sum(numbers.values()) + again - last) / (5120 * 1.41e9)
    )


def test_what_the_docstring_says_of_lanes_and_blocks():
    for d in DEVICES.values():
        few, many = (
            [predict(Cell("mlp", B, 5, "float32"), d, lanes=n) for n in (64, 256)]
            for B in (25, 10_000)
        )
        assert 0.5 < few[1].kernel / few[0].kernel < 0.65
        rest = [p.kernel - p.terms["mean"] for p in many]
        assert 0.65 < rest[0] / rest[1] < 0.82 and many[0].terms["mean"] == pytest.approx(
            4 * many[1].terms["mean"], rel=0.1
        )
        assert many[0].kernel > many[1].kernel
        tiny = predict(Cell("quadratic", 10_000, 5, "float32"), d)
        more = predict(Cell("quadratic", 10_000, 5, "float32"), d, busy=32)
        assert more.kernel > 0.9 * tiny.kernel and tiny.terms["mean"] > 0.7 * (
            tiny.kernel - tiny.terms["mean"]
        )


# ---- the command


def test_the_command_says_that_nothing_was_measured(capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert main("bench --target cuda --predict --cell mlp-100x5 --dtype float32".split()) == 0
    out = capsys.readouterr().out
    assert out.startswith("Predicted, not measured: not run on a GPU\n") and not list(
        tmp_path.iterdir()
    )
    rows = [
        [cell.strip() for cell in line.split("|")[1:-1]]
        for line in out.splitlines()
        if line.startswith("| mlp")
    ]
    assert [row[:3] for row in rows] == [["mlp-100x5", "float32", name] for name in DEVICES]
    p = predict(Cell("mlp", 100, 5, "float32"), T4)
    assert rows[0][3:] == [
        predictions.rough(1e3 * p.kernel),
        p.decides,
        f"{predictions.rough(100 * p.share)}%",
        predictions.rough(1e3 * p.call),
    ]
    assert main("bench --target cuda --predict rtx4090".split()) == 0
    out = capsys.readouterr().out
    assert (
        len(re.findall("RTX 4090", out)) == len(EVERY) == 24
        and "mlp-100000x5" in out
        and "T4" not in out
    )
    assert [predictions.rough(x) for x in (123.4, 0.8129, 66.7, 5.0, 0.0123, 9.97)] == [
        "120",
        "0.81",
        "67",
        "5.0",
        "0.012",
        "10",
    ]


@pytest.mark.parametrize(
    "arguments, words",
    [
        ("bench --predict", "add --target cuda"),
        ("bench --target cuda --predict K40", "there is no device 'K40'; the devices are T4, A100"),
        ("bench --target cuda --peers jax,torch", "the only peer is jax"),
        ("bench --target tpu", "choose from"),
    ],
)
def test_arguments_that_cannot_be_used(arguments, words, capsys):
    with pytest.raises(SystemExit) as stop:
        main(arguments.split())
    assert stop.value.code == 2 and words in capsys.readouterr().err


def test_predicting_compiles_nothing():
    code = (
        "import sys\nfrom tinymaml.cli import main\nassert main('bench --target cuda --predict --cell mlp-10000x5'.split()) == 0\n"
        "from tinymaml.engine import cpu, cuda\nassert not cpu.compiled.cache_info().currsize and not cuda.compiled.cache_info().currsize"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
