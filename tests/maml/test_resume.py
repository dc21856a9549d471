"""A run that goes on from a history: as if it had never stopped, bit for bit."""

import sys

import numpy as np
import pytest

import tinymaml as tm
from helpers import network
from helpers.checks import PRECISIONS
from helpers.network import LOSS, P
from helpers.training import (
    ALGORITHMS,
    BATCH,
    START,
    Planes,
    check_same,
    go_on,
    random_stepsize,
    run,
)

pytestmark = pytest.mark.lesson_08

ADAM = tm.Adam(0.01)
VECTOR = np.linspace(0.02, 0.2, P)
# how w moves, alpha, how alpha moves
RULES = {
    "constant": dict(stepsize=0.05),
    "Adam": dict(stepsize=ADAM),
    "random": dict(stepsize="random"),
    "scalar": dict(stepsize=0.05, alpha_stepsize=0.1),
    "scalar, Adam": dict(stepsize=ADAM, alpha_stepsize=ADAM),
    "vector": dict(stepsize=ADAM, alpha=VECTOR, alpha_stepsize=0.1),
    "vector, Adam": dict(stepsize=0.05, alpha=VECTOR, alpha_stepsize=ADAM),
    "random, vector": dict(stepsize="random", alpha=VECTOR),
}


def settings_of(rule, algorithm):
    settings = dict(RULES[rule])
    if settings["stepsize"] == "random":
        settings["stepsize"] = random_stepsize(algorithm)
    return settings


@PRECISIONS
@ALGORITHMS
@pytest.mark.parametrize("rule", RULES)
def test_two_runs_are_one(algorithm, rule, dtype):
    settings = settings_of(rule, algorithm)
    w = START.astype(dtype)
    whole = run(algorithm, w=w, **settings, iterations=80)
    half = run(algorithm, w=w, **settings, iterations=40)
    alpha = settings.pop("alpha", None)
    check_same(go_on(algorithm, half, **settings, iterations=40), whole)
    assert whole.w.dtype == dtype
    assert whole.losses.shape == (80,)
    assert isinstance(whole.alpha, float if alpha is None else np.ndarray)
    moved = np.abs(np.asarray(whole.alpha) - np.asarray(0.1 if alpha is None else alpha)).max()
    assert (moved > 1e-3) == ("alpha_stepsize" in settings)


class HalfWords(Planes):
    """Draws three times 32 bits for a batch; what is left of 64, the generator keeps for the
    next."""

    def scale(self, rng):
        return rng.integers(2**30, 2**31, size=3, dtype=np.int32)[-1] / 2**31

    def sample(self, rng, batch):
        self.scaled = self.scale(rng)
        return super().sample(rng, batch)

    def resample(self, rng, batch, steps, samples):
        self.scaled = self.scale(rng)
        return super().resample(rng, batch, steps, samples)

    def draw(self, rng, slope, *shape):
        x, y = super().draw(rng, slope, *shape)
        return x, y * self.scaled


@ALGORITHMS
@pytest.mark.parametrize("kind", ["PCG64", "PCG64DXSM", "MT19937", "Philox", "SFC64"])
def test_every_bit_generator_goes_on(algorithm, kind, tmp_path):
    def rng():
        return np.random.Generator(getattr(np.random, kind)(3))

    settings = dict(problem=HalfWords())
    whole = run(algorithm, seed=rng(), iterations=10, **settings)
    half = run(algorithm, seed=rng(), iterations=1, **settings)
    for k, iterations in enumerate([1, 2, 3, 3]):  # by way of a file each time
        half.save(tmp_path / str(k))
        loaded = tm.History.load(tmp_path / str(k))
        half = go_on(algorithm, loaded, iterations=iterations, **settings)
    check_same(half, whole)


class Spawning(Planes):
    """Draws every batch from a generator of its own."""

    def sample(self, rng, batch):
        return super().sample(rng.spawn(1)[0], batch)


def test_what_the_generator_spawns_goes_on_too(tmp_path):
    for seed in (4, [1, 2**70]):
        sequence = np.random.SeedSequence(seed, spawn_key=(7,))

        def rng(sequence=sequence):
            return np.random.default_rng(np.random.SeedSequence(**sequence.state))

        settings = dict(problem=Spawning(), target="numpy")
        whole = run(tm.maml_finite_sum, seed=rng(), iterations=5, **settings)
        run(tm.maml_finite_sum, seed=rng(), iterations=2, **settings).save(tmp_path / "half")
        half = tm.History.load(tmp_path / "half")
        both = go_on(tm.maml_finite_sum, half, iterations=3, **settings)
        assert np.array_equal(both.w, whole.w)
        assert np.array_equal(both.losses, whole.losses)


def test_the_callers_own_generator_advances_as_ever_and_resume_leaves_it_alone():
    rng, other = np.random.default_rng(4), np.random.default_rng(4)
    half = run(tm.maml_finite_sum, seed=rng, iterations=3)
    for _ in range(3):
        Planes().sample(other, BATCH)
    assert rng.bit_generator.state == other.bit_generator.state
    rng.random(10)  # what is done with it later does not matter
    one, two = (go_on(tm.maml_finite_sum, half, iterations=2) for _ in range(2))
    check_same(one, two)
    check_same(one, run(tm.maml_finite_sum, iterations=5))
    other.random(10)
    assert rng.bit_generator.state == other.bit_generator.state


@ALGORITHMS
def test_runs_without_iterations_change_nothing(algorithm, tmp_path):
    settings = dict(stepsize=ADAM, alpha_stepsize=0.1)
    empty = run(algorithm, iterations=0, **settings)
    empty.save(tmp_path / "empty")
    empty = go_on(algorithm, tm.History.load(tmp_path / "empty"), iterations=0, **settings)
    assert empty.losses.shape == (0,)
    half = go_on(algorithm, empty, iterations=3, **settings)
    w = half.w
    half = go_on(algorithm, half, iterations=0, **settings)
    assert not np.shares_memory(half.w, w)
    check_same(go_on(algorithm, half, iterations=2, **settings), run(algorithm, **settings))


def test_the_earlier_history_stays_as_it_was():
    settings = dict(stepsize=ADAM, alpha=VECTOR, alpha_stepsize=ADAM)
    half, twin = (run(tm.maml_finite_sum, **settings) for _ in range(2))
    later = go_on(tm.maml_finite_sum, half, stepsize=ADAM, alpha_stepsize=ADAM)
    later.w[:] = 0
    later.alpha[:] = 0
    later.losses[:] = 0
    check_same(half, twin)
    assert np.array_equal(VECTOR, np.linspace(0.02, 0.2, P))


# ---- what may change

SWITCHES = [
    (ADAM, tm.Adam(0.03), True),
    (ADAM, tm.Adam(0.01, betas=(0.8, 0.999)), False),
    (ADAM, tm.Adam(0.01, eps=1e-6), False),
    (0.05, ADAM, False),
]


@pytest.mark.parametrize("before, after, continues", SWITCHES)
def test_adams_moments_go_on_where_betas_and_eps_are_the_same(before, after, continues):
    half = run(tm.maml_finite_sum, stepsize=before, alpha_stepsize=before, iterations=9)
    settings = dict(stepsize=after, alpha_stepsize=after, iterations=1)
    then = go_on(tm.maml_finite_sum, half, **settings)
    states = (then.checkpoint.update, then.checkpoint.alpha_update)
    assert [state.updates for state in states] == [10 if continues else 1] * 2
    first = np.allclose(np.abs(then.w - half.w), after.lr, rtol=1e-3)  # the first step is lr
    assert first is not continues


def test_the_moments_of_another_alpha_start_anew():
    half = run(tm.maml_finite_sum, alpha_stepsize=ADAM)
    then = go_on(tm.maml_finite_sum, half, alpha=VECTOR, alpha_stepsize=ADAM, iterations=1)
    assert then.checkpoint.alpha_update.updates == 1
    assert then.alpha.shape == (P,)
    then = go_on(tm.maml_finite_sum, then, alpha=0.3)
    assert then.alpha == 0.3
    assert then.checkpoint.alpha_update is None


def test_a_run_may_go_on_with_another_algorithm_stepsize_and_method():
    half = run(tm.maml_finite_sum, iterations=5)
    stepsize = random_stepsize(tm.maml_resampling)
    settings = dict(stepsize=stepsize, method="first-order", target="numpy", alpha=0.2)
    both = go_on(tm.maml_resampling, half, iterations=3, **settings)
    rng = half.checkpoint.generator.generator()
    second = run(tm.maml_resampling, w=half.w, seed=rng, iterations=3, **settings)
    assert np.array_equal(both.w, second.w)
    for name in ("losses", "gradient_norms", "stepsizes"):
        parts = getattr(half, name), getattr(second, name)
        assert np.array_equal(getattr(both, name), np.concatenate(parts))
    assert both.gradients_used == half.gradients_used + second.gradients_used
    assert both.hvps_used == half.hvps_used + 0
    assert both.alpha == 0.2


# ---- after Ctrl-C


class Interrupting(Planes):
    """Ctrl-C after a batch was drawn, before it is handed over."""

    def __init__(self, call):
        super().__init__()
        self.call = call

    def keep(self, tasks, *call):
        if len(self.calls) == self.call:
            raise KeyboardInterrupt
        return super().keep(tasks, *call)


@ALGORITHMS
@pytest.mark.parametrize("call", [0, 3, 4, 5])
def test_a_run_goes_on_after_ctrl_c_in_the_middle_of_an_iteration(algorithm, call):
    settings = dict(stepsize=random_stepsize(algorithm))  # two batches an iteration
    with pytest.raises(tm.Interrupted) as stopped:
        run(algorithm, problem=Interrupting(call), iterations=9, **settings)
    half = stopped.value.history
    assert len(half.losses) == call // 2
    both = go_on(algorithm, half, iterations=6 - len(half.losses), **settings)
    check_same(both, run(algorithm, iterations=6, **settings))


@pytest.mark.parametrize("method", ["value", "gradient", "hvp"])
def test_a_run_goes_on_after_ctrl_c_in_the_loss(method):
    class Interrupted(network.Engine):
        left = 50

        def count(self, name):
            self.left -= name == method
            if self.left == 0:
                raise KeyboardInterrupt

        def value(self, *arguments):
            self.count("value")
            return super().value(*arguments)

        def gradient(self, *arguments):
            self.count("gradient")
            return super().gradient(*arguments)

        def hvp(self, *arguments):
            self.count("hvp")
            return super().hvp(*arguments)

    settings = dict(stepsize=ADAM, alpha_stepsize=ADAM, target="numpy")
    with pytest.raises(tm.Interrupted) as stopped:
        run(tm.maml_finite_sum, Interrupted(), iterations=20, **settings)
    half = stopped.value.history
    assert 3 <= len(half.losses) < 15
    left = 15 - len(half.losses)
    both = go_on(tm.maml_finite_sum, half, network.Engine(), iterations=left, **settings)
    check_same(both, run(tm.maml_finite_sum, network.Engine(), iterations=15, **settings))


FILES = ("algorithms.py", "recorder.py", "stepsizes.py", "learned_alpha.py", "generators.py")


def interrupted_at_line(n, **settings):
    """The history of a run that Ctrl-C stops at the n-th line that is executed after the first
    iteration, in the files that move and keep things; None where the fourth is reached."""
    lines = 0
    begun = ended = False

    def callback(k, w, losses):
        nonlocal begun, ended
        begun, ended = True, k >= 3

    def trace(frame, event, argument):
        nonlocal lines
        if not frame.f_code.co_filename.endswith(FILES):
            return None
        if event == "line" and begun and not ended:
            lines += 1
            if lines == n:
                raise KeyboardInterrupt
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        run(tm.maml_finite_sum, iterations=5, callback=callback, **settings)
    except tm.Interrupted as stopped:
        return stopped.history
    finally:
        sys.settrace(before)
    return None


def test_a_run_goes_on_wherever_ctrl_c_stopped_it():
    settings = dict(stepsize=ADAM, alpha_stepsize=ADAM)
    whole = run(tm.maml_finite_sum, iterations=5, **settings)
    lengths = []
    while (half := interrupted_at_line(len(lengths) + 1, **settings)) is not None:
        lengths.append(len(half.losses))
        both = go_on(tm.maml_finite_sum, half, iterations=5 - len(half.losses), **settings)
        check_same(both, whole)
    assert set(lengths) == {1, 2, 3, 4}
    assert len(lengths) > 100


# ---- after a divergence


def test_a_run_that_diverged_goes_on_with_a_smaller_stepsize_on_the_same_tasks():
    settings = dict(w=100 * START.astype(np.float32), stepsize=1e-6)
    calm = run(tm.maml_finite_sum, iterations=3, **settings)
    with pytest.raises(tm.Diverged, match="^w is not finite at meta-iteration 3: ") as stopped:
        go_on(tm.maml_finite_sum, calm, stepsize=3e38)
    half = stopped.value.history
    check_same(half, calm)
    check_same(
        go_on(tm.maml_finite_sum, half, stepsize=1e-6, iterations=4),
        run(tm.maml_finite_sum, iterations=7, **settings),
    )


# ---- refused


@ALGORITHMS
@pytest.mark.parametrize(
    "change, error, match",
    [
        (dict(w=START), TypeError, "w is given, and so is resume, .*: write None in w's place"),
        (dict(seed=4), TypeError, "seed is given, and so is resume, .*: leave seed out"),
        (dict(seed=0), TypeError, "seed is given"),
        (dict(seed=None), TypeError, "seed is given"),
        (dict(seed=np.random.default_rng(0)), TypeError, "seed is given"),
        (dict(resume=3), TypeError, "resume is of type int; expected the tm.History"),
        (dict(resume="run.npz"), TypeError, r"of type str; .* what tm.History.load\(path\)"),
        (dict(resume=START), TypeError, "resume is of type ndarray"),
        (dict(resume=None), TypeError, r"w is None; expected .* \(None goes with resume=history"),
        (dict(alpha=-1.0), ValueError, "alpha is -1"),
        (dict(iterations=-1), ValueError, "iterations is -1"),
    ],
)
def test_what_does_not_go_with_resume(algorithm, change, error, match):
    history = run(algorithm, iterations=1)
    arguments = dict(resume=history, alpha=None, w=None) | change
    w = arguments.pop("w")
    arguments |= dict(steps=3, stepsize=0.05, batch=4, problem=Planes(), progress=False)
    arguments.setdefault("iterations", 1)
    if algorithm is tm.maml_resampling:
        arguments["samples"] = dict(inner=1, hessian=1, outer=1)
    with pytest.raises(error, match=match):
        algorithm(LOSS, w, **arguments)


def test_the_exception_in_the_place_of_its_history():
    with pytest.raises(tm.Interrupted) as stopped:
        run(tm.maml_finite_sum, problem=Interrupting(2))
    with pytest.raises(TypeError, match="type Interrupted; .*: write resume=stopped.history"):
        go_on(tm.maml_finite_sum, stopped.value)


def test_the_history_of_another_loss():
    other = tm.Loss(lambda p, x, y: tm.mean(tm.square(x @ p["w"] - y)), {"w": np.ones((2, 1))})
    with pytest.raises(ValueError, match=r"w has shape \(13,\); the loss has 2 parameters"):
        go_on(tm.maml_finite_sum, run(tm.maml_finite_sum), other)


def test_alpha_none_is_for_resume_only():
    with pytest.raises(TypeError, match=r"alpha is None; expected a number > 0 \(None goes with"):
        run(tm.maml_finite_sum, alpha=None)


def test_the_seed_is_0_where_it_is_not_given():
    def first_run(**seed):
        settings = dict(alpha=0.1, steps=1, stepsize=0.1, batch=2, iterations=2, progress=False)
        return tm.maml_finite_sum(LOSS, START, Planes(), **settings, **seed)

    check_same(first_run(), first_run(seed=0))


def test_the_bar_goes_on_where_it_was(capfd):
    half = run(tm.maml_finite_sum, iterations=30)
    both = go_on(tm.maml_finite_sum, half, iterations=90, progress="planes")
    shown = "".join(capfd.readouterr())
    assert "30/120" in shown
    assert "120/120" in shown
    assert f"loss {both.losses[:100].mean():.3f}" in shown
