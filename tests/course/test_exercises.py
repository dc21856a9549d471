"""The course checks itself: every exercise has what an exercise needs, and every grader tells right
from wrong.

Five mutants of each solution are tried, `-m slow` tries all. With TINYMAML_COURSE a course of your
own is checked instead.
"""

import re

import pytest
from mutants import Graders, mutants, survivors

from tinymaml.course import exercise, judge, material, sandbox
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
    "give a bound",
)
SAMPLE = 5


@pytest.fixture(scope="module")
def graders():
    with Graders() as started:
        yield started


# ---- what is asked of an exercise: functions that return complaints, so that they can be tested
# too


def described(name):
    """Is all there, and said well?"""
    found, cell = exercise.find(name), material.find(name).answer(name)
    spoken = [found.title, *found.hints, *(mistake.says for mistake in found.mistakes)]
    says = [mistake.says for mistake in found.mistakes]
    return [
        complaint
        for complaint, so in (
            ("it has no title", not found.title),
            (f"its kind is {found.kind!r}, none of {', '.join(KINDS)}", found.kind not in KINDS),
            ("it defines nothing", not found.defines),
            ("it has fewer than two hints", len(found.hints) < 2 or not all(found.hints)),
            ("it foresees fewer than three mistakes", len(says) < 3),
            ("two mistakes are told the same", len(set(says)) < (3 if found.judge else len(says))),
            (
                "a mistake's sentence is part of another's",
                any(a in b for a in says for b in says if a != b),
            ),
            ("the alternative is the solution", same_code(found.alternative, cell.solution)),
            ("it has neither cases nor a judge", not found.judge and not found.cases()),
            ('"*" is for exercises with a judge', "*" in found.equivalent and not found.judge),
            ("an equivalent mutant has no reason", not all(found.equivalent.values())),
            (
                "an exclamation mark, or a word that belittles",
                any(re.search(r"!(?!=)|\bsimply\b|\bobviously\b", text) for text in spoken),
            ),
        )
        if so
    ]


def answered(name, graders):
    """Do the stub, the alternative and the foreseen mistakes get the verdicts that they should?"""
    found, cell = exercise.find(name), material.find(name).answer(name)
    jobs = [
        (cell.stub, UNTRIED, ""),
        (found.alternative, PASSED, ""),
        *((mistake.code, WRONG, mistake.says) for mistake in found.mistakes),
    ]
    return [
        f"should be {verdict}{': ' + says if says else ''}\n{code}\nis {got}"
        for (code, verdict, says), got in zip(jobs, graders([(name, code) for code, _, _ in jobs]))
        if got.verdict != verdict or says not in got.message
    ]


@pytest.mark.parametrize("number", material.sources())
def test_the_graders_are_those_of_the_lesson(number):
    assert list(exercise.of_lesson(number)) == material.sources()[number].exercises


@pytest.mark.parametrize("name", NAMES)
def test_it_has_what_an_exercise_needs(name):
    assert not described(name)


@pytest.mark.parametrize("name", NAMES)
def test_the_solution_passes(name):
    found = sandbox.grade(name, material.find(name).answer(name).solution)
    assert found.verdict == PASSED, found


@pytest.mark.parametrize("name", NAMES)
def test_answers_get_their_verdicts(name, graders):
    complaints = answered(name, graders)
    assert not complaints, "\n\n".join(complaints)


def check_mutants(name, graders, sample):
    passed, stale = survivors(name, graders, sample)
    assert not passed, (
        f"{name}: mutants that pass. Add a case that tells them apart, or their key to `equivalent`:\n"
        + "\n".join(map(repr, passed))
    )
    assert not stale, (
        f"{name}: listed as equivalent, but the solution has no such mutants:\n"
        + "\n".join(map(repr, stale))
    )


@pytest.mark.parametrize("name", NAMES)
def test_a_sample_of_mutants_is_rejected(name, graders):
    check_mutants(name, graders, SAMPLE)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_all_mutants_are_rejected(name, graders):
    check_mutants(name, graders, None)


# ---- the check itself can fail


@pytest.fixture
def small(one_lesson):
    with Graders(1) as started:
        yield started


def written(one_lesson, *changes, file="exercises/lesson_77.py"):
    """The small course with something replaced in its graders, or its source."""
    text = (one_lesson / file).read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    (one_lesson / file).write_text(text)
    exercise.exercises_in.cache_clear()
    material.sources_in.cache_clear()


def test_a_good_course_passes(small, one_lesson):
    written(
        one_lesson,
        (
            'equivalent={"double(x).sum() < 0 -> False": "never, on a course that tests this key"}',
            "equivalent={}",
        ),
    )
    for name in material.exercises():
        assert not described(name) and not answered(name, small)
        assert survivors(name, small) == ([], []), name


def test_a_weak_grader_is_found_out(one_lesson):
    weak = "[(np.array([2.0, 0.0]),)]"  # where twice x is x squared
    written(one_lesson, ("cases=arrays)", f"cases=lambda: {weak})"))
    with Graders(1) as small:
        passed, stale = survivors("77.double", small)
        assert "x + x -> x * x" in passed
        complaints = answered("77.double", small)
        assert (
            len(complaints) == 1
            and "You squared x" in complaints[0]
            and "is 77.double: passed" in complaints[0]
        )
        passed, stale = survivors("77.negative", small)
        assert stale == ["double(x).sum() < 0 -> False"]


def test_a_poor_description_is_found_out(one_lesson):
    written(
        one_lesson,
        ('"Twice", "write"', '"", "wrote"'),
        ('("Add.", "Add x to itself.")', '("Add!",)'),
        ("Half is the other way.", "You gave x back as it was."),
        ("return 2 * x", "return (x + x)\\n"),
        ('"predict", ("negative",)', '"predict", ()'),
        ('equivalent={"double(x)', 'equivalent={"*": "", "double(x)'),
    )
    assert described("77.double") == [
        "it has no title",
        f"its kind is 'wrote', none of {', '.join(KINDS)}",
        "it has fewer than two hints",
        "two mistakes are told the same",
        "an exclamation mark, or a word that belittles",
    ]
    assert described("77.negative") == [
        "it defines nothing",
        '"*" is for exercises with a judge',
        "an equivalent mutant has no reason",
    ]


def test_wrong_verdicts_are_found_out(one_lesson):
    written(
        one_lesson,
        ("return x / 2", "return 2 * x"),
        ('return 2 * x", cases', 'return x ** 2", cases'),
        ('list(words)")', 'list(map(TABLE.get, words))")'),
    )
    with Graders(1) as small:
        doubled, looked_up = answered("77.double", small), answered("77.looked_up", small)
    assert [text.split("\n")[0] for text in doubled] == [
        "should be passed",
        "should be wrong: Half is the other way.",
    ]
    assert len(looked_up) == 1 and looked_up[0].endswith("is 77.looked_up: passed.")


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


def test_the_quick_way_of_grading_says_what_the_sandbox_says(small):
    for code in (
        "def double(x): return 2 * x",
        "def double(x): return x * x",
        "def double(x): 1 / 0",
        "def double(x): ...",
    ):
        assert small([("77.double", code)]) == [sandbox.grade("77.double", code)]
    endless, ended, killed = small(
        [
            ("77.double", code)
            for code in (
                "while True: pass",
                "import os; os._exit(0)",
                "import os; os.kill(os.getpid(), 9)",
            )
        ],
        1,
    )
    assert endless.verdict == SLOW and ended.verdict == killed.verdict == CRASHED
    assert small([("77.double", "def double(x): return 2 * x")])[0].verdict == judge.PASSED
