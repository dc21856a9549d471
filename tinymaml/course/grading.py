"""The verdicts on the answers of folders. Every answer of a folder goes through `verdicts_on`."""

import os
import shlex
from collections import Counter, defaultdict

from . import answers, material
from .folder import around_notebook, read
from .known import KnownVerdicts
from .lost import capital, find_lost
from .verdict import PASSED, UNTRIED, Verdict

TWO = "two answers"  # a verdict: they differ, and one has to be chosen
MOST = 4  # how many different answers to one exercise are graded


def ignore(verdict):
    """Do nothing with a verdict."""


def grade(folder, names, fresh=True, done=ignore):
    """The Verdicts on the answers of a Folder, in order.

    fresh: do not trust the verdicts already known. done: called with each as soon as it is there.
    """
    known = KnownVerdicts(folder.path) if folder.own else None
    try:
        return grade_all([(folder, name) for name in names], done, known, fresh)
    finally:
        if known:
            known.save()


def grade_all(questions, done=ignore, known=None, fresh=True):
    """The Verdicts on pairs of a Folder and an exercise, in order.

    The same answer in several folders is graded once. known, fresh, done: as in `grade`.
    """
    found = [answers.find(*question) for question in questions]
    asking = defaultdict(list)  # (exercise, code) -> the indices of its questions
    for k, ((_, name), answer) in enumerate(zip(questions, found, strict=True)):
        for place in answer.places[:MOST]:
            asking[name, place.code].append(k)
    open_jobs = Counter(k for indices in asking.values() for k in indices)
    verdicts = {}  # (exercise, code) -> Verdict
    results = [None] * len(questions)

    def conclude(k):
        folder, name = questions[k]
        given = [verdicts[name, place.code] for place in found[k].places[:MOST]]
        results[k] = choose(folder, name, found[k], given)
        done(results[k])

    def take(job, verdict):
        verdicts[job] = verdict
        for k in asking[job]:
            open_jobs[k] -= 1
            if not open_jobs[k]:
                conclude(k)

    for k, answer in enumerate(found):
        if not answer.places:
            conclude(k)
    order = {name: k for k, name in enumerate(material.exercises())}
    jobs = sorted(asking, key=lambda job: order[job[0]])
    if known and not fresh:
        for job in jobs:
            verdict = known.find(*job)
            if verdict:
                take(job, verdict)
        jobs = [job for job in jobs if job not in verdicts]
    for job, verdict in verdicts_on(jobs):
        take(job, verdict)
        if known:
            known.remember(job[1], verdict)
    return results


def verdicts_on(jobs):
    """Grade answers, as many at a time as there are cores: yields each with its Verdict, in order.

    jobs: pairs of an exercise and the text of its cell.
    """
    from . import sandbox

    yield from zip(jobs, sandbox.grade_all(jobs), strict=True)


def choose(folder, name, answer, verdicts):
    """The Verdict on an exercise from those on its different answers.

    They need no choice where all are right; else none is taken for the learner's.
    """
    if not answer.places:
        return Verdict(name, answer.verdict, answer.note)
    tried = [
        (place, verdict)
        for place, verdict in zip(answer.places, verdicts, strict=False)
        if verdict.verdict != UNTRIED
    ]
    all_graded = len(answer.places) == len(verdicts)
    if not tried:
        verdict = verdicts[-1]
    elif all_graded and (len(tried) == 1 or all(v.verdict == PASSED for _, v in tried)):
        verdict = tried[-1][1]
    else:
        return Verdict(name, TWO, explain_two(folder, name, answer, tried))
    lost = "" if verdict.verdict == PASSED else find_lost(folder, name)
    gap = "\n" if "\n" in verdict.message else " "
    return verdict._replace(message=f"{verdict.message}{gap}{lost}".strip())


def explain_two(folder, name, answer, tried):
    """What to say where answers differ: which they are, and how to choose one.

    tried: pairs of a Place and its Verdict.
    """
    cells = [f"{place} ({verdict.verdict})" for place, verdict in tried]
    cells += map(str, answer.places[MOST:])
    words = capital(f"{', '.join(cells[:-1])} and {cells[-1]} differ.")
    if folder.own:
        words += " Delete the answer that does not count, or its marker."
    files = {place.file for place in answer.places}
    if len(files) > 1:
        notebook = shlex.quote(os.path.relpath(folder.path / tried[-1][0].file))
        words += f" `tinymaml check {name} --work {notebook}` grades one notebook alone."
    return words


def passed_answers(exercises):
    """exercise -> the learner's answer, for those of the exercises that pass.

    Empty where there is no learner's folder around the notebook.
    """
    path = around_notebook()
    if path is None:
        return {}
    folder = read(path, own=True)
    names = [name for name in exercises if name in folder.places]
    passed = {}
    for verdict in grade(folder, names, fresh=False):
        if verdict.verdict == PASSED:
            passed[verdict.exercise] = answers.find(folder, verdict.exercise).code
    return passed
