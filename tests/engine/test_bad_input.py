"""What cannot be right is refused at the door: what was wrong, where, and what to write instead."""

import linecache
import math
import re

import numpy as np
import pytest

import tinymaml as tm

pytestmark = [pytest.mark.core, pytest.mark.lesson_01]

PARAMS = {"W": np.ones((1, 3)), "b": np.zeros(3)}
X, Y = np.ones((4, 1)), np.zeros((4, 3))
W = np.full(6, 0.3)


def mse(p, x, y):
    return tm.mean(tm.square(tm.tanh(x @ p["W"] + p["b"]) - y))


LOSS = tm.Loss(mse, PARAMS)


def finite_sum(B=2):
    x, y = np.ones((B, 4, 1)), np.zeros((B, 4, 3))
    return tm.Tasks.finite_sum(support=(x, y), query=(x, y))


# ---- losses that cannot be traced: the message names the line and what to write instead

UNTRACEABLE = {  # a loss, and what is said of it
    "if": (lambda p, x, y: tm.mean(x) if tm.mean(p["W"]) else tm.mean(y), "condition.*tm.relu"),
    "float": (lambda p, x, y: float(tm.mean(p["W"])), r"float\(\)"),
    "math": (
        lambda p, x, y: tm.mean(p["W"] * math.exp(tm.mean(p["b"]))),
        "math module.*tm. function",
    ),
    "compare": (lambda p, x, y: tm.mean((p["W"] > 0) * p["W"]), "comparison.*tm.relu"),
    "index": (lambda p, x, y: tm.mean(p["W"][0]), "indexing.*constant 0/1 matrix"),
    "iterate": (lambda p, x, y: tm.mean([a for a in p["W"]][0]), "iterating"),
    "len": (lambda p, x, y: tm.mean(p["W"]) * len(x), r"x\.shape\[0\]"),
    "np.tanh": (lambda p, x, y: tm.mean(np.tanh(x @ p["W"])), r"np\.tanh.*write tm\.tanh"),
    "np.maximum": (lambda p, x, y: tm.mean(np.maximum(p["W"], 0.0)), r"np\.maximum.*tm\.maximum"),
    "np.mean": (lambda p, x, y: np.mean(p["W"]), r"np\.mean.*write tm\.mean"),
    "np.dot": (lambda p, x, y: np.dot(x, p["W"]), r"np\.dot.*x @ z"),
    "np.concatenate": (
        lambda p, x, y: tm.mean(np.concatenate([p["W"], p["W"]])),
        r"np\.concatenate.*one parameter for each part",
    ),
    "np.asarray": (lambda p, x, y: tm.mean(np.asarray(p["W"])), "NumPy array from a traced value"),
    "method": (lambda p, x, y: p["W"].sum(), r"no \.sum; write tm\.sum"),
    "unknown method": (lambda p, x, y: p["W"].cumprod(), r"no \.cumprod; the operations are"),
    "cumsum": (lambda p, x, y: p["W"].cumsum(), r"no \.cumsum; write tm\.cumsum\(x, axis=0\)"),
    "power": (lambda p, x, y: tm.mean(p["W"] ** 3), r"only x \*\* 2.*x \* x \* x"),
    "traced power": (lambda p, x, y: tm.mean(2.0 ** p["W"]), "traced exponent.*tm.exp"),
    "floor": (lambda p, x, y: tm.mean(p["W"] // 2.0), "no derivative"),
    "assign": (lambda p, x, y: p["W"].__setitem__(0, 1.0), "assigning"),
    "matmul shapes": (
        lambda p, x, y: tm.mean(p["W"] @ x),
        r"1 x 3 block @ a 4 x 1 block: the inner lengths 3 and 4 differ",
    ),
    "add shapes": (
        lambda p, x, y: tm.mean(p["W"] + tm.transpose(x) * np.ones((1, 4))),
        r"1 x 3 block \+ a 1 x 4 block: lengths must agree or be 1",
    ),
    "np.sum of a list": (
        lambda p, x, y: np.sum([tm.mean(x), tm.mean(p["W"])]),
        r"a \+ b in place of np\.sum\(\[a, b\]\)",
    ),
    "np.mean of a list": (lambda p, x, y: np.mean([p["W"], p["b"]]), "NumPy array from a traced"),
    "np.add.reduce": (lambda p, x, y: np.add.reduce([p["W"], p["b"]]), "NumPy array from a traced"),
    "np.vectorize": (
        lambda p, x, y: np.vectorize(math.tanh)(p["W"]),
        "NumPy array from a traced value.*use the functions of tm",
    ),
    "np.frompyfunc": (
        lambda p, x, y: np.frompyfunc(math.tanh, 1, 1)(p["W"]),
        r"tanh \(vectorized\), a function of arrays.*write tm\.tanh",
    ),
    "out=": (lambda p, x, y: np.add(x, p["W"], out=x), r"written into a NumPy array.*y = arr \+ x"),
    "arr +=": (lambda p, x, y: np.ones((4, 3)).__iadd__(p["W"]), r"written into a NumPy array"),
    "x.T()": (lambda p, x, y: p["W"].T(), r"called like a function.*x\.T, not x\.T\(\)"),
    "a missing *": (lambda p, x, y: p["W"](x + 1.0), "called like a function"),
    "in": (lambda p, x, y: tm.mean(p["W"]) * (1.0 in p["W"]), "comparison"),
    "reversed": (lambda p, x, y: tm.mean([*reversed(p["W"])][0]), "iterating"),
    "<<": (lambda p, x, y: tm.mean(p["W"] << 2), r"<< or >>.*x \* 2\.0 \*\* n"),
    "integer constant": (
        lambda p, x, y: tm.mean(p["W"] * np.array([1, 2, 3])),
        r"constant is of type int64.*np\.asarray\(c, float\)",
    ),
    "object constant": (lambda p, x, y: tm.mean(p["W"] * "2"), "constant is of type str"),
    "boolean constant": (lambda p, x, y: tm.mean(p["W"] * True), "constant is of type bool"),
    "NaN constant": (lambda p, x, y: tm.mean(p["W"] * math.nan), "NaN or infinity"),
    "infinite constant": (lambda p, x, y: tm.mean(p["W"] + math.inf), "NaN or infinity"),
    "one NaN": (
        lambda p, x, y: tm.mean(p["W"] * np.array([1.0, math.nan, 2.0])),
        "NaN or infinity",
    ),
    "division by 0": (
        lambda p, x, y: tm.mean(p["W"] / 0.0),
        "division by a constant that contains 0",
    ),
    "3-D constant": (lambda p, x, y: tm.mean(p["W"] * np.ones((1, 1, 3))), r"shape \(1, 1, 3\)"),
    "parameter's name": (
        lambda p, x, y: tm.mean(p["V"]),
        "no parameter 'V'; the parameters are W, b",
    ),
    "not 1 x 1": (lambda p, x, y: p["W"], r"1 x 3 block; a loss is 1 x 1: end with tm\.mean"),
    "no parameters": (lambda p, x, y: tm.mean(x), "does not depend on its parameters"),
    "a number": (lambda p, x, y: 1.0, "does not depend on its parameters"),
    "nothing": (lambda p, x, y: None, "returns NoneType"),
}


NO_LINE_TO_BLAME = ("not 1 x 1", "no parameters", "a number", "nothing")


@pytest.mark.parametrize("case", UNTRACEABLE)
def test_what_cannot_be_traced_is_refused_with_advice(case):
    function, match = UNTRACEABLE[case]
    with pytest.raises(tm.TraceError, match=f"(?s){match}"):
        tm.Loss(function, PARAMS).value(W, X, Y)


@pytest.mark.parametrize("case", [case for case in UNTRACEABLE if case not in NO_LINE_TO_BLAME])
def test_the_message_names_the_line_of_the_loss(case):
    function, _ = UNTRACEABLE[case]
    number = function.__code__.co_firstlineno
    text = linecache.getline(__file__, number).strip()
    assert "lambda p, x, y: " in text
    with pytest.raises(tm.TraceError, match=re.escape(f"line {number}: {text}")):
        tm.Loss(function, PARAMS).value(W, X, Y)


def test_a_value_kept_from_another_trace_is_refused():
    kept = []

    def leaky(p, x, y):
        kept.append(tm.sum(p["W"]))
        return kept[0] + mse(p, x, y)

    loss = tm.Loss(leaky, PARAMS)
    loss.value(W, X, Y)
    with pytest.raises(tm.TraceError, match="another trace"):
        loss.value(W, X[:2], Y[:2])


def test_an_axis_that_does_not_exist_is_refused():
    loss = tm.Loss(lambda p, x, y: tm.sum(tm.sum(p["W"], axis=2)), PARAMS)
    with pytest.raises(ValueError, match="axis is 2"):
        loss.value(W, X, Y)
    with pytest.raises(ValueError, match="axis is 2"):
        tm.mean(X, axis=2)


# ---- the arguments of Loss and its methods


@pytest.mark.parametrize(
    "params, error, match",
    [
        ([1.0], TypeError, "params is a dict"),
        ({}, TypeError, "at least one"),
        ({1: np.ones(2)}, TypeError, "names are strings"),
        ({"W": np.ones((1, 2, 3))}, ValueError, r"params\['W'\] has shape \(1, 2, 3\)"),
        ({"W": np.ones((0, 3))}, ValueError, "none of them 0"),
        (None, TypeError, "params is a dict"),
        (
            {"layer": {"W": np.ones(2)}},
            TypeError,
            r"params\['layer'\] is a dict; .*a name of its own, as in {\"layer_W\": ...}",
        ),
        ({"W": {}}, TypeError, r"params\['W'\] is a dict"),
        (
            {"W": None},
            TypeError,
            r"params\['W'\] is of type NoneType; expected a NumPy array or a number",
        ),
        ({"W": "zeros"}, TypeError, r"params\['W'\] is of type str"),
        ({"W": True}, TypeError, r"params\['W'\] is of type bool"),
        ({"W": 1j}, TypeError, r"params\['W'\] is of type complex"),
        ({"W": np.ones(2, complex)}, TypeError, r"params\['W'\] is of type complex128"),
        ({"W": np.array(["a"])}, TypeError, r"params\['W'\] is of type <U1; expected numbers"),
        ({"W": np.array([None])}, TypeError, r"params\['W'\] is of type object"),
        (
            {"W": [1.0, 2.0]},
            TypeError,
            r"params\['W'\] is of type list; .*: write np.array\(params\['W'\], float\)",
        ),
        ({"W": [[1.0], [2.0, 3.0]]}, TypeError, r"params\['W'\] is of type list"),
        ({"W": lambda: 1}, TypeError, r"params\['W'\] is of type function"),
    ],
)
def test_parameters_of_a_loss(params, error, match):
    with pytest.raises(error, match=match):
        tm.Loss(mse, params)


def test_numbers_are_parameters_too():
    params = {"a": 2, "b": 3.5, "c": np.float64(0.5), "d": np.array(1.5), "e": np.int64(4)}
    loss = tm.Loss(lambda p: tm.sum(p["a"] * p["b"] * p["c"] * p["d"] * p["e"]), params)
    w = loss.flatten(params)
    assert w.tolist() == [2.0, 3.5, 0.5, 1.5, 4.0]
    assert loss.value(w) == 21.0
    assert tm.Loss(loss.function, params).flatten(loss.unflatten(w)).tolist() == w.tolist()
    alone = tm.Loss(lambda p: tm.square(p["a"]), {"a": np.float32(2)})
    assert alone.flatten({"a": np.float32(2)}).dtype == np.float32


def test_a_loss_is_a_function():
    with pytest.raises(TypeError, match="a loss is a function"):
        tm.Loss(3, PARAMS)


@pytest.mark.parametrize(
    "params, error, match",
    [
        (
            {"b": np.zeros(3), "W": np.ones((1, 3))},
            ValueError,
            "expected, in this order: W, b",
        ),
        (
            {"W": np.ones((1, 3)), "b": np.zeros(2)},
            ValueError,
            r"params\['b'\] has shape \(2,\), expected \(3,\)",
        ),
        (
            {"W": np.ones((1, 3)), "b": np.zeros(3, int)},
            TypeError,
            r"params\['b'\] is of type int64",
        ),
        (None, TypeError, "params is of type NoneType; expected a dict .* with the names W, b"),
        (W, TypeError, "params is of type ndarray; expected a dict"),
        ([], TypeError, "params is of type list"),
        ({1: 2, None: 3}, ValueError, "params has the names 1, None; expected, in this order"),
        ({"W": None, "b": 1}, TypeError, r"params\['W'\] is of type NoneType"),
        ({"W": np.ones((1, 3)), "b": [0.0] * 3}, TypeError, r"params\['b'\] is of type list"),
        ({"W": np.ones((1, 3)), "b": 1}, ValueError, r"params\['b'\] has shape \(\)"),
    ],
)
def test_flatten(params, error, match):
    with pytest.raises(error, match=match):
        LOSS.flatten(params)


def test_unflatten():
    with pytest.raises(ValueError, match=r"w has shape \(5,\); the loss has 6 parameters"):
        LOSS.unflatten(np.zeros(5))


@pytest.mark.parametrize("target", ["numpy", "cpu"])
@pytest.mark.parametrize(
    "w, data, error, match",
    [
        (
            W[:5],
            (X, Y),
            ValueError,
            r"w has shape \(5,\); the loss has 6 parameters, expected \(6,\)",
        ),
        (W.astype(int), (X, Y), TypeError, r"w is of type int64; expected floats"),
        (
            W.astype(np.float16),
            (X, Y),
            TypeError,
            "w is of type float16; expected float32 or float64",
        ),
        (list(W), (X, Y), TypeError, "w is of type list; expected a NumPy array"),
        (
            W,
            (X[:, 0], Y),
            ValueError,
            r"x has shape \(4,\); expected 2 dimensions: for one column write x\[:, None\]",
        ),
        (
            W,
            (X, Y.astype(int)),
            TypeError,
            r"y is of type int64; expected floats: write y.astype\(float\)",
        ),
        (W, (X, Y.astype(object)), TypeError, "y is of type object"),
        (
            W,
            (np.ma.masked_array(X), Y),
            TypeError,
            "x is a MaskedArray, which has rules of its own",
        ),
        (W, (X, Y * np.nan), ValueError, r"y contains NaN or infinity \(first at \[0, 0\]\)"),
        (W, (X + np.inf, Y), ValueError, "x contains NaN or infinity"),
        (W, (X[:0], Y[:0]), ValueError, "x is empty"),
        (W, (X,), TypeError, r"mse\(p, x, y\) got 1 data array after the parameters"),
        (W, (X, Y, Y), TypeError, r"mse\(p, x, y\) got 3 data arrays"),
        (W, (X, Y[:3]), tm.TraceError, "4 x 3 block - a 3 x 3 block"),
    ],
)
def test_arguments_of_value_gradient_hvp(target, w, data, error, match):
    with pytest.raises(error, match=match):
        LOSS.value(w, *data, target=target)
    with pytest.raises(error, match=match):
        LOSS.gradient(w, *data, target=target)
    with pytest.raises(error, match=match):
        LOSS.hvp(w, W, *data, target=target)


@pytest.fixture
def no_gpu(monkeypatch):
    """As if there were none, wherever this runs."""
    monkeypatch.setattr("tinymaml.engine.targets.missing", lambda: 'target="cuda" finds no GPU')


def test_directions():
    with pytest.raises(ValueError, match=r"v has shape \(3,\)"):
        LOSS.hvp(W, W[:3], X, Y)
    with pytest.raises(TypeError, match="v is of type float32; expected float64"):
        LOSS.hvp(W, W.astype(np.float32), X, Y)


def test_targets(no_gpu):
    with pytest.raises(ValueError, match='target is \'gpu\'; it is "numpy", "cpu" or "cuda"'):
        LOSS.value(W, X, Y, target="gpu")
    with pytest.raises(RuntimeError, match='target="cuda" finds no GPU'):
        LOSS.value(W, X, Y, target="cuda")


def test_listings():
    tape = LOSS.tape(X, Y)
    with pytest.raises(ValueError, match="no program 'jacobian'; there are value, gradient, hvp"):
        tape.listing("jacobian")


# ---- tasks

A = np.ones((2, 4, 1))


@pytest.mark.parametrize(
    "support, query, error, match",
    [
        (
            A,
            (A,),
            TypeError,
            r"support is of type ndarray; expected a tuple of arrays.*support=\(x, y\)",
        ),
        ((), (A,), ValueError, "support is empty; expected one array for each data argument"),
        ((A[0],), (A,), ValueError, r"support\[0\] has shape \(4, 1\); expected 3 dimensions"),
        ((A,), (A.astype(int),), TypeError, r"query\[0\] is of type int64"),
        ((A * np.nan,), (A,), ValueError, r"support\[0\] contains NaN"),
        ((A[:0],), (A[:0],), ValueError, r"support\[0\] is empty"),
        ((A[:, :0],), (A,), ValueError, r"support\[0\] is empty"),
        ((A,), (A[:1],), ValueError, "query: the arrays disagree on the number of tasks: 2, 1"),
        (
            (A, A[:1]),
            (A, A),
            ValueError,
            "support: the arrays disagree on the number of tasks: 2, 1",
        ),
        ((list(A),), (A,), TypeError, r"support\[0\] is of type list"),
    ],
)
def test_finite_sum_tasks(support, query, error, match):
    with pytest.raises(error, match=match):
        tm.Tasks.finite_sum(support=support, query=query)


def test_resampled_tasks():
    x, y = np.ones((2, 3, 4, 1)), np.ones((2, 3, 4, 3))  # three inner steps
    match = "hessian: the arrays disagree on the number of inner steps: 3, 2"
    with pytest.raises(ValueError, match=match):
        tm.Tasks.resampled(inner=(x,), hessian=(x[:, :2],), outer=(A,))
    match = r"inner\[0\] has shape \(2, 4, 1\); expected 4 dimensions"
    with pytest.raises(ValueError, match=match):
        tm.Tasks.resampled(inner=(A,), hessian=(x,), outer=(A,))
    tasks = tm.Tasks.resampled((x, y), (x, y), (x[:, 0], y[:, 0]))
    with pytest.raises(ValueError, match="samples for 3 inner steps, and steps is 2"):
        tm.meta_gradient(LOSS, W, tasks, alpha=0.1, steps=2)


# ---- meta_gradient and adapt


@pytest.mark.parametrize("target", ["numpy", "cpu"])
@pytest.mark.parametrize(
    "change, error, match",
    [
        (dict(alpha=0.0), ValueError, "alpha is 0.0; expected a finite number > 0"),
        (dict(alpha=-1), ValueError, "alpha is -1"),
        (dict(alpha=np.nan), ValueError, "alpha is nan"),
        (dict(alpha=np.inf), ValueError, "alpha is inf"),
        (dict(alpha="0.1"), TypeError, "alpha is '0.1'"),
        (dict(alpha=True), TypeError, "alpha is True"),
        (dict(steps=-1), ValueError, "steps is -1; expected a whole number >= 0"),
        (dict(steps=1.5), TypeError, "steps is 1.5"),
        (dict(steps=True), TypeError, "steps is True"),
        (
            dict(method="second-order"),
            ValueError,
            "method is 'second-order'; it is one of exact, first-order, hessian-free",
        ),
        (dict(delta=0.1), ValueError, 'delta is for method="hessian-free"'),
        (dict(delta=-0.1, method="hessian-free"), ValueError, "delta is -0.1"),
        (dict(tasks=(X, Y)), TypeError, "tasks is of type tuple; make one with tm.Tasks"),
        (dict(w=W * np.nan), ValueError, "w contains NaN"),
        (dict(w=W[:2]), ValueError, r"w has shape \(2,\)"),
        (dict(loss=mse), TypeError, "loss is of type function"),
    ],
)
def test_arguments_of_meta_gradient(target, change, error, match):
    arguments = dict(loss=LOSS, w=W, tasks=finite_sum(), alpha=0.1, steps=1, target=target)
    with pytest.raises(error, match=match):
        tm.meta_gradient(**(arguments | change))


def test_targets_of_meta_gradient(no_gpu):
    with pytest.raises(ValueError, match="target is 'tpu'"):
        tm.meta_gradient(LOSS, W, finite_sum(), alpha=0.1, steps=1, target="tpu")
    with pytest.raises(RuntimeError, match="finds no GPU"):
        tm.meta_gradient(LOSS, W, finite_sum(), alpha=0.1, steps=1, target="cuda")


def test_arguments_of_adapt():
    support = finite_sum().inner
    with pytest.raises(TypeError, match="support is of type ndarray"):
        tm.adapt(LOSS, W, A, alpha=0.1, steps=1)
    with pytest.raises(ValueError, match="alpha is 0"):
        tm.adapt(LOSS, W, support, alpha=0, steps=1)
    with pytest.raises(ValueError, match="steps is -2"):
        tm.adapt(LOSS, W, support, alpha=0.1, steps=-2)


@pytest.mark.parametrize("target", ["numpy", "cpu"])
def test_data_too_large_for_float32_are_refused(target):
    x, y = np.full((1, 2, 1), 1e300), np.ones((1, 2, 3))
    tasks = tm.Tasks.finite_sum((x, y), (x, y))
    w = W.astype(np.float32)
    match = "numbers too large for float32, the precision of w"
    with pytest.raises(ValueError, match=match):
        tm.meta_gradient(LOSS, w, tasks, alpha=0.1, steps=1, target=target)


# ---- an inner loop that diverges


@pytest.mark.parametrize("target", ["numpy", "cpu"])
@pytest.mark.parametrize("method", ["exact", "first-order", "hessian-free"])
def test_a_diverging_task_is_named_and_its_results_are_not_finite(target, method):
    def quartic(p, x):
        return tm.mean(tm.square(tm.square(x * p["u"])))

    loss, w = tm.Loss(quartic, {"u": np.ones((1, 1))}), np.ones(1)
    x = np.ones((4, 3, 1))
    x[1], x[3] = 40.0, 50.0  # two tasks so steep that gradient descent explodes
    steep, calm = [1, 3], [0, 2]

    def run(x):
        tasks = tm.Tasks.finite_sum((x,), (x,))
        return tm.meta_gradient(
            loss, w, tasks, alpha=0.05, steps=9, method=method, per_task=True, target=target
        )

    match = r"diverged in 2 of 4 tasks \(task 1, 3\).*make alpha smaller than 0.05"
    with pytest.warns(tm.DivergenceWarning, match=match):
        r = run(x)
    assert not np.isfinite(r.losses[steep]).any()
    assert not np.isfinite(r.gradient).any()
    assert not np.isfinite(r.adapted[steep]).any()
    alone = run(x[calm])
    assert np.array_equal(r.losses[calm], alone.losses)
    assert np.array_equal(r.gradients[calm], alone.gradients)
    with pytest.warns(tm.DivergenceWarning, match=r"task 1, 3"):
        trajectory = tm.adapt(loss, w, (x,), alpha=0.05, steps=9, target=target)
    assert np.isfinite(trajectory[:, calm]).all()
    assert not np.isfinite(trajectory[-1, steep]).any()
