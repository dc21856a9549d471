"""A chain as numbers: no row is wider than a page, and no word of a reason is lost."""

import pytest

from tinymaml import theory
from tinymaml.course.given.lines import WIDTH, show_numbers
from tinymaml.course.given.waves import Wave, instance
from tinymaml.theory import table

pytestmark = [pytest.mark.lesson_14, pytest.mark.lesson_19]


def test_long_reasons_are_wrapped(capsys):
    wave = instance([Wave(0.5, 0.5)], 1 / 8, 1, w=6000.0)
    chain = theory.RESULTS["constant_stepsize"].evaluate(wave)["one task"]
    assert max(len(line.reason) for line in chain.lines) > 60
    show_numbers(chain)
    printed = capsys.readouterr().out
    rows = printed.splitlines()
    assert max(map(len, rows)) <= WIDTH
    assert len(rows) > len(chain.lines) + 1
    words = printed.split()
    for line in chain.lines:
        assert all(word in words for word in line.reason.split())


def test_a_chain_in_two_parts(capsys):
    wave = instance([Wave(0.5, 0.5)], 1 / 8, 1, w=6000.0)
    chain = theory.RESULTS["constant_stepsize"].evaluate(wave)["one task"]
    show_numbers(chain)
    head, *rows = capsys.readouterr().out.splitlines()
    show_numbers(chain, until="operator norm")
    show_numbers(chain, after="operator norm")
    first, second = capsys.readouterr().out.split(head)[1:]
    assert first.splitlines()[-1].endswith("operator norm")
    assert first.splitlines()[1:] + second.splitlines()[1:] == rows


def test_the_beginning_of_a_chain_with_its_formulas(capsys):
    wave = instance([Wave(0.5, 0.5)], 1 / 8, 1, w=6000.0)
    chain = theory.RESULTS["constant_stepsize"].evaluate(wave)["one task"]
    reasons = [line.reason for line in chain.lines]
    shown = reasons.index("operator norm") + 1
    table.show(chain, until="operator norm")
    rows = capsys.readouterr().out.splitlines()
    numbers = [row.split()[0] for row in rows if row.strip()[:1].isdigit()]
    assert numbers == [str(number) for number in range(shown)]
    assert rows[-2].startswith(f"Lines left out: {len(reasons) - shown}. Of the whole chain: ")
    assert table.html(chain, "operator norm").count("<tr") == 1 + shown
    assert table.html(chain).count("<tr") == 1 + len(reasons)
    with pytest.raises(ValueError):
        table.show(chain, until="luck")
