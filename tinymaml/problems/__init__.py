"""Where tasks come from. A problem has sample(rng, batch) -> `Tasks`, a `loss` with a `start`,
certified constants where they exist (reading another raises AttributeError with the reason),
draw(), and, where samples are noisy, resample(rng, batch, steps, samples)."""

from .cosine_sums import CosineSum, CosineSums
from .cosine_wells import CosineWells
from .digits import Digits, splits
from .joint_digits import JointDigits
from .linear_regression import LinearRegression
from .quadratics import Quadratic, Quadratics
from .rank_one import RankOne, RankOneLoss
from .sinusoids import Sinusoids

__all__ = [
    "CosineSum",
    "CosineSums",
    "CosineWells",
    "Digits",
    "JointDigits",
    "LinearRegression",
    "Quadratic",
    "Quadratics",
    "RankOne",
    "RankOneLoss",
    "Sinusoids",
    "splits",
]
