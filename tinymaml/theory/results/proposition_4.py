r"""Proposition 4. Smoothness of the meta-objective in the finite sum, anchored at w.

Claim       (lipschitz) ‖∇𝓛(w) − ∇𝓛(u)‖ ≤ L_w ‖w − u‖ for all u, L_w = a^2N L + C_b b + C_𝓛
            E_i‖∇l_{T_i}(w)‖, with the C_𝓛 of Proposition 1, (ρ/L) a^(2N−1)(a^N − 1), and
            C_b = (ρ/L) a^(N−1)(a^N − 1)².
            (descent) |𝓛(u) − 𝓛(w) − ⟨∇𝓛(w), u − w⟩| ≤ (L_w/2)‖u − w‖².
Assumes     A1 (L, ρ), b_i.
Proof       That of Proposition 1 with g = ∇l_{T_i}(w̃_N); Lemma 9 bounds its size, and there the
            b_i come in.
Attained    (lipschitz) in the limit u → w, by a sawtooth for l_S (Hessian −L and a tooth of slope ρ
            at each iterate) and the same with another slope for l_T, for every b. (descent) where ρ
            = 0, by the concave quadratics of Lemma 9.
"""

from ..chain import EXACTLY, IN_A_LIMIT, Attained, Result, at_most, equal
from ..paths import norm
from . import proposition_1

L_W = r"L_w=a^{2N}L+C_b\,b+C_\mathcal{L}\mathbb{E}_i\lVert\nabla l_{T_i}(w)\rVert"


def lipschitz(x):
    r"""‖∇𝓛(w) − ∇𝓛(u)‖ ≤ L_w ‖w − u‖"""
    a, L, rho, N = x.a, x.L, x.rho, x.steps
    *shared, _ = proposition_1.lipschitz(x)  # its last line would be Lemma 2 for ‖g(w)‖
    start, *lines = shared
    yield start
    for line in lines:
        yield line._replace(
            latex=line.latex.replace(r"\nabla l_i(", r"\nabla l_{T_i}("),
            reason=line.reason.replace("∇l is", "∇l_{T_i} is"),
        )
    apart = norm(x.w - x.u)
    lipschitz_P = rho / L * a ** (N - 1) * x.growth(N)

    def L_w(task):
        g_bound = a**N * norm(task.gradient) + x.growth(N) * task.b
        return a ** (2 * N) * L + lipschitz_P * g_bound

    yield at_most(
        x.mean(lambda task: L_w(task) * apart),
        r"\mathbb{E}_i\left(a^{2N}L+\frac{\rho}{L}a^{N-1}(a^N-1)"
        r"(a^N\lVert\nabla l_{T_i}(w)\rVert+(a^N-1)b_i)\right)\lVert w-u\rVert",
        "Lemma 9 (query): ‖g(w)‖ ≤ a^N ‖∇l_{T_i}(w)‖ + (a^N − 1) b_i",
        "lemma_9",
    )
    yield equal(x.smoothness * apart, rf"L_w\lVert w-u\rVert,\quad {L_W}", "collect: b = E_i b_i")


def descent(x):
    r"""|𝓛(u) − 𝓛(w) − ⟨∇𝓛(w), u − w⟩| ≤ (L_w/2) ‖u − w‖², as in Proposition 1"""
    return proposition_1.descent(x, "proposition_4")


RESULT = Result(
    "proposition_4",
    "The meta-objective is smooth in the finite sum, with a constant anchored at w",
    r"\lVert\nabla\mathcal{L}(w)-\nabla\mathcal{L}(u)\rVert"
    rf"\le L_w\lVert w-u\rVert,\quad {L_W}",
    assumes=("A1 L", "A1 rho", "b"),
    claims={"lipschitz": lipschitz, "descent": descent},
    setting="finite-sum",
    attained={
        "lipschitz": Attained(IN_A_LIMIT, "sawtooth_of_two_sets", "u → w"),
        "descent": Attained(EXACTLY, "concave_quadratics_apart", "ρ = 0"),
    },
)
