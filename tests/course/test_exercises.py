"""The course checks itself: every exercise has what an exercise needs, and every grader tells right
from wrong.

The course's own texts are graded here, and known answers by one process that is kept
(sandbox.Graders). `-m slow` tries all of both there, all mutants of each solution, and all
solutions in processes started for them. With TINYMAML_COURSE a course of your own is checked
instead.
"""

import functools
import os
import re
import sys
import warnings

import pytest

from helpers import known_answers, smuggling
from helpers.lessons import marked
from helpers.mutants import mutants, survivors
from tinymaml.course import attempt, exercise, judge, material, route, sandbox
from tinymaml.course.judge import CRASHED, PASSED, SLOW, UNTRIED, WRONG
from tinymaml.course.lesson import same_code

NAMES = material.exercises()
KINDS = (
    "write",
    "predict",
    "find the bug",
    "break it",
    "fill the line",
    "order the lines",
    "find the false line",
    "make it an equality",
    "give a bound",
    "which assumption",
    exercise.BLANK_PAGE,
)
LONGEST_INSIGHT = 200  # characters
LONGEST_EXERCISE = 15  # minutes
LONGEST_BLANK_PAGE = 120
LONGEST_LESSON = 35  # minutes: about half an hour, all its exercises together


# What is asked of an exercise: functions that return complaints, so that they can be tested too.


def check_description(name):
    """Is all there, and said well? -> complaints"""
    found = exercise.find(name)
    solution = material.find(name).answer(name).solution
    says = [mistake.says for mistake in found.mistakes]
    spoken = [found.title, found.insight, *found.hints, *says]
    longest = LONGEST_BLANK_PAGE if found.kind == exercise.BLANK_PAGE else LONGEST_EXERCISE
    different = 3 if found.judge else len(says)  # how many sentences are not another's
    complaints = []

    def complain_if(wrong, complaint):
        if wrong:
            complaints.append(complaint)

    complain_if(not found.title, "it has no title")
    complain_if(found.kind not in KINDS, f"its kind is {found.kind!r}, none of {', '.join(KINDS)}")
    complain_if(not found.defines, "it defines nothing")
    complain_if(
        type(found.minutes) is not int or not 1 <= found.minutes <= longest,
        f"its minutes are {found.minutes!r}, not a whole number from 1 to {longest}",
    )
    complain_if(len(found.hints) < 2 or not all(found.hints), "it has fewer than two hints")
    complain_if(len(says) < 3, "it foresees fewer than three mistakes")
    complain_if(len(set(says)) < different, "two mistakes are told the same")
    complain_if(
        any(a in b for a in says for b in says if a != b),
        "a mistake's sentence is part of another's",
    )
    complain_if(same_code(found.alternative, solution), "the alternative is the solution")
    complain_if(not found.judge and not found.cases(), "it has neither cases nor a judge")
    complain_if("*" in found.equivalent and not found.judge, '"*" is for exercises with a judge')
    complain_if(not all(found.equivalent.values()), "an equivalent mutant has no reason")
    complain_if(
        any(re.search(r"!(?!=)|\bsimply\b|\bobviously\b", text) for text in spoken),
        "an exclamation mark, or a word that belittles",
    )
    return complaints + check_insight(name)


def check_insight(name):
    """Is there one sentence for those who have passed, and one that they have not read before?

    A course of one's own may do without. -> complaints
    """
    found = exercise.find(name)
    insight = found.insight
    if not insight:
        return [] if material.own_course() else ["it has no insight"]
    heard = [*found.hints, *(mistake.says for mistake in found.mistakes)]
    named = re.findall(r"\blesson (\d\d)\b|\b(\d\d\.[a-z]\w*)", insight)
    unknown = {"".join(pair) for pair in named} - {*material.sources(), *material.exercises()}
    complaints = []
    if len(insight) > LONGEST_INSIGHT:
        complaints.append(f"its insight has {len(insight)} characters, over {LONGEST_INSIGHT}")
    if not insight.endswith(".") or re.search(r"[.?]\s+[A-Z]", insight):
        complaints.append("its insight is not one sentence")
    if any(insight in text or text in insight for text in heard):
        complaints.append("its insight repeats a hint or a mistake")
    if unknown:
        complaints.append(f"its insight names {', '.join(sorted(unknown))}, which is not there")
    return complaints


def check_verdicts(name, grade):
    """Do stub, solution, alternative and mistakes get the verdicts that they should? -> complaints

    grade: (exercise, texts) -> Verdicts, as Graders are.
    """
    found = exercise.find(name)
    cell = material.find(name).answer(name)
    wanted = [  # (code, verdict, what the message says)
        (cell.stub, UNTRIED, ""),
        (cell.solution, PASSED, ""),
        (found.alternative, PASSED, ""),
    ]
    wanted += [(mistake.code, WRONG, mistake.says) for mistake in found.mistakes]
    verdicts = grade(name, [code for code, _, _ in wanted])
    complaints = []
    for (code, verdict, says), got in zip(wanted, verdicts, strict=True):
        if got.verdict != verdict or says not in got.message:
            should = f"{verdict}: {says}" if says else verdict
            complaints.append(f"should be {should}\n{code}\nis {got}")
    return complaints


def check_known(name, grade, wrong, right):
    """Are known wrong answers, (kind, text), refused, and right ones not? -> complaints"""
    verdicts = grade(name, [code for _, code in wrong] + right)
    complaints = []
    for (kind, code), got in zip(wrong, verdicts, strict=False):
        if got.verdict not in (WRONG, CRASHED, SLOW) or not got.message:
            complaints.append(f"should be refused ({kind})\n{code}\nis {got}")
    for code, got in zip(right, verdicts[len(wrong) :], strict=True):
        if got.verdict != PASSED:
            complaints.append(f"should be {PASSED}\n{code}\nis {got}")
    return complaints


def grade_here(name, codes):
    """The Verdicts on texts of the course's own, which need no process for each of them."""
    prepared = judge.prepare(name)
    solve = functools.cache(lambda: judge.solve(prepared))

    def grade(code):
        if judge.is_stub(name, code):
            return judge.Verdict(name, UNTRIED)
        return judge.decide(attempt.attempt(prepared, code), code, prepared, solve)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # as in the process that grades
        return [grade(code) for code in codes]


@pytest.mark.parametrize("number", marked(material.sources()))
def test_the_graders_are_those_of_the_lesson(number):
    assert list(exercise.of_lesson(number)) == material.sources()[number].exercises


@pytest.mark.parametrize("name", marked(NAMES))
def test_it_has_what_an_exercise_needs(name):
    assert not check_description(name)


@pytest.mark.skipif(
    bool(material.own_course()), reason="how long a lesson is, is its author's choice"
)
@pytest.mark.parametrize("number", marked(material.sources()))
def test_the_exercises_of_a_lesson_take_about_half_an_hour(number):
    minutes = sum(route.minutes(name) for name in exercise.of_lesson(number))
    assert minutes <= LONGEST_LESSON


def test_no_insight_is_told_twice():
    insights = [exercise.find(name).insight for name in NAMES]
    told = [insight for insight in insights if insight]
    assert len(set(told)) == len(told)


def check_in_the_sandbox(name):
    found = sandbox.grade(name, material.find(name).answer(name).solution)
    assert found.verdict == PASSED, found


@pytest.mark.slow
@pytest.mark.parametrize("name", marked(NAMES))
def test_every_solution_passes_in_the_sandbox(name):
    check_in_the_sandbox(name)


@pytest.mark.parametrize("name", marked(NAMES))
def test_answers_get_their_verdicts(name, graders, monkeypatch):
    """The course's own texts here; in processes of their own the solution, of the known answers
    three wrong ones and a right one, and of the attacks one in turn."""
    wrong, right = ([], []) if material.own_course() else known_answers.of(name)
    attacks = smuggling.everywhere(name)
    turn = NAMES.index(name) % len(attacks)
    smuggled = [("smuggled", attacks[turn])]
    solution = material.find(name).answer(name).solution
    monkeypatch.setenv("TINYMAML_GRADING", "1")
    complaints = check_verdicts(name, grade_here)
    complaints += check_known(name, graders, smuggled + wrong[:3], [solution, *right[:1]])
    assert not complaints, "\n\n".join(complaints)


@pytest.mark.slow
@pytest.mark.parametrize("name", marked(NAMES))
def test_all_known_answers_get_their_verdicts(name, graders):
    wrong, right = ([], []) if material.own_course() else known_answers.of(name)
    smuggled = [("smuggled", code) for code in smuggling.everywhere(name)]
    complaints = check_verdicts(name, graders)
    complaints += check_known(name, graders, smuggled + wrong, right)
    assert not complaints, "\n\n".join(complaints)


@pytest.mark.skipif(bool(material.own_course()), reason="they are known for this course")
@pytest.mark.parametrize("name", marked(NAMES))
def test_three_wrong_answers_are_known_and_a_right_one(name):
    wrong, right = known_answers.of(name)
    assert {kind for kind, _ in wrong} <= set(known_answers.KINDS)
    assert len(wrong) >= 3 and right


def check_mutants(name, graders):
    passed, stale = survivors(name, graders)
    keys = "\n".join(map(repr, passed or stale))
    assert not passed, (
        f"{name}: mutants that pass. "
        f"Add a case that tells them apart, or their key to `equivalent`:\n{keys}"
    )
    assert not stale, f"{name}: listed as equivalent, but the solution has no such mutants:\n{keys}"


@pytest.mark.slow
@pytest.mark.parametrize("name", marked(NAMES))
def test_all_mutants_are_rejected(name, graders):
    check_mutants(name, graders)


# The check itself can fail.


def rewrite(one_lesson, *changes, file="exercises/lesson_77.py"):
    """Replace something in the small course's graders, or its source."""
    text = (one_lesson / file).read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    (one_lesson / file).write_text(text)
    exercise.exercises_in.cache_clear()
    material.sources_in.cache_clear()


def test_a_good_course_passes(graders, one_lesson):
    rewrite(
        one_lesson,
        (
            'equivalent={"double(x).sum() < 0 -> False": "never, on a course that tests this key"}',
            "equivalent={}",
        ),
    )
    for name in material.exercises():
        assert not check_description(name)
        assert not check_verdicts(name, graders)
        assert survivors(name, graders) == ([], []), name


def test_a_weak_grader_is_found_out(graders, one_lesson):
    weak = "[(np.array([2.0, 0.0]),)]"  # where twice x is x squared
    rewrite(one_lesson, ("cases=arrays,", f"cases=lambda: {weak},"))
    passed, stale = survivors("77.double", graders)
    assert "x + x -> x * x" in passed
    complaints = check_verdicts("77.double", graders)
    assert len(complaints) == 1
    assert "You squared x" in complaints[0]
    assert "is 77.double: passed" in complaints[0]
    passed, stale = survivors("77.negative", graders)
    assert stale == ["double(x).sum() < 0 -> False"]


def test_a_poor_description_is_found_out(one_lesson):
    rewrite(
        one_lesson,
        ('"Twice", "write"', '"", "wrote"'),
        ('("Add.", "Add x to itself.")', '("Add!",)'),
        ("Half is the other way.", "You gave x back as it was."),
        ("return 2 * x", "return (x + x)\\n"),
        ('"predict", ("negative",)', '"predict", ()'),
        ('equivalent={"double(x)', 'equivalent={"*": "", "double(x)'),
        ("minutes=2", "minutes=0.5"),
    )
    assert check_description("77.double") == [
        "it has no title",
        f"its kind is 'wrote', none of {', '.join(KINDS)}",
        "its minutes are 0.5, not a whole number from 1 to 15",
        "it has fewer than two hints",
        "two mistakes are told the same",
        "an exclamation mark, or a word that belittles",
    ]
    assert check_description("77.negative") == [
        "it defines nothing",
        '"*" is for exercises with a judge',
        "an equivalent mutant has no reason",
    ]


@pytest.mark.parametrize(
    "insight, complaint",
    [
        ("It is exact. It never rounds.", "its insight is not one sentence"),
        ("Doubling is exact", "its insight is not one sentence"),
        ("Add x to itself.", "its insight repeats a hint or a mistake"),
        ("It returns in lesson 78 and 77.number.", "its insight names 78, which is not there"),
        ("It returns in 77.numbers.", "its insight names 77.numbers, which is not there"),
        ("Doubling is exact" + " indeed" * 30 + ".", "its insight has 228 characters, over 200"),
    ],
)
def test_a_poor_insight_is_found_out(one_lesson, insight, complaint):
    rewrite(one_lesson, ("Doubling is exact: it only changes the exponent.", insight))
    assert check_description("77.double") == [complaint]


def test_a_course_of_ones_own_may_have_no_insights(one_lesson, monkeypatch):
    assert not check_insight("77.looked_up")
    monkeypatch.setattr(material, "own_course", lambda: None)
    monkeypatch.setattr(
        exercise, "find", exercise.exercises_in(one_lesson / "exercises/lesson_77.py").get
    )
    assert check_insight("77.looked_up") == ["it has no insight"]


def test_wrong_verdicts_are_found_out(graders, one_lesson):
    rewrite(
        one_lesson,
        ("return x / 2", "return 2 * x"),
        ('return 2 * x",', 'return x ** 2",'),
        ('list(words)")', 'list(map(TABLE.get, words))")'),
    )
    for grade in (graders, grade_here):
        doubled = check_verdicts("77.double", grade)
        looked_up = check_verdicts("77.looked_up", grade)
        assert [text.split("\n")[0] for text in doubled] == [
            "should be passed",
            "should be wrong: Half is the other way.",
        ]
        assert len(looked_up) == 1 and looked_up[0].endswith("is 77.looked_up: passed.")


def test_wrong_verdicts_on_known_answers_are_found_out(graders, one_lesson):
    good, bad = "def double(x): return 2 * x", "def double(x): return 3 * x"
    assert not check_known("77.double", graders, [("threefold", bad)], [good])
    complaints = check_known("77.double", graders, [("twice", good), ("threefold", bad)], [bad])
    assert [text.split("\n")[0] for text in complaints] == [
        "should be refused (twice)",
        "should be passed",
    ]


def test_what_is_tried():
    text = '''def f(x, n=1):
    """Left alone: 1 + 1."""
    ### BEGIN SOLUTION
    if n > 0 and not x.any():
        n += 1
    y = -x.T @ g(x, n) + TABLE[0, 1]
    return (y, True)
    ### END SOLUTION
'''
    assert sorted(mutant.key for mutant in mutants(text)) == sorted(
        [
            "if n > 0 and (not x.any()): -> pass",
            "if n > 0 and (not x.any()): -> if not (n > 0 and (not x.any())):",
            "n > 0 and (not x.any()) -> n > 0 or not x.any()",
            "n > 0 -> n >= 0",
            "n > 0 -> n < 0",
            "n > 0 -> n > 1",
            "n > 0 and (not x.any()) -> n > 0 and x.any()",
            "n += 1 -> n -= 1",
            "n += 1 -> n *= 1",
            "n += 1 -> n = 1",
            "n += 1 -> n += 2",
            "n += 1 -> n += 0",
            "n += 1 -> pass",
            "y = -x.T @ g(x, n) + TABLE[0, 1] -> pass",
            "-x.T @ g(x, n) + TABLE[0, 1] -> -x.T @ g(x, n) - TABLE[0, 1]",
            "-x.T @ g(x, n) + TABLE[0, 1] -> -x.T @ g(x, n) * TABLE[0, 1]",
            "-x.T @ g(x, n) -> -x.T * g(x, n)",
            "-x.T @ g(x, n) -> g(x, n) @ -x.T",
            "-x.T @ g(x, n) -> x.T @ g(x, n)",
            "x.T -> x",
            "g(x, n) -> g(n, x)",
            "TABLE[0, 1] -> TABLE[1, 0]",
            "TABLE[0, 1] -> TABLE[1, 1]",
            "TABLE[0, 1] -> TABLE[0, 2]",
            "TABLE[0, 1] -> TABLE[0, 0]",
            "return (y, True) -> pass",
            "(y, True) -> (True, y)",
            "(y, True) -> (y, False)",
        ]
    )


def test_a_broken_solution_is_found_out(graders, one_lesson):
    rewrite(one_lesson, ("y = x + x", "y = 1 / 0"), file="solutions/77_small.py")
    complaints = check_verdicts("77.double", graders)
    assert "the course's own solution of 77.double fails" in complaints[0]
    rewrite(one_lesson, ("number = -3.0", "number = 3.0"), file="solutions/77_small.py")
    complaints = check_verdicts("77.number", graders)
    assert [text.split("\n")[0] for text in complaints] == ["should be passed"]


def test_a_process_that_is_kept_says_what_a_new_one_says(graders, one_lesson):
    codes = (
        "def double(x): return 2 * x",
        "def double(x): return x * x",
        "def double(x): 1 / 0",
        "def double(x): ...",
    )
    assert graders("77.double", codes) == [sandbox.grade("77.double", code) for code in codes]


def test_an_answer_ends_only_its_own_copy(graders, one_lesson):
    codes = (
        "while True: pass",
        "import os; os._exit(0)",
        "import os; os.kill(os.getpid(), 9)",
        "np.array = None",
        "def double(x): return 2 * x",
    )
    found = graders("77.double", codes, 0.1)
    assert [verdict.verdict for verdict in found] == [SLOW, CRASHED, CRASHED, WRONG, PASSED]
    if hasattr(os, "fork"):
        assert "0.1 seconds of work" in found[0].message


@pytest.mark.skipif(sys.platform != "linux", reason="the limit of memory is tested on Linux")
def test_the_memory_is_limited(graders, one_lesson):
    three_gigabytes = "import numpy as np\nrows = np.zeros(3 * 2**27)\ndef double(x): return 2 * x"
    [found] = graders("77.double", [three_gigabytes])
    assert found.verdict == CRASHED and "more memory than an answer may have" in found.message
