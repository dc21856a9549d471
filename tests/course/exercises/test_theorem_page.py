"""The blank page 19.theorem: what its lines are judged by, and what is said to them."""

import numpy as np
import pytest

from helpers.known_answers import theorem_page as known
from tinymaml.course import judge
from tinymaml.course.exercises import theorem_facts as facts
from tinymaml.course.exercises.theorem_page import EXERCISE
from tinymaml.course.exercises.theorem_slips import SLIPS
from tinymaml.course.given.step_parts import Parts, parts_of
from tinymaml.theory import RESULTS, families
from tinymaml.theory.descent import progress

pytestmark = pytest.mark.lesson_19
NAME = "19.theorem"
FACTS = {fact.name: fact for fact in facts.FACTS}


@pytest.fixture
def said(graders):
    """What `check` says to a chain."""

    def say(*lines):
        [verdict] = graders(NAME, [known.chain(*lines)])
        return verdict.message

    return say


def is_true(fact, parts):
    """Does a fact hold of these parts, but for rounding?"""
    for bound in fact.bounds:
        limit = bound.formula(parts)
        excess = bound.side * (getattr(parts, bound.part) - limit)
        error = abs(excess) if fact.relation == "=" else excess
        if error > 1e-9 * abs(limit):
            return False
    return True


# The parts.


def draw_instance(seed):
    """A random instance of Theorem 2 with C_𝓛 > 0."""
    return families.draw(
        np.random.default_rng(seed), RESULTS["theorem_2"], kind="cosine sums", tasks=2
    )


@pytest.mark.parametrize("seed", range(5))
def test_the_parts_are_those_of_the_package(seed):
    """The lines of a chain of these parts are lines of the package's, in its order."""
    x = draw_instance(seed)
    chain = RESULTS["theorem_2"].evaluate(x)["one step"]
    names = {}
    exec(known.chain(*known.ALL), names)
    theirs = [line.value for line in chain.lines]
    for value, reason in names["one_step"](parts_of(x)):
        ours = pytest.approx(value, rel=1e-9, abs=1e-12 * chain.scale)
        places = [place for place, other in enumerate(theirs) if other == ours]
        assert places, reason
        theirs = theirs[places[0] :]
    assert theirs[-1] == ours


@pytest.mark.parametrize("seed", range(3))
def test_the_derived_parts_are_the_packages_constants(seed):
    x = draw_instance(seed)
    parts, c = parts_of(x), x.constants
    for name in ("kappa", "phi", "theta", "chi"):
        assert getattr(parts, name) == pytest.approx(getattr(c, name), rel=1e-12)
    assert parts.end == pytest.approx(c.phi / c.B - progress(c, parts.grad), rel=1e-9)


# The facts.


def test_every_fact_holds_where_it_should():
    for trial in facts.where_all_hold():
        assert trial.parts.kappa > 0
        for fact in facts.FACTS:
            assert is_true(fact, trial.parts), f"{fact.name} on {trial.name}"


@pytest.mark.parametrize("name", FACTS)
def test_one_fact_is_taken_away_and_no_other(name):
    for trial in facts.without(name):
        false = [fact.name for fact in facts.FACTS if not is_true(fact, trial.parts)]
        assert false == [name]


@pytest.mark.parametrize("name", FACTS)
def test_without_any_of_them_the_theorem_is_false(name):
    assert any(trial.parts.change > trial.parts.end for trial in facts.without(name))


@pytest.mark.parametrize("name", [name for name in FACTS if FACTS[name].relation == "<="])
def test_somewhere_each_inequality_is_an_equality(name):
    [bound] = FACTS[name].bounds
    for trial in facts.as_equalities(low=name == "L_w >= A"):
        exact = bound.formula(trial.parts)
        assert getattr(trial.parts, bound.part) == pytest.approx(exact, rel=1e-12)


def test_made_up_numbers_could_be_those_of_random_variables():
    for trial in facts.where_all_hold():
        p = trial.parts
        assert p.beta2 >= p.beta**2 * (1 - 1e-9)
        assert p.each2 >= p.grad**2 * (1 - 1e-9)
        assert p.square >= p.grad**2 * (1 - 1e-9)


def test_two_instances_are_the_worst_ones():
    first, second, *_ = facts.instances()
    p = first.parts
    assert 2 < p.beta2 * (p.C_beta * p.L_w) ** 2 < 2.1  # Lemma 11, sharper
    p = second.parts
    assert p.change == pytest.approx(p.end, rel=0.2)


# What is said.


def test_every_slip_is_tried_as_a_mistake():
    tried = {mistake.says for mistake in EXERCISE.mistakes}
    assert all(sentence in tried for sentence, _ in SLIPS)


@pytest.mark.parametrize("end", [1, 2, 6, 12, 13])
def test_an_unfinished_chain_is_told_how_far_it_holds(said, end):
    message = said(*known.ALL[:end])
    if end == len(known.ALL) - 1:  # what is left is a rewriting, of the same number
        assert message.startswith("Every line holds on 8 instances")
    else:
        lines = "1 line" if end == 1 else f"{end} lines"
        assert message.startswith(f"As far as it goes, the chain holds: {lines}. It ends at")
        assert "Not named so far: " in message and '"Lemma 10"' in message


@pytest.mark.parametrize(
    "line, sentence",
    [
        ('(half * part.beta2 * part.square, "drop")', "drops too much"),
        (
            '(99 * unit**2 * half * part.square - part.beta * grad2, "Lemma 11 (second moment)")',
            "stays true where that is violated. Either it gives away more than that takes, or its",
        ),
        (
            known.UNBIASED.replace("unbiased", "A2"),
            'stays true where that is violated. It is line 3 in other words: its reason is "rew',
        ),
        (known.TASKS.replace("independent tasks", "drop"), 'rests on "independent tasks" instead'),
        (known.TASKS.replace("independent tasks", "variance"), 'names "variance". The reasons are'),
        ('("many", "drop")', "no number"),
        ('(np.nan, "drop")', "no number"),
        ("part.beta", "a line is a pair"),
    ],
)
def test_a_line_is_told_what_is_wrong(said, line, sentence):
    assert sentence in said(*known.OPENING[:4], line)


def test_an_inequality_the_wrong_way_round(said):
    """E[β] in place of its lower bound."""
    late = ("(-part.beta * grad2 + half * 4 * unit**2 * square, ", '"Lemma 11 (mean)")')
    message = said(*known.OPENING, known.MEAN, known.SECOND, "".join(late))
    assert message.startswith("Line 8 is false") and "the wrong way round" in message


def test_what_is_judged_is_the_same_every_time():
    code = EXERCISE.mistakes[0].code
    assert judge.grade(NAME, code) == judge.grade(NAME, code)
    assert facts.without("A2") is facts.without("A2")
    assert all(type(trial.parts) is Parts for trial in facts.without("A2"))
