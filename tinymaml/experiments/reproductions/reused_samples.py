"""The bias of reused samples: why Algorithm 1 draws fresh ones for steps, Hessians and outer
gradient.

Exact, by enumeration (lesson 11). A sample is a coin ε = ±1 that shifts
gradient and Hessian together; a set of S samples enters through the mean of its coins, which has S
+ 1 values; and an expectation is a sum over all outcomes, each weighted by its probability. Each
outcome is one task of a meta-batch, so that it is the package's own Algorithm 1 whose mean is
taken.
"""

from math import comb

import numpy as np

import tinymaml as tm

from ...pictures import DOTS, MARKERS, look, picture
from . import Reproduction, Table, no_report

SECONDS = 5
ALPHA, SIGMA, START = 0.1, 0.5, 1.0
STEPS = (1, 2, 3, 4)
SIZES, QUICK = (1, 2, 4, 8, 16), (1, 2, 4, 8)
FRESH, STEP, ALL = "fresh", "step_and_hessian", "one_set"
PLANS = (FRESH, STEP, ALL)
LABELS = {
    FRESH: "fresh sets for all",
    STEP: "Hessians reuse the steps’ sets",
    ALL: "one set for everything",
}
LOOKS = {plan: look(k, marker=MARKERS[k], markersize=6) for k, plan in enumerate(PLANS)}
HEADER = (
    "steps",
    "S",
    "quadratic_gradient",
    *(f"quadratic_{plan}" for plan in PLANS),
    "cosine_gradient",
    *(f"cosine_{plan}" for plan in PLANS),
    "cosine_bound",
    "drift_fresh",
    "drift_one_set",
    "drift_bound",
    "drift_ratio_one_set",
    *(f"quadratic_percent_{plan}" for plan in PLANS),
)


def quadratic(p, e):
    """½ w² + e (w + ½ w²): the noise e shifts the gradient by e (1 + w), the Hessian by e."""
    return tm.sum(0.5 * tm.square(p["w"]) + e * (p["w"] + 0.5 * tm.square(p["w"])))


def cosine(p, e):
    """1 − cos w + e sin w: L = ρ = 1 and, with e = ±SIGMA, σ_g = σ_H = SIGMA."""
    return tm.sum(1.0 - tm.cos(p["w"]) + e * tm.sin(p["w"]))


def concave(p, e):
    """−½ w² + e w: no loss with L = 1 lets the inner loop drift further."""
    return tm.sum(e * p["w"] - 0.5 * tm.square(p["w"]))


def run(seed=0, quick=False, report=no_report):
    """seed changes nothing: all outcomes are enumerated."""
    sizes = QUICK if quick else SIZES
    cells = [(n, 1) for n in STEPS] + [(2, S) for S in sizes[1:]]
    rows = []
    for k, (steps, S) in enumerate(cells):
        report(k / len(cells), f"N = {steps}, S = {S}")
        rows.append(measure(steps, S))
    table = Table(HEADER, rows)
    message = title(table)
    return Reproduction(message, caption(), table, draw(message, table))


# ---- the expectations


def measure(steps, S):
    """-> a row of the table."""
    quadratic_gradient, quadratic_biases = find_biases(quadratic, steps, S)
    cosine_gradient, cosine_biases = find_biases(cosine, steps, S)
    _, fresh = expectation(concave, steps, S, FRESH)
    _, reused = expectation(concave, steps, S, ALL)
    drift_bound = lemma_5(steps, S)
    return (
        steps,
        S,
        quadratic_gradient,
        *quadratic_biases,
        cosine_gradient,
        *cosine_biases,
        proposition_2(steps, S),
        fresh,
        reused,
        drift_bound,
        reused / drift_bound,
        *(100 * bias / quadratic_gradient for bias in quadratic_biases),
    )


def proposition_2(steps, S):
    """The bound of the bias on the cosine, where L = ρ = 1."""
    a, gradient = 1 + ALPHA, np.sin(START)
    product = a**steps * (a**steps - 1)
    curvature = a ** (2 * steps - 1) * (a**steps - 1 - steps * ALPHA) * gradient
    return float(SIGMA / S**0.5 * (product + curvature))


def lemma_5(steps, S):
    """The bound of the drift's mean square, where L = 1."""
    a = 1 + ALPHA
    return (a ** (2 * steps) - 1) * ALPHA * SIGMA**2 / ((2 + ALPHA) * S)


def find_biases(function, steps, S):
    """-> the meta-gradient, and the bias of its estimate with each of PLANS."""
    exact, _ = expectation(function, steps, 0, FRESH)
    means = [expectation(function, steps, S, plan)[0] for plan in PLANS]
    return exact, [mean - exact for mean in means]


def expectation(function, steps, S, plan):
    """-> E Ĝ and E(w_N − w̃_N)², exactly. S: samples in each set; 0: no noise."""
    loss = tm.Loss(function, {"w": np.zeros(1)})
    w = np.array([START])
    inner, hessian, outer, chance = outcomes(steps, S, plan)
    noise = [(SIGMA * e[..., None, None],) for e in (inner, hessian, outer)]
    tasks = tm.Tasks.resampled(*noise)
    estimate = tm.meta_gradient(loss, w, tasks, alpha=ALPHA, steps=steps, per_task=True)
    no_noise = (np.zeros((1, 1, 1)),)
    still = tm.adapt(loss, w, no_noise, alpha=ALPHA, steps=steps)[-1, 0]
    drift = estimate.adapted[:, 0] - still
    return float(chance @ estimate.gradients[:, 0]), float(chance @ drift**2)


def outcomes(steps, S, plan):
    """All n outcomes: the means of the coins of the inner steps' sets and of the Hessians' (n,
    steps), of the outer set (n,), and the probabilities (n,)."""
    values = np.linspace(-1, 1, S + 1) if S else np.zeros(1)
    chances = np.array([comb(S, k) / 2**S for k in range(S + 1)])
    sets = {FRESH: 2 * steps + 1, STEP: steps + 1, ALL: 1}[plan]
    which = np.indices((S + 1,) * sets).reshape(sets, -1).T
    e = values[which]
    chance = chances[which].prod(1)
    inner = np.repeat(e, steps, 1) if plan == ALL else e[:, :steps]
    hessian = e[:, steps : 2 * steps] if plan == FRESH else inner
    return inner, hessian, e[:, -1], chance


# ---- what they say


def title(table):
    last = table.where(steps=STEPS[-1], S=1)
    fresh, step, all_reused = (abs(last.cell(f"quadratic_percent_{plan}")) for plan in PLANS)
    return (
        f"On a quadratic, {STEPS[-1]} steps, the meta-gradient has a bias of {fresh:.0e}% with "
        f"fresh samples, {step:.1f}% or {all_reused:.0f}% with reused ones;\n"
        "the drift’s mean square of one reused set is "
        f"{last.cell('drift_ratio_one_set'):.2f} times the bound that holds for fresh ones"
    )


def caption():
    return (
        f"Algorithm 1’s estimate at w = {START:g}, α = {ALPHA:g}, averaged over all outcomes of "
        f"two-point noise (σ_g = σ_H = {SIGMA:g} on the cosine): nothing is sampled. Left: where "
        "the loss is quadratic the drift averages out, and fresh samples are unbiased. Middle: "
        "1 − cos w; the drift biases fresh samples too, less than reused ones. All biases fall "
        "like 1/S, faster than Proposition 2’s 1/√S. Right: E(w_N − w̃_N)² on −½w² over Lemma 5’s "
        "bound, which fresh samples attain; with one set the ratio is tanh(Nθ)/tanh θ, "
        "θ = ½ log(1 + αL), which tends to N as αL → 0."
    )


def percent(table, name, loss):
    """A column, in percent of the meta-gradient of this loss."""
    return 100 * (np.array(table.column(name)) / table.column(f"{loss}_gradient"))


def draw(message, table):
    by_steps, by_size = table.where(S=1), table.where(steps=2)
    n, S = by_steps.column("steps"), by_size.column("S")
    reference = dict(color="0.5", linestyle=DOTS)
    with picture(message, panels=3, size=(14.0, 5.4)) as (figure, (left, middle, right)):
        for plan in PLANS:
            line = dict(label=LABELS[plan], **LOOKS[plan])
            left.plot(n, percent(by_steps, f"quadratic_{plan}", "quadratic"), **line)
            middle.plot(S, np.abs(percent(by_size, f"cosine_{plan}", "cosine")), **line)
        bound = percent(by_size, "cosine_bound", "cosine")
        middle.plot(S, bound, label="Proposition 2’s bound", **reference)
        left.set(xlabel="N, inner steps", ylabel="bias, percent of the meta-gradient", xticks=n)
        left.set_title("a quadratic, S = 1", loc="left")
        middle.set(xlabel="S, samples in a set (log scale)", xscale="log")
        middle.set(ylabel="|bias|, percent of the meta-gradient (log scale)", yscale="log")
        middle.set_xticks(S, S, minor=False)
        middle.minorticks_off()
        middle.set_title("a cosine, N = 2", loc="left")

        for plan in (FRESH, ALL):
            drift = np.array(by_steps.column(f"drift_{plan}"))
            ratio = drift / by_steps.column("drift_bound")
            right.plot(n, ratio, label=LABELS[plan], **LOOKS[plan])
        (diagonal,) = right.plot(n, n, label="N", **reference)
        right.set(xlabel="N, inner steps", xticks=n)
        right.set(ylabel="mean square of the drift / Lemma 5’s bound", ylim=(0, None))
        right.set_title("the inner loop’s drift, S = 1", loc="left")
        right.legend(handles=[diagonal], loc="upper left")
        for axes in (left, middle, right):
            axes.grid(True, color="0.9")
        figure.legend(*middle.get_legend_handles_labels(), loc="outside lower center", ncols=4)
    return figure
