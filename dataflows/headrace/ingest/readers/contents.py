"""The bytes of a file to its content, by the type of the file."""

from collections.abc import Callable

from headrace.errors import SourceError
from headrace.ingest.readers.asciidoc.document import asciidoc_content
from headrace.ingest.readers.html import html_content
from headrace.ingest.readers.kinds.archives import zip_content
from headrace.ingest.readers.kinds.books import epub_content
from headrace.ingest.readers.kinds.mails import eml_content, mbox_content, msg_content
from headrace.ingest.readers.kinds.names import FileType
from headrace.ingest.readers.kinds.notebooks import ipynb_content
from headrace.ingest.readers.kinds.rich_text import rtf_content
from headrace.ingest.readers.kinds.slides import pptx_content
from headrace.ingest.readers.kinds.tabular.old_sheets import xls_content
from headrace.ingest.readers.kinds.tabular.separated import csv_content
from headrace.ingest.readers.kinds.tabular.sheets import xlsx_content
from headrace.ingest.readers.limits import Limits
from headrace.ingest.readers.open_document import odt_content
from headrace.ingest.readers.org.document import org_content
from headrace.ingest.readers.outcomes import Content
from headrace.ingest.readers.pdf import pdf_content
from headrace.ingest.readers.rst.document import rst_content
from headrace.ingest.readers.texts import markdown_content, mdx_content, plain_content
from headrace.ingest.readers.word.document import docx_content

#: Bytes by which the type of a file is judged that has another's name.
_START_BYTES = 1000
_CONTENTS: dict[FileType, Callable[[bytes], Content]] = {
    "md": markdown_content,
    "mdx": mdx_content,
    "rst": rst_content,
    "adoc": asciidoc_content,
    "org": org_content,
    "txt": plain_content,
    "html": html_content,
    "pdf": pdf_content,
    "code": plain_content,
    "csv": csv_content,
    "ipynb": ipynb_content,
    "eml": eml_content,
    "msg": msg_content,
    "mbox": mbox_content,
    "rtf": rtf_content,
}


def _any_xls(data: bytes, limits: Limits) -> Content:
    """A file called .xls; programs that export tables write other types as one."""
    start = data[:_START_BYTES].lstrip().lower()
    if data.startswith(b"PK\x03\x04"):
        return xlsx_content(data, limits)
    if start.startswith((b"<html", b"<!doctype html", b"<table")):
        return html_content(data)
    return xls_content(data)


#: Those that unpack what they read, and so have to know the limits.
_UNPACKED: dict[FileType, Callable[[bytes, Limits], Content]] = {
    "docx": docx_content,
    "odt": odt_content,
    "xlsx": xlsx_content,
    "pptx": pptx_content,
    "epub": epub_content,
    "xls": _any_xls,
}

#: Files of these types have bytes, even if there is no text in them.
_NEVER_EMPTY = {"pdf", "rtf", "msg", "zip", *_UNPACKED}

#: The type of a file and its bytes.
File = tuple[FileType, bytes]


def content_of(kind: FileType, data: bytes, limits: Limits) -> Content:
    """What a file holds.

    Raises:
        SourceError: it cannot be read, whatever its parser says of that.
        MemoryError: there is too little memory for it.
    """
    if not data and kind in _NEVER_EMPTY:
        raise SourceError("it is empty (0 bytes): perhaps copying it was interrupted")
    try:
        if kind == "zip":
            return zip_content(data, limits, lambda kind, data: content_of(kind, data, limits))
        if kind in _UNPACKED:
            return _UNPACKED[kind](data, limits)
        return _CONTENTS[kind](data)
    except (SourceError, MemoryError):
        raise
    except ModuleNotFoundError as fault:
        package = str(fault.name).partition(".")[0]
        raise SourceError(
            f"its reader needs {package}, which is not installed: pip install {package}"
        ) from fault
    except RecursionError as fault:
        raise SourceError("what it holds is nested too deeply") from fault
    except Exception as fault:  # bytes that a parser's authors did not foresee: any error
        raise SourceError(
            f"damaged, or not {kind} in spite of its name ({type(fault).__name__}: {fault})"
        ) from fault
