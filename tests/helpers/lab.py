"""JupyterLab, as `tinymaml learn` starts it."""

import contextlib
import json
import os
import re
import socket
import subprocess
import sys
import urllib.request
from typing import NamedTuple

from .processes import wait_for


class Lab(NamedTuple):
    """A server that runs."""

    place: str  # host and port
    token: str


@contextlib.contextmanager
def running_lab(folder, place, **environment):
    """`tinymaml learn` in a folder, without a browser. -> Lab

    place: a folder for its log and its settings.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    options = f"--jupyter=--allow-root --ip 127.0.0.1 --port {address.split(':')[1]}"
    settings = {
        f"JUPYTER_{word.upper()}_DIR": str(place / word) for word in ("runtime", "config", "data")
    }
    log = place / "log"
    with open(log, "w") as out:
        server = subprocess.Popen(
            [sys.executable, "-m", "tinymaml.cli", "learn", str(folder), "--no-browser", options],
            stdout=out,
            stderr=out,
            env=os.environ | settings | environment,
        )

    def find_token():
        assert server.poll() is None, log.read_text()
        return re.search(rf"http://{address}/lab\S*\?token=(\w+)", log.read_text())

    try:
        token = wait_for(find_token)[1]
        wait_for(lambda: fetch(f"http://{address}/api/status?token={token}"))
        yield Lab(address, token)
    finally:
        server.terminate()
        server.wait(30)


def fetch(address, **request):
    """The JSON at an address, or None while nobody answers."""
    try:
        asked = urllib.request.Request(address, **request)
        with urllib.request.urlopen(asked, timeout=30) as answer:
            return json.load(answer)
    except urllib.error.URLError:
        return None
