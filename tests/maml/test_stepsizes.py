"""The meta stepsize of both algorithms: RandomStepsize and Adam, what they refuse, and what stops a
run."""

import numpy as np
import pytest

import tinymaml as tm
from helpers.checks import MACHINES
from helpers.network import LOSS
from helpers.training import ALGORITHMS, START, Planes, random_stepsize, run

pytestmark = pytest.mark.lesson_08


@MACHINES
def test_the_estimate_is_that_of_theory(target):
    """L̂ = A + C_𝓛 · mean_i ‖∇l_i(w)‖, on gradients with norms 5 and 13."""
    rule = tm.RandomStepsize(A=2.0, C_meta=0.5, C_beta=100.0, batch=2, samples=1)
    assert rule.smoothness(np.array([[3.0, 4.0], [12.0, -5.0]])) == 2.0 + 0.5 * 9.0
    loss = tm.Loss(lambda p, x: tm.mean(x @ p["w"]), {"w": np.ones((2, 1))})

    class Problem:
        def sample(self, rng, batch):
            support = np.tile([12.0, -5.0], (batch, 1, 1))  # the gradient there
            query = np.tile([3.0, 4.0], (batch, 1, 1))
            return tm.Tasks.finite_sum(support=(support,), query=(query,))

    h = tm.maml_finite_sum(
        loss,
        np.ones(2),
        Problem(),
        alpha=0.1,
        steps=2,
        stepsize=tm.RandomStepsize(2.0, 0.5, 100.0, 2),
        batch=1,
        iterations=1,
        progress=False,
        target=target,
    )
    assert np.isclose(h.stepsizes[0], 1 / (100 * (2.0 + 0.5 * 5.0)), rtol=1e-15)


@ALGORITHMS
def test_where_hessians_do_not_change_the_stepsize_does_not_either(algorithm):
    h = run(algorithm, stepsize=random_stepsize(algorithm, C_meta=0, A=2.0, C_beta=8.0))
    assert np.array_equal(h.stepsizes, np.full(5, 1 / 16))


@ALGORITHMS
@pytest.mark.parametrize("kind", ["constant", "Adam", "random"])
def test_float32_stays_float32_and_is_close_to_float64(algorithm, kind):
    stepsize = {"constant": 0.05, "Adam": tm.Adam(0.01), "random": random_stepsize(algorithm)}[kind]
    single, double = (
        run(algorithm, w=START.astype(dtype), stepsize=stepsize)
        for dtype in (np.float32, np.float64)
    )
    assert single.w.dtype == np.float32
    assert double.w.dtype == np.float64
    assert 0 < np.abs(single.w - double.w).max() < 1e-4
    assert np.allclose(single.stepsizes, double.stepsizes, rtol=1e-5)


@ALGORITHMS
def test_adam_starts_anew_in_every_run(algorithm):
    adam = tm.Adam(0.02)
    assert np.array_equal(run(algorithm, stepsize=adam).w, run(algorithm, stepsize=adam).w)


# ---- refused at the door

GOOD = dict(A=1.0, C_meta=1.0, C_beta=10.0, batch=1, samples=1)


@pytest.mark.parametrize(
    "change, error, match",
    [
        (dict(A=0.0), ValueError, "A is 0.0; expected a finite number > 0"),
        (dict(A=np.nan), ValueError, "A is nan"),
        (dict(C_meta=-1.0), ValueError, "C_meta is -1.0"),
        (dict(C_meta=np.nan), ValueError, "C_meta is nan"),
        (dict(C_meta=None), TypeError, "C_meta is None"),
        (dict(C_meta=False), TypeError, "C_meta is False"),
        (dict(C_meta=np.ones(2)), TypeError, "C_meta is array"),
        (dict(C_beta=0), ValueError, "C_beta is 0"),
        (dict(C_beta=np.inf), ValueError, "C_beta is inf"),
        (dict(C_beta="100"), TypeError, "C_beta is '100'"),
        (dict(batch=0), ValueError, "batch is 0; expected a whole number >= 1"),
        (dict(batch=2.0), TypeError, "batch is 2.0"),
        (dict(samples=0), ValueError, "samples is 0"),
        (dict(samples=1.5), TypeError, "samples is 1.5"),
    ],
)
def test_a_random_stepsize_refuses_unfit_numbers(change, error, match):
    with pytest.raises(error, match=match):
        tm.RandomStepsize(**(GOOD | change))


@pytest.mark.parametrize(
    "arguments, match",
    [((0.0,), "lr is 0"), ((0.1, (0.9, 1.0)), "betas is"), ((0.1, (0.9, 0.99), -1.0), "eps is -1")],
)
def test_adam_refuses_unfit_numbers(arguments, match):
    with pytest.raises(ValueError, match=match):
        tm.Adam(*arguments)


@pytest.mark.parametrize("betas", [("0.9", 0.99), (0.9, None), (False, 0.9)])
def test_adam_refuses_moments_that_are_no_numbers(betas):
    with pytest.raises(TypeError, match="betas is "):
        tm.Adam(0.1, betas)


@ALGORITHMS
@pytest.mark.parametrize(
    "seed, error",
    [(True, TypeError), (1.5, TypeError), ("1", TypeError), (None, TypeError), (-1, ValueError)],
)
def test_what_is_no_seed(algorithm, seed, error):
    with pytest.raises(error, match=f"seed is {seed!r}; expected a whole number >= 0"):
        run(algorithm, seed=seed)


@ALGORITHMS
@pytest.mark.parametrize(
    "stepsize, error, match",
    [
        (
            "adam",
            TypeError,
            r"stepsize is 'adam'; expected a number > 0, tm.Adam\(lr\) or tm.RandomStepsize\(",
        ),
        (tm.Adam, TypeError, "stepsize is <class"),
        (None, TypeError, "stepsize is None"),
        (True, TypeError, "stepsize is True"),
        (np.ones(2), TypeError, "stepsize is array"),
        (0.0, ValueError, "stepsize is 0"),
        (np.nan, ValueError, "stepsize is nan"),
    ],
)
def test_what_is_no_stepsize(algorithm, stepsize, error, match):
    with pytest.raises(error, match=match):
        run(algorithm, stepsize=stepsize)


@ALGORITHMS
def test_a_random_stepsize_that_the_precision_of_w_cannot_hold(algorithm):
    for stepsize, dtype in ((dict(A=1e200, C_beta=1e200), np.float64), (dict(A=1e60), np.float32)):
        with pytest.raises(ValueError, match=r"the stepsize 1 / \(C_beta A\) is "):
            run(algorithm, w=START.astype(dtype), stepsize=random_stepsize(algorithm, **stepsize))


def test_the_random_stepsize_of_the_other_algorithm():
    match = "RandomStepsize has no samples; Algorithm 1 needs their number"
    with pytest.raises(ValueError, match=match):
        run(tm.maml_resampling, stepsize=random_stepsize(tm.maml_finite_sum))
    match = "RandomStepsize has samples=2; Algorithm 2 takes whole query sets: leave samples out"
    with pytest.raises(ValueError, match=match):
        run(tm.maml_finite_sum, stepsize=random_stepsize(tm.maml_resampling))


@pytest.mark.parametrize(
    "samples, error, match",
    [
        (
            dict(inner=1, hessian=1),
            ValueError,
            r"samples is {'inner': 1, 'hessian': 1}; expected dict\(inner=S, hessian=D, outer=T\)",
        ),
        (dict(inner=1, hessian=1, outer=1, query=1), ValueError, "'query': 1}; expected dict"),
        (5, TypeError, "samples is 5; expected dict"),
        (
            dict(inner=0, hessian=1, outer=1),
            ValueError,
            r"samples\['inner'\] is 0; expected a whole number >= 1",
        ),
        (dict(inner=1, hessian=1.5, outer=1), TypeError, r"samples\['hessian'\] is 1.5"),
        (dict(inner=1, hessian=1, outer=-2), ValueError, r"\['outer'\] is -2"),
    ],
)
def test_sizes_of_samples(samples, error, match):
    with pytest.raises(error, match=match):
        run(tm.maml_resampling, samples=samples)


class OnlySample:
    def sample(self, rng, batch):
        raise AssertionError


class OnlyResample:
    def resample(self, rng, batch, steps, samples):
        raise AssertionError


RESAMPLE = r"expected an object with resample\(rng, batch, steps, samples\) -> Tasks"
SAMPLE = r"expected an object with sample\(rng, batch\) -> Tasks"


@pytest.mark.parametrize(
    "algorithm, problem, match",
    [
        (
            tm.maml_resampling,
            OnlySample(),
            f"type OnlySample; {RESAMPLE}; it has sample, which is for tm.maml_finite_sum",
        ),
        (
            tm.maml_finite_sum,
            OnlyResample(),
            f"type OnlyResample; {SAMPLE}; it has resample, which is for tm.maml_resampling",
        ),
        (tm.maml_resampling, 3, f"type int; {RESAMPLE}$"),
        (tm.maml_finite_sum, 3, f"type int; {SAMPLE}$"),
    ],
)
def test_a_problem_without_the_method_that_the_algorithm_needs(algorithm, problem, match):
    with pytest.raises(TypeError, match=match):
        run(algorithm, problem=problem)


@pytest.mark.parametrize("only_others", [False, True], ids=["tasks", "tasks of the stepsize"])
@pytest.mark.parametrize(
    "algorithm, match",
    [
        (
            tm.maml_resampling,
            "problem.resample returned fixed support and query sets; "
            "Algorithm 1 needs fresh samples",
        ),
        (
            tm.maml_finite_sum,
            "problem.sample returned resampled tasks; "
            "Algorithm 2 needs fixed support and query sets",
        ),
    ],
)
def test_tasks_of_the_wrong_kind(algorithm, match, only_others):
    class Mixed(Planes):
        def sample(self, rng, batch):
            if only_others and batch == 4:
                return super().sample(rng, batch)
            return super().resample(rng, batch, 3, dict(inner=1, hessian=1, outer=1))

        def resample(self, rng, batch, steps, samples):
            if only_others and steps:
                return super().resample(rng, batch, steps, samples)
            return super().sample(rng, batch)

    with pytest.raises(TypeError, match=match):
        run(algorithm, problem=Mixed(), stepsize=random_stepsize(algorithm))


def test_resampled_tasks_for_another_number_of_steps():
    class Stubborn(Planes):
        def resample(self, rng, batch, steps, samples):
            return super().resample(rng, batch, 2, samples)

    with pytest.raises(ValueError, match="samples for 2 inner steps, and steps is 3"):
        run(tm.maml_resampling, problem=Stubborn())


# ---- what stops a run


@ALGORITHMS
def test_ctrl_c_while_the_stepsize_is_drawn_hands_over_whole_iterations(algorithm):
    stepsize = random_stepsize(algorithm)

    class Interrupting(Planes):
        def keep(self, tasks, *call):
            if len(self.calls) == 5:  # the third iteration's second batch
                raise KeyboardInterrupt
            return super().keep(tasks, *call)

    with pytest.raises(tm.Interrupted, match="after 2 meta-iterations") as stopped:
        run(algorithm, problem=Interrupting(), stepsize=stepsize, iterations=9)
    h, whole = stopped.value.history, run(algorithm, stepsize=stepsize, iterations=2)
    assert np.array_equal(h.w, whole.w)
    assert np.array_equal(h.stepsizes, whole.stepsizes)
    assert h.gradients_used == whole.gradients_used > 0


@ALGORITHMS
@pytest.mark.parametrize("kind", ["constant", "Adam", "random"])
def test_a_run_that_diverges_hands_over_what_was_done(algorithm, kind):
    class Exploding(Planes):
        def draw(self, rng, slope, *shape):
            x, y = super().draw(rng, slope, *shape)
            later = len(self.calls) >= (4 if kind == "random" else 2)
            return (x, y * 1e250) if later else (x, y)

    stepsize = {"constant": 0.05, "Adam": tm.Adam(0.01), "random": random_stepsize(algorithm)}[kind]
    match = "the meta-gradient is not finite at meta-iteration 2: .*; if w has gone astray, make "
    with pytest.raises(tm.Diverged, match=match) as stopped:
        run(algorithm, problem=Exploding(), stepsize=stepsize)
    assert np.array_equal(
        stopped.value.history.w, run(algorithm, stepsize=stepsize, iterations=2).w
    )


@ALGORITHMS
def test_a_smoothness_that_is_not_finite_stops_the_run_instead_of_stalling_it(algorithm):
    class Others(Planes):
        def draw(self, rng, slope, *shape):
            x, y = super().draw(rng, slope, *shape)
            if shape[0] == 3:
                y = y * 1e200  # finite gradients with an infinite norm
            return x, y

    match = (
        "the smoothness estimated by RandomStepsize is not finite at meta-iteration 0: "
        "for RandomStepsize, the loss or its gradient is not finite at w itself, .* of 3 of 3 tasks"
    )
    with pytest.raises(tm.Diverged, match=match) as stopped:
        run(algorithm, problem=Others(), stepsize=random_stepsize(algorithm))
    assert len(stopped.value.history.losses) == 0
    assert np.array_equal(stopped.value.history.w, START)


@MACHINES
@ALGORITHMS
def test_a_step_beyond_the_largest_number_stops_the_run(algorithm, target):
    with pytest.raises(tm.Diverged, match="^w is not finite at meta-iteration 0") as stopped:
        run(algorithm, w=100 * START.astype(np.float32), stepsize=3e38, target=target)
    assert len(stopped.value.history.losses) == 0


def test_algorithm_1_shows_its_progress_too(capfd):
    silent = run(tm.maml_resampling, iterations=60)
    shown = run(tm.maml_resampling, iterations=60, progress="planes")
    text = "".join(capfd.readouterr())
    assert np.array_equal(silent.w, shown.w)
    assert "planes" in text
    assert "60/60" in text
    assert f"loss {shown.losses[:50].mean():.3f}" in text


@ALGORITHMS
def test_no_iterations_leave_everything_as_it_was(algorithm):
    h = run(algorithm, LOSS, iterations=0, stepsize=random_stepsize(algorithm))
    assert np.array_equal(h.w, START)
    assert h.w is not START
    assert h.stepsizes.shape == (0,)
    assert h.gradients_used == h.hvps_used == 0
