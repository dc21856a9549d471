"""`tinymaml build`: from the sources to the notebooks, and `--check`: have they drifted apart?

A learner's notebook is compared letter by letter. Of a complete one, the cells and a fingerprint of
the source must be today's and no output may be an error; what the outputs show differs from machine
to machine and is not compared.
"""

import json
import os

from . import material, notebook

SIZE = 600_000  # bytes of an executed notebook: more is slow to open
TIMEOUT = 180  # seconds a cell may take


class BuildError(Exception):
    """A lesson does not run; the message says where."""


def paths(lesson):
    """The files of the learner's notebook and of the complete one."""
    file = f"{lesson.name}.ipynb"
    return material.folder("lessons") / file, material.folder("solutions") / file


def build(lesson):
    """Write both notebooks of a lesson; the complete one is executed. Raises BuildError."""
    learners_file, complete_file = paths(lesson)
    learners_file.parent.mkdir(exist_ok=True)
    complete = execute(notebook.complete_version(lesson), lesson)
    complaints = stderr_of(complete)
    if complaints:
        raise BuildError(
            f"{lesson.path.name} writes to stderr (if it was compiling, build again): "
            f"{complaints[0]}"
        )
    text = notebook.dumps(complete)
    size = len(text.encode())
    if size > SIZE:
        raise BuildError(
            f"{complete_file.name} would have {size:,} bytes, more than {SIZE:,}: "
            "make its figures smaller"
        )
    learners = notebook.learners_version(lesson)
    learners_file.write_text(notebook.dumps(learners), encoding="utf-8")
    complete_file.write_text(text, encoding="utf-8")


def stderr_of(executed):
    """The texts that the cells of an executed notebook wrote to stderr."""
    texts = []
    for cell in executed["cells"]:
        for output in cell.get("outputs", []):
            if output.get("name") == "stderr":
                texts.append("".join(output["text"]))
    return texts


def execute(built, lesson):
    """The notebook with its outputs. Raises BuildError where a cell raises.

    A wrong solution is an error here: TINYMAML_STRICT makes `check` raise.
    """
    import tempfile

    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError

    environment = os.environ | {
        "TINYMAML_STRICT": "1",
        "TINYMAML_WORK": "",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    }
    node = nbformat.reads(notebook.dumps(built), as_version=4)
    with tempfile.TemporaryDirectory() as place:  # so that no folder of this machine is shown
        client = NotebookClient(
            node,
            timeout=TIMEOUT,
            kernel_name="python3",
            record_timing=False,
            resources={"metadata": {"path": place}},
            extra_arguments=["--log-level=ERROR"],  # not that it listens on a local port
        )
        try:
            client.execute(env=environment)
        except CellExecutionError as error:
            raise BuildError(f"{lesson.path.name} does not run:\n{error}") from None
    # as it was built, without this machine's version of Python
    node.metadata.language_info = built["metadata"]["language_info"]
    for cell in node.cells:
        if cell.cell_type == "code":
            cell.outputs = join_streams(cell.outputs)
    return json.loads(nbformat.writes(node))


def join_streams(outputs):
    """Neighbouring pieces of the same stream as one: how they were cut is chance."""
    joined = []
    for output in outputs:
        last = joined[-1] if joined else None
        if last and output.output_type == last.output_type == "stream" and output.name == last.name:
            last.text += output.text
        else:
            joined.append(output)
    return joined


def drift(lesson):
    """What is not as `build` would make it: a list of sentences."""
    learners_file, complete_file = paths(lesson)
    source = lesson.path.name
    sentences = []
    learners = notebook.dumps(notebook.learners_version(lesson))
    if not learners_file.exists() or learners_file.read_text(encoding="utf-8") != learners:
        sentences.append(f"lessons/{learners_file.name} is not what solutions/{source} says")
    try:
        sentences += drift_of_complete(complete_file, lesson)
    except (OSError, ValueError, KeyError):
        sentences.append(f"solutions/{complete_file.name} is missing or cannot be read")
    return sentences


def drift_of_complete(file, lesson):
    """What is not as `build` would make it in the complete notebook, a list of sentences.

    Raises OSError, ValueError or KeyError where it cannot be read.
    """
    name = f"solutions/{file.name}"
    built = json.loads(file.read_text(encoding="utf-8"))
    about = notebook.complete_version(lesson)["metadata"]["tinymaml"]
    sentences = []
    if built["metadata"]["tinymaml"] != about or not notebook.is_untouched(built):
        sentences.append(f"{name} is not what {lesson.path.name} says")
    for k, cell in enumerate(built["cells"]):
        if cell["cell_type"] != "code":
            continue
        for output in cell["outputs"]:
            if output["output_type"] == "error":
                sentences.append(f"{name} has an error in cell {k}")
        if not cell["execution_count"]:
            sentences.append(f"{name} was not executed in cell {k}")
    size = file.stat().st_size
    if size > SIZE:
        sentences.append(f"{name} has {size:,} bytes, more than {SIZE:,}")
    return sentences
