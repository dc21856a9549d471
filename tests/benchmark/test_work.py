"""The work of every cell of the benchmark, in what can be counted: no timing, so no noise. If a
number falls, write it down here."""

import numpy as np
import pytest

from tinymaml.benchmark import workloads
from tinymaml.engine.compiled.format import Column, Fact, Loop, Method
from tinymaml.engine.compiled.passes import PASSES
from tinymaml.engine.compiled.plan import Plan

pytestmark = pytest.mark.lesson_05

# for a task: instructions run; numbers that strided loops pass; in float32 and float64, thousands
# of numbers that all loops pass, and kilobytes of workspace
LIMITS = {
    "mlp-4x1": (84, 50, (258, 216), (107, 177)),
    "mlp-25x1": (84, 50, (258, 216), (107, 177)),
    "mlp-25x5": (316, 170, (1026, 859), (223, 372)),
    "mlp-100x5": (316, 170, (1026, 859), (223, 372)),
    "mlp-1000x5": (316, 170, (1026, 859), (223, 372)),
    "mlp-100x10": (606, 320, (1985, 1662), (369, 615)),
    "wide-25x5": (316, 170, (32645, 32643), (5145, 9993)),
    "deep-25x5": (688, 170, (2123, 2123), (435, 868)),
    "softmax-25x5": (179, 2360, (241, 241), (68, 135)),
    "quadratic-25x5": (72, 9, (4, 4), (4, 6)),
}


def work(cell, passes=PASSES):
    dtype = np.dtype(cell.dtype)
    tapes = [cell.loss.tape_of(shapes, dtype) for shapes in cell.batch.shapes]
    plan = Plan(dtype, cell.steps, Method.EXACT, *tapes, passes=passes)
    start, pull, outer, end = plan.facts[[Fact.INNER, Fact.PULL, Fact.OUTER, Fact.END]]
    runs = np.repeat([cell.steps, cell.steps, 1], [pull - start, outer - pull, end - outer])
    passed = runs * plan.code[:, [Column.M, Column.N, Column.K]].prod(1)
    strided = np.isin(plan.code[:, Column.LOOP], [Loop.CONTRACT, Loop.SPREAD])
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


@pytest.mark.parametrize("off", PASSES, ids=lambda change: change.__name__)
def test_what_a_pass_saves_is_counted(off):
    """With a pass off the work grows, so the limits would notice."""
    cell = workloads.cells(["mlp-25x5"], ["float32"])[0]
    as_it_is = work(cell)
    without = work(cell, tuple(change for change in PASSES if change is not off))
    assert any(without[what] > as_it_is[what] for what in as_it_is)
