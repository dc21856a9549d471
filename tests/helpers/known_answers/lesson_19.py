"""Known answers of lesson 19."""

from . import theorem_page


def order(numerals):
    return f'order = "{numerals}".split()'


def telescope(line="3", loss="theory.CosineSum([[1.0]], [1.0], [0.0])", alpha="0.125", w="0.3"):
    return f"false_line = {line}\ntask = dict(loss={loss}, alpha={alpha}, steps=1, w={w})"


def four(norms, chi="1000.0"):
    return f"norms = {norms}\nchi = {chi}"


def price(*lines):
    return "def price(C_beta):\n" + "\n".join(f"    {line}" for line in lines)


def edge(*lines):
    return "def largest_beta(C_l, a, L, N):\n" + "\n".join(f"    {line}" for line in lines)


def small(*lines):
    return "def bad_start(beta):\n" + "\n".join(f"    {line}" for line in lines)


WRONG = {
    "19.theorem": theorem_page.WRONG,
    "19.order": [
        ("slip", order("5 11 8 2 3 10 6 4 12 1 7 9")),
        ("slip", order("5 11 8 10 2 3 6 4 12 1 7")),
        ("slip", order("5 11 8 2 3 10 6 4 12 1 1")),
        ("slip", "order = {'5': 1}"),
        ("slip", "order = 11"),
    ],
    "19.telescope": [
        ("not tight", telescope(w="1.6")),
        ("slip", telescope(w="'top'")),
        ("slip", telescope(w="float('nan')")),
        ("slip", telescope(line="2")),
        ("ignored argument", telescope(alpha="0")),
        ("slip", telescope(loss="theory.LogCosh([[1.0]], [1.0], [0.0])")),
        ("slip", "false_line = 3\ntask = 0.3"),
    ],
    "19.jensen": [
        ("not tight", four("[1, 0.1, 0.1, 0.1]")),
        ("not tight", four("[1, 0, 0, 0]", "0.9")),
        ("slip", four("[[1, 0], [0, 'x']]")),
        ("slip", four("[1, 0, 0, float('nan')]")),
        ("slip", four("[1, 0, 0, 0]", "'large'")),
        ("slip", four("1.0")),
    ],
    "19.price": [
        (
            "few sizes",
            price("K = max(1, C_beta ** 2 / (8 * (C_beta - 2)))", "B = 2 / (C_beta - 2)")
            + "\n    return K, B, min(K * B, 2.0)",
        ),
        (
            "slip",
            price("kappa = 1 / C_beta - 1 / C_beta ** 2", "K = 3 / 16 / kappa")
            + "\n    return K, K * 16 / C_beta ** 2, K * K * 16 / C_beta ** 2",
        ),
        ("slip", price("K = C_beta ** 2 / (8 * (C_beta - 2))", "return K, K, K * K")),
        ("slip", price("return 1.0, 1.0, 1.0")),
    ],
    "19.constant": [
        ("ignored argument", edge("return 2 * C_l / (L * a ** 4)")),
        ("slip", edge("return 2 * C_l / L * a ** (4 * N)")),
        ("not tight", edge("return 1.99 * C_l / (L * a ** (4 * N))")),
        ("slip", edge("return 2 * (2 - a ** N) / (L * a ** (4 * N))")),
    ],
    "19.small": [
        ("few sizes", small("return 2 * np.pi * round(64 / (2 * np.pi * max(beta, 0.01)))")),
        ("not tight", small("return 2 * np.pi * round(9 / beta**0.5)")),
        ("slip", small("return 64 / beta")),
        ("slip", small("return 1e20")),
        ("slip", small("return float('nan')")),
    ],
}
RIGHT = {
    "19.theorem": theorem_page.RIGHT,
    "19.order": ["order = (5, 11, 8, 2, 3, 10, 6, 4, 12, 1, 7)"],
    "19.telescope": [
        telescope("3.0", "theory.CosineSum([[3.0]], [2.0], [0.1])", "0.006", "[0.1]"),
        "from fractions import Fraction\n\n" + telescope(alpha="Fraction(1, 8)"),
    ],
    "19.jensen": [four("(0, 0, 3, 0)", "500"), four("np.array([[1e-3], [0], [0], [0]])", "1")],
    "19.price": [
        price("u = C_beta / (C_beta - 2)", "return u * C_beta / 8, 2 * u / C_beta, u * u / 4")
    ],
    "19.constant": [edge("return 2 * C_l / L * (1 / a) ** (2 * N) * (1 / a) ** (2 * N)")],
    "19.small": [
        small("return np.array([2 * np.pi * np.round(80 / beta)])"),
        small("return -2 * np.pi * round(64 / (2 * np.pi * beta))"),
    ],
}
