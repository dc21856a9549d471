"""The course's commands, each as cli.py wants it: a function of a parser that returns what to
run."""

import argparse
import importlib.util
import os
import shlex
import subprocess
import sys
from pathlib import Path

from ..terminal.options import refuse_unless


def lesson_or_exercise(text):
    from .material import selected

    return refuse_unless(lambda: selected(text) and text)


def exercise(text):
    from .material import selected

    names = refuse_unless(lambda: selected(text))
    if "." not in text:
        raise argparse.ArgumentTypeError(
            f"{text} is a lesson; its exercises are {', '.join(names)}"
        )
    return text


def folder(text):
    from .answers import locate

    return refuse_unless(lambda: locate(text))


def work(parser):
    parser.add_argument(
        "--work",
        type=folder,
        metavar="DIR",
        help="the folder of the answers (default: this one, or its folder `work`)",
    )


def json_option(parser):
    parser.add_argument("--json", action="store_true", help="for programs to read")


def in_folder(options, run):
    """run(the learner's folder); 2 with a message if there is none."""
    from . import answers

    return or_refuse(lambda: run(options.work or answers.locate()))


def or_refuse(run):
    """run(), or its ValueError as a message and the exit code 2."""
    try:
        return run()
    except ValueError as error:
        print(f"tinymaml: {error}", file=sys.stderr)
        return 2


def learn(parser):
    """Copy the lessons into a folder of your own and open them in JupyterLab.

    Lessons that are there already stay as they are.
    """
    parser.add_argument(
        "folder",
        nargs="?",
        default="work",
        metavar="DIR",
        help="where your copies go (default: work)",
    )
    parser.add_argument(
        "--no-browser", action="store_true", help="start the server only, and print its address"
    )
    parser.add_argument("--copy-only", action="store_true", help="copy the lessons, open nothing")
    parser.add_argument(
        "--jupyter",
        type=shlex.split,
        default=[],
        metavar="OPTIONS",
        help='passed on to JupyterLab: --jupyter="--port 9000"',
    )

    def run(options):
        return or_refuse(lambda: copied(options))

    return run


def copied(options):
    """The lessons into the folder of the options, and JupyterLab there if it is wanted. -> exit
    code"""
    from . import work

    new, path = work.make(options.folder), Path(options.folder).expanduser().resolve()
    print(
        f"{len(new)} lesson{'' if len(new) == 1 else 's'} copied to {path}"
        + ("" if new else "; all were there already")
        + "."
    )
    return 0 if options.copy_only else lab(path, options)


def lab(path, options):
    """JupyterLab in this folder, in place of this process."""
    if not importlib.util.find_spec("jupyterlab"):
        print(
            "tinymaml: JupyterLab is not installed (pip install jupyter); any editor for notebooks can open the folder",
            file=sys.stderr,
        )
        return 1
    first = sorted(path.glob("00_*.ipynb"))[:1]
    print("Opening JupyterLab there; Ctrl-C ends it.", flush=True)
    words = [
        sys.executable,
        "-m",
        "jupyterlab",
        *map(str, first),
        f"--ServerApp.root_dir={path}",
        *(["--no-browser"] if options.no_browser else []),
        *options.jupyter,
    ]
    if os.name == "posix":  # so that Ctrl-C speaks to JupyterLab alone
        os.execv(sys.executable, words)
    return subprocess.call(words)


def check(parser):
    """Grade your answers: all of them, those of a lesson (03), or one (03.hvp_tanh).

    Each answer runs in a fresh process with limits on its time and memory. Save the notebook first:
    it is read from disk.
    """
    parser.add_argument(
        "what",
        nargs="?",
        type=lesson_or_exercise,
        metavar="LESSON[.EXERCISE]",
        help="which (default: all)",
    )
    work(parser)
    json_option(parser)

    def run(options):
        from . import material, progress

        return in_folder(
            options,
            lambda path: progress.check(path, material.selected(options.what), options.json),
        )

    return run


def status(parser):
    """Show how far you are, and what comes next."""
    work(parser)
    json_option(parser)

    def run(options):
        from . import progress

        return in_folder(options, lambda path: progress.status(path, options.json))

    return run


def hint(parser):
    """Give the next hint for an exercise."""
    parser.add_argument(
        "exercise", nargs="?", type=exercise, help="which (default: the first that has not passed)"
    )
    work(parser)

    def run(options):
        from . import progress

        return in_folder(options, lambda path: progress.hint(path, options.exercise))

    return run


def solution(parser):
    """Show the course's solution of an exercise, after you have tried."""
    parser.add_argument("exercise", type=exercise)
    parser.add_argument("--anyway", action="store_true", help="without an attempt")
    work(parser)

    def run(options):
        from . import progress

        if options.anyway:
            return progress.solution(None, options.exercise, True)
        return in_folder(options, lambda path: progress.solution(path, options.exercise))

    return run


def restore(parser):
    """Give back the stub of an exercise, or a whole lesson; what is there is first copied to the
    folder `backups`."""
    parser.add_argument("what", type=lesson_or_exercise, metavar="LESSON[.EXERCISE]")
    work(parser)

    def run(options):
        from . import work

        def one(path):
            print(work.restore(path, options.what))
            return 0

        return in_folder(options, one)

    return run


def update(parser):
    """Bring your copies of the lessons up to date after installing a new version.

    A lesson that you have not changed is replaced; beside one with changes, the new version is put
    as NN_name.new.ipynb.
    """
    work(parser)

    def run(options):
        from . import work

        def one(path):
            print("\n".join(work.update(path)) or "All lessons are up to date.")
            return 0

        return in_folder(options, one)

    return run


def build(parser):
    """For authors: make the notebooks from their sources, solutions/NN_slug.py.

    Writes lessons/NN_slug.ipynb, with stubs, and solutions/NN_slug.ipynb, complete and executed.
    """
    parser.add_argument(
        "lessons",
        nargs="*",
        type=lesson_or_exercise,
        metavar="LESSON",
        help="which (default: those that have drifted)",
    )
    parser.add_argument(
        "--check", action="store_true", help="only say what is not as its source says"
    )

    def run(options):
        from . import material
        from .build import BuildError, build, drift
        from .lesson import SourceError

        try:
            chosen = [material.find(number) for number in options.lessons] or list(
                material.sources().values()
            )
            found = {lesson: drift(lesson) for lesson in chosen}
            if options.check:
                print(
                    "\n".join(row for rows in found.values() for row in rows)
                    or "Nothing has drifted."
                )
                return 1 if any(found.values()) else 0
            for lesson in chosen:
                if found[lesson] or options.lessons:
                    print(f"{lesson.name} ...", flush=True)
                    build(lesson)
        except (SourceError, BuildError) as error:
            print(f"tinymaml: {error}", file=sys.stderr)
            return 1
        return 0

    return run


COMMANDS = (learn, check, status, hint, solution, restore, update, build)
