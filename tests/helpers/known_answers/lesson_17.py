"""Known answers of lesson 17."""


def support(support="(1.0, 0.04)", query="(1.0, 0.0)", w="0.1", alpha="0.5", steps="2"):
    return f"broken = dict(support={support}, query={query}, w={w}, alpha={alpha}, steps={steps})"


def query(*lines):
    body = "".join(f"    {line}\n" for line in lines)
    return f"def query_gradient(alpha, L, N, length, b):\n    a = 1 + alpha * L\n{body}"


def where(where="[0]", support="(1.0, 10.0)", query="(-1.0, 10.0)", alpha="1 / 3", steps="3"):
    return (
        f"where = {where}\n"
        f"apart = dict(support={support}, query={query}, alpha={alpha}, steps={steps})"
    )


def smooth(bound):
    return f"""def smoothness(alpha, L, rho, N, length, b):
    a = 1 + alpha * L
    P_moves = rho / L * a ** (N - 1) * (a ** N - 1)
    return {bound}"""


def split(*lines):
    body = "".join(f"    {line}\n" for line in lines)
    return f"def missing_line(P, before, after):\n{body}"


def divide(line="3", support="(1.0, 1.5)", query="(1.0, 1.0)", alpha="1.0", steps="1"):
    return (
        f"line = {line}\n"
        f"witness = dict(support={support}, query={query}, alpha={alpha}, steps={steps})"
    )


def moment(bound):
    return f"""def mean_square(alpha, L, N, m, sigma, b, b2):
    a_N = (1 + alpha * L) ** N
    return {bound}"""


WRONG = {
    "17.support": [
        ("not tight", support(support="(1.0, 0.01)")),
        ("not tight", support(alpha="0.01")),
        ("ignored argument", support(w="1.5")),
        ("slip", support(steps="2.5")),
        ("slip", support(w="10 ** 400")),
        ("slip", "broken = dict(support=(1.0, 0.04), query=(1.0, 0.0), w=0.1, alpha=0.5)"),
    ],
    "17.query": [
        ("few sizes", query("return a ** min(N, 6) * length + (a ** min(N, 6) - 1) * b")),
        ("ignored argument", query("return a ** N * length + (a ** N - 1) * min(b, 1)")),
        ("not tight", query("return a ** N * length + 0.9 * (a ** N - 1) * b")),
        ("slip", query("return np.exp(N * alpha * L) * (length + b) - b")),
        ("slip", query("return (a ** N - 1) * (length + b)")),
    ],
    "17.where": [
        ("slip", where("[0, 2]")),
        ("slip", where("['w']")),
        ("not tight", where(alpha="0.01")),
        ("ignored argument", where(support="(1.0, 10.0)", query="(1.0, 10.0)")),
        ("slip", where(support="(2.0, 10.0)")),
    ],
    "17.smooth": [
        ("few sizes", smooth("a ** (2 * N) * L + alpha * rho * (a * length + (a - 1) * b)")),
        (
            "ignored argument",
            smooth("a ** (2 * N) * L + P_moves * (a ** N * length + (a ** N - 1) * min(b, 1))"),
        ),
        (
            "not tight",
            smooth("a ** (2 * N) * L + P_moves * (a ** N * length + 0.9 * (a ** N - 1) * b)"),
        ),
        ("slip", smooth("a ** (2 * N) * L + P_moves * a ** N * (length + b) - P_moves * length")),
    ],
    "17.split": [
        ("bypassed", split("return np.linalg.norm(P @ after - before)")),
        (
            "slip",
            split("return np.linalg.norm(P @ (after - before) + (P - np.eye(len(P))) @ before)"),
        ),
        ("few sizes", split("return abs(P[0, 0]) * np.linalg.norm(after - before)")),
        ("slip", split("return np.linalg.norm(P @ after) - np.linalg.norm(before)")),
    ],
    "17.divide": [
        ("slip", divide("5")),
        ("not tight", divide(alpha="0.5")),
        ("not tight", divide(support="(-0.5, 1.5)", query="(-0.5, 1.0)")),
        ("slip", divide(support="(1.5, 1.5)")),
        ("ignored argument", divide(steps="9")),
    ],
    "17.moment": [
        ("ignored argument", moment("2 * a_N ** 2 * (m ** 2 + sigma ** 2)")),
        ("not tight", moment("20 * a_N ** 2 * (m ** 2 + sigma ** 2 + b2)")),
        ("slip", moment("2 * a_N ** 2 * (m + sigma) ** 2 + 2 * (a_N - 1) ** 2 * b")),
        ("slip", moment("2 * a_N * (m ** 2 + sigma ** 2) + 2 * (a_N - 1) * b2")),
    ],
}
RIGHT = {
    "17.support": [
        "from fractions import Fraction\n\n" + support(w="Fraction(1, 10)", alpha="Fraction(1, 2)"),
        support("np.array([1.0, 0.04])", "[1, 0]", "np.float64(0.1)", "0.2", "np.int64(5)"),
    ],
    "17.query": [
        query("return length + (a ** N - 1) * (length + b)"),
        query(
            "total = sum(a ** j for j in range(N))",
            "return length + alpha * L * total * (length + b)",
        ),
    ],
    "17.where": [
        where("0", "(-1.0, 10.0)", "(1.0, 10.1)"),
        where("{0}", "np.array([0.5, -40.0])", "[-0.5, -40]", "0.1"),
    ],
    "17.smooth": [
        smooth("a ** (2 * N) * L + P_moves * (length + (a ** N - 1) * (length + b))"),
        smooth(
            "a ** (2 * N) * L + rho / L * (a ** (2 * N - 1) * (a ** N - 1) * length "
            "+ a ** (N - 1) * (a ** N - 1) ** 2 * b)"
        ),
    ],
    "17.split": [
        split(
            "P_less_I = P - np.identity(len(before))",
            "return np.linalg.norm(P @ (after - before)) + np.linalg.norm(P_less_I @ before)",
        ),
        split(
            "P_less_I = P - np.identity(len(before))",
            "last = np.linalg.norm(P_less_I, 2) * np.linalg.norm(after)",
            "return np.linalg.norm(after - before) + last",
        ),
    ],
    "17.divide": [
        "from fractions import Fraction\n\n" + divide("np.int64(3)", alpha="Fraction(1, 1)"),
        divide(support="(1, -4.5)", query="[1.0, -3.0]", alpha="0.5", steps="5"),
    ],
    "17.moment": [
        moment("2 * (a_N ** 2 * (m ** 2 + sigma ** 2) + (a_N - 1) ** 2 * b2)"),
        moment("(a_N * (m ** 2 + sigma ** 2) ** 0.5 + (a_N - 1) * b2 ** 0.5) ** 2"),
    ],
}
