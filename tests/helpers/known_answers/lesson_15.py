"""Known answers of lesson 15."""


def smooth(h="0.5", k="0.5", alpha="1.0", steps="1", w="20001.5", u="20001.6"):
    return f"broken = dict(h={h}, k={k}, alpha={alpha}, steps={steps}, w={w}, u={u})"


def telescope(*lines):
    """The answer with these lines, and a function `product` of a list of matrices in it."""
    body = """def telescope(W, U):
    def product(factors):
        result = np.eye(len(W[0]))
        for factor in factors:
            result = result @ factor
        return result
"""
    return body + "\n".join(f"    {line}" for line in lines)


TERM = "product(W[:j]) @ (W[j] - U[j]) @ product(U[j + 1:])"


def moves(bound):
    return f"""def product_moves(alpha, L, rho, N, distance):
    a = 1 + alpha * L
    return {bound}"""


def split(*lines):
    return "def split(P_w, P_u, g_w, g_u):\n" + "\n".join(f"    {line}" for line in lines)


RAMP = "[(-1.0, -1.0), (1.0, 1.0)]"
BEND = "[(-1.3, 0.0), (-0.3, -1.0)]"


def drawings(only_rho=RAMP, all_but_rho=BEND):
    return f"only_rho = {only_rho}\nall_but_rho = {all_but_rho}"


def witness(line="4", alpha="0.5", steps="1", w="58.0", u="0.0", s="0.01"):
    return f"false_line = {line}\nwitness = dict(alpha={alpha}, steps={steps}, w={w}, u={u}, s={s})"


WRONG = {
    "15.smooth": [
        ("not tight", smooth(u="20001.5 + 1e-8")),
        ("not tight", smooth(w="6501.1", u="6501.2")),
        ("ignored argument", smooth(alpha="0.5", steps="10")),
        ("slip", smooth(w="10 ** 400")),
        ("slip", smooth(u="20005.0")),
    ],
    "15.telescope": [
        (
            "spoils inputs",
            telescope(
                "terms = []",
                "for j in reversed(range(len(W))):",
                "    row = product(W)",
                "    W[j] = U[j]",
                "    terms.append(row - product(W))",
                "return terms",
            ),
        ),
        (
            "spoils inputs",
            telescope(f"terms = [{TERM} for j in range(len(W))]", "U[0][:] = 0", "return terms"),
        ),
        ("few sizes", telescope(f"return [{TERM} for j in range(min(4, len(W)))]")),
        (
            "few sizes",  # a factor that comes twice, or stays the same
            telescope(
                "place = {id(M): j for j, M in enumerate(W)}",
                f"return [{TERM} for j in (place[id(M)] for M in W)]",
            ),
        ),
        (
            "few sizes",
            telescope(
                f"terms = [{TERM} for j in range(len(W))]", "return [M for M in terms if M.any()]"
            ),
        ),
        ("slip", telescope(f"return [({TERM}).T for j in range(len(W))]")),
        (
            "bypassed",
            telescope("return [product(W) - product(U)] + [0 * M for M in W[1:]]"),
        ),
    ],
    "15.product": [
        (
            "few sizes",
            moves("rho / L * a ** (min(N, 8) - 1) * (a ** min(N, 8) - 1) * distance"),
        ),
        ("few sizes", moves("alpha * rho * N * (1 + 1.5 * (N - 1) * alpha * L) * distance")),
        ("ignored argument", moves("rho / L * a ** (N - 1) * (a ** N - 1) * min(distance, 1)")),
        ("not tight", moves("0.95 * rho / L * a ** (N - 1) * (a ** N - 1) * distance")),
        ("slip", moves("rho / L * (a ** (2 * N - 1) - 1) * distance")),
        (
            "slip",  # true, and not proportional to the distance
            moves("min(rho / L * a ** (N - 1) * (a ** N - 1) * distance, 2 * a ** N)"),
        ),
    ],
    "15.split": [
        (
            "spoils inputs",
            split("P_w -= P_u", "second = P_w @ g_w", "g_w -= g_u", "return P_u @ g_w, second"),
        ),
        (
            "spoils inputs",
            split("g_w, g = g_w - g_u, g_w.copy()", "P_w -= P_u", "return P_u @ g_w, P_w @ g"),
        ),
        ("few sizes", split("return (P_u * (g_w - g_u)).sum(0), ((P_w - P_u) * g_w).sum(0)")),
        ("bypassed", split("half = (P_w @ g_w - P_u @ g_u) / 2", "return half, half")),
        (
            "bypassed",  # the sum, shared out as the two norms are
            split(
                "whole = P_w @ g_w - P_u @ g_u",
                "one = np.linalg.norm(P_u, 2) * np.linalg.norm(g_w - g_u)",
                "two = np.linalg.norm(P_w - P_u, 2) * np.linalg.norm(g_w)",
                "return whole * one / (one + two), whole * two / (one + two)",
            ),
        ),
        ("slip", split("return 1.001 * P_u @ (g_w - g_u), (P_w - P_u) @ g_w")),
    ],
    "15.equality": [
        ("slip", drawings(BEND, RAMP)),
        ("slip", drawings(BEND, BEND)),
        ("not tight", drawings(all_but_rho="[(-1.3, 0.0), (-0.2, -1.0)]")),
        ("not tight", drawings(all_but_rho="[(-1.6, 0.0), (-0.6, -1.0)]")),
        ("not tight", drawings(only_rho="[(-1.0, -1.0), (0.05, 0.05), (1.0, 0.0)]")),
        ("few sizes", drawings(only_rho="[(-0.05, -1.0), (0.3, -0.65)]")),
        ("slip", drawings(all_but_rho="[(-0.3, -1.0), (-1.3, 0.0)]")),
        ("slip", drawings(only_rho="[(-1.0, -1.0, 0.0), (1.0, 1.0, 0.0)]")),
        ("slip", drawings(only_rho="[(-1.0, float('nan')), (1.0, 1.0)]")),
        ("slip", drawings(only_rho="'ramp'")),
    ],
    "15.anchor": [
        ("not tight", witness(alpha="1e-6")),
        ("not tight", witness(w="5.0")),
        ("ignored argument", witness(s="0.6", w="60.0")),
        ("slip", witness(w="-10 ** 400")),
        ("slip", witness(line="5")),
    ],
}
RIGHT = {
    "15.smooth": [
        "from fractions import Fraction\n\n"
        + smooth("Fraction(1, 2)", "Fraction(1, 2)", "1", w="Fraction(40003, 2)"),
        smooth("np.float32(-0.5)", "np.float64(0.5)", "1", "np.int64(1)", "20001.5 + 0.01"),
    ],
    "15.telescope": [
        telescope("for j in range(len(W)):", f"    yield {TERM}"),
        """from itertools import accumulate

def telescope(W, U):
    one = np.eye(len(W[0]))
    before = list(accumulate(W, np.matmul, initial=one))
    after = list(accumulate(U[::-1], lambda right, left: left @ right, initial=one))[::-1]
    return tuple(a @ (x - y) @ b for a, x, y, b in zip(before, W, U, after[1:]))""",
        """from functools import reduce

def telescope(W, U):
    one = np.eye(*W[0].shape)
    rows = np.array([reduce(np.matmul, W[:j] + U[j:], one) for j in range(len(W) + 1)])
    return np.diff(rows, axis=0)""",
    ],
    "15.product": [
        moves("alpha * rho * distance * np.sum(a ** np.arange(N - 1, 2 * N - 1))"),
        """def power(x, n):
    return x * power(x, n - 1) if n else 1.0

def product_moves(alpha, L, rho, N, distance):
    return sum(alpha * rho * distance * power(1 + alpha * L, N - 1 + j) for j in range(N))""",
    ],
    "15.split": [
        split("P_w = P_w - P_u", "return [np.dot(P_w, g_w), np.einsum('ij,j', P_u, g_w - g_u)]"),
        """from collections import namedtuple

Terms = namedtuple("Terms", "g P")

def split(P_w, P_u, g_w, g_u):
    return Terms(g=(P_u @ (g_w - g_u)).tolist(), P=np.subtract(P_w, P_u).dot(g_w))""",
    ],
    "15.equality": [
        "from fractions import Fraction\n\n"
        + drawings("((Fraction(-3, 2), -1), (Fraction(1, 2), 1))", BEND),
        drawings(
            only_rho="[np.array([-0.9, 0.9]), np.array([0.9, -0.9])]",
            all_but_rho="[(-0.5, -0.85), (np.float64(-0.35), -1), (0.2, -1.0), (1, -0.5)]",
        ),
    ],
    "15.anchor": [
        "from fractions import Fraction\n\n"
        + witness("np.int64(4)", "Fraction(1, 2)", u="0", s="Fraction(1, 100)"),
    ],
}
