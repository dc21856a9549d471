"""What the literature and the theory say, done again and measured: one module a reproduction, each
with

    run(seed=0, quick=False, report=no_report) -> Reproduction

Its docstring is the description that `tinymaml reproduce` prints, its first sentence the one in the
list. SECONDS is how long it takes on two cores. `quick` is for the tests: everything is smaller and
the numbers mean nothing. `report(done, doing)` is told which share of the work is done, from 0 to
1, and what comes next.
"""

import importlib
from dataclasses import dataclass
from typing import Any

from ...terminal.names import did_you_mean

# in the order of the list; the module of first-order is first_order
NAMES = (
    "sinusoids",
    "stepsize",
    "digits",
    "constant-stepsize",
    "curvature",
    "counter-cases",
    "ramp",
    "clipping",
    "reused-samples",
    "bias",
    "first-order",
    "hessian-free",
    "cost",
    "memory",
)


@dataclass(frozen=True)
class Table:
    """Rows of numbers and words under a header."""

    header: tuple
    rows: list

    def column(self, name):
        k = self.header.index(name)
        return [row[k] for row in self.rows]

    def where(self, **values):
        """The rows that have these values in these columns, a `Table`; a tuple means one of
        several."""
        rows = self.rows
        for name, wanted in values.items():
            k = self.header.index(name)
            if not isinstance(wanted, tuple):
                wanted = (wanted,)
            rows = [row for row in rows if row[k] in wanted]
        return Table(self.header, rows)

    def cell(self, name, **values):
        """What stands in this column, in the first row that has these values."""
        return self.where(**values).column(name)[0]


@dataclass(frozen=True)
class Reproduction:
    """What came out."""

    title: str  # the message; its numbers are computed, and stand in the table
    caption: str  # what to see, how it was measured, what it does not show
    table: Table  # every number behind the figure
    figure: Any  # matplotlib Figure
    shown: Table | None = None  # what of a long table is printed
    timed: tuple = ()  # columns that are measured times: these alone differ from run to run


def no_report(done, doing):
    """What `report` is when nobody watches."""


def find(name):
    """-> the module of a reproduction. Raises ValueError for a name that is not one."""
    if name not in NAMES:
        raise ValueError(
            f"there is no reproduction {name!r}; "
            f"{did_you_mean(name, NAMES)}there are {', '.join(NAMES)}"
        )
    return importlib.import_module(f".{name.replace('-', '_')}", __name__)
