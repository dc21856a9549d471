"""The map of one meta-step: which facts are known, proved here, to come."""

import re

import pytest

from tinymaml.course.figures import one_step
from tinymaml.theory import layout

HOLES = [part[1] for part in one_step.INEQUALITY if not isinstance(part, str)]


def facts(sets):
    return [getattr(hole, sets) for hole in HOLES] + list(one_step.AFTER[sets])


@pytest.mark.parametrize("sets", ["fixed", "fresh"])
def test_each_fact_names_the_lesson_that_proves_it(sets):
    for words, when in facts(sets):
        name = re.search(r"(Lemma|Proposition|Theorem)\s(\d+)", words)
        assert layout.LESSONS[f"{name[1].lower()}_{name[2]}"] == when


def test_the_title_counts_the_parts():
    titles = [one_step.title_of(lesson, facts("fixed")) for lesson in (17, 18, 19)]
    assert titles == [
        "The proof has seven parts: four proved here, three to come",
        "The proof has seven parts: four known, two proved here, one to come",
        "The proof has seven parts: six known, the last is proved here",
    ]
    assert one_step.title_of(23, facts("fresh")) == "All seven parts of the proof are known"


def test_the_title_says_which_parts_rest_on_a_lesson_that_proves_none_of_them():
    assert one_step.title_of(20, facts("fresh"), inside=2) == (
        "Of the proof's seven parts four are known; two of the three to come rest on this lesson"
    )
    with pytest.raises(ValueError, match="the holes are"):
        one_step.draw(20, "fresh", inside=("the drift",))


def test_the_map_says_in_words_what_it_draws():
    words = one_step.describe(17, HOLES, "fixed")
    assert "the bias e: no bias, e = 0: Proposition 5, lesson 17" in words
    assert "the meta-gradient bounds the gradient: Lemma 10, lesson 17" in words
    assert "Theorem 2, lesson 19" in words
    assert "$" not in words and "\\" not in words
