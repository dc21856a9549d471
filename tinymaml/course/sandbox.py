"""The one way to grade: in processes of their own, with limits. Notebook, shell and pytest all come
through `grade` and `grade_all`.

Linux limits processor time and memory; where a platform cannot, the wall clock alone ends what does
not end by itself. This keeps accidents away from the learner's session. It is not a jail: a
stranger's code needs a container around it.

    here                    worker.py              copies.py
    Graders: a job a line   imports everything,    runs one answer, and sends what it gives
                            compares
"""

import contextlib
import itertools
import json
import operator
import os
import queue
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ..terminal.computer import own_cores
from . import copies
from .exercise import find
from .judge import CRASHED, UNTRIED, Verdict, is_stub
from .limits import limits

__all__ = ["Graders", "grade", "grade_all", "limits"]
BATCH = 8  # how many answers to an exercise are one job
ROOT = str(Path(__file__).parents[2])


def grade(name, code, seconds=None):
    """The Verdict on an answer, the text of its cell. What the answer prints is in it.

    seconds: of processor time, by default the exercise's.
    """
    with Graders() as graders:
        [verdict] = graders(name, [code], seconds)
    return verdict


def grade_all(answers, at_once=None):
    """The Verdicts on many answers, pairs (exercise, text of its cell): yields them in this order.

    It is quickest where the answers to an exercise follow each other. What cannot be graded costs
    its own verdict, not the others. at_once: how many are graded at once, by default as many as
    there are cores.
    """
    batches = list(batches_of(answers))
    count = max(1, min(at_once or own_cores(), len(batches)))
    every = [Graders() for _ in range(count)]
    free = queue.SimpleQueue()
    for graders in every:
        free.put(graders)

    def grade_batch(batch):
        name, codes = batch
        graders = free.get()
        try:
            return graders(name, codes)
        except Exception as error:  # a broken file of graders, a full disk
            return [Verdict(name, CRASHED, f"It could not be graded: {error!r}")] * len(codes)
        finally:
            free.put(graders)

    pool = ThreadPoolExecutor(count)
    try:
        for verdicts in pool.map(grade_batch, batches):
            yield from verdicts
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        for graders in every:
            graders.stop()


def batches_of(answers):
    """Answers, pairs (exercise, text), that follow each other and are to the same exercise: yields
    (exercise, texts), a few at a time."""
    for name, same in itertools.groupby(answers, key=operator.itemgetter(0)):
        codes = [code for _, code in same]
        for first in range(0, len(codes), BATCH):
            yield name, codes[first : first + BATCH]


class Graders:
    """A process that grades, kept for many answers: it has to import everything but once.

    with Graders() as graders: verdicts = graders("03.hvp_tanh", [code, ...])

    One thread may use it at a time. copy: grade in copies of that process, where they can be made.
    """

    def __init__(self, copy=copies.CAN_COPY):
        self.copy = copy
        self.process = None
        self.own = None  # the folder of its temporary files

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.stop()

    def __call__(self, name, codes, seconds=None):
        """The Verdicts on answers to an exercise, texts of its cell.

        seconds: of processor time, by default the exercise's.
        """
        found = self.ask(name, codes, seconds)
        return [Verdict(name, *row[:-1]) for row in found]

    def seconds(self, name, code):
        """How much processor time an answer takes."""
        [(*_, seconds)] = self.ask(name, [code])
        return seconds

    def ask(self, name, codes, seconds=None):
        """[verdict, message, what it printed, processor time] for each answer to an exercise."""
        waiting = [code for code in codes if not is_stub(name, code)]
        if not waiting:
            return [[UNTRIED, "", "", 0]] * len(codes)
        limits = seconds or find(name).seconds, copies.MEMORY, copies.WALL, copies.START
        job = {
            "course": os.environ.get("TINYMAML_COURSE"),
            "exercise": name,
            "codes": waiting,
            "limits": limits,
            "copy": self.copy,
        }
        if self.process is None or self.process.poll() is not None:
            self.start()
        found = self.send(job)[: len(waiting)]
        missing = [CRASHED, "The process that checks this exercise ended before its time.", "", 0]
        found += [missing] * (len(waiting) - len(found))
        every = iter(found)
        return [[UNTRIED, "", "", 0] if is_stub(name, code) else next(every) for code in codes]

    def send(self, job):
        """Have the process do a job. -> what it says, line by line"""
        with contextlib.suppress(BrokenPipeError):  # then it says nothing
            self.process.stdin.write(json.dumps(job).encode() + b"\n")
            self.process.stdin.flush()
        found = []
        while (line := self.process.stdout.readline()) not in (b"null\n", b""):
            found.append(json.loads(line))
        return found

    def start(self):
        """Start the process."""
        self.stop()
        self.own = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        environment = os.environ | {
            "TINYMAML_GRADING": "1",
            "PYTHONUNBUFFERED": "1",
            "PYTHONIOENCODING": "utf-8",
            "MPLBACKEND": "agg",
            "OPENBLAS_NUM_THREADS": "1",
            "NUMBA_THREADING_LAYER": "workqueue",  # which survives that its process is copied
            "TMPDIR": self.own.name,
            "TEMP": self.own.name,
        }
        environment["PYTHONPATH"] = os.pathsep.join(
            filter(None, [ROOT, environment.get("PYTHONPATH")])
        )
        self.process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "tinymaml.course.worker"],
            cwd=self.own.name,
            env=environment,
            start_new_session=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def stop(self):
        """End the process, and all that belongs to it."""
        if self.process is None:
            return
        copies.kill(self.process)
        self.process.stdin.close()
        self.process.stdout.close()
        self.process = None
        self.own.cleanup()
