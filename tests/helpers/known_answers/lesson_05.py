"""Known answers of lesson 05."""

HEADS = {
    "contract_walk": "(memory, o, x, z, m, n, k, oi, xi, xp, zp)",
    "contract_2x2": "(memory, o, x, z, m, n, k, oi, xi, xp, zp)",
}


def kernel(name, body, decorator="@kernel\n"):
    return f"{decorator}def {name}{HEADS[name]}:\n{body}"


ORDER = """    for i in range(m):
        for p in range(k):
            a, b, c = ix(o + i * oi), ix(z + p * zp), memory[x + i * xi + p * xp]
            for j in range(n):
                memory[a + ix(j)] += c * memory[b + ix(j)]
"""
REMAINDER = """    for i in range(0, m - 1, 2):
        a, b = ix(o + i * oi), ix(o + i * oi + oi)
        for p in range(0, k - 1, 2):
            q, c, d = x + i * xi + p * xp, ix(z + p * zp), ix(z + p * zp + zp)
            for j in range(n):
                u, v = memory[c + ix(j)], memory[d + ix(j)]
                memory[a + ix(j)] += memory[q] * u + memory[q + xp] * v
                memory[b + ix(j)] += memory[q + xi] * u + memory[q + xi + xp] * v
        p = k - k % 2
        a, b, c = o + i * oi, x + i * xi + p * xp, z + p * zp
        contract_walk(memory, a, b, c, 2, n, k % 2, oi, xi, xp, zp)
    i = m - m % 2
    contract_walk(memory, o + i * oi, x + i * xi, z, m % 2, n, k, oi, xi, xp, zp)
"""
LEAPING = """    i, j, p = m - m % 2, 0, k - k % 2
    for row in range(0, i, 2):
        for j in range(n):
            a, b = ix(o + row * oi) + ix(j), ix(o + row * oi + oi) + ix(j)
            for term in range(0, p, 2):
                q, c = x + row * xi + term * xp, ix(z + term * zp) + ix(j)
                u, v = memory[c], memory[c + ix(zp)]
                memory[a] += memory[q] * u + memory[q + xp] * v
                memory[b] += memory[q + xi] * u + memory[q + xi + xp] * v
    contract_walk(memory, o, x + p * xp, z + p * zp, i, n, k % 2, oi, xi, xp, zp)
    contract_walk(memory, o + i * oi, x + i * xi, z, m % 2, n, k, oi, xi, xp, zp)
"""
SOUND = """def is_sound(row, size):
    steps = np.array([1, *(length - 1 for length in row[2:5])])
    blocks = np.array(row[5:]).reshape(4, 4)
    return bool(np.max({last}) < {size})
"""
ROOF = """def intensity(r, t):
    return 2 * r * t / (8 * (t + 2 * r))
TERMS = {terms}
"""


def remainder(body=REMAINDER, size="(1, 1, 1)", decorator="@kernel\n"):
    return f"SIZE = {size}\n" + kernel("contract_2x2", body, decorator)


WRONG = {
    "05.order": [
        ("does not fit", kernel("contract_walk", ORDER, decorator="")),
        ("few sizes", kernel("contract_walk", ORDER.replace("range(n)", "range(min(n, 16))"))),
        ("few sizes", kernel("contract_walk", ORDER.replace("range(k)", "range(min(k, 7))"))),
        (
            "bypassed",
            kernel(
                "contract_walk",
                "    contract_ijp(memory, o, x, z, m, n, k, oi, 1, 0, xi, 0, xp, 0, 1, zp)",
            ),
        ),
    ],
    "05.roof": [
        ("slip", ROOF.format(terms="float('nan')")),
        ("slip", ROOF.format(terms="7")),
        ("ignored argument", ROOF.format(terms="5").replace("2 * r * t / (8 *", "t / (4 *")),
    ],
    "05.remainder": [
        ("does not fit", remainder(decorator="")),
        ("few sizes", remainder(REMAINDER.replace("(0, m - 1", "(0, min(m, 12) - 1"))),
        ("bypassed", remainder(LEAPING)),
        ("slip", remainder(REMAINDER.replace("m % 2, n, k, oi", "m % 2, n, k - k % 2, oi"))),
        ("slip", remainder(size="(3, 3)")),
        ("slip", remainder(size="float('nan'), 1, 1")),
        ("slip", remainder(size="(3, 4, 6)")),
    ],
    "05.no_walk": [
        ("slip", 'letters = ["ij", "pi", "jp", "ij"]'),
        ("slip", 'letters = [["i", "j"], "pi", "jp"]'),
        ("slip", 'letters = ["ji", "ip", "pi"]'),
        ("slip", 'letters = ["ip", "pj", "jp"]'),
    ],
    "05.sound": [
        ("ignored argument", SOUND.format(last="1000", size="size")),
        ("few sizes", SOUND.format(last="blocks[:2] @ steps", size="size")),
        ("slip", SOUND.format(last="blocks @ (*row[2:5], 1)", size="size")),
        ("spoils inputs", "def is_sound(row, size):\n    row.clear()\n    return True"),
    ],
}
RIGHT = {
    "05.order": [
        kernel(
            "contract_walk",
            "    for i in range(m):\n"
            "        for p in range(k):\n"
            "            a, b = o + i * oi, z + p * zp\n"
            "            row, other = memory[a:a + n], memory[b:b + n]\n"
            "            for j in range(n):\n"
            "                row[j] += memory[x + i * xi + p * xp] * other[j]",
        ),
        kernel(
            "contract_walk",
            "    for i in range(m):\n"
            "        for p in range(k):\n"
            "            a, b = np.uint64(o + i * oi), ix(z + p * zp)\n"
            "            c = memory[x + i * xi + p * xp]\n"
            "            for j in range(ix(n)):\n"
            "                memory[a + j] += c * memory[b + j]",
            decorator="@njit(cache=True)\n",
        ),
    ],
    "05.roof": [
        "from fractions import Fraction\n" + ROOF.format(terms="Fraction(5)"),
    ],
    "05.remainder": [remainder()],
    "05.no_walk": ['letters = ["ip", "ji", "pj"]'],
    "05.sound": [
        SOUND.format(last="blocks @ steps", size="size"),
        "def is_sound(row, size):\n"
        "    seen = np.zeros(size, bool)\n"
        "    m, n, k = row[2:5]\n"
        "    for q in range(4):\n"
        "        place, *steps = row[5 + 4 * q : 9 + 4 * q]\n"
        "        places = place + np.indices((m, n, k)).reshape(3, -1).T @ steps\n"
        "        try:\n"
        "            seen[places] = True\n"
        "        except IndexError:\n"
        "            return False\n"
        "    return True",
    ],
}
