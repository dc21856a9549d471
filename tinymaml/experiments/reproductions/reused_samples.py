"""Why Algorithm 1 draws fresh samples: the bias of the meta-gradient when they are reused, exactly (theory, sections 4 and 10; lesson 11).

A sample shifts gradient and Hessian together: l(w; ε) = l(w) + ε SIGMA sin w with ε = ±1, a coin. Every expectation is a sum over
all outcomes of all coins, each weighted by its probability. A set of S samples enters through the mean of its coins only,
which has S + 1 values.
"""
from itertools import product
from math import comb

import numpy as np

import tinymaml as tm

from ...problems.common import look, picture
from . import Reproduction

ALPHA, SIGMA, START = 0.2, 0.5, 2.0
FRESH, STEP, ALL = PLANS = ("fresh sets for all three", "the inner step’s set for its Hessian", "one set for everything")
STEPS, SIZES, SIZES_QUICK = (1, 2, 3, 4), (1, 2, 4, 8, 16), (1, 2, 4, 8)
LOSSES = ("quadratic", "cosine")


def cosine(p, e):
    """1 − cos w: L = ρ = 1, and the noise e sin w has σ_g = σ_H = SIGMA, since e is the mean of S coins, times SIGMA."""
    return tm.sum(1.0 - tm.cos(p["w"])) + tm.sum(e * tm.sin(p["w"]))


def quadratic(p, e):
    """½ w², with the noise e (w + ½ w²): the gradient is off by e (1 + w), the Hessian by e."""
    return tm.sum(0.5 * tm.square(p["w"])) + tm.sum(e * (p["w"] + 0.5 * tm.square(p["w"])))


def concave(p, e):
    """−½ w² + e w: where the inner loop's drift is as large as its noise allows."""
    return tm.sum(e * p["w"] - 0.5 * tm.square(p["w"]))


def run(seed=0, quick=False, report=None):
    rows = [row(steps, 1) for steps in STEPS] + [row(2, S) for S in (SIZES_QUICK if quick else SIZES)[1:]]
    header = ("steps", "S", "true_quadratic", *(f"bias_quadratic_{k}" for k in SHORT), "true_cosine", *(f"bias_cosine_{k}" for k in SHORT),
              "bound_cosine", "drift_fresh", "drift_one_set", "drift_bound")
    four = dict(zip(header, rows[len(STEPS) - 1]))
    shares = [abs(four[f"bias_cosine_{k}"] / four["true_cosine"]) for k in SHORT]
    title = (f"Four steps, S = 1: the meta-gradient is off by {shares[0]:.0%} with fresh samples, {shares[1]:.0%} and {shares[2]:.0%} with reused ones;\n"
             f"reused, the drift’s mean square is {four['drift_one_set'] / four['drift_bound']:.2f} times what holds for fresh ones")
    caption = (f"Algorithm 1’s estimate at w = {START:g}, α = {ALPHA:g}, averaged over all outcomes of two-point noise (σ_g = σ_H = {SIGMA:g}): exact, nothing "
               "is sampled. Left: 1 − cos w; fresh samples leave only the bias of the inner loop’s drift, which reusing a set multiplies. On a quadratic "
               "fresh samples leave none. Middle: with S samples in each set all biases fall like 1/S. Right: E(w_N − w̃_N)² on −½w², divided by "
               "Lemma 5’s bound, which fresh samples attain; one shared set exceeds it by a factor that tends to N as αL → 0.")
    return Reproduction(title, caption, draw(title, header, rows), header, rows)


SHORT = ("fresh", "step_and_hessian", "one_set")


def row(steps, S):
    found = []
    for function in (quadratic, cosine):
        true = expectation(function, steps, 0, FRESH)[0]
        found += [true, *(expectation(function, steps, S, plan)[0] - true for plan in PLANS)]
    a, g = 1 + ALPHA, abs(np.sin(START))                    # Proposition 2, with L = ρ = 1 and σ_g = SIGMA
    proposition_2 = (a ** steps * (a ** steps - 1) + a ** (2 * steps - 1) * (a ** steps - 1 - steps * ALPHA) * g) * SIGMA / np.sqrt(S)
    lemma_5 = (a ** (2 * steps) - 1) * ALPHA * SIGMA ** 2 / ((2 + ALPHA) * S)
    drifts = [expectation(concave, steps, S, plan)[1] for plan in (FRESH, ALL)]
    return (steps, S, *found, proposition_2, *drifts, lemma_5)


def expectation(function, steps, S, plan):
    """-> E Ĝ(START) and E(w_N − w̃_N)², summed over all outcomes. S: samples in every set; 0: no noise."""
    coins, chances = mean_of_coins(S)
    inner, hessian, outer, weights = outcomes(coins, chances, steps, plan)
    loss, w = tm.Loss(function, {"w": np.zeros(1)}), np.array([START])
    sets = [SIGMA * e[:, :, None, None] for e in (inner, hessian)]
    tasks = tm.Tasks.resampled((sets[0],), (sets[1],), (SIGMA * outer[:, None, None],))          # a task for each outcome
    estimates = tm.meta_gradient(loss, w, tasks, alpha=ALPHA, steps=steps, per_task=True)
    still = tm.Tasks.finite_sum((np.zeros((1, 1, 1)),), (np.zeros((1, 1, 1)),))
    exact = tm.meta_gradient(loss, w, still, alpha=ALPHA, steps=steps, per_task=True).adapted[0, 0]
    return float(weights @ estimates.gradients[:, 0]), float(weights @ (estimates.adapted[:, 0] - exact) ** 2)


def mean_of_coins(S):
    """The values that the mean of S coins ±1 takes, and their probabilities."""
    if S == 0:
        return np.zeros(1), np.ones(1)
    heads = np.arange(S + 1)
    return 2 * heads / S - 1, np.array([comb(S, k) for k in heads]) / 2.0 ** S


def outcomes(coins, chances, steps, plan):
    """-> the coins' means of the inner steps (n, steps), of the Hessians (n, steps) and of the outer gradient (n,), and the
    probability (n,) of each of the n outcomes.

    What is multilinear needs no enumeration: where D_j is fresh, the estimate is affine in its mean, so that the two extreme
    values would do; they are enumerated all the same while there are few.
    """
    sets = {FRESH: 2 * steps + 1, STEP: steps + 1, ALL: 1}[plan]
    which = np.array(list(product(range(len(coins)), repeat=sets))).reshape(-1, sets)
    e, weights = coins[which], chances[which].prod(1)
    inner = np.repeat(e, steps, 1) if plan == ALL else e[:, :steps]
    hessian = e[:, steps:2 * steps] if plan == FRESH else inner
    return inner, hessian, e[:, -1], weights


def draw(title, header, rows):
    columns = dict(zip(header, np.array(rows).T))
    one, two = columns["S"] == 1, columns["steps"] == 2
    with picture(title, panels=3, size=(14.0, 5.4)) as (figure, (left, middle, right)):
        for k, (short, plan) in enumerate(zip(SHORT, PLANS)):
            share = np.abs(columns[f"bias_cosine_{short}"] / columns["true_cosine"])
            looks = look(k, marker="os^"[k], markersize=6, label=plan)
            left.plot(columns["steps"][one], 100 * share[one], **looks)
            middle.plot(columns["S"][two], 100 * share[two], **looks)
        middle.plot(columns["S"][two], 100 * share[two][0] / columns["S"][two], color="0.6", linestyle=(0, (1, 1)), label="a line of slope −1")
        left.set(xlabel="N, inner steps", ylabel="|bias|, percent of the meta-gradient", xticks=STEPS, ylim=(0, None))
        left.set_title("S = 1 sample in each set", loc="left")
        middle.set(xlabel="S, samples in each set (log scale)", ylabel="|bias|, percent (log scale)", xscale="log", yscale="log")
        middle.set_title("N = 2 steps", loc="left")
        for k, (name, label, marker) in enumerate((("drift_fresh", FRESH, "o"), ("drift_one_set", ALL, "^"))):
            ratio = columns[name][one] / columns["drift_bound"][one]
            right.plot(columns["steps"][one], ratio, **look(2 * k, marker=marker, markersize=6, label=label))
        right.plot(STEPS, STEPS, color="0.6", linestyle=(0, (1, 1)), label="N")
        right.set(xlabel="N, inner steps", ylabel="mean square of the drift / Lemma 5’s bound", xticks=STEPS, ylim=(0, None))
        right.set_title("the inner loop’s drift", loc="left")
        for axes in (left, middle, right):
            axes.grid(True, color="0.9")
            axes.legend()
    return figure
