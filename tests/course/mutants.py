"""Small errors made in a solution on purpose, and a quick way to grade many answers.

`mutants(cell)` changes one thing at a time between the markers of a solution: an operator, a sign,
an index, a condition, the order of two arguments or items, a statement left out. A grader that lets
such a program pass has a hole, or the program is right too.

`Graders` grades as tinymaml.course.sandbox does (the same judge.grade, the same limits), without
the wait for an interpreter: a process that has imported everything makes a copy of itself for each
answer. Linux and macOS; elsewhere the sandbox it is.
"""

import ast
import json
import os
import random
import select
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Queue
from typing import NamedTuple

from tinymaml.course import exercise, judge, material, sandbox, worker
from tinymaml.course.lesson import BEGIN, END, same_code
from tinymaml.course.sandbox import MEMORY

SECONDS = 1  # of processor time for a mutant, or thrice the solution's: many never end
ROOT = Path(__file__).parents[2]


# ---- the errors


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
BLOCKS = "body", "orelse", "finalbody"


def mutants(cell):
    """The mutants of a solution, the text of its cell: each program once, none the same as the
    solution."""
    rows = cell.split("\n")
    first, last = (
        next(k for k, row in enumerate(rows, 1) if row.strip() == mark) for mark in (BEGIN, END)
    )
    tree = ast.parse(cell)
    for parent in ast.walk(tree):
        for child in ast.iter_child_nodes(parent):
            child.parent = parent
    original, found = ast.unparse(tree), {}
    for node in list(ast.walk(tree)):
        if first < getattr(node, "lineno", 0) < last:
            for change in changes(node):
                around = piece(node)
                before = ast.unparse(around)
                undo, new = change()
                code = ast.unparse(tree)
                key = f"{headline(before)} -> {headline(ast.unparse(new if around is node else around))}"
                undo()
                found.setdefault(code, Mutant(key, code))
        if isinstance(node, ast.stmt) or hasattr(node, "body"):
            for block in (getattr(node, name, None) for name in BLOCKS):
                for k, statement in enumerate(block if isinstance(block, list) else []):
                    if (
                        first < statement.lineno < last
                        and not isinstance(statement, ast.Pass)
                        and not docstring(statement)
                    ):
                        block[k] = ast.Pass()
                        found.setdefault(
                            ast.unparse(tree),
                            Mutant(
                                f"{headline(ast.unparse(statement))} -> pass", ast.unparse(tree)
                            ),
                        )
                        block[k] = statement
    assert ast.unparse(tree) == original
    return [mutant for code, mutant in found.items() if not same_code(code, original)]


def docstring(statement):
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def headline(text):
    """Of a statement with a block, its first line."""
    return text.split("\n")[0]


def piece(node):
    """The smallest part of the program around a node that says what it is about: not a lone number,
    name, sign or pair."""
    small = ast.Constant, ast.Name, ast.Tuple, ast.UnaryOp, ast.Slice, ast.Starred
    while isinstance(node, small) and not isinstance(node.parent, (ast.stmt, ast.Lambda)):
        node = node.parent
    return (
        node.parent
        if isinstance(node, (ast.Constant, ast.Name)) or not isinstance(node, (ast.expr, ast.stmt))
        else node
    )


def replaced(node, new):
    """A change: put another node in the place of this one. -> what undoes it, the new node."""
    for field, value in ast.iter_fields(node.parent):
        if value is node:
            setattr(node.parent, field, new)
            return lambda: setattr(node.parent, field, node), new
        if isinstance(value, list) and any(item is node for item in value):
            place = next(k for k, item in enumerate(value) if item is node)
            value[place] = new
            return lambda: value.__setitem__(place, node), new
    raise LookupError(node)


def assigned(node, field, new):
    """A change: give a field of this node another value."""
    old = getattr(node, field)
    setattr(node, field, new)
    return lambda: setattr(node, field, old), node


def changes(node):
    """What can be wrong with a node: functions that make the change and return what undoes it, and
    the node changed."""
    found = []

    def to(new):
        found.append(lambda: replaced(node, new))

    def put(field, new):
        found.append(lambda: assigned(node, field, new))

    if isinstance(node, (ast.BinOp, ast.AugAssign, ast.BoolOp)):
        for other in OPERATORS.get(type(node.op), ()):
            put("op", other())
    if isinstance(node, ast.BinOp) and isinstance(
        node.op, (ast.MatMult, ast.Sub, ast.Div, ast.Pow)
    ):
        found.append(lambda: swapped(node))
    if isinstance(node, ast.Compare):
        for k, op in enumerate(node.ops):
            for other in OPERATORS[type(op)]:
                put("ops", [*node.ops[:k], other(), *node.ops[k + 1 :]])
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.Not, ast.Invert)):
        to(node.operand)
    if isinstance(node, ast.Constant):
        value = node.value
        if isinstance(value, bool):
            put("value", not value)
        elif isinstance(value, int):
            put("value", value + 1)
            if value > 0:
                put("value", value - 1)
        elif isinstance(value, (float, complex)):
            put("value", -value if value else 1.0)
    if isinstance(node, ast.Attribute) and node.attr in ("T", "mT"):
        to(node.value)
    if isinstance(node, (ast.Tuple, ast.List)) and not membership(node):
        for k in range(min(len(node.elts) - 1, 3)):
            put("elts", [*node.elts[:k], node.elts[k + 1], node.elts[k], *node.elts[k + 2 :]])
    if (
        isinstance(node, ast.Call)
        and getattr(node.func, "attr", getattr(node.func, "id", "")) not in ANY_ORDER
    ):
        for k in range(min(len(node.args) - 1, 3)):
            put("args", [*node.args[:k], node.args[k + 1], node.args[k], *node.args[k + 2 :]])
    if isinstance(node, (ast.If, ast.While, ast.IfExp)):
        put("test", ast.UnaryOp(ast.Not(), node.test))
    if isinstance(node, ast.AugAssign):
        to(ast.copy_location(ast.Assign([node.target], node.value), node))
    return found


def membership(node):
    """Is it the right side of `x in (1, 2)`, where the order says nothing?"""
    return isinstance(node.parent, ast.Compare) and isinstance(
        node.parent.ops[-1], (ast.In, ast.NotIn)
    )


def swapped(node):
    node.left, node.right = node.right, node.left
    return lambda: swapped(node), node


# ---- grading many


class Graders:
    """with Graders() as graders: verdicts = graders([(name, code), ...]). As many processes as
    given."""

    def __init__(self, count=2):
        self.count, self.idle = count, Queue()

    def __enter__(self):
        environment = os.environ | {
            "PYTHONPATH": str(ROOT),
            "OPENBLAS_NUM_THREADS": "1",
            "TINYMAML_GRADING": "1",
            "MPLBACKEND": "agg",
        }
        self.processes = [
            subprocess.Popen(
                [sys.executable, "-W", "ignore", __file__],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env=environment,
            )
            for _ in range(self.count * hasattr(os, "fork"))
        ]
        for process in self.processes or range(self.count):
            self.idle.put(process)
        self.pool = ThreadPoolExecutor(self.count)
        return self

    def __exit__(self, *error):
        self.pool.shutdown()
        for process in self.processes:
            process.stdin.close()
            process.wait()
            process.stdout.close()

    def __call__(self, jobs, seconds=None):
        """The Verdicts on answers, pairs of the exercise's name and the cell's text. seconds: as in
        sandbox.grade."""
        return list(self.pool.map(lambda job: self.one(*job, seconds), jobs))

    def one(self, name, code, seconds):
        process = self.idle.get()
        try:
            if not isinstance(process, subprocess.Popen):
                return sandbox.grade(name, code, seconds)
            process.stdin.write(
                json.dumps([name, code, seconds or exercise.find(name).seconds]).encode() + b"\n"
            )
            process.stdin.flush()
            return judge.Verdict(*json.loads(process.stdout.readline()))
        finally:
            self.idle.put(process)


def serve():
    """What each of these processes does: a job a line in, a verdict a line out."""
    answers = os.dup(1)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for number in (1, 2):
        os.dup2(nowhere, number)
    for line in sys.stdin:
        name, code, seconds = json.loads(line)
        imported(name)
        os.write(answers, json.dumps(list(graded(name, code, seconds))).encode() + b"\n")


def imported(name, done=set()):  # noqa: B006 (lessons that were seen to)
    """All that grading this exercise will import."""
    for number, lesson in material.sources().items():
        if number <= name[:2] and number not in done:
            for node in ast.walk(
                ast.parse("\n".join(cell.text for cell in lesson.cells if cell.given))
            ):
                if isinstance(node, (ast.Import, ast.ImportFrom)):
                    exec(compile(ast.Module([node], []), "", "exec"), {})
            done.add(number)
    exercise.find(name)


def graded(name, code, seconds):
    """The Verdict, found by a copy of this process."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.setsid()
            worker.limit(seconds, MEMORY)
            os.write(writing, json.dumps(list(judge.grade(name, code))).encode()[:60_000])
        finally:
            os._exit(1)
    os.close(writing)
    late = not select.select([reading], [], [], sandbox.START + sandbox.WALL * seconds)[0]
    said = b"" if late else os.read(reading, 65536)
    os.close(reading)
    try:
        os.killpg(child, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass
    status = os.waitpid(child, 0)[1]
    if said:
        return judge.Verdict(*json.loads(said))
    slow = late or os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGXCPU
    return judge.Verdict(
        name, judge.SLOW if slow else judge.CRASHED, f"the process ended with status {status}"
    )


# ---- the check of a grader


def survivors(name, graders, sample=None):
    """The keys of the solution's mutants that pass and are not listed as equivalent, and the keys
    listed that none has.

    sample: how many are tried, the same ones every time; None: all of them.
    """
    listed = exercise.find(name).equivalent
    every = mutants(material.find(name).answer(name).solution)
    tried = [mutant for mutant in every if mutant.key not in listed]
    if sample is not None and sample < len(tried):
        tried = random.Random(name).sample(tried, sample)
    if "*" in listed:
        tried = []
    began = time.monotonic()
    graders([(name, material.find(name).answer(name).solution)])
    verdicts = graders(
        [(name, mutant.code) for mutant in tried], max(SECONDS, 3 * (time.monotonic() - began))
    )
    passed = [
        mutant.key for mutant, verdict in zip(tried, verdicts) if verdict.verdict == judge.PASSED
    ]
    return passed, [
        key for key in listed if key != "*" and key not in {mutant.key for mutant in every}
    ]


if __name__ == "__main__":
    serve()
