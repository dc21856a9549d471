"""All results, one module each: what it says, what it assumes, and its proof, line by line (section
names are the theory's own).

A module ends with `RESULT`. `from tinymaml import theory;
theory.RESULTS["lemma_3"].evaluate(instance)["lipschitz"]` is the chain.
"""

from importlib import import_module

NAMES = (
    *(f"lemma_{k}" for k in range(1, 12)),
    *(f"proposition_{k}" for k in range(1, 6)),
    "theorem_1",
    "theorem_2",
    "corollary_1",
    "corollary_2",
    "lemma_4_sharp",
    "lemma_7_sharp",
    "lemma_8_sharp",
    "proposition_1_sharp",
    "proposition_2_sharp",
    "proposition_2_bend",
    "proposition_3_sharp",
    "theorem_1_sharp",
    "corollary_1_sharp",
    "clipping",
    "constant_stepsize",
    "theorem_3",
    "theorem_4",
)

RESULTS = {name: import_module(f"{__name__}.{name}").RESULT for name in NAMES}
