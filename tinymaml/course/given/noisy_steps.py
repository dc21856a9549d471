"""Instances of the theory for lesson 20: inner steps that are pushed by noise."""

import re
from itertools import product

import numpy as np

from ... import theory
from ...theory import ablation, extremals
from ...theory.table import shares
from . import changed


def exact_path(loss, w, alpha, steps):
    """Gradient descent without noise -> w̃_0, ..., w̃_N, an array (N + 1, d)."""
    path = [np.asarray(w, float)]
    for _ in range(steps):
        path.append(path[-1] - alpha * loss.gradient(path[-1]))
    return np.array(path)


def pushed(h, alpha, noise, signs=None):
    """N steps on (h/2)‖w‖² with the noise ±ν_j, from w = 0, where the exact run stays.

    h: a number, or a Hessian (d, d). noise: (N, d), ν_0, ..., ν_{N−1}. signs: (patterns, N), the
    signs that occur, all equally likely; None: each step tosses its own coin.
    """
    d = np.shape(noise)[1]
    hessian = h * np.eye(d) if np.ndim(h) == 0 else np.asarray(h, float)
    return pushed_on(theory.Quadratic(hessian, np.zeros(d)), np.zeros(d), alpha, noise, signs)


def pushed_on(loss, w, alpha, noise, signs=None):
    """The same on any loss of the theory, from any w (d,)."""
    noise = np.asarray(noise, float)
    if signs is None:
        signs = list(product((1, -1), repeat=len(noise)))
    return theory.ResamplingInstance(
        losses=[loss],
        w=w,
        alpha=alpha,
        steps=len(noise),
        # the last entry is the outer gradient's sample, here without noise
        noise=np.append(noise, np.zeros((1, noise.shape[1])), axis=0),
        signs=np.column_stack([signs, np.ones(len(signs))]),
    )


def drifts(instance):
    """e_0, ..., e_N on each path of the first task: (N + 1, paths, d)."""
    return instance.tasks[0].drift


def last_step(chain):
    """The lines of a Chain that are about the last inner step, as a Chain: with e_j for w_j − w̃_j,
    and without the definitions of e_j and d_j in their reasons."""
    piece = changed.last_step(chain, f"{chain.name}, the last step")
    return piece._replace(lines=tuple(map(in_symbols, piece.lines)))


def in_symbols(line):
    """A line with e_j for w_j − w̃_j; what its reason says between "inner step" and the semicolon,
    the definitions, is left out."""
    latex = re.sub(r"w_(\{\d+\})-\\tilde w_\1", r"e_\1", line.latex)
    return line._replace(latex=latex, reason=re.sub(r"^(inner step) .*;", r"\1;", line.reason))


#: what gives something away in Lemmas 4 and 5 -> how its reason starts
REASONS = {
    "push": "inner step",
    "step": "triangle inequality",
    "A1": "A1",
    "Jensen": "Jensen",
    "A3": "A3 at",
}


def lost(chain):
    """What share of a Chain's slack each reason gives away over all its steps: the share and the
    word, the largest first. The triangle inequality for the push is "push", that for the exact step
    is "step"."""
    given_away = dict.fromkeys(REASONS, 0.0)
    for line, share in zip(chain.lines, shares(chain), strict=True):
        for word, start in REASONS.items():
            if line.reason.startswith(start):
                given_away[word] += share
    return sorted(((share, word) for word, share in given_away.items()), reverse=True)


def lost_most(chain):
    """The word for what gives away most."""
    return lost(chain)[0][1]


def where_lost(chain):
    """What gives away more than half a percent, in words."""
    words = [f"{share:.0%} {word}" for share, word in lost(chain) if share > 0.005]
    return ", ".join(words) or "nothing"


def false_reasons(chain):
    """How the reasons of a Chain's false lines begin, each once: up to the first comma or colon."""
    return sorted({re.split("[,:]", chain.lines[k].reason)[0] for k in chain.violations})


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
    """Three steps of 0.1 on −½w² that reuse one sample out of `pairs` pairs. At the start the two
    samples of a pair are ±c off, 0.99 <= c < 1; at each later point that one of the two leads to,
    they are ±√pairs off, and all other samples by 0 (see `ablation.with_following_noise`)."""
    hill = extremals.one_sample(0.1, 3)
    return ablation.with_following_noise(hill, pairs, np.random.default_rng(0), least=0.99)
