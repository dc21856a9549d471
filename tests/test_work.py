"""The work of every cell of the benchmark, in what can be counted: no timing, so no noise. If a
number falls, write it down here."""

import importlib.util
import pathlib

import numpy as np
import pytest

from tinymaml.benchmark import workloads
from tinymaml.engine.compiled.loop_choice import OPCODES
from tinymaml.maml.meta_gradient import plan_of

# for a task: instructions run; numbers that strided loops pass; in float32 and float64, thousands
# of numbers that all loops pass, and kilobytes of workspace
LIMITS = {
    "mlp-4x1": (84, 50, (258, 216), (95, 158)),
    "mlp-25x1": (84, 50, (258, 216), (95, 158)),
    "mlp-25x5": (316, 170, (1026, 859), (212, 353)),
    "mlp-100x5": (316, 170, (1026, 859), (212, 353)),
    "mlp-1000x5": (316, 170, (1026, 859), (212, 353)),
    "mlp-100x10": (606, 320, (1985, 1662), (358, 596)),
    "wide-25x5": (316, 170, (32645, 32643), (5087, 9875)),
    "deep-25x5": (688, 170, (2123, 2123), (404, 806)),
    "softmax-25x5": (179, 2360, (241, 241), (65, 130)),
    "quadratic-25x5": (72, 9, (4, 4), (3, 5)),
}


def work(cell):
    dtype = np.dtype(cell.dtype)
    plan = plan_of(cell.loss, dtype, "exact", cell.steps, cell.batch.shapes, False)
    start, pull, outer, end = plan.facts[:4]
    runs = np.repeat([cell.steps, cell.steps, 1], [pull - start, outer - pull, end - outer])
    passed = runs * plan.code[:, 2:5].prod(1)
    strided = np.isin(plan.code[:, 0], [OPCODES.index(name) for name in ("contract", "spread")])
    return {
        "instructions": runs.sum(),
        "strided": passed[strided].sum(),
        "thousands": passed.sum() / 1000,
        "kilobytes": plan.layout.size * dtype.itemsize / 1024,
    }


@pytest.mark.parametrize("cell", workloads.cells(), ids=lambda cell: f"{cell.name}-{cell.dtype}")
def test_no_cell_has_more_work_than_it_had(cell):
    instructions, strided, thousands, kilobytes = LIMITS[cell.name]
    which = workloads.DTYPES.index(cell.dtype)
    limits = {
        "instructions": instructions,
        "strided": strided,
        "thousands": thousands[which],
        "kilobytes": kilobytes[which],
    }
    assert {what: n for what, n in work(cell).items() if n > limits[what]} == {}


def test_what_a_pass_saves_is_counted(monkeypatch):
    """With a pass off the work grows, so the limits would notice."""
    from tinymaml.engine.compiled import passes, plan

    cell = workloads.cells(["mlp-25x5"], ["float32"])[0]
    as_it_is = work(cell)
    for off in passes.PASSES:
        rest = tuple(p for p in passes.PASSES if p is not off)
        monkeypatch.setattr(
            plan, "optimise", lambda lines, memory, rest=rest: passes.optimise(lines, memory, rest)
        )
        fresh = workloads.Cell(cell.kind, cell.tasks, cell.steps, cell.dtype)
        assert any(n > as_it_is[what] for what, n in work(fresh).items()), off.__name__


def test_the_tricks_that_a_benchmark_switches_off_are_there():
    spec = importlib.util.spec_from_file_location(
        "bench_passes", pathlib.Path(__file__).parent / "benchmarks" / "bench_passes.py"
    )
    bench_passes = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(bench_passes)
    for name, (file, there, _) in bench_passes.SWITCHES.items():
        assert (bench_passes.ROOT / "engine" / file).read_text(encoding="utf-8").count(
            there
        ) == 1, name
