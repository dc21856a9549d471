"""The one grading path: whatever an answer does to its process, there is a verdict that says what
happened, and the learner's session goes on. More of what goes the same way is under `slow`."""

import os
import subprocess
import sys

import pytest

from helpers.platforms import needs_signals
from helpers.processes import wait_for
from tinymaml.course import judge, material, sandbox
from tinymaml.course.judge import CRASHED, PASSED, SLOW, UNTRIED, WRONG

linux = pytest.mark.skipif(
    sys.platform != "linux", reason="limits of processor time and memory are tested on Linux"
)
GOOD = "def double(x):\n    return x + x\n"


@pytest.fixture(autouse=True)
def small(one_lesson):
    """All tests here grade answers of the small course."""


def check(code, verdict, *words, name="77.double", seconds=None):
    found = sandbox.grade(name, code, seconds)
    assert found.verdict == verdict and found.exercise == name, found
    for word in words:
        assert word in found.message, found
    assert found.message or verdict in (PASSED, UNTRIED)
    return found


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
    check(code, verdict, *words)
    assert sandbox.grade("77.double", code) == judge.grade("77.double", code)


def test_a_stub_needs_no_process(monkeypatch):
    monkeypatch.setattr(sandbox.subprocess, "Popen", None)
    check(material.find("77").answer("77.double").stub, UNTRIED)


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
def test_passed_whatever_it_does_to_its_process(code, monkeypatch):
    """The process ends by itself as soon as there is a verdict: nothing waits for what an answer
    has left running."""
    ends = []
    kill = sandbox.kill

    def record_and_kill(process):
        ends.append(process.poll())
        kill(process)

    monkeypatch.setattr(sandbox, "kill", record_and_kill)
    check(code, PASSED, seconds=5)
    assert ends == [0]


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
def test_crashed(code, words):
    assert len(check(code, CRASHED, *words).message) < 2000


@needs_signals
def test_a_killed_process():
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
def test_huge_allocation(code, monkeypatch):
    monkeypatch.setattr(sandbox, "MEMORY", 300 << 20)
    check(code, CRASHED, "more memory than an answer may have", seconds=5)


def test_huge_output():
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
def test_an_endless_loop(code):
    check(code, SLOW, "After 0.5 seconds of work", "a loop that does not end", seconds=0.5)


@linux
def test_an_endless_compiled_loop():
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
        "import subprocess\nsubprocess.run(['sleep', '3600'])",
    ],
    ids=str,
)
def test_the_clock_ends_what_waits(code, monkeypatch):
    monkeypatch.setattr(sandbox, "START", 0.5)
    monkeypatch.setattr(sandbox, "WALL", 0.5)
    check(code, SLOW, "After 1 seconds", seconds=1)


def test_how_long_the_clock_waits(monkeypatch):
    waits = []

    class Recorded(subprocess.Popen):
        def wait(self, timeout=None):
            waits.append(timeout)
            return super().wait(timeout)

    monkeypatch.setattr(sandbox.subprocess, "Popen", Recorded)
    check(GOOD, PASSED, seconds=3)
    assert waits[0] == sandbox.START + sandbox.WALL * 3


# Nothing is left behind.


@linux
@pytest.mark.parametrize(
    "code",
    [
        "import subprocess\nchild = subprocess.Popen(['sleep', '3600'])\n",
        "import os, time\nchild = os.fork()\nif not child: time.sleep(3600)\n",
        "import os\nos.fork()\n",
    ],
    ids=str,
)
def test_child_processes_end_too(code, monkeypatch):
    started = []

    class Recorded(subprocess.Popen):
        def __init__(self, *inputs, **options):
            super().__init__(*inputs, **options)
            started.append(self.pid)

    monkeypatch.setattr(sandbox.subprocess, "Popen", Recorded)
    check(code + GOOD, PASSED)
    wait_for(lambda: not processes_of(started[0]))


def processes_of(session):
    """The processes that belong to this session and run."""
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/stat") as file:
                state, _, _, of = file.read().split(")")[-1].split()[:4]
        except OSError:
            continue
        if int(of) == session and state != "Z":
            found.append(int(name))
    return found


def test_files_that_it_writes_are_gone(tmp_path, monkeypatch):
    monkeypatch.setattr(sandbox.tempfile, "tempdir", str(tmp_path / "own"))
    (tmp_path / "own").mkdir()
    check("open('notes.txt', 'w').write('x')\n" + GOOD, PASSED)
    assert not list((tmp_path / "own").iterdir())


def test_what_it_prints_stays_in_the_worker(capfd):
    check("import sys\nprint('heard'); print('heard', file=sys.stderr)\n" + GOOD, PASSED)
    assert capfd.readouterr() == ("", "")


def test_a_grader_that_is_broken_says_so(one_lesson):
    source = one_lesson / "solutions" / "77_small.py"
    source.write_text(source.read_text().replace("y = x + x", "y = x + no_such_name"))
    found = sandbox.grade("77.double", GOOD)
    assert found.verdict == CRASHED
    assert "the course's own solution of 77.double fails" in found.message
