"""NaN wherever a compiled machine's memory holds no number: what reads from there is found out."""

import numpy as np

from tinymaml.engine.compiled.plan import Plan

clean_memories = Plan.memories


def poisoned_memories(plan, threads):
    """What takes the place of Plan.memories: every number that is no constant is NaN."""
    memories = clean_memories(plan, threads)
    memories[...] = np.nan
    for positions, values in plan.layout.constants:
        memories[:, positions] = values
    return memories
