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


def drift(of_a_path, over="product((1, -1), repeat=len(noise))"):
    """A `drift`: what is done with the signs of each path, which gives `point`."""
    return f"""def drift(loss, w, alpha, noise):
    end = exact_path(loss, w, alpha, len(noise))[-1]
    found = []
    for signs in {over}:
        {of_a_path}
        found.append(np.sum((point - end) ** 2))
    return np.mean(found)"""


WALK = """point = w
        for s, nu in zip(signs, noise):
            point = point - alpha * (loss.gradient(point) + s * nu)"""


def instance(A="[[-1.0]]", w="[1.0]", alpha="0.1", noise="[[1.0], [1.0], [1.0], [1.0]]"):
    return f"instance = dict(A={A}, w={w}, alpha={alpha}, noise={noise})"


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
    "13.signs": [
        (
            "smuggled",
            """def drift(loss, w, alpha, noise):
    steps, noise = len(noise), [*noise, 0 * noise[0]]
    paths = theory.ResamplingInstance(losses=[loss], w=w, alpha=alpha, steps=steps, noise=noise)
    return theory.RESULTS["lemma_5"].evaluate(paths)["drift"].lhs""",
        ),
        (
            "bypassed",  # to first order in the noise
            """def drift(loss, w, alpha, noise):
    path = exact_path(loss, w, alpha, len(noise))
    total = 0
    for j, d in enumerate(alpha * noise):
        for u in path[j + 1 : -1]:
            d = d - alpha * (loss.gradient(u + 1e-5 * d) - loss.gradient(u - 1e-5 * d)) / 2e-5
        total += d @ d
    return total""",
        ),
        ("few sizes", drift(WALK, "product((1, -1), repeat=3)")),
        ("slip", drift(WALK, "[(1, *rest) for rest in product((1, -1), repeat=len(noise) - 1)]")),
        ("spoils inputs", drift(WALK.replace("point = point -", "point -="))),
    ],
    "13.reused": [
        ("not tight", instance(alpha="0.43")),
        ("not tight", instance("[[1.0]]", w="[1e6]", noise="[[1e-6]] * 4")),  # rounding
        ("slip", instance(A="[['-1.0']]")),
        ("slip", instance(noise="[[1.0], [-1.0], [1.0], [-1.0]]")),
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
    "13.signs": [
        """def drift(loss, w, alpha, noise):
    signs = np.array(list(product((1, -1), repeat=len(noise))))
    u = np.tile(w, (len(signs), 1))
    for s, nu in zip(signs.T, noise):
        u = u - alpha * (loss.gradient(u) + s[:, None] * nu)
    return np.mean(np.sum((u - exact_path(loss, w, alpha, len(noise))[-1]) ** 2, axis=1))""",
        """def drift(loss, w, alpha, noise):
    points, exact = [w], w
    for nu in noise:
        points = [u - alpha * (loss.gradient(u) + s * nu) for u in points for s in (1, -1)]
        exact = exact - alpha * loss.gradient(exact)
    return np.mean([(u - exact) @ (u - exact) for u in points])""",
    ],
    "13.reused": [
        "from fractions import Fraction\n"
        + instance("[[Fraction(-1)]]", w="[Fraction(1)]", alpha="Fraction(1, 10)"),
        instance("-np.eye(2)", "np.zeros(2)", "np.array(0.1)", "np.ones((4, 2))"),
        instance(w="[1e6]", noise="[[1e-6]] * 4"),
    ],
    "13.violates": [
        fails("unbiased L rho none sigma sigma_g sigma_H independent fresh fresh none"),
    ],
}
