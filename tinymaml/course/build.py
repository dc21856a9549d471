"""`tinymaml build`: from the sources to the notebooks, and `--check`: have they drifted apart?

A learner's notebook is compared letter by letter. Of a complete one, the cells and a fingerprint of
the source must be today's and no output may be an error; what the outputs show differs from machine
to machine and is not compared.
"""

import json
import os

from . import material, notebook

SIZE = 300_000  # bytes of an executed notebook: more is not shown in a browser
TIMEOUT = 180  # seconds a cell may take


class BuildError(Exception):
    """A lesson does not run; the message says where."""


def paths(lesson):
    return material.folder("lessons") / f"{lesson.name}.ipynb", material.folder(
        "solutions"
    ) / f"{lesson.name}.ipynb"


def build(lesson):
    """Write both notebooks of a lesson; the complete one is executed. Raises BuildError."""
    learners, complete = paths(lesson)
    learners.parent.mkdir(exist_ok=True)
    done = executed(notebook.complete(lesson), lesson)
    text = notebook.dumps(done)
    if said := [
        output
        for cell in done["cells"]
        for output in cell.get("outputs", [])
        if output.get("name") == "stderr"
    ]:
        raise BuildError(
            f"{lesson.path.name} writes to stderr (if it was compiling, build again): {''.join(said[0]['text'])}"
        )
    if len(text.encode()) > SIZE:
        raise BuildError(
            f"{complete.name} would have {len(text.encode()):,} bytes, more than {SIZE:,}: make its figures smaller"
        )
    learners.write_text(notebook.dumps(notebook.learners(lesson)), encoding="utf-8")
    complete.write_text(text, encoding="utf-8")


def executed(built, lesson):
    """The notebook with its outputs. A wrong solution is an error here: TINYMAML_STRICT makes
    `check` raise."""
    import tempfile

    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError

    node = nbformat.reads(notebook.dumps(built), as_version=4)
    with (
        tempfile.TemporaryDirectory() as place
    ):  # nothing of this machine's folders can get into the outputs
        client = NotebookClient(
            node,
            timeout=TIMEOUT,
            kernel_name="python3",
            record_timing=False,
            resources={"metadata": {"path": place}},
            extra_arguments=["--log-level=ERROR"],
        )  # not that it listens on a local port
        try:
            client.execute(
                env=os.environ
                | {
                    "TINYMAML_STRICT": "1",
                    "TINYMAML_WORK": "",
                    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
                }
            )
        except CellExecutionError as error:
            raise BuildError(f"{lesson.path.name} does not run:\n{error}") from None
    node.metadata.language_info = built["metadata"][
        "language_info"
    ]  # without this machine's version of Python
    for cell in node.cells:
        if cell.cell_type == "code":
            cell.outputs = joined(cell.outputs)
    return json.loads(nbformat.writes(node))


def joined(outputs):
    """Neighbouring pieces of the same stream as one: how they were cut is chance."""
    kept = []
    for output in outputs:
        if (
            kept
            and output.output_type == "stream" == kept[-1].output_type
            and output.name == kept[-1].name
        ):
            kept[-1].text += output.text
        else:
            kept.append(output)
    return kept


def drift(lesson):
    """What is not as `build` would make it: a list of sentences."""
    learners, complete = paths(lesson)
    source, theirs, name = (
        lesson.path.name,
        f"lessons/{learners.name}",
        f"solutions/{complete.name}",
    )
    found = []
    if not learners.exists() or learners.read_text(encoding="utf-8") != notebook.dumps(
        notebook.learners(lesson)
    ):
        found.append(f"{theirs} is not what solutions/{source} says")
    try:
        built = json.loads(complete.read_text(encoding="utf-8"))
        if built["metadata"]["tinymaml"] != notebook.complete(lesson)["metadata"][
            "tinymaml"
        ] or not notebook.untouched(built):
            found.append(f"{name} is not what {source} says")
        cells = [(k, cell) for k, cell in enumerate(built["cells"]) if cell["cell_type"] == "code"]
        found += [
            f"{name} has an error in cell {k}"
            for k, cell in cells
            for output in cell["outputs"]
            if output["output_type"] == "error"
        ]
        found += [
            f"{name} was not executed in cell {k}"
            for k, cell in cells
            if not cell["execution_count"]
        ]
        if complete.stat().st_size > SIZE:
            found.append(f"{name} has {complete.stat().st_size:,} bytes, more than {SIZE:,}")
    except (OSError, ValueError, KeyError):
        found.append(f"{name} is missing or cannot be read")
    return found
