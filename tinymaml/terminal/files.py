"""Where results land: checked before the work starts, never over a file that is there."""

import itertools
import os
import tempfile
from pathlib import Path

SUFFIXES = (".png", ".csv")
SEPARATORS = [separator for separator in (os.sep, os.altsep) if separator]  # of folders


def stem(out, name):
    """The path, without suffix, that results will be named after.

    out: a folder (then the files are called `name`), or the stem of the files in a folder that
    exists. Raises ValueError, with what to do, where nothing can be written.
    """
    path = expand(out)
    try:
        path = complete(path, name, is_folder=str(out).endswith(tuple(SEPARATORS)))
        free(path)
    except OSError as error:
        raise ValueError(f"{out}: {error.strerror}; choose another name") from None
    try:  # asking for permission is not enough: a full or read-only disk says no later
        with tempfile.TemporaryFile(dir=path.parent):
            pass
    except OSError as error:
        raise ValueError(
            f"cannot write in {path.parent.resolve()}: {error.strerror}; choose another folder"
        ) from None
    return path


def expand(path):
    """The path with the user's folder in place of ~. Raises ValueError where there is none."""
    try:
        return Path(path).expanduser()
    except RuntimeError:
        raise ValueError(f"there is no folder {Path(path).parts[0]}") from None


def complete(path, name, is_folder):
    """A folder's path with the name, or a file's without its suffix. Raises ValueError if the
    folder is not there. is_folder: whether the path has to be one."""
    if path.is_dir():
        return path / name
    if is_folder:
        raise ValueError(f"there is no folder {path}: make it first")
    if not path.parent.is_dir():
        raise ValueError(f"there is no folder {path.parent}: make it first")
    return path.with_suffix("") if path.suffix in SUFFIXES else path


def free(path):
    """The first of path, path-2, path-3, ... under which no result lies yet."""
    for k in itertools.count(1):
        found = path if k == 1 else path.with_name(f"{path.name}-{k}")
        if not any(with_suffix(found, suffix).exists() for suffix in SUFFIXES):
            return found


def with_suffix(path, suffix):
    """path.name + suffix; unlike Path.with_suffix it leaves a dot in the name alone, as in
    alpha0.05."""
    return path.with_name(path.name + suffix)


def save(stem, write, figure):
    """A table, as write(file) writes it, and a figure under the first free name -> their paths,
    .png and .csv."""
    path = free(stem)
    png, csv = (with_suffix(path, suffix) for suffix in SUFFIXES)
    with open(csv, "x", newline="", encoding="utf-8") as file:
        write(file)
    with open(png, "xb") as file:
        figure.savefig(file, format="png")
    return png, csv
