"""What the exact reproductions share."""

from contextlib import contextmanager

import tinymaml as tm


class EachTask:
    """A problem whose every batch is all of its tasks, each once, so that a batch's mean is the
    expectation. data: support and query samples, a tuple of arrays."""

    def __init__(self, data):
        self.tasks = tm.Tasks.finite_sum(support=data, query=data)

    def sample(self, rng=None, batch=None):
        return self.tasks


@contextmanager
def single_thread():
    """Time on one thread: a second one would measure whether the other core is free."""
    import numba

    before = numba.get_num_threads()
    numba.set_num_threads(1)
    try:
        yield
    finally:
        numba.set_num_threads(before)
