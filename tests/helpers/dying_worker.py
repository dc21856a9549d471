"""A problem that kills the worker which draws a certain chunk, the first time that it is drawn."""

import os
import signal
from pathlib import Path

from helpers.training import Planes


class DyingWorker(Planes):
    """`Planes`, with a line in a log for every chunk that is drawn: k, c and the process.

    The process that draws chunk 1 of meta-iteration 1 first is killed then.
    """

    def __init__(self, folder):
        super().__init__()
        self.log = Path(folder, "log")
        self.killed = Path(folder, "killed")

    def sample(self, rng, batch):
        _, k, c, _ = rng.bit_generator.seed_seq.entropy
        with self.log.open("a") as log:
            print(k, c, os.getpid(), file=log)
        if (k, c) == (1, 1) and not self.killed.exists():
            self.killed.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return super().sample(rng, batch)

    def drawn(self):
        """[(k, c, process)] in the order in which they were drawn."""
        return [tuple(map(int, line.split())) for line in self.log.read_text().splitlines()]
