"""The README and the pages in .docs: their examples run as they stand, and print what is shown."""

import pathlib
import re

import numpy as np
import pytest

import tinymaml as tm

PARAMS = {"W": np.zeros((1, 1)), "b": np.zeros(1)}
README = pathlib.Path(__file__).parents[1] / "README.md"
PAGES = README.parent / ".docs"
DATA, RESULTS = PAGES / "data.md", PAGES / "results.md"


def blocks(language, page=README):
    return re.findall(rf"```{language}\n(.*?)```", page.read_text(encoding="utf-8"), re.S)


def test_the_taste_runs_and_its_listing_is_the_one_shown(capsys, tmp_path):
    script = tmp_path / "taste.py"  # a file, so that the listing can quote its lines
    script.write_text(next(block for block in blocks("python") if "listing" in block))
    exec(compile(script.read_text(), script, "exec"), {})
    numbers, listing = capsys.readouterr().out.split("\n", 1)
    assert np.isfinite([float(x) for x in numbers.split()]).all()
    shown = [line.rstrip() for line in blocks("text")[0].strip().split("\n")]
    printed = [line.rstrip() for line in listing.split("\n")]
    for line in shown:
        start = line.removesuffix("...").rstrip()
        assert any(found.startswith(start) for found in printed), line


def test_tasks_from_a_file_are_padded_and_count_as_they_are(capsys, tmp_path, monkeypatch):
    rng = np.random.default_rng(0)
    rows = [("task", "x", "y")]
    for name, count in (("a", 4), ("b", 9), ("c", 2), ("d", 5)):
        for x in rng.normal(size=count):
            rows.append((name, x, np.sin(x)))
    lines = [",".join(map(str, row)) for row in rows]
    (tmp_path / "points.csv").write_text("\n".join([lines[0], *rng.permutation(lines[1:])]))
    monkeypatch.chdir(tmp_path)
    names = {}
    exec(next(block for block in blocks("python", DATA) if "points.csv" in block), names)
    assert "[" in capsys.readouterr().out
    w = rng.normal(size=2)
    gradients = []
    for task in names["sets"].values():
        x, y = np.array(task).T[:, None, :, None]  # (1, rows, 1) each, and no mask
        half = len(task) // 2
        alone = tm.Tasks.finite_sum((x[:, :half], y[:, :half]), (x[:, half:], y[:, half:]))
        loss = tm.Loss(lambda p, x, y: tm.mean(tm.square(x @ p["W"] + p["b"] - y)), PARAMS)
        gradients.append(tm.meta_gradient(loss, w, alone, alpha=0.1, steps=5).gradient)
    padded = tm.meta_gradient(names["loss"], w, names["tasks"], alpha=0.1, steps=5)
    assert len(names["tasks"]) == 4
    np.testing.assert_allclose(padded.gradient, np.mean(gradients, axis=0), rtol=1e-13)


def test_a_training_stops_early_and_is_judged(capsys, monkeypatch):
    """With fewer iterations: nothing gets better within the first 50, as it is not looked at."""
    code = next(block for block in blocks("python", DATA) if "callback=stop" in block)
    assert "+ 500" in code and "70_000" in code
    train = tm.maml_finite_sum
    histories = []

    def train_quietly(*arguments, **settings):
        histories.append(train(*arguments, **settings, progress=False))

    monkeypatch.setattr(tm, "maml_finite_sum", train_quietly)
    names = {}
    exec(code.replace("+ 500", "+ 50").replace("70_000", "200"), names)
    assert len(histories[0].losses) == 51
    assert names["best"]["k"] == 0 and np.isfinite(names["best"]["loss"])
    printed = capsys.readouterr().out.split("\n")
    shown = next(block for block in blocks("text", DATA) if "interval" in block).split("\n")
    assert printed[0].split() == shown[0].split()
    assert [line[:5] for line in printed] == [line[:5] for line in shown]


def test_weights_come_from_pytorch_and_go_back():
    torch = pytest.importorskip("torch")
    x, y = np.random.default_rng(0).normal(size=(2, 7, 1)).astype(np.float32)
    names = {}
    taste = next(block for block in blocks("python") if "listing" in block)
    exec(taste[: taste.index("loss = ")].replace("20", "40"), names)
    names["loss"] = tm.Loss(names["mse"], names["params"])
    code = next(block for block in blocks("python", DATA) if "import torch" in block)
    for line in ("", "w = np.float32(2) * w\n"):  # as they came, and after something was learnt
        exec(
            code.replace("\nparams = loss.unflatten(w)", f"{line}params = loss.unflatten(w)"), names
        )
        with torch.no_grad():
            theirs = torch.mean((names["network"](torch.from_numpy(x)) - torch.from_numpy(y)) ** 2)
        assert np.isclose(names["loss"].value(names["w"], x, y), float(theirs), rtol=1e-5)


def test_the_proof_s_example_runs(capsys):
    exec(next(block for block in blocks("python", RESULTS) if "theory" in block), {})
    printed = capsys.readouterr().out
    assert "Every line holds" in printed
    assert "not falsified; left side / right side reaches 1, by the sawtooth" in printed


def test_the_table_of_results_has_all_of_them():
    from tinymaml import theory

    rows = re.findall(r"^\| `(\w+)` \| (.*?) \|", RESULTS.read_text(encoding="utf-8"), re.M)
    assert rows == [(name, result.title) for name, result in theory.RESULTS.items()]


def test_the_two_commands_stand_alone():
    commands = [c.strip() for c in blocks("sh")]
    assert len(commands) == 2
    assert all("\n" not in c and c.startswith("python3 -m venv") for c in commands)


@pytest.mark.parametrize("page", [README, *sorted(PAGES.glob("*.md"))], ids=lambda page: page.name)
def test_what_is_linked_exists(page):
    for link in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
        if "://" not in link:
            assert (page.parent / link).exists(), link


def test_the_readme_is_short_and_links_every_page():
    text = README.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 130
    assert all(f"(.docs/{page.name})" in text for page in PAGES.glob("*.md"))
