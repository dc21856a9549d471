"""What an answer prints while it is graded: its end is kept, and shown below the verdict."""

import contextlib
import re
import sys

ROOM = 2000  # letters that are shown
ROWS = 40  # lines that are shown
CONTROL = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f]"
)  # what moves a terminal's cursor, and its like


class Recorder:
    """Stands in the place of sys.stdout: passes on what is printed, and keeps the end of it."""

    def __init__(self, stream):
        self.stream = stream
        self.kept = ""

    def write(self, text):
        """Print. Returns how many letters that were."""
        count = self.stream.write(text)
        self.kept = "".join((self.kept, text))[-ROOM - 1 :]
        return count

    def writelines(self, texts):
        """Print one text after another."""
        for text in texts:
            self.write(text)

    def take(self):
        """The end of what was printed since the last call."""
        text = self.kept
        self.kept = ""
        return text

    def __getattr__(self, word):
        return getattr(self.stream, word)


@contextlib.contextmanager
def recorded():
    """While it lasts, what is printed is passed on and kept. Yields the Recorder."""
    recorder = Recorder(sys.stdout)
    with contextlib.redirect_stdout(recorder):
        yield recorder


def print_nothing():
    """What a program printed that nobody listens to."""
    return ""


def shorten(text):
    """The end of a text, as much of it as is shown; dots stand for what is left out."""
    text = CONTROL.sub("", text.encode(errors="replace").decode()).strip("\n")
    end = text[-ROOM:]
    rows = end.split("\n")
    end = "\n".join(rows[-ROWS:])
    return end if end == text else f"...{end}"


def show(printed):
    """What stands below a verdict where the answer has printed something; "" where it has not."""
    if not printed.strip():
        return ""
    rows = "\n".join(f"  {row}".rstrip() for row in printed.split("\n"))
    return f"It printed:\n{rows}"
