"""Jupyter notebooks (.ipynb): text, code, and what the code printed."""

import json
import re
from collections.abc import Iterator
from typing import Any

from headrace.errors import SourceError
from headrace.ingest.readers.cleaning import clean_text
from headrace.ingest.readers.kinds.markup import fenced
from headrace.ingest.readers.outcomes import Content
from headrace.ingest.readers.texts import markdown_content

#: Characters of one output; the rest of a long one is left out.
_MOST_OUTPUT = 2000
#: How objects without a text of their own are printed.
_OBJECT = re.compile(r"<[^<>]*>")
_TERMINAL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def ipynb_content(data: bytes) -> Content:
    """The cells in order: Markdown as it is, code and its printed output in fences.

    Pictures, tables as HTML, and errors are left out. The title is the first heading.
    """
    try:
        notebook = json.loads(data.decode("utf-8-sig"))
    except ValueError as fault:
        raise SourceError(f"damaged, or not an .ipynb in spite of its name: {fault}") from fault
    if not isinstance(notebook, dict):
        raise SourceError("not an .ipynb in spite of its name: it holds no notebook")
    language = _language(notebook)
    pieces: list[str] = []
    for cell in _cells(notebook):
        pieces += _pieces(cell, language)
    text = clean_text("\n\n".join(piece.strip("\n") for piece in pieces if piece.strip()))
    return markdown_content(text.encode("utf-8"))


def _cells(notebook: dict[str, Any]) -> Iterator[dict[str, Any]]:
    sheets = notebook.get("worksheets") or [notebook]  # of versions before 4
    for sheet in sheets if isinstance(sheets, list) else ():
        for cell in sheet.get("cells") or ():
            if isinstance(cell, dict):
                yield cell


def _language(notebook: dict[str, Any]) -> str:
    metadata = notebook.get("metadata")
    for part in ("kernelspec", "language_info"):
        known = metadata.get(part) if isinstance(metadata, dict) else None
        name = known and (known.get("language") or known.get("name"))
        if name and re.fullmatch(r"[\w+#-]{1,20}", str(name)):
            return str(name)
    return ""


def _pieces(cell: dict[str, Any], language: str) -> Iterator[str]:
    source = _joined(cell.get("source") or cell.get("input"))
    kind = cell.get("cell_type")
    if kind == "heading":
        yield "#" * int(cell.get("level", 1)) + " " + source
    elif kind != "code":
        yield source
    elif source.strip():
        yield _code(source, language)
    if kind == "code":
        for output in cell.get("outputs") or ():
            text = _TERMINAL.sub("", _output(output)).strip("\n")
            if text.strip() and not _OBJECT.fullmatch(text.strip()):
                yield _code(text[:_MOST_OUTPUT], "")


def _output(output: dict[str, Any]) -> str:
    data = output.get("data")
    printed = data.get("text/plain") if isinstance(data, dict) else None
    return _joined(output.get("text") or printed)


def _joined(source: Any) -> str:
    return "".join(map(str, source)) if isinstance(source, list) else str(source or "")


def _code(text: str, language: str) -> str:
    return fenced(text.strip("\n"), language)
