"""`tinymaml bench --target cuda --predict`: what the model says, as a table for a README."""

from ..terminal.text import paragraph, say
from .gpu_model import predict
from .results import aligned

TITLE = "Predicted, not measured: not run on a GPU"
COLUMNS = ("cell", "dtype", "device", "kernel ms", "decided by", "of roof", "call ms")
ABOUT = """kernel: the GPU alone; call: with the copies from and to NumPy arrays, a guess; decided by: the largest of the times that the model
(gpu_model.py) adds up: "mean" is the last block's sum over the tasks, the others overlap; of roof: useful work against what peak and L2 allow."""


def run(cells, devices):
    """Print the table for these cells on these devices. -> exit code"""
    say(f"{TITLE}\n")
    say("\n".join(table(cells, devices)))
    say("\n" + paragraph(ABOUT))
    return 0


def table(cells, devices):
    """Its lines."""
    rows = []
    for cell in cells:
        for device in devices:
            p = predict(cell, device)
            rows.append(
                [
                    cell.name,
                    cell.dtype,
                    device.name,
                    rough(1e3 * p.kernel),
                    p.decides,
                    f"{rough(100 * p.share)}%",
                    rough(1e3 * p.call),
                ]
            )
    return aligned(COLUMNS, rows, left=(0, 1, 2, 4))


def rough(x):
    """Two digits: more would pretend to know more."""
    return f"{x:#.2g}" if x < 9.95 else f"{float(f'{x:.2g}'):.0f}"
