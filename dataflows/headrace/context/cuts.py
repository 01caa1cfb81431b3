"""A chunk's text cut into the sentences that may be quoted.

What a chunk is cut into does not depend on the question. Chunks of documents that many
ask for are cut once.
"""

from functools import lru_cache

from headrace.text.markup.outline import Outline
from headrace.text.markup.outlining import outline
from headrace.text.markup.plain_lines import lead_words
from headrace.text.sentences import sentence_spans
from headrace.types import Chunk, Sentence

#: Chunks whose sentences are kept: about 2.4 KB each (DECISIONS.md, "kept chunks").
_KEPT_CHUNKS = 4096


@lru_cache(maxsize=_KEPT_CHUNKS)
def sentences_of(chunk: Chunk) -> tuple[Sentence, ...]:
    """The sentences of a chunk in their places in its document, in reading order.

    Headings and headers of tables are no sentences, unless there are no others.
    """
    text = chunk.text
    in_place = chunk.text_in_place
    parts = outline(in_place)
    before = len(in_place) - len(text)
    has_frames = bool(parts.headings or parts.tables)
    has_leads = bool(parts.tables or parts.fences or parts.items or parts.definitions)
    framing, sentences = [], []
    for start, end in _spans(text, parts.lead(before) if has_leads else ""):
        place = before + start
        headings = _headings(parts, place, chunk.title) if parts.headings else ()
        lead = lead_words(parts.lead(place)) or parts.term(place) if has_leads else ""
        span = (chunk.start + start, chunk.start + end)
        sentence = Sentence(text[start:end], *span, chunk.chunk_id, chunk.page, headings, lead)
        (framing if has_frames and parts.is_frame(place) else sentences).append(sentence)
    return tuple(sentences or framing)


def _spans(text: str, lead: str) -> list[tuple[int, int]]:
    """The places of the sentences of a text; of rows, where it begins in a table."""
    if "|" not in lead:
        return sentence_spans(text)
    above = f"{lead}\n"
    spans = sentence_spans(above + text)
    return [(start - len(above), end - len(above)) for start, end in spans if start >= len(above)]


def _headings(parts: Outline, place: int, title: str) -> tuple[str, ...]:
    """The headings of a place without those that are the title."""
    words = [heading.words for heading in parts.trail(place)]
    return tuple(heading for heading in words if heading.casefold() != title.casefold())
