r"""LaTeX as a line of text for the terminal: \lVert\tilde w_{j+1}\rVert becomes ‖w̃_(j+1)‖. Only the LaTeX that the proofs use."""

import re
import unicodedata

SYMBOLS = {
    "alpha": "α",
    "beta": "β",
    "gamma": "γ",
    "delta": "δ",
    "epsilon": "ε",
    "varepsilon": "ε",
    "zeta": "ζ",
    "eta": "η",
    "theta": "θ",
    "kappa": "κ",
    "lambda": "λ",
    "mu": "μ",
    "nu": "ν",
    "xi": "ξ",
    "pi": "π",
    "rho": "ρ",
    "sigma": "σ",
    "tau": "τ",
    "phi": "φ",
    "varphi": "φ",
    "chi": "χ",
    "psi": "ψ",
    "omega": "ω",
    "Delta": "Δ",
    "Sigma": "Σ",
    "Phi": "Φ",
    "nabla": "∇",
    "partial": "∂",
    "ell": "ℓ",
    "infty": "∞",
    "prime": "′",
    "top": "ᵀ",
    "angle": "∠",
    "ast": "*",
    "star": "*",
    "dots": "…",
    "ldots": "…",
    "cdots": "⋯",
    "cdot": "·",
    "times": "×",
    "pm": "±",
    "mp": "∓",
    ",": " ",
    ";": " ",
    ":": " ",
    " ": " ",
    "!": "",
    "quad": "   ",
    "qquad": "   ",
}
BRACKETS = {
    "lVert": "‖",
    "lvert": "|",
    "langle": "⟨",
    "lceil": "⌈",
    "lfloor": "⌊",
    "rVert": "‖",
    "rvert": "|",
    "rangle": "⟩",
    "rceil": "⌉",
    "rfloor": "⌋",
    "{": "{",
    "}": "}",
}
RELATIONS = {
    "le": "≤",
    "leq": "≤",
    "ge": "≥",
    "geq": "≥",
    "lt": "<",
    "gt": ">",
    "ne": "≠",
    "neq": "≠",
    "approx": "≈",
    "to": "→",
    "mapsto": "↦",
    "in": "∈",
    "iff": "⇔",
    "Leftrightarrow": "⇔",
    "Rightarrow": "⇒",
    "implies": "⇒",
    "ll": "≪",
    "gg": "≫",
    "equiv": "≡",
    "propto": "∝",
    "sim": "∼",
    "mid": "|",
}
WORDS = ("min", "max", "sup", "inf", "log", "ln", "exp", "cos", "sin", "tan", "arcsin")
OPERATORS = {"sum": "Σ", "prod": "∏", "int": "∫"} | {word: word for word in WORDS}
ACCENTS = {
    "tilde": "\u0303",
    "widetilde": "\u0303",
    "hat": "\u0302",
    "widehat": "\u0302",
    "bar": "\u0304",
    "overline": "\u0304",
}
LOOKS = (
    "text",
    "mathrm",
    "operatorname",
    "mathbf",
    "mathbb",
    "left",
    "right",
    "bigl",
    "bigr",
    "Bigl",
    "Bigr",
    "big",
    "Big",
    "biggl",
    "biggr",
    "limits",
    "displaystyle",
    "textstyle",
)  # how it looks, which a terminal cannot show
SCRIPT = {"L": "𝓛", "T": "𝓣", "D": "𝓓", "S": "𝓢", "O": "𝓞"}
FRACTIONS = {
    "1/2": "½",
    "1/4": "¼",
    "3/4": "¾",
    "1/3": "⅓",
    "1/5": "⅕",
    "2/5": "⅖",
    "3/5": "⅗",
    "4/5": "⅘",
}
POWERS = {"2": "²", "3": "³", "4": "⁴", "′": "′", "ᵀ": "ᵀ", "*": "*"}
TOKEN = re.compile(r"\\([A-Za-z]+|.)|\s+|(.)", re.S)
INDEX = "[a-z]{2,}\\d*"  # a word: err1
ATOM = re.compile(
    f"√?(\\d+|[^\\W\\d][\u0300-\u036f]?)([_^](\\w|\\d+|{INDEX}|\\([^()]*\\))|[²³⁴′*])*"
    "|√?\\([^()]*\\)|‖[^‖]*‖"
)  # what needs no brackets below a fraction's bar


class Reader:
    """One pass over a formula. `depth` counts the brackets that are open: at depth 0 the terms of a
    sum are set apart."""

    def __init__(self, latex):
        latex = re.sub(r"\\(left|right)\.", "", latex)
        latex = re.sub(r"\\text\{([^{}]*)\}", words, latex)
        tokens = [
            token for token in TOKEN.findall(latex) if any(token)
        ]  # (command, "") or ("", character)
        self.tokens = [token for token in tokens if token[0] not in LOOKS]
        self.at = self.depth = 0

    def peek(self):
        return "".join(self.tokens[self.at]) if self.at < len(self.tokens) else ""

    def until(self, end=""):
        """What comes before `end`, which is a closing brace or the formula's end."""
        parts = []
        while self.peek() != end:
            parts.append(self.one("".join(parts)))
        return "".join(parts)

    def argument(self):
        """What a command or ^ applies to: what is in braces, or one symbol."""
        self.depth += 1
        if self.peek() == "{":
            self.at += 1
            text = self.until("}")
            self.at += 1
        else:
            text = self.one()
        self.depth -= 1
        return text.strip()

    def one(self, before=""):
        """The next symbol with its arguments. before: what stands to its left, to tell a sign from
        a difference."""
        command, x = self.tokens[self.at]
        self.at += 1
        if x in ("^", "_"):
            return self.script(x)
        if x == "{":  # braces that only group
            text = self.until("}")
            self.at += 1
            return text
        if x in ("+", "-"):
            sign = x.replace("-", "−")
            return (
                f" {sign} "
                if self.depth == 0 and before.strip() and before.rstrip()[-1] not in "=≤≥<>·,→"
                else sign
            )
        if x + self.peek() in (":=", "=:"):
            self.at += 1
            return " =: " if x == "=" else " := "
        if x in ("=", "<", ">", ","):
            return x if self.depth else {",": ", "}.get(x, f" {x} ")
        if x:
            self.depth += (x in "([") - (x in ")]")
            return {"'": "′", "~": " "}.get(x, x)
        if command in ACCENTS:
            text = self.argument()
            return text[:1] + ACCENTS[command] + text[1:]
        if command in ("frac", "tfrac", "dfrac"):
            return self.fraction(before)
        if command == "sqrt":
            return "√" + bracketed(self.argument())
        if command in ("mathcal", "mathscr"):
            return "".join(SCRIPT.get(letter, letter) for letter in self.argument())
        if command in OPERATORS:
            return self.operator(OPERATORS[command])
        if command in BRACKETS:
            self.depth += 1 if command[0] in "l{" else -1
            return BRACKETS[command]
        if command in RELATIONS:
            return RELATIONS[command] if self.depth else f" {RELATIONS[command]} "
        return SYMBOLS.get(command, command)

    def script(self, mark):
        text = self.argument()
        if mark == "^" and text.lstrip("*") in POWERS | {"": ""}:
            return "".join(POWERS[x] for x in text)
        short = (
            len(re.sub("[\u0300-\u036f]", "", text)) == 1
            or text.isdigit()
            or bool(mark == "_" and re.fullmatch(INDEX, text))
        )
        after = self.peek()
        letter = SYMBOLS.get(after, after if len(after) == 1 else "")[:1].isalnum() or after in (
            *ACCENTS,
            *OPERATORS,
            "mathcal",
            "frac",
            "tfrac",
        )
        return (
            mark + (text if short else f"({text})") + " " * (short and letter)
        )  # L_w s is not L_ws

    def fraction(self, before):
        above, below = self.argument(), self.argument()
        text = f"{bracketed(above, product=True)}/{bracketed(below)}"
        if text in FRACTIONS:
            return FRACTIONS[text]
        alone = (not before or before[-1] in " (−+=⟨‖") and self.peek() in (
            "",
            "+",
            "-",
            "=",
            ",",
            "}",
            ")",
            "]",
            "le",
            "rVert",
            "rangle",
            "quad",
        )
        return text if alone else f"({text})"

    def operator(self, text):
        """A sum, a minimum, a logarithm: with its range, and set apart from what follows."""
        ranged = False
        while self.peek() in ("^", "_", "limits"):
            text, ranged = text + self.one(), True
        return text if self.peek() in ("(", "{", "") and not ranged else text.rstrip() + " "


def words(text):
    """Keep the spaces and the hyphens of what is said in words."""
    return "{" + text[1].replace(" ", "~").replace("-", r"\-") + "}"


def bracketed(text, product=False):
    """In brackets, unless it is one symbol. product: a product may stay as it is too."""
    depth, total = 0, False  # a sum that is in brackets already does not count
    for x in text:
        depth += (x in "([⟨") - (x in ")]⟩")
        total |= depth == 0 and x in "+−"
    return text if ATOM.fullmatch(text) or product and not total else f"({text})"


def plain(latex):
    r"""One line of text. A command that is not known stays as its name."""
    return unicodedata.normalize("NFC", re.sub(" {4,}", "   ", Reader(latex).until().strip()))
