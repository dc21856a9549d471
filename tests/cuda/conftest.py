"""`device`: a GPU of our own (fake_gpu.py) in the place of this computer's."""

import fake_gpu
import pytest

from tinymaml.engine.gpu import memory


@pytest.fixture
def device(monkeypatch):
    for module in ("targets", "gpu.available"):
        monkeypatch.setattr(f"tinymaml.engine.{module}.missing", lambda: "")
    yield fake_gpu.GPU().install(monkeypatch)
    memory.STORED.clear()
