"""What an encoder reads of a chunk: its title, what is above it, its text."""

import hashlib
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property

from headrace.ingest.cutting.splitting import Span
from headrace.ingest.recipe import CHUNK_VERSION
from headrace.text.markup.plain_lines import lead_words
from headrace.text.titles import titled
from headrace.types import ChunkDraft, Encoder, PreparedDocument, heading_words

_HASH_BYTES = 16
#: The largest shares of a chunk's tokens for its title, its headings and its lead.
_TITLE_SHARE = 1 / 4
_HEADINGS_SHARE = 1 / 8
_LEAD_SHARE = 1 / 4


@dataclass(frozen=True)
class ChunkMaker:
    """Makes the chunks of one document.

    Attributes:
        capacity: the most tokens of a chunk, special tokens included.
    """

    prepared: PreparedDocument
    encoder: Encoder
    capacity: int

    @cached_property
    def title(self) -> str:
        """The document's title, shortened."""
        return short_title(self.prepared.document.title, self.encoder, self.capacity)

    def draft(self, ordinal: int, span: Span, above: str = "") -> ChunkDraft:
        """A chunk with the hash of its content.

        Args:
            above: the headings and the lead above it; see `Chunk`.
        """
        document, language = self.prepared.document, self.prepared.language
        text = document.text[span.start : span.end]
        # The words of a document that is only a title count once.
        title = "" if text.strip() == document.title else document.title
        page = bisect_right(document.page_starts, span.start) or None
        beneath = short_above(above, self.encoder, self.capacity)
        embedded = embedded_text(document.title, self.title, beneath, text)
        content = f"{CHUNK_VERSION}\0{language}\0{document.title}\0{above}\0{embedded}"
        content_hash = hashlib.sha256(content.encode()).digest()[:_HASH_BYTES]
        return ChunkDraft(ordinal, title, text, *span, page, above, embedded, content_hash)


def short_title(title: str, encoder: Encoder, capacity: int) -> str:
    """The leading words of a title, up to a quarter of `capacity` (both in tokens)."""
    return _first_words(title, encoder, int(capacity * _TITLE_SHARE))


def short_above(above: str, encoder: Encoder, capacity: int) -> str:
    """What is above a chunk, as the encoder reads it: "A > B", then the lead.

    If they are too long, the nearest headings and the first words of the lead are kept.
    """
    return "\n".join(filter(None, _shortened(above, encoder, capacity))) if above else ""


def embedded_text(title: str, shortened: str, beneath: str, text: str) -> str:
    """A chunk's text after its document's title and what is above it.

    It is the text alone if that is the title.

    Args:
        title: the whole title.
        shortened: by `short_title`; may be "".
        beneath: by `short_above`; may be "".
        text: the chunk's.
    """
    return text if text.strip() == title else titled(shortened, titled(beneath, text))


def _shortened(above: str, encoder: Encoder, capacity: int) -> tuple[str, str]:
    headings = list(heading_words(above))
    most = int(capacity * _HEADINGS_SHARE)
    while len(headings) > 1 and encoder.count_tokens(" > ".join(headings)) > most:
        headings.pop(0)
    trail = _first_words(" > ".join(headings), encoder, most)
    return trail, _first_words(lead_words(above), encoder, int(capacity * _LEAD_SHARE))


def _first_words(text: str, encoder: Encoder, tokens: int) -> str:
    """The leading words of a text, up to a number of tokens."""
    if encoder.count_tokens(text) <= tokens:
        return text
    words = text.split()[:tokens]  # a word has a token or more
    while words and encoder.count_tokens(" ".join(words)) > tokens:
        words.pop()
    return " ".join(words)
