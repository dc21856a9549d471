"""The inner loop of N-step MAML, compiled, and the way back through it (lesson 08).

`learn` is the two loops of maml/on_numpy.py in one function: read that first. Everything here is
plain Python, and Numba compiles it once: `all_tasks` for the CPU (cpu.py), `grid` for a GPU
(gpu/launch.py).
"""

import numpy as np
from numba import prange

from .format import Fact, Method, Outputs, PlanArrays
from .interpreter import execute
from .kernels import axpy, multiply_vectors, subtract_product
from .lanes import barrier, block, blocks, jit, lane, lanes, last_block, my_share, unsigned


@jit
def point(facts, j):
    """Where w_j is."""
    return unsigned(facts[Fact.POINT] + j * facts[Fact.POINT_APART])


@jit
def gradient_at(facts, j):
    """Where g_j is: at the same place for all j, unless all of them are needed again."""
    return unsigned(facts[Fact.GRADIENT] + j * facts[Fact.GRADIENT_APART])


@jit
def learn(plan, memory, alpha, delta):
    """Run one task: N steps, the outer loss, and the product of the (I - H_j alpha).

    `execute` stands at two places only, as a GPU's compiler copies it to each. alpha: not used
    where there is one for each parameter, in memory.
    """
    facts = plan.facts
    for j in range(facts[Fact.STEPS] + 1):
        if j < facts[Fact.STEPS]:  # the inner loop: w_{j+1} = w_j - alpha g_j
            start = facts[Fact.INNER]
            stop = facts[Fact.PULL]
        else:  # the outer loss at w_N, and v = its gradient
            start = facts[Fact.OUTER]
            stop = facts[Fact.END]
        execute(plan, start, stop, memory, j)
        if j < facts[Fact.STEPS]:
            step_from(facts, memory, j, alpha)
    if facts[Fact.ALPHA_GRADIENT]:
        add_alpha_gradient_of_first_order(facts, memory)
    back = 0 if facts[Fact.METHOD] == Method.FIRST_ORDER else facts[Fact.STEPS]
    for j in range(back - 1, -1, -1):  # the product, right to left: v = v - H_j alpha v
        prepare_direction(facts, memory, j)
        # hessian-free: first the gradient ahead of w_j, then the one behind it
        for behind in range(2 if facts[Fact.METHOD] == Method.HESSIAN_FREE else 1):
            if facts[Fact.METHOD] == Method.HESSIAN_FREE:
                shift_point(facts, memory, j, -delta if behind else delta)
            execute(plan, facts[Fact.PULL], facts[Fact.OUTER], memory, j)
            if facts[Fact.METHOD] == Method.HESSIAN_FREE:
                if behind:
                    subtract_gradient(facts, memory, delta)
                else:
                    copy_gradient(facts, memory)
        v = unsigned(facts[Fact.DIRECTION])
        length = unsigned(facts[Fact.LENGTH])
        factor = memory.dtype.type(-1) if facts[Fact.ALPHA] else -alpha
        axpy(memory, v, v, length, factor, unsigned(facts[Fact.HV]))
        barrier()


@jit
def step_from(facts, memory, j, alpha):
    """w_{j+1} = w_j - alpha g_j"""
    length = unsigned(facts[Fact.LENGTH])
    gradient = gradient_at(facts, j)
    after, before = point(facts, j + 1), point(facts, j)
    if facts[Fact.ALPHA]:
        subtract_product(memory, after, before, length, unsigned(facts[Fact.ALPHA]), gradient)
    else:
        axpy(memory, after, before, length, -alpha, gradient)
    barrier()


@jit
def add_alpha_gradient_of_first_order(facts, memory):
    """d alpha = - sum_j g_j v, with v as it is: all of it for first-order MAML, else 0 for now."""
    v = unsigned(facts[Fact.DIRECTION])
    length = unsigned(facts[Fact.LENGTH])
    total = unsigned(facts[Fact.ALPHA_GRADIENT])
    for i in my_share(length):
        memory[total + i] = memory.dtype.type(0)
    if facts[Fact.METHOD] == Method.FIRST_ORDER:
        for j in range(facts[Fact.STEPS]):
            subtract_product(memory, total, total, length, gradient_at(facts, j), v)


@jit
def prepare_direction(facts, memory, j):
    """Before v is updated: d alpha = d alpha - g_j v, and alpha v, where they are asked for."""
    v = unsigned(facts[Fact.DIRECTION])
    length = unsigned(facts[Fact.LENGTH])
    if facts[Fact.ALPHA_GRADIENT]:
        total = unsigned(facts[Fact.ALPHA_GRADIENT])
        subtract_product(memory, total, total, length, gradient_at(facts, j), v)
    if facts[Fact.ALPHA]:
        scaled = unsigned(facts[Fact.SCALED])
        multiply_vectors(memory, scaled, unsigned(facts[Fact.ALPHA]), length, v)
        barrier()


@jit
def shift_point(facts, memory, j, distance):
    """shifted = w_j + distance · v, or with alpha v in the place of v"""
    shifted = unsigned(facts[Fact.SHIFTED])
    v = unsigned(facts[Fact.SCALED] if facts[Fact.ALPHA] else facts[Fact.DIRECTION])
    axpy(memory, shifted, point(facts, j), unsigned(facts[Fact.LENGTH]), distance, v)
    barrier()


@jit
def copy_gradient(facts, memory):
    """Hv = the gradient at the shifted point.

    No barrier is needed: on a GPU, axpy's pieces are these same shares.
    """
    gradient = unsigned(facts[Fact.SHIFTED_GRADIENT])
    hv = unsigned(facts[Fact.HV])
    for i in my_share(unsigned(facts[Fact.LENGTH])):
        memory[hv + i] = memory[gradient + i]


@jit
def subtract_gradient(facts, memory, delta):
    """Hv = (the gradient that was kept - the gradient) / (2 delta)"""
    gradient = unsigned(facts[Fact.SHIFTED_GRADIENT])
    hv = unsigned(facts[Fact.HV])
    half = memory.dtype.type(0.5) / delta
    for i in my_share(unsigned(facts[Fact.LENGTH])):
        memory[hv + i] = half * (memory[hv + i] - memory[gradient + i])


@jit
def count_starts(plan, vectors):
    """How many of the vectors (1 or B, P) are starts: with a stepsize for each parameter, the last
    one is these."""
    return vectors.shape[0] - (1 if plan.facts[Fact.ALPHA] else 0)


@jit
def write_vector(plan, memory, at, vector):
    """One of the user's vectors, (P,), becomes a parameter vector in memory."""
    for i in my_share(unsigned(plan.facts[Fact.SIZE])):
        memory[at + unsigned(plan.positions[i])] = vector[i]


@jit
def write_vectors(plan, memory, vectors):
    """The first start, and the stepsizes, if there is one for each parameter."""
    write_vector(plan, memory, point(plan.facts, 0), vectors[0])
    if plan.facts[Fact.ALPHA]:
        write_vector(plan, memory, unsigned(plan.facts[Fact.ALPHA]), vectors[vectors.shape[0] - 1])


@jit
def read_vector(plan, memory, at, out):
    """A parameter vector in memory becomes one of the user's, out (P,)."""
    for i in my_share(unsigned(plan.facts[Fact.SIZE])):
        out[i] = memory[at + unsigned(plan.positions[i])]


@jit
def clear(plan, sum_of_gradients):
    """Zero, before the first task of a chunk."""
    for i in my_share(unsigned(sum_of_gradients.shape[0])):
        sum_of_gradients[i] = sum_of_gradients.dtype.type(0)


@jit
def load_data(plan, memory, data, b):
    """The data of task b. data: (B, length)"""
    at = unsigned(plan.facts[Fact.DATA])
    for i in my_share(unsigned(plan.facts[Fact.DATA_LENGTH])):
        memory[at + i] = data[b, i]
    barrier()


@jit
def keep_results(plan, memory, b, sum_of_gradients, outputs):
    """Add task b's gradient to the sum, and alpha's behind it; keep what is asked for of each
    task."""
    facts = plan.facts
    v = unsigned(facts[Fact.DIRECTION])
    length = unsigned(facts[Fact.LENGTH])
    for i in my_share(length):
        sum_of_gradients[i] += memory[v + i]
    if facts[Fact.ALPHA_GRADIENT]:
        alpha_gradient = unsigned(facts[Fact.ALPHA_GRADIENT])
        for i in my_share(length):
            sum_of_gradients[length + i] += memory[alpha_gradient + i]
    if outputs.gradients.size:
        read_vector(plan, memory, v, outputs.gradients[b])
    points = outputs.trajectory.shape[0]  # the last points of w_0 .. w_N
    for j in range(points):
        at = point(facts, facts[Fact.STEPS] + 1 - points + j)
        read_vector(plan, memory, at, outputs.trajectory[j, b])
    check_task(plan, memory, b, outputs)


@jit
def check_task(plan, memory, b, outputs):
    """The loss of task b, and its divergence: 0 if w_N, loss and gradient are finite, else NaN.

    Zero times a number is NaN where the number is NaN or infinite. Each lane adds up its share and
    leaves it where Hv was, which is not needed any more; the first one adds these up.
    """
    facts = plan.facts
    length = unsigned(facts[Fact.LENGTH])
    v = unsigned(facts[Fact.DIRECTION])
    end = point(facts, facts[Fact.STEPS])
    is_parameter = unsigned(facts[Fact.IS_PARAMETER])
    shares = unsigned(facts[Fact.HV])
    zero = memory.dtype.type(0)
    divergence = zero
    for i in my_share(length):
        zero_or_nan = zero * memory[v + i] + zero * memory[end + i]
        if facts[Fact.ALPHA_GRADIENT]:
            zero_or_nan += zero * memory[unsigned(facts[Fact.ALPHA_GRADIENT]) + i]
        divergence += (
            zero_or_nan if memory[is_parameter + i] > zero else zero
        )  # a gap does not count
    if lane() < length:
        memory[shares + unsigned(lane())] = divergence
    barrier()
    if lane() == 0:
        loss = memory[unsigned(facts[Fact.LOSS])]
        divergence = zero * loss
        lanes_here = unsigned(lanes())
        for i in range(lanes_here if lanes_here < length else length):
            divergence += memory[shares + i]
        outputs.losses[b] = loss
        outputs.divergence[b] = divergence


@jit
def write_mean(plan, sums, chunks, tasks, gradient):
    """The mean of the tasks' gradients, and behind it of alpha's: the sums of the chunks, added in
    order."""
    for c in range(1, chunks):
        for i in my_share(unsigned(sums.shape[1])):
            sums[0, i] += sums[c, i]
    barrier()
    length = unsigned(plan.facts[Fact.LENGTH])
    for i in my_share(unsigned(plan.facts[Fact.SIZE])):
        at = unsigned(plan.positions[i])
        gradient[i] = sums[0, at] / gradient.dtype.type(tasks)
        if plan.facts[Fact.ALPHA_GRADIENT]:
            of_alpha = unsigned(plan.facts[Fact.SIZE]) + i
            gradient[of_alpha] = sums[0, length + at] / gradient.dtype.type(tasks)


def all_tasks(
    threads,
    code,
    coefficients,
    facts,
    positions,
    memories,
    vectors,
    alpha,
    delta,
    data,
    sums,
    losses,
    divergence,
    gradients,
    trajectory,
    gradient,
):
    """Every task, on `threads` threads, each with a memory of its own -> how many tasks diverged.

    `gradient` becomes the mean of the tasks' gradients. The tasks are cut into chunks that depend
    on their number alone, and the chunks' sums are added in order: the result has the same bits for
    any number of threads. vectors: (1, P), the start, or (B, P), one for each task; and one more,
    the stepsizes, if there is one for each parameter. gradient: (P,), or (2 P,) with alpha's.
    """
    tasks = data.shape[0]
    chunks = min(tasks, sums.shape[0])
    for thread in prange(threads):
        t = np.int64(thread)
        plan = PlanArrays(code, coefficients, facts, positions)
        outputs = Outputs(losses, divergence, gradients, trajectory)
        write_vectors(plan, memories[t], vectors)
        for c in range(chunks * t // threads, chunks * (t + 1) // threads):
            clear(plan, sums[c])
            for b in range(tasks * c // chunks, tasks * (c + 1) // chunks):
                if count_starts(plan, vectors) > 1:
                    write_vector(plan, memories[t], point(facts, 0), vectors[b])
                load_data(plan, memories[t], data, b)
                learn(plan, memories[t], alpha, delta)
                keep_results(plan, memories[t], b, sums[c], outputs)
    plan = PlanArrays(code, coefficients, facts, positions)
    write_mean(plan, sums, chunks, tasks, gradient)
    diverged = 0
    for b in range(tasks):
        diverged += divergence[b] != 0
    return diverged


def grid(
    code,
    coefficients,
    facts,
    positions,
    memories,
    vectors,
    alpha,
    delta,
    data,
    sums,
    losses,
    divergence,
    gradients,
    trajectory,
    gradient,
    chunks,
    cuts,
    finished,
):
    """The same on a GPU, in one launch: blocks take the place of threads.

    The block that is ready last adds the chunks' sums. cuts: where each of the chunks of tasks
    starts, and the last one ends.
    """
    plan = PlanArrays(code, coefficients, facts, positions)
    outputs = Outputs(losses, divergence, gradients, trajectory)
    memory = memories[block()]
    write_vectors(plan, memory, vectors)
    for c in range(block(), chunks, blocks()):
        clear(plan, sums[c])
        for b in range(cuts[c], cuts[c + 1]):
            if count_starts(plan, vectors) > 1:
                write_vector(plan, memory, point(facts, 0), vectors[b])
            load_data(plan, memory, data, b)
            learn(plan, memory, alpha, delta)
            keep_results(plan, memory, b, sums[c], outputs)
    if last_block(finished):
        write_mean(plan, sums, chunks, data.shape[0], gradient)
