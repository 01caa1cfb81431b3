"""Documents and chunks: what is read, cut and stored."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple


@dataclass(frozen=True, slots=True)
class Document:
    """One document as read from its source, before it is stored.

    `page_starts` holds, for paged formats, the offset in `text` at which each page begins, first page first; () otherwise.
    `markup` is "markdown" or "plain" and decides where chunks may begin. `metadata` values are str, int, float, bool,
    date or lists of these.
    """

    document_id: str
    title: str
    text: str
    source: str
    metadata: Mapping[str, Any] = field(default_factory=dict)
    page_starts: tuple[int, ...] = ()
    markup: str = "plain"


class Chunk(NamedTuple):
    """A stored piece of a document: `text` is exactly `document.text[start:end]`. `page` counts from 1, None if unpaged."""

    chunk_id: int
    document_id: str
    title: str
    source: str
    text: str
    start: int
    end: int
    ordinal: int = 0
    page: int | None = None


@dataclass(frozen=True, slots=True)
class PreparedDocument:
    """A document ready to be chunked: `language` is a text search configuration, `content_hash` is of all that is ingested."""

    document: Document
    language: str
    content_hash: bytes


@dataclass(frozen=True, slots=True)
class ChunkDraft:
    """A chunk before it is stored.

    `title` is its document's, "" where the text is nothing else; `embedded_text` is what the encoder reads, the title and then the text
    (a long title shortened); `content_hash` is of both.
    """

    ordinal: int
    title: str
    text: str
    start: int
    end: int
    page: int | None
    embedded_text: str
    content_hash: bytes


@dataclass(frozen=True, slots=True)
class StoredText:
    """A stored chunk's text and its document's title: all that an encoder reads of it."""

    chunk_id: int
    document_id: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one document: `status` is "new", "changed", "unchanged", "removed" or "failed", and then `reason` says why."""

    document_id: str
    source: str
    status: str
    chunks: int = 0
    embedded: int = 0
    reason: str = ""
