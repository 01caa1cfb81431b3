"""Rich Text Format (.rtf), as word processors and old help files write it."""

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from typing import Any

from headrace.errors import SourceError
from headrace.ingest.readers.cleaning import clean_text, one_line
from headrace.ingest.readers.kinds.tabular.tables import Row, passages
from headrace.ingest.readers.outcomes import Block, Content, joined_blocks

_CODE_PAGE = re.compile(rb"\\ansicpg(\d{1,5})")
#: Ends of paragraphs and lines, and what says whether they are in a table.
_ENDS = re.compile(r"\\(pard|intbl|par|line)(?![a-z])\s?")
#: What is said of the whole file: "{\\title Opening hours}".
_PROPERTY = r"\{\\%s ([^{}]{1,500})\}"
_CREATED = re.compile(r"\{\\creatim\\yr(\d{4})\\mo(\d{1,2})\\dy(\d{1,2})")


def rtf_content(data: bytes) -> Content:
    """The text, with a blank line between paragraphs, and tables row by row.

    Pictures, page headers, footers and comments are left out, as is what is hidden.
    """
    if not data.lstrip().startswith(b"{\\rtf"):
        raise SourceError("damaged, or not a .rtf in spite of its name")
    encoding = _encoding(data)
    source = data.decode(encoding, errors="replace")
    text = _plain("".join(_with_ends(source)), encoding)
    return Content(
        text=clean_text(joined_blocks(_blocks(text))),
        title=_property(source, "title", encoding),
        metadata=_metadata(source, encoding),
    )


def _with_ends(source: str) -> Iterator[str]:
    """The source, a row of a table on one line, and an empty line after a paragraph."""
    end, is_row = 0, False
    for found in _ENDS.finditer(source):
        yield source[end : found.start()]
        end = found.end()
        word = found[1]
        if word in ("pard", "intbl"):
            is_row = word == "intbl"
            yield found[0]
        elif is_row:
            yield " "
        else:
            yield "\\par\\par " if word == "par" else found[0]
    yield source[end:]


def _encoding(data: bytes) -> str:
    found = _CODE_PAGE.search(data)
    name = f"cp{found[1].decode()}" if found else "cp1252"
    try:
        "".encode(name)
    except LookupError:
        return "cp1252"
    return name


def _plain(source: str, encoding: str) -> str:
    from striprtf.striprtf import rtf_to_text

    return rtf_to_text(source, encoding, errors="replace")


def _metadata(source: str, encoding: str) -> dict[str, Any]:
    """Author and day of creation, where the file names them."""
    metadata: dict[str, Any] = {}
    if author := _property(source, "author", encoding):
        metadata["author"] = author
    if created := _CREATED.search(source):
        with suppress(ValueError):  # a property is no reason to give up the text
            metadata["created"] = date(*map(int, created.groups()))
    return metadata


def _property(source: str, name: str, encoding: str) -> str:
    found = re.search(_PROPERTY % name, source)
    return one_line(_plain(f"{{\\rtf1\\ansi {found[1]}}}", encoding)) if found else ""


def _blocks(text: str) -> Iterator[Block]:
    """Paragraphs, and the rows of tables, each of which ends with a bar."""
    rows: list[Row] = []
    for paragraph in re.split(r"\n{2,}", text):
        lines: list[str] = []
        for line in paragraph.split("\n"):
            if line.rstrip().endswith("|"):
                rows.append(_row(line))
            elif line.strip():
                yield from passages(rows)
                rows = []
                lines.append(line.strip())
        if lines:
            yield Block("\n".join(lines))
    yield from passages(rows)


def _row(line: str) -> Row:
    cells = enumerate(map(one_line, line.rstrip()[:-1].split("|")))
    return {column: cell for column, cell in cells if cell}
