"""The convergence proof of N-step MAML, executable: constants, instances, every result line by
line, and an adversary (lessons 13 to 23).

The structure is that of K. Ji, J. Yang, Y. Liang, Theoretical Convergence of Multi-Step
Model-Agnostic Meta-Learning, JMLR 23 (2022), arXiv 2002.07836; the constants are re-derived, often
in a simpler form and sometimes sharper.
"""

from .adversary import WorstCase, worst_case
from .chain import ASSUMPTIONS, Chain, Line, Result
from .complexity import complexity, sufficient_sizes
from .constant_stepsize import constant_stepsize, constant_stepsize_sizes
from .constants import ConditionFailed, inner_stepsize
from .finite_sum_constants import FiniteSumConstants
from .finite_sum_instance import FiniteSumInstance
from .losses import CosineSum, LogCosh, Logistic, PiecewiseHessian, Quadratic, RootHessian
from .resampling_constants import ResamplingConstants
from .resampling_instance import ResamplingInstance
from .results import RESULTS
from .survey import where_a_step_loses
from .table import show

__all__ = [
    "ASSUMPTIONS",
    "Chain",
    "ConditionFailed",
    "CosineSum",
    "FiniteSumConstants",
    "FiniteSumInstance",
    "Line",
    "Logistic",
    "LogCosh",
    "PiecewiseHessian",
    "Quadratic",
    "RESULTS",
    "ResamplingConstants",
    "ResamplingInstance",
    "Result",
    "RootHessian",
    "WorstCase",
    "complexity",
    "constant_stepsize",
    "constant_stepsize_sizes",
    "inner_stepsize",
    "show",
    "sufficient_sizes",
    "where_a_step_loses",
    "worst_case",
]
