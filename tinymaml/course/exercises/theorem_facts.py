"""The facts that Theorem 2's step is made of, and numbers made up to satisfy all but one of them.

Made-up numbers show what a line of a proof rests on: where all facts hold except one, exactly the
lines that use this one may be false.
"""

import functools
from typing import Callable, NamedTuple

import numpy as np

from ...theory import RESULTS, extremals, families
from ..given.step_parts import Parts, parts_of

AT_MOST, AT_LEAST = 1, -1


class Bound(NamedTuple):
    """That a part equals a formula of others, or is at most, at least that."""

    part: str
    formula: Callable[[Parts], float]
    side: int = AT_MOST  # of an equality: where the part has to be for the theorem to hold


def unit(p):
    """1/(C_β L_w)"""
    return 1 / (p.C_beta * p.L_w)


class Fact(NamedTuple):
    """A reason of a line that is more than algebra."""

    name: str
    relation: str  # "=" or "<=", of the line to the one above
    says: str
    bounds: tuple[Bound, ...]
    violation: float = 0.9  # up to which share of a part it is violated


FACTS = (
    Fact(
        "Proposition 4",
        "<=",
        "E𝓛(w⁺) − 𝓛(w) ≤ −E[β⟨∇𝓛, Ḡ⟩] + ½L_w E[β²‖Ḡ‖²]",
        (Bound("change", lambda p: -p.beta_slope + p.L_w / 2 * p.beta2_square),),
    ),
    Fact(
        "fresh stepsize",
        "=",
        "E[β⟨∇𝓛, Ḡ⟩] = E[β]⟨∇𝓛, EḠ⟩ and E[β²‖Ḡ‖²] = E[β²] E‖Ḡ‖²",
        (
            Bound("beta_slope", lambda p: p.beta * p.slope, AT_LEAST),
            Bound("beta2_square", lambda p: p.beta2 * p.square),
        ),
    ),
    Fact(
        "unbiased",
        "=",
        "EḠ = ∇𝓛, so that ⟨∇𝓛, EḠ⟩ = ‖∇𝓛‖²",
        (Bound("slope", lambda p: p.grad**2, AT_LEAST),),
        violation=1.5,  # without it ⟨∇𝓛, EḠ⟩ may be negative
    ),
    Fact(
        "independent tasks",
        "=",
        "E‖Ḡ‖² = ‖∇𝓛‖² + (E_i‖∇𝓛_i‖² − ‖∇𝓛‖²)/B",
        (Bound("square", lambda p: p.grad**2 + (p.each2 - p.grad**2) / p.B),),
    ),
    Fact(
        "Lemma 11 (second moment)",
        "<=",
        "E[β²] ≤ 4/(C_β L_w)²",
        (Bound("beta2", lambda p: 4 * unit(p) ** 2),),
    ),
    Fact(
        "Lemma 11 (mean)",
        "<=",
        "E[β] ≥ 1/(C_β L_w)",
        (Bound("beta", unit, AT_LEAST),),
    ),
    Fact(
        "Proposition 5",
        "<=",
        "E_i‖∇𝓛_i‖² ≤ A_squ1‖∇𝓛‖² + A_squ2",
        (Bound("each2", lambda p: p.A_squ1 * p.grad**2 + p.A_squ2),),
    ),
    Fact("L_w >= A", "<=", "L_w ≥ A", (Bound("L_w", lambda p: p.A, AT_LEAST),)),
    Fact(
        "A2",
        "<=",
        "L_w ≤ A + C_𝓛(‖∇l_T(w)‖ + σ)",
        (Bound("L_w", lambda p: p.A + p.C_meta * (p.query_grad + p.sigma)),),
    ),
    Fact(
        "Lemma 10",
        "<=",
        "‖∇l_T(w)‖ + σ ≤ (‖∇𝓛‖ + σ + a^N(a^N − 1)b)/C_l",
        (Bound("query_grad", lambda p: (p.grad + p.spread) / p.C_l - p.sigma),),
    ),
)
"""From last to first, each speaks of a part and of those before: so `draw` goes."""

RELATIONS = {fact.name: fact.relation for fact in FACTS} | {"drop": "<=", "rewrite": "="}
"""The reasons that a line may name -> its relation to the line above."""


FREE = "grad A C_meta C_l C_beta B A_squ1 A_squ2 sigma spread".split()


def draw_free_parts(rng):
    """`Parts` of which no fact speaks, with κ > 0; the others are NaN."""

    def about_one(decades=0.7):
        return float(10 ** rng.uniform(-decades, decades))

    C_l = float(rng.uniform(0.3, 0.9))
    B = float(rng.choice([1, 2, 3, 10]))
    sigma = about_one()
    A_squ1 = 4 / C_l**2 + about_one()  # at least 4: E_i‖∇𝓛_i‖² is at least ‖∇𝓛‖²
    free = {
        "grad": about_one(1.5),
        "A": about_one(),
        "C_meta": about_one(),
        "C_l": C_l,
        "C_beta": (1 + about_one()) * (2 + 2 * A_squ1 / B),
        "B": B,
        "A_squ1": A_squ1,
        "A_squ2": about_one(1.5),
        "sigma": sigma,
        "spread": sigma + about_one(),
    }
    return Parts(**dict.fromkeys(Parts._fields, float("nan")) | free)


def draw(rng, violated=None, slack=0.0, low=False, beliefs=None):
    """Made-up `Parts` that satisfy every fact except the one named `violated`.

    slack: inequalities hold with up to this share to spare; 0: as equalities. Both L_w >= A and A2
    cannot: A2 is the equality, or, if `low`, the other one. beliefs: part -> formula, in place of
    what the facts say of it.
    """
    beliefs = beliefs or {}
    p = draw_free_parts(rng)
    p = p._replace(**{part: beliefs[part](p) for part in FREE if part in beliefs})
    for fact in reversed(FACTS):
        for part, formula, side in fact.bounds:
            value = formula(p)
            if part in beliefs:
                value = beliefs[part](p)
            elif fact.name == violated:
                value += side * rng.uniform(0.1, fact.violation) * abs(value)
            elif fact.name == "L_w >= A" and not low:
                value = max(value, p.L_w)
            elif fact.relation == "<=":
                value -= side * rng.uniform(0, slack) * abs(value)
            p = p._replace(**{part: value})
    return p


class Trial(NamedTuple):
    """Parts that a chain is tried on."""

    name: str
    parts: Parts


@functools.cache
def instances():
    """Trials on eight instances, all their outcomes enumerated: the two that are worst for Lemma 11
    and for the theorem, and six of two random tasks."""
    ramp = extremals.ramp_of_two_sets(alpha_L=0.1, steps=2, K=10_000)
    two_lengths = extremals.two_point_stepsize_of_two_sets(alpha_L=0.1, steps=2).replace(B=2)
    found = [
        Trial("two tasks, one of them at rest, with N = 2, B = 2", parts_of(two_lengths)),
        Trial("a ramp, one task with N = 2", parts_of(ramp)),
    ]
    seed = 0
    while len(found) < 8:
        x = families.draw(np.random.default_rng(seed), RESULTS["theorem_2"], tasks=2)
        if x.constants.C_meta:  # else θ and χ are infinite
            found.append(Trial(f"two random tasks with N = {x.steps}, B = {x.B}", parts_of(x)))
        seed += 1
    return tuple(found)


@functools.cache
def as_equalities(low=False):
    """Trials in which every fact holds as an equality, but for L_w >= A, or, if `low`, A2."""
    return made_up("numbers made up so that every fact is an equality", low=low)


@functools.cache
def with_room():
    """Trials in which every fact holds, the inequalities with something to spare."""
    return made_up("numbers made up so that every fact holds", slack=0.25)


@functools.cache
def where_all_hold():
    """All Trials in which every fact holds."""
    return instances() + as_equalities() + as_equalities(low=True) + with_room()


@functools.cache
def without(fact):
    """Trials in which every fact holds except the one of this name."""
    name = f'numbers made up so that every fact holds except "{fact}"'
    return made_up(name, violated=fact) + made_up(name, violated=fact, slack=0.25)


def made_up(name, **how):
    """Eight Trials on numbers that are drawn so, always the same."""
    rng = np.random.default_rng(0)
    return tuple(Trial(name, draw(rng, **how)) for _ in range(8))
