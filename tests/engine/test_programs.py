"""Programs: as text, a formula on every line; as lines, none too many; and every pass of the
compiled machine keeps the results."""

import copy
import re

import numpy as np
import pytest
from hypothesis import given, settings

import tinymaml as tm
from helpers.checks import close, direction, known
from helpers.fixed_losses import FIXED, NAMED
from helpers.random_losses import programs
from tinymaml.engine import numpy_machine, sweeps
from tinymaml.engine.compiled.blocks import Blocks
from tinymaml.engine.compiled.passes import PASSES, optimise
from tinymaml.engine.instructions import ProgramError, blocks_of, check_program
from tinymaml.engine.sweeps import program

pytestmark = [pytest.mark.core, pytest.mark.lesson_04]

SWEEPS = (["value"], ["gradient"], ["gradient", "hvp"])


def mse(p, x, y):
    h = tm.tanh(x @ p["W"] + p["b"])
    return tm.mean(tm.square(h - y))


def tape_of_mse():
    return tm.Loss(mse, {"W": np.ones((2, 3)), "b": np.ones(3)}).tape(
        np.ones((5, 2)), np.ones((5, 3))
    )


def execute(tape, calls, p):
    """Run calls on the NumPy machine at the numbers of the program p -> every block."""
    blocks = {}
    for plane, vector in (("", p.w), ("dot", direction(p.w))):
        for slot, block in zip(tape.parameters, p.split(vector).values(), strict=True):
            blocks[slot, plane] = block
    for slot, x in zip(tape.data, p.data, strict=True):
        blocks[slot, ""] = x
    for slot, array in tape.constants.items():
        blocks[slot, ""] = array
    blocks[tape.loss, "bar"] = np.ones((1, 1))
    numpy_machine.run(tape, calls, blocks, np.float64)
    return blocks


def results(tape, names, blocks):
    """What the programs are run for; a parameter that the loss does not use has none."""
    found = {}
    for name in names:
        for block in sweeps.results(tape, name):
            if block in blocks:
                found[block] = blocks[block]
    return found


def straight(tape, calls):
    """The same calls with a slot of its own for each transposed copy.

    The NumPy machine has no transposed planes.
    """
    tape = copy.copy(tape)
    tape.shapes = list(tape.shapes)
    slots = {}

    def rename(x):
        if not x.plane.endswith("_T"):
            return x
        if x.block not in slots:
            slots[x.block] = len(tape.shapes)
            tape.shapes.append(tape.shapes[x.slot][::-1])
        return x._replace(slot=slots[x.block], plane="")

    renamed = []
    for call in calls:
        outs = tuple(map(rename, call.outs))
        ins = tuple(map(rename, call.ins))
        renamed.append(call._replace(outs=outs, ins=ins))
    return tape, renamed


# ---- as text


def test_no_two_names_of_a_listing_are_the_same():
    """Not of parameters, data and slots, and not a name that reads like another slot's plane."""

    def function(p, w, v4):
        return tm.mean(p["w"] * w + p["w_bar"] + p["v5"] * v4 + 2.0 * v4)

    params = dict.fromkeys(("w", "w_bar", "v5"), np.ones((1, 1)))
    tape = tm.Loss(function, params).tape(np.ones((2, 1)), np.ones((2, 1)))
    assert tape.names[:6] == ["w", "w_bar′", "v5", "w′", "v4", "v5′"]
    written = [
        name + plane for name in tape.names for plane in ("", "_bar", "_dot", "_bar_dot", "_slope")
    ]
    assert len(set(written)) == len(written)


def rows(text):
    """The numbered lines of a listing."""
    return [line for line in text.split("\n") if re.match(r"\d+ ", line)]


RECORD = r"\d+ +v\d+\[.,..?\] = \S"
OUT = r"\d+ +\w+\[.,..?\](, \w+\[.,.\])?"
CALL = rf"{OUT} \+?= \S.* (linear|contract|apply|curve|rowmax) +\d+ x \d+"


def test_every_line_of_a_tape_and_of_a_listing_has_a_formula():
    for p in FIXED.values():
        tape = p.loss.tape(*p.data)
        assert len(rows(str(tape))) == len(tape.records)
        for row in rows(str(tape)):
            assert re.match(RECORD, row)
        for name in ("value", "gradient", "hvp"):
            text = tape.listing(name)
            assert f"{len(rows(text))} lines" in text
            assert len(rows(text)) > 2
            for row in rows(text):
                assert re.match(CALL, row)


def test_the_listings_of_a_small_network_say_what_a_reader_expects():
    tape = tape_of_mse()

    def listing(name):
        return re.sub(" +", " ", tape.listing(name))

    value, gradient, hvp = listing("value"), listing("gradient"), listing("hvp")
    assert "v4[i,j] = Σ_p x[i,p] · W[p,j]" in value
    assert f'line {mse.__code__.co_firstlineno + 1}: h = tm.tanh(x @ p["W"] + p["b"])' in value
    assert "v6[i,j], v6_slope[i,j] = tanh(v5[i,j]), tanh'(v5[i,j])" in value
    assert "v9[0,0] = Σ_ij 0.0666667 · v8[i,j]" in value
    assert "W_bar[p,j] = Σ_i x[i,p] · v4_bar[i,j]" in gradient
    assert "b_bar[0,j] = Σ_i v5_bar[i,j]" in gradient
    assert "v6_slope_dot[i,j] = -2 · v6[i,j] · v6_slope[i,j] · v5_dot[i,j]" in hvp
    assert "v5_bar_dot[i,j] += v6_slope_dot[i,j] · v6_bar[i,j]" in hvp
    assert "W_bar_dot[p,j] = Σ_i x[i,p] · v4_bar_dot[i,j]" in hvp
    for text in (value, gradient, hvp):  # nothing is computed for the data
        assert not re.search(r"\b[xy]_(dot|bar)", text)


def test_every_listing_says_what_is_given_and_what_results():
    tape = tape_of_mse()
    assert "parameters  W (2 x 3), b (1 x 3)" in str(tape)
    assert "data        x (5 x 2), y (5 x 3)" in str(tape)
    assert re.search("given .*data", tape.listing("value"))
    assert re.search("result .*v9", tape.listing("value"))
    assert re.search("given .*v9_bar = 1", tape.listing("gradient"))
    assert re.search("result .*_bar", tape.listing("gradient"))
    assert re.search("given .*direction v", tape.listing("hvp"))
    assert re.search("result .*_bar_dot", tape.listing("hvp"))


# ---- as lines


@pytest.mark.parametrize("names", SWEEPS, ids=" ".join)
@pytest.mark.parametrize("name", ["network", "one slot often", "squares", "broadcasts"])
def test_no_line_can_be_left_out(name, names):
    """(Except what adds zeros, as relu's curvature, or what cancels, as the maximum in logsumexp:
    not in these losses.)"""
    p = FIXED[name]
    tape = p.loss.tape(*p.data)
    calls = program(tape, *names)
    whole = results(tape, names, execute(tape, calls, p))
    for k in range(len(calls)):
        try:
            less = results(tape, names, execute(tape, calls[:k] + calls[k + 1 :], p))
        except KeyError:  # a block that nobody wrote
            continue
        assert not same(less, whole), calls[k]


def same(results, others):
    if results.keys() != others.keys():
        return False
    return all(np.array_equal(results[block], others[block]) for block in results)


def test_nothing_is_emitted_for_what_does_not_depend_on_the_parameters():
    def loss(p, x):
        z = tm.sin(x) * tm.exp(x @ np.ones((3, 3)))
        return tm.mean(tm.square(p["a"] * z + tm.cos(z)))

    tape = tm.Loss(loss, {"a": np.ones(3)}).tape(np.ones((2, 3)))
    sin, matmul, exp, product, _, cos = tape.records[:6]
    assert (sin.arg, exp.arg, cos.arg) == ("sin", "exp", "cos")
    assert (matmul.kind, product.kind) == ("bilinear", "bilinear")
    constant = {record.out.slot for record in (sin, matmul, exp, product, cos)}
    constant |= {*tape.data, *tape.constants}
    for call in program(tape, "gradient", "hvp"):
        for operand in call.outs + call.ins:
            if operand.slot in constant:
                assert operand.plane in ("", "slope")


def test_what_the_loss_computes_in_vain_is_not_run():
    def loss(p, x):
        tm.exp(tm.sin(p["a"]) @ x.T)
        return tm.sum(p["a"])

    tape = tm.Loss(loss, {"a": np.ones((2, 3))}).tape(np.ones((4, 3)))
    (value,) = program(tape, "value")
    assert value.kernel == "linear"
    (gradient,) = program(tape, "gradient", "hvp")
    assert gradient.kernel == "linear"
    assert gradient.program == "gradient"


def test_the_hvp_of_a_linear_loss_is_no_program_at_all():
    tape = tm.Loss(lambda p, x: tm.mean(x @ p["a"]), {"a": np.ones((3, 1))}).tape(np.ones((2, 3)))
    assert {call.program for call in program(tape, "gradient", "hvp")} == {"gradient"}


# ---- passes


def check_pass(p, passes):
    tape = p.loss.tape(*p.data)
    _, (value, gradient, hvp) = known(p, np.float64)
    for names, size in zip(SWEEPS, (value, gradient, max(gradient, hvp)), strict=True):
        before = program(tape, *names)
        changed, after = straight(tape, optimise(before, Blocks(tape), passes))
        want = results(tape, names, execute(tape, before, p))
        got = results(tape, names, execute(changed, after, p))
        assert got.keys() == want.keys()
        for block in want:
            close(got[block], want[block], size, np.finfo(float).eps)


@given(p=programs())
@settings(max_examples=60)
def test_a_pass_keeps_the_results(p):
    """Each alone, all, and all in the other order."""
    for passes in (*[(change,) for change in PASSES], PASSES, PASSES[::-1]):
        check_pass(p, passes)


@NAMED
def test_the_passes_keep_the_results_of_fixed_losses(name):
    check_pass(FIXED[name], PASSES)


def test_every_pass_does_something():
    p = FIXED["network"]
    tape = p.loss.tape(*p.data)
    before = program(tape, "gradient", "hvp")
    for change in PASSES:
        assert optimise(before, Blocks(tape), [change]) != before, change.__name__


# ---- the checker


def test_a_program_that_reads_what_nobody_wrote_is_refused():
    tape = tape_of_mse()
    calls = program(tape, "gradient")
    for k in range(len(calls) - 1):
        if calls[k].outs[0].block in blocks_of(calls[k + 1].ins):
            with pytest.raises(ProgramError, match="which nobody has written"):
                check_program(calls[k + 1 :], sweeps.given(tape), lambda b: tape.shapes[b[0]])


def test_a_program_that_takes_a_block_for_one_of_another_shape_is_refused():
    tape = tape_of_mse()
    calls = program(tape, "gradient")
    exchanged = calls[0].ins[0]._replace(letters=calls[0].ins[0].letters[::-1])
    wrong = calls[0]._replace(ins=(exchanged, *calls[0].ins[1:]))
    with pytest.raises(ProgramError, match="for a block of shape"):
        check_program([wrong], sweeps.given(tape), lambda block: tape.shapes[block[0]])
