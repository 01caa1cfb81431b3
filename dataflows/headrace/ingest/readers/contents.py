"""The bytes of a file to its content, by the type of the file."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from headrace.errors import SourceError
from headrace.ingest.readers.html import html_content
from headrace.ingest.readers.limits import Limits
from headrace.ingest.readers.outcomes import Content
from headrace.ingest.readers.pdf import pdf_content
from headrace.ingest.readers.texts import markdown_content, plain_content, rst_content
from headrace.ingest.readers.word import docx_content

if TYPE_CHECKING:  # a reading process has no use for what `files` imports
    from headrace.ingest.readers.files import FileType

_CONTENTS: dict["FileType", Callable[[bytes], Content]] = {
    "md": markdown_content,
    "rst": rst_content,
    "txt": plain_content,
    "html": html_content,
    "pdf": pdf_content,
}


#: The type of a file and its bytes.
File = tuple["FileType", bytes]


def content_of(kind: "FileType", data: bytes, limits: Limits) -> Content:
    """What a file holds.

    Raises:
        SourceError: it cannot be read, whatever its parser says of that.
        MemoryError: there is too little memory for it.
    """
    try:
        return docx_content(data, limits) if kind == "docx" else _CONTENTS[kind](data)
    except (SourceError, MemoryError):
        raise
    except RecursionError as fault:
        raise SourceError("what it holds is nested too deeply") from fault
    except Exception as fault:  # bytes that a parser's authors did not foresee: any error
        raise SourceError(
            f"damaged, or not {kind} in spite of its name ({type(fault).__name__}: {fault})"
        ) from fault
