"""Who tinymaml is compared with: JAX and torch.func, each given the same loss, the same arrays, and
its own best form.

A peer is a function cell -> {form: call}; `call()` computes the meta-gradient once, to the end, and
returns it as a dict of arrays. Where a framework offers several forms, all of them are made, and
the fastest is the one that counts. Data are on the peer's side beforehand. The modules are imported
when a peer is asked for, never before.
"""

import importlib
from types import SimpleNamespace

from ..terminal.names import did_you_mean

INSTALL = 'pip install "tinymaml[bench]", from a clone pip install -e ".[bench]"'


def jax(cell):
    """Jitted: the gradient of the tasks' mean or the mean of their gradients, the inner steps
    unrolled or as a scan."""
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)  # allows float64, and leaves float32 what it is
    # on a GPU float32 would else be rounded to 10 bits (TF32)
    jax.config.update("jax_default_matmul_precision", "highest")
    functions = SimpleNamespace(
        tanh=jnp.tanh,
        mean=jnp.mean,
        square=jnp.square,
        sum=lambda x, axis: jnp.sum(x, axis, keepdims=True),
        logsumexp=lambda x: jax.nn.logsumexp(x, 1, keepdims=True),
    )
    params = {name: jnp.asarray(a) for name, a in cell.params.items()}
    support, query = (tuple(jnp.asarray(a) for a in part) for part in cell.data)

    def loss(p, data):
        return cell.workload.loss(functions, p, *data).reshape(())

    def step(p, support):
        gradient = jax.grad(loss)(p, support)
        return jax.tree.map(lambda a, g: a - cell.alpha * g, p, gradient)

    def unrolled(p, support, query):
        for _ in range(cell.steps):
            p = step(p, support)
        return loss(p, query)

    def scan(p, support, query):
        p, _ = jax.lax.scan(lambda p, _: (step(p, support), None), p, length=cell.steps)
        return loss(p, query)

    def gradient_of_mean(task):
        def mean(p, support, query):
            return jnp.mean(jax.vmap(task, (None, 0, 0))(p, support, query))

        return jax.grad(mean)

    def mean_of_gradients(task):
        def mean(p, support, query):
            gradients = jax.vmap(jax.grad(task), (None, 0, 0))(p, support, query)
            return jax.tree.map(lambda g: g.mean(0), gradients)

        return mean

    def call(meta_gradient):
        compiled = jax.jit(meta_gradient)
        return lambda: jax.block_until_ready(compiled(params, support, query))

    forms = {
        "grad(mean(vmap)), unrolled": call(gradient_of_mean(unrolled)),
        "mean(vmap(grad)), unrolled": call(mean_of_gradients(unrolled)),
    }
    if cell.steps > 1:  # one step is the same either way
        forms["grad(mean(vmap)), scan"] = call(gradient_of_mean(scan))
        forms["mean(vmap(grad)), scan"] = call(mean_of_gradients(scan))
    return forms


def torch(cell):
    """torch.func, uncompiled: the tasks vectorised by vmap."""
    import torch
    from torch.func import grad, vmap

    functions = SimpleNamespace(
        tanh=torch.tanh,
        mean=torch.mean,
        square=torch.square,
        sum=lambda x, axis: torch.sum(x, axis, keepdim=True),
        logsumexp=lambda x: torch.logsumexp(x, 1, keepdim=True),
    )
    params = {name: torch.tensor(a) for name, a in cell.params.items()}
    support, query = (tuple(torch.tensor(a) for a in part) for part in cell.data)

    def loss(p, data):
        return cell.workload.loss(functions, p, *data).reshape(())

    def task(p, support, query):
        for _ in range(cell.steps):
            gradient = grad(loss)(p, support)
            p = {name: a - cell.alpha * gradient[name] for name, a in p.items()}
        return loss(p, query)

    def mean(p):
        return vmap(task, (None, 0, 0))(p, support, query).mean()

    def mean_of_gradients():
        gradients = vmap(grad(task), (None, 0, 0))(params, support, query)
        return {name: g.mean(0) for name, g in gradients.items()}

    return {
        "grad(mean(vmap))": lambda: grad(mean)(params),
        "mean(vmap(grad))": mean_of_gradients,
    }


PEERS = {"jax": jax, "torch": torch}


def chosen(text):
    """The names in "jax,torch", or in "none". Raises ValueError, listing the names, for one that
    there is not."""
    if text == "none":
        return []
    names = dict.fromkeys(name.strip() for name in text.split(","))
    for name in names:
        if name not in PEERS:
            raise ValueError(
                f"there is no peer {name!r}; "
                f"{did_you_mean(name, [*PEERS, 'none'])}the peers are {', '.join(PEERS)}, or none"
            )
    return list(names)


def available(names):
    """-> those of `names` that can be imported, and for the others why not."""
    found, missing = [], {}
    for name in names:
        try:
            importlib.import_module(name)
        except Exception as error:  # a broken package may raise anything
            absent = isinstance(error, ModuleNotFoundError) and error.name == name
            missing[name] = "not installed" if absent else f"{type(error).__name__}: {error}"
        else:
            found.append(name)
    return found, missing
