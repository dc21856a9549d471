"""A chain as a table: a line of the proof, its number, the share of the slack that it gives away,
and the reason why it is true."""

import re
import textwrap
from html import escape
from itertools import zip_longest

import numpy as np

from ..pictures import BLUE, VERMILION
from ..terminal.text import align, column_widths
from ..terminal.text import width as display_width
from .formula import plain

WIDTH = 150  # of the text, in columns
BAR = 8  # of the longest bar
FORMULA = 66  # the widest formula that is not wrapped
RELATIONS = {"": "", "=": "=", "<=": "≤"}


def text(chain, until=None):
    """The chain for a terminal: at most WIDTH columns, longer formulas and reasons wrapped. until:
    see `show`."""
    false = chain.violations
    head = ("line", "", "formula", "number", "share of slack", "reason")
    rows = []
    for number, line, share in numbered(chain, until):
        rows.append(
            (
                f"{number}",
                RELATIONS[line.relation],
                plain(line.latex),
                f"{line.value:.6g}",
                f"{percent(share):>5} {bar(share)}",
                describe_reason(line, false.get(number)),
            )
        )
    widths = column_widths([head, *rows])
    widths[2] = min(widths[2], FORMULA)
    used = sum(widths[:5]) + 2 * 5
    widths[5] = min(widths[5], WIDTH - used)
    rule = "─" * (used + widths[5])
    shown = [title(chain), join_cells(head, widths), rule]
    for row in rows:
        shown += wrap_row(row, widths)
    shown += [rule, verdict(chain, until)]
    return "\n".join(shown)


def html(chain, until=None):
    """The chain for a notebook, with MathJax. A false line says so in a word, beside its colour.
    until: see `show`."""
    left = 'style="text-align:left"'
    right = 'style="text-align:right;white-space:nowrap"'
    unbroken = 'style="text-align:left;white-space:nowrap"'
    false = chain.violations
    rows = []
    for number, line, share in numbered(chain, until):
        colour = word = ""
        if number in false:
            colour = f' style="background:{VERMILION}33"'
            word = (
                f'<b style="background:{VERMILION};color:black">&nbsp;false&nbsp;</b> '
                f"by {false[number]:.3g}: "
            )
        relation = r"\le" if line.relation == "<=" else line.relation
        rows.append(
            f"<tr{colour}>"
            f"<td {right}>{number}</td>"
            f"<td {left}>${relation}{{}}\\;{escape(line.latex)}$</td>"
            f"<td {right}>{line.value:.6g}</td>"
            f'<td {unbroken}><span style="color:{BLUE}">{bar(share)}</span> {percent(share)}</td>'
            f"<td {left}>{word}{escape(line.reason)}</td>"
            "</tr>"
        )
    head = (
        "<tr>"
        f"<th {right}>line</th>"
        f"<th {left}></th>"
        f"<th {right}>number</th>"
        f"<th {left}>share of the slack</th>"
        f"<th {left}>reason</th>"
        "</tr>"
    )
    return (
        f"<p><b>{escape(title(chain))}</b></p>"
        f"<table><thead>{head}</thead><tbody>{''.join(rows)}</tbody></table>"
        f"<p>{escape(verdict(chain, until))}</p>"
    )


def show(chain, until=None):
    """Show a Chain, or all of a result's Chains: as a table in a notebook, as text elsewhere.
    until: the reason of the last line that is shown; None: all are. The shares and the verdict are
    the whole chain's. Raises TypeError for something else, ValueError where no line has the
    reason."""
    for shown in chain.values() if isinstance(chain, dict) else [chain]:
        if not hasattr(shown, "violations"):
            raise TypeError(
                f"{shown!r} is not a chain; "
                "show RESULTS[name].evaluate(instance), or one of its claims"
            )
        show_both(html(shown, until), text(shown, until), end="\n\n")


def show_both(html, text, end="\n"):
    """Show HTML in a notebook, the text elsewhere. end: what is printed after the text."""
    if not in_notebook():
        print(text, end=end)
        return
    from IPython.display import display

    display({"text/plain": text, "text/html": html}, raw=True)


def in_notebook():
    """Does this run under IPython?"""
    try:
        from IPython import get_ipython
    except ImportError:
        return False
    return get_ipython() is not None


def numbered(chain, until):
    """The number, the line and the share of the slack of each line, to the one whose reason is
    `until`; of all if that is None."""
    rows = list(zip(range(len(chain.lines)), chain.lines, shares(chain), strict=True))
    if until is None:
        return rows
    return rows[: [line.reason for line in chain.lines].index(until) + 1]


# What a row and the line below the table say


def title(chain):
    """The chain's name, "lemma_3: lipschitz", as "Lemma 3 (lipschitz)"."""
    result, _, claim = chain.name.partition(": ")
    words = result.replace("_", " ").capitalize() or "A chain"
    return f"{words} ({claim})" if claim else words


def describe_reason(line, error):
    """A line's reason, and first, if it is false, by how much. error: a number, or None."""
    return line.reason if error is None else f"FALSE by {error:.3g}: {line.reason}"


def verdict(chain, until=None):
    """What the chain comes to, in a sentence or two. until: see `show`."""
    left_out = len(chain.lines) - len(numbered(chain, until))
    if left_out:
        return f"Lines left out: {left_out}. Of the whole chain: {verdict(chain)}"
    false = chain.violations
    if false:
        verb = "is" if len(false) == 1 else "are"
        return f"{name_lines(false)} {verb} false on this instance."
    if all(line.relation != "<=" for line in chain.lines):
        return "Every line holds: an identity."
    if tight(chain):
        return "Every line holds, and nothing is given away: the bound is attained."
    ratio = ""
    if chain.tightness > 0:  # NaN and 0 say nothing
        more, less = ("last", "first") if chain.rhs > 0 else ("first", "last")  # of descents
        ratio = f" The {more} number is {1 / chain.tightness:.6g} times the {less}."
    return f"Every line holds.{ratio} {describe_loss(chain)} of what lies between."


def tight(chain):
    """Is nothing given away, beyond rounding?"""
    size = max(abs(chain.rhs), abs(chain.lhs))
    rounding = 1e6 * np.finfo(float).eps * chain.scale
    return not chain.slack > max(1e-9 * size, rounding)


def shares(chain):
    """The share of the slack of each line, (lines,); zeros where the slack is mere rounding."""
    return np.zeros(len(chain.lines)) if tight(chain) else chain.shares


def describe_loss(chain):
    """Which lines, of one reason, give most away: "Line 5 gives away 96%"."""
    numbers, share = heaviest(chain)
    verb = "gives" if len(numbers) == 1 else "have one reason and together give"
    return f"{name_lines(numbers)} {verb} away {percent(share)}"


def heaviest(chain):
    """The numbers of the lines with that reason which gives most away, and the share of the slack
    that they give away together."""
    numbers, totals = {}, {}
    for number, (line, share) in enumerate(zip(chain.lines, shares(chain), strict=True)):
        numbers.setdefault(line.reason, []).append(number)
        totals[line.reason] = totals.get(line.reason, 0) + share
    reason = max(totals, key=totals.get)
    return numbers[reason], float(totals[reason])


def name_lines(numbers):
    """Lines by their numbers, in words: [5] is "Line 5", [2, 4, 6] is "Lines 2, 4 and 6"."""
    *most, last = map(str, numbers)
    return f"Lines {', '.join(most)} and {last}" if most else f"Line {last}"


def percent(share):
    """A share in percent, with two digits; "" for what is below 0.05%."""
    if abs(share) >= 0.095:
        return f"{100 * share:.0f}%"
    if abs(share) >= 0.0005:
        return f"{100 * share:.1f}%"
    return ""


def bar(share):
    """Blocks, to an eighth of a column: a share of 1 has BAR of them. None for what is below an
    eighth."""
    eighths = round(8 * BAR * min(max(share, 0), 1))
    return "█" * (eighths // 8) + " ▏▎▍▌▋▊▉"[eighths % 8].strip()


# Columns of a terminal


def join_cells(cells, widths):
    """One line of the table. The line's number and the value are set to the right."""
    return align([cells], right=(0, 3), least=widths)[0]


def wrap_row(row, widths):
    """The lines of the table that a row takes, a list of texts."""
    wrapped = [[cell] for cell in row]
    wrapped[2] = wrap_formula(row[2], widths[2])
    wrapped[5] = wrap_words(row[5], widths[5])
    lines = zip_longest(*wrapped, fillvalue="")
    return [join_cells(cells, widths) for cells in lines]


def wrap_words(words, width):
    """Words in lines of at most so many columns, a list; "a − 1 = αL" stays together."""
    joined = re.sub(r" ([=≤<>+−/·]) ", "\u00a0\\1\u00a0", words)
    return [line.replace("\u00a0", " ") for line in textwrap.wrap(joined, width)]


def wrap_formula(formula, width):
    """A formula in lines of at most so many columns, a list; broken before a term, else a factor,
    else anywhere."""
    lines = []
    while display_width(formula) > width:
        cut = find_break(formula, width)
        lines.append(formula[:cut].rstrip())
        formula = "  " + formula[cut:].lstrip()
    return [*lines, formula]


def find_break(formula, width):
    """Where to break a formula that has more columns than this: an index."""
    end = len(formula)
    while display_width(formula[:end]) > width:
        end -= 1
    for characters in (" +−", "·(‖Σ∏"):  # a space also stands before a relation
        if formula[end] in characters:  # a break right at the end is the last choice
            continue
        for cut in range(end - 1, width // 2, -1):
            if formula[cut] in characters:
                return cut
    return end
