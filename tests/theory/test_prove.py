"""How proofs are shown: formulas as text, tables, the survey, the command, the figures."""

import re
import unicodedata
from html.parser import HTMLParser
from itertools import pairwise

import numpy as np
import pytest

from helpers.processes import run_python
from tinymaml import theory
from tinymaml.cli import main
from tinymaml.experiments import prove
from tinymaml.terminal.text import width
from tinymaml.theory import RESULTS, families, figures, formula, nearness, survey, table
from tinymaml.theory.chain import Chain, Line, at_most, chain, equal, first

pytestmark = pytest.mark.lesson_14


def samples(name, count=1):
    """The chains of a result on a few random instances."""
    rng = np.random.default_rng(0)
    for _ in range(count):
        x = families.draw(rng, RESULTS[name], steps=2)
        yield from RESULTS[name].evaluate(x).values()


def make_chain(*numbers, relation=at_most):
    """A chain of these numbers."""
    below = [
        relation(value, rf"x_{{{r}}}", f"reason {r}") for r, value in enumerate(numbers[1:], 1)
    ]
    return chain([first(numbers[0], "x_0"), *below], "lemma_0: made")


@pytest.fixture(autouse=True)
def small_adversary(monkeypatch):
    monkeypatch.setattr(survey, "BUDGET", {"": 4, "signs": 4, "batches": 4})


# Formulas


@pytest.mark.parametrize(
    "latex, text",
    [
        (r"\lVert\tilde w_{j+1}-\tilde u_{j+1}\rVert", "‖w̃_(j+1)−ũ_(j+1)‖"),
        (r"a^{N-1}(a^N-1)", "a^(N−1)(a^N−1)"),
        (r"a^2+x^{10}", "a² + x^10"),
        (r"\frac{\rho}{L}a^{N-1}", "(ρ/L)a^(N−1)"),
        (r"x+\frac{a+b}{C_\beta B}", "x + (a+b)/(C_β B)"),
        (r"\tfrac{1}{2}L_w s", "½L_w s"),
        (r"\sum_{i<j}\lVert M_i\rVert", "Σ_(i<j) ‖M_i‖"),
        (r"-\alpha\langle\nabla\mathcal L,e_k\rangle", "−α⟨∇𝓛,e_k⟩"),
        (r"C^{*2}", "C*²"),
        (r"\sqrt{x+y}/\sqrt S", "√(x+y)/√S"),
        (r"\left.\int_0^1 f\right.", "∫_0^1 f"),
        (r"C_{\mathrm{err1}}^2", "C_err1²"),
        (r"\hat P", "P̂"),
        (r"x\text{ with no meta-step}", "x with no meta-step"),
        (r"\mathbb{E}\left[X\right]\le 4/L_w^2", "E[X] ≤ 4/L_w²"),
        (r"f=:x", "f =: x"),
        (r"\min_{|z|\le s}\log z", "min_(|z|≤s) log z"),
        (r"a\quad b", "a   b"),
        (r"\{a\}", "{a}"),
        ("", ""),
        ("x", "x"),
    ],
)
def test_formulas_become_text(latex, text):
    assert formula.plain(latex) == unicodedata.normalize("NFC", text)


@pytest.mark.parametrize("name", RESULTS)
def test_every_formula_of_every_result_can_be_read(name):
    known = {
        *formula.SYMBOLS,
        *formula.BRACKETS,
        *formula.RELATIONS,
        *formula.OPERATORS,
        *formula.ACCENTS,
        *formula.LOOKS,
        "frac",
        "tfrac",
        "dfrac",
        "sqrt",
        "mathcal",
        "mathscr",
    }
    for latex in [
        RESULTS[name].statement,
        *(line.latex for found in samples(name) for line in found.lines),
    ]:
        assert {command for command, _ in formula.TOKEN.findall(latex) if command} <= known, latex
        assert not set("\\{}$") & set(formula.plain(latex)), latex
        assert latex.count("{") == latex.count("}"), latex
        assert latex.count(r"\lVert") == latex.count(r"\rVert"), latex


# Tables


@pytest.mark.parametrize("name", RESULTS)
def test_tables_fit_and_are_complete(name):
    for found in samples(name):
        lines = str(found).split("\n")
        assert all(width(line) <= table.WIDTH and line == line.rstrip() for line in lines)
        assert lines[0] == table.title(found)
        assert "Every line holds" in lines[-1]
        numbers = [row.split()[0] for row in lines if re.match(r" *\d+  ", row[:6])]
        assert numbers == [str(r) for r in range(len(found.lines))]
        text = re.sub(r"\s", "", str(found))
        assert all(f"{line.value:.6g}".replace(" ", "") in text for line in found.lines)


def test_the_text_of_a_chain():
    assert str(make_chain(1, 2, 5)).split("\n") == [
        "Lemma 0 (made)",
        "line     formula  number  share of slack  reason",
        "─" * 52,
        "   0     x_0           1                  definition",
        "   1  ≤  x_1           2    25% ██        reason 1",
        "   2  ≤  x_2           5    75% ██████    reason 2",
        "─" * 52,
        "Every line holds. The last number is 5 times the first. "
        "Line 2 gives away 75% of what lies between.",
    ]


@pytest.mark.parametrize(
    "numbers, relation, words",
    [
        ((1, 1), at_most, "nothing is given away: the bound is attained"),
        ((3, 3, 3), equal, "an identity"),
        ((2, 1, 3), at_most, "Line 1 is false"),
        ((3, 2, 1), at_most, "Lines 1 and 2 are false"),
        ((4, 3, 2, 1), at_most, "Lines 1, 2 and 3 are false"),
        ((1, np.nan), at_most, "Line 1 is false"),
        ((1,), at_most, "identity"),
        ((-2, 1), at_most, "Every line holds. Line 1 gives away 100%"),
        ((-6, -2), at_most, "The first number is 3 times the last. Line 1 gives away 100%"),
        ((0, 0), at_most, "attained"),
    ],
)
def test_what_a_chain_comes_to(numbers, relation, words):
    assert words in table.verdict(make_chain(*numbers, relation=relation))


def test_lines_of_one_reason_are_counted_together():
    lines = [at_most(value, "x", "the same" if value != 4 else "another") for value in (3, 4, 6)]
    found = chain([first(1, "x"), *lines], "lemma_0: made")
    says = "Lines 1 and 3 have one reason and together give away 80% of what lies between."
    assert table.verdict(found).endswith(says)


def test_rounding_is_no_slack():
    found = chain([first(1.0, "x", scale=1.0), equal(1.0 + 2e-16, "y", "the same")])
    assert "100%" not in str(found)
    assert "100%" not in table.html(found)
    assert "100%" not in table.verdict(found)


def test_a_false_line_is_marked_in_words():
    wrong = make_chain(1, 3, 2, 4)
    assert "FALSE by 1: reason 2" in str(wrong)
    assert str(wrong).count("FALSE") == 1
    assert table.html(wrong).count("false&nbsp;</b> by 1: reason 2") == 1
    assert table.VERMILION in table.html(wrong)
    assert "FALSE" not in str(make_chain(1, 2))
    assert table.VERMILION not in table.html(make_chain(1, 2))


class Balanced(HTMLParser):
    """Counts the cells; fails where a tag is closed that is not open."""

    def __init__(self, text):
        super().__init__()
        self.open, self.cells, self.words = [], 0, []
        self.feed(text)
        assert not self.open

    def handle_starttag(self, tag, attributes):
        self.open.append(tag)
        self.cells += tag == "td"

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)


@pytest.mark.parametrize("name", ["lemma_1", "lemma_3"])
def test_the_html_of_a_chain(name):
    for found in samples(name, 3):
        page = Balanced(found._repr_html_())
        assert page.cells == 5 * len(found.lines)
        formulas = [words for words in page.words if words.startswith("$")]
        assert len(formulas) == len(found.lines)
        assert all(
            line.latex in words and words.count("$") == 2
            for line, words in zip(found.lines, formulas, strict=True)
        )
    assert "m&lt;j" in table.html(
        next(c for c in samples("lemma_3") if c.name.endswith("lipschitz"))
    )


@pytest.mark.parametrize(
    "share, drawn",
    [
        (0, ""),
        (0.5, "████"),
        (1, "████████"),
        (1.5, "████████"),
        (-1, ""),
        (1 / 64, "▏"),
        (0.001, ""),
        (0.86, "██████▉"),
    ],
)
def test_bars(share, drawn):
    assert table.bar(share) == drawn


def test_wide_formulas_are_wrapped():
    long = "+".join(rf"\lVert\tilde w_{{{k}}}\rVert" for k in range(60))
    rows = str(
        Chain((Line(1.0, "", long, "words " * 40), Line(1.0, "<=", "x" * 200, "end")))
    ).split("\n")
    assert max(map(width, rows)) <= table.WIDTH
    assert "".join("".join(rows).split()).count("w̃_59") == 1
    assert "".join(rows).count("x") == 200


def test_show(capsys):
    table.show(make_chain(1, 2))
    assert capsys.readouterr().out == table.text(make_chain(1, 2)) + "\n\n"
    table.show(
        RESULTS["lemma_3"].evaluate(families.draw(np.random.default_rng(0), RESULTS["lemma_3"]))
    )
    assert re.findall(r"Lemma 3 \((\w+)\)", capsys.readouterr().out) == [
        "norm",
        "telescoping",
        "lipschitz",
    ]


def test_show_in_a_notebook(capsys):
    from IPython.testing.globalipapp import start_ipython

    shell = start_ipython() or __import__("IPython").get_ipython()
    seen = []
    shell.display_pub.publish, kept = (
        lambda data, *a, **k: seen.append(data),
        shell.display_pub.publish,
    )
    try:
        table.show(make_chain(1, 2))
    finally:
        shell.display_pub.publish = kept
        shell.run_line_magic("reset", "-f")
        type(shell).clear_instance()  # other tests run where there is no notebook
    assert not table.in_notebook()
    assert list(seen[0]) == ["text/plain", "text/html"]
    assert seen[0]["text/html"].startswith("<p><b>Lemma 0")


# The survey


def test_the_survey_counts():
    found = survey.check("lemma_3", 6, seed=1)
    assert found.instances == 6
    assert found.violations == 0
    assert [claim.name for claim in found.claims] == ["norm", "telescoping", "lipschitz"]
    norm, telescoping, lipschitz = found.claims
    assert all(claim.instances == 7 for claim in found.claims)
    assert (
        norm.lines,
        lipschitz.lines,
    ) == ((3, 3), (8, 8))
    assert telescoping.identity
    assert not norm.identity
    assert telescoping.loses == ""
    # the concave quadratic, or the sawtooth
    assert norm.tightness == pytest.approx(1)
    assert norm.found != survey.RANDOM
    assert lipschitz.loses == "A1: ∇²l is ρ-Lipschitz"
    assert lipschitz.line == 5
    assert 0.5 < lipschitz.share <= 1


def test_the_same_seed_gives_the_same_numbers():
    one, two, other = (
        str(list(survey.survey(names, 4, seed, adversary=False))[-1])
        for names, seed in ((["lemma_3"], 0), (["lemma_1", "lemma_3"], 0), (["lemma_3"], 1))
    )
    assert one == two != other


def falsify(monkeypatch, name="lemma_1"):
    """RESULTS with a claim that is false: the trajectory does not part by less than the start."""

    def wrong(x):
        yield first(2.0, "x")
        yield at_most(1.0 + x.L, "y", "true for L >= 1 alone", "A1 L")
        yield at_most(0.5, "z", "never true")

    monkeypatch.setitem(
        RESULTS, name, RESULTS[name]._replace(claims=RESULTS[name].claims | {"wrong": wrong})
    )


def test_the_survey_sees_a_false_line(monkeypatch):
    falsify(monkeypatch)
    found = survey.check("lemma_1", 10, adversary=False)
    assert 10 <= found.claims[-1].violations < 20
    assert found.violations == found.claims[-1].violations


def test_shares_by_reason():
    tally, x = survey.Tally(), families.draw(np.random.default_rng(0), RESULTS["lemma_1"], steps=2)
    x = x.replace(alpha=1 / x.L)
    same = [
        first(1.0, "x"),
        at_most(2.0, "y", "twice"),
        at_most(5.0, "y", "once"),
        at_most(6.0, "y", "twice"),
    ]
    tally.add(chain(same), x)
    found = tally.claim("c")
    assert (found.loses, found.line) == ("once", 2)
    assert found.share == pytest.approx(0.6)
    tally.add(chain([first(1.0, "x"), at_most(5.0, "y", "twice")]), x)
    found = tally.claim("c")
    assert (found.loses, found.line, found.lines) == ("twice", None, (2, 4))
    assert found.share == pytest.approx(0.7)
    assert found.tightness == 0.2


def test_ratios_of_small_stepsizes_say_nothing():
    x = families.draw(np.random.default_rng(0), RESULTS["lemma_1"], steps=2)
    tally = survey.Tally()
    tally.add(make_chain(1, 1), x.replace(alpha=0.9 / (16 * x.L)))
    tally.add(make_chain(1, 1), x.replace(alpha=1 / x.L, steps=1))
    assert np.isnan(tally.claim("c").tightness)
    tally.add(make_chain(1, 4), x.replace(alpha=1 / (16 * x.L)))
    tally.add(make_chain(1, 3), x.replace(alpha=1 / x.L), "somebody")
    assert tally.claim("c").tightness == pytest.approx(1 / 3)
    assert tally.claim("c").found == "somebody"


# The command


def test_prove_all(capsys, monkeypatch):
    assert main(["prove", "--quick"]) == 0
    out, err = capsys.readouterr()
    assert all(
        f"\n{name}   {result.title}" in out and f"  {name} " in err
        for name, result in RESULTS.items()
    )
    assert "no line of them is false" in out
    assert "takes" in out.split("\n\n")[0]
    assert len(err.splitlines()) == len(RESULTS)
    assert max(width(line) for line in out.splitlines()) <= table.WIDTH
    for name, result in RESULTS.items():
        assert all(re.search(rf"^  {re.escape(claim)} ", out, re.M) for claim in result.claims), (
            name
        )


def test_prove_says_so_when_a_line_is_false(capsys, monkeypatch):
    falsify(monkeypatch)
    assert main(["prove", "--result", "lemma_1", "--instances", "3"]) == 1
    out, err = capsys.readouterr()
    assert "FALSE by" in out
    assert "FALSE: lemma_1." in out
    assert "FALSE" in err
    assert main(["prove", "--result", "lemma_1"]) == 1
    assert main(["prove", "--result", "lemma_3"]) == 0
    assert prove.check_all(("lemma_1", "lemma_3"), 3, quick=True) == 1
    assert prove.check_all(("lemma_3",), 3, quick=True) == 0


@pytest.mark.parametrize("name", RESULTS)
def test_prove_shows_a_result(name, capsys):
    assert main(["prove", "--result", name, "--seed", "3"]) == 0
    out = capsys.readouterr().out
    result = RESULTS[name]
    assert result.title in out
    assert formula.plain(result.statement) in out
    assert all(theory.ASSUMPTIONS[tag][:40] in out for tag in result.assumes)
    assert all(f"({claim})\n" in out or f"{claim}: no instance" in out for claim in result.claims)
    assert max(width(line) for line in out.splitlines()) <= table.WIDTH


@pytest.mark.parametrize("name", ["lemma_4", "theorem_1", "theorem_2", "constant_stepsize"])
def test_the_seed_decides_what_is_shown(name, capsys):
    """One result of each kind: signs, batches, a finite sum, a constant stepsize."""
    shown = []
    for seed in ("3", "3", "4"):
        main(["prove", "--result", name, "--seed", seed])
        shown.append(capsys.readouterr().out)
    assert shown[0] == shown[1] != shown[2]


def test_prove_shows_the_adversarys_instance(capsys):
    assert main(["prove", "--result", "lemma_1", "--worst"]) == 0
    out = capsys.readouterr().out
    assert "the concave quadratic" in out
    assert out.count("the bound is attained") == 2


@pytest.mark.parametrize(
    "arguments, words",
    [
        ("--result lemma_33", "there is no result 'lemma_33'; did you mean lemma_3"),
        ("--result dance", "the results are lemma_1, lemma_2, lemma_3"),
        ("--worst", "say which with --result NAME"),
        ("--instances 0", "whole number from 1 to 1,000,000"),
        ("--seed -1", "whole number from 0 to"),
        ("--quick --instances 5", "not allowed with"),
        ("lemma_3", "unrecognized arguments"),
    ],
)
def test_prove_refuses(arguments, words, capsys):
    with pytest.raises(SystemExit) as stop:
        main(["prove", *arguments.split()])
    out, err = capsys.readouterr()
    assert stop.value.code == 2
    assert words in err
    assert not out


def test_ctrl_c_shows_what_was_done(capsys, monkeypatch):
    check = survey.check

    def interrupt(name, *arguments):
        if name == "lemma_3":
            raise KeyboardInterrupt
        return check(name, *arguments)

    monkeypatch.setattr(survey, "check", interrupt)
    assert prove.check_all(("lemma_1", "lemma_2", "lemma_3"), 2, quick=True) == 130
    out = capsys.readouterr().out
    assert "Stopped after 2 of 3 results" in out
    assert "lemma_2   " in out
    assert "no line of them is false" in out
    assert prove.check_all(("lemma_3",), 2, quick=True) == 130
    assert "Stopped after 0 of 1 result." in capsys.readouterr().out


def test_the_table_in_markdown(capsys):
    assert main(["prove", "--result", "lemma_7_sharp", "--quick", "--markdown"]) == 0
    rows = [
        re.sub(r"\\\|", "", line)
        for line in capsys.readouterr().out.splitlines()
        if line.startswith("|")
    ]
    assert len(rows) == 3
    assert {row.count("|") for row in rows} == {9}
    assert "`lemma_7_sharp`" in rows[2]


@pytest.mark.parametrize(
    "x, words",
    [
        (2.12102, "2.12"),
        (1.00477, "1.005"),
        (1.000002, "1.000002"),
        (1, "1"),
        (280.04, "280"),
        (3.4e9, "3.4e+09"),
    ],
)
def test_no_factor_above_1_reads_1(x, words):
    assert float(nearness.factor_in_words(x)) == float(words)


def test_the_table_says_how_near_and_by_whom():
    findings = [survey.check(name, 2, adversary=False) for name in ("lemma_3", "lemma_4_sharp")]
    cells = {claim.name: prove.how_near(claim) for found in findings for claim in found.claims}
    once = "attained, N = 1; from N = 2 on up to a factor"
    assert cells == {
        "norm": ("attained", "the concave quadratic"),
        "telescoping": ("identity", ""),
        "lipschitz": ("in the limit u → w", "the sawtooth"),
        "drift": ("attained", "the orthogonal noise"),
        "comparison": (f"{once} 1.41", "the orthogonal noise"),
        "rate": (f"{once} 1.06", "the orthogonal noise"),
    }
    table_of_both = " ".join(prove.as_text(findings).split())
    assert "in the limit u → w the sawtooth" in table_of_both
    assert "| in the limit u → w | the sawtooth |" in prove.as_markdown(findings)


def test_a_claim_that_says_nothing_of_how_near_shows_the_tightest(monkeypatch):
    result = RESULTS["lemma_7"]._replace(attained={})
    monkeypatch.setitem(RESULTS, "lemma_7", result)
    found = survey.check("lemma_7", 1, adversary=False)
    cells = {claim.name: prove.how_near(claim) for claim in found.claims}
    assert cells["solved"] == ("up to a factor 1.06", "the convex quadratic")
    tally = survey.Tally()
    tally.add(make_chain(-1, 1), families.draw(np.random.default_rng(0), result))
    assert prove.how_near(tally.claim("c")) == ("–", "")


def test_a_result_says_how_near_below_each_table(capsys):
    main(["prove", "--result", "lemma_3"])
    out = capsys.readouterr().out
    assert out.count("How near the bound is: ") == 2  # an identity has no bound
    norm, lipschitz = out.split("How near the bound is: ")[1:]
    assert norm.startswith("attained (the concave quadratic).")
    assert lipschitz.startswith("in the limit u → w (the sawtooth).")
    words = prove.nearness_of(RESULTS["lemma_8"], "second moment")
    assert words == "How near the bound is: up to a factor 2.79 (the two point stepsize)."


def test_the_theory_is_imported_when_it_is_needed():
    code = (
        "import sys, tinymaml.cli as cli\n"
        "try: cli.main(['prove', '--help'])\n"
        "except SystemExit: pass\n"
        "print([name for name in sys.modules if name.startswith('tinymaml.theory')])"
    )
    output, _ = run_python(code)
    assert output.splitlines()[-1] == "[]"


# Figures


def title_of(figure):
    return figure.get_suptitle()


def test_the_waterfall_says_which_line_loses():
    [found] = [c for c in samples("lemma_3") if c.name.endswith("lipschitz")]
    figure = figures.waterfall(found)
    [r], share = table.heaviest(found)
    assert title_of(figure) == (
        f"Line {r} gives away {table.percent(share)} of the slack of Lemma 3 (lipschitz):\n"
        f"{found.lines[r].reason}"
    )
    [axes] = figure.axes
    assert axes.get_xscale() == "log"
    assert len(axes.patches) == len(found.lines)
    assert axes.patches[r].get_width() == pytest.approx(
        found.lines[r].value - found.lines[r - 1].value
    )


@pytest.mark.parametrize(
    "numbers",
    [
        (4.9e-4, 6e-4, 4.96e-3),
        (1, 1.5, 50),
        (1e-9, 1.0, 1e3),
        (-0.0094, -0.005, -0.002),
        (2.0, 2.1, 2.3),
    ],
)
def test_the_waterfall_s_ticks_can_be_told_apart(numbers):
    long = make_chain(*numbers)
    words = "the norm of a product is at most the norms' product"
    figure = figures.waterfall(
        long._replace(lines=tuple(line._replace(reason=words) for line in long.lines))
    )
    [axes] = figure.axes
    figure.canvas.draw()
    low, high = axes.get_xlim()
    ticks = [*axes.xaxis.get_major_ticks(), *axes.xaxis.get_minor_ticks()]
    shown = [
        tick.label1 for tick in ticks if tick.label1.get_text() and low <= tick.get_loc() <= high
    ]
    boxes = sorted((label.get_window_extent() for label in shown), key=lambda box: box.x0)
    assert len(boxes) >= 2
    assert all(left.x1 + 3 < right.x0 for left, right in pairwise(boxes))


@pytest.mark.parametrize(
    "numbers, words",
    [
        ((1, 2, 3.5), "Line 2 gives away 60%"),
        ((1, 1), "no line gives anything away"),
        ((2, 1, 3), "line 1 is false"),
        ((-1, 0, 2), "Line 2 gives away 67%"),
        ((0, 0), "no line"),
        ((5,), "no line"),
    ],
)
def test_waterfalls_of_all_kinds(numbers, words):
    figure = figures.waterfall(make_chain(*numbers))
    assert words in title_of(figure)
    assert figure.axes[0].get_xscale() == "linear"
    assert ("false" in [text.get_text() for text in figure.axes[0].texts]) == ("false" in words)


def test_the_font_has_every_letter_of_every_reason():
    from matplotlib import font_manager

    font = font_manager.get_font(font_manager.findfont(font_manager.FontProperties()))
    letters = {
        letter
        for name in RESULTS
        for found in samples(name)
        for line in found.lines
        for letter in line.reason
    }
    assert {"𝓛", "∇", "″"} <= letters
    missing = {letter for letter in letters if ord(letter) not in font.get_charmap()}
    assert missing == {"𝓛"}  # which `figures.shorten` writes as mathematics


def test_the_curvature_of_the_hill_attains_the_bound():
    for alpha, steps in ((0.125, 60), (0.5, 3), (1e-3, 1), (0.3, 0)):
        hill, bowl = figures.curvatures(alpha, steps)
        assert -hill == pytest.approx((1 + alpha) ** (2 * steps), rel=1e-12)
        assert bowl == pytest.approx((1 - alpha) ** (2 * steps), rel=1e-12)


def test_the_bound_beside_the_truth():
    figure = figures.bound_against_truth(alpha=0.125, c=0.125, steps=[1, 2, 60])
    assert "1,400,000 after 60 steps of size 0.125,\nbut only 1.3" in title_of(figure)
    fixed, scaled = figure.axes
    assert fixed.lines[0].get_ydata() == pytest.approx([1.125**2, 1.125**4, 1.125**120])
    assert max(scaled.lines[0].get_ydata()) < np.exp(0.25)
    with pytest.raises(ValueError, match="alpha"):
        figures.bound_against_truth(alpha=0)
    with pytest.raises(ValueError, match="steps"):
        figures.bound_against_truth(steps=[0, 1])


def test_the_landscape():
    figure = figures.landscape()
    assert "After 40 steps" in title_of(figure)
    assert [len(axes.lines) for axes in figure.axes] == [
        5,
        5,
    ]
