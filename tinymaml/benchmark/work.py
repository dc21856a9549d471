"""How much work a meta-gradient is, whoever does it: what GFLOP/s and the roofline are counted
in."""

import numpy as np

from ..engine.sweeps import program


def work(inner, outer, P, steps, itemsize):
    """(flops, bytes) that one task's meta-gradient asks for, whoever computes it and however
    cleverly.

    Counted on the programs as the rules write them, before any pass of the engine: 2·i·j·p flops
    for a line that multiplies and adds, 1 an element for any other; in bytes, every block that a
    line reads or writes, once for that line. Gradient and Hessian-vector product run at every step,
    the gradient once more at the end; w ← w − αg and v ← v − αHv take 2P each.
    """

    def count(lines):
        flops = sum(
            int(np.prod(line.extent)) * (2 if line.kernel == "contract" else 1) for line, _ in lines
        )
        return np.array(
            [
                flops,
                itemsize
                * sum(
                    int(np.prod(tape.shapes[x.slot]))
                    for line, tape in lines
                    for x in (*line.ins, *line.outs)
                ),
            ]
        )

    step, last = (
        [(line, tape) for line in program(tape, *names)]
        for tape, names in ((inner, ("gradient", "hvp")), (outer, ("gradient",)))
    )
    return (steps * (count(step) + 2 * np.array([2 * P, 3 * P * itemsize])) + count(last)).tolist()
