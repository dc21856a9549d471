"""Graders of lesson 06. The emulator plays an answer on several numbers of lanes and in several
orders; no GPU, no clock."""

import math
import os
import re

import numpy as np

from tinymaml.engine.compiled.lanes import barrier, lane, lanes
from tinymaml.engine.gpu.emulator import Race, emulate

from ..exercise import Accepted, Exercise, Mistake
from ..given.recording import RecordingArray, places_by_lane
from .compiling import COMPILED, NOT_TRIED, compiles
from .shared import number, unattempted

COUNTS = 2, 3, 10  # lanes; the last is more than most cases have elements for

# What is compared of an answer: names of facts, and their values where all is well
MEET = "what happens between the lanes"
BITS = "what another number or order of lanes gives"
EQUAL = "the same bits"
SHARED = "how the results are shared out"
EVENLY = "evenly: no lane has two more than another"
UNEVENLY = "unevenly"
WORK = "how the lanes work"
ONCE = "how often each number of o is read and written"
BESIDE = "where neighbouring lanes are in o and z"


class Apart:
    """No two lanes meet."""

    def __repr__(self):
        return "no two of them meet"


class Meeting:
    """Two lanes meet, or part at a barrier.

    fault: what is wrong, in a few words without numbers, so that answers with the same fault
    compare equal; it is printed with its lines.
    """

    __slots__ = "__dict__", "lines"  # what is in the dict is compared

    def __init__(self, race):
        self.fault = re.sub(r"\d+", "·", str(race).split(":")[0])
        self.lines = "\n           ".join(str(race).split("\n")[:3])

    def __repr__(self):
        return self.lines


def record_accesses(kernel, arrays, *numbers, lanes):
    """Run a kernel on copies of the arrays. Returns these, RecordingArrays."""
    copies = [RecordingArray(array.copy()) for array in arrays]
    emulate(kernel, *copies, *numbers, lanes=lanes)
    return copies


def most_places(accesses):
    """How many different places the lane with most of them has."""
    return max((len(set(places)) for places in places_by_lane(accesses).values()), default=0)


def results_by_lanes(kernel, arrays, *numbers, result, counts=COUNTS):
    """What one lane makes of the arrays, whether several lanes meet, what several make of them, and
    whether each number and order of lanes gives the same bits. Returns a dict.

    result: (arrays) -> dict of what is to be compared
    counts: of lanes
    """

    def run(lanes, order=None, watch=False):
        copies = [array.copy() for array in arrays]
        emulate(kernel, *copies, *numbers, lanes=lanes, order=order, watch=watch)
        return copies

    alone = [array.values for array in record_accesses(kernel, arrays, *numbers, lanes=1)]

    meeting = Apart()
    played = {}
    try:
        for lanes in counts:
            played[lanes] = run(lanes, watch=True)
    except Race as race:
        meeting = Meeting(race)

    backwards = []
    try:
        for lanes in counts:
            if lanes not in played:
                played[lanes] = run(lanes)
        # lanes that do not meet in one order meet in none; unless they meet outside the arrays
        backwards = [run(counts[0], order=reversed(range(counts[0])))]
    except Race:  # not all lanes come to a barrier: the results of one lane stand for all
        played = {}

    found = result(*alone) | {MEET: meeting}
    for lanes in counts:
        for name, value in result(*played.get(lanes, alone)).items():
            found[f"with {lanes} lanes, {name}"] = value
    runs = [alone, *played.values(), *backwards]
    bits = {b"".join(array.tobytes() for array in run) for run in runs}
    found[BITS] = EQUAL if len(bits) == 1 else "other bits"
    return found


def random_memory(rng, size, lowest, highest):
    """Numbers of many sizes, (size,) float32: normal variables times powers of ten, 10**lowest to
    10**(highest - 1)."""
    numbers = rng.normal(size=size) * 10.0 ** rng.integers(lowest, highest, size)
    return numbers.astype(np.float32)


def double(memory, o, n):
    """A kernel with all that answers have: the compiler gets to know the words of lanes by it."""
    for i in range(lane(), n, lanes()):
        s = memory[o + i]
        s += memory[o + i] * memory.dtype.type(1)
        memory[o + i] = s
    barrier()


if os.environ.get("TINYMAML_GRADING"):  # once, before any copy of the process is made
    compiles(double, np.zeros(2, np.float32), 0, 2)


# ---- 06.share


def column_cases():
    return [(4, 5, 7), (3, 8, 8), (3, 1, 2), (1, 4, 4), (9, 13, 14, True)]


def run_columns(names, m, n, xi, compiled=False):
    kernel = names["columns"]
    o = 2  # where the two blocks begin
    x = o + n + 1
    memory = random_memory(np.random.default_rng(m + 10 * n), x + m * xi + 2, -2, 3)
    numbers = o, x, m, n, xi

    def result(memory):
        elsewhere = np.concatenate([memory[:o], memory[o + n :]])
        return {"o": memory[o : o + n], "elsewhere": elsewhere}

    found = results_by_lanes(kernel, [memory], *numbers, result=result)
    evenly = True
    if isinstance(found[MEET], Apart):
        [recorded] = record_accesses(kernel, [memory], *numbers, lanes=3)
        evenly = most_places(recorded.writes) <= math.ceil(n / 3)
    found[SHARED] = EVENLY if evenly else UNEVENLY
    if compiled:
        block = memory[x : x + m * xi].reshape(m, xi)[:, :n]
        safe = evenly and isinstance(found[MEET], Apart)
        well = safe and np.allclose(found["o"], block.sum(0), 1e-4)
        found[COMPILED] = compiles(kernel, memory, *numbers) if well else NOT_TRIED
    return found


COLUMNS = """def columns(memory, o, x, m, n, xi):
    for j in {loop}:
        s = memory[x + j] * 0
        for i in range(m):
            s += memory[x + i * {xi} + j]
        memory[o + j] {sign} s"""
DEALT = dict(loop="range(lane(), n, lanes())", xi="xi", sign="=")

SHARE = Exercise(
    "06.share",
    "The sums of columns, on lanes",
    "find the bug",
    ("columns",),
    insight=(
        "With a single result, such as a mean, one lane of 256 would work and 255 wait: fixed bits "
        "are paid for with idle lanes, which the short sums of few-shot tasks can afford."
    ),
    minutes=4,
    hints=(
        (
            "On one lane it is two loops: over j, and inside it over i. "
            "Which of the two can be shared out so that each o[j] is written by one lane?"
        ),
        "for j in range(lane(), n, lanes()): nothing else changes.",
        (
            "Inside: s = memory[x + j], then for i in range(1, m): s += memory[x + i * xi + j], "
            "and after that loop memory[o + j] = s."
        ),
    ),
    mistakes=(
        Mistake(
            "Every lane does all of it: they all write the same results, and meet there. Share "
            "the loop over j out.",
            COLUMNS.format(**DEALT | {"loop": "range(n)"}),
        ),
        Mistake(
            "You shared out the loop over i: then several lanes have a part of each o[j], "
            "and meet there. Share out the loop over the *results*.",
            """def columns(memory, o, x, m, n, xi):
    for j in range(n):
        memory[o + j] = memory[x + j] * 0
    for i in range(lane(), m, lanes()):
        for j in range(n):
            memory[o + j] += memory[x + i * xi + j]""",
        ),
        Mistake(
            "You shared out the loop over i, and then add what each lane has: they meet at each "
            "o[j], where one of two additions can be lost. Share out the loop over j.",
            """def columns(memory, o, x, m, n, xi):
    for j in range(n):
        s = memory[x] * 0
        for i in range(lane(), m, lanes()):
            s += memory[x + i * xi + j]
        memory[o + j] += s""",
        ),
        Mistake(
            "Both loops are shared out: a lane has every lanes()-th column, and of it every "
            "lanes()-th number. The others are added by no lane. The loop over i stays whole.",
            COLUMNS.format(**DEALT).replace("range(m)", "range(lane(), m, lanes())"),
        ),
        Mistake(
            "No two lanes need each other here, so no barrier is needed; "
            "and inside a loop that is shared out not all lanes come to it equally often.",
            COLUMNS.format(**DEALT) + "\n        barrier()",
        ),
        Mistake(
            "The results went to memory[j]. "
            "Everything lies in one array, and o says where the result starts: memory[o + j].",
            COLUMNS.format(**DEALT).replace("memory[o + j]", "memory[j]"),
        ),
        Mistake(
            "A lane takes one element, and there it ends: with more elements than lanes some "
            "are left over, with more lanes than elements some lanes are outside. A loop from "
            "lane() to n in steps of lanes() is right in both cases.",
            COLUMNS.format(**DEALT | {"loop": "[lane()]"}),
        ),
        Mistake(
            "A lane takes one element, and there it ends: "
            "with fewer lanes than elements some are left over. Go on in steps of lanes().",
            COLUMNS.format(**DEALT | {"loop": "range(lane(), min(lane() + 1, n))"}),
        ),
        Mistake(
            "Each lane starts at its own number, but does not go on in steps of lanes(): "
            "it comes to elements of others. range(lane(), n, lanes()).",
            COLUMNS.format(**DEALT | {"loop": "range(lane(), n)"}),
        ),
        Mistake(
            "All lanes start at 0: the steps are right, the start is not. "
            "range(lane(), n, lanes()).",
            COLUMNS.format(**DEALT | {"loop": "range(0, n, lanes())"}),
        ),
        Mistake(
            "n // lanes() elements for each lane, or n - n % lanes() for all of them, leave "
            "some over where n is not a multiple of lanes(). A range in steps of lanes() ends "
            "at n by itself.",
            COLUMNS.format(
                **DEALT | {"loop": "range(n // lanes() * lane(), n // lanes() * (lane() + 1))"}
            ),
        ),
        Mistake(
            "One lane does everything. The result is right, but the other lanes have nothing "
            "to do.",
            COLUMNS.format(**DEALT | {"loop": "range(n if lane() == 0 else 0)"}),
        ),
        Mistake(
            "The rows of x lie xi apart, not n: there may be gaps after the rows.",
            COLUMNS.format(**DEALT | {"xi": "n"}),
        ),
        Mistake(
            "You add to what o holds. Here the result is to be written: "
            "start each sum from nothing.",
            COLUMNS.format(**DEALT | {"sign": "+="}),
        ),
        Mistake(
            "o[i] is there, the sum along each row. "
            "The sum for o[j] goes down column j: x + i * xi + j, over i.",
            """def columns(memory, o, x, m, n, xi):
    for i in range(lane(), m, lanes()):
        s = memory[x] * 0
        for j in range(n):
            s += memory[x + i * xi + j]
        memory[o + i] = s""",
        ),
        Mistake(
            "Nothing has been written: o is as it was.",
            COLUMNS.format(**DEALT | {"loop": "range(0)"}),
        ),
    ),
    alternative="""def columns(memory, o, x, m, n, xi):
    j = lane()
    while j < n:
        memory[o + j] = memory[x + j]
        for i in range(1, m):
            memory[o + j] = memory[o + j] + memory[x + j + i * xi]
        j += lanes()""",
    cases=column_cases,
    run=run_columns,
    tolerance=1e-5,
    show=lambda m, n, xi, compiled=False: f"{m} rows of {n}, {xi} apart; 1, 2, 3 and 10 lanes",
)


# ---- 06.race


def descent_cases():
    return [(5, 4, 2), (4, 4, 1), (6, 1, 2), (1, 3, 2), (4, 3, 3, True)]


def run_descent(names, m, n, steps, compiled=False):
    kernel = names["descend"]
    rng = np.random.default_rng(m + 10 * n)
    w, x, y = (np.round(rng.normal(size=size), 2).astype(np.float32) for size in (n, m * n, m))
    arrays = [w, x, y, np.full(m, np.nan, np.float32)]
    numbers = m, n, np.float32(1 / (4 + m)), steps

    def result(w, x, y, r):
        return {"w": w, "x and y": np.concatenate([x, y])}

    # lanes that wait take turns, which takes time: fewer of them
    found = results_by_lanes(kernel, arrays, *numbers, result=result, counts=(2, 7))
    share_the_work = True
    if isinstance(found[MEET], Apart):
        w_recorded, x_recorded, _, _ = record_accesses(kernel, arrays, *numbers, lanes=3)
        reads = [len(places) for places in places_by_lane(x_recorded.reads).values()]
        fair = steps * (math.ceil(m / 3) * n + math.ceil(n / 3) * m)
        share_the_work = max(reads, default=0) <= 1.5 * fair
        share_the_work &= most_places(w_recorded.writes) <= math.ceil(n / 3)
    found[WORK] = "they share the work" if share_the_work else "some do the work of others, too"
    if compiled:
        safe = share_the_work and isinstance(found[MEET], Apart)
        found[COMPILED] = compiles(kernel, *arrays, *numbers) if safe else NOT_TRIED
    return found


DESCEND = """def descend(w, x, y, r, m, n, alpha, steps):
    for step in range(steps):
        {head}for i in {rows}:
            r[i] = -y[i]
            for q in range(n): r[i] += x[i * n + q] * w[q]
            {inside}
        {between}
        for q in {columns}:
            for i in range(m): w[q] -= alpha * r[i] * x[i * n + q]
            {deep}
        {end}"""
SAFE = dict(
    head="",
    rows="range(lane(), m, lanes())",
    columns="range(lane(), n, lanes())",
    inside="pass",
    between="barrier()",
    deep="pass",
    end="barrier()",
)

RACED = Exercise(
    "06.race",
    "Two mistakes in four loops",
    "find the bug",
    ("descend",),
    insight=(
        "No trick saves either barrier: each loop reads everything that the other has written, and "
        "on any machine gradient descent takes its steps one after another."
    ),
    minutes=5,
    hints=(
        (
            "Run it in your head with 5 rows and 4 lanes: "
            "how often does each lane come to the barrier?"
        ),
        (
            "Which loop reads what other lanes have written? The second one reads all of r. "
            "The first one reads all of w: who wrote it, and when?"
        ),
        (
            "The barrier belongs after the loop over i, not inside it. A second one belongs after "
            "the loop over q, inside the loop over the steps."
        ),
    ),
    mistakes=(
        Mistake(
            "Nothing has changed in what the lanes do: the barrier is still inside the loop "
            "over i, and lanes with more rows come to it more often than others.",
            DESCEND.format(**SAFE | {"inside": "barrier()", "between": "pass", "end": "pass"}),
        ),
        Mistake(
            "The second barrier is there. But the first one is still inside the loop over "
            "i: lanes with one row fewer come to it once less. Every lane has to come to every "
            "barrier.",
            DESCEND.format(**SAFE | {"inside": "barrier()", "between": "pass"}),
        ),
        Mistake(
            "One of the two is fixed: all of r is there before the loop over q reads it. The other "
            "is not: lanes that are ahead begin the next step, write r and read w, while slower "
            "lanes are still in the loop over q. It takes two steps to show.",
            DESCEND.format(**SAFE | {"end": "pass"}),
        ),
        Mistake(
            "Between one step and the next there is a barrier now. But the loop over q reads all "
            "of r, which other lanes write, and nothing makes it wait for them.",
            DESCEND.format(**SAFE | {"between": "pass"}),
        ),
        Mistake(
            "Without any barrier all lanes come to the end, "
            "and each of them reads what others have not written yet.",
            DESCEND.format(**SAFE | {"between": "pass", "end": "pass"}),
        ),
        Mistake(
            "The second barrier stands inside the loop over q: lanes with fewer numbers of w "
            "come to it less often. It belongs after that loop.",
            DESCEND.format(**SAFE | {"deep": "barrier()", "end": "pass"}),
        ),
        Mistake(
            "Now both barriers stand inside loops that are shared out, where lanes come to "
            "them a different number of times. Each belongs after its loop.",
            DESCEND.format(
                **SAFE
                | {"inside": "barrier()", "deep": "barrier()", "between": "pass", "end": "pass"}
            ),
        ),
        Mistake(
            "The second barrier is in its place. The first is in an `if` that some lanes skip: "
            "every lane has to come to every barrier, even a lane that has nothing to do.",
            DESCEND.format(**SAFE | {"between": "if lane() < m: barrier()"}),
        ),
        Mistake(
            "A barrier for lane 0 alone holds no other lane back: they go on without waiting.",
            DESCEND.format(
                **SAFE
                | {"between": "if lane() == 0: barrier()", "end": "if lane() == 0: barrier()"}
            ),
        ),
        Mistake(
            "No two lanes meet. But each works out all of r for itself: "
            "256 lanes do 256 times the same work. Keep the loop over i shared out.",
            DESCEND.format(
                **SAFE
                | {
                    "rows": "range(0)",
                    "between": """own = []
        for i in range(m):
            s = -y[i]
            for q in range(n): s += x[i * n + q] * w[q]
            own.append(s)
        barrier()""",
                }
            ).replace("alpha * r[i]", "alpha * own[i]"),
        ),
        Mistake(
            "Lanes no longer meet, but only one step is taken: the loop over the steps is missing.",
            DESCEND.format(**SAFE).replace("for step in range(steps)", "for step in range(1)"),
        ),
        Mistake(
            "One lane does everything: no two lanes meet, and no work is shared.",
            DESCEND.format(
                **SAFE
                | {
                    "rows": "range(m if lane() == 0 else 0)",
                    "columns": "range(n if lane() == 0 else 0)",
                }
            ),
        ),
        Mistake(
            "Every lane works out all of r for itself and writes it into the same places: "
            "they meet there.",
            DESCEND.format(**SAFE | {"rows": "range(m)"}),
        ),
        Mistake(
            "Every lane changes all of w: with three lanes each step is taken three times, "
            "in places where they meet. Share the loop over q out again.",
            DESCEND.format(**SAFE | {"columns": "range(n)"}),
        ),
        Mistake(
            "A barrier in an `if` that some lanes skip is one that not all lanes come to; "
            "with more lanes than rows, some never do.",
            DESCEND.format(
                **SAFE | {"between": "if lane() < m: barrier()", "end": "if lane() < n: barrier()"}
            ),
        ),
    ),
    alternative="""def descend(w, x, y, r, m, n, alpha, steps):
    while steps > 0:
        barrier()
        i = lane()
        while i < m:
            s = -y[i]
            for q in range(n):
                s = s + w[q] * x[q + n * i]
            r[i] = s
            i += lanes()
        barrier()
        for q in range(lane(), n, lanes()):
            t = w[q]
            for i in range(m):
                t = t - alpha * r[i] * x[q + n * i]
            w[q] = t
        steps = steps - 1""",
    cases=descent_cases,
    run=run_descent,
    tolerance=1e-4,
    show=lambda m, n, steps, compiled=False: (
        f"{m} rows, {n} numbers in w, {steps} step{'s' * (steps != 1)}, alpha 1/{4 + m}; "
        "1, 2, 3 and 7 lanes"
    ),
)


# ---- 06.bits

NOT_LIST = "`numbers` is a list of at most eight finite numbers: [1.0, 2.0, ...]."
TOO_LARGE = (
    "A number is larger than 10⁹ in absolute value. Overflow is another story; rounding is enough "
    "here."
)
EXACT = (
    "With these numbers both orders give the exact sum. Make a partial sum so large that a "
    "small number beside it is lost."
)
SMALL = (
    "They differ, but by no more than 1. Something larger has to get lost in one of the two orders."
)
SAME = (
    "Something is rounded, and in both orders alike: "
    "one lane adds x0, x1, x2, x3 in order; two lanes add x0 + x2 and x1 + x3 first. "
    "Let what is large cancel in one of them before the small ones come."
)


def judge_bits(names):
    numbers = names["numbers"]
    if unattempted(numbers):
        raise NotImplementedError
    if not isinstance(numbers, (list, tuple, np.ndarray)):
        return NOT_LIST
    try:
        values = [float(value) for value in numbers]
    except OverflowError:
        return TOO_LARGE
    except (TypeError, ValueError):
        return NOT_LIST
    if not 1 <= len(values) <= 8 or not all(map(number, values)):
        return NOT_LIST
    if any(isinstance(value, (str, bool)) for value in numbers):
        return NOT_LIST
    if max(map(abs, values)) > 1e9:
        return TOO_LARGE
    by_one_lane = float(names["sum_by"](1, values))
    by_two_lanes = float(names["sum_by"](2, values))
    if abs(by_one_lane - by_two_lanes) > 1:
        return Accepted(f"One lane says {by_one_lane:.9g}, two lanes say {by_two_lanes:.9g}.")
    if by_one_lane != by_two_lanes:
        return SMALL
    exact = np.array(values, np.float32).astype(float).sum()
    return EXACT if by_one_lane == exact else SAME


BITS_BROKEN = Exercise(
    "06.bits",
    "Not the last digit",
    "break it",
    ("numbers",),
    insight=(
        "PyTorch's `index_add_` on a GPU adds in no fixed order by default, so one seed may give "
        "two results; `torch.use_deterministic_algorithms(True)` asks for a fixed order."
    ),
    minutes=4,
    hints=(
        (
            "float32 has 24 bits: from 2^24 = 16,777,216 on, adding 1 may change nothing. Near 1e8 "
            "the numbers lie 8 apart: 1e8 + 3 is 1e8."
        ),
        (
            "A small number is lost while the sum is large, and kept while it is small. "
            "Two lanes add the even places and the odd places apart."
        ),
        "1e8 and -1e8 both at even places, and something small at the odd ones.",
    ),
    mistakes=(
        Mistake(EXACT, "numbers = [1.0, 2.0, 3.0, 4.0]"),
        Mistake(SMALL, "numbers = [0.1, 0.7, 0.3, 0.9, 1e3, 1e-3, -1e3]"),
        Mistake(SAME, "numbers = [1e8, 1.0]"),
        Mistake(TOO_LARGE, "numbers = [1e20, 3.0, -1e20, 3.0]"),
        Mistake(NOT_LIST, "numbers = [1e8, 1.0, 1.0, 1.0, -1e8, 1.0, 1.0, 1.0, 1.0]"),
    ),
    alternative="import numpy as np\nnumbers = np.array([16777216.0, 1, 0, 1, 0, 1, 0, 1])",
    judge=judge_bits,
    equivalent={"*": "a changed counterexample may still be one"},
)


# ---- 06.order

TABLES = {
    "in_row_each": {"z read": 1, "o read": 32, "o written": 32},
    "in_column_each": {"x read": 1, "z read": 4},
}
NOT_TABLE = "`{}` is a dict with the keys {}, and a whole number for each."
SAME_Z = (
    "In row_each all lanes are at the same p and j, so they read the same number, z[p,j]. "
    "How many sectors does one number touch?"
)
LEAPING = (
    "In row_each neighbouring lanes have neighbouring *rows*: o[0,j], o[1,j], o[2,j], ... "
    "lie 32 numbers apart, 128 bytes. How many of them can share a sector?"
)
WRITTEN = "What is read in o is written back to the same places: as many sectors again."
SAME_X = (
    "In column_each all lanes are at the same i and p, so they read the same number, x[i,p]. "
    "How many sectors does one number touch?"
)
SIDE = (
    "In column_each neighbouring lanes read neighbours, z[p,0], z[p,1], ..., z[p,31]: "
    "32 numbers of 4 bytes side by side. A sector has 32 bytes."
)


def judge_order(names):
    tables = {name: names[name] for name in TABLES}
    if any(map(unattempted, tables.values())):
        raise NotImplementedError
    for name, right in TABLES.items():
        mine = tables[name]
        if (
            not isinstance(mine, dict)
            or set(mine) != set(right)
            or not all(number(value) for value in mine.values())
        ):
            return NOT_TABLE.format(name, ", ".join(map(repr, right)))
    row, column = tables.values()
    if row["z read"] != 1:
        return SAME_Z
    if row["o read"] != 32:
        return LEAPING
    if row["o written"] != 32:
        return WRITTEN
    if column["x read"] != 1:
        return SAME_X
    if column["z read"] != 4:
        return SIDE
    return Accepted("65 sectors against 5, and what moves once in 32 passes.")


def guess(row=None, column=None):
    """The right answer, with some numbers of its tables changed."""
    row = TABLES["in_row_each"] | (row or {})
    column = TABLES["in_column_each"] | (column or {})
    return f"in_row_each = {row!r}\nin_column_each = {column!r}"


ORDER = Exercise(
    "06.order",
    "What a warp touches in one pass",
    "predict",
    ("in_row_each", "in_column_each"),
    insight=(
        "In lesson 05's measure, 32 lanes do 64 flops a pass for 65 sectors or for 5: before any "
        "cache, 0.03 flops per byte against 0.4."
    ),
    minutes=4,
    hints=(
        (
            "Write down the place of each operand for lanes 0, 1 and 2: o[i,j] is at 32 i + j. "
            "Which letter is the lane's own?"
        ),
        (
            "All lanes at one place: one sector. Neighbours: 32 · 4 bytes in sectors of 32. "
            "Places 32 numbers apart: a sector for each."
        ),
        (
            "In row_each i is the lane: z[p,j] has no i, o[i,j] leaps with it. "
            "In column_each j is the lane: x[i,p] has no j, z[p,j] walks with it."
        ),
    ),
    mistakes=(
        Mistake(SAME_Z, guess(row={"z read": 4})),
        Mistake(LEAPING, guess(row={"o read": 4, "o written": 4})),
        Mistake(WRITTEN, guess(row={"o written": 0})),
        Mistake(SAME_X, guess(column={"x read": 32})),
        Mistake(SIDE, guess(column={"z read": 32})),
        Mistake(
            NOT_TABLE.format("in_row_each", "'z read', 'o read', 'o written'"),
            guess().replace("'z read': 1, ", ""),
        ),
    ),
    alternative="""side_by_side = 32 * 4 // 32
in_column_each = {"z read": side_by_side, "x read": 1.0}
in_row_each = dict.fromkeys(("o read", "o written"), 32) | {"z read": 1}""",
    judge=judge_order,
)


# ---- 06.matmul


def product_cases():
    """Lengths and strides of o[i,j] += Σ_p x[i,p] z[p,j]: m, n, k, oi, xi, xp, zp. Rows may have
    gaps, x may be transposed. The last one is compiled, too."""
    sizes = [(2, 4, 3), (2, 5, 3), (4, 3, 2), (2, 2, 1), (5, 14, 2), (2, 3, 9)]
    cases = []
    for c, (m, n, k) in enumerate(sizes):
        gap = c % 3
        transposed = c % 2 == 1
        xi, xp = (1, m + gap) if transposed else (k + gap, 1)
        cases.append((m, n, k, n + gap, xi, xp, n + 2 * gap))
    cases[-1] += (True,)
    return cases


def run_matmul(names, m, n, k, oi, xi, xp, zp, compiled=False):
    kernel = names["lane_matmul"]
    o = 3  # where the three blocks begin
    x = o + m * oi
    z = x + (m - 1) * xi + (k - 1) * xp + 1
    memory = random_memory(np.random.default_rng(m + 10 * n + 100 * k), z + k * zp + 2, -1, 2)
    numbers = o, x, z, m, n, k, oi, xi, xp, zp
    places = (o + oi * np.arange(m)[:, None] + np.arange(n)).ravel()

    def result(memory):
        return {"o": memory[places].reshape(m, n), "elsewhere": np.delete(memory, places)}

    found = results_by_lanes(kernel, [memory], *numbers, result=result)
    evenly, once, side_by_side = True, True, True
    if isinstance(found[MEET], Apart):
        [recorded] = record_accesses(kernel, [memory], *numbers, lanes=4)
        o_reads = accesses_within(recorded.reads, o, x)
        o_writes = accesses_within(recorded.writes, o, x)
        z_reads = accesses_within(recorded.reads, z, len(memory))
        evenly = most_places(o_writes) <= math.ceil(m * n / 4)
        once = max(len(o_reads), len(o_writes)) <= m * n
        side_by_side = are_neighbours(o_writes, oi, n) and are_neighbours(z_reads, 0, n)
    found[SHARED] = EVENLY if evenly else UNEVENLY
    found[ONCE] = "once" if once else "for every term"
    found[BESIDE] = "beside each other" if side_by_side else "apart"
    if compiled:
        left = memory[x + xi * np.arange(m)[:, None] + xp * np.arange(k)]
        right = memory[z + zp * np.arange(k)[:, None] + np.arange(n)]
        well = evenly and once and side_by_side and isinstance(found[MEET], Apart)
        well = well and np.allclose(found["o"], memory[places].reshape(m, n) + left @ right, 1e-2)
        found[COMPILED] = compiles(kernel, memory, *numbers) if well else NOT_TRIED
    return found


def accesses_within(accesses, start, stop):
    return [(who, place) for who, place in accesses if start <= place < stop]


def are_neighbours(accesses, row, n):
    """At each moment, does lane k + 1 stand right of lane k, or, from the end of a row, at the
    start of the next one (row apart)? Or the other way round: a warp that walks backwards moves the
    same sectors."""
    places = places_by_lane(accesses)
    steps = []
    for who in sorted(places):
        if who + 1 in places:
            pairs = zip(places[who], places[who + 1], strict=False)
            steps += [right - left for left, right in pairs]
    onwards = 1, row - n + 1
    return all(step in onwards for step in steps) or all(-step in onwards for step in steps)


MATMUL = """def lane_matmul(memory, o, x, z, m, n, k, oi, xi, xp, zp):
    {first}
        {second}
        s = memory[o + i * oi + j]
        for p in range(k):
            s += memory[x + i * xi + p * xp] * memory[z + p * zp + j]
        memory[o + i * oi + j] = s"""
EACH = dict(first="for e in range(lane(), m * n, lanes()):", second="i, j = e // n, e % n")
NESTED = """def lane_matmul(memory, o, x, z, m, n, k, oi, xi, xp, zp):
    for i in range({i}):
        for p in range({p}):
            for j in range({j}):
                memory[o + i * oi + j] += memory[x + i * xi + p * xp] * memory[z + p * zp + j]"""

MULTIPLIED = Exercise(
    "06.matmul",
    "A product, a number a lane",
    "write",
    ("lane_matmul",),
    insight=(
        "Each lane still loads two numbers for two flops; the fast products of GPU libraries give "
        "a lane a tile of o and reuse what it has loaded, as lesson 05 did on a core."
    ),
    minutes=5,
    hints=(
        (
            "Number o's numbers from 0 to m · n − 1, row by row: e = i n + j. "
            "Share that loop out; which i and j belong to e?"
        ),
        (
            "i, j = e // n, e % n: "
            "then neighbouring lanes have neighbouring j, almost always in the same row."
        ),
        (
            "s = memory[o + i * oi + j]; for p in range(k): "
            "s += memory[x + i * xi + p * xp] * memory[z + p * zp + j]; memory[o + i * oi + j] = s."
        ),
    ),
    mistakes=(
        Mistake(
            "Those are lesson 05's loops, not shared out: every lane does all of it, and they "
            "meet in o.",
            NESTED.format(i="m", p="k", j="n"),
        ),
        Mistake(
            "You shared out the terms of the sum: "
            "several lanes have a part of the same o[i,j], and meet there.",
            NESTED.format(i="m", p="lane(), k, lanes()", j="n"),
        ),
        Mistake(
            "You shared out the sum over p, and add what each lane has: they meet at each o[i,j]. "
            "Share out the numbers of the result.",
            """def lane_matmul(memory, o, x, z, m, n, k, oi, xi, xp, zp):
    for i in range(m):
        for j in range(n):
            s = memory[o] * 0
            for p in range(lane(), k, lanes()):
                s += memory[x + i * xi + p * xp] * memory[z + p * zp + j]
            memory[o + i * oi + j] += s""",
        ),
        Mistake(
            "Both i and j are shared out by the same lane(): with three lanes, lane 1 has rows "
            "1, 4, ... and of them columns 1, 4, ... only; most numbers belong to no lane. "
            "Number them all, e = 0, 1, ..., m · n − 1, and share out e.",
            MATMUL.format(
                first=(
                    "for i in range(lane(), m, lanes()):\n      for j in range(lane(), n, lanes()):"
                ),
                second="pass",
            ),
        ),
        Mistake(
            "A lane takes the number e = lane(), whether there is one or not, and no other. A "
            "loop from lane() to m · n in steps of lanes() is right in both cases.",
            MATMUL.format(**EACH | {"first": "for e in [lane()]:"}),
        ),
        Mistake(
            "A lane takes one number, and there it ends: with fewer lanes than numbers the "
            "others belong to no lane. Go on in steps of lanes().",
            MATMUL.format(**EACH | {"first": "for e in range(lane(), min(lane() + 1, m * n)):"}),
        ),
        Mistake(
            "Right, and each lane has a row: "
            "at one moment neighbouring lanes are a whole row apart in o and in x. With more "
            "lanes than rows, some have nothing to do, and o is read and written for every term.",
            NESTED.format(i="lane(), m, lanes()", p="k", j="n"),
        ),
        Mistake(
            "Right, and neighbours read neighbours. But only the columns are shared out: "
            "with more lanes than columns, some have nothing to do. "
            "And o is read and written for every term of the sum.",
            NESTED.format(i="m", p="k", j="lane(), n, lanes()"),
        ),
        Mistake(
            "Right, coalesced, the sum in a variable. But only the columns are shared out: "
            "of 256 lanes, 40 columns leave 216 without work.",
            MATMUL.format(
                first="for j in range(lane(), n, lanes()):\n      for i in range(m):", second="pass"
            ),
        ),
        Mistake(
            "The sum is in a variable. "
            "But only the rows are shared out, and neighbouring lanes are a whole row apart.",
            MATMUL.format(
                first="for i in range(lane(), m, lanes()):\n      for j in range(n):", second="pass"
            ),
        ),
        Mistake(
            "All m · n numbers are shared out, but neighbouring lanes have neighbouring *rows*: "
            "i, j = e % m, e // m walks down the columns of o. Turn it round.",
            MATMUL.format(**EACH | {"second": "i, j = e % m, e // m"}),
        ),
        Mistake(
            "The numbers are cut into slices: every lane has numbers side by side, and at one "
            "moment neighbouring lanes are a slice apart. Deal them out like cards.",
            MATMUL.format(
                **EACH
                | {
                    "first": (
                        "for e in "
                        "range(m * n * lane() // lanes(), m * n * (lane() + 1) // lanes()):"
                    )
                }
            ),
        ),
        Mistake(
            "Right and coalesced, but o is read and written for every term of the sum. "
            "Add up in a variable.",
            """def lane_matmul(memory, o, x, z, m, n, k, oi, xi, xp, zp):
    for e in range(lane(), m * n, lanes()):
        for p in range(k):
            i, j = e // n, e % n
            memory[o + i * oi + j] += memory[x + i * xi + p * xp] * memory[z + p * zp + j]""",
        ),
        Mistake(
            "Rows of o have n numbers, so i = e // n and j = e % n: you divided by another length.",
            MATMUL.format(**EACH | {"second": "i, j = e // m, e % m"}),
        ),
        Mistake(
            "o[i,j] may hold something already, and the kernel adds to it: "
            "start the sum from what is there.",
            MATMUL.format(**EACH).replace("s = memory[o + i * oi + j]", "s = memory[o] * 0"),
        ),
        Mistake(
            "The rows of o and z lie oi and zp apart, not n, and x may be transposed: use the "
            "strides.",
            MATMUL.format(**EACH)
            .replace("i * oi", "i * n")
            .replace("i * xi + p * xp", "i * k + p")
            .replace("p * zp", "p * n"),
        ),
        Mistake(
            "Row by row without a gap would be o + e. Rows lie oi apart: o + i * oi + j.",
            MATMUL.format(**EACH).replace("o + i * oi + j", "o + e"),
        ),
        Mistake(
            "Nothing has been written: o is as it was.",
            MATMUL.format(**EACH | {"first": "for e in range(0):"}),
        ),
    ),
    alternative="""def lane_matmul(memory, o, x, z, m, n, k, oi, xi, xp, zp):
    i, j = divmod(lane(), n)
    while i < m:
        a, b, total = x + i * xi, z + j, 0.0
        for _ in range(k):
            total += memory[a] * memory[b]
            a, b = a + xp, b + zp
        memory[o + i * oi + j] += total
        i, j = divmod(i * n + j + lanes(), n)""",
    cases=product_cases,
    run=run_matmul,
    tolerance=1e-5,
    show=lambda m, n, k, oi, xi, xp, zp, compiled=False: (
        f"a product {m} x {k} @ {k} x {n}, with rows of o {oi} apart, of z {zp}, "
        f"and strides of x {xi}, {xp}; 1, 2, 3, 4 and 10 lanes"
    ),
)


# ---- 06.roof

ROOFED = """def flops_per_byte(m, k, n):
    return {flops} / ({bytes})"""
COUNTED = dict(flops="12 * m * k * n", bytes="28 * (m * k + k * n + m * n)")


def roofed(**counted):
    """An answer that counts some of it differently."""
    return ROOFED.format(**COUNTED | counted)


ROOF = Exercise(
    "06.roof",
    "Flops for each byte",
    "write",
    ("flops_per_byte",),
    insight=(
        "More tasks do not help: from the second inner step on each task has weights of its own, "
        "so no fetched weight serves two tasks, and m stays at ten samples."
    ),
    minutes=5,
    hints=(
        (
            "Each line multiplies and adds for each i, p and j: 2 m k n flops. "
            "An m x n matrix has 4 m n bytes; "
            "go through the six lines and write down which matrices each one reads and writes."
        ),
        (
            "The two lines of the tangent read X_dot, W, then X, W_dot, and Y_dot because the "
            "second one adds; they write Y_dot twice. That is 2 m k + 2 k n + 3 m n numbers."
        ),
        (
            "The other two rows are the same with the letters exchanged. Together each of the "
            "sizes m k, k n and m n is there 2 + 2 + 3 times."
        ),
    ),
    mistakes=(
        Mistake(
            "That is half of it. A product and a sum are two flops; float32 has 4 bytes, not 8.",
            roofed(flops="6 * m * k * n"),
        ),
        Mistake(
            "Those are the flops of one line, against the bytes of all six.",
            roofed(flops="2 * m * k * n"),
        ),
        Mistake(
            "You counted the gradient's three lines as well. The question is about the six of "
            "the Hessian-vector product.",
            roofed(flops="18 * m * k * n"),
        ),
        Mistake(
            "float32 has 4 bytes: you divided by how many numbers move.",
            roofed(bytes="7 * (m * k + k * n + m * n)"),
        ),
        Mistake(
            "A line that adds reads its result before it adds, and three of the six lines do: more "
            "moves than three matrices a line.",
            roofed(bytes="24 * (m * k + k * n + m * n)"),
        ),
        Mistake(
            "A line that stores does not read what is there: only the three lines that add do.",
            roofed(bytes="32 * (m * k + k * n + m * n)"),
        ),
        Mistake(
            "Each matrix was counted once. "
            "But every line reads its operands anew and writes its result: count line by line.",
            roofed(bytes="4 * (m * k + k * n + m * n)"),
        ),
        Mistake(
            "You counted what is read. What is written moves too, in each of the six lines.",
            roofed(bytes="20 * (m * k + k * n + m * n)"),
        ),
        Mistake(
            "Every product was counted as if both of its factors came from memory. "
            "Each line reads a number of its operands once and keeps it while the line lasts.",
            roofed(bytes="48 * m * k * n"),
        ),
        Mistake(
            "That is bytes per flop, upside down.",
            "def flops_per_byte(m, k, n):\n"
            "    return 28 * (m * k + k * n + m * n) / (12 * m * k * n)",
        ),
    ),
    alternative="""def flops_per_byte(samples, inputs, outputs):
    sizes = {"X": samples * inputs, "W": inputs * outputs, "Y": samples * outputs}
    moved = 0
    for result in sizes:
        for adds in (False, True):
            for size in sizes.values():
                moved += 4 * size
            if adds:
                moved += 4 * sizes[result]
    return 6 * (samples * inputs * outputs * 2) / moved""",
    cases=lambda: [(100, 10_000, 10_000), (10, 40, 20), (3, 5, 7), (5, 3, 2), (1, 2, 3), (1, 1, 1)],
    show=lambda m, k, n: f"{m} samples, {k} inputs, {n} outputs",
)


EXERCISES = [SHARE, RACED, BITS_BROKEN, ORDER, MULTIPLIED, ROOF]
