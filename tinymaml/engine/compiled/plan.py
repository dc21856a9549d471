"""Which programs a computation runs, and one workspace that holds all of their blocks (lessons 05
and 08).

Three programs: `inner`, at each step; `pull`, which turns the direction v into H_j v on the way
back; `outer`, once at the end. What distinguishes exact from Hessian-free, and fixed samples from
fresh ones, is decided here, in the layout: the compiled loop (nested.py) stays the same.
"""

from typing import NamedTuple

import numpy as np

from ..sweeps import RESULTS, keys, program
from .blocks import Memory, Packing, Place
from .inner_loop import EXACT, FIRST_ORDER, HESSIAN_FREE  # noqa: F401 (the methods, for whoever makes a plan)
from .layout import Layout
from .loop_choice import table
from .passes import optimise


class Result(NamedTuple):
    """What running a plan gives, on each target."""

    gradient: np.ndarray  # (P,)          the mean of the tasks' gradients
    losses: np.ndarray  # (B,)
    gradients: np.ndarray  # (B, P)        (0, P) unless per_task
    points: np.ndarray  # (points, B, P) the last of w_0 .. w_N
    diverged: np.ndarray | tuple  # the tasks whose w_N, loss or gradient is not finite


class Role(NamedTuple):
    """What one tape has to do in a plan."""

    memory: Memory  # the tape, and how its blocks lie
    names: tuple[str, ...]  # the programs, run as one
    planes: dict  # plane -> Place of the parameter vector's values, adjoints, ...
    data: list[Place]  # of the tape's data


class Plan:
    """The programs of one loss for data of one shape, as tables of integers, and the layout of a
    workspace.

    inner, hessian, outer: the tapes of the inner steps, of their Hessians and of the outer loss;
    fresh: every step has its own samples; result: what `outer` is run for ("value", "gradient" or
    "hvp"; None: not run).
    """

    def __init__(self, dtype, steps, method, inner, hessian, outer, fresh=False, result="gradient"):
        inner, hessian, outer = (tape and Memory(tape, dtype) for tape in (inner, hessian, outer))
        self.dtype, self.steps, self.method = np.dtype(dtype).type, steps, method
        self.layout, self.pools = Layout(), {}
        self.where, self.length = (inner or outer).positions()  # of a parameter vector
        W, G, V, HV, SHIFTED, REAL = (
            self.layout.reserve(self.length, copies) for copies in (steps + 1, 1, 1, 1, 1, 1)
        )
        self.layout.constants.append(
            (REAL.at + self.where, 1)
        )  # 1 where a parameter is, 0 in the gaps

        direction = (
            [(1, 1, self.length)] if result == "hvp" else []
        )  # the data: the direction, if there is one, and the samples
        samples = [
            [(copies, *m.tape.shapes[s]) for s in m.tape.data] if m else []
            for m, copies in (
                (inner, steps if fresh else 1),
                (hessian if fresh else None, steps),
                (outer, 1),
            )
        ]
        self.packing = Packing(dtype, direction + sum(samples, []))
        data = self.layout.reserve(self.packing.length)
        places = iter([Place(data.at + p.at, p.apart) for p in self.packing.places])
        direction, inner_data, hessian_data, outer_data = (
            [next(places) for _ in part] for part in (direction, *samples)
        )

        at_w = {"": W, "bar": G, "dot": V, "bar_dot": HV}
        one_tape = (
            method == EXACT and not fresh
        )  # then the way back reads what the way forwards has left
        roles = {}
        if steps:
            roles["inner"] = Role(
                inner, ("gradient", "hvp") if one_tape else ("gradient",), at_w, inner_data
            )
        if steps and method == EXACT and fresh:
            roles["pull"] = Role(hessian, ("gradient", "hvp"), at_w, hessian_data)
        if steps and method == HESSIAN_FREE:
            roles["pull"] = Role(
                hessian, ("gradient",), {"": SHIFTED, "bar": G}, hessian_data or inner_data
            )
        if result == "hvp":
            roles["outer"] = Role(
                outer,
                ("gradient", "hvp"),
                {"": W, "bar": HV, "dot": direction[0], "bar_dot": V},
                outer_data,
            )
        elif result:
            roles["outer"] = Role(outer, (result,), {"": W, "bar": V}, outer_data)

        parts = dict.fromkeys(
            ("inner", "pull", "outer"), (None, {}, [], ())
        )  # name -> (memory, places, lines, results)
        for name, r in roles.items():
            tape = r.memory.tape
            lines = optimise(
                program(tape, *r.names, wanted={(tape.loss, "")} if name == "outer" else ()),
                r.memory,
            )
            parts[name] = (
                r.memory,
                self.layout.fix(r.memory, r.planes, r.data),
                lines,
                RESULTS[r.names[-1]](tape),
            )
        if steps and one_tape:
            parts["inner"], parts["pull"] = self.split(*parts["inner"])
        start = self.layout.size
        tables = [
            table(lines, memory, self.layout.scratch(memory, places, lines, start), results)
            for memory, places, lines, results in parts.values()
        ]
        self.code, self.coefficients = (np.concatenate(columns) for columns in zip(*tables))
        self.coefficients = self.coefficients.astype(dtype)
        loss = parts["outer"][1][outer.tape.loss, ""].at if result else 0
        starts = np.cumsum([0] + [len(rows) for rows, _ in tables])
        self.facts = np.array(
            [
                *starts,
                W.at,
                W.apart,
                G.at,
                V.at,
                HV.at,
                SHIFTED.at,
                data.at,
                loss,
                REAL.at,
                self.length,
                len(self.where),
                self.packing.length,
                steps,
                method,
            ],
            np.int64,
        )
        runs = dict(inner=steps, pull=steps * (1 + (method == HESSIAN_FREE)), outer=1)
        self.work = sum(
            runs[name] * int(np.prod(line.extent))
            for name, (_, _, lines, _) in parts.items()
            for line in lines
        )

    def split(self, memory, places, lines, _):
        """Cut a gradient-and-hvp program in two; what the first leaves to the second is kept for
        each step."""
        gradient, hvp = (
            [line for line in lines if line.sweep == name] for name in ("gradient", "hvp")
        )
        read = {key for line in hvp for key in keys(line.ins)}
        left = dict.fromkeys(
            key for line in gradient for key in keys(line.outs) if key in read and key not in places
        )
        places = places | self.layout.save(memory, list(left), self.steps)
        return (memory, places, gradient, RESULTS["gradient"](memory.tape)), (
            memory,
            places,
            hvp,
            RESULTS["hvp"](memory.tape),
        )

    def spaced(self, v):
        """A vector (P,) as parameter vectors lie in memory, (length,)."""
        s = np.zeros(self.length, self.dtype)
        s[self.where] = v
        return s

    def workspace(self, threads):
        """One workspace a thread, on a line of memory, the constants already in it."""
        n = threads * self.layout.size
        raw = np.zeros(n + self.packing.line, self.dtype)
        skip = -raw.ctypes.data % 64 // raw.itemsize
        w = raw[skip : skip + n].reshape(threads, -1)
        for at, values in self.layout.constants:
            w[:, at] = values
        return w
