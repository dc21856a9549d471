"""Who tinymaml is compared with: JAX, torch.func and higher, each given the same loss, the same
arrays, and its own best form.

A peer is a function cell -> {form: call}; `call()` computes the meta-gradient once, to the end, and
returns it as a dict of arrays. Where a framework offers several forms, all of them are made, and
the fastest is the one that counts. Data are on the peer's side beforehand. The modules are imported
when a peer is asked for, never before.
"""

import importlib
import itertools
from types import SimpleNamespace

INSTALL = 'pip install "tinymaml[bench]", from a clone pip install -e ".[bench]"'


def jax(cell):
    """Jitted: the gradient of the tasks' mean or the mean of their gradients, the inner steps
    unrolled or as a scan."""
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)  # allows float64, and leaves float32 what it is
    jax.config.update(
        "jax_default_matmul_precision", "highest"
    )  # on a GPU float32 would else be rounded to 10 bits (TF32)
    f = SimpleNamespace(
        tanh=jnp.tanh,
        mean=jnp.mean,
        square=jnp.square,
        sum=lambda x, axis: jnp.sum(x, axis, keepdims=True),
        logsumexp=lambda x: jax.nn.logsumexp(x, 1, keepdims=True),
    )
    p, data = (
        {name: jnp.asarray(a) for name, a in cell.params.items()},
        tuple(jnp.asarray(a) for part in cell.data for a in part),
    )
    n = len(data) // 2

    def loss(p, *data):
        return cell.workload.loss(f, p, *data).reshape(())

    def task(unrolled, p, *data):
        def step(p, _=None):
            return jax.tree.map(
                lambda a, g: a - cell.alpha * g, p, jax.grad(loss)(p, *data[:n])
            ), None

        if unrolled:
            for _ in range(cell.steps):
                p, _ = step(p)
        else:
            p, _ = jax.lax.scan(step, p, length=cell.steps)
        return loss(p, *data[n:])

    def form(unrolled, mean_inside):
        one, axes = (lambda p, *data: task(unrolled, p, *data)), (None, *[0] * len(data))
        if mean_inside:
            compiled = jax.jit(jax.grad(lambda p, *data: jnp.mean(jax.vmap(one, axes)(p, *data))))
        else:
            compiled = jax.jit(
                lambda p, *data: jax.tree.map(
                    lambda g: g.mean(0), jax.vmap(jax.grad(one), axes)(p, *data)
                )
            )
        return lambda: jax.block_until_ready(compiled(p, *data))

    loops = (True, False) if cell.steps > 1 else (True,)  # one step is the same either way
    return {
        f"{'grad(mean(vmap))' if inside else 'mean(vmap(grad))'}, {'unrolled' if loop else 'scan'}": form(
            loop, inside
        )
        for loop, inside in itertools.product(loops, (True, False))
    }


def torch_functions(torch):
    return SimpleNamespace(
        tanh=torch.tanh,
        mean=torch.mean,
        square=torch.square,
        sum=lambda x, axis: torch.sum(x, axis, keepdim=True),
        logsumexp=lambda x: torch.logsumexp(x, 1, keepdim=True),
    )


def torch(cell):
    """torch.func, uncompiled: the tasks vectorised by vmap."""
    import torch
    from torch.func import grad, vmap

    f = torch_functions(torch)
    p, data = (
        {name: torch.tensor(a) for name, a in cell.params.items()},
        tuple(torch.tensor(a) for part in cell.data for a in part),
    )
    n, axes = len(data) // 2, (None, *[0] * len(data))

    def loss(p, *data):
        return cell.workload.loss(f, p, *data).reshape(())

    def task(p, *data):
        for _ in range(cell.steps):
            g = grad(loss)(p, *data[:n])
            p = {name: a - cell.alpha * g[name] for name, a in p.items()}
        return loss(p, *data[n:])

    return {
        "grad(mean(vmap))": lambda: grad(lambda p: vmap(task, axes)(p, *data).mean())(p),
        "mean(vmap(grad))": lambda: {
            name: g.mean(0) for name, g in vmap(grad(task), axes)(p, *data).items()
        },
    }


def higher(cell):
    """The library of Grefenstette et al. (2019): task after task, a differentiable SGD on a copy of
    the module."""
    import higher
    import torch

    f = torch_functions(torch)

    class Module(torch.nn.Module):
        def __init__(self):
            super().__init__()
            for name, a in cell.params.items():
                self.register_parameter(name, torch.nn.Parameter(torch.tensor(a)))

        def forward(self, *data):
            return cell.workload.loss(
                f, {name: getattr(self, name) for name in cell.params}, *data
            ).reshape(())

    module, (support, query) = Module(), ([torch.tensor(a) for a in part] for part in cell.data)
    optimiser = torch.optim.SGD(module.parameters(), lr=cell.alpha)

    def call():
        module.zero_grad()
        for b in range(cell.tasks):
            with higher.innerloop_ctx(module, optimiser, copy_initial_weights=False) as (
                copy,
                descent,
            ):
                for _ in range(cell.steps):
                    descent.step(copy(*(x[b] for x in support)))
                (copy(*(x[b] for x in query)) / cell.tasks).backward()
        return {name: a.grad for name, a in module.named_parameters()}

    return {"innerloop_ctx": call}


PEERS = {"jax": jax, "torch": torch, "higher": higher}


def chosen(text):
    """The names in "jax,torch", or in "none". Raises ValueError, listing the names, for one that
    there is not."""
    names = [] if text == "none" else list(dict.fromkeys(name.strip() for name in text.split(",")))
    for name in names:
        if name not in PEERS:
            raise ValueError(
                f"there is no peer {name!r}; the peers are {', '.join(PEERS)}, or none"
            )
    return names


def available(names):
    """-> those of `names` that can be imported, and for the others why not."""
    found, missing = [], {}
    for name in names:
        try:
            importlib.import_module(name)
            found.append(name)
        except Exception as error:  # a broken package may raise anything
            missing[name] = (
                "not installed"
                if isinstance(error, ModuleNotFoundError) and error.name == name
                else f"{type(error).__name__}: {error}"
            )
    return found, missing
