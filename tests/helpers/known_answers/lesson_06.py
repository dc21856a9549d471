"""Known answers of lesson 06."""

COLUMNS = """def columns(memory, o, x, m, n, xi):
    for j in range(lane(), n, lanes()):
        s = memory[x + j]
        for i in range(1, m):
            s += memory[x + i * xi + j]
        memory[o + j] = s
"""
DESCEND = """def descend(w, x, y, r, m, n, alpha, steps):
    for step in range(steps):
        for i in range(lane(), m, lanes()):
            r[i] = -y[i]
            for q in range(n):
                r[i] += x[i * n + q] * w[q]
        barrier()
        for q in range(lane(), n, lanes()):
            for i in range(m):
                w[q] -= alpha * r[i] * x[i * n + q]
        if step {when}:
            barrier()
"""
MATMUL = """def lane_matmul(memory, o, x, z, m, n, k, oi, xi, xp, zp):
    for e in range(lane(), m * n, lanes()):
        i, j = divmod(e, n)
        s = memory[o + i * oi + j]
        for p in range(k):
            s += memory[x + i * xi + p * xp] * memory[z + p * zp + j]
        memory[o + i * oi + j] = s
"""
ROOF = """def flops_per_byte(m, k, n):
    return {flops} / (28 * (m * k + k * n + m * n))
"""
ORDER = """in_row_each = {{"z read": {z}, "o read": {o}, "o written": {o}}}
in_column_each = {{"x read": 1, "z read": {four}}}
"""


def with_parts(text, before, after):
    """The text with a part replaced, which has to be there."""
    assert before in text
    return text.replace(before, after)


WRONG = {
    "06.share": [
        (
            "does not fit",
            "sums = {}\n" + COLUMNS.replace("s ", "sums[j] ").replace("= s", "= sums[j]"),
        ),
        (
            "does not fit",
            "def columns(memory, o, x, m, n, xi):\n"
            "    for j in range(lane(), n, lanes()):\n"
            "        memory[o + j] = sum(memory[x + i * xi + j] for i in range(m))",
        ),
        ("few sizes", with_parts(COLUMNS, "range(1, m)", "range(1, min(m, 4))")),
        ("few sizes", with_parts(COLUMNS, "n, lanes()", "n, min(lanes(), 8)")),
        ("slip", with_parts(COLUMNS, "n, lanes()", "n, lane() + 1")),
    ],
    "06.race": [
        ("few sizes", DESCEND.format(when="== 0")),
        ("few sizes", DESCEND.format(when="% 2 == 0")),
        ("ignored argument", with_parts(DESCEND, "alpha *", "0.125 *").format(when=">= 0")),
        (
            "does not fit",
            "own = {}\n" + DESCEND.replace("r[i]", "own[i]").format(when=">= 0"),
        ),
        (
            "bypassed",
            "def descend(w, x, y, r, m, n, alpha, steps):\n"
            "    for step in range(steps):\n"
            "        if lane() == 0:\n"
            "            rows = np.array([[x[i * n + q] for q in range(n)] for i in range(m)])\n"
            "            old = np.array([w[q] for q in range(n)])\n"
            "            y_hat = np.array([y[i] for i in range(m)])\n"
            "            new = old - alpha * rows.T @ (rows @ old - y_hat)\n"
            "            for q in range(n): w[q] = new[q]\n"
            "        barrier()",
        ),
    ],
    "06.bits": [
        ("slip", "numbers = [10**400, 1.0]"),
        ("slip", "numbers = {1e8, 3.0, -1e8}"),
        ("not tight", "numbers = [1e9, 0.5, -1e9, 0.5]"),
        ("slip", "numbers = []"),
    ],
    "06.order": [
        ("slip", ORDER.format(z=1, o=8, four=4)),
        ("slip", ORDER.format(z=32, o=32, four=4)),
        ("slip", ORDER.format(z=1, o=32, four="True")),
    ],
    "06.matmul": [
        ("few sizes", with_parts(MATMUL, "m * n, lanes()", "min(m * n, 64), lanes()")),
        ("few sizes", with_parts(MATMUL, "range(k)", "range(min(k, 8))")),
        (
            "does not fit",
            "total = {}\n" + with_parts(MATMUL, "s ", "total[0] ").replace("= s", "= total[0]"),
        ),
        ("slip", with_parts(MATMUL, "range(k)", "[(p + lane()) % k for p in range(k)]")),
        (
            "smuggled",
            "from tinymaml.engine.compiled import matmul\n"
            "def lane_matmul(memory, o, x, z, m, n, k, oi, xi, xp, zp):\n"
            "    matmul.lane_matmul(memory, o, x, z, m, n, k, oi, xi, xp, zp, False)",
        ),
    ],
    "06.roof": [
        ("slip", ROOF.format(flops="6 * 2 * m * k * n - 1")),
        ("few sizes", ROOF.format(flops="12 * min(m, 64) * k * n")),
        ("ignored argument", ROOF.format(flops="12 * 10 * k * n")),
        ("slip", "def flops_per_byte(m, k, n):\n    return 3 * m / 7"),
    ],
}
RIGHT = {
    "06.share": [
        "def columns(memory, o, x, m, n, xi):\n"
        "    def add_up(j):\n"
        "        s = memory.dtype.type(0)\n"
        "        for i in range(m):\n"
        "            s = s + memory[x + i * xi + j]\n"
        "        return s\n"
        "    first, step = lane(), lanes()\n"
        "    for j in range(first, n, step):\n"
        "        memory[o + j] = add_up(j)\n"
        "    barrier()",
    ],
    "06.race": [
        DESCEND.format(when="< steps - 1"),
        # a barrier in a loop that all lanes run equally often
        """def descend(w, x, y, r, m, n, alpha, steps):
    for _ in range(steps):
        for first in range(0, m, lanes()):
            i = first + lane()
            if i < m:
                r[i] = -y[i]
                for q in range(n):
                    r[i] += x[i * n + q] * w[q]
            barrier()
        for q in range(lane(), n, lanes()):
            for i in range(m):
                w[q] -= alpha * r[i] * x[i * n + q]
        barrier()""",
    ],
    "06.bits": [
        "from fractions import Fraction\n"
        "numbers = (np.float32(2**24), Fraction(1), np.int64(0), 1, 0, 1, 0, 1)",
    ],
    "06.order": [
        "from fractions import Fraction\n"
        + ORDER.format(z=1, o="sectors([32 * k for k in range(32)])", four="Fraction(32 * 4, 32)"),
    ],
    "06.matmul": [
        with_parts(
            MATMUL, "range(lane(), m * n, lanes())", "range(m * n - 1 - lane(), -1, -lanes())"
        ),
    ],
    "06.roof": [
        "def flops_per_byte(m, k, n):\n    return 3 / 7 / (1 / m + 1 / k + 1 / n)",
        "from fractions import Fraction\n" + ROOF.format(flops="Fraction(12 * m * k * n)"),
    ],
}
