"""The one grading path: whatever an answer does, there is a verdict that says what happened, and
the learner's session goes on."""

import builtins
import os
import signal
import sys
import time

import numpy as np
import pytest

from tinymaml.course import compare, exercise, judge, material, sandbox
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


# Right answers, however written.


@pytest.mark.parametrize(
    "code",
    [
        "def double(x): return x + x",
        "double = lambda x: 2 * x",
        "class Twice:\n    def __call__(self, x): return 2 * x\ndouble = Twice()",
        "# ünïcode, 二, \U0001f600\nπ = 2\ndef double(x): return π * x",
        "double = lambda x: x * TABLE['two']",
        "def half(x): return None\nTABLE = None\n" + GOOD,
        "del half, TABLE\n" + GOOD,
        "TABLE.clear()\n" + GOOD,
        "print('a line\\n' * 10000)\n" + GOOD,
        "import os\nos.chdir('/')\n" + GOOD,
        "import warnings, numpy as np\nwarnings.simplefilter('error')\nnp.seterr(all='raise')\n"
        + GOOD,
        "import sys\nsys.stdout.close(); sys.stderr = None\n" + GOOD,
        "import threading, time\nthreading.Thread(target=time.sleep, args=(60,)).start()\n" + GOOD,
        "import atexit, time\natexit.register(time.sleep, 60)\n" + GOOD,
        "print([double for double in ()])\n" + GOOD + "assert double(2) == 4\n",
        GOOD + "check('77.double')",
        GOOD + "from tinymaml.course import check\ncheck('77.double')\ncheck('no such thing')",
        (
            "out = np.zeros(3)\n"
            "def double(x):\n"
            "    global out\n"
            "    out = np.resize(out, x.shape)\n"
            "    out[:] = x\n"
            "    out *= 2\n"
            "    return out"
        ),
        "import numba\n@numba.njit\ndef double(x): return x + x",
    ],
    ids=str,
)
def test_passed(code):
    began = time.monotonic()
    check(code, PASSED)
    assert time.monotonic() - began < 15


@pytest.mark.parametrize(
    "code",
    [
        "def looked_up(words): return tuple(TABLE[word] for word in words)",
        "def looked_up(words): return [np.float64(TABLE[word]) for word in words]",
        "def looked_up(words): return [int(TABLE[word]) for word in words]",
    ],
    ids=str,
)
def test_passed_though_of_another_type(code):
    check(code, PASSED, name="77.looked_up")


def test_truth_is_truth():
    check("def negative(x): return x.sum() < 0", PASSED, name="77.negative")
    check(
        "def negative(x): return 1 if x.sum() < 0 else 0",
        WRONG,
        "an int came back instead of a bool",
        name="77.negative",
    )


# Not yet attempted.


@pytest.mark.parametrize(
    "code",
    [
        'def double(x):\n    """Twice x, an array."""\n    # one line\n    ...',
        '# exercise 77.double\n\ndef double(x):\n    """Twice x, an array."""\n\n    ...  # later',
        "double = ...",
        "def double(x): raise NotImplementedError",
        "raise NotImplementedError('later')",
        "def double(x): return ...",
    ],
    ids=str,
)
def test_not_yet_attempted(code):
    check(code, UNTRIED)


# Wrong.


@pytest.mark.parametrize(
    "code, words",
    [
        (
            "def double(x): return x * x",
            ["You squared x", "x = [0.5]", "expected 1", "got      0.25"],
        ),
        (
            "def double(x): return x[:1] * 2",
            [
                "an array of shape (1,) came back instead of an array of shape (2,)",
                "on       x = [0, 0]",
            ],
        ),
        (
            "def double(x): return 2 * x[None]",
            ["an array of shape (1, 1) came back instead of an array of shape (1,)"],
        ),
        ("def double(x): return 2 * x * np.nan", ["NaN at [0]"]),
        ("def double(x): return 2 * x + np.inf", ["got      inf"]),
        ("def double(x): return 2 * x + 1e-7", ["It fails", "expected 1", "got      1.0000001"]),
        ("def double(x): return list(2 * x)", ["a list came back", "an array of shape (1,)"]),
        ("def double(x): return 'two x'", ["a str came back"]),
        ("def double(x): return [2 * y for y in x]", ["a list came back"]),
        ("def double(x): return (2 * y for y in x)", ["a generator came back"]),
        ("def double(x): yield 2 * x", ["a generator came back"]),
        ("def double(x): return x > 1", ["expected [1]", "got      [False]"]),
        (
            "def double(x): return np.array([None] * x.size).reshape(x.shape)",
            ["holds object, not numbers"],
        ),
        ("def double(x): 2 * x", ["nothing came back (None); is there a `return`?"]),
        ("def double(x): return double", ["a function came back"]),
        ("def double(x): x *= 2; return x", ["changes its input number 1", "work on a copy"]),
        (
            "def double(x):\n    y = 2 * x\n    x[:] = 0\n    return y",
            ["changes its input number 1"],
        ),
        ("def twice(x): return 2 * x", ["defines no `double`"]),
        ("x = 3", ["defines no `double`"]),
        ("double = 3.0", ["`double` has to be a function; yours is a float"]),
        ("import builtins\nbuiltins.sum = None\n" + GOOD, ["Python's own `sum`"]),
        (
            "import builtins\nbuiltins.vars = builtins.len = lambda *xs: 1 / 0\n" + GOOD,
            ["Python's own `"],
        ),
        ("import builtins\ndel builtins.zip\n" + GOOD, ["Python's own `zip`"]),
        (
            (
                "import builtins\n"
                "def double(x):\n"
                "    builtins.isinstance = lambda *xs: True\n"
                "    return 2 * x"
            ),
            ["Python's own `isinstance`"],
        ),
    ],
    ids=str,
)
def test_wrong(code, words):
    check(code, WRONG, *words)


CLASS = "class A(list):\n    def {}(self, *xs): raise {}\ndef looked_up(words): return {}"


@pytest.mark.parametrize(
    "code, words",
    [
        (
            "def looked_up(words): return (TABLE[word] for word in words)",
            ["a generator came back instead of a list"],
        ),
        ("def looked_up(words): return TABLE", ["a dict came back instead of a list"]),
        (
            "def looked_up(words): return np.array([1, 2])",
            ["a ndarray came back instead of a list"],
        ),
        (
            "def looked_up(words): return [[TABLE[word]] for word in words]",
            ["at [0]: a list came back instead of a number"],
        ),
        ("def looked_up(words): return []", ["0 items instead of 1"]),
        (
            "def looked_up(words): words.append('one'); return [TABLE[word] for word in words]",
            ["input number 1"],
        ),
        (CLASS.format("__len__", "KeyError", "A()"), ["cannot be compared (KeyError)"]),
        (CLASS.format("__len__", "SystemExit", "A()"), ["cannot be compared (SystemExit)"]),
        (CLASS.format("__iter__", "KeyError", "A([1.0])"), ["cannot be compared"]),
        (CLASS.format("__repr__", "KeyError", "[A([9.0])]"), ["at [0]: a A came back"]),
        (CLASS.format("__eq__", "KeyError", "A([9.0])"), ["at [0]: a wrong number", "got      9"]),
        (
            (
                "class A:\n"
                "    def __repr__(self): raise BaseException\n"
                "def looked_up(words): return A()"
            ),
            ["A that cannot be printed"],
        ),
        (
            (
                "class A:\n"
                "    def __deepcopy__(self, memo): raise SystemExit\n"
                "def looked_up(words): return A()"
            ),
            ["a A came back"],
        ),
        (
            "def looked_up(words):\n    found = []\n    found.append(found)\n    return found",
            ["cannot be printed"],
        ),
        (
            "TABLE['one'] = 7.0\ndef looked_up(words): return [TABLE[word] for word in words]",
            ["at [0]: a wrong number", "expected 1", "got      7"],
        ),
        (
            (
                "found = []\n"
                "def looked_up(words):\n"
                "    found.extend(TABLE[word] for word in words)\n"
                "    return found"
            ),
            ["5 items instead of 1"],
        ),
    ],
    ids=str,
)
def test_wrong_list(code, words):
    check(code, WRONG, *words, name="77.looked_up")


def test_an_object_that_cannot_say_whether_it_is_equal():
    code = (
        "class A:\n"
        "    def __bool__(self): raise KeyError\n"
        "    def __eq__(self, x): return self\n"
        "def negative(x): return A()"
    )
    check(code, WRONG, "a A came back", name="77.negative")
    check(
        "def negative(x): return np.array([True, False])",
        WRONG,
        "a ndarray came back instead of a bool",
        name="77.negative",
    )


def test_where_many_answers_are_right():
    check("number = -0.001", PASSED, name="77.number")
    check("number = 2", WRONG, "the square root of it exists", name="77.number")
    check("number = 'two'", WRONG, "A number was asked for", name="77.number")
    check("number = ...", UNTRIED, name="77.number")


# Crashed.


@pytest.mark.parametrize(
    "code, words",
    [
        ("def double(x) return 2 * x", ["line 1", "def double(x) return 2 * x"]),
        ("def double(x):\nreturn 2 * x", ["line 2", "indent"]),
        ("%timeit 3\n" + GOOD, ["line 1: `%timeit 3` is a command of the notebook, not Python"]),
        ("!ls\n" + GOOD, ["`!ls` is a command of the notebook"]),
        ("def double(x): return x\0", ["null bytes"]),
        ("x = '\ud800'\n" + GOOD, ["Python cannot read it: UnicodeEncodeError"]),
        ("x = " + "(" * 5000 + ")" * 5000 + "\n" + GOOD, ["too many nested parentheses"]),
        ("x = " + "-" * 100_000 + "1\n" + GOOD, ["Python cannot read it"]),
        (
            "def double(x):\n    y = 2 * x\n    return y @ z",
            ["line 3, `return y @ z`: NameError", "graded alone"],
        ),
        (
            "def double(x):\n    return {}['there']",
            ["line 2, `return {}['there']`: KeyError: 'there'", "on       x = [0.5]"],
        ),
        ("1 / 0", ["line 1, `1 / 0`: ZeroDivisionError"]),
        ("def double(): return 2", ["TypeError", "takes 0 positional arguments"]),
        (
            "def double(x): return double(x)",
            ["RecursionError: a function calls itself without end"],
        ),
        ("import sys\nsys.exit()", ["line 2", "ends the program"]),
        ("def double(x): exit(3)", ["ends the program"]),
        ("def double(x): raise KeyboardInterrupt", ["KeyboardInterrupt"]),
        (
            "def double(x): raise BaseException('all')",
            ["`def double(x): raise BaseException('all')`: BaseException: all"],
        ),
        ("class Mine(BaseException): pass\nraise Mine", ["line 2, `raise Mine`: Mine"]),
        (
            "class Mine(Exception):\n    def __str__(self): raise self\nraise Mine",
            ["line 3, `raise Mine`: Mine"],
        ),
        ("raise ValueError('x' * 10**7)", ["ValueError: xxx"]),
        (
            "raise ValueError("
            "'\ud800'.encode('utf-8', 'surrogatepass').decode('utf-8', 'surrogateescape'))",
            ["Error"],
        ),
        ("raise ValueError(chr(0xd800))", ["ValueError: ?"]),
        ("x = input('how many? ')", ["line 1", "finds nobody at the keyboard"]),
        (
            "sum = 3\ndef double(x): return sum([x, x])",
            ["TypeError", "your cell gives another meaning to Python's `sum`"],
        ),
        ("del np\ndef double(x): return np.add(x, x)", ["NameError", "'np' is not defined"]),
        ("import no_such_module", ["ModuleNotFoundError: No module named 'no_such_module'"]),
        ("def double(x):\n    global double\n    del double\n    1 / 0", ["Error"]),
        ("import os\nos._exit(0)", ["ended the process that graded it (exit code 0)"]),
        (
            "def double(x):\n    import os\n    print('so far')\n    os._exit(7)",
            ["exit code 7", "The last line that it printed: so far"],
        ),
        ("import numba\n@numba.njit\ndef double(x): return x + 'two'", ["Typing"]),
    ],
    ids=lambda code: str(code)[:80],
)
def test_crashed(code, words):
    assert len(check(code, CRASHED, *words).message) < 2000


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no signals on this platform")
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
        "rows = [0] * 10**9",
        "rows = np.ones(10**9)",
        "def double(x): return np.ones((10**5, 10**5))",
        "def double(x):\n    rows = []\n    while True: rows.append(np.ones(10**6))",
        "text = 'x'\nwhile True: text += text",
        "rows = np.zeros((10**4, 10**4, 10**4))",
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
        "while True: pass",
        "while True:\n    try:\n        while True: pass\n    except BaseException: pass",
        (
            "class A:\n"
            "    def __eq__(self, x):\n"
            "        while True: pass\n"
            "def double(x):\n"
            "    while True: A() == A()"
        ),
        "sum(1 for k in iter(int, 1))",
        "x = 9 ** 9 ** 9",
        "import re\nre.match(r'(a+)+$', 'a' * 64 + 'b')",
    ],
    ids=str,
)
def test_an_endless_loop(code):
    check(code, SLOW, "After 1 seconds of work", "a loop that does not end", seconds=1)


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
    check(code, SLOW, "a loop that does not end", seconds=3)


@pytest.mark.parametrize(
    "code",
    [
        "import time\ntime.sleep(60)",
        "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\ntime.sleep(60)",
        "import subprocess\nsubprocess.run(['sleep', '60'])",
    ],
    ids=str,
)
def test_the_clock_ends_what_waits(code, monkeypatch):
    monkeypatch.setattr(sandbox, "START", 1)
    monkeypatch.setattr(sandbox, "WALL", 1)
    began = time.monotonic()
    check(code, SLOW, "After 2 seconds", seconds=1)
    assert time.monotonic() - began < 10


# Nothing is left behind.


@linux
@pytest.mark.parametrize(
    "code",
    [
        "import subprocess\nchild = subprocess.Popen(['sleep', '60'])\n",
        "import os, time\nchild = os.fork()\nif not child: time.sleep(60)\n",
        "import os\nos.fork()\n",
    ],
    ids=str,
)
def test_child_processes_end_too(code):
    check(code + GOOD, PASSED)
    time.sleep(0.1)
    assert not [row for row in processes() if "77.double" in row or "sleep\x0060" in row]


def processes():
    """The command lines of this user's processes."""
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/cmdline") as file, open(f"/proc/{name}/stat") as status:
                if status.read().split(")")[-1].split()[0] != "Z":
                    found.append(file.read())
        except OSError:
            pass
    return found


def test_files_that_it_writes_are_gone(tmp_path, monkeypatch):
    monkeypatch.setattr(sandbox.tempfile, "tempdir", str(tmp_path / "own"))
    (tmp_path / "own").mkdir()
    check("open('notes.txt', 'w').write('x')\n" + GOOD, PASSED)
    assert not list((tmp_path / "own").iterdir())


def test_what_it_prints_stays_in_the_worker(capfd):
    check("import sys\nprint('heard'); print('heard', file=sys.stderr)\n" + GOOD, PASSED)
    assert capfd.readouterr() == ("", "")


def test_one_wrong_answer_says_nothing_about_the_next():
    """In one process, as the tests grade mutants: names, Python's own names and settings are what
    they were."""
    before = dict(vars(builtins))
    for code in (
        "import builtins\nbuiltins.len = builtins.abs = None",
        "np.seterr(all='raise')\n" + GOOD,
        "import warnings\nwarnings.simplefilter('error')",
        "del np, half\n" + GOOD,
        "raise SystemExit",
    ):
        judge.grade("77.double", code)
        assert dict(vars(builtins)) == before
        assert np.geterr()["divide"] != "raise"
        assert judge.grade("77.double", GOOD).verdict == PASSED


def test_a_grader_that_is_broken_says_so(one_lesson):
    source = one_lesson / "solutions" / "77_small.py"
    source.write_text(source.read_text().replace("y = x + x", "y = x + no_such_name"))
    found = sandbox.grade("77.double", GOOD)
    assert found.verdict == CRASHED
    assert "the course's own solution of 77.double fails" in found.message


# A course of one's own.


def test_a_lesson_77s_own(one_lesson, monkeypatch):
    assert list(material.sources()) == ["77"]
    assert material.find("77").path.parent == one_lesson / "solutions"
    assert exercise.find("77.double").title == "Twice"
    with pytest.raises(ValueError, match="there is no lesson 01; there are 77"):
        material.find("01")
    monkeypatch.setenv("TINYMAML_COURSE", "course")
    with pytest.raises(ValueError, match="TINYMAML_COURSE has to be a full path, such as /"):
        material.sources()
    monkeypatch.delenv("TINYMAML_COURSE")
    assert "01" in material.sources() and "77" not in material.sources()
    assert isinstance(exercise.of_lesson("01"), dict)


# Comparing, more closely.


@pytest.mark.parametrize(
    "got, expected",
    [
        (1.0 + 1e-12, 1.0),
        (3, 3.0),
        (np.float32(0.5), 0.5),
        (True, np.True_),
        (np.False_, False),
        (np.array([True, False]), np.array([True, False])),
        (np.array([1, 0]), np.array([True, False])),
        (float("nan"), float("nan")),
        (np.inf, np.inf),
        (10**30, 10**30),
        ("ij", "ij"),
        (np.str_("ij"), "ij"),
        ([1, (2, "a")], (1, [2, "a"])),
        ({"b": 1, "a": 2}, {"a": 2, "b": 1}),
        (None, None),
        (np.array(2.0), 2.0),
        (np.array(["a"]), np.array(["a"])),
        (np.zeros((0, 2)), np.zeros((0, 2))),
        ({1, 2}, {2, 1}),
        (1 + 1e-12j, 1 + 0j),
        (np.array([1.0, 1e-12]), np.array([1.0, 0.0])),
        (np.uint8(3), 3),
    ],
    ids=str,
)
def test_the_same(got, expected):
    assert compare.difference(got, expected, 1e-9) is None


def test_objects_without_equality_are_their_attributes():
    from tinymaml.problems import Quadratic

    a, b, c = (
        Quadratic(np.eye(2), np.array(centre)) for centre in ([1.0, 2.0], [1.0, 2.0], [1.0, 3.0])
    )
    assert compare.difference(a, b, 1e-9) is None
    assert compare.difference(a, c, 1e-9)[0].startswith("at Quadratic['c']: a wrong number at [1]")
    assert compare.difference(lambda x: x, lambda x: 2 * x, 1e-9)
    assert compare.difference(np.linalg, np.random, 1e-9)


@pytest.mark.parametrize(
    "got, expected, words",
    [
        (1.0 + 1e-6, 1.0, ("", "1", "1.000001")),
        (True, 1.0, ("a bool came back instead of a number", "1", "True")),
        (4, 3, ("", "3", "4")),
        (1, True, ("an int came back instead of a bool", "True", "1")),
        (10**30, 10**30 + 1, ("not the same", str(10**30 + 1), str(10**30))),
        (
            np.array([True, True]),
            np.array([True, False]),
            ("a wrong number at [1] (1 of 2 numbers differ)", "[ True, False]", "[ True,  True]"),
        ),
        (np.nan, 1.0, ("NaN", "1", "nan")),
        ({"a": 1}, {"b": 1}, ("the keys differ", "'b'", "'a'")),
        ([1, 2], [1, 3], ("at [1]: a wrong number", "3", "2")),
        ({"a": [1, 5]}, {"a": [1, 3]}, ("at ['a'][1]: ", "3", "5")),
        ("ab", "ij", ("", "'ij'", "'ab'")),
        (np.array([1, 2]), "ij", ("a ndarray came back", "'ij'", "[1, 2]")),
        (None, np.zeros(2), ("nothing came back (None)", "[0, 0]", "None")),
        (np.array([1, 2]), None, ("", "None", "[1, 2]")),
        (
            np.array([3.0, 1.0]),
            np.array([1.0, 1.0]),
            ("a wrong number at [0] (1 of 2", "[1, 1]", "[3, 1]"),
        ),
        ("2", 2, ("a str came back", "2", "'2'")),
        (np.zeros(20), np.ones(20), ("a wrong number at [0] (20 of 20 numbers differ)", "1", "0")),
    ],
    ids=str,
)
def test_not_the_same(got, expected, words):
    found = compare.difference(got, expected, 1e-9)
    assert found and found[0].startswith(words[0].rstrip()) and found[1:] == words[1:]
