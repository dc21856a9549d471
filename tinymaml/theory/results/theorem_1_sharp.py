r"""Theorem 1, sharper. The same convergence with better constants, C_β from 4 on, and stepsizes up to 0.785/(NL).

Claim       (one step) E[𝓛(w_{k+1})] ≤ 𝓛(w_k) − θ‖∇𝓛‖²/(‖∇𝓛‖ + χ) + φ/B + ξ/S and (bound)
            E‖∇𝓛(w_ζ)‖ ≤ Q + √(χQ) as in Theorem 1, with
            κ = (1/C_β)(2/5 − 1.53/C_β) − (1/C_β)(3/5 + 1.53/C_β) 4C_err2'²/(C*²S) − 0.765
            C_squ1'/(C_β²B), θ = κC*/C_𝓛, φ = 0.765 C_squ2'/(C_β²A),
            ξ = (3/5 + 1.53/C_β)(2C_err1'² + 4C_err2'²τ²σ²/C*²)/(C_βA), χ = C*A/C_𝓛 + τσ,
            τ = a^2N − 1 + C*.
Assumes     what Theorem 1 does; C_l > 0 in the form C* > 0 of Lemma 7', κ > 0 with the κ above,
            which asks for C_β > 4 instead of 10.
Proof       That of Theorem 1, line by line, with Lemmas 7' and 8 (sharper), Propositions 2' and 3'
            in the place of those that it cites.
Attained    not known to be.
Source      sharper than the paper; theory, section 11 (A to D). Corollary 1, sharper, counts with
            it.
"""

from functools import partial

from ..chain import Result
from . import theorem_1

RESULT = Result(
    "theorem_1_sharp",
    "N-step MAML with resampling converges, with better constants",
    theorem_1.RESULT.statement,
    assumes=theorem_1.RESULT.assumes,
    claims={
        "one step": partial(theorem_1.one_step, sharp=True),
        "sum": partial(theorem_1.total, theorem="theorem_1_sharp", sharp=True),
        "bound": partial(theorem_1.bound, theorem="theorem_1_sharp", sharp=True),
    },
    setting="resampling",
    enumerates="batches",
    reference="sharper than the paper: Theorem 1 with the sharper lemmas",
)
