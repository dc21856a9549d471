"""A student's proof for lesson 16, as a chain: one of its lines does not follow from its reason."""

from ...theory import chain as chains


def students_proof(c, N):
    """The `Chain` that "proves" (1 + c/N)^N <= 1 + c by induction over N >= 2, each line from its
    own formula. Line 5 does not follow from its reason; line 3 trusts the claim for N − 1."""
    return chains.chain(lines(c, N), "A student's proof")


def lines(c, N):
    """The lines (0) to (5)."""
    step = 1 + c / N
    less = c * (N - 1) / N
    yield chains.first(step**N, r"(1+c/N)^N", "what is to be bounded")
    yield chains.equal(step * step ** (N - 1), r"(1+c/N)\,(1+c/N)^{N-1}", "take one factor out")
    yield chains.equal(
        step * (1 + less / (N - 1)) ** (N - 1),
        r"(1+c/N)\,\big(1+c'/(N-1)\big)^{N-1}",
        "with c' = c (N − 1)/N",
    )
    yield chains.at_most(step * (1 + less), r"(1+c/N)\,(1+c')", "the claim for N − 1 and c'")
    yield chains.equal(
        1 + c + c**2 * (N - 1) / N**2,
        r"1 + c + c^2 (N-1)/N^2",
        "multiply out; c/N + c' = c",
    )
    yield chains.at_most(1 + c, r"1 + c", "the last term is a correction of second order")
