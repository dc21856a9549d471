"""The kernels in the lane emulator: every order and every number of lanes gives the same bits, and
what is wrong is found."""

import threading

import numpy as np
import pytest
from hypothesis import given, settings

import tinymaml as tm
from helpers import emulator, network
from helpers.checks import PRECISIONS, close, direction, known
from helpers.fixed_losses import FIXED, NAMED
from helpers.meta_gradients import ALPHA, KINDS, METHODS, W
from helpers.random_losses import programs
from tinymaml.engine.compiled.lanes import barrier, block, blocks, lane, lanes, last_block, running
from tinymaml.engine.gpu.emulator import Race, emulate

pytestmark = pytest.mark.lesson_06

WATCHED = dict(lanes=3, order=(2, 0, 1))
OTHERS = [
    dict(lanes=1, watch=False),
    dict(lanes=2, order=(1, 0), watch=False),
    dict(lanes=5, order=(3, 1, 4, 0, 2), watch=False),
    dict(lanes=40, order=range(39, -1, -1), watch=False),
]


def check(program, dtype, others=OTHERS[2:3]):
    w, v = program.w.astype(dtype), direction(program.w).astype(dtype)
    loss = program.loss
    _, sizes = known(program, dtype)
    for size, name in zip(sizes, ("value", "gradient", "hvp"), strict=True):
        vectors = (w, v) if name == "hvp" else (w,)
        want = getattr(loss, name)(*vectors, *program.data)
        got = emulator.derivative(program, name, dtype, **WATCHED)
        close(got, want, size, np.finfo(dtype).eps)
        for options in others:
            same = emulator.derivative(program, name, dtype, **options)
            assert np.array_equal(got, same), options


@PRECISIONS
@given(program=programs())
@settings(max_examples=15)
def test_random_losses_have_the_same_bits_on_any_lanes_and_agree_with_numpy(dtype, program):
    check(program, dtype)


@pytest.mark.slow
@PRECISIONS
@given(program=programs(most=12))
@settings(max_examples=300)
def test_many_random_losses_in_many_orders(dtype, program):
    check(program, dtype, OTHERS)


@NAMED
def test_fixed_losses_in_other_orders(name):
    """Two of the others for each loss, in turn."""
    k = list(FIXED).index(name)
    check(FIXED[name], np.float64, [OTHERS[k % 4], OTHERS[(k + 1) % 4]])


@pytest.mark.slow
@NAMED
def test_fixed_losses_in_many_orders(name):
    check(FIXED[name], np.float64, OTHERS)


def check_meta_gradient(kind, method, dtype, others):
    """The nested loop agrees with NumPy's, and has the same bits with other lanes and blocks."""
    tasks, w, eps = kind(2, B=4), W.astype(dtype), np.finfo(dtype).eps
    got = emulator.meta_gradient(network.LOSS, w, tasks, 2, method, **WATCHED, blocks=2)
    want = tm.meta_gradient(
        network.LOSS, w, tasks, alpha=ALPHA, steps=2, method=method, per_task=True, target="numpy"
    )
    magnified = eps ** (1 / 3) if method == "hessian-free" else 1
    for x, y in zip(got, want[:4], strict=True):
        assert x.dtype == dtype
        close(x, y, 10 * np.abs(y).max() / magnified, eps)
    for options in others:
        same = emulator.meta_gradient(network.LOSS, w, tasks, 2, method, **options, watch=False)
        assert emulator.bits(got) == emulator.bits(same), options


FEW_LANES = [dict(lanes=1), dict(lanes=4, order=(1, 3, 0, 2), blocks=3)]


@KINDS
@pytest.mark.parametrize("method", METHODS)
def test_the_nested_loop_on_any_lanes_and_blocks(kind, method):
    """The chunks of 4 tasks are shared out among two and three blocks; the mean is added up in the
    same order."""
    check_meta_gradient(kind, method, np.float64, FEW_LANES)


@KINDS
def test_the_nested_loop_in_single_precision(kind):
    check_meta_gradient(kind, "exact", np.float32, FEW_LANES)


@KINDS
def test_more_lanes_than_numbers_and_more_blocks_than_tasks(kind):
    check_meta_gradient(kind, "exact", np.float64, [dict(lanes=33, blocks=5)])


@pytest.mark.slow
@PRECISIONS
@KINDS
@pytest.mark.parametrize("method", METHODS)
def test_many_lanes_and_blocks(kind, method, dtype):
    others = [dict(lanes=lanes, blocks=blocks) for lanes in (2, 33) for blocks in (1, 3, 4, 5)]
    check_meta_gradient(kind, method, dtype, others)


def test_without_steps_and_with_many_tasks():
    options = dict(lanes=2, blocks=7, watch=False)
    for steps, B in ((0, 1), (0, 3), (1, 40)):
        tasks = network.finite_sum(B=B, support=2, query=1)
        got = emulator.meta_gradient(network.LOSS, W, tasks, steps, "exact", **options)
        want = tm.meta_gradient(
            network.LOSS, W, tasks, alpha=ALPHA, steps=steps, per_task=True, target="numpy"
        )
        for x, y in zip(got, want[:4], strict=True):
            close(x, y, 10 * np.abs(y).max(), np.finfo(float).eps)


# ---- what the emulator finds


def test_two_lanes_that_meet_between_two_barriers():
    def reads_a_neighbour(o, x, n):
        for i in range(lane(), n, lanes()):
            o[i] = x[i]
        for i in range(lane(), n, lanes()):
            x[i] = o[i - 1] if i else x[i]

    def writes_twice(o, x, n):
        o[0] = x[lane()]

    one_reads = r"lane . reads o\[0\], which lane 0 has written"
    one_writes = r"lane 0 writes o\[0\], which lane 1 has read"
    both_write = r"writes o\[0\], which lane . has written since the last barrier"
    for order in ((0, 1), (1, 0)):
        with pytest.raises(Race, match=f"{one_reads}|{one_writes}"):
            emulate(reads_a_neighbour, np.zeros(2), np.ones(2), 2, lanes=2, order=order)
        with pytest.raises(Race, match=both_write):
            emulate(writes_twice, np.zeros(2), np.ones(2), 2, lanes=2, order=order)


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_a_barrier_that_not_all_lanes_come_to(order):
    def divergent(o):
        if lane() == 1:
            barrier()
        o[lane()] = 1.0

    def too_often(o, n):
        for i in range(lane(), n, lanes()):
            o[i] = 1.0
            barrier()

    for kernel, arguments in ((divergent, (np.zeros(3),)), (too_often, (np.zeros(4), 4))):
        with pytest.raises(Race, match="every lane must come to every barrier"):
            emulate(kernel, *arguments, lanes=3, order=order)


def test_an_index_outside_an_array_and_an_error_of_a_kernel_s_own():
    def outside(o):
        o[lane() - 1] = 0.0

    def fails(o):
        o[lane()] = 1 // (1 - lane())

    with pytest.raises(IndexError, match=r"lane 0 is at o\[-1\], of 4"):
        emulate(outside, np.zeros(4))
    with pytest.raises(ZeroDivisionError, match="division"):
        emulate(fails, np.zeros(4))
    with pytest.raises(ValueError, match="each of the 4 lanes once"):
        emulate(outside, np.zeros(4), order=(0, 1, 1, 2))


@pytest.mark.parametrize("count", [1, 2, 3, 7])
def test_the_last_block_adds_up_what_the_others_have_left(count):
    def kernel(o, x, total, finished, n):
        for c in range(block(), n, blocks()):
            for i in range(lane(), 3, lanes()):
                o[c, i] = x[c, i]
        if last_block(finished):
            for i in range(lane(), 3, lanes()):
                for c in range(n):
                    total[i] += o[c, i]

    x, total = np.arange(15.0).reshape(5, 3), np.zeros(3)
    emulate(kernel, np.zeros((5, 3)), x, total, np.zeros(1, np.int32), 5, lanes=2, blocks=count)
    assert np.array_equal(total, x.sum(0))


def test_a_lane_has_a_thread_of_its_own_only_where_it_waits(monkeypatch):
    started = []
    monkeypatch.setattr(threading.Thread, "start", record_start(threading.Thread.start, started))
    monkeypatch.setattr(running, "width", 4, raising=False)

    def without(o):
        o[lane()] = lanes()

    def with_barriers(o):
        barrier()
        o[lane()] = lanes()
        barrier()

    for kernel, threads in ((without, 0), (with_barriers, 3)):
        started.clear()
        o = np.zeros(4)
        emulate(kernel, o, lanes=4, order=(2, 0, 3, 1))
        assert len(started) == threads
        assert np.array_equal(o, np.full(4, 4.0))
        assert (lane(), lanes(), running.width) == (0, 1, 4)  # as before, for who has called


def record_start(start, started):
    def started_thread(thread):
        started.append(thread)
        start(thread)

    return started_thread


@pytest.mark.parametrize("failing", range(3))
def test_an_error_behind_a_barrier_ends_all_lanes(failing):
    def kernel(o):
        barrier()
        if lane() == failing:
            raise KeyError(failing)
        barrier()
        o[lane()] = 1.0

    o = np.zeros(3)
    before = threading.active_count()
    with pytest.raises(KeyError, match=str(failing)):
        emulate(kernel, o, lanes=3)
    assert not o.any()
    assert threading.active_count() == before
    assert lanes() == 1
