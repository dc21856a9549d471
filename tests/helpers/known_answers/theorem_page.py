"""Chains for the blank page 19.theorem: wrong ones, and right ones in other styles."""

NAMES = """    grad2 = part.grad**2
    half = part.L_w / 2
    unit = 1 / (part.C_beta * part.L_w)
    noise = part.phi / part.B
    square = grad2 + part.each2 / part.B
    variance = (part.each2 - grad2) / part.B
    bounded = grad2 + (part.A_squ1 * grad2 + part.A_squ2) / part.B
    far = part.A + part.C_meta * (part.query_grad + part.sigma)
    farther = part.A + part.C_meta / part.C_l * (part.grad + part.spread)
"""
DESCENT = '(-part.beta_slope + half * part.beta2_square, "Proposition 4")'
FRESH = '(-part.beta * part.slope + half * part.beta2 * part.square, "fresh stepsize")'
UNBIASED = '(-part.beta * grad2 + half * part.beta2 * part.square, "unbiased")'
TASKS = '(-part.beta * grad2 + half * part.beta2 * (grad2 + variance), "independent tasks")'
DROP = '(-part.beta * grad2 + half * part.beta2 * square, "drop")'
MEAN = '(-unit * grad2 + half * part.beta2 * square, "Lemma 11 (mean)")'
SECOND = '(-unit * grad2 + half * 4 * unit**2 * square, "Lemma 11 (second moment)")'
TASKS_BOUNDED = '(-unit * grad2 + half * 4 * unit**2 * bounded, "Proposition 5")'
COLLECT = '((-part.kappa * grad2 + part.A * noise) / part.L_w, "rewrite")'
NOISE = '(-part.kappa * grad2 / part.L_w + noise, "L_w >= A")'
FAR = '(-part.kappa * grad2 / far + noise, "A2")'
FARTHER = '(-part.kappa * grad2 / farther + noise, "Lemma 10")'
END = '(-part.theta * grad2 / (part.grad + part.chi) + noise, "rewrite")'
OPENING = ('(part.change, "start")', DESCENT, FRESH, UNBIASED, TASKS, DROP)
ENDING = (TASKS_BOUNDED, COLLECT, NOISE, FAR, FARTHER, END)
ALL = (*OPENING, MEAN, SECOND, *ENDING)


def chain(*lines, result="lines"):
    """A `one_step` of these lines."""
    rows = "".join(f"        {line},\n" for line in lines)
    return f"def one_step(part):\n{NAMES}    lines = [\n{rows}    ]\n    return {result}"


def changed(*changes):
    """The right chain with some of its text replaced: pairs (old, new)."""
    code = chain(*ALL)
    for old, new in changes:
        assert old in code
        code = code.replace(old, new)
    return code


def left_out(*lines):
    """The right chain without these lines."""
    return chain(*(line for line in ALL if line not in lines))


WRONG = [
    ("few sizes", changed(("grad2 + variance", "part.each2"))),  # right for B = 1
    ("not tight", changed((NOISE, NOISE.replace("+ noise", "+ part.phi")))),
    (
        "bypassed",  # never falls, whatever the facts are
        "import numpy as np\n"
        + chain(
            *ALL,
            result="[(max(v for v, _ in lines[: k + 1]), lines[k][1]) for k in range(14)]",
        ),
    ),
    (
        "bypassed",  # from the start to the end in even steps
        chain(
            *ALL,
            result="[(part.change + k / 13 * (part.end - part.change), lines[k][1])"
            " for k in range(14)]",
        ),
    ),
    ("bypassed", chain('(part.change, "start")', '(part.end, "Proposition 4")')),
    (
        "smuggled",
        "from tinymaml import theory\n"
        "def one_step(part):\n    return theory.RESULTS['theorem_2'].claims['one step'](part)",
    ),
    ("ignored argument", changed(("(part.C_beta", "(100"))),
    (
        "ignored argument",  # other lines for B = 1
        chain(*ALL, result="[line for line in lines if part.B > 1 or line[1] != 'drop']"),
    ),
    ("slip", left_out(FAR)),  # A2 and Lemma 10 in one
    ("slip", left_out(MEAN)),
    ("slip", left_out(FRESH)),
    ("slip", left_out(END, FARTHER)),
    ("slip", left_out(DESCENT).replace("part.change", "-part.beta_slope")),
    ("slip", changed(("fresh stepsize", "independence"))),
    ("slip", changed(('"drop"', '"rewrite"'))),
    ("slip", changed((MEAN, MEAN.replace("-unit", "-1.01 * unit")))),
    ("slip", chain(*(line for line in ALL if line != DROP), DROP)),
    (
        "slip",  # the bound of E[β] where the sign of what it multiplies is not known
        chain(
            *OPENING[:3],
            '(-unit * part.slope + half * part.beta2 * part.square, "Lemma 11 (mean)")',
            '(-unit * grad2 + half * part.beta2 * part.square, "unbiased")',
            '(-unit * grad2 + half * part.beta2 * (grad2 + variance), "independent tasks")',
            '(-unit * grad2 + half * part.beta2 * square, "drop")',
            SECOND,
            *ENDING,
        ),
    ),
    (
        "slip",  # κ without 2A_squ1/(C_β²B)
        changed((COLLECT, '(-(1 - 2 / part.C_beta) * unit * grad2 + part.A * noise, "rewrite")')),
    ),
    ("slip", chain(*ALL, result="[value for value, _ in lines]")),
    ("slip", chain(*ALL, result="dict(lines)")),
    ("slip", chain(*ALL).replace("return lines", "print(lines)")),
]

RIGHT = [
    # what is not positive goes last, and reasons are typed as they come
    """def one_step(part):
    grad2, B = part.grad**2, part.B
    lines = []

    def line(number, why):
        lines.append([number, why])

    def with_moments(beta, beta2, tasks):
        return -beta * grad2 + part.L_w / 2 * beta2 * (grad2 + (tasks - grad2) / B)

    line(part.change, "Start")
    line(part.L_w / 2 * part.beta2_square - part.beta_slope, "proposition 4")
    line(part.L_w / 2 * part.beta2 * part.square - part.beta * part.slope, "fresh  stepsize")
    line(part.L_w / 2 * part.beta2 * part.square - part.beta * grad2, "unbiased")
    line(with_moments(part.beta, part.beta2, part.each2), "independent tasks")
    tasks = part.A_squ1 * grad2 + part.A_squ2
    line(with_moments(part.beta, part.beta2, tasks), "Proposition 5")
    least = 1 / part.C_beta / part.L_w
    line(with_moments(least, part.beta2, tasks), "lemma 11 (mean)")
    line(with_moments(least, (2 * least) ** 2, tasks), "lemma 11 (second moment)")
    lost = 2 / part.C_beta**2 * (1 + (part.A_squ1 - 1) / B)
    noise = 2 * part.A_squ2 / part.C_beta**2 / B
    line((noise - (1 / part.C_beta - lost) * grad2) / part.L_w, "rewrite")
    line((noise - part.kappa * grad2) / part.L_w, "drop")
    line(noise / part.A - part.kappa * grad2 / part.L_w, "l_w >= a")
    L_w = part.A + part.C_meta * (part.query_grad + part.sigma)
    line(noise / part.A - part.kappa * grad2 / L_w, "a2")
    line(part.end, "lemma 10")
    return lines""",
    # the two products of "fresh stepsize" in a line each, and a line that only rewrites
    chain(
        *OPENING[:2],
        '(-part.beta * part.slope + half * part.beta2_square, "fresh stepsize")',
        *OPENING[2:],
        MEAN,
        SECOND,
        '(unit * (-grad2 + 2 / part.C_beta * square), "rewrite")',
        *ENDING,
        result="tuple(lines)",
    ),
    # the noise is bounded before ‖∇𝓛‖² is collected, with NumPy
    "import numpy as np\n"
    + chain(
        *OPENING,
        SECOND.replace("-unit", "-part.beta"),
        SECOND.replace("second moment", "mean"),
        TASKS_BOUNDED,
        '(np.sum([-part.kappa * grad2, part.A * part.phi / part.B]) / part.L_w, "rewrite")',
        *ENDING[2:],
    ),
]
