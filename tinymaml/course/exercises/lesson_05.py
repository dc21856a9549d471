"""Graders of lesson 05. Speed is never graded, it differs from machine to machine; results are, and
which places are read in which order, by which numbers; and that Numba compiles a kernel."""

import builtins
import contextlib
import itertools
import operator
from typing import NamedTuple
from unittest import mock

import numpy as np
from numba import types
from numba.extending import intrinsic

from ..exercise import Exercise, Mistake
from .compiling import COMPILED, NOT_TRIED, compiles, compiles_for_others, plain_python
from .shared import number as is_number
from .shared import numbers_that_are_whole, plural


@contextlib.contextmanager
def replace_names(names, **replacements):
    """Give names another meaning for a while, those that an answer looks up."""
    before = {name: names[name] for name in replacements if name in names}
    names.update(replacements)
    try:
        yield
    finally:
        for name in replacements:
            del names[name]
        names.update(before)


class RecordingBuffer:
    """A buffer that hands out one number at a time, as a compiled loop reads it, and records the
    places."""

    def __init__(self, values):
        self.values = np.array(values, float)
        self.size = len(self.values)
        self.reads = []  # places, in order
        self.touched = []  # read or written
        self.signed = set()  # places that were named by a signed number

    def place(self, at):
        if isinstance(at, (float, np.floating)):
            raise TypeError("an index is a float; places are whole numbers")
        if not isinstance(at, (int, np.integer)):
            raise TypeError(
                "the buffer hands out one number at a time: "
                "index it with one whole number, in a loop"
            )
        place = int(at)
        if not 0 <= place < self.size:
            raise IndexError(f"place {place} is outside the buffer of {self.size} numbers")
        if not is_unsigned(at):
            self.signed.add(place)
        return place

    def __getitem__(self, at):
        if isinstance(at, slice) and at.step in (None, 1) and None not in (at.start, at.stop):
            return Slice(self, at.start, at.stop)
        at = self.place(at)
        self.reads.append(at)
        self.touched.append(at)
        return float(self.values[at])

    def __setitem__(self, at, value):
        at = self.place(at)
        self.touched.append(at)
        self.values[at] = value

    def __len__(self):
        return self.size


class Unsigned(np.uint64):
    """A number as compiled code has it after np.uint64(...): with another unsigned one it gives an
    unsigned one, else a signed one."""

    def __new__(cls, value):
        return super().__new__(cls, int(value) % 2**64)

    def combine(self, other, operation):
        value = operation(int(self), other)
        return Unsigned(value) if is_unsigned(other) and value >= 0 else value

    def __add__(self, other):
        return self.combine(other, operator.add)

    def __sub__(self, other):
        return self.combine(other, operator.sub)

    def __mul__(self, other):
        return self.combine(other, operator.mul)

    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other


def is_unsigned(number):
    return isinstance(number, np.unsignedinteger)


def unsigned_range(*bounds):
    """range, which in compiled code counts with numbers of its bounds' kind."""
    kind = Unsigned if all(map(is_unsigned, bounds)) else int
    for number in builtins.range(*bounds):
        yield kind(number)


class Slice:
    """A slice w[a:a + n]. Counted from 0 it needs no unsigned numbers: the compiler sees that j is
    not negative."""

    __array_ufunc__ = None

    def __init__(self, buffer, start, stop):
        self.buffer = buffer
        self.start = int(start)
        self.length = int(stop) - int(start)

    def place(self, at):
        if not isinstance(at, (int, np.integer)) or not 0 <= at < self.length:
            raise IndexError(f"{at} in a slice of {self.length} numbers")
        return Unsigned(self.start + at)

    def __getattr__(self, name):
        raise TypeError(f"a slice has no {name} here: this kernel is a loop over single numbers")

    def __len__(self):
        return self.length

    def __getitem__(self, at):
        return self.buffer[self.place(at)]

    def __setitem__(self, at, value):
        self.buffer[self.place(at)] = value

    def refuse(self, *_):
        raise TypeError(
            "arithmetic on whole slices makes a new array for each: write the loop over its numbers"
        )

    __add__ = __radd__ = __iadd__ = __sub__ = __rsub__ = refuse
    __mul__ = __rmul__ = __matmul__ = __rmatmul__ = refuse


def count_jumps(places):
    """How often a walk through memory starts anew; staying where one is is no start."""
    jumps = 1 if places else 0
    for before, at in itertools.pairwise(places):
        if at not in (before, before + 1):
            jumps += 1
    return jumps


def count_walks(places, memory=4):
    """How many walks there are, side by side: places whose left neighbour was not read among the
    last few."""
    walks = 0
    for k, at in enumerate(places):
        recent = places[max(k - memory, 0) : k]
        if at not in recent and at - 1 not in recent:
            walks += 1
    return walks


def contracted(memory, at, extent, strides):
    """The buffer after o[i,j,p] += x[i,j,p] · z[i,j,p]. at, strides: of o, x and z."""
    indices = np.indices(extent).reshape(3, -1)
    o, x, z = (start + np.array(steps) @ indices for start, steps in zip(at, strides, strict=True))
    memory = np.array(memory, float)
    np.add.at(memory, o, memory[x] * memory[z])
    return memory


def is_right_on(kernel, memory, at, extent, strides, arguments):
    """Is the buffer what it should be after a kernel has run on it, as it is? -> "yes" or "no" """
    buffer = np.array(memory, float)
    plain_python(kernel)(buffer, *at, *arguments)
    return "yes" if np.allclose(buffer, contracted(memory, at, extent, strides)) else "no"


# ---- 05.loops

UNWRITTEN = "Nothing has been written: the buffer is as it was."
LOOPS_TEXT = """@kernel
def contract_ijp(w, o, x, z, m, n, k, oi, oj, op, xi, xj, xp, zi, zj, zp):
    for i in range(m):
        for j in range(n):
            for p in range(k):
                w[{o}] {sign} w[{x}] * w[{z}]"""
RIGHT_LOOPS = dict(
    o="o + i * oi + j * oj + p * op",
    x="x + i * xi + j * xj + p * xp",
    z="z + i * zi + j * zj + p * zp",
    sign="+=",
)


def loops_answer(**changed):
    """The text of an answer: the right loops with something changed."""
    return LOOPS_TEXT.format(**RIGHT_LOOPS | changed)


def loops_cases():
    """(buffer, places of o, x and z, lengths of i, j and p, strides of o, x and z); the last one
    is compiled, too."""
    rows = [
        # numbers in the buffer, places, extent, strides
        (110, (1, 10, 30), (2, 3, 4), ((3, 1, 0), (4, 0, 1), (0, 1, 3))),  # x @ z
        (110, (20, 0, 40), (3, 2, 4), ((4, 0, 1), (2, 1, 0), (0, 1, 2))),  # an adjoint: y_bar · Wᵀ
        (45, (2, 9, 16), (2, 3, 1), ((3, 1, 0), (3, 1, 0), (0, 1, 0))),  # a row, broadcast
        (45, (0, 5, 20), (3, 4, 1), ((0, 1, 0), (4, 1, 0), (4, 1, 0))),  # a sum over i
        (110, (3, 40, 70), (2, 3, 2), ((7, 2, 1), (9, 4, 2), (11, 5, 4))),  # no order at all
        (10, (0, 2, 6), (1, 1, 3), ((0, 0, 0), (0, 0, 1), (0, 0, 1))),  # a dot product
        (10, (0, 1, 2), (1, 1, 1), ((0, 0, 0), (0, 0, 0), (0, 0, 0))),
    ]
    large = (700, (2, 230, 460), (5, 7, 6), ((43, 6, 1), (1, 5, 35), (6, 1, 30)))
    rng = np.random.default_rng(0)
    cases = [(np.round(rng.normal(size=size), 2), *rest) for size, *rest in (*rows, large)]
    cases[-1] += (True,)
    return cases


def run_loops(names, memory, at, extent, strides, compiled=False):
    buffer = RecordingBuffer(memory)
    kernel = names["contract_ijp"]
    flat_strides = [stride for operand in strides for stride in operand]
    plain_python(kernel)(buffer, *at, *extent, *flat_strides)
    o, _, _ = at
    of_o, _, _ = strides
    axes = [(n, stride) for n, stride in zip(extent, of_o, strict=True) if stride]
    found = split_buffer(buffer.values, o, axes)
    if compiled:
        found[LARGE_LOOPS] = found[COMPILED] = NOT_TRIED
        if np.allclose(buffer.values, contracted(memory, at, extent, strides)):
            found[LARGE_LOOPS] = are_large_loops_right(kernel)
            found[COMPILED] = compiles_for_others(kernel, memory, *at, *extent, *flat_strides)
    return found


LARGE_LOOPS = "is it right for m, n, k = (22, 17, 15), too?"


def are_large_loops_right(kernel):
    extent = m, n, k = 22, 17, 15
    at = 0, m * n, m * n + m * k
    strides = (n, 1, 0), (k, 0, 1), (0, 1, n)
    memory = np.random.default_rng(1).normal(size=m * n + m * k + k * n)
    flat_strides = [stride for operand in strides for stride in operand]
    return is_right_on(kernel, memory, at, extent, strides, (*extent, *flat_strides))


def show_loops(memory, at, extent, strides, compiled=False):
    of_o, of_x, of_z = strides
    return f"o, x, z = {at}, m, n, k = {extent}, strides of o {of_o}, of x {of_x}, of z {of_z}"


def split_buffer(values, o, axes):
    """The block at place o, in the shape of its axes (length, stride), and the rest of the
    buffer."""
    places = np.array(o)
    for n, stride in axes:
        places = places[..., None] + stride * np.arange(n)
    return {"o": values[places], "elsewhere": np.delete(values, places)}


LOOPS = Exercise(
    "05.loops",
    "A contraction as three loops",
    "write",
    ("contract_ijp",),
    insight=(
        "Slow as it is, this loop stays to the end: the lesson's interpreter falls back on it for "
        "every contraction whose strides suit no faster loop."
    ),
    minutes=4,
    hints=(
        "Three nested loops, over i, j and p, and one line inside that adds "
        "a product to one place of w.",
        "The place of x[i,j,p] is x + i * xi + j * xj + p * xp: "
        "where the block starts, and a step for each index.",
        "w[o + i * oi + j * oj + p * op] += w[x + ...] * w[z + ...], nothing else. "
        "Where a letter is summed over, its stride in o is 0, and += does the sum.",
    ),
    mistakes=(
        Mistake(
            "You stored where the kernel adds. Then only the last term of a sum survives, "
            "and a block with two contributions keeps one.",
            loops_answer(sign="="),
        ),
        Mistake(
            "o is written as if it had no stride along p. A product sums over p, but a kernel "
            "does not know that it computes a product: where o has a p, each p has its own place.",
            loops_answer(o="o + i * oi + j * oj"),
        ),
        Mistake(
            "x and z are read as the matrices x[i,p] and z[p,j]. An operand may run along all "
            "three letters (x[i,j] · z[0,j] does not even use p): use all of its strides.",
            loops_answer(x="x + i * xi + p * xp", z="z + p * zp + j * zj"),
        ),
        Mistake(
            "You left out where the blocks start. "
            "All of them lie in one buffer: x's first number is w[x], not w[0].",
            loops_answer(
                o="i * oi + j * oj + p * op",
                x="i * xi + j * xj + p * xp",
                z="i * zi + j * zj + p * zp",
            ),
        ),
        Mistake(
            "That is a matrix product: x without a stride along j, z without one along i, "
            "o without one along p. A kernel's operands may run along all three letters.",
            loops_answer(o="o + i * oi + j * oj", x="x + i * xi + p * xp", z="z + p * zp + j * zj"),
        ),
        *(
            Mistake(
                f"{c} is read as if it had no stride along j. "
                "An operand may run along all three letters: use all of its strides.",
                loops_answer(**{c: f"{c} + i * {c}i + p * {c}p"}),
            )
            for c in "xz"
        ),
        Mistake(
            "The strides of z are its own (zi, zj, zp), not those of x.",
            loops_answer(z="z + i * xi + j * xj + p * xp"),
        ),
        Mistake(
            "i runs to m, j to n and p to k: two of the lengths are exchanged.",
            loops_answer()
            .replace("range(n)", "range(_)")
            .replace("range(k)", "range(n)")
            .replace("range(_)", "range(k)"),
        ),
        Mistake(
            "A stride is the length of one step, so index times stride is how far to go: o + i "
            "* oi + j * oj + p * op.",
            loops_answer(**{c: f"{c} + i + {c}i + j + {c}j + p + {c}p" for c in "oxz"}),
        ),
        Mistake(UNWRITTEN, loops_answer().split("    for")[0] + "    pass"),
        Mistake(
            "The loops are right, but they are plain Python only: without `@kernel` above the "
            "function, `execute` at the end of the lesson cannot call it.",
            loops_answer().replace("@kernel\n", ""),
        ),
    ),
    alternative="""@kernel
def contract_ijp(w, o, x, z, m, n, k, oi, oj, op, xi, xj, xp, zi, zj, zp):
    for p in range(k):
        for i in range(m):
            a, b, c = o + i * oi + p * op, x + i * xi + p * xp, z + i * zi + p * zp
            for j in range(n):
                w[a] = w[a] + w[b] * w[c]
                a, b, c = a + oj, b + xj, c + zj""",
    cases=loops_cases,
    run=run_loops,
    show=show_loops,
)


# ---- 05.order


def product_cases():
    """Lengths and strides (m, n, k, oi, xi, xp, zp) of o[i,j] += Σ_p x[i,p] z[p,j]; o's and z's
    rows may have gaps, x may be turned. The last one is compiled, too."""
    sizes = [
        (3, 4, 5),
        (4, 3, 5),
        (2, 6, 4),
        (5, 3, 2),
        (3, 8, 3),
        (2, 5, 7),
        (6, 4, 6),
        (5, 3, 3),
        (1, 4, 3),
        (3, 4, 1),
        (1, 3, 2),
        (2, 3, 1),
        (2, 1, 2),
        (1, 2, 1),
        (1, 1, 1),
        (1, 1, 2),
        (7, 9, 9),
    ]
    cases = []
    for case, (m, n, k) in enumerate(sizes):
        gap = case % 3
        turned = case % 2 == 1
        xi, xp = (1, m + gap) if turned else (k + gap, 1)
        cases.append((m, n, k, n + gap, xi, xp, n + 2 * gap))
    cases[-1] += (True,)
    return cases


class Walk(NamedTuple):
    """What a kernel did: numbers that it left, places in the order in which it used them."""

    left: dict
    reads_z: list
    touched_o: list
    reads_o: list
    signs: dict  # did it count with signed or with unsigned numbers?
    is_right: bool  # is the buffer what it should be?
    arguments: tuple


def run_kernel(kernel, names, m, n, k, oi, xi, xp, zp):
    """Run a kernel on a buffer [gap | o | x | z | gap]. -> Walk"""
    o = 3
    x = o + m * oi
    z = x + (m - 1) * xi + (k - 1) * xp + 1
    end = z + k * zp
    values = np.round(np.random.default_rng(m + 10 * n + 100 * k).normal(size=end + 4), 2)
    buffer = RecordingBuffer(values)
    with replace_names(names, ix=Unsigned, range=unsigned_range):
        plain_python(kernel)(buffer, o, x, z, m, n, k, oi, xi, xp, zp)
    strides = (oi, 1, 0), (xi, 0, xp), (0, 1, zp)
    expected = contracted(values, (o, x, z), (m, n, k), strides)

    def in_o(places):
        return [at for at in places if o <= at < x]

    def in_z(places):
        return [at for at in places if z <= at < end]

    return Walk(
        left=split_buffer(buffer.values, o, [(m, oi), (n, 1)]),
        reads_z=in_z(buffer.reads),
        touched_o=in_o(buffer.touched),
        reads_o=in_o(buffer.reads),
        signs={
            "the places in o are": "signed" if in_o(buffer.signed) else "unsigned",
            "the places in z are": "signed" if in_z(buffer.signed) else "unsigned",
        },
        is_right=np.allclose(buffer.values, expected),
        arguments=(values, o, x, z, m, n, k, oi, xi, xp, zp),
    )


WELL = {"walks", "unsigned", "two rows", "two terms"}


LARGE_PRODUCT = "is it right for 17 x 19 @ 19 x 33, too?"


def is_large_product_right(kernel, names):
    extent = m, n, k = 17, 33, 19
    at = 0, m * n, m * n + m * k
    strides = (n, 1, 0), (k, 0, 1), (0, 1, n)
    memory = np.random.default_rng(1).normal(size=m * n + m * k + k * n)
    with replace_names(names, ix=int):
        return is_right_on(kernel, memory, at, extent, strides, (*extent, n, k, 1, n))


def describe_kernel(kernel, names, walk, ways, compiled, **stand_ins):
    """What is to be compared of a kernel: what it left and how it went; in the last case also
    whether it is right on something larger, and whether Numba compiles it.

    stand_ins: name -> what Numba takes instead of a kernel that is right already.
    """
    facts = ways | walk.signs
    found = walk.left | facts
    if compiled:
        found[LARGE_PRODUCT] = found[COMPILED] = NOT_TRIED
        if walk.is_right and WELL.issuperset(facts.values()):
            found[LARGE_PRODUCT] = is_large_product_right(kernel, names)
            with replace_names(names, **stand_ins):
                found[COMPILED] = compiles_for_others(kernel, *walk.arguments)
    return found


def run_order(names, m, n, k, oi, xi, xp, zp, compiled=False):
    kernel = names["contract_ipj"]
    walk = run_kernel(kernel, names, m, n, k, oi, xi, xp, zp)

    def way_through(places):
        return "walks" if count_jumps(places) <= m * k else "leaps"

    ways = {
        "through z the innermost loop": way_through(walk.reads_z),
        "through o the innermost loop": way_through(walk.touched_o),
    }
    return describe_kernel(kernel, names, walk, ways, compiled)


def show_product(m, n, k, oi, xi, xp, zp, compiled=False):
    return (
        f"a product {m} x {k} @ {k} x {n}, with rows of o {oi} apart, "
        f"of z {zp}, and strides of x {xi}, {xp}"
    )


def order_answer(
    order, line="w[ix(o + i * oi + j)] += w[x + i * xi + p * xp] * w[ix(z + p * zp + j)]"
):
    """The text of an answer: loops in this order around a line."""
    lengths = {"i": "m", "j": "n", "p": "k"}
    outer, middle, inner = order
    return (
        "@kernel\n"
        "def contract_ipj(w, o, x, z, m, n, k, oi, xi, xp, zp):\n"
        f"    for {outer} in range({lengths[outer]}):\n"
        f"        for {middle} in range({lengths[middle]}):\n"
        f"            for {inner} in range({lengths[inner]}):\n"
        f"                {line}"
    )


ORDER = Exercise(
    "05.order",
    "The order that walks",
    "write",
    ("contract_ipj",),
    insight=(
        "In Fortran, MATLAB and Julia matrices lie column by column, and there these same loops "
        "would leap: the best order belongs to the layout, not to the product."
    ),
    minutes=4,
    hints=(
        "o[i,j], x[i,p], z[p,j]: along which of the three letters do o and z "
        "have neighbours one place apart?",
        "That letter is the innermost loop: i, then p, then j. "
        "x[i,p] does not change in it, so read it before.",
        "In the loop over p: a, b, c = ix(o + i * oi), ix(z + p * zp), w[x + i * xi + p * xp]; "
        "then for j in range(n): w[a + ix(j)] += c * w[b + ix(j)].",
    ),
    mistakes=(
        Mistake(
            "Right, and slow: the innermost loop runs over p, and along p z leaps from row "
            "to row. The letter along which o and z are contiguous has to be inside.",
            order_answer("ijp"),
        ),
        Mistake(
            "The innermost loop runs over i: there o leaps from row to row, "
            "and z stands still. Only along j do both walk.",
            order_answer("pji"),
        ),
        Mistake(
            "The innermost loop runs over i: there o leaps from row to row, and from one p to "
            "the next z leaps too. Only along j do both walk.",
            order_answer("jpi"),
        ),
        Mistake(
            "The innermost loop runs over p: there z leaps from row to row, "
            "and o stands still. Only along j do both walk.",
            order_answer("jip"),
        ),
        Mistake(
            "The rows of o lie oi apart, not n: a block may have gaps behind its rows, "
            "and then yours writes into them.",
            order_answer(
                "ipj", "w[ix(o + i * n + j)] += w[x + i * xi + p * xp] * w[ix(z + p * zp + j)]"
            ),
        ),
        Mistake(
            "Rows are stepped through with n and k, "
            "as if they had no gaps and x were never turned. The strides are oi, xi, xp and zp.",
            order_answer("ipj", "w[ix(o + i * n + j)] += w[x + i * k + p] * w[ix(z + p * n + j)]"),
        ),
        Mistake(
            "You stored where the sum over p has to add: "
            "each p overwrites what the one before it gave.",
            order_answer(
                "ipj", "w[ix(o + i * oi + j)] = w[x + i * xi + p * xp] * w[ix(z + p * zp + j)]"
            ),
        ),
        Mistake(
            "z[p,j] lies at z + p * zp + j. You stepped through z with i, as if it were o.",
            order_answer(
                "ipj", "w[ix(o + i * oi + j)] += w[x + i * xi + p * xp] * w[ix(z + i * zp + j)]"
            ),
        ),
        *(
            Mistake(
                f"Right, and in the right order. But {which} signed, "
                "so compared with 0 each time, and LLVM does not vectorise. "
                "Even with a = ix(...), a + j is signed again: a + ix(j).",
                order_answer("ipj", f"w[{o}] += w[x + i * xi + p * xp] * w[{z}]"),
            )
            for which, o, z in (
                ("the indices are", "o + i * oi + j", "z + p * zp + j"),
                ("z's index is", "ix(o + i * oi + j)", "z + p * zp + j"),
                ("o's index is", "o + i * oi + j", "ix(z + p * zp + j)"),
            )
        ),
        Mistake(UNWRITTEN, order_answer("ipj", "pass")),
        Mistake(
            "The loops are right, but they are plain Python only: keep `@kernel` above the "
            "function, so that compiled code can call it.",
            order_answer(
                "ipj", "w[ix(o + i * oi + j)] += w[x + i * xi + p * xp] * w[ix(z + p * zp + j)]"
            ).replace("@kernel\n", ""),
        ),
    ),
    alternative="""@kernel
def contract_ipj(w, o, x, z, m, n, k, oi, xi, xp, zp):
    for p in range(k):
        b = ix(z)
        for i in range(m):
            factor, a = w[x + i * xi + p * xp], ix(o + i * oi)
            j = ix(0)
            for _ in range(n):
                w[a + j] = w[a + j] + w[b + j] * factor
                j = j + ix(1)
        z = z + zp""",
    cases=product_cases,
    run=run_order,
    show=show_product,
)


# ---- 05.reuse


def run_reuse(names, m, n, k, oi, xi, xp, zp, compiled=False):
    kernel = names["contract_2x2"]
    walk = run_kernel(kernel, names, m, n, k, oi, xi, xp, zp)
    pairs, last_row = divmod(m, 2)
    odd = k % 2
    # the rests, by contract_ipj, load what they need for each row and each term
    walks_in_z = pairs * (k + odd) + last_row * k
    walks_in_o = 2 * pairs * (k // 2 + odd) + last_row * k
    serves_two_rows = len(walk.reads_z) <= walks_in_z * n
    takes_two_terms = len(walk.reads_o) <= walks_in_o * n
    in_order = count_walks(walk.reads_z) <= walks_in_z
    reuse = {
        "each z that is loaded serves": "two rows" if serves_two_rows else "one row",
        "each o that is loaded takes": "two terms" if takes_two_terms else "one term",
        "through z the innermost loop": "walks" if in_order else "leaps",
    }
    return describe_kernel(kernel, names, walk, reuse, compiled, contract_ipj=typed_contract_ipj)


@intrinsic
def typed_contract_ipj(context, w, o, x, z, m, n, k, oi, xi, xp, zp):
    """contract_ipj for Numba to work out its type and no more: it returns nothing."""
    return types.void(w, o, x, z, m, n, k, oi, xi, xp, zp), None


REUSE_TEXT = """@kernel
def contract_2x2(w, o, x, z, m, n, k, oi, xi, xp, zp):
    for i in range(0, {rows}, 2):
        for p in range(0, {terms}, 2):
            q = x + i * xi + p * xp
            c, d, e, f = {four}
            for j in range(n):
                {inside}
        if k % 2:
            {term}
    if m % 2:
        {row}"""
RIGHT_REUSE = dict(
    rows="m - 1",
    terms="k - 1",
    four="w[q], w[q + xp], w[q + xi], w[q + xi + xp]",
    inside="""a, b = ix(o + i * oi + j), ix(o + (i + 1) * oi + j)
                r, s = ix(z + p * zp + j), ix(z + (p + 1) * zp + j)
                u, v = w[r], w[s]
                w[a] += c * u + d * v
                w[b] += e * u + f * v""",
    term=(
        "contract_ipj(w, o + i * oi, x + i * xi + (k - 1) * xp, "
        "z + (k - 1) * zp, 2, n, 1, oi, xi, xp, zp)"
    ),
    row="contract_ipj(w, o + (m - 1) * oi, x + (m - 1) * xi, z, 1, n, k, oi, xi, xp, zp)",
)


def reuse_answer(**changed):
    """The text of an answer: the right kernel with something changed."""
    return REUSE_TEXT.format(**RIGHT_REUSE | changed)


TERM_OF_LAST_ROW = """
        if k % 2:
            contract_ipj(w, o + (m - 1) * oi, x + (m - 1) * xi + (k - 1) * xp, z + (k - 1) * zp,
                         1, n, 1, oi, xi, xp, zp)"""

REUSE = Exercise(
    "05.reuse",
    "Two rows by two terms",
    "write",
    ("contract_2x2",),
    insight=(
        "The lesson's products, 10 x 40 x 40 and 64 x 64 x 64, never reach your two "
        "remainders: round sizes in a benchmark hide exactly the lines where such kernels go "
        "wrong."
    ),
    minutes=8,
    hints=(
        "Steps of two: for i in range(0, m - 1, 2), and inside for p in range(0, k - 1, 2). "
        "Before the loop over j, read x[i,p], x[i,p+1], x[i+1,p] and x[i+1,p+1].",
        "In the loop over j: u = z[p,j], v = z[p+1,j]; "
        "then o[i,j] += c * u + d * v, and o[i+1,j] with the other two x's.",
        "An odd k: after the loop over p the last term of both "
        "rows is a product of 2 rows and 1 term, "
        "contract_ipj(w, o + i * oi, x + i * xi + (k - 1) * xp, z + (k - 1) * zp, 2, n, 1, ...).",
        "An odd m: after the loop over i the last row is a product of 1 row and k terms, "
        "contract_ipj(w, o + (m - 1) * oi, x + (m - 1) * xi, z, 1, n, k, oi, xi, xp, zp).",
    ),
    mistakes=(
        Mistake(
            "The odd row at the end is missing: after the loop over i, "
            "a product of one row is left.",
            reuse_answer(row="pass"),
        ),
        Mistake(
            "The odd term at the end is missing: "
            "with k odd, the last x[i,k-1] · z[k-1,j] of each pair of rows is never added.",
            reuse_answer(term="pass"),
        ),
        Mistake(
            "The loop over i (or p) runs one step too far: with an odd length its last round "
            "takes a row or a term that is not there, and whatever comes next in memory is "
            "added.",
            reuse_answer(rows="m", row="pass"),
        ),
        Mistake(
            "Right, but each z is loaded for one row only: this is contract_ipj again. Both "
            "rows belong in the same loop over j, after one u and one v.",
            "@kernel\n"
            "def contract_2x2(w, o, x, z, m, n, k, oi, xi, xp, zp):\n"
            "    contract_ipj(w, o, x, z, m, n, k, oi, xi, xp, zp)",
        ),
        Mistake(
            "Right, and z is loaded once for two rows; "
            "but o is loaded and stored for every single term. Take two terms, "
            "p and p + 1, into the same `+=`: a second term saves more than a second row.",
            reuse_answer(
                inside=RIGHT_REUSE["inside"]
                .replace("c * u + d * v", "c * u; w[a] += d * v")
                .replace("e * u + f * v", "e * u; w[b] += f * v")
            ),
        ),
        Mistake(
            "Right, but each z is loaded in both rows' lines. "
            "Read w[...] of z once, into a variable, and use that twice.",
            reuse_answer(
                inside=RIGHT_REUSE["inside"]
                .replace("* u", "* w[r]")
                .replace("* v", "* w[s]")
                .replace("u, v = w[r], w[s]", "pass")
            ),
        ),
        Mistake(
            "Right, but each term has an update of its own, and each z is loaded for every row. "
            "Read two z's into variables; one `+=` for each row.",
            reuse_answer(
                inside=RIGHT_REUSE["inside"]
                .replace("c * u + d * v", "c * w[r]; w[a] += d * w[s]")
                .replace("e * u + f * v", "e * w[r]; w[b] += f * w[s]")
                .replace("u, v = w[r], w[s]", "pass")
            ),
        ),
        Mistake(
            "Both remainders are missing: with k odd, the last term of each pair of rows; with "
            "m odd, the last row.",
            reuse_answer(row="pass", term="pass"),
        ),
        Mistake(
            "The loops over i and p run one step too far: with an odd length the last round "
            "takes a row or a term that is not there, and whatever comes next in memory is "
            "added.",
            reuse_answer(rows="m", terms="k", row="pass", term="pass"),
        ),
        Mistake(
            "The last term of the last row is there twice: "
            "the product of the odd term and that of the odd row both contain it. Give it to one.",
            reuse_answer(row=RIGHT_REUSE["row"] + TERM_OF_LAST_ROW),
        ),
        Mistake(
            "The last term of the last row is missing: "
            "neither the product of the odd term nor that of the odd row contains it.",
            reuse_answer(row=RIGHT_REUSE["row"].replace(", k, ", ", k - k % 2, ")),
        ),
        Mistake(
            "z's part of the smaller product starts at the first term. "
            "The odd term of z lies (k - 1) * zp further on.",
            reuse_answer(term=RIGHT_REUSE["term"].replace("z + (k - 1) * zp", "z")),
        ),
        Mistake(
            "o's part of the smaller product of the odd row starts at the first row. "
            "The odd row of o lies (m - 1) * oi further on.",
            reuse_answer(row=RIGHT_REUSE["row"].replace("o + (m - 1) * oi", "o")),
        ),
        Mistake(
            "Right, with two rows and two terms. But an index of o or z is signed, "
            "and LLVM does not vectorise: ix(...) on both sides of the +, as in contract_ipj.",
            reuse_answer(inside=RIGHT_REUSE["inside"].replace("ix(", "(")),
        ),
        Mistake(UNWRITTEN, reuse_answer().split("    for")[0] + "    pass"),
        Mistake(
            "The x's are mixed up: x[i,p+1] lies xp further on than x[i,p], and x[i+1,p] lies "
            "xi further on.",
            reuse_answer(four="w[q], w[q + xi], w[q + xp], w[q + xi + xp]"),
        ),
        Mistake(
            "The smaller product of the odd term starts at the first term. Its x and its z have "
            "to start at the last one: x + i * xi + (k - 1) * xp, z + (k - 1) * zp.",
            reuse_answer(
                term="contract_ipj(w, o + i * oi, x + i * xi, z, 2, n, 1, oi, xi, xp, zp)"
            ),
        ),
    ),
    alternative="""@kernel
def contract_2x2(w, o, x, z, m, n, k, oi, xi, xp, zp):
    even, pairs = k // 2 * 2, m // 2
    for pair in range(pairs):
        a = ix(o + 2 * pair * oi)
        b = a + ix(oi)
        x0 = x + 2 * pair * xi
        for p in range(0, even, 2):
            r, s = ix(z + p * zp), ix(z + p * zp + zp)
            c, d = w[x0 + p * xp], w[x0 + (p + 1) * xp]
            e, f = w[x0 + xi + p * xp], w[x0 + xi + (p + 1) * xp]
            for j in range(n):
                first, second = w[r + ix(j)], w[s + ix(j)]
                w[a + ix(j)] = w[a + ix(j)] + (c * first + d * second)
                w[b + ix(j)] = w[b + ix(j)] + (e * first + f * second)
    contract_ipj(w, o, x + even * xp, z + even * zp, 2 * pairs, n, k - even, oi, xi, xp, zp)
    done = 2 * pairs
    contract_ipj(w, o + done * oi, x + done * xi, z, m - done, n, k, oi, xi, xp, zp)""",
    cases=product_cases,
    run=run_reuse,
    show=show_product,
)


# ---- 05.roof

ROOF_TEXT = """def intensity(r, t):
    return {intensity}
def attainable(i, peak, bandwidth):
    return {attainable}
TERMS = {terms}"""
RIGHT_ROOF = dict(
    intensity="2 * r * t / (8 * (t + 2 * r))",
    attainable="min(peak, i * bandwidth)",
    terms="5",
)


def roof_answer(**changed):
    """The text of an answer: the right formulas with one changed."""
    return ROOF_TEXT.format(**RIGHT_ROOF | changed)


def right_intensity(r, t):
    return 2 * r * t / (8 * (t + 2 * r))


def right_attainable(i, peak, bandwidth):
    return min(peak, i * bandwidth)


def run_roof(names, r, t, peak, bandwidth):
    """One after the other: what builds on a wrong function is not looked at yet."""
    i = r / (8 * t)
    found = dict(
        intensity=names["intensity"](r, t),
        attainable=right_attainable(i, peak, bandwidth),
        TERMS=ENOUGH,
    )
    sizes = [(r, t) for r in range(1, 6) for t in range(1, 6)]
    if not agree(names["intensity"], right_intensity, sizes):
        return found
    found["attainable"] = names["attainable"](i, peak, bandwidth)
    roofs = [(i, 50.0, 100.0) for i in (0.1, 0.4, 0.5, 0.6, 2.0)]
    if not agree(names["attainable"], right_attainable, roofs):
        return found
    found["TERMS"] = terms_text(names["TERMS"])
    return found


def show_roof(r, t, peak, bandwidth):
    return (
        f"{plural(r, 'row')}, {plural(t, 'term')}; intensity {r / (8 * t):.3g} under a peak "
        f"of {peak:g} and {bandwidth:g} GB/s"
    )


ENOUGH = "the smallest number that reaches the ridge"


def terms_text(terms):
    """What TERMS is, without the number that it should be."""
    if terms is ... or terms is None:
        return terms
    if not is_number(terms):
        return f"{terms!r}, which is not a finite number"
    if terms != int(terms):
        return f"{float(terms):g}, which is not a whole number"
    if terms > 5:
        return "more than that"
    return ENOUGH if terms == 5 else f"{int(terms)}"


def agree(mine, right, cases):
    """Do two functions of numbers give the same?"""
    try:
        return all(abs(mine(*case) - right(*case)) <= 1e-9 * right(*case) for case in cases)
    except TypeError:  # None, a string: shown where it is compared
        return False


ROOF = Exercise(
    "05.roof",
    "Flops per byte, and the roof",
    "predict",
    ("intensity", "attainable", "TERMS"),
    insight=(
        "In float32 the answer is still 5: flops per byte and peak both double, so smaller numbers "
        "make loops faster without moving any of them across the ridge."
    ),
    minutes=7,
    hints=(
        "Count one round of the innermost loop, for one j. "
        "Flops: each of the r rows gets t products, a multiplication and an addition each.",
        "Bytes: t numbers of z are loaded; r numbers of o are loaded and r stored; "
        "each is 8 bytes.",
        "Both bounds hold, so the smaller one counts. The ridge is where they are equal, "
        "at peak / bandwidth: the smallest t with intensity(2, t) at least that large.",
    ),
    mistakes=(
        Mistake(
            "A row is fed by the same z as its neighbour: "
            "t numbers of z are loaded in all, not t for each row.",
            roof_answer(intensity="2 * r * t / (8 * (r * t + 2 * r))"),
        ),
        Mistake(
            "A number of o takes all t terms between one load and one store: "
            "2 r numbers of o move, not 2 r t.",
            roof_answer(intensity="2 * r * t / (8 * (t + 2 * r * t))"),
        ),
        Mistake(
            "The x's are in registers while the loop runs: no bytes move for them.",
            roof_answer(intensity="2 * r * t / (8 * (t + 2 * r + r * t))"),
        ),
        Mistake(
            "The flops grow r t times, and the bytes grow too: "
            "t numbers of z, and r of o loaded and stored.",
            roof_answer(intensity="2 / 24 * r * t"),
        ),
        Mistake(
            "Each of the r rows takes t terms, so there are r t products, not r + t.",
            roof_answer(intensity="2 * (r + t) / (8 * (t + 2 * r))"),
        ),
        Mistake(
            "That is bytes per flop, upside down: flops go on top.",
            roof_answer(intensity="8 * (t + 2 * r) / (2 * r * t)"),
        ),
        Mistake(
            "Flops per byte times bytes per second are flops per second: "
            "the bandwidth is multiplied by i, not divided.",
            roof_answer(attainable="min(peak, bandwidth / i)"),
        ),
        *(
            Mistake(
                f"With {word} memory is still the bound: "
                f"compare intensity(2, {t}) with the ridge, 110 / 420.",
                roof_answer(terms=t),
            )
            for t, word in (("1", "one term"), ("2", "two terms"), ("3", "three terms"))
        ),
        Mistake(
            "Arithmetic is the bound, but this is not the smallest number of terms: with one "
            "term fewer it is the bound already.",
            roof_answer(terms="6"),
        ),
        Mistake(
            "o is loaded *and* stored: two numbers move for each row, not one.",
            roof_answer(intensity="2 * r * t / (8 * (t + r))"),
        ),
        Mistake(
            "A product and a sum are two flops, so r rows by t terms do 2 r t of them.",
            roof_answer(intensity="r * t / (8 * (t + 2 * r))"),
        ),
        Mistake(
            "Rows and terms are exchanged: each *term* loads one z, "
            "each *row* loads and stores one o.",
            roof_answer(intensity="2 * r * t / (8 * (r + 2 * t))"),
        ),
        Mistake(
            "A number has 8 bytes here: you counted flops per number.",
            roof_answer(intensity="2 * r * t / (t + 2 * r)"),
        ),
        Mistake(
            "Two upper bounds hold at once, so the smaller one is the bound: "
            "a loop that memory feeds slowly does not compute faster because the core could.",
            roof_answer(attainable="max(peak, i * bandwidth)"),
        ),
        Mistake(
            "Four terms give 16 flops for 64 bytes, 0.25, and the ridge is at 110 / 420 = 0.262: "
            "almost there, still on the side of memory.",
            roof_answer(terms="4"),
        ),
    ),
    alternative="""def intensity(rows, terms):
    loads, stores = terms + rows, rows
    return rows * terms / (4 * (loads + stores))
def attainable(i, peak, bandwidth):
    ridge = peak / bandwidth
    return peak if i > ridge else bandwidth * i
TERMS = next(t for t in range(1, 99) if attainable(intensity(2, t), 110, 420) == 110)""",
    cases=lambda: [
        (2, 5, 110.0, 420.0),
        (3, 2, 50.0, 100.0),
        (4, 1, 80.0, 300.0),
        (5, 5, 100.0, 400.0),
        (1, 3, 64.0, 128.0),
        (1, 2, 1000.0, 10.0),
        (1, 1, 10.0, 1000.0),
    ],
    run=run_roof,
    show=show_roof,
)


# ---- 05.encode


def encode_cases():
    """(kernel, outs, ins, arg, extent, store) with operands as (slot, plane, letters); places;
    shapes."""
    places = {
        (0, ""): 0,
        (0, "bar"): 40,
        (1, ""): 12,
        (1, "bar"): 52,
        (1, "dot"): 90,
        (2, ""): 27,
        (2, "bar"): 67,
        (2, "slope"): 110,
        (2, "dot"): 130,
        (2, "slope_dot"): 150,
        (3, ""): 200,
        (3, "bar"): 205,
    }
    shapes = [(4, 3), (3, 5), (4, 5), (1, 5)]
    calls = [
        ("contract", [(2, "", "ij")], [(0, "", "ip"), (1, "", "pj")], None, (4, 5, 3), True),
        ("contract", [(1, "bar", "pj")], [(0, "", "ip"), (2, "bar", "ij")], None, (4, 5, 3), False),
        ("contract", [(0, "bar", "ip")], [(2, "bar", "ij"), (1, "", "pj")], None, (4, 5, 3), True),
        ("linear", [(3, "bar", "0j")], [(2, "bar", "ij")], -1.0, (4, 5, 1), False),
        ("apply", [(2, "", "ij"), (2, "slope", "ij")], [(2, "dot", "ij")], "tanh", (4, 5, 1), True),
        (
            "curve",
            [(2, "slope_dot", "ij")],
            [(2, "", "ij"), (2, "slope", "ij"), (2, "dot", "ij")],
            "tanh",
            (4, 5, 1),
            True,
        ),
        ("linear", [(3, "", "0j")], [(3, "bar", "0j")], 1.0, (1, 5, 1), True),
    ]
    cases = [(call, places, shapes) for call in calls]
    adds = (*calls[0][:-1], False)  # the first call again, elsewhere in memory
    elsewhere = {block: place + 7 for block, place in places.items()}
    return [*cases, (adds, elsewhere, shapes)]


MORE_FUNCTIONS = ["log", "sin", "tanh", "exp"]  # not always tanh alone, nor sorted


def run_encode(names, call, places, shapes):
    kernel, outs, ins, arg, extent, store = call
    outs = tuple(names["Operand"](*x) for x in outs)
    ins = tuple(names["Operand"](*x) for x in ins)
    call = names["Call"](kernel, outs, ins, arg, extent, store)
    with replace_names(names, FUNCTIONS=dict.fromkeys(MORE_FUNCTIONS)):
        row = names["encode"](call, places, shapes)
    if isinstance(row, (list, tuple)):
        row = [int(x) if isinstance(x, (bool, np.bool_)) else x for x in row]
    return numbers_that_are_whole("the row", row)


def show_encode(call, places, shapes):
    kernel, outs, ins, arg, extent, store = call
    operands = []
    for name, (slot, plane, (first, second)) in zip("abcd", outs + ins, strict=False):
        block = f"slot {slot} {plane}" if plane else f"slot {slot}"
        m, n = shapes[slot]
        place = places[slot, plane]
        operands.append(f"{name} = {block}[{first},{second}], {m} x {n} at {place}")
    return (
        f"{kernel}, {plural(len(outs), 'output')} first: "
        f"{', '.join(operands)}; extent {extent}, arg {arg}, store {store}; "
        f"list(FUNCTIONS) is {MORE_FUNCTIONS}"
    )


ENCODE_TEXT = """def encode(call, places, shapes):
    flag = {flag}
    row = [LOOPS.index(call.kernel), flag, *call.extent]
    for x in {operands}:
        row += [{place}, *{strides}]
    return row{padding}"""
RIGHT_ENCODE = dict(
    flag=(
        'list(FUNCTIONS).index(call.arg) if call.kernel in ("apply", "curve") else int(call.store)'
    ),
    operands="call.outs + call.ins",
    place="places[x.block]",
    strides="strides(x.letters, shapes[x.slot])",
    padding=" + [0] * (21 - len(row))",
)


def encode_answer(**changed):
    """The text of an answer: the right row with something changed."""
    return ENCODE_TEXT.format(**RIGHT_ENCODE | changed)


ENCODE = Exercise(
    "05.encode",
    "A Call as a row of integers",
    "write",
    ("encode",),
    insight=(
        "The gradient and Hessian-vector product of the 1-40-40-1 network are 69 such rows, 11.6 "
        "kB: the whole program is smaller than the network's largest weight matrix."
    ),
    minutes=4,
    hints=(
        "Five numbers first: LOOPS.index(call.kernel), the flag, and the three of call.extent.",
        "Then for each operand of call.outs + call.ins four numbers: "
        "places[operand.block] and the three strides.",
        "row += [places[x.block], *strides(x.letters, shapes[x.slot])], "
        "and in the end zeros up to 21. The flag: "
        "list(FUNCTIONS).index(call.arg) for apply and curve, else int(call.store).",
    ),
    mistakes=(
        Mistake(
            "The place is that of the slot's value; an operand names a block. "
            "places[operand.block], with the plane, or the adjoints are read where the values lie.",
            encode_answer(place='places[x.slot, ""]'),
        ),
        Mistake(
            "Inputs came before outputs. The interpreter finds the operand that it writes in "
            "the first four columns after the extents.",
            encode_answer(operands="call.ins + call.outs"),
        ),
        Mistake(
            "The row is not filled up: a table has 21 columns in every row, used or not.",
            encode_answer(padding=""),
        ),
        Mistake(
            "For apply and curve the flag is the function's number. "
            "They always store, and the interpreter has to know which function.",
            encode_answer(flag="int(call.store)"),
        ),
        Mistake(
            "The strides are those of a block as large as the loops. "
            "An operand's rows are as long as *its own* slot's shape says: shapes[operand.slot].",
            encode_answer(strides="strides(x.letters, call.extent[:2])"),
        ),
        Mistake(
            "Every row stores. "
            "Then the second contribution to an adjoint overwrites the first one: keep call.store.",
            encode_answer(
                flag='list(FUNCTIONS).index(call.arg) if call.kernel in ("apply", "curve") else 1'
            ),
        ),
    ),
    alternative="""def encode(call, places, shapes):
    row = [0] * 21
    row[0] = {"linear": LINEAR, "contract": CONTRACT, "apply": APPLY, "curve": CURVE}[call.kernel]
    row[1] = 1 if call.store else 0
    if isinstance(call.arg, str):
        row[1] = [name for name in FUNCTIONS].index(call.arg)
    row[2:5] = call.extent
    for q, x in enumerate((*call.outs, *call.ins)):
        columns = shapes[x.slot][1]
        row[5 + 4 * q] = places[x.slot, x.plane]
        first, second = x.letters
        row[6 + 4 * q:9 + 4 * q] = [(first == c) * columns + (second == c) for c in "ijp"]
    return row""",
    cases=encode_cases,
    run=run_encode,
    show=show_encode,
)


# ---- 05.race


class Lanes:
    """prange in plain Python: its rounds one after the other, in a given order. Notes which round
    uses which place."""

    def __init__(self, backwards):
        self.backwards = backwards
        self.loops = 0
        self.lane = None  # the round that is running
        self.log = []  # ((loop, place), lane, is it written?)

    def __call__(self, *bounds):
        lanes = list(range(*map(int, bounds)))
        if self.backwards:
            lanes.reverse()
        self.loops += 1
        for lane in lanes:
            self.lane = lane
            yield lane
        self.lane = None

    def note(self, places, writes):
        """places: one, or an array of them."""
        if self.lane is None:
            return
        for place in np.ravel(places).tolist() if np.ndim(places) else [int(places)]:
            self.log.append(((self.loops, place), self.lane, writes))

    def are_several_at(self, places):
        """Do several rounds of one loop use some of these places?"""
        first = {}  # loop -> a round that does
        for (loop, place), lane, _ in self.log:
            if place in places and first.setdefault(loop, lane) != lane:
                return True
        return False

    def clash(self):
        """Is a place written by one round of a loop and used by another of the same loop?"""
        writers = {}
        for place, lane, writes in self.log:
            if writes:
                writers.setdefault(place, set()).add(lane)
        return any(writers.get(place, {lane}) != {lane} for place, lane, _ in self.log)


class RecordingArray(np.lib.mixins.NDArrayOperatorsMixin):
    """An array, or a part of one, of which `lanes` notes what is read and written."""

    def __init__(self, values, lanes, places):
        self.values = values
        self.lanes = lanes
        self.places = places
        self.shape = values.shape
        self.size = values.size
        self.ndim = values.ndim

    def __array__(self, dtype=None, copy=None):
        self.lanes.note(self.places, False)
        return self.values.astype(dtype or float)

    def __array_ufunc__(self, ufunc, method, *inputs, out=None, **options):
        arrays = [np.asarray(x) if isinstance(x, RecordingArray) else x for x in inputs]
        result = getattr(ufunc, method)(*arrays, **options)
        if out is None:
            return result
        out[0][...] = result
        return out[0]

    def __getitem__(self, at):
        part = self.values[at]
        if np.ndim(part):
            return RecordingArray(part, self.lanes, self.places[at])
        self.lanes.note(self.places[at], False)
        return float(part)

    def __setitem__(self, at, value):
        self.lanes.note(self.places[at], True)
        self.values[at] = np.asarray(value)

    def __len__(self):
        return len(self.values)

    def sum(self, *axes, **options):
        return np.asarray(self).sum(*axes, **options)

    def dot(self, other):
        return np.asarray(self).dot(np.asarray(other))

    def fill(self, value):
        self[...] = value


def run_race(names, xs, ys, w, compiled=False):
    """What LINE is; the totals; whether threads meet, and whether their number is seen."""
    import numba

    totals = {}
    safe = parallel = spared = True
    B, P = xs.shape
    given = w, xs, ys
    for threads in (1, 2, 3, len(ys)):
        for backwards in (False, True):
            lanes = Lanes(backwards)
            parts = np.full((B, P), 70.0)
            total = np.full(w.shape, 9.0)
            copies = [array.copy() for array in given]
            arrays = []
            for k, array in enumerate((*copies, parts, total)):
                places = FAR * k + np.arange(array.size).reshape(array.shape)
                arrays.append(RecordingArray(array, lanes, places))
            with (
                replace_names(names, prange=lanes),
                mock.patch.object(numba, "prange", lanes),
            ):
                plain_python(names["all_tasks"])(*arrays, threads)
            totals[threads, backwards] = total
            safe = safe and not lanes.clash()
            spared = spared and all(map(np.array_equal, copies, given))
            # each thread reads xs, of which the loop is about; one that does nothing is none
            parallel = parallel and lanes.loops > 0
            if threads > 1 and P > 1:
                parallel = parallel and lanes.are_several_at(range(FAR, 2 * FAR))
    different = {total.tobytes() for total in totals.values()}
    found = {
        "LINE": line_text(names["LINE"]),
        "total, 1 thread": totals[1, False],
        "total, 2 threads": totals[2, False],
        "total, 3 threads": totals[3, False],
        f"total, {len(ys)} threads": totals[len(ys), False],
        "is the loop still parallel?": "yes" if parallel else "no",
        "is a place written by one thread and used by another?": "no" if safe else "yes",
        "the same bits for every number of threads?": "yes" if len(different) == 1 else "no",
        "are w, xs and ys as they were?": "yes" if spared else "no",
    }
    if compiled:
        found[COMPILED] = NOT_TRIED
        right = np.allclose(totals[2, False], (xs @ w - ys) @ xs)
        if safe and parallel and right and found["LINE"] == CULPRIT:
            found[COMPILED] = compiles(names["all_tasks"], w, xs, ys, xs, w, 2)
    return found


CULPRIT = "the culprit"
FAR = 10**6  # how far apart the places of two arrays are


def line_text(line):
    """What LINE is, without the number that it should be."""
    if line is ... or line is None:
        return line
    if str(line) in ("9", "9.0", "[9]", "(9,)"):
        return CULPRIT
    return f"not line {line}"


def show_race(xs, ys, w, compiled=False):
    return (
        f"{len(ys)} tasks, {plural(len(w), 'parameter')}, "
        f"1, 2, 3 and {len(ys)} threads, their rounds run forwards and backwards"
    )


def race_cases():
    rng = np.random.default_rng(5)
    shapes = [(6, 3), (7, 4), (4, 2), (5, 1), (3, 3), (9, 2)]
    cases = []
    for B, P in shapes:
        cases.append((rng.normal(size=(B, P)), rng.normal(size=B), rng.normal(size=P)))
    cases[-1] += (True,)
    return cases


RACE_TEXT = """LINE = {line}
def all_tasks(w, xs, ys, parts, total, threads):
    B, P = xs.shape
    for q in range(P): total[q] = 0.0
    for t in {loop}(threads):
        {before}
        for b in range(B * t // threads, B * (t + 1) // threads):
            r = -ys[b]
            for q in range(P): r += xs[b, q] * w[q]
            for q in range(P): {line9}
    {after}"""
RIGHT_RACE = dict(
    line="9",
    loop="prange",
    before="pass",
    line9="parts[b, q] = r * xs[b, q]",
    after="""for b in range(B):
        for q in range(P): total[q] += parts[b, q]""",
)


def race_answer(**changed):
    """The text of an answer: the mended code with something changed."""
    return RACE_TEXT.format(**RIGHT_RACE | changed)


RACE = Exercise(
    "05.race",
    "Two threads, one sum",
    "find the bug",
    ("LINE", "all_tasks"),
    insight=(
        "Fixed bits cost a row for each task, 2.8 MB for the lesson's 200 tasks of 1,761 "
        "parameters; lesson 06 gets them with one row for each chunk of tasks."
    ),
    minutes=6,
    hints=(
        "Which arrays are written inside the parallel loop, "
        "and by how many threads the same place of them?",
        "`total[q] += ...` reads, adds and writes. "
        "Two threads may read the same old number; then one of the two additions is lost.",
        "Give every task its own row, parts[b, q] = r * xs[b, q]. "
        "After the parallel loop, one thread adds the rows up, b = 0, 1, 2, ...",
    ),
    mistakes=(
        Mistake(
            "Your code is fixed, but LINE is not the faulty line. Line 8 adds into r, which "
            "every round of the loop has for itself, and only *reads* what is shared.",
            race_answer(line="8"),
        ),
        Mistake(
            "Your code is fixed, but LINE is not the faulty line. Line 7 starts an r that "
            "every round of the loop has for itself.",
            race_answer(line="7"),
        ),
        Mistake(
            "Your code is fixed, but LINE is not the faulty line. Line 5 shares out the work, "
            "and that is wanted; the fault is in what the threads write.",
            race_answer(line="5"),
        ),
        Mistake(
            "Your code is fixed, but LINE is not the faulty line. Line 4 runs before the "
            "threads start.",
            race_answer(line="4"),
        ),
        Mistake(
            "Your code is fixed, but LINE is not the faulty line. Line 6 gives each task to "
            "exactly one thread; the fault is in what the threads do with the results.",
            race_answer(line="6"),
        ),
        Mistake(
            "The number is right, and the race is still there: "
            "inside the parallel loop several threads add into the same total[q]. "
            "Let each task write what is its own, and add up after the loop.",
            race_answer(line9="total[q] += r * xs[b, q]", after="return"),
        ),
        Mistake(
            "No two threads meet any more, because there is only one: without prange nothing "
            "runs in parallel. Keep the loop parallel and fix what it writes.",
            race_answer(loop="range"),
        ),
        Mistake(
            "The race is gone. But with a sum for each *thread*, which tasks are added up first "
            "depends on how many threads there are, and so do the last digits: the same seed "
            "gives another training run on another computer. Keep a row for each *task*.",
            race_answer(
                before="for q in range(P): parts[t, q] = 0.0",
                line9="parts[t, q] += r * xs[b, q]",
                after="for t in range(threads):\n"
                "        for q in range(P): total[q] += parts[t, q]",
            ),
        ),
        Mistake(
            "parts holds anything when you get it, here 70: store into it, do not add.",
            race_answer(line9="parts[b, q] += r * xs[b, q]"),
        ),
        Mistake(
            "total holds what the last call left, here 9, and you add to it: start it from 0.",
            race_answer().replace("for q in range(P): total[q] = 0.0", "pass"),
        ),
        Mistake(
            "total is as it was. `total = ...` gives the name to another array, and nobody "
            "takes what you return: write into the array that you got, total[:] = ... or "
            "total[q] = ...",
            race_answer(after="pass").replace("for q in range(P): total[q] = 0.0", "pass"),
        ),
        Mistake(
            "B // threads tasks for each thread leave some over where B is not a multiple of "
            "threads. Line 6 shares out all of them.",
            race_answer().replace(
                "B * t // threads, B * (t + 1) // threads",
                "B // threads * t, B // threads * (t + 1)",
            ),
        ),
    ),
    alternative="""LINE = 9
def all_tasks(w, xs, ys, parts, total, threads):
    B, P = xs.shape
    for b in prange(B):
        r = -ys[b]
        for q in range(P):
            r += xs[b, q] * w[q]
        parts[b, 0] = r
    for q in prange(P):
        s = 0.0
        for b in range(B):
            s += parts[b, 0] * xs[b, q]
        total[q] = s""",
    cases=race_cases,
    run=run_race,
    show=show_race,
)


EXERCISES = [LOOPS, ORDER, ROOF, REUSE, ENCODE, RACE]
