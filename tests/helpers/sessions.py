"""A notebook's session, without a kernel."""

from types import SimpleNamespace


class Notebook:
    """What IPython knows of a notebook: the cells that were run, the last one last."""

    def __init__(self):
        self.history_manager = SimpleNamespace(input_hist_raw=[""])
        self.offered = []  # texts of the cells that were put below

    def run(self, *cells):
        """Note that these cells were run."""
        self.history_manager.input_hist_raw += cells

    def set_next_input(self, text):
        """Put a cell below the one that runs."""
        self.offered.append(text)
