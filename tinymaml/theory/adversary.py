"""The adversary: looks for the instance on which a claim is tightest, and so for one on which it is
false (lessons 14 to 23).

Hand-made extremals first, then hill-climbing from the best of them and from random instances, then
random ones: chance alone hardly ever comes near a bound. What it does not falsify is not thereby
proved. Every instance it reports keeps all assumptions: L, ρ, σ, b_i are certified for its losses,
σ_g and σ_H computed from its noise.
"""

from typing import Any, NamedTuple

import numpy as np

from ..engine.errors.arguments import check_count, check_positive
from .batches import count_outcomes
from .chain import Chain, Result
from .climbing import moved
from .constants import ConditionFailed
from .extremals import EXTREMALS
from .families import constants_of, draw, draw_descent, with_sufficient_sizes
from .losses import PiecewiseHessian
from .results import RESULTS

RESOLUTION = 1e-10  # a right side below so much of the chain's scale is mostly rounding
GAIN = 1e-6  # what an instance must gain to take the place of one that was found earlier
DRAWS, OUTCOMES = (
    8,
    1 << 12,
)  # B' and outcomes of a run beyond which they take too long to enumerate

MAIN = {
    "lemma_7": "solved",
    "lemma_7_sharp": "gradient",
    "lemma_8": "second moment",
    "lemma_8_sharp": "second moment",
    "lemma_11": "second moment",
    "lemma_4_sharp": "drift",
    "proposition_1": "lipschitz",
    "proposition_4": "lipschitz",
}
"""What a result is about, where that is not its last claim."""


class WorstCase(NamedTuple):
    """The tightest instance found; where a line is false, the first such instance."""

    instance: Any
    chain: Chain
    tightness: float  # left / right side; NaN where the ratio says nothing
    found: str  # in words, how
    tried: int  # how many instances were evaluated

    @property
    def falsified(self):
        return not self.chain.holds

    def __str__(self):
        about = f"{self.chain.name}, {self.instance.steps} steps, alpha L = {self.instance.alpha * self.instance.L:.4g}"
        if self.falsified:
            r, wrong = next(iter(self.chain.violations.items()))
            return f"{about}: falsified by {self.found}, line {r} ({self.chain.lines[r].reason}) by {wrong:.3g}; tried: {self.tried}"
        ratio = (
            "says nothing (0, or below)"
            if np.isnan(self.tightness)
            else f"reaches {self.tightness:.6g}, by {self.found}"
        )
        return f"{about}: not falsified; left side / right side {ratio}; tried: {self.tried}"


def worst_case(result, claim=None, seed=0, budget=300, steps=2, alpha_L=None):
    """The tightest instance of a claim with so many steps and αL = alpha_L (None: 1 / (8 steps), as
    in the corollaries) -> `WorstCase`.

    The two numbers are the question, not part of the search: as αL -> 0 most bounds become tight,
    and say nothing. result: a name in RESULTS, or a `Result` (one of your own is tried on all
    extremals). claim: None, the last of the result's or, where what follows is an aside, the one in
    MAIN. budget: how many instances may be evaluated. The same seed gives the same answer. The
    search ends at the first false line. Raises KeyError, TypeError or ValueError for what does not
    exist or fit, ValueError where no instance meets the conditions.
    """
    result = find(result)
    claim = main_claim(result) if claim is None else claim
    if claim not in result.claims:
        raise KeyError(
            f"{claim!r} is not a claim of {result.name}; its claims are {', '.join(result.claims)}"
        )
    steps, budget = check_count("steps", steps, 1), check_count("budget", budget, 1)
    search = Search(
        result._replace(claims={claim: result.claims[claim]}),
        claim,
        np.random.default_rng(check_count("seed", seed)),
        budget,
        steps,
        1 / (8 * steps) if alpha_L is None else check_positive("alpha_L", alpha_L),
    )
    with np.errstate(all="ignore"):  # a candidate that overflows is none
        try:
            search.run()
        except Finished:
            pass
    if search.best is None:
        raise ValueError(
            f"no instance out of {search.tried} meets the conditions of {search.name}: {search.refusal}"
        )
    return search.best._replace(tried=search.tried)


def find(result):
    if isinstance(result, Result):
        return result
    if not isinstance(result, str) or result not in RESULTS:
        raise KeyError(f"{result!r} is not a result; the results are {', '.join(RESULTS)}")
    return RESULTS[result]


def main_claim(result):
    claim = MAIN.get(result.name)
    return claim if claim in result.claims else list(result.claims)[-1]


class Finished(Exception):
    """The budget is spent, or a false line found."""


class Search:
    """What one search knows: its question, its generator, how often it tried, and the best so
    far."""

    def __init__(self, result, claim, rng, budget, steps, alpha_L):
        self.result, self.claim, self.rng, self.budget, self.steps, self.alpha_L = (
            result,
            claim,
            rng,
            budget,
            steps,
            alpha_L,
        )
        self.name, self.tried, self.best, self.refusal = (
            f"{result.name}: {claim}",
            0,
            None,
            "none could be made",
        )

    def run(self):
        everything = dict.fromkeys(f for functions in EXTREMALS.values() for f in functions)
        for extremal in EXTREMALS.get(self.result.name, everything):
            x = extremal(self.alpha_L, self.steps)
            if self.result.setting in ("both", x.setting):
                self.consider(x, "the " + extremal.__name__.replace("_", " "))
        third = (self.budget - self.tried) // 3
        if self.best is not None:
            self.climb(self.best.instance, third, f"hill-climbing from {self.best.found}")
        while self.tried < self.budget - third:
            starts = [self.random(dimension=int(self.rng.integers(1, 3))) for _ in range(10)]
            score, k = max((self.consider(x, "a random instance"), k) for k, x in enumerate(starts))
            if score > -np.inf:
                self.climb(starts[k], self.budget // 6, "hill-climbing from a random instance")
        while True:
            self.consider(self.random(), "a random instance")

    def consider(self, x, found):
        """Evaluate the claim on an instance -> its tightness, −inf where the claim says nothing
        about it."""
        if self.tried >= self.budget:
            raise Finished
        self.tried += 1
        try:
            x = self.admitted(x)
            lines = self.result.evaluate(x)[self.claim]
        except (ConditionFailed, Inadmissible) as refusal:
            self.refusal = refusal
            return -np.inf
        if not np.isfinite([line.value for line in lines.lines]).all():
            return -np.inf
        tightness = lines.tightness if lines.rhs > RESOLUTION * lines.scale else np.nan
        if (
            self.best is None
            or not lines.holds
            or tightness > self.best.tightness + GAIN
            or np.isnan(self.best.tightness) > np.isnan(tightness)
        ):
            self.best = WorstCase(x, lines, float(tightness), found, self.tried)
        if not lines.holds:
            raise Finished
        return -np.inf if np.isnan(tightness) else tightness

    def admitted(self, x):
        """The instance at this search's αL, with certified constants, and with C_β, B', D_L as the
        result asks; raises Inadmissible."""
        assumes = self.result.assumes
        given = [name for name in ("sigma", "b", "lower_bound") if name in x.arguments]
        x = x.replace(alpha=self.alpha_L / x.L, **dict.fromkeys(given))
        try:
            x.sigma, getattr(x, "b_i", None), x.lower_bound if "A1 inf" in assumes else None
        except ValueError as error:  # no certificate
            raise Inadmissible(error) from error
        if "kappa > 0" in assumes:
            try:
                getattr(constants_of(x, self.result), "kappa")  # noqa: B009
            except ConditionFailed:
                x = x.replace(**draw_descent(self.rng, x, self.result))
        if self.result.enumerates == "batches" and (
            (x := with_sufficient_sizes(x)).B_L > DRAWS or count_outcomes(x) > OUTCOMES
        ):
            raise Inadmissible(
                f"B' = {x.B_L} draws and batches of {x.B} have too many outcomes to enumerate"
            )
        return x

    def random(self, **given):
        """From families.py, and as often one with a Hessian of straight pieces, the same in all
        tasks."""
        if self.rng.random() < 0.5:
            return draw(self.rng, self.result, steps=self.steps, **given)
        tasks, knots = int(self.rng.integers(1, 3)), np.sort(self.rng.normal(size=4)) * 3
        curvatures = self.rng.choice([-1, 1], 4) * self.rng.uniform(0, 1, 4) ** 0.3
        some = [
            PiecewiseHessian(knots, curvatures, 0.0, slope)
            for slope in self.rng.normal(size=2 * tasks)
        ]
        x = draw(self.rng, self.result, steps=self.steps, dimension=1, tasks=tasks)
        losses = (
            dict(support_losses=some[:tasks], query_losses=some[tasks:])
            if x.setting == "finite-sum"
            else dict(losses=some[:tasks])
        )
        return x.replace(**losses)

    def climb(self, x, tries, found):
        """Move to a random neighbour if it is tighter. Step sizes do not adapt: a length drawn anew
        each time suits hills of any shape."""
        highest = -np.inf
        for k in range(tries):
            try:
                y = moved(x, self.rng) if k else x
            except ValueError:  # knots out of order, say
                continue
            score = self.consider(y, found)
            if score >= highest:
                x, highest = y, score


class Inadmissible(Exception):
    """An instance that cannot be reported: what it assumes is not certified."""


def weaken(result, claim, factor):
    """The result with another last line of the claim, `factor` times as large: to see that the
    adversary finds out -> `Result`."""
    result = find(result)
    proof, factor = result.claims[claim], check_positive("factor", factor)

    def weakened(x):
        (start, scale), *lines = proof(x)
        if lines:
            lines[-1] = lines[-1]._replace(value=lines[-1].value * factor, relation="<=")
        yield start, scale
        yield from lines

    return result._replace(claims=result.claims | {claim: weakened})
