"""The file of a history: saved and loaded bit for bit, and what is refused."""

import json
import os
import pickle
import zipfile

import numpy as np
import pytest

import tinymaml as tm
from helpers.checks import PRECISIONS
from helpers.network import P
from helpers.processes import run_python
from helpers.training import START, Planes, check_same, go_on, run

pytestmark = pytest.mark.lesson_08

ADAM = tm.Adam(0.01)
VECTOR = np.linspace(0.02, 0.2, P)


def trained(**changes):
    settings = dict(stepsize=ADAM, alpha_stepsize=ADAM, alpha=VECTOR, iterations=3)
    return run(tm.maml_finite_sum, **settings | changes)


@PRECISIONS
@pytest.mark.parametrize("alpha", [0.1, VECTOR], ids=["scalar", "vector"])
@pytest.mark.parametrize("adam", [False, True])
def test_what_is_loaded_is_what_was_saved(dtype, alpha, adam, tmp_path):
    step = ADAM if adam else 0.05
    w = START.astype(dtype)
    h = trained(w=w, alpha=alpha, stepsize=step, alpha_stepsize=step)
    path = tmp_path / "run"
    h.save(path)
    check_same(tm.History.load(path), h)
    check_same(tm.History.load(str(path)), h)
    check_same(pickle.loads(pickle.dumps(h)), h)
    assert os.listdir(tmp_path) == ["run"]  # exactly that name, and nothing left beside it


IN_A_NEW_PROCESS = """
import sys
import numpy as np
import tinymaml as tm
from helpers.training import go_on

half = tm.History.load({path!r})
both = go_on(tm.maml_finite_sum, half, stepsize=tm.Adam(0.01), alpha_stepsize=tm.Adam(0.01))
both.save({path!r})
"""


def test_a_new_process_goes_on_bit_for_bit(tmp_path):
    path = str(tmp_path / "run.npz")
    rng = np.random.Generator(np.random.MT19937(3))
    trained(seed=rng, w=START.astype(np.float32)).save(path)
    run_python(IN_A_NEW_PROCESS.format(path=path))
    rng = np.random.Generator(np.random.MT19937(3))
    whole = trained(seed=rng, w=START.astype(np.float32), iterations=8)
    check_same(tm.History.load(path), whole)


def test_an_interrupted_run_is_saved_too(tmp_path):
    class Interrupting(Planes):
        def keep(self, tasks, *call):
            if len(self.calls) == 2:
                raise KeyboardInterrupt
            return super().keep(tasks, *call)

    with pytest.raises(tm.Interrupted) as stopped:
        trained(problem=Interrupting(), iterations=9)
    stopped.value.history.save(tmp_path / "run")
    half = tm.History.load(tmp_path / "run")
    both = go_on(tm.maml_finite_sum, half, stepsize=ADAM, alpha_stepsize=ADAM, iterations=1)
    check_same(both, trained())


def test_numpy_reads_its_arrays(tmp_path):
    h = trained()
    h.save(tmp_path / "run.npz")
    with np.load(tmp_path / "run.npz", allow_pickle=False) as arrays:
        for name in ("w", "alpha", "losses", "gradient_norms", "stepsizes"):
            assert np.array_equal(arrays[name], getattr(h, name))


def test_a_seed_of_any_size_is_saved(tmp_path):
    h = trained(seed=10**5000)
    h.save(tmp_path / "run")
    check_same(tm.History.load(tmp_path / "run"), h)


def test_the_other_order_of_bytes_is_read(tmp_path):
    h = trained()
    h.save(tmp_path / "run")
    with np.load(tmp_path / "run") as arrays:
        swapped = {name: a.astype(a.dtype.newbyteorder("S")) for name, a in arrays.items()}
    with open(tmp_path / "run", "wb") as file:
        np.savez(file, **swapped)
    check_same(tm.History.load(tmp_path / "run"), h)


# ---- a file that is there


def test_a_file_that_cannot_be_written_leaves_the_earlier_one(tmp_path, monkeypatch):
    path = tmp_path / "run"
    h = trained()
    h.save(path)

    def full(file, **arrays):
        file.write(b"half of it")
        raise OSError(28, "No space left on device")

    def stop(*paths):
        raise KeyboardInterrupt

    for error, name, replacement in (
        (OSError, "numpy.savez", full),
        (KeyboardInterrupt, "os.replace", stop),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(name, replacement)
            with pytest.raises(error):
                trained(iterations=5).save(path)
        check_same(tm.History.load(path), h)
        assert os.listdir(tmp_path) == ["run"]


def test_a_file_is_replaced_also_where_a_link_leads(tmp_path):
    one, two = trained(), trained(iterations=5)
    one.save(tmp_path / "run")
    (tmp_path / "link").symlink_to(tmp_path / "run")
    two.save(tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    check_same(tm.History.load(tmp_path / "run"), two)


def test_where_nothing_can_be_saved(tmp_path):
    h = trained()
    with pytest.raises(FileNotFoundError, match="there is no folder .*nowhere: make it first"):
        h.save(tmp_path / "nowhere" / "run")
    with pytest.raises(ValueError, match="is not a file: give the history a name of its own"):
        h.save(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ValueError, match="is not a file"):
        h.save(tmp_path / "pipe")
    for path in (3, None):
        with pytest.raises(TypeError, match="str, bytes or os.PathLike"):
            h.save(path)


def test_what_load_would_refuse_is_not_saved(tmp_path):
    h = trained()
    h.w = h.w.tolist()
    with pytest.raises(TypeError, match="w is of type list"):
        h.save(tmp_path / "run")
    assert os.listdir(tmp_path) == []


class Own(np.random.PCG64):
    """A bit generator that is not NumPy's own."""


def test_another_bit_generator_resumes_but_is_not_saved(tmp_path):
    half = trained(seed=np.random.Generator(Own(4)))
    settings = dict(stepsize=ADAM, alpha_stepsize=ADAM)
    both = go_on(tm.maml_finite_sum, half, **settings)
    assert np.array_equal(both.w, trained(seed=np.random.Generator(Own(4)), iterations=8).w)
    with pytest.raises(TypeError, match="Own is not one of NumPy's own, and only those can be"):
        half.save(tmp_path / "run")
    assert os.listdir(tmp_path) == []


# ---- damaged and foreign files


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    path = tmp_path_factory.mktemp("saved") / "run"
    trained().save(path)
    return path.read_bytes()


def refuse(path, match):
    with pytest.raises(ValueError, match=match) as refused:
        tm.History.load(path)
    assert "\n" not in str(refused.value)
    assert str(refused.value).startswith(str(path))


def test_no_file_at_all(tmp_path):
    with pytest.raises(FileNotFoundError):
        tm.History.load(tmp_path / "run")
    with pytest.raises(IsADirectoryError):
        tm.History.load(tmp_path)


def test_a_file_that_is_cut_short(saved, tmp_path):
    path = tmp_path / "run"
    for length in [*range(0, len(saved), 97), len(saved) - 1]:
        path.write_bytes(saved[:length])
        refuse(path, "is not a history, or it is damaged: ")


def test_a_file_with_a_changed_byte_is_refused_or_says_the_same(saved, tmp_path):
    path = tmp_path / "run"
    path.write_bytes(saved)
    whole = tm.History.load(path)
    refused = 0
    for at in range(0, len(saved), 41):
        changed = bytearray(saved)
        changed[at] ^= 0xFF
        path.write_bytes(changed)
        try:
            loaded = tm.History.load(path)
        except ValueError as error:
            assert "damaged" in str(error) or "not a history" in str(error)
            refused += 1
        else:  # such as the date of a part
            check_same(loaded, whole)
    assert refused > 100


def test_files_of_others(tmp_path):
    path = tmp_path / "run"
    path.write_text("losses: 1, 2, 3")
    refuse(path, "it is no npz file")
    with open(path, "wb") as file:
        np.save(file, START)
    refuse(path, "it is no npz file")
    path.write_bytes(pickle.dumps(START))
    refuse(path, "it is no npz file")
    with open(path, "wb") as file:
        np.savez(file, w=START)
    refuse(path, r"is not a history: save one with history.save\(path\)")
    with open(path, "wb") as file:
        np.savez(file, facts=np.array(json.dumps([1, 2])), w=START)
    refuse(path, "is not a history: save one")
    with open(path, "wb") as file:
        np.savez(file, w=np.array([print, START], dtype=object))
    refuse(path, "Object arrays cannot be loaded when allow_pickle=False")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("word.xml", "<w/>")
    refuse(path, "is not a history")


def rewrite(path, saved, arrays=None, **facts):
    """The file with other fields; a fact that is None is taken out."""
    path.write_bytes(saved)
    with np.load(path) as loaded:
        fields = dict(loaded)
    text = json.loads(str(fields["facts"])) | facts
    fields["facts"] = np.array(json.dumps({k: v for k, v in text.items() if v is not None}))
    fields |= arrays or {}
    with open(path, "wb") as file:
        np.savez(file, **{name: a for name, a in fields.items() if a is not None})


def test_another_version_of_the_format(saved, tmp_path):
    path = tmp_path / "run"
    rewrite(path, saved, version=2)
    refuse(path, "in version 2 of the format, and this tinymaml reads version 1: load it with")


FACTS = ["gradients_used", "hvps_used", "generator", "update", "alpha_update"]
ARRAYS = ["w", "alpha", "losses", "gradient_norms", "stepsizes", "update_mean"]


@pytest.mark.parametrize("name", FACTS + ARRAYS)
def test_a_field_that_is_missing(name, saved, tmp_path):
    path = tmp_path / "run"
    if name in FACTS:
        rewrite(path, saved, **{name: None})
    else:
        rewrite(path, saved, {name: None})
    refuse(path, f"is damaged: it lacks the field '{name}'")


KIND = {"kind": "PCG64", "numbers": {}, "seeds": None}


@pytest.mark.parametrize(
    "arrays, facts, match",
    [
        ({"w": START.astype(int)}, {}, "w is of type int64; expected floats"),
        ({"w": START[None]}, {}, "w has shape"),
        ({"w": np.array("w")}, {}, "w is of type <U1"),
        ({"alpha": -VECTOR}, {}, "alpha contains a number < 0"),
        ({"alpha": VECTOR[1:]}, {}, "alpha has shape"),
        ({"losses": np.ones(2)}, {}, "losses, gradient_norms and stepsizes are not of one length"),
        ({"stepsizes": np.ones(3, np.float32)}, {}, "and float64"),
        ({"losses": np.ones((3, 1))}, {}, "not of one length"),
        ({"update_mean": np.ones(2)}, {}, "the moments of update have the shape or type of"),
        ({}, {"hvps_used": -1}, "hvps_used is -1"),
        ({}, {"hvps_used": "3"}, "hvps_used is '3'"),
        ({}, {"generator": 3}, "is damaged"),
        ({}, {"generator": KIND | {"kind": "seed"}}, "this NumPy has no bit generator 'seed'"),
        ({}, {"generator": KIND | {"kind": "BitGenerator"}}, "is damaged"),
        ({}, {"generator": KIND}, "is damaged"),
        ({}, {"update": {"betas": [0.9], "eps": 1.0, "updates": 1}}, "is damaged"),
        ({}, {"update": []}, "is damaged"),
    ],
)
def test_a_field_that_is_unfit(arrays, facts, match, saved, tmp_path):
    path = tmp_path / "run"
    rewrite(path, saved, arrays, **facts)
    refuse(path, match)
