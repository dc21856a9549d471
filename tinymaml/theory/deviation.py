"""From the mean of the gradients' norms to the norm of the mean gradient: three lines that many
proofs share (lesson 15)."""

from .chain import at_most
from .paths import norm

E = r"\mathbb{E}_i"


def gradient_names(x):
    """How ∇l_i(w) and its mean over the tasks are written in the instance's setting."""
    if x.setting == "finite-sum":
        return r"\nabla l_{T_i}(w)", r"\nabla l_T(w)"
    return r"\nabla l_i(w)", r"\nabla l(w)"


def from_norms_to_mean(x, bound, latex, *cites):
    r"""Lines from E_i‖∇l_i(w)‖ to ‖∇l(w)‖ + σ, inside any function `bound` that grows with it.
    latex: how that is written, given how its argument is. cites: what makes `bound` grow."""
    one, mean = gradient_names(x)
    length = norm(x.gradient)
    apart = rf"\lVert {one}-{mean}\rVert"
    split = "∇l_i = ∇l + (∇l_i − ∇l)"
    if x.setting == "finite-sum":
        split = "∇l_{T_i} = ∇l_T + (∇l_{T_i} − ∇l_T)"
    yield at_most(
        bound(length + x.mean(lambda task: norm(task.gradient - x.gradient))),
        latex(rf"\lVert {mean}\rVert+{E}{apart}"),
        f"triangle inequality: {split}",
        *cites,
    )
    yield at_most(
        bound(length + x.deviation()),
        latex(rf"\lVert {mean}\rVert+\sqrt{{{E}{apart}^2}}"),
        "Jensen: the root is concave",
        *cites,
    )
    yield at_most(
        bound(length + x.sigma),
        latex(rf"\lVert {mean}\rVert+\sigma"),
        "A2",
        "A2",
        *cites,
    )
