"""`tinymaml reproduce`: the list of the reproductions, and one of them from beginning to end. What
they compute is in reproductions/."""

import csv
import inspect
import time

from ..terminal import files
from ..terminal.text import align, duration, paragraph, say
from . import reproductions
from .demo import INCOMPLETE


def listing():
    """Print a line for each reproduction. -> exit code."""
    modules = {name: reproductions.find(name) for name in reproductions.NAMES}
    rows = []
    for name, module in modules.items():
        rows.append((name, duration(module.SECONDS), one_line(module)))
    for line in align(rows, least=(0, 13)):
        say(f"  {line}")
    together = duration(sum(module.SECONDS for module in modules.values()))
    say(f"\nTogether {together} on two cores. `tinymaml reproduce NAME` runs one.")
    return 0


def one_line(module):
    """The first sentence of the docstring, which may be broken into lines."""
    first, *_ = inspect.getdoc(module).split("\n\n")
    return " ".join(first.split()).rstrip(".")


def run(name, stem, seed=0, quick=False):
    """Run one, print its message and its table, save table and figure under `stem` (see files.py).
    -> exit code."""
    module = reproductions.find(name)
    say(inspect.getdoc(module) + "\n")
    if quick:
        say("--quick: everything is so small that the numbers mean nothing.\n")
    else:
        say(
            f"On two cores this takes {duration(module.SECONDS)}. "
            "Ctrl-C stops it; nothing is saved then.\n"
        )
    start = time.perf_counter()
    try:
        with progress() as report:
            found = module.run(seed, quick, report)
    except ImportError as missing:  # of an extra, with what to install
        say(f"{missing}.")
        return INCOMPLETE
    say(f"{paragraph(found.title)}\n")
    say("\n".join(text(found.shown or found.table)))
    say(f"\n{paragraph(found.caption)}\n")
    try:
        png, saved = files.save(stem, lambda file: write(file, found.table), found.figure)
    except OSError as error:
        say(f"The results could not be saved: {error}.")
        return INCOMPLETE
    if png != files.with_suffix(stem, ".png"):
        say(f"There are results named {stem.name} already; they stay as they are.")
    took = duration(time.perf_counter() - start).removeprefix("about ")
    say(f"It took {took}. Saved {png} (the figure)\n  and {saved} (the table).")
    return 0


class progress:
    """A bar: `with progress() as report`, and in it `report(done, doing)` with a share of the work
    and what comes next."""

    def __enter__(self):
        from tqdm.auto import tqdm

        self.bar = tqdm(
            total=1.0, bar_format="{percentage:3.0f}%|{bar:24}| {elapsed} {desc}", leave=False
        )
        return self.report

    def report(self, done, doing):
        self.bar.set_description_str(doing, refresh=False)
        self.bar.update(done - self.bar.n)
        self.bar.refresh()

    def __exit__(self, *_):
        self.bar.close()


# ---- the table


def text(table):
    """-> the lines of a table, to read: words to the left, numbers to the right."""
    rows = [
        [str(name).replace("_", " ") for name in table.header],
        *([number(x) for x in row] for row in table.rows),
    ]
    right = [k for k, x in enumerate(table.rows[0]) if not isinstance(x, str)]
    return align(rows, right)


def number(x):
    return f"{x:.4g}" if isinstance(x, float) else str(x)


def write(file, table):
    """The table as CSV into an open text file."""
    rows = csv.writer(file, lineterminator="\n")
    rows.writerow(table.header)
    for row in table.rows:
        rows.writerow([f"{x:.9g}" if isinstance(x, float) else x for x in row])
