"""`tinymaml bench --target cuda` from beginning to end, on a GPU of our own (fake_gpu.py): a tiny
cell, made-up limits."""

import csv

import pytest

from tinymaml.benchmark import bench, on_gpu, timing, workloads
from tinymaml.cli import main
from tinymaml.doctor import gpus
from tinymaml.engine.gpu import launch

GPU = gpus.Gpu("Fake GPU", (8, 0), 1, 1.41, 2**30)


@pytest.fixture
def bench_on_gpu(device, monkeypatch, tmp_path):
    """Run the bench in a folder of its own and return its exit code."""
    quadratic = workloads.WORKLOADS["quadratic"]._replace(sizes=((2, 1),))
    monkeypatch.setitem(workloads.WORKLOADS, "quadratic", quadratic)
    monkeypatch.setattr(gpus, "gpu", lambda k: GPU)
    monkeypatch.setattr(gpus, "toolkit", lambda: "no toolkit")
    monkeypatch.setattr(on_gpu, "bandwidth", lambda n, laps, gpu: 300.0)
    monkeypatch.setattr(on_gpu, "gemm", lambda dtype, jax: None)
    monkeypatch.setattr(on_gpu, "available", lambda names: ([], {}))
    monkeypatch.setattr(on_gpu, "seconds", timing.stopwatch)  # a fake GPU has no clock
    monkeypatch.setattr(bench, "KERNELS", 2)
    monkeypatch.setattr(timing, "RUNS", 1)
    monkeypatch.setattr(timing, "PATIENCE", 0.0)

    def run(*options):
        cell = ["--cell", "quadratic", "--seconds", "0.001", "--out", str(tmp_path)]
        return main(["bench", "--target", "cuda", *cell, *options])

    return run


def test_a_gpu_is_timed(bench_on_gpu, capsys, tmp_path):
    assert bench_on_gpu() == 0
    printed = capsys.readouterr().out
    for words in (
        "GPU            Fake GPU, compute capability 8.0, 1 multiprocessors, 1.41 GHz, 1 GB",
        "180 GFLOP/s  peak in float32",
        "90 GFLOP/s  peak in float64",
        "arrays in L2",
        "its kernel",
        "kernel ms",
        "of roof",
        "quadratic-2x1, float64",
    ):
        assert words in printed, words
    with open(tmp_path / "tinymaml-bench.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["dtype"] for row in rows] == ["float32", "float64"]
    for row in rows:
        assert float(row["kernel_ms"]) > 0 and not row["failure"]
    assert (tmp_path / "tinymaml-bench.png").stat().st_size > 30_000


def test_a_gpu_that_is_wrong_is_not_timed(bench_on_gpu, monkeypatch, capsys, tmp_path):
    def run_elsewhere(plan, w, *rest, run=launch.run, **options):
        return run(plan, w + w.dtype.type(0.01), *rest, **options)

    monkeypatch.setattr(launch, "run", run_elsewhere)
    assert bench_on_gpu("--dtype", "float64") == 1
    printed = capsys.readouterr().out
    assert "tinymaml disagrees with the reference" in printed and "Not timed" in printed
    assert not list(tmp_path.iterdir())
