"""Graders of lesson 05. Speed is never graded, it differs from machine to machine; results are, and
which places are read in which order, by which numbers."""

import builtins
import operator

import numpy as np

from ..exercise import Exercise, Mistake


def plain(function):
    """An answer in plain Python, whether or not it is decorated with njit."""
    return getattr(function, "py_func", function)


class Watched:
    """A buffer that hands out one number at a time, as a compiled loop reads it, and remembers the
    places."""

    def __init__(self, values):
        self.values, self.reads, self.touched, self.signed = np.array(values, float), [], [], set()

    def place(self, at):
        if isinstance(at, (slice, tuple, list, np.ndarray)) or at is Ellipsis or at is None:
            raise TypeError(
                "the buffer hands out one number at a time: "
                "index it with one whole number, in a loop"
            )
        if isinstance(at, (float, np.floating)):
            raise TypeError("an index is a float; places are whole numbers")
        if not 0 <= int(at) < len(self.values):
            raise IndexError(f"place {int(at)} is outside the buffer of {len(self.values)} numbers")
        if not isinstance(at, (Unsigned, np.unsignedinteger)):
            self.signed.add(int(at))
        return int(at)

    def __getitem__(self, at):
        if isinstance(at, slice) and at.step in (None, 1) and None not in (at.start, at.stop):
            return Row(self, at.start, at.stop)
        at = self.place(at)
        self.reads.append(at)
        self.touched.append(at)
        return float(self.values[at])

    def __setitem__(self, at, value):
        at = self.place(at)
        self.touched.append(at)
        self.values[at] = value

    def __len__(self):
        return len(self.values)


class Unsigned(int):
    """A number as compiled code has it after np.uint64(...): with another unsigned one it gives an
    unsigned one, else a signed one."""

    def both(self, other, operation):
        value = operation(int(self), other)
        return (
            Unsigned(value)
            if isinstance(other, (Unsigned, np.unsignedinteger)) and value >= 0
            else value
        )

    def __add__(self, other):
        return self.both(other, operator.add)

    def __sub__(self, other):
        return self.both(other, operator.sub)

    def __mul__(self, other):
        return self.both(other, operator.mul)

    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other


def unsigned_range(*bounds):
    """range, which in compiled code counts with numbers of its bounds' kind."""
    for number in builtins.range(*bounds):
        yield (
            Unsigned(number)
            if all(isinstance(b, (Unsigned, np.unsignedinteger)) for b in bounds)
            else number
        )


class Row:
    """A slice w[a:a + n]. Counted from 0 it needs no unsigned numbers: the compiler sees that j is
    not negative."""

    __array_ufunc__ = None

    def __init__(self, buffer, start, stop):
        self.buffer, self.start, self.length = buffer, int(start), int(stop) - int(start)

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

    def whole(self, *_):
        raise TypeError(
            "arithmetic on whole slices makes a new array for each: write the loop over its numbers"
        )

    __add__ = __radd__ = __iadd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __matmul__ = (
        __rmatmul__
    ) = whole


def jumps(places):
    """How often a walk through memory starts anew; staying where one is is no start."""
    return sum(
        k == 0 or at not in (places[k - 1], places[k - 1] + 1) for k, at in enumerate(places)
    )


def starts(places, memory=12):
    """As jumps, for several walks side by side: a place whose left neighbour was not read just
    before."""
    return sum(
        not {at, at - 1} & set(places[max(k - memory, 0) : k]) for k, at in enumerate(places)
    )


# loops
# ---------------------------------------------------------------------------------------------------------------------

UNWRITTEN = "Nothing has been written: the buffer is as it was."
IJP = """@kernel
def contract_ijp(w, o, x, z, m, n, k, oi, oj, op, xi, xj, xp, zi, zj, zp):
    for i in range(m):
        for j in range(n):
            for p in range(k):
                w[{o}] {sign} w[{x}] * w[{z}]"""
RIGHT = dict(
    o="o + i * oi + j * oj + p * op",
    x="x + i * xi + j * xj + p * xp",
    z="z + i * zi + j * zj + p * zp",
    sign="+=",
)


def loops_cases():
    rng = np.random.default_rng(0)
    cases = [
        ((2, 3, 4), (1, 10, 30), ((3, 1, 0), (4, 0, 1), (0, 1, 3))),  # x @ z
        ((3, 2, 4), (20, 0, 40), ((4, 0, 1), (2, 1, 0), (0, 1, 2))),  # an adjoint: y_bar · Wᵀ
        ((2, 3, 1), (2, 9, 16), ((3, 1, 0), (3, 1, 0), (0, 1, 0))),  # a row, broadcast
        ((3, 4, 1), (0, 5, 20), ((0, 1, 0), (4, 1, 0), (4, 1, 0))),  # a sum over i
        ((2, 3, 2), (3, 40, 70), ((7, 2, 1), (9, 4, 2), (11, 5, 4))),  # no order at all
        ((1, 1, 3), (0, 2, 6), ((0, 0, 0), (0, 0, 1), (0, 0, 1))),  # a dot product
        ((1, 1, 1), (0, 1, 2), ((0, 0, 0), (0, 0, 0), (0, 0, 0))),
    ]
    return [
        (
            np.round(rng.normal(size=110 if max(at) > 20 else 45 if max(at) > 6 else 10), 2),
            at,
            *extent_and,
        )
        for extent, at, strides in cases
        for extent_and in [(extent, strides)]
    ]


def run_loops(names, w, at, extent, strides):
    buffer = Watched(w)
    plain(names["contract_ijp"])(buffer, *at, *extent, *(s for operand in strides for s in operand))
    return written(buffer.values, at[0], [(n, s) for n, s in zip(extent, strides[0]) if s])


def written(values, o, axes):
    """The block o, in the shape of its axes (length, stride), and the rest of the buffer."""
    places = np.full([n for n, _ in axes], o)
    for axis, (n, stride) in enumerate(axes):
        places += np.arange(n).reshape([n if k == axis else 1 for k in range(len(axes))]) * stride
    return {"o": values[places], "elsewhere": np.delete(values, places)}


LOOPS = Exercise(
    "05.loops",
    "A contraction as three loops",
    "write",
    ("contract_ijp",),
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
            IJP.format(**RIGHT | {"sign": "="}),
        ),
        Mistake(
            "o is written as if it had no stride along p. A product sums over p, but a kernel "
            "does not know that it computes a product: where o has a p, each p has its own place.",
            IJP.format(**RIGHT | {"o": "o + i * oi + j * oj"}),
        ),
        Mistake(
            "x and z are read as the matrices x[i,p] and z[p,j]. An operand may run along all "
            "three letters (x[i,j] · z[0,j] does not even use p): use all of its strides.",
            IJP.format(**RIGHT | {"x": "x + i * xi + p * xp", "z": "z + p * zp + j * zj"}),
        ),
        Mistake(
            "You left out where the blocks start. "
            "All of them lie in one buffer: x's first number is w[x], not w[0].",
            IJP.format(
                **{
                    "o": "i * oi + j * oj + p * op",
                    "x": "i * xi + j * xj + p * xp",
                    "z": "i * zi + j * zj + p * zp",
                    "sign": "+=",
                }
            ),
        ),
        Mistake(
            "That is a matrix product: x without a stride along j, z without one along i, "
            "o without one along p. A kernel's operands may run along all three letters.",
            IJP.format(
                **RIGHT
                | {
                    "o": "o + i * oi + j * oj",
                    "x": "x + i * xi + p * xp",
                    "z": "z + p * zp + j * zj",
                }
            ),
        ),
        *(
            Mistake(
                f"{c} is read as if it had no stride along j. "
                "An operand may run along all three letters: use all of its strides.",
                IJP.format(**RIGHT | {c: f"{c} + i * {c}i + p * {c}p"}),
            )
            for c in "xz"
        ),
        Mistake(
            "The strides of z are its own (zi, zj, zp), not those of x.",
            IJP.format(**RIGHT | {"z": "z + i * xi + j * xj + p * xp"}),
        ),
        Mistake(
            "i runs to m, j to n and p to k: two of the lengths are exchanged.",
            IJP.format(**RIGHT)
            .replace("range(n)", "range(_)")
            .replace("range(k)", "range(n)")
            .replace("range(_)", "range(k)"),
        ),
        Mistake(
            "A stride is the length of one step, and index times stride the way: "
            "o + i * oi + j * oj + p * op.",
            IJP.format(**{c: f"{c} + i + {c}i + j + {c}j + p + {c}p" for c in "oxz"}, sign="+="),
        ),
        Mistake(UNWRITTEN, IJP.split("    for")[0] + "    pass"),
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
    show=lambda w, at, extent, strides: (
        f"o, x, z = {at}, m, n, k = {extent}, strides of o {strides[0]}, "
        f"of x {strides[1]}, of z {strides[2]}"
    ),
)


# order and reuse
# -----------------------------------------------------------------------------------------------------------


def product_cases():
    """Lengths and strides of o[i,j] += Σ_p x[i,p] z[p,j]; o's and z's rows may have gaps, x may be
    turned."""
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
    ]
    return [
        (m, n, k, n + gap, *((1, m + gap) if turned else (k + gap, 1)), n + 2 * gap)
        for c, (m, n, k) in enumerate(sizes)
        for gap, turned in [(c % 3, c % 2 == 1)]
    ]


def walked(name, names, m, n, k, oi, xi, xp, zp):
    """What a kernel does to a buffer [gap | o | x | z | gap], where it read, and whether it counted
    with unsigned numbers."""
    o, x = 3, 3 + m * oi
    z = x + (m - 1) * xi + (k - 1) * xp + 1
    values = np.round(np.random.default_rng(m + 10 * n + 100 * k).normal(size=z + k * zp + 4), 2)
    buffer = Watched(values)
    kept = names["ix"], names.get("range")
    names["ix"], names["range"] = Unsigned, unsigned_range
    try:
        plain(names[name])(buffer, o, x, z, m, n, k, oi, xi, xp, zp)
    finally:
        names["ix"], names["range"] = kept
        if kept[1] is None:
            del names["range"]
    part = lambda places, start, stop: [at for at in places if start <= at < stop]
    signs = {
        f"the places in {c} are": "signed" if part(buffer.signed, *ends) else "unsigned"
        for c, ends in (("o", (o, x)), ("z", (z, z + k * zp)))
    }
    reads = [part(buffer.reads, *ends) for ends in ((z, z + k * zp), (o, x))]
    return (
        written(buffer.values, o, [(m, oi), (n, 1)]),
        reads[0],
        part(buffer.touched, o, x),
        reads[1],
        signs,
    )


def run_order(names, m, n, k, *strides):
    values, reads_z, touched_o, _, signs = walked("contract_ipj", names, m, n, k, *strides)
    way = lambda places: "walks" if jumps(places) <= m * k else "leaps"
    return (
        values
        | {
            "through z the innermost loop": way(reads_z),
            "through o the innermost loop": way(touched_o),
        }
        | signs
    )


def show_product(m, n, k, oi, xi, xp, zp):
    return (
        f"a product {m} x {k} @ {k} x {n}, with rows of o {oi} apart, "
        f"of z {zp}, and strides of x {xi}, {xp}"
    )


def ordered(order, line="w[ix(o + i * oi + j)] += w[x + i * xi + p * xp] * w[ix(z + p * zp + j)]"):
    head, pad = "@kernel\ndef contract_ipj(w, o, x, z, m, n, k, oi, xi, xp, zp):\n", "    "
    return (
        head
        + "".join(
            f"{pad * (q + 1)}for {c} in range({dict(i='m', j='n', p='k')[c]}):\n"
            for q, c in enumerate(order)
        )
        + pad * 4
        + line
    )


ORDER = Exercise(
    "05.order",
    "The order that walks",
    "write",
    ("contract_ipj",),
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
            ordered("ijp"),
        ),
        Mistake(
            "The innermost loop runs over i: there o leaps from row to row, "
            "and z stands still. Only along j do both walk.",
            ordered("pji"),
        ),
        Mistake(
            "j is outermost, so z leaps as well as o, "
            "which leaps along i. Only along j do both walk.",
            ordered("jpi"),
        ),
        Mistake(
            "The innermost loop runs over p: there z leaps from row to row, "
            "and o stands still. Only along j do both walk.",
            ordered("jip"),
        ),
        Mistake(
            "The rows of o lie oi apart, not n: a block may have gaps behind its rows, "
            "and then yours writes into them.",
            ordered(
                "ipj", "w[ix(o + i * n + j)] += w[x + i * xi + p * xp] * w[ix(z + p * zp + j)]"
            ),
        ),
        Mistake(
            "Rows are stepped through with n and k, "
            "as if they had no gaps and x were never turned. The strides are oi, xi, xp and zp.",
            ordered("ipj", "w[ix(o + i * n + j)] += w[x + i * k + p] * w[ix(z + p * n + j)]"),
        ),
        Mistake(
            "You stored where the sum over p has to add: "
            "each p overwrites what the one before it gave.",
            ordered(
                "ipj", "w[ix(o + i * oi + j)] = w[x + i * xi + p * xp] * w[ix(z + p * zp + j)]"
            ),
        ),
        Mistake(
            "z[p,j] lies at z + p * zp + j. You stepped through z with i, as if it were o.",
            ordered(
                "ipj", "w[ix(o + i * oi + j)] += w[x + i * xi + p * xp] * w[ix(z + i * zp + j)]"
            ),
        ),
        *(
            Mistake(
                f"Right, and in the right order. But {which} signed, "
                "so compared with 0 each time, and LLVM does not vectorise. "
                "Even with a = ix(...), a + j is signed again: a + ix(j).",
                ordered("ipj", f"w[{o}] += w[x + i * xi + p * xp] * w[{z}]"),
            )
            for which, o, z in (
                ("the indices are", "o + i * oi + j", "z + p * zp + j"),
                ("z's index is", "ix(o + i * oi + j)", "z + p * zp + j"),
                ("o's index is", "o + i * oi + j", "ix(z + p * zp + j)"),
            )
        ),
        Mistake(UNWRITTEN, ordered("ipj", "pass")),
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


def run_reuse(names, m, n, k, *strides):
    values, reads_z, _, reads_o, signs = walked("contract_2x2", names, m, n, k, *strides)
    odd, pairs = (
        k % 2,
        m // 2,
    )  # the rests, by contract_ipj, load what they need for each row and each term
    return (
        values
        | {
            "each z that is loaded serves": "two rows"
            if len(reads_z) <= (pairs * (k + odd) + m % 2 * k) * n
            else "one row",
            "each o that is loaded takes": "two terms"
            if len(reads_o) <= (2 * pairs * (k // 2 + odd) + m % 2 * k) * n
            else "one term",
            "through z the innermost loop": "walks"
            if starts(reads_z) <= pairs * (k + odd) + m % 2 * k
            else "leaps",
        }
        | signs
    )


TWO = """@kernel
def contract_2x2(w, o, x, z, m, n, k, oi, xi, xp, zp):
    for i in range(0, {rows}, 2):
        for p in range(0, {terms}, 2):
            q = x + i * xi + p * xp
            c, d, C, D = {four}
            for j in range(n):
                {inside}
        if k % 2:
            {term}
    if m % 2:
        {row}"""
GOOD = dict(
    rows="m - 1",
    terms="k - 1",
    four="w[q], w[q + xp], w[q + xi], w[q + xi + xp]",
    inside="""a, A, b, e = ix(o + i * oi + j), ix(o + (i + 1) * oi + j), ix(z + p * zp + j), ix(z + (p + 1) * zp + j)
                u, v = w[b], w[e]
                w[a] += c * u + d * v
                w[A] += C * u + D * v""",
    term=(
        "contract_ipj(w, o + i * oi, x + i * xi + (k - 1) * xp, "
        "z + (k - 1) * zp, 2, n, 1, oi, xi, xp, zp)"
    ),
    row="contract_ipj(w, o + (m - 1) * oi, x + (m - 1) * xi, z, 1, n, k, oi, xi, xp, zp)",
)

LAST = """
        if k % 2:
            contract_ipj(w, o + (m - 1) * oi, x + (m - 1) * xi + (k - 1) * xp, z + (k - 1) * zp, 1, n, 1, oi, xi, xp, zp)"""

REUSE = Exercise(
    "05.reuse",
    "Two rows by two terms",
    "write",
    ("contract_2x2",),
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
            TWO.format(**GOOD | {"row": "pass"}),
        ),
        Mistake(
            "The odd term at the end is missing: "
            "with k odd, the last x[i,k-1] · z[k-1,j] of each pair of rows is never added.",
            TWO.format(**GOOD | {"term": "pass"}),
        ),
        Mistake(
            "The loop over i (or p) runs one step too far: with an odd length its last round "
            "takes a row or a term that is not there, and whatever lies behind in memory is added.",
            TWO.format(**GOOD | {"rows": "m", "row": "pass"}),
        ),
        Mistake(
            "Right, but each z is loaded for one row only: this is contract_ipj again. "
            "Both rows belong into the same loop over j, after one u and one v.",
            "@kernel\n"
            "def contract_2x2(w, o, x, z, m, n, k, oi, xi, xp, zp):\n"
            "    contract_ipj(w, o, x, z, m, n, k, oi, xi, xp, zp)",
        ),
        Mistake(
            "Right, and z is loaded once for two rows; "
            "but o is loaded and stored for every single term. Take two terms, "
            "p and p + 1, into the same `+=`: a second term saves more than a second row.",
            TWO.format(
                **GOOD
                | {
                    "inside": GOOD["inside"]
                    .replace("c * u + d * v", "c * u; w[a] += d * v")
                    .replace("C * u + D * v", "C * u; w[A] += D * v")
                }
            ),
        ),
        Mistake(
            "Right, but each z is loaded in both rows' lines. "
            "Read w[...] of z once, into a variable, and use that twice.",
            TWO.format(
                **GOOD
                | {
                    "inside": GOOD["inside"]
                    .replace("* u", "* w[b]")
                    .replace("* v", "* w[e]")
                    .replace("u, v = w[b], w[e]", "pass")
                }
            ),
        ),
        Mistake(
            "Right, but each term has an update of its own, and each z is loaded for every row. "
            "Read two z's into variables; one `+=` for each row.",
            TWO.format(
                **GOOD
                | {
                    "inside": GOOD["inside"]
                    .replace("c * u + d * v", "c * w[b]; w[a] += d * w[e]")
                    .replace("C * u + D * v", "C * w[b]; w[A] += D * w[e]")
                    .replace("u, v = w[b], w[e]", "pass")
                }
            ),
        ),
        Mistake(
            "Both rests are missing: with k odd a last term of each pair "
            "of rows, with m odd a last row.",
            TWO.format(**GOOD | {"row": "pass", "term": "pass"}),
        ),
        Mistake(
            "The loops over i and p run one step too far: with an odd length the last round takes "
            "a row or a term that is not there, and whatever lies behind in memory is added.",
            TWO.format(**GOOD | {"rows": "m", "terms": "k", "row": "pass", "term": "pass"}),
        ),
        Mistake(
            "The last term of the last row is there twice: "
            "the product of the odd term and that of the odd row both contain it. Give it to one.",
            TWO.format(**GOOD | {"row": GOOD["row"] + LAST}),
        ),
        Mistake(
            "The last term of the last row is missing: "
            "neither the product of the odd term nor that of the odd row contains it.",
            TWO.format(**GOOD | {"row": GOOD["row"].replace(", k, ", ", k - k % 2, ")}),
        ),
        Mistake(
            "z's part of the smaller product starts at the first term. "
            "The odd term of z lies (k - 1) * zp further on.",
            TWO.format(**GOOD | {"term": GOOD["term"].replace("z + (k - 1) * zp", "z")}),
        ),
        Mistake(
            "o's part of the smaller product of the odd row starts at the first row. "
            "The odd row of o lies (m - 1) * oi further on.",
            TWO.format(**GOOD | {"row": GOOD["row"].replace("o + (m - 1) * oi", "o")}),
        ),
        Mistake(
            "Right, with two rows and two terms. But an index of o or z is signed, "
            "and LLVM does not vectorise: ix(...) on both sides of the +, as in contract_ipj.",
            TWO.format(**GOOD | {"inside": GOOD["inside"].replace("ix(", "(")}),
        ),
        Mistake(UNWRITTEN, TWO.split("    for")[0] + "    pass"),
        Mistake(
            "The x's are mixed up: of x[i,p+1] and x[i+1,p] one is xp further on and one xi.",
            TWO.format(**GOOD | {"four": "w[q], w[q + xi], w[q + xp], w[q + xi + xp]"}),
        ),
        Mistake(
            "The smaller product of the odd term starts at the first term. Its x and its z have "
            "to start at the last one: x + i * xi + (k - 1) * xp, z + (k - 1) * zp.",
            TWO.format(
                **GOOD
                | {"term": "contract_ipj(w, o + i * oi, x + i * xi, z, 2, n, 1, oi, xi, xp, zp)"}
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
    contract_ipj(w, o + 2 * pairs * oi, x + 2 * pairs * xi, z, m - 2 * pairs, n, k, oi, xi, xp, zp)""",
    cases=product_cases,
    run=run_reuse,
    show=show_product,
)


# roof
# ----------------------------------------------------------------------------------------------------------------------

ROOFLINE = """def intensity(r, t):
    return {i}
def attainable(i, peak, bandwidth):
    return {a}
TERMS = {t}"""
TRUE = dict(i="2 * r * t / (8 * (t + 2 * r))", a="min(peak, i * bandwidth)", t="5")


def run_roof(names, r, t, peak, bandwidth):
    """One after the other: what builds on a wrong function is not looked at yet."""
    found = dict(
        intensity=names["intensity"](r, t),
        attainable=min(peak, r / (8 * t) * bandwidth),
        TERMS=ENOUGH,
    )
    if same(
        names["intensity"],
        lambda r, t: 2 * r * t / (8 * (t + 2 * r)),
        [(r, t) for r in range(1, 6) for t in range(1, 6)],
    ):
        found["attainable"] = names["attainable"](r / (8 * t), peak, bandwidth)
        if same(
            names["attainable"],
            lambda i, peak, bandwidth: min(peak, i * bandwidth),
            [(i, 50.0, 100.0) for i in (0.1, 0.4, 0.5, 0.6, 2.0)],
        ):
            found["TERMS"] = terms(names["TERMS"])
    return found


ENOUGH = "the smallest number that reaches the ridge"


def terms(number):
    """What TERMS is, without the number that it should be."""
    if number is ... or number is None:
        return number
    if isinstance(number, (bool, np.bool_)) or not isinstance(number, (int, float, np.number)):
        return f"{number!r}, which is not a number"
    return (
        ENOUGH
        if number == 5
        else f"{number:g}" + (", which is not a whole number" if number != int(number) else "")
    )


def same(mine, right, cases):
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
            ROOFLINE.format(**TRUE | {"i": "2 * r * t / (8 * (r * t + 2 * r))"}),
        ),
        Mistake(
            "A number of o takes all t terms between one load and one store: "
            "2 r numbers of o move, not 2 r t.",
            ROOFLINE.format(**TRUE | {"i": "2 * r * t / (8 * (t + 2 * r * t))"}),
        ),
        Mistake(
            "The x's are in registers while the loop runs: no bytes move for them.",
            ROOFLINE.format(**TRUE | {"i": "2 * r * t / (8 * (t + 2 * r + r * t))"}),
        ),
        Mistake(
            "The flops grow r t times, and the bytes grow too: "
            "t numbers of z, and r of o loaded and stored.",
            ROOFLINE.format(**TRUE | {"i": "2 / 24 * r * t"}),
        ),
        Mistake(
            "Each of the r rows takes t terms, so there are r t products, not r + t.",
            ROOFLINE.format(**TRUE | {"i": "2 * (r + t) / (8 * (t + 2 * r))"}),
        ),
        Mistake(
            "That is bytes per flop, upside down: flops go on top.",
            ROOFLINE.format(**TRUE | {"i": "8 * (t + 2 * r) / (2 * r * t)"}),
        ),
        Mistake(
            "Flops per byte times bytes per second are flops per second: "
            "the bandwidth is multiplied by i, not divided.",
            ROOFLINE.format(**TRUE | {"a": "min(peak, bandwidth / i)"}),
        ),
        *(
            Mistake(
                f"With {word} memory is still the bound: "
                f"compare intensity(2, {t}) with the ridge, 110 / 420.",
                ROOFLINE.format(**TRUE | {"t": t}),
            )
            for t, word in (("1", "one term"), ("2", "two terms"), ("3", "three terms"))
        ),
        Mistake(
            "Arithmetic is the bound, but not for the first time: "
            "with one term less it is already.",
            ROOFLINE.format(**TRUE | {"t": "6"}),
        ),
        Mistake(
            "o is loaded *and* stored: two numbers move for each row, not one.",
            ROOFLINE.format(**TRUE | {"i": "2 * r * t / (8 * (t + r))"}),
        ),
        Mistake(
            "A product and a sum are two flops, so r rows by t terms do 2 r t of them.",
            ROOFLINE.format(**TRUE | {"i": "r * t / (8 * (t + 2 * r))"}),
        ),
        Mistake(
            "Rows and terms are exchanged: each *term* loads one z, "
            "each *row* loads and stores one o.",
            ROOFLINE.format(**TRUE | {"i": "2 * r * t / (8 * (r + 2 * t))"}),
        ),
        Mistake(
            "A number has 8 bytes here: you counted flops per number.",
            ROOFLINE.format(**TRUE | {"i": "2 * r * t / (t + 2 * r)"}),
        ),
        Mistake(
            "Two upper bounds hold at once, so the smaller one is the bound: "
            "a loop that memory feeds slowly does not compute faster because the core could.",
            ROOFLINE.format(**TRUE | {"a": "max(peak, i * bandwidth)"}),
        ),
        Mistake(
            "Four terms give 16 flops for 64 bytes, 0.25, and the ridge is at 110 / 420 = 0.262: "
            "almost there, still on the side of memory.",
            ROOFLINE.format(**TRUE | {"t": "4"}),
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
    show=lambda r, t, peak, bandwidth: (
        f"{r} rows, {t} terms; intensity {r / (8 * t):.3g} under a peak "
        f"of {peak:g} and {bandwidth:g} GB/s"
    ),
)


# encode
# --------------------------------------------------------------------------------------------------------------------


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
    return [(call, places, shapes) for call in calls]


def run_encode(names, call, places, shapes):
    kernel, outs, ins, arg, extent, store = call
    operands = [tuple(names["Operand"](*x) for x in side) for side in (outs, ins)]
    row = names["encode"](names["Call"](kernel, *operands, arg, extent, store), places, shapes)
    if not isinstance(row, (list, tuple, np.ndarray)):
        return row
    return [
        int(x)
        if isinstance(x, (int, np.integer, np.bool_))
        else f"the float {x}"
        if isinstance(x, (float, np.floating))
        else x
        for x in row
    ]


def show_encode(call, places, shapes):
    kernel, outs, ins, arg, extent, store = call
    operands = ", ".join(
        f"{name} = slot {s}{' ' + plane if plane else ''}[{letters[0]},{letters[1]}], "
        f"{shapes[s][0]} x {shapes[s][1]} at {places[s, plane]}"
        for name, (s, plane, letters) in zip("abcd", outs + ins)
    )
    return (
        f"{kernel}, {len(outs)} output{'s' * (len(outs) > 1)} first: "
        f"{operands}; extent {extent}, arg {arg}, store {store}"
    )


ENCODE = """def encode(call, places, shapes):
    flag = {flag}
    row = [LOOPS.index(call.kernel), flag, *call.extent]
    for x in {operands}:
        row += [{place}, *{strides}]
    return row{padding}"""
SURE = dict(
    flag=(
        'list(FUNCTIONS).index(call.arg) if call.kernel in ("apply", "curve") else int(call.store)'
    ),
    operands="call.outs + call.ins",
    place="places[x.block]",
    strides="strides(x.letters, shapes[x.slot])",
    padding=" + [0] * (21 - len(row))",
)

ENCODED = Exercise(
    "05.encode",
    "A Call as a row of integers",
    "write",
    ("encode",),
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
            ENCODE.format(**SURE | {"place": 'places[x.slot, ""]'}),
        ),
        Mistake(
            "Inputs came before outputs. The interpreter finds the operand that it writes "
            "in the first four columns behind the extents.",
            ENCODE.format(**SURE | {"operands": "call.ins + call.outs"}),
        ),
        Mistake(
            "The row is not filled up: a table has 21 columns in every row, used or not.",
            ENCODE.format(**SURE | {"padding": ""}),
        ),
        Mistake(
            "For apply and curve the flag is the function's number. "
            "They always store, and the interpreter has to know which function.",
            ENCODE.format(**SURE | {"flag": "int(call.store)"}),
        ),
        Mistake(
            "The strides are those of a block as large as the loops. "
            "An operand's rows are as long as *its own* slot's shape says: shapes[operand.slot].",
            ENCODE.format(**SURE | {"strides": "strides(x.letters, call.extent[:2])"}),
        ),
        Mistake(
            "Every row stores. "
            "Then the second contribution to an adjoint overwrites the first one: keep call.store.",
            ENCODE.format(
                **SURE
                | {
                    "flag": (
                        "list(FUNCTIONS).index(call.arg) if call.kernel "
                        'in ("apply", "curve") else 1'
                    )
                }
            ),
        ),
    ),
    alternative="""def encode(call, places, shapes):
    row = [0] * 21
    row[0] = {"linear": LINEAR, "contract": CONTRACT, "apply": APPLY, "curve": CURVE}[call.kernel]
    row[1] = [name for name in FUNCTIONS].index(call.arg) if isinstance(call.arg, str) else 1 if call.store else 0
    row[2:5] = call.extent
    for q, x in enumerate((*call.outs, *call.ins)):
        columns = shapes[x.slot][1]
        row[5 + 4 * q] = places[x.slot, x.plane]
        row[6 + 4 * q:9 + 4 * q] = [(x.letters[0] == c) * columns + (x.letters[1] == c) for c in "ijp"]
    return row""",
    cases=encode_cases,
    run=run_encode,
    show=show_encode,
)


# race
# ----------------------------------------------------------------------------------------------------------------------


class Lanes:
    """prange in plain Python: its rounds one after the other, in a given order. Notes which round
    uses which place."""

    def __init__(self, backwards):
        self.backwards, self.now, self.loops, self.log = backwards, None, 0, []

    def __call__(self, *bounds):
        rounds = list(range(*(int(b) for b in bounds)))
        self.loops += 1
        for lane in reversed(rounds) if self.backwards else rounds:
            self.now = lane
            yield lane
        self.now = None

    def note(self, places, writes):
        if self.now is not None:
            self.log += [((self.loops, int(place)), self.now, writes) for place in np.ravel(places)]

    def clash(self):
        """Is a place written by one round of a loop and used by another of the same loop?"""
        writers = {}
        for place, lane, writes in self.log:
            if writes:
                writers.setdefault(place, set()).add(lane)
        return any(writers.get(place, {lane}) != {lane} for place, lane, _ in self.log)


class Shared(np.lib.mixins.NDArrayOperatorsMixin):
    """An array, or a part of one, of which `lanes` notes what is read and written."""

    def __init__(self, values, lanes, places):
        self.values, self.lanes, self.places = values, lanes, places
        self.shape, self.size, self.ndim = values.shape, values.size, values.ndim

    def __array__(self, dtype=None, copy=None):
        self.lanes.note(self.places, False)
        return self.values.astype(dtype or float)

    def __array_ufunc__(self, ufunc, method, *inputs, out=None, **options):
        result = getattr(ufunc, method)(
            *(np.asarray(x) if isinstance(x, Shared) else x for x in inputs), **options
        )
        if out is None:
            return result
        out[0][...] = result
        return out[0]

    def __getitem__(self, at):
        part = self.values[at]
        if np.ndim(part):
            return Shared(part, self.lanes, self.places[at])
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


def run_race(names, xs, ys, w):
    import numba

    found, safe, parallel, kept = {}, True, True, (names.get("prange"), numba.prange)
    for threads in (1, 2, 3, len(ys)):
        for backwards in (False, True):
            lanes, arrays = (
                Lanes(backwards),
                [w.copy(), xs.copy(), ys.copy(), np.full(xs.shape, 70.0), np.full(w.shape, 9.0)],
            )
            shared = [
                Shared(a, lanes, 10**6 * k + np.arange(a.size).reshape(a.shape))
                for k, a in enumerate(arrays)
            ]
            names["prange"] = numba.prange = lanes
            try:
                plain(names["all_tasks"])(*shared, threads)
            finally:
                names["prange"], numba.prange = kept
            found[threads, backwards] = arrays[-1]
            safe, parallel = safe and not lanes.clash(), parallel and lanes.loops > 0
    line = names["LINE"]
    return {
        "LINE": "the culprit"
        if str(line) in ("9", "9.0", "[9]", "(9,)")
        else line
        if line is ... or line is None
        else f"not line {line}",
        **{
            f"total, {threads} thread{'s' * (threads > 1)}": found[threads, False]
            for threads in (1, 2, 3)
        },
        f"total, {len(ys)} threads": found[len(ys), False],
        "is the loop still parallel?": "yes" if parallel else "no",
        "is a place written by one thread and used by another?": "no" if safe else "yes",
        "the same bits for every number of threads?": "yes"
        if len({total.tobytes() for total in found.values()}) == 1
        else "no",
    }


def race_cases():
    rng = np.random.default_rng(5)
    shapes = [(6, 3), (7, 4), (4, 2), (5, 1), (3, 3)]
    return [(rng.normal(size=(B, P)), rng.normal(size=B), rng.normal(size=P)) for B, P in shapes]


RACE = """LINE = {line}
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
MENDED = dict(
    line="9",
    loop="prange",
    before="pass",
    line9="parts[b, q] = r * xs[b, q]",
    after="""for b in range(B):
        for q in range(P): total[q] += parts[b, q]""",
)

RACED = Exercise(
    "05.race",
    "Two threads, one sum",
    "find the bug",
    ("LINE", "all_tasks"),
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
            "Your code is mended, but the number is not that of the culprit. Line 8 adds into r, "
            "which every round of the loop has for itself, and only *reads* what is shared.",
            RACE.format(**MENDED | {"line": "8"}),
        ),
        Mistake(
            "Your code is mended, but the number is not that of the culprit. "
            "Line 7 starts an r that every round of the loop has for itself.",
            RACE.format(**MENDED | {"line": "7"}),
        ),
        Mistake(
            "Your code is mended, but the number is not that of the culprit. Line 5 shares out "
            "the work, and that is wanted; the trouble is what the threads write.",
            RACE.format(**MENDED | {"line": "5"}),
        ),
        Mistake(
            "Your code is mended, but the number is not that of the culprit. "
            "Line 4 runs before the threads start.",
            RACE.format(**MENDED | {"line": "4"}),
        ),
        Mistake(
            "Your code is mended, but the number is not that of the culprit. Line 6 gives each "
            "task to exactly one thread; what the threads do with the results is the trouble.",
            RACE.format(**MENDED | {"line": "6"}),
        ),
        Mistake(
            "The number is right, and the race is still there: "
            "inside the parallel loop several threads add into the same total[q]. "
            "Let each task write what is its own, and add up after the loop.",
            RACE.format(**MENDED | {"line9": "total[q] += r * xs[b, q]", "after": "return"}),
        ),
        Mistake(
            "No two threads meet any more, because there is one: without prange nothing runs "
            "in parallel. Keep the loop parallel and mend what it writes.",
            RACE.format(**MENDED | {"loop": "range"}),
        ),
        Mistake(
            "The race is gone. But with a sum for each *thread*, which tasks are added up first "
            "depends on how many threads there are, and so do the last digits: the same seed "
            "gives another training run on another computer. Keep a row for each *task*.",
            RACE.format(
                **MENDED
                | {
                    "before": "for q in range(P): parts[t, q] = 0.0",
                    "line9": "parts[t, q] += r * xs[b, q]",
                    "after": (
                        "for t in range(threads):\n"
                        "        for q in range(P): total[q] += parts[t, q]"
                    ),
                }
            ),
        ),
        Mistake(
            "parts holds anything when you get it, here 70: store into it, do not add.",
            RACE.format(**MENDED | {"line9": "parts[b, q] += r * xs[b, q]"}),
        ),
        Mistake(
            "total holds what the last call left, here 9, and you add to it: start it from 0.",
            RACE.format(**MENDED).replace("for q in range(P): total[q] = 0.0", "pass"),
        ),
        Mistake(
            "total is as it was. `total = ...` gives the name to another array, "
            "and `return` hands one out that nobody takes: "
            "write into the array that you got, total[:] = ... or total[q] = ...",
            RACE.format(**MENDED | {"after": "pass"}).replace(
                "for q in range(P): total[q] = 0.0", "pass"
            ),
        ),
        Mistake(
            "B // threads tasks for each thread leave some over where B is no multiple "
            "of threads. Line 6 shares out all of them.",
            RACE.format(**MENDED).replace(
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
    show=lambda xs, ys, w: (
        f"{len(ys)} tasks, {len(w)} parameters, "
        f"1, 2, 3 and {len(ys)} threads, their rounds run forwards and backwards"
    ),
)


EXERCISES = [LOOPS, ORDER, ROOF, REUSE, ENCODED, RACED]
