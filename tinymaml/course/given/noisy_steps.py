"""Instances of the theory for lesson 20: a quadratic, whose steps are pushed by noise."""

from itertools import product

import numpy as np

from ... import theory
from ...theory import ablation, extremals
from ...theory.chain import Chain
from ...theory.table import heaviest


def exact_path(loss, w, alpha, steps):
    """Gradient descent without noise -> w̃_0, ..., w̃_N, an array (N + 1, d)."""
    path = [np.asarray(w, float)]
    for _ in range(steps):
        path.append(path[-1] - alpha * loss.gradient(path[-1]))
    return np.array(path)


def pushed(A, alpha, noise, signs=None):
    """½ wᵀAw from w = 0, where the exact run stays, N steps with the noise ±ν_j.

    A: a number, or (d, d). noise: (N, d), ν_0, ..., ν_{N−1}. signs: (patterns, N), the signs that
    occur, all equally likely; None: each step tosses its own coin.
    """
    noise = np.asarray(noise, float)
    A = A * np.eye(noise.shape[1]) if np.ndim(A) == 0 else np.asarray(A, float)
    if signs is None:
        signs = list(product((1, -1), repeat=len(noise)))
    return theory.ResamplingInstance(
        losses=[theory.Quadratic(A, np.zeros(len(A)))],
        w=np.zeros(len(A)),
        alpha=alpha,
        steps=len(noise),
        # the last entry is the outer gradient's sample, here without noise
        noise=np.append(noise, np.zeros((1, len(A))), axis=0),
        signs=np.column_stack([signs, np.ones(len(signs))]),
    )


def drifts(instance):
    """e_0, ..., e_N on each path of the first task: (N + 1, paths, d)."""
    return instance.tasks[0].drift


def last_step(chain):
    """The lines of a Chain that are about the last inner step, as a Chain."""
    starts = [k for k, line in enumerate(chain.lines) if line.reason.startswith("inner step")]
    end = starts[1] if len(starts) > 1 else len(chain.lines) - 1
    return Chain(chain.lines[:end], chain.scale, f"{chain.name}, the last step")


def where_lost(chain):
    """How near a Chain's bound comes to the truth, and which reason gives most away, in words."""
    words = f"truth / bound {chain.tightness:.2f}"
    if chain.tightness > 1 - 1e-9:
        return words
    numbers, share = heaviest(chain)
    reason = chain.lines[numbers[0]].reason
    known = [word for word in ("triangle inequality", "A1", "A3", "Jensen") if word in reason]
    return f"{words}, {share:4.0%} of the slack: {known[0]}"


def plane_paths(alpha, steps, direction):
    """All 2^N paths on −½‖w‖² from the hill top 0, in the plane: (2^N, N + 1, 2).

    direction: (w, j) -> the noise ν of length 1 that step j has at w, up to its sign.
    """
    paths = []
    for signs in product((1, -1), repeat=steps):
        path = [np.zeros(2)]
        for j, sign in enumerate(signs):
            w = path[-1]
            path.append(w + alpha * w - alpha * sign * direction(w, j))
        paths.append(path)
    return np.array(paths)


def along_two_axes(w, j):
    """The first axis in even steps, the second in odd ones."""
    return np.eye(2)[j % 2]


def across(w, j):
    """At right angles to w; at 0 along the first axis."""
    length = np.hypot(*w)
    return np.array([-w[1], w[0]]) / length if length else np.eye(2)[0]


def following(pairs):
    """Three steps of 0.1 on −½w² that reuse one sample out of `pairs` pairs ±. At the start each is
    off by a little less than 1; at the points that it leads to itself by √pairs, and elsewhere by 0
    (see `ablation.with_following_noise`)."""
    hill = extremals.one_sample(0.1, 3)
    return ablation.with_following_noise(hill, pairs, np.random.default_rng(0), least=0.99)
