"""An answer runs in a process of its own, which knows neither the solution nor what it gives.

On Linux, this is a copy of the process that has imported everything and prepared the exercise;
elsewhere (macOS's linear algebra does not survive that its process is copied) it is a fresh one,
which prepares it again. Either way it has limits, what it prints is read and counted, and all that
it has started ends with it.
"""

import contextlib
import ctypes
import inspect
import io
import json
import os
import secrets
import selectors
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import NamedTuple

from . import attempt, hiding
from .limits import limit
from .magics import be_like_notebook

OUTPUT = 10 << 20  # bytes that an answer may print
WALL = 6  # seconds of the clock for each of processor time: others need the machine too
START = 20  # seconds of the clock to start in
MEMORY = 2 << 30  # bytes that an answer may take beyond what its process has
ADOPT = 36  # PR_SET_CHILD_SUBREAPER of Linux: become the parent of one's children's orphans
DIE_TOO = 1  # PR_SET_PDEATHSIG: get a signal when one's parent ends
CAN_COPY = sys.platform == "linux"


class Limits(NamedTuple):
    """What an answer may take."""

    seconds: float  # of processor time
    memory: int = MEMORY
    wall: float = WALL
    start: float = START

    @property
    def clock(self):
        """Seconds of the clock."""
        return self.start + self.wall * self.seconds


class End(NamedTuple):
    """How the process of an answer ended."""

    report: bytes  # empty: it gave none
    code: int  # its exit code, or minus the signal that killed it
    printed: str  # the end of what it printed
    flood: bool = False  # it printed too much
    late: bool = False  # the clock ran out
    seconds: float = 0.0  # of processor time


def run(prepared, code, limits, copy=CAN_COPY):
    """Run an answer in a process of its own. -> End

    prepared: of judge.prepare. copy: by a copy of this process, not by a fresh one.
    """
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as place:
        if copy:
            return run_in_copy(prepared, code, limits, place)
        return run_afresh(prepared, code, limits, place)


def work(prepared, code, limits, write):
    """What the process of an answer does: hand the bytes of its Report to write()."""
    be_like_notebook(code)
    forget_graders(prepared.exercise)
    hiding.hide_course(prepared.names)
    limit(limits.seconds, limits.memory)
    me = os.getpid()
    data = attempt.attempt(prepared, code).dumps()
    if os.getpid() == me:  # not in a copy of the process that the answer made
        write(data)
    os._exit(0)  # threads that the answer started end here too


def forget_graders(exercise):
    """Drop the list of the exercises, with all answers in it, from the module of the graders."""
    for function in (exercise.run, exercise.judge, exercise.cases):
        if function:
            inspect.unwrap(function).__globals__.pop("EXERCISES", None)


# A copy.


def run_in_copy(prepared, code, limits, place):
    """`run`, by a copy of this process that works in the folder `place`."""
    control(ADOPT, 1)
    sign = secrets.token_bytes(16)  # before each report, so that nobody else writes one
    report, report_end = os.pipe()
    printed, printed_end = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.close(report)
            os.close(printed)
            control(DIE_TOO, signal.SIGKILL)
            os.setsid()
            os.chdir(place)
            print_into(printed_end)
            close_all_but(report_end)
            work(prepared, code, limits, lambda data: write_all(report_end, sign + data))
        finally:
            os._exit(1)
    os.close(report_end)
    os.close(printed_end)
    end = watch(Child(child), report, printed, limits)
    return end._replace(report=end.report[len(sign) :] if end.report.startswith(sign) else b"")


def print_into(end):
    """Let this process print into a pipe, and read from nowhere."""
    os.dup2(os.open(os.devnull, os.O_RDWR), 0)
    os.dup2(end, 1)
    os.dup2(end, 2)
    sys.stdin = sys.__stdin__ = open(0, encoding="utf-8", closefd=False)
    sys.stdout = sys.__stdout__ = unbuffered(1)
    sys.stderr = sys.__stderr__ = unbuffered(2)


def close_all_but(end):
    """Close what this process has open, but for one pipe and what it prints into: the pipes of the
    process that grades are none of an answer's business."""
    os.closerange(3, end)
    os.closerange(end + 1, 1 + max(map(int, os.listdir("/proc/self/fd"))))


def unbuffered(number):
    """A stream of text into a file of this number, which holds nothing back."""
    raw = open(number, "wb", buffering=0, closefd=False)
    return io.TextIOWrapper(raw, encoding="utf-8", write_through=True)


def write_all(end, data):
    """Write bytes into a pipe, behind their number."""
    rest = memoryview(len(data).to_bytes(8, "big") + data)
    while rest:
        rest = rest[os.write(end, rest) :]


def watch(child, report, printed, limits):
    """Read from a copy until it has reported or ended, then end all that it has started. -> End"""
    until = time.monotonic() + limits.clock
    received = {report: bytearray(), printed: bytearray()}
    count = 0  # bytes printed
    late = False
    with selectors.DefaultSelector() as selector:
        selector.register(report, selectors.EVENT_READ)
        selector.register(printed, selectors.EVENT_READ)
        while not is_whole(received[report]) and count <= OUTPUT:
            late = time.monotonic() > until
            ready = selector.select(0.1)
            if late or not ready and child.has_ended():
                break
            for key, _ in ready:
                block = os.read(key.fd, 1 << 20)
                if not block:
                    selector.unregister(key.fd)
                elif key.fd == printed:
                    count += len(block)
                    received[printed] = (received[printed] + block)[-4000:]
                else:
                    received[report] += block
    os.set_blocking(printed, False)
    with contextlib.suppress(BlockingIOError):
        while count <= OUTPUT and (block := os.read(printed, 1 << 20)):
            count += len(block)
            received[printed] = (received[printed] + block)[-4000:]
    os.close(report)
    os.close(printed)
    child.end(patience=5 if is_whole(received[report]) else 0)
    said = bytes(received[report][8:]) if is_whole(received[report]) else b""
    text = received[printed].decode(errors="replace")
    return End(said, child.code, text, count > OUTPUT, late, child.seconds)


def is_whole(data):
    """Is a report all there?"""
    return len(data) >= 8 and len(data) - 8 >= int.from_bytes(data[:8], "big")


class Child:
    """A copy of this process."""

    def __init__(self, number):
        self.number = number
        self.code = None  # its exit code, or minus the signal that killed it
        self.seconds = 0.0  # of processor time

    def has_ended(self, options=os.WNOHANG if CAN_COPY else 0):
        """Has it ended? Then its code and seconds are known."""
        if self.code is None:
            number, status, usage = os.wait4(self.number, options)
            if number:
                self.code = os.waitstatus_to_exitcode(status)
                self.seconds = usage.ru_utime + usage.ru_stime
        return self.code is not None

    def end(self, patience):
        """End it and all that it has started, after so many seconds."""
        until = time.monotonic() + patience
        while not self.has_ended() and time.monotonic() < until:
            time.sleep(0.0005)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.number, signal.SIGKILL)
        self.has_ended(0)
        kill_orphans()


def control(option, value):
    """Set one of Linux's options of this process."""
    ctypes.CDLL(None).prctl(option, int(value), 0, 0, 0)


def kill_orphans():
    """End all children of this process, and theirs."""
    while children := own_children():
        for child in children:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(child, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(child, 0)


def own_children():
    """The numbers of this process's children."""
    found = []
    for file in Path("/proc/self/task").glob("*/children"):
        with contextlib.suppress(OSError):
            found += map(int, file.read_text().split())
    return found


# A fresh process.


def run_afresh(prepared, code, limits, folder):
    """`run`, by a fresh process that works in this folder."""
    with tempfile.TemporaryDirectory() as own:
        place = Path(own, "report")
        process = subprocess.Popen(
            [sys.executable, "-m", "tinymaml.course.worker", "answer"],
            cwd=folder,
            start_new_session=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        printed = Printed(process)
        job = [prepared.exercise.name, code, list(limits), str(place)]
        with contextlib.suppress(BrokenPipeError):
            process.stdin.write(json.dumps(job).encode() + b"\n")
            process.stdin.close()
        late = False
        try:
            process.wait(limits.clock)
        except subprocess.TimeoutExpired:
            late = True
        finally:
            kill(process)
            printed.join()
        report = place.read_bytes() if place.exists() else b""
        return End(report, process.returncode, printed.text(), printed.flood, late)


class Printed:
    """Reads what a process prints, keeps its end, and kills it when that is too much."""

    def __init__(self, process):
        self.process = process
        self.end = b""
        self.count = 0
        self.flood = False
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()

    def read(self):
        """Read until the process ends; runs in a thread of its own."""
        while block := self.process.stdout.read1(65536):
            self.end = (self.end + block)[-4000:]
            self.count += len(block)
            if self.count > OUTPUT and not self.flood:
                self.flood = True
                kill(self.process)

    def join(self):
        """Wait until all is read, or five seconds."""
        self.thread.join(5)
        if not self.thread.is_alive():
            self.process.stdout.close()

    def text(self):
        """The end of what was printed."""
        return self.end.decode(errors="replace")


def kill(process):
    """End a fresh process and all it has started."""
    try:
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    except (ProcessLookupError, PermissionError):
        pass
    process.wait()
