"""Known answers of lesson 04."""

STRIDES = """def strides(letters, shape):
    steps = {{letters[0]: {rows}, letters[1]: {columns}}}
    return tuple(steps.get(letter, {none}) for letter in "ijp")
"""
OWN_STRIDES = dict(rows="shape[1]", columns="1", none="0")
LINEAR = """def numpy_linear(o, x, c, letters, ij):
    o += c * np.einsum(f"ij,{letters[1]}->{letters[0]}", np.ones(ij), x)
"""
RULES = """def bilinear(rule, y, x, z):
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
"""
EMIT = """def emit(tape, rule):
    calls = []
    slots = range(len(tape))[::-1 if rule.startswith("reverse") else 1]
    for k in slots:
        if tape[k].op in KINDS:
            kind, _, arg = KINDS[tape[k].op]
            x = operands(tape, k)
            lines = RULES[kind][rule]({arg}, *x)
            calls += [line._replace(extent=extent(tape, x)) for line in lines]
    return {calls}
"""
DEAD = """def dead(calls, wanted):
    read, kept = set(wanted), []
    for call in reversed(calls):
        if {test}:
            kept.insert(0, call)
            read |= blocks_of(call.ins)
    return kept
"""
STORES = """def first_write_stores(calls):
    first = {{}}
    for k, call in enumerate(calls):
        first.setdefault(call.outs[0].block, k)
    marked = [
        call._replace(store=first[call.outs[0].block] == k) for k, call in enumerate({calls})
    ]
    {end}
"""
PROGRAM = """def program(tape, *names):
    {start}
    rules = {rules}
    calls = sum((emit(tape, rule) for rule in rules), [])
    wanted = set().union(*(results(tape, name) for name in names))
    return first_write_stores(dead(zeros(calls, {known}), wanted))
"""
OWN_PROGRAM = dict(
    start="names = tuple(names)",
    rules="dict.fromkeys(rule for name in names for rule in SWEEPS[name])",
    known="given(tape)",
)
FATES = """became = dict.fromkeys(("L", "x_bar", "h_dot"), "dead")
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
    "04.linear": [
        ("spoils inputs", LINEAR + "    x[...] = 0"),
        ("spoils inputs", LINEAR + "    letters.clear()"),
        ("few sizes", LINEAR.replace("np.ones(ij)", "np.ones((ij[0], ij[0]))")),
    ],
    "04.rules": [
        (
            "few sizes",
            RULES + "    if x.slot == z.slot:\n"
            "        lines = lines[:1]\n"
            "    return [contract(*line) for line in lines]",
        ),
        (
            "few sizes",
            RULES + "    if '0' in x.letters:\n"
            "        lines = lines[:1]\n"
            "    return [contract(*line) for line in lines]",
        ),
        ("few sizes", RULES + "    return [contract(*line) for line in lines if y.slot < 9]"),
        ("slip", RULES + "    return [contract(*line)._replace(store=True) for line in lines]"),
    ],
    "04.emit": [
        ("few sizes", EMIT.format(arg="arg", calls="list(dict.fromkeys(calls))")),
        ("ignored argument", EMIT.format(arg="arg and (arg[0],) * len(arg)", calls="calls")),
        ("spoils inputs", EMIT.format(arg="arg", calls="calls + [tape.pop()][:0]")),
    ],
    "04.dead": [
        ("few sizes", DEAD.format(test="blocks_of(call.outs) & read and call not in kept")),
        ("slip", DEAD.format(test="blocks_of(call.outs) <= read")),
        ("slip", DEAD.format(test="{o.slot for o in call.outs} & {slot for slot, _ in read}")),
    ],
    "04.stores": [
        ("few sizes", STORES.format(calls="dict.fromkeys(calls)", end="return marked")),
        ("spoils inputs", STORES.format(calls="calls", end="calls[:] = marked; return calls")),
        ("slip", STORES.format(calls="reversed(calls)", end="return marked[::-1]")),
        (
            "does not fit",
            STORES.format(
                calls="calls",
                end="return [line._replace(store=line.store or None) for line in marked]",
            ),
        ),
    ],
    "04.program": [
        (
            "few sizes",
            PROGRAM.format(
                **OWN_PROGRAM | {"rules": "[rule for name in names for rule in SWEEPS[name]]"}
            ),
        ),
        ("few sizes", PROGRAM.format(**OWN_PROGRAM | {"start": "names = sorted(names)[:2]"})),
        (
            "few sizes",
            PROGRAM.format(
                **OWN_PROGRAM | {"known": "given(tape) | {(k, '') for k in range(len(tape))}"}
            ),
        ),
        ("spoils inputs", PROGRAM.format(**OWN_PROGRAM | {"start": "tape.names = ()"})),
        (
            "few sizes",
            PROGRAM.format(**OWN_PROGRAM) + "kept = {}\n"
            "write = program\n"
            "def program(tape, *names):\n"
            "    return kept.setdefault(names, write(tape, *names))\n",
        ),
    ],
    "04.count": [
        ("slip", "gradient_lines, hvp_lines = 5, 9\n" + FATES),
        ("slip", "gradient_lines, hvp_lines = True, 4\n" + FATES),
        ("slip", "gradient_lines, hvp_lines = 5, 4\n" + FATES + "became['L'] = ['dead']"),
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
    "04.linear": [
        "def numpy_linear(o, x, c, letters, ij):\n"
        "    for at in np.ndindex(*ij):\n"
        "        place = dict(zip('ij', at))\n"
        "        to, of = (tuple(place[letter] for letter in index) for index in letters)\n"
        "        o[to] += c * x[of]",
    ],
    "04.rules": [RULES + "    yield from (contract(o, b, a) for o, a, b in lines)"],
    "04.emit": [EMIT.format(arg="arg", calls="tuple(calls)")],
    "04.dead": [DEAD.format(test="any(o.block in read for o in call.outs)")],
    "04.stores": [STORES.format(calls="calls", end="return tuple(marked)")],
    "04.program": [PROGRAM.format(**OWN_PROGRAM)],
    "04.count": [
        "from fractions import Fraction\n"
        "gradient_lines, hvp_lines = np.int64(5), Fraction(4)\n" + FATES,
    ],
    "04.quiet": ["quiet = lambda w: total(w) * total(w) - total(w) * total(w) + total(w * 0.0)"],
    "04.line": [
        line(r"$\sum_{i} v4_{dot}[i,j] \cdot v5_{bar}[i,j]$"),
        line("10  u_bar_dot[0,j] += sum_i(v5_bar[i, j] * v4_dot[i, j])", number="np.int64(10)"),
        line("∑ v4_dot[i,j] ⋅ v5_bar[i,j]."),
    ],
}
