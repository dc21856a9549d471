"""The command line: help, arguments that cannot be used, exit codes, and what is imported when."""

import argparse
import io
import os
import re
import subprocess
import sys

import pytest

import tinymaml as tm
from helpers.platforms import needs_full_disk
from tinymaml import cli
from tinymaml.cli import main
from tinymaml.course import check, use, work
from tinymaml.doctor import doctor
from tinymaml.experiments import demo
from tinymaml.experiments.sinusoids import Setting
from tinymaml.terminal import options
from tinymaml.terminal.processes import run_python

COMMANDS_THAT_PRINT = (
    "reproduce",
    "prove --result lemma_1",
    "learn --copy-only",
    "status --json",
    "hint 00.step",
    "solution 00.step --anyway",
    "restore 00",
    "update",
    "doctor",
)


def fails(arguments, capsys):
    """What is said to arguments that are refused; the exit code is 2 and nothing has started."""
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2
    out, err = capsys.readouterr()
    assert not out
    return err


@pytest.mark.parametrize(
    "arguments, words",
    [
        ("demo --alpha 0", "argument --alpha: '0' is not a number from 1e-20 to 1e+20"),
        ("demo --alpha small", "'small' is not a number from"),
        ("demo --steps -1", "argument --steps: '-1' is not a whole number from 0 to 1,000"),
        ("demo --steps 1.5", "'1.5' is not a whole number from 0 to"),
        ("demo --shots 0", "whole number from 1 to 10,000"),
        ("demo --iterations 0", "whole number from 1 to 100,000,000"),
        ("demo --activation sin", "choose from"),
        ("demo --out nowhere/at/all", "there is no folder nowhere"),
        ("demo --out ~nobody-of-this-name/x", "there is no folder ~nobody-of-this-name"),
        (f"demo --out {250 * 'x'}xx", "File name too long; choose another name"),
        (f"reproduce memory --out {'x' * 300}", "File name too long; choose another name"),
        (f"status --work {'x' * 300}", "File name too long"),
        ("bench --cell giant", "no cell has 'giant' in its name; the cells are mlp-4x1, "),
        ("bench --seconds 0", "number from 0.001 to 3600"),
        ("bench --peers jax,tf", "there is no peer 'tf'; the peers are jax"),
        ("bench --dtype float16", "choose from"),
        ("bench --out nowhere/at/all", "there is no folder nowhere"),
        ("demo --quick --iterations 5", "not allowed with"),
        ("demo 5", "unrecognized arguments"),
        ("dance", "there is no command 'dance'; the commands are demo, learn, check"),
    ],
)
def test_arguments_that_cannot_be_used_are_refused(arguments, words, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert words in fails(arguments.split(), capsys)
    assert not list(tmp_path.iterdir())


def numeric_options():
    """(command, option) for every option that is a number."""
    found = []
    for command in cli.COMMANDS:
        parser = argparse.ArgumentParser()
        command(parser)
        for action in parser._actions:
            module = getattr(action.type, "__module__", "")
            if action.type in (int, float) or module == options.__name__:
                found.append((command.__name__, action.option_strings[0]))
    return found


@pytest.mark.parametrize("command, option", numeric_options())
def test_absurd_numbers_are_refused_before_anything_is_said(command, option, capsys):
    for value in ("1e-60", "1e400", "nan", "inf", "-1", "1" + 30 * "0", 5000 * "9", "x", ""):
        err = fails([command, option, value, "--help"], capsys)  # never runs anything
        message = err[err.index("error:") :]
        assert f"argument {option}: " in message
        assert re.search("is not a (whole )?number from .* to ", message)
        assert len(message) < 200


def test_the_numbers_of_the_demo_and_of_the_benchmark_are_among_them():
    found = set(numeric_options())
    assert {("demo", "--alpha"), ("prove", "--instances"), ("bench", "--seconds")} <= found
    assert len(found) == 9


@pytest.mark.parametrize(
    "words, meant",
    [
        ("lern", "learn"),
        ("Demo", "demo"),
        ("reproduce stepsiz", "stepsize"),
        ("reproduce first_order", "first-order"),
        ("prove --result LEMMA_3", "lemma_3"),
        ("check 03.hvp_tan", "03.hvp_tanh"),
        ("check hvp_tanh", "03.hvp_tanh"),
        ("check 3", "03"),
        ("hint 03.hvp_tan", "03.hvp_tanh"),
        ("solution 3.hvp_tanh", "03.hvp_tanh"),
        ("restore 03.hvptanh", "03.hvp_tanh"),
        ("build 3", "03"),
        ("bench --peers jx", "jax"),
        ("bench --cell mpl", "mlp"),
    ],
)
def test_a_name_that_there_is_not_is_answered_with_what_was_meant(words, meant, capsys):
    (question,) = re.findall("; did you mean (.*)\\? ", fails(words.split(), capsys))
    assert meant in question.split(" or ")


def test_a_notebook_is_asked_too(capsys):
    check("03.hvp_tan")
    assert "did you mean 03.hvp_tanh" in capsys.readouterr().out
    for name in ("03.hvp_tan", "3"):
        with pytest.raises(ValueError, match="did you mean .*03"):
            use(name)


def test_without_a_command_there_is_help(capsys):
    assert main([]) == 2
    err = capsys.readouterr().err
    assert all(command.__name__ in err for command in cli.COMMANDS)


@pytest.mark.parametrize("command", ["", *(command.__name__ for command in cli.COMMANDS)])
def test_help(command, capsys):
    with pytest.raises(SystemExit) as stop:
        main([*command.split(), "--help"])
    assert stop.value.code == 0
    out = capsys.readouterr().out
    assert "exit code: 0" in out
    assert len(out) > 300


def test_the_help_knows_the_numbers(capsys):
    with pytest.raises(SystemExit):
        main(["demo", "--help"])
    out = capsys.readouterr().out
    assert f"default: {demo.FULL})" in out
    assert f"{demo.QUICK} meta-iterations" in out
    options = "steps shots alpha iterations seed out quick activation"
    for option in options.split():
        assert f"--{option}" in out


def test_version(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["--version"])
    assert stop.value.code == 0
    assert capsys.readouterr().out == f"tinymaml {tm.__version__}\n"


def test_the_options_arrive(monkeypatch, tmp_path):
    seen = []

    def run(setting, stem, quick):
        seen.append((setting, stem, quick))
        return 7

    monkeypatch.setattr(demo, "run", run)
    options = "--activation relu --shots 5 --alpha 0.02 --steps 3 --iterations 1_000 --seed 4"
    out = ["--out", str(tmp_path)]
    assert main(["demo", *options.split(), *out]) == 7
    assert main(["demo", "--quick", *out]) == 7
    assert main(["demo", *out]) == 7
    chosen, quick, default = seen
    stem = tmp_path / "tinymaml-demo"
    setting = Setting("relu", shots=5, alpha=0.02, steps=3, iterations=1000, seed=4)
    assert chosen == (setting, stem, False)
    assert quick == (Setting(iterations=demo.QUICK), stem, True)
    setting = Setting("tanh", shots=10, alpha=0.01, steps=1, iterations=70_000, seed=0)
    assert default == (setting, stem, False)


@pytest.mark.parametrize(
    "error, code, words", [(KeyboardInterrupt, 130, "Quit."), (MemoryError, 1, "not enough memory")]
)
def test_the_way_out(error, code, words, monkeypatch, capsys):
    def run():
        raise error

    monkeypatch.setattr(doctor, "run", run)
    assert main(["doctor"]) == code
    assert words in capsys.readouterr().err


def to_a_full_disk(buffering):
    return open("/dev/full", "wb", buffering)


def to_nobody(buffering):
    """A pipe whose reader has gone."""
    read, write = os.pipe()
    os.close(read)
    return open(write, "wb", buffering)


FULL = "tinymaml: cannot go on: No space left on device\n"


@needs_full_disk
@pytest.mark.parametrize("place, says", [(to_a_full_disk, FULL), (to_nobody, "")])
@pytest.mark.parametrize("buffering", [-1, 0])
@pytest.mark.parametrize("words", COMMANDS_THAT_PRINT)
def test_output_that_cannot_be_written_is_at_most_a_line(
    words, buffering, place, says, monkeypatch, capfd, tmp_path
):
    monkeypatch.chdir(tmp_path)
    if "learn" not in words:
        (tmp_path / "work" / ".tinymaml").mkdir(parents=True)
    stream = io.TextIOWrapper(place(buffering), write_through=not buffering)
    monkeypatch.setattr(sys, "stdout", stream)
    assert main(words.split()) == 1
    stream.close()  # as at the end of the process: says nothing more
    assert capfd.readouterr().err == says


@needs_full_disk
@pytest.mark.parametrize("words", ["--version", "solution 00.step --anyway"])
def test_a_process_whose_output_cannot_be_written_says_it_once(words):
    with open("/dev/full", "wb") as full:
        run = subprocess.run(
            [sys.executable, "-m", "tinymaml.cli", *words.split()],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONUNBUFFERED": ""},
        )
    assert (run.returncode, run.stderr) == (1, FULL)


def test_a_folder_that_cannot_be_written_is_a_line(monkeypatch, tmp_path, capsys):
    def denied(*arguments, **options):
        raise PermissionError(13, "Permission denied", "backups")

    monkeypatch.chdir(tmp_path)
    assert main(["learn", "--copy-only"]) == 0
    monkeypatch.setattr(work, "back_up", denied)
    capsys.readouterr()
    assert main(["restore", "00"]) == 1
    assert capsys.readouterr().err == "tinymaml: cannot go on: Permission denied: backups\n"


def test_nothing_is_imported_before_it_is_needed():
    code = (
        "import sys, tinymaml.cli as cli\n"
        "try: cli.main(['demo', '--help'])\n"
        "except SystemExit: pass\n"
        "names = ('numba', 'matplotlib', 'tqdm', 'jupyterlab')\n"
        "print([name for name in names if name in sys.modules])"
    )
    assert run_python(code) == "[]"


def test_the_demo_opens_no_window(tmp_path):
    code = (
        "import sys\nfrom tinymaml.cli import main\nfrom tinymaml.experiments import sinusoids\n"
        "sinusoids.tune.__defaults__ = ((0.01,),)\n"
        "assert main(['demo', '--iterations', '3']) == 0\n"
        "assert 'matplotlib.figure' in sys.modules and 'matplotlib.pyplot' not in sys.modules"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert (tmp_path / "tinymaml-demo.png").stat().st_size > 50_000


def test_a_console_without_greek_letters_does_not_stop_it():
    code = (
        "from tinymaml.cli import main\n"
        "from tinymaml.doctor import doctor\n"
        "doctor.run = lambda: print('φ')\n"
        "main(['doctor'])"
    )
    run = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        env=dict(os.environ, PYTHONIOENCODING="ascii"),
    )
    assert run.returncode == 0
    assert run.stdout.strip() == b"?"
