"""Tapes and programs as text: a formula on every line, and the line of the loss that it came from
(lesson 04)."""

from .function_table import POINTWISE
from .instructions import BILINEAR, LINEAR
from .sweeps import SWEEPS, program


def show(tape, operand):
    """W1_bar[p,j]; a constant number as itself."""
    if (
        operand.slot in tape.constants
        and operand.plane == ""
        and tape.shapes[operand.slot] == (1, 1)
    ):
        return tape.names[operand.slot]
    plane = operand.plane and "_" + operand.plane
    return f"{tape.names[operand.slot]}{plane}[{operand.index[0]},{operand.index[1]}]"


def scaled(c, text):
    return text if c == 1.0 else f"-{text}" if c == -1.0 else f"{c:.6g} · {text}"


def summed(tape, outs, ins, extent):
    """The letters that are summed over: the inputs have them and the output does not."""
    letters = "".join(
        c
        for c, n in zip("ijp", extent)
        if n > 1 and c not in outs[0].index and any(c in x.index for x in ins)
    )
    return f"Σ_{letters} " if letters else ""


def formula(tape, line):
    outs, ins, f = line.outs, line.ins, line.arg
    o, x = show(tape, outs[0]), [show(tape, operand) for operand in ins]
    sign = " = " if line.store else " += "
    if line.kernel == "linear":
        return o + sign + summed(tape, outs, ins, line.extent) + scaled(f, x[0])
    if line.kernel == "contract":
        return o + sign + summed(tape, outs, ins, line.extent) + " · ".join(x)
    if line.kernel == "apply":
        return f"{o}, {show(tape, outs[1])} = {f}({x[0]}), {f}'({x[0]})"
    if line.kernel == "curve":  # f'' in terms of the value y and the slope s
        terms = {"y": x[0], "s": x[1]}
        words = "".join(terms.get(c, c) for c in POINTWISE[f].formula[2]).replace("*", "·")
        return f"{o} = {'(' + words + ')' if ' + ' in words or ' - ' in words else words} · {x[2]}"
    return f"{o} = max_j {x[0]}"


def columns(rows):
    """Aligned; the last column, the line of the loss, only where it changes."""
    rows = [
        row[:-1] + (row[-1] if k == 0 or rows[k - 1][-1] != row[-1] else "",)
        for k, row in enumerate(rows)
    ]
    widths = [max(map(len, column)) for column in zip(*rows)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows
    )


def extent(line):
    m, n, k = line.extent
    return f"{m} x {n}" + (f" x {k}" if k > 1 else "")


def slots(tape, which):
    return (
        ", ".join(f"{tape.names[s]} ({tape.shapes[s][0]} x {tape.shapes[s][1]})" for s in which)
        or "none"
    )


def tape_text(tape):
    """The records of a tape: what the loss computes, before any sweep."""
    rows = []
    for k, r in enumerate(tape.records):
        o, x = show(tape, r.out), [show(tape, operand) for operand in r.ins]
        if r.kind == LINEAR:
            right = summed(tape, [r.out], r.ins, r.extent) + " + ".join(
                scaled(c, z) for c, z in zip(r.arg, x)
            ).replace("+ -", "- ")
        elif r.kind == BILINEAR:
            right = summed(tape, [r.out], r.ins, r.extent) + " · ".join(x)
        else:
            right = f"{r.arg}({x[0]})" if r.arg else f"max_j {x[0]}"
        rows.append((str(k), f"{o} = {right}", r.kind, extent(r), r.where))
    return (
        f"tape of {tape.title}: {len(rows)} records\nparameters  {slots(tape, tape.parameters)}\ndata        {slots(tape, tape.data)}\n"
        f"loss        {tape.names[tape.loss]}\n\n" + columns(rows)
    )


def program_text(tape, name):
    """A program as the machines run it. "hvp" runs after "gradient", on the same blocks."""
    if name not in SWEEPS:
        raise ValueError(f"no program {name!r}; there are {', '.join(SWEEPS)}")
    names = ["gradient", "hvp"] if name == "hvp" else [name]
    lines = [line for line in program(tape, *names, wanted={(tape.loss, "")}) if line.sweep == name]
    given = {
        "value": "parameters, data",
        "gradient": f"parameters, data, {tape.names[tape.loss]}_bar = 1",
        "hvp": "what `gradient` left, and the direction v as the parameters' tangents (_dot)",
    }[name]
    result = {
        "value": tape.names[tape.loss],
        "gradient": "the parameters' adjoints (_bar)",
        "hvp": "(Hessian · v), the parameters' _bar_dot",
    }[name]
    rows = [
        (str(k), formula(tape, line), line.kernel, extent(line), tape.records[line.origin].where)
        for k, line in enumerate(lines)
    ]
    return (
        f"{name} of {tape.title}: {len(rows)} lines\ngiven   {given}\nresult  {result}\n\n"
        + columns(rows)
    )
