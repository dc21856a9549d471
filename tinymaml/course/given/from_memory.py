"""The page "Theorem 1 from memory": every line of its proof, and the letters that would break it
(the appendix to lesson 23)."""

import textwrap
from html import escape

from ...theory import RESULTS, layout, table
from ...theory.chain import ASSUMPTIONS
from ...theory.formula import plain

BLANK = "____"
#: how a condition on numbers is written; a letter is that of the graph of results
WRITTEN = layout.LETTERS | {"C_l > 0": "C_l>0", "kappa > 0": r"\kappa>0"}


def numbered(instance, theorem="theorem_1"):
    """All lines of a theorem's proof, in order. -> list of (number, claim, relation, Line), the
    number as "a3": a letter for the claim, then the line's."""
    rows = []
    chains = RESULTS[theorem].evaluate(instance)
    for letter, (claim, chain) in zip("abcdefgh", chains.items(), strict=False):
        for number, line in enumerate(chain.lines):
            rows.append((f"{letter}{number}", claim, table.RELATIONS[line.relation], line))
    return rows


def letters(instance, theorem="theorem_1"):
    """The assumptions without which a line may be false: those that it cites, and those of the
    results that it cites. A line that cites a claim of the theorem itself rests on all that the
    claim's lines rest on. -> number of a line -> tags, in the order of ASSUMPTIONS; () for algebra
    """
    rows = numbered(instance, theorem)
    of_claim = {claim: set() for _, claim, _, _ in rows}
    found = {}
    for number, claim, _, line in rows:
        tags = set()
        for name in line.cites:
            if name == theorem:
                tags |= set().union(*(of_claim[c] for c in of_claim if c in line.reason))
            else:
                tags.update(RESULTS[name].assumes if name in RESULTS else (name,))
        of_claim[claim] |= tags
        found[number] = tuple(tag for tag in ASSUMPTIONS if tag in tags)
    return found


def tags_of(instance, theorem="theorem_1"):
    """The assumptions that some line rests on, in the order of ASSUMPTIONS."""
    found = set().union(*letters(instance, theorem).values())
    return tuple(tag for tag in ASSUMPTIONS if tag in found)


def written(tags):
    """Assumptions as a text with MathJax."""
    if not tags:
        return "none: algebra, a definition, or true of all numbers"
    shown = [f"${WRITTEN[tag]}$" if tag in WRITTEN else escape(tag) for tag in tags]
    return ", ".join(shown)


def show_lines(instance, theorem="theorem_1"):
    """Show every line with its reason, and a blank for the letters."""
    rows, before = [], None
    for number, claim, relation, line in numbered(instance, theorem):
        if claim != before:
            rows.append((None, claim, "", ""))
            before = claim
        rows.append((number, f"{relation} {line.latex}", line.reason, BLANK))
    show_table(rows, ("", "line", "why", "which assumption?"))


def show_letters(instance, theorem="theorem_1"):
    """Show, for every line, the letters that would break it; lines with the same answer together,
    folded until they are asked for."""
    answers = {}
    for number, tags in letters(instance, theorem).items():
        answers.setdefault(tags, []).append(number)
    show_answers([(", ".join(numbers), written(tags)) for tags, numbers in answers.items()])


def show_table(rows, heads):
    """Show rows (number, formula, reason, blank); without a number it is a heading."""
    left = 'style="text-align:left"'
    html, text = [], []
    for number, latex, reason, blank in rows:
        if number is None:
            html.append(f"<tr><th colspan=4 {left}>{escape(latex)}</th></tr>")
            text.append(f"\n{latex}")
            continue
        relation, _, formula = latex.partition(" ")
        sign = r"\le" if relation == "≤" else relation
        html.append(
            f"<tr><td {left}>{number}</td><td {left}>${sign}{{}}\\;{escape(formula)}$</td>"
            f'<td {left}>{escape(reason)}</td><td style="min-width:12em">{blank}</td></tr>'
        )
        text.append(f"{number:>4} {relation:>2} {plain(formula)}\n        {reason}   {blank}")
    head = "".join(f"<th {left}>{word}</th>" for word in heads)
    table.show_both(
        f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(html)}</tbody></table>",
        "\n".join(text).strip(),
    )


def show_tags(instance, theorem="theorem_1"):
    """Print what the tags of the answers mean."""
    for tag in tags_of(instance, theorem):
        words = textwrap.wrap(ASSUMPTIONS[tag], 58)
        print(f"{tag:19} " + f"\n{'':20}".join(words))


def show_answers(rows):
    """Show rows (numbers, letters), folded in a notebook."""
    left = 'style="text-align:left"'
    html = "".join(
        f"<tr><td {left}>{numbers}</td><td {left}>{letters}</td></tr>" for numbers, letters in rows
    )
    text = "\n".join(f"{numbers}: {letters.replace('$', '')}" for numbers, letters in rows)
    table.show_both(
        "<details><summary>The assumptions, line by line</summary><table><thead><tr>"
        f"<th {left}>lines</th><th {left}>false without</th></tr></thead><tbody>{html}"
        "</tbody></table></details>",
        text,
    )
