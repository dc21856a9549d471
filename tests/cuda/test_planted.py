"""Mistakes planted in the kernels, one at a time: each barrier taken out, each shared-out loop run
by every lane. All are found."""

import ast
import functools
import inspect

import network
import played
import pytest
from reference import fixed
from test_derivatives import FIXED
from test_meta_gradient import W

from tinymaml.engine.compiled import elementwise as pointwise
from tinymaml.engine.compiled import inner_loop as nested
from tinymaml.engine.compiled import kernels
from tinymaml.engine.gpu.emulator import Race

HOW = dict(lanes=3, order=(2, 0, 1), blocks=2)
MODULES = {"nested": nested, "kernels": kernels, "pointwise": pointwise}
# what changes nothing: more lanes than numbers are few, lanes turn no squares of one number, and
# who is far may be asked by every lane
SAME = [("nested", "chunk", 4), ("kernels", "transpose", 1), ("pointwise", "apply", 1)]


def sites(module, word):
    """Where a module's kernels say the word: (function, which one of its calls)."""
    tree = ast.parse(inspect.getsource(module))
    return [
        (f.name, k)
        for f in tree.body
        if isinstance(f, ast.FunctionDef) and f.decorator_list
        for k, _ in enumerate(n for n in ast.walk(f) if is_call(n, word))
    ]


def is_call(node, word):
    return isinstance(node, ast.Call) and getattr(node.func, "id", "") == word


def without(module, function, which, word):
    """The module's functions, of which one has 0, `int()`, in place of the word."""
    tree = ast.parse(inspect.getsource(module))
    found = [
        n
        for f in tree.body
        if isinstance(f, ast.FunctionDef) and f.name == function
        for n in ast.walk(f)
        if is_call(n, word)
    ]
    if which is not None:
        found[which].func = ast.Name("int", ast.Load())
    for f in tree.body:  # plain Python: Numba need not hear of the mistake
        if isinstance(f, ast.FunctionDef):
            f.decorator_list = []
    names = {f.name for f in tree.body if isinstance(f, ast.FunctionDef)}
    tree.body = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    changed = dict(vars(module))
    exec(compile(ast.fix_missing_locations(tree), module.__file__, "exec"), changed)
    return {name: changed[name] for name in names}


@functools.cache
def scenarios():
    """Runs that together come through every kernel: losses with every function, long sums,
    broadcasts, and the nested loops."""

    def nest(method, kind):
        return lambda: played.meta_gradient(network.LOSS, W, kind(2, B=3), 2, method, **HOW)

    tasks = {"finite-sum": lambda steps, B: network.finite_sum(B=B), "resampled": network.resampled}
    single = fixed([(1,)], [], [], ("*", 0, 0), ("mean", 1, None))  # a product of single numbers
    far = fixed(
        [(2, 3)], [], [], ("x*c", 0, 1e5), ("sin", 1), ("cos", 1), ("*", 2, 3), ("mean", 4, None)
    )
    losses = [
        lambda p=p: played.derivative(p, "hvp", **HOW) for p in (*FIXED.values(), single, far)
    ]
    return [nest("hessian-free", tasks["resampled"]), nest("exact", tasks["finite-sum"]), *losses]


def found(monkeypatch, module, function, which, word):
    changed = without(module, function, which, word)
    for where in MODULES.values():
        for name, f in changed.items():
            if hasattr(where, name):
                monkeypatch.setattr(where, name, f)
    for run in scenarios():
        try:
            run()
        except Race:
            return True
    return False


@pytest.mark.parametrize("function, which", sites(nested, "barrier"))
def test_no_barrier_can_be_left_out(monkeypatch, function, which):
    assert found(monkeypatch, nested, function, which, "barrier")


@pytest.mark.parametrize(
    "module, function, which", [(m, *s) for m in MODULES for s in sites(MODULES[m], "lane")]
)
def test_no_loop_may_be_run_by_every_lane(monkeypatch, module, function, which):
    """What several lanes write is found even where all of them write the same."""
    assert found(monkeypatch, MODULES[module], function, which, "lane") != (
        (module, function, which) in SAME
    )


def test_without_a_mistake_nothing_is_found(monkeypatch):
    assert not found(monkeypatch, nested, "mean", None, "barrier")
