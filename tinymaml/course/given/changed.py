"""What changes in a proof: statements side by side, what is new in colour, and chains cut down to
some of their lines (lesson 17)."""

import re
from difflib import SequenceMatcher
from html import escape

from ...pictures import VERMILION
from ...theory import RESULTS, Chain, table
from ...theory.descent import title
from ...theory.formula import plain

GREY = "#767676"  # the colour of what is known
# the parts of a formula: a command, a letter with what is set below or above it, any other sign
PART = re.compile(
    r"\\(?:tilde|hat|mathcal|mathbb)(?: \w|\{\w+\})(?:[_^](?:\{\w+\}|\w))*"
    r"|\\[A-Za-z]+|\\.|\w(?:[_^](?:\{(?:[^{}]|\{[^{}]*\})*\}|\w))*|."
)


def parts(latex):
    """A formula as a list of parts, each of which may have a colour of its own."""
    return PART.findall(latex)


def mark(before, after, opening, closing):
    """The formula `after`, with two texts around each piece that the formula `before` lacks."""
    old, new = parts(before), parts(after)
    pieces = []
    for tag, _, _, start, end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        text = "".join(new[start:end])
        pieces.append(text if tag == "equal" or not text else opening + text + closing)
    return "".join(pieces)


def in_colour(before, after):
    """The formula `after` as LaTeX, what `before` does not have in colour."""
    return mark(before, after, rf"{{\color{{{VERMILION}}}{{", "}}")


def statements(name):
    """The statement of a result in its parts: \\quad stands between them."""
    return [part.rstrip(",") for part in re.split(r"\\quad ?", RESULTS[name].statement)]


def show_changed(pairs):
    """Show known statements in grey, and below each the new one, what is new in colour.

    pairs: ((result, part), (result, part)), the number of the part of a result's statement. A known
    statement about step j is taken at j = N.
    """
    rows = []
    for known, new in pairs:
        before, after = (statements(name)[part] for name, part in (known, new))
        at_the_end = re.sub(r"([_^])j", r"\1N", before)
        rows.append((known[0], new[0], at_the_end, after))
    table.show_both(as_html(rows), as_text(rows))


def as_text(rows):
    """The table for a terminal; what is new stands between stars."""
    shown = []
    for known, new, before, after in rows:
        marked = mark(before, after, r"\ast ", r"\ast ")
        shown.append(f"{title(known):14} {plain(before)}")
        shown.append(f"{title(new):14} {plain(marked)}\n")
    return "\n".join(shown).rstrip()


def as_html(rows):
    """The table for a notebook, with MathJax."""
    left = 'style="text-align:left"'
    shown = []
    for known, new, before, after in rows:
        shown.append(
            f'<tr style="color:{GREY}"><td {left}>{title(known)}</td>'
            f"<td {left}>$\\displaystyle {escape(before)}$</td></tr>"
            f"<tr><td {left}><b>{title(new)}</b></td>"
            f"<td {left}>$\\displaystyle {escape(in_colour(before, after))}$</td></tr>"
        )
    return f"<table><tbody>{''.join(shown)}</tbody></table>"


def shorten(chain, numbers, reasons=None):
    """The Chain with these of its lines only, the first one among them, in order.

    A line says "=" if nothing is lost between it and the one that now stands above. What is lost on
    the way to a line is that line's share, so its reason has to be that of all the inequalities on
    the way. reasons: number -> such a reason. Raises ValueError where one is missing.
    """
    reasons = reasons or {}
    lines = [chain.lines[0]]
    for above, number in zip(numbers, numbers[1:], strict=False):
        between = chain.lines[above + 1 : number]
        line = chain.lines[number]
        left_out = any(one.relation == "<=" and one.reason != line.reason for one in between)
        if left_out and number not in reasons:
            raise ValueError(
                f"an inequality above line {number} is left out: say in `reasons` what leads from "
                f"line {above} to line {number}"
            )
        same = all(one.relation == "=" for one in (*between, line))
        reason = reasons.get(number, line.reason)
        lines.append(line._replace(relation="=" if same else "<=", reason=reason))
    return Chain(tuple(lines), chain.scale, f"{chain.name}, shortened")


def last_step(chain, name):
    """The lines of a Chain that are about the last inner step, as a Chain of this name."""
    starts = [k for k, line in enumerate(chain.lines) if line.reason.startswith("inner step")]
    end = starts[1] if len(starts) > 1 else len(chain.lines) - 1
    return Chain(chain.lines[:end], chain.scale, name)
