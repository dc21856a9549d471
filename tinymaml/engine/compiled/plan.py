"""Which programs a computation runs, and one memory that holds all of their blocks.

Three programs: `inner`, at each step; `pull`, which turns the direction v into H_j v on the way
back; `outer`, once at the end. What distinguishes exact from Hessian-free, and fixed samples from
fresh ones, is decided here, in the layout: the compiled loop (inner_loop.py) stays the same.
"""

from typing import NamedTuple

import numpy as np

from ..instructions import blocks_of
from ..sweeps import program, results
from .blocks import CACHE_LINE, Blocks, Place
from .format import Column, Fact, Method
from .layout import Layout
from .loop_choice import ALL_LOOPS, encode
from .packing import cached_packing
from .passes import PASSES, optimise


class Result(NamedTuple):
    """What running a plan gives, on each target."""

    gradient: np.ndarray  # (P,) the mean of the tasks' gradients
    losses: np.ndarray  # (B,)
    gradients: np.ndarray  # (B, P), or (0, P) unless per_task
    points: np.ndarray  # (points, B, P) the last of w_0 .. w_N
    diverged: np.ndarray  # the tasks whose w_N, loss or gradient is not finite
    alpha_gradient: np.ndarray | None = None  # (P,) the mean of d loss / d alpha, if asked for


class Part(NamedTuple):
    """One of the three programs: its calls, and where its blocks are, as far as that is given."""

    blocks: Blocks
    calls: list
    places: dict  # block -> Place
    results: set  # the blocks that it is run for


class Plan:
    """The programs of one loss for data of one shape, as arrays of integers, and their memory.

    inner, hessian, outer: the tapes of the inner steps, of their Hessians and of the outer loss, or
    None; fresh: every step has its own samples; result: what `outer` is run for ("value",
    "gradient" or "hvp"; None: not run); vector_alpha: there is a stepsize for each parameter;
    alpha_gradient: the gradient with respect to the stepsizes is asked for. passes and loops: what
    makes the programs fast, to switch parts of it off.
    """

    def __init__(
        self,
        dtype,
        steps,
        method,
        inner,
        hessian,
        outer,
        fresh=False,
        result="gradient",
        vector_alpha=False,
        alpha_gradient=False,
        passes=PASSES,
        loops=ALL_LOOPS,
    ):
        self.dtype = np.dtype(dtype).type
        self.steps = steps
        self.method = method
        self.fresh = fresh
        self.result = result
        self.vector_alpha = vector_alpha
        self.alpha_gradient = alpha_gradient
        self.passes = passes
        self.pools = {}  # of memories that were used before, for each number of threads (cpu.py)
        self.inner = inner and Blocks(inner, dtype)
        self.hessian = hessian and Blocks(hessian, dtype)
        self.outer = outer and Blocks(outer, dtype)
        # where each parameter lies in a parameter vector in memory, (P,), and that vector's length
        self.positions, self.length = (self.inner or self.outer).parameter_positions()
        self.length_of_sums = self.length * (2 if alpha_gradient else 1)
        self.layout = Layout()
        self.place_vectors()
        self.place_data()
        parts = self.choose_parts()
        starts = self.encode_parts(parts, loops)
        self.write_facts(parts, starts)
        self.work = self.count_work(parts)  # multiplications for each task

    # ---- the layout

    def place_vectors(self):
        """Parameter vectors: the points of the trajectory, and what is computed from them."""
        reserve = self.layout.reserve
        self.points = reserve(self.length, copies=self.steps + 1)
        self.gradient = reserve(self.length)
        self.gradients_kept = self.gradient  # of the inner steps
        self.direction = reserve(self.length)
        self.hv = reserve(self.length)
        self.shifted = reserve(self.length)
        self.is_parameter = reserve(self.length)
        self.alphas = self.scaled = self.alpha_sum = Place(0)  # there is none
        if self.vector_alpha:
            self.alphas, self.scaled = reserve(self.length), reserve(self.length)
        if self.alpha_gradient:
            self.alpha_sum = reserve(self.length)
            self.gradients_kept = reserve(self.length, copies=max(self.steps, 1))
        self.layout.constants.append((self.is_parameter.at + self.positions, 1))

    def place_data(self):
        """The data: a direction, if the result is an HVP, then the samples of each part."""
        copies = self.steps if self.fresh else 1
        direction = [(1, 1, self.length)] if self.result == "hvp" else []
        inner = shapes_of_data(self.inner, copies)
        # fixed samples of the Hessians are those of the inner steps
        hessian = shapes_of_data(self.hessian, copies) if self.fresh else []
        outer = shapes_of_data(self.outer, 1)
        shapes = (*direction, *inner, *hessian, *outer)
        self.packing = cached_packing(np.dtype(self.dtype), shapes)
        self.data = self.layout.reserve(self.packing.length)
        places = iter([Place(self.data.at + at, apart) for at, apart in self.packing.places])
        self.given_direction = [next(places) for _ in direction]
        self.inner_data = [next(places) for _ in inner]
        self.hessian_data = [next(places) for _ in hessian]
        self.outer_data = [next(places) for _ in outer]

    # ---- the programs

    def choose_parts(self):
        """-> {"inner": Part, "pull": Part, "outer": Part}, without those that are not run."""
        at_points = {
            "": self.points,
            "bar": self.gradients_kept,
            "dot": self.scaled if self.vector_alpha else self.direction,
            "bar_dot": self.hv,
        }
        parts = {}
        if self.steps and self.method == Method.EXACT and not self.fresh:
            both = self.make_part(self.inner, ("gradient", "hvp"), at_points, self.inner_data)
            parts["inner"], parts["pull"] = self.split(both)
        elif self.steps:
            parts["inner"] = self.make_part(self.inner, ("gradient",), at_points, self.inner_data)
            if self.method == Method.EXACT:
                names = ("gradient", "hvp")
                planes = at_points | {"bar": self.gradient}
                parts["pull"] = self.make_part(self.hessian, names, planes, self.hessian_data)
            elif self.method == Method.HESSIAN_FREE:
                at_shifted = {"": self.shifted, "bar": self.gradient}
                data = self.hessian_data or self.inner_data
                parts["pull"] = self.make_part(self.hessian, ("gradient",), at_shifted, data)
        if self.result:
            parts["outer"] = self.make_outer_part()
        return parts

    def make_outer_part(self):
        """The program of the result, which is written where the way back starts: to v."""
        names = (self.result,)
        planes = {"": self.points, "bar": self.direction}
        if self.result == "hvp":
            names = ("gradient", "hvp")
            planes = {
                "": self.points,
                "bar": self.hv,
                "dot": self.given_direction[0],
                "bar_dot": self.direction,
            }
        wanted = {(self.outer.tape.loss, "")}
        return self.make_part(self.outer, names, planes, self.outer_data, wanted)

    def make_part(self, blocks, names, planes, data, wanted=()):
        """The programs `names` of a tape, run as one."""
        calls = optimise(program(blocks.tape, *names, wanted=wanted), blocks, self.passes)
        places = self.layout.place_fixed(blocks, planes, data)
        return Part(blocks, calls, places, results(blocks.tape, names[-1]))

    def split(self, part):
        """Cut a gradient-and-hvp program in two; what the first leaves to the second is kept for
        each step."""
        tape = part.blocks.tape
        gradient = [call for call in part.calls if call.program == "gradient"]
        hvp = [call for call in part.calls if call.program == "hvp"]
        read_by_hvp = set().union(*(blocks_of(call.ins) for call in hvp))
        saved = {}  # in the order in which they are written
        for call in gradient:
            for operand in call.outs:
                if operand.block in read_by_hvp and operand.block not in part.places:
                    saved[operand.block] = True
        places = part.places | self.layout.place_saved(part.blocks, list(saved), self.steps)
        return (
            Part(part.blocks, gradient, places, results(tape, "gradient")),
            Part(part.blocks, hvp, places, results(tape, "hvp")),
        )

    def encode_parts(self, parts, loops):
        """The programs as arrays for the kernels: code, and coefficients.

        -> where each of the three programs starts in the code, and where the last one ends.
        """
        code = [np.zeros((0, len(Column)), np.int64)]
        coefficients = [np.zeros(0)]
        starts = [0]
        start_of_scratch = self.layout.size
        for name in ("inner", "pull", "outer"):
            if name in parts:
                blocks, calls, fixed, wanted = parts[name]
                places = self.layout.place_scratch(blocks, fixed, calls, start_of_scratch)
                rows, numbers = encode(calls, blocks, places, wanted, loops)
                code.append(rows)
                coefficients.append(numbers)
            starts.append(sum(map(len, code)))
        self.code = np.concatenate(code)
        self.coefficients = np.concatenate(coefficients).astype(self.dtype)
        return starts

    def write_facts(self, parts, starts):
        """What the kernels have to know beside the code."""
        self.facts = np.zeros(len(Fact), np.int64)
        self.facts[[Fact.INNER, Fact.PULL, Fact.OUTER, Fact.END]] = starts
        self.facts[[Fact.POINT, Fact.POINT_APART]] = self.points
        self.facts[[Fact.GRADIENT, Fact.GRADIENT_APART]] = self.gradients_kept
        self.facts[Fact.DIRECTION] = self.direction.at
        self.facts[Fact.HV] = self.hv.at
        self.facts[Fact.SHIFTED] = self.shifted.at
        self.facts[Fact.SHIFTED_GRADIENT] = self.gradient.at
        self.facts[Fact.ALPHA] = self.alphas.at
        self.facts[Fact.SCALED] = self.scaled.at
        self.facts[Fact.ALPHA_GRADIENT] = self.alpha_sum.at
        self.facts[Fact.DATA] = self.data.at
        self.facts[Fact.IS_PARAMETER] = self.is_parameter.at
        self.facts[Fact.LENGTH] = self.length
        self.facts[Fact.SIZE] = len(self.positions)
        self.facts[Fact.DATA_LENGTH] = self.packing.length
        self.facts[Fact.STEPS] = self.steps
        self.facts[Fact.METHOD] = self.method
        if self.result:
            self.facts[Fact.LOSS] = parts["outer"].places[self.outer.tape.loss, ""].at

    def count_work(self, parts):
        """How many multiplications a task takes, by the lengths of the loops."""
        gradients_a_step = 2 if self.method == Method.HESSIAN_FREE else 1
        runs = {"inner": self.steps, "pull": self.steps * gradients_a_step, "outer": 1}
        work = 0
        for name, part in parts.items():
            work += runs[name] * sum(int(np.prod(call.extent)) for call in part.calls)
        return work

    # ---- when it runs

    def starts_and_alpha(self, start, alpha):
        """As the kernels take them: the start (P,) or the starts (B, P) as rows, and below them
        alpha, if it is one for each parameter; and alpha as a number, 0 if it is none."""
        if self.vector_alpha:
            return np.vstack([start, alpha.astype(self.dtype)]), self.dtype(0)
        return start if start.ndim == 2 else start[None], self.dtype(alpha)

    def spread(self, v):
        """A vector (P,) as parameter vectors lie in memory, (length,)."""
        vector = np.zeros(self.length, self.dtype)
        vector[self.positions] = v
        return vector

    def memories(self, threads):
        """One memory a thread, (threads, size), on a cache line, the constants already in it."""
        n = threads * self.layout.size
        item = np.dtype(self.dtype).itemsize
        raw = np.zeros(n + CACHE_LINE // item, self.dtype)
        skip = -raw.ctypes.data % CACHE_LINE // item
        memories = raw[skip : skip + n].reshape(threads, -1)
        for positions, values in self.layout.constants:
            memories[:, positions] = values
        return memories


def shapes_of_data(blocks, copies):
    """(copies, rows, columns) of each data array of a tape; none where there is no tape."""
    if blocks is None:
        return []
    return [(copies, *blocks.tape.shapes[slot]) for slot in blocks.tape.data]


def plan_of_result(loss, result, tape, dtype):
    """The plan of a loss's "value", "gradient" or "hvp", made once and kept by the loss."""
    shapes = tuple(tape.shapes[slot] for slot in tape.data)

    def make_plan():
        return Plan(dtype, 0, Method.FIRST_ORDER, None, None, tape, result=result)

    return loss.plan((result, dtype, *shapes), make_plan)


def evaluate(run, loss, result, tape, w, v, data):
    """The "value", "gradient" or "hvp" (along v) of a loss at w. run: a machine's."""
    plan = plan_of_result(loss, result, tape, w.dtype)
    arrays = [plan.spread(v), *data] if result == "hvp" else data
    found = run(plan, w, plan.packing.pack(arrays, 1), 1.0, 1.0)
    return float(found.losses[0]) if result == "value" else found.gradient
