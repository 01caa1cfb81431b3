"""A Markdown document cut so that headings stay with what is under them."""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from headrace.ingest.cutting.embedded_texts import ChunkMaker, short_above
from headrace.ingest.cutting.splitting import (
    Span,
    chunk_spans,
    counted_with,
    text_tokens,
    whole_steps,
)
from headrace.text.markup.outline import Outline
from headrace.text.markup.outlining import outline
from headrace.types import ChunkDraft

#: A table with more characters than this for each token of a chunk is cut separately
#: from the text around it.
_TABLE_CHARACTERS_PER_TOKEN = 3


@dataclass(frozen=True)
class Sections:
    """A Markdown document to cut.

    Each chunk is read with what is above it (`above`), which takes some of its tokens.
    No chunk is a heading alone or ends in one, if there is anything under it.
    """

    maker: ChunkMaker
    overlap: int

    @cached_property
    def outline(self) -> Outline:
        return outline(self.text)

    @cached_property
    def text(self) -> str:
        return self.maker.prepared.document.text

    def chunks(self) -> Iterator[ChunkDraft]:
        """The chunks in reading order."""
        for ordinal, span in enumerate(self._spans()):
            yield self.maker.draft(ordinal, span, self._above(span.start))

    def _spans(self) -> Iterator[Span]:
        """The pieces, with headings at the end of one moved to the next.

        If they do not fit there, they are dropped, since they are above it anyway.
        Headings with nothing under them are not, and stay where they were.
        """
        last: Span | None = None
        waiting: int | None = None
        for span in self._pieces():
            if waiting is not None:
                if self._tokens_of(waiting, span.end) <= self._tokens:
                    span = Span(waiting, span.end)
                elif (kept := self._end_of_empty(waiting, span.start)) > waiting:
                    last = Span(last.start if last else waiting, kept)
            if last:
                yield last
            headings = self._closing_headings(span)
            waiting = headings if headings < span.end else None
            last = self._trimmed(span.start, headings)
        if waiting is not None:
            last = Span(last.start if last else waiting, len(self.text))
        if last:
            yield last

    def _closing_headings(self, span: Span) -> int:
        """Where the headings begin with which a span ends; else the span's end."""
        place = span.end
        number = bisect_left(self.outline.headings, span.end, key=lambda one: one.start)
        for heading in reversed(self.outline.headings[:number]):
            is_last = not self.text[heading.end : place].strip()
            if heading.start < span.start or not is_last:
                break
            place = heading.start
        return place

    def _trimmed(self, start: int, end: int) -> Span | None:
        """The span without white space at its end; None if there is nothing else."""
        text = self.text[start:end].rstrip()
        return Span(start, start + len(text)) if text else None

    def _end_of_empty(self, start: int, end: int) -> int:
        """Where the last heading ends that has nothing under it."""
        found = start
        trail = self.outline.trail(end)
        number = bisect_left(self.outline.headings, start, key=lambda one: one.start)
        for heading in self.outline.headings[number:]:
            if heading.start >= end:
                break
            if heading not in trail:
                found = heading.end
        return found

    def _pieces(self) -> Iterator[Span]:
        """The document in pieces that fit, each with its lead."""
        least = self._tokens * _TABLE_CHARACTERS_PER_TOKEN
        place = 0
        for table in self.outline.tables:
            if table.end - table.start > least:
                yield from self._cut(Span(place, table.start), self._tokens)
                yield from self._cut(Span(table.start, table.end), self._room(table.body))
                place = table.end
        yield from self._cut(Span(place, len(self.text)), self._tokens)

    def _cut(self, part: Span, tokens: int) -> Iterator[Span]:
        encoder, document = self.maker.encoder, self.maker.prepared.document
        counted = counted_with(encoder)
        for span in chunk_spans(document, counted, tokens, self.overlap, part):
            room = self._room(span.start)
            if tokens <= room or self._tokens_of(*span) <= room:
                yield self._with_indent(span)
            else:  # what leads to it takes the place of its end
                yield from self._cut(span, room)

    @cached_property
    def _tokens(self) -> int:
        """How many tokens a chunk's text may have under the longest headings."""
        encoder, capacity = self.maker.encoder, self.maker.capacity
        short = set()
        for heading in self.outline.headings:
            trail = "\n".join(self._trail(heading.end))
            short.add(short_above(trail, encoder, capacity))
        longest = max(short, key=encoder.count_tokens, default="")
        return text_tokens(encoder, capacity, self.maker.title, longest)

    def _room(self, place: int) -> int:
        """How many tokens a text at a place may have after its lead."""
        encoder, capacity = self.maker.encoder, self.maker.capacity
        lead = short_above(self.outline.lead(place), encoder, capacity)
        return whole_steps(self._tokens - encoder.count_tokens(lead))

    def _above(self, place: int) -> str:
        """What is above a place and belongs to it, as Markdown; see `Chunk`."""
        lead = self.outline.lead(place)
        return "\n".join([*self._trail(place), *([lead] if lead else [])])

    def _trail(self, place: int) -> list[str]:
        """The headings above a place, without one that is the document's title."""
        title = self.maker.prepared.document.title.casefold()
        trail = self.outline.trail(place)
        return [f"{'#' * one.level} {one.words}" for one in trail if one.words.casefold() != title]

    def _tokens_of(self, start: int, end: int) -> int:
        return self.maker.encoder.count_tokens(self.text[start:end])

    def _with_indent(self, span: Span) -> Span:
        """The span with the white space before it, which shows its depth."""
        line = self.text.rfind("\n", 0, span.start) + 1
        return Span(line, span.end) if self.text[line : span.start].isspace() else span
