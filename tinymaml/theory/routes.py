"""How the lines of a layered graph run: up, along a track of its own between two layers, and up.

layers      from the bottom up, each a dict name -> the middle of its box
nets        name -> the names above it that it is connected with
"""

from itertools import pairwise
from typing import NamedTuple

PORT = 0.19  # between two lines that enter a box


class Run(NamedTuple):
    """What one net does between two layers: it comes from below at `start`, and goes up at each of
    `ends`."""

    name: str
    start: float
    ends: tuple[float, ...]
    taps: tuple[float, ...]  # those of the ends that enter a box

    @property
    def span(self):
        """The ends of its track, left and right."""
        places = (self.start, *self.ends)
        return min(places), max(places)

    @property
    def straight(self):
        """Does it need no track?"""
        return self.ends == (self.start,)


def channels(layers, nets):
    """For each gap between two layers, from the bottom up: its Runs, from the lowest track up."""
    found = []
    starts = {}
    for below, above in pairwise(layers):
        starts |= {name: x for name, x in below.items() if name in nets}
        entering = {name: into(above, nets[name]) for name in starts}
        passing = pass_through(above, layers, nets, starts)
        ports = ports_of(above, entering, starts)
        runs = []
        for name, start in starts.items():
            taps = tuple(ports[target, name] for target in entering[name])
            ends = taps + ((passing[name],) if name in passing else ())
            runs.append(Run(name, start, ends, taps))
        found.append(ordered(runs))
        starts = passing
    return found


def into(layer, targets):
    """Those of the targets that stand in this layer."""
    return [target for target in targets if target in layer]


def pass_through(layer, layers, nets, starts):
    """Where the nets that have targets above this layer go through it: name -> place."""
    higher = [one for k, one in enumerate(layers) if k > layers.index(layer)]
    gaps = [(a + b) / 2 for a, b in pairwise(layer.values())]
    passing = {}
    for name, start in starts.items():
        if not any(into(one, nets[name]) for one in higher):
            continue
        gap = min(gaps, key=lambda x: abs(x - start))
        taken = sum(abs(x - gap) < PORT / 2 for x in passing.values())
        passing[name] = gap + 0.08 * taken
    return passing


def ports_of(layer, entering, starts):
    """Where each net enters the boxes of this layer: (box, net) -> place."""
    ports = {}
    for box, middle in layer.items():
        nets = [name for name, boxes in entering.items() if box in boxes]
        nets.sort(key=starts.get)
        for k, name in enumerate(nets):
            ports[box, name] = middle + PORT * (k - (len(nets) - 1) / 2)
    return ports


def conflicts(lower, upper):
    """How often two runs cross if one has the lower track; two that would lie on each other count
    as many."""
    crossings = sum(inside(x, upper.span) for x in lower.ends) + inside(upper.start, lower.span)
    return crossings + 20 * sum(abs(x - upper.start) < 0.05 for x in lower.ends)


def inside(x, span):
    left, right = span
    return left - 0.02 < x < right + 0.02


def ordered(runs):
    """The runs that need a track, from the lowest up, so that few of them cross; the others
    last."""
    order = sorted((run for run in runs if not run.straight), key=lambda run: -run.start)
    for _ in order:
        for k in range(len(order) - 1):
            a, b = order[k], order[k + 1]
            if conflicts(b, a) < conflicts(a, b):
                order[k : k + 2] = b, a
    return order + [run for run in runs if run.straight]
