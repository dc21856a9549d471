"""What an answer sees of the course while it runs: this module, in the place of tinymaml.course."""

from types import SimpleNamespace

from ..pictures import style

__all__ = [
    "check",
    "engine",
    "guess",
    "guessed",
    "hint",
    "mark_guess",
    "restore",
    "status",
    "style",
]
USES_COURSE = "an answer cannot use the course's own answers or graders: write your own"
USES_INSIDES = "an answer cannot look into the functions that call it, or through all classes"
USES_PROGRAM = "an answer cannot start another program"
USES_NETWORK = "an answer cannot use the network"
USES_SILENT = "an answer cannot use readline or tkinter, which read files that Python does not see"


class Hidden(PermissionError):
    """An answer reached for what is hidden from it; says so."""

    def __str__(self):
        return self.args[0]


def check(*inputs, **more):
    """Nothing: the answer is being checked. So are other words that a learner types."""


hint = status = restore = guess = guessed = mark_guess = check


def engine(own=False):
    """The package's words for what a lesson's loss is made of."""
    if own:
        raise Hidden(USES_COURSE)
    return package_engine()


def package_engine():
    """tinymaml's own words for what a lesson's loss is made of."""
    import tinymaml as tm

    return SimpleNamespace(
        name="tinymaml", Loss=tm.Loss, tanh=tm.tanh, sum=tm.sum, mean=tm.mean, square=tm.square
    )


class Refusal:
    """What all else of the course is to an answer, `use` and `solution` for instance: whatever is
    done with it raises Hidden."""

    def __call__(self, *inputs, **more):
        raise Hidden(USES_COURSE)

    def __getattr__(self, word):
        if word.startswith("__"):
            raise AttributeError(word)
        raise Hidden(USES_COURSE)


def __getattr__(word):
    if word.startswith("__"):
        raise AttributeError(word)
    return Refusal()
