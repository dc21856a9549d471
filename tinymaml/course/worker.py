"""The process that grades: it takes jobs from stdin, a line each, and answers each with lines.

It imports what a lesson needs once. For each job it makes a copy of itself, which prepares the
exercise, runs each answer in a process of its own (copies.py), then the course's solution, and
compares. Where processes cannot be copied, it does all this itself.

`python -m tinymaml.course.worker answer` is the process that runs one answer there.
"""

import ast
import contextlib
import functools
import gc
import json
import os
import signal
import sys

from . import attempt, copies, exercise, judge, material
from .explain import explain_end
from .verdict import CRASHED

PREPARING = 120  # seconds of processor time for what the course itself does with a job


def main():
    """Take jobs until there are no more; see sandbox.py."""
    jobs = os.fdopen(os.dup(0), encoding="utf-8")
    verdicts = os.dup(1)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nowhere, number)
    for line in jobs:
        job = json.loads(line)
        if job["copy"]:
            import_for(job)
            grade_in_copy(job, verdicts)
        else:
            grade_answers(job, verdicts)
        say(verdicts, None)


def import_for(job):
    """Import what the course's lesson of a job imports, so that no copy has to.

    A course of one's own may change between two jobs; its copies read it for themselves.
    """
    if job["course"]:
        return
    with contextlib.suppress(Exception):  # the copy says what is wrong
        number = job["exercise"][:2]
        exercise.of_lesson(number)
        given = [cell.text for cell in material.find(number).cells if cell.given]
        for node in ast.walk(ast.parse("\n".join(given))):
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                exec(compile(ast.Module([node], []), "", "exec"), {})
        if any("figures." in text for text in given):
            import matplotlib.figure  # noqa: F401 (which a figure imports when it is drawn)


def grade_in_copy(job, verdicts):
    """Have a copy of this process do a job."""
    child = os.fork()
    if not child:
        try:
            signal.setitimer(signal.ITIMER_PROF, PREPARING)  # kills what does not end
            grade_answers(job, verdicts)
        finally:
            os._exit(1)
    os.waitpid(child, 0)


def grade_answers(job, verdicts):
    """Grade the answers to an exercise: a line for each, [verdict, message, what it printed,
    processor time].

    The course's solution runs after the last answer has ended.
    """
    set_course(job["course"])
    name = job["exercise"]
    limits = copies.Limits(*job["limits"])
    try:
        prepared = judge.prepare(name)
        gc.freeze()  # what is left alone need not be copied
        ends = [copies.run(prepared, code, limits, job["copy"]) for code in job["codes"]]
        solve = functools.cache(lambda: judge.solve(prepared))
        for code, end in zip(job["codes"], ends, strict=True):
            verdict = judge.decide(report_of(end, name, limits), code, prepared, solve)
            message = verdict.message.encode(errors="replace").decode()  # no lone surrogates
            say(verdicts, [verdict.verdict, message, verdict.printed, end.seconds])
    except Exception as error:
        words = f"The check of this exercise failed, not your answer: {error!r}"
        for _ in job["codes"]:  # more than are left; those are not read
            say(verdicts, [CRASHED, words[:2000], "", 0])


def report_of(end, name, limits):
    """The Report of an answer whose process ended so."""
    if end.report and not end.flood:
        with contextlib.suppress(ValueError, TypeError, EOFError):
            return attempt.loads(end.report)
    verdict = explain_end(name, end, limits)
    return attempt.Report(verdict.verdict, verdict.message, printed=verdict.printed)


def set_course(place):
    """Take the course in this folder; None: the one of the package."""
    os.environ.pop("TINYMAML_COURSE", None)
    if place:
        os.environ["TINYMAML_COURSE"] = place
        material.sources_in.cache_clear()  # it may have changed since the last job
        exercise.exercises_in.cache_clear()


def say(verdicts, found):
    """Write a line into the pipe to the caller, whatever letters are in it."""
    line = json.dumps(found).encode() + b"\n"
    while line:
        line = line[os.write(verdicts, line) :]


def run_answer():
    """Run one answer, in this process: the report goes into a file."""
    name, code, limits, place = json.loads(sys.stdin.readline())
    sys.stdin = open(os.devnull)  # an answer that asks for input gets none

    def write(data):
        with open(place + ".part", "wb") as file:
            file.write(data)
        os.replace(place + ".part", place)

    copies.work(judge.prepare(name), code, copies.Limits(*limits), write)


if __name__ == "__main__":
    if sys.argv[1:] == ["answer"]:
        run_answer()
    else:
        main()
