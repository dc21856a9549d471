"""Known answers of lesson 05."""

HEADS = {
    "contract_ijp": "(w, o, x, z, m, n, k, oi, oj, op, xi, xj, xp, zi, zj, zp)",
    "contract_ipj": "(w, o, x, z, m, n, k, oi, xi, xp, zp)",
    "contract_2x2": "(w, o, x, z, m, n, k, oi, xi, xp, zp)",
}


def kernel(name, body, decorator="@kernel\n"):
    return f"{decorator}def {name}{HEADS[name]}:\n{body}"


LOOPS = """    for i in range(m):
        for j in range(n):
            for p in range(k):
                a, b, c = o + i * oi + j * oj, x + i * xi + j * xj, z + i * zi + j * zj
                w[a + p * op] += w[b + p * xp] * w[c + p * zp]
"""
AT_ONCE = """    for i, j, p in itertools.product(range(m), range(n), range(k)):
        a, b, c = o + i * oi + j * oj, x + i * xi + j * xj, z + i * zi + j * zj
        w[a + p * op] += w[b + p * xp] * w[c + p * zp]
"""
ORDER = """    for i in range(m):
        for p in range(k):
            a, b, c = ix(o + i * oi), ix(z + p * zp), w[x + i * xi + p * xp]
            for j in range(n):
                w[a + ix(j)] += c * w[b + ix(j)]
"""
REUSE = """    for i in range(0, m - 1, 2):
        a, b = ix(o + i * oi), ix(o + i * oi + oi)
        for p in range(0, k - 1, 2):
            q, c, d = x + i * xi + p * xp, ix(z + p * zp), ix(z + p * zp + zp)
            for j in range(n):
                u, v = w[c + ix(j)], w[d + ix(j)]
                w[a + ix(j)] += w[q] * u + w[q + xp] * v
                w[b + ix(j)] += w[q + xi] * u + w[q + xi + xp] * v
        p = k - k % 2
        contract_ipj(w, o + i * oi, x + i * xi + p * xp, z + p * zp, 2, n, k % 2, oi, xi, xp, zp)
    i = m - m % 2
    contract_ipj(w, o + i * oi, x + i * xi, z, m % 2, n, k, oi, xi, xp, zp)
"""
LEAPING = """    i, j, p = m - m % 2, 0, k - k % 2
    for row in range(0, i, 2):
        for j in range(n):
            a, b = ix(o + row * oi) + ix(j), ix(o + row * oi + oi) + ix(j)
            for term in range(0, p, 2):
                q, c = x + row * xi + term * xp, ix(z + term * zp) + ix(j)
                u, v = w[c], w[c + ix(zp)]
                w[a] += w[q] * u + w[q + xp] * v
                w[b] += w[q + xi] * u + w[q + xi + xp] * v
    contract_ipj(w, o, x + p * xp, z + p * zp, i, n, k % 2, oi, xi, xp, zp)
    contract_ipj(w, o + i * oi, x + i * xi, z, m % 2, n, k, oi, xi, xp, zp)
"""
ROOF = """def intensity(r, t):
    return 2 * r * t / (8 * (t + 2 * r))
def attainable(i, peak, bandwidth):
    return min(peak, i * bandwidth)
TERMS = {terms}
"""
ENCODE = """rows = {{}}
def encode(call, places, shapes):
    flag = {flag} if call.kernel in {kernels} else int(call.store)
    row = [LOOPS.index(call.kernel), flag, *call.extent]
    for x in call.outs + call.ins:
        row += [places[x.block], *strides(x.letters, shapes[x.slot])]
    {end}
    return row + [0] * (21 - len(row))
"""
ENCODED = dict(
    flag="list(FUNCTIONS).index(call.arg)",
    kernels="('apply', 'curve')",
    end="assert len(row) <= 21",
)
RACE = """LINE = 9
def all_tasks(w, xs, ys, parts, total, threads):
    B, P = xs.shape
    for t in prange({threads}):
        for b in range(B * t // threads, B * (t + 1) // threads):
            r = -ys[b]
            for q in range(P):
                r += xs[b, q] * w[q]
            for q in range(P):
                {row} = r * xs[b, q]
    for q in range(P):
        total[q] = 0.0
        for b in range(B):
            total[q] += {row}
"""
MENDED = dict(threads="threads", row="parts[b, q]")

WRONG = {
    "05.loops": [
        ("does not fit", kernel("contract_ijp", LOOPS, decorator="")),
        ("does not fit", "import itertools\n" + kernel("contract_ijp", AT_ONCE)),
        ("few sizes", kernel("contract_ijp", LOOPS.replace("range(m)", "range(min(m, 20))"))),
    ],
    "05.order": [
        ("does not fit", kernel("contract_ipj", ORDER, decorator="")),
        ("few sizes", kernel("contract_ipj", ORDER.replace("range(n)", "range(min(n, 16))"))),
        ("few sizes", kernel("contract_ipj", ORDER.replace("range(k)", "range(min(k, 7))"))),
        (
            "bypassed",
            kernel(
                "contract_ipj",
                "    contract_ijp(w, o, x, z, m, n, k, oi, 1, 0, xi, 0, xp, 0, 1, zp)",
            ),
        ),
    ],
    "05.roof": [
        ("slip", ROOF.format(terms="float('nan')")),
        ("slip", ROOF.format(terms="7")),
        ("not tight", ROOF.format(terms="5").replace("min(peak, i * bandwidth)", "i * bandwidth")),
    ],
    "05.reuse": [
        ("does not fit", kernel("contract_2x2", REUSE, decorator="")),
        ("few sizes", kernel("contract_2x2", REUSE.replace("(0, m - 1", "(0, min(m, 12) - 1"))),
        ("bypassed", kernel("contract_2x2", LEAPING)),
        (
            "slip",
            kernel("contract_2x2", REUSE.replace("m % 2, n, k, oi", "m % 2, n, k - k % 2, oi")),
        ),
    ],
    "05.encode": [
        ("ignored argument", ENCODE.format(**ENCODED | {"flag": "0"})),
        ("ignored argument", ENCODE.format(**ENCODED | {"kernels": "('apply',)"})),
        ("few sizes", ENCODE.format(**ENCODED | {"flag": "sorted(FUNCTIONS).index(call.arg)"})),
        ("few sizes", ENCODE.format(**ENCODED | {"end": "row = rows.setdefault(call[:3], row)"})),
        ("spoils inputs", ENCODE.format(**ENCODED | {"end": "places.clear()"})),
    ],
    "05.race": [
        (
            "bypassed",
            "LINE = 9\n"
            "def all_tasks(w, xs, ys, parts, total, threads):\n"
            "    for t in prange(threads):\n"
            "        parts[t, 0] = t\n"
            "    total[:] = (xs.dot(w) - ys).dot(xs)",
        ),
        (
            "bypassed",
            RACE.format(**MENDED | {"threads": "1"}).replace(
                "range(B * t // threads, B * (t + 1) // threads)", "range(B)"
            ),
        ),
        ("does not fit", "rows = {}\n" + RACE.format(**MENDED | {"row": "rows[b, q]"})),
        ("few sizes", RACE.format(**MENDED | {"threads": "min(threads, 7)"})),
        ("spoils inputs", RACE.format(**MENDED).replace("total[q] = 0.0", "w[q] = total[q] = 0.0")),
    ],
}
RIGHT = {
    "05.loops": [
        "from numba import njit\n" + kernel("contract_ijp", LOOPS, decorator="@njit(cache=True)\n"),
    ],
    "05.order": [
        kernel(
            "contract_ipj",
            "    for i in range(m):\n"
            "        for p in range(k):\n"
            "            a, b = o + i * oi, z + p * zp\n"
            "            row, other = w[a:a + n], w[b:b + n]\n"
            "            for j in range(n):\n"
            "                row[j] += w[x + i * xi + p * xp] * other[j]",
        ),
        kernel(
            "contract_ipj",
            "    for i in range(m):\n"
            "        for p in range(k):\n"
            "            a, b, c = np.uint64(o + i * oi), ix(z + p * zp), w[x + i * xi + p * xp]\n"
            "            for j in range(ix(n)):\n"
            "                w[a + j] += c * w[b + j]",
        ),
    ],
    "05.roof": [
        "from fractions import Fraction\n"
        + ROOF.format(terms="Fraction(5)").replace("min(peak, i *", "min(peak, float(i) *"),
    ],
    "05.reuse": [kernel("contract_2x2", REUSE)],
    "05.encode": [
        "def encode(call, places, shapes):\n"
        "    row = np.zeros(21, int)\n"
        "    applied = isinstance(call.arg, str)\n"
        "    row[:2] = LOOPS.index(call.kernel), call.store\n"
        "    if applied:\n"
        "        row[1] = [*FUNCTIONS].index(call.arg)\n"
        "    row[2:5] = call.extent\n"
        "    for q, x in enumerate((*call.outs, *call.ins)):\n"
        "        row[5 + 4 * q:9 + 4 * q] = places[x.block], *strides(x.letters, shapes[x.slot])\n"
        "    return row",
    ],
    "05.race": [
        "@njit(parallel=True, cache=True)\n"
        "def all_tasks(w, xs, ys, parts, total, threads):\n"
        "    for b in prange(len(ys)):\n"
        "        parts[b] = (xs[b] @ w - ys[b]) * xs[b]\n"
        "    for q in range(len(w)):\n"
        "        total[q] = np.sum(parts[:, q])\n"
        "LINE = np.int64(9)",
    ],
}
