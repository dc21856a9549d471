"""The file of a history: an npz file, as `np.savez` writes it, without pickle.

Its arrays are those of the history and of its optimisers. All else is JSON text in one more array,
`facts`, which also says that it is such a file, and in which version of the format.
"""

import json
import os
import uuid
import zipfile
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

FORMAT = "tinymaml.History"
VERSION = 1

Fields: TypeAlias = dict[str, Any]  # arrays, and what JSON can write


def write(path: str | os.PathLike[str], fields: Fields) -> None:
    """Write a file of exactly this path. One that is there is replaced, once all is written: when
    writing fails, it stays as it was."""
    target = Path(os.path.realpath(path))  # where a link leads
    if not target.parent.is_dir():
        raise FileNotFoundError(f"there is no folder {target.parent}: make it first")
    if target.exists() and not target.is_file():
        raise ValueError(f"{path} is not a file: give the history a name of its own")
    arrays: Fields = {name: a for name, a in fields.items() if isinstance(a, np.ndarray)}
    facts = {name: fact for name, fact in fields.items() if name not in arrays}
    text = json.dumps({"format": FORMAT, "version": VERSION} | facts)
    arrays["facts"] = np.array(text)
    part = target.with_name(f"{uuid.uuid4().hex}.part")
    try:
        with open(part, "xb") as file:
            np.savez(file, **arrays)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, target)
    finally:
        part.unlink(missing_ok=True)


def read(path: str | os.PathLike[str]) -> Fields:
    """What `write` was given. Raises OSError where there is no file, and ValueError, with one
    sentence, where it is another or damaged."""
    arrays = read_arrays(path)
    facts = read_facts(arrays.pop("facts", None))
    if facts.get("format") != FORMAT:
        raise ValueError(f"{path} is not a history: save one with history.save(path)")
    if facts.get("version") != VERSION:
        raise ValueError(
            f"{path} is a history in version {facts.get('version')} of the format, and this "
            f"tinymaml reads version {VERSION}: load it with the tinymaml that saved it"
        )
    return facts | arrays


def read_arrays(path: str | os.PathLike[str]) -> dict[str, np.ndarray]:
    """The arrays of an npz file, in this machine's order of bytes."""
    with open(path, "rb") as file:
        try:
            if not zipfile.is_zipfile(file):
                raise ValueError("it is no npz file")
            file.seek(0)
            with np.load(file, allow_pickle=False) as loaded:
                arrays = {name: np.asarray(loaded[name]) for name in loaded.files}
        except Exception as error:  # whatever a damaged archive makes of its readers
            raise ValueError(
                f"{path} is not a history, or it is damaged: {describe(error)}"
            ) from None
    return {name: a.astype(a.dtype.newbyteorder("=")) for name, a in arrays.items()}


def read_facts(text: np.ndarray | None) -> dict[str, Any]:
    """The JSON text; {} where there is none."""
    if text is None or text.shape != () or text.dtype.kind != "U":
        return {}
    try:
        facts = json.loads(str(text))
    except ValueError:
        return {}
    return facts if isinstance(facts, dict) else {}


def describe(error: Exception) -> str:
    """On one line, without the full stop."""
    first, *_ = str(error).splitlines() or [type(error).__name__]
    return first.rstrip(".")
