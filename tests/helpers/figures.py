"""Figures for tests that do not look at them."""

from matplotlib.figure import Figure

PNG = b"\x89PNG\r\n\x1a\n"  # how such a file begins


def leave_undrawn(monkeypatch):
    """Figures are neither laid out nor drawn: what is saved in place of one is a PNG's beginning.

    That takes most of the time of a command that computes little.
    """
    monkeypatch.setattr(Figure, "draw_without_rendering", lambda figure: None)
    monkeypatch.setattr(Figure, "savefig", lambda figure, file, **options: file.write(PNG))
