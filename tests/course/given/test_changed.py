"""Two statements side by side: what is new is in colour, and nothing is lost."""

import pytest

from tinymaml.course.given import changed
from tinymaml.theory import RESULTS, extremals

pytestmark = pytest.mark.lesson_17


def test_what_is_new_is_marked():
    known = r"\lVert\nabla l_i(w)\rVert\le a^N"
    new = r"\lVert\nabla l_{T_i}(w)\rVert\le a^N+b_i"
    marked = changed.mark(known, new, "<", ">")
    assert marked == r"\lVert\nabla <l_{T_i}>(w)\rVert\le a^N<+b_i>"
    assert changed.in_colour(known, known) == known


@pytest.mark.parametrize("name", sorted(RESULTS))
def test_the_parts_of_a_statement_make_the_statement(name):
    for statement in changed.statements(name):
        assert "".join(changed.parts(statement)) == statement
        assert changed.mark("", statement, "", "") == statement


def test_a_colour_has_whole_groups():
    for known, new in (("lemma_7", "lemma_10"), ("proposition_1", "proposition_4")):
        pairs = zip(changed.statements(known), changed.statements(new), strict=True)
        for before, after in pairs:
            for piece in changed.mark(before, after, "\0", "\0").split("\0"):
                if piece in changed.mark(before, after, "\0", "\0").split("\0")[1::2]:
                    assert piece.count("{") == piece.count("}")


def test_the_table_is_shown(capsys):
    changed.show_changed([(("lemma_2", 0), ("lemma_9", 0))])
    shown = capsys.readouterr().out
    assert "Lemma 2" in shown and "Lemma 9" in shown
    assert "a^N‖∇l_i(w)‖" in shown and "*" in shown
    page = changed.as_html([("lemma_2", "lemma_9", "x", "x+b_i")])
    assert changed.VERMILION in page and "<b>Lemma 9</b>" in page


def test_a_shortened_chain_has_the_same_ends():
    x = extremals.convex_quadratics_apart(0.25, 4, b=1.0)
    chain = RESULTS["lemma_10"].evaluate(x)["near"]
    short = changed.shorten(chain, [0, 2, 4, 11, 19])
    assert [line.relation for line in short.lines] == ["", "=", "<=", "<=", "<="]
    assert (short.lhs, short.rhs, short.holds) == (chain.lhs, chain.rhs, True)
    assert short.lines[2].reason == chain.lines[4].reason
    assert "shortened" in short.name
