"""Which programs a computation runs, and one workspace that holds all of their blocks (lessons 05 and 08).

Three programs: `inner`, at each step; `pull`, which turns the direction v into H_j v on the way back; `outer`, once at the
end. What distinguishes exact from Hessian-free, and fixed samples from fresh ones, is decided here, in the layout: the
compiled loop (nested.py) stays the same.
"""
from typing import NamedTuple

import numpy as np

from .layout import Layout, optimise, size, table, up
from .nested import EXACT, FIRST_ORDER, HESSIAN_FREE  # noqa: F401 (the methods, for whoever makes a plan)
from .sweeps import blocks, keys, program


class Packed(NamedTuple):
    """Where a data array goes in a task's row of data: copy j of its n numbers starts at `at + j * apart`."""
    at: int
    apart: int
    copies: int
    n: int


class Plan:
    """The programs of one loss for data of one shape, as tables of integers, and the layout of a workspace.

    outer: the tape of the outer loss, run for `result` ("value", "gradient" or "hvp"; None: not run).
    inner, hessian: the tapes of the inner steps and of their Hessians; fresh: every step has its own samples.
    """

    def __init__(self, size, steps, method, inner, hessian, outer, fresh=False, result="gradient"):
        self.size, self.steps, self.method = size, steps, method
        self.layout, self.packed, self.pools = Layout(), [], {}
        W, G, V, HV, SHIFTED = (self.layout.reserve(size, copies) for copies in (steps + 1, 1, 1, 1, 1))
        self.data_at = self.layout.size
        copies = steps if fresh else 1
        at_w = {"": W, "bar": G, "dot": V, "bar_dot": HV}
        data = {}
        if steps:
            data["inner"] = self.place_data(inner, copies)
            if method == HESSIAN_FREE or method == EXACT and fresh:
                data["pull"] = self.place_data(hessian, copies)
        if result:
            data["outer"] = self.place_data(outer)
            if result == "hvp":                             # the direction comes with the data, the result where gradients go
                direction = self.layout.reserve(size)
                self.packed.append(Packed(direction.at - self.data_at, 0, 1, size))
                at_outer = at_w | {"dot": direction, "bar": HV, "bar_dot": G}
            else:
                at_outer = at_w
        self.data_size = self.layout.size - self.data_at

        empty = (None, {}, [], ())
        parts = dict(inner=empty, pull=empty, outer=empty)
        if steps and method == EXACT and not fresh:         # one tape for both: the first leaves its blocks to the second
            lines, places = self.section(inner, ["gradient", "hvp"], at_w, data["inner"])
            gradient, hvp = ([line for line in lines if line.sweep == sweep] for sweep in ("gradient", "hvp"))
            left = {key for line in hvp for key in keys(line.ins)}
            keep = [key for line in gradient for key in keys(line.outs) if key in left and key not in places]
            self.layout.save(inner, places, dict.fromkeys(keep), steps)
            parts["inner"] = inner, places, gradient, blocks("bar", inner.parameters)
            parts["pull"] = inner, places, hvp, blocks("bar_dot", inner.parameters)
        elif steps:
            lines, places = self.section(inner, ["gradient"], at_w, data["inner"])
            parts["inner"] = inner, places, lines, blocks("bar", inner.parameters)
            if method == EXACT:
                lines, places = self.section(hessian, ["gradient", "hvp"], at_w, data["pull"])
                parts["pull"] = hessian, places, lines, blocks("bar_dot", hessian.parameters)
            elif method == HESSIAN_FREE:
                lines, places = self.section(hessian, ["gradient"], {"": SHIFTED, "bar": G}, data["pull"])
                parts["pull"] = hessian, places, lines, blocks("bar", hessian.parameters)
        if result:
            names = ["gradient", "hvp"] if result == "hvp" else [result]
            lines, places = self.section(outer, names, at_outer, data["outer"], {(outer.loss, "")})
            parts["outer"] = outer, places, lines, {"value": set(), "gradient": blocks("bar", outer.parameters),
                                                    "hvp": blocks("bar_dot", outer.parameters)}[result]
        LOSS = places[outer.loss, ""].at if result else 0

        start, rows, bounds = self.layout.size, [], []
        for tape, places, lines, results in parts.values():
            tables = table(lines, tape, self.layout.scratch(tape, places, lines, start), results) if tape else table([], None, {})
            bounds += [sum(len(t) for t, _ in rows), sum(len(t) for t, _ in rows) + len(tables[0])]
            rows.append(tables)
        self.code, self.coefficients = (np.concatenate(part) for part in zip(*rows))
        self.where = np.array([*bounds, W.at, W.apart, G.at, V.at, HV.at, SHIFTED.at, self.data_at, LOSS], np.int64)
        self.programs = {name: (tape, lines) for name, (tape, _, lines, _) in parts.items()}
        runs = dict(inner=steps, pull=steps * (2 if method == HESSIAN_FREE else 1), outer=1)
        self.work = sum(runs[name] * int(np.prod(line.extent)) for name, (_, lines) in self.programs.items() for line in lines)

    def place_data(self, tape, copies=1):
        places = [self.layout.reserve(size(tape, (slot, "")), copies) for slot in tape.data]
        self.packed += [Packed(p.at - self.data_at, p.apart, copies, size(tape, (slot, ""))) for p, slot in zip(places, tape.data)]
        return places

    def section(self, tape, names, planes, data, wanted=()):
        lines = optimise(program(tape, *names, wanted=wanted), tape)
        return lines, self.layout.fix(tape, planes, data)

    def pack(self, arrays, dtype, tasks=None):
        """The data of B tasks as one row a task. arrays: (B, rows, columns), or (B, N, rows, columns) where samples are fresh."""
        B = len(arrays[0]) if arrays else tasks or 1
        out = np.zeros((B, self.data_size), dtype)
        for (at, apart, copies, n), a in zip(self.packed, arrays, strict=True):
            if apart:
                out[:, at:at + copies * apart].reshape(B, copies, apart)[:, :, :n] = a.reshape(B, copies, n)
            else:
                out[:, at:at + n] = a.reshape(B, n)
        if any(a.dtype != dtype for a in arrays) and not np.isfinite(out).all():
            raise ValueError(f"the data are too large for {np.dtype(dtype)}")
        return out

    def workspace(self, threads, dtype):
        """One workspace a thread, on a 64-byte boundary, the constants already in it."""
        raw = np.zeros(threads * up(self.layout.size) + 16, dtype)
        skip = -raw.ctypes.data % 64 // raw.itemsize
        w = raw[skip:skip + threads * up(self.layout.size)].reshape(threads, -1)
        for at, values in self.layout.constants:
            w[:, at:at + len(values)] = values
        return w
