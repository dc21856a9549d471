"""What each pass, kernel and trick of the compiled machine is worth: the package as it is against a
copy in which one line is changed, so that the trick is off; interleaved in one process. Takes about
ten minutes, most of them compiling:

    python tests/benchmarks/bench_passes.py [NAME ...]         (a part of a name is enough; --quick: one cell, one precision)
"""

import importlib
import pathlib
import shutil
import statistics
import sys
import tempfile
import time

import tinymaml
from tinymaml.benchmark import workloads

ROOT = pathlib.Path(tinymaml.__file__).parent
CELLS = ("mlp-25x5", "wide-25x5", "softmax-25x5", "quadratic-25x5")
SECONDS, BLOCK = 1.2, 0.02  # for both sides of a comparison together; for calls in a row

# name: (file, what is there, what is put in its place)
SWITCHES = {
    "copies": ("passes.py", "PASSES = (copies, transposes)", "PASSES = (transposes,)"),
    "transposes": ("passes.py", "PASSES = (copies, transposes)", "PASSES = (copies,)"),
    "dead lines": (
        "sweeps.py",
        "dead(zeros(lines, given(tape)), results)",
        "zeros(lines, given(tape))",
    ),
    "first write stores": (
        "loops.py",
        "store = line.store and loop in STORING and not comes_back",
        "store = False",
    ),
    "long rows": ("loops.py", 'if loop in ("rows", "multiply") and', "if False and"),
    "matmul": ("loops.py", 'yield 1 + m * k / 10, "matmul"', 'yield 99 * m * n * k, "matmul"'),
    "scratch is shared": (
        "layout.py",
        "alive = [other for other in alive if other[2] >= born]",
        "pass",
    ),
    "a gap after 1024 bytes": (
        "memory.py",
        "n + self.line if n * self.dtype.itemsize % 1024 == 0 else n",
        "n",
    ),
    "workspace on a line": (
        "plan.py",
        "skip = -raw.ctypes.data % 64 // raw.itemsize",
        "skip = -raw.ctypes.data % 64 // raw.itemsize + 1",
    ),
    "64-byte vectors": (
        "vectors.py",
        'BYTES = 64 if FEATURES.get("avx512f") else 32',
        "BYTES = 32",
    ),
    "fifteen sums": ("kernels.py", "if BYTES == 64 and n > L", "if n < 0 and n > L"),
    "forced inlining": ("kernels.py", "forceinline=True, **HOW", "**HOW"),
    "vectors in axpy": (
        "kernels.py",
        "for j in range(width(w) * lane(), n, width(w) * lanes()): j = ix(j); "
        "save(w, o + j, one(w, x + j) + c * one(w, y + j))",
        "for j in range(n): j = ix(j); w[o + j] = w[x + j] + c * w[y + j]",
    ),
    "squares turned in registers": ("kernels.py", "a, b = m - m % s, n - n % s", "a, b = 0, 0"),
    "tanh of our own": (
        "pointwise.py",
        "sine_and_cosine, sqrt, tanh",
        "sine_and_cosine, sqrt\nfrom math import tanh",
    ),
    "exp of our own": (
        "pointwise.py",
        "from .functions import FAR, exp, ",
        "from math import exp\nfrom .functions import FAR, ",
    ),
    "threads": ("cpu.py", "SERIAL = 20_000", "SERIAL = 10**15"),
}


def without(name, folder):
    """A copy of the package in which one trick is off, imported."""
    file, there, instead = SWITCHES[name]
    package = "without_" + "".join(c if c.isalnum() else "_" for c in name)
    shutil.copytree(ROOT, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    path = folder / package / "engine" / file
    source = path.read_text(encoding="utf-8")
    if source.count(there) != 1:
        raise ValueError(
            f"{file} has {source.count(there)} times {there!r}; it should be there once"
        )
    path.write_text(source.replace(there, instead), encoding="utf-8")
    return importlib.import_module(package)


def call(package, cell):
    loss = package.Loss(lambda p, *data: cell.workload.loss(package, p, *data), cell.params)
    w, tasks = loss.flatten(cell.params), package.Tasks.finite_sum(*cell.data)
    return lambda: package.meta_gradient(loss, w, tasks, alpha=cell.alpha, steps=cell.steps)


def compare(cell, other):
    """-> how many times the time of the package as it is the other one takes (medians)"""
    calls, times = [call(tinymaml, cell), call(other, cell)], ([], [])
    one, two = (f().gradient for f in calls)
    error, eps = (
        abs(one - two).max() / abs(one).max(),
        {"float32": 1.2e-7, "float64": 2.3e-16}[cell.dtype],
    )
    assert error < 100 * eps, f"the result changes: {error:.0e}"
    end = time.perf_counter() + SECONDS
    while time.perf_counter() < end or len(times[1]) < 3:
        for f, spent in zip(calls, times):
            f()  # not counted: the other one's numbers are in the cache
            block = time.perf_counter() + BLOCK
            while time.perf_counter() < block:
                start = time.perf_counter()
                f()
                spent.append(time.perf_counter() - start)
    return statistics.median(times[1]) / statistics.median(times[0])


def main(arguments):
    quick, names = "--quick" in arguments, [a for a in arguments if not a.startswith("-")]
    chosen = [name for name in SWITCHES if not names or any(part in name for part in names)]
    cells = workloads.cells(
        ["mlp-25x5"] if quick else CELLS, ["float32"] if quick else workloads.DTYPES
    )
    print(
        "how many times as long it takes without\n"
        + " " * 28
        + "".join(f"{cell.name:>16}" for cell in cells[:: 1 if quick else 2])
    )
    with tempfile.TemporaryDirectory() as folder:
        sys.path.insert(0, folder)
        for name in chosen:
            other = without(name, pathlib.Path(folder))
            ratios = [f"{compare(cell, other):.2f}" for cell in cells]
            pairs = ratios if quick else [f"{a} / {b}" for a, b in zip(ratios[::2], ratios[1::2])]
            print(f"{name:28}" + "".join(f"{pair:>16}" for pair in pairs), flush=True)
    if not quick:
        print("(float32 / float64)")


if __name__ == "__main__":
    main(sys.argv[1:])
