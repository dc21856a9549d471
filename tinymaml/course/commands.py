"""The course's commands, each as cli.py wants it: a function of a parser that returns what to
run."""

import os
import shlex
import sys
from pathlib import Path

from ..terminal.files import expand
from ..terminal.options import refuse_unless
from ..terminal.text import count


def lesson_or_exercise(text):
    """The text of an option, if the course has such a lesson or exercise."""
    from .material import select
    from .moved import today

    refuse_unless(lambda: select(text))
    return today(text)


def exercise(text):
    """The text of an option, if the course has such an exercise."""
    from .material import select_one

    return refuse_unless(lambda: select_one(text))


def folder(text):
    """The learner's folder that an option names."""
    from .folder import locate_one

    return refuse_unless(lambda: locate_one(text))


def folder_class_or_notebook(text):
    """The path that an option of `check` names."""
    from .folder import locate

    if text.endswith(".ipynb") and os.path.isfile(text):
        return Path(text)
    return refuse_unless(lambda: locate(text))


def add_work_option(parser):
    """--work DIR"""
    parser.add_argument(
        "--work",
        type=folder,
        metavar="DIR",
        help="the folder of the answers (default: this one, or its folder `work`)",
    )


def add_json_option(parser):
    """--json"""
    parser.add_argument("--json", action="store_true", help="for programs to read")


def run_in_folder(options, run):
    """run(path of the learner's folder); a message and the exit code 2 if there is none."""
    from .folder import locate

    return run_or_refuse(lambda: run(options.work or locate()))


def run_on_answers(options, run):
    """run(the learner's Folder, read); a message and the exit code 2 if there is none.

    One that is named with --work is somebody else's, unless it is the current one.
    """
    from .folder import read

    return run_in_folder(options, lambda path: run(read(path, None if options.work else True)))


def run_or_refuse(run):
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
        return run_or_refuse(lambda: copy_and_open(options))

    return run


def copy_and_open(options):
    """Copy the lessons into the folder of the options, and open JupyterLab there if it is wanted.

    -> exit code. Raises ValueError.
    """
    from . import lab, work

    new = work.make(options.folder)
    path = expand(options.folder).resolve()
    appendices = sum(source.is_appendix for source in new)
    lessons = count(len(new) - appendices, "lesson")
    if appendices:
        lessons += f" and {count(appendices, 'appendix', 'appendices')}"
    known = "" if new else "; all were there already"
    print(f"{lessons} copied to {path}{known}.")
    if options.copy_only:
        return 0
    return lab.open_lab(path, not options.no_browser, options.jupyter)


def check(parser):
    """Grade your answers: all of them, those of a lesson (03), or one (03.hvp_tanh).

    Each answer runs in a fresh process with limits on its time and memory. Save the notebook first:
    it is read from disk; --watch waits for that, and checks what has changed. Where two cells hold
    different answers to one exercise, both are named, and --work NOTEBOOK chooses. For teachers: a
    folder of students' folders is graded as a class, with a table of student by exercise and what
    was wrong most often.
    """
    parser.add_argument(
        "what",
        nargs="?",
        type=lesson_or_exercise,
        metavar="LESSON[.EXERCISE]",
        help="which (default: all)",
    )
    parser.add_argument(
        "--work",
        type=folder_class_or_notebook,
        metavar="PATH",
        help="the folder of the answers (default: this one, or its folder `work`), one notebook, "
        "or a class: a folder of such folders",
    )
    form = parser.add_mutually_exclusive_group()
    add_json_option(form)
    form.add_argument("--csv", action="store_true", help="a line for each student, for a table")
    form.add_argument(
        "--watch", action="store_true", help="check again whenever a notebook is saved"
    )

    def run(options):
        from . import classroom, material, progress, watch
        from .folder import students

        names = material.select(options.what)
        found = students(options.work) if options.work else {}
        if options.watch:
            if found:
                parser.error("--watch looks at one learner's folder, not at a class")
            own = None if options.work else True
            return run_in_folder(options, lambda path: watch.watch(path, names, own))
        if options.csv and not found:
            return run_on_answers(options, lambda folder: classroom.csv_of_one(folder, names))
        if found:
            form = "csv" if options.csv else "json" if options.json else "table"
            return classroom.check(found, names, form)
        return run_on_answers(options, lambda folder: progress.check(folder, names, options.json))

    return run


def status(parser):
    """Show how far you are, and what comes next.

    A map has a sign for each exercise; --all has a line for each.
    """
    add_work_option(parser)
    form = parser.add_mutually_exclusive_group()
    form.add_argument(
        "--all",
        action="store_true",
        help="each exercise, with its kind and the minutes it takes",
    )
    add_json_option(form)

    def run(options):
        from . import progress

        return run_on_answers(
            options, lambda folder: progress.status(folder, options.json, options.all)
        )

    return run


def hint(parser):
    """Give the next hint for an exercise."""
    parser.add_argument(
        "exercise", nargs="?", type=exercise, help="which (default: the first that has not passed)"
    )
    add_work_option(parser)

    def run(options):
        from . import hints

        return run_on_answers(options, lambda folder: hints.hint(folder, options.exercise))

    return run


def solution(parser):
    """Show the course's solution of an exercise, after you have tried."""
    parser.add_argument("exercise", type=exercise)
    parser.add_argument("--anyway", action="store_true", help="without an attempt")
    add_work_option(parser)

    def run(options):
        from . import hints

        if options.anyway:
            return hints.solution(None, options.exercise)
        return run_on_answers(options, lambda folder: hints.solution(folder, options.exercise))

    return run


def restore(parser):
    """Give back the stub of an exercise, or a whole lesson.

    What is there is first copied to the folder `backups`.
    """
    parser.add_argument("what", type=lesson_or_exercise, metavar="LESSON[.EXERCISE]")
    add_work_option(parser)

    def run(options):
        from . import work

        def restore_in(path):
            print(work.restore(path, options.what))
            return 0

        return run_in_folder(options, restore_in)

    return run


def update(parser):
    """Bring your copies of the lessons up to date after installing a new version.

    A lesson that you have not changed is replaced; beside one with changes, the new version is put
    as NN_name.new.ipynb.
    """
    add_work_option(parser)

    def run(options):
        from . import work

        def update_in(path):
            sentences = work.update(path) or ["All lessons are up to date."]
            print("\n".join(sentences))
            return 0

        return run_in_folder(options, update_in)

    return run


def build(parser):
    """For authors: make the notebooks from their sources, solutions/NN_slug.py.

    Writes lessons/NN_slug.ipynb, with stubs, and solutions/NN_slug.ipynb, complete and executed;
    the appendices of a lesson come with it.
    """
    parser.add_argument(
        "lessons",
        nargs="*",
        type=lesson_or_exercise,
        metavar="LESSON",
        help="which (default: those that have drifted)",
    )
    instead = parser.add_mutually_exclusive_group()
    instead.add_argument(
        "--check", action="store_true", help="only say what is not as its source says"
    )
    instead.add_argument(
        "--report", action="store_true", help="only print how long and how wide the lessons are"
    )

    def run(options):
        from . import material, report
        from .build import BuildError
        from .lesson import SourceError

        try:
            named = []
            for text in options.lessons:
                named += material.notebooks(material.find(text).number)
            lessons = named or material.notebooks()
            if options.check:
                return report_drift(lessons)
            if options.report:
                print(report.table(lessons))
                return 0
            build_lessons(lessons, always=bool(named))
            return 0
        except (SourceError, BuildError) as error:
            print(f"tinymaml: {error}", file=sys.stderr)
            return 1

    return run


def report_drift(lessons):
    """Print what is not as the sources of these lessons say. -> exit code: 0 if nothing is."""
    from .build import drift

    sentences = [sentence for lesson in lessons for sentence in drift(lesson)]
    print("\n".join(sentences) or "Nothing has drifted.")
    return 1 if sentences else 0


def build_lessons(lessons, always):
    """Build those of the lessons that have drifted, or all of them always."""
    from .build import build, drift

    for lesson in lessons:
        if always or drift(lesson):
            print(f"{lesson.name} ...", flush=True)
            build(lesson)


COMMANDS = (learn, check, status, hint, solution, restore, update, build)
