"""Where compiled code is kept."""

import hashlib
import os
import tempfile
from contextlib import contextmanager
from pathlib import Path

ENGINE = Path(__file__).parents[1]


def cache_folder():
    """A folder of the user's own, or None where there is nowhere to write to.

    It is named after the engine's sources, its wings' included, so that an edit leaves no stale
    code behind. It is in the temporary folder where there is no home to write to.
    """
    sources = sorted(ENGINE.rglob("*.py"))
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()[:16]
    home = os.environ.get("NUMBA_CACHE_DIR") or os.environ.get("XDG_CACHE_HOME")
    home = home or os.path.expanduser("~/.cache")
    user = os.getuid() if hasattr(os, "getuid") else 0
    temporary = Path(tempfile.gettempdir(), f"tinymaml-{user}", digest)
    for folder in (Path(home, "tinymaml", digest), temporary):
        if is_own(folder, user):
            return folder
    return None


def is_own(folder, user):
    """True if it can be made and written to, and is this user's: others' code is not run."""
    try:
        if not folder.is_absolute():  # "~" stays "~" for a user without a home
            return False
        folder.mkdir(parents=True, exist_ok=True)
        mine = os.name == "nt" or folder.stat().st_uid == user
        return mine and os.access(folder, os.W_OK)
    except OSError:
        return False


@contextmanager
def caching_in(folder, config):
    """What is decorated inside of `with` keeps its compiled code in this folder (None: nowhere).

    config: Numba's, or numba-cuda's; it is asked for the folder when a function is decorated.
    """
    previous = config.CACHE_DIR
    config.CACHE_DIR = str(folder or "")
    try:
        yield
    finally:
        config.CACHE_DIR = previous
