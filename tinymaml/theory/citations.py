"""Which line cites what: the graph of results, read off evaluated proofs (lesson 13)."""

from functools import cache

import numpy as np

from . import ablation
from .chain import ASSUMPTIONS
from .families import draw
from .results import RESULTS

#: some proofs have branches, the rarest of which takes this many random instances to be seen
INSTANCES = 12


@cache
def cited_by(name):
    """What the lines of a result cite -> a frozenset of names of results and tags of
    ASSUMPTIONS."""
    result, rng = RESULTS[name], np.random.default_rng(0)
    instances = [draw(rng, result) for _ in range(INSTANCES)]
    # Lemma 8's second branch is rare where the sizes are right
    if "sizes" in result.assumes and result.enumerates:
        more = [ablation.draw_without("sizes", result, rng) for _ in range(INSTANCES)]
        instances += more
    chains = [chain for x in instances for chain in result.evaluate(x).values()]
    return frozenset(cite for chain in chains for line in chain.lines for cite in line.cites) - {
        name
    }


def results_cited_by(name):
    """The results that a result's lines cite, in the order of RESULTS."""
    return tuple(other for other in RESULTS if other in cited_by(name))


def assumptions_cited_by(name):
    """The assumptions that a result's own lines cite, in the order of ASSUMPTIONS."""
    return tuple(tag for tag in ASSUMPTIONS if tag in cited_by(name))


def in_words():
    """The whole graph as a text: "lemma_3: lemma_1, A1 L, A1 rho; ..."."""
    lines = []
    for name in RESULTS:
        cites = *results_cited_by(name), *assumptions_cited_by(name)
        lines.append(f"{name}: {', '.join(cites)}")
    return "; ".join(lines)
