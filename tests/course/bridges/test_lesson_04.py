"""What lesson 04 builds is what tinymaml has: each function that the lesson names, on its cases."""

import numpy as np
import pytest

import tinymaml as tm
from tinymaml.course import judge
from tinymaml.engine import numpy_machine, rules, sweeps
from tinymaml.engine.compiled import kernels
from tinymaml.engine.compiled.blocks import Blocks
from tinymaml.engine.instructions import Operand

pytestmark = pytest.mark.lesson_04

# Losses without numbers in them: `tinymaml` scales without a constant, the lesson multiplies.
LOSSES = {
    "one layer": (
        lambda tanh, total, p, x: total(tanh(x @ p["w"])),
        {"w": (2, 3)},
        {"x": (4, 2)},
    ),
    "scaled by a row": (
        lambda tanh, total, p, x: total(tanh(tanh(x @ p["w"]) * p["u"])),
        {"w": (2, 3), "u": (1, 3)},
        {"x": (4, 2)},
    ),
    "used twice": (
        lambda tanh, total, p, x: total(p["w"] @ p["w"] * p["w"] - x),
        {"w": (3, 3)},
        {"x": (1, 3)},
    ),
    "a bias and a difference": (
        lambda tanh, total, p, x, y: total((x @ p["w"] + p["b"] - y) * (x @ p["w"] + p["b"] - y)),
        {"w": (2, 1), "b": (1, 1)},
        {"x": (5, 2), "y": (5, 1)},
    ),
    "linear": (lambda tanh, total, p, x: total(x @ p["w"]), {"w": (2, 3)}, {"x": (4, 2)}),
}
PROGRAMS = [("value",), ("gradient",), ("gradient", "hvp")]


@pytest.fixture(scope="module")
def lesson():
    """name -> object, for all that the lesson defines, with the course's solutions."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TINYMAML_GRADING", "1")
        return judge.names_before("04", {})


@pytest.fixture(params=LOSSES)
def tapes(request, lesson):
    """The lesson's tape of a loss, and the package's."""
    function, parameters, data = LOSSES[request.param]

    def of_blocks(*blocks):
        p = dict(zip(parameters, blocks, strict=False))
        return function(lesson["tanh"], lesson["total"], p, *blocks[len(parameters) :])

    def of_params(p, *blocks):
        return function(tm.tanh, tm.sum, p, *blocks)

    params = {name: np.ones(shape) for name, shape in parameters.items()}
    theirs = tm.Loss(of_params, params).tape(*map(np.ones, data.values()))
    return lesson["tape_of"](of_blocks, parameters, data), theirs


def bare(calls):
    """Calls without what the package notes of their origin: a record's number."""
    return [call._replace(origin=-1) for call in calls]


def test_given_and_results(lesson, tapes):
    yours, theirs = tapes
    assert lesson["given"](yours) == sweeps.given(theirs)
    for name in sweeps.SWEEPS:
        assert lesson["results"](yours, name) == sweeps.results(theirs, name)


@pytest.mark.parametrize("name", sweeps.SWEEPS)
def test_emit(lesson, tapes, name):
    yours, theirs = tapes
    assert lesson["emit"](yours, name) == bare(sweeps.emit(theirs, name))


@pytest.mark.parametrize("names", PROGRAMS, ids=" ".join)
def test_program(lesson, tapes, names):
    yours, theirs = tapes
    calls = lesson["program"](yours, *names)
    assert calls == bare(sweeps.program(theirs, *names))
    assert calls


def test_the_passes_one_by_one(lesson, tapes):
    tape, _ = tapes
    calls = lesson["emit"](tape, "gradient") + lesson["emit"](tape, "hvp")
    given = lesson["given"](tape)
    wanted = lesson["results"](tape, "gradient") | lesson["results"](tape, "hvp")
    without_zeros = lesson["drop_reads_of_zero"](calls, given)
    assert without_zeros == sweeps.drop_reads_of_zero(calls, given)
    assert len(without_zeros) < len(calls)
    for some in (calls, without_zeros):
        kept = lesson["drop_unread"](some, wanted)
        assert kept == sweeps.drop_unread(some, wanted)
        assert len(kept) < len(some)
        marked = lesson["store_first_writes"](kept)
        assert marked == sweeps.store_first_writes(kept)
        assert any(call.store for call in marked)


def test_the_order_of_the_passes(lesson):
    """Zeros first: of an unused slot the other order keeps a call that is then unread."""

    def unused(w):
        lesson["tanh"](w)
        return lesson["total"](w * w)

    tape = lesson["tape_of"](unused, {"w": (3, 3)})
    wanted = lesson["results"](tape, "gradient")
    calls = lesson["drop_unread"](lesson["emit"](tape, "gradient"), wanted)
    swapped = lesson["drop_reads_of_zero"](calls, lesson["given"](tape))
    kernels_of = [call.kernel for call in lesson["program"](tape, "gradient")]
    assert kernels_of == ["linear", "contract", "contract"]
    assert [call.kernel for call in swapped] == ["apply", *kernels_of]


def test_an_hvp_without_its_gradient_is_empty(lesson):
    shapes = {"W1": (1, 4), "b1": (1, 4), "W2": (4, 1), "b2": (1, 1)}

    def network(*blocks):
        return lesson["mse"](dict(zip(shapes, blocks, strict=False)), *blocks[4:])

    tape = lesson["tape_of"](network, shapes, {"x": (5, 1), "y": (5, 1)})
    assert lesson["program"](tape, "hvp") == []
    assert len(lesson["program"](tape, "gradient", "hvp")) == 46


def test_run(lesson, tapes):
    tape, theirs = tapes
    rng = np.random.default_rng(0)
    given = {}
    for slot, plane in sorted(lesson["given"](tape)):
        given[slot, plane] = rng.normal(size=tape.shapes[slot])
    calls = lesson["program"](tape, "gradient", "hvp")
    yours = lesson["run"](tape, calls, dict(given))
    expected = dict(given)
    numpy_machine.run(theirs, calls, expected, np.dtype(float))
    assert yours.keys() == expected.keys()
    for block, array in expected.items():
        assert np.allclose(yours[block], array, rtol=1e-13, atol=1e-13)


KINDS = {
    "linear": ((1.0, -0.5), ("ij", "ij", "0j")),
    "bilinear": (None, ("ij", "ip", "pj")),
    "pointwise": ("tanh", ("ij", "ij")),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("rule", rules.Rules._fields)
def test_rules(lesson, kind, rule):
    arg, letters = KINDS[kind]
    operands = [Operand(slot, "", index) for slot, index in enumerate(letters)]
    yours = getattr(lesson["RULES"][kind], rule)(*operands, arg=arg)
    assert yours == getattr(rules.RULES[kind], rule)(*operands, arg=arg)


KERNELS = {  # kernel -> argument, letters of the operands, outputs first
    "linear": (-0.5, ("ij", "j")),
    "contract": (None, ("ij", "ip", "pj")),
    "apply": ("tanh", ("ij", "ij", "ij")),
    "curve": ("tanh", ("ij", "ij", "ij", "ij")),
}


@pytest.mark.parametrize("kernel", KERNELS)
def test_kernels(lesson, kernel):
    arg, letters = KERNELS[kernel]
    lengths = {"i": 4, "j": 3, "p": 2}
    rng = np.random.default_rng(1)
    arrays = [rng.normal(size=[lengths[letter] for letter in index]) for index in letters]
    copies = [array.copy() for array in arrays]
    lesson["KERNELS"][kernel](*arrays, arg, list(letters), (4, 3))
    numpy_machine.KERNELS[kernel](*copies, arg, list(letters), (4, 3))
    for array, copy in zip(arrays, copies, strict=True):
        assert np.allclose(array, copy, rtol=1e-14, atol=1e-14)
    assert lesson["KERNELS"][kernel].__name__ == f"numpy_{kernel}"


def test_strides(lesson):
    """The same where rows are whole cache lines: the package lets each row start on one."""

    class Tape:
        shapes = [(3, 8), (1, 16), (4, 1), (1, 1)]

    for slot, letters in ((0, "ij"), (0, "pj"), (0, "ji"), (1, "0j"), (2, "i0"), (3, "00")):
        theirs = Blocks(Tape).strides(Operand(slot, "", letters), (3, 8, 1))
        assert lesson["strides"](letters, Tape.shapes[slot]) == theirs


def test_walk(lesson):
    rng = np.random.default_rng(2)
    memory = rng.normal(size=30)
    expected = memory.copy()
    operands = [(18, (2, 0, 1)), (0, (3, 1, 0)), (12, (0, 1, 3))]
    lesson["walk"](memory, *operands, extent=(4, 3, 2))
    places = [place for place, _ in operands]
    steps = [step for _, strides in operands for step in strides]
    kernels.contract(expected, *places, 4, 3, 2, *steps)
    assert np.allclose(memory, expected, rtol=1e-14, atol=1e-14)


def test_both_engines_give_the_same_numbers(lesson):
    rng = np.random.default_rng(3)
    params = {"W1": (1, 4), "b1": (1, 4), "W2": (4, 1), "b2": (1, 1)}
    params = {name: rng.normal(size=shape) for name, shape in params.items()}
    x, y = rng.normal(size=(2, 5, 1))

    def mse(p, x, y):
        error = tm.tanh(x @ p["W1"] + p["b1"]) @ p["W2"] + p["b2"] - y
        return tm.mean(tm.square(error))

    yours, theirs = lesson["Loss"](lesson["mse"], params), tm.Loss(mse, params)
    w, v = rng.normal(size=(2, theirs.size))
    assert yours.value(w, x, y) == pytest.approx(theirs.value(w, x, y), rel=1e-13)
    for a, b in (
        (yours.gradient(w, x, y), theirs.gradient(w, x, y)),
        (yours.hvp(w, v, x, y), theirs.hvp(w, v, x, y)),
    ):
        assert np.abs(a - b).max() <= 1e-13 * np.abs(b).max()
