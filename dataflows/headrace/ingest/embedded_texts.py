"""What an encoder reads of a chunk: its document's title, shortened, and its text."""

import hashlib

from headrace.ingest.recipe import CHUNK_VERSION
from headrace.text.titles import titled
from headrace.types import ChunkDraft, Encoder, PreparedDocument

_HASH_BYTES = 16

#: An encoder adds [CLS] and [SEP] to every text.
SPECIAL_TOKENS = 2


def short_title(title: str, encoder: Encoder, capacity: int) -> str:
    """The leading words of a title, up to a quarter of `capacity` (both in tokens)."""
    words = title.split()
    while words and encoder.count_tokens(" ".join(words)) > capacity // 4:
        words.pop()
    return " ".join(words)


def embedded_text(title: str, shortened: str, text: str) -> str:
    """A chunk's text after its document's title; the text alone if both are the same.

    Args:
        title: the whole title.
        shortened: by `short_title`; may be "".
        text: the chunk's.
    """
    return text if text.strip() == title else titled(shortened, text)


def chunk_draft(
    ordinal: int, place: slice, page: int | None, shortened: str, prepared: PreparedDocument
) -> ChunkDraft:
    """A chunk of a document, with the hash of its content.

    Args:
        place: its characters in the document's text.
        shortened: the document's title, by `short_title`.
    """
    document = prepared.document
    text = document.text[place]
    # The words of a document that is nothing but its title count once.
    title = "" if text.strip() == document.title else document.title
    embedded = embedded_text(document.title, shortened, text)
    content = f"{CHUNK_VERSION}\0{prepared.language}\0{document.title}\0{embedded}"
    content_hash = hashlib.sha256(content.encode()).digest()[:_HASH_BYTES]
    return ChunkDraft(ordinal, title, text, place.start, place.stop, page, embedded, content_hash)
