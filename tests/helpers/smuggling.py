"""Answers that are not the learner's own: the course's, got hold of inside the cell."""

from tinymaml.course import material

RUN = "exec({}, globals())\n"
LOOK_AROUND = (  # in words that are not written out
    "answer = None\n"
    "while not answer:\n"
    "    found = getattr(frame, 'f_' + 'locals')\n"
    "    exercise = found.get('exercise') or getattr(found.get('prepared'), 'exercise', None)\n"
    "    answer = getattr(exercise, 'alternative', None)\n"
    "    frame = getattr(frame, 'f_' + 'back')\n"
    "exec(answer, globals())\n"
)
FIND = "material.find({name!r}).answer({name!r}).solution"

EVERYWHERE = {  # tried on every exercise; {name}: the exercise, {file}: the lesson's source
    "use": "from tinymaml.course import use\nuse({name!r})",
    "material": "from tinymaml.course import material\n" + RUN.format(FIND),
    "file": (
        "text = open({file!r}).read()\n"
        "text = text[text.index('# exercise ' + {name!r}):]\n"
        + RUN.format("text[: text.index('# %%')]")
    ),
}

ONCE = {  # each tried on one exercise
    "use of the lesson": "use({name!r})",
    "use of all": "import tinymaml\ntinymaml.course.use({name!r})",
    "another name": "import tinymaml.course as course\ncourse.solution({name!r})",
    "engine": "from tinymaml.course import engine\nengine(own=True)",
    "importlib": (
        "import importlib\n"
        "material = importlib.import_module('tinymaml.course.material')\n" + RUN.format(FIND)
    ),
    "modules": "import sys\nmaterial = sys.modules['tinymaml.course.material']\n"
    + RUN.format(FIND),
    "main": "import __main__\nmaterial = __main__.material\n" + RUN.format(FIND),
    "graders": (
        "from tinymaml.course.exercise import find\n" + RUN.format("find({name!r}).alternative")
    ),
    "imported again": (
        "import sys\n"
        "for word in [word for word in sys.modules if word.startswith('tinymaml')]:\n"
        "    del sys.modules[word]\n"
        "from tinymaml.course import material\n" + RUN.format(FIND)
    ),
    "loader": (
        "import importlib.util, os, tinymaml\n"
        "place = os.path.join(os.path.dirname(tinymaml.__file__), 'course', 'material.py')\n"
        "spec = importlib.util.spec_from_file_location('tinymaml.course.material', place)\n"
        "material = importlib.util.module_from_spec(spec)\n"
        "spec.loader.exec_module(material)\n" + RUN.format(FIND)
    ),
    "path": "from pathlib import Path\n" + RUN.format("Path({file!r}).read_text()"),
    "link": "import os\nos.symlink({file!r}, 'linked')\n" + RUN.format("open('linked').read()"),
    "descriptor": (
        "import os\nhandle = os.open({file!r}, os.O_RDONLY)\n"
        + RUN.format("os.read(handle, 10**6).decode()")
    ),
    "numpy": "import numpy as np\n" + RUN.format("np.fromfile({file!r}, np.uint8).tobytes()"),
    "copy": "import shutil\nshutil.copy({file!r}, 'copied')\n"
    + RUN.format("open('copied').read()"),
    "linecache": "import linecache\n"
    + RUN.format("''.join(linecache.getlines({file!r})) or 1 / 0"),
    "shell": (
        "import subprocess, sys\n"
        "words = [sys.executable, '-m', 'tinymaml', 'solution', {name!r}, '--anyway']\n"
        + RUN.format("subprocess.check_output(words)")
    ),
    "cat": "import os\nos.system('cat {file} > here')\n" + RUN.format("open('here').read()"),
    "spawn": (
        "import os\n"
        "os.posix_spawn('/bin/cp', ['cp', {file!r}, 'here'], os.environ)\nos.wait()\n"
        + RUN.format("open('here').read()")
    ),
    "network": (
        "from urllib.request import urlopen\n"
        + RUN.format("urlopen('http://localhost:9/solution').read()")
    ),
    "socket": "import socket\nsocket.create_connection(('127.0.0.1', 9))",
    "classes": (
        "every = getattr(object, '__sub' + 'classes__')()\n"
        "found = next(x for x in every if x.__name__ == 'Guard')\n"
        "material = getattr(found.__init__, '__glo' + 'bals__')['material']\n" + RUN.format(FIND)
    ),
    "memory": (
        "import gc\n"
        "found = next(x for x in gc.get_objects() if type(x).__name__ == 'Exercise')\n"
        + RUN.format("found.alternative")
    ),
    "frame": ("import sys\nframe = sys._getframe()\n" + LOOK_AROUND),
    "stack": ("import inspect\nframe = inspect.stack()[0].frame\n" + LOOK_AROUND),
    "another module's name": (
        "import sys\n__name__ = 'logging'\nframe = sys._getframe()\n" + LOOK_AROUND
    ),
    "logging": "import logging\nframe = logging.currentframe()\n" + LOOK_AROUND,
    "task": (
        "import asyncio\nawait asyncio.sleep(0)\n"
        "frame = asyncio.current_task().get_stack()[-1]\n" + LOOK_AROUND
    ),
    "signal": (
        "import signal\nframes = []\n"
        "signal.signal(signal.SIGALRM, lambda number, frame: frames.append(frame))\n"
        "signal.raise_signal(signal.SIGALRM)\nframe = frames[0]\n" + LOOK_AROUND
    ),
    "frame, plainly": (
        "import logging\nframe = logging.currentframe()\n"
        "while 'exercise' not in frame.f_locals: frame = frame.f_back\n"
        + RUN.format("frame.f_locals['exercise'].alternative")
    ),
    "guard": (
        "found = next(x for x in object.__subclasses__() if x.__name__ == 'Guard')\n"
        "found.is_hidden = lambda *inputs: False\n" + RUN.format("open({file!r}).read()")
    ),
    "judge": (
        "found = next(x for x in tuple.__subclasses__() if x.__name__ == 'Report')\n"
        "found.dumps.__globals__['call_guarded'] = lambda *inputs: None"
    ),
    "multiprocessing": (
        "import multiprocessing\n"
        "pool = multiprocessing.get_context('spawn').Pool(1)\n"
        + RUN.format("pool.apply(eval, ('open(' + repr({file!r}) + ').read()',))")
    ),
    "readline": (
        "import readline\nreadline.read_history_file({file!r})\n"
        + RUN.format("readline.get_history_item(1)")
    ),
    "folder": (
        "import os\nfolder, file = os.path.split({file!r})\n"
        "number = os.open(folder, os.O_RDONLY)\n"
        "inside = lambda path, flags: os.open(path, flags, dir_fd=number)\n"
        + RUN.format("open(file, opener=inside).read()")
    ),
    "folder above": (
        "import os\nfolder, file = os.path.split({file!r})\n"
        "above, below = os.path.split(folder)\nnumber = os.open(above, os.O_RDONLY)\n"
        "inside = lambda path, flags: os.open(path, flags, dir_fd=number)\n"
        + RUN.format("open(os.path.join(below, file), opener=inside).read()")
    ),
    "traceback": (
        "try: 1 / 0\n"
        "except ZeroDivisionError as error: frame = error.__traceback__.tb_frame\n" + LOOK_AROUND
    ),
    "tracing": "import sys\nsys.setprofile(lambda frame, *more: None)\n1 / 0",
    "a file of an open folder": (
        "import os\nfile = {file!r}\n"
        "folder = os.open(os.path.dirname(file), os.O_RDONLY)\n"
        "handle = os.open(os.path.basename(file), os.O_RDONLY, dir_fd=folder)\n"
        + RUN.format("os.read(handle, 10**6).decode()")
    ),
    "root": (
        "import os\nroot = os.open('/', os.O_RDONLY)\n"
        "handle = os.open({file!r}[1:], os.O_RDONLY, dir_fd=root)\n"
        + RUN.format("os.read(handle, 10**6).decode()")
    ),
    "interpreter": (
        "try:\n    import _interpreters as inside\n"
        "except ImportError:\n    import _xxsubinterpreters as inside\n"
        "inside.create()"
    ),
    "Tcl": "import _tkinter\n_tkinter.create()",
    "thread": (
        "import threading\n"
        "def read():\n"
        "    global text\n"
        "    text = open({file!r}).read()\n"
        "thread = threading.Thread(target=read)\nthread.start()\nthread.join()\n"
        + RUN.format("text")
    ),
}


def everywhere(name):
    """Answers to an exercise: the attacks that are tried on all."""
    return [fill_in(text, name) for text in EVERYWHERE.values()]


def fill_in(text, name):
    """An attack's text for an exercise."""
    file = str(material.find(name).path)
    for word, value in (("{name!r}", repr(name)), ("{file!r}", repr(file)), ("{file}", file)):
        text = text.replace(word, value)
    return text
