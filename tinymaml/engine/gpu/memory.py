"""What lies in a GPU's memory, and stays there from call to call (lesson 06): tables, results, a
workspace for each block."""

import weakref

from numba import cuda

BUSY = 16  # blocks that one multiprocessor can hold, and switch between while memory is slow
THERE = (
    weakref.WeakKeyDictionary()
)  # plan -> {(GPU, name): (key, what stays on that GPU from call to call)}


def kept(plan, name, key, make):
    """What stays on the GPU. It is made anew, once the old one is gone, when its key changes."""
    mine, name = (
        THERE.setdefault(plan, {}),
        (cuda.get_current_device().id, name),
    )
    if name not in mine or mine[name][0] != key:
        mine.pop(name, None)
        mine[name] = key, make()
    return mine[name][1]


def there(a):
    """A copy on the GPU, with the strides of its shape: those of NumPy's empty arrays are all 0,
    and Numba would compile another kernel for them."""
    copy = cuda.device_array(a.shape, a.dtype)
    copy.copy_to_device(a)
    return copy


def capacity(lanes):
    """How many blocks run at the same time."""
    return cuda.get_current_device().MULTIPROCESSOR_COUNT * min(BUSY, 1024 // lanes)


def room(plan):
    """How many workspaces find room in half of the free memory."""
    context = cuda.current_context()
    # what nobody needs any more is given back now, not some day
    context.memory_manager.deallocations.clear()
    return int(context.get_memory_info()[0] // 2 // bytes_of(plan))


def bytes_of(plan):
    return plan.layout.size * plan.coefficients.itemsize


def workspaces(plan, blocks):
    """One for each block, or for as many as there is room for, the constants already in it."""
    if room(plan) < blocks:
        for other in set(THERE) - {plan}:
            del THERE[other]
    blocks = min(blocks, room(plan))
    if not blocks:
        raise MemoryError(
            f"a task of this loss needs a workspace of {bytes_of(plan) / 2**20:.0f} MB, more than half of what is free on the GPU: "
            'use fewer steps or smaller data, or target="cpu"'
        )
    w, n = cuda.device_array((blocks, plan.layout.size), plan.dtype), 1
    w[:1].copy_to_device(plan.workspace(1))
    while n < blocks:  # from one to two, to four, ...: the GPU copies faster than it is written to
        w[n : 2 * n].copy_to_device(w[: min(n, blocks - n)])
        n *= 2
    return w


def too_much(plan, packed, per_task, points):
    B, P = len(packed), len(plan.where)
    size = (packed.nbytes + (B * per_task + B * points) * P * packed.itemsize) / 2**20
    return (
        f"the GPU has too little memory for {B} tasks at once: their data and results take {size:.0f} MB, and each workspace "
        f'{bytes_of(plan) / 2**20:.1f} MB; take fewer tasks at once, or use target="cpu"'
    )
