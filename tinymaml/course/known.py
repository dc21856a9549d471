"""The verdicts that were given already, so that `status` need not wait for them again."""

import contextlib
import hmac
import json
import os
import secrets

from .. import __version__
from ..engine.compiled.cache import cache_folder
from . import material
from .folder import MARK
from .verdict import SLOW, Verdict


class KnownVerdicts:
    """The verdicts kept in a learner's folder.

    Each is valid as long as the answer, the lesson, its graders and the package are the same. It
    is signed with a secret of this user's, which lies elsewhere: a verdict that was written by
    hand, or by somebody else, does not count.
    """

    def __init__(self, path):
        """Read those of the folder at this path."""
        self.file = path / MARK / "verdicts.json"
        self.secret = find_secret()
        self.entries = {}  # exercise -> [signature, verdict, message]
        self.courses = {}  # lesson's number -> what its verdicts depend on, beside the answer
        try:
            entries = json.loads(self.file.read_text(encoding="utf-8"))
            self.entries = {name: entry for name, entry in entries.items() if len(entry) == 3}
        except (OSError, ValueError, AttributeError, TypeError, RecursionError):
            pass  # none yet, or damaged: grade again

    def find(self, name, code):
        """The Verdict on this answer if it is known, else None."""
        if name not in self.entries or self.secret is None:
            return None
        signature, verdict, message = self.entries[name]
        found = Verdict(name, verdict, message)
        expected = self.sign(found, code)
        return found if hmac.compare_digest(str(signature).encode(), expected.encode()) else None

    def remember(self, code, verdict):
        """Store a verdict, unless the answer was too slow: perhaps the machine was busy."""
        if verdict.verdict != SLOW and self.secret is not None:
            entry = [self.sign(verdict, code), verdict.verdict, verdict.message]
            self.entries[verdict.exercise] = entry

    def sign(self, verdict, code):
        """The signature of a verdict on an answer: another one if anything is different."""
        number = verdict.exercise[:2]
        if number not in self.courses:  # read once, not for each exercise
            self.courses[number] = read_course(number)
        said = [verdict.exercise, verdict.verdict, verdict.message, code, self.courses[number]]
        said = json.dumps(said)
        return hmac.new(self.secret, said.encode(), "sha256").hexdigest()

    def save(self):
        """Write the verdicts into a learner's folder; one that may only be read stays as it is."""
        if self.file.parent.is_dir():
            with contextlib.suppress(OSError):
                write(self.file, json.dumps(self.entries, indent=1))


def read_course(number):
    """The sources up to this lesson, its graders and the package's version, as one text."""
    texts = [source.text for n, source in material.sources().items() if n <= number]
    graders = material.grader_file(number).read_text(encoding="utf-8")
    return "\0".join(["".join(texts), graders, __version__])


def find_secret():
    """The bytes that verdicts are signed with, made at the first time; None where there is no
    place to keep them."""
    folder = cache_folder()
    if folder is None:
        return None
    file = folder / "secret"
    try:
        if not file.exists():
            part = file.with_name(f"secret.{os.getpid()}")
            part.write_bytes(secrets.token_bytes(32))
            os.replace(part, file)
        return file.read_bytes() or None
    except OSError:
        return None


def write(path, text):
    """Write a file so that it is never half written."""
    part = path.with_name(path.name + ".part")
    part.write_text(text, encoding="utf-8")
    os.replace(part, path)
