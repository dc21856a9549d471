"""Meta-gradients of N-step MAML for the graders of lesson 08: right ones, and those with a slip."""

import numpy as np


def implementation(
    way=lambda N: reversed(range(N)),
    at=lambda points, j: points[j],
    data=lambda support, query: support,
    factor=1.0,
    first=False,
    outer=lambda support, query: query,
    share=lambda B: 1 / B,
    inner=0,
    only=None,
    steps_on=lambda support, query: support,
):
    """A meta-gradient that is right by default.

    way: the number of steps -> the steps j on the way back. at: where H_j is taken. data: of which
    set H_j is. factor: of α in front of H_j. first: does H_j meet the first v? outer: the set whose
    gradient v begins with. share: of each of the B tasks. inner: additional inner steps. only: how
    many of the tasks are looked at. steps_on: the set that the steps go down on.
    """

    def meta_gradient(loss, w, tasks, alpha, steps):
        found = 0
        for support, query in tasks[:only]:
            points = descend(loss, w, steps_on(support, query), alpha, steps + inner)
            g = v = loss.gradient(points[-1], *outer(support, query))
            for j in way(steps):
                Hv = loss.hvp(at(points, j), g if first else v, *data(support, query))
                v = v - factor * alpha * Hv
            found = found + v * share(len(tasks[:only]))
        return found

    return meta_gradient


def descend(loss, w, data, alpha, steps):
    """The points w_0, ..., w_steps of the inner loop."""
    points = [np.array(w)]
    for j in range(steps):
        points.append(points[j] - alpha * loss.gradient(points[j], *data))
    return points
