"""Notebooks: text, code and what it printed."""

import json

import pytest

from support.reading import document_of, reason_of, written


def code(source: str, *outputs: dict) -> dict:
    return {"cell_type": "code", "source": source.splitlines(keepends=True), "outputs": outputs}


def notebook(*cells: dict, **metadata) -> str:
    return json.dumps({"cells": cells, "metadata": metadata, "nbformat": 4})


def test_cells_become_markdown_with_code_and_output_in_fences(tmp_path):
    text = {"cell_type": "markdown", "source": ["# Barges\n", "Nine of them."]}
    printed = {"output_type": "stream", "text": ["\x1b[31mloss 0.4\x1b[0m\n"]}
    drawn = {"output_type": "display_data", "data": {"text/plain": "<Figure 1x1 with 1 Axes>"}}
    error = {"output_type": "error", "traceback": ["Traceback"]}
    cells = notebook(
        text, code("fit()\n# once", printed, drawn, error), kernelspec={"language": "python"}
    )
    document = document_of(written(tmp_path, "a.ipynb", cells))
    assert document.text == (
        "# Barges\nNine of them.\n\n```python\nfit()\n# once\n```\n\n```\nloss 0.4\n```"
    )
    assert (document.title, document.markup) == ("Barges", "markdown")
    assert document.metadata == {"file_type": "ipynb"}


def test_the_rest_of_a_long_output_is_left_out(tmp_path):
    printed = {"output_type": "stream", "text": "x" * 5000}
    document = document_of(written(tmp_path, "a.ipynb", notebook(code("fit()", printed))))
    assert document.text.endswith(f"```\n{'x' * 2000}\n```")


def test_fences_are_longer_than_those_in_the_code(tmp_path):
    document = document_of(written(tmp_path, "a.ipynb", notebook(code("'````'"))))
    assert document.text == "`````\n'````'\n`````"


def test_notebooks_of_old_are_read(tmp_path):
    cells = [
        {"cell_type": "heading", "level": 2, "source": "Old"},
        {"cell_type": "code", "input": "x = 1", "outputs": []},
    ]
    old = json.dumps({"worksheets": [{"cells": cells}], "nbformat": 3})
    assert document_of(written(tmp_path, "a.ipynb", old)).text == "## Old\n\n```\nx = 1\n```"


@pytest.mark.parametrize(
    "content",
    [
        "{",
        "[]",
        b"\xff\xfe\x00",
        '{"cells": 3}',
        '{"cells": ["x"]}',
        '{"cells": [[]]}',
        "[" * 99999,
    ],
)
def test_what_is_no_notebook_is_said_to_be_none_or_empty(tmp_path, content):
    reason = reason_of(written(tmp_path, "a.ipynb", content))
    assert reason.startswith(("damaged", "not an .ipynb", "empty", "what it holds is nested"))
