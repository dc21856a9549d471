"""What an answer prints is shown below its verdict: from its cell, and from the case that the
verdict is about."""

import pytest

from helpers.platforms import needs_signals
from tinymaml.course import copies, explain, judge, printed, sandbox, worker
from tinymaml.course.verdict import CRASHED, PASSED, WRONG, Verdict

GOOD = "def double(x):\n    print('x is', x)\n    return x + x\n"


@pytest.fixture(autouse=True)
def small(one_lesson):
    """All tests here grade answers of the small course."""


def first_cases():
    """The inputs of 77.double, in order."""
    return [inputs[0] for inputs in judge.prepare("77.double").cases]


def test_the_first_case_that_prints_where_all_are_right(graders):
    [verdict] = graders("77.double", ["print('at once')\n" + GOOD])
    assert verdict == Verdict("77.double", PASSED, "", f"at once\nx is {first_cases()[0]}")


def test_the_case_that_the_message_is_about(graders):
    wrong = GOOD.replace("x + x", "x + x + 1")
    crash = GOOD.replace("x + x", "x + None")
    for verdict, word in zip(graders("77.double", [wrong, crash]), (WRONG, CRASHED), strict=True):
        assert verdict.verdict == word
        assert "  on       x = [0.5]" in verdict.message
        assert verdict.printed == "x is [0.5]"


def test_a_cell_that_does_not_run_has_printed_all_the_same(graders):
    [verdict] = graders("77.double", ["print('one')\nprint('two')\n1 / 0"])
    assert (verdict.verdict, verdict.printed) == (CRASHED, "one\ntwo")


def test_a_judges_calls_print_too(graders):
    [verdict] = graders("77.number", ["print('thinking')\nnumber = 3"])
    assert verdict.printed == "thinking"


@needs_signals
def test_what_a_process_had_printed_when_it_was_killed(graders):
    [ended] = graders(
        "77.double",
        ["def double(x):\n    print('one')\n    print('two')\n    import os; os._exit(7)"],
    )
    assert (ended.verdict, ended.printed) == (CRASHED, "one\ntwo")
    [one_line] = graders("77.double", ["import os\nprint('one')\nos._exit(7)"])
    assert "The last line that it printed: one" in one_line.message and not one_line.printed


@pytest.mark.parametrize("how", [{"late": True}, {"flood": True}])
def test_what_a_process_had_printed_when_it_was_stopped(how):
    end = copies.End(b"", -9, "one\ntwo\n", **how)
    assert explain.explain_end("77.double", end, copies.Limits(5)).printed == "one\ntwo\n"
    report = worker.report_of(end, "77.double", copies.Limits(5))
    assert report.printed == "one\ntwo\n"


def test_a_fresh_process_gives_the_same():
    with sandbox.Graders(copy=False) as fresh:
        [verdict] = fresh("77.double", ["print('at once')\n" + GOOD])
    assert verdict.printed == f"at once\nx is {first_cases()[0]}"


@pytest.mark.parametrize(
    "text, shown",
    [
        ("a\nb\n", "a\nb"),
        ("x" * 2000, "x" * 2000),
        ("y" + "x" * 2000, "..." + "x" * 2000),
        ("first\n" + "row\n" * 40, "..." + "\n".join(["row"] * 40)),
        ("\x1b[31mred\x1b[0m\r\n\t7\x07", "[31mred[0m\n\t7"),
        ("half \ud800", "half ?"),
    ],
    ids=lambda text: repr(text[:12]),
)
def test_what_is_shown_is_bounded_and_harmless(text, shown):
    assert printed.shorten(text) == shown


def test_the_end_is_kept_and_all_is_passed_on(capsys):
    with printed.recorded() as recorder:
        for k in range(5000):
            print(k)
        assert recorder.take().endswith("4998\n4999\n") and recorder.take() == ""
        print("more")
        assert recorder.take() == "more\n"
    assert capsys.readouterr().out.startswith("0\n1\n")


def test_below_a_verdict():
    assert printed.show("a\n\nb") == "It printed:\n  a\n\n  b"
    assert printed.show(" \n") == ""
