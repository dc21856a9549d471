"""Mistakes planted in the kernels, one at a time: each barrier taken out, each shared-out loop run
by every lane. All are found."""

import ast
import functools
import inspect

import numpy as np
import pytest

from helpers import emulator, network
from helpers.fixed_losses import FIXED
from helpers.meta_gradients import W
from helpers.reference import fixed
from tinymaml.engine.compiled import elementwise, inner_loop, interpreter, kernels, lanes, matmul
from tinymaml.engine.gpu.emulator import Race

pytestmark = pytest.mark.lesson_06

OPTIONS = {"lanes": 3, "order": (2, 0, 1), "blocks": 2}
MODULES = {
    module.__name__.rpartition(".")[2]: module
    for module in (elementwise, inner_loop, interpreter, kernels, matmul)
}
MISTAKES = {
    "barrier": lambda: None,
    "lane": lambda: 0,
    "my_share": lambda n: range(n),
    "my_pieces": lambda n, length: range(0, n, length),
}
# what changes nothing: more lanes than numbers are few; squares of one number leave no rest
SAME = [
    ("inner_loop", "check_task", "lane", 0),
    ("kernels", "transpose", "my_share", 0),
]


def calls(module, word):
    """The module's functions that say the word: (name, one of its calls), in the module's tree."""
    tree = ast.parse(inspect.getsource(module))
    found = []
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef):
            named = [
                node
                for node in ast.walk(function)
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") == word
            ]
            nested = any(isinstance(node, ast.FunctionDef) for node in function.body)
            found += [] if nested else [(function.name, call) for call in named]
    return tree, found


def sites(words):
    """All calls of these words: (module, function, word, which of the function's calls)."""
    found = []
    for name, module in MODULES.items():
        for word in words:
            functions = [function for function, _ in calls(module, word)[1]]
            for k, function in enumerate(functions):
                found.append((name, function, word, k - functions.index(function)))
    return found


def plant(monkeypatch, name, function, word, which):
    """Make the module's functions anew, in plain Python, with one call of the word replaced."""
    module = MODULES[name]
    tree, found = calls(module, word)
    if which is not None:
        [call for owner, call in found if owner == function][which].func.id = "mistaken"
    changed = {"__name__": module.__name__, "__package__": module.__package__}
    changed["mistaken"] = MISTAKES[word]
    with monkeypatch.context() as without_numba:
        for decorator in ("jit", "jit_inline"):
            without_numba.setattr(lanes, decorator, lambda function: function)
        exec(compile(tree, module.__file__, "exec"), changed)
    originals = dict(vars(module))
    for user in MODULES.values():
        for key, value in list(vars(user).items()):
            if inspect.isfunction(value) and originals.get(key) is value:
                monkeypatch.setattr(user, key, changed[key])


@functools.cache
def scenarios():
    """Runs that together come through every kernel: losses with every function, long sums,
    broadcasts, and the inner loops, also with a stepsize for each parameter."""
    vector = np.linspace(0.05, 0.1, len(W))

    def play_tasks(method, tasks, alpha=0.1):
        return lambda: emulator.meta_gradient(network.LOSS, W, tasks, 2, method, alpha, **OPTIONS)

    def play_loss(program):
        return lambda: emulator.derivative(program, "hvp", **OPTIONS)

    single = fixed([(1,)], [], [], ("*", 0, 0), ("mean", 1, None))  # a product of single numbers
    return [
        play_tasks("hessian-free", network.resampled(2, B=3)),
        play_tasks("exact", network.finite_sum(B=3)),
        *(play_loss(program) for program in (*FIXED.values(), single)),
        play_tasks("exact", network.finite_sum(B=3), vector),
        play_tasks("first-order", network.finite_sum(B=3), vector),
    ]


def is_found(monkeypatch, *site):
    plant(monkeypatch, *site)
    for run in scenarios():
        try:
            run()
        except Race:
            return True
    return False


@pytest.mark.parametrize("site", sites(["barrier"]), ids=str)
def test_no_barrier_can_be_left_out(monkeypatch, site):
    assert is_found(monkeypatch, *site)


def every_third(found):
    """Two thirds of the tests are slow ones: each takes half a second."""
    parameters = []
    for k, site in enumerate(found):
        marks = [pytest.mark.slow] if k % 3 else []
        parameters.append(pytest.param(site, marks=marks))
    return parameters


@pytest.mark.parametrize("site", every_third(sites(["lane", "my_share", "my_pieces"])), ids=str)
def test_no_loop_may_be_run_by_every_lane(monkeypatch, site):
    """What several lanes write is found even where all of them write the same."""
    assert is_found(monkeypatch, *site) != (site in SAME)


def test_without_a_mistake_nothing_is_found(monkeypatch):
    assert not is_found(monkeypatch, "inner_loop", "write_mean", "barrier", None)
