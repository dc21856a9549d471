"""Verdicts: passed, not yet attempted, wrong or crashed, and what is said of an answer."""

import builtins

import numpy as np
import pytest

from helpers import lesson_77
from tinymaml.course import attempt, exercise, judge
from tinymaml.course.judge import CRASHED, PASSED, UNTRIED, WRONG

GOOD = "def double(x):\n    return x + x\n"


@pytest.fixture
def check(graders, one_lesson):
    """Grades an answer of the small course, and asserts its verdict and what is said."""

    def check(code, verdict, *words, name="77.double"):
        [found] = graders(name, [code])
        assert found.verdict == verdict and found.exercise == name, found
        for word in words:
            assert word in found.message, found
        assert found.message or verdict in (PASSED, UNTRIED)
        return found

    return check


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
        "import warnings, numpy as np\nwarnings.simplefilter('error')\nnp.seterr(all='raise')\n"
        + GOOD,
        "print([double for double in ()])\n" + GOOD + "assert double(2) == 4\n",
        GOOD + "check('77.double')",
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
        GOOD + "print(double(numbers))  # that another cell defines",
    ],
    ids=str,
)
def test_passed(check, code):
    check(code, PASSED)


@pytest.mark.parametrize(
    "code",
    [
        "print(half(numbers))\n" + GOOD,
        GOOD + "def show(): print(numbers)\nshow()",
        "def double(x): return numbers + x",
    ],
)
def test_names_of_other_cells_are_not_there(check, code):
    check(
        code, CRASHED, "NameError", "in a cell that begins with `# given` or in an earlier exercise"
    )


def test_a_wrong_answer_is_told_what_ended_its_cell(check):
    ended = "Not all of the cell has run: line 2, "
    check("double = half\ndouble = numbers", WRONG, ended + "`double = numbers`: NameError")
    check("number = 1.0\nprint(size)", WRONG, ended + "`print(size)`: NameError", name="77.number")
    check("number = -3.0\nprint(size)", PASSED, name="77.number")


@pytest.mark.parametrize(
    "code",
    [
        "%time x = 3\n" + GOOD + "assert x == 3",
        "%timeit -n 1 -r 1 half(3.0)\n" + GOOD,
        "%matplotlib inline\n%load_ext autoreload\n" + GOOD,
        "%%time\n# exercise 77.double\n" + GOOD,
        "# exercise 77.double\n%%timeit -n 1\n" + GOOD,
        "!ls\nfiles = !ls\n" + GOOD + "files[:3]",
        GOOD + "double?\ndouble??\n?double\n%pinfo double",
        GOOD + "if True:\n    %time display(double(np.ones(2)))\n    y = %time double(np.ones(2))",
        "from IPython import get_ipython\nget_ipython().run_line_magic('matplotlib', 'inline')\n"
        + GOOD,
        GOOD + "display(double(np.ones(2)), 'twice')\nget_ipython().system('ls')",
        "import asyncio\nawait asyncio.sleep(0)\n" + GOOD,
        "    y = 3\n    %time z = y\n    def double(x): return x + x",
        "import numba\n@numba.njit(cache=True)\ndef double(x): return x + x",
        (
            "from __future__ import annotations\n"
            "from dataclasses import dataclass\n"
            "@dataclass\n"
            "class Twice:\n"
            "    factor: float = 2\n"
            "    def __call__(self, x: np.ndarray) -> np.ndarray: return self.factor * x\n"
            "double = Twice()"
        ),
    ],
    ids=str,
)
def test_what_a_notebook_adds_to_python_does_no_harm(check, code):
    check(code, PASSED)


@pytest.mark.parametrize(
    "code, words",
    [
        ("%%time\n!ls\ndef double(x): return x", ["You gave x back as it was"]),
        ("%time y = half(3.0)\n\ny.no_such_thing", ["line 3, `y.no_such_thing`: AttributeError"]),
        ("!ls\n1 / 0", ["line 2, `1 / 0`: ZeroDivisionError"]),
        ("!ls\ndef double(x) return x", ["line 1", "invalid syntax"]),
        ("%%bash\nls", ["`%%bash` makes the cell something other than Python"]),
        ("import asyncio\nawait asyncio.gather(1 / 0)", ["line 2", "ZeroDivisionError"]),
    ],
    ids=str,
)
def test_its_errors_are_told_by_their_lines(check, code, words):
    verdict = WRONG if "%%time" in code else CRASHED
    check(code, verdict, *words)


@pytest.mark.parametrize(
    "code",
    [
        "from fractions import Fraction\n"
        "def looked_up(words): return [Fraction(TABLE[word]) for word in words]",
        "from decimal import Decimal\n"
        "def looked_up(words): return [Decimal(TABLE[word]) for word in words]",
        "def looked_up(words): return [np.int64(TABLE[word]) for word in words]",
        "def looked_up(words): return [np.array(TABLE[word]) for word in words]",
        "def looked_up(words): return tuple(TABLE[word] for word in words)",
        "def looked_up(words): return [np.float64(TABLE[word]) for word in words]",
        "def looked_up(words): return [int(TABLE[word]) for word in words]",
    ],
    ids=str,
)
def test_passed_though_of_another_type(check, code):
    check(code, PASSED, name="77.looked_up")


def test_truth_is_truth(check):
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
def test_not_yet_attempted(check, code):
    check(code, UNTRIED)


@pytest.mark.parametrize(
    "code, says",
    [
        ("best = {0.25: 1.0, 0.6: ...}\nagain = 0.4", "There is still a `...` in `best`."),
        ("best = dict.fromkeys((0.25, 0.6), ...)\nagain = ...", ""),
        ("best = [...]\nbest.append(best)\nagain = ...", ""),
    ],
)
def test_what_is_left_open_is_named(graders, code, says):
    [found] = graders("07.point", [code])
    assert (found.verdict, found.message) == (UNTRIED, says)


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
def test_wrong(check, code, words):
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
            ["in result[0], a list came back instead of a number"],
        ),
        ("def looked_up(words): return []", ["0 items instead of 1"]),
        (
            "def looked_up(words): words.append('one'); return [TABLE[word] for word in words]",
            ["input number 1"],
        ),
        (CLASS.format("__len__", "KeyError", "A()"), ["0 items instead of 1"]),
        (CLASS.format("__len__", "SystemExit", "A()"), ["0 items instead of 1"]),
        (CLASS.format("__iter__", "KeyError", "A([1.0])"), ["1 item instead of 4"]),
        (CLASS.format("__repr__", "KeyError", "[A([9.0])]"), ["in result[0], a list came back"]),
        (
            CLASS.format("__eq__", "KeyError", "A([9.0])"),
            ["in result[0], a wrong number", "got      9"],
        ),
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
            ["in result[0], a wrong number", "expected 1", "got      7"],
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
def test_wrong_list(check, code, words):
    check(code, WRONG, *words, name="77.looked_up")


def test_an_object_that_cannot_say_whether_it_is_equal(check):
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


def test_where_many_answers_are_right(check):
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
        ("def double(x): return x\0", ["null bytes"]),
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
            ["RecursionError: a function calls itself too often, perhaps without end"],
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
        (
            "sum = 3\ndef double(x): return sum([x, x])",
            ["TypeError", "your cell gives another meaning to Python's `sum`"],
        ),
        ("del np\ndef double(x): return np.add(x, x)", ["NameError", "'np' is not defined"]),
        (
            "import numpy as np\nx = np.ones(1)\nx.flags.writeable = False\nx += 1",
            ["read-only. What a function is handed is not its own; work on a copy"],
        ),
        (
            "error = ValueError('short')\nerror.add_note('on x = 1')\n"
            "error.__notes__.append(3)\nraise error",
            ["ValueError: short\n  on x = 1"],
        ),
        ("import no_such_module", ["ModuleNotFoundError: No module named 'no_such_module'"]),
        ("def double(x):\n    global double\n    del double\n    1 / 0", ["Error"]),
        ("import numba\n@numba.njit\ndef double(x): return x + 'two'", ["Typing"]),
    ],
    ids=lambda code: str(code)[:80],
)
def test_crashed(check, code, words):
    assert len(check(code, CRASHED, *words).message) < 2000


@pytest.mark.parametrize(
    "code, words",
    [
        ("number = 0", "The check of this exercise cannot work with what your answer gives (Zero"),
        ("number = -1.0\n1 / 0", "line 2, `1 / 0`: ZeroDivisionError"),
        ("number = 'x'", "ValueError: write a number"),
    ],
)
def test_a_crash_of_the_graders_is_not_told_as_the_answers(
    code, words, graders, tmp_path, monkeypatch
):
    broken = lesson_77.GRADERS.replace("    if x < 0:", "    if 1 / x < 0:")
    broken = broken.replace(
        'return "A number was asked for."', 'raise ValueError("write a number")'
    )
    monkeypatch.setenv("TINYMAML_COURSE", str(lesson_77.make(tmp_path / "course", graders=broken)))
    [verdict] = graders("77.number", [code])
    assert verdict.verdict == CRASHED and verdict.message.startswith(words)


def test_one_wrong_answer_says_nothing_about_the_next(one_lesson):
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


def test_what_a_judge_works_with_is_made_before_any_answer_runs(one_lesson, monkeypatch):
    asked = []
    number = exercise.find("77.number")._replace(cases=lambda: asked.append("cases") or [])
    monkeypatch.setattr(judge, "find", lambda name: number)
    assert judge.prepare("77.number").cases is None
    assert asked == ["cases"]


def test_a_foreseen_mistake_is_run_once_for_all_answers(one_lesson, monkeypatch):
    prepared = judge.prepare("77.double")
    solved = judge.solve(prepared)
    names = dict(prepared.names)
    ran = []

    def run_cases(exercise, code, names, cases):
        for inputs in cases:
            ran.append((code, inputs[0].tobytes()))
            yield from attempt.run_cases(exercise, code, names, [inputs])

    monkeypatch.setattr(judge, "run_cases", run_cases)
    for mistake in [*exercise.find("77.double").mistakes] * 2:
        report = attempt.attempt(prepared, mistake.code)
        verdict = judge.decide(report, mistake.code, prepared, lambda: solved)
        assert (verdict.verdict, mistake.says in verdict.message) == (WRONG, True)
    assert ran and len(ran) == len(set(ran))
    assert prepared.names == names


def test_a_foreseen_mistake_keeps_what_it_remembers_from_case_to_case(one_lesson):
    """Though others run between its cases."""
    prepared = judge.prepare("77.double")
    counting = "count = 0\ndef double(x):\n    global count\n    count += 1\n    return count"
    first, second = (
        judge.Foreseen(exercise.Mistake("", code), prepared)
        for code in (counting, counting.replace("count += 1", "count += 10"))
    )
    pairs = zip(first.outcomes(), second.outcomes(), strict=True)
    results = [(a.result, b.result) for a, b in pairs]
    assert results == [(k + 1, 10 * (k + 1)) for k in range(len(prepared.cases))]
