"""The one grading path: whatever an answer does to its process, there is a verdict that says what
happened, and the learner's session goes on. More of what goes the same way is under `slow`."""

import os
import subprocess
import sys

import pytest

from helpers.platforms import needs_signals
from helpers.processes import wait_for
from tinymaml.course import attempt, copies, judge, material, sandbox
from tinymaml.course.judge import CRASHED, PASSED, SLOW, UNTRIED, WRONG

linux = pytest.mark.skipif(
    sys.platform != "linux", reason="limits of processor time and memory are tested on Linux"
)
GOOD = "def double(x):\n    return x + x\n"


@pytest.fixture(autouse=True)
def small(one_lesson):
    """All tests here grade answers of the small course."""


def hold_against(found, verdict, words):
    """Is it this verdict, with these words in its message? -> it"""
    assert found.verdict == verdict and found.exercise == "77.double", found
    for word in words:
        assert word in found.message, found
    assert found.message or verdict in (PASSED, UNTRIED)
    return found


@pytest.fixture
def check(graders):
    """check(code, verdict, *words, seconds=None): grade an answer to 77.double by the process that
    is kept. -> its Verdict"""

    def graded(code, verdict, *words, seconds=None):
        [found] = graders("77.double", [code], seconds)
        return hold_against(found, verdict, words)

    return graded


# The sandbox and the judge.


@pytest.mark.parametrize(
    "code, verdict, words",
    [
        (GOOD, PASSED, []),
        ("double = ...", UNTRIED, []),
        ("def double(x): return x * x", WRONG, ["You squared x", "got      0.25"]),
        ("1 / 0", CRASHED, ["line 1, `1 / 0`: ZeroDivisionError"]),
    ],
    ids=str,
)
def test_it_says_what_the_judge_says(code, verdict, words):
    found = hold_against(sandbox.grade("77.double", code), verdict, words)
    assert found == judge.grade("77.double", code)


def test_a_stub_needs_no_process(monkeypatch):
    monkeypatch.setattr(sandbox.subprocess, "Popen", None)
    stub = material.find("77").answer("77.double").stub
    assert sandbox.grade("77.double", stub).verdict == UNTRIED


@pytest.mark.parametrize(
    "code",
    [
        "print('a line\\n' * 10000)\n" + GOOD,
        "import os\nos.chdir('/')\n" + GOOD,
        "import sys\nsys.stdout.close(); sys.stderr = None\n" + GOOD,
        (
            "import threading, time\n"
            "threading.Thread(target=time.sleep, args=(3600,)).start()\n" + GOOD
        ),
        "import atexit, time\natexit.register(time.sleep, 3600)\n" + GOOD,
        GOOD + "from tinymaml.course import check\ncheck('77.double')\ncheck('no such thing')",
    ],
    ids=str,
)
def test_passed_whatever_it_does_to_its_process(code):
    """The process ends by itself as soon as there is a report: nothing waits for what an answer has
    left running."""
    prepared = judge.prepare("77.double")
    end = copies.run(prepared, code, copies.Limits(5))
    verdict = judge.decide(attempt.loads(end.report), code, prepared, lambda: judge.solve(prepared))
    assert verdict.verdict == PASSED
    assert end.code == 0 and not end.flood and not end.late


@pytest.mark.parametrize(
    "code, words",
    [
        ("x = '\ud800'\n" + GOOD, ["Python cannot read it: UnicodeEncodeError"]),
        ("raise ValueError(chr(0xd800))", ["ValueError: ?"]),
        ("x = input('how many? ')", ["line 1", "finds nobody at the keyboard"]),
        ("import os\nos._exit(0)", ["ended the process that graded it (exit code 0)"]),
        (
            "def double(x):\n    import os\n    print('so far')\n    os._exit(7)",
            ["exit code 7", "The last line that it printed: so far"],
        ),
    ],
    ids=lambda code: str(code)[:80],
)
def test_crashed(check, code, words):
    assert len(check(code, CRASHED, *words).message) < 2000


@needs_signals
def test_a_killed_process(check):
    kill = "import os, signal\nos.kill(os.getpid(), signal.{})"
    check(kill.format("SIGKILL"), CRASHED, "was killed (SIGKILL): perhaps it took too much memory")
    check(kill.format("SIGSEGV"), CRASHED, "was killed (SIGSEGV).")
    check(kill.format("SIGRTMIN + 5"), CRASHED, "was killed (signal ")
    check("import ctypes\nctypes.string_at(0)", CRASHED, "was killed (SIGSEGV)")
    check(
        "import faulthandler, signal\nfaulthandler.enable()\n" + kill.format("SIGSEGV"),
        CRASHED,
        "was killed (SIGSEGV)",
    )


@linux
@pytest.mark.parametrize(
    "code",
    [
        "rows = []\nwhile True: rows.append([0] * 100_000)",
        pytest.param("rows = [0] * 10**9", marks=pytest.mark.slow),
        "rows = np.ones(10**9)",
        "def double(x): return np.ones((10**5, 10**5))",
        pytest.param(
            "def double(x):\n    rows = []\n    while True: rows.append(np.ones(10**6))",
            marks=pytest.mark.slow,
        ),
        pytest.param("text = 'x'\nwhile True: text += text", marks=pytest.mark.slow),
        pytest.param("rows = np.zeros((10**4, 10**4, 10**4))", marks=pytest.mark.slow),
    ],
    ids=str,
)
def test_huge_allocation(check, code, monkeypatch):
    monkeypatch.setattr(copies, "MEMORY", 300 << 20)
    check(code, CRASHED, "more memory than an answer may have", seconds=5)


def test_huge_output(check):
    check(
        "while True: print('x' * 1000)",
        CRASHED,
        "It printed more than 10 MB: is there a print in a loop that does not end?",
    )
    check(
        "import os\nos.write(1, b'x' * (30 << 20))\n" + GOOD, CRASHED, "It printed more than 10 MB"
    )
    check("import os\nwhile True: os.write(2, b'x' * 1000)", CRASHED, "It printed more than 10 MB")


# Too slow.


@linux
@pytest.mark.parametrize(
    "code",
    [
        "def double(x):\n    while True: pass",
        pytest.param("while True: pass", marks=pytest.mark.slow),
        "while True:\n    try:\n        while True: pass\n    except BaseException: pass",
        pytest.param(
            "class A:\n"
            "    def __eq__(self, x):\n"
            "        while True: pass\n"
            "def double(x):\n"
            "    while True: A() == A()",
            marks=pytest.mark.slow,
        ),
        pytest.param("sum(1 for k in iter(int, 1))", marks=pytest.mark.slow),
        pytest.param("x = 9 ** 9 ** 9", marks=pytest.mark.slow),
        pytest.param("import re\nre.match(r'(a+)+$', 'a' * 64 + 'b')", marks=pytest.mark.slow),
    ],
    ids=str,
)
def test_an_endless_loop(check, code):
    check(code, SLOW, "After 0.5 seconds of work", "a loop that does not end", seconds=0.5)


@linux
def test_an_endless_compiled_loop(check):
    code = (
        "import numba\n"
        "@numba.njit\n"
        "def double(x):\n"
        "    k = 0\n"
        "    while k < 1: k -= 1 if k > -9 else -2 if k > 5 else 0\n"
        "    return x"
    )
    check(code, SLOW, "a loop that does not end", seconds=2)


@pytest.mark.parametrize(
    "code",
    [
        "import time\ntime.sleep(3600)",
        "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\ntime.sleep(3600)",
        "import os, time\nos.fork() and os.wait()\ntime.sleep(3600)",
    ],
    ids=str,
)
def test_the_clock_ends_what_waits(check, code, monkeypatch):
    monkeypatch.setattr(copies, "START", 0.5)
    monkeypatch.setattr(copies, "WALL", 0.5)
    check(code, SLOW, "After 1 seconds", seconds=1)


def test_how_long_the_clock_waits():
    assert copies.Limits(3).clock == copies.START + 3 * copies.WALL


# Nothing is left behind.

CHILD = """
import os, time
child = os.fork()
if not child:
    {}
    with open({!r}, "a") as file:
        file.write(f"{{os.getpid()}}\\n")
    time.sleep(3600)
while not os.path.exists({!r}) or not open({!r}).read().endswith("\\n"):
    time.sleep(0.001)
"""


@linux
@pytest.mark.parametrize(
    "first",
    ["pass", "os.setsid()", "os.setsid(); os.fork() and os._exit(0)"],
    ids=["a child", "in a session of its own", "that nobody waits for"],
)
def test_child_processes_end_too(check, first, tmp_path):
    file = str(tmp_path / "numbers")
    check(CHILD.format(first, file, file, file) + GOOD, PASSED)
    [number] = (tmp_path / "numbers").read_text().split()
    wait_for(lambda: not os.path.exists(f"/proc/{number}"))


def test_files_that_it_writes_are_gone(tmp_path, monkeypatch):
    monkeypatch.setattr(sandbox.tempfile, "tempdir", str(tmp_path / "own"))
    (tmp_path / "own").mkdir()
    code = "open('notes.txt', 'w').write('x')\n" + GOOD
    assert sandbox.grade("77.double", code).verdict == PASSED
    assert not list((tmp_path / "own").iterdir())


def test_what_it_prints_stays_in_the_worker(capfd):
    code = "import sys\nprint('heard'); print('heard', file=sys.stderr)\n" + GOOD
    assert sandbox.grade("77.double", code).verdict == PASSED
    assert capfd.readouterr() == ("", "")


def test_a_grader_that_is_broken_says_so(one_lesson):
    source = one_lesson / "solutions" / "77_small.py"
    source.write_text(source.read_text().replace("y = x + x", "y = x + no_such_name"))
    found = sandbox.grade("77.double", GOOD)
    assert found.verdict == CRASHED
    assert "the course's own solution of 77.double fails" in found.message


# Where processes cannot be copied, each answer has a fresh one.


@pytest.mark.parametrize(
    "code, verdict, words",
    [
        (GOOD, PASSED, ""),
        ("double = ...", UNTRIED, ""),
        ("def double(x): return x * x", WRONG, "You squared x"),
        ("import os\nprint('so far')\nos._exit(7)", CRASHED, "it printed: so far"),
        ("while True: print('x' * 1000)", CRASHED, "It printed more than 10 MB"),
        (
            "from tinymaml.course import use\nuse('77.double')",
            CRASHED,
            "cannot use the course's own answers",
        ),
    ],
    ids=str,
)
def test_without_copies(code, verdict, words):
    with sandbox.Graders(copy=False) as graders:
        [found] = graders("77.double", [code])
    assert found.verdict == verdict and words in found.message, found


# Many answers.


def test_many_answers_are_graded_in_order():
    codes = [GOOD, "double = ...", "def double(x): return x * x", "\ud800", GOOD]
    found = list(sandbox.grade_all([("77.double", code) for code in codes], at_once=2))
    assert [verdict.verdict for verdict in found] == [PASSED, UNTRIED, WRONG, CRASHED, PASSED]


def test_what_cannot_be_graded_costs_its_own_verdict(monkeypatch):
    find = sandbox.find
    monkeypatch.setattr(sandbox, "find", lambda name: find(name.replace("looked_up", "lost")))
    found = list(sandbox.grade_all([("77.looked_up", "x = 1"), ("77.double", GOOD)]))
    assert [verdict.verdict for verdict in found] == [CRASHED, PASSED]
    assert found[0].message == "It could not be graded: KeyError('77.lost')"


def test_everything_is_imported_once_for_many_answers(monkeypatch):
    started = []

    class Recorded(subprocess.Popen):
        def __init__(self, *inputs, **options):
            super().__init__(*inputs, **options)
            started.append(self)

    monkeypatch.setattr(sandbox.subprocess, "Popen", Recorded)
    found = list(sandbox.grade_all([("77.double", GOOD)] * 6, at_once=1))
    assert [verdict.verdict for verdict in found] == [PASSED] * 6
    assert len(started) == 1
    assert started[0].poll() is not None  # it ends with the last answer


@needs_signals
def test_a_process_that_was_killed_is_started_again():
    with sandbox.Graders() as graders:
        assert graders("77.double", [GOOD])[0].verdict == PASSED
        copies.kill(graders.process)
        assert graders("77.double", [GOOD])[0].verdict == PASSED
