"""A chain that has been seen with its formulas, once more without them (lesson 14)."""

import textwrap

from ...theory import table

WIDTH = 79  # columns; a longer reason goes on below its beginning


def show_numbers(chain, after=None, until=None):
    """Print a Chain's lines: the number, the share of the slack, and the reason.

    after: the reason of a line; those below it are printed. until: that of the last one printed.
    None: from the first, or to the last.
    """
    reasons = [line.reason for line in chain.lines]
    first = 0 if after is None else reasons.index(after) + 1
    last = len(reasons) if until is None else reasons.index(until) + 1
    false = chain.violations
    width = len(f"({len(reasons) - 1})")
    print("line     number  share  reason")
    numbered = list(enumerate(zip(chain.lines, table.shares(chain), strict=True)))
    for number, (line, share) in numbered[first:last]:
        start = f"{f'({number})':>{width}}  {line.value:9.6g}  {table.percent(share):>5}  "
        reason = table.describe_reason(line, false.get(number))
        print(textwrap.fill(start + reason, WIDTH, subsequent_indent=" " * len(start)))
