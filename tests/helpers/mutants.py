"""Small errors made in a solution on purpose.

`mutants(cell)` changes one thing at a time between the markers of a solution: an operator, a sign,
an index, a condition, the order of two arguments or items, a statement left out. A grader that lets
such a program pass has a hole, or the program is right too: `survivors` finds those that pass.
"""

import ast
import functools
from typing import NamedTuple

from tinymaml.course import exercise, judge, material
from tinymaml.course.lesson import BEGIN, END, same_code

SECONDS = 1  # of processor time for a mutant, or thrice the solution's: many never end


# The errors.


class Mutant(NamedTuple):
    key: str  # "before -> after", as exercise.py explains
    code: str


OPERATORS = {
    ast.Add: (ast.Sub, ast.Mult),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.Add, ast.Div),
    ast.Div: (ast.Mult,),
    ast.MatMult: (ast.Mult,),
    ast.Pow: (ast.Mult,),
    ast.FloorDiv: (ast.Div,),
    ast.Mod: (ast.FloorDiv,),
    ast.BitAnd: (ast.BitOr,),
    ast.BitOr: (ast.BitAnd,),
    ast.LShift: (ast.RShift,),
    ast.RShift: (ast.LShift,),
    ast.BitXor: (ast.BitAnd,),
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.GtE),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.LtE),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.And: (ast.Or,),
    ast.Or: (ast.And,),
}
ANY_ORDER = {
    "max",
    "min",
    "maximum",
    "minimum",
    "isclose",
    "allclose",
    "array_equal",
    "logaddexp",
    "hypot",
    "gcd",
    "broadcast_shapes",
    "isinstance",
}
ORDERED = ast.MatMult, ast.Sub, ast.Div, ast.Pow  # operators whose sides cannot be swapped
BLOCKS = "body", "orelse", "finalbody"


def mutants(cell):
    """The mutants of a solution, the text of its cell: each program once, none the same as the
    solution."""
    tree = ast.parse(cell)
    for parent in ast.walk(tree):
        for child in ast.iter_child_nodes(parent):
            child.parent = parent
    original = ast.unparse(tree)
    first, last = solution_lines(cell)
    found = {}  # code -> Mutant
    for node in list(ast.walk(tree)):
        if first < getattr(node, "lineno", 0) < last:
            for change in changes(node):
                mutant = make_change(tree, node, change)
                found.setdefault(mutant.code, mutant)
        for block in blocks_of(node):
            for k, statement in enumerate(block):
                if first < statement.lineno < last and does_something(statement):
                    mutant = leave_out(tree, block, k)
                    found.setdefault(mutant.code, mutant)
    assert ast.unparse(tree) == original
    return [mutant for code, mutant in found.items() if not same_code(code, original)]


def solution_lines(cell):
    """The numbers of the lines that open and close a cell's solution."""
    rows = [row.strip() for row in cell.split("\n")]
    return rows.index(BEGIN) + 1, rows.index(END) + 1


def make_change(tree, node, change):
    """The Mutant that a change of this node makes; afterwards the tree is what it was."""
    around = expression_around(node)
    before = ast.unparse(around)
    undo, new = change()
    code = ast.unparse(tree)
    after = ast.unparse(new if around is node else around)
    undo()
    return Mutant(f"{headline(before)} -> {headline(after)}", code)


def leave_out(tree, block, k):
    """The Mutant without a block's statement k; afterwards the tree is what it was."""
    statement = block[k]
    block[k] = ast.Pass()
    code = ast.unparse(tree)
    block[k] = statement
    return Mutant(f"{headline(ast.unparse(statement))} -> pass", code)


def blocks_of(node):
    """The lists of statements that a node consists of."""
    if not isinstance(node, ast.stmt) and not hasattr(node, "body"):
        return []
    blocks = [getattr(node, name, None) for name in BLOCKS]
    return [block for block in blocks if isinstance(block, list)]  # a lambda's body is none


def does_something(statement):
    """Is it neither `pass` nor a docstring?"""
    if isinstance(statement, ast.Expr):
        return not isinstance(statement.value, ast.Constant)
    return not isinstance(statement, ast.Pass)


def headline(text):
    """Of a statement with a block, its first line."""
    return text.split("\n")[0]


def expression_around(node):
    """The smallest part of the program around a node that says what it is about: not a lone number,
    name, sign or pair."""
    small = ast.Constant, ast.Name, ast.Tuple, ast.UnaryOp, ast.Slice, ast.Starred
    while isinstance(node, small) and not isinstance(node.parent, (ast.stmt, ast.Lambda)):
        node = node.parent
    if isinstance(node, (ast.Constant, ast.Name)) or not isinstance(node, (ast.expr, ast.stmt)):
        return node.parent
    return node


# A change is a function without arguments: it changes the tree and returns what undoes that, a
# function too, and the node that stands there now.


def replace(node, new):
    """The change that puts another node in the place of this one."""

    def change():
        parent = node.parent
        for field, value in ast.iter_fields(parent):
            if value is node:
                setattr(parent, field, new)
                return functools.partial(setattr, parent, field, node), new
            if isinstance(value, list) and any(item is node for item in value):
                place = next(k for k, item in enumerate(value) if item is node)
                value[place] = new
                return functools.partial(value.__setitem__, place, node), new
        raise LookupError(node)

    return change


def assign(node, field, new):
    """The change that gives a field of this node another value."""

    def change():
        old = getattr(node, field)
        setattr(node, field, new)
        return functools.partial(setattr, node, field, old), node

    return change


def swap(node):
    """The change that swaps the two sides of an operator."""

    def swap_sides():
        node.left, node.right = node.right, node.left

    def change():
        swap_sides()
        return swap_sides, node

    return change


def swap_neighbours(node, field):
    """The changes that swap two neighbours, among the first four, in a list of this node."""
    items = getattr(node, field)
    found = []
    for k in range(min(len(items) - 1, 3)):
        swapped = [*items[:k], items[k + 1], items[k], *items[k + 2 :]]
        found.append(assign(node, field, swapped))
    return found


def changes(node):
    """What can be wrong with a node: a list of changes."""
    found = []
    if isinstance(node, (ast.BinOp, ast.AugAssign, ast.BoolOp)):
        for other in OPERATORS.get(type(node.op), ()):
            found.append(assign(node, "op", other()))
    if isinstance(node, ast.BinOp) and isinstance(node.op, ORDERED):
        found.append(swap(node))
    if isinstance(node, ast.Compare):
        for k, op in enumerate(node.ops):
            for other in OPERATORS[type(op)]:
                found.append(assign(node, "ops", [*node.ops[:k], other(), *node.ops[k + 1 :]]))
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.Not, ast.Invert)):
        found.append(replace(node, node.operand))
    if isinstance(node, ast.Constant):
        found += [assign(node, "value", other) for other in other_constants(node.value)]
    if isinstance(node, ast.Attribute) and node.attr in ("T", "mT"):
        found.append(replace(node, node.value))
    if isinstance(node, (ast.Tuple, ast.List)) and not is_membership(node):
        found += swap_neighbours(node, "elts")
    if isinstance(node, ast.Call):
        function = getattr(node.func, "attr", getattr(node.func, "id", ""))
        if function not in ANY_ORDER:
            found += swap_neighbours(node, "args")
    if isinstance(node, (ast.If, ast.While, ast.IfExp)):
        found.append(assign(node, "test", ast.UnaryOp(ast.Not(), node.test)))
    if isinstance(node, ast.AugAssign):
        plain = ast.copy_location(ast.Assign([node.target], node.value), node)
        found.append(replace(node, plain))
    return found


def other_constants(value):
    """What may be written by mistake in place of a constant."""
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int):
        return [value + 1, value - 1] if value > 0 else [value + 1]
    if isinstance(value, (float, complex)):
        return [-value if value else 1.0]
    return []


def is_membership(node):
    """Is it the right side of `x in (1, 2)`, where the order says nothing?"""
    compare = node.parent
    return isinstance(compare, ast.Compare) and isinstance(compare.ops[-1], (ast.In, ast.NotIn))


# The check of a grader.


def survivors(name, graders):
    """The keys of the solution's mutants that pass and are not listed as equivalent, and the keys
    listed that none has."""
    listed = exercise.find(name).equivalent
    solution = material.find(name).answer(name).solution
    every = mutants(solution)
    tried = [mutant for mutant in every if mutant.key not in listed]
    if "*" in listed:
        tried = []
    seconds = max(SECONDS, 3 * graders.seconds(name, solution)) if tried else SECONDS
    verdicts = graders(name, [mutant.code for mutant in tried], seconds)
    passed = []
    for mutant, verdict in zip(tried, verdicts, strict=True):
        if verdict.verdict == judge.PASSED:
            passed.append(mutant.key)
    known = {"*"} | {mutant.key for mutant in every}
    return passed, [key for key in listed if key not in known]
