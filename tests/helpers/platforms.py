"""What not every platform has, as marks for the tests that need it."""

import importlib.util
import multiprocessing
import os
import sys

import pytest

needs_fork = pytest.mark.skipif(
    "fork" not in multiprocessing.get_all_start_methods(), reason="this platform does not fork"
)
needs_signals = pytest.mark.skipif(os.name == "nt", reason="signals do not end processes here")
needs_linux = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="only Linux tells about its processes in /proc"
)
needs_users = pytest.mark.skipif(
    not hasattr(os, "getuid"), reason="files have no owners by number here"
)
needs_resource = pytest.mark.skipif(
    importlib.util.find_spec("resource") is None,
    reason="this platform does not say how much memory a process has had",
)
needs_full_disk = pytest.mark.skipif(
    not os.path.exists("/dev/full"), reason="this platform has no disk that is always full"
)
