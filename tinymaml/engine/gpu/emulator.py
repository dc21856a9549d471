"""A GPU's lanes in plain Python, one after another (lesson 06): what is wrong shows here, on any
computer, with the line it is in.

    emulate(kernel, x, y, lanes=4, order=(3, 1, 0, 2))

Each lane runs until it comes to a barrier, or to its end; then it is the next one's turn, in the
order given. On a GPU they run at the same time, and nobody knows who is ahead: a kernel is right if
every order gives the same, bit for bit. With `watch` the emulator also sees every element that a
lane reads or writes, and raises `Race` where two lanes meet between two barriers.
"""

import linecache
import sys
import threading

import numpy as np

from ..compiled.lanes import here


class Race(Exception):
    """Two lanes meet at one element between two barriers, and one of them writes; or not all lanes
    come to the same barrier."""


def emulate(kernel, *arguments, lanes=4, blocks=1, order=None, watch=True, width=1):
    """Run `kernel(*arguments)` on every lane of every block, as a GPU does; arrays are changed in
    place.

    kernel: a function that uses `lane()`, `lanes()`, `barrier()` (tinymaml.engine.compiled.lanes).
    order: the lanes, each once, as they take turns (default: 0, 1, 2, ...). Blocks run one after
    the other. width: how many numbers a register holds. Raises `Race` (with `watch`), and whatever
    the kernel raises.
    """
    order = list(range(lanes)) if order is None else list(order)
    if lanes < 1 or blocks < 1 or sorted(order) != list(range(lanes)):
        raise ValueError(f"order is {order}; expected each of the {lanes} lanes once")
    finished = []
    for block in range(blocks):
        log = Log()
        watched = [
            Watched(a, log, name) if watch and isinstance(a, np.ndarray) else a
            for a, name in zip(arguments, names(kernel, len(arguments)))
        ]
        Block(
            order,
            log,
            dict(lanes=lanes, block=block, blocks=blocks, width=width, finished=finished),
        ).run(kernel, watched)


class Block:
    """Lanes as threads of which one runs at a time: the baton goes round in order, from barrier to
    barrier."""

    def __init__(self, order, log, facts):
        self.order, self.log, self.facts = order, log, facts
        self.turn, self.over = [threading.Semaphore(0) for _ in order], threading.Event()
        self.ready, self.waiting, self.error = (
            set(),
            set(),
            None,
        )  # lanes that have come to their end; to a barrier

    def run(self, kernel, arguments):
        threads = [
            threading.Thread(target=self.lane, args=(k, kernel, arguments), daemon=True)
            for k in self.order
        ]
        for t in threads:
            t.start()
        self.turn[self.order[0]].release()
        self.over.wait()
        for s in self.turn:
            s.release()  # after an error: those who still wait give up
        for t in threads:
            t.join()
        if self.error:
            raise self.error

    def lane(self, k, kernel, arguments):
        self.turn[k].acquire()
        for name, value in self.facts.items():
            setattr(here, name, value)
        here.lane, here.barrier, here.last_block = k, lambda: self.barrier(k), self.last_block
        try:
            if not self.over.is_set():
                with np.errstate(all="ignore"):  # a GPU does not warn
                    kernel(*arguments)
                self.ready.add(k)
                self.pass_on(k)
        except GiveUp:
            pass
        except BaseException as error:
            self.error = self.error or error
            self.over.set()

    def barrier(self, k):
        self.waiting.add(k)
        self.pass_on(k)
        self.turn[k].acquire()
        if self.over.is_set():
            raise GiveUp

    def pass_on(self, k):
        """The next lane's turn; after the last one's all have come to a barrier, and are let go, or
        all to their end."""
        at = self.order.index(k) + 1
        if at == len(self.order):
            if self.waiting and self.ready:
                raise Race(
                    f"lane {min(self.waiting)} waits at a barrier that lane {min(self.ready)} never comes to: every lane must come to "
                    "every barrier, so no barrier() belongs into an `if` or a loop that some lanes leave early"
                )
            if self.ready:
                return self.over.set()
            self.waiting.clear()
            self.log.clear()
            at = 0
        self.turn[self.order[at]].release()

    def last_block(self, finished):
        here.barrier()
        return self.facts["block"] == self.facts["blocks"] - 1


class GiveUp(BaseException):
    """Another lane has failed."""


# ---- who touches what between two barriers


class Log:
    """For each element touched since the last barrier: who wrote it and who read it, and where."""

    def __init__(self):
        self.clear()

    def clear(self):
        self.written, self.read = {}, {}

    def reads(self, name, addresses):
        me = here.lane, sys._getframe(2)
        for a in addresses:
            writer = self.written.get((name, a))
            if writer and writer[0] != here.lane:
                raise self.race(me, "reads", writer, "has written", name, a)
            self.read.setdefault((name, a), {})[here.lane] = spot(me)

    def writes(self, name, addresses):
        me = here.lane, sys._getframe(2)
        for a in addresses:
            writer, readers = self.written.get((name, a)), self.read.get((name, a), {})
            others = [(k, s) for k, s in readers.items() if k != here.lane]
            if writer and writer[0] != here.lane:
                raise self.race(me, "writes", writer, "has written", name, a)
            if others:
                raise self.race(me, "writes", others[0], "has read", name, a)
            self.written[name, a] = here.lane, spot(me)

    def race(self, me, does, other, did, name, a):
        mine, others = spot(me), other[1]
        return Race(
            f"lane {me[0]} {does} {name}[{a}], which lane {other[0]} {did} since the last barrier:\n"
            f"    lane {other[0]}, line {others[1]}: {text(others)}\n    lane {me[0]}, line {mine[1]}: {text(mine)}\n"
            "On a GPU nobody knows which comes first. Either a barrier() belongs between the two, or one lane has to do both."
        )


def spot(who):
    """Where in the kernel: the first line on the way out that is not one of vectors.py's words."""
    frame = who[1]
    while frame.f_code.co_name in ("one", "two", "save", "put", "turn") and frame.f_back:
        frame = frame.f_back
    return frame.f_code.co_filename, frame.f_lineno


def text(spot):
    return linecache.getline(*spot).strip()


class Watched:
    """An array that tells the log what is read and written. Indices are the elements', from 0;
    negative ones are refused, as on a GPU they would be somebody else's memory."""

    def __init__(self, array, log, name, addresses=None):
        self.array, self.log, self.name = array, log, name
        self.addresses = (
            np.arange(array.size).reshape(array.shape) if addresses is None else addresses
        )
        self.dtype, self.shape, self.size, self.itemsize, self.ndim = (
            array.dtype,
            array.shape,
            array.size,
            array.itemsize,
            array.ndim,
        )

    def __len__(self):
        return len(self.array)

    def touched(self, key):
        for k, n in zip(key if isinstance(key, tuple) else (key,), self.shape):
            k = k.start if isinstance(k, slice) else k
            if not 0 <= k < n:
                raise IndexError(f"lane {here.lane} is at {self.name}[{k}], of {n}")
        return self.addresses[key]

    def __getitem__(self, key):
        addresses = self.touched(key)
        if isinstance(addresses, np.ndarray):
            return Watched(
                self.array[key], self.log, self.name, addresses
            )  # a view: nothing is read yet
        self.log.reads(self.name, (int(addresses),))
        return self.array[key]

    def __setitem__(self, key, value):
        self.log.writes(self.name, np.atleast_1d(self.touched(key)).ravel().tolist())
        self.array[key] = value

    def copy(self):
        self.log.reads(self.name, self.addresses.ravel().tolist())
        return self.array.copy()


def names(kernel, n):
    code = getattr(kernel, "__code__", None)
    return (
        [*code.co_varnames[: code.co_argcount], *(f"argument {k}" for k in range(n))][:n]
        if code
        else [f"argument {k}" for k in range(n)]
    )
