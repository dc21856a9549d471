r"""LaTeX as a line of text for the terminal: \lVert\tilde w_{j+1}\rVert becomes ‖w̃_(j+1)‖. Only
the LaTeX that the proofs use."""

import re
import unicodedata

# fmt: off
SYMBOLS = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "varepsilon": "ε",
    "zeta": "ζ", "eta": "η", "theta": "θ", "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν",
    "xi": "ξ", "pi": "π", "rho": "ρ", "sigma": "σ", "tau": "τ", "phi": "φ", "varphi": "φ",
    "chi": "χ", "psi": "ψ", "omega": "ω", "Delta": "Δ", "Lambda": "Λ", "Sigma": "Σ", "Phi": "Φ",
    "nabla": "∇", "partial": "∂", "ell": "ℓ", "infty": "∞", "prime": "′", "top": "ᵀ",
    "angle": "∠", "ast": "*", "star": "*", "dots": "…", "ldots": "…", "cdots": "⋯",
    "cdot": "·", "times": "×", "pm": "±", "mp": "∓",
    ",": " ", ";": " ", ":": " ", " ": " ", "!": "", "quad": "   ", "qquad": "   ",
}
BRACKETS = {
    "lVert": "‖", "lvert": "|", "langle": "⟨", "lceil": "⌈", "lfloor": "⌊",
    "rVert": "‖", "rvert": "|", "rangle": "⟩", "rceil": "⌉", "rfloor": "⌋",
    "{": "{", "}": "}",
}
RELATIONS = {
    "le": "≤", "leq": "≤", "ge": "≥", "geq": "≥", "lt": "<", "gt": ">", "ne": "≠", "neq": "≠",
    "approx": "≈", "to": "→", "mapsto": "↦", "in": "∈", "iff": "⇔", "Leftrightarrow": "⇔",
    "Rightarrow": "⇒", "implies": "⇒", "ll": "≪", "gg": "≫", "equiv": "≡", "propto": "∝",
    "sim": "∼", "mid": "|",
}
WORDS = ("min", "max", "sup", "inf", "log", "ln", "exp", "cos", "sin", "tan", "arcsin")
OPERATORS = {"sum": "Σ", "prod": "∏", "int": "∫"} | {word: word for word in WORDS}
ACCENTS = {
    "tilde": "\u0303", "widetilde": "\u0303", "hat": "\u0302", "widehat": "\u0302",
    "bar": "\u0304", "overline": "\u0304",
}
LOOKS = (  # how it looks, which a terminal cannot show
    "text", "mathrm", "operatorname", "mathbf", "mathbb", "left", "right", "bigl", "bigr", "Bigl",
    "Bigr", "big", "Big", "biggl", "biggr", "limits", "displaystyle", "textstyle",
)
FRACTION_COMMANDS = ("frac", "tfrac", "dfrac")
SCRIPT = {"L": "𝓛", "T": "𝓣", "D": "𝓓", "S": "𝓢", "O": "𝓞"}
FRACTIONS = {
    "1/2": "½", "1/4": "¼", "3/4": "¾", "1/3": "⅓", "1/5": "⅕", "2/5": "⅖", "3/5": "⅗", "4/5": "⅘",
}
POWERS = {"2": "²", "3": "³", "4": "⁴", "′": "′", "ᵀ": "ᵀ", "*": "*"}
BEFORE_FRACTION = " (−+=⟨‖"  # what a fraction may follow without brackets of its own
AFTER_FRACTION = (  # and what may follow it; "" is the formula's end
    "", "+", "-", "=", ",", "}", ")", "]", "le", "rVert", "rangle", "quad",
)
# fmt: on
TOKEN = re.compile(r"\\([A-Za-z]+|.)|\s+|(.)", re.S)
INDEX = "[a-z]{2,}\\d*"  # a word: err1
# What needs no brackets below a fraction's bar: a symbol with its scripts, a bracket, a norm.
ATOM = re.compile(
    f"√?(\\d+|[^\\W\\d][\u0300-\u036f]?)([_^](\\w|\\d+|{INDEX}|\\([^()]*\\))|[²³⁴′*])*"
    "|√?\\([^()]*\\)|‖[^‖]*‖"
)


def plain(latex):
    r"""One line of text. A command that is not known stays as its name."""
    text = Reader(latex).read_until("").strip()
    return unicodedata.normalize("NFC", re.sub(" {4,}", "   ", text))


class Reader:
    """One pass over a formula. `depth` counts the brackets that are open: at depth 0 the terms of a
    sum are set apart."""

    def __init__(self, latex):
        latex = re.sub(r"\\(left|right)\.", "", latex)
        latex = re.sub(r"\\text\{([^{}]*)\}", protect_words, latex)
        # pairs: (command, "") or ("", character); blanks, which are neither, are left out
        tokens = [token for token in TOKEN.findall(latex) if any(token)]
        self.tokens = [(command, x) for command, x in tokens if command not in LOOKS]
        self.position = 0
        self.depth = 0

    def peek(self):
        """The next command or character; "" at the formula's end."""
        if self.position == len(self.tokens):
            return ""
        command, character = self.tokens[self.position]
        return command or character

    def read_until(self, end):
        """The text of what comes before `end`, which is a closing brace or, "", the formula's
        end."""
        text = ""
        while self.peek() != end:
            text += self.read_symbol(text)
        return text

    def read_group(self):
        """The text of what stands before the closing brace, which is skipped."""
        text = self.read_until("}")
        self.position += 1
        return text

    def read_argument(self):
        """The text of what a command or ^ applies to: what is in braces, or one symbol."""
        self.depth += 1
        if self.peek() == "{":
            self.position += 1
            text = self.read_group()
        else:
            text = self.read_symbol("")
        self.depth -= 1
        return text.strip()

    def read_symbol(self, before):
        """The text of the next symbol with its arguments. before: what stands to its left, to tell
        a sign from a difference."""
        command, character = self.tokens[self.position]
        self.position += 1
        if character:
            return self.read_character(character, before)
        return self.read_command(command, before)

    def read_character(self, x, before):
        """The text of a character that is no command."""
        if x in ("^", "_"):
            return self.read_script(x)
        if x == "{":  # braces that only group
            return self.read_group()
        if x in ("+", "-"):
            sign = x.replace("-", "−")
            before = before.rstrip()
            is_sum = self.depth == 0 and before and before[-1] not in "=≤≥<>·,→"
            return f" {sign} " if is_sum else sign
        if x + self.peek() in (":=", "=:"):
            self.position += 1
            return " =: " if x == "=" else " := "
        if x in ("=", "<", ">"):
            return x if self.depth else f" {x} "
        if x == ",":
            return x if self.depth else ", "
        if x in "([":
            self.depth += 1
        if x in ")]":
            self.depth -= 1
        return {"'": "′", "~": " "}.get(x, x)

    def read_command(self, command, before):
        """The text of a command with its arguments."""
        if command in ACCENTS:
            text = self.read_argument()
            return text[:1] + ACCENTS[command] + text[1:]
        if command in FRACTION_COMMANDS:
            return self.read_fraction(before)
        if command == "sqrt":
            return "√" + bracket(self.read_argument())
        if command in ("mathcal", "mathscr"):
            return "".join(SCRIPT.get(letter, letter) for letter in self.read_argument())
        if command in OPERATORS:
            return self.read_operator(OPERATORS[command])
        if command in BRACKETS:
            opens = command[0] in "l{"
            self.depth += 1 if opens else -1
            return BRACKETS[command]
        if command in RELATIONS:
            return RELATIONS[command] if self.depth else f" {RELATIONS[command]} "
        return SYMBOLS.get(command, command)

    def read_script(self, mark):
        """The text of a power or an index, after its mark ^ or _."""
        text = self.read_argument()
        if mark == "^" and text.lstrip("*") in ("", *POWERS):
            return "".join(POWERS[x] for x in text)
        letters = re.sub("[\u0300-\u036f]", "", text)  # without accents
        is_word = mark == "_" and re.fullmatch(INDEX, text)
        if len(letters) == 1 or text.isdigit() or is_word:
            return mark + text + (" " if self.letter_follows() else "")  # L_w s is not L_ws
        return f"{mark}({text})"

    def letter_follows(self):
        """Does the text of the next symbol begin with a letter, a digit or a name?"""
        after = self.peek()
        if after in (*ACCENTS, *OPERATORS, "mathcal", "frac", "tfrac"):
            return True
        character = SYMBOLS.get(after, after if len(after) == 1 else "")
        return character[:1].isalnum()

    def read_fraction(self, before):
        """The text of a fraction: numerator / denominator, in brackets unless it stands alone."""
        numerator, denominator = self.read_argument(), self.read_argument()
        if not is_product(numerator):
            numerator = bracket(numerator)
        text = f"{numerator}/{bracket(denominator)}"
        if text in FRACTIONS:
            return FRACTIONS[text]
        free_before = not before or before[-1] in BEFORE_FRACTION
        alone = free_before and self.peek() in AFTER_FRACTION
        return text if alone else f"({text})"

    def read_operator(self, text):
        """The text of a sum, a minimum, a logarithm: with its range, and set apart from what
        follows."""
        has_range = False
        while self.peek() in ("^", "_", "limits"):
            text += self.read_symbol("")
            has_range = True
        if self.peek() in ("(", "{", "") and not has_range:
            return text
        return text.rstrip() + " "


def protect_words(match):
    """What is said in words, with marks that keep its spaces and hyphens. match: of a \\text{...},
    whose first group are the words."""
    return "{" + match[1].replace(" ", "~").replace("-", r"\-") + "}"


def bracket(text):
    """The text in brackets, unless it is one symbol."""
    return text if ATOM.fullmatch(text) else f"({text})"


def is_product(text):
    """Is the text no sum, but for sums that are in brackets already?"""
    depth = 0
    for x in text:
        if x in "([⟨":
            depth += 1
        elif x in ")]⟩":
            depth -= 1
        elif depth == 0 and x in "+−":
            return False
    return True
