"""The figures of lesson 01, and how it prints a tape."""

import inspect
import re
import textwrap

from ..guesses import mark_guess
from . import COLOURS, picture

SIGN = {"add": "+", "sub": "-", "mul": "*", "matmul": "@"}
GIVEN = ("input", "constant")
ROW = 0.27  # inches, the height of a line of a list


def formula(line):
    """A line's right-hand side, to read: "v0 * v1"."""
    if line.op == "input":
        return f"input {line.arg}"
    if line.op == "constant":
        return f"{line.arg.item():g}" if line.arg.size == 1 else f"constant {line.arg.tolist()}"
    slots = [f"v{k}" for k in line.ins]
    return f" {SIGN[line.op]} ".join(slots) if line.op in SIGN else f"{line.op}({', '.join(slots)})"


def listing(tape):
    """A tape as text, a line for each of its records."""
    rows = []
    for k, line in enumerate(tape):
        rows.append(f"v{k:<3} {line.shape[0]} x {line.shape[1]:<4} {formula(line)}")
    return "\n".join(rows)


def records(tape):
    """A tape of tinymaml as text, its columns named, without the last one: which line of the cell
    each record is from."""
    rows = str(tape).split("\n")
    first = rows.index("") + 1
    columns = re.match(r"(.*?\S +)((?:bi)?linear +|pointwise +)(.*?)  line ", rows[first])
    formulas, kinds, ranges = map(len, columns.groups())
    names = "   record".ljust(formulas) + "kind".ljust(kinds) + "range of the indices"
    shortened = [row[: formulas + kinds + ranges].rstrip() for row in rows[first:]]
    return "\n".join([*rows[:first], names, *shortened])


def function_and_list(function, tape, title):
    """A function's text at the left, its tape at the right, an arrow for each operand of a line."""
    text = source_of(function)
    computed = sum(line.op not in GIVEN for line in tape)
    alt = (
        f"At the left the Python function {function.__name__}, at the right its tape as a list of "
        f"{len(tape)} lines, {computed} of them computed. Arrows at the left of the list lead from "
        "each slot down to the lines that read it."
    )
    for k, line in enumerate(tape):
        if len(set(line.ins)) < len(line.ins):
            alt += f" Line v{k} reads v{line.ins[0]} twice, with two arrows from there."
    rows = max(len(tape), len(text.split("\n")) + 1)
    with picture(
        title, alt, panels=2, height=0.85 + ROW * rows, width_ratios=(1, 1.5), sharey=True
    ) as (left, right):
        left.text(0, 0.35, text, va="top", family="monospace", fontsize=10.5, linespacing=1.7)
        left.set(title="the function", xlim=(0, 1))
        right.set(title="its tape", xlim=(-3.4, 7), ylim=(0.6 - rows, 0.6))
        right.set_title("shape", loc="right", color="0.4")
        left.axis("off")
        right.axis("off")
        draw_tape(right, tape, list(inspect.signature(function).parameters))


def source_of(function):
    """The text of a function, where Python can find it; else its name."""
    try:
        return textwrap.dedent(inspect.getsource(function)).rstrip()
    except (OSError, TypeError):
        return function.__name__


def draw_tape(ax, tape, names):
    """The lines of a tape, from the height 0 downwards, and an arrow for each operand.

    names: of the inputs. Blue is computed; an arrow from what is given is grey and lies below.
    """
    for k, line in enumerate(tape):
        colour = COLOURS["black" if line.op in GIVEN else "blue"]
        right_side = names[line.arg] if line.op == "input" else formula(line)
        ax.text(0, -k, f"v{k} = {right_side}", va="center", family="monospace", color=colour)
        rows, columns = line.shape
        ax.text(7, -k, f"{rows} x {columns}", va="center", ha="right", color="0.4")
        for count, slot in enumerate(line.ins):
            again = slot in line.ins[:count]
            draw_arrow(ax, slot, k, again, given=tape[slot].op in GIVEN)


def draw_arrow(ax, start, end, again, given):
    """From line `start` to line `end`, at the left of both: the farther, the wider. again: it is
    the line's second arrow from there, in another colour and outside of the first. given: `start`
    computes nothing."""
    from matplotlib.patches import FancyArrowPatch
    from matplotlib.path import Path

    edge = -0.15
    wide = edge - 0.62 * (end - start) ** 0.8 - 0.7 * again
    # it leaves below the middle of a row, where no head is, and arrives above the next one's
    gap = 0 if again else 0.2
    top, bottom = -start - gap, -end + gap
    corners = [(edge, top), (wide, top), (wide, bottom), (edge, bottom)]
    path = Path(corners, [Path.MOVETO] + 3 * [Path.CURVE4])
    colour = COLOURS["green" if again else "vermilion"]
    if given and not again:
        colour = "0.65"
    arrow = FancyArrowPatch(
        path=path, arrowstyle="-|>", mutation_scale=9, color=colour, shrinkA=0, shrinkB=0
    )
    arrow.set_zorder(1 if given else 2)
    ax.add_patch(arrow)


def dropout_twice(by_function, by_tape, without):
    """What a function with dropout gives in many calls, the smallest result first, and what its
    tape gives on the same input: always the same. The guess stands on the results."""
    calls = len(by_function)
    ranks = range(1, calls + 1)
    smallest_first = sorted(by_function)
    below = sum(result < by_tape[0] for result in by_function)
    alt = (
        f"The results of {calls} calls, the smallest first. Those of the function spread on both "
        "sides of the mean without dropout, the dotted line; those of its tape all lie on one "
        f"horizontal line, above {below} of the function's."
    )
    with picture("The tape has thrown the dice once and for all", alt, height=3.0) as ax:
        ax.plot(ranks, smallest_first, "o", color=COLOURS["blue"], label="the function")
        ax.plot(ranks, sorted(by_tape), "--", color=COLOURS["vermilion"], label="its tape")
        ax.axvline(below + 0.5, color="0.5", linewidth=1, label=f"{below} below the tape's")
        ax.axhline(without, color="0.5", linestyle=":", label="the mean without dropout")
        ax.set(xlabel=f"results of {calls} calls, the smallest first", ylabel="result")
        mark_guess("01.results_below_the_tape", ax, curve=(ranks, smallest_first))
        ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
