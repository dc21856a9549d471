"""The honest baseline for few-shot digits: one classifier of all training digits, fine-tuned on a
new task (lesson 10).

    joint = JointDigits(Digits(train))
    # no inner steps: ordinary training
    w = tm.maml_finite_sum(joint.loss, joint.start, joint, alpha=1.0, steps=0, ...).w
    # a start for Digits(test).loss: all layers are fine-tuned
    everything = joint.transfer(w)
    # or tasks and loss for fine-tuning the last layer alone
    last = joint.features(w, tasks), joint.last_layer

It is trained on the very images that MAML sees (the same generator draws the same ones, support and
query together), with the digits' own names as labels, which MAML is never told. Choose its
fine-tuning stepsize on training digits, as generously as MAML's.
"""

from functools import cached_property

import numpy as np

from ..engine.errors.arguments import check_vector
from ..engine.loss import Loss
from ..maml.tasks import Tasks
from . import networks
from .common import check_draw
from .digits import PIXELS, SYMMETRIES, UPRIGHT, Digits, cross_entropy, images


class JointDigits:
    """digits: the few-shot problem whose images to learn from, all digits at once. To be trained
    with steps=0."""

    def __init__(self, digits):
        if not isinstance(digits, Digits):
            raise TypeError(
                f"digits is of type {type(digits).__name__}; "
                "expected the few-shot problem, Digits(...)"
            )
        self.digits = digits

    @cached_property
    def loss(self):
        """Softmax cross-entropy of a network 64-hidden-classes, a class for each of the problem's
        digits (if they are turned, for each of the eight ways to show it)."""
        return Loss(cross_entropy, self._initial())

    @property
    def start(self):
        """(P,): initial weights; the hidden layer is that of the few-shot problem's start."""
        return self.loss.flatten(self._initial())

    def _initial(self):
        layers = (PIXELS, self.digits.hidden, self.classes)
        return networks.initial(np.random.default_rng(0), layers, self.digits.dtype)

    @property
    def classes(self):
        """How many classes the network tells apart."""
        return len(self.digits.digits) * (SYMMETRIES if self.digits.turned else 1)

    def sample(self, rng, batch):
        """-> finite-sum `Tasks` (x, y): x (batch, ways · (shots + queries), 64), the images that
        digits.sample(rng, batch) draws; y one-hot rows over all classes. Query equals support."""
        problem = self.digits
        digits, rows = problem.choose(rng, check_draw(rng, batch))
        label = np.searchsorted(sorted(problem.digits), digits)
        if problem.turned:
            way = rows[:, :, 0] // UPRIGHT
            label = SYMMETRIES * label + way
        pixels, _ = images()
        x = pixels[rows.reshape(batch, -1)].astype(problem.dtype)
        y = np.repeat(np.eye(self.classes, dtype=problem.dtype)[label], rows.shape[2], axis=1)
        return Tasks.finite_sum(support=(x, y), query=(x, y))

    def transfer(self, w, last=None):
        """(P of the few-shot loss,): the hidden layer of w under a new last layer. last: (hidden ·
        ways + ways,), as the loss `last_layer` has it; None: zeros, which favour no output."""
        check_vector("w", w, self.loss.size, finite=True)
        new = self.last_start.astype(w.dtype) if last is None else last
        check_vector("last", new, self.last_layer.size, w.dtype)
        return np.concatenate([w[: self._cut], new])

    @property
    def _cut(self):
        return (PIXELS + 1) * self.digits.hidden  # where the last layer begins, in both losses

    @cached_property
    def last_layer(self):
        """The few-shot loss as a function of its last layer alone; its data are hidden values and
        one-hot rows."""
        hidden, ways = self.digits.hidden, self.digits.ways
        return Loss(cross_entropy, {"W1": np.zeros((hidden, ways)), "b1": np.zeros(ways)})

    @property
    def last_start(self):
        """(hidden · ways + ways,): zeros."""
        return np.zeros(self.last_layer.size, self.digits.dtype)

    def features(self, w, tasks):
        """The tasks with hidden values (rows, hidden) in place of images, w kept as it is ->
        finite-sum `Tasks` for `last_layer`."""
        check_vector("w", w, self.loss.size, finite=True)
        p = self.loss.unflatten(w)

        def apply_hidden_layer(data):
            x, y = data
            return np.tanh(x @ p["W1"] + p["b1"]), y

        return Tasks.finite_sum(
            support=apply_hidden_layer(tasks.inner), query=apply_hidden_layer(tasks.outer)
        )
