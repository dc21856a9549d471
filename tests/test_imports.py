"""Imports point one way: each room knows only rooms above it in the table, and no module is part of
a circle. The source is read, not run."""

import ast
import pathlib
import sys
from graphlib import CycleError, TopologicalSorter
from typing import NamedTuple

import pytest

PACKAGE = pathlib.Path(__file__).parents[1] / "tinymaml"

CORE = {"engine", "engine.errors"}
ENGINE = {*CORE, "engine.compiled", "engine.gpu"}
LIBRARY = {*CORE, "maml", "tinymaml"}

# What each room may import beside itself. A room may only name rooms above it.
ROOMS = {
    "engine.errors": set(),
    "engine": {"engine.errors"},  # the core: the files that lie directly in engine/
    "engine.compiled": CORE,
    "engine.gpu": {*CORE, "engine.compiled"},
    "maml": ENGINE,
    "tinymaml": {*CORE, "maml"},  # the package's own __init__.py: `import tinymaml as tm`
    "distributed": LIBRARY,
    "pictures": set(),
    "terminal": set(),
    "problems": {*LIBRARY, "pictures"},
    "theory": {*LIBRARY, "pictures", "terminal", "problems"},
    "course": {*LIBRARY, *ENGINE, "pictures", "terminal", "problems", "theory"},
    "doctor": {*LIBRARY, *ENGINE, "terminal", "problems", "course"},
    "benchmark": {*LIBRARY, *ENGINE, "pictures", "terminal", "problems", "doctor"},
    "experiments": {*LIBRARY, *ENGINE, "pictures", "terminal", "problems", "theory"},
    "cli": {
        "tinymaml", "terminal", "problems", "theory", "course", "doctor", "benchmark",
        "experiments",
    },
}  # fmt: skip
WINGS_OF_TARGETS = {"engine.compiled", "engine.gpu"}  # what engine/targets.py alone may import


class Import(NamedTuple):
    """One name that a module imports."""

    importer: str  # dotted names, "tinymaml.engine.loss"
    imported: str
    when_called: bool  # inside a function, not when the module itself is imported
    line: int

    def __str__(self):
        return f"{self.importer}, line {self.line}, imports {self.imported}"


def read_modules(package):
    """package: a folder -> {dotted name: path} of the modules in it."""
    modules = {}
    for path in sorted(package.rglob("*.py")):
        parts = path.relative_to(package.parent).with_suffix("").parts
        if parts[-1] == "__init__":
            parts = parts[:-1]
        modules[".".join(parts)] = path
    return modules


def read_imports(package):
    """All imports of the modules in a folder."""
    modules = read_modules(package)
    found = []
    for name, path in modules.items():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for statement, when_called in import_statements(tree):
            for imported in imported_names(statement, name, path, modules):
                found.append(Import(name, imported, when_called, statement.lineno))
    return found


def import_statements(node, when_called=False):
    """(statement, whether it is inside a function) for every import below a node."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.Import, ast.ImportFrom)):
            yield child, when_called
        in_function = isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef))
        yield from import_statements(child, when_called or in_function)


def imported_names(statement, importer, path, modules):
    """The dotted names of the modules that a statement imports."""
    if isinstance(statement, ast.Import):
        return [alias.name for alias in statement.names]
    parts = []
    if statement.level:  # from . import x, from ..room import x
        package = importer.split(".")
        dots = statement.level - 1 if path.name == "__init__.py" else statement.level
        parts = package[: len(package) - dots]
    if statement.module:
        parts = [*parts, statement.module]
    source = ".".join(parts)
    names = []
    for alias in statement.names:
        submodule = f"{source}.{alias.name}"
        names.append(submodule if submodule in modules else source)
    return names


def is_ours(name):
    return name.split(".")[0] == "tinymaml"


def room_of(module):
    """The room that a module lies in: "engine.compiled" for tinymaml.engine.compiled.plan."""
    parts = module.split(".")[1:]
    for length in (2, 1):
        if ".".join(parts[:length]) in ROOMS:
            return ".".join(parts[:length])
    return parts[0] if parts else "tinymaml"


def is_allowed(link):
    importer, imported = room_of(link.importer), room_of(link.imported)
    if link.importer == "tinymaml.engine.targets" and imported in WINGS_OF_TARGETS:
        return link.when_called
    return imported == importer or imported in ROOMS[importer]


def breaches(imports):
    """The imports against the order, as text."""
    return [str(link) for link in imports if is_ours(link.imported) and not is_allowed(link)]


def find_circle(imports):
    """Modules that import each other when they are imported, or []."""
    graph = {}
    for link in imports:
        if is_ours(link.imported) and not link.when_called:
            graph.setdefault(link.importer, set()).add(link.imported)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return error.args[1]
    return []


def libraries_behind(start, imports):
    """What else is imported, {library: by whom}, when the module `start` is imported."""
    waiting, seen, libraries = [start], set(), {}
    while waiting:
        module = waiting.pop()
        if module in seen:
            continue
        seen.add(module)
        package = module.rpartition(".")[0]
        if package:
            waiting.append(package)  # Python imports it first
        for link in imports:
            if link.importer != module or link.when_called:
                continue
            if is_ours(link.imported):
                waiting.append(link.imported)
            else:
                libraries.setdefault(link.imported.split(".")[0], module)
    return libraries


# ---- the package


def test_the_table_of_rooms_is_whole_and_in_order():
    assert {room_of(module) for module in read_modules(PACKAGE)} == set(ROOMS)
    above = set()
    for room, may_import in ROOMS.items():
        assert may_import <= above, room
        above.add(room)


def test_imports_point_one_way():
    assert breaches(read_imports(PACKAGE)) == []


def test_there_is_no_circle():
    assert find_circle(read_imports(PACKAGE)) == []


def test_importing_tinymaml_takes_numpy_alone():
    libraries = libraries_behind("tinymaml", read_imports(PACKAGE))
    for name in sys.stdlib_module_names & libraries.keys():
        del libraries[name]
    assert list(libraries) == ["numpy"], libraries


# ---- what these tests would see, in packages made up


def write_package(folder, **modules):
    """A package tinymaml of these modules; "__" in a name is a folder's end."""
    for name, source in modules.items():
        path = folder / "tinymaml" / f"{name.replace('__', '/')}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source)
    (folder / "tinymaml" / "__init__.py").write_text("from .engine.loss import Loss\n")
    return read_imports(folder / "tinymaml")


@pytest.mark.parametrize(
    "modules, seen",
    [
        (
            dict(engine__loss="from ..maml import tasks"),
            "engine.loss, line 1, imports tinymaml.maml",
        ),
        (dict(engine__loss="import tinymaml as tm"), "imports tinymaml"),
        (dict(engine__loss="import tinymaml.course.work"), "imports tinymaml.course.work"),
        (dict(engine__loss="def f():\n    from .compiled import cpu"), "line 2, imports"),
        (dict(engine__errors__a="from ..loss import Loss"), "imports tinymaml.engine.loss"),
        (dict(engine__compiled__a="from ..gpu import launch"), "imports tinymaml.engine.gpu"),
        (dict(engine__targets="from .compiled import cpu"), "engine.targets, line 1"),
        (dict(maml__a="if True:\n    from ..problems import common"), "line 2, imports"),
        (dict(theory__a="from ..course import judge"), "imports tinymaml.course"),
    ],
)
def test_an_import_against_the_order_is_seen(modules, seen, tmp_path):
    (breach,) = breaches(write_package(tmp_path, **modules))
    assert seen in breach


def test_what_is_in_order_is_left_alone(tmp_path):
    imports = write_package(
        tmp_path,
        engine__targets="def run_on():\n    from .compiled import cpu",
        engine__compiled__cpu="import numba\nfrom ..loss import Loss",
        engine__loss="import numpy\nfrom .targets import run_on",
    )
    assert breaches(imports) == []
    assert find_circle(imports) == []
    assert libraries_behind("tinymaml", imports).keys() == {"numpy"}


def test_a_circle_is_seen(tmp_path):
    imports = write_package(
        tmp_path,
        engine__loss="from . import tape",
        engine__tape="from .rules import RULES",
        engine__rules="from .tape import Tape",
    )
    assert set(find_circle(imports)) == {"tinymaml.engine.tape", "tinymaml.engine.rules"}


def test_a_library_behind_a_module_is_seen(tmp_path):
    imports = write_package(
        tmp_path,
        engine__loss="from . import tape",
        engine__tape="class Tape:\n    import matplotlib.figure",
    )
    assert libraries_behind("tinymaml", imports) == {"matplotlib": "tinymaml.engine.tape"}
