"""The one way to grade: in a fresh process, with limits. Notebook, shell and pytest all come
through `grade`.

Linux limits processor time and memory; where a platform cannot, the wall clock alone ends what does
not end by itself. This keeps accidents away from the learner's session. It is not a jail: a
stranger's code needs a container around it.
"""

import importlib.util
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from .exercise import find
from .judge import CRASHED, SLOW, UNTRIED, Verdict, is_stub

MEMORY = 2 << 30  # bytes that an answer may take beyond what the worker has
OUTPUT = 10 << 20  # bytes that it may print
WALL = 6  # seconds of the clock for each of processor time: others need the machine too
START = 20  # seconds of the clock to start in


def grade(name, code, seconds=None):
    """The Verdict on an answer, the text of its cell. Prints nothing of what the answer prints.

    seconds: of processor time, by default the exercise's.
    """
    if is_stub(name, code):
        return Verdict(name, UNTRIED)
    seconds = seconds or find(name).seconds
    with tempfile.TemporaryDirectory() as own, tempfile.TemporaryDirectory() as place:
        verdict = Path(own, "verdict.json")
        environment = os.environ | {
            "TINYMAML_GRADING": "1",
            "PYTHONUNBUFFERED": "1",
            "MPLBACKEND": "agg",
            "PYTHONIOENCODING": "utf-8",
        }
        root = str(Path(__file__).parents[2])
        environment["PYTHONPATH"] = os.pathsep.join(
            filter(None, [root, environment.get("PYTHONPATH")])
        )
        process = subprocess.Popen(
            [sys.executable, "-m", "tinymaml.course.worker"],
            cwd=place,
            env=environment,
            start_new_session=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        printed = Printed(process)
        try:
            job = {
                "exercise": name,
                "code": code,
                "verdict": str(verdict),
                "seconds": seconds,
                "memory": MEMORY,
            }
            process.stdin.write(json.dumps(job).encode())
            process.stdin.close()
        except BrokenPipeError:
            pass
        try:
            process.wait(START + WALL * seconds)
            late = False
        except subprocess.TimeoutExpired:
            late = True
        finally:
            kill(process)
            printed.join()
        if verdict.exists() and not printed.flood:
            return Verdict(*json.loads(verdict.read_text(encoding="utf-8")))
        return explain_end(name, process.returncode, printed, seconds, late)


def grade_all(answers):
    """The Verdicts on many answers, pairs (exercise, text of its cell): yields them in this order,
    each as soon as it is there. As many are graded at once as there are cores."""
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        try:
            yield from pool.map(lambda answer: grade(*answer), answers)
        finally:
            pool.shutdown(cancel_futures=True)


def explain_end(name, code, printed, seconds, late):
    """The Verdict on a process that gave none."""
    if printed.flood:
        flood = f"It printed more than {OUTPUT >> 20} MB"
        return Verdict(name, CRASHED, f"{flood}: is there a print in a loop that does not end?")
    if late or code == -getattr(signal, "SIGXCPU", 0):
        if late:
            time = f"{START + WALL * seconds:g} seconds"
        else:
            time = f"{seconds:g} seconds of work"
        words = f"After {time} it was stopped: is there a loop that does not end?"
        return Verdict(name, SLOW, words)
    last = printed.text().strip().split("\n")[-1]
    if "MemoryError" in last or "Unable to allocate" in last:
        return Verdict(name, CRASHED, "It asks for more memory than an answer may have.")
    end = f" The last line that it printed: {last[-300:]}" if last else ""
    if code < 0:
        why = ": perhaps it took too much memory" if code == -getattr(signal, "SIGKILL", 0) else ""
        return Verdict(name, CRASHED, f"Its process was killed ({signal_name(-code)}){why}.{end}")
    return Verdict(name, CRASHED, f"It ended the process that graded it (exit code {code}).{end}")


def signal_name(number):
    """ "SIGKILL", or "signal 39" where it has no name."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


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
    """End the process and all it has started."""
    try:
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    except (ProcessLookupError, PermissionError):
        pass
    process.wait()


def limits():
    """What this platform can limit: ["processor time", "memory", "wall clock"] on Linux."""
    if not importlib.util.find_spec("resource"):
        return ["wall clock"]
    if sys.platform == "linux":
        return ["processor time", "memory", "wall clock"]
    return ["processor time", "wall clock"]
