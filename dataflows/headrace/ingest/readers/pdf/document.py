"""PDF files: the text layer as it is read, page by page, as Markdown."""

import re
import threading
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import TYPE_CHECKING, Any

from headrace.errors import SourceError
from headrace.ingest.readers.cleaning import one_line
from headrace.ingest.readers.outcomes import Content
from headrace.ingest.readers.pdf.headings import Outline, words_of
from headrace.ingest.readers.pdf.layout import Layout, laid_out
from headrace.ingest.readers.pdf.pages import Page, read_pages
from headrace.ingest.readers.pdf.titles import is_junk_author, is_junk_title

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument

_DATE = re.compile(r"(?:D:)?(\d{4})(\d{2})?(\d{2})?")
#: Page numbers that a message names; more are counted.
_NAMED_PAGES = 8
_MOST_BOOKMARKS = 5_000
#: Two threads must not be in pdfium at once, not even with two documents.
_ONE_AT_A_TIME = threading.Lock()


@dataclass(frozen=True, slots=True)
class _Found:
    """What pdfium gives of a document."""

    pages: list[Page]
    labels: list[str]
    outline: Outline
    properties: dict[str, str]


def pdf_content(data: bytes) -> Content:
    """The text of a PDF's pages as it is read, with a blank line between them.

    Columns, headings, tables, and the values of forms stand where a reader sees them;
    comments follow the page that they are on. Running headers and footers are kept
    once. Author, creation date and page labels are its metadata. The title is its own,
    unless a program left it behind; then it is the largest heading of the first page.
    `lost` names the pages that are damaged, those that show something but have no text
    (scans), and those whose letters cannot be mapped to text. Attachments are not read.

    Raises:
        SourceError: it is encrypted or damaged, or what is on its pages is no text.
    """
    with _ONE_AT_A_TIME:
        found = _found(data)
    pages = found.pages
    if not any(page.has_text or page.is_drawn or page.fault for page in pages):
        return Content(text="")
    if not any(page.has_text for page in pages):
        raise SourceError(_no_text_reason(pages))
    layout = laid_out(pages, found.outline)
    return Content(
        text=layout.text,
        title=_title(found.properties["Title"], layout),
        metadata=_metadata(found),
        page_starts=layout.page_starts,
        markup="markdown",
        lost=_lost(pages),
    )


def _found(data: bytes) -> _Found:
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
        return _Found(
            list(read_pages(pdf)),
            _labels(pdf),
            _outline(pdf),
            {name: _property(pdf, name) for name in ("Title", "Author", "CreationDate")},
        )


def _labels(pdf: "PdfDocument") -> list[str]:
    """What the pages call themselves, "iv" or "A-3"; [] when that is 1, 2, 3, ..."""
    labels = []
    for index in range(len(pdf)):
        try:
            labels.append(one_line(pdf.get_page_label(index)) or str(index + 1))
        except UnicodeDecodeError:  # a label is no reason to give up the text
            labels.append(str(index + 1))
    return labels if labels != [str(number + 1) for number in range(len(labels))] else []


def _outline(pdf: "PdfDocument") -> Outline:
    """The bookmarks by the index of their page; an outline that is damaged has none."""
    from pypdfium2 import PdfiumError

    outline: dict[int, dict[str, int]] = {}
    try:
        for bookmark in islice(pdf.get_toc(), _MOST_BOOKMARKS):
            place = bookmark.get_dest()
            page = place.get_index() if place else None
            words = words_of(bookmark.get_title())
            if page is not None and words:
                outline.setdefault(page, {}).setdefault(words, bookmark.level + 1)
    except (PdfiumError, UnicodeDecodeError):
        return {}
    return outline


def _title(given: str, layout: Layout) -> str:
    title = one_line(given)
    return layout.heading if is_junk_title(title) else title


def _no_text_reason(pages: Sequence[Page]) -> str:
    faults = [page.fault for page in pages if page.fault]
    if faults:
        return f"the PDF is damaged: no page with text could be read ({faults[0]})"
    if not all(page.is_legible for page in pages):
        return (
            "its letters cannot be mapped to text; "
            "run OCR first, e.g. ocrmypdf --force-ocr in.pdf out.pdf"
        )
    one = len(pages) == 1
    found = "1 page" if one else f"{len(pages):,} pages"
    return (
        f"no text: {found} without a text layer, probably {'a scan' if one else 'scans'}; "
        "run OCR first, e.g. ocrmypdf in.pdf out.pdf"
    )


def _lost(pages: Sequence[Page]) -> str:
    """What could not be read, in words; "" when every page was."""
    damaged = [page.number for page in pages if page.fault]
    illegible = [page.number for page in pages if not page.is_legible]
    wordless = [page.number for page in pages if _is_wordless(page)]
    reasons = []
    if damaged:
        reasons.append(f"damaged and left out: {_numbered(damaged)}")
    if wordless:
        reasons.append(
            f"without text, perhaps scanned: {_numbered(wordless)}; "
            "run OCR first, e.g. ocrmypdf --skip-text in.pdf out.pdf"
        )
    if illegible:
        reasons.append(
            f"letters that cannot be mapped to text: {_numbered(illegible)}; "
            "run OCR first, e.g. ocrmypdf --force-ocr in.pdf out.pdf"
        )
    return f"only part of the PDF was read; {'; '.join(reasons)}" if reasons else ""


def _is_wordless(page: Page) -> bool:
    return page.is_drawn and page.is_legible and not page.has_text


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


def _metadata(found: _Found) -> dict[str, Any]:
    author = one_line(found.properties["Author"])
    metadata = {
        "author": "" if is_junk_author(author) else author,
        "created": _creation_date(found.properties["CreationDate"]),
        "page_labels": found.labels,
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
