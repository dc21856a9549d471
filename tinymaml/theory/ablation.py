"""Take one assumption away: which lines of the proofs break? (lessons 13 to 23)

`BREAK[assumption]` changes an instance so that it violates that assumption and no other. A line
that cites the assumption must break on some such instance, a line that does not depend on it on
none: this shows that a reason is a reason.
"""

from collections import Counter
from typing import NamedTuple

import numpy as np

from .batches import count_outcomes
from .constants import ConditionFailed
from .families import (
    OUTCOMES,
    corrected_bounds,
    count_batches,
    draw,
    lowest_on_run,
    tilt,
    with_sufficient_sizes,
    with_true_bounds,
)
from .finite_sum_instance import FiniteSumInstance
from .losses import PiecewiseHessian, Quadratic
from .resampling_instance import ResamplingInstance
from .results import RESULTS
from .signs import Signs

SHARES = (0.5, 0.1, 0.001)  # of a constant, that are declared in its place


def declare(x, L=1.0, rho=1.0):
    """The instance with losses that declare these shares of its L and rho."""
    return tilt(x, 0 * x.w, L=L * x.L, rho=rho * x.rho)


def understate_L(x, rng):
    """Losses steeper than they say, with α up to what would be allowed if they were not."""
    share = rng.choice(SHARES)
    alpha = x.alpha * min(1 / share, 30) ** rng.random()
    return declare(x, L=share).replace(alpha=alpha)


def understate_rho(x, rng):
    """Losses whose Hessians change faster than they say."""
    return declare(x, rho=rng.choice(SHARES))


def overstate_lowest_curvature(x, rng):
    """Losses that curve down more than they say, by a share of the way to L."""
    lowest = x.lowest_curvature + rng.choice([0.5, 0.9, 1.0]) * (x.L - x.lowest_curvature)
    return tilt(x, 0 * x.w, lowest_curvature=float(lowest))


def overstate_lower_bound(x, rng):
    """A lower bound of 𝓛 that is none."""
    return x.replace(lower_bound=x.lower_bound + 10 ** rng.uniform(0, 6))


def understate_sigma(x, rng):
    """Tasks whose gradients differ more than σ."""
    return x.replace(sigma=x.deviation() * rng.choice(SHARES))


def understate_sigma_g(x, rng):
    """Samples whose gradients are noisier than σ_g."""
    return x.replace(sigma_g=x.sigma_g * rng.choice(SHARES))


def understate_sigma_H(x, rng):
    """Samples whose Hessians are noisier than σ_H."""
    return x.replace(sigma_H=x.sigma_H * rng.choice(SHARES))


def understate_b(x, rng):
    """Support and query gradients that differ more than b_i."""
    return x.replace(b=x.b_i * rng.choice(SHARES))


def two_points(x):
    """All patterns of signs (R, columns) of mini-batches that are one two-point draw each."""
    return x.replace(batch="two-point").signs[0].rows


def bias_samples(x, rng):
    """Samples that are always off to the same side, each task's to one of its own, and so is the
    mean of a mini-batch, by as much; σ_g and σ_H hold."""
    rows = two_points(x)
    signs = [rows[:1] if rng.random() < 0.5 else rows[-1:] for _ in x.tasks]
    return x.replace(batch="repeated", signs=signs)


def repeat_samples(x, rng):
    """A mini-batch is one sample, again and again."""
    S, D, T, D_L = rng.integers(2, 9, 4).tolist()
    return x.replace(batch="repeated", S=S, D=D, T=T, D_L=max(D_L, x.D_L))


def reuse_inner_samples(x, rng):
    """Every step reuses the mini-batch of the first; its noise is the same at every w."""
    N, rows = x.steps, two_points(x)
    same = (rows[:, :N] == rows[:, :1]).all(1)
    return x.replace(batch="two-point", signs=rows[same])


def follow_the_path(x, rng):
    """Every step reuses the sample of the first, whose noise is large just where it leads: to
    either side, so that its mean is zero there too, or to one."""
    x, pairs = x.replace(B=1, K=1), int(rng.integers(4, 9))
    return with_following_noise(x, pairs, rng, one_sided=rng.random() < 0.5)


def with_following_noise(x, pairs, rng, least=0.5, one_sided=False):
    """The instance with M = `pairs` pairs of samples ±m, of which one serves all inner steps. At w
    sample ±m is ±c_m ν_0 off, least <= c_m < 1; at the points that it leads to itself ±√M ν_j, its
    partner ∓√M ν_j, and no other sample. At every w that knows nothing of the draw this has mean
    zero and a mean square of ‖ν_j‖² at most: A3 holds. Along the path it is ±√M ν_j in every step
    but the first. one_sided: +√M ν_j at the points that either of ±m leads to, and −√M ν_j for its
    partner there: then even the mean of the noise along the path is not zero."""
    lengths = np.linspace(least, 1, pairs, endpoint=False) if pairs > 1 else np.ones(1)
    paths = np.full((pairs, x.steps), np.sqrt(pairs))
    paths[:, :1] = rng.permutation(lengths)[:, None]
    partners = -paths
    if one_sided:
        partners[:, 1:] *= -1
    paths = np.concatenate([paths, partners])
    others = two_points(x)[:: 2**x.steps, x.steps :]  # of the Hessians and the outer gradient
    rows = np.hstack([np.repeat(paths, len(others), 0), np.tile(others, (len(paths), 1))])
    kinds = [x.arguments[name] is not None for name in ("noise", "hessian_noise")]
    return x.replace(batch="two-point", S=1, signs=Signs(x.steps, *kinds, rows))


def share_samples(x, rng):
    """The Hessians' samples are those of the inner steps, D_j = S_j, and T is the sample of the
    last step."""
    N, rows = x.steps, two_points(x)
    same_hessians = (rows[:, N : 2 * N] == rows[:, :N]).all(1)
    same_outer = rows[:, -1] == rows[:, N - 1]
    return x.replace(batch="two-point", signs=rows[same_hessians & same_outer])


def repeat_tasks(x, rng):
    """A batch is one task, again and again."""
    return x.replace(B=2, B_L=int(rng.integers(2, 9)), K=1, independent_tasks=False)


def share_stepsize(x, rng):
    """The batch's own samples make the stepsize."""
    return x.replace(independent_stepsize=False, B=1, B_L=1, K=1)


def shrink_sizes(x, rng):
    """B' = D_L = 1 where the tasks, or their samples, differ much: by about A/C_𝓛. What is
    declared, σ, is true, if too large."""
    much = x.constants.A / x.constants.C_meta * 10 ** rng.uniform(-0.5, 1)
    if x.setting == "finite-sum":
        return x.replace(B_L=1, sigma=max(x.sigma, much))
    if x.sigma_g and rng.random() < 0.5:
        return x.replace(B_L=1, noise=x.noise * much / x.sigma_g, D_L=1)
    return x.replace(B_L=1, sigma=max(x.sigma, much), D_L=1)


BREAK = {
    "A1 L": understate_L,
    "A1 rho": understate_rho,
    "A1 m": overstate_lowest_curvature,
    "A1 inf": overstate_lower_bound,
    "A2": understate_sigma,
    "A3 unbiased": bias_samples,
    "A3 sigma_g": understate_sigma_g,
    "A3 sigma_H": understate_sigma_H,
    "independent samples": repeat_samples,
    "fresh S": reuse_inner_samples,
    "fresh or additive": follow_the_path,
    "fresh D, T": share_samples,
    "iid tasks": repeat_tasks,
    "fresh stepsize": share_stepsize,
    "sizes": shrink_sizes,
    "b": understate_b,
}
"""Assumption -> a function of an instance and a generator that gives an instance without it. C_l >
0, κ > 0 and η > 0 are conditions on numbers, not on the world: without them the constants refuse to
exist."""

ALONG = {"fresh or additive": "fresh S"}
"""Assumption -> another one that is taken away with it: samples that are not even additive are not
fresh."""


def turn_fully():
    """An instance steeper than it says, so that every factor turns v by more than a right angle,
    and four of them by more than a full turn: what is left of the sum of angles is then less than
    the angle."""
    loss = Quadratic([[2.8, 0.0], [0.0, 0.01]], [0.0, 0.0], L=0.2)
    return ResamplingInstance(losses=[loss], w=[1 / 2.8, 300.0], alpha=1.0, steps=2)


def overshoot():
    """An instance with a valley steeper than it says, in which every step goes to the other side
    and 1.5 times as far out, while αL seems to be ¼."""
    loss = PiecewiseHessian([-20.0, -10.0], [0.0, 1.0], slope=1.0, L=0.1)
    return ResamplingInstance(losses=[loss], w=[0.0], u=[0.5], alpha=2.5, steps=2)


def stretch_fully():
    """A hill steeper than it says, where every inner step stretches by more than a, far off: its
    only task differs from none."""
    hill = Quadratic([[-1.0]], [0.0], L=0.1)
    return FiniteSumInstance(
        support_losses=[hill], query_losses=[hill], w=[1.0], alpha=0.5, steps=1, lower_bound=-100.0
    )


def steeper_hill():
    """A hill steeper than it says: every factor stretches by more than a."""
    loss = Quadratic([[-1.0]], [0.0], L=0.1)
    return ResamplingInstance(losses=[loss], w=[1.0], alpha=0.1, steps=1, lower_bound=-1e3)


BY_HAND = {
    ("A1 L", "lemma_7_sharp"): turn_fully,
    ("A1 L", "proposition_1_sharp"): overshoot,
    ("A1 L", "theorem_3"): stretch_fully,
    ("A1 L", "theorem_4"): steeper_hill,
}
"""What chance does not find: (assumption, result) -> a function that gives an instance."""


def can_be_broken(x, assumption):
    """Has the instance what it needs for the assumption to be taken away?"""
    if assumption in ("A1 rho", "sizes"):
        return x.rho > 0
    if assumption == "A2":
        return x.deviation() > 0
    if assumption == "b":
        return x.b > 0
    if assumption in ("A3 unbiased", "A3 sigma_g", "fresh S"):
        return x.noise.any()
    if assumption == "independent samples":
        return x.noise.any()
    if assumption == "fresh or additive":
        return x.noise.any() and x.steps > 1
    if assumption in ("A3 sigma_H", "fresh D, T"):
        return x.noise.any() and x.hessian_noise.any()
    return True


def draw_without(assumption, result, rng):
    """A random instance for a result that violates this assumption only. Raises KeyError for an
    assumption that is none, or a mere condition on constants."""
    if assumption not in BREAK:
        raise KeyError(f"{assumption!r} is nothing to take away; there are {', '.join(BREAK)}")
    runs = result.enumerates == "batches" or result.stepsize is not None
    given = {}
    if not runs and result.setting != "finite-sum":
        given = {"noise": True, "hessian_noise": True}
    while True:
        x = draw(rng, result, **given)
        if not can_be_broken(x, assumption):
            continue
        x = BREAK[assumption](x, rng)
        if runs:
            x = restore_others(x, assumption, result)
        if x is not None:
            return x


def restore_others(x, assumption, result):
    """The instance with everything but the assumption as it has to be, for its constants and its
    run may be others now: sizes, and σ, b_i and a lower bound of 𝓛 that hold at all w_k. None where
    the sizes are too large for the assumption or to be enumerated, and where there is no η > 0."""
    if result.stepsize is not None:
        if result.enumerates == "batches" and count_batches(x) ** x.K > OUTCOMES:
            return None
        kept = {"A2": ["sigma"], "b": ["b"]}.get(assumption, [])
        try:
            x = with_true_bounds(x, result, kept)
        except ConditionFailed:
            return None
        if assumption != "A1 inf":
            x = x.replace(lower_bound=min(x.lower_bound, float(lowest_on_run(x, result))))
        return x
    if assumption != "sizes":
        sufficient = with_sufficient_sizes(x)
        sizes = {"B_L": max(sufficient.B_L, x.B_L)}
        if x.setting == "resampling":
            sizes["D_L"] = max(sufficient.D_L, x.D_L)
        x = x.replace(**sizes)
        largest = 1 if assumption == "fresh stepsize" else 8
        if x.B_L > largest or count_outcomes(x) > 1 << 14:
            return None
    changes = corrected_bounds(x, result)
    if assumption == "A2":
        changes.pop("sigma", None)
    if assumption == "b":
        changes.pop("b", None)
    if assumption != "A1 inf":
        changes["lower_bound"] = min(x.lower_bound, float(lowest_on_run(x, result)))
    return x.replace(**changes)


class Fate(NamedTuple):
    """A line of a proof, and how often it was false without an assumption."""

    result: str
    claim: str
    reason: str
    cites: tuple[str, ...]
    seen: int
    false: int

    def depends(self, assumption):
        """Does the line cite the assumption, or a result that rests on it?"""
        behind = set(self.cites)
        for name in behind & set(RESULTS):
            behind |= set(RESULTS[name].assumes)
        return assumption in behind or ALONG.get(assumption) in behind


def lines_without(assumption, result, instances, seed=0):
    """A list of `Fate`: every line of a result's proofs, on so many instances without an
    assumption. Lines that repeat (one for each step) count as one."""
    rng = np.random.default_rng(seed)
    examples = [draw_without(assumption, result, rng) for _ in range(instances)]
    if (assumption, result.name) in BY_HAND:
        examples.append(BY_HAND[assumption, result.name]())
    seen, false = Counter(), Counter()
    for x in examples:
        for claim, chain in result.evaluate(x).items():
            violations = chain.violations
            for number, line in enumerate(chain.lines):
                reason = line.reason.split("; here ")[0]  # what follows are this instance's numbers
                key = (result.name, claim, reason, line.cites)
                seen[key] += 1
                false[key] += number in violations
    return [Fate(*key, seen[key], false[key]) for key in seen]
