"""The command line: `tinymaml demo`, `tinymaml learn`, `tinymaml check`, ...

A command is a function in COMMANDS. Its name is the command's, its docstring the help; it adds its
options to the parser and returns what to run: a function of the parsed options that returns the
exit code. What a command needs is imported when it runs, so that `tinymaml --help` is instant.
"""

import argparse
import inspect
import sys

from . import __version__
from .course import commands as course
from .terminal import output
from .terminal.names import did_you_mean
from .terminal.options import SEEDS, number, refuse_unless, whole

EXIT_CODES = (
    "exit code: 0 all is well, 1 something is missing or wrong, "
    "2 arguments that cannot be used, 130 quit by Ctrl-C"
)


def demo(parser):
    """Learn to learn sinusoids: the first experiment of the MAML paper, in full.

    Trains exact MAML, first-order MAML and a jointly trained network from the same weights on the
    same tasks, lets each adapt to 600 new tasks, prints a table of their errors and saves it with a
    figure. It says beforehand how long it will take. Ctrl-C stops the training and saves what there
    is; a second one quits.
    """
    from .terminal.files import stem

    def out(text):
        return refuse_unless(lambda: stem(text, "tinymaml-demo"))

    add = parser.add_argument
    add(
        "--activation",
        choices=("tanh", "relu"),
        default="tanh",
        help="of the two hidden layers (default: tanh; the paper has relu)",
    )
    add(
        "--shots",
        type=whole(1, 10_000),
        default=10,
        metavar="K",
        help="points to adapt to (default: 10)",
    )
    add(
        "--alpha",
        type=number(1e-20, 1e20),
        default=0.01,
        metavar="SIZE",
        help="size of an inner gradient step (default: 0.01)",
    )
    add(
        "--steps",
        type=whole(0, 1000),
        default=1,
        metavar="N",
        help="inner gradient steps while training (default: 1)",
    )
    length = parser.add_mutually_exclusive_group()
    length.add_argument(
        "--iterations",
        type=whole(1, 10**8),
        metavar="COUNT",
        help="meta-iterations of each learner (default: 70000)",
    )
    length.add_argument(
        "--quick", action="store_true", help="3000 meta-iterations instead: a few seconds in all"
    )
    add(
        "--seed",
        type=whole(0, SEEDS),
        default=0,
        help="decides weights and tasks: the same seed gives the same numbers (default: 0)",
    )
    add(
        "--out",
        type=out,
        default=".",
        metavar="PATH",
        help="where PATH.png and PATH.csv go, or a folder for tinymaml-demo.png and .csv "
        "(default: the current folder); files that are there stay, the new ones get a number",
    )

    def run(options):
        from .experiments import demo
        from .experiments.sinusoids import Setting

        iterations = options.iterations or (demo.QUICK if options.quick else demo.FULL)
        setting = Setting(
            options.activation,
            options.shots,
            options.alpha,
            options.steps,
            iterations,
            seed=options.seed,
        )
        return demo.run(setting, options.out, options.quick)

    return run


def bench(parser):
    """Time the meta-gradient, next to JAX and torch.func where they are installed.

    Every implementation is checked before it is timed: one that disagrees is an error, and its cell
    is not timed. A cell is a loss with a number of tasks and of inner steps, as in mlp-25x5. Prints
    milliseconds, ratios and useful GFLOP/s, ends with a table to paste into a page, and saves all
    numbers with a figure, the roofline. Ctrl-C stops and saves what there is; a second one quits.
    With --target cuda it is the GPU that is timed, next to JAX on the same one.
    """
    from .terminal.files import stem

    def out(text):
        return refuse_unless(lambda: stem(text, "tinymaml-bench"))

    def cell(text):
        from .benchmark.workloads import cells

        refuse_unless(lambda: cells([text]))
        return text

    def peers(text):
        from .benchmark.peers import chosen

        return refuse_unless(lambda: chosen(text))

    add = parser.add_argument
    add(
        "--target",
        choices=("cpu", "cuda"),
        default="cpu",
        help="what is timed: the compiled machine on this CPU, or on this GPU (default: cpu)",
    )
    add(
        "--cell",
        type=cell,
        action="append",
        default=[],
        metavar="NAME",
        help="only cells with NAME in their names: mlp, 25x5, wide-25x5; "
        "may be repeated (default: all)",
    )
    add("--dtype", choices=("float32", "float64"), help="only this precision (default: both)")
    add(
        "--peers",
        type=peers,
        metavar="NAMES",
        help="jax, torch, with a comma between them, or none; one that is missing is then an "
        "error (default: those that are installed)",
    )
    add(
        "--seconds",
        type=number(0.001, 3600),
        metavar="S",
        help="for each implementation in a cell (default: 1)",
    )
    add(
        "--quick",
        action="store_true",
        help="three small cells, 0.2 seconds each, no start of fresh processes",
    )
    add(
        "--out",
        type=out,
        default=".",
        metavar="PATH",
        help="where PATH.png and PATH.csv go, or a folder for tinymaml-bench.png and .csv "
        "(default: the current folder); files that are there stay, the new ones get a number",
    )

    def run(options):
        from .benchmark import bench, peers, workloads

        target = options.target
        dtypes = [options.dtype] if options.dtype else workloads.DTYPES
        cells = workloads.cells(options.cell, dtypes, options.quick, target)
        if options.peers is not None:
            names = options.peers
        else:
            names = ["jax"] if target == "cuda" else list(peers.PEERS)
        if target == "cuda" and set(names) - {"jax"}:
            parser.error("with --target cuda the only peer is jax: torch.func is timed on the CPU")
        seconds = options.seconds or (bench.QUICK if options.quick else bench.SECONDS)
        return bench.run(
            cells,
            names,
            options.peers is not None,
            seconds,
            options.out,
            options.words,
            cold=not options.quick,
            target=target,
        )

    return run


def reproduce(parser):
    """Reproduce a result of the literature or of the theory, with error bars; without NAME, list
    them.

    Prints what is shown and where it comes from, runs it, prints the message and the table in
    numbers, and saves the table, in full, and a figure. Ctrl-C stops it; nothing is saved then.
    """
    add = parser.add_argument
    add(
        "name",
        nargs="?",
        metavar="NAME",
        help="which one; without it they are listed, with the time that each takes",
    )
    add(
        "--seed",
        type=whole(0, SEEDS),
        default=0,
        help="decides every random number: the same seed gives the same numbers (default: 0)",
    )
    add(
        "--quick",
        action="store_true",
        help="everything so small that it takes seconds; the numbers then mean nothing",
    )
    add(
        "--out",
        default=".",
        metavar="PATH",
        help="where PATH.png and PATH.csv go, or a folder for NAME.png and NAME.csv "
        "(default: the current folder); files that are there stay, the new ones get a number",
    )

    def run(options):
        from .experiments import reproduce, reproductions
        from .terminal import files

        if options.name is None:
            return reproduce.listing()
        try:
            reproductions.find(options.name)
            stem = files.stem(options.out, options.name)
        except ValueError as error:
            parser.error(str(error))
        return reproduce.run(options.name, stem, options.seed, options.quick)

    return run


def prove(parser):
    """Check every line of the convergence proof of MAML on many instances, or show the proof of one
    result.

    Every result is a chain of numbers that never decreases, each with the reason why. A line that
    is false on an instance is reported, and the exit code is 1. The table says how tight each bound
    gets, where that was found, and which line gives most away. It says beforehand how long it will
    take. Ctrl-C stops it and shows what was done.
    """
    add = parser.add_argument
    add(
        "--result",
        metavar="NAME",
        help="only this one, line by line on a sample instance: lemma_3, proposition_1, "
        "theorem_1, ... (with --instances or --quick it is checked on many, too)",
    )
    add(
        "--worst",
        action="store_true",
        help="with --result: on the tightest instance that the adversary finds, "
        "instead of a random one",
    )
    size = parser.add_mutually_exclusive_group()
    size.add_argument(
        "--instances",
        type=whole(1, 10**6),
        metavar="COUNT",
        help="random instances for each result (default: 150 to 400, as "
        "expectations are enumerated)",
    )
    size.add_argument(
        "--quick",
        action="store_true",
        help="5 random instances each, and no adversary: a few seconds",
    )
    add(
        "--seed",
        type=whole(0, SEEDS),
        default=0,
        help="decides the instances: the same seed gives the same numbers (default: 0)",
    )
    add("--markdown", action="store_true", help="print the table to paste into a page")

    def run(options):
        from .theory import RESULTS

        if options.worst and options.result is None:
            parser.error("--worst shows one result: say which with --result NAME")
        if options.result is not None and options.result not in RESULTS:
            parser.error(
                f"there is no result {options.result!r}; "
                f"{did_you_mean(options.result, RESULTS)}the results are {', '.join(RESULTS)}"
            )
        from .experiments import prove

        names = RESULTS
        shown = 0
        if options.result is not None:
            names = [options.result]
            shown = prove.show(options.result, options.seed, options.worst)
            if not options.quick and options.instances is None:
                return shown
        return (
            prove.check_all(names, options.instances, options.seed, options.quick, options.markdown)
            or shown
        )

    return run


def doctor(parser):
    """Say what is installed here, whether it works, and what to do about what does not.

    Shows versions, the machine and the cache of compiled code, and checks that the compiled inner
    loop computes what the plain NumPy one does; if nothing was compiled before, that takes half a
    minute. Says what there is for target="cuda", and checks a GPU in the same way. To have no GPU
    is not a problem.
    """

    def run(options):
        from .doctor import doctor

        return doctor.run()

    return run


COMMANDS = (demo, *course.COMMANDS, reproduce, prove, bench, doctor)


# ---- the parser, and the way out


def parser():
    top = argparse.ArgumentParser(
        "tinymaml",
        description="MAML from nothing: prove it, code it, compile it.",
        epilog=EXIT_CODES,
    )
    top.add_argument("--version", action="version", version=f"tinymaml {__version__}")
    commands = top.add_subparsers(title="commands", metavar="COMMAND")
    for command in COMMANDS:
        text = inspect.getdoc(command)
        sub = commands.add_parser(
            command.__name__,
            help=text.split("\n")[0],
            description=text,
            epilog=EXIT_CODES,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        sub.set_defaults(run=command(sub))
    return top


def main(arguments=None):
    """Run a command. arguments: a list of strings, by default the command line's. -> exit code."""
    for stream in (sys.stdout, sys.stderr):  # a console that knows no φ shows ? instead of failing
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        try:
            return run_command(sys.argv[1:] if arguments is None else arguments)
        finally:
            output.flush()
    except KeyboardInterrupt:
        print("\nQuit.", file=sys.stderr)
        return 130
    except BrokenPipeError:  # `tinymaml status | head` has read enough
        output.discard_rest()
        return 1
    except OSError as error:  # a full disk, a folder that cannot be written
        output.discard_rest()
        place = f": {error.filename}" if error.filename else ""
        print(f"tinymaml: cannot go on: {error.strerror or error}{place}", file=sys.stderr)
        return 1
    except MemoryError:
        print(
            "tinymaml: there is not enough memory for this; smaller options need less",
            file=sys.stderr,
        )
        return 1


def run_command(words):
    """Run the command that the words of a command line say. -> exit code"""
    top = parser()
    names = [command.__name__ for command in COMMANDS]
    if words and words[0] not in names and not words[0].startswith("-"):
        top.error(
            f"there is no command {words[0]!r}; "
            f"{did_you_mean(words[0], names)}the commands are {', '.join(names)}"
        )
    options = top.parse_args(words)
    options.words = words
    if not hasattr(options, "run"):
        top.print_help(sys.stderr)
        return 2
    return options.run(options)


if __name__ == "__main__":
    sys.exit(main())
