"""A loss becomes a list of instructions; the list becomes its gradient and its Hessian-vector
product.

tape.py -> primitives.py -> sweeps.py -> numpy_machine.py                                    to read first
passes.py -> loops.py -> layout.py -> plan.py -> kernels.py, pointwise.py, nested.py -> cpu.py    the compiled machine
"""
