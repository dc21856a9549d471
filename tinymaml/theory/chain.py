"""A proof is a chain of numbers that never decreases, each with the reason why (lessons 13 to 16).

A claim is a generator of lines: `first` says where the chain starts, `equal` and `at_most` add a
line below it. Every line computes its expression from the definitions, never from the line above,
so that a false line is seen as a number that is too small.
"""

from itertools import pairwise
from typing import Callable, NamedTuple

import numpy as np

from .constants import ConditionFailed

ASSUMPTIONS = {
    "A1 L": "every gradient is L-Lipschitz: ‖∇l(w) − ∇l(u)‖ ≤ L‖w − u‖",
    "A1 rho": "every Hessian is ρ-Lipschitz: ‖∇²l(w) − ∇²l(u)‖ ≤ ρ‖w − u‖",
    "A1 m": "no Hessian has an eigenvalue below m: ∇²l(w) ≥ m I",
    "A1 inf": "the meta-objective is bounded below: 𝓛 ≥ lower_bound",
    "A2": "the tasks' gradients differ by at most σ in the mean square: E‖∇l_i(w) − ∇l(w)‖² ≤ σ²",
    "A3 unbiased": "samples are unbiased: the noise of a gradient or a Hessian has mean zero",
    "A3 sigma_g": "the noise of a sample's gradient is at most σ_g in the mean square",
    "A3 sigma_H": "the noise of a sample's Hessian along x is at most σ_H‖x‖ in the mean square",
    "independent samples": "the samples of one mini-batch are independent of each other",
    "fresh S": "every inner step draws its own samples S_j, independent of those before",
    "fresh or additive": "an inner step's samples are fresh, or their noise is the same at every w",
    "fresh D, T": "the Hessians' samples D_j and the outer samples T are independent of the path "
    "and of each other",
    "iid tasks": "the B tasks of a batch are drawn independently",
    "fresh stepsize": "the stepsize β is independent of the meta-gradient's estimate, given w",
    "sizes": "the smoothness is estimated from enough samples: B' and D_L as Lemma 8 (or 11) asks",
    "b": "support and query gradients differ by at most b_i: ‖∇l_S(w) − ∇l_T(w)‖ ≤ b_i",
    "C_l > 0": "the inner stepsize is small: a^2N < 2, or its sharper form",
    "kappa > 0": "the batches are so large that the descent outweighs the noise",
    "eta > 0": "the inner stepsize is so small, and the batches so large, that a step of one size "
    "for all w descends",
}
"""What a line may cite beside another result, by the tag in `Line.cites`. A line without cites
holds by algebra, the triangle inequality, Jensen, Cauchy–Schwarz: whatever is assumed."""

REFERENCE = (
    "K. Ji, J. Yang, Y. Liang, JMLR 23 (2022), arXiv 2002.07836; the constants are re-derived here"
)

RELATIVE = 1e-12  # how far "=" may be off, and "<=" be violated, by rounding
ROUNDING = 256 * np.finfo(float).eps  # and that much more of the chain's scale


class Line(NamedTuple):
    """One line of a proof: its number, how it relates to the line above, and why."""

    value: float
    relation: str  # to the line above: "=" or "<="; "" for the first
    latex: str
    reason: str
    cites: tuple[str, ...] = ()  # tags of ASSUMPTIONS, names of results


def first(value, latex, reason="definition", scale=0.0):
    """The chain's first line, and its scale: the size of the numbers whose differences the chain is
    about, for the allowance of rounding."""
    return Line(float(value), "", latex, reason), scale


def equal(value, latex, reason, *cites):
    """A line whose number equals that of the line above."""
    return Line(float(value), "=", latex, reason, cites)


def at_most(value, latex, reason, *cites):
    """A line whose number is not below that of the line above."""
    return Line(float(value), "<=", latex, reason, cites)


EXACTLY, IN_A_LIMIT, UP_TO_A_FACTOR = "attained", "in a limit", "up to a factor"


class Attained(NamedTuple):
    """How near to its bound a claim comes, and on which instance.

    `in_words` puts `when` behind "in the limit" if there is a limit, which then comes first: "ρ →
    ∞, N = 1".
    """

    how: str  # EXACTLY, IN_A_LIMIT or UP_TO_A_FACTOR
    by: str  # the name of one of the result's extremals
    when: str = ""  # which limit, and what else is asked for: "2NαL ≤ 1"
    steps: tuple[int, int] = (1, 9)  # from how many inner steps to how many


class Chain(NamedTuple):
    """The lines of one claim's proof, from the definition to the bound."""

    lines: tuple[Line, ...]
    scale: float = 0.0
    name: str = ""  # "lemma_3: lipschitz"

    @property
    def lhs(self):
        return self.lines[0].value

    @property
    def rhs(self):
        return self.lines[-1].value

    @property
    def slack(self):
        """How much the whole chain gives away, rhs − lhs."""
        return self.rhs - self.lhs

    @property
    def tightness(self):
        """lhs / rhs: 1 where the bound is attained. Of two numbers below 0, how much a step
        descends and is sure to, rhs / lhs. NaN where a ratio says nothing: 0 / 0, or two signs."""
        if self.lhs >= 0 and self.rhs > 0:
            return self.lhs / self.rhs
        if self.lhs < 0 and self.rhs < 0:
            return self.rhs / self.lhs
        return np.nan

    @property
    def shares(self):
        """The share of the slack that each line gives away, (lines,); zeros where there is none."""
        values = [line.value for line in self.lines]
        increases = np.diff(values, prepend=values[0])
        return increases / self.slack if self.slack > 0 else np.zeros(len(increases))

    @property
    def violations(self):
        """A dict: the number of each false line -> by how much it is false. Differences as small as
        rounding do not count. Lines are numbered from 0, the definition."""
        found = {}
        for number, (above, line) in enumerate(pairwise(self.lines), 1):
            drop = above.value - line.value
            error = abs(drop) if line.relation == "=" else drop
            smaller = min(abs(above.value), abs(line.value))
            allowance = RELATIVE * smaller + ROUNDING * self.scale
            if not error <= allowance:  # NaN is false too, and a number below ∞
                found[number] = error
        return found

    @property
    def holds(self):
        """Is no line false?"""
        return not self.violations

    def __str__(self):
        from .table import text

        return text(self)

    def _repr_html_(self):
        from .table import html

        return html(self)


def chain(lines, name=""):
    """The `Chain` of the lines that a claim yields."""
    lines = iter(lines)
    start, scale = next(lines)
    return Chain((start, *lines), float(scale), name)


class Chains(dict):
    """A dict claim -> Chain, of the claims whose conditions the instance meets. Reading another
    claim raises the condition that failed."""

    def __init__(self, chains, absent):
        super().__init__(chains)
        self.absent = absent  # claim -> ConditionFailed

    def __missing__(self, claim):
        if claim in self.absent:
            raise self.absent[claim]
        claims = ", ".join([*self, *self.absent])
        raise KeyError(f"{claim!r} is not a claim of this result; its claims are {claims}")


class Result(NamedTuple):
    """A lemma, proposition, theorem or corollary: what it says, and its proof."""

    name: str
    title: str
    statement: str  # LaTeX
    assumes: tuple[str, ...]  # tags of ASSUMPTIONS, those of the results it cites included
    # The proof of each claim: a generator of lines, from a Task or from the whole instance.
    claims: dict[str, Callable]
    setting: str = "both"  # "resampling", "finite-sum" or "both"
    # Do the claims take a Task? A tuple has the names of those that do.
    per_task: bool | tuple[str, ...] = False
    enumerates: str = ""  # "signs" of the noise, "batches" of tasks too; "" where nothing is random
    reference: str = REFERENCE
    attained: dict[str, Attained] = {}  # by claim; a claim that is an identity has none
    # Of an instance, where the meta stepsize is constant: its constants (beta, eta, …), and the law
    # of w_0 … w_K. None: the stepsize is random, and the law that of `batches.run`.
    stepsize: Callable | None = None
    run: Callable | None = None

    def takes_task(self, claim):
        """Is the claim about one task, and not about the whole instance?"""
        return self.per_task if isinstance(self.per_task, bool) else claim in self.per_task

    def evaluate(self, instance, task=0):
        """The `Chains` of this instance: every line of every claim. task: whose chain it is where a
        claim is about one task. Raises TypeError for an instance of the other setting and a task
        that is no whole number, IndexError for one that is not there."""
        self.check(instance, task)
        chains, absent = {}, {}
        for claim, proof in self.claims.items():
            subject = instance.tasks[task] if self.takes_task(claim) else instance
            try:
                chains[claim] = chain(proof(subject), f"{self.name}: {claim}")
            except ConditionFailed as error:
                absent[claim] = error
        return Chains(chains, absent)

    def check(self, instance, task):
        """Raise what `evaluate` says for an instance or a task that does not fit."""
        if not hasattr(instance, "setting"):
            raise TypeError(
                f"{self.name} is evaluated on a ResamplingInstance or a FiniteSumInstance, "
                f"not on {instance!r}"
            )
        if self.setting not in ("both", instance.setting):
            raise TypeError(
                f"{self.name} is about the {self.setting} case; "
                f"this instance is of the {instance.setting} case"
            )
        last = len(instance.tasks) - 1
        if not isinstance(task, (int, np.integer)):
            raise TypeError(f"task is {task!r}; expected a whole number, 0 to {last}")
        if not 0 <= task <= last:
            raise IndexError(f"task is {task}; this instance has the tasks 0 to {last}")
