"""How much work a meta-gradient is, whoever does it: what GFLOP/s and the roofline are counted
in."""

import math

from ..engine.sweeps import program


def work(inner, outer, P, steps, itemsize):
    """(flops, bytes) that one task's meta-gradient asks for, whoever computes it and however
    cleverly.

    Counted on the programs as the rules write them, before any pass for speed: 2·i·j·p flops for a
    call that multiplies and adds, 1 an element for any other; in bytes, every block that a call
    reads or writes, once for that call. Gradient and Hessian-vector product run at every step, the
    gradient once more at the end; w ← w − αg and v ← v − αHv take 2P each.

    inner, outer: tapes of the loss; P: the number of parameters; itemsize: bytes of a number.
    """
    step_flops, step_numbers = count(inner, "gradient", "hvp")
    last_flops, last_numbers = count(outer, "gradient")
    flops = steps * (step_flops + 2 * 2 * P) + last_flops
    numbers = steps * (step_numbers + 2 * 3 * P) + last_numbers
    return [flops, itemsize * numbers]


def count(tape, *sweeps):
    """(flops, numbers read or written) of the sweeps' programs."""
    flops = numbers = 0
    for call in program(tape, *sweeps):
        flops += math.prod(call.extent) * (2 if call.kernel == "contract" else 1)
        for operand in (*call.ins, *call.outs):
            numbers += math.prod(tape.shapes[operand.slot])
    return flops, numbers
