"""Known answers of lesson 22."""


def peel(*lines):
    return "def peel(alpha, L, sigma_H, D, square):\n" + "\n".join(f"    {x}" for x in lines)


def shared(h="-1.0", alpha="0.5", V="1.0", N="3"):
    return f"instance = dict(h={h}, alpha={alpha}, V={V}, N={N})"


def tasks(instance, line="3"):
    return f"false_line = {line}\ninstance = {instance}"


def kappa(*lines):
    return "def best_kappa(income, cost, least, most):\n" + "\n".join(f"    {x}" for x in lines)


def polarised(*lines):
    return "def polarised(grad2, mean2, bias2):\n" + "\n".join(f"    {x}" for x in lines)


FACTOR = "((1 + alpha * L) ** 2 + (alpha * sigma_H) ** 2 / D)"

WRONG = {
    "22.shell": [
        ("not tight", peel(f"return 0.999 * {FACTOR} * square")),
        ("not tight", peel(f"return 1.001 * {FACTOR} * square")),
        ("ignored argument", peel("D = 1", f"return {FACTOR} * square")),
        ("few sizes", peel("D = min(D, 8)", f"return {FACTOR} * square")),
        ("slip", peel(f"return {FACTOR} ** 2 * square")),
        ("bypassed", peel("return proposition_3.evaluate(hill)['moment'].rhs")),
        ("slip", peel(f"return np.ones(2) * {FACTOR}")),
    ],
    "22.shared": [
        ("not tight", shared(V="0.45")),
        ("slip", shared(h="1.0", V="2.0")),
        ("few sizes", shared(h="[-1.0, 1.0]")),
        ("slip", shared(N="2.5")),
        ("slip", shared(alpha="float('nan')")),
        ("slip", shared(alpha="0.51")),
        ("slip", "instance = dict(h=-1.0, alpha=0.5, V=1.0)"),
    ],
    "22.tasks": [
        ("slip", tasks("noisy.replace(B=10_000_000)", line="5")),
        ("not tight", tasks("noisy.replace(B=100_000)")),
        ("not tight", tasks("hill.replace(B=1000)")),
        ("slip", tasks("noisy.replace(B=1000, independent_tasks=False)")),
        ("slip", tasks("noisy.replace(B=1000, signs=[[1] * 5, [-1] * 5])")),
        ("slip", tasks("exact.replace(B=1000)")),
        ("slip", tasks("noisy.replace(B=1)")),
    ],
    "22.kappa": [
        ("few sizes", kappa("return 0.01 if most == 4 else 0.02")),
        ("ignored argument", kappa("return (income * 0.8) ** 2 / (4 * cost * most)")),
        ("slip", kappa("return (income * least) ** 2 / 4 * cost * most")),
        ("slip", kappa("return income * least - cost * most")),
        ("slip", kappa("return (income / least) ** 2 / (4 * cost * most)")),
    ],
    "22.polarise": [
        ("few sizes", polarised("return -grad2 if bias2 == 0 else -grad2 / 2 + bias2 / 2")),
        ("slip", polarised("return -grad2 / 2 - mean2 / 2 + bias2")),
        ("slip", polarised("return (-grad2 + mean2 + bias2) / 2")),
        ("ignored argument", polarised("return -(grad2 + mean2) / 2")),
    ],
}

RIGHT = {
    "22.shell": [
        peel("a = 1 + alpha * L", "return square * (a * a + (alpha * sigma_H) ** 2 / D)"),
    ],
    "22.shared": [
        shared(h="0.0", alpha="1.0", V="1.0", N="2"),
        shared(h="-0.25", alpha="2.0", V="0.7"),
        "instance = dict(h=0.1, alpha=1.0, V=1.0, N=np.int64(3))",
    ],
    "22.tasks": [
        tasks("noisy.replace(alpha=0.5, S=1, B=10_000)"),
        tasks(
            "theory.ResamplingInstance(losses=[wells[0]], w=[0.5], alpha=0.5, steps=1, "
            "noise=[[1.0], [1.0]], B=50)",
            line="np.int64(3)",
        ),
    ],
    "22.kappa": [
        kappa("p, m = income * least, cost * most", "C = 2 * m / p", "return p / C - m / C**2")
    ],
    "22.polarise": [polarised("return 0.5 * (bias2 - grad2 - mean2)")],
}
