"""A chain that has been seen with its formulas, once more without them (lesson 14)."""

import textwrap

from ...theory import table

PAGE = 79  # columns


def show_numbers(chain):
    """Print a Chain's lines: the number, the share of the slack, and the reason, wrapped."""
    false = chain.violations
    width = len(f"({len(chain.lines) - 1})")
    print("line     number  share  reason")
    for number, (line, share) in enumerate(zip(chain.lines, table.shares(chain), strict=True)):
        reason = table.describe_reason(line, false.get(number))
        start = f"{f'({number})':>{width}}  {line.value:9.6g}  {table.percent(share):>5}  "
        print(textwrap.fill(start + reason, PAGE, subsequent_indent=" " * len(start)))
