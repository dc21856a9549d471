"""The numbers of a benchmark: per cell and implementation, as text, as the table of a page, and
as CSV."""

import csv
import statistics
from typing import NamedTuple

from ..terminal.text import align
from .timing import TINYMAML, Entry, tolerance
from .workloads import Cell

NAMES = {TINYMAML: "tinymaml", "jax": "JAX", "torch": "torch.func"}


class Result(NamedTuple):
    """A cell, and the implementations that were timed in it; tinymaml is the first."""

    cell: Cell
    entries: list[Entry]

    def of(self, name):
        """The implementation with this name; None if it was not timed."""
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


# ---- to read


def text(result, limits):
    """The lines about one cell."""
    rates = ("ratio", "GFLOP/s", limits.of, "first s", "error", "")
    rows = [("", "best ms ", "median ms", *rates)]  # a space for the mark of a single time
    for entry in result.entries:
        mark = "*" if len(entry.times) == 1 else " "
        rows.append(
            (
                NAMES[entry.name],
                milliseconds(entry.best) + mark,
                milliseconds(entry.median),
                f"{result.ratio(entry):.2f}",
                f"{result.gflops(entry):.1f}",
                f"{result.share(entry, limits):.1%}",
                f"{entry.first:.3f}",
                f"{entry.error:.0e}",
                entry.form,
            )
        )
        if entry.kernel:
            best, median = min(entry.kernel), statistics.median(entry.kernel)
            times = (milliseconds(best) + " ", milliseconds(median))
            rows.append(("  its kernel", *times, *[""] * len(rates)))
    return align(rows, right=range(1, 8), least=(12, 9, 9, 6, 7, 7, 7, 7))


def markdown(results, limits):
    """The lines of the table that goes into a page, a row for each cell."""
    peers = [name for name in NAMES if name != TINYMAML and any(r.of(name) for r in results)]
    on_gpu = any(r.of(TINYMAML).kernel for r in results)
    head = ["cell", "dtype", "tinymaml ms: best (median)"]
    head += ["kernel ms"] if on_gpu else []
    head += [f"{NAMES[name]} ms" for name in peers]
    head += ["ratio to JAX", "GFLOP/s", limits.of]
    rows = []
    for r in results:
        own, jax = r.of(TINYMAML), r.of("jax")
        row = [r.cell.name, r.cell.dtype, f"{marked_best(own)} ({milliseconds(own.median)})"]
        row += [milliseconds(min(own.kernel))] if on_gpu else []
        for name in peers:
            peer = r.of(name)
            row.append(marked_best(peer) if peer else "–")
        row.append(f"{r.ratio(jax):.2f}" if jax else "–")
        row += [f"{r.gflops(own):.1f}", f"{r.share(own, limits):.0%}"]
        rows.append(row)
    right = range(2, len(head))
    rule = ["---:" if k in right else "---" for k in range(len(head))]
    return [f"| {line} |" for line in align([head, rule, *rows], right, gap=" | ")]


def marked_best(entry):
    """In milliseconds, with a star if it is the only time."""
    return milliseconds(entry.best) + ("*" if len(entry.times) == 1 else "")


def milliseconds(seconds):
    """Three significant digits, and no more than three decimals."""
    ms = 1e3 * seconds
    if ms < 10:
        return f"{ms:.3f}"
    return f"{ms:.1f}" if ms < 100 else f"{ms:.0f}"


# ---- to compute with


def write(file, results, limits):
    """Everything as CSV into an open text file."""
    rows = [all_numbers(r, entry, limits) for r in results for entry in r.entries]
    table = csv.DictWriter(file, rows[0], lineterminator="\n")
    table.writeheader()
    table.writerows(rows)


def all_numbers(result, entry, limits):
    """A row of the CSV: name of the column -> text or number."""
    cell = result.cell
    flops, _ = cell.work
    return {
        "cell": cell.name,
        "dtype": cell.dtype,
        "parameters": cell.loss.size,
        "tasks": cell.tasks,
        "steps": cell.steps,
        "mflop": f"{flops / 1e6:.6g}",
        "flop_per_byte": f"{result.intensity():.4g}",
        "implementation": NAMES[entry.name],
        "form": entry.form,
        "best_ms": f"{1e3 * entry.best:.6g}",
        "median_ms": f"{1e3 * entry.median:.6g}",
        "kernel_ms": f"{1e3 * min(entry.kernel):.6g}" if entry.kernel else "",
        "runs": len(entry.times),
        "first_s": f"{entry.first:.4g}",
        "times_tinymaml": f"{result.ratio(entry):.4g}",
        "gflops": f"{result.gflops(entry):.4g}",
        "share": f"{result.share(entry, limits):.4g}",
        "error": f"{entry.error:.3g}",
        "tolerance": f"{tolerance(cell):.3g}",
        "failure": entry.failure,
    }
