"""Documents and chunks: what is read, cut and stored."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, NamedTuple

from headrace.types import drawing
from headrace.types.marking import MarkedText, Place

#: How a document's text is marked up; it decides where chunks may begin.
Markup = Literal["markdown", "plain"]

_HEADING = re.compile(r"#{1,6} ")

OutcomeStatus = Literal[
    "new", "changed", "unchanged", "removed", "failed", "gone", "passed over", "noted"
]


@dataclass(frozen=True, slots=True)
class Document:
    """One document as read from its source, before it is stored.

    Attributes:
        document_id: unique among the tenant's documents.
        metadata: values are str, int, float, bool, date, or lists of these.
        page_starts: of a paged format, the offset in `text` at which each page begins,
            the first page first; () otherwise.
    """

    document_id: str
    title: str
    text: str
    source: str
    metadata: Mapping[str, Any] = field(default_factory=dict)
    page_starts: tuple[int, ...] = ()
    markup: Markup = "plain"


class Chunk(NamedTuple):
    """A stored piece of a document: `text` is exactly `document.text[start:end]`.

    Attributes:
        ordinal: counts the document's chunks from 0.
        page: the page on which it begins, from 1; None without pages.
        above: what stands above it and belongs to it, as Markdown: headings ("## B"),
            the highest first, without one that is the title; then the header of a
            table, the sentence that introduces a list, or the fence of a block of code
            that it begins within. "" for plain text.
    """

    chunk_id: int
    document_id: str
    title: str
    source: str
    text: str
    start: int
    end: int
    ordinal: int = 0
    page: int | None = None
    above: str = ""

    @property
    def headings(self) -> tuple[str, ...]:
        """The headings that it begins under, the highest first."""
        return heading_words(self.above)

    @property
    def text_in_place(self) -> str:
        """What stands above it, then its text: what a person would have read."""
        return f"{self.above}\n{self.text}" if self.above else self.text


def heading_words(above: str) -> tuple[str, ...]:
    """The headings among the lines of Markdown that stand above a chunk."""
    return tuple(line.lstrip("#")[1:] for line in above.split("\n") if _HEADING.match(line))


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """A document as the database holds it.

    Attributes:
        language: a text search configuration, such as "english".
        chunk_count: how many chunks it was cut into.
        metadata: as it was given; dates are texts.
        text: None in a list of documents.
        page_starts: see `Document`; () in a list of documents.
        chunks: in the order of the text; () in a list of documents.
    """

    document_id: str
    title: str
    source: str
    language: str
    chunk_count: int
    stored_at: datetime
    metadata: Mapping[str, Any]
    text: str | None = None
    page_starts: tuple[int, ...] = ()
    chunks: tuple[Chunk, ...] = ()

    def _repr_html_(self) -> str:
        """Its text, with chunks, headings and pages drawn over it."""
        return drawing.document_html(self)

    def marked(self, places: Iterable[Place]) -> MarkedText:
        """Its text, in a notebook, with citations, sentences or chunks marked."""
        return MarkedText.of(self.title or self.document_id, self.text or "", places)


@dataclass(frozen=True, slots=True)
class PreparedDocument:
    """A document ready to be cut into chunks.

    Attributes:
        language: a text search configuration, such as "english".
        content_hash: of everything that is ingested.
    """

    document: Document
    language: str
    content_hash: bytes


@dataclass(frozen=True, slots=True)
class ChunkDraft:
    """A chunk before it is stored.

    Attributes:
        title: the document's; "" where the text is nothing else.
        above: what stands above it; see `Chunk`.
        embedded_text: what the encoder reads: the title and what stands above,
            shortened if long, then the text.
        content_hash: of all of these.
    """

    ordinal: int
    title: str
    text: str
    start: int
    end: int
    page: int | None
    above: str
    embedded_text: str
    content_hash: bytes


@dataclass(frozen=True, slots=True)
class StoredText:
    """What an encoder reads of a stored chunk, and of what document it is."""

    chunk_id: int
    document_id: str
    title: str
    above: str
    text: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one document, or of the files that are no documents.

    "failed" has the reason why. "gone" is a stored document that was not found again in
    its place, and was kept because nothing was to be pruned. There is one outcome
    "passed over" for each kind of files that are not read or have no text: its `reason`
    says how many of what ("12 .png"), its `files` names them all, and `source` is the
    first. "noted" comes beside the outcome of a stored document, and its `reason` says
    what to know: that the encoding of its file is a guess.
    """

    document_id: str
    source: str
    status: OutcomeStatus
    chunks: int = 0
    embedded: int = 0
    reason: str = ""
    files: tuple[str, ...] = field(default=(), repr=False)
