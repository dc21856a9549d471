"""Passes of the compiled machine: from calls to calls, same results, less work (lesson 05).

Every pass takes (calls, blocks, pinned): blocks is how they lie (blocks.py), `pinned` are those
whose place is fixed (parameters, data, constants, results). Each can be left out.
"""

from ..instructions import check_program, linear
from ..sweeps import SWEEPS, given, results
from .format import Loop
from .loop_choice import choose_loop


def optimise(calls, blocks, passes):
    """All passes, one after the other."""
    tape = blocks.tape
    pinned = given(tape)
    for name in SWEEPS:
        pinned |= results(tape, name)
    for change in passes:
        calls = change(calls, blocks, pinned)
        check_program(calls, given(tape), blocks.shape)
    return calls


def rename_copies(calls, blocks, pinned):
    """A call `o = 1 · x` that only renames x needs no copy: one block serves for both.

        before   v3[i,j]  = Σ_p x[i,p] · W[p,j]         after   v3[i,j]  = Σ_p x[i,p] · W[p,j]
                 v4[i,j]  = v3[i,j]                             v3[i,j] += b[0,j]
                 v4[i,j] += b[0,j]                              ...every later v4 is v3

    Allowed when nobody reads x again (o takes over its block), or when neither changes again (they
    stay equal). A column that becomes a row, o[0,i] = x[i,0], is a copy too: in memory they are the
    same, only the letters change places.
    """
    last_read = {}
    last_written = {}
    in_one_row = {x.block for call in calls for x in call.outs + call.ins if x.letters == "0ij"}
    for time, call in enumerate(calls):
        last_read |= {operand.block: time for operand in call.ins}
        last_written |= {operand.block: time for operand in call.outs}
    serving = {}  # block -> (the block that serves for it, are the letters exchanged?)

    def rename(operand):
        while operand.block in serving:
            (slot, plane), exchanged = serving[operand.block]
            letters = operand.letters[::-1] if exchanged else operand.letters
            operand = operand._replace(slot=slot, plane=plane, letters=letters)
        return operand

    remaining = []
    for time, call in enumerate(calls):
        outs = tuple(map(rename, call.outs))
        ins = tuple(map(rename, call.ins))
        call = call._replace(outs=outs, ins=ins)
        o, x = outs[0].block, ins[0].block
        exchanged = outs[0].letters != ins[0].letters
        if is_copy(call, blocks) and o not in pinned and not (exchanged and o in in_one_row):
            o_written, x_written = last_written[o], last_written.get(x, -1)
            unread = x not in pinned and last_read[x] <= time
            unchanged = max(o_written, x_written) <= time
            if unread or unchanged:
                serving[o] = x, exchanged
                last_read[x] = max(last_read[x], last_read.get(o, -1))
                last_written[x] = max(o_written, x_written)
                continue
        remaining.append(call)
    return remaining


def is_copy(call, blocks):
    """Is this o = 1 · x, with the same numbers in the same order in memory?"""
    if call.kernel != "linear" or call.arg != 1.0 or not call.store or has_sum(call):
        return False
    o, x = call.outs[0], call.ins[0]
    if o.letters == x.letters:
        return True
    return o.letters == x.letters[::-1] and 1 in blocks.shape(o.block)


def has_sum(call):
    """Do several terms of this call go to the same place?"""
    for letter, length in zip("ijp", call.extent, strict=True):
        if length > 1 and letter not in call.outs[0].letters:
            return True
    return False


def keep_transposed_copies(calls, blocks, pinned):
    """A contraction with no loop that runs along memory gets a transposed copy of one factor.

        before   x_bar[i,p] += Σ_j y_bar[i,j] · W[p,j]     (along p, W is read with a stride)
        after    W_T[j,p]    = W[p,j]
                 x_bar[i,p] += Σ_j y_bar[i,j] · W_T[j,p]   (along p, all is contiguous)

    The copy is made where it is first needed; the HVP, which runs on the same blocks, finds it
    there. It never goes stale: what is transposed are values and tangents, complete before the
    reverse sweeps, which alone ask for it.
    """
    changed = []
    made = set()
    for call in calls:
        operand = operand_to_transpose(call, blocks)
        if operand:
            copy = transposed_copy(operand)
            if copy.block not in made:
                made.add(copy.block)
                changed.append(
                    linear(
                        copy._replace(letters="ji"), operand._replace(letters="ij"), 1.0
                    )._replace(
                        extent=(*blocks.shape(operand.block), 1),
                        store=True,
                        program=call.program,
                        origin=call.origin,
                    )
                )
            call = with_operand(call, operand, copy)
        changed.append(call)
    return changed


def operand_to_transpose(call, blocks):
    """The factor of a slow contraction whose transposed copy makes it fast, or None."""
    if call.kernel != "contract" or not has_sum(call):
        return None
    if choose_loop(call, blocks).loop != Loop.CONTRACT:
        return None
    for operand in call.ins:
        better = with_operand(call, operand, transposed_copy(operand))
        if choose_loop(better, blocks).loop != Loop.CONTRACT:
            return operand
    return None


def transposed_copy(operand):
    """The operand's transposed copy, a plane of its own."""
    return operand._replace(letters=operand.letters[::-1], plane=operand.plane + "_T")


def with_operand(call, old, new):
    """The call with the first `old` among its inputs replaced."""
    ins = list(call.ins)
    ins[ins.index(old)] = new
    return call._replace(ins=tuple(ins))


PASSES = (rename_copies, keep_transposed_copies)
