"""A chain as a table: a line of the proof, its number, the share of the slack that it gives away,
and the reason why it is true."""

import re
import textwrap
import unicodedata
from html import escape

import numpy as np

from .formula import plain

WIDTH = 150  # of the text, in columns
BAR = 8  # of the longest bar
FORMULA = 66  # the widest formula that is not wrapped
BLUE, VERMILION = "#0072B2", "#D55E00"
RELATIONS = {"": "", "=": "=", "<=": "≤"}


def text(chain):
    """The chain for a terminal: at most WIDTH columns, longer formulas and reasons wrapped."""
    false = chain.violations
    rows = [
        (
            f"{r}",
            RELATIONS[line.relation],
            plain(line.latex),
            f"{line.value:.6g}",
            f"{percent(share):>5} {bar(share)}",
            reason(line, false.get(r)),
        )
        for r, (line, share) in enumerate(zip(chain.lines, shares(chain)))
    ]
    head = ("line", "", "formula", "number", "share of slack", "reason")
    widths = [max(map(columns, column)) for column in zip(head, *rows)]
    widths[2] = min(widths[2], FORMULA)
    used = sum(widths[:5]) + 2 * 5
    widths[5] = min(widths[5], WIDTH - used)
    shown = [padded(head, widths), "─" * (used + widths[5])]
    for row in rows:
        parts = [[cell] for cell in row]
        parts[2], parts[5] = wrapped(row[2], widths[2]), sentence(row[5], widths[5])
        shown += [
            padded([part[k] if k < len(part) else "" for part in parts], widths)
            for k in range(max(map(len, parts)))
        ]
    return "\n".join([title(chain), *shown, shown[1], verdict(chain)])


def html(chain):
    """The chain for a notebook, with MathJax. A false line says so in a word, beside its colour."""
    left, right, cell = (
        'style="text-align:left"',
        'style="text-align:right;white-space:nowrap"',
        'style="text-align:left;white-space:nowrap"',
    )
    false = chain.violations
    rows = []
    for r, (line, share) in enumerate(zip(chain.lines, shares(chain))):
        wrong = r in false
        colour = f' style="background:{VERMILION}33"' if wrong else ""
        word = (
            f'<b style="background:{VERMILION};color:black">&nbsp;false&nbsp;</b> by {false[r]:.3g}: '
            if wrong
            else ""
        )
        relation = {"": "", "=": "=", "<=": r"\le"}[line.relation]
        drawn = f'<span style="color:{BLUE}">{bar(share)}</span> {percent(share)}'
        rows.append(
            f"<tr{colour}><td {right}>{r}</td><td {left}>${relation}{{}}\\;{escape(line.latex)}$</td><td {right}>{line.value:.6g}</td>"
            f"<td {cell}>{drawn}</td><td {left}>{word}{escape(line.reason)}</td></tr>"
        )
    head = f"<tr><th {right}>line</th><th {left}></th><th {right}>number</th><th {left}>share of the slack</th><th {left}>reason</th></tr>"
    return f"<p><b>{escape(title(chain))}</b></p><table><thead>{head}</thead><tbody>{''.join(rows)}</tbody></table><p>{escape(verdict(chain))}</p>"


def show(chain):
    """Show a Chain, or all of a result's Chains: as a table in a notebook, as text elsewhere.
    Raises TypeError for something else."""
    for one in chain.values() if isinstance(chain, dict) else [chain]:
        if not hasattr(one, "violations"):
            raise TypeError(
                f"{one!r} is not a chain; show RESULTS[name].evaluate(instance), or one of its claims"
            )
        try:
            from IPython import get_ipython
            from IPython.display import display
        except ImportError:
            get_ipython = lambda: None
        if get_ipython() is None:
            print(text(one), end="\n\n")
        else:
            display({"text/plain": text(one), "text/html": html(one)}, raw=True)


# ---- what a row and the line below the table say


def title(chain):
    """ "lemma_3: lipschitz" -> "Lemma 3 (lipschitz)"."""
    result, _, claim = chain.name.partition(": ")
    return (result.replace("_", " ").capitalize() or "A chain") + (f" ({claim})" if claim else "")


def reason(line, wrong):
    return line.reason if wrong is None else f"FALSE by {wrong:.3g}: {line.reason}"


def verdict(chain):
    """What the chain comes to, in a sentence or two."""
    if false := chain.violations:
        return f"{lines(false)} {'is' if len(false) == 1 else 'are'} false on this instance."
    if all(line.relation != "<=" for line in chain.lines):
        return "Every line holds: an identity."
    if tight(chain):
        return "Every line holds, and nothing is given away: the bound is attained."
    size = (
        f" The last number is {1 / chain.tightness:.6g} times the first."
        if chain.tightness > 0
        else ""
    )  # NaN and 0 say nothing
    return f"Every line holds.{size} {loss(chain)} of what lies between."


def tight(chain):
    """Is nothing given away, beyond rounding?"""
    size = max(abs(chain.rhs), abs(chain.lhs))
    return not chain.slack > max(1e-9 * size, 1e6 * np.finfo(float).eps * chain.scale)


def shares(chain):
    """The share of the slack of each line; zeros where the slack is mere rounding."""
    return np.zeros(len(chain.lines)) if tight(chain) else chain.shares


def loss(chain):
    """Which lines, of one reason, give most away: "Line 5 gives away 96%"."""
    numbers, share = heaviest(chain)
    return f"{lines(numbers)} give{'s' * (len(numbers) == 1)} away {percent(share)}"


def heaviest(chain):
    """The numbers of the lines with that reason which gives most away, and the share of the slack
    that they give away together."""
    reasons, parts = {}, shares(chain)
    for r, line in enumerate(chain.lines):
        reasons.setdefault(line.reason, []).append(r)
    total = lambda numbers: float(sum(parts[r] for r in numbers))
    numbers = max(reasons.values(), key=total)
    return numbers, total(numbers)


def lines(numbers):
    """[5] -> "Line 5"; [2, 4, 6] -> "Lines 2, 4 and 6"."""
    *most, last = map(str, numbers)
    return f"Lines {', '.join(most)} and {last}" if most else f"Line {last}"


def percent(share):
    return (
        f"{100 * share:.0f}%"
        if abs(share) >= 0.095
        else f"{100 * share:.1f}%"
        if abs(share) >= 0.0005
        else ""
    )


def bar(share):
    """Blocks, to an eighth of a column: a share of 1 has BAR of them. None for what is below an
    eighth."""
    eighths = round(8 * BAR * min(max(share, 0), 1))
    return "█" * (eighths // 8) + " ▏▎▍▌▋▊▉"[eighths % 8].strip()


# ---- columns of a terminal


def columns(cell):
    """How many columns a text takes: the marks above letters take none."""
    return sum(not unicodedata.combining(x) for x in cell)


def padded(cells, widths):
    """One line of the table: the line's number and the number to the right."""
    parts = [
        " " * (w - columns(c)) + c if k in (0, 3) else c + " " * (w - columns(c))
        for k, (c, w) in enumerate(zip(cells, widths))
    ]
    return "  ".join(parts).rstrip()


def sentence(words, width):
    """Words in lines of at most so many columns; "a − 1 = αL" stays together."""
    joined = re.sub(r" ([=≤<>+−/·]) ", "\u00a0\\1\u00a0", words)
    return [line.replace("\u00a0", " ") for line in textwrap.wrap(joined, width)]


def wrapped(formula, width):
    """A formula in lines of at most so many columns, broken before a term, else a factor, else
    anywhere."""
    parts = []
    while columns(formula) > width:
        end = next(k for k in range(len(formula), 0, -1) if columns(formula[:k]) <= width)
        for breaking in (" +−", "·(‖Σ∏", None):  # a space also stands before a relation
            cut = (
                next((k for k in range(end, width // 2, -1) if formula[k] in breaking), end)
                if breaking
                else end
            )
            if cut != end:
                break
        parts.append(formula[:cut].rstrip())
        formula = "  " + formula[cut:].lstrip()
    return [*parts, formula]
