"""Hand-made instances on which bounds are attained, or nearly: where the adversary begins (lessons
14 to 23).

Everywhere L = 1, which is no restriction: it chooses the unit of the loss. So α = alpha_L, and a =
1 + alpha_L. What a bound then depends on is alpha_L and the number of steps, which every function
here takes; the rest is chosen to be the worst. Two ideas return: curvature −L wherever the path
goes, so that every step stretches as much as A1 allows; and a Hessian that bends with slope ρ
exactly at the iterates, small against everything else, so that it turns as much as A1 allows
without being felt.
"""

from .constants import cosines_apart, cosines_in_noise, cosines_of_two_sets, hills_of_two_sets
from .descents import (
    Washboard,
    ascent,
    large_batches,
    large_batches_apart,
    long_descent,
    narrow_hills,
    narrow_hills_of_two_sets,
    opposite_wells,
    quiet_batches,
    wells_in_batches,
)
from .noise import (
    bend_at_rest,
    corner,
    corner_at_rest,
    kinks,
    kinks_of_one_sample,
    one_sample,
    opposite_tasks,
    orthogonal_noise,
    outer_noise,
    steep_kinks,
    steep_kinks_of_one_sample,
)
from .ramps import ramp, ramp_loss, ramp_of_two_sets
from .stepsize import (
    norm_of_noise,
    two_point_mean,
    two_point_mean_of_two_sets,
    two_point_stepsize,
    two_point_stepsize_of_two_sets,
    valley,
    worst_law,
)
from .stretching import bowl, concave_quadratic, convex_quadratic, cosine_near_its_maximum
from .turning import convex_teeth, large_gradient, sawtooth, sawtooth_loss
from .two_sets import (
    concave_quadratics_apart,
    convex_quadratics_apart,
    opposite_tasks_of_two_sets,
    sawtooth_of_two_sets,
)

__all__ = [
    "EXTREMALS",
    "Washboard",
    "ascent",
    "bend_at_rest",
    "bowl",
    "concave_quadratic",
    "concave_quadratics_apart",
    "convex_quadratic",
    "convex_quadratics_apart",
    "convex_teeth",
    "corner",
    "corner_at_rest",
    "cosine_near_its_maximum",
    "cosines_apart",
    "cosines_in_noise",
    "cosines_of_two_sets",
    "hills_of_two_sets",
    "kinks",
    "kinks_of_one_sample",
    "large_batches",
    "large_batches_apart",
    "large_gradient",
    "long_descent",
    "narrow_hills",
    "narrow_hills_of_two_sets",
    "norm_of_noise",
    "one_sample",
    "opposite_tasks",
    "opposite_tasks_of_two_sets",
    "opposite_wells",
    "orthogonal_noise",
    "outer_noise",
    "quiet_batches",
    "ramp",
    "ramp_loss",
    "ramp_of_two_sets",
    "sawtooth",
    "sawtooth_loss",
    "sawtooth_of_two_sets",
    "steep_kinks",
    "steep_kinks_of_one_sample",
    "two_point_mean",
    "two_point_mean_of_two_sets",
    "two_point_stepsize",
    "two_point_stepsize_of_two_sets",
    "valley",
    "wells_in_batches",
    "worst_law",
]

STRETCHING = (concave_quadratic, cosine_near_its_maximum, convex_quadratic)
TURNING = (sawtooth, large_gradient, *STRETCHING)
NOISY = (orthogonal_noise, kinks, corner, corner_at_rest)
ONE_SAMPLE = (one_sample, kinks_of_one_sample, steep_kinks_of_one_sample)
TWO_SETS = (
    sawtooth_of_two_sets,
    concave_quadratics_apart,
    convex_quadratics_apart,
    opposite_tasks_of_two_sets,
)
SECOND_MOMENT = (outer_noise, opposite_tasks, orthogonal_noise, concave_quadratic, convex_quadratic)
ESTIMATE = (norm_of_noise, two_point_stepsize, two_point_mean)
ESTIMATE_OF_TWO_SETS = (two_point_stepsize_of_two_sets, two_point_mean_of_two_sets, *TWO_SETS)
CONSTANTS = (cosine_near_its_maximum, cosines_apart, cosines_in_noise, convex_quadratic)
CONSTANTS_OF_TWO_SETS = (cosines_of_two_sets, hills_of_two_sets, convex_quadratics_apart)
WITH_AN_INFIMUM = (convex_quadratic, cosine_near_its_maximum, ramp)  # of 𝓛, as theorems ask for

EXTREMALS = {
    **dict.fromkeys(("lemma_1", "lemma_2", "lemma_7", "lemma_7_sharp"), STRETCHING),
    **dict.fromkeys(("lemma_3", "proposition_1", "clipping"), TURNING),
    "proposition_1_sharp": (convex_teeth, *TURNING),
    **dict.fromkeys(("lemma_4", "lemma_6"), (*NOISY, *ONE_SAMPLE)),
    **dict.fromkeys(("lemma_4_sharp", "lemma_5"), NOISY),
    "proposition_2": (*NOISY, steep_kinks, *ONE_SAMPLE),
    "proposition_2_sharp": (*NOISY, steep_kinks),
    "proposition_2_bend": (bend_at_rest, *NOISY),
    **dict.fromkeys(("proposition_3", "proposition_3_sharp"), SECOND_MOMENT),
    **dict.fromkeys(("theorem_1", "theorem_1_sharp"), WITH_AN_INFIMUM),
    **dict.fromkeys(("corollary_1", "corollary_1_sharp"), CONSTANTS),
    **dict.fromkeys(("lemma_8", "lemma_8_sharp"), ESTIMATE),
    **dict.fromkeys(("lemma_9", "lemma_10", "proposition_4", "proposition_5"), TWO_SETS),
    "theorem_2": (convex_quadratics_apart, ramp_of_two_sets),
    "corollary_2": CONSTANTS_OF_TWO_SETS,
    "lemma_11": ESTIMATE_OF_TWO_SETS,
    "constant_stepsize": (
        convex_quadratic,
        narrow_hills,
        opposite_wells,
        long_descent,
        sawtooth,
    ),
    "theorem_3": (
        large_batches,
        large_batches_apart,
        narrow_hills_of_two_sets,
        *TWO_SETS,
    ),
    "theorem_4": (quiet_batches, wells_in_batches),
}
"""The name of a result -> its extremals, functions of alpha_L and steps."""
