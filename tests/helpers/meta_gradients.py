"""What every test of the meta-gradient runs over: methods, kinds of tasks, a w and an alpha."""

import numpy as np
import pytest

from helpers.network import P, finite_sum, resampled

METHODS = ("exact", "first-order", "hessian-free")
W = np.random.default_rng(7).normal(size=P)
ALPHA = 0.1


def fixed(steps, **sizes):
    """Finite-sum tasks, which do not depend on the number of steps."""
    return finite_sum(**sizes)


KINDS = pytest.mark.parametrize("kind", [fixed, resampled], ids=["finite-sum", "resampled"])
