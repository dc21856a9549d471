"""What to write instead of a name that a loss does not know: NumPy's, Python's or a framework's.

In `code` x and z are values of the loss, traced or not; a, b, c, n are numbers or arrays of floats,
m and y arrays in the data. What was 1-D is a row. The tests run every `code` as it stands.
"""

import difflib
from typing import Collection, NamedTuple

OPERATIONS = (
    "tanh sin cos exp log sqrt square abs step maximum minimum relu softplus sigmoid reciprocal "
    "logsumexp softmax cross_entropy sum mean cumsum transpose reshape"
).split()


class Advice(NamedTuple):
    """What to write, and what to know about it."""

    code: str  # "": there is no expression that does it
    remark: str = ""

    def __str__(self) -> str:
        if not self.code:
            return self.remark
        return f"write {self.code}" + (f", {self.remark}" if self.remark else "")


POSITIVE = "for x > 0"
SMALL = "which loses digits where x is near 0"
SQUARED_NORM = "the square of the norm: the norm itself has no derivative at 0"
VARIANCE = "the variance: its root has no derivative where it is 0"
LOGITS = "with x of shape (rows, classes), before any softmax, and y one-hot rows"
NO_DERIVATIVE = (
    "it has no useful derivative: compute it outside of the loss, and pass the result as data"
)
PARTS = "write one parameter for each part, and add the parts' products"
SHAPE = "write data and parameters in the shape you need: blocks always have two dimensions"
PRECISION = "leave it out: the precision is that of w"
OUTSIDE = (
    "compute it outside of the loss, from the w at hand, and pass the result as data: "
    "it stays the same in all inner steps"
)

ADVICE = {  # names -> what to write
    # the larger, the smaller, the size
    "maximum fmax": Advice("tm.maximum(x, z)"),
    "minimum fmin": Advice("tm.minimum(x, z)"),
    "clip clamp": Advice("tm.maximum(a, tm.minimum(x, b))"),
    "abs absolute fabs": Advice("tm.abs(x)", "with slope 0 at 0"),
    "heaviside": Advice("tm.step(x)", "½ at 0, with slope 0 everywhere"),
    "sign": Advice("2.0 * tm.step(x) - 1.0", "with slope 0 everywhere"),
    "max amax": Advice(
        "tm.logsumexp(c * x) / c",
        "for each row, with c > 0: only near, up to log(n) / c above the largest of n numbers; "
        "the larger of two values is tm.maximum(x, z)",
    ),
    "min amin": Advice(
        "-tm.logsumexp(-c * x) / c",
        "for each row, with c > 0: only near, up to log(n) / c below the smallest of n numbers; "
        "the smaller of two values is tm.minimum(x, z)",
    ),
    "where": Advice(
        "m * x + (1 - m) * z",
        "with m an array of 0.0 and 1.0 in the data, and x and z finite everywhere; "
        "for a condition on x itself tm.step, tm.relu or tm.maximum",
    ),
    # powers, exponentials, logarithms
    "power float_power pow": Advice(
        "tm.exp(n * tm.log(x))", f"{POSITIVE}; x ** 2 and x * x * x are right for every x"
    ),
    "prod": Advice("tm.exp(tm.sum(tm.log(x)))", POSITIVE),
    "log1p": Advice("tm.log(1 + x)", SMALL),
    "log2": Advice("tm.log(x) / math.log(2)", POSITIVE),
    "log10": Advice("tm.log(x) / math.log(10)", POSITIVE),
    "expm1": Advice("tm.exp(x) - 1", SMALL),
    "exp2": Advice("tm.exp(x * math.log(2))"),
    "logaddexp": Advice("z + tm.softplus(x - z)"),
    "tan": Advice("tm.sin(x) / tm.cos(x)"),
    "sinh": Advice("0.5 * (tm.exp(x) - tm.exp(-x))", SMALL),
    "cosh": Advice("0.5 * (tm.exp(x) + tm.exp(-x))"),
    # sums and products
    "multiply": Advice("x * z"),
    "add": Advice("x + z"),
    "subtract": Advice("x - z"),
    "divide true_divide": Advice("x / z"),
    "negative": Advice("-x"),
    "positive": Advice("x"),
    "dot matmul mm": Advice("x @ z", "or, for two rows, tm.sum(x * z)"),
    "inner": Advice("tm.sum(x * z)", "for two rows; of two blocks x @ tm.transpose(z)"),
    "vdot": Advice("tm.sum(x * z)"),
    "outer": Advice("tm.transpose(x) @ z", "for two rows"),
    "trace": Advice("tm.sum(x * np.eye(n))"),
    "einsum tensordot": Advice("", "write @, * and tm.sum"),
    "average": Advice("tm.mean(x)"),
    "var": Advice("tm.mean(tm.square(x - tm.mean(x)))"),
    "std": Advice("tm.mean(tm.square(x - tm.mean(x)))", VARIANCE),
    "norm": Advice("tm.sum(tm.square(x))", SQUARED_NORM),
    # networks
    "leaky_relu": Advice("0.01 * x + 0.99 * tm.relu(x)"),
    "relu6": Advice("tm.relu(x) - tm.relu(x - 6)"),
    "elu": Advice("x + tm.relu(-x) + tm.exp(-tm.relu(-x)) - 1"),
    "gelu": Advice(
        "0.5 * x * (1 + tm.tanh(0.79788456 * (x + 0.044715 * x * x * x)))",
        "the usual approximation, at most 0.0005 off",
    ),
    "silu swish": Advice("x * tm.sigmoid(x)"),
    "expit": Advice("tm.sigmoid(x)"),
    "log_sigmoid logsigmoid": Advice("-tm.softplus(-x)"),
    "softmax": Advice("tm.softmax(x)", "for each row"),
    "log_softmax": Advice("x - tm.logsumexp(x)", "for each row"),
    "cross_entropy": Advice("tm.cross_entropy(x, y)", LOGITS),
    "binary_cross_entropy binary_cross_entropy_with_logits": Advice(
        "tm.mean(tm.softplus(x) - y * x)",
        "with x before any sigmoid, and y an array of 0.0 and 1.0",
    ),
    "mse mse_loss": Advice("tm.mean(tm.square(x - y))"),
    "dropout": Advice("m * x", "with m an array of 0.0 and 1.0 in the data"),
    "stop_gradient detach": Advice("", OUTSIDE),
    "grad value_and_grad": Advice(
        "", "make loss = tm.Loss(function, params), and call loss.gradient(w, *data)"
    ),
    # what has no derivative
    "signbit copysign floor ceil trunc rint round fix": Advice("", NO_DERIVATIVE),
    "mod fmod remainder floor_divide divmod": Advice("", NO_DERIVATIVE),
    "argmax argmin argsort sort median": Advice("", NO_DERIVATIVE),
    "greater less equal isnan isfinite": Advice("", NO_DERIVATIVE),
    # shapes and types
    "shape": Advice("x.shape"),
    "size": Advice("x.size"),
    "swapaxes t": Advice("tm.transpose(x)"),
    "reshape view": Advice("tm.reshape(x, rows, columns)", "row by row"),
    "flatten ravel": Advice("tm.reshape(x, 1, x.size)", "which is one row"),
    "cumsum": Advice("tm.cumsum(x, axis=0)", "down the rows, or axis=1"),
    "expand_dims squeeze": Advice("", SHAPE),
    "concatenate concat stack vstack hstack": Advice("", PARTS),
    "astype dtype": Advice("", PRECISION),
    "copy": Advice("x", "which never changes"),
    "item": Advice("x", "which is 1 x 1"),
    # operations of which more is to be said than their name
    "sqrt": Advice("tm.sqrt(x)", f"{POSITIVE}: at 0 its slope is infinite"),
    "log": Advice("tm.log(x)", POSITIVE),
}


def by_name() -> dict[str, Advice]:
    """`ADVICE` with an entry for each name."""
    table = {}
    for names, advice in ADVICE.items():
        for name in names.split():
            table[name] = advice
    return table


INSTEAD = by_name()


def instead(name: str) -> str:
    """The advice for a name: what to write, or which operations there are."""
    if name in INSTEAD:
        return str(INSTEAD[name])
    if name in OPERATIONS:
        return f"write tm.{name}"
    return f"the operations are + - * / @, ** 2, .T and tm.{', tm.'.join(OPERATIONS)}"


def describe_missing(name: str, known: Collection[str]) -> str:
    """Why there is no `tm.name`: the advice for it, or a name that may be meant.

    known: the names that `tm` has. Capitals and underscores do not matter.
    """
    spellings = {simplify(other): other for other in [*INSTEAD, *known]}
    near = difflib.get_close_matches(simplify(name), spellings, n=1, cutoff=0.8)
    if not near:
        return f"tinymaml has no {name}; {instead(name)}"
    meant = spellings[near[0]]
    if meant in known:
        return f"tinymaml has no {name}; did you mean tm.{meant}?"
    if simplify(meant) == simplify(name):
        return f"tinymaml has no {name}; {instead(meant)}"
    return f"tinymaml has no {name}; did you mean {meant}? For it {instead(meant)}"


def simplify(name: str) -> str:
    return name.replace("_", "").lower()
