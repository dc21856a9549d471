"""Neighbours of an instance, for the adversary's hill-climbing: every number in it may move, and
its constants are certified anew."""

import numpy as np

from .losses import CosineSum, LogCosh, PiecewiseHessian, Quadratic

EVERYTHING = 0.5  # how often all kinds of numbers move at once
LARGEST = 1e4  # so far may they go

# A loss -> the arrays that it is made of, and how to make it again. Losses of other kinds stay as
# they are.
MOVABLE = {
    Quadratic: (lambda f: (f.A, f.c), lambda A, c: Quadratic((A + A.T) / 2, c)),
    CosineSum: (lambda f: (f.x, f.c, f.phi), CosineSum),
    LogCosh: (lambda f: (f.x, f.c, f.y), LogCosh),
    PiecewiseHessian: (
        lambda f: (f.knots, f.curvatures, f.gradients[:1]),
        lambda t, h, g: PiecewiseHessian(t, h, t[0], g[0]),
    ),
}


def neighbour(x, rng):
    """A neighbour of an instance: one kind of its numbers is changed, or all, by a random length
    between 1/300 of their size and their size. Arrays that several losses share stay shared, so
    that tasks with a common Hessian keep it. S, D, T, B, K stay. Raises ValueError where that makes
    no instance."""
    groups = [name for name in ("losses", "support_losses", "query_losses") if name in x.arguments]
    losses = {}
    for name in groups:
        for loss in x.arguments[name]:
            if type(loss) in MOVABLE:
                losses[id(loss)] = loss
    blocks = {}
    for loss in losses.values():
        blocks |= loss_parts(loss)
    blocks |= other_blocks(x)

    names = list(blocks)
    single = names[rng.integers(len(names))]
    length = 10 ** rng.uniform(-2.5, 0)
    for name in names if rng.random() < EVERYTHING else [single]:
        blocks[name] = nudge(blocks[name], length, rng)
    if max(np.abs(block).max(initial=0) for block in blocks.values()) > LARGEST:
        raise ValueError("too far")

    rebuilt = {key: rebuild(loss, blocks) for key, loss in losses.items()}
    arguments = dict(x.arguments)
    for name in groups:
        arguments[name] = [rebuilt.get(id(loss), loss) for loss in arguments[name]]
    arguments |= changed_arguments(blocks)
    return type(x)(**arguments)


def loss_parts(loss):
    """The arrays that a loss is made of, by a key that is the same for the same array in another
    loss of this kind."""
    kind = type(loss)
    parts, _ = MOVABLE[kind]
    return {(kind, k, part.tobytes()): part for k, part in enumerate(parts(loss))}


def rebuild(loss, blocks):
    """The loss with its arrays as they are in blocks."""
    _, build = MOVABLE[type(loss)]
    return build(*(blocks[key] for key in loss_parts(loss)))


def other_blocks(x):
    """The numbers of an instance that are not its losses', by name. u counts from w; the weights of
    a single task are no numbers."""
    others = {
        "w": x.w,
        "u": None if x.u is None else x.u - x.w,
        "noise": x.arguments.get("noise"),
        "hessian_noise": x.arguments.get("hessian_noise"),
        "weights": [task.p for task in x.tasks] if len(x.tasks) > 1 else None,
        "C_beta": [x.C_beta],
    }
    return {name: np.array(values, float) for name, values in others.items() if values is not None}


def changed_arguments(blocks):
    """The arguments of an instance that `other_blocks` are made of, from these blocks."""
    changes = {
        "w": blocks["w"],
        "weights": None,
        "C_beta": float(blocks["C_beta"][0]),
    }
    if "u" in blocks:
        changes["u"] = blocks["w"] + blocks["u"]
    if "weights" in blocks:
        sizes = np.abs(blocks["weights"])
        changes["weights"] = sizes / sizes.sum()
    if "noise" in blocks:
        changes["noise"] = blocks["noise"]
    if "hessian_noise" in blocks:
        V = blocks["hessian_noise"]
        changes["hessian_noise"] = (V + V.swapaxes(1, 2)) / 2
    return changes


def nudge(block, length, rng):
    """The block, moved by about `length` of its size."""
    size = np.abs(block).max(initial=0) or 1.0
    return block + length * size * rng.normal(size=block.shape)
