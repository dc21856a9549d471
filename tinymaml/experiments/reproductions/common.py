"""What the exact reproductions share."""
import time

import tinymaml as tm


class EachTask:
    """A problem whose every batch is all of its tasks, each once, so that a batch's mean is the expectation. data: support
    and query samples, a tuple of arrays."""

    def __init__(self, data):
        self.tasks = tm.Tasks.finite_sum(support=data, query=data)

    def sample(self, rng=None, batch=None):
        return self.tasks


def fastest(calls, turns, repeat, tell):
    """calls: name -> function. -> name -> seconds of one call, the mean of `repeat` in a row, in the fastest of its turns. They take
    turns because what slows the machine down for a while should slow all of them down. tell(k) is told before each."""
    seconds = dict.fromkeys(calls, float("inf"))
    for k in range(turns):
        tell(k)
        for name, call in calls.items():
            call()                                          # finds its data in the cache
            start = time.perf_counter()
            for _ in range(repeat):
                call()
            seconds[name] = min(seconds[name], (time.perf_counter() - start) / repeat)
    return seconds
