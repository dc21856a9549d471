"""What lies in a GPU's memory, and stays there from call to call: tables, outputs, a memory for
each block."""

import weakref

from numba import cuda

BLOCKS_AT_ONCE = 16  # that one multiprocessor switches between while memory is slow
LANES_AT_ONCE = 1024  # that find registers on one multiprocessor
STORED = weakref.WeakKeyDictionary()  # plan -> {(GPU, name): (key, what stays on that GPU)}


def reuse(plan, name, key, make):
    """Return what stays on the GPU under this name; where its key has changed, make() it anew, once
    the old one is gone."""
    of_plan = STORED.setdefault(plan, {})
    place = (cuda.get_current_device().id, name)
    if place not in of_plan or of_plan[place][0] != key:
        of_plan.pop(place, None)
        of_plan[place] = (key, make())
    return of_plan[place][1]


def copy_to_gpu(array):
    """Return a copy on the GPU, with the strides of its shape: those of NumPy's empty arrays are
    all 0, and Numba would compile another kernel for them."""
    copy = cuda.device_array(array.shape, array.dtype)
    copy.copy_to_device(array)
    return copy


def count_blocks(lanes):
    """How many blocks of so many lanes run at the same time."""
    of_multiprocessor = min(BLOCKS_AT_ONCE, LANES_AT_ONCE // lanes)
    return cuda.get_current_device().MULTIPROCESSOR_COUNT * of_multiprocessor


def count_memories(plan):
    """How many memories fit into half of what is free."""
    context = cuda.current_context()
    # what nobody needs any more is given back now, not some day
    context.memory_manager.deallocations.clear()
    free, _ = context.get_memory_info()
    return int(free // 2 // bytes_of_memory(plan))


def bytes_of_memory(plan):
    return plan.layout.size * plan.coefficients.itemsize


def make_memories(plan, blocks):
    """Return a memory for each block, (blocks, size), the constants already in it.

    Where they do not fit, what is stored for other plans goes; then there are as many as fit.
    Raises MemoryError where not even one does.
    """
    if count_memories(plan) < blocks:
        for other in set(STORED) - {plan}:
            del STORED[other]
    blocks = min(blocks, count_memories(plan))
    if not blocks:
        raise MemoryError(
            f"a task of this loss needs a workspace of {bytes_of_memory(plan) / 2**20:.0f} MB, "
            "more than half of what is free on the GPU: "
            'use fewer steps or smaller data, or target="cpu"'
        )
    memories = cuda.device_array((blocks, plan.layout.size), plan.dtype)
    memories[:1].copy_to_device(plan.memories(1))
    ready = 1
    while ready < blocks:  # one, two, four, ...: the GPU copies faster than it is written to
        more = min(ready, blocks - ready)
        memories[ready : ready + more].copy_to_device(memories[:more])
        ready += more
    return memories


def describe_shortage(plan, packed, per_task, points):
    """What to say where the tasks' data, or their outputs, do not fit."""
    tasks, size = len(packed), len(plan.positions)
    vectors = tasks * per_task + tasks * points
    megabytes = (packed.nbytes + vectors * size * packed.itemsize) / 2**20
    return (
        f"the GPU has too little memory for {tasks} tasks at once: "
        f"their data and results take {megabytes:.0f} MB, "
        f"and each workspace {bytes_of_memory(plan) / 2**20:.1f} MB; "
        'take fewer tasks at once, or use target="cpu"'
    )
