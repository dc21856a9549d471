"""Known answers of lesson 04."""

STRIDES = """def strides(letters, shape):
    steps = {{letters[0]: {rows}, letters[1]: {columns}}}
    return tuple(steps.get(letter, {none}) for letter in "ijp")
"""
OWN_STRIDES = dict(rows="shape[1]", columns="1", none="0")
RULES = """def lines_of(rule, y, x, z):
    lines = {
        "value": [(y, x, z)],
        "tangent": [(y.dot, x.dot, z), (y.dot, x, z.dot)],
        "reverse": [(x.bar, y.bar, z), (z.bar, x, y.bar)],
        "reverse_tangent": [
            (x.bar_dot, y.bar_dot, z),
            (x.bar_dot, y.bar, z.dot),
            (z.bar_dot, x, y.bar_dot),
            (z.bar_dot, x.dot, y.bar),
        ],
    }[rule]
BODY

bilinear_rules = Rules(*[
    lambda y, x, z, arg, rule=rule: list(lines_of(rule, y, x, z))
    for rule in ("value", "tangent", "reverse", "reverse_tangent")
])
"""


def rules(*body):
    """The rules, with these lines at the end of the function that makes them."""
    return RULES.replace("BODY", "\n".join("    " + row for row in body))


UNREAD = """def drop_unread(calls, wanted):
    read, useful = set(wanted), []
    for call in reversed(calls):
        if {test}:
            useful.insert(0, call)
            read |= blocks_of(call.ins)
    return useful
"""
FATES = """became = dict.fromkeys(("L", "x_bar", "h_dot"), "unread")
became |= dict.fromkeys(("x_dot", "h_bar_dot"), "zero") | {"a_bar_dot": "written"}
"""


def line(right_side, number="10"):
    return f"wrong_line = {number}\nright_side = {right_side!r}"


WRONG = {
    "04.strides": [
        ("few sizes", STRIDES.format(**OWN_STRIDES | {"columns": "int(shape[1] > 1)"})),
        ("few sizes", STRIDES.format(**OWN_STRIDES | {"rows": "max(shape)"})),
        ("few sizes", STRIDES.format(**OWN_STRIDES | {"rows": "min(shape[1], 5)"})),
        ("does not fit", STRIDES.format(**OWN_STRIDES | {"none": "0.0"})),
    ],
    "04.rules": [
        (
            "few sizes",
            rules(
                "if x.slot == z.slot:",
                "    lines = lines[:1]",
                "return [contract(*line) for line in lines]",
            ),
        ),
        (
            "few sizes",
            rules(
                "if '0' in x.letters:",
                "    lines = lines[:1]",
                "return [contract(*line) for line in lines]",
            ),
        ),
        ("few sizes", rules("return [contract(*line) for line in lines if y.slot < 9]")),
        ("slip", rules("return [contract(*line)._replace(store=True) for line in lines]")),
    ],
    "04.unread": [
        ("few sizes", UNREAD.format(test="blocks_of(call.outs) & read and call not in useful")),
        ("slip", UNREAD.format(test="blocks_of(call.outs) <= read")),
        ("slip", UNREAD.format(test="{o.slot for o in call.outs} & {slot for slot, _ in read}")),
        (
            "spoils inputs",
            UNREAD.format(test="blocks_of(call.outs) & read") + "unspoilt = drop_unread\n"
            "def drop_unread(calls, wanted):\n"
            "    return [unspoilt(calls, wanted), calls.pop()][0]\n",
        ),
    ],
    "04.fates": [
        ("slip", FATES + "became['L'] = ['unread']"),
        ("slip", FATES + "became['h_dot'] = 'zero'"),
        ("does not fit", FATES + "became['w'] = 'written'"),
        ("slip", FATES + "became['a_bar_dot'] = ('written' or 'zero',)"),
    ],
    "04.quiet": [
        ("not tight", "def quiet(w): return total(tanh(w + 50.0))"),
        ("not tight", "def quiet(w): return total(w * w * 1e-9 + w)"),
        ("slip", "def quiet(w): return total(w - w)"),
    ],
    "04.line": [
        ("slip", line("v4_dot[i,j] / v5_bar[i,j]")),
        ("slip", line("-v4_dot[i,j] · v5_bar[i,j]")),
        ("slip", line("2 · v4_dot[i,j] · v5_bar[i,j]")),
        ("slip", line("Σ_j v4_dot[i,j] · v5_bar[i,j]")),
        ("slip", line("w_bar_dot[0,j] += v4_dot[i,j] · v5_bar[i,j]")),
        ("slip", line("u_bar_dot[0,j] = v4_dot[i,j] · v5_bar[i,j]")),
        ("slip", line("v4_dot[i,j] · v5_bar[i,j]", number="True")),
    ],
}
RIGHT = {
    "04.strides": [
        "def strides(letters, shape):\n"
        "    steps = dict(zip(letters, np.zeros(shape, np.int8).strides))\n"
        "    return np.array([steps.get(letter, 0) for letter in 'ijp'])",
    ],
    "04.rules": [rules("yield from (contract(o, b, a) for o, a, b in lines)")],
    "04.unread": [UNREAD.format(test="any(o.block in read for o in call.outs)")],
    "04.fates": [FATES + "became['L'] = ' Unread'"],
    "04.quiet": ["quiet = lambda w: total(w) * total(w) - total(w) * total(w) + total(w * 0.0)"],
    "04.line": [
        line(r"$\sum_{i} v4_{dot}[i,j] \cdot v5_{bar}[i,j]$"),
        line("10  u_bar_dot[0,j] += sum_i(v5_bar[i, j] * v4_dot[i, j])", number="np.int64(10)"),
        line("∑ v4_dot[i,j] ⋅ v5_bar[i,j]."),
    ],
}
