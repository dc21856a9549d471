"""Every result on many instances: is a line ever false, how tight does a bound get, and which line
gives most away?

Not falsified is not proved; the proof is the chain itself. What this finds is a false line, a wrong
constant, a line with no use.
"""

from collections import Counter
from typing import NamedTuple

import numpy as np

from . import families
from .adversary import worst_case
from .results import RESULTS
from .table import tight

INSTANCES = {
    "": 400,
    "signs": 300,
    "batches": 150,
}  # by what a proof enumerates, which decides what an instance costs
BUDGET = {
    "": 300,
    "signs": 150,
    "batches": 50,
}  # instances that the adversary may evaluate for a claim
QUICK = 5  # instances that show the survey at work, and little else
RANDOM = "random"
LEAST = 1 / 8  # of NαL, for a ratio to count: as α -> 0 most bounds become tight, and say nothing
DIGITS = 1e-6  # a ratio counts if rounding leaves so much of it, relative


class Claim(NamedTuple):
    """What was found of one claim."""

    name: str
    lines: tuple[int, int]  # of its shortest and its longest chain
    instances: int  # that meet its conditions
    violations: int  # lines that were false
    tightness: (
        float  # the largest lhs / rhs where N > 1 and NαL >= LEAST; NaN where none says anything
    )
    found: str  # by whom: RANDOM, or what the adversary says
    identity: bool  # has no "<="
    loses: str  # the reason of the lines that give most away; "" where nothing is given away
    line: int | None  # their number, where it is always the same
    share: float  # of the slack, that they give away in the mean


class Finding(NamedTuple):
    """What was found of one result."""

    name: str
    instances: int
    claims: tuple[Claim, ...]

    @property
    def violations(self):
        return sum(claim.violations for claim in self.claims)


class Tally:
    """The chains of one claim, counted as they come."""

    def __init__(self, bounded=False):
        self.bounded = bounded  # do ratios count only where inf 𝓛 has a certificate?
        self.lengths, self.violations, self.tightness, self.found = [], 0, np.nan, ""
        self.lossy, self.shares, self.numbers, self.identity = 0, Counter(), {}, True

    def add(self, chain, x, found=RANDOM):
        """A chain of this claim, its instance, and who found that."""
        self.lengths.append(len(chain.lines))
        self.violations += len(chain.violations)
        self.identity &= all(line.relation != "<=" for line in chain.lines)
        rounding = np.finfo(float).eps * chain.scale
        telling = (
            np.isfinite(chain.tightness)
            and chain.rhs * DIGITS > rounding
            and x.steps > 1
            and x.alpha * x.L * x.steps >= LEAST * (1 - 1e-9)
            and (not self.bounded or all(np.isfinite(f.infimum) for f in x.query[0]))
        )
        beaten = chain.tightness <= self.tightness * (
            1 - 1e-9 * (found != RANDOM)
        )  # where both attain it, the adversary can name it
        if telling and not beaten:
            self.tightness, self.found = float(chain.tightness), found
        if not tight(chain):  # shares of what is mere rounding mean nothing
            self.lossy += 1
            for r, (line, share) in enumerate(zip(chain.lines, chain.shares)):
                self.shares[line.reason] += share
                self.numbers.setdefault(line.reason, set()).add(r)

    def claim(self, name):
        """-> what they come to, as a `Claim`."""
        [(reason, total)] = self.shares.most_common(1) or [("", 0.0)]
        numbers = self.numbers.get(reason, ())
        return Claim(
            name,
            (min(self.lengths), max(self.lengths)),
            len(self.lengths),
            self.violations,
            self.tightness,
            self.found,
            self.identity,
            reason,
            *numbers if len(numbers) == 1 else (None,),
            float(total / max(self.lossy, 1)),
        )


def check(name, instances=None, seed=0, adversary=True):
    """One result on so many random instances (None: INSTANCES), and on those of the adversary ->
    `Finding`.

    The same seed gives the same numbers, whatever else is checked. Raises KeyError for a name that
    is no result.
    """
    result = RESULTS[name]
    rng = np.random.default_rng([seed, *name.encode()])
    count = INSTANCES[result.enumerates] if instances is None else instances
    tallies = {claim: Tally("A1 inf" in result.assumes) for claim in result.claims}
    for _ in range(count):
        x = families.draw(rng, result)
        for claim, chain in result.evaluate(x, task=int(rng.integers(len(x.tasks)))).items():
            tallies[claim].add(chain, x)
    for claim, tally in tallies.items() if adversary else ():
        try:
            worst = worst_case(name, claim=claim, seed=seed, budget=BUDGET[result.enumerates])
        except ValueError:  # no instance that it tries meets the claim's conditions
            continue
        tally.add(worst.chain, worst.instance, worst.found)
    return Finding(
        name, count, tuple(tally.claim(claim) for claim, tally in tallies.items() if tally.lengths)
    )


def survey(names=RESULTS, instances=None, seed=0, adversary=True):
    """`check` of one result after the other: yields a `Finding` as soon as it is there."""
    for name in names:
        yield check(name, instances, seed, adversary)
