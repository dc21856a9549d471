"""What the text of the blank page 03.engine may hold: at most 80 lines, and no engine of others."""

import ast

MOST_LINES = 80
LESSONS = set(
    "Record Line formula listing Var record new lift shape_of trace VALUE forward shrink REVERSE "
    "reverse TANGENT tangent BILINEAR hvp_tanh REVERSE_TANGENT reverse_tangent complex_hvp tm "
    "use engine blank_engine".split()
)
LIBRARIES = set(
    "jax jaxlib torch autograd tensorflow keras mxnet casadi theano aesara pytensor tinygrad "
    "micrograd sympy importlib __import__".split()
)


def examine_engine(code):
    """What the text of an engine must not have, in a sentence; None if it is well."""
    code = without_commands(code)
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None  # running it says what is wrong
    lines = count_lines(code, tree)
    if lines > MOST_LINES:
        return (
            f"That is {lines} lines of code, and the page has room for {MOST_LINES}; blank lines, "
            "comments and docstrings do not count. What is said twice: a shape, a rule, a sweep?"
        )
    nodes = list(ast.walk(tree))
    defined = {name for node in nodes for name in names_bound(node)}
    loaded = {node.id for node in nodes if isinstance(node, ast.Name)}
    modules = {name for node in nodes for name in modules_imported(node)}
    if "tinymaml" in modules:
        return (
            "Your cell imports tinymaml, which has an engine. On this page there is NumPy, and "
            "what you write."
        )
    for name in sorted((modules | loaded) & LIBRARIES):
        return (
            f"Your cell uses {name}, which can fetch derivatives from elsewhere. On this page "
            "there is NumPy, and what you write."
        )
    for name in sorted((loaded - defined) & LESSONS):
        return (
            f"Your cell uses `{name}`, which the lessons define. On this page nothing of theirs is "
            "defined: what you need of it, write here."
        )
    return None


def without_commands(code):
    """A cell's text with empty lines in place of the notebook's own commands, `%time` and so on."""
    rows = code.split("\n")
    return "\n".join("" if row.startswith(("%", "!")) else row for row in rows)


def count_lines(code, tree):
    """How many lines of a program hold code: no blank line, comment or docstring is counted."""
    documented = set()
    for node in ast.walk(tree):
        if not isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)):
            continue
        if node.body and ast.get_docstring(node) is not None:
            documented.update(range(node.body[0].lineno, node.body[0].end_lineno + 1))
    rows = enumerate(code.split("\n"), 1)
    return sum(
        bool(row.strip()) and not row.strip().startswith("#") and number not in documented
        for number, row in rows
    )


def names_bound(node):
    """The names that a node of a program gives a meaning."""
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        return [node.name]
    if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
        return [node.id]
    if isinstance(node, ast.arg):
        return [node.arg]
    if isinstance(node, ast.alias):
        return [(node.asname or node.name).split(".")[0]]
    return []


def modules_imported(node):
    """The modules that a node imports from, without what comes after a dot."""
    if isinstance(node, ast.Import):
        return [alias.name.split(".")[0] for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return [(node.module or "").split(".")[0]]
    return []
