"""Passes of the compiled machine: from lines to lines, same results, less work (lesson 04). Each
can be left out.

Every pass takes (lines, memory, pinned): `pinned` are the blocks whose place is fixed (parameters,
data, constants, results).
"""

from ..instructions import linear
from ..sweeps import RESULTS, given, keys
from .loop_choice import choose


def sums(line):
    """Do several terms of this line go to the same place?"""
    return any(n > 1 and letter not in line.outs[0].index for n, letter in zip(line.extent, "ijp"))


def copies(lines, memory, pinned):
    """A line `o = 1 · x` that only renames x needs no copy: one block serves for both.

        before   v3[i,j]  = Σ_p x[i,p] · W[p,j]         after   v3[i,j]  = Σ_p x[i,p] · W[p,j]
                 v4[i,j]  = v3[i,j]                             v3[i,j] += b[0,j]
                 v4[i,j] += b[0,j]                              ...every later v4 is v3

    Allowed when nobody reads x again (o takes over its block), or when neither changes again (they
    stay equal). A column that becomes a row, o[0,i] = x[i,0], is a copy too: in memory they are the
    same, only the letters change places.
    """
    read = {
        key: t for t, line in enumerate(lines) for key in keys(line.ins)
    }  # when a block is read for the last time
    written = {key: t for t, line in enumerate(lines) for key in keys(line.outs)}  # and written
    same, kept = {}, []  # block -> (the block that serves for it, turned?)

    def renamed(x):
        while x.key in same:
            (slot, plane), turned = same[x.key]
            x = x._replace(slot=slot, plane=plane, index=x.index[::-1] if turned else x.index)
        return x

    for t, line in enumerate(lines):
        line = line._replace(outs=tuple(map(renamed, line.outs)), ins=tuple(map(renamed, line.ins)))
        o, x = line.outs[0], line.ins[0]
        turned = o.index != x.index
        if (
            line.kernel == "linear"
            and line.arg == 1.0
            and line.store
            and not sums(line)
            and (not turned or o.index == x.index[::-1] and 1 in memory.shape(o.key))
        ):
            unread = x.key not in pinned and read[x.key] <= t
            unchanged = max(written[o.key], written.get(x.key, -1)) <= t
            if o.key not in pinned and (unread or unchanged):
                same[o.key] = x.key, turned
                read[x.key], written[x.key] = (
                    max(read[x.key], read.get(o.key, -1)),
                    max(written.get(x.key, -1), written[o.key]),
                )
                continue
        kept.append(line)
    return kept


def transposes(lines, memory, pinned):
    """A contraction with no loop that runs along memory gets a transposed copy of one factor, made
    once and kept.

        before   x_bar[i,p] += Σ_j y_bar[i,j] · W[p,j]     (along p, W is read with a stride)
        after    W_T[j,p]    = W[p,j]
                 x_bar[i,p] += Σ_j y_bar[i,j] · W_T[j,p]   (along p, all is contiguous)

    The copy is made where it is first needed; the HVP, which runs on the same blocks, finds it
    there. It never goes stale: what is turned are values and tangents, complete before the reverse
    sweeps, which alone ask for it.
    """
    out, made = [], set()
    for line in lines:
        if line.kernel == "contract" and sums(line) and choose(line, memory)[0] == "contract":
            for k, x in enumerate(line.ins):
                turned = x._replace(index=x.index[::-1], plane=x.plane + "_T")
                better = line._replace(
                    ins=tuple(turned if q == k else z for q, z in enumerate(line.ins))
                )
                if choose(better, memory)[0] != "contract":
                    if turned.key not in made:
                        made.add(turned.key)
                        out.append(
                            linear(
                                turned._replace(index="ji"), x._replace(index="ij"), 1.0
                            )._replace(
                                extent=(*memory.shape(x.key), 1),
                                store=True,
                                sweep=line.sweep,
                                origin=line.origin,
                            )
                        )
                    line = better
                    break
        out.append(line)
    return out


PASSES = (copies, transposes)


def optimise(lines, memory, passes=PASSES):
    pinned = given(memory.tape).union(*(results(memory.tape) for results in RESULTS.values()))
    for change in passes:
        lines = change(lines, memory, pinned)
    return lines
