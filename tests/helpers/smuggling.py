"""Answers that are not the learner's own: the course's, got hold of inside the cell."""

from tinymaml.course import material

RUN = "exec({}, globals())\n"
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
        "found = next(x for x in object.__subclasses__() if x.__name__ == 'Guard')\n"
        "material = found.__init__.__globals__['material']\n" + RUN.format(FIND)
    ),
    "memory": (
        "import gc\n"
        "found = next(x for x in gc.get_objects() if type(x).__name__ == 'Exercise')\n"
        + RUN.format("found.alternative")
    ),
    "frame": (
        "import sys\nframe = sys._getframe()\n"
        "while 'exercise' not in frame.f_locals: frame = frame.f_back\n"
        + RUN.format("frame.f_locals['exercise'].alternative")
    ),
    "stack": (
        "import inspect\n"
        "found = [f.frame for f in inspect.stack() if 'exercise' in f.frame.f_locals]\n"
        + RUN.format("found[-1].f_locals['exercise'].alternative")
    ),
    "traceback": (
        "try: 1 / 0\n"
        "except ZeroDivisionError as error: frame = error.__traceback__.tb_frame\n"
        "while 'exercise' not in frame.f_locals: frame = frame.f_back\n"
        + RUN.format("frame.f_locals['exercise'].alternative")
    ),
    "tracing": "import sys\nsys.setprofile(lambda frame, *more: None)\n1 / 0",
    "folder": (
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
    "multiprocessing": (
        "from multiprocessing import get_context\n"
        "with get_context('spawn').Pool(1) as pool:\n"
        "    text = pool.apply(eval, ('open(' + repr({file!r}) + ').read()',))\n"
        + RUN.format("text")
    ),
    "interpreter": (
        "try:\n    import _interpreters as inside\n"
        "except ImportError:\n    import _xxsubinterpreters as inside\n"
        "inside.create()"
    ),
    "readline": (
        "import readline\nreadline.read_history_file({file!r})\n"
        + RUN.format("readline.get_history_item(1)")
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
