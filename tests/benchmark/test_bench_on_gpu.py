"""`tinymaml bench --target cuda` without a GPU, with made-up facts."""

import sys
from types import SimpleNamespace

import numpy as np
import pytest

from helpers.markdown import cells_of_row
from tinymaml.benchmark import bench, machine, on_gpu, results, roofline, timing
from tinymaml.benchmark.on_gpu import GpuLimits, peaks
from tinymaml.benchmark.results import Result
from tinymaml.benchmark.timing import TINYMAML, Entry
from tinymaml.benchmark.workloads import Cell
from tinymaml.cli import main
from tinymaml.doctor import gpus
from tinymaml.engine.gpu import available, launch
from tinymaml.engine.gpu.emulator import emulate

LIMITS = GpuLimits({"float32": 8000.0, "float64": 250.0}, 1000.0, 300.0)


def test_without_a_gpu_nothing_is_measured(monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(available, "missing", lambda: 'target="cuda" finds no GPU: there is none')
    monkeypatch.setattr(on_gpu, "available", lambda names: pytest.fail("went on"))
    assert main(["bench", "--target", "cuda"]) == 1
    assert capsys.readouterr().out == 'target="cuda" finds no GPU: there is none\n'
    assert not list(tmp_path.iterdir())


def test_an_unknown_kind_of_gpu_is_named(monkeypatch, capsys):
    monkeypatch.setattr(available, "missing", lambda: "")
    monkeypatch.setattr(gpus, "gpu", lambda k: gpus.Gpu("Old", (3, 5), 13, 0.7, 2**30))
    monkeypatch.setattr(on_gpu, "available", lambda names: ([], {}))
    assert main(["bench", "--target", "cuda", "--cell", "quadratic"]) == 1
    assert "nothing is known here of GPUs of compute capability 3.5" in capsys.readouterr().out


def test_the_options_arrive(monkeypatch, tmp_path):
    seen = []

    def run(*arguments, **options):
        seen.append((*arguments, options))
        return 7

    monkeypatch.setattr(bench, "run", run)
    assert main(["bench", "--target", "cuda", "--out", str(tmp_path)]) == 7
    ((cells, names, asked, *_, options),) = seen
    assert len(cells) == 24
    assert names == ["jax"]
    assert not asked
    assert options == {"cold": True, "target": "cuda"}


@pytest.mark.parametrize(
    "capability, multiprocessors, clock, single, double",
    [
        ((7, 5), 40, 1.59, 8.1, 0.254),  # T4
        ((8, 0), 108, 1.41, 19.5, 9.7),  # A100
        ((8, 9), 128, 2.52, 82.6, 1.29),  # RTX 4090
        ((9, 0), 132, 1.98, 67, 34),  # H100
    ],
)
def test_the_peaks_are_the_vendor_s(capability, multiprocessors, clock, single, double):
    peak = peaks(capability, multiprocessors, clock)
    assert peak["float32"] == pytest.approx(1000 * single, rel=0.01)
    assert peak["float64"] == pytest.approx(1000 * double, rel=0.02)


@pytest.mark.parametrize(
    "platform, found, words",
    [
        ("gpu", ["jax"], ""),
        ("cpu", [], "its devices are cpu"),
        (None, [], "RuntimeError: no backend"),
    ],
)
def test_jax_counts_if_it_is_on_the_gpu(platform, found, words, monkeypatch):
    def devices():
        if platform is None:
            raise RuntimeError("no backend")
        return [SimpleNamespace(platform=platform)]

    monkeypatch.setitem(sys.modules, "jax", SimpleNamespace(devices=devices))
    monkeypatch.setenv("XLA_PYTHON_CLIENT_PREALLOCATE", "set")
    usable, missing = on_gpu.available(["jax"])
    assert usable == found
    assert missing.get("jax", "") == words


def test_no_product_without_a_library(monkeypatch):
    for name in ("cupy", "jax", "jax.numpy"):
        monkeypatch.setitem(sys.modules, name, None)
    assert on_gpu.gemm("float32", jax=True) is None
    assert on_gpu.gemm("float32", jax=False) is None
    device = SimpleNamespace(synchronize=lambda: None)
    cuda = SimpleNamespace(Device=lambda: device)
    cupy = SimpleNamespace(asarray=np.asarray, cuda=cuda)
    monkeypatch.setitem(sys.modules, "cupy", cupy)
    monkeypatch.setattr(on_gpu, "GEMM", 64)
    rate, who = on_gpu.gemm("float32", jax=False)
    assert rate > 0
    assert who == "CuPy"


# laps do not wait for each other: of several only the time counts, so no race is looked for
@pytest.mark.parametrize("laps, shift, watch", [(1, 0, True), (1, 7, True), (5, 3, False)])
def test_the_copy_copies_everything_once_a_lap(laps, shift, watch):
    x, y = np.arange(32.0), np.zeros(32)
    emulate(on_gpu.copy, x, y, laps, shift, lanes=4, blocks=2, watch=watch)
    assert np.array_equal(x, y)


def test_the_kernel_s_clock_is_taken_away_again(monkeypatch):
    launched = []

    def launcher(blocks, lanes):
        def kernel(*arguments):
            launched.append((blocks, lanes, *arguments))

        return kernel

    def seconds(launch):
        launch()
        return 0.5

    monkeypatch.setattr(launch, "launcher", launcher)
    monkeypatch.setattr(on_gpu, "seconds", seconds)
    times = on_gpu.kernel_times(lambda: launch.launcher(2, 32)(1, 2), 3)
    assert times == [0.5] * 3
    assert launched == [(2, 32, 1, 2)] * 3
    assert launch.launcher is launcher


# ---- numbers


def result(kernel=(1e-3, 2e-3)):
    own = Entry(TINYMAML, "", None, 0.5, 1e-7, [2e-3, 4e-3, 3e-3], list(kernel))
    jax = Entry("jax", "scan", None, 0.5, 1e-7, [5e-3])
    return Result(Cell("mlp", 25, 5, "float32"), [own, jax])


def test_shares_are_of_the_roofline():
    r = result()
    own = r.entries[0]
    roof = min(8000.0, 1000 * r.intensity())
    assert r.share(own, LIMITS) == pytest.approx(r.gflops(own) / roof)
    assert roof == roofline.roof(r.intensity(), LIMITS, "float32")
    lines = list(results.text(r, LIMITS))
    assert "of roof" in lines[0]
    assert lines[2].split() == ["its", "kernel", "1.000", "1.500"]
    header, _, row = map(cells_of_row, results.markdown([r], LIMITS))
    assert header[2:] == [
        "tinymaml ms: best (median)",
        "kernel ms",
        "JAX ms",
        "ratio to JAX",
        "GFLOP/s",
        "of roof",
    ]
    assert row[2:6] == ["2.000 (3.000)", "1.000", "5.000*", "2.50"]
    assert row[-1] == f"{r.gflops(own) / roof:.0%}"
    legend = roofline.draw([r], LIMITS).legends[0].get_texts()[0].get_text()
    assert legend == "roof: peak, cache bandwidth"
    assert machine.Limits({}, 1, 1).flat == "large GEMM"


def test_many_tasks_are_compared_with_the_cpu(monkeypatch):
    cell = Cell("quadratic", 3, 2, "float32")
    exact = timing.reference(cell)
    monkeypatch.setattr(timing, "EXACTLY", 2)
    assert np.allclose(timing.reference(cell), exact, rtol=1e-13)
    assert timing.reference(cell).dtype == float
