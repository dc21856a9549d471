"""The same programs made fast. In the order in which a loss goes through it:

plan.py          which programs a computation runs, and one memory for all of their blocks
passes.py        from calls to calls, same results, less work
blocks.py        how a block lies in memory; layout.py, packing.py: where all of them lie
loop_choice.py   a call becomes a row of integers: the best loop for it
format.py        the names of those integers' columns
inner_loop.py    the algorithm, compiled: gradient descent, and the way back through it
interpreter.py   one row of code after another
kernels.py       the loops; matmul.py, elementwise.py: those with a file of their own
lanes.py         the words by which one source serves a CPU and a GPU
vectors.py       registers of numbers; elementary.py, bits.py: tanh, exp, log without branches
cpu.py           the host: compile once (cache.py), call
"""
