"""What a lesson uses and does not show: bookkeeping, loops, clocks. Each file is a lesson's.

programs.py    04: tapes and programs as texts, a loss that runs programs
tables.py      05: a program as a table of integers, and its memory
loops.py       05: the loops that are not written out
roofline.py    05: how fast the kernels run, and the machine at best
recording.py   06: which lane touches which place
assumptions.py 13: instances of the theory
curvature.py   13: power iteration, lesson 07's
lines.py       14: a chain without its formulas
nudges.py      14: a network on waves, and the nudge that moves a run's end most
waves.py       15: parabolas with ripples, as instances of the theory
student.py     16: the false proof of 16.power, as a chain
changed.py     17: two statements, what is new in colour
regression.py  17: least squares on a support and a query set
lengths.py     18: tasks whose gradients have chosen lengths, and lines that a proof changes
three_wells.py 19: a problem with certified constants, as an instance of the theory
three_waves.py 19: another, with a smoothness without bound
one_page.py    17 on: a theorem's proof on one page, as far as the reader has come
step_parts.py  19: the named parts of Theorem 2's step
noisy_steps.py 20: quadratics whose steps are pushed by noise
fresh_samples.py 21: one task with noise in some of its samples, as instances of the theory
two_proofs.py  22: two proofs beside each other, line by line
noisy_wells.py 23: three wells in noise, and Algorithm 1 on them
price_list.py  23: Theorem 1's constants where the world is 1, and what sizes are made of
from_memory.py 23: Theorem 1 line by line, and the letters that would break each line
"""
