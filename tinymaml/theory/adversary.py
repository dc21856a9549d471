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
from ..terminal.names import did_you_mean
from .batches import count_outcomes
from .chain import Chain, Result
from .climbing import neighbour
from .constants import ConditionFailed
from .extremals import EXTREMALS
from .families import constants_of, draw, draw_descent, with_sufficient_sizes
from .losses import PiecewiseHessian
from .results import RESULTS

RESOLUTION = 1e-10  # a right side below so much of the chain's scale is mostly rounding
GAIN = 1e-6  # what an instance must gain to take the place of one that was found earlier
DRAWS = 8  # B' beyond which a batch takes too long to enumerate
OUTCOMES = 1 << 12  # of a run, beyond which it takes too long to enumerate
OF_A_RUN = ("rate", "bound")  # claims about a constant stepsize that need a lower bound of 𝓛

MAIN = {
    "lemma_7": "solved",
    "lemma_7_sharp": "gradient",
    "lemma_8": "second moment",
    "lemma_8_sharp": "second moment",
    "lemma_11": "second moment",
    "lemma_4_sharp": "drift",
    "proposition_1": "lipschitz",
    "proposition_1_sharp": "lipschitz",
    "proposition_4": "lipschitz",
    "clipping": "smoothness",
}
"""What a result is about, where that is not its last claim."""


class WorstCase(NamedTuple):
    """The tightest instance found; where a line is false, the first such instance."""

    instance: Any
    chain: Chain
    tightness: float  # as `Chain.tightness`; NaN where the ratio says nothing
    found: str  # in words, how
    tried: int  # how many instances were evaluated

    @property
    def falsified(self):
        return not self.chain.holds

    def __str__(self):
        x = self.instance
        if self.falsified:
            number, error = next(iter(self.chain.violations.items()))
            reason = self.chain.lines[number].reason
            verdict = f"falsified by {self.found}, line {number} ({reason}) by {error:.3g}"
        elif np.isnan(self.tightness):
            verdict = "not falsified; left side / right side says nothing (0, or below)"
        else:
            ratio = "left side / right side" if self.chain.rhs > 0 else "right side / left side"
            verdict = f"not falsified; {ratio} reaches {self.tightness:.6g}, by {self.found}"
        return (
            f"{self.chain.name}, {x.steps} steps, alpha L = {x.alpha * x.L:.4g}: "
            f"{verdict}; tried: {self.tried}"
        )


def worst_case(result, claim=None, seed=0, budget=300, steps=2, alpha_L=None, extremals=None):
    """The tightest instance of a claim, a `WorstCase`, with so many steps and αL = alpha_L (None:
    1 / (8 steps), as in the corollaries).

    The two numbers are the question, not part of the search: as αL -> 0 most bounds become tight,
    and say nothing. result: a name in RESULTS, or a `Result` (one of your own is tried on all
    extremals). claim: None, the last of the result's or, where what follows is an aside, the one in
    MAIN. budget: how many instances may be evaluated. extremals: the names of those that are
    tried, and nothing else is; None: all of the result's, and then the search. The same seed gives
    the same answer. The search ends at the first false line. Raises KeyError, TypeError or
    ValueError for what does not exist or fit, ValueError where no instance meets the conditions.
    """
    result = find_result(result)
    claim = main_claim(result) if claim is None else claim
    if claim not in result.claims:
        raise KeyError(
            f"{claim!r} is not a claim of {result.name}; its claims are {', '.join(result.claims)}"
        )
    steps, budget = check_count("steps", steps, 1), check_count("budget", budget, 1)
    rng = np.random.default_rng(check_count("seed", seed, most=None))
    alpha_L = 1 / (8 * steps) if alpha_L is None else check_positive("alpha_L", alpha_L)
    search = Search(result, claim, rng, budget, steps, alpha_L, extremals)
    with np.errstate(all="ignore"):  # a candidate that overflows is none
        try:
            search.run()
        except Finished:
            pass
    if search.best is None:
        raise ValueError(
            f"no instance out of {search.tried} meets the conditions of {result.name}: {claim}: "
            f"{search.refusal}"
        )
    return search.best._replace(tried=search.tried)


def find_result(result):
    """The `Result` of this name; a `Result` as it is. Raises KeyError for what is neither."""
    if isinstance(result, Result):
        return result
    if not isinstance(result, str) or result not in RESULTS:
        meant = did_you_mean(str(result), RESULTS)
        raise KeyError(f"{result!r} is not a result; {meant}the results are {', '.join(RESULTS)}")
    return RESULTS[result]


def name_in_words(extremal):
    """ "outer_noise" -> "the outer noise"."""
    return "the " + extremal.replace("_", " ")


def main_claim(result):
    """The name of the claim that a result is about."""
    claim = MAIN.get(result.name)
    return claim if claim in result.claims else list(result.claims)[-1]


class Finished(Exception):
    """The budget is spent, or a false line found."""


class Inadmissible(Exception):
    """An instance that cannot be reported: what it assumes is not certified."""


class Search:
    """What one search knows: its question, its generator, how often it tried, and the best so
    far."""

    def __init__(self, result, claim, rng, budget, steps, alpha_L, only=None):
        # the question
        self.result = result._replace(claims={claim: result.claims[claim]})
        self.claim = claim
        self.steps = steps
        self.alpha_L = alpha_L
        self.only = only
        # what may be spent on it
        self.rng = rng
        self.budget = budget
        # what was found
        self.tried = 0
        self.best = None
        self.refusal = "none could be made"

    def run(self):
        """Try the extremals, climb, and draw at random. Ends by raising `Finished`."""
        for extremal in self.extremals():
            x = extremal(self.alpha_L, self.steps)
            if self.result.setting in ("both", x.setting):
                self.consider(x, name_in_words(extremal.__name__))
        if self.only is not None:
            raise Finished
        third = (self.budget - self.tried) // 3
        if self.best is not None:
            self.climb(self.best.instance, third, f"hill-climbing from {self.best.found}")
        while self.tried < self.budget - third:
            count = min(10, self.budget - self.tried)
            starts = [self.draw(dimension=int(self.rng.integers(1, 3))) for _ in range(count)]
            scores = [self.consider(x, "a random instance") for x in starts]
            highest = max(scores)
            if highest > -np.inf:
                last = max(k for k, score in enumerate(scores) if score == highest)
                self.climb(starts[last], self.budget // 6, "hill-climbing from a random instance")
        while True:
            self.consider(self.draw(), "a random instance")

    def extremals(self):
        """The extremals of the result; all there are, if it has none of its own. Raises KeyError
        where one that is asked for is not among them."""
        if self.result.name in EXTREMALS:
            functions = EXTREMALS[self.result.name]
        else:
            functions = dict.fromkeys(f for entry in EXTREMALS.values() for f in entry)
        if self.only is None:
            return functions
        named = {function.__name__: function for function in functions}
        for name in self.only:
            if name not in named:
                raise KeyError(
                    f"{name!r} is no extremal of {self.result.name}; it has {', '.join(named)}"
                )
        return [named[name] for name in self.only]

    def consider(self, x, found):
        """The tightness of the claim on an instance; −inf where the claim says nothing about it.
        Keeps the best. found: how the instance was found, in words."""
        if self.tried >= self.budget:
            raise Finished
        self.tried += 1
        try:
            x = self.prepare(x)
            chain = self.result.evaluate(x)[self.claim]
        except (ConditionFailed, Inadmissible) as refusal:
            self.refusal = refusal
            return -np.inf
        if not np.isfinite([line.value for line in chain.lines]).all():
            return -np.inf
        tightness = chain.tightness if abs(chain.rhs) > RESOLUTION * chain.scale else np.nan
        if not chain.holds or self.is_better(tightness):
            self.best = WorstCase(x, chain, float(tightness), found, self.tried)
        if not chain.holds:
            raise Finished
        return -np.inf if np.isnan(tightness) else tightness

    def is_better(self, tightness):
        """Is this tightness, which may be NaN, better than the best so far?"""
        if self.best is None:
            return True
        if np.isnan(self.best.tightness):
            return not np.isnan(tightness)
        return tightness > self.best.tightness + GAIN

    def prepare(self, x):
        """The instance at this search's αL, with certified constants, and with C_β, B', D_L as the
        result asks. Raises Inadmissible where there are none, or too many outcomes."""
        assumes = self.result.assumes
        given = [name for name in ("sigma", "b", "lower_bound") if name in x.arguments]
        x = x.replace(alpha=self.alpha_L / x.L, **dict.fromkeys(given))
        constant = self.result.stepsize is not None
        require_certificates(x, "A1 inf" in assumes and (not constant or self.claim in OF_A_RUN))
        if "kappa > 0" in assumes and not has_kappa(constants_of(x, self.result)):
            x = x.replace(**draw_descent(self.rng, x, self.result))
        if constant:
            if count_outcomes(x, 0.0) > OUTCOMES:
                raise Inadmissible(f"{x.K} batches of {x.B} have too many outcomes to enumerate")
        elif self.result.enumerates == "batches":
            x = with_sufficient_sizes(x)
            if x.B_L > DRAWS or count_outcomes(x) > OUTCOMES:
                raise Inadmissible(
                    f"B' = {x.B_L} draws and batches of {x.B} have too many outcomes to enumerate"
                )
        return x

    def draw(self, **given):
        """A random instance: from families.py, or as often one with a Hessian of straight pieces,
        the same in all tasks."""
        if self.rng.random() < 0.5:
            return draw(self.rng, self.result, steps=self.steps, **given)
        tasks = int(self.rng.integers(1, 3))
        knots = np.sort(self.rng.normal(size=4)) * 3
        curvatures = self.rng.choice([-1, 1], 4) * self.rng.uniform(0, 1, 4) ** 0.3
        slopes = self.rng.normal(size=2 * tasks)
        losses = [PiecewiseHessian(knots, curvatures, 0.0, slope) for slope in slopes]
        x = draw(self.rng, self.result, steps=self.steps, dimension=1, tasks=tasks)
        if x.setting == "finite-sum":
            return x.replace(support_losses=losses[:tasks], query_losses=losses[tasks:])
        return x.replace(losses=losses[:tasks])

    def climb(self, x, tries, found):
        """Move from x to a random neighbour if it is tighter, so many times. Step sizes do not
        adapt: a length drawn anew each time suits hills of any shape."""
        highest = self.consider(x, found) if tries else -np.inf
        for _ in range(tries - 1):
            try:
                y = neighbour(x, self.rng)
            except ValueError:  # knots out of order, say
                continue
            score = self.consider(y, found)
            if score >= highest:
                x, highest = y, score


def require_certificates(x, lower_bound):
    """Raise Inadmissible if σ, a b_i, or, where it is asked for, the lower bound of 𝓛 has no
    certificate."""
    names = ["sigma"]
    if x.setting == "finite-sum":
        names.append("b_i")
    if lower_bound:
        names.append("lower_bound")
    for name in names:
        try:
            getattr(x, name)
        except ValueError as error:
            raise Inadmissible(error) from error


def has_kappa(constants):
    """Is κ > 0?"""
    try:
        return constants.kappa > 0
    except ConditionFailed:
        return False


def weaken(result, claim, factor):
    """The `Result` with another last line of the claim, `factor` times as large; where it is below
    0, so many times as small, for a smaller bound promises more of a descent. To see that the
    adversary finds out."""
    result = find_result(result)
    proof, factor = result.claims[claim], check_positive("factor", factor)

    def weakened(x):
        (start, scale), *lines = proof(x)
        if lines:
            value = lines[-1].value
            value = value * factor if value > 0 else value / factor
            lines[-1] = lines[-1]._replace(value=value, relation="<=")
        yield start, scale
        yield from lines

    return result._replace(claims=result.claims | {claim: weakened})
