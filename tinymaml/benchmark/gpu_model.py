"""How long a meta-gradient takes on a GPU: predicted from the plan's own instructions, as no GPU
was at hand to measure it.

A block runs a task's instructions one after the other, and a barrier ends each; its operands come
from L1, L2 or memory, depending on how many bytes were touched since they were used last. Six
things take time, and while several blocks share a multiprocessor they overlap, so that the largest
of the six counts (roofline: Williams, Waterman & Patterson, 2009):

    latency      what a block waits for: loads, results on which the next instruction depends, barriers
    issue        machine instructions, of which a multiprocessor starts four a cycle
    L1, L2, memory   bytes
    arithmetic   multiply-adds

Then the block that is ready last adds the chunks' sums, alone: `mean`. The launch comes on top.
What the numbers below say can be wrong by a factor of two; perfect overlap is optimistic. What the
model says of choices in cuda.py (tests/test_gpu_model.py):

- Lanes. For 25 tasks 256 lanes are better than 64, as each task is ready after little more than half of the time. For 10,000 tasks 64
  would take a fifth to a third less, because fewer idle warps run the interpreter along; but `mean`
  then takes four times as long, which is more than was won.
- Several tasks a block, for tiny networks: they would gain little. In blocks of one warp (quadratics), 16 on a multiprocessor hide all but
  a part of the latency, and `mean` takes about as long as all the rest.
"""

import functools
from collections import OrderedDict
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from ..engine.compiled.inner_loop import (
    APART,
    DATA,
    END,
    HV,
    INNER,
    LENGTH,
    OUTER,
    PULL,
    REAL,
    ROW,
    STEPS,
    G,
    O,
    V,
    W,
)
from ..engine.compiled.loop_choice import OPCODES, OPERAND
from ..maml.meta_gradient import plan_of
from .devices import PER_CYCLE

# Machine instructions of a warp (32 lanes), counted in the disassembly of nested.grid for compute
# capability 8.0 by CUDA 13.0; they differ by a few between 7.5 and 9.0, and between float32 and
# float64. Published: Jia, Maggioni, Staiger & Scarpazza, "Dissecting the NVIDIA Volta GPU
# architecture via microbenchmarking" (2018), and for Turing (2019, see devices.py); Zhang, Wahib,
# Zhang & Matsuoka, "A study of single and multi-device synchronization methods in Nvidia GPUs"
# (2020). The rest are guesses, and called so.
WARP = 32
TERM = 16  # a term of a sum, or an element: two loads and their addresses, a multiply-add, the loop
RESULT = {
    "matmul": 60,
    "apply": 50,
}  # a result, besides its terms: matmul divides to find its row; a function computes
OTHER = 6  # a result of any other kernel
LOOP = 45  # a loop that lanes share: range() divides by their number
DISPATCH = 60  # the interpreter, about: fetch an instruction, find its operands, jump, wait
FUNCTION = 30  # multiply-adds of tanh and its like, with the slope
ISSUE = 4  # a cycle, in a multiprocessor: its four schedulers start one each (vendor's papers)
DEPENDENT = 4  # cycles until a result can be used (Jia et al., 2018, 2019)
AHEAD = 4  # terms whose loads are under way together: the compiler unrolls so far
BARRIER = 30  # cycles, a guess: some 20 for one warp of a V100 (Zhang et al., 2020), more for more
LAUNCH = 8e-6  # s, an empty kernel from start to end: 8 to 9 µs on P100 and V100 (Zhang et al.)
CALL = 300e-6  # s, a guess: Numba's launch with 18 arguments, five copies, the checks
COPIES = 6.0  # GB/s, a guess: arrays of ordinary memory to and from the GPU
REGISTERS = 2**16  # of a multiprocessor (vendor)
LINE = 128  # bytes that L1 looks up at once

WHOLE, ROWS, LANES = (
    ("fill", "apply", "curve"),
    ("rows", "multiply", "scale", "transpose"),
    ("total", "spread", "dot", "contract", "rowmax"),
)
READ = {
    "fill": "",
    "apply": "z",
    "curve": "xzu",
    "multiply": "xz",
    "scale": "xz",
    "dot": "xz",
    "contract": "xz",
    "matmul": "xz",
}  # else "x"


class Operand(NamedTuple):
    at: int  # where it starts
    numbers: int  # how many different ones
    apart: int  # how far apart neighbouring lanes' numbers are
    written: bool


class Work(NamedTuple):
    """What an instruction is for a block: `loops`, one after the other; lanes share the `wide`
    results of each; `terms` for each."""

    kernel: str
    loops: int
    wide: int
    terms: int
    operands: list[Operand]


def work(row, step):
    """From a row of the plan's code."""
    kernel, (m, n, k) = OPCODES[row[0]], row[2:5].tolist()
    loops, wide, terms = (
        (1, m * n, k)
        if kernel == "matmul"
        else (m, n, 1)
        if kernel in ROWS
        else (1, m, n * k)
        if kernel in LANES
        else (1, n, 1)
    )
    operands = []
    for q, letter in enumerate("oxzu"):
        at, apart, i, j, p = row[O + OPERAND * q :][:OPERAND].tolist()
        written = letter in ("ox" if kernel == "apply" else "o")
        if written or letter in READ.get(kernel, "x"):
            numbers = n if kernel in WHOLE else (m if i else 1) * (n if j else 1) * (k if p else 1)
            operands.append(
                Operand(
                    at + step * apart,
                    numbers,
                    1 if kernel in WHOLE else i if kernel in LANES else j,
                    written,
                )
            )
    return Work(kernel, loops, wide, terms, operands)


def trace(plan):
    """The work of one task, in order, as nested.py does it: exact meta-gradients, support and query
    sets."""
    f = plan.facts.tolist()
    program, n, point = (
        lambda a, b, step: [work(row, step) for row in plan.code[f[a] : f[b]]],
        f[LENGTH],
        lambda j: f[W] + j * f[APART],
    )
    vectors = lambda n, out, *ins: Work(
        "axpy", 1, n, 1, [Operand(out, n, 1, True), *(Operand(x, n, 1, False) for x in ins)]
    )  # noqa: E731
    works = [vectors(f[ROW], f[DATA])]
    for j in range(f[STEPS]):
        works += [*program(INNER, PULL, j), vectors(n, point(j + 1), point(j), f[G])]
    works += program(OUTER, END, f[STEPS])
    for j in reversed(range(f[STEPS])):
        works += [*program(PULL, OUTER, j), vectors(n, f[V], f[V], f[HV])]
    return works + [
        vectors(n, -1, f[V], point(f[STEPS]), f[REAL])
    ]  # -1: the chunk's sum, which is not in the workspace


def distances(works, item):
    """For every operand of every work: the bytes touched since the one that starts there was, from
    task to task (Mattson, Gecsei, Slutz & Traiger, "Evaluation techniques for storage hierarchies",
    1970). A cache of so many bytes has it still, if it forgets what was used longest ago."""
    recent = OrderedDict()
    for _ in range(2):  # the second task finds what the first one left
        found = []
        for w in works:
            found.append([])
            for o in w.operands:
                between = 0
                for at in reversed(recent):
                    if at == o.at:
                        break
                    between += recent[at]
                found[-1].append(between)
                recent[o.at] = item * o.numbers
                recent.move_to_end(o.at)
    return found


@functools.cache
def small(cell):
    """The cell with two tasks: its plan, its works, their distances. They are the same for any
    number of tasks."""
    plan = plan_of(cell.loss, np.dtype(cell.dtype), "exact", cell.steps, cell.batch.shapes, False)
    works = trace(plan)
    return (
        plan,
        works,
        distances(works, plan.coefficients.itemsize),
        cell.work[0] / cell.tasks,
        cell.work[0] / cell.work[1],
    )


class Task:
    """What a task asks for, added up over its works."""

    def __init__(self, lanes, item, near, far, latency):
        self.lanes, self.item, self.near, self.far, self.latency = lanes, item, near, far, latency
        self.cycles = self.issued = self.lines = self.fused = self.cache = self.memory = (
            0  # the last two in bytes, lines of L1
        )

    def add(self, w, between):
        rounds, result = -(-w.wide // self.lanes), RESULT.get(w.kernel, OTHER)
        warps = w.loops * -(-w.wide // WARP)  # that have a result to compute
        self.issued += -(-self.lanes // WARP) * (DISPATCH + w.loops * LOOP) + warps * (
            result + TERM * w.terms
        )
        self.fused += warps * (w.terms + FUNCTION * (w.kernel == "apply"))
        hit, missed = self.latency[0], 0
        for o, bytes_between in zip(w.operands, between):
            lines = (
                min(WARP, w.wide, -(-o.apart * self.item * WARP // LINE)) if o.apart else 1
            )  # neighbours, or scattered, or all the same
            self.lines += warps * lines * (1 if o.written else w.terms)
            level = (bytes_between > self.near) + (bytes_between > self.far)
            size = self.item * o.numbers
            again = (
                rounds
                if w.kernel == "matmul" and o.apart and not o.written and size > self.near
                else 1
            )  # it passes through in every round
            self.cache += size * again * (o.written or level > 0)  # L1 writes everything through
            self.memory += size * (level > 1)
            missed = missed if o.written else max(missed, self.latency[level] - hit)
        groups = -(-w.terms // AHEAD)
        self.cycles += (
            DEPENDENT * DISPATCH
            + 3 * hit
            + BARRIER
            + w.loops
            * (
                DEPENDENT * LOOP
                + rounds * (DEPENDENT * result + w.terms * (TERM + DEPENDENT) + groups * hit)
                + groups * missed
            )
        )


class Prediction(NamedTuple):
    """Times in s."""

    terms: dict[str, float]  # the six that overlap; then `mean`
    kernel: float
    call: float  # as the user calls it
    share: float  # of the roofline

    decides = property(lambda self: max(self.terms, key=self.terms.get))


def predict(cell, device, lanes=None, busy=None):
    """-> `Prediction`. lanes of a block, and how many blocks a multiprocessor takes at most: what
    cuda.py says, or another choice."""
    from ..engine.gpu.launch import REGISTERS as FOR_EACH_LANE
    from ..engine.gpu.launch import chunks_of, lanes_of
    from ..engine.gpu.memory import BUSY

    B, (plan, works, between, flops, intensity) = cell.tasks, small(replace(cell, tasks=2))
    item, lanes = plan.coefficients.itemsize, lanes or lanes_of(plan)
    C = chunks_of(plan, B)
    blocks = min(
        C,
        device.multiprocessors
        * min(busy or BUSY, REGISTERS // FOR_EACH_LANE // lanes, device.threads // lanes),
    )
    together = -(-blocks // device.multiprocessors)  # in the fullest multiprocessor
    chunks = np.diff(np.arange(C + 1) * B // C)
    tasks = int(
        np.pad(chunks, (0, -C % blocks)).reshape(-1, blocks).sum(0).max()
    )  # one after the other, in the busiest block
    near, far = (
        1024 * device.near / together,
        1e6 * device.cache / blocks,
    )  # bytes of the caches that are a block's own
    t = Task(lanes, item, near, far, device.latency)
    for w, d in zip(works, between):
        t.add(w, d)
    cycle = 1e-9 / device.clock
    fused = PER_CYCLE[device.capability][item == 8] / WARP  # warps a cycle
    _, from_cache, from_memory = device.latency
    terms = {
        "latency": tasks * t.cycles * cycle,
        "issue": tasks * together * t.issued / ISSUE * cycle,
        "L1": tasks * together * t.lines * LINE / device.near_rate * cycle,
        "arithmetic": tasks * together * t.fused / fused * cycle,
        "L2": B * t.cache / device.cache_rate * cycle,
        "memory": B * (t.memory + item * plan.packing.length) / (1e9 * device.memory),
    }
    waits = (
        (from_cache if item * C * plan.length < 1e6 * device.cache else from_memory)
        + TERM
        + DEPENDENT
    )
    tail = (
        C * -(-plan.length // lanes) * waits * cycle
    )  # C - 1 sums and a division: each number is loaded, added, stored before the next
    kernel = LAUNCH + max(terms.values()) + tail
    moved = item * (
        B * (plan.packing.length + 2) + 2 * len(plan.where)
    )  # samples and start there; losses, soundness, gradient back
    share = B * flops / kernel / (1e9 * device.limits().reach(intensity, cell.dtype))
    return Prediction(terms | {"mean": tail}, kernel, kernel + CALL + moved / (1e9 * COPIES), share)
