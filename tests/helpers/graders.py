"""A quick way to grade many answers.

`Graders` grades as tinymaml.course.sandbox does (the same judge, the same limits), without the wait
for an interpreter. One process imports everything. For the answers to an exercise it makes a copy
of itself, which prepares the exercise; and this makes a copy of itself for each answer. Linux and
macOS; elsewhere the sandbox it is.
"""

import ast
import contextlib
import gc
import itertools
import json
import os
import select
import signal
import subprocess
import sys
from pathlib import Path

from tinymaml.course import exercise, judge, material, sandbox, worker
from tinymaml.course.sandbox import MEMORY

ROOT = Path(__file__).parents[2]


class Graders:
    """with Graders() as graders: verdicts = graders("03.hvp_tanh", [code, ...])."""

    def __enter__(self):
        environment = os.environ | {
            "PYTHONPATH": str(ROOT),
            "OPENBLAS_NUM_THREADS": "1",
            "NUMBA_NUM_THREADS": "1",
            "NUMBA_THREADING_LAYER": "workqueue",  # which survives that its process is copied
            "TINYMAML_GRADING": "1",
            "MPLBACKEND": "agg",
        }
        self.process = None  # where processes cannot be copied: the sandbox
        if hasattr(os, "fork"):
            self.process = subprocess.Popen(
                [sys.executable, "-W", "ignore", __file__],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env=environment,
            )
        return self

    def __exit__(self, *error):
        if self.process:
            self.process.stdin.close()
            self.process.wait()
            self.process.stdout.close()

    def __call__(self, name, codes, seconds=None):
        """The Verdicts on answers to an exercise, texts of its cell.

        seconds: as in sandbox.grade.
        """
        return [judge.Verdict(*verdict) for *verdict, _ in self.ask(name, codes, seconds)]

    def seconds(self, name, code):
        """How much processor time an answer takes."""
        [(*_, seconds)] = self.ask(name, [code])
        return seconds

    def ask(self, name, codes, seconds=None):
        """[exercise, verdict, message, its processor time] for each answer."""
        seconds = seconds or exercise.find(name).seconds
        if not self.process:
            return [[*sandbox.grade(name, code, seconds), seconds] for code in codes]
        job = [os.environ.get("TINYMAML_COURSE"), name, codes, seconds]
        self.process.stdin.write(json.dumps(job).encode() + b"\n")
        self.process.stdin.flush()
        said = self.process.stdout.readline()
        if not said:
            raise RuntimeError("the process that grades has ended; its error is printed")
        return json.loads(said)


# The process that has imported everything.


def serve():
    """A job a line in, the answers' verdicts as a line out."""
    for number in material.sources():
        import_for(number)
        exercise.of_lesson(number)
    jobs = os.fdopen(os.dup(0))
    answers = os.fdopen(os.dup(1), "w")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nowhere, number)
    for line in jobs:
        print(json.dumps(grade_in_copy(*json.loads(line))), file=answers, flush=True)


def import_for(number):
    """Import what a lesson's given cells import, so that no copy has to."""
    given = [cell.text for cell in material.find(number).cells if cell.given]
    for node in ast.walk(ast.parse("\n".join(given))):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            exec(compile(ast.Module([node], []), "", "exec"), {})


def grade_in_copy(course, name, codes, seconds):
    """What Graders.ask returns, found by a copy of this process.

    course: what TINYMAML_COURSE is there.
    """

    def work(writing):
        os.environ.pop("TINYMAML_COURSE", None)
        if course:
            os.environ["TINYMAML_COURSE"] = course
        grade_all(name, codes, seconds, writing)

    child, reading = start_copy(work)
    with open(reading) as lines:
        said = [json.loads(line) for line in itertools.islice(lines, len(codes))]
    _, status = os.waitpid(child, 0)
    words = f"the process that prepared it ended with status {status}"
    missing = len(codes) - len(said)
    return said + [[name, judge.CRASHED, words, 0]] * missing


def start_copy(work):
    """Start a copy of this process, which does work(writing). -> its number, the pipe's other
    end"""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.close(reading)
            work(writing)
        finally:
            os._exit(1)
    os.close(writing)
    return child, reading


# The copy that prepares an exercise.


def grade_all(name, codes, seconds, writing):
    """Write a line for each answer: exercise, verdict, message, processor time."""
    signal.setitimer(signal.ITIMER_PROF, exercise.find(name).seconds)  # kills what does not end
    prepared = judge.prepare(name)
    signal.setitimer(signal.ITIMER_PROF, 0)
    gc.disable()
    gc.freeze()  # what is left alone need not be copied
    for code in codes:
        verdict, used = grade_one(prepared, code, seconds)
        os.write(writing, json.dumps([*verdict, used]).encode() + b"\n")


def grade_one(prepared, code, seconds):
    """The Verdict on one answer, found by a copy of this process; and its processor time."""

    def work(writing):
        os.setsid()
        worker.limit(seconds, MEMORY)
        verdict = judge.grade(prepared.exercise.name, code, prepared)
        os.write(writing, json.dumps(verdict._replace(message=verdict.message[:5000])).encode())

    child, reading = start_copy(work)
    ready, _, _ = select.select([reading], [], [], sandbox.START + sandbox.WALL * seconds)
    said = os.read(reading, 65536) if ready else b""
    os.close(reading)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child, signal.SIGKILL)
    _, status, usage = os.wait4(child, 0)
    used = usage.ru_utime + usage.ru_stime
    if said:
        return judge.Verdict(*json.loads(said)), used
    out_of_time = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGXCPU
    verdict = judge.SLOW if out_of_time or not ready else judge.CRASHED
    words = f"the process ended with status {status}"
    return judge.Verdict(prepared.exercise.name, verdict, words), used


if __name__ == "__main__":
    serve()
