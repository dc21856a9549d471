"""Tapes and programs as text: a formula a line, and the line of the loss behind it (lesson 04).

`tape_text` is what `print(tape)` shows, `program_text` what `tape.listing("hvp")` returns.
"""

from typing import Any, TypeAlias

from .function_table import FUNCTIONS
from .instructions import BILINEAR, LINEAR, Call, Extent, Operand, Record
from .sweeps import SWEEPS, program
from .tape import Tape

Row: TypeAlias = tuple[str, str, str, str, str]  # number, formula, kind, extent, line


def tape_text(tape: Tape) -> str:
    """The records of a tape: what the loss computes, before any sweep."""
    rows = []
    for number, record in enumerate(tape.records):
        formula = f"{block_text(tape, record.out)} = {right_side(tape, record)}"
        rows.append((str(number), formula, record.kind, extent_text(record), record.line))
    return (
        f"tape of {tape.title}: {len(rows)} records\n"
        f"parameters  {slots_text(tape, tape.parameters)}\n"
        f"data        {slots_text(tape, tape.data)}\n"
        f"loss        {tape.names[tape.loss]}\n\n" + align(rows)
    )


def program_text(tape: Tape, name: str) -> str:
    """A program as the machines run it. "hvp" runs after "gradient", on the same blocks."""
    if name not in SWEEPS:
        raise ValueError(f"no program {name!r}; there are {', '.join(SWEEPS)}")
    loss = tape.names[tape.loss]
    given = {
        "value": "parameters, data",
        "gradient": f"parameters, data, {loss}_bar = 1",
        "hvp": "what `gradient` left, and the direction v as the parameters' tangents (_dot)",
    }
    result = {
        "value": loss,
        "gradient": "the parameters' adjoints (_bar)",
        "hvp": "(Hessian · v), the parameters' _bar_dot",
    }
    names = ["gradient", "hvp"] if name == "hvp" else [name]
    calls = program(tape, *names, wanted={(tape.loss, "")})
    rows: list[Row] = []
    for call in calls:
        if call.program == name:
            line = tape.records[call.origin].line
            rows.append(
                (str(len(rows)), call_text(tape, call), call.kernel, extent_text(call), line)
            )
    return (
        f"{name} of {tape.title}: {len(rows)} lines\n"
        f"given   {given[name]}\n"
        f"result  {result[name]}\n\n" + align(rows)
    )


# ---- formulas


def block_text(tape: Tape, operand: Operand) -> str:
    """W1_bar[p,j]; a constant number as itself."""
    name = tape.names[operand.slot]
    is_constant = operand.slot in tape.constants and operand.plane == ""
    if is_constant and tape.shapes[operand.slot] == (1, 1):
        return name
    plane = operand.plane and "_" + operand.plane
    row, column = operand.letters[0], operand.letters[1:]
    return f"{name}{plane}[{row},{column}]"


def right_side(tape: Tape, record: Record) -> str:
    """What a record computes, in terms of its inputs."""
    inputs = [block_text(tape, operand) for operand in record.ins]
    sum_sign = sum_text(record.out, record.ins, record.extent)
    if record.kind == LINEAR:
        terms = [multiple_text(c, x) for c, x in zip(record.arg, inputs, strict=True)]
        return sum_sign + " + ".join(terms).replace("+ -", "- ")
    if record.kind == BILINEAR:
        return sum_sign + " · ".join(inputs)
    return f"{record.arg}({inputs[0]})" if record.arg else f"max_j {inputs[0]}"


def call_text(tape: Tape, call: Call) -> str:
    """What a call does, as one formula: `=` where it stores, `+=` where it adds."""
    out = block_text(tape, call.outs[0])
    inputs = [block_text(tape, operand) for operand in call.ins]
    sign = "=" if call.store else "+="
    sum_sign = sum_text(call.outs[0], call.ins, call.extent)
    if call.kernel == "linear":
        return f"{out} {sign} {sum_sign}{multiple_text(call.arg, inputs[0])}"
    if call.kernel == "contract":
        return f"{out} {sign} {sum_sign}{' · '.join(inputs)}"
    if call.kernel == "apply":
        slope_text = block_text(tape, call.outs[1])
        return f"{out}, {slope_text} = {call.arg}({inputs[0]}), {call.arg}'({inputs[0]})"
    if call.kernel == "curve":
        y, slope, x_dot = map(Formula, inputs)
        curvature = FUNCTIONS[call.arg].curvature(y, slope, number)
        return f"{out} = {curvature * x_dot}"
    return f"{out} = max_j {inputs[0]}"


def sum_text(out: Operand, ins: tuple[Operand, ...], extent: Extent) -> str:
    """Σ and the letters that are summed over: the inputs have them and the output does not."""
    letters = ""
    for letter, length in zip("ijp", extent, strict=True):
        in_inputs = any(letter in operand.letters for operand in ins)
        if length > 1 and in_inputs and letter not in out.letters:
            letters += letter
    return f"Σ_{letters} " if letters else ""


def multiple_text(coefficient: float, text: str) -> str:
    if coefficient == 1.0:
        return text
    return f"-{text}" if coefficient == -1.0 else f"{coefficient:.6g} · {text}"


class Formula:
    """Text that grows when it is computed with: Formula("y") * Formula("s") prints as y · s."""

    def __init__(self, text: str, is_sum: bool = False):
        self.text = text
        self.is_sum = is_sum  # then it needs brackets as a factor

    def __str__(self) -> str:
        return self.text

    def factor(self) -> str:
        """As a factor: in brackets if it is a sum."""
        return f"({self.text})" if self.is_sum else self.text

    def operand(self) -> str:
        """As the right side of an operator: in brackets, too, if it is negative."""
        return f"({self.text})" if self.is_sum or self.text.startswith("-") else self.text

    def __mul__(self, other: "Formula") -> "Formula":
        return Formula(f"{self.factor()} · {other.operand()}")

    def __truediv__(self, other: "Formula") -> "Formula":
        return Formula(f"{self.factor()} / {other.operand()}")

    def __add__(self, other: "Formula") -> "Formula":
        return Formula(f"{self} + {other.operand()}", is_sum=True)

    def __sub__(self, other: "Formula") -> "Formula":
        return Formula(f"{self} - {other.operand()}", is_sum=True)

    def __neg__(self) -> "Formula":
        return Formula(f"-{self.operand()}")

    def __gt__(self, other: "Formula") -> "Formula":
        return Formula(f"{self} > {other}")

    def __lt__(self, other: "Formula") -> "Formula":
        return Formula(f"{self} < {other}")

    def __array_function__(
        self, function: Any, types: Any, arguments: tuple["Formula", ...], options: Any
    ) -> "Formula":
        """NumPy hands `np.where` on, which is how function_table.py's `select` is written."""
        condition, x, z = arguments
        return Formula(f"{x} if {condition} else {z}", is_sum=True)


def number(value: float) -> Formula:
    """A number of a formula: what the type T is to text."""
    return Formula(f"{value:g}")


# ---- layout of the text


def extent_text(instruction: Record | Call) -> str:
    """10 x 40, or 10 x 40 x 3 where p runs."""
    rows, columns, terms = instruction.extent
    return f"{rows} x {columns}" + (f" x {terms}" if terms > 1 else "")


def slots_text(tape: Tape, slots: list[int]) -> str:
    """Names and shapes: x (10 x 1), y (10 x 1)."""
    texts = []
    for slot in slots:
        rows, columns = tape.shapes[slot]
        texts.append(f"{tape.names[slot]} ({rows} x {columns})")
    return ", ".join(texts) or "none"


def align(rows: list[Row]) -> str:
    """Rows of texts as aligned columns; the last column, the line of the loss, only where it
    changes."""
    shown = []
    previous = None
    for *cells, line in rows:
        shown.append([*cells, line if line != previous else ""])
        previous = line
    widths = [max(map(len, column)) for column in zip(*shown, strict=True)]
    lines = []
    for row in shown:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)
