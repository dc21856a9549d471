"""Digits: what a task shows, what is held out, and a baseline that sees the same."""

import sys

import numpy as np
import pytest

import tinymaml as tm
from tinymaml.problems import Digits, JointDigits, digits, splits


@pytest.fixture(autouse=True)
def sklearn(request):
    if "without" not in request.node.name:
        pytest.importorskip("sklearn", reason="needs the extra tinymaml[digits]")


@pytest.fixture
def without_sklearn(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    digits.images.cache_clear()
    yield
    digits.images.cache_clear()


def test_without_scikit_learn_one_sentence_says_what_to_install(without_sklearn):
    with pytest.raises(
        ImportError,
        match=r"^the handwritten digits come with scikit-learn.*: "
        r"pip install 'tinymaml\[digits\]'$",
    ):
        Digits()


def names(x):
    """The digit that each image shows, looked up among all of them (no two digits share an
    image)."""
    images, shown = digits.images()
    known = {}
    for digit, rows in enumerate(shown):
        for image in images[rows]:
            known[image.tobytes()] = digit
    found = [known[image.tobytes()] for image in x.reshape(-1, 64)]
    return np.array(found).reshape(x.shape[:-1])


def pool(arrays):
    """All rows of these arrays."""
    return np.concatenate([a.reshape(-1, a.shape[-1]) for a in arrays])


@pytest.mark.parametrize("count, held_out", [(5, 4), (5, 2), (10, 3), (1, 4), (2, 5)])
def test_splits_hold_every_digit_out_equally_often(count, held_out):
    found = splits(count, held_out, seed=3)
    assert len(found) == len(set(found)) == count
    for train, test in found:
        assert len(test) == held_out and sorted(train + test) == list(range(10))
    if count > 1:
        assert set(np.bincount([k for _, test in found for k in test], minlength=10)) == {
            count * held_out // 10
        }
    assert splits(count, held_out, seed=3) == found


@pytest.mark.parametrize("ways, shots, queries", [(3, 1, 5), (3, 5, 5), (2, 1, 1), (4, 3, 2)])
def test_a_task_shows_new_images_of_its_digits_under_one_hot_rows(ways, shots, queries):
    train, test = splits()[0]
    problem = Digits(test, ways, shots, queries, dtype=np.float64)
    tasks = problem.sample(np.random.default_rng(0), 30)
    (x, y), (xq, yq) = tasks.inner, tasks.outer
    assert x.shape == (30, ways * shots, 64) and y.shape == (30, ways * shots, ways)
    assert xq.shape == (30, ways * queries, 64) and yq.shape == (30, ways * queries, ways)
    shown, asked = names(x), names(xq)
    assert set(shown.ravel()) <= set(test) and not set(shown.ravel()) & set(train)
    for b in range(30):
        together = np.vstack([x[b], xq[b]])
        assert len(np.unique(together, axis=0)) == len(together)  # no image twice
        for labels in (y[b], yq[b]):
            assert np.array_equal(labels.sum(1), np.ones(len(labels)))
            assert set(labels.ravel()) == {
                0.0,
                1.0,
            }
        for output in range(ways):
            of_output = set(shown[b][y[b][:, output] == 1]) | set(asked[b][yq[b][:, output] == 1])
            assert len(of_output) == 1 and (y[b][:, output] == 1).sum() == shots


def test_every_digit_comes_under_every_output_and_every_image_is_shown():
    problem, rng = Digits(queries=20, shots=5, dtype=np.float64), np.random.default_rng(0)
    chosen, rows = problem.choose(rng, 1500)
    assert all(set(chosen[:, output]) == set(range(10)) for output in range(3))
    counts = np.bincount(rows.ravel(), minlength=1797)
    assert counts.min() > 20 and (rows >= 0).all()


def test_fresh_samples_are_images_of_the_task_s_digits():
    problem = Digits((1, 4, 7, 8), dtype=np.float64)
    tasks = problem.resample(np.random.default_rng(0), 5, 2, dict(inner=40, hessian=30, outer=50))
    for b in range(5):
        x = pool([part[0][b] for part in (tasks.inner, tasks.hessian, tasks.outer)])
        y = pool([part[1][b] for part in (tasks.inner, tasks.hessian, tasks.outer)])
        of = set(zip(y.argmax(1), names(x), strict=True))
        assert len(of) == 3 and {digit for _, digit in of} < {1, 4, 7, 8}
        assert np.ptp(np.bincount(y.argmax(1))) < 50


def test_turned_digits_are_turned_alike_within_a_task():
    """Turned back by the right one of the eight ways, all images of an output show one digit; all
    eight come about."""
    problem, (x, digit_rows) = Digits((2, 4, 5, 7), turned=True, dtype=np.float64), digits.images()
    back = {image.tobytes(): row for row, image in enumerate(x)}
    original, digit = x[:1797].reshape(-1, 8, 8), np.zeros(1797, int)
    for k, rows in enumerate(digit_rows):
        digit[rows] = k
    seen = set()
    for tasks in (
        problem.sample(np.random.default_rng(0), 30),
        problem.resample(np.random.default_rng(1), 30, 2, dict(inner=9, hessian=9, outer=9)),
    ):
        for b in range(30):
            images = pool([tasks.inner[0][b], tasks.outer[0][b]])
            labels = pool([tasks.inner[1][b], tasks.outer[1][b]])
            for output in range(3):
                rows = [back[image.tobytes()] for image in images[labels[:, output] == 1]]
                ways = {row // 1797 for row in rows}
                assert len(ways) <= 1 and len({digit[row % 1797] for row in rows}) <= 1
                seen |= ways
    assert seen == set(range(8))
    for way in range(8):
        mirrored = original[5, :, ::-1] if way >= 4 else original[5]
        assert np.array_equal(x[1797 * way + 5].reshape(8, 8), np.rot90(mirrored, way % 4))
    plain = Digits((2, 4, 5, 7), dtype=np.float64).sample(np.random.default_rng(0), 3)
    assert set(names(plain.outer[0]).ravel()) <= {2, 4, 5, 7}


def test_the_loss_is_cross_entropy_and_accuracy_counts():
    problem = Digits(dtype=np.float64)
    tasks, w = problem.sample(np.random.default_rng(0), 4), problem.start
    (x, y), p = (a[0] for a in tasks.outer), problem.loss.unflatten(w)
    z = np.tanh(x @ p["W1"] + p["b1"]) @ p["W2"] + p["b2"]
    probability = np.exp(z) / np.exp(z).sum(1, keepdims=True)
    assert np.isclose(
        problem.loss.value(w, x, y), -np.mean(np.log(probability[y == 1])), rtol=1e-13
    )
    accuracy = problem.accuracy(np.tile(w, (4, 1)), tasks)
    assert accuracy.shape == (4,) and accuracy[0] == np.mean(z.argmax(1) == y.argmax(1))
    zeros = {name: np.zeros(shape) for name, shape in problem.loss.shapes.items()}
    favour_one = zeros | {"b2": np.array([0.0, 1.0, 0.0])}
    always = np.tile(problem.loss.flatten(favour_one), (4, 1))
    assert np.allclose(problem.accuracy(always, tasks), 1 / 3)
    diverged = np.full_like(always, np.nan)
    assert (problem.accuracy(diverged, tasks) == 0).all()  # no output is the largest


def test_the_baseline_sees_the_very_images_that_maml_sees():
    few = Digits((0, 3, 5, 8, 9), shots=2, queries=3, dtype=np.float64)
    joint = JointDigits(few)
    tasks, pooled = (p.sample(np.random.default_rng(4), 6) for p in (few, joint))
    x, y = pooled.outer
    for b in range(6):
        seen = np.vstack([tasks.inner[0][b], tasks.outer[0][b]])
        assert np.array_equal(np.unique(seen, axis=0), np.unique(x[b], axis=0))
        assert len(seen) == len(x[b])
    labels = np.array(few.digits)[y.argmax(2)]
    assert np.array_equal(labels, names(x))  # under the digits' own names, in order
    turned = JointDigits(Digits(few.digits, shots=2, queries=3, turned=True, dtype=np.float64))
    x, y = turned.sample(np.random.default_rng(4), 200).outer
    images, _ = digits.images()
    rows = [[np.flatnonzero((images == image).all(1))[0] for image in task] for task in x[:3]]
    way = np.array(rows) // 1797
    assert turned.classes == y.shape[2] == 40
    assert np.array_equal(y.argmax(2)[:3] % 8, way)
    assert set(y.argmax(2).ravel()) == set(range(40))


def test_fine_tuning_all_layers_or_the_last():
    joint = JointDigits(Digits(dtype=np.float64))
    test = Digits((0, 1, 2), dtype=np.float64)
    tasks, w = test.sample(np.random.default_rng(0), 3), joint.start
    whole, inside = joint.transfer(w), joint.features(w, tasks)
    assert np.array_equal(whole[: 65 * 40], w[: 65 * 40])
    assert not whole[65 * 40 :].any()
    assert whole.shape == (test.loss.size,)
    last = tm.adapt(
        joint.last_layer, joint.last_start, inside.inner, alpha=0.5, steps=4, target="numpy"
    )[-1]
    for b in range(3):
        full = joint.transfer(w, last[b])
        data, hidden = ([a[b] for a in t.outer] for t in (tasks, inside))
        assert np.isclose(
            test.loss.value(full, *data), joint.last_layer.value(last[b], *hidden), rtol=1e-12
        )
        assert np.allclose(
            test.loss.gradient(full, *data)[65 * 40 :],
            joint.last_layer.gradient(last[b], *hidden),
            rtol=0,
            atol=1e-13,
        )


@pytest.mark.slow
def test_both_learn():
    """A short training: on held-out digits both do better than chance (1/3), and better than the
    start they came from."""
    train, test = splits()[0]
    few, held_out = Digits(train), Digits(test)
    tasks = held_out.sample(np.random.default_rng(1), 100)
    options = dict(batch=10, stepsize=tm.Adam(0.003), seed=0, progress=False)

    def accuracy(w):
        adapted = tm.adapt(held_out.loss, w, tasks.inner, alpha=0.1, steps=5)[-1]
        return held_out.accuracy(adapted, tasks).mean()

    maml = tm.maml_finite_sum(
        few.loss, few.start, few, alpha=0.1, steps=5, iterations=300, **options
    ).w
    joint = JointDigits(few)
    pretrained = tm.maml_finite_sum(
        joint.loss, joint.start, joint, alpha=1.0, steps=0, iterations=300, **options
    ).w
    assert accuracy(maml) > max(0.5, accuracy(few.start))
    assert accuracy(joint.transfer(pretrained)) > 0.5
