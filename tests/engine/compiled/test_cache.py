"""The cache of compiled code is never stale, and never somebody else's: tried with a copy of the
package and a folder of its own."""

import os
import pathlib
import re
import shutil
from typing import NamedTuple

import pytest

import tinymaml as tm
from helpers.platforms import needs_resource, needs_users
from helpers.processes import run_python
from tinymaml.engine.compiled import cache

pytestmark = pytest.mark.lesson_05

PACKAGE = pathlib.Path(tm.__file__).parent

# the gradient of a² after one step: a -> (1 - 2 alpha) a, so (1 - 2 alpha)² · 2 = 1.125
CALL = """
    import pathlib
    import numpy as np, tinymaml as tm
    loss = tm.Loss(lambda p, x: tm.mean(tm.square(x * p["a"])), {"a": np.ones(1)})
    x = np.ones((1, 1, 1))
    tasks = tm.Tasks.finite_sum((x,), (x,))
    r = tm.meta_gradient(loss, np.ones(1), tasks, alpha=0.125, steps=1)
    print(pathlib.Path(tm.__file__).parents[1], r.gradient[0])
"""
# in the place of the inner loop, what is compiled in two seconds: w + alpha w, with the same axpy
STAND_IN = """
@jit
def learn(plan, memory, alpha, delta):
    w = point(plan.facts, 0)
    v = unsigned(plan.facts[Fact.DIRECTION])
    axpy(memory, v, w, unsigned(plan.facts[Fact.LENGTH]), alpha, w)
"""
# what the call gives, and what it gives with steps twice as long
STAND_IN_GIVES = 1.125, 1.25
WHOLE_GIVES = 1.125, 0.5


class Installation(NamedTuple):
    """A copy of the package with its own cache, and what it has done."""

    root: pathlib.Path
    environment: dict
    gives: tuple[float, float]
    first_call: tuple[str, str]  # output and messages


@pytest.fixture(scope="module", params=["stand-in", pytest.param("whole", marks=pytest.mark.slow)])
def installation(request, tmp_path_factory):
    """A copy of the package that is imported from there, and compiled once."""
    root = tmp_path_factory.mktemp("installation")
    shutil.copytree(PACKAGE, root / "tinymaml", ignore=shutil.ignore_patterns("__pycache__"))
    gives = WHOLE_GIVES
    if request.param == "stand-in":
        gives = STAND_IN_GIVES
        inner_loop = root / "tinymaml" / "engine" / "compiled" / "inner_loop.py"
        before, after = inner_loop.read_text().split("@jit\ndef learn(", 1)
        after = after[after.index("@jit\n") :]
        inner_loop.write_text(before + STAND_IN + after)
    environment = {
        "PYTHONPATH": str(root),
        "XDG_CACHE_HOME": str(root / "cache"),
        "NUMBA_CACHE_DIR": "",
        "PYTHONDONTWRITEBYTECODE": "1",
        "NUMBA_OPT": "0",  # compiles faster
    }
    return Installation(root, environment, gives, run_python(CALL, **environment))


def files_outside_of_the_cache(root):
    return sorted(path for path in root.rglob("*") if "cache" not in path.relative_to(root).parts)


def test_a_compilation_is_announced_in_one_line(installation):
    output, messages = installation.first_call
    assert output == f"{installation.root} {installation.gives[0]}"
    assert messages.count("\n") == 1
    assert "compiling the inner loop for float64" in messages


def test_a_second_process_starts_from_the_cache_even_if_the_installation_is_read_only(
    installation,
):
    root = installation.root
    before = files_outside_of_the_cache(root)
    for path in (root / "tinymaml").rglob("*"):
        path.chmod(0o555 if path.is_dir() else 0o444)
    output, messages = run_python(CALL, **installation.environment)
    assert output == installation.first_call[0]
    assert messages == ""
    assert files_outside_of_the_cache(root) == before  # nothing is written beside the sources


def test_an_edited_kernel_is_compiled_anew_and_without_a_home_the_temporary_folder_serves(
    installation, tmp_path
):
    kernels = installation.root / "tinymaml" / "engine" / "compiled" / "kernels.py"
    source = kernels.read_text()
    axpy = "total = load_vector(memory, x + j) + c * load_vector(memory, y + j)"
    assert source.count(axpy) == 1
    blocked = tmp_path / "a file, not a folder"
    blocked.write_text("")
    environment = installation.environment | {
        "XDG_CACHE_HOME": str(blocked),
        "TMPDIR": str(tmp_path),
    }
    kernels.chmod(0o644)
    kernels.write_text(source.replace(axpy, axpy.replace("c *", "(c + c) *")))
    try:
        output, messages = run_python(CALL, **environment)
        assert output == f"{installation.root} {installation.gives[1]}"
        assert "compiling" in messages
        assert list(tmp_path.rglob("*.nbc"))
        assert run_python(CALL, **environment) == (output, "")
    finally:
        kernels.write_text(source)


# ---- what happens to files


@pytest.fixture
def kept(installation, tmp_path):
    """A copy of the compiled code: the environment in which it is found, and its folder."""
    shutil.copytree(installation.root / "cache", tmp_path / "cache")
    (index,) = tmp_path.rglob("*.nbi")
    environment = installation.environment | {"XDG_CACHE_HOME": str(tmp_path / "cache")}
    return environment, index.parent


def cut(file):
    file.write_bytes(file.read_bytes()[:100])


def garble(file):
    content = bytearray(file.read_bytes())
    content[len(content) // 2 :] = os.urandom(len(content) - len(content) // 2)
    file.write_bytes(content)


def empty(file):
    file.write_bytes(b"")


OTHER_DAMAGES = [(empty, "*.nbi"), (cut, "*.nbc"), (empty, cache.CHECKSUMS)]


@pytest.mark.parametrize(
    "damage, pattern",
    [(garble, "*.nbc"), *(pytest.param(*one, marks=pytest.mark.slow) for one in OTHER_DAMAGES)],
)
def test_damaged_files_are_thrown_away_and_compiled_again(kept, installation, damage, pattern):
    environment, folder = kept
    (file,) = folder.glob(pattern)
    damage(file)
    output, messages = run_python(CALL, **environment)
    assert output == installation.first_call[0]
    damaged, compiling = messages.splitlines()
    assert damaged == (
        f"tinymaml: compiled code in {folder} is damaged: it is thrown away and compiled again"
    )
    assert "the last time" in compiling
    assert run_python(CALL, **environment) == (output, "")


FULL_DISK = """
    import resource
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
"""


@needs_resource
def test_a_full_disk_costs_the_cache_and_not_the_result(installation, tmp_path):
    environment = installation.environment | {"XDG_CACHE_HOME": str(tmp_path)}
    output, messages = run_python(FULL_DISK + CALL, **environment)
    assert output == installation.first_call[0]
    compiling, full = messages.splitlines()
    assert "compiling" in compiling
    assert re.fullmatch("tinymaml: compiled code cannot be kept in .*: File too large", full)


@pytest.mark.slow  # as with a full disk, which is tried always
def test_a_folder_that_cannot_be_made_costs_the_cache_and_not_the_result(
    installation, kept, tmp_path
):
    environment, folder = kept
    precision = folder.parent
    shutil.rmtree(precision)
    precision.write_text("a file, not a folder")
    output, messages = run_python(CALL, **environment)
    assert output == installation.first_call[0]
    assert "compiled code cannot be kept in" in messages


@needs_users
def test_compiled_code_in_a_folder_of_somebody_else_is_not_used(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("NUMBA_CACHE_DIR", "")
    assert tmp_path in cache.cache_folder().parents
    monkeypatch.setattr(os, "getuid", lambda: 12345)
    monkeypatch.setattr(cache.tempfile, "gettempdir", lambda: str(tmp_path / "temporary"))
    assert cache.cache_folder() is None


@needs_users
def test_a_folder_that_others_may_write_to_is_not_used(tmp_path):
    folder = tmp_path / "tinymaml" / "digest"
    assert cache.is_own(folder, os.getuid())
    folder.parent.chmod(0o777)
    assert not cache.is_own(folder, os.getuid())
    folder.parent.chmod(0o700)
    assert cache.is_own(folder, os.getuid())
    assert not cache.is_own(folder, os.getuid() + 1)
    link = tmp_path / "link"
    link.symlink_to(folder.parent)
    assert not cache.is_own(link / "digest", os.getuid()) or link.lstat().st_uid == os.getuid()
