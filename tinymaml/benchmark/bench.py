"""`tinymaml bench` from beginning to end. What it prints is here; what is timed is in workloads.py,
how in timing.py."""

import dataclasses
import datetime
import shlex

from ..engine import targets
from ..terminal import files
from ..terminal.text import align, count, duration, say
from . import machine, on_gpu, peers, results, roofline, timing

SECONDS = 1.0  # for each implementation in a cell
QUICK = 0.2  # the same with --quick
MORE = {"jax": 9.0, "torch": 2.0}  # s that a cell takes longer: JAX compiles, PyTorch is slow
KERNELS = 20  # calls whose kernel is timed alone
FAILED = 1  # exit code

ON_CPU = """
ratio: how many times tinymaml's time it takes, best / best; of GEMM: of the rate above; first: the
first call here, with tracing, planning and JAX's compiling; error: relative to the NumPy machine in
float64; *: slow, run once"""
ON_GPU = f"""
tinymaml's time is that of a call, with the copies from and to NumPy arrays, its kernel's is the
GPU's alone; JAX's data are on the GPU beforehand and stay there; ratio: how many times tinymaml's
time it takes, best / best; of roof: of what peak and L2 allow; first: the first call here, with
tracing, planning and JAX's compiling; error: relative to float64 on the CPU, by the NumPy machine
up to {timing.EXACTLY} tasks"""


def run(cells, names, asked, seconds, stem, words, cold=True, target="cpu"):
    """Check and time the cells, print and save the results under `stem` (see files.py).

    names: of the peers; asked: whether they were asked for by name, so that one that is missing is
    an error; words: the command, to be printed; cold: whether to time the start of a new process
    too (on the CPU). -> exit code: 0, or 1 if an implementation disagrees or fails, or if something
    is missing. A KeyboardInterrupt before the first cell is the caller's.
    """
    if target == "cuda" and targets.missing():
        say(targets.missing())
        return FAILED
    if target == "cuda":
        found, missing = on_gpu.available(names)
    else:
        found, missing = peers.available(names)
    describe(words, found, missing, target)
    try:
        limits = measure_gpu(cells, found) if target == "cuda" else measure_cpu(cells, cold)
    except (RuntimeError, ValueError) as error:
        say(f"  {error}")
        return FAILED
    compile_all(cells, target)
    forecast(cells, found, seconds, target)
    measured, failures = [], []
    stopped = False
    try:
        for cell in cells:
            result, failed = time_cell(cell, found, seconds, limits, target)
            failures += failed
            if result:
                measured.append(result)
    except KeyboardInterrupt:
        stopped = True
        say(f"\nStopped, with {len(measured)} of {len(cells)} cells timed.")
        say("Another Ctrl-C quits at once.")
    partial = f"partial: {len(measured)} of {len(cells)} cells"
    note = partial if len(measured) < len(cells) else ""
    saved = conclude(measured, failures, limits, stem, note)
    if failures or stopped or not saved or (asked and missing):
        return FAILED
    return 0


# ---- before


def describe(words, found, missing, target):
    """Say what is compared, on what machine."""
    say("The exact meta-gradient, timed through tm.meta_gradient, checks included\n")
    rows = [
        ("command", shlex.join(["tinymaml", *words])),
        ("date", f"{datetime.datetime.now():%Y-%m-%d %H:%M}"),
        *machine.description(),
    ]
    if target == "cuda":
        rows += on_gpu.description()
    others = ", ".join(results.NAMES[name] for name in found)
    rows.append(("compared with", others or "nothing: tinymaml measures itself"))
    for name, why in missing.items():
        rows.append(("without", f"{results.NAMES[name]} ({why})"))
    if missing:
        install = on_gpu.INSTALL if target == "cuda" else peers.INSTALL
        them = "it" if len(missing) == 1 else "them"
        rows.append(("", f"to compare with {them}: {install}"))
    say_indented(align(rows))


def measure_cpu(cells, cold):
    """Measure and print what the machine can do, and how long a start takes. -> `Limits`"""
    say("\nWhat this machine can do ...")
    representatives = one_for_each_dtype(cells)
    limits = machine.limits([cell.dtype for cell in representatives])
    threads = count(machine.threads(), "thread")
    size = f"{machine.GEMM} x {machine.GEMM}"
    rows = []
    for cell in representatives:
        what = f"large GEMM in {cell.dtype}: np.dot of {size}, {threads}"
        rows.append(rate_row(limits.gemm[cell.dtype], what))
    rows += [
        bandwidth_row(limits.cache, f"arrays in the cache: np.add, {threads}"),
        bandwidth_row(limits.memory, "arrays in memory, the same"),
    ]
    say_capabilities(rows)
    for cell in representatives if cold else ():
        compiling, loading = machine.starts(cell)
        what = f"first call of a fresh process in {cell.dtype}, compiling everything"
        say_capabilities(
            [
                (f"{compiling:.1f}", "s", what),
                (f"{loading:.1f}", "s", "the same once compiled code is on disk"),
            ]
        )
    return limits


def measure_gpu(cells, found):
    """The same of a GPU. -> `GpuLimits`"""
    say("\nWhat this GPU can do ...")
    limits = on_gpu.limits()
    rows = []
    for cell in one_for_each_dtype(cells):
        formula = "clock x multiprocessors x multiply-adds a cycle x 2, computed"
        rows.append(rate_row(limits.gemm[cell.dtype], f"peak in {cell.dtype}: {formula}"))
        if product := on_gpu.gemm(cell.dtype, "jax" in found):
            rate, library = product
            size = f"{on_gpu.GEMM} x {on_gpu.GEMM}"
            rows.append(rate_row(rate, f"large GEMM in {cell.dtype}: {library}, {size}"))
    rows += [
        bandwidth_row(limits.cache, "arrays in L2: copied, read and written"),
        bandwidth_row(limits.memory, "arrays in memory, the same"),
    ]
    say_capabilities(rows)
    return limits


def one_for_each_dtype(cells):
    """The first cell of each."""
    first = {}
    for cell in cells:
        first.setdefault(cell.dtype, cell)
    return list(first.values())


def rate_row(rate, what):
    return f"{rate:.0f}", "GFLOP/s", what


def bandwidth_row(rate, what):
    return f"{rate:.0f}", "GB/s", what


def say_capabilities(rows):
    """rows: of (number, unit, what)."""
    say_indented(align(rows, right=(0,), least=(6, 8), gap=" "))


def say_indented(lines):
    for line in lines:
        say(f"  {line}")


def compile_all(cells, target):
    """Compile the inner loop, or load what was compiled before, so that no cell's first call
    does."""
    for cell in one_for_each_dtype(cells):
        copy = dataclasses.replace(cell)  # tracing and planning stay part of the first call
        copy.meta_gradient(target=target)


def forecast(cells, found, seconds, target):
    """Say how long it takes, and what the columns mean."""
    each = 0.3 + seconds * (1 + len(found)) + sum(MORE[name] for name in found)
    together = duration(each * len(cells))
    say(f"\n{count(len(cells), 'cell')}, {together}; Ctrl-C stops and saves what there is.")
    say((ON_GPU if target == "cuda" else ON_CPU).strip())


# ---- a cell


def time_cell(cell, found, seconds, limits, target):
    """-> its `Result`, or None if it could not be timed; the failures, in words."""
    describe_cell(cell)
    entries = timing.check(cell, found, target)
    failures = []
    for entry in entries:
        if entry.failure:
            form = f" ({entry.form})" if entry.form else ""
            failure = f"{results.NAMES[entry.name]}{form} {entry.failure}"
            failures.append(f"{cell.name}, {cell.dtype}: {failure}")
            say(f"  {failure}")
    own = entries[0]
    if own.failure or any(entry.disagrees for entry in entries):
        say("  Not timed: a wrong result has no speed.")
        return None, failures
    sound = [entry for entry in entries if not entry.failure]
    result = results.Result(cell, timing.measure(sound, seconds))
    if target == "cuda":
        own.kernel = on_gpu.kernel_times(own.call, KERNELS)
    say_indented(results.text(result, limits))
    return result, failures


def describe_cell(cell):
    flops, _ = cell.work
    mflop = float(f"{1e-6 * flops:.3g}")
    say(
        f"\n{cell.name}, {cell.dtype}: {cell.loss.size:,} parameters, {cell.tasks} tasks, "
        f"{count(cell.steps, 'inner step')}, {mflop:,g} MFLOP"
    )


# ---- after


def conclude(measured, failures, limits, stem, note):
    """Print the table and the failures once more, save. -> whether there is something, and it could
    be saved."""
    if measured:
        say("\n" + "\n".join(results.markdown(measured, limits)))
    if failures:
        say("\nWhat went wrong:")
        say_indented(failures)
    if not measured:
        say("\nNothing was timed, so there is nothing to save.")
        return False
    try:
        save(measured, limits, stem, note)
    except OSError as error:
        say(f"The results could not be saved: {error}.")
        return False
    return True


def save(measured, limits, stem, note):
    figure = roofline.draw(measured, limits, note)
    png, csv = files.save(stem, lambda file: results.write(file, measured, limits), figure)
    if png != files.with_suffix(stem, ".png"):
        say(f"\nThere are results named {stem.name} already; they stay as they are.")
    say(f"\nSaved {png} (the roofline)\n  and {csv} (all numbers).")
