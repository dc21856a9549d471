"""When notebooks are saved: their files are looked at twice a second."""

import time

from .folder import notebooks_in, read

PAUSE = 0.5  # seconds between two looks
PATIENCE = 6  # pauses in which files may become whole, and come to rest


def saves(path, own=None):
    """Yield the Folder of a path at once, and again whenever a notebook was saved, came or went.

    path: a folder, or one notebook. own: as in folder.read. -> pairs: the names of those notebooks,
    none at first; the Folder, or None while there is nothing at the path.
    """
    is_one = path.is_file()
    seen = look(path, is_one)
    folder = read(path, own)
    own = folder.own
    unreadable = set(folder.unreadable)
    yield [], folder
    while True:
        time.sleep(PAUSE)
        if look(path, is_one) == seen:
            continue
        for _ in range(PATIENCE):
            found = look(path, is_one)
            time.sleep(PAUSE)
            folder = read(path, own) if path.exists() else None
            broken = set(folder.unreadable) if folder else set()
            if found == look(path, is_one) and broken <= unreadable:  # none is half written
                break
        changed = [name for name, state in found.items() if seen.get(name) != state]
        gone = [f"{name} (gone)" for name in seen if name not in found]
        seen = found
        unreadable = broken
        if changed or gone:
            yield changed + gone, folder


def look(path, is_one):
    """A notebook's name -> what is different after it was saved."""
    found = {}
    for name in [path.name] if is_one else notebooks_in(path):
        file = path if is_one else path / name
        try:
            about = file.stat()
        except OSError:  # it was there a moment ago
            continue
        found[name] = about.st_mtime_ns, about.st_size, about.st_ino
    return found
