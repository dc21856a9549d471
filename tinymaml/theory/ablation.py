"""Take one assumption away: which lines of the proofs break? (lessons 13 to 23)

`BREAK[assumption]` changes an instance so that it violates that assumption and no other. A line that cites the assumption must break on
some such instance, a line that does not depend on it on none: this shows that a reason is a reason.
"""
from typing import NamedTuple

import numpy as np

from .chain import ASSUMPTIONS
from .families import draw
from .losses import evaluate
from .results import RESULTS

CONDITIONS = ("C_l > 0", "kappa > 0")                       # conditions on numbers, not on the world: the constants refuse to exist


class Declared:
    """A loss that claims other constants than its own."""
    batched = True

    def __init__(self, loss, **constants):
        self.loss, self.L, self.rho = loss, constants.get("L", loss.L), constants.get("rho", loss.rho)
        self.mean_hessian = getattr(loss, "mean_hessian", None)

    def value(self, w): return evaluate(self.loss, "value", w)
    def gradient(self, w): return evaluate(self.loss, "gradient", w)
    def hessian(self, w): return evaluate(self.loss, "hessian", w)


def declare(x, **shares):
    """The instance with losses that declare so much less L or rho than they have; all other constants as they were."""
    def all_of(losses):
        known = {}                                          # a loss that is support and query stays one
        return [known.setdefault(id(loss), Declared(loss, **{name: share * getattr(x, name) for name, share in shares.items()})) for loss in losses]
    same = {name: getattr(x, name) for name in ("sigma", "sigma_g", "sigma_H") if name in x.arguments}
    if x.setting == "finite-sum":
        same["b"] = x.b_i
    return x.replace(**{name: all_of(x.arguments[name]) for name in x.arguments if name.endswith("losses")}, **same)


def shared_inner_signs(x, rng):
    """Every step reuses the sample of the first."""
    N, rows = x.steps, x.signs.rows
    return x.replace(signs=rows[(rows[:, :N] == rows[:, :1]).all(1)])


def hessians_on_inner_samples(x, rng):
    """D_j = S_j, and T the sample of the last step."""
    N, rows = x.steps, x.signs.rows
    return x.replace(signs=rows[(rows[:, N:2 * N] == rows[:, :N]).all(1) & (rows[:, -1] == rows[:, N - 1])])


BREAK = {
    "A1 L": lambda x, rng: declare(x, L=rng.choice([0.5, 0.1, 0.001])),
    "A1 rho": lambda x, rng: declare(x, rho=rng.choice([0.5, 0.1, 0.001])),
    "A1 inf": lambda x, rng: x.replace(lower_bound=x.lower_bound + 10 ** rng.uniform(0, 6)),
    "A2": lambda x, rng: x.replace(sigma=x.deviation() * rng.choice([0.5, 0.1, 0.0])),
    "A3 unbiased": lambda x, rng: x.replace(signs=x.signs.rows[:1]),                    # always +: off in the mean, within σ_g and σ_H
    "A3 sigma_g": lambda x, rng: x.replace(sigma_g=x.sigma_g * rng.choice([0.5, 0.1, 0.0])),
    "A3 sigma_H": lambda x, rng: x.replace(sigma_H=x.sigma_H * rng.choice([0.5, 0.1, 0.0])),
    "fresh S": shared_inner_signs,
    "fresh D, T": hessians_on_inner_samples,
    "iid tasks": lambda x, rng: x.replace(B=2, K=1, independent_tasks=False),
    "fresh stepsize": lambda x, rng: x.replace(independent_stepsize=False, B=1, B_L=1, K=1),
    "sizes": lambda x, rng: x.replace(B_L=1, **({"D_L": 1} if x.setting == "resampling" else {})),
    "b": lambda x, rng: x.replace(b=x.b_i * rng.choice([0.5, 0.1, 0.0])),
}
"""Assumption -> a function of an instance and a generator that gives an instance without it."""


class Broken(NamedTuple):
    """A line of a proof, and how often it was false on so many instances without an assumption."""
    result: str
    claim: str
    reason: str
    cites: tuple[str, ...]
    seen: int
    false: int

    def depends(self, assumption):
        """Does the line cite the assumption, or a result that rests on it?"""
        return assumption in self.cites or any(assumption in RESULTS[name].assumes for name in self.cites if name in RESULTS)


def without(assumption, result, rng):
    """A random instance for a result that violates this assumption only."""
    return BREAK[assumption](draw(rng, result), rng)


def lines_without(assumption, result, instances, seed=0):
    """Every line of a result's proofs on so many instances without an assumption -> list of `Broken`. Lines that repeat (one for each
    step) count as one. Raises KeyError for an assumption that is none, or a mere condition on constants."""
    if assumption not in BREAK:
        raise KeyError(f"{assumption!r} is nothing to take away; there are {', '.join(BREAK)}")
    rng, counts = np.random.default_rng(seed), {}
    for _ in range(instances):
        x = without(assumption, result, rng)
        for task in range(len(x.tasks) if result.per_task else 1):
            for claim, chain in result.evaluate(x, task).items():
                false = chain.violations
                for r, line in enumerate(chain.lines):
                    count = counts.setdefault((result.name, claim, line.reason, line.cites), [0, 0])
                    count[0] += 1
                    count[1] += r in false
    return [Broken(*key, *count) for key, count in counts.items()]


assert set(BREAK) | set(CONDITIONS) == set(ASSUMPTIONS)
