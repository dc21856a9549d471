"""Known answers of lesson 23."""


def circular(line="5", epsilon="2.2", C_beta="20.0"):
    return f"false_line = {line}\nwitness = dict(epsilon={epsilon}, C_beta={C_beta})"


def sizes(*lines):
    return "def sizes(p, epsilon, Delta):\n" + "\n".join(f"    {line}" for line in lines)


R = "R = epsilon**2 / (4 * max(p.chi, epsilon))"
THETA = "theta = p.kappa_inf / 2 * p.ratio"


def dial(K="np.inf", KB="0.25", KBS="5 / 48"):
    return f"import numpy as np\n\nfactors = dict(K={K}, KB={KB}, KBS={KBS})"


def total(plain, sharp):
    return f"def total_price(N, epsilon):\n    return {plain}, {sharp}"


def design(slope, length):
    return f"def design(K):\n    slope = {slope}\n    return slope, {length}"


WRONG = {
    "23.circular": [
        ("not tight", circular(epsilon="0.3")),
        ("not tight", circular(epsilon="0.5", C_beta="100.0")),
        ("slip", circular(line="4")),
        ("slip", circular(C_beta="10.0")),
        ("slip", circular(epsilon="float('nan')")),
        ("slip", "false_line = 5\nwitness = (1.0, 20.0)"),
    ],
    "23.sizes": [
        (
            "ignored argument",
            sizes(
                R,
                THETA,
                "K = 3 / (theta * R)",
                "B = max(3 * p.phi / (theta * R), 4 * p.k_B / p.kappa_inf)",
                "S = max(3 * p.xi / (theta * R), 4 * p.k_S / p.kappa_inf)",
                "return [max(1, ceil(size)) for size in (K, B, S)]",
            ),
        ),
        (
            "few sizes",
            sizes(
                R,
                THETA,
                "K, B, S = (3 * cost / (theta * R) for cost in (Delta, p.phi, p.xi))",
                "return ceil(K), max(1, ceil(B)), max(1, ceil(S))",
            ),
        ),
        (
            "slip",
            sizes(
                R,
                THETA,
                "K = 3 * Delta / (theta * R)",
                "B = max(3 * p.phi / (theta * R), 4 * p.k_B / p.kappa_inf)",
                "S = max(3 * p.xi / (theta * R), 4 * p.k_S / p.kappa_inf)",
                "return [max(1, round(size)) for size in (K, B, S)]",
            ),
        ),
        (
            "smuggled",
            "from tinymaml.course.given.price_list import inner_samples\n\n"
            + sizes("return inner_samples(p, epsilon)"),
        ),
    ],
    "23.dial": [
        ("slip", dial(K="-np.inf")),
        ("slip", dial(KB="0.5")),
        ("slip", dial(KBS="float('nan')")),
        ("slip", "factors = (float('inf'), 0.25, 5 / 48)"),
        ("not tight", dial(KBS="1 / 10")),
    ],
    "23.total": [
        ("few sizes", total("N * epsilon**-6", "N * epsilon**-4 + epsilon**-6")),
        ("few sizes", total("N * epsilon**-6", "max(epsilon**-6, N * epsilon**-4)")),
        ("ignored argument", total("epsilon**-6", "epsilon**-6")),
        ("slip", total("N * epsilon**-6", "N * epsilon**-5")),
    ],
    "23.ramp": [
        ("ignored argument", design("0.1", "10.0")),
        ("slip", design("1 / K", "K")),
        ("slip", design("0.1", "K * slope / 2.53")),
        ("slip", design("100.0", "1 / slope")),
        ("slip", design("float('nan')", "1.0")),
        ("slip", design("0.1", "'long'")),
    ],
}
RIGHT = {
    "23.circular": [
        "import numpy as np\n\nfalse_line = np.int64(5)\n"
        "witness = dict(C_beta=np.float64(11), epsilon=7)",
    ],
    "23.sizes": [
        """import math

def sizes(p, epsilon, Delta):
    unit = 6 / (p.kappa_inf * p.ratio) * 4 * max(p.chi, epsilon) / epsilon**2
    least = dict(K=0, B=p.k_B, S=p.k_S)
    cost = dict(K=Delta, B=p.phi, S=p.xi)
    found = []
    for name in "KBS":
        found.append(math.ceil(max(1, cost[name] * unit, 4 * least[name] / p.kappa_inf)))
    return np.array(found)""",
    ],
    "23.dial": [
        dial(KB="np.float64(0.25)", KBS="0.1042"),
        "import math\n\nfactors = dict(KBS=1 / 9.6, KB=(1 / 10 / (1 / 5)) ** 2, K=math.inf)",
    ],
    "23.total": [
        total("N / epsilon**6", "epsilon**-5 if N == 1 else epsilon**-6 * max(1, N * epsilon**2)"),
    ],
    "23.ramp": [
        design("1.6 * K ** -0.5", "1 / slope"),
        design("1.45 / K ** 0.5", "1 / slope"),
    ],
}
