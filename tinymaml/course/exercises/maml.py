"""The grader of the blank page 08.maml: N-step MAML with its outer loop, judged by what it does.

The losses are of this file, and `maml` has not seen them. What its gradients should be is found
without a Hessian, by an imaginary step through the whole inner loop.
"""

from typing import NamedTuple

import numpy as np

from ..exercise import BLANK_PAGE, Exercise, Mistake
from .meta_gradients import descend, implementation
from .shared import CountingLoss, unattempted

ALPHA, BETA = 0.4, 0.3
OTHERS = 0.25, 0.2  # of the runs over several iterations
CLOSE = 1e-8  # relative; rounding is 1e-13


class Network:
    """Mean squared error of a network 1-width-width-1, or of a single neuron, for real w and
    complex."""

    def __init__(self, width):
        sizes = [width, width, width * width, width, width, 1]
        self.cuts = np.cumsum(sizes)
        self.width = width

    def layers(self, w, x):
        """The values of all layers, and the weights of the last two."""
        W1, b1, W2, b2, W3, b3 = np.split(w[: self.cuts[-1]], self.cuts[:-1])
        W2 = W2.reshape(self.width, self.width)
        first = np.tanh(x * W1 + b1)
        second = np.tanh(first @ W2 + b2)
        return first, second, second @ W3 + b3, W2, W3

    def value(self, w, x, y):
        return np.mean((self.layers(w, x)[2] - y) ** 2)

    def gradient(self, w, x, y):
        first, second, out, W2, W3 = self.layers(w, x)
        residual = 2 * (out - y) / len(y)
        back = residual[:, None] * W3 * (1 - second**2)
        further = back @ W2.T * (1 - first**2)
        parts = (x.T @ further).ravel(), further.sum(0), (first.T @ back).ravel(), back.sum(0)
        return np.concatenate([*parts, second.T @ residual, residual.sum(keepdims=True)])

    def hvp(self, w, v, x, y):
        return self.gradient(w + 1e-20j * v, x, y).imag / 1e-20


class Neuron:
    """Mean over the rows of X of (tanh(x·w) − y)², for real w and complex."""

    def value(self, w, X, y):
        return np.mean((np.tanh(X @ w) - y) ** 2)

    def gradient(self, w, X, y):
        out = np.tanh(X @ w)
        return X.T @ (2 * (out - y) * (1 - out**2)) / len(y)

    def hvp(self, w, v, X, y):
        return self.gradient(w + 1e-20j * v, X, y).imag / 1e-20


# ---- tasks


def neurons_tasks(rng, batch):
    """Tasks of a Neuron with three weights: support and query sets of different sizes."""
    tasks = []
    for k in range(batch):
        support, query = (
            (rng.normal(size=(rows, 3)), rng.uniform(-1.5, 1.5, rows)) for rows in (4, 6 + k)
        )
        tasks.append((support, query))
    return tasks


def waves(rng, batch):
    """Waves sin(x − φ): ten points to adapt on, ten to be judged on."""
    tasks = []
    for phase in rng.uniform(0, 2 * np.pi, batch):
        x = rng.uniform(-3, 3, (2, 10, 1))
        support, query = ((points, np.sin(points[:, 0] - phase)) for points in x)
        tasks.append((support, query))
    return tasks


class Sampler:
    """What `maml` is handed as `sample`: it keeps what it has drawn, and for which rng."""

    def __init__(self, draw, batch):
        self.draw = draw
        self.batch = batch
        self.drawn = []
        self.asked = []  # the rng of each call

    def __call__(self, rng):
        self.asked.append(rng)
        tasks = self.draw(rng, self.batch)
        self.drawn.append(tasks)
        for support, query in tasks:
            for data in (*support, *query):
                data.flags.writeable = False
        return tasks


# ---- what is right, and slips


def meta_loss(loss, w, tasks, alpha, steps):
    """The mean query loss after the steps."""
    ends = [descend(loss, w, support, alpha, steps)[-1] for support, _ in tasks]
    return np.mean([loss.value(end, *query) for end, (_, query) in zip(ends, tasks, strict=True)])


def exact(loss, w, tasks, alpha, steps):
    """The meta-gradient, without a Hessian: an imaginary step along each coordinate."""
    nudges = 1e-20j * np.eye(w.size)
    return np.array([meta_loss(loss, w + e, tasks, alpha, steps).imag / 1e-20 for e in nudges])


SLIPS = [
    (
        "The way back is missing: your gradient is the mean of ∇q(w_N), which is first-order MAML. "
        "Moving the start also moves the points at which the steps take their gradients.",
        implementation(way=lambda N: []),
    ),
    (
        "Your factors are in the wrong order. v meets the last step's Hessian, H_(N−1), first.",
        implementation(way=range),
    ),
    (
        "All your Hessians are taken at w_N. Step j started from w_j, and that is where its factor "
        "has its Hessian. Keep the points; `w -= ...` in the inner loop makes all of them one.",
        implementation(at=lambda points, j: points[-1]),
    ),
    (
        "All your Hessians are taken at the start. Step j started from w_j: keep the points.",
        implementation(at=lambda points, j: points[0]),
    ),
    (
        "Your Hessians are one step late: factor j has its Hessian at w_j, where the step started.",
        implementation(at=lambda points, j: points[j + 1]),
    ),
    (
        "A factor is missing: the last one that v meets, that of the first step. w_0 has one too.",
        implementation(way=lambda N: reversed(range(1, N))),
    ),
    (
        "A factor is missing: the first one that v meets, that of the step from w_(N−1).",
        implementation(way=lambda N: reversed(range(N - 1))),
    ),
    (
        "Your inner loop goes down the query loss. A task adapts on its support set alone; the "
        "query set judges the end.",
        implementation(steps_on=lambda support, query: query),
    ),
    (
        "Your v begins with the support loss's gradient. The adapted w_N is judged on the query "
        "set.",
        implementation(outer=lambda support, query: support),
    ),
    (
        "Your Hessians are those of the query loss. The steps went down the support loss.",
        implementation(data=lambda support, query: query),
    ),
    (
        "A sign on the way back is wrong: each factor is I − αH, yours I + αH.",
        implementation(factor=-1.0),
    ),
    ("α is missing on the way back: each factor is I − αH.", implementation(factor=1 / ALPHA)),
    (
        "Each of your Hessians meets the first v. The factors multiply: H_j meets what the later "
        "steps' factors have left of v.",
        implementation(first=True),
    ),
    ("Your inner loop takes a step too many: there are `steps` of them.", implementation(inner=1)),
]


# ---- a run


class Run(NamedTuple):
    """What `maml` did."""

    w: np.ndarray
    history: object
    sampler: Sampler
    loss: CountingLoss


class Complaint(Exception):
    """`maml` is wrong; carries what is said."""


def run(maml, loss, w, draw, batch, steps, iterations, seed=0, alpha=ALPHA, beta=BETA):
    """-> Run. Raises Complaint where what comes back is not (w, history), or an input changed."""
    loss = CountingLoss(loss)
    sampler = Sampler(draw, batch)
    rng = np.random.default_rng(seed)
    given = w.copy()
    found = maml(loss, given, sampler, alpha, steps, beta, iterations, rng)
    if found is ... or unattempted(found):
        raise NotImplementedError
    if not isinstance(found, tuple) or len(found) != 2:
        raise Complaint("`maml` returns two things, `w, history`.")
    if not np.array_equal(given, w):
        raise Complaint(
            "`maml` changes the w that it was given: `w -= ...` writes into the caller's array, "
            "and into every point that is the same array. Write `w = w - ...`."
        )
    end = np.asarray(found[0])
    if end.shape != w.shape or end.dtype.kind != "f":
        raise Complaint(f"The first thing that `maml` returns is w, {w.size} numbers.")
    if not sampler.asked:
        raise Complaint("`maml` draws no tasks: `sample(rng)` gives those of an iteration.")
    if any(asked is not rng for asked in sampler.asked):
        raise Complaint(
            "`sample` was not handed the rng that `maml` was given. With another one, nobody can "
            "repeat a run."
        )
    return Run(end, found[1], sampler, loss)


def check_first_update(maml):
    """One iteration, for several numbers of steps and of tasks."""
    rows = []
    rng = np.random.default_rng(5)
    for steps, batch in ((0, 1), (0, 3), (1, 2), (2, 3), (5, 1), (9, 2)):
        w = rng.normal(size=3)
        done = run(maml, Neuron(), w, neurons_tasks, batch, steps, 1, seed=steps)
        tasks = done.sampler.drawn[0]
        right = exact(Neuron(), w, tasks, ALPHA, steps)
        rows.append((steps, w, tasks, (w - done.w) / BETA, right))
        if len(done.sampler.drawn) > 1:
            raise Complaint("`sample` is called once an iteration; yours calls it more often.")
    failing = [row for row in rows if not close(row[3], row[4])]
    if failing:
        raise Complaint(explain_update(rows, failing))


def close(a, b):
    """Are they the same but for rounding?"""
    return np.abs(a - b).max() <= CLOSE * np.abs(b).max()


def ratio(a, b):
    """The c of a = c b, or None where there is none."""
    c = a @ b / (b @ b)
    return c if np.isfinite(c) and abs(c) > 1e-6 and close(a, c * b) else None


def explain_update(rows, failing):
    """Why the first updates are wrong. rows: (steps, w, tasks, found, right)."""
    ratios = [ratio(found, right) for *_, found, right in rows]
    if not any(np.any(found) for *_, found, _ in rows):
        return "After one iteration w is where it was."
    if all(ratios):
        return explain_length(ratios, [len(tasks) for _, _, tasks, *_ in rows])
    for words, gradient in SLIPS:
        slips = [gradient(Neuron(), w, tasks, ALPHA, steps) for steps, w, tasks, *_ in rows]
        if all(ratio(row[3], slip) for row, slip in zip(rows, slips, strict=True)):
            return words
    return explain_instance(*failing[0])


def explain_length(ratios, batches):
    """All updates point along the right line, and are these many times as long as they should be.

    batches: the numbers of tasks.
    """
    if np.all(np.array(ratios) < 0):
        return "You walk uphill: the outer step, too, goes *against* the gradient, w − β times it."
    if np.allclose(ratios, batches):
        return (
            "You add the tasks up. The objective is the mean over the tasks; with a sum, β depends "
            "on their number."
        )
    if np.allclose(ratios, 1 / BETA):
        return "β is missing: the outer step is β times the gradient."
    if np.allclose(ratios, ALPHA / BETA):
        return "Your outer step is α times the gradient; its stepsize is β."
    return f"The first outer step has the right direction, and is {ratios[0]:.3g} times too long."


def explain_instance(steps, w, tasks, found, right):
    """The first instance that fails."""
    off = np.linalg.norm(found - right) / np.linalg.norm(right)
    return (
        f"With steps = {steps} and {len(tasks)} task{'s' * (len(tasks) > 1)}, one iteration should "
        f"move w by −β times {np.array2string(right, precision=4)}; yours moves it by −β times "
        f"{np.array2string(found, precision=4)}, which is off by {off:.2g} times its length. The "
        "loss is one neuron's, mean (tanh(x·w) − y)²."
    )


def check_outer_loop(maml):
    """Several iterations: fresh tasks, from where the last one ended, and the history."""
    w = np.array([0.3, -0.8, 0.5])
    alpha, beta = OTHERS
    done = run(maml, Neuron(), w, neurons_tasks, 2, 2, 4, seed=7, alpha=alpha, beta=beta)
    drawn = done.sampler.drawn
    if len(drawn) != 4:
        often = "once" if len(drawn) == 1 else f"{len(drawn)} times"
        raise Complaint(
            f"In 4 iterations `sample` was called {often}. Each iteration draws fresh tasks, "
            "once: with the same ones, w learns these and no others."
        )
    starts = [w]
    for tasks in drawn:
        starts.append(starts[-1] - beta * exact(Neuron(), starts[-1], tasks, alpha, 2))
    if not close(done.w, starts[4]):
        at_the_start = [exact(Neuron(), w, tasks, alpha, 2) for tasks in drawn]
        for gradients in (at_the_start, at_the_start[3:]):
            if close(done.w, w - beta * sum(gradients)):
                raise Complaint(
                    "Every iteration takes its gradient at the start that `maml` was given. It is "
                    "to be taken where the last iteration ended."
                )
        raise Complaint(
            f"One iteration with alpha = {ALPHA} and beta = {BETA} is right, and four with "
            f"{alpha} and {beta} are not. Expected w = {np.array2string(starts[4], precision=6)}, "
            f"got {np.array2string(done.w, precision=6)}."
        )
    check_history(done, starts, alpha)
    check_price(done)


def check_history(done, starts, alpha):
    """Is it the query loss after the steps, for each iteration, before its update?"""
    drawn = done.sampler.drawn
    try:
        history = np.asarray(done.history, float).ravel()
    except (TypeError, ValueError):
        history = np.zeros(0)
    if history.size != len(drawn):
        raise Complaint(f"`history` has a number for each iteration, here {len(drawn)}.")

    def curve(points, steps, which=1, total=np.mean):
        """A number for each iteration: the loss on one of the two sets after the steps."""
        rows = []
        for w, tasks in zip(points, drawn, strict=True):
            ends = [descend(Neuron(), w, task[0], alpha, steps)[-1] for task in tasks]
            losses = [Neuron().value(u, *t[which]) for u, t in zip(ends, tasks, strict=True)]
            rows.append(total(losses))
        return np.array(rows)

    if close(history, curve(starts[:-1], 2)):
        return
    for other, words in (
        (curve(starts[:-1], 0), "is the query loss before the steps; it is asked for after them."),
        (curve(starts[:-1], 2, which=0), "is the support loss; w_N is judged on the query set."),
        (curve(starts[1:], 2), "is what the tasks cost after the update; take it before."),
        (curve(starts[:-1], 2, total=np.sum), "adds the tasks up; take their mean."),
    ):
        if close(history, other):
            raise Complaint(f"w is right. Your `history` {words}")
    raise Complaint(
        "w is right. `history` holds, for each iteration, the mean over its tasks of the query "
        "loss at w_N, with the w from before the update."
    )


def check_price(done):
    """N + 1 gradients and N HVPs a task; the inner loop may be walked twice."""
    tasks = 2 * len(done.sampler.drawn)
    if done.loss.hvps < 2 * tasks or done.loss.gradients > 5 * tasks:
        raise Complaint(
            "Right numbers, by another way than N gradients, N HVPs and a query gradient a task: "
            f"for N = 2 yours takes {done.loss.gradients / tasks:g} gradients and "
            f"{done.loss.hvps / tasks:g} HVPs."
        )
    if done.loss.hvps > 2 * tasks:
        raise Complaint(
            f"Right numbers at the wrong price: {done.loss.hvps / tasks:g} HVPs a task for N = 2. "
            "Multiply a vector, from the right: one HVP a step."
        )


def check_waves(maml):
    """Does a network learn to learn waves?"""
    network = Network(6)
    rng = np.random.default_rng(0)
    w = rng.normal(size=network.cuts[-1]) / np.sqrt(2)
    done = run(maml, network, w, waves, 4, 2, 20, seed=1, alpha=0.1, beta=0.2)
    new = waves(np.random.default_rng(2), 20)
    before, after = (meta_loss(network, u, new, 0.1, 2) for u in (w, done.w))
    if not after < 0.8 * before:
        raise Complaint(
            f"On waves it does not learn: after two steps the error on new ones is {after:.2f} "
            f"from the start that 20 iterations found, {before:.2f} from the one they began with."
        )


def judge_maml(names):
    maml = names["maml"]
    if unattempted(maml):
        raise NotImplementedError
    if not callable(maml):
        return "`maml` is a function."
    try:
        with np.errstate(all="ignore"):
            for check in (check_first_update, check_outer_loop, check_waves):
                check(maml)
    except Complaint as complaint:
        return str(complaint)
    return None


# ---- the exercise


def maml_program(
    before="",
    draw="tasks = sample(rng)",
    inner="support",
    step="points.append(points[j] - alpha * loss.gradient(points[j], *support))",
    outer="query",
    way="reversed(range(steps))",
    at="points[j]",
    back="v = v - alpha * loss.hvp({at}, v, *support)",
    share=" / len(tasks)",
    kept="loss.value(points[-1], *query) / len(tasks)",
    update="w = w - beta * mean",
    result="w, history",
):
    step = step.replace("*support", f"*{inner}")
    return f"""def maml(loss, w, sample, alpha, steps, beta, iterations, rng):
    history = []
    {before or "start = w"}
    for _ in range(iterations):
        {draw}
        mean = np.zeros(w.size)
        history.append(0.0)
        for support, query in tasks:
            points = [w]
            for j in range(steps):
                {step}
            v = loss.gradient(points[-1], *{outer})
            for j in {way}:
                {back.format(at=at)}
            mean = mean + v{share}
            history[-1] += {kept}
        {update}
    return {result}"""


def slip(k):
    """The first words of a slip."""
    return SLIPS[k][0]


EXERCISE = Exercise(
    "08.maml",
    "N-step MAML with its outer loop",
    BLANK_PAGE,
    ("maml",),
    insight=(
        "`maml` never asks what the loss is: three functions of it, value, gradient and HVP, are "
        "all that N-step MAML needs, on your engine, on tinymaml or on PyTorch."
    ),
    minutes=120,
    hints=(
        (
            "Three loops in one another: the iterations, the tasks of one, the steps of a task. "
            "Write the innermost first, for one task, and try N = 0 and N = 1."
        ),
        (
            "Keep the points w_0, ..., w_N of the task. v starts as the query gradient at w_N; "
            "walking back over the points, each step takes α H_j v off it."
        ),
        (
            "The mean of the tasks' v is the gradient at w; then w = w - beta * mean, a new array. "
            "The query losses at w_N are computed with the old w."
        ),
    ),
    mistakes=(
        Mistake(slip(0), maml_program(way="[]")),
        Mistake(slip(1), maml_program(way="range(steps)")),
        Mistake(slip(2), maml_program(at="points[-1]")),
        Mistake(slip(3), maml_program(at="points[0]")),
        Mistake(slip(4), maml_program(at="points[j + 1]")),
        Mistake(slip(5), maml_program(way="reversed(range(1, steps))")),
        Mistake(slip(6), maml_program(way="reversed(range(steps - 1))")),
        Mistake(slip(7), maml_program(inner="query")),
        Mistake(slip(8), maml_program(outer="support")),
        Mistake(slip(9), maml_program(back="v = v - alpha * loss.hvp({at}, v, *query)")),
        Mistake(slip(10), maml_program(back="v = v + alpha * loss.hvp({at}, v, *support)")),
        Mistake(slip(11), maml_program(back="v = v - loss.hvp({at}, v, *support)")),
        Mistake(
            slip(13), maml_program(before="steps = steps + 1", way="reversed(range(steps - 1))")
        ),
        Mistake("You walk uphill", maml_program(update="w = w + beta * mean")),
        Mistake("You add the tasks up", maml_program(share="")),
        Mistake("β is missing", maml_program(update="w = w - mean")),
        Mistake("Your outer step is α times", maml_program(update="w = w - alpha * mean")),
        Mistake("After one iteration w is where it was", maml_program(update="pass")),
        Mistake("changes the w that it was given", maml_program(update="w -= beta * mean")),
        Mistake(
            "In 4 iterations `sample` was called once",
            maml_program(before="tasks = sample(rng)", draw="pass"),
        ),
        Mistake(
            "`sample` was not handed the rng",
            maml_program(before="rng = np.random.default_rng(0)"),
        ),
        Mistake(
            "Every iteration takes its gradient at the start",
            maml_program(
                before="moved = w", update="moved = moved - beta * mean", result="moved, history"
            ),
        ),
        Mistake("`maml` returns two things", maml_program(result="w")),
        Mistake(
            "is the query loss before the steps",
            maml_program(kept="loss.value(w, *query) / len(tasks)"),
        ),
        Mistake(
            "is the support loss",
            maml_program(kept="loss.value(points[-1], *support) / len(tasks)"),
        ),
        Mistake("adds the tasks up; take", maml_program(kept="loss.value(points[-1], *query)")),
        Mistake(
            "Right numbers, by another way",
            maml_program(
                back="v = v - alpha * (loss.gradient({at} + 1e-20j * v, *support)).imag / 1e-20"
            ),
        ),
        Mistake(
            "Right numbers at the wrong price",
            maml_program(
                back="v = v - alpha * np.array("
                "[loss.hvp({at}, e, *support) for e in np.eye(w.size)]) @ v"
            ),
        ),
    ),
    alternative="""def adapt_and_return(loss, w, support, query, alpha, n):
    if n == 0:
        return loss.gradient(w, *query), loss.value(w, *query)
    w_next = w - alpha * loss.gradient(w, *support)
    v, judged = adapt_and_return(loss, w_next, support, query, alpha, n - 1)
    return v - alpha * loss.hvp(w, v, *support), judged


def maml(loss, w, sample, alpha, steps, beta, iterations, rng):
    history = []
    while len(history) < iterations:
        found = [adapt_and_return(loss, w, *task, alpha, steps) for task in sample(rng)]
        w = w - beta * np.mean([v for v, _ in found], axis=0)
        history.append(np.mean([judged for _, judged in found]))
    return w, history""",
    judge=judge_maml,
)
