"""A chain that has been seen with its formulas, once more without them (lesson 14)."""

import textwrap

from ...theory import table

WIDTH = 79  # columns; a longer reason goes on below its beginning


def show_numbers(chain):
    """Print a Chain's lines: the number, the share of the slack, and the reason."""
    false = chain.violations
    print("line     number  share  reason")
    for number, (line, share) in enumerate(zip(chain.lines, table.shares(chain), strict=True)):
        head = f"({number})  {line.value:9.6g}  {table.percent(share):>5}  "
        reason = table.describe_reason(line, false.get(number))
        rows = textwrap.wrap(reason, WIDTH - len(head))
        print(head + f"\n{' ' * len(head)}".join(rows))
