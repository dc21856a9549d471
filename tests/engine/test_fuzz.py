"""A thousand random losses against JAX, where it is installed: value, gradient, Hessian-vector
product and meta-gradient, with NaN wherever no number belongs, on one thread and on two.

The generator is not that of helpers/random_losses.py: it writes Python source, which both engines
run. In a process of its own, as JAX's threads do not go well with forks.
"""

import importlib.util

import pytest

from helpers.processes import run_python

FUZZ = '''
import os
import warnings
os.environ["XLA_FLAGS"] = "--xla_backend_optimization_level=0"
import numpy as np
import jax
import jax.numpy as jnp
import numba
import tinymaml as tm
from helpers.poison import poisoned_memories
from tinymaml.engine.compiled.plan import Plan

jax.config.update("jax_enable_x64", True)
warnings.simplefilter("ignore", tm.BroadcastWarning)
Plan.memories = poisoned_memories

class Jax:
    """The operations of a loss, by JAX, with two dimensions always."""

    tanh, sin, cos, square = jnp.tanh, jnp.sin, jnp.cos, jnp.square
    softplus = staticmethod(jax.nn.softplus)
    sigmoid = staticmethod(jax.nn.sigmoid)
    logsumexp = staticmethod(lambda x: jax.nn.logsumexp(x, axis=1, keepdims=True))
    softmax = staticmethod(lambda x: jax.nn.softmax(x, axis=1))
    abs, maximum, minimum, cumsum = jnp.abs, jnp.maximum, jnp.minimum, jnp.cumsum
    reshape = staticmethod(lambda x, rows, columns: jnp.reshape(x, (rows, columns)))

    @staticmethod
    def cross_entropy(z, y):
        return -jnp.mean(jnp.sum(y * jax.nn.log_softmax(z, axis=1), axis=1)).reshape(1, 1)

    @staticmethod
    def sum(x, axis=None):
        return jnp.sum(x, axis=axis, keepdims=True)

    @staticmethod
    def mean(x, axis=None):
        return jnp.mean(x, axis=axis, keepdims=True)

def source(rng):
    """The text of a random loss, and the shapes of its parameters and of its data."""
    side = [1, int(rng.integers(1, 5)), int(rng.integers(1, 9)), int(rng.integers(1, 18))]
    values = {}
    shapes = {name: (int(rng.choice(side)), int(rng.choice(side))) for name in ("a", "b", "c")}
    shapes["d"] = (int(rng.choice(side)),)
    for name, shape in shapes.items():
        values[f"p['{name}']"] = (1,) * (2 - len(shape)) + shape
    flat = {"p['d']"}  # what has one dimension: no .T, and not on the right of @
    data = [(int(rng.choice(side)), int(rng.choice(side))) for _ in range(2)]
    values["x"], values["y"] = data
    rows = ["def loss(p, x, y):"]

    def add(expression, shape, *parts):
        name = f"h{len(rows)}"
        rows.append(f"    {name} = {expression}")
        values[name] = shape
        if parts and flat.issuperset(parts):
            flat.add(name)

    while len(rows) < 14:
        one, other = (str(rng.choice(list(values))) for _ in range(2))
        (m, n), (k, l) = values[one], values[other]
        kind = rng.integers(12)
        if kind == 0:
            name = rng.choice(["tanh", "sin", "cos", "square", "softplus", "sigmoid", "abs"])
            add(f"tm.{name}(0.7 * {one})", (m, n))
        elif kind == 1 and n == k and other not in flat:
            add(f"{one} @ {other} / {float(n)}", (m, l), one)
        elif kind == 2 and m == k and not flat & {one, other}:
            add(f"{one}.T @ {other} * {1 / m}", (n, l))
        elif kind == 3 and one not in flat:
            add(f"{one}.T", (n, m))
        elif kind == 4:
            axis = rng.choice(["0", "1", "None"])
            add(f"tm.mean({one}, axis={axis})", {"0": (1, n), "1": (m, 1), "None": (1, 1)}[axis])
        elif kind == 5:
            add(f"tm.logsumexp({one})", (m, 1))
        elif kind == 8:
            rows_of_it = int(rng.choice([k for k in range(1, m * n + 1) if m * n % k == 0]))
            shape = rows_of_it, m * n // rows_of_it
            add(f"tm.reshape({one}, {shape[0]}, {shape[1]})", shape)
        elif kind == 9:
            add(f"tm.softmax({one})" if rng.random() < 0.5 else f"tm.cumsum({one}, axis=1)", (m, n))
        elif kind == 10 and (m, n) == (k, l) and one != other:
            add(f"tm.cross_entropy({one}, {other})", (1, 1))
        elif kind == 11 and all(1 in pair or pair[0] == pair[1] for pair in ((m, k), (n, l))):
            if one != other:  # else there is nothing but ties
                name = rng.choice(["maximum", "minimum"])
                add(f"tm.{name}({one}, {other})", (max(m, k), max(n, l)))
        elif 6 <= kind < 8 and all(1 in pair or pair[0] == pair[1] for pair in ((m, k), (n, l))):
            sign = rng.choice(["+", "-", "*"])
            add(f"{one} {sign} {other}", (max(m, k), max(n, l)), one, other)
    parts = [f"tm.mean(tm.square({name}))" for name in list(values)[-4:]]
    parts += [f"tm.mean(tm.tanh(p['{name}']))" for name in shapes]
    rows.append("    return " + " + ".join(parts))
    return "\\n".join(rows), shapes, data

def check(seed, threads):
    rng = np.random.default_rng(seed)
    text, shapes, data = source(rng)
    functions = {}
    for name, operations in (("ours", tm), ("jax", Jax)):
        scope = {"tm": operations}
        exec(text, scope)
        functions[name] = scope["loss"]
    loss = tm.Loss(functions["ours"], {name: np.ones(shape) for name, shape in shapes.items()})

    def jax_loss(w, x, y):
        parts = jnp.split(w, np.cumsum([np.prod(shape) for shape in shapes.values()])[:-1])
        p = {}
        for name, part in zip(shapes, parts):
            p[name] = jnp.atleast_2d(part.reshape(shapes[name]))  # 1-D: a row
        return functions["jax"](p, x, y)[0, 0]

    gradient = jax.grad(jax_loss)
    tasks = int(rng.integers(1, 5))
    w, v = rng.normal(size=(2, loss.size))
    support = [rng.normal(size=(tasks, *shape)) for shape in data]
    query = [rng.normal(size=(tasks, *shape)) for shape in data]
    first = [part[0] for part in support]

    def task_loss(w, support, query, alpha=0.03, steps=2):
        for _ in range(steps):
            w = w - alpha * gradient(w, *support)
        return jax_loss(w, *query)

    def meta_loss(w):
        return jax.vmap(task_loss, (None, 0, 0))(w, support, query).mean()

    @jax.jit
    def everything(w, v):
        along = jax.jvp(lambda u: gradient(u, *first), (w,), (v,))[1]
        return jax_loss(w, *first), gradient(w, *first), along, jax.grad(meta_loss)(w)

    want = dict(zip(("value", "gradient", "hvp", "meta-gradient"), everything(w, v)))
    numba.set_num_threads(threads)
    for target in ("numpy", "cpu"):
        r = tm.meta_gradient(
            loss, w, tm.Tasks.finite_sum(support, query), alpha=0.03, steps=2, target=target
        )
        got = {
            "value": loss.value(w, *first, target=target),
            "gradient": loss.gradient(w, *first, target=target),
            "hvp": loss.hvp(w, v, *first, target=target),
            "meta-gradient": r.gradient,
        }
        for name in want:
            expected = np.asarray(want[name])
            if np.abs(expected).max() > 1e8:  # a path that diverges makes rounding as large
                continue
            error = np.abs(got[name] - expected).max() / (1 + np.abs(expected).max())
            if not error < 1e-11:
                print(seed, target, threads, name, error)
                print(text)
                return 1
    return 0

FIRST, COUNT = {first}, {count}
wrong = 0
for seed in range(FIRST, FIRST + COUNT):
    wrong += check(seed, 1 + seed % min(2, numba.config.NUMBA_NUM_THREADS))
print(wrong, "wrong of", COUNT)
'''


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("jax") is None, reason="needs JAX")
@pytest.mark.parametrize("first", range(0, 1000, 100))
def test_a_hundred_random_losses_against_jax(first):
    code = FUZZ.replace("{first}", str(first)).replace("{count}", "100")
    output, _ = run_python(code)
    assert output.splitlines()[-1] == "0 wrong of 100", output
