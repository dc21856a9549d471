"""The packages: are they there, can they be imported, are they new enough?"""

import importlib
import platform
import re
from importlib import metadata

import tinymaml as tm

from .finding import Finding, describe

SHOWN = ("numpy", "numba", "llvmlite", "matplotlib", "tqdm", "jupyter", "jupyterlab", "pytest")
# what the package itself imports: to be installed is not enough
IMPORTED = ("numpy", "numba", "matplotlib", "tqdm")


def versions():
    """Are tinymaml, Python and the packages there, and new enough?"""
    wanted, python, problem = {}, "", ""
    try:
        wanted = requirements()
        python = metadata.metadata("tinymaml")["Requires-Python"]
    except metadata.PackageNotFoundError:
        problem = "not installed, only imported: run `pip install -e .` in its folder"
    yield Finding("tinymaml", tm.__version__, problem)
    version = platform.python_version()
    yield Finding(
        "Python",
        f"{version} ({platform.python_implementation()})",
        "" if satisfies(version, python) else f"tinymaml is made for Python {python}",
    )
    for name in SHOWN:
        yield package(name, wanted.get(name, ""))


def requirements():
    """Name of each package that tinymaml needs -> the versions it may have, such as ">=2.0"."""
    wanted = {}
    for line in metadata.requires("tinymaml") or []:
        if "extra" not in line:
            name, versions = re.match(r"([\w-]+)\s*([^;]*)", line).groups()
            wanted[name] = versions
    return wanted


def package(name, wanted):
    """Is the package there, and does it have a version that is wanted? -> `Finding`"""
    try:
        version = metadata.version(name)
    except metadata.PackageNotFoundError:
        return Finding(name, "missing", f"run `pip install '{name}{wanted}'`")
    try:
        if name in IMPORTED:
            importlib.import_module(name)
    except Exception as error:  # a broken package may raise anything
        install = f"run `pip install --force-reinstall '{name}{wanted}'`"
        return Finding(name, f"{version}, cannot be imported", f"{describe(error)}; {install}")
    if satisfies(version, wanted):
        return Finding(name, version)
    return Finding(name, version, f"run `pip install '{name}{wanted}'`")


def satisfies(version, wanted):
    """Whether a version is in a range such as ">=3.11,<3.14"; only >= and < are understood."""
    have = version_numbers(version)
    for relation, bound in re.findall(r"(>=|<)\s*([\d.]+)", wanted):
        enough = have >= version_numbers(bound)
        if enough != (relation == ">="):
            return False
    return True


def version_numbers(version):
    """ "3.11.7" -> [3, 11, 7]"""
    return [int(n) for n in re.findall(r"\d+", version.split("rc")[0])]
