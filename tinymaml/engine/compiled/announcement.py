"""One line before the inner loop is compiled, so that nobody thinks that it hangs."""

import json

from .cache import cache_folder, report


def announce(name):
    """Print the line, with how long it took the last time on this computer. name: "float32", ..."""
    file = notes()
    often = "once on this computer" if file else "once in every process"
    seconds = seconds_in(file).get(name)
    long = f"which took {seconds:.0f} s the last time" if seconds else "which takes a while"
    report(f"compiling the inner loop for {name}: {often}, {long} ...")


def remember(name, seconds):
    """Note how long a compilation took, where notes can be kept."""
    file = notes()
    if file is None:
        return
    try:
        file.write_text(json.dumps(seconds_in(file) | {name: round(seconds, 1)}))
    except OSError:
        pass


def seconds_in(file):
    """name -> seconds of the last compilation on this computer; {} where nothing is noted."""
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
