"""The bias of reused samples: why Algorithm 1 draws fresh ones for steps, Hessians and outer
gradient.

Exact, by enumeration (theory, sections 4 and 10; lesson 11). A sample is a coin ε = ±1 that shifts
gradient and Hessian together; a set of S samples enters through the mean of its coins, which has S
+ 1 values; and an expectation is a sum over all outcomes, each weighted by its probability. Each
outcome is one task of a meta-batch, so that it is the package's own Algorithm 1 whose mean is
taken.
"""

from math import comb

import numpy as np

import tinymaml as tm

from ...pictures import look, picture
from . import Reproduction, Table, silently

SECONDS = 5
ALPHA, SIGMA, START = 0.1, 0.5, 1.0
STEPS, SIZES, QUICK = (1, 2, 3, 4), (1, 2, 4, 8, 16), (1, 2, 4, 8)
FRESH, STEP, ALL = PLANS = ("fresh", "step_and_hessian", "one_set")
LABELS = {
    FRESH: "fresh sets for all",
    STEP: "Hessians reuse the steps’ sets",
    ALL: "one set for everything",
}
LOOKS = {plan: look(k, marker="os^"[k], markersize=6) for k, plan in enumerate(PLANS)}


def quadratic(p, e):
    """½ w² + e (w + ½ w²): the noise e shifts the gradient by e (1 + w), the Hessian by e."""
    return tm.sum(0.5 * tm.square(p["w"]) + e * (p["w"] + 0.5 * tm.square(p["w"])))


def cosine(p, e):
    """1 − cos w + e sin w: L = ρ = 1 and, with e = ±SIGMA, σ_g = σ_H = SIGMA."""
    return tm.sum(1.0 - tm.cos(p["w"]) + e * tm.sin(p["w"]))


def concave(p, e):
    """−½ w² + e w: no loss with L = 1 lets the inner loop drift further."""
    return tm.sum(e * p["w"] - 0.5 * tm.square(p["w"]))


def run(seed=0, quick=False, report=silently):
    """seed changes nothing: all outcomes are enumerated."""
    cells = [(n, 1) for n in STEPS] + [(2, S) for S in (QUICK if quick else SIZES)[1:]]
    rows = []
    for k, (steps, S) in enumerate(cells):
        report(k / len(cells), f"N = {steps}, S = {S}")
        rows.append(row(steps, S))
    names = [f"{loss}_{what}" for loss in ("quadratic", "cosine") for what in ("gradient", *PLANS)]
    table = Table(
        (
            "steps",
            "S",
            *names,
            "cosine_bound",
            "drift_fresh",
            "drift_one_set",
            "drift_bound",
            "drift_ratio_one_set",
            *(f"quadratic_percent_{plan}" for plan in PLANS),
        ),
        rows,
    )
    last = table.where(steps=STEPS[-1], S=1)
    percents = [abs(last.column(f"quadratic_percent_{plan}")[0]) for plan in PLANS]
    ratio = last.column("drift_ratio_one_set")[0]
    title = (
        f"On a quadratic, {STEPS[-1]} steps, the meta-gradient has a bias of {percents[0]:.0e}% with fresh samples, {percents[1]:.1f}% or "
        f"{percents[2]:.0f}% with reused ones;\n"
        f"the drift’s mean square of one reused set is {ratio:.2f} times the bound that holds for fresh ones"
    )
    caption = (
        f"Algorithm 1’s estimate at w = {START:g}, α = {ALPHA:g}, averaged over all outcomes of two-point noise (σ_g = σ_H = {SIGMA:g} on "
        "the cosine): nothing is sampled. Left: where the loss is quadratic the drift averages out, and fresh samples are unbiased. "
        "Middle: 1 − cos w; the drift biases fresh samples too, less than reused ones. All biases fall like 1/S, faster than Proposition "
        "2’s 1/√S. Right: E(w_N − w̃_N)² on −½w² over Lemma 5’s bound, which fresh samples attain; with one set the ratio is "
        "tanh(Nθ)/tanh θ, θ = ½ log(1 + αL), which tends to N as αL → 0."
    )
    return Reproduction(title, caption, table, draw(title, table))


def row(steps, S):
    found = []
    for function in (quadratic, cosine):
        exact = expectation(function, steps, 0, FRESH)[0]
        found += [exact, *(expectation(function, steps, S, plan)[0] - exact for plan in PLANS)]
    a, g = 1 + ALPHA, np.sin(START)
    proposition_2 = (
        SIGMA
        / S**0.5
        * (a**steps * (a**steps - 1) + a ** (2 * steps - 1) * (a**steps - 1 - steps * ALPHA) * g)
    )  # L = ρ = 1
    lemma_5 = (a ** (2 * steps) - 1) * ALPHA * SIGMA**2 / ((2 + ALPHA) * S)
    fresh, reused = (expectation(concave, steps, S, plan)[1] for plan in (FRESH, ALL))
    percents = (100 * bias / found[0] for bias in found[1:4])
    return (
        steps,
        S,
        *found,
        float(proposition_2),
        fresh,
        reused,
        lemma_5,
        reused / lemma_5,
        *percents,
    )


def expectation(function, steps, S, plan):
    """-> E Ĝ and E(w_N − w̃_N)², exactly. S: samples in each set; 0: no noise."""
    loss, w = tm.Loss(function, {"w": np.zeros(1)}), np.array([START])
    inner, hessian, outer, chance = outcomes(steps, S, plan)
    noise = [(SIGMA * e[..., None, None],) for e in (inner, hessian, outer)]
    estimate = tm.meta_gradient(
        loss, w, tm.Tasks.resampled(*noise), alpha=ALPHA, steps=steps, per_task=True
    )
    still = tm.adapt(loss, w, (np.zeros((1, 1, 1)),), alpha=ALPHA, steps=steps)[-1, 0]
    return float(chance @ estimate.gradients[:, 0]), float(
        chance @ (estimate.adapted[:, 0] - still) ** 2
    )


def outcomes(steps, S, plan):
    """All n outcomes: the means of the coins of the inner steps' sets and of the Hessians' (n,
    steps), of the outer set (n,), and the probabilities (n,)."""
    values = np.linspace(-1, 1, S + 1) if S else np.zeros(1)
    chances = np.array([comb(S, k) / 2**S for k in range(S + 1)])
    sets = {FRESH: 2 * steps + 1, STEP: steps + 1, ALL: 1}[plan]
    which = np.indices((S + 1,) * sets).reshape(sets, -1).T
    e, chance = values[which], chances[which].prod(1)
    inner = np.repeat(e, steps, 1) if plan == ALL else e[:, :steps]
    return inner, e[:, steps : 2 * steps] if plan == FRESH else inner, e[:, -1], chance


def share(table, loss, plan):
    """The bias as a share of the meta-gradient."""
    return np.array(table.column(f"{loss}_{plan}")) / table.column(f"{loss}_gradient")


def draw(title, table):
    by_steps, by_size = table.where(S=1), table.where(steps=2)
    n, S = by_steps.column("steps"), by_size.column("S")
    with picture(title, panels=3, size=(14.0, 5.4)) as (figure, (left, middle, right)):
        for plan in PLANS:
            left.plot(
                n, 100 * share(by_steps, "quadratic", plan), label=LABELS[plan], **LOOKS[plan]
            )
            middle.plot(
                S, np.abs(100 * share(by_size, "cosine", plan)), label=LABELS[plan], **LOOKS[plan]
            )
        bound = 100 * np.array(by_size.column("cosine_bound")) / by_size.column("cosine_gradient")
        middle.plot(S, bound, color="0.5", linestyle=(0, (1, 1)), label="Proposition 2’s bound")
        left.set(xlabel="N, inner steps", ylabel="bias, percent of the meta-gradient", xticks=n)
        left.set_title("a quadratic, S = 1", loc="left")
        middle.set(
            xlabel="S, samples in a set (log scale)",
            ylabel="|bias|, percent of the meta-gradient (log scale)",
            xscale="log",
            yscale="log",
        )
        middle.set_xticks(S, S, minor=False)
        middle.minorticks_off()
        middle.set_title("a cosine, N = 2", loc="left")
        for plan in (FRESH, ALL):
            ratio = np.array(by_steps.column(f"drift_{plan}")) / by_steps.column("drift_bound")
            right.plot(n, ratio, label=LABELS[plan], **LOOKS[plan])
        right.plot(n, n, color="0.5", linestyle=(0, (1, 1)), label="N")
        right.set(
            xlabel="N, inner steps",
            ylabel="mean square of the drift / Lemma 5’s bound",
            xticks=n,
            ylim=(0, None),
        )
        right.set_title("the inner loop’s drift, S = 1", loc="left")
        for axes in (left, middle, right):
            axes.grid(True, color="0.9")
        figure.legend(*middle.get_legend_handles_labels(), loc="outside lower center", ncols=4)
        right.legend(
            *zip(*[pair for pair in zip(*right.get_legend_handles_labels()) if pair[1] == "N"]),
            loc="upper left",
        )
    return figure
