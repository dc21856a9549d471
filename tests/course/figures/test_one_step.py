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


def test_the_title_counts_the_facts():
    titles = [one_step.title_of(lesson, facts("fixed")) for lesson in (17, 18, 19)]
    assert titles == [
        "The proof rests on seven facts: four proved here, three to come",
        "The proof rests on seven facts: four known, two proved here, one to come",
        "The proof rests on seven facts: six known, one proved here, none is left",
    ]


def test_the_title_says_which_facts_rest_on_a_lesson_that_proves_none_of_them():
    assert one_step.title_of(20, facts("fresh"), inside=2) == (
        "Of the proof's seven facts four are known; two of the three to come rest on this lesson"
    )
    with pytest.raises(ValueError, match="the holes are"):
        one_step.draw(20, "fresh", inside=("the drift",))


def test_the_map_says_in_words_what_it_draws():
    words = one_step.describe(17, HOLES, "fixed")
    assert "the bias e: no bias, e = 0: Proposition 5, lesson 17" in words
