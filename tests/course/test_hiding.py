"""The course's own answers are out of reach of an answer, and nothing that it does to NumPy, to
Python or to what it gives makes a wrong one pass."""

import pytest

from helpers import smuggling
from tinymaml.course import material
from tinymaml.course.judge import CRASHED, PASSED, WRONG

OTHERWISE = {  # what is said where it is not that an answer cannot do that
    "importlib": "No module named",
    "modules": "KeyError",
    "main": "AttributeError",
    "linecache": "ZeroDivisionError",
    "interpreter": "interpreter",
    "thread": "NameError",
    "signal": "'NoneType' object has no attribute",
}


@pytest.mark.skipif(bool(material.own_course()), reason="it is an exercise of this course")
def test_the_courses_answers_are_hidden(graders):
    name = "03.reference"
    texts = [smuggling.fill_in(text, name) for text in smuggling.ONCE.values()]
    for word, verdict in zip(smuggling.ONCE, graders(name, texts), strict=True):
        assert verdict.verdict == CRASHED, (word, verdict)
        assert OTHERWISE.get(word, "an answer cannot") in verdict.message, (word, verdict)


def test_what_libraries_do_is_no_smuggling(graders, one_lesson):
    """They look at frames, open files, print tracebacks."""
    codes = [
        "from collections import namedtuple\nPair = namedtuple('Pair', 'a b')\n",
        "import traceback\ntry: 1 / 0\nexcept ZeroDivisionError: traceback.print_exc()\n",
        "import inspect\ninspect.signature(half)\n",
        "import logging\nlogging.warning('here')\n",
        "from pathlib import Path\nPath('notes').write_text('x')\nPath('notes').read_text()\n",
        "import gc\ngc.collect()\n",
        "from tinymaml.course import check, engine, style\nstyle()\nengine().tanh\n",
        "from tinymaml.course import guess, guessed, hint, mark_guess, restore, status\n"
        "guess('77.a', 1)\nguessed('77.a', 2)\nmark_guess('77.a', None, x=1)\n"
        "hint()\nhint('77.double')\nrestore('77.double')\nstatus()\n",
        "import tinymaml.theory\nimport matplotlib.pyplot\n",
    ]
    good = "def double(x):\n    return x + x\n"
    for code, verdict in zip(codes, graders("77.double", [c + good for c in codes]), strict=True):
        assert verdict.verdict == PASSED, (code, verdict)


WRONG_ONE = "def double(x):\n    return x\n"


@pytest.mark.parametrize(
    "code, words",
    [
        ("import numpy as np\nnp.allclose = lambda *xs, **more: True\n", "`numpy.allclose`"),
        ("import numpy as np\nnp.abs = np.max = lambda *xs, **more: 0.0\n", "`numpy."),
        ("import numpy as np\ndel np.array\n", "`numpy.array`"),
        ("import math\nmath.pi = 3\n", "`math.pi`"),
        ("import copy\ncopy.deepcopy = lambda x: x\n", "`copy.deepcopy`"),
        ("import marshal\nmarshal.dumps = lambda x: b''\n", "`marshal.dumps`"),
        ("import tinymaml as tm\ntm.Loss.value = None\n", "Loss.value`"),
        ("import tinymaml as tm\ntm.tanh = None\n", "tanh`"),
        ("import numpy as np\nnp.linalg.norm = lambda x: 0.0\n", "`numpy.linalg.norm`"),
    ],
    ids=str,
)
def test_what_is_replaced_is_named(code, words, graders, one_lesson):
    inside = (
        "def double(x):\n    " + code.rstrip("\n").replace("\n", "\n    ") + "\n    return 2 * x\n"
    )
    for verdict in graders("77.double", [code + WRONG_ONE, inside]):
        assert verdict.verdict == WRONG, verdict
        assert "Your cell replaces" in verdict.message and words in verdict.message, verdict


LIAR = """
class Liar({}):
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __lt__(self, other): return True
    def __bool__(self): return True
    def __hash__(self): return 1
    def __len__(self): return 1
    def __iter__(self): return iter([1.0])
    def __getitem__(self, at): return 1.0
    def __float__(self): return 1.0
    def __abs__(self): return 0.0
    def __sub__(self, other): return 0.0
    def __array__(self, *more, **options): return np.ones(1)
    def __deepcopy__(self, memo): return [1.0]
    def __reduce__(self): return list, ([1.0],)
    __class__ = {}
"""


@pytest.mark.parametrize(
    "base, made, lies, name",
    [
        ("object", "Liar()", "np.ndarray", "77.double"),
        ("object", "Liar()", "list", "77.looked_up"),
        ("object", "Liar()", "bool", "77.negative"),
        ("list", "Liar()", "list", "77.looked_up"),
        ("list", "[Liar()]", "float", "77.looked_up"),
        ("float", "[Liar(9.0)]", "float", "77.looked_up"),
        ("str", "[Liar('a')]", "float", "77.looked_up"),
        ("dict", "Liar()", "list", "77.looked_up"),
        ("np.ndarray", "np.full(1, 9.0).view(Liar)", "np.ndarray", "77.double"),
        ("float", "Liar(9.0)", "np.ndarray", "77.double"),
        ("int", "Liar(0)", "bool", "77.negative"),
    ],
)
def test_a_result_does_not_say_itself_whether_it_is_right(
    base, made, lies, name, graders, one_lesson
):
    word = name.split(".")[1]
    code = LIAR.format(base, lies) + f"def {word}(x): return {made}\n"
    [verdict] = graders(name, [code])
    assert verdict.verdict == WRONG, verdict


def test_a_verdict_is_not_written_by_the_answer(graders, one_lesson):
    """Nor is a verdict on the next one: the pipes of the process that grades are closed to it."""
    forged = """
import os
for number in range(3, 20):
    try:
        os.write(number, b'["passed", "", 0]\\nnull\\n')
    except OSError:
        pass
"""
    for code in (forged + WRONG_ONE, WRONG_ONE):
        [verdict] = graders("77.double", [code])
        assert verdict.verdict != PASSED, verdict


def test_a_report_is_not_written_by_the_answer(graders, one_lesson):
    forged = """
import marshal, os
data = marshal.dumps(("passed", "", None, None, None))
for number in range(3, 100):
    try:
        os.write(number, len(data).to_bytes(8, "big") + data)
    except OSError:
        pass
"""
    for name, code in (("77.double", WRONG_ONE), ("77.number", "number = 1.0\n")):
        [verdict] = graders(name, [forged + code])
        assert verdict.verdict == CRASHED, verdict


def test_a_judge_is_not_lied_to_either(graders, one_lesson):
    code = LIAR.format("float", "float") + "number = Liar(3.0)\n"
    [verdict] = graders("77.number", [code])
    assert verdict.verdict == WRONG and "the square root of it exists" in verdict.message
    [verdict] = graders("77.number", ["number = []\nnumber.append(number)"])
    assert verdict.verdict == WRONG and "A number was asked for" in verdict.message
