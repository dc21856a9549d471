"""Few-shot regression on sinusoids, the experiment of Finn, Abbeel & Levine (2017), section 5.1
(lesson 09).

    setting = Setting(shots=5)
    history = train(setting, "exact MAML")
    learner = judge(setting, "exact MAML", history, setting.tasks("test", 600))
    learner.summaries[1].mean      # after one gradient step on five points
"""

import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property

import numpy as np

import tinymaml as tm

from ..problems import networks
from ..problems.sinusoids import Sinusoids
from .statistics import summarise

EXACT = "exact MAML"
FIRST_ORDER = "first-order MAML"
JOINT = "joint training"
LEARNERS = (EXACT, FIRST_ORDER, JOINT)
PURPOSES = ("weights", "training", "validation", "test")
STEPS = 10  # gradient steps that a learner takes on a new task, at most
TASKS = 600  # new tasks, and as many for choosing a stepsize
QUERIES = 100  # points at which a new task's error is measured
LIMIT = 100.0  # (5 + 5)²: no curve between −5 and 5 can be further off
# inner stepsizes tried for joint training: 0.001 to 0.1, six a decade
GRID = tuple(10.0 ** (k / 6) for k in range(-18, -5))


@dataclass(frozen=True)
class Setting:
    """One run: everything that decides its numbers."""

    activation: str = "tanh"
    shots: int = 10  # K: points to adapt on, and as many to be judged on in training
    alpha: float = 0.01  # inner stepsize
    steps: int = 1  # N: inner steps while training
    iterations: int = 70_000  # meta-iterations
    batch: int = 25  # tasks in a meta-batch
    lr: float = 1e-3  # Adam's
    seed: int = 0

    def rng(self, purpose):
        """A generator of its own for each purpose, so that no two of them share a task."""
        return np.random.default_rng([self.seed, PURPOSES.index(purpose)])

    @cached_property
    def loss(self):
        return tm.Loss(networks.mse(self.activation), networks.initial(self.rng("weights")))

    @property
    def start(self):
        """(P,) float32: the initial weights, the same for all learners."""
        return self.loss.flatten(networks.initial(self.rng("weights")))

    def tasks(self, purpose, count):
        """Tasks to be judged on: `shots` support points and QUERIES query points each."""
        return Sinusoids(self.shots, QUERIES, np.float32).sample(self.rng(purpose), count)


class Pooled:
    """A problem's tasks with support and query points put together: what joint training, which has
    no inner step, learns from. It sees every point that MAML sees."""

    def __init__(self, problem):
        self.problem = problem

    def sample(self, rng, batch):
        tasks = self.problem.sample(rng, batch)
        (support_x, support_y), (query_x, query_y) = tasks.inner, tasks.outer
        x = np.concatenate([support_x, query_x], axis=1)
        y = np.concatenate([support_y, query_y], axis=1)
        return tm.Tasks.finite_sum(support=tasks.inner, query=(x, y))


def train(setting, learner, iterations=None, progress=False, alpha=None):
    """Train one of LEARNERS from the initial weights -> `tm.History`. All see the same tasks in the
    same order.

    iterations and alpha replace the setting's. Raises what `tm.maml_finite_sum` raises.
    """
    problem = Sinusoids(setting.shots, dtype=np.float32)
    steps = setting.steps
    if learner == JOINT:  # no inner step: the meta-gradient is the gradient of the regression
        problem = Pooled(problem)
        steps = 0
    with ignore_divergence():  # what stops a training is raised, not warned of
        return tm.maml_finite_sum(
            setting.loss,
            setting.start,
            problem,
            alpha=alpha or setting.alpha,
            steps=steps,
            stepsize=tm.Adam(setting.lr),
            batch=setting.batch,
            iterations=iterations or setting.iterations,
            seed=setting.rng("training"),
            method="first-order" if learner == FIRST_ORDER else "exact",
            progress=progress,
        )


def tune(setting, w, tasks, grid=GRID):
    """The inner stepsize of the grid with the smallest error on these tasks, averaged over tasks
    and steps 1 to STEPS."""
    errors = []
    for alpha in grid:
        found = tm.evaluate(setting.loss, w, tasks, alpha=alpha, steps=STEPS).losses
        errors.append(found[1:].mean())
    errors = np.array(errors)
    errors[~np.isfinite(errors)] = np.inf
    return grid[int(np.argmin(errors))]


@dataclass
class Learner:
    """What training left, and how it does on new tasks."""

    name: str
    w: np.ndarray  # (P,)
    alpha: float  # inner stepsize on the new tasks
    iterations: int  # meta-iterations done
    errors: np.ndarray  # (STEPS + 1, tasks): mean squared error after so many steps

    @cached_property
    def summaries(self):
        """A `Summary` for every number of steps."""
        return [summarise(errors, LIMIT) for errors in self.errors]


def judge(setting, name, history, tasks):
    """-> `Learner`: the errors on these tasks. MAML steps with the stepsize that it was trained
    for; joint training was trained for none and gets the best of GRID on as many validation
    tasks."""
    w, alpha = history.w, setting.alpha
    if name == JOINT:
        alpha = tune(setting, w, setting.tasks("validation", len(tasks)))
    found = tm.evaluate(setting.loss, w, tasks, alpha=alpha, steps=STEPS)
    return Learner(name, w, alpha, len(history.losses), found.losses)


@contextmanager
def ignore_divergence():
    """No warnings of tasks that diverge: the experiments count them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", tm.DivergenceWarning)
        yield
