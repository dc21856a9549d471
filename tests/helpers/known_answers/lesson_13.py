"""Known answers of lesson 13."""


def lipschitz(bound, place="np.zeros(x.shape[1])"):
    return f"""def lipschitz(x, y, ridge):
    return {bound}

def attained_at(x, y, ridge):
    return {place}"""


LEAST = "np.linalg.norm(x.T @ x, 2) / (4 * len(x)) + ridge"
PLACE = """
def attained_at(x, y, ridge):
    return [0.0] * len(x[0])"""


def line_8(weights, factor=1):
    return f"""def line_8(x, c, phi, w, u):
    return {factor} * np.linalg.norm(x.T * ({weights}) @ x, 2)"""


def grid(line="3", x="200 * np.pi", phi="np.pi / 2"):
    return f"line = {line}\nx = {x}\nphi = {phi}"


def fails(words):
    """`fails` with these words for the rows a, b, ..."""
    return f"fails = dict(zip('abcdefghijk', {words.split()}))"


STEEPEST = "np.linalg.eigh(classifier.hessian(np.zeros(6)))[1][:, -1]"

WRONG = {
    "13.lipschitz": [
        ("not tight", lipschitz("0.2499999 * np.linalg.norm(x.T @ x, 2) / len(x) + ridge")),
        ("few sizes", lipschitz("np.linalg.norm(x.T @ x, 2) / (4 * len(x)) + ridge**2")),
        ("ignored argument", lipschitz("np.linalg.norm(x.T @ x, 2) / (4 * len(x)) + 0.1")),
        ("bypassed", lipschitz("theory.Logistic(x, y, ridge=ridge).L")),
        (
            "spoils inputs",
            "def lipschitz(x, y, ridge):\n    x /= 2\n    return np.sum(x**2) + ridge" + PLACE,
        ),
        ("not tight", lipschitz(LEAST, "np.full(x.shape[1], 0.01)")),
        ("few sizes", lipschitz(LEAST, "np.zeros(2)")),
    ],
    "13.rho": [
        ("not tight", line_8("abs(c) * abs(x @ (w - u))", 0.95)),
        ("not tight", line_8("abs(c) * abs(x @ (w - u))", "(1 - np.linalg.norm(w - u) / 1e3)")),
        (
            "not tight",  # the largest coordinate of w − u in place of its length
            line_8("abs(c) * np.linalg.norm(x, axis=1) * np.abs(w - u).max()"),
        ),
        ("not tight", line_8("abs(c) * np.tanh(abs(x @ (w - u)))")),
        ("few sizes", line_8("abs(c[0]) * abs(x @ (w - u))")),
    ],
    "13.estimate": [
        ("not tight", f"w, u = 0.8 * {STEEPEST}, 1.9 * {STEEPEST}"),
        ("spoils inputs", "classifier.towards[...] *= 9\nw, u = np.zeros(6), 0.01 * np.ones(6)"),
        ("slip", f"w, u = [0] * 6, [str(a / 100) for a in {STEEPEST}]"),
        ("slip", "w, u = np.zeros(6), np.full(6, 1e308)"),
    ],
    "13.grid": [
        ("not tight", grid(phi="1.55 - np.pi / 2")),
        ("slip", grid(x="100 * np.pi", phi="0.0")),
        ("slip", grid(line="4", x="2.0")),
        ("slip", grid(x="float('nan')")),
        ("few sizes", grid(x="3.0", phi="1.0")),
    ],
    "13.violates": [
        ("slip", "fails = dict.fromkeys('abcdefghijk', 'none')"),
        ("slip", fails("unbiased L rho none sigma sigma_g sigma_H fresh independent fresh none")),
        ("slip", fails("unbiased L rho none none sigma_g sigma_H independent fresh fresh none")),
        ("few sizes", fails("unbiased L rho none sigma sigma_g sigma_H independent fresh")),
        ("slip", fails("unbiased rho L none sigma sigma_g sigma_H independent fresh fresh none")),
    ],
}

RIGHT = {
    "13.lipschitz": [
        "lipschitz = lambda x, y, ridge: np.square(np.linalg.norm(x, 2)) * 0.25 / y.size + ridge"
        + PLACE,
        """QUARTER = 1 / 4
def steepest(z):
    return QUARTER
def lipschitz(x, y, ridge):
    H = (x.T * steepest(0)) @ x / len(x)
    return np.array(np.linalg.eigvalsh(H + ridge * np.eye(len(H)))[-1])
def attained_at(x, y, ridge):
    return np.zeros_like(x[0])""",
    ],
    "13.rho": [
        """from functools import reduce
def line_8(x, c, phi, w, u):
    terms = [abs(a) * abs(row @ w - row @ u) * np.outer(row, row) for a, row in zip(c, x)]
    return np.linalg.norm(reduce(np.add, terms), ord=2)""",
        "line_8 = lambda x, c, phi, w, u: "
        "np.linalg.svd(np.sqrt(abs(c * (x @ (w - u))))[:, None] * x)[1][0] ** 2",
        line_8("abs(c) * abs((x @ w + phi) - (x @ u + phi))"),
    ],
    "13.estimate": [
        """from fractions import Fraction
v = np.linalg.svd(classifier.x)[2][0]
w, u = [Fraction(0)] * 6, tuple(Fraction(float(a)) / 100 for a in v)""",
    ],
    "13.grid": [
        "from fractions import Fraction\n\n" + grid("Fraction(3)", x="-400 * np.pi", phi="1.6"),
        grid(x="100 * np.pi"),
        grid("np.int64(3)", x="2 * np.pi / 0.01 + 1e-9", phi="np.array(4.7)"),
    ],
    "13.violates": [
        fails("unbiased L rho none sigma sigma_g sigma_H independent fresh fresh none"),
    ],
}
