"""A GPU's lanes in plain Python, one after another (lesson 06): what is wrong shows here, on any
computer, with the line it is in.

    emulate(kernel, x, y, lanes=4, order=(3, 1, 0, 2))

Each lane runs until it comes to a barrier, or to its end; then it is the next one's turn, in the
order given. On a GPU they run at the same time, and any of them may be ahead: a kernel is right if
every order gives the same, bit for bit. With `watch` the emulator also sees every element that a
lane reads or writes, and raises `Race` where two lanes meet between two barriers.
"""

import linecache
import sys
import threading
from typing import NamedTuple

import numpy as np

from ..compiled import vectors
from ..compiled.lanes import running


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
    for block in range(blocks):
        log = Log()
        seen = watched(kernel, arguments, log) if watch else arguments
        facts = {"lanes": lanes, "block": block, "blocks": blocks, "width": width}
        Block(order, log, facts).run(kernel, seen)


def watched(kernel, arguments, log):
    """Return the arguments, arrays as `Watched` ones under the kernel's names for them."""
    names = []
    if hasattr(kernel, "__code__"):
        names += kernel.__code__.co_varnames[: kernel.__code__.co_argcount]
    names += [f"argument {k}" for k in range(len(names), len(arguments))]
    seen = []
    for argument, name in zip(arguments, names, strict=False):
        is_array = isinstance(argument, np.ndarray)
        seen.append(Watched(argument, log, name) if is_array else argument)
    return seen


# ---- lanes that take turns


class Block:
    """Lanes of which one runs at a time: the turn goes round in order, from barrier to barrier.

    A lane begins in the thread of the one before it, where that has come to its end. Where it waits
    at a barrier it needs its thread, and the lane after it gets a new one: a kernel without a
    barrier is played in the caller's own thread.
    """

    def __init__(self, order, log, facts):
        self.order = order
        self.log = log
        self.facts = facts  # what the lanes are told: lanes, block, blocks, width
        self.kernel = None
        self.arguments = ()
        self.begun = 0  # how many lanes of the order have begun
        self.threads = []
        self.turns = [threading.Semaphore(0) for _ in order]  # one for each lane that waits
        self.over = threading.Event()  # all are ready, or one has failed
        self.waiting = set()  # lanes that have come to a barrier
        self.ready = set()  # lanes that have come to their end
        self.error = None

    def run(self, kernel, arguments):
        self.kernel = kernel
        self.arguments = arguments
        told = vars(running)  # what this thread's lane is
        before = told.copy()
        self.begun = 1
        self.run_lanes(0)
        self.over.wait()
        for thread in self.threads:
            thread.join()
        told.clear()
        told.update(before)
        if self.error:
            raise self.error

    def run_lanes(self, turn):
        """Run the lane of this turn, and those after it as long as each comes to its end."""
        try:
            while turn is not None:
                lane = self.order[turn]
                self.run_lane(lane)
                self.ready.add(lane)
                turn = self.pass_on(lane)
        except GiveUp:
            pass
        except BaseException as error:
            self.error = self.error or error
            self.stop()

    def run_lane(self, lane):
        """Run the kernel as this lane, from its start to its end."""
        for name, value in self.facts.items():
            setattr(running, name, value)
        running.lane = lane
        running.barrier = lambda: self.wait(lane)
        running.last_block = self.is_last
        with np.errstate(all="ignore"):  # a GPU does not warn
            self.kernel(*self.arguments)

    def wait(self, lane):
        """A barrier: the others' turn, until all have come to it."""
        self.waiting.add(lane)
        begins = self.pass_on(lane)
        if begins is not None:
            thread = threading.Thread(target=self.run_lanes, args=(begins,), daemon=True)
            self.threads.append(thread)
            thread.start()
        self.turns[lane].acquire()
        if self.over.is_set():
            raise GiveUp

    def pass_on(self, lane):
        """It is the next lane's turn. Return it if that lane has not begun, else wake it: None.

        After the last one all have come to a barrier, and go on from the first; or all have come to
        their end. Raises `Race` where they part.
        """
        turn = self.order.index(lane) + 1
        if turn == len(self.order):
            if self.waiting and self.ready:
                raise Race(
                    f"lane {min(self.waiting)} waits at a barrier that lane {min(self.ready)} "
                    "never comes to:\nevery lane must come to every barrier, so none belongs in an "
                    "`if` or in a\nloop that some lanes leave early"
                )
            if self.ready:
                self.stop()
                return None
            self.waiting.clear()
            self.log.clear()
            turn = 0
        if turn == self.begun:
            self.begun += 1
            return turn
        self.turns[self.order[turn]].release()
        return None

    def stop(self):
        """All are ready, or one has failed: those who still wait give up."""
        self.over.set()
        for turn in self.turns:
            turn.release()

    def is_last(self, finished):
        """Is this block ready last? They run one after the other."""
        running.barrier()
        return self.facts["block"] == self.facts["blocks"] - 1


class GiveUp(BaseException):
    """Another lane has failed."""


# ---- who touches what between two barriers


class Access(NamedTuple):
    """Who touches an element, and where in the kernel."""

    lane: int
    file: str
    line: int

    def __str__(self):
        return f"lane {self.lane}, line {self.line}: {linecache.getline(*self[1:]).strip()}"


def access():
    """Return the running lane's `Access`: the kernel's innermost line, words of vectors.py and this
    file's methods left out."""
    frame = sys._getframe(1)
    while frame.f_code.co_filename in (__file__, vectors.__file__):
        frame = frame.f_back
    return Access(running.lane, frame.f_code.co_filename, frame.f_lineno)


class Log:
    """For each element touched since the last barrier: who wrote it, and who read it."""

    def __init__(self):
        self.clear()

    def clear(self):
        self.written = {}  # (name of the array, address) -> Access
        self.read = {}  # (name of the array, address) -> {lane: Access}

    def note_read(self, name, addresses):
        """Raises `Race` where another lane has written."""
        mine = access()
        for address in addresses:
            element = (name, address)
            writer = self.written.get(element)
            if writer and writer.lane != mine.lane:
                raise race(element, mine, "reads", writer, "has written")
            self.read.setdefault(element, {})[mine.lane] = mine

    def note_write(self, name, addresses):
        """Raises `Race` where another lane has written or read."""
        mine = access()
        for address in addresses:
            element = (name, address)
            writer = self.written.get(element)
            if writer and writer.lane != mine.lane:
                raise race(element, mine, "writes", writer, "has written")
            for reader in self.read.get(element, {}).values():
                if reader.lane != mine.lane:
                    raise race(element, mine, "writes", reader, "has read")
            self.written[element] = mine


def race(element, mine, does, other, did):
    """Return the `Race` of two accesses to one element, both quoted."""
    name, address = element
    return Race(
        f"lane {mine.lane} {does} {name}[{address}], "
        f"which lane {other.lane} {did} since the last barrier:\n    {other}\n    {mine}\n"
        "On a GPU either of them may come first. "
        "Put a barrier() between the two,\nor let one lane do both."
    )


class Watched:
    """An array that tells the log what is read and written.

    Indices are the elements', from 0; negative ones are refused, as on a GPU they would be somebody
    else's memory. addresses: of the same shape, for a part of an array, whose addresses are those
    of the whole.
    """

    def __init__(self, array, log, name, addresses=None):
        if addresses is None:
            addresses = np.arange(array.size).reshape(array.shape)
        self.array = array
        self.log = log
        self.name = name
        self.addresses = addresses
        self.dtype = array.dtype
        self.shape = array.shape
        self.size = array.size
        self.itemsize = array.itemsize
        self.ndim = array.ndim

    def __len__(self):
        return len(self.array)

    def touch(self, key):
        """Return the addresses under this key. Raises IndexError outside of the array."""
        indices = key if isinstance(key, tuple) else (key,)
        for index, length in zip(indices, self.shape, strict=False):
            first = index.start if isinstance(index, slice) else index
            if not 0 <= first < length:
                raise IndexError(f"lane {running.lane} is at {self.name}[{first}], of {length}")
        return self.addresses[key]

    def __getitem__(self, key):
        addresses = self.touch(key)
        if isinstance(addresses, np.ndarray):  # a part of it: nothing is read yet
            return Watched(self.array[key], self.log, self.name, addresses)
        self.log.note_read(self.name, (int(addresses),))
        return self.array[key]

    def __setitem__(self, key, value):
        addresses = np.atleast_1d(self.touch(key))
        self.log.note_write(self.name, addresses.ravel().tolist())
        self.array[key] = value

    def copy(self):
        self.log.note_read(self.name, self.addresses.ravel().tolist())
        return self.array.copy()
