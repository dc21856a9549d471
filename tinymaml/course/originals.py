"""What Python's own modules, NumPy and tinymaml mean by their names: remembered before an answer
runs, given back afterwards."""

import sys
from types import ModuleType

# fmt: off
LIBRARIES = {
    "builtins", "cmath", "copy", "fractions", "functools", "inspect", "itertools", "marshal",
    "math", "numpy", "operator", "random", "tinymaml",
}  # with the public modules right inside them
# fmt: on
NUMBERS = int, float, complex


class Originals:
    """The public functions, classes and numbers of these modules, as they are now."""

    def __init__(self):
        self.modules = {}  # name -> (the module's dict, name -> value)
        self.classes = {}  # "tinymaml.Loss" -> (the class, name -> value)
        for name, module in list(sys.modules.items()):
            library, *inside = name.split(".")
            is_public = len(inside) < 2 and not "".join(inside).startswith("_")
            if library in LIBRARIES and is_public and isinstance(module, ModuleType):
                self.remember(name, module)

    def remember(self, name, module):
        """Remember what a module holds, and what tinymaml's classes hold that it defines."""
        held = vars(module)
        own = {word: value for word, value in held.items() if stays(name, word, value)}
        self.modules[name] = held, own
        for word, value in own.items():
            if isinstance(value, type) and name.startswith("tinymaml"):
                methods = {key: what for key, what in vars(value).items() if callable(what)}
                self.classes[f"{name}.{word}"] = value, methods

    def restore(self):
        """Give every name its meaning back. -> the first that had another, or None."""
        replaced = []
        for name, (held, own) in self.modules.items():
            for word, value in own.items():
                if held.get(word, self) is not value:
                    held[word] = value
                    replaced.append(word if name == "builtins" else f"{name}.{word}")
        for name, (owner, methods) in self.classes.items():
            for word, value in methods.items():
                if vars(owner).get(word, self) is not value:
                    setattr(owner, word, value)
                    replaced.append(f"{name}.{word}")
        return min(replaced, key=len, default=None)


def stays(name, word, value):
    """Does what a module holds under this word stay what it is: a public function, class, module,
    or number of mathematics?"""
    if word.startswith("_"):
        return False
    if isinstance(value, NUMBERS):
        return not name.startswith("tinymaml")
    if isinstance(value, ModuleType):
        return value.__name__ != __package__  # the course is hidden from an answer
    return callable(value)
