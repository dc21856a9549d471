"""The network of Finn, Abbeel & Levine (2017), section 5.1: one number in, two hidden layers of 40,
one number out (lesson 09)."""

import functools
import itertools

import numpy as np

import tinymaml as tm

ACTIVATIONS = {"tanh": tm.tanh, "relu": tm.relu}
LAYERS = (1, 40, 40, 1)


def predict(p, x, activation="tanh"):
    """The network: p as `initial` makes it, x (rows, 1) -> (rows, 1). Traced in a loss, or run on
    plain arrays for a figure."""
    return forward(p, x, ACTIVATIONS[activation])


def forward(p, x, f):
    """The same with any function f between the layers, any number of them."""
    last = len(p) // 2
    for k in range(1, last):
        x = f(x @ p[f"W{k}"] + p[f"b{k}"])
    return x @ p[f"W{last}"] + p[f"b{last}"]


def mse(activation="tanh"):
    """-> mean_square(p, x, y), the mean squared error of the network with this activation, to be
    made a `tm.Loss`."""
    # unlike a closure, a partial function can be pickled
    function = functools.partial(mean_square, activation=activation)
    function.__name__ = "mean_square"
    return function


def mean_square(p, x, y, activation):
    return tm.mean(tm.square(predict(p, x, activation) - y))


def initial(rng, layers=LAYERS, dtype=np.float32):
    """Initial weights: normal with variance 2 / inputs, biases 0 (He et al. 2015).

    He's scale is made for relu. It serves tanh as well: twice the variance that keeps a linear
    layer's scale makes up for what tanh squashes. Every learner of an experiment starts from the
    same draw.
    """
    p = {}
    for k, (inputs, outputs) in enumerate(itertools.pairwise(layers), start=1):
        weights = rng.standard_normal((inputs, outputs)) * np.sqrt(2 / inputs)
        p[f"W{k}"] = weights.astype(dtype)
        p[f"b{k}"] = np.zeros(outputs, dtype)
    return p
