"""Two proofs beside each other: every line of both, in order, and what has become of it."""

import numpy as np
import pytest

from tinymaml import theory
from tinymaml.course.given import two_proofs

pytestmark = pytest.mark.lesson_22


@pytest.fixture(scope="module")
def steps():
    """Theorem 2's step without noise, and Theorem 1's with it."""
    wave = theory.CosineSum([[1.0]], [1.0], [0.0])
    common = dict(w=[1.0], alpha=1 / 16, steps=1, B=2, C_beta=100.0)
    exact = theory.FiniteSumInstance(support_losses=[wave], query_losses=[wave], b=[0.0], **common)
    noisy = theory.ResamplingInstance(losses=[wave], noise=np.ones((2, 1)), S=4, **common)
    names = {"theorem_2": exact, "theorem_1": noisy, "theorem_1_sharp": noisy}
    return [theory.RESULTS[name].evaluate(x)["one step"] for name, x in names.items()]


def test_the_rows_are_both_proofs_in_order(steps):
    for old, new in (steps[:2], steps[1:], steps[::-2]):
        rows = two_proofs.compare(old, new)
        assert [row.old for row in rows if row.old] == list(old.lines)
        assert [row.new for row in rows if row.new] == list(new.lines)


def test_a_row_says_what_has_become_of_the_line(steps):
    for row in two_proofs.compare(*steps[:2]):
        alike = row.old and row.new and row.old.reason == row.new.reason
        expected = "kept" if alike else "replaced"
        if not row.old:
            expected = "added"
        if not row.new:
            expected = "struck"
        assert row.change == expected


def test_counterparts_stand_in_one_row(steps):
    rows = two_proofs.compare(*steps[:2])
    pairs = [(row.old.cites, row.new.cites) for row in rows if row.change == "replaced"]
    for result, counterpart in two_proofs.COUNTERPARTS.items():
        assert ((result,), (counterpart,)) in [(old[:1], new[:1]) for old, new in pairs]


def test_a_proof_beside_itself_has_no_changes(steps):
    for chain in steps:
        assert {row.change for row in two_proofs.compare(chain, chain)} == {"kept"}


def test_two_proofs_are_shown_as_text_and_as_a_table(steps, capsys):
    rows = two_proofs.compare(*steps[:2])
    two_proofs.show(rows, "Theorem 2", "Theorem 1")
    text = capsys.readouterr().out.splitlines()
    assert len(text) == len(rows)
    assert "− Proposition 5 (unbiased): E_i Ĝ_i = ∇𝓛" in text
    table = two_proofs.as_html(rows, "Theorem 2", "Theorem 1")
    added = sum(row.change == "added" for row in rows)
    assert table.count("<del>") == 1 and table.count("<b>") == added
    assert table.count("<tr") == len(rows) + 1
