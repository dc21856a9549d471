"""Where results land: checked before the work starts, never over a file that is there."""

import itertools
import os
import tempfile
from pathlib import Path

SUFFIXES = (".png", ".csv")


def stem(out, name):
    """The path, without suffix, that results will be named after.

    out: a folder (then the files are called `name`), or the stem of the files in a folder that
    exists. Raises ValueError, with what to do, where nothing can be written.
    """
    path = Path(out).expanduser()
    if not path.is_dir() and str(out).endswith(tuple(filter(None, (os.sep, os.altsep)))):
        raise ValueError(f"there is no folder {out}: make it first")
    path = (
        path / name if path.is_dir() else path.with_suffix("") if path.suffix in SUFFIXES else path
    )
    if not path.parent.is_dir():
        raise ValueError(f"there is no folder {path.parent}: make it first")
    try:
        with tempfile.TemporaryFile(
            dir=path.parent
        ):  # asking for permission is not enough: a full or read-only disk says no later
            pass
    except OSError as error:
        raise ValueError(
            f"cannot write in {path.parent.resolve()}: {error.strerror}; choose another folder"
        ) from None
    return path


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
