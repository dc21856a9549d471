"""Few-shot classification of handwritten digits: tell apart a few digits never seen in training,
from a few images of each (lesson 10).

    train, test = splits()[0]                               # ten digits: six to learn from, four held out
    Digits(train), Digits(test)                             # two problems with the same loss and start

The images are scikit-learn's `load_digits`: 1797 of 8 x 8 pixels (Alpaydin & Kaynak 1998). Needs
the extra `tinymaml[digits]`.
"""

import functools
import operator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

import tinymaml as tm

from ..engine.errors.arguments import check_count, check_floats
from ..engine.loss import Loss
from ..maml.tasks import Tasks
from ..pictures import OKABE_ITO, picture
from . import networks
from .common import NETWORK, Absent, check_draw, check_dtype, check_resample

PIXELS, SYMMETRIES = 64, 8


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
            "the handwritten digits come with scikit-learn, which is not installed: pip install 'tinymaml[digits]'"
        ) from e
    x, label = load_digits(return_X_y=True)
    square = x.reshape(-1, 8, 8) / 16.0
    turned = [np.rot90(a, k, axes=(1, 2)) for a in (square, square[:, :, ::-1]) for k in range(4)]
    return np.concatenate(turned).reshape(-1, PIXELS), [
        np.flatnonzero(label == digit) for digit in range(10)
    ]


def splits(count=5, held_out=4, seed=0):
    """Ways to divide the ten digits -> a list of `count` pairs (training digits, test digits),
    sorted tuples.

    The digits stand in a circle in an order that the seed decides, and each split holds out the
    next stretch of it: with the default every digit is held out exactly twice. There are only ten
    digits, so one split says little: average over several.
    """
    count, held_out = check_count("count", count, 1), check_count("held_out", held_out, 1)
    if held_out > 9:
        raise ValueError(f"held_out is {held_out}; of ten digits at most nine can be held out")
    if count > 10:
        raise ValueError(f"count is {count}; the circle of ten digits has ten stretches at most")
    circle = np.random.default_rng(seed).permutation(10)
    rolled = [np.roll(circle, -(k * 10 // count)).tolist() for k in range(count)]
    return [(tuple(sorted(r[held_out:])), tuple(sorted(r[:held_out]))) for r in rolled]


def cross_entropy(p, x, y):
    """−log of the probability (softmax) of the right output, averaged over the images; y are
    one-hot rows."""
    z = networks.forward(p, x, tm.tanh)
    return tm.mean(tm.logsumexp(z) - tm.sum(z * y, axis=1))


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

    L = Absent(NETWORK)
    rho = Absent(NETWORK)
    sigma = Absent(NETWORK)
    b_i = Absent(NETWORK)

    def __post_init__(self):
        try:
            self.digits = tuple(operator.index(k) for k in self.digits)
        except TypeError:
            raise TypeError(
                f"digits is {self.digits!r}; expected a tuple of whole numbers from 0 to 9"
            ) from None
        if not set(self.digits) <= set(range(10)) or len(set(self.digits)) < len(self.digits):
            raise ValueError(
                f"digits is {self.digits}; expected different whole numbers from 0 to 9"
            )
        for name in ("ways", "shots", "queries", "hidden"):
            check_count(name, getattr(self, name), 2 if name == "ways" else 1)
        check_dtype(self.dtype)
        if self.ways > len(self.digits):
            raise ValueError(
                f"ways is {self.ways}, but there are only {len(self.digits)} digits to choose from: {self.digits}"
            )
        fewest = min(len(images()[1][k]) for k in self.digits)
        if self.shots + self.queries > fewest:
            raise ValueError(
                f"shots + queries is {self.shots + self.queries}, but of one of the digits there are only {fewest} images"
            )

    @cached_property
    def loss(self):
        """Softmax cross-entropy of a network 64-hidden-ways with tanh."""
        return Loss(
            cross_entropy,
            networks.initial(np.random.default_rng(0), (PIXELS, self.hidden, self.ways)),
        )

    @property
    def start(self):
        """(P,): initial weights, always the same."""
        return self.loss.flatten(
            networks.initial(np.random.default_rng(0), (PIXELS, self.hidden, self.ways), self.dtype)
        )

    def sample(self, rng, batch):
        """-> finite-sum `Tasks` (x, y): support (batch, ways · shots, 64) and (batch, ways · shots,
        ways), query with `queries`."""
        _, rows = self.choose(rng, check_draw(rng, batch))
        return Tasks.finite_sum(
            *(
                self.examples(rows[:, :, part])
                for part in (slice(self.shots), slice(self.shots, None))
            )
        )

    def choose(self, rng, batch):
        """-> the digits of every task in the order of the outputs (batch, ways), and rows of
        `images()`, no two the same (batch, ways, shots + queries)."""
        digits = np.array(self.digits)[
            rng.random((batch, len(self.digits))).argsort(1)[:, : self.ways]
        ]
        shown = table()[digits]  # (batch, ways, images of a digit), −1 where there are no more
        order = np.where(shown < 0, 2.0, rng.random(shown.shape)).argsort(2)[
            :, :, : self.shots + self.queries
        ]
        return digits, np.take_along_axis(shown, order, 2) + self.turn(rng, batch)

    def turn(self, rng, batch):
        """-> what takes a row to that of the same image turned and mirrored, one way for each digit
        of a task (batch, ways, 1)."""
        ways = (
            rng.integers(SYMMETRIES, size=(batch, self.ways, 1))
            if self.turned
            else np.zeros((batch, self.ways, 1), int)
        )
        return ways * (len(images()[0]) // SYMMETRIES)

    def examples(self, rows):
        """rows of images (batch, ways, n) -> x (batch, ways · n, 64), y one-hot (batch, ways · n,
        ways)."""
        batch, ways, n = rows.shape
        y = np.repeat(np.eye(ways, dtype=self.dtype), n, axis=0)
        return images()[0][rows.reshape(batch, -1)].astype(self.dtype), np.repeat(
            y[None], batch, axis=0
        )

    def resample(self, rng, batch, steps, samples):
        """-> resampled `Tasks` (x, y): a task is `ways` digits, a sample one of them and an image
        of it, both drawn at random, again and again. x (batch, steps, S or D, 64), outer (batch, T,
        64). samples: dict(inner=S, hessian=D, outer=T), numbers of images."""
        S, D, T, N = check_resample(samples, steps)
        digits, _ = self.choose(rng, check_draw(rng, batch))
        turn = self.turn(rng, batch)[:, :, 0]

        def fresh(*sizes):
            output = rng.integers(self.ways, size=(batch, *sizes))
            digit, turned = (
                np.take_along_axis(a, output.reshape(batch, -1), 1).reshape(output.shape)
                for a in (digits, turn)
            )
            count = np.array([len(rows) for rows in images()[1]])[digit]
            row = table()[digit, np.floor(rng.random(digit.shape) * count).astype(int)]
            return images()[0][row + turned].astype(self.dtype), np.eye(
                self.ways, dtype=self.dtype
            )[output]

        return Tasks.resampled(fresh(N, S), fresh(N, D), fresh(T))

    def accuracy(self, adapted, tasks):
        """adapted: (batch, P), each task's adapted weights -> (batch,) float64: the share of its
        query images that are told rightly. An output that is not a number tells nothing."""
        x, y = tasks.outer
        check_floats("adapted", adapted, finite=False)
        if adapted.shape != (len(x), self.loss.size):
            raise ValueError(
                f"adapted has shape {adapted.shape}; expected {(len(x), self.loss.size)}, a row for each task"
            )
        z = np.array(
            [networks.forward(self.loss.unflatten(w), xs, tm.tanh) for w, xs in zip(adapted, x)]
        )
        return np.mean((z.argmax(2) == y.argmax(2)) & ~np.isnan(z).any(2), axis=1, dtype=float)

    def draw(self):
        """-> matplotlib Figure: one task, its support images and some of its query images."""
        rng = np.random.default_rng(1)
        digits, rows = (a[0] for a in self.choose(rng, 1))
        given, asked = rows[:, : min(self.shots, 5)], rows[:, self.shots : self.shots + 4]
        number = "one image" if self.shots == 1 else f"{self.shots} images"
        columns = given.shape[1] + asked.shape[1]
        size = (9.0, 1.6 + 7.5 / columns * self.ways)
        with picture(
            f"One task: from {number} of each digit, tell {self.ways} digits apart", size=size
        ) as (figure, axes):
            axes.remove()
            grid = figure.subplots(self.ways, columns, squeeze=False)
            for output, line in enumerate(grid):
                for k, (cell, row) in enumerate(zip(line, [*given[output], *asked[output]])):
                    cell.imshow(images()[0][row].reshape(8, 8), cmap="gray_r", vmin=0, vmax=1)
                    cell.set(xticks=[], yticks=[])
                    support = k < given.shape[1]
                    cell.spines[:].set(
                        visible=True,
                        color=OKABE_ITO[0 if support else 1],
                        linewidth=2.5,
                        linestyle="-" if support else "--",
                    )
                line[0].set_ylabel(
                    f"output {output}\n(a {digits[output]})", rotation=0, ha="right", va="center"
                )
            for cell, words, color in zip(
                (grid[0, 0], grid[0, given.shape[1]]),
                ("support: labelled", "query: which output?"),
                OKABE_ITO,
            ):
                cell.annotate(
                    words, (0, 1.06), xycoords="axes fraction", color=color, annotation_clip=False
                ).set_in_layout(False)
            figure.supxlabel("8 x 8 pixels, from white (0) to black (1)", fontsize=11.5)
        return figure


@functools.cache
def table():
    """(10, images of the commonest digit): the rows at which each digit is shown, then −1."""
    shown = images()[1]
    padded = np.full((10, max(map(len, shown))), -1)
    for digit, rows in enumerate(shown):
        padded[digit, : len(rows)] = rows
    return padded
