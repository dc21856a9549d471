"""Maps for the distributed algorithms: what does the same as the builtin, elsewhere."""

import pickle


def travelling(f, jobs):
    """Every job and every result goes through pickle, as if it came from another machine."""
    results = []
    for job in jobs:
        there = pickle.loads(pickle.dumps((f, job)))
        results.append(pickle.loads(pickle.dumps(there[0](there[1]))))
    return results


def backwards(f, jobs):
    """The last job is done first."""
    return [f(job) for job in jobs[::-1]][::-1]


class Weighing:
    """`travelling`, which notes the bytes of every job and of every result."""

    def __init__(self):
        self.sent = []
        self.received = []

    def __call__(self, f, jobs):
        self.sent += [len(pickle.dumps(job)) for job in jobs]
        results = travelling(f, jobs)
        self.received += [len(pickle.dumps(result)) for result in results]
        return results
