"""The compiled machine: an interpreter of programs, and gradient descent through which it
differentiates (lessons 05, 08).

`learn` is the algorithm as it is written on paper. Everything here is plain Python; `compiled`
(cpu.py, cuda.py) compiles it once.
"""

import numpy as np
from numba import prange

from .elementwise import apply, curve
from .kernels import (
    axpy,
    contract,
    dot,
    fill,
    kernel,
    matmul,
    multiply,
    rowmax,
    rows,
    scale,
    spread,
    total,
    transpose,
)
from .lanes import barrier, block, blocks, ix, lane, lanes, last_block
from .loop_choice import HEAD, OPCODES, OPERAND

(
    FILL,
    ROWS,
    TOTAL,
    TRANSPOSE,
    SPREAD,
    MULTIPLY,
    SCALE,
    DOT,
    CONTRACT,
    MATMUL,
    APPLY,
    CURVE,
    ROWMAX,
) = range(len(OPCODES))
O, X, Z, U = (
    HEAD + OPERAND * q for q in range(4)
)  # the columns where an instruction's operands start, and their strides
(OI, OJ, OP), (XI, XJ, XP), (ZI, ZJ, ZP) = ((q + 2, q + 3, q + 4) for q in (O, X, Z))
EXACT, FIRST_ORDER, HESSIAN_FREE = range(3)
# A plan's facts: where the programs start (each ends where the next one starts); where in the
# workspace what is; how many numbers a parameter vector has there, a user's parameter vector, a
# task's data; N and the method. They are looked up where they are needed: a number that a GPU keeps
# while it does something else takes a register, in every lane.
(
    INNER,
    PULL,
    OUTER,
    END,
    W,
    APART,
    G,
    V,
    HV,
    SHIFTED,
    DATA,
    LOSS,
    REAL,
    LENGTH,
    SIZE,
    ROW,
    STEPS,
    METHOD,
) = range(18)


@kernel
def at(code, q, operand, step):
    """Where an operand lies, its copy that belongs to this step."""
    return ix(code[q, operand] + step * code[q, operand + 1])


@kernel
def execute(code, coefficients, start, stop, w, step):
    """The interpreter: run instructions start..stop-1 on the workspace w, on the copies of blocks
    that belong to this step."""
    for q in range(start, stop):
        op, flag, m, n, k, o, x = (
            code[q, 0],
            code[q, 1],
            code[q, 2],
            code[q, 3],
            code[q, 4],
            at(code, q, O, step),
            at(code, q, X, step),
        )
        if op == MATMUL:
            matmul(
                w,
                o,
                x,
                at(code, q, Z, step),
                m,
                n,
                k,
                ix(code[q, OI]),
                ix(code[q, XI]),
                ix(code[q, XP]),
                ix(code[q, ZP]),
                flag,
            )
        elif op == MULTIPLY:
            multiply(
                w,
                o,
                x,
                at(code, q, Z, step),
                m,
                n,
                ix(code[q, OI]),
                ix(code[q, XI]),
                ix(code[q, ZI]),
                flag,
            )
        elif op == SCALE:
            scale(
                w,
                o,
                x,
                at(code, q, Z, step),
                m,
                n,
                ix(code[q, OI]),
                ix(code[q, XI]),
                ix(code[q, ZI]),
                flag,
            )
        elif op == ROWS:
            rows(w, o, x, m, n, ix(code[q, OI]), ix(code[q, XI]), coefficients[q], flag)
        elif op == FILL:
            fill(w, o, n, coefficients[q])
        elif op == DOT:
            dot(
                w,
                o,
                x,
                at(code, q, Z, step),
                m,
                n,
                k,
                ix(code[q, OI]),
                ix(code[q, XI]),
                ix(code[q, XJ]),
                ix(code[q, ZI]),
                ix(code[q, ZJ]),
                flag,
            )
        elif op == APPLY:
            apply(w, flag, o, x, at(code, q, Z, step), n)
        elif op == CURVE:
            curve(w, flag, o, x, at(code, q, Z, step), at(code, q, U, step), n)
        elif op == TRANSPOSE:
            transpose(w, o, x, m, n, ix(code[q, OJ]), ix(code[q, XI]))
        elif op == TOTAL:
            total(
                w,
                o,
                x,
                m,
                n,
                k,
                ix(code[q, OI]),
                ix(code[q, XI]),
                ix(code[q, XJ]),
                coefficients[q],
                flag,
            )
        elif op == SPREAD:
            spread(
                w,
                o,
                x,
                m,
                n,
                ix(code[q, OI]),
                ix(code[q, OJ]),
                ix(code[q, XI]),
                ix(code[q, XJ]),
                coefficients[q],
                flag,
            )
        elif op == ROWMAX:
            rowmax(w, o, x, m, n, ix(code[q, XI]))
        else:
            contract(
                w,
                o,
                x,
                at(code, q, Z, step),
                m,
                n,
                k,
                ix(code[q, OI]),
                ix(code[q, OJ]),
                ix(code[q, OP]),
                ix(code[q, XI]),
                ix(code[q, XJ]),
                ix(code[q, XP]),
                ix(code[q, ZI]),
                ix(code[q, ZJ]),
                ix(code[q, ZP]),
            )
        barrier()  # the next instruction reads what other lanes have written


@kernel
def point(facts, j):
    """Where w_j is."""
    return ix(facts[W] + j * facts[APART])


@kernel
def collect(w, facts, half, behind):
    """Hv from the gradient ahead of w_j, then with the one behind it"""
    g, hv = ix(facts[G]), ix(facts[HV])
    for i in range(lane(), facts[LENGTH], lanes()):
        i = ix(i)
        w[hv + i] = half * (w[hv + i] - w[g + i]) if behind else w[g + i]


@kernel
def learn(code, coefficients, facts, w, alpha, delta):
    """One task: N steps of gradient descent, the outer loss, and the product of the (I - alpha
    H_j), right to left."""
    for j in range(
        facts[STEPS] + 1
    ):  # the inner loop; the last pass is the outer loss, and v = g_N
        inner = j < facts[STEPS]
        execute(
            code,
            coefficients,
            facts[INNER if inner else OUTER],
            facts[PULL if inner else END],
            w,
            j,
        )
        if inner:  # w_{j+1} = w_j - alpha g_j
            axpy(w, point(facts, j + 1), point(facts, j), facts[LENGTH], -alpha, ix(facts[G]))
            barrier()
    for j in range(
        facts[STEPS] - 1 if facts[METHOD] != FIRST_ORDER else -1, -1, -1
    ):  # the product, right to left
        for behind in range(2 if facts[METHOD] == HESSIAN_FREE else 1):
            if facts[METHOD] == HESSIAN_FREE:  # (g(w_j + delta v) - g(w_j - delta v)) / (2 delta)
                axpy(
                    w,
                    ix(facts[SHIFTED]),
                    point(facts, j),
                    facts[LENGTH],
                    -delta if behind else delta,
                    ix(facts[V]),
                )
                barrier()
            execute(
                code, coefficients, facts[PULL], facts[OUTER], w, j
            )  # H_j v; hessian-free, one of the g
            if facts[METHOD] == HESSIAN_FREE:
                collect(w, facts, w.dtype.type(0.5) / delta, behind)
        axpy(
            w, ix(facts[V]), ix(facts[V]), facts[LENGTH], -alpha, ix(facts[HV])
        )  # v = v - alpha H_j v
        barrier()


@kernel
def begin(facts, where, w, start):
    """w_0, before the first task. where: the parameters' places in a parameter vector of the
    workspace, between which there are gaps."""
    for i in range(lane(), facts[SIZE], lanes()):
        w[point(facts, 0) + ix(where[ix(i)])] = start[ix(i)]


@kernel
def chunk(
    first,
    last,
    code,
    coefficients,
    facts,
    where,
    w,
    alpha,
    delta,
    data,
    sums,
    losses,
    sound,
    gradients,
    trajectory,
):
    """Tasks first..last-1, one after the other, on the workspace w; `sums` becomes the sum of their
    gradients, the rest is kept for each. sound: 0 for a task whose w_N, loss and gradient are
    finite, else NaN (0 times infinity)."""
    zero = w.dtype.type(0)
    for i in range(lane(), facts[LENGTH], lanes()):
        sums[ix(i)] = zero
    for b in range(first, last):
        for i in range(lane(), facts[ROW], lanes()):
            w[ix(facts[DATA]) + ix(i)] = data[ix(b), ix(i)]
        barrier()
        learn(code, coefficients, facts, w, alpha, delta)
        v, end, real, free, check = (
            ix(facts[V]),
            point(facts, facts[STEPS]),
            ix(facts[REAL]),
            ix(facts[HV]),
            zero,
        )
        for i in range(lane(), facts[LENGTH], lanes()):
            i = ix(i)
            sums[i] += w[v + i]
            zeros = zero * w[v + i] + zero * w[end + i]  # NaN where a number is NaN or infinite
            check += zeros if w[real + i] > zero else zero  # what is in a gap does not count
        for i in range(lane(), facts[SIZE] if gradients.size else 0, lanes()):
            gradients[ix(b), ix(i)] = w[v + ix(where[ix(i)])]
        for j in range(trajectory.shape[0]):  # the last points of w_0 .. w_N
            for i in range(lane(), facts[SIZE], lanes()):
                trajectory[ix(j), ix(b), ix(i)] = w[
                    point(facts, facts[STEPS] + 1 - trajectory.shape[0] + j) + ix(where[ix(i)])
                ]
        if lane() < facts[LENGTH]:
            w[free + ix(lane())] = check  # Hv is not needed any more
        barrier()
        if lane() == 0:
            losses[ix(b)] = w[ix(facts[LOSS])]
            check = zero * losses[ix(b)]
            for i in range(lanes() if lanes() < facts[LENGTH] else facts[LENGTH]):
                check += w[free + ix(i)]
            sound[ix(b)] = check


@kernel
def mean(partial, C, B, facts, where, gradient):
    """The mean of the tasks' gradients: the sums of the C chunks, added in order."""
    for c in range(1, C):
        for i in range(lane(), facts[LENGTH], lanes()):
            partial[0, ix(i)] += partial[ix(c), ix(i)]
    barrier()
    for i in range(lane(), facts[SIZE], lanes()):
        gradient[ix(i)] = partial[0, ix(where[ix(i)])] / gradient.dtype.type(B)


def all_tasks(
    threads,
    code,
    coefficients,
    facts,
    where,
    workspaces,
    start,
    alpha,
    delta,
    data,
    partial,
    losses,
    sound,
    gradients,
    trajectory,
    gradient,
):
    """Every task, on `threads` threads, each with a workspace of its own; `gradient` becomes the
    mean of the tasks' gradients.
    -> how many tasks are not sound

    The tasks are cut into chunks that depend on their number alone, and the chunks' sums are added
    in order: the result has the same bits for any number of threads.
    """
    B = data.shape[0]
    C = min(B, partial.shape[0])
    for thread in prange(threads):
        t = np.int64(thread)
        begin(facts, where, workspaces[t], start)
        for c in range(C * t // threads, C * (t + 1) // threads):
            chunk(
                B * c // C,
                B * (c + 1) // C,
                code,
                coefficients,
                facts,
                where,
                workspaces[t],
                alpha,
                delta,
                data,
                partial[c],
                losses,
                sound,
                gradients,
                trajectory,
            )
    mean(partial, C, B, facts, where, gradient)
    unsound = 0
    for b in range(B):
        unsound += sound[b] != start.dtype.type(0)
    return unsound


def grid(
    code,
    coefficients,
    facts,
    where,
    workspaces,
    start,
    alpha,
    delta,
    data,
    partial,
    losses,
    sound,
    gradients,
    trajectory,
    gradient,
    C,
    cuts,
    finished,
):
    """The same on a GPU, in one launch: blocks take the place of threads, and the one that is ready
    last adds the chunks' sums. cuts: where each of the C chunks starts, and the last one ends."""
    begin(facts, where, workspaces[block()], start)
    for c in range(block(), C, blocks()):
        chunk(
            cuts[ix(c)],
            cuts[ix(c + 1)],
            code,
            coefficients,
            facts,
            where,
            workspaces[block()],
            alpha,
            delta,
            data,
            partial[ix(c)],
            losses,
            sound,
            gradients,
            trajectory,
        )
    if last_block(finished):
        mean(partial, C, data.shape[0], facts, where, gradient)
