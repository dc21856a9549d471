"""JupyterLab, started in the learner's folder."""

import importlib.util
import os
import shlex
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path


def open_lab(path, open_browser=True, options=()):
    """Run JupyterLab in the folder at this path, in place of this process. -> exit code

    options: words passed on to JupyterLab. Terminals that are opened in it start in the folder and
    find the commands of this Python, also where its environment was not activated.
    """
    if not importlib.util.find_spec("jupyterlab"):
        print(
            "tinymaml: JupyterLab is not installed (pip install jupyter); "
            "any editor for notebooks can open the folder",
            file=sys.stderr,
        )
        return 1
    print("Opening JupyterLab there; Ctrl-C ends it.", flush=True)
    words = [sys.executable, "-P", "-m", "jupyterlab"]  # -P: a learner's json.py is not for it
    words += map(str, sorted(path.glob("00_*.ipynb"))[:1])
    words.append(f"--ServerApp.root_dir={path}")
    if not open_browser:
        words.append("--no-browser")
    if keeps_no_path() and not any("terminado_settings" in word for word in options):
        words.append(f"--ServerApp.terminado_settings=shell_command={shlex.quote(shell())}")
    words += options
    os.environ["PATH"] = path_with_commands()
    os.chdir(path)  # where its terminals start
    if os.name == "posix":  # so that Ctrl-C speaks to JupyterLab alone
        os.execv(sys.executable, words)
    return subprocess.call(words)


def path_with_commands():
    """PATH, with the folders of this Python's commands in front."""
    folders = [str(Path(sys.executable).parent), sysconfig.get_path("scripts")]
    folders += filter(None, [os.environ.get("PATH")])
    return os.pathsep.join(dict.fromkeys(folders))


def keeps_no_path():
    """Would JupyterLab's terminals be login shells, whose first act is often to set PATH anew?

    They are where JupyterLab itself was not started in a terminal.
    """
    return os.name == "posix" and not sys.stdout.isatty()


def shell():
    """The user's shell."""
    return os.environ.get("SHELL") or shutil.which("sh") or "/bin/sh"
