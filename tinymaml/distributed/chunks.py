"""Chunks of tasks, cut, computed wherever a `map` sends them, and put together again."""

import platform
import traceback
from dataclasses import dataclass
from importlib import metadata
from typing import Any, Callable, Iterable, NamedTuple, Protocol, Sequence
from uuid import uuid4
from weakref import WeakKeyDictionary

import numpy as np

from .. import __version__
from ..engine.loss import Loss, remember
from ..maml.algorithms import check_fixed, check_resampled
from ..maml.divergence import select
from ..maml.meta_gradient import MetaGradient
from ..maml.on_numpy import Differentiable
from ..maml.tasks import Tasks

REASONS = 10  # so many are named


class Map(Protocol):
    """The builtin `map`, or what does the same elsewhere."""

    def __call__(self, f: Callable[[Any], Any], jobs: list[Any], /) -> Iterable[Any]: ...


class ChunkFailed(RuntimeError):
    """A chunk could not be computed. The message says which one, of which tasks, and why; a note
    says on which lines."""


@dataclass(frozen=True)
class Draw:
    """Tasks that are drawn where they are used."""

    problem: Any
    seed: tuple[int, int, int, int]  # of the run, k, c, what for
    size: int
    steps: int
    samples: dict[str, int] | None

    def __len__(self) -> int:
        return self.size

    def tasks(self) -> Tasks:
        rng = np.random.default_rng(np.random.SeedSequence(self.seed))
        if self.samples is None:
            return check_fixed(self.problem.sample(rng, self.size))
        return check_resampled(self.problem.resample(rng, self.size, self.steps, self.samples))


def cut(tasks: Tasks, chunk: int) -> list[Tasks]:
    """The tasks in chunks of so many; the last may be smaller."""
    firsts = range(0, len(tasks), chunk)
    return [select(tasks, range(k, min(k + chunk, len(tasks)))) for k in firsts]


def draw_chunks(
    chunk: int,
    problem: Any,
    seed: int,
    k: int,
    purpose: int,
    batch: int,
    steps: int,
    samples: dict[str, int] | None,
) -> list[Draw]:
    """`batch` tasks of meta-iteration k, in chunks."""
    draws = []
    for c, first in enumerate(range(0, batch, chunk)):
        size = min(chunk, batch - first)
        draws.append(Draw(problem, (seed, k, c, purpose), size, steps, samples))
    return draws


class Part(NamedTuple):
    """What comes back from a chunk."""

    name: str
    tasks: int  # how many
    value: Any  # a `MetaGradient`, or an estimate of L̂_k
    reasons: list[str]  # why results are not finite


def run(
    map: Map,
    compute: Callable[..., tuple[Any, list[str]]],
    loss: Differentiable,
    w: np.ndarray,
    chunks: Sequence[Tasks | Draw],
    during: str = "",
) -> tuple[list[Part], list[str]]:
    """compute(loss, w, tasks) for each chunk, wherever `map` has it done -> the parts, in order,
    and the first reasons."""
    jobs = []
    names = []
    first = 0
    for c, chunk in enumerate(chunks):
        last = first + len(chunk) - 1
        names.append(f"chunk {c} (tasks {first} to {last}{during})")
        start = w[first : last + 1] if w.ndim == 2 else w
        jobs.append((VERSIONS, names[c], compute, name_of(loss), loss, start, chunk))
        first = last + 1
    parts = collect(map(work, jobs), names)
    reasons = [reason for part in parts for reason in part.reasons]
    if len(reasons) > REASONS:
        reasons[REASONS:] = [f"and {len(reasons) - REASONS} more{during}"]
    return parts, reasons


def check_map(map: object) -> None:
    """Refuse what cannot be called, before the run starts."""
    if not callable(map):
        raise TypeError(
            f"map is of type {type(map).__name__}; expected a function (f, jobs) -> the results, "
            "as in help(tinymaml.distributed)"
        )


def collect(found: Any, names: list[str]) -> list[Part]:
    """The parts from what `map` returned (the builtin computes them now), which have to be all, in
    order."""
    parts = list(found) if isinstance(found, Iterable) else []
    wrong = [f"{type(part).__name__}s" for part in parts if not isinstance(part, Part)]
    if not isinstance(found, Iterable):
        wrong = [f"a {type(found).__name__}"]
    if wrong:
        raise TypeError(
            f"map returned {wrong[0]}, not the results: it has to wait for them, "
            "as in map=lambda f, jobs: client.gather(client.map(f, jobs, pure=False))"
        )
    if [part.name for part in parts] != names:
        raise ValueError(
            f"map returned {len(parts)} results for {len(names)} jobs, or in another order; "
            "it has to return the result of every job, in the order of the jobs"
        )
    return parts


def combine(parts: list[Part]) -> MetaGradient:
    """The `MetaGradient` of all tasks from those of the chunks."""

    def join(field: str) -> np.ndarray | None:
        arrays = [getattr(part.value, field) for part in parts]
        return None if arrays[0] is None else np.concatenate(arrays)

    losses = np.concatenate([part.value.losses for part in parts])
    found = MetaGradient(mean_over_tasks(parts, "gradient"), losses)
    found = found._replace(gradients=join("gradients"), adapted=join("adapted"))
    if parts[0].value.alpha_gradient is None:
        return found
    return found._replace(alpha_gradient=mean_over_tasks(parts, "alpha_gradient"))


@np.errstate(invalid="ignore")  # infinities of both signs, which are reported by task
def mean_over_tasks(parts: list[Part], field: str | None = None) -> Any:
    """The mean over all tasks from the chunks' means, added as a tree.

    field: of the parts' values; None: the values themselves.
    """
    tasks = sum(part.tasks for part in parts)
    terms = []
    for part in parts:
        mean = getattr(part.value, field) if field else part.value
        terms.append(part.tasks / tasks * mean)
    while len(terms) > 1:
        pairs = zip(terms[0::2], terms[1::2], strict=False)
        alone = terms[-1:] if len(terms) % 2 else []
        terms = [a + b for a, b in pairs] + alone
    return terms[0]


# ---- where a chunk is computed

VERSIONS = {"tinymaml": __version__, "numpy": np.__version__}
try:
    VERSIONS["numba"] = metadata.version("numba")
except metadata.PackageNotFoundError:  # target="numpy" does without
    VERSIONS["numba"] = "none"
sent: WeakKeyDictionary[Loss, str] = WeakKeyDictionary()  # the names of losses sent from here
kept: dict[str, Loss] = {}  # those that came here, by name, with their tapes and plans


def name_of(loss: Differentiable) -> str:
    """A name that no other loss has, on any machine; "" for what is not traced."""
    return sent.setdefault(loss, uuid4().hex) if isinstance(loss, Loss) else ""


def work(job: tuple[Any, ...]) -> Part:
    """Compute a chunk. Raises `ChunkFailed`."""
    versions, name, compute, loss_name, loss, w, tasks = job
    try:
        check_versions(versions)
        if loss_name and loss not in sent:
            loss = remember(kept, loss_name, lambda: loss)
        if isinstance(tasks, Draw):
            tasks = tasks.tasks()
        value, reasons = compute(loss, w, tasks)
        return Part(name, len(tasks), value, [f"{name}: {reason}" for reason in reasons])
    except Exception as error:
        failed = ChunkFailed(f"{name}: {type(error).__name__}: {error}")
        failed.add_note("".join(traceback.format_exception(error)).rstrip())
    # Out here, where Python does not tie it to its cause: not every exception can travel.
    raise failed


def check_versions(wanted: dict[str, str]) -> None:
    """Refuse to compute where the versions are others than the caller's: the bits would be."""
    for package, version in wanted.items():
        if VERSIONS.get(package) != version:
            raise RuntimeError(
                f"{platform.node()} has {package} {VERSIONS.get(package)}, and the caller has "
                f"{version}: install the same version on both"
            )
