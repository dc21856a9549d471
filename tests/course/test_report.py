"""What is counted of a lesson, and what every lesson keeps to: columns, lengths, alternative
texts."""

import re

import pytest

from tinymaml.cli import main
from tinymaml.course import lesson, material, report

KEPT = material.notebooks()
NAMES = [found.name for found in KEPT]

SMALL = """\
# %% [markdown]
# # 77 · Small
#
# Two words, and $a + b$, and [a link](there.ipynb).
#
# | a table | |
# |---|---|
# | `code` | <b>bold</b> |

# %%
# given
import math


def half(x):
    return x / 2

# %%
print("0123456789")
"""


def test_what_is_counted(tmp_path, monkeypatch):
    path = tmp_path / "77_small.py"
    path.write_text(SMALL)
    monkeypatch.setattr(report.exercise, "of_lesson", lambda number: {})
    outputs = [
        {"output_type": "stream", "text": ["0123", "456789\n"]},
        {"data": {"text/html": ['<img alt="a wave"', ' src="data:image/svg+xml;base64,AA">']}},
        {"data": {"image/png": "AA"}},
    ]
    monkeypatch.setattr(report, "outputs_of", lambda lesson: outputs)
    found = report.Counts(lesson.read(path))
    assert (found.words, found.code, found.figures) == (13, 4, 2)
    assert (found.widest, found.longest, found.printed) == (19, 6, 10)
    assert found.reading == pytest.approx(13 / 200 + 4 / 15)


def test_the_report_has_a_line_for_each(capsys):
    assert main(["build", "--report", "00", "01"]) == 0
    out = capsys.readouterr().out
    assert "\n00_five_minutes " in out and "\n01_lists " in out and "02_reverse" not in out


@pytest.mark.parametrize("found", KEPT, ids=NAMES)
def test_a_lesson_fits_the_page(found):
    wide = [k for k, row in enumerate(found.text.split("\n"), 1) if len(row) > 100]
    assert not wide, f"{found.path.name}: over 100 columns in the lines {wide}"
    for cell in found.cells:
        rows = cell.stub.split("\n") if cell.kind == "code" else []
        assert len(rows) <= report.LONGEST, f"line {cell.line}: a cell of {len(rows)} lines"
    for output in report.outputs_of(found):
        for row in report.printed_by(output).splitlines():
            assert len(row) <= report.WIDEST_OUTPUT, row


@pytest.mark.parametrize("found", KEPT, ids=NAMES)
def test_a_figure_has_an_alternative_text(found):
    texts = [text for output in report.outputs_of(found) for text in report.figures_in(output)]
    assert all(text and len(text) > 40 and text.endswith(".") for text in texts), texts
    assert not re.search(r"^import matplotlib|^(plt|style)\b", found.text, re.MULTILINE)
