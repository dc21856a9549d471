"""One line before the inner loop is compiled, so that nobody thinks that it hangs."""

import json
import sys

from .cache import cache_folder


def announcement(name):
    """The line, with how long it took the last time on this computer. name: "float32", ..."""
    often = "once on this computer" if cache_folder() else "once in every process"
    seconds = seconds_taken().get(name)
    long = f"which took {seconds:.0f} s the last time" if seconds else "which takes a while"
    return f"tinymaml: compiling the inner loop for {name}: {often}, {long} ..."


def announce(name):
    """Print the line."""
    print(announcement(name), file=sys.stderr, flush=True)


def remember(name, seconds):
    """Note how long a compilation took, where notes can be kept."""
    file = notes()
    if file is None:
        return
    try:
        file.write_text(json.dumps(seconds_taken() | {name: round(seconds, 1)}))
    except OSError:
        pass


def seconds_taken():
    """name -> seconds of the last compilation on this computer, whatever was compiled."""
    file = notes()
    try:
        found = json.loads(file.read_text()) if file else {}
    except (OSError, ValueError):
        return {}
    if not isinstance(found, dict):
        return {}
    return {name: taken for name, taken in found.items() if isinstance(taken, (int, float))}


def notes():
    """The file of the notes, beside the folders of every version of the engine; None: nowhere."""
    folder = cache_folder()
    return folder and folder.parent / "seconds.json"
