"""The proof of a theorem on one page, as far as the reader has come (lessons 17 to 23)."""

from html import escape

from ...theory import RESULTS, layout, table
from ...theory.formula import plain

COMING = "#767676"  # the colour of what is to come
NEW = "#F8DCC4"  # behind what this lesson has proved
#: the lesson that makes a reason known: that of the result, and of an assumption met late
LESSONS = layout.LESSONS | {"fresh stepsize": 18}
#: what a line of algebra may rest on
CONDITIONS = {"kappa > 0": "κ > 0", "C_l > 0": "C_l > 0", "eta > 0": "η > 0"}


def one_page(instance, lesson, theorem="theorem_2", claims=("one step",)):
    """Show the lines of a theorem's claims, each with its reason and the lesson that proves it.

    lesson: a number. The reason of a line that this lesson has made known is bold on a tinted row;
    that of a line which is to come is grey. A line of algebra has no lesson. instance: any that
    meets the theorem's conditions; the page shows its lines, no numbers. In a notebook the page is
    closed: what is new stands outside, and a click opens it.
    """
    chains = RESULTS[theorem].evaluate(instance)
    rows = []
    for claim in claims:
        chain = chains[claim]
        rows.append((table.title(chain), None, None, None))
        for line in chain.lines:
            relation = table.RELATIONS[line.relation]
            rows.append((relation, line.latex, in_words(line), lesson_of(line)))
    table.show_both(as_html(rows, lesson), as_text(rows, lesson))


def in_words(line):
    """A line's reason, and the conditions that it rests on where its words do not name them."""
    signs = [CONDITIONS[tag] for tag in line.cites if tag in CONDITIONS]
    unnamed = [sign for sign in signs if sign not in line.reason]
    return line.reason + (f" ({', '.join(unnamed)})" if unnamed else "")


def lesson_of(line):
    """The number of the lesson that proves what a line cites; None for algebra and assumptions."""
    numbers = [LESSONS[name] for name in line.cites if name in LESSONS]
    return max(numbers, default=None)


def status(when, lesson):
    """What a line is for the reader of a lesson: "known", "new" or "to come"."""
    if when is None or when < lesson:
        return "known"
    return "new" if when == lesson else "to come"


def as_html(rows, lesson):
    """The page for a notebook, with MathJax."""
    left = 'style="text-align:left"'
    shown = []
    for relation, latex, reason, when in rows:
        if latex is None:
            shown.append(f"<tr><th colspan=4 {left}>{escape(relation)}</th></tr>")
            continue
        is_now = status(when, lesson)
        words = escape(reason)
        colour = f' style="background:{NEW};color:black"' if is_now == "new" else ""
        if is_now == "new":
            words = f"<b>{words}</b>"
        elif is_now == "to come":
            words = f'<i style="color:{COMING}">{words}</i>'
        relation = r"\le" if relation == "≤" else relation
        shown.append(
            f"<tr{colour}>"
            f"<td {left}>${relation}{{}}\\;{escape(latex)}$</td>"
            f"<td {left}>{words}</td>"
            f"<td {left}>{lesson_in_words(when, lesson)}</td>"
            "</tr>"
        )
    head = f"<tr><th {left}>the proof</th><th {left}>why</th><th {left}>lesson</th></tr>"
    page = f"<table><thead>{head}</thead><tbody>{''.join(shown)}</tbody></table>"
    return f"<details><summary>{summary(rows, lesson)}</summary>{page}</details>"


def summary(rows, lesson):
    """What stands above the closed page: how long it is, and the reasons that are new."""
    lines = [row for row in rows if row[1] is not None]
    # each reason once, in the order of the page
    reasons = dict.fromkeys(reason for _, _, reason, when in lines if status(when, lesson) == "new")
    new = [f"<br><b>{escape(reason)}</b>" for reason in reasons]
    opening = f"The proof on one page, {len(lines)} lines (click to open)"
    return f"{opening}. Proved in this lesson:{''.join(new)}" if new else f"{opening}."


def lesson_in_words(when, lesson):
    """What stands in the column of lessons."""
    if when is None:
        return ""
    return f"{when}, to come" if when > lesson else f"{when}"


def as_text(rows, lesson):
    """The page for a terminal: what is new between stars, what is to come in brackets."""
    marks = {"known": "{}", "new": "**{}**", "to come": "({})"}
    shown = []
    for relation, latex, reason, when in rows:
        if latex is None:
            shown.append(f"\n{relation}")
            continue
        words = marks[status(when, lesson)].format(reason)
        where = f", lesson {lesson_in_words(when, lesson)}" if when else ""
        shown.append(f"{relation:>2} {plain(latex)}")
        shown.append(f"       {words}{where}")
    return "\n".join(shown).strip()
