"""What lesson 06 needs of the machinery: a race is told with the learner's own lines, and lanes
that never end are stopped."""

import numpy as np
import pytest

from tinymaml.course import material
from tinymaml.course.judge import CRASHED, PASSED, SLOW, WRONG
from tinymaml.engine.compiled.lanes import lane, lanes
from tinymaml.engine.gpu.emulator import emulate

pytestmark = pytest.mark.lesson_06
HEAD = "def columns(memory, o, x, m, n, xi):\n"


def test_a_race_quotes_the_lines_of_the_answer(graders):
    answer = (
        "    for j in range(n):\n"
        "        memory[o + j] = memory[x + j]\n"
        "        for i in range(1, m):\n"
        "            memory[o + j] += memory[x + i * xi + j]\n"
    )
    [verdict] = graders("06.share", [HEAD + answer])
    assert verdict.verdict == WRONG
    assert "lane 0, line 5: memory[o + j] += memory[x + i * xi + j]" in verdict.message
    assert "lane 1, line 3: memory[o + j] = memory[x + j]" in verdict.message


@pytest.mark.parametrize("answer", ["    while lane() == 1: pass\n", "    while True: barrier()\n"])
def test_lanes_that_never_end_are_stopped(graders, answer):
    [verdict] = graders("06.share", [HEAD + answer], seconds=0.5)
    assert verdict.verdict == SLOW


def test_a_helper_beside_a_kernel_is_not_compiled(graders):
    answer = (
        "    for j in mine(n):\n"
        "        memory[o + j] = memory[x + j]\n"
        "        for i in range(1, m):\n"
        "            memory[o + j] += memory[x + i * xi + j]\n"
    )
    helper = "def mine(n):\n    return range(lane(), n, lanes())\n"
    [verdict] = graders("06.share", [helper + HEAD + answer])
    assert verdict.verdict == WRONG
    assert "line 4, `for j in mine(n):`: `mine` is not compiled; define it" in verdict.message
    inside = "".join(f"    {line}\n" for line in helper.splitlines())
    [verdict] = graders("06.share", [HEAD + inside + answer])
    assert verdict.verdict == PASSED


def test_a_lane_has_single_numbers_of_an_array(graders):
    [verdict] = graders("06.share", [HEAD + "    memory[o] = memory.sum()\n"])
    assert verdict.verdict == CRASHED
    assert "reads and writes an array's numbers, one at a time; it has no `.sum`" in verdict.message


def test_lanes_that_wait_for_one_that_has_ended_get_a_sentence(graders):
    answer = (
        "    if lane() > 0: barrier()\n"
        "    for j in range(lane(), n, lanes()):\n"
        "        memory[o + j] = sum(memory[x + i * xi + j] for i in range(m))\n"
    )
    [verdict] = graders("06.share", [HEAD + answer])
    assert verdict.verdict == WRONG
    assert "lane 1 waits at a barrier that lane 0 never comes to" in verdict.message


def test_a_lane_that_writes_without_end_does_not_fill_the_memory(graders):
    [verdict] = graders("06.share", [HEAD + "    while True:\n        memory[o + lane()] = 0\n"])
    assert verdict.verdict == CRASHED
    assert "line 3, `memory[o + lane()] = 0`" in verdict.message
    assert "a loop that does not stop" in verdict.message


def test_the_kernels_that_are_compared_compute_the_same():
    kernels = {"lane": lane, "lanes": lanes}
    for cell in material.find("06").cells:
        if cell.kind == "code" and cell.text.startswith(("def row_each(", "def row_shared(")):
            exec(cell.text, kernels)
    o, x, z = np.random.default_rng(0).normal(size=(3, 5, 5))
    for name in ("row_each", "row_shared", "column_each"):
        for count in (1, 3, 7):
            found = o.copy()
            emulate(kernels[name], found.ravel(), x.ravel(), z.ravel(), 5, lanes=count)
            assert np.allclose(found, o + x @ z, rtol=1e-13, atol=1e-13)
