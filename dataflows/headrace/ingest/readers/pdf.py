"""PDF files: the text layer, page by page."""

import re
import threading
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from headrace.errors import SourceError
from headrace.ingest.readers.cleaning import clean_text, one_line
from headrace.ingest.readers.outcomes import Content

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument

_PAGE_GAP = "\n\n"
#: pdfium writes U+FFFE for a hyphen at the end of a line, and drops the line end.
_HYPHEN = re.compile("(.?)\ufffe(?:\r?\n)?(.?)")
_DATE = re.compile(r"(?:D:)?(\d{4})(\d{2})?(\d{2})?")
#: Page numbers that a message names; more are counted.
_NAMED_PAGES = 8
#: Two threads must not be in pdfium at once, not even with two documents.
_ONE_AT_A_TIME = threading.Lock()


@dataclass(frozen=True, slots=True)
class _Page:
    """One page, `number` from 1.

    `is_drawn` says whether it shows something, `fault` why it could not be read.
    """

    number: int
    text: str
    is_drawn: bool = False
    fault: str = ""


def pdf_content(data: bytes) -> Content:
    """The text of a PDF's pages, each clean, with a blank line between them.

    Title, author and creation date are its properties. `lost` names the pages that are
    damaged, and those that show something but have no text (scans). Form fields,
    comments and attachments are not page text, and are not read.

    Raises:
        SourceError: it is encrypted or damaged, or no page has text.
    """
    with _ONE_AT_A_TIME:
        pages, properties = _pages_and_properties(data)
    if not any(page.text.strip() for page in pages):
        raise SourceError(_no_text_reason(pages))
    return Content(
        text=_PAGE_GAP.join(page.text for page in pages),
        title=one_line(properties["Title"]),
        metadata=_metadata(properties),
        page_starts=_page_starts(pages),
        lost=_lost(pages),
    )


def _pages_and_properties(data: bytes) -> tuple[list[_Page], dict[str, str]]:
    import pypdfium2
    from pypdfium2.raw import FPDF_ERR_PASSWORD

    try:
        pdf = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as fault:
        if fault.err_code == FPDF_ERR_PASSWORD:
            reason = "the PDF is encrypted and needs a password; save a copy without one"
        else:
            reason = f"the PDF is damaged: {fault}"
        raise SourceError(reason) from fault
    with closing(pdf):
        pages = [_page(pdf, index) for index in range(len(pdf))]
        return pages, {name: _property(pdf, name) for name in ("Title", "Author", "CreationDate")}


def _page(pdf: "PdfDocument", index: int) -> _Page:
    from pypdfium2 import PdfiumError

    try:
        with closing(pdf[index]) as page, closing(page.get_textpage()) as text_page:
            text = clean_text(_without_line_hyphens(text_page.get_text_range(errors="replace")))
            is_drawn = bool(text.strip()) or any(True for _ in page.get_objects(max_depth=1))
    except PdfiumError as fault:
        return _Page(index + 1, "", fault=str(fault))
    return _Page(index + 1, text, is_drawn)


def _without_line_hyphens(text: str) -> str:
    """The text with words made whole that were split at the end of a line.

    Examples: "infor-" + "mation" -> "information", but "COVID-" + "19" -> "COVID-19".
    """

    def _joined(found: re.Match[str]) -> str:
        before, after = found.groups()
        return before + ("" if before.isalpha() and after.islower() else "-") + after

    return _HYPHEN.sub(_joined, text)


def _page_starts(pages: list[_Page]) -> tuple[int, ...]:
    starts, offset = [], 0
    for page in pages:
        starts.append(offset)
        offset += len(page.text) + len(_PAGE_GAP)
    return tuple(starts)


def _no_text_reason(pages: list[_Page]) -> str:
    faults = [page.fault for page in pages if page.fault]
    if faults:
        return f"the PDF is damaged: no page with text could be read ({faults[0]})"
    if not any(page.is_drawn for page in pages):
        return "empty: nothing is on its pages"
    return (
        f"no text: {len(pages)} pages without a text layer, probably scans; "
        "run OCR first, e.g. ocrmypdf in.pdf out.pdf"
    )


def _lost(pages: list[_Page]) -> str:
    """What could not be read, in words; "" when every page was."""
    damaged = [page.number for page in pages if page.fault]
    wordless = [page.number for page in pages if page.is_drawn and not page.text.strip()]
    reasons = []
    if damaged:
        reasons.append(f"damaged and left out: {_numbered(damaged)}")
    if wordless:
        reasons.append(
            f"without text, perhaps scanned: {_numbered(wordless)}; "
            "run OCR first, e.g. ocrmypdf --skip-text in.pdf out.pdf"
        )
    return f"only part of the PDF was read; {'; '.join(reasons)}" if reasons else ""


def _numbered(numbers: list[int]) -> str:
    """Page numbers in words: "page 2", "pages 2, 5", "pages 1, ..., 8 and 92 more"."""
    noun = "page" if len(numbers) == 1 else "pages"
    named = ", ".join(map(str, numbers[:_NAMED_PAGES]))
    more = len(numbers) - _NAMED_PAGES
    return f"{noun} {named} and {more} more" if more > 0 else f"{noun} {named}"


def _property(pdf: "PdfDocument", name: str) -> str:
    try:
        return pdf.get_metadata_value(name)
    except UnicodeDecodeError:  # a property is no reason to give up the text
        return ""


def _metadata(properties: dict[str, str]) -> dict[str, Any]:
    metadata = {
        "author": one_line(properties["Author"]),
        "created": _creation_date(properties["CreationDate"]),
    }
    return {name: value for name, value in metadata.items() if value}


def _creation_date(text: str) -> date | None:
    """The day of a PDF date; None when it is not a date.

    Example: "D:20240501120000+02'00'" -> 2024-05-01.
    """
    found = _DATE.match(text)
    if found is None:
        return None
    try:
        return date(*(int(part or 1) for part in found.groups()))
    except ValueError:
        return None
