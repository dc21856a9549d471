"""What to write instead: NumPy's and Python's names, and the operation of a loss that does it."""

OPERATIONS = (
    "tanh sin cos exp log sqrt square relu softplus sigmoid reciprocal logsumexp sum mean transpose"
).split()
INSTEAD = {  # NumPy's or Python's name -> what to write
    "maximum": "tm.relu(x - c) + c",
    "minimum": "c - tm.relu(c - x)",
    "where": "tm.relu or a constant 0/1 array times x",
    "abs": "tm.sqrt(tm.square(x) + 1e-12)",
    "absolute": "tm.sqrt(tm.square(x) + 1e-12)",
    "fabs": "tm.sqrt(tm.square(x) + 1e-12)",
    "max": "tm.logsumexp",
    "amax": "tm.logsumexp",
    "dot": "x @ z",
    "matmul": "x @ z",
    "inner": "tm.sum(x * z)",
    "vdot": "tm.sum(x * z)",
    "power": "x ** 2, x * x * x or tm.exp(n * tm.log(x))",
    "multiply": "x * z",
    "add": "x + z",
    "subtract": "x - z",
    "divide": "x / z",
    "negative": "-x",
    "log1p": "tm.log(1 + x)",
    "expm1": "tm.exp(x) - 1",
    "tan": "tm.sin(x) / tm.cos(x)",
    "average": "tm.mean(x)",
    "var": "tm.mean(tm.square(x - tm.mean(x)))",
    "std": "tm.sqrt(tm.mean(tm.square(x - tm.mean(x))))",
    "outer": "x.T @ z",
    "linalg.norm": "tm.sqrt(tm.sum(tm.square(x)))",
    "norm": "tm.sqrt(tm.sum(tm.square(x)))",
    "trace": "tm.sum(x * np.eye(n))",
    "einsum": "@, * and tm.sum",
    "shape": "x.shape",
    "size": "x.size",
    "clip": "a + tm.relu(x - a) - tm.relu(x - b)",
    "reshape": "data and parameters in the shape you need",
    "flatten": "tm.sum or x.T where you need them",
    "ravel": "tm.sum or x.T where you need them",
    "astype": "nothing: the precision is that of w",
    "copy": "x itself: values never change",
    "dtype": "nothing that depends on it: the precision is that of w",
    "item": "the 1 x 1 value itself",
    "concatenate": "one parameter for each part, and add the parts' products",
    "stack": "one parameter for each part",
    "vstack": "one parameter for each part",
    "hstack": "one parameter for each part",
    "swapaxes": "x.T",
    "logaddexp": "z + tm.softplus(x - z)",
    "abs()": "tm.sqrt(tm.square(x) + 1e-12)",
}


def instead(name: str) -> str:
    """The advice for a name: what to write, or which operations there are."""
    if name in OPERATIONS:
        return f"write tm.{name}"
    if name in INSTEAD:
        return f"write {INSTEAD[name]}"
    return f"the operations are + - * / @, ** 2, .T and tm.{', tm.'.join(OPERATIONS)}"
