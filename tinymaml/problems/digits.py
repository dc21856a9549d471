"""Few-shot classification of handwritten digits: tell apart a few digits never seen in training,
from a few images of each (lesson 10).

    train, test = splits()[0]      # ten digits: six to learn from, four held out
    Digits(train), Digits(test)    # two problems with the same loss and start

The images are scikit-learn's `load_digits`: 1797 of 8 x 8 pixels (Alpaydin & Kaynak 1998). Needs
the extra `tinymaml[digits]`.
"""

import functools
import operator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

import tinymaml as tm

from ..engine.errors.arguments import check_count, check_floats, check_seed
from ..engine.loss import Loss
from ..maml.tasks import Tasks
from ..pictures import BLUE, VERMILION, new_figure
from . import networks
from .common import NO_BOUND, Absent, check_draw, check_dtype, check_resample

PIXELS = 64
SYMMETRIES = 8  # of a square: ways to turn and mirror it
UPRIGHT = 1797  # images as they were written


@functools.cache
def images():
    """-> images (8 · 1797, 64) float64 in [0, 1], and for each digit the rows at which it is shown,
    a list of ten arrays.

    Those rows are the first 1797, the images as they were written; then follow all of them seven
    more times, turned and mirrored.
    """
    try:
        from sklearn.datasets import load_digits
    except ImportError as e:
        raise ImportError(
            "the handwritten digits come with scikit-learn, which is not installed: "
            "pip install 'tinymaml[digits]'"
        ) from e
    x, label = load_digits(return_X_y=True)
    square = x.reshape(-1, 8, 8) / 16.0
    mirrored = square[:, :, ::-1]
    turned = [np.rot90(a, k, axes=(1, 2)) for a in (square, mirrored) for k in range(4)]
    rows = [np.flatnonzero(label == digit) for digit in range(10)]
    return np.concatenate(turned).reshape(-1, PIXELS), rows


@functools.cache
def rows_by_digit():
    """The rows at which each digit is shown, then −1: (10, images of the commonest digit)."""
    _, shown = images()
    padded = np.full((10, max(map(len, shown))), -1)
    for digit, rows in enumerate(shown):
        padded[digit, : len(rows)] = rows
    return padded


def splits(count=5, held_out=4, seed=0):
    """Ways to divide the ten digits -> a list of `count` pairs (training digits, test digits),
    sorted tuples.

    The digits stand in a circle in an order that the seed decides, and each split holds out the
    next stretch of it: with the default every digit is held out exactly twice. There are only ten
    digits, so one split says little: average over several.
    """
    check_count("count", count, 1)
    check_count("held_out", held_out, 1)
    if held_out > 9:
        raise ValueError(f"held_out is {held_out}; of ten digits at most nine can be held out")
    if count > 10:
        raise ValueError(f"count is {count}; the circle of ten digits has ten stretches at most")
    circle = check_seed(seed).permutation(10)
    pairs = []
    for k in range(count):
        order = np.roll(circle, -(k * 10 // count)).tolist()
        train, test = order[held_out:], order[:held_out]
        pairs.append((tuple(sorted(train)), tuple(sorted(test))))
    return pairs


def cross_entropy(p, x, y):
    """−log of the probability (softmax) of the right output, averaged over the images; y are
    one-hot rows."""
    z = networks.forward(p, x, tm.tanh)
    return tm.mean(tm.logsumexp(z) - tm.sum(z * y, axis=1))


def accuracy(p, x, y):
    """The share of the images that are told rightly, a float: a metric for `tm.evaluate`. An output
    that is not a number tells nothing."""
    z = networks.forward(p, x, tm.tanh)
    right = (z.argmax(1) == y.argmax(1)) & ~np.isnan(z).any(1)
    return float(right.mean())


@dataclass
class Digits:
    """Tasks: `ways` of these digits, `shots` images of each to adapt on and `queries` others of
    each to be judged on.

    Which digit belongs to which output is drawn anew for every task, so that no output can be
    learned by heart. digits: a tuple of different whole numbers from 0 to 9. turned: every digit of
    a task is shown turned and mirrored in one of the eight ways that a square has, the same for all
    its images. This is for training: six digits alone are soon known by heart, and held-out ones
    are then told apart worse than from the random start. dtype: of the tasks and of `start`. The
    data of `loss` are images (rows, 64) and one-hot rows (rows, ways). Raises ValueError for
    unknown digits or more ways than digits, ImportError without scikit-learn.
    """

    digits: tuple = tuple(range(10))
    ways: int = 3
    shots: int = 1
    queries: int = 5
    hidden: int = 40
    turned: bool = False
    dtype: type = np.float32

    L = Absent(NO_BOUND)
    rho = Absent(NO_BOUND)
    sigma = Absent(NO_BOUND)
    b_i = Absent(NO_BOUND)

    def __post_init__(self):
        try:
            self.digits = tuple(operator.index(k) for k in self.digits)
        except TypeError:
            raise TypeError(
                f"digits is {self.digits!r}; expected a tuple of whole numbers from 0 to 9"
            ) from None
        different = set(self.digits)
        if not different <= set(range(10)) or len(different) < len(self.digits):
            raise ValueError(
                f"digits is {self.digits}; expected different whole numbers from 0 to 9"
            )
        check_count("ways", self.ways, 2)
        check_count("shots", self.shots, 1)
        check_count("queries", self.queries, 1)
        check_count("hidden", self.hidden, 1)
        check_dtype(self.dtype)
        if self.ways > len(self.digits):
            raise ValueError(
                f"ways is {self.ways}, but there are only {len(self.digits)} digits "
                f"to choose from: {self.digits}"
            )
        _, rows = images()
        fewest = min(len(rows[digit]) for digit in self.digits)
        if self.shots + self.queries > fewest:
            raise ValueError(
                f"shots + queries is {self.shots + self.queries}, "
                f"but of one of the digits there are only {fewest} images"
            )

    @cached_property
    def loss(self):
        """Softmax cross-entropy of a network 64-hidden-ways with tanh."""
        return Loss(cross_entropy, self._initial(np.float32))

    @property
    def start(self):
        """(P,): initial weights, always the same."""
        return self.loss.flatten(self._initial(self.dtype))

    def _initial(self, dtype):
        layers = (PIXELS, self.hidden, self.ways)
        return networks.initial(np.random.default_rng(0), layers, dtype)

    def sample(self, rng, batch):
        """-> finite-sum `Tasks` (x, y): support (batch, ways · shots, 64) and (batch, ways · shots,
        ways), query with `queries`."""
        _, rows = self.choose(rng, check_draw(rng, batch))
        support = self.examples(rows[:, :, : self.shots])
        query = self.examples(rows[:, :, self.shots :])
        return Tasks.finite_sum(support, query)

    def choose(self, rng, batch):
        """-> the digits of every task in the order of the outputs (batch, ways), and rows of
        `images()`, no two the same (batch, ways, shots + queries)."""
        order = rng.random((batch, len(self.digits))).argsort(1)
        digits = np.array(self.digits)[order[:, : self.ways]]
        shown = rows_by_digit()[
            digits
        ]  # (batch, ways, images of a digit), −1 where there are no more
        keys = np.where(shown < 0, 2.0, rng.random(shown.shape))  # the missing ones come last
        chosen = keys.argsort(2)[:, :, : self.shots + self.queries]
        rows = np.take_along_axis(shown, chosen, 2)
        return digits, rows + self.turn(rng, batch)

    def turn(self, rng, batch):
        """-> what to add to a row to get that of the same image turned and mirrored, one way for
        each digit of a task (batch, ways, 1)."""
        size = (batch, self.ways, 1)
        if not self.turned:
            return np.zeros(size, int)
        return rng.integers(SYMMETRIES, size=size) * UPRIGHT

    def examples(self, rows):
        """rows of images (batch, ways, n) -> x (batch, ways · n, 64), y one-hot (batch, ways · n,
        ways)."""
        batch, ways, n = rows.shape
        pixels, _ = images()
        x = pixels[rows.reshape(batch, -1)].astype(self.dtype)
        y = np.repeat(np.eye(ways, dtype=self.dtype), n, axis=0)
        return x, np.repeat(y[None], batch, axis=0)

    def resample(self, rng, batch, steps, samples):
        """-> resampled `Tasks` (x, y): a task is `ways` digits, a sample one of them and an image
        of it, both drawn at random, again and again. x (batch, steps, S or D, 64), outer (batch, T,
        64). samples: dict(inner=S, hessian=D, outer=T), numbers of images."""
        S, D, T, N = check_resample(samples, steps)
        digits, _ = self.choose(rng, check_draw(rng, batch))
        turns = self.turn(rng, batch)[:, :, 0]
        pixels, shown = images()
        counts = np.array([len(rows) for rows in shown])

        def draw_samples(*sizes):
            output = rng.integers(self.ways, size=(batch, *sizes))
            flat = output.reshape(batch, -1)
            digit = np.take_along_axis(digits, flat, 1).reshape(output.shape)
            turn = np.take_along_axis(turns, flat, 1).reshape(output.shape)
            image = np.floor(rng.random(digit.shape) * counts[digit]).astype(int)
            x = pixels[rows_by_digit()[digit, image] + turn].astype(self.dtype)
            y = np.eye(self.ways, dtype=self.dtype)[output]
            return x, y

        return Tasks.resampled(
            inner=draw_samples(N, S), hessian=draw_samples(N, D), outer=draw_samples(T)
        )

    def accuracy(self, adapted, tasks):
        """adapted: (batch, P), each task's adapted weights -> (batch,) float64: the share of its
        query images that are told rightly. An output that is not a number tells nothing."""
        x, y = tasks.outer
        check_floats("adapted", adapted, finite=False)
        expected = (len(x), self.loss.size)
        if adapted.shape != expected:
            raise ValueError(
                f"adapted has shape {adapted.shape}; expected {expected}, a row for each task"
            )
        shares = []
        for w, pixels, labels in zip(adapted, x, y, strict=True):
            shares.append(accuracy(self.loss.unflatten(w), pixels, labels))
        return np.array(shares)

    def draw(self):
        """-> matplotlib Figure: one task, its support images and some of its query images."""
        rng = np.random.default_rng(1)
        (digits,), (rows,) = self.choose(rng, 1)
        pixels, _ = images()
        given, asked = rows[:, : min(self.shots, 5)], rows[:, self.shots : self.shots + 4]
        shown = np.concatenate([given, asked], axis=1)  # (ways, columns)
        columns, first_query = shown.shape[1], given.shape[1]
        number = "one image" if self.shots == 1 else f"{self.shots} images"
        title = f"One task: from {number} of each digit, tell {self.ways} digits apart"
        support = dict(color=BLUE, linewidth=2.5, linestyle="-")
        query = dict(color=VERMILION, linewidth=2.5, linestyle="--")
        with new_figure(title, size=(9.0, 1.6 + 7.5 / columns * self.ways)) as figure:
            grid = figure.subplots(self.ways, columns, squeeze=False)
            for (output, column), row in np.ndenumerate(shown):
                cell = grid[output, column]
                cell.imshow(pixels[row].reshape(8, 8), cmap="gray_r", vmin=0, vmax=1)
                cell.set(xticks=[], yticks=[])
                cell.spines[:].set(visible=True, **(support if column < first_query else query))
            for output, cell in enumerate(grid[:, 0]):
                words = f"output {output}\n(a {digits[output]})"
                cell.set_ylabel(words, rotation=0, ha="right", va="center")
            write_above(grid[0, 0], "support: labelled", BLUE)
            write_above(grid[0, first_query], "query: which output?", VERMILION)
            figure.supxlabel("8 x 8 pixels, from white (0) to black (1)", fontsize=11.5)
        return figure


def write_above(axes, words, color):
    """Words above a cell, for which the layout makes no room."""
    place = dict(xy=(0, 1.06), xycoords="axes fraction", annotation_clip=False)
    axes.annotate(words, color=color, **place).set_in_layout(False)
