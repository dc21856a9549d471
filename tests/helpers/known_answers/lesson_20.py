"""Known answers of lesson 20."""


def drift(of_a_path, over="product((1, -1), repeat=len(noise))"):
    """A `drift`: what is done with the signs of each path, which gives `point`."""
    return f"""def mean_square_drift(loss, w, alpha, noise):
    end = exact_path(loss, w, alpha, len(noise))[-1]
    found = []
    for signs in {over}:
        {of_a_path}
        found.append(np.sum((point - end) ** 2))
    return np.mean(found)"""


WALK = """point = w
        for s, nu in zip(signs, noise):
            point = point - alpha * (loss.gradient(point) + s * nu)"""


def mean_square(*lines):
    return "def mean_square_bound(alpha, L, sigma_g, N, p):\n" + "\n".join(
        f"    {x}" for x in lines
    )


BLOCK = "(alpha * sigma_g * sum((1 + alpha * L) ** r for r in range(p))) ** 2"
BLOCKS = "sum((1 + alpha * L) ** (2 * p * r) for r in range(N // p))"


def deck(line="4", batches="[1.0, -1.0, 0.5, -0.5]", N="4"):
    return f"line = {line}\nbatches = {batches}\nN = {N}"


def shared(exceeds="dict(h=-1.0, alpha=0.1)", holds="dict(h=1.0, alpha=0.5)"):
    return f"exceeds = {exceeds}\nholds = {holds}"


WRONG = {
    "20.paths": [
        (
            "smuggled",
            """def mean_square_drift(loss, w, alpha, noise):
    steps, noise = len(noise), [*noise, 0 * noise[0]]
    paths = theory.ResamplingInstance(losses=[loss], w=w, alpha=alpha, steps=steps, noise=noise)
    return theory.RESULTS["lemma_5"].evaluate(paths)["drift"].lhs""",
        ),
        (
            "bypassed",  # to first order in the noise
            """def mean_square_drift(loss, w, alpha, noise):
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
    "20.square": [
        ("not tight", mean_square(f"return 0.999 * {BLOCK} * {BLOCKS}")),
        ("few sizes", mean_square("N = min(N, 8)", f"return {BLOCK} * {BLOCKS}")),
        ("few sizes", mean_square("p = min(p, 2)", f"return {BLOCK} * {BLOCKS}")),
        ("ignored argument", mean_square("L = 1", f"return {BLOCK} * {BLOCKS}")),
        ("slip", mean_square(f"return {BLOCK} ** 2 * {BLOCKS}")),
        ("bypassed", mean_square("return lemma_5.evaluate(on_a_hill)['drift'].rhs")),
        ("slip", mean_square(f"return np.ones(2) * {BLOCKS}")),
    ],
    "20.cross": [
        ("slip", deck(line="6")),
        ("not tight", deck(batches="[1.0, -1.0] + [0.0] * 28", N="2")),
        ("slip", deck(batches="[1.0, 'a']")),
        ("slip", deck(batches="[float('nan'), 1.0]", N="2")),
        ("slip", deck(N="2.5")),
        ("few sizes", deck(batches="[[1.0], [-1.0]]", N="2")),
    ],
    "20.shared": [
        ("not tight", shared(exceeds="dict(h=-1.0, alpha=0.17)")),
        ("not tight", shared(holds="dict(h=1.0, alpha=0.2)")),
        ("slip", shared(holds="dict(h=0.25, alpha=4)")),
        ("slip", shared("dict(h=1.0, alpha=0.5)", "dict(h=-1.0, alpha=0.1)")),
        ("slip", shared(exceeds="dict(h=-1.0, alpha=float('nan'))")),
        ("slip", shared(holds="dict(h=[1.0, 1.0], alpha=0.5)")),
        ("slip", shared(exceeds="dict(h=-1.0)")),
    ],
    "20.circle": [
        ("not tight", "noise = np.eye(4)\nnoise[0, 1] = 1e-3"),
        ("few sizes", "noise = np.eye(3)"),
        ("slip", "noise = np.eye(4)[[0, 1, 2, 2]]"),
        ("slip", "noise = [[1, 0], [0, 1], [0.6, 0.8], [0.8, -0.6]]"),
        ("slip", "noise = np.eye(4) * float('inf')"),
    ],
}

RIGHT = {
    "20.paths": [
        """def mean_square_drift(loss, w, alpha, noise):
    signs = np.array(list(product((1, -1), repeat=len(noise))))
    u = np.tile(w, (len(signs), 1))
    for s, nu in zip(signs.T, noise):
        u = u - alpha * (loss.gradient(u) + s[:, None] * nu)
    return np.mean(np.sum((u - exact_path(loss, w, alpha, len(noise))[-1]) ** 2, axis=1))""",
        """def mean_square_drift(loss, w, alpha, noise):
    points, exact = [w], w
    for nu in noise:
        points = [u - alpha * (loss.gradient(u) + s * nu) for u in points for s in (1, -1)]
        exact = exact - alpha * loss.gradient(exact)
    return np.mean([(u - exact) @ (u - exact) for u in points])""",
    ],
    "20.square": [
        mean_square(
            "a = 1 + alpha * L",
            "once = (sigma_g * (a**p - 1) / L) ** 2",
            "return once * (a ** (2 * N) - 1) / (a ** (2 * p) - 1)",
        ),
        """import math

def mean_square_bound(alpha, L, sigma_g, N, p):
    rate = math.log1p(alpha * L)
    once = (sigma_g * math.expm1(p * rate) / L) ** 2
    return once * math.expm1(2 * N * rate) / math.expm1(2 * p * rate)""",
    ],
    "20.cross": [
        "from fractions import Fraction\n\n"
        + deck(batches="[Fraction(1, 3), Fraction(-1, 3)]", N="2"),
        deck("np.int64(4)", "np.array([1, 1, 1, 1, -1, -1, -1, -1])", "2.0"),
    ],
    "20.shared": [
        "from fractions import Fraction\n\n"
        + shared("dict(h=Fraction(-1), alpha=Fraction(1, 50))", "dict(h=0.5, alpha=1)"),
        shared("dict(h=1.0, alpha=0.001)", "dict(h=1, alpha=np.float32(0.3))"),
    ],
    "20.circle": [
        "noise = 3 * np.linalg.qr(np.random.default_rng(0).normal(size=(6, 4)))[0].T",
        "noise = np.zeros((4, 5))\nfor j in range(4):\n    noise[j, j + 1] = -2",
    ],
}
