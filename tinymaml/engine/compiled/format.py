"""The names of the columns and facts in which a plan reaches the kernels.

Host and kernels both take their positions from here. A **loop** is one way to run a call's kernel
(loop_choice.py chooses it); its code is a row of integers.
"""

from enum import IntEnum
from typing import NamedTuple

import numpy as np

from ..function_table import FUNCTIONS

FUNCTION_CODES = {name: code for code, name in enumerate(FUNCTIONS)}


class Loop(IntEnum):
    """The loops of kernels.py, matmul.py and elementwise.py."""

    FILL = 0
    ROWS = 1
    TOTAL = 2
    TRANSPOSE = 3
    SPREAD = 4
    MULTIPLY = 5
    SCALE = 6
    DOT = 7
    CONTRACT = 8
    MATMUL = 9
    APPLY = 10
    CURVE = 11
    ROWMAX = 12


class Column(IntEnum):
    """What the columns of a row of code are.

    Of each operand (out, x, z and u): where it lies, how far apart its copies for successive steps
    are, and its strides, how far apart neighbours along i, j and p are.
    """

    LOOP = 0
    FLAG = 1  # apply, curve: the function's code; else 1 to store, 0 to add
    M, N, K = 2, 3, 4  # how far i, j and p run
    OUT, OUT_APART, OI, OJ, OP = 5, 6, 7, 8, 9
    X, X_APART, XI, XJ, XP = 10, 11, 12, 13, 14
    Z, Z_APART, ZI, ZJ, ZP = 15, 16, 17, 18, 19
    U, U_APART, UI, UJ, UP = 20, 21, 22, 23, 24


class Fact(IntEnum):
    """The positions in `facts`, the vector of integers that tells a kernel about its plan.

    They are looked up where they are needed: a number that a GPU keeps while it does something else
    takes a register, in every lane.
    """

    INNER = 0  # where each program starts in the code; it ends where the next one starts
    PULL = 1
    OUTER = 2
    END = 3
    POINT = 4  # where in memory w_0 is, and how far apart w_0, w_1, ... are
    POINT_APART = 5
    GRADIENT = 6  # the adjoint of w_j, and how far apart those of successive steps are
    GRADIENT_APART = 7
    DIRECTION = 8  # v
    HV = 9
    SHIFTED = 10  # w_j + δv, and the gradient there
    SHIFTED_GRADIENT = 11
    ALPHA = 12  # the stepsizes, if there is one for each parameter, else 0
    SCALED = 13  # α⊙v, likewise
    ALPHA_GRADIENT = 14  # what the stepsizes' gradient is summed up in, or 0
    DATA = 15
    LOSS = 16
    IS_PARAMETER = 17  # 1 where a parameter is, 0 in the gaps between
    LENGTH = 18  # of a parameter vector in memory, gaps included
    SIZE = 19  # of the user's parameter vector
    DATA_LENGTH = 20
    STEPS = 21
    METHOD = 22


class Method(IntEnum):
    """How the way back takes the Hessian."""

    EXACT = 0
    FIRST_ORDER = 1
    HESSIAN_FREE = 2


class PlanArrays(NamedTuple):
    """A plan as the kernels take it."""

    code: np.ndarray  # (rows, len(Column)) integers
    coefficients: np.ndarray  # (rows,)
    facts: np.ndarray  # (len(Fact),) integers
    positions: np.ndarray  # (P,) where each parameter lies in a parameter vector in memory


class Outputs(NamedTuple):
    """What the kernels write for each task."""

    losses: np.ndarray  # (B,)
    divergence: np.ndarray  # (B,) 0 where w_N, loss and gradient are finite, else NaN
    gradients: np.ndarray  # (B, P), or (0, P): not asked for
    trajectory: np.ndarray  # (points, B, P): the last points of w_0 .. w_N
