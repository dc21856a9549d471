# %% [markdown]
# # Appendix to 23 · Theorem 1 from memory
#
# **To print: every line of the proof of Theorem 1. Without which assumptions would it break?**
#
# *(No exercises. You need: 13 to 23.)*
#
# The lines are those that the package evaluates, `theory.RESULTS["theorem_1"]`. Part a is one
# meta-step, with $\mathcal L(w_k)$ subtracted; part b is what a batch of independent tasks does to
# a second moment; part c sums over $K$ steps; part d solves for the gradient.
#
# How to use it: cover the left half and say the line that each reason makes. Then go down the right
# column, and write the assumptions without which this line could be false. A line that cites a
# lemma rests on all that the lemma assumes. The answers are folded at the foot.

# %%
from tinymaml.course.figures import lesson_23 as figures
from tinymaml.course.given import from_memory
from tinymaml.course.given.noisy_wells import noisy_wells

# any instance that meets the conditions: its lines are shown, not its numbers
wells = noisy_wells(steps=1, C_beta=100.0, B=2, S=4)

# %%
from_memory.show_lines(wells)

# %% [markdown]
# Algebra, the triangle inequality and Young's need no assumption: they hold for all numbers.
# $\kappa>0$ and $C_l>0$ stand at every line that is true only if $\kappa$, or $\chi$, is not
# negative: a larger denominator under $-\kappa$, Jensen's inequality for $\theta f$, a root. That
# all tasks of a batch come from one law (a3) is the setting, and has no letter. What the tags of
# the answers mean:

# %%
from_memory.show_tags(wells)

# %%
from_memory.show_letters(wells)

# %% [markdown]
# ## The graph of all results

# %%
figures.results()

# %% [markdown]
# *Figure: who cites whom. Solid boxes are the paper's results. The dashed ones are sharper than
# these or go beyond them, and each names what it cites. The colours only tell neighbouring lines
# apart. The letter $b$ is $b_i$, how far support and query gradients differ (lesson 17).*
