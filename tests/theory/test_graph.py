"""The picture of the results shows what the lines of the proofs cite, and can be read."""

import html
import pathlib
from itertools import combinations, pairwise

import pytest

from tinymaml import theory
from tinymaml.course.figures import course_map
from tinymaml.theory import citations, graph, layout

pytestmark = pytest.mark.lesson_13

STORED = pathlib.Path(__file__).parents[2] / ".figures" / "results.svg"
PLACES = {
    name: (row, middle) for row, layer in enumerate(layout.LAYERS) for name, middle in layer.items()
}
NUMBERED = [name for name in theory.RESULTS if name.split("_")[-1].isdigit()]


def test_the_stored_picture_is_current():
    """If it is not: python -m tinymaml.theory.graph .figures/results.svg"""
    text = html.unescape(STORED.read_text(encoding="utf-8"))
    assert f"<dc:description>{citations.in_words()}</dc:description>" in text


def test_every_result_is_in_it():
    assert set(layout.WORDS) == set(theory.RESULTS)
    assert set(PLACES) == set(layout.LESSONS) == set(NUMBERED) - {"theorem_3", "theorem_4"}
    assert len(PLACES) + len(graph.SHARPER) == len(theory.RESULTS)
    assert len({graph.short(name) for name in theory.RESULTS}) == len(theory.RESULTS)


@pytest.mark.parametrize("name", layout.LESSONS)
def test_what_a_result_cites_stands_below_and_is_proved_before(name):
    for cited in citations.results_cited_by(name):
        assert PLACES[cited][0] < PLACES[name][0]
        assert layout.LESSONS[cited] <= layout.LESSONS[name]


def test_a_letter_of_a_box_is_one_that_its_lines_cite():
    assert graph.letters("lemma_3") == r"$L,\ \rho$"
    assert graph.letters("corollary_1") == ""
    assert [n for n in layout.LESSONS if "rho" in graph.letters(n)] == ["lemma_3", "lemma_6"]


def test_boxes_do_not_touch_and_lines_do_not_lie_on_each_other():
    for layer in layout.LAYERS:
        places = list(layer.values())
        assert min(places) >= graph.WIDTH / 2 and max(places) <= 9 - graph.WIDTH / 2
        assert all(b - a >= graph.WIDTH + 0.1 for a, b in pairwise(places))
    _, gaps = graph.heights()
    for runs in gaps:
        tracks = [run for run in runs if not run.straight]
        for lower, upper in combinations(tracks, 2):
            # the lower one's lines go up, the upper one's come from below
            assert all(abs(x - upper.start) > 0.04 for x in lower.ends), (lower, upper)
            for x in lower.ends:
                assert all(abs(x - other) > 0.04 for other in upper.ends), (lower, upper)


def test_each_citation_has_a_line():
    _, gaps = graph.heights()
    drawn = {name: 0 for name in layout.LESSONS}
    for runs in gaps:
        for run in runs:
            drawn[run.name] += len(run.taps)
    for name, count in drawn.items():
        citing = [one for one in layout.LESSONS if name in citations.results_cited_by(one)]
        assert count == len(citing)


def test_the_lessons_are_those_of_the_map():
    numbers = {number for _, row in course_map.ROWS for number in row}
    assert {f"{lesson:02}" for lesson in layout.LESSONS.values()} <= numbers


def test_the_reader_stands_in_it():
    fills = [graph.fill_of("lemma_1", reader) for reader in (13, 14, 15, None)]
    assert fills == [graph.NEXT, graph.NEXT, graph.PROVED, graph.PROVED]
    assert graph.fill_of("theorem_1", 15) == graph.LATER
