"""Graders of lesson 05. Speed is never graded, it differs from machine to machine; results are, and
which places are read in which order, by which numbers; and that Numba compiles a kernel."""

import builtins
import contextlib
import itertools
import operator
from typing import NamedTuple

import numpy as np
from numba import types
from numba.extending import intrinsic

from ..exercise import Exercise, Mistake
from .compiling import COMPILED, NOT_TRIED, compiles_for_others, plain_python
from .shared import number as is_number
from .shared import plural, unattempted


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


UNWRITTEN = "Nothing has been written: the memory is as it was."


def split_buffer(values, o, axes):
    """The block at place o, in the shape of its axes (length, stride), and the rest of the
    buffer."""
    places = np.array(o)
    for n, stride in axes:
        places = places[..., None] + stride * np.arange(n)
    return {"o": values[places], "elsewhere": np.delete(values, places)}


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
    kernel = names["contract_walk"]
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


RIGHT_PLACES = dict(
    o="ix(o + i * oi + j)", x="x + i * xi + p * xp", z="ix(z + p * zp + j)", sign="+="
)


def order_answer(order, **changed):
    """The text of an answer: loops in this order, and a line with something changed."""
    line = "memory[{o}] {sign} memory[{x}] * memory[{z}]".format(**RIGHT_PLACES | changed)
    return order_text(order, line)


def order_text(order, line):
    lengths = {"i": "m", "j": "n", "p": "k"}
    outer, middle, inner = order
    return (
        "@kernel\n"
        "def contract_walk(memory, o, x, z, m, n, k, oi, xi, xp, zp):\n"
        f"    for {outer} in range({lengths[outer]}):\n"
        f"        for {middle} in range({lengths[middle]}):\n"
        f"            for {inner} in range({lengths[inner]}):\n"
        f"                {line}"
    )


ORDER = Exercise(
    "05.order",
    "The order that walks",
    "write",
    ("contract_walk",),
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
        "In the loop over p: a = ix(o + i * oi), b = ix(z + p * zp), c = memory[x + i * xi + p * "
        "xp]; then for j in range(n): memory[a + ix(j)] += c * memory[b + ix(j)].",
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
            order_answer("ipj", o="ix(o + i * n + j)"),
        ),
        Mistake(
            "Rows are stepped through with n and k, "
            "as if they had no gaps and x were never turned. The strides are oi, xi, xp and zp.",
            order_answer("ipj", o="ix(o + i * n + j)", x="x + i * k + p", z="ix(z + p * n + j)"),
        ),
        Mistake(
            "You stored where the sum over p has to add: "
            "each p overwrites what the one before it gave.",
            order_answer("ipj", sign="="),
        ),
        Mistake(
            "z[p,j] lies at z + p * zp + j. You stepped through z with i, as if it were o.",
            order_answer("ipj", z="ix(z + i * zp + j)"),
        ),
        *(
            Mistake(
                f"Right, and in the right order. But {which} signed, "
                "so compared with 0 each time, and LLVM does not vectorise. "
                "Even with a = ix(...), a + j is signed again: a + ix(j).",
                order_answer("ipj", o=o, z=z),
            )
            for which, o, z in (
                ("the indices are", "o + i * oi + j", "z + p * zp + j"),
                ("z's index is", "ix(o + i * oi + j)", "z + p * zp + j"),
                ("o's index is", "o + i * oi + j", "ix(z + p * zp + j)"),
            )
        ),
        Mistake(UNWRITTEN, order_text("ipj", "pass")),
        Mistake(
            "The loops are right, but they are plain Python only: keep `@kernel` above the "
            "function, so that compiled code can call it.",
            order_answer("ipj").replace("@kernel\n", ""),
        ),
    ),
    alternative="""@kernel
def contract_walk(memory, o, x, z, m, n, k, oi, xi, xp, zp):
    for p in range(k):
        b = ix(z)
        for i in range(m):
            factor, a = memory[x + i * xi + p * xp], ix(o + i * oi)
            j = ix(0)
            for _ in range(n):
                memory[a + j] = memory[a + j] + memory[b + j] * factor
                j = j + ix(1)
        z = z + zp""",
    cases=product_cases,
    run=run_order,
    show=show_product,
)


# ---- 05.no_walk

NOT_LETTERS = (
    "`letters` is a list of three texts, for o, x and z, each of two different letters of i, j "
    'and p: ["ij", "ip", "pj"].'
)
NOT_PRODUCT = (
    "That is no product of two matrices: each of i, j and p belongs to exactly two of the three "
    "operands, and the one that o lacks is summed."
)
RESULT_WALKS = (
    "With {letter} innermost, o and {factor} have stride 1 and {other} stands still. Compare the "
    "second letters: no two of the three may be the same."
)
FACTORS_WALK = (
    "With {letter} innermost, x and z have stride 1 and o stands still, a dot product, as for "
    "h_bar. The second letters of x and z must differ, too."
)


def judge_no_walk(names):
    letters = names["letters"]
    if unattempted(letters):
        raise NotImplementedError
    if not isinstance(letters, (list, tuple)) or len(letters) != 3:
        return NOT_LETTERS
    for text in letters:
        if not isinstance(text, str) or len(text) != 2 or len(set(text) & set("ijp")) != 2:
            return NOT_LETTERS
    if any(sum(letter in text for text in letters) != 2 for letter in "ijp"):
        return NOT_PRODUCT
    o, x, z = (text[1] for text in letters)
    if x == z:
        return FACTORS_WALK.format(letter=x)
    if o == z:
        return RESULT_WALKS.format(letter=o, factor="z", other="x")
    if o == x:
        return RESULT_WALKS.format(letter=o, factor="x", other="z")
    return None


NO_WALK = Exercise(
    "05.no_walk",
    "A product that no order walks through",
    "break it",
    ("letters",),
    insight=(
        "It is o = xᵀ · zᵀ, which neither a matmul nor an adjoint of one needs: for the products "
        "that a network has, the colleague is right."
    ),
    minutes=4,
    hints=(
        "In the innermost loop two operands have its letter and the third has not. "
        "When do both of them have stride 1?",
        "Both must have that letter second. So the claim fails where no two operands have the "
        "same second letter.",
        "o is ij, with j second. Let x have i second and z have p second.",
    ),
    mistakes=(
        Mistake(NOT_LETTERS, 'letters = ["ij", "ik", "kj"]'),
        Mistake(NOT_PRODUCT, 'letters = ["ij", "ij", "pj"]'),
        Mistake(
            RESULT_WALKS.format(letter="j", factor="z", other="x"), 'letters = ["ij", "ip", "pj"]'
        ),
        Mistake(
            RESULT_WALKS.format(letter="i", factor="x", other="z"), 'letters = ["ji", "pi", "jp"]'
        ),
        Mistake(FACTORS_WALK.format(letter="p"), 'letters = ["ij", "ip", "jp"]'),
    ),
    alternative='letters = ("ij", "jp", "pi")',
    judge=judge_no_walk,
    equivalent={"*": "a changed counterexample may still be one"},
)


# ---- 05.roof

ROOF_TEXT = """def intensity(r, t):
    return {intensity}
TERMS = {terms}"""
RIGHT_ROOF = dict(
    intensity="2 * r * t / (8 * (t + 2 * r))",
    terms="5",
)


def roof_answer(**changed):
    """The text of an answer: the right formulas with one changed."""
    return ROOF_TEXT.format(**RIGHT_ROOF | changed)


def right_intensity(r, t):
    return 2 * r * t / (8 * (t + 2 * r))


def run_roof(names, r, t):
    """TERMS builds on the intensity: while that is wrong, it is not looked at."""
    found = dict(intensity=names["intensity"](r, t), TERMS=ENOUGH)
    sizes = [(r, t) for r in range(1, 6) for t in range(1, 6)]
    if agree(names["intensity"], right_intensity, sizes):
        found["TERMS"] = terms_text(names["TERMS"])
    return found


def show_roof(r, t):
    return f"{plural(r, 'row')}, {plural(t, 'term')}"


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
    "Flops per byte, and the ridge",
    "write",
    ("intensity", "TERMS"),
    insight=(
        "In float32 the answer is still 5: flops per byte and peak both double, so smaller numbers "
        "make loops faster without moving any of them across the ridge."
    ),
    minutes=6,
    hints=(
        "Count one iteration of the innermost loop, for one j. "
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
            "Four terms give 16 flops for 64 bytes, 0.25, and the ridge is at 110 / 420 = 0.262: "
            "almost there, still on the side of memory.",
            roof_answer(terms="4"),
        ),
    ),
    alternative="""def intensity(rows, terms):
    loads, stores = terms + rows, rows
    return rows * terms / (4 * (loads + stores))
TERMS = next(t for t in range(1, 99) if intensity(2, t) * 420 >= 110)""",
    cases=lambda: [(2, 5), (3, 2), (4, 1), (5, 5), (1, 3), (1, 2), (1, 1)],
    run=run_roof,
    show=show_roof,
)


# ---- 05.remainder


def run_remainder(names, m, n, k, oi, xi, xp, zp, compiled=False):
    kernel = names["contract_2x2"]
    walk = run_kernel(kernel, names, m, n, k, oi, xi, xp, zp)
    pairs, last_row = divmod(m, 2)
    odd = k % 2
    # the remainders, by contract_walk, load what they need for each row and each term
    walks_in_z = pairs * (k + odd) + last_row * k
    walks_in_o = 2 * pairs * (k // 2 + odd) + last_row * k
    serves_two_rows = len(walk.reads_z) <= (walks_in_z + last_row * odd) * n
    takes_two_terms = len(walk.reads_o) <= (walks_in_o + last_row * odd) * n
    in_order = count_walks(walk.reads_z) <= walks_in_z + last_row * odd
    reuse = {
        "each z that is loaded serves": "two rows" if serves_two_rows else "one row",
        "each o that is loaded takes": "two terms" if takes_two_terms else "one term",
        "through z the innermost loop": "walks" if in_order else "leaps",
    }
    size = {"SIZE": size_text(names["SIZE"])}
    stand_in = {"contract_walk": typed_contract_walk}
    return size | describe_kernel(kernel, names, walk, reuse, compiled, **stand_in)


FAULTY = "a size on which the kernel is wrong"


def size_text(size):
    """What SIZE is, without the answer. The kernel as given is wrong where m and k are both odd."""
    if unattempted(size) or size is None:
        return ...
    if not isinstance(size, (list, tuple, np.ndarray)) or len(size) != 3:
        return "not three numbers m, n, k"
    if not all(is_number(length) and length == int(length) for length in size):
        return "not three whole numbers"
    m, _, k = size
    if not all(1 <= length <= 9 for length in size):
        return "a size with a number outside of 1 to 9"
    return FAULTY if m % 2 and k % 2 else "a size on which the kernel is right"


@intrinsic
def typed_contract_walk(context, memory, o, x, z, m, n, k, oi, xi, xp, zp):
    """contract_walk for Numba to work out its type and no more: it returns nothing."""
    return types.void(memory, o, x, z, m, n, k, oi, xi, xp, zp), None


REMAINDER_TEXT = """SIZE = {size}


@kernel
def contract_2x2(memory, o, x, z, m, n, k, oi, xi, xp, zp):
    for i in range(0, {rows}, 2):
        o0, o1 = ix(o + i * oi), ix(o + (i + 1) * oi)
        for p in range(0, {terms}, 2):
            z0, z1 = ix(z + p * zp), ix(z + (p + 1) * zp)
            at = x + i * xi + p * xp
            x00, x01 = memory[at], memory[at + xp]
            x10, x11 = memory[at + xi], memory[at + xi + xp]
            for j in range(n):
                first, second = memory[z0 + ix(j)], memory[z1 + ix(j)]
                memory[o0 + ix(j)] += x00 * first + x01 * second
                memory[o1 + ix(j)] += x10 * first + x11 * second
    last = k - 1
    if k % 2:
        {term}
    last = m - 1
    if m % 2:
        {row}"""
TERM = "contract_walk(memory, o, x + last * xp, {z}, {rows}, n, 1, oi, xi, xp, zp)"
ROW = "contract_walk(memory, {o}, x + last * xi, z, 1, n, {terms}, oi, xi, xp, zp)"
RIGHT_TERM = TERM.format(z="z + last * zp", rows="m - m % 2")
GIVEN_TERM = TERM.format(z="z + last * zp", rows="m")
GIVEN_ROW = ROW.format(o="o + last * oi", terms="k")
EVEN_ROW = ROW.format(o="o + last * oi", terms="k - k % 2")
RIGHT_REMAINDER = dict(
    size="(3, 4, 5)", rows="m - 1", terms="k - 1", term=RIGHT_TERM, row=GIVEN_ROW
)


def remainder_answer(**changed):
    """The text of an answer: the right kernel with something changed."""
    return REMAINDER_TEXT.format(**RIGHT_REMAINDER | changed)


REMAINDER = Exercise(
    "05.remainder",
    "Two rows by two terms, and what is left over",
    "find the bug",
    ("SIZE", "contract_2x2"),
    insight=(
        "The lesson's products, 10 x 40 x 40 and 64 x 64 x 64, never reach the remainders: round "
        "sizes in a benchmark hide exactly the lines where such kernels go wrong."
    ),
    minutes=6,
    hints=(
        "With m and k even, the last lines do nothing. Try m odd alone, then k odd alone: which x "
        "does each remainder use? What is left to try?",
        "Take m = 3 and k = 3, and mark in a square of 3 x 3 which x the loops use, which the "
        "odd term, which the odd row.",
        "x[m-1,k-1] belongs to both remainders: the odd term takes all m rows, the odd row all k "
        "terms. Let one of them leave it out.",
    ),
    mistakes=(
        Mistake(
            "The kernel is fixed, but on your SIZE the one that you were given is right. Which "
            "x do its two remainders use, and when do they share one?",
            remainder_answer(size="(9, 4, 4)"),
        ),
        Mistake(
            "SIZE is a size on which it is wrong, and yours still is: the last term of the last "
            "row is added twice, by the odd term and by the odd row.",
            remainder_answer(term=GIVEN_TERM),
        ),
        Mistake(
            "The kernel is fixed, but no number in SIZE may be above 9, or below 1.",
            remainder_answer(size="(11, 40, 39)"),
        ),
        Mistake(
            "The last term of the last row is missing now: neither the odd term nor the odd row "
            "contains it. One of the two must.",
            remainder_answer(row=EVEN_ROW),
        ),
        Mistake(
            "The odd row at the end is missing now: with m odd, a product of one row is left.",
            remainder_answer(row="pass"),
        ),
        Mistake(
            "The odd term at the end is missing now: with k odd, the last x[i,k-1] · z[k-1,j] of "
            "each pair of rows is never added.",
            remainder_answer(term="pass"),
        ),
        Mistake(
            "Both remainders are missing now: with k odd, the last term of each pair of rows; "
            "with m odd, the last row.",
            remainder_answer(term="pass", row="pass"),
        ),
        Mistake(
            "The loops run one step too far now: with an odd length the last iteration takes a row "
            "or a term that is not there, and whatever comes next in memory is added.",
            remainder_answer(rows="m", terms="k", term="pass", row="pass"),
        ),
        Mistake(
            "Right, but each z is loaded for one row only: this is contract_walk again. Keep the "
            "loops over pairs, and change a remainder.",
            "SIZE = 3, 4, 5\n"
            "@kernel\n"
            "def contract_2x2(memory, o, x, z, m, n, k, oi, xi, xp, zp):\n"
            "    contract_walk(memory, o, x, z, m, n, k, oi, xi, xp, zp)",
        ),
        Mistake(
            "Only the remainder of m = 1 is left out of the odd term: with every other odd m the "
            "last term of the last row is still added twice.",
            remainder_answer(term=f"if m > 1:\n            {GIVEN_TERM}"),
        ),
    ),
    alternative=remainder_answer(size="[9, 1, 7]", term=GIVEN_TERM, row=EVEN_ROW),
    equivalent={"(1, 1, 1) -> (1, 2, 1)": "the kernel is wrong for odd m and k, whatever n is"},
    cases=product_cases,
    run=run_remainder,
    show=show_product,
)


# ---- 05.sound


def last_place(row):
    """The last place that a row's operands reach."""
    extent = np.array(row[2:5]) - 1
    blocks = np.reshape(row[5:], (4, 4))
    return int((blocks[:, 0] + blocks[:, 1:] @ extent).max())


def sound_cases():
    """Rows and sizes: each row with the smallest memory that holds it, a larger one, and two that
    are too small."""
    rows = [
        # walk, 4 x 5 with 3 terms: o, x, z, and an operand that is not used
        [4, 1, 4, 5, 3, 0, 5, 1, 0, 20, 3, 0, 1, 32, 0, 1, 5, 0, 0, 0, 0],
        # the output is the last one in memory
        [1, 0, 4, 5, 3, 40, 5, 1, 0, 2, 3, 0, 1, 14, 0, 1, 5, 0, 0, 0, 0],
        # x is
        [1, 0, 3, 4, 2, 0, 4, 1, 0, 30, 1, 0, 3, 12, 0, 1, 4, 0, 0, 0, 0],
        # curve: the fourth operand is
        [3, 0, 6, 2, 1, 0, 2, 1, 0, 12, 2, 1, 0, 24, 2, 1, 0, 50, 2, 1, 0],
        # a row spread over a block, and gaps between rows
        [0, 1, 5, 3, 1, 7, 8, 1, 0, 60, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        # extents of 1 take no step, however large the stride
        [1, 1, 1, 6, 1, 9, 6, 1, 0, 3, 6, 1, 0, 15, 100, 1, 100, 0, 0, 0, 0],
        [2, 0, 1, 1, 1, 4, 90, 90, 90, 5, 90, 90, 90, 6, 90, 90, 90, 0, 0, 0, 0],
        [0, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    ]
    rng = np.random.default_rng(3)
    for _ in range(12):
        extent = rng.integers(1, 7, 3)
        operands = rng.integers(0, 12, 16)
        operands[::4] *= 9
        rows.append([*rng.integers(0, 4, 2).tolist(), *extent.tolist(), *operands.tolist()])
    cases = []
    for row in rows:
        size = last_place(row) + 1
        cases += [(row, size), (row, size + 40)]
        cases += [(row, less) for less in (size - 1, size - 9) if less > 0]
    return cases


def run_sound(names, row, size):
    found = names["is_sound"](list(row), size)
    return bool(found) if isinstance(found, (bool, np.bool_)) else found


def show_sound(row, size):
    return f"row {row}, a memory of {size} numbers"


SOUND_TEXT = """def is_sound(row, size):
    m, n, k = row[2:5]
    for at in {operands}:
        place, i, j, p = row[at : at + 4]
        if {last} {sign} size:
            return False
    return True"""
RIGHT_SOUND = dict(
    operands="range(5, 21, 4)",
    last="place + (m - 1) * i + (n - 1) * j + (k - 1) * p",
    sign=">=",
)


def sound_answer(**changed):
    """The text of an answer: the right test with something changed."""
    return SOUND_TEXT.format(**RIGHT_SOUND | changed)


SOUND = Exercise(
    "05.sound",
    "One check for each row",
    "write",
    ("is_sound",),
    insight=(
        "One comparison for each operand replaces one for each access: the Hessian-vector product "
        "of the 1-40-40-1 network has 69 rows and makes about 100,000 accesses."
    ),
    minutes=4,
    hints=(
        "Strides are not negative, so an operand's last place is its largest one.",
        "The last i is m - 1: an extent of m takes m - 1 steps.",
        "place + (m - 1) * along_i + (n - 1) * along_j + (k - 1) * along_p < size, for each of the "
        "four operands, which start at 5, 9, 13 and 17.",
    ),
    mistakes=(
        Mistake(
            "Only where the operands start is compared with size. How far do they reach?",
            sound_answer(last="place"),
        ),
        Mistake(
            "An extent of m takes m - 1 steps, not m: a row that just fits is refused.",
            sound_answer(last="place + m * i + n * j + k * p"),
        ),
        Mistake(
            "Places count from 0: the last place of a memory of `size` numbers is size - 1.",
            sound_answer(sign=">"),
        ),
        Mistake(
            "The fourth operand is not looked at; `curve` has four.",
            sound_answer(operands="(5, 9, 13)"),
        ),
        Mistake(
            "Only the first operand, the output, is looked at. A read outside of the memory gives "
            "whatever lies there.",
            sound_answer(operands="(5,)"),
        ),
        Mistake(
            "The inputs are looked at, but not the first operand, the output: a write outside of "
            "the memory is the worse of the two.",
            sound_answer(operands="(9, 13, 17)"),
        ),
        Mistake(
            "An operand need not fill m · n · k places without gaps: its strides say how far it "
            "reaches, and a stride may be 0.",
            sound_answer(last="place + m * n * k - 1"),
        ),
        Mistake(
            "Every row is found to be sound, also those that lead out of the memory.",
            "def is_sound(row, size):\n    return True",
        ),
        Mistake(
            "No row is found to be sound, also none that stays inside.",
            "def is_sound(row, size):\n    return False",
        ),
    ),
    alternative="""def is_sound(row, size):
    steps = np.array(row[2:5]) - 1
    blocks = np.array(row[5:]).reshape(4, 4)
    return bool(np.all(blocks[:, 0] + blocks[:, 1:] @ steps < size))""",
    cases=sound_cases,
    run=run_sound,
    equivalent={"range(5, 21, 4) -> range(5, 20, 4)": "17 is the last of both"},
    show=show_sound,
)


EXERCISES = [ORDER, NO_WALK, ROOF, REMAINDER, SOUND]
