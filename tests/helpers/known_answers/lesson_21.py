"""Known answers of lesson 21."""


def sample(h="1.0", V="1.0", U="-4.0", alpha="0.5", w="1.0"):
    return f"sample = dict(h={h}, V={V}, U={U}, alpha={alpha}, w={w})"


def dependent(h="0.0", k="1.0", alpha="0.5", N="2", w="1.0", nu="2.0"):
    return f"dependent = dict(h={h}, k={k}, alpha={alpha}, N={N}, w={w}, nu={nu})"


def mean_drift(*lines):
    head = "def mean_drift(alpha, L, rho, sigma_g, S, N):\n"
    return head + "\n".join(f"    {line}" for line in lines)


CLOSED = "rho * alpha * sigma_g**2 * (a**N - 1) * (a ** (N - 1) - 1) / (2 * (1 + a) * L**2 * S)"
KINK = "[(-1.25, 0.0), (-0.25, -1.0), (0.75, 0.0)]"


def turn(line="3", corners=KINK):
    return f"line = {line}\ncorners = {corners}"


def sizes(S="11", B="4000"):
    return f"sizes = dict(S={S}, B={B})"


WRONG = {
    "21.shared": [
        ("not tight", sample(U="-2.02")),
        ("slip", sample(h="-1.0", U="4.0")),
        ("slip", sample(alpha="-0.5")),
        ("slip", sample(w="float('nan')")),
        ("slip", "sample = dict(h=1.0, V=1.0, U=-4.0, alpha=0.5)"),
        ("slip", sample(U="-1e9")),
    ],
    "21.product": [
        ("not tight", dependent(nu="0.5")),
        ("few sizes", dependent(alpha="1.0", N="1")),
        ("slip", dependent(h="1.0", k="0.0", nu="3.0")),
        ("slip", dependent(w="3.141592653589793")),
        ("slip", dependent(w="1e5")),
        ("slip", dependent(N="0")),
        ("slip", dependent(nu="'two'")),
    ],
    "21.order": [
        ("slip", 'order = "EADGCH"'),
        ("slip", 'order = "HCGDAEB"'),
        ("slip", 'order = "HCFGDAE"'),
        ("few sizes", 'order = "HCG"'),
        ("slip", 'order = "HCGDAZ"'),
        ("slip", "order = None"),
    ],
    "21.mean_drift": [
        ("not tight", mean_drift("a = 1 + alpha * L", f"return 1.001 * {CLOSED}")),
        ("not tight", mean_drift("a = 1 + alpha * L", f"return 0.999 * {CLOSED}")),
        (
            "few sizes",
            mean_drift("N = min(N, 2)", "a = 1 + alpha * L", f"return {CLOSED}"),
        ),
        ("ignored argument", mean_drift("S = 1", "a = 1 + alpha * L", f"return {CLOSED}")),
        ("ignored argument", mean_drift("rho = 1", "a = 1 + alpha * L", f"return {CLOSED}")),
        ("bypassed", mean_drift("return proposition_2_bend.evaluate(cosine)['bias'].rhs")),
        ("slip", mean_drift("return np.zeros(2)")),
    ],
    "21.turn": [
        ("not tight", turn(corners="[(-1.2, 0.0), (-0.41, -0.79), (0.4, 0.0)]")),
        ("slip", turn(line="4")),
        ("slip", turn(corners="[(-1.0, -1.0), (0.0, 0.0), (0.0, 1.0)]")),
        ("slip", turn(corners="[(-1.25, float('nan')), (0.75, 0.0)]")),
        ("slip", turn(corners="[(0.0, 0.0)]")),
        ("slip", turn(corners="'kink'")),
    ],
    "21.choose": [
        ("not tight", sizes(S="7", B="5882")),
        ("not tight", sizes(S="17", B="2702")),
        ("slip", sizes(S="4000", B="11")),
        ("slip", sizes(B="4001")),
        ("slip", sizes(S="float('inf')")),
        ("slip", sizes(B="-1")),
    ],
}

RIGHT = {
    "21.shared": [
        "from fractions import Fraction\n\n" + sample(U="Fraction(-9, 2)", alpha="Fraction(1, 2)"),
        sample(h="np.float64(-2.0)", V="-1", U="-30", alpha="0.2", w="-0.5"),
    ],
    "21.product": [
        dependent(h="np.float32(0)", k="-1", w="1", nu="3"),
        dependent(alpha="1 / 3", N="np.int64(3)"),
    ],
    "21.order": [
        'order = "H, C, G, D, A, E"',
        'order = tuple("hcgdae")',
    ],
    "21.mean_drift": [
        mean_drift("a = 1 + alpha * L", f"return {CLOSED}"),
        """import math

def mean_drift(alpha, L, rho, sigma_g, S, N):
    a = 1 + alpha * L
    v = [alpha**2 * sigma_g**2 / S * math.fsum(a ** (2 * i) for i in range(j)) for j in range(N)]
    return alpha * rho / 2 * sum(a ** (N - 1 - j) * v[j] for j in range(N))""",
    ],
    "21.turn": [
        "from fractions import Fraction\n\n"
        + turn(corners="[(-1, Fraction(3, 4)), (Fraction(-1, 4), 0), (1, 1)]"),
        turn("np.int64(3)", "np.array([[-1.0, 0.0], [-0.3, -0.7], [0.4, 0.0]])"),
    ],
    "21.choose": [
        sizes(S="8", B="5263"),
        sizes(S="np.int64(16)", B="2857.0"),
    ],
}
