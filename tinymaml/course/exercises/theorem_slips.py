"""Beliefs behind wrong lines of Theorem 2's step.

A belief is a formula for a part, in place of what the facts say of it. A line that is wrong, and
would be an equality if the belief were true, comes from it: the judge makes numbers up for which it
is true, and looks.
"""

from .theorem_facts import unit

SLIPS = (
    (
        "You took E[β²] for (E[β])². β is random, and the mean of a square is larger than the "
        "square of the mean, by the variance.",
        {"beta2": lambda p: p.beta**2},
    ),
    (
        "You took E‖Ḡ‖² for ‖∇𝓛‖². Unbiased is a sentence about EḠ; the mean of the square is "
        "larger by Ḡ's variance.",
        {"square": lambda p: p.grad**2},
    ),
    (
        "You divide all of E‖Ḡ‖² by B. Averaging divides the variance, "
        "E_i‖∇𝓛_i‖² − ‖∇𝓛‖², and leaves the square of the mean as it is.",
        {"square": lambda p: p.each2 / p.B},
    ),
    (
        "One task's variance is E_i‖∇𝓛_i‖² − ‖∇𝓛‖², and the −‖∇𝓛‖²/B is missing. It may be left "
        "out, in the line after this one.",
        {"square": lambda p: p.grad**2 + p.each2 / p.B},
    ),
    (
        "The sign of ‖∇𝓛‖²/B is wrong: a variance is the mean of the square *minus* the square of "
        "the mean.",
        {"square": lambda p: p.grad**2 + (p.each2 + p.grad**2) / p.B},
    ),
    (
        "1/B is missing: the mean of B independent draws has 1/B of the variance of one.",
        {"square": lambda p: p.each2},
    ),
    (
        "⟨∇𝓛, ∇𝓛⟩ is ‖∇𝓛‖², and `part.grad` is the norm: square it.",
        {"slope": lambda p: p.grad},
    ),
    (
        "You squared the bound of the mean. Lemma 11 bounds E[β] from below; the square of that is "
        "no upper bound of E[β²]. Its second moment has a 4.",
        {"beta2": lambda p: unit(p) ** 2},
    ),
    (
        "Lemma 11 is about 1/L̂, and β = 1/(C_β L̂): C_β is squared too.",
        {"beta2": lambda p: 4 / (p.C_beta * p.L_w**2)},
    ),
    (
        "E[β] ≤ 2/(C_β L_w) is true, and of no use here: β stands with a minus, so it takes a "
        "bound from below.",
        {"beta": lambda p: 2 * unit(p)},
    ),
    (
        "C_β is missing: β = 1/(C_β L̂), so that E[β] is at least 1/(C_β L_w).",
        {"beta": lambda p: 1 / p.L_w},
    ),
    (
        "The ½ of the descent lemma is missing in front of L_w.",
        {"change": lambda p: -p.beta_slope + p.L_w * p.beta2_square},
    ),
    (
        "A step goes *against* Ḡ: E[β⟨∇𝓛, Ḡ⟩] stands with a minus.",
        {"change": lambda p: p.beta_slope + p.L_w / 2 * p.beta2_square},
    ),
    (
        "Proposition 5 bounds E_i‖∇𝓛_i‖² by ‖∇𝓛‖² times A_squ1, plus A_squ2; is a square, or one "
        "of the two, in the wrong place?",
        {"each2": lambda p: p.A_squ1 * p.grad + p.A_squ2},
    ),
    (
        "A_squ1‖∇𝓛‖² is missing: the tasks' gradients grow with ‖∇𝓛‖, which is why κ loses "
        "2A_squ1/(C_β²B).",
        {"A_squ1": lambda p: 0.0, "each2": lambda p: p.A_squ2},
    ),
    (
        "You put A for L_w in the progress as well. L_w ≥ A helps the term with φ, which stands "
        "with a plus. In −κ‖∇𝓛‖²/L_w it goes the wrong way; there L_w needs a bound from above.",
        {"L_w": lambda p: p.A},
    ),
    (
        "σ is missing: L_w has the mean of the tasks' norms, which exceeds ‖∇l_T(w)‖, the norm of "
        "the mean, by up to σ.",
        {"L_w": lambda p: p.A + p.C_meta * p.query_grad},
    ),
    (
        "L_w grows with the tasks' query gradients, not with ‖∇𝓛‖; to pass to ‖∇𝓛‖ takes a fact of "
        "its own.",
        {"L_w": lambda p: p.A + p.C_meta * p.grad},
    ),
    (
        "C_l is missing. ‖∇𝓛‖ may be shorter than ‖∇l_T(w)‖, and Lemma 10 says how much: by C_l.",
        {"query_grad": lambda p: p.grad + p.spread - p.sigma},
    ),
    (
        "C_l divides all of it, ‖∇𝓛‖ and the spread.",
        {"query_grad": lambda p: p.grad / p.C_l + p.spread - p.sigma},
    ),
)
"""Pairs: what to say, and the belief, part -> formula."""

ALGEBRA = {
    "rewrite": '"rewrite" is for algebra, and for what κ, φ, θ and χ stand for.',
    "drop": '"drop" leaves out a term that is not positive, and changes nothing else.',
}
"""What to say where a line that names no fact is wrong, and no slip is recognised."""
