"""Every problem draws itself: a message for a title, named axes, and a legend wherever there are
two lines."""

import io

import numpy as np
import pytest

from tinymaml.problems import (
    CosineSums,
    CosineWells,
    Digits,
    LinearRegression,
    Quadratics,
    RankOne,
    Sinusoids,
)

RNG = np.random.default_rng(0)
FIGURES = {
    "sinusoids": lambda: Sinusoids(5).draw(),
    "one point": lambda: Sinusoids(1, noise=0.5).draw(),
    "quadratics": lambda: Quadratics().draw(),
    "quadratics in 3d": lambda: Quadratics.random(RNG).draw(alpha=0.1, steps=2),
    "one quadratic": lambda: Quadratics([[1.0]], [[0.0]]).draw(),
    "cosine sums": lambda: CosineSums.random(RNG).draw(),
    "wells": lambda: CosineWells().draw(),
    "regression": lambda: LinearRegression().draw(),
    "rank one": lambda: RankOne().draw(),
    "rank one in 1d": lambda: RankOne([[2.0]]).draw(),
    "digits": lambda: Digits().draw(),
    "five ways": lambda: Digits(ways=5, shots=5).draw(),
}


@pytest.mark.parametrize("name", FIGURES)
def test_pictures(name):
    if name in ("digits", "five ways"):
        pytest.importorskip("sklearn", reason="needs the extra tinymaml[digits]")
    figure = FIGURES[name]()
    title = figure._suptitle
    assert title.get_text() and "nan" not in title.get_text()
    assert title.get_window_extent().width < figure.bbox.width  # the message fits
    charts = [axes for axes in figure.axes if not axes.images]
    for axes in charts:
        assert axes.get_xlabel() and axes.get_ylabel()
        lines = [
            line
            for line in axes.lines
            if not line.get_label().startswith("_") and line.get_linestyle() != "None"
        ]
        assert (
            len({line.get_color() for line in lines})
            == len({str(line.get_linestyle()) + str(line._dash_pattern) for line in lines})
            == len(lines)
        )
        if len(lines) > 1:
            legend = axes.get_legend() or figure.legends[0]
            assert {line.get_label() for line in lines} <= {
                text.get_text() for text in legend.get_texts()
            }
    assert charts or name in ("digits", "five ways")
    figure.savefig(io.BytesIO(), dpi=40)
