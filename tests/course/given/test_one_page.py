"""The proof of a theorem on one page: which lines are known, new, to come."""

import numpy as np
import pytest

from tinymaml.course.given import one_page
from tinymaml.theory import RESULTS, families


@pytest.fixture(scope="module")
def instance():
    return families.finite_sum(np.random.default_rng(0))


@pytest.fixture(scope="module")
def lines(instance):
    return RESULTS["theorem_2"].evaluate(instance)["one step"].lines


def test_every_line_has_the_lesson_of_the_result_that_it_cites(lines):
    found = {line.reason.split(":")[0]: one_page.lesson_of(line) for line in lines}
    assert found["Lemma 10 (with sigma)"] == 17
    assert found["Proposition 5 (unbiased)"] == 17
    assert found["Lemma 11 (mean)"] == found["Lemma 11 (second moment)"] == 18
    assert found["β is independent of Ḡ, given w_k"] == 18
    assert found["A2"] is None and found["drop what is not positive"] is None


def test_what_a_lesson_proves_is_new_in_it_and_known_later(lines):
    for lesson, new, coming in ((17, 4, 3), (18, 3, 0), (19, 0, 0)):
        states = [one_page.status(one_page.lesson_of(line), lesson) for line in lines]
        assert (states.count("new"), states.count("to come")) == (new, coming)


def test_the_page_marks_what_is_new_and_what_is_to_come(instance, capsys):
    one_page.one_page(instance, lesson=17)
    page = capsys.readouterr().out
    assert "**Lemma 10 (with sigma)**, lesson 17" in page
    assert "(Lemma 11 (mean): E[β] ≥ 1/(C_β L_w)), lesson 18, to come" in page
    assert "     drop what is not positive\n" in page
    one_page.one_page(instance, lesson=19, claims=("one step", "sum", "bound"))
    page = capsys.readouterr().out
    assert "**one step, from each point that w_k may be**, lesson 19" in page
    assert "to come" not in page


def test_the_page_of_a_notebook_is_closed_and_says_what_is_new(lines):
    rows = [("≤", line.latex, line.reason, one_page.lesson_of(line)) for line in lines]
    page = one_page.as_html(rows, 18)
    outside, inside = page.split("</summary>")
    assert page.startswith("<details><summary>")
    assert f"{len(lines)} lines" in outside
    assert outside.count("<b>") == inside.count("<b>") == 3
    assert inside.count("<tr") == len(lines) + 1
    assert "to come" not in page
    assert "<b>" not in one_page.as_html(rows, 20)
