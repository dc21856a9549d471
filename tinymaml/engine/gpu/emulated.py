"""A plan in the lane emulator: what a GPU would compute, in plain Python, races found."""

import numpy as np

from ..compiled.inner_loop import grid
from ..compiled.plan import Result
from .arguments import chunks_of, division, make_outputs, tables
from .emulator import emulate


def run(
    plan,
    start,
    packed,
    alpha,
    delta,
    per_task=False,
    points=0,
    lanes=4,
    blocks=1,
    order=None,
    watch=True,
):
    """Run a plan for B tasks -> `Result`, as cpu.run and launch.run do. lanes, order, watch: the
    emulator's; blocks: at most so many."""
    tasks, size = len(packed), start.shape[-1]
    blocks = min(blocks, chunks_of(plan, tasks))
    outputs, _ = make_outputs(plan, tasks, per_task, points)
    for array in outputs:
        array.fill(np.nan)  # what is not written shows
    emulate(
        grid,
        *tables(plan),
        plan.memories(blocks),
        *plan.starts_and_alpha(start, alpha),
        plan.dtype(delta),
        packed,
        *outputs,
        *division(plan, tasks),
        lanes=lanes,
        blocks=blocks,
        order=order,
        watch=watch,
    )
    return Result(
        outputs.gradient[:size],
        outputs.losses,
        outputs.gradients,
        outputs.trajectory,
        np.flatnonzero(outputs.divergence),
        outputs.gradient[size:],
    )
