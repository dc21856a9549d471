"""Every result on many instances: is a line ever false, how tight does a bound get, and which line
gives most away?

Not falsified is not proved; the proof is the chain itself. What this finds is a false line, a wrong
constant, a line with no use.
"""

from collections import Counter
from typing import NamedTuple

import numpy as np

from ..engine.errors.arguments import check_count
from . import families
from .adversary import find_result, worst_case
from .chain import Attained
from .nearness import nearest
from .results import RESULTS
from .table import tight

# Random instances of a result, and instances that the adversary may evaluate for a claim, by what a
# proof enumerates, which decides what an instance costs.
INSTANCES = {"": 400, "signs": 300, "batches": 150}
BUDGET = {"": 300, "signs": 150, "batches": 50}
QUICK = 5  # instances that show the survey at work, and little else
RANDOM = "random"
LEAST = 1 / 8  # of NαL, for a ratio to count: as α -> 0 most bounds become tight, and say nothing
DIGITS = 1e-6  # a ratio counts if rounding leaves so much of it, relative
NOTHING = 1e-6  # a share of the slack that is none


class Claim(NamedTuple):
    """What was found of one claim."""

    name: str
    lines: tuple[int, int]  # of its shortest and its longest chain
    instances: int  # that meet its conditions
    violations: int  # lines that were false
    # the largest lhs / rhs where N > 1 and NαL >= LEAST; NaN where none says anything
    tightness: float
    found: str  # by whom: RANDOM, an extremal, or what the adversary says
    attained: Attained | None  # what the result says; None of an identity
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
        """How many lines were false."""
        return sum(claim.violations for claim in self.claims)


class Tally:
    """The chains of one claim, counted as they come."""

    def __init__(self, bounded=False, attained=None):
        self.bounded = bounded  # do ratios count only where inf 𝓛 has a certificate?
        self.attained = attained
        self.lengths = []
        self.violations = 0
        self.identity = True
        self.tightness, self.found = np.nan, ""
        self.lossy = 0  # chains that give something away
        self.shares = Counter()  # reason -> its shares of the slack, added up
        self.numbers = {}  # reason -> the numbers of its lines

    def add(self, chain, x, found=RANDOM):
        """Count a chain of this claim, with its instance, and who found that."""
        self.lengths.append(len(chain.lines))
        self.violations += len(chain.violations)
        self.identity &= all(line.relation != "<=" for line in chain.lines)
        self.compare(chain, x, found)
        if not tight(chain):  # shares of what is mere rounding mean nothing
            self.lossy += 1
            for r, (line, share) in enumerate(zip(chain.lines, chain.shares, strict=True)):
                self.shares[line.reason] += share
                self.numbers.setdefault(line.reason, set()).add(r)

    def compare(self, chain, x, found):
        """Keep the chain's ratio if it is the largest so far, and who found its instance."""
        if self.counts(chain, x) and self.is_tighter(chain, found):
            self.tightness, self.found = float(chain.tightness), found

    def counts(self, chain, x):
        """Does the chain's ratio say something?"""
        rounding = np.finfo(float).eps * chain.scale
        if not np.isfinite(chain.tightness) or not abs(chain.rhs) * DIGITS > rounding:
            return False
        if x.steps <= 1 or x.alpha * x.L * x.steps < LEAST * (1 - 1e-9):
            return False
        losses, _ = x.query
        return not self.bounded or all(np.isfinite(loss.infimum) for loss in losses)

    def is_tighter(self, chain, found):
        """Is the chain tighter than those before? Where a random instance and an extremal attain
        the bound alike, the extremal counts, for it has a name."""
        allowance = 1e-9 if self.found == RANDOM != found else 0
        return not chain.tightness <= self.tightness * (1 - allowance)

    def claim(self, name):
        """The `Claim` that they come to."""
        reason, total = "", 0.0
        if self.shares:
            reason, total = self.shares.most_common(1)[0]
        numbers = self.numbers.get(reason, ())
        return Claim(
            name=name,
            lines=(min(self.lengths), max(self.lengths)),
            instances=len(self.lengths),
            violations=self.violations,
            tightness=self.tightness,
            found=self.found,
            attained=self.attained,
            identity=self.identity,
            loses=reason,
            line=next(iter(numbers)) if len(numbers) == 1 else None,
            share=float(total / max(self.lossy, 1)),
        )


def check(name, instances=None, seed=0, adversary=True):
    """The `Finding` of one result, on so many random instances (None: INSTANCES), and on those of
    the adversary. The result's extremals are measured in any case.

    The same seed gives the same numbers, whatever else is checked. Raises KeyError for a name that
    is no result.
    """
    result = RESULTS[name]
    seed = check_count("seed", seed, most=None)
    rng = np.random.default_rng([seed, *name.encode()])
    count = INSTANCES[result.enumerates]
    if instances is not None:
        count = check_count("instances", instances)
    tallies = {
        claim: Tally("A1 inf" in result.assumes, result.attained.get(claim))
        for claim in result.claims
    }
    for _ in range(count):
        x = families.draw(rng, result)
        task = int(rng.integers(len(x.tasks)))
        for claim, chain in result.evaluate(x, task).items():
            tallies[claim].add(chain, x)
    for claim, tally in tallies.items():
        worst = nearest(name, claim)
        if worst is not None:
            tally.compare(worst.chain, worst.instance, worst.found)
    if adversary:
        for claim, tally in tallies.items():
            try:
                worst = worst_case(name, claim, seed, BUDGET[result.enumerates])
            except ValueError:  # no instance that it tries meets the claim's conditions
                continue
            tally.add(worst.chain, worst.instance, worst.found)
    claims = tuple(tally.claim(claim) for claim, tally in tallies.items() if tally.lengths)
    return Finding(name, count, claims)


def survey(names=RESULTS, instances=None, seed=0, adversary=True):
    """`check` of one result after the other: yields a `Finding` as soon as it is there."""
    for name in names:
        yield check(name, instances, seed, adversary)


def where_a_step_loses(theorem="theorem_1", instances=100, seed=0):
    """A dict reason -> median share of the slack of one step of a theorem, over so many random
    instances, largest first. Reasons that lose nothing in the median are left out.

    theorem: "theorem_1", "theorem_1_sharp" or another with the claim "one step". Lines with the
    same reason count together; medians need not add up to 1. The same seed gives the same numbers.
    Raises KeyError for a name that is no result, ValueError for one without that claim.
    """
    result = find_result(theorem)
    if "one step" not in result.claims:
        with_steps = [name for name, other in RESULTS.items() if "one step" in other.claims]
        raise ValueError(f"{result.name} is not about one step; {', '.join(with_steps)} are")
    one_step = result._replace(claims={"one step": result.claims["one step"]})
    instances = check_count("instances", instances, 1)
    rng = np.random.default_rng(check_count("seed", seed, most=None))
    shares = {}  # reason -> (instances,)
    for k in range(instances):
        chain = one_step.evaluate(families.draw(rng, result))["one step"]
        for line, share in zip(chain.lines, chain.shares, strict=True):
            shares.setdefault(line.reason, np.zeros(instances))[k] += share
    medians = {reason: float(np.median(share)) for reason, share in shares.items()}
    largest_first = sorted(medians, key=medians.get, reverse=True)
    return {reason: medians[reason] for reason in largest_first if medians[reason] > NOTHING}
