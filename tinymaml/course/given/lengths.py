"""Tasks whose gradients have chosen lengths, as instances of the theory in which A = C_𝓛 = 1; and
the lines that one proof changes in another (lesson 18)."""

from html import escape

import numpy as np

from ...theory import FiniteSumInstance, PiecewiseHessian, ResamplingInstance, table
from ...theory.formula import plain

STEPS = 5
a = 1 + 1 / (8 * STEPS)  # α = 1/(8NL)
L = a ** (-2 * STEPS)  # so that A = a^2N L = 1
RHO = L / (a ** (2 * STEPS - 1) * (a**STEPS - 1))  # so that C_𝓛 = 1


def losses_of(lengths):
    """One valley, tilted once for each length: that is the slope at w = 0."""
    knots, curvatures = [L / RHO, 3 * L / RHO], [-L, L]
    return [PiecewiseHessian(knots, curvatures, origin=0.0, slope=float(x)) for x in lengths]


def tasks_of_lengths(lengths, p, drawn=1):
    """Algorithm 2 at a w where the tasks' gradients have these lengths, with probabilities p.

    drawn: B', how many tasks the guess draws. Support and query sets are the same.
    """
    losses = losses_of(lengths)
    return FiniteSumInstance(
        support_losses=losses,
        query_losses=losses,
        weights=p,
        w=[0.0],
        u=[1.0],
        alpha=1 / (8 * STEPS * L),
        steps=STEPS,
        B_L=drawn,
    )


def sampled_tasks(lengths, p, noise, drawn=1, samples=1):
    """Algorithm 1 at such a w: a sample of a gradient is off by ±noise. samples: D_L of each."""
    at_the_end = np.zeros((STEPS + 1, 1))
    at_the_end[-1] = noise
    return ResamplingInstance(
        losses=losses_of(lengths),
        weights=p,
        w=[0.0],
        u=[1.0],
        alpha=1 / (8 * STEPS * L),
        steps=STEPS,
        noise=at_the_end,
        B_L=drawn,
        D_L=samples,
    )


def show_changed(old, new):
    """Show those lines of a result's Chains whose reason is in no chain of an older result."""
    known = {line.reason.split("; here ")[0] for chain in old.values() for line in chain.lines}
    rows = []
    for claim, chain in new.items():
        if claim not in old:
            continue
        for number, line in enumerate(chain.lines):
            reason = line.reason.split("; here ")[0]
            if reason not in known:
                rows.append((claim, number, table.RELATIONS[line.relation], line.latex, reason))
    texts = [f"({claim}) {n}  {r} {plain(x)}\n    {why}" for claim, n, r, x, why in rows]
    if not table.in_notebook():
        print("\n".join(texts))
        return
    from IPython.display import display

    left = 'style="text-align:left"'
    head = f"<tr><th {left}>claim, line</th><th {left}>formula</th><th {left}>reason</th></tr>"
    body = ""
    for claim, number, relation, latex, reason in rows:
        relation = r"\le" if relation == "≤" else relation
        body += (
            f"<tr><td {left}>{claim}, {number}</td>"
            f"<td {left}>${relation}{{}}\\;{escape(latex)}$</td>"
            f"<td {left}>{escape(reason)}</td></tr>"
        )
    page = f"<table><thead>{head}</thead><tbody>{body}</tbody></table>"
    display({"text/plain": "\n".join(texts), "text/html": page}, raw=True)
