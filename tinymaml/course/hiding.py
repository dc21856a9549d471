"""The course is out of reach of an answer: what is done in the process that runs it, before it
runs. (It keeps the honest honest, and is no jail: a stranger's code needs a container around it.)

The names `use`, `check` and so on that a lesson imports become stand-ins; the modules of the course
are forgotten, so that an import finds the stand-ins; and Python itself reports (PEP 578) when code
opens a file, imports, starts a program, or looks at other functions' variables: where an answer
does that to what is the course's, it raises Hidden.
"""

import contextlib
import os
import subprocess
import sys
import threading
from pathlib import Path
from types import ModuleType

import tinymaml

from . import exercise, for_answers, material
from .for_answers import USES_COURSE, USES_NETWORK, USES_PROGRAM, USES_SILENT, Hidden

COURSE = __package__
PACKAGE = str(Path(tinymaml.__file__).parent)
PROGRAMS = {
    "subprocess.Popen",
    "os.system",
    "os.exec",
    "os.posix_spawn",
    "os.startfile",
    "pty.spawn",
    "cpython.PyInterpreterState_New",  # an interpreter inside this one, to which nobody reports
}
NETWORK = {"socket.connect", "socket.getaddrinfo", "urllib.Request"}
SILENT = {"readline", "_tkinter"}  # modules that read files without a report
EVERYTHING = {"gc.get_objects", "gc.get_referrers", "gc.get_referents", "sys._current_frames"}
EVERYTHING |= {"sys.settrace", "sys.setprofile", "sys._current_exceptions"}
FRAMES = {"tb_frame", "gi_frame", "cr_frame", "ag_frame"}  # attributes that lead to variables
LOOKERS = {"inspect", "traceback", "logging", "asyncio.base_tasks"}  # look in somebody's name
STARTERS = {  # modules that start programs and do not say so
    "multiprocessing.popen_spawn_posix",
    "multiprocessing.popen_spawn_win32",
    "multiprocessing.popen_forkserver",
}
REASONS = dict.fromkeys(PROGRAMS | STARTERS, USES_PROGRAM) | dict.fromkeys(NETWORK, USES_NETWORK)
REASONS |= dict.fromkeys(SILENT, USES_SILENT)
OPENED = {"open": (0,), "os.link": (0, 1), "os.symlink": (0, 1), "os.rename": (0, 1)}


def hide_course(names):
    """Put the course out of reach of an answer that will run in `names`, for as long as this
    process lives."""
    folders = course_folders()
    lent = [value for value in vars(tinymaml.course).values() if belongs_to_course(value)]
    for word, value in list(names.items()):
        if any(value is other for other in lent):
            names[word] = getattr(for_answers, value.__name__.split(".")[-1])
    material.sources_in.cache_clear()
    exercise.exercises_in.cache_clear()
    for name in list(sys.modules):
        if is_course(name) or name in SILENT:
            del sys.modules[name]
    sys.modules[COURSE] = for_answers
    sys.modules["__main__"] = ModuleType("__main__")
    tinymaml.course = for_answers
    watch_programs()
    sys.addaudithook(Guard(folders).report)


def course_folders():
    """The folders of the course's files, as full paths without links."""
    places = [material.PACKAGE, material.CLONE / "tests", material.CLONE / ".git"]
    places += [material.folder("solutions"), material.folder("lessons")]
    places.append(material.own_course() or material.PACKAGE)
    return tuple({os.path.realpath(place) + os.sep for place in places})


def belongs_to_course(value):
    """Is it a module of the course, or something that one defines?"""
    if isinstance(value, ModuleType):
        return is_course(value.__name__)
    return is_course(getattr(value, "__module__", None))


def is_course(name):
    """Is it the name of a module of the course?"""
    return isinstance(name, str) and (name == COURSE or name.startswith(COURSE + "."))


class Guard:
    """Decides on what Python reports."""

    def __init__(self, folders):
        self.folders = folders
        self.threads = set()  # those that are being looked at: looking is reported, too

    def report(self, event, inputs):
        """What Python calls with each event. Raises Hidden."""
        thread = threading.get_ident()
        if thread in self.threads:
            return
        self.threads.add(thread)
        try:
            if self.is_hidden(event, inputs):
                key = inputs[0] if event == "import" else event
                raise Hidden(REASONS.get(key, USES_COURSE))
        finally:
            self.threads.discard(thread)

    def is_hidden(self, event, inputs):
        """Is it an answer that does this, and may it not?"""
        if event in ("sys._getframe", "object.__getattr__"):
            if event == "object.__getattr__" and inputs[1] not in FRAMES:
                return False
            return looks_at_frames(sys._getframe(2))
        if event in OPENED:
            files = [inputs[k] for k in OPENED[event] if k < len(inputs)]
            return any(map(self.is_in_course, files)) and not quotes_line(sys._getframe(2))
        if event == "import":
            concerns = is_course(inputs[0]) or inputs[0] in STARTERS | SILENT
        else:
            concerns = event in REASONS or event in EVERYTHING
        return concerns and is_asked_by_answer(sys._getframe(2))

    def is_in_course(self, path):
        """Is it the path of one of the course's files, or of a folder that leads to them?"""
        with contextlib.suppress(TypeError, ValueError, OSError):
            place = os.path.realpath(os.fsdecode(path))
            around = place.rstrip(os.sep) + os.sep
            leads_there = any(folder.startswith(around) for folder in self.folders)
            return leads_there or place.startswith(self.folders)
        return False


def watch_programs():
    """Have the function that starts programs refuse an answer: it reports nothing to anybody, and
    multiprocessing calls it."""
    try:
        import _posixsubprocess
    except ImportError:  # Windows has none
        return
    start = _posixsubprocess.fork_exec

    def fork_exec(*inputs):
        if is_asked_by_answer(sys._getframe(1)):
            raise Hidden(USES_PROGRAM)
        return start(*inputs)

    _posixsubprocess.fork_exec = fork_exec
    subprocess._fork_exec = fork_exec


def quotes_line(frame):
    """Is a file read for a message that quotes a line of it, and not for an answer?"""
    reader = os.path.basename(frame.f_code.co_filename)
    return reader in ("linecache.py", "tokenize.py") and not is_asked_by_answer(frame)


def is_asked_by_answer(frame):
    """Is code without a file, as an answer's is, nearer on the stack than tinymaml's own?"""
    while frame:
        file = frame.f_code.co_filename
        if is_without_file(file):
            return True
        if file.startswith(PACKAGE):
            return False
        frame = frame.f_back
    return True  # a thread of its own


def looks_at_frames(frame):
    """Does code without a file look at frames, itself or through Python's own lookers?"""
    if is_without_file(frame.f_code.co_filename):  # whatever module it says it is
        return True
    if frame.f_globals.get("__name__") in LOOKERS:
        frame = frame.f_back
    while frame and os.path.basename(frame.f_code.co_filename) == "inspect.py":
        frame = frame.f_back
    return frame is not None and is_without_file(frame.f_code.co_filename)


def is_without_file(file):
    """Is it what Python calls the file of code that comes from none, an answer's?

    Python's own modules that are frozen come from none either.
    """
    return file.startswith("<") and not file.startswith(("<frozen", "<lesson", "<__array"))
