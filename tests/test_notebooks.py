"""The notebooks: each runs from top to bottom in a kernel of its own, and is kept clean."""

import ast
import os
import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from support.places import ROOT
from support.waiting import PATIENCE_S

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
#: Pictures that a notebook is there to show, at least.
PICTURES = {
    "explore.ipynb": 9,
    "extend.ipynb": 1,
    "ingest.ipynb": 4,
    "integrate.ipynb": 0,
    "measure.ipynb": 4,
    "tune.ipynb": 2,
}
#: Notebooks in which the reader's own code stands.
WITH_CODE = {"explore.ipynb", "extend.ipynb", "integrate.ipynb"}

each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
each_without_code = pytest.mark.parametrize(
    "path", [path for path in NOTEBOOKS if path.name not in WITH_CODE], ids=lambda path: path.name
)


def test_there_are_notebooks():
    assert set(PICTURES) <= {path.name for path in NOTEBOOKS}


@each_notebook
def test_it_runs_from_top_to_bottom_without_a_warning_and_draws_its_pictures(
    path, tmp_path, with_weights
):
    with_weights(tmp_path / "data")
    outputs = _outputs(_executed(path, tmp_path))
    assert [
        output.text
        for output in outputs
        if output.output_type == "stream" and output.name == "stderr"
    ] == []
    assert sum(map(_is_picture, outputs)) >= PICTURES.get(path.name, 0)


@each_notebook
def test_it_is_kept_without_outputs(path):
    notebook = nbformat.read(path, as_version=4)
    assert _outputs(notebook) == []
    assert {cell.execution_count for cell in _code_cells(notebook)} == {None}


@each_notebook
def test_its_kernel_is_whatever_python_there_is(path):
    metadata = nbformat.read(path, as_version=4).metadata
    assert metadata == {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }


@each_without_code
def test_it_uses_the_dataflow_and_has_no_logic_of_its_own(path):
    statements = [
        statement
        for cell in _code_cells(nbformat.read(path, as_version=4))
        for statement in ast.walk(ast.parse(cell.source))
    ]
    assert not [
        s.name
        for s in statements
        if isinstance(s, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    ]
    assert "headrace" in {
        s.module.partition(".")[0] for s in statements if isinstance(s, ast.ImportFrom)
    }


@each_notebook
def test_it_names_no_place_of_one_machine(path):
    assert (
        re.findall(
            r"(?<![\w.:/])/(?:home|Users|root|tmp|work|opt|var|mnt|srv|data)/\S*|\b[A-Z]:\\\\\S*",
            path.read_text(),
        )
        == []
    )


def _executed(path: Path, folder: Path) -> nbformat.NotebookNode:
    """The notebook with its outputs; nbclient raises what a cell raised, with the cell."""
    notebook = nbformat.read(path, as_version=4)
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("HEADRACE_", "ANTHROPIC_", "MPLBACKEND"))
    }
    environment |= {
        "HEADRACE_DATA_DIR": str(folder / "data"),
        "HF_HUB_OFFLINE": "1",
        "PYTHONPATH": str(ROOT / "dataflows"),
    }
    client = NotebookClient(
        notebook,
        timeout=int(PATIENCE_S),
        kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
    )
    return client.execute(env=environment)


def _is_picture(output: nbformat.NotebookNode) -> bool:
    data = output.get("data", {})
    return bool(
        "image/png" in data
        or "image/svg+xml" in data
        or "mermaid" in data.get("text/markdown", "")
        or re.search("headrace-(document|marked|moves)", data.get("text/html", ""))
    )


def _code_cells(notebook: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def _outputs(notebook: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    return [output for cell in _code_cells(notebook) for output in cell.outputs]
