"""Two proofs beside each other: which lines are kept, replaced, struck and added (lesson 22)."""

from difflib import SequenceMatcher
from html import escape
from typing import NamedTuple

from ...theory import RESULTS, table
from .one_page import NEW, lesson_of

#: a result -> the one that does the same work in the other proof
COUNTERPARTS = {
    "proposition_4": "proposition_1",
    "proposition_5": "proposition_3",
    "lemma_10": "lemma_7",
    "lemma_11": "lemma_8",
}
SIGNS = {"kept": " ", "replaced": "≈", "struck": "−", "added": "+"}
REPLACED = "#DCE9F4"  # behind a line whose reason is another result


class Row(NamedTuple):
    """A line of the old proof, of the new one, or of both; None where it has none."""

    change: str  # kept, replaced, struck or added
    old: object
    new: object


def compare(old, new):
    """The rows of two chains, in order. Lines that do the same work stand in one row."""
    before, after = old.lines, new.lines
    matcher = SequenceMatcher(None, [key(x) for x in before], [key(x) for x in after], False)
    rows = []
    for kind, i, to_i, j, to_j in matcher.get_opcodes():
        if kind == "equal":
            for one, other in zip(before[i:to_i], after[j:to_j], strict=True):
                change = "kept" if one.reason == other.reason else "replaced"
                rows.append(Row(change, one, other))
        else:
            rows += [Row("struck", line, None) for line in before[i:to_i]]
            rows += [Row("added", None, line) for line in after[j:to_j]]
    return rows


def key(line):
    """What work a line does: the result it cites and the part of it, or how its reason begins."""
    named = [name.removesuffix("_sharp") for name in line.cites if name in RESULTS]
    if not named:
        return line.reason.split()[0]
    part = line.reason.partition("(")[2].partition(")")[0]
    return COUNTERPARTS.get(named[0], named[0]), part


def show(rows, old, new):
    """Show the rows of `compare`. old, new: what the two proofs are called."""
    table.show_both(as_html(rows, old, new), as_text(rows))


def as_html(rows, old, new):
    """The rows as a table, for a notebook."""
    left = 'style="text-align:left"'
    shown = []
    for change, before, after in rows:
        colour = {"added": NEW, "replaced": REPLACED}.get(change)
        tint = f' style="background:{colour};color:black"' if colour else ""
        was = escape(before.reason) if before else ""
        now = escape(after.reason) if after else ""
        if change == "struck":
            was = f"<del>{was}</del>"
        if change == "added":
            now = f"<b>{now}</b>"
        cells = [SIGNS[change], was, now, lesson(after)]
        shown.append(f"<tr{tint}>" + "".join(f"<td {left}>{cell}</td>" for cell in cells) + "</tr>")
    names = ["", old, new, "lesson"]
    head = "".join(f"<th {left}>{name}</th>" for name in names)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(shown)}</tbody></table>"


def lesson(line):
    """The lesson of what a line cites, as a text."""
    return str((line and lesson_of(line)) or "")


def as_text(rows):
    """The rows for a terminal: the new reason, or the old one of a line that is struck."""
    return "\n".join(f"{SIGNS[change]} {(new or old).reason}" for change, old, new in rows)
