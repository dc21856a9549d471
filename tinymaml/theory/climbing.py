"""Neighbours of an instance, for the adversary's hill-climbing: every number in it may move, and
its constants are certified anew."""

import numpy as np

from .losses import CosineSum, LogCosh, PiecewiseHessian, Quadratic

EVERYTHING = 0.5  # how often all kinds of numbers move at once
LARGEST = 1e4  # so far may they go

MOVABLE = {  # a loss -> the arrays that it is made of, and how to make it again
    Quadratic: (lambda f: (f.A, f.c), lambda A, c: Quadratic((A + A.T) / 2, c)),
    CosineSum: (lambda f: (f.x, f.c, f.phi), CosineSum),
    LogCosh: (lambda f: (f.x, f.c, f.y), LogCosh),
    PiecewiseHessian: (
        lambda f: (f.knots, f.curvatures, f.gradients[:1]),
        lambda t, h, g: PiecewiseHessian(t, h, t[0], g[0]),
    ),
}
"""Losses of other kinds stay as they are."""


def moved(x, rng):
    """A neighbour of an instance: one kind of its numbers is changed, or all, by a random length
    between 1/300 of their size and their size. Arrays that several losses share stay shared, so
    that tasks with a common Hessian keep it. S, D, T, B, K stay. Raises ValueError where that makes
    no instance."""
    arguments, shared = dict(x.arguments), {}
    groups = [name for name in ("losses", "support_losses", "query_losses") if name in arguments]
    losses = {
        id(loss): loss for name in groups for loss in arguments[name] if type(loss) in MOVABLE
    }
    for loss in losses.values():
        for k, part in enumerate(MOVABLE[type(loss)][0](loss)):
            shared[type(loss), k, part.tobytes()] = part
    others = {
        "w": x.w,
        "u": None if x.u is None else x.u - x.w,
        **{name: arguments.get(name) for name in ("noise", "hessian_noise")},
        "weights": [task.p for task in x.tasks] if len(x.tasks) > 1 else None,
        "C_beta": [x.C_beta],
    }
    blocks = shared | {
        name: np.array(values, float) for name, values in others.items() if values is not None
    }
    alone, length = list(blocks)[rng.integers(len(blocks))], 10 ** rng.uniform(-2.5, 0)
    for chosen in blocks if rng.random() < EVERYTHING else [alone]:
        blocks[chosen] = nudged(blocks[chosen], length, rng)
    if max(np.abs(block).max(initial=0) for block in blocks.values()) > LARGEST:
        raise ValueError("too far")
    again = {
        key: MOVABLE[type(loss)][1](
            *(
                blocks[type(loss), k, part.tobytes()]
                for k, part in enumerate(MOVABLE[type(loss)][0](loss))
            )
        )
        for key, loss in losses.items()
    }
    for name in groups:
        arguments[name] = [again.get(id(loss), loss) for loss in arguments[name]]
    for name in ("w", "noise", "hessian_noise", "weights"):
        arguments[name] = blocks.get(name)
    if x.u is not None:
        arguments["u"] = blocks["w"] + blocks["u"]
    if blocks.get("weights") is not None:
        arguments["weights"] = np.abs(blocks["weights"]) / np.abs(blocks["weights"]).sum()
    if blocks.get("hessian_noise") is not None:
        arguments["hessian_noise"] = (
            blocks["hessian_noise"] + blocks["hessian_noise"].swapaxes(1, 2)
        ) / 2
    arguments["C_beta"] = float(blocks["C_beta"][0])
    return type(x)(**{name: value for name, value in arguments.items() if name in x.arguments})


def nudged(block, length, rng):
    """Moved by about `length` of its size."""
    return block + length * (np.abs(block).max(initial=0) or 1.0) * rng.normal(size=block.shape)
