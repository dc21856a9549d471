"""Which programs a computation runs, and one workspace that holds all of their blocks (lessons 05 and 08).

Three programs: `inner`, at each step; `pull`, which turns the direction v into H_j v on the way back; `outer`, once at the
end. What distinguishes exact from Hessian-free, and fixed samples from fresh ones, is decided here, in the layout: the
compiled loop (nested.py) stays the same.
"""
from typing import NamedTuple

import numpy as np

from .layout import Layout, size, up
from .loops import table
from .nested import EXACT, FIRST_ORDER, HESSIAN_FREE  # noqa: F401 (the methods, for whoever makes a plan)
from .passes import optimise
from .sweeps import RESULTS, keys, program
from .tape import Tape


class Role(NamedTuple):
    """What one tape has to do in a plan."""
    tape: Tape
    names: tuple[str, ...]                                  # the programs, run as one
    planes: dict                                            # plane -> Place of the parameter vector's values, adjoints, ...
    copies: int = 1                                         # of the data: one for each step where samples are fresh


class Packed(NamedTuple):
    """Where a data array goes in a task's row of data: copy j of its n numbers starts at `at + j * apart`."""
    at: int
    apart: int
    copies: int
    n: int


class Plan:
    """The programs of one loss for data of one shape, as tables of integers, and the layout of a workspace.

    inner, hessian, outer: the tapes of the inner steps, of their Hessians and of the outer loss; fresh: every step has its
    own samples; result: what `outer` is run for ("value", "gradient" or "hvp"; None: not run).
    """

    def __init__(self, P, steps, method, inner, hessian, outer, fresh=False, result="gradient"):
        self.size, self.steps, self.method = P, steps, method
        self.layout, self.packed, self.pools = Layout(), [], {}
        W, G, V, HV, SHIFTED = (self.layout.reserve(P, copies) for copies in (steps + 1, 1, 1, 1, 1))
        self.data_at, copies = self.layout.size, steps if fresh else 1
        at_w = {"": W, "bar": G, "dot": V, "bar_dot": HV}
        one_tape = method == EXACT and not fresh            # then the way back reads what the way forwards has left
        roles = {}
        if steps:
            roles["inner"] = Role(inner, ("gradient", "hvp") if one_tape else ("gradient",), at_w, copies)
        if steps and method == EXACT and fresh:
            roles["pull"] = Role(hessian, ("gradient", "hvp"), at_w, copies)
        if steps and method == HESSIAN_FREE:
            roles["pull"] = Role(hessian, ("gradient",), {"": SHIFTED, "bar": G}, copies)
        if result == "hvp":                                 # the direction comes as data, before the others, the result goes where gradients go
            direction = self.place_data([P])[0]
            roles["outer"] = Role(outer, ("gradient", "hvp"), {"": W, "bar": HV, "dot": direction, "bar_dot": G})
        elif result:
            roles["outer"] = Role(outer, (result,), at_w)
        data = {name: self.place_data([size(r.tape, (s, "")) for s in r.tape.data], r.copies) for name, r in roles.items()}
        self.data_size = self.layout.size - self.data_at

        parts = dict.fromkeys(("inner", "pull", "outer"), (None, {}, [], ()))       # name -> (tape, places, lines, results)
        for name, r in roles.items():
            wanted = {(r.tape.loss, "")} if name == "outer" else ()
            lines = optimise(program(r.tape, *r.names, wanted=wanted), r.tape)
            parts[name] = r.tape, self.layout.fix(r.tape, r.planes, data[name]), lines, RESULTS[r.names[-1]](r.tape)
        if steps and one_tape:
            parts["inner"], parts["pull"] = self.split(*parts["inner"])
        start = self.layout.size
        tables = [table(lines, tape, self.layout.scratch(tape, places, lines, start), results) for tape, places, lines, results in parts.values()]
        self.code, self.coefficients = (np.concatenate(columns) for columns in zip(*tables))
        loss = parts["outer"][1][outer.loss, ""].at if result else 0
        starts = np.cumsum([0] + [len(rows) for rows, _ in tables])
        self.address = np.array([*starts, W.at, W.apart, G.at, V.at, HV.at, SHIFTED.at, self.data_at, loss], np.int64)
        runs = dict(inner=steps, pull=steps * (1 + (method == HESSIAN_FREE)), outer=1)
        self.work = sum(runs[name] * int(np.prod(line.extent)) for name, (_, _, lines, _) in parts.items() for line in lines)

    def split(self, tape, places, lines, _):
        """Cut a gradient-and-hvp program in two; what the first leaves to the second is kept for each step."""
        gradient, hvp = ([line for line in lines if line.sweep == name] for name in ("gradient", "hvp"))
        read = {key for line in hvp for key in keys(line.ins)}
        left = dict.fromkeys(key for line in gradient for key in keys(line.outs) if key in read and key not in places)
        places = places | self.layout.save(tape, list(left), self.steps)
        return (tape, places, gradient, RESULTS["gradient"](tape)), (tape, places, hvp, RESULTS["hvp"](tape))

    def place_data(self, sizes, copies=1):
        places = [self.layout.reserve(n, copies) for n in sizes]
        self.packed += [Packed(p.at - self.data_at, p.apart, copies, n) for p, n in zip(places, sizes)]
        return places

    def pack(self, arrays, dtype, tasks=None):
        """The data of B tasks, a row each. arrays: (B, rows, columns), or (B, N, rows, columns) where samples are fresh."""
        B = len(arrays[0]) if arrays else tasks
        rows = np.zeros((B, self.data_size), dtype)
        for (at, apart, copies, n), a in zip(self.packed, arrays, strict=True):
            part = rows[:, at:at + (copies * apart or n)].reshape(B, copies, -1)
            part[:, :, :n] = a.reshape(B, copies, n)
        return rows

    def workspace(self, threads, dtype):
        """One workspace a thread, on a 64-byte boundary, the constants already in it."""
        n = threads * up(self.layout.size)
        raw = np.zeros(n + 16, dtype)
        skip = -raw.ctypes.data % 64 // raw.itemsize
        w = raw[skip:skip + n].reshape(threads, -1)
        for at, values in self.layout.constants:
            w[:, at:at + len(values)] = values
        return w
