"""The text of a learner's cell: its marker, its commands for the notebook, what it defines."""

import pytest

from tinymaml.course import cells, lesson


@pytest.mark.parametrize(
    "text",
    [
        "# exercise 03.hvp",
        "#exercise 03.hvp\nx = 1",
        "\n\n# exercise  03.hvp  \n",
        "# Exercise 03.hvp",
        "# exercise 03.hvp, my second attempt",
        "# exercise: 03.hvp.",
        "## EXERCISE 03.hvp",
        "import numpy as np\nfrom math import (\n    sin,\n    cos,\n)\n\n# exercise 03.hvp\nx = 1",
        "import math, \\\n    cmath\n# exercise 03.hvp",
        "# my notes\n\n# exercise 03.hvp\nx = 1",
        "%%time\n# exercise 03.hvp\nx = 1",
        "%matplotlib inline\n!ls\nstep?\n?step\n# exercise 03.hvp\nx = 1",
    ],
)
def test_a_marker_is_at_the_head(text):
    assert lesson.marker(text) == "03.hvp"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x = 1\n# exercise 03.hvp",
        "import math\nx = 1\n# exercise 03.hvp",
        "important = 1\n# exercise 03.hvp",
        "# exercise 3.hvp",
        "# an exercise 03.hvp",
        "# exercises 03.hvp",
        "exercise 03.hvp",
    ],
)
def test_what_is_no_marker(text):
    assert lesson.marker(text) is None


@pytest.mark.parametrize(
    "text, python",
    [
        ("%%time\nx = 1", "\nx = 1"),
        ("\n%%timeit -n 3\nx = 1", "\n\nx = 1"),
        ("%time x = f(3)\ny = 2", "x = f(3)\ny = 2"),
        ("for k in y:\n    %timeit f(k)\n    z = k", "for k in y:\n    pass\n    z = k"),
        ("!ls *.py | grep it's\nx = 1", "pass\nx = 1"),
        ("files = !ls\nx = 1", "files = None\nx = 1"),
        ("f?\n?f\nnp.sum??\nx = 1", "pass\npass\npass\nx = 1"),
        # Python's own, and slips, stay as they are
        ("x = (7\n  % 3)", "x = (7\n  % 3)"),
        ('text = """\n%time\n!ls\nf?\n"""', 'text = """\n%time\n!ls\nf?\n"""'),
        ("%time f()\ndef f(:", "f()\ndef f(:"),
        ("x = y?", "x = y?"),
        ("%%bash\nls", "%%bash\nls"),
        ("(" * 100_000, "(" * 100_000),
    ],
)
def test_a_notebooks_commands_do_nothing(text, python):
    assert cells.as_python(text) == python


def test_what_a_cell_defines():
    text = "import math\ndef f(a):\n    b = 1\nclass C:\n    d = 2\nx, (y, *z) = 1, (2, 3)\n"
    assert cells.defined_names(text + "if x:\n    u = 1\nelse:\n    u = 2\n") == {
        "f", "C", "x", "y", "z", "u",
    }  # fmt: skip
    assert cells.defined_names("def f(:") == set()
