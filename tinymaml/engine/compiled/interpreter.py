"""The interpreter of programs: one row of code after another (lesson 05)."""

from .elementwise import apply, curve
from .format import Column, Loop
from .kernels import contract, dot, fill, multiply, rowmax, rows, scale, spread, total, transpose
from .lanes import barrier, jit, jit_inline, unsigned
from .matmul import matmul


@jit_inline
def read(code, row, column):
    """A length or a stride."""
    return unsigned(code[row, column])


@jit_inline
def locate(code, row, column, step):
    """Where an operand lies: its copy that belongs to this step."""
    return unsigned(code[row, column] + step * code[row, column + 1])


@jit
def execute(plan, start, stop, memory, step):
    """Run the rows start..stop-1 of the code on the blocks' copies that belong to this step.

    What a row needs is read in its own branch: the rest would cost time, and registers on a GPU.
    """
    code = plan.code
    for row in range(start, stop):
        loop = code[row, Column.LOOP]
        flag = code[row, Column.FLAG]
        m = read(code, row, Column.M)
        n = read(code, row, Column.N)
        k = read(code, row, Column.K)
        o = locate(code, row, Column.OUT, step)
        x = locate(code, row, Column.X, step)
        if loop == Loop.MATMUL:
            z = locate(code, row, Column.Z, step)
            oi = read(code, row, Column.OI)
            xi = read(code, row, Column.XI)
            xp = read(code, row, Column.XP)
            zp = read(code, row, Column.ZP)
            matmul(memory, o, x, z, m, n, k, oi, xi, xp, zp, flag)
        elif loop == Loop.MULTIPLY:
            z = locate(code, row, Column.Z, step)
            oi = read(code, row, Column.OI)
            xi = read(code, row, Column.XI)
            zi = read(code, row, Column.ZI)
            multiply(memory, o, x, z, m, n, oi, xi, zi, flag)
        elif loop == Loop.SCALE:
            z = locate(code, row, Column.Z, step)
            oi = read(code, row, Column.OI)
            xi = read(code, row, Column.XI)
            zi = read(code, row, Column.ZI)
            scale(memory, o, x, z, m, n, oi, xi, zi, flag)
        elif loop == Loop.ROWS:
            oi = read(code, row, Column.OI)
            xi = read(code, row, Column.XI)
            rows(memory, o, x, m, n, oi, xi, plan.coefficients[row], flag)
        elif loop == Loop.FILL:
            fill(memory, o, n, plan.coefficients[row])
        elif loop == Loop.DOT:
            z = locate(code, row, Column.Z, step)
            oi = read(code, row, Column.OI)
            xi = read(code, row, Column.XI)
            xj = read(code, row, Column.XJ)
            zi = read(code, row, Column.ZI)
            zj = read(code, row, Column.ZJ)
            dot(memory, o, x, z, m, n, k, oi, xi, xj, zi, zj, flag)
        elif loop == Loop.APPLY:
            z = locate(code, row, Column.Z, step)
            apply(flag, memory, o, x, z, z, n)  # its fourth operand is unused
        elif loop == Loop.CURVE:
            z = locate(code, row, Column.Z, step)
            u = locate(code, row, Column.U, step)
            curve(flag, memory, o, x, z, u, n)
        elif loop == Loop.TRANSPOSE:
            oj = read(code, row, Column.OJ)
            xi = read(code, row, Column.XI)
            transpose(memory, o, x, m, n, oj, xi)
        elif loop == Loop.TOTAL:
            oi = read(code, row, Column.OI)
            xi = read(code, row, Column.XI)
            xj = read(code, row, Column.XJ)
            c = plan.coefficients[row]
            total(memory, o, x, m, n, k, oi, xi, xj, c, flag)
        elif loop == Loop.SPREAD:
            oi = read(code, row, Column.OI)
            oj = read(code, row, Column.OJ)
            xi = read(code, row, Column.XI)
            xj = read(code, row, Column.XJ)
            c = plan.coefficients[row]
            spread(memory, o, x, m, n, oi, oj, xi, xj, c, flag)
        elif loop == Loop.ROWMAX:
            xi = read(code, row, Column.XI)
            rowmax(memory, o, x, m, n, xi)
        else:
            z = locate(code, row, Column.Z, step)
            oi = read(code, row, Column.OI)
            oj = read(code, row, Column.OJ)
            op = read(code, row, Column.OP)
            xi = read(code, row, Column.XI)
            xj = read(code, row, Column.XJ)
            xp = read(code, row, Column.XP)
            zi = read(code, row, Column.ZI)
            zj = read(code, row, Column.ZJ)
            zp = read(code, row, Column.ZP)
            contract(memory, o, x, z, m, n, k, oi, oj, op, xi, xj, xp, zi, zj, zp)
        barrier()  # the next row reads what other lanes have written
