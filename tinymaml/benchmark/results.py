"""The numbers of a benchmark: per cell and implementation, as text, as the table of a README, and
as CSV."""

import csv
import statistics
from typing import NamedTuple

from .timing import TINYMAML, Entry, tolerance
from .workloads import Cell

NAMES = {TINYMAML: "tinymaml", "jax": "JAX", "torch": "torch.func"}
COLUMNS = (
    "cell",
    "dtype",
    "parameters",
    "tasks",
    "steps",
    "mflop",
    "flop_per_byte",
    "implementation",
    "form",
    "best_ms",
    "median_ms",
    "kernel_ms",
    "runs",
    "first_s",
    "times_tinymaml",
    "gflops",
    "share",
    "error",
    "tolerance",
    "failure",
)


class Result(NamedTuple):
    """A cell, and the implementations that were timed in it; tinymaml is the first."""

    cell: Cell
    entries: list[Entry]

    def of(self, name):
        return next((e for e in self.entries if e.name == name and e.times), None)

    def ratio(self, entry):
        """How many times tinymaml's time it takes, best against best: above 1, tinymaml is
        faster."""
        return entry.best / self.of(TINYMAML).best

    def gflops(self, entry):
        """Useful GFLOP/s at the best time; what is useful is counted once for all (work.py)."""
        return 1e-9 * self.cell.work[0] / entry.best

    def intensity(self):
        """Useful flops per byte."""
        return self.cell.work[0] / self.cell.work[1]

    def share(self, entry, limits):
        """Of what the machine can reach: see `Limits`."""
        return self.gflops(entry) / limits.reach(self.intensity(), self.cell.dtype)


def text(result, limits):
    """The lines about one cell."""
    yield f"{'':14}{'best ms':>10}{'median ms':>11}{'ratio':>8}{'GFLOP/s':>9}{limits.of:>9}{'first s':>9}{'error':>9}"
    for e in result.entries:
        mark = "" if len(e.times) == 1 else " "
        yield (
            f"  {NAMES[e.name]:12}{best(e) + mark:>11}{number(1e3 * e.median):>10}{result.ratio(e):>8.2f}{result.gflops(e):>9.1f}"
            f"{result.share(e, limits):>9.1%}{e.first:>9.3f}{e.error:>9.0e}  {e.form}"
        ).rstrip()
        if e.kernel:
            yield f"    {'its kernel':10}{number(1e3 * min(e.kernel)):>10} {number(1e3 * statistics.median(e.kernel)):>10}"


def markdown(results, limits):
    """The table that goes into a README, a line a cell."""
    peers = [name for name in list(NAMES)[1:] if any(r.of(name) for r in results)]
    on_gpu = [r.of(TINYMAML).kernel for r in results if r.of(TINYMAML).kernel]
    columns = [
        "cell",
        "dtype",
        "tinymaml ms: best (median)",
        *(["kernel ms"] if on_gpu else []),
        *(f"{NAMES[name]} ms" for name in peers),
        "ratio to JAX",
        "GFLOP/s",
        limits.of,
    ]
    rows = []
    for r in results:
        own, jax = r.of(TINYMAML), r.of("jax")
        rows.append(
            [
                r.cell.name,
                r.cell.dtype,
                f"{best(own)} ({number(1e3 * own.median)})",
                *([number(1e3 * min(own.kernel))] if on_gpu else []),
                *(best(e) if e else "–" for e in map(r.of, peers)),
                f"{r.ratio(jax):.2f}" if jax else "–",
                f"{r.gflops(own):.1f}",
                f"{r.share(own, limits):.0%}",
            ]
        )
    return aligned(columns, rows, left=(0, 1))


def aligned(columns, rows, left):
    """A table in Markdown, its columns as wide as they need to be; left: which of them are text."""
    rows = [columns, ["---" if k in left else "---:" for k in range(len(columns))], *rows]
    widths = [max(map(len, column)) for column in zip(*rows)]
    return [
        "| "
        + " | ".join(
            f"{cell:{'<' if k in left else '>'}{w}}" for k, (cell, w) in enumerate(zip(row, widths))
        )
        + " |"
        for row in rows
    ]


def best(entry):
    """In milliseconds, marked if it is the only time."""
    return number(1e3 * entry.best) + ("*" if len(entry.times) == 1 else "")


def number(ms):
    """Three significant digits, and no more than three decimals."""
    return f"{ms:.3f}" if ms < 10 else f"{ms:.1f}" if ms < 100 else f"{ms:.0f}"


def write(file, results, limits):
    """Everything as CSV into an open text file."""
    rows = csv.writer(file, lineterminator="\n")
    rows.writerow(COLUMNS)
    for r in results:
        c, flops = r.cell, r.cell.work[0]
        for e in r.entries:
            kernel = f"{1e3 * min(e.kernel):.6g}" if e.kernel else ""
            rows.writerow(
                [
                    c.name,
                    c.dtype,
                    c.loss.size,
                    c.tasks,
                    c.steps,
                    f"{flops / 1e6:.6g}",
                    f"{r.intensity():.4g}",
                    NAMES[e.name],
                    e.form,
                    f"{1e3 * e.best:.6g}",
                    f"{1e3 * e.median:.6g}",
                    kernel,
                    len(e.times),
                    f"{e.first:.4g}",
                    f"{r.ratio(e):.4g}",
                    f"{r.gflops(e):.4g}",
                    f"{r.share(e, limits):.4g}",
                    f"{e.error:.3g}",
                    f"{tolerance(c):.3g}",
                    e.failure,
                ]
            )
