"""Instances of the theory for lesson 13: families of tasks, noisy steps; a search for ρ."""

import numpy as np

from ... import theory

# the lines of Lemma 5 that the lesson has as (10) to (14); between the last two the chain divides
# the noise by the size of a mini-batch, here 1
LINES = {10: 1, 11: 2, 12: 3, 13: 4, 14: 6}


def as_family(losses):
    """An instance with these losses as its tasks, all equally likely."""
    dimension = losses[0].dimension
    return theory.ResamplingInstance(losses=losses, w=np.zeros(dimension), alpha=0.1, steps=1)


def cloud_radius(losses, points):
    """√E_i‖∇l_i(w) − ∇l(w)‖² at each of the points (count, d) -> (count,)."""
    return as_family(losses).deviation(points)


def certified_sigma(losses):
    """The certificate of σ, for all w; None where the losses have none."""
    try:
        return as_family(losses).sigma
    except ValueError:
        return None


def with_signs(A, w, alpha, noise, fresh):
    """½ wᵀAw from w, N noisy steps: each with a sign of its own, or all with one."""
    # one entry more than steps: the outer gradient's sample, here without noise
    ones = np.ones(len(noise) + 1)
    return theory.ResamplingInstance(
        losses=[theory.Quadratic(A, np.zeros(len(A)))],
        w=w,
        alpha=alpha,
        steps=len(noise),
        noise=np.append(noise, np.zeros((1, len(A))), axis=0),
        signs=None if fresh else [ones, -ones],
    )


def lines_10_to_14(chain):
    """Lemma 5's chain -> the number, the value, and whether it is true, of each of the lines."""
    return [
        (number, chain.lines[k].value, k not in chain.violations) for number, k in LINES.items()
    ]


def largest_change(loss, tries=1000, apart=0.01):
    """The largest ‖∇²l(w) − ∇²l(u)‖ / ‖w − u‖ that a search finds, with w and u `apart`: no ρ is
    less. From the best of `tries` random pairs, as many random changes, ever smaller, are kept
    where they find more."""
    rng = np.random.default_rng(0)
    largest, best = 0.0, np.zeros((2, loss.dimension))
    for k, size in enumerate(np.append(np.ones(tries), np.geomspace(0.3, 0.01, tries))):
        centre = best if k >= tries else 0
        middle, direction = centre + size * rng.standard_normal((2, loss.dimension))
        direction /= np.linalg.norm(direction)
        half = direction * apart / 2
        change = loss.hessian(middle + half) - loss.hessian(middle - half)
        found = float(np.linalg.norm(change, 2)) / apart
        if found > largest:
            largest, best = found, np.array([middle, direction])
    return largest
