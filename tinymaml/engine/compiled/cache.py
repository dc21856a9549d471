"""Where compiled code is kept, and what happens to it when a disk is full or a file is damaged."""

import hashlib
import json
import os
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

ENGINE = Path(__file__).parents[1]
CHECKSUMS = "checksums.json"
PATIENCE = 0.5  # seconds for another process that is just writing


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
    """True if it can be made and written to, and nobody else can: others' code is not run.

    The folder above it counts, too: whoever owns that can put another in this one's place.
    """
    try:
        if not folder.is_absolute():  # "~" stays "~" for a user without a home
            return False
        folder.parent.parent.mkdir(parents=True, exist_ok=True)
        folder.parent.mkdir(mode=0o700, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
        if os.name == "nt":
            return os.access(folder, os.W_OK)
        owners = {path.lstat().st_uid for path in (folder, folder.parent)}
        open_to_others = (folder.lstat().st_mode | folder.parent.lstat().st_mode) & 0o022
        return owners == {user} and not open_to_others and os.access(folder, os.W_OK)
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


def jit_with_cache(decorate, function, folder, config):
    """decorate(function, cache=True), with its compiled code in this folder; cache=False where that
    cannot be (folder None, or one that cannot be written)."""
    if folder is not None:
        with caching_in(folder, config):
            jitted = decorate(function, cache=True)
        kept_in = Path(jitted._cache.cache_path)
        if kept_in.is_relative_to(folder):  # Numba goes elsewhere where it cannot write
            jitted._cache = SafeCache(jitted._cache)
            return jitted
        report(f"compiled code cannot be kept in {folder}")
    return decorate(function, cache=False)


class SafeCache:
    """Numba's cache of one function, and what Numba leaves out: a damaged file is thrown away, and
    a full disk loses nothing but time.

    Checksums beside Numba's files decide before anything is loaded, for what is damaged could end
    the process.
    """

    def __init__(self, cache):
        self.cache = cache
        self.folder = Path(cache.cache_path)

    def __getattr__(self, name):
        """The rest is Numba's."""
        return getattr(self.cache, name)

    def load_overload(self, signature, target):
        """The compiled function, or None: it has to be compiled."""
        if not (self.folder / CHECKSUMS).exists():
            return None
        if damaged_files(self.folder):
            time.sleep(PATIENCE)
            if damaged_files(self.folder):
                self.throw_away()
                return None
        try:
            return self.cache.load_overload(signature, target)
        except Exception:  # whatever unpickling raises
            self.throw_away()
            return None

    def save_overload(self, signature, compiled):
        """Keep the compiled function, if there is room."""
        try:
            self.cache.save_overload(signature, compiled)
            part = self.folder / f"{CHECKSUMS}.{os.getpid()}"
            part.write_text(json.dumps(checksums(self.folder)))
            os.replace(part, self.folder / CHECKSUMS)
        except OSError as error:
            report(f"compiled code cannot be kept in {self.folder}: {error.strerror}")

    def throw_away(self):
        """Delete what is damaged, as far as that can be done, and say so."""
        report(f"compiled code in {self.folder} is damaged: it is thrown away and compiled again")
        for path in list(self.folder.iterdir()):
            try:
                path.unlink()
            except OSError:
                pass


def damaged_files(folder):
    """The names of a function's files that are not what was kept, or not there; [] is all well."""
    try:
        kept = json.loads((folder / CHECKSUMS).read_text())
        found = checksums(folder)
        return sorted(name for name in {*kept, *found} if kept.get(name) != found.get(name))
    except (OSError, ValueError, TypeError, AttributeError):  # they cannot be read, or compared
        return [CHECKSUMS]


def checksums(folder):
    """name -> SHA-256, for each of Numba's files."""
    files = [path for path in folder.iterdir() if path.suffix in (".nbi", ".nbc")]
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def report(text):
    """Print one line, beside what the program prints."""
    print(f"tinymaml: {text}", file=sys.stderr, flush=True)
