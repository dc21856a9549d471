# %% [markdown]
# # Appendix to 07 · Notation
#
# *(To look things up: every symbol of the course, in words and shape, then both algorithms in
# words. No exercises.)*
#
# $d$ is the number of parameters (in the package's docstrings, `P`); $(d,)$ is a vector of $d$
# numbers. A number has no shape. Code has the same names without ornaments: `alpha`, `steps` for
# $N$, `w`.
#
# ## Derivatives
#
# | symbol | in words | shape |
# |---|---|---|
# | $w$ | the parameters of the model, as one vector, and nothing else | $(d,)$ |
# | $u$ | another point, compared with $w$ | $(d,)$ |
# | $v$ | a direction, or the vector that a matrix is multiplied by | $(d,)$ |
# | $l(w)$ | a loss at $w$ | |
# | $g = \nabla l(w)$ | its gradient: all first derivatives | $(d,)$ |
# | $H = \nabla^2 l(w)$ | its Hessian: all second derivatives; symmetric, never formed | $(d, d)$ |
# | $Hv$ | a Hessian-vector product, `loss.hvp(w, v, *data)` | $(d,)$ |
# | $\dot x$, `x_dot` | the tangent of a value $x$: its derivative along $v$ | that of $x$ |
# | $\bar x$, `x_bar` | its adjoint: the loss's derivative with respect to $x$ | that of $x$ |
# | $\dot{\bar x}$, `x_bar_dot` | the tangent of the adjoint; for $x = w$ it is $Hv$ | that of $x$ |
#
# ## Words of the engine
#
# | word | meaning |
# |---|---|
# | tape, record | a loss as a list, and one line of it: an operation, its output, its inputs |
# | slot | where the tape keeps one value, a block of rows and columns |
# | block, plane | a slot's value, adjoint, tangent or slope (its planes), as one array |
# | program, call | what a machine runs, and one line of it: a kernel and its operands |
# | operand | a block, and how a kernel's indices $i, j, p$ walk through it |
# | extent | how far $i$, $j$ and $p$ run in a call: three numbers |
# | listing | a program in print, a formula for each call |
# | memory | the one flat buffer in which all blocks of a task lie |
#
# ## Tasks
#
# | symbol | in words | shape |
# |---|---|---|
# | $i$ | a task, drawn at random; $\mathbb E_i$ is the mean over the tasks | |
# | $l_i(w)$ | the loss of task $i$ | |
# | $S_i$ | its support set: the data that it adapts on | arrays |
# | $T_i$ | its query set (the paper: target set): the data that it is judged on | arrays |
# | $l_{S_i}, l_{T_i}$ | its loss on these; of one task also $l$ and $q$ (lessons 07, 08) | |
# | $B$ | the number of tasks in one iteration, `batch` | |
#
# In code `support=(x, y)` holds the sets of all $B$ tasks: each array is $(B, \text{rows},
# \text{columns})$.
#
# ## The inner loop
#
# | symbol | in words | shape |
# |---|---|---|
# | $N$ | the number of inner steps, `steps`; $j$ counts them from 0 | |
# | $\alpha$ | the inner stepsize, > 0 | |
# | $\tilde w_j$ | the point after $j$ *exact* steps from $\tilde w_0 = w$ | $(d,)$ |
# | $w_j$ | the point that an algorithm reaches, where steps may be sampled | $(d,)$ |
# | $w_{k,j}$ | the same, in iteration $k$ | $(d,)$ |
# | $H_j$ | the Hessian of the support loss at the point after $j$ steps | $(d, d)$ |
# | $M_j = I - \alpha H_j$ | what step $j$ makes of a small difference | $(d, d)$ |
# | $P(w)$ | $M_0 M_1 \cdots M_{N-1}$, multiplied from the right, never formed | $(d, d)$ |
#
# One exact step is $\tilde w_{j+1} = \tilde w_j - \alpha\nabla l_i(\tilde w_j)$, with the support
# loss where there are two sets. Without sampling $w_j = \tilde w_j$, and lessons 07 and 08 leave
# the tilde out.
#
# ## The outer loop
#
# | symbol | in words | shape |
# |---|---|---|
# | $\mathcal L_i(w)$ | task $i$'s meta-loss: its (query) loss at $\tilde w_N$ | |
# | $\mathcal L(w)$ | the meta-loss, $\mathbb E_i\,\mathcal L_i(w)$: what MAML minimises | |
# | $\nabla\mathcal L_i(w)$ | the meta-gradient, $P(w)\,\nabla l_i(\tilde w_N)$ | $(d,)$ |
# | $G_i$, $\hat G_i$ | what an algorithm computes for it: exactly, or from samples | $(d,)$ |
# | $\bar G$ | their mean over the $B$ tasks of an iteration, along which it steps | $(d,)$ |
# | $k$, $K$ | an iteration of the outer loop, and their number, `iterations` | |
# | $w_k$ | the start in iteration $k$; its inner loop begins at $w_{k,0} = w_k$ | $(d,)$ |
# | $\beta_k$ | the meta stepsize in iteration $k$, `stepsize` | |
# | $\hat L_k$ | an estimate of how curved $\mathcal L$ is, seen from $w_k$ | |
#
# ## The proof
#
# | symbol | in words |
# |---|---|
# | $L$ | $\nabla l_i$ is $L$-Lipschitz: no curvature exceeds $L$ in modulus; the least is $L^*$ |
# | $\rho$ | $\nabla^2 l_i$ is $\rho$-Lipschitz |
# | $\sigma$ | how far tasks differ: $\nabla l_i(w)$ has at most the variance $\sigma^2$ |
# | $\sigma_g$ | how far one sample's gradient is from the task's, in the mean square |
# | $\sigma_H$ | the same of its Hessian along any unit vector |
# | $S$, $D$, $T$ | how many samples an inner step, a Hessian, the last gradient take |
# | $\nu_j$ | the noise in the gradient of step $j$, a vector $(d,)$ |
# | $b_i$ | how far support and query differ: $\lVert\nabla l_{S_i}-\nabla l_{T_i}\rVert\le b_i$ |
# | $b$, $\tilde b$ | $\mathbb E_i b_i$, $\mathbb E_i b_i^2$; in code `b`, `b2` |
# | $a = 1+\alpha L$ | the most that one step can stretch a difference |
# | $C_{\mathcal L}$ | $\frac{\rho}{L}a^{2N-1}(a^N-1)$, in code `C_meta` |
# | $A$ | $a^{2N}L$; in finite sums plus $C_b b$, $C_b=\frac{\rho}{L}a^{N-1}(a^N-1)^2$ |
# | $L_w$ | $A+C_{\mathcal L}\mathbb E_i\Vert\nabla l_i(w)\Vert$: smoothness as seen from $w$ |
# | $C_l$ | $2-a^{2N}$; if positive, $\nabla\mathcal L$ controls $\nabla l$, up to $\sigma$ |
# | $C_\beta$ | the divisor in $\beta_k = 1/(C_\beta\hat L_k)$ |
# | $B'$, $D_L$ | how many tasks, and samples of each, the estimate $\hat L_k$ takes |
# | $e_j$ | $w_j-\tilde w_j$, the drift; $e$ without an index is the bias of $\bar G$ |
# | $C_{err1}$, $C_{err2}$, $C_{bend}$ | of Propositions 2 and 2″, for the bias (lesson 21) |
# | $C_{squ1}$, $C_{squ2}$ | Proposition 3's, for $\mathbb E\Vert\hat G_i\Vert^2$ (lesson 22) |
# | $\xi$ | the bias costs a step of Theorem 1 up to $\xi/S$ |
# | $A_{squ1}$, $A_{squ2}$ | Proposition 5's, for $\mathbb E_i\Vert\nabla\mathcal L_i\Vert^2$ |
# | $\kappa$, $\varphi$ | a step gains $\kappa x^2/L_w-\varphi/B$; $x=\Vert\nabla\mathcal L\Vert$ |
# | $\theta$, $\chi$ | that gain is at least $\theta x^2/(x+\chi)-\varphi/B$ |
# | $Q$ | $(\Delta/K+\varphi/B)/\theta$; the theorems bound the gradient by $Q+\sqrt{\chi Q}$ |
# | $\Delta$ | $\mathcal L(w_0)-\inf\mathcal L$: how much there is to gain |
# | $\eta$ | a step with constant $\beta$ gains $\eta\beta\Vert\nabla\mathcal L\Vert^2$ or more |
# | $\zeta$ | an iteration drawn at random, the one that the theorems speak of |
# | $\varepsilon$ | how small it shall be |
#
# Some letters have two meanings. $S_i, T_i$ are the fixed sets of task $i$; $S_j, D_j$ and $T$ are
# fresh sample sets of the sizes $S$, $D$ and $T$. $w_j$ is a point of an inner loop, $w_k$ a start.
# $q$ is the query loss in lessons 07 and 08, and a constant in Proposition 3.
#
# ## Algorithm 1, fresh samples: `tm.maml_resampling`
#
# Each $l_i$ is an expectation of which only samples can be had: reinforcement learning, streams.
# The sizes are `samples=dict(inner=S, hessian=D, outer=T)`. In iteration $k$:
#
# | | in words | formula | in tinymaml |
# |---|---|---|---|
# | 1 | draw $B$ tasks, and start each at $w_k$ | $w_0 = w_k$ | `problem.resample` |
# | 2 | for $j<N$: draw a fresh set | $S_j$, of size $S$ | `tasks.inner` |
# | 3 | and take a step on it | $w_{j+1} = w_j-\alpha\nabla l_i(w_j;S_j)$ | `tm.meta_gradient` |
# | 4 | draw fresh sets for the Hessians | $D_0,\dots,D_{N-1}$, of size $D$ | `tasks.hessian` |
# | 5 | and one for the end of the path | $T$, of size $T$ | `tasks.outer` |
# | 6 | judge the end of the path | $v\leftarrow\nabla l_i(w_N;T)$ | `tm.meta_gradient` |
# | 7 | for $j=N-1,\dots,0$: back | $v\leftarrow v-\alpha\nabla^2l_i(w_j;D_j)\,v$ | the same call |
# | 8 | at the start, it is the estimate | $\hat G_i = v$ | the same call |
# | 9 | draw other tasks, $D_L$ samples each | $B'$ of them | `RandomStepsize` |
# | 10 | average their gradient norms | $X=\text{mean}_i\Vert\nabla l_i(w_k;D_L)\Vert$ | the same |
# | 11 | estimate the smoothness | $\hat L_k = A + C_{\mathcal L}\,X$ | the same |
# | 12 | set the meta stepsize | $\beta_k = 1/(C_\beta\hat L_k)$ | the same |
# | 13 | move the start | $w_{k+1} = w_k-\beta_k\,\text{mean}_i\,\hat G_i$ | `history.w` is $w_K$ |
#
# ## Algorithm 2, fixed sets: `tm.maml_finite_sum`
#
# Each task has its two sets once and for all, as in few-shot learning. Only the tasks are drawn. In
# iteration $k$:
#
# | | in words | formula | in tinymaml |
# |---|---|---|---|
# | 1 | draw $B$ tasks with their two sets | $S_i$, $T_i$ | `problem.sample` |
# | 2 | start each at $w_k$ | $w_0 = w_k$ | `tm.meta_gradient` |
# | 3 | for $j<N$: take a step | $w_{j+1}=w_j-\alpha\nabla l_{S_i}(w_j)$ | the same call |
# | 4 | judge the end of the path | $v\leftarrow\nabla l_{T_i}(w_N)$ | the same call |
# | 5 | for $j=N-1,\dots,0$: back | $v\leftarrow v-\alpha\nabla^2l_{S_i}(w_j)\,v$ | the same call |
# | 6 | at the start, it is exact | $G_i = v = \nabla\mathcal L_i(w_k)$ | the same call |
# | 7 | draw other tasks | $B'$ of them | `RandomStepsize` |
# | 8 | average their gradient norms | $X=\text{mean}_i\Vert\nabla l_{T_i}(w_k)\Vert$ | the same |
# | 9 | estimate the smoothness | $\hat L_k = A + C_{\mathcal L}\,X$ | the same |
# | 10 | set the meta stepsize | $\beta_k = 1/(C_\beta\hat L_k)$ | the same |
# | 11 | move the start | $w_{k+1} = w_k-\beta_k\,\text{mean}_i\,G_i$ | `history.w` is $w_K$ |
#
# Both take $N+1$ gradients and $N$ Hessian-vector products for each task. The lines from the other
# tasks to $\beta_k$ are what `tm.RandomStepsize` does as `stepsize`; with a number or `tm.Adam(lr)`
# they fall away. `method="first-order"` leaves out the way back, and `"hessian-free"` takes
# differences of gradients in its products. The mean of the $G_i$ is $\nabla\mathcal L(w_k)$ in
# expectation. That of the $\hat G_i$ is not: the noise of the inner steps moves the points $w_j$.
#
# *Source:* K. Ji, J. Yang & Y. Liang, *Theoretical convergence of multi-step model-agnostic
# meta-learning*, JMLR 23 (2022), Algorithms 1 and 2. In the package each stands beside its
# pseudo-code, in `maml/algorithms.py`.
