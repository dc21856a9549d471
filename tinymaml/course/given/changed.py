"""What changes in a proof: statements side by side, what is new in colour, and chains cut down to
some of their lines (lesson 17)."""

import re
from difflib import SequenceMatcher
from html import escape

from ...pictures import VERMILION
from ...theory import RESULTS, Chain, table
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
    if not table.in_notebook():
        print(as_text(rows))
        return
    from IPython.display import display

    display({"text/plain": as_text(rows), "text/html": as_html(rows)}, raw=True)


def title(name):
    """ "lemma_9" as "Lemma 9"."""
    return name.replace("_", " ").capitalize()


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


def shorten(chain, numbers):
    """The Chain with these of its lines only, the first one among them, in order.

    A line says "=" if nothing is lost between it and the one that now stands above.
    """
    lines = [chain.lines[0]]
    for above, number in zip(numbers, numbers[1:], strict=False):
        between = chain.lines[above + 1 : number + 1]
        same = all(line.relation == "=" for line in between)
        lines.append(chain.lines[number]._replace(relation="=" if same else "<="))
    return Chain(tuple(lines), chain.scale, f"{chain.name}, shortened")
