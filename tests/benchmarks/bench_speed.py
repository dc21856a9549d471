"""No cell is slower than JAX. Takes minutes, and a machine that does nothing else, so it runs only
when it is asked for:

    pytest tests/benchmarks/bench_speed.py
"""

import pytest

from tinymaml.benchmark import timing, workloads

pytest.importorskip("jax", reason='needs JAX: pip install -e ".[bench]"')
SECONDS = 1.0


@pytest.mark.filterwarnings("default")  # what JAX warns of is its business
@pytest.mark.parametrize("cell", workloads.cells(), ids=lambda cell: f"{cell.name}-{cell.dtype}")
def test_not_slower_than_jax(cell):
    entries = timing.check(cell, ["jax"])
    assert not [e.failure for e in entries if e.failure]
    own, jax = timing.measure(entries, SECONDS)
    ratio = jax.best / own.best
    assert ratio >= 1, f"{1e3 * own.best:.3f} ms, JAX ({jax.form}) {1e3 * jax.best:.3f} ms"
