"""`tinymaml bench` from beginning to end. What it prints is here; what is timed is in workloads.py,
how in timing.py."""

import dataclasses
import datetime
import shlex
import textwrap

from ..engine import targets
from ..terminal import files
from ..terminal.text import count, duration, say
from . import machine, on_gpu, peers, results, roofline, timing

SECONDS, QUICK = 1.0, 0.2  # for each implementation in a cell
MORE = {
    "jax": 9.0,
    "torch": 2.0,
}  # seconds that a cell takes longer: JAX compiles, the others are slow
KERNELS = 20  # calls whose kernel is timed alone
FAILED = 1  # exit code


def run(cells, names, asked, seconds, stem, words, cold=True, target="cpu"):
    """Check and time the cells, print and save the results under `stem` (see files.py).

    names: of the peers; asked: whether they were asked for by name, so that one that is missing is
    an error; words: the command, to be printed; cold: whether to time the start of a fresh process
    too (on the CPU). -> exit code: 0, or 1 if an implementation disagrees or fails, or if something
    is missing. A KeyboardInterrupt before the first cell is the caller's.
    """
    if target == "cuda" and targets.missing():
        say(targets.missing())
        return FAILED
    found, missing = (on_gpu if target == "cuda" else peers).available(names)
    describe(words, found, missing, target)
    try:
        limits = (
            capabilities_of_gpu(cells, found) if target == "cuda" else capabilities(cells, cold)
        )
    except (RuntimeError, ValueError) as error:
        say(f"  {error}")
        return FAILED
    forecast(cells, found, seconds, target)
    measured, failures, stopped = [], [], False
    try:
        for cell in cells:
            result, failed = one(cell, found, seconds, limits, target)
            failures += failed
            if result:
                measured.append(result)
    except KeyboardInterrupt:
        stopped = True
        say(
            f"\nStopped, with {len(measured)} of {len(cells)} cells timed. Another Ctrl-C quits at once."
        )
    saved = conclude(
        measured,
        failures,
        limits,
        stem,
        f"partial: {len(measured)} of {len(cells)} cells" if len(measured) < len(cells) else "",
    )
    return FAILED if failures or stopped or not saved or asked and missing else 0


# ---- before


def describe(words, found, missing, target):
    say("The exact meta-gradient, timed through tm.meta_gradient, checks included\n")
    rows = [
        ("command", shlex.join(["tinymaml", *words])),
        ("date", f"{datetime.datetime.now():%Y-%m-%d %H:%M}"),
        *machine.description(),
        *(on_gpu.description() if target == "cuda" else ()),
        (
            "compared with",
            ", ".join(results.NAMES[name] for name in found) or "nothing: tinymaml measures itself",
        ),
    ]
    for what, text in rows:
        say(f"  {what:15}{text}")
    for name, why in missing.items():
        say(f"  {'without':15}{results.NAMES[name]} ({why})")
    if missing:
        install = (on_gpu if target == "cuda" else peers).INSTALL
        say(f"  {'':15}to compare with {'it' if len(missing) == 1 else 'them'}: {install}")


def capabilities(cells, cold):
    """Measure and print what the machine can do, and how long a start takes. -> `Limits`"""
    dtypes, n = list(dict.fromkeys(cell.dtype for cell in cells)), machine.threads()
    say("\nWhat this machine can do ...")
    limits = machine.limits(dtypes)
    threads = count(n, "thread")
    for dtype in dtypes:
        say(
            f"  {limits.gemm[dtype]:6.0f} GFLOP/s  large GEMM in {dtype}: np.dot of {machine.GEMM} x {machine.GEMM}, {threads}"
        )
    say(
        f"  {limits.cache:6.0f} GB/s     arrays in the cache: np.add, {threads}\n  {limits.memory:6.0f} GB/s     arrays in memory, the same"
    )
    for cell in {cell.dtype: cell for cell in cells[::-1]}.values() if cold else ():
        compiling, loading = machine.starts(cell)
        say(
            f"  {compiling:6.1f} s        first call of a fresh process in {cell.dtype}, compiling everything\n"
            f"  {loading:6.1f} s        the same once compiled code is on disk"
        )
    return limits


def capabilities_of_gpu(cells, found):
    """The same of a GPU."""
    say("\nWhat this GPU can do ...")
    limits = on_gpu.limits()
    for dtype in dict.fromkeys(cell.dtype for cell in cells):
        say(
            f"  {limits.gemm[dtype]:6.0f} GFLOP/s  peak in {dtype}: clock x multiprocessors x multiply-adds a cycle x 2, computed"
        )
        if product := on_gpu.gemm(dtype, "jax" in found):
            say(
                f"  {product[0]:6.0f} GFLOP/s  large GEMM in {dtype}: {product[1]}, {on_gpu.GEMM} x {on_gpu.GEMM}"
            )
    say(
        f"  {limits.cache:6.0f} GB/s     arrays in L2: copied, read and written\n  {limits.memory:6.0f} GB/s     arrays in memory, the same"
    )
    return limits


def forecast(cells, found, seconds, target):
    for cell in {cell.dtype: cell for cell in cells}.values():
        dataclasses.replace(cell).meta_gradient(
            target=target
        )  # compiles, or loads what was compiled before: no cell's first call does
    each = 0.3 + seconds * (1 + len(found)) + sum(MORE[name] for name in found)
    say(
        f"\n{count(len(cells), 'cell')}, {duration(each * len(cells))}; Ctrl-C stops and saves what there is."
    )
    say(
        textwrap.dedent(
            """\
        ratio: how many times tinymaml's time it takes, best / best; of GEMM: of the rate above; first: the first call here,
        with tracing, planning and JAX's compiling; error: relative to the NumPy machine in float64; *: slow, run once"""
            if target == "cpu"
            else f"""\
        tinymaml's time is that of a call, with the copies from and to NumPy arrays, its kernel's is the GPU's alone; JAX's data
        are on the GPU beforehand and stay there; ratio: how many times tinymaml's time it takes, best / best; of roof: of what
        peak and L2 allow; first: the first call here, with tracing, planning and JAX's compiling; error: relative to float64 on
        the CPU, by the NumPy machine up to {timing.EXACTLY} tasks"""
        )
    )


# ---- a cell


def one(cell, found, seconds, limits, target):
    """-> its `Result`, or None if it could not be timed; the failures, in words."""
    mflop = float(f"{1e-6 * cell.work[0]:.3g}")
    say(
        f"\n{cell.name}, {cell.dtype}: {cell.loss.size:,} parameters, {cell.tasks} tasks, {count(cell.steps, 'inner step')}, {mflop:,g} MFLOP"
    )
    entries = timing.check(cell, found, target)
    failures = [
        f"{cell.name}, {cell.dtype}: {results.NAMES[e.name]}{f' ({e.form})' if e.form else ''} {e.failure}"
        for e in entries
        if e.failure
    ]
    for failure in failures:
        say(f"  {failure.split(': ', 1)[1]}")
    if entries[0].failure or any(e.disagrees for e in entries):
        say("  Not timed: a wrong result has no speed.")
        return None, failures
    result = results.Result(cell, timing.measure([e for e in entries if not e.failure], seconds))
    if target == "cuda":
        entries[0].kernel = on_gpu.kernel_times(entries[0].call, KERNELS)
    say("\n".join(results.text(result, limits)))
    return result, failures


# ---- after


def conclude(measured, failures, limits, stem, note):
    """The table, the failures once more, the files. -> whether there is something, and it could be
    saved."""
    if measured:
        say("\n" + "\n".join(results.markdown(measured, limits)))
    if failures:
        say("\nWhat went wrong:\n  " + "\n  ".join(failures))
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
    png, csv = files.save(
        stem,
        lambda file: results.write(file, measured, limits),
        roofline.draw(measured, limits, note),
    )
    if png != files.with_suffix(stem, ".png"):
        say(f"\nThere are results named {stem.name} already; they stay as they are.")
    say(f"\nSaved {png} (the roofline)\n  and {csv} (all numbers).")
