"""What lesson 17 asks for and says is what the theory package computes."""

import re

import numpy as np
import pytest

from tinymaml import theory
from tinymaml.course import material
from tinymaml.course.exercises import lesson_17 as graders
from tinymaml.course.given import regression
from tinymaml.course.given.waves import Wave, instance
from tinymaml.theory import RESULTS, extremals, families

pytestmark = pytest.mark.lesson_17


def text():
    cells = material.find("17").cells
    return "\n".join(cell.text for cell in cells if cell.kind == "markdown")


def instances(tasks=2):
    """Random instances in the plane, with 1 to 4 steps; α so small that C_l > 0."""
    rng = np.random.default_rng(0)
    found = []
    for n in range(1, 5):
        x = families.finite_sum(rng, dimension=2, steps=n, tasks=tasks)
        x = x.replace(alpha=1 / (8 * n * x.L))
        b = [np.linalg.norm(t.inner.gradient(x.w) - t.gradient) for t in x.tasks]
        found.append(x.replace(b=b, sigma=x.deviation()))
    return found


def line(chain, beginning):
    """The value of the first line whose reason begins so."""
    return next(one.value for one in chain.lines if one.reason.startswith(beginning))


def test_query_gradient(names):
    for x in instances():
        for k, task in enumerate(x.tasks):
            g = np.linalg.norm(task.gradient)
            bound = names["query_gradient"](x.alpha, x.L, x.steps, g, task.b)
            assert bound == pytest.approx(RESULTS["lemma_9"].evaluate(x, k)["query"].rhs, rel=1e-12)


def test_smoothness_of_one_task(names):
    for x in instances(tasks=1):
        (task,) = x.tasks
        length = np.linalg.norm(task.gradient)
        bound = names["smoothness"](x.alpha, x.L, x.rho, x.steps, length, task.b)
        assert bound == pytest.approx(x.smoothness, rel=1e-12)
        c = x.constants
        assert c.C_b == pytest.approx((1 - x.a**-x.steps) * c.C_meta, rel=1e-12)


def test_what_the_first_task_pays_for_its_gap():
    """The numbers of the lesson's end."""
    support, query = regression.draw(np.random.default_rng(0), 10)
    w = np.zeros(regression.SIZE)
    length = np.linalg.norm(query.gradient(w))
    gap = np.linalg.norm(support.gradient(w) - query.gradient(w))
    x = regression.instance([(support, query)], w, [gap], alpha=0.02, steps=5)
    a_N = x.a**5
    there, back = 1 - 1 / a_N, a_N / (a_N + 1)
    assert a_N * (a_N - 1) == pytest.approx((a_N**2 - 1) * back)
    assert RESULTS["lemma_9"].evaluate(x)["query"].rhs == pytest.approx(
        a_N * (length + there * gap)
    )
    assert RESULTS["lemma_10"].evaluate(x)["near"].rhs == pytest.approx(
        (a_N**2 - 1) * (length + back * gap)
    )
    assert [length, gap, a_N] == pytest.approx([0.95, 0.65, 1.16], abs=0.005)
    assert [there, back] == pytest.approx([0.14, 0.54], abs=0.005)
    assert [there * gap, back * gap] == pytest.approx([0.09, 0.35], abs=0.005)


def test_missing_line(names):
    for x in instances():
        for k, task in enumerate(x.tasks):
            chain = RESULTS["lemma_10"].evaluate(x, k)["near"]
            path = task.from_w
            found = names["missing_line"](path.product, task.gradient, path.outer_gradient)
            assert found == pytest.approx(line(chain, "operator norm"), rel=1e-9, abs=1e-14)


def test_the_typed_lines_of_lemma_10_are_those_of_the_chain():
    rows = re.findall(r"^\| \((\d)\) \|", text().split("**Lemma 10** *(near)*")[1], re.MULTILINE)
    assert rows == ["0", "1", "2"]
    for x in instances():
        task = x.tasks[0]
        chain = RESULTS["lemma_10"].evaluate(x)["near"]
        path, a_N = task.from_w, x.a**x.steps
        g_w, g_N = task.gradient, path.outer_gradient
        first = np.linalg.norm(path.product @ g_N - g_w)
        assert first == pytest.approx(line(chain, "chain rule"), rel=1e-9, abs=1e-14)
        second = a_N * np.linalg.norm(g_N - g_w) + (a_N - 1) * np.linalg.norm(g_w)
        assert second == pytest.approx(line(chain, "geometric series"), rel=1e-9, abs=1e-14)


def test_both_splits_lead_to_the_same_bound():
    rng = np.random.default_rng(1)
    for a_N, g, b in rng.uniform(1, 3, (20, 3)):
        change = (a_N - 1) * (g + b)  # Lemma 9's lines
        at_w = a_N * change + (a_N - 1) * g
        at_the_end = change + (a_N - 1) * (g + change)
        assert at_w == pytest.approx(at_the_end)
        assert at_w == pytest.approx((a_N**2 - 1) * g + a_N * (a_N - 1) * b)


def test_mean_square(names):
    """Times a^2N, it is Proposition 5's line with A2."""
    for x in instances(tasks=3):
        c = x.constants
        m = np.linalg.norm(x.gradient)
        bound = names["mean_square"](x.alpha, x.L, x.steps, m, x.sigma, c.b, c.b2)
        chain = RESULTS["proposition_5"].evaluate(x)["second moment"]
        assert x.a ** (2 * x.steps) * bound == pytest.approx(line(chain, "A2"), rel=1e-9)


def test_minkowski_never_gives_more_than_the_doubling():
    rng = np.random.default_rng(3)
    for a_N, m, sigma, b2 in rng.uniform(0, 3, (50, 4)):
        a_N = 1 + a_N
        x, y = a_N * np.hypot(m, sigma), (a_N - 1) * np.sqrt(b2)
        assert (x + y) ** 2 <= 2 * x**2 + 2 * y**2 + 1e-12


def test_the_pairs_of_hills_lose_nothing_before_the_first_doubling():
    """Lemma 10 loses most there, and ∇𝓛 is not 0."""
    x = extremals.opposite_tasks_of_two_sets(alpha_L=1 / 16, steps=2, b=1.0)
    x = x.replace(w=np.array([1.0]))
    assert np.linalg.norm(x.gradient) == pytest.approx(1)
    assert np.linalg.norm(x.meta_gradient) == pytest.approx(1.27, abs=0.005)
    chain = RESULTS["proposition_5"].evaluate(x)["second moment"]
    # Minkowski's number, beside the doubling's
    a_N, m = x.a**x.steps, np.linalg.norm(x.gradient)
    root = a_N * np.hypot(m, x.sigma) + (a_N - 1) * np.sqrt(x.constants.b2)
    assert a_N**2 * root**2 == pytest.approx(3.79, abs=0.005)
    assert line(chain, "A2") == pytest.approx(6.54, abs=0.005)
    assert line(chain, "Lemma 9") == pytest.approx(chain.lhs)
    reasons = [one.reason for one in chain.lines]
    assert reasons[int(np.argmax(chain.shares))].startswith("Lemma 10")


def test_the_mean_square_of_a_batch():
    """The lesson's equation, for all batches of two tasks."""
    for x in instances(tasks=3):
        grads = np.array([task.from_w.meta_gradient for task in x.tasks])
        weights = np.array([task.p for task in x.tasks])
        pairs = (grads[:, None] + grads[None]) / 2
        batch = np.einsum("i,j,ijd->", weights, weights, pairs**2)
        mean = np.linalg.norm(x.meta_gradient) ** 2
        each = x.mean(lambda task: np.linalg.norm(task.from_w.meta_gradient) ** 2)
        assert batch == pytest.approx(mean + (each - mean) / 2, rel=1e-9)


def test_what_the_lesson_reads_off_are_the_constants():
    for x in instances():
        c, a, n, s = x.constants, x.a, x.steps, x.sigma
        far = (a ** (2 * n) - 1) * s + a**n * (a**n - 1) * c.b
        A_squ2 = 2 * a ** (4 * n) * s**2 + 4 * a ** (4 * n) * far**2 / c.C_l**2
        A_squ2 += 2 * a ** (2 * n) * (a**n - 1) ** 2 * c.b2
        assert c.A_squ1 == pytest.approx(4 * a ** (4 * n) / c.C_l**2, rel=1e-12)
        assert c.A_squ2 == pytest.approx(A_squ2, rel=1e-9)
        assert c.gap == pytest.approx(a**n * (a**n - 1) * c.b, rel=1e-9)


@pytest.mark.parametrize("alpha, steps", [(0.1, 2), (1.0, 1), (0.5, 4)])
def test_the_students_lines_1_and_2(alpha, steps):
    """True for every α; the grader's numbers are the package's."""
    rng = np.random.default_rng(2)
    for h_S, s_S, h_T, s_T in rng.uniform(-1, 1, (30, 4)):
        slopes = graders.slopes_on_path((h_S, s_S), (h_T, s_T), alpha, steps)
        x = theory.FiniteSumInstance(
            support_losses=[Wave(h_S, 0.0, s_S, L=1.0)],
            query_losses=[Wave(h_T, 0.0, s_T, L=1.0)],
            w=[0.0],
            alpha=alpha,
            steps=steps,
            b=[abs(s_S - s_T)],
        )
        assert x.tasks[0].from_w.outer_gradient[0] == pytest.approx(slopes[-1, 1], abs=1e-12)
        length, a_N = abs(s_T), (1 + alpha) ** steps
        y = np.linalg.norm(x.meta_gradient) + a_N * (a_N - 1) * abs(s_S - s_T)
        meta = (1 - alpha * h_S) ** steps * slopes[-1, 1]
        assert x.meta_gradient[0] == pytest.approx(meta, abs=1e-12)
        assert length <= y + (a_N**2 - 1) * length + 1e-12
        assert (2 - a_N**2) * length <= y + 1e-12


def test_the_grader_draws_hills_that_attain_lemma_9():
    x = graders.hills(L=2.0, alpha=0.05, N=10, b=0.5, g=2.0)
    (task,) = x.tasks
    assert (np.linalg.norm(task.gradient), task.b) == pytest.approx((2.0, 0.5))
    bound = graders.query_bound(0.05, 2.0, 10, 2.0, 0.5)
    assert np.linalg.norm(task.from_w.outer_gradient) == pytest.approx(bound, rel=1e-12)


def test_the_two_hills_of_the_figure():
    x = extremals.concave_quadratics_apart(alpha_L=0.25, steps=4, b=1.0)
    assert x.a**4 == pytest.approx(2.44, abs=0.005)
    assert np.linalg.norm(x.tasks[0].from_w.outer_gradient) == pytest.approx(3.88, abs=0.005)


def test_a2_holds_of_the_gradients_and_not_of_the_meta_gradients():
    """The sceptic's pair: a deviation of at most 1 for all w, and one without end."""
    for w in np.linspace(-300, 300, 61):
        gradients = [Wave(1, k).gradient(np.array([w]))[0] for k in (1, -1)]
        assert np.std(gradients) == pytest.approx(abs(np.sin(w)), abs=1e-9)
    found = []
    for w in 2 * np.pi * np.array([0, 1, 10, 20, 100]):
        pair = instance([Wave(1, 1), Wave(1, -1)], alpha=1 / 16, steps=1, w=w, u=w + 1)
        found.append(np.std([task.from_w.meta_gradient for task in pair.tasks]))
    assert found == pytest.approx([0, 0.727, 3.02, 8.30, 37.8], rel=0.005)


def test_the_typed_statement_of_lemma_10_with_sigma():
    for x in instances(tasks=3):
        c, a_N = x.constants, x.a**x.steps
        meta = np.linalg.norm(x.meta_gradient)
        typed = (meta + x.sigma + a_N * (a_N - 1) * c.b) / c.C_l
        chain = RESULTS["lemma_10"].evaluate(x)["with sigma"]
        assert chain.rhs == pytest.approx(typed, rel=1e-9)
        assert a_N**2 - 1 + c.C_l == pytest.approx(1)


def test_an_exchange_of_the_sets_would_not_show_the_wrong_hessians():
    """Why the lesson's last test is a finite difference."""
    h, s = np.array([0.9, -0.8]), np.array([1.0, 0.3])  # of the support and the query loss
    alpha, w = 0.5, 0.7

    def end(of):
        return w - alpha * (h[of] * w + s[of])

    def meta_gradient(support, query, hessian):
        return (1 - alpha * h[hessian]) * (h[query] * end(support) + s[query])

    right = meta_gradient(0, 1, 0)
    wrong = meta_gradient(0, 1, 1)
    assert abs(wrong - meta_gradient(1, 0, 0)) > 0.1  # exchanged: it changes all the same

    def meta_loss(w):
        after = w - alpha * (h[0] * w + s[0])
        return h[1] * after**2 / 2 + s[1] * after

    slope = (meta_loss(w + 1e-5) - meta_loss(w - 1e-5)) / 2e-5
    assert slope == pytest.approx(right)
    assert abs(slope - wrong) > 0.1


def test_the_reasons_name_the_query_loss():
    (x, *_) = instances()
    of_mean = [one.reason for one in RESULTS["lemma_10"].evaluate(x)["gradient"].lines]
    assert "triangle inequality: ∇l_{T_i} = ∇l_T + (∇l_{T_i} − ∇l_T)" in of_mean
    near = [one.reason for one in RESULTS["lemma_10"].evaluate(x)["near"].lines]
    assert "A1: ‖F_r − I‖ ≤ αL" in near  # P is made of Hessians, not of their means
    smooth = [one.reason for one in RESULTS["proposition_4"].evaluate(x)["lipschitz"].lines]
    assert "A1: ∇l_{T_i} is L-Lipschitz" in smooth


def test_the_two_hills_attain_both_prices():
    x = extremals.concave_quadratics_apart(alpha_L=0.25, steps=4, b=1.0)
    near = RESULTS["lemma_10"].evaluate(x)["near"]
    values = [one.value for one in near.lines]
    assert values == pytest.approx([8.48] * len(values), abs=0.005)
    a_N = x.a**x.steps
    assert [a_N**2 - 1, a_N * (a_N - 1)] == pytest.approx([4.96, 3.52], abs=0.005)
    query = [one.value for one in RESULTS["lemma_9"].evaluate(x)["query"].lines]
    assert query == pytest.approx([3.88] * len(query), abs=0.005)
