"""Take one assumption away: which lines of the proofs break? (lessons 13 to 23)

`BREAK[assumption]` changes an instance so that it violates that assumption and no other. A line
that cites the assumption must break on some such instance, a line that does not depend on it on
none: this shows that a reason is a reason.
"""

from typing import NamedTuple

import numpy as np

from .batches import count_outcomes, run
from .families import corrected_bounds, draw, tilt, with_sufficient_sizes
from .instances import ResamplingInstance
from .losses import Quadratic
from .results import RESULTS

LITTLE = (0.5, 0.1, 0.001)  # shares of a constant that are declared in its place


def declare(x, L=1.0, rho=1.0, **changes):
    """The instance with losses that declare these shares of its L and rho."""
    return tilt(x, 0 * x.w, L=L * x.L, rho=rho * x.rho).replace(**changes)


def steeper(x, rng):
    """Losses steeper than they say, with α up to what would be allowed if they were not."""
    share = rng.choice(LITTLE)
    return declare(x, L=share, alpha=x.alpha * min(1 / share, 30) ** rng.random())


def full_turn():
    """Steeper than it says, so that every factor turns v by more than a right angle, and four of
    them by more than a full turn: what is left of the sum of angles is then less than the angle.
    Chance does not find this."""
    loss = Quadratic([[2.8, 0.0], [0.0, 0.01]], [0.0, 0.0], L=0.2)
    return ResamplingInstance(losses=[loss], w=[1 / 2.8, 300.0], alpha=1.0, steps=2)


def one_sign(x, rng):
    """Samples that are always off to the same side, each task's to one of its own; σ_g and σ_H
    hold."""
    rows = x.signs[0].rows
    return x.replace(signs=[rows[:1] if rng.random() < 0.5 else rows[-1:] for _ in x.tasks])


def one_inner_sample(x, rng):
    """Every step reuses the sample of the first."""
    N, rows = x.steps, x.signs[0].rows
    return x.replace(signs=rows[(rows[:, :N] == rows[:, :1]).all(1)])


def hessians_on_inner_samples(x, rng):
    """D_j = S_j, and T the sample of the last step."""
    N, rows = x.steps, x.signs[0].rows
    return x.replace(
        signs=rows[(rows[:, N : 2 * N] == rows[:, :N]).all(1) & (rows[:, -1] == rows[:, N - 1])]
    )


def too_small(x, rng):
    """B' = D_L = 1 where the tasks, or their samples, differ much: by about A/C_𝓛. What is
    declared, σ, is true, if too large."""
    much = x.constants.A / x.constants.C_meta * 10 ** rng.uniform(-0.5, 1)
    samples = {"D_L": 1} if x.setting == "resampling" else {}
    if samples and x.sigma_g and rng.random() < 0.5:
        return x.replace(B_L=1, noise=x.noise * much / x.sigma_g, **samples)
    return x.replace(B_L=1, sigma=max(x.sigma, much), **samples)


BREAK = {
    "A1 L": steeper,
    "A1 rho": lambda x, rng: declare(x, rho=rng.choice(LITTLE)),
    "A1 inf": lambda x, rng: x.replace(lower_bound=x.lower_bound + 10 ** rng.uniform(0, 6)),
    "A2": lambda x, rng: x.replace(sigma=x.deviation() * rng.choice(LITTLE)),
    "A3 unbiased": one_sign,
    "A3 sigma_g": lambda x, rng: x.replace(sigma_g=x.sigma_g * rng.choice(LITTLE)),
    "A3 sigma_H": lambda x, rng: x.replace(sigma_H=x.sigma_H * rng.choice(LITTLE)),
    "fresh S": one_inner_sample,
    "fresh D, T": hessians_on_inner_samples,
    "iid tasks": lambda x, rng: x.replace(
        B=2, B_L=int(rng.integers(2, 9)), K=1, independent_tasks=False
    ),
    "fresh stepsize": lambda x, rng: x.replace(independent_stepsize=False, B=1, B_L=1, K=1),
    "sizes": too_small,
    "b": lambda x, rng: x.replace(b=x.b_i * rng.choice(LITTLE)),
}
"""Assumption -> a function of an instance and a generator that gives an instance without it. C_l > 0 and κ > 0 are conditions on numbers,
not on the world: without them the constants refuse to exist."""

BY_HAND = {("A1 L", "lemma_7_sharp"): full_turn}
"""What chance does not find: (assumption, result) -> a function that gives an instance."""

HAS = {
    "A1 rho": lambda x: x.rho > 0,
    "A2": lambda x: x.deviation() > 0,
    "b": lambda x: x.b > 0,
    "sizes": lambda x: x.rho > 0,
    **dict.fromkeys(("A3 unbiased", "A3 sigma_g", "fresh S"), lambda x: x.noise.any()),
    **dict.fromkeys(
        ("A3 sigma_H", "fresh D, T"), lambda x: x.noise.any() and x.hessian_noise.any()
    ),
}
"""What there must be, for the assumption to be taken away."""


def without(assumption, result, rng):
    """A random instance for a result that violates this assumption only. Raises KeyError for an
    assumption that is none, or a mere condition on constants."""
    if assumption not in BREAK:
        raise KeyError(f"{assumption!r} is nothing to take away; there are {', '.join(BREAK)}")
    noise = (
        dict(noise=True, hessian_noise=True)
        if result.enumerates != "batches" and result.setting != "finite-sum"
        else {}
    )
    while True:
        x = draw(rng, result, **noise)
        if HAS.get(assumption, bool)(x):
            x = BREAK[assumption](x, rng)
            if result.enumerates != "batches" or (x := kept(x, assumption)):
                return x


def kept(x, assumption):
    """The instance with everything else as it has to be, for its constants and its run may be
    others now: sizes, and σ, b_i and a lower bound of 𝓛 that hold at all w_k. None where the sizes
    are too large for `assumption` or to be enumerated."""
    if assumption != "sizes":
        x = x.replace(
            B_L=max(with_sufficient_sizes(x).B_L, x.B_L),
            **(
                {"D_L": max(with_sufficient_sizes(x).D_L, x.D_L)}
                if x.setting == "resampling"
                else {}
            ),
        )
        if x.B_L > (1 if assumption == "fresh stepsize" else 8) or count_outcomes(x) > 1 << 14:
            return None
    changes = {
        name: value
        for name, value in corrected_bounds(x).items()
        if (name, assumption) not in (("sigma", "A2"), ("b", "b"))
    }
    if assumption != "A1 inf":
        changes["lower_bound"] = min(
            x.lower_bound, *(float(x.meta_loss(w).min()) for w, _ in run(x))
        )
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
        return assumption in self.cites or any(
            assumption in RESULTS[name].assumes for name in self.cites if name in RESULTS
        )


def lines_without(assumption, result, instances, seed=0):
    """Every line of a result's proofs on so many instances without an assumption -> list of `Fate`.
    Lines that repeat (one for each step) count as one."""
    rng, counts = np.random.default_rng(seed), {}
    by_hand = BY_HAND.get((assumption, result.name))
    for x in [without(assumption, result, rng) for _ in range(instances)] + (
        [by_hand()] if by_hand else []
    ):
        for claim, chain in result.evaluate(x).items():
            for r, line in enumerate(chain.lines):
                reason = line.reason.split("; here ")[0]  # what follows are this instance's numbers
                count = counts.setdefault((result.name, claim, reason, line.cites), [0, 0])
                count[0] += 1
                count[1] += r in chain.violations
    return [Fate(*key, *count) for key, count in counts.items()]
