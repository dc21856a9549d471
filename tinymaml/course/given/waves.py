"""The losses of lesson 15, parabolas with ripples, and instances of the theory made of them."""

import numpy as np

from ...theory import ResamplingInstance


class Wave:
    """l(w) = h w²/2 − k cos w + slope w, one variable.

    l″ = h + k cos w lies between h − |k| and h + |k|, and |l‴| ≤ |k|: L = |h| + |k| and ρ = |k|
    are certified. L: a number that is declared instead.
    """

    batched = True
    dimension = 1

    def __init__(self, h=0.5, k=0.5, slope=0.0, L=None):
        self.h = h
        self.k = k
        self.slope = slope
        self.L = abs(h) + abs(k) if L is None else L
        self.rho = abs(k)

    def value(self, w):
        w = np.asarray(w)[..., 0]
        return self.h * w * w / 2 - self.k * np.cos(w) + self.slope * w

    def gradient(self, w):
        return self.h * w + self.k * np.sin(w) + self.slope

    def hessian(self, w):
        return (self.h + self.k * np.cos(w))[..., None]


def instance(losses, alpha, steps, w=0.0, u=1.0):
    """Losses of one variable, equally likely, with two points to compare: a ResamplingInstance."""
    return ResamplingInstance(losses=losses, alpha=alpha, steps=steps, w=[w], u=[u])
