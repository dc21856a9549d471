"""Sinusoids: the regression tasks of Finn, Abbeel & Levine (2017), "Model-agnostic meta-learning", section 5.1 (lesson 09)."""
from dataclasses import dataclass

import numpy as np

from ..engine.checks import check_count
from ..maml.tasks import Tasks


@dataclass
class Sinusoids:
    """Tasks y = A sin(x − φ) with A ~ U[0.1, 5], φ ~ U[0, π] and x ~ U[−5, 5]: `shots` points to adapt on, `queries` to be judged on."""
    shots: int = 10
    queries: int | None = None                              # None: as many as shots
    dtype: type = np.float64

    def __post_init__(self):
        check_count("shots", self.shots, 1)
        self.queries = self.shots if self.queries is None else check_count("queries", self.queries, 1)

    def sample(self, rng, batch):
        """-> finite-sum `Tasks`: support (batch, shots, 1), query (batch, queries, 1)."""
        check_count("batch", batch, 1)
        amplitude, phase = rng.uniform(0.1, 5.0, (batch, 1, 1)), rng.uniform(0.0, np.pi, (batch, 1, 1))
        x = rng.uniform(-5.0, 5.0, (batch, self.shots + self.queries, 1)).astype(self.dtype)
        y = (amplitude * np.sin(x - phase)).astype(self.dtype)
        k = self.shots
        return Tasks.finite_sum(support=(x[:, :k], y[:, :k]), query=(x[:, k:], y[:, k:]))
