"""Chunks cut into sentences, and joined to passages."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from headrace.context.filling import is_beside
from headrace.context.selection import Place, chosen, sentence_values
from headrace.text.outline import Outline, lead_words, outline
from headrace.text.sentences import sentence_spans
from headrace.types import (
    Chunk,
    Context,
    Dropped,
    Hit,
    Passage,
    Sentence,
    SubQuery,
    TokenCounter,
    place_name,
)

#: Hits that take at most this share of the budget stay whole (DECISIONS.md, "filling").
_WHOLE_SHARE = 3 / 4
NO_ROOM = "does not fit in what is left of the budget"


@dataclass(frozen=True)
class Piece:
    """A chunk, and those of its sentences that are taken.

    Attributes:
        is_hit: whether it goes on to the context for itself, not to fill it.
    """

    chunk: Chunk
    sentences: tuple[Sentence, ...]
    is_hit: bool = True


@dataclass
class _Group:
    """The pieces of one passage, by their numbers, the best first."""

    numbers: list[int] = field(default_factory=list)
    sentences: list[Sentence] = field(default_factory=list)

    def add(self, other: "_Group") -> None:
        self.numbers.extend(other.numbers)
        self.sentences.extend(other.sentences)


@dataclass(frozen=True)
class Pieces:
    """The pieces of a context, the best first, and the budget that it has to keep.

    Attributes:
        relevances: one per piece, by `filling.relevances`.
        dropped: the hits that are not among the pieces.
    """

    pieces: Sequence[Piece]
    relevances: np.ndarray
    counter: TokenCounter
    budget: int
    dropped: tuple[Dropped, ...] = ()

    def whole(self) -> Context:
        """The context with all sentences, within the budget or not."""
        return self._made(dict(enumerate(self._sentences)), self.dropped)

    def cut_to_fit(self, whole_tokens: int, sub_queries: Sequence[SubQuery]) -> Context:
        """The context with the most valuable sentences; of the hits all, if they fit.

        Args:
            whole_tokens: the tokens of all pieces as one text. A text has not quite the
                tokens of its parts, so the budget is scaled by the difference first,
                and the least valuable sentence goes until the rest fits.
        """
        texts = [[sentence.text for sentence in piece.sentences] for piece in self.pieces]
        queries = list(dict.fromkeys(query.text for query in sub_queries))
        values = sentence_values(texts, self.relevances, queries)
        hits = {number: self._sentences[number] for number in self._hits}
        if self._made(hits, ()).tokens <= _WHOLE_SHARE * self.budget:
            for number in range(len(hits)):
                values[number] = np.full_like(values[number], np.inf)
        tokens = [[self.counter.count(f" {text}") for text in of_piece] for of_piece in texts]
        in_parts = sum(sum(of_piece) for of_piece in tokens)
        headers = [self._header_tokens(piece) for piece in self.pieces]

        def opening_tokens(number: int, opened: set[int]) -> int:
            return headers[number] if self._beside[number].isdisjoint(opened) else 0

        for number in range(len(self.pieces)):
            in_parts += opening_tokens(number, set(range(number)))
        kept = chosen(values, tokens, opening_tokens, self.budget * in_parts // whole_tokens)
        while True:
            dropped = (*self.dropped, *self._left_out(kept))
            made = self._made(self._cut(kept), dropped)
            if made.tokens <= self.budget:
                return made
            kept.pop()

    def _header_tokens(self, piece: Piece) -> int:
        return self.counter.count(f"\n\n{_header(len(self.pieces), piece.chunk)}\n")

    @cached_property
    def _sentences(self) -> list[Sequence[Sentence]]:
        return [piece.sentences for piece in self.pieces]

    @cached_property
    def _hits(self) -> list[int]:
        return [number for number, piece in enumerate(self.pieces) if piece.is_hit]

    @cached_property
    def _beside(self) -> list[set[int]]:
        """The numbers of the pieces that are neighbours of each."""
        beside: list[set[int]] = [set() for _ in self.pieces]
        for number, piece in enumerate(self.pieces):
            for other in range(number):
                if is_beside(piece.chunk, self.pieces[other].chunk):
                    beside[number].add(other)
                    beside[other].add(number)
        return beside

    def _cut(self, kept: Iterable[Place]) -> dict[int, list[Sentence]]:
        """The sentences that are kept of each piece, without those that have none."""
        taken: dict[int, set[int]] = {}
        for place in kept:
            taken.setdefault(place.piece, set()).add(place.sentence)
        cut = {}
        for number in sorted(taken):
            sentences = self._sentences[number]
            cut[number] = [sentences[index] for index in sorted(taken[number])]
        return cut

    def _left_out(self, kept: Iterable[Place]) -> list[Dropped]:
        counts = [0] * len(self.pieces)
        for place in kept:
            counts[place.piece] += 1
        left_out = []
        for piece, count in zip(self.pieces, counts, strict=True):
            is_told = count or piece.is_hit
            if is_told and count < len(piece.sentences):
                cut = f"cut to {count} of its {len(piece.sentences)} sentences"
                left_out.append(Dropped(piece.chunk.chunk_id, cut if count else NO_ROOM))
        return left_out

    def _made(
        self, sentences: Mapping[int, Sequence[Sentence]], dropped: tuple[Dropped, ...]
    ) -> Context:
        """The context of these sentences of the pieces, by the pieces' numbers."""
        groups = self._joined(sentences)
        passages = []
        filling = 0
        for number, group in enumerate(groups, start=1):
            pieces = [self.pieces[piece] for piece in group.numbers]
            passages.append(passage_of(number, pieces[0].chunk, group.sentences))
            filling += not any(piece.is_hit for piece in pieces)
        text = rendered(passages)
        tokens = self.counter.count(text)
        return Context(tuple(passages), text, tokens, self.budget, dropped, filling)

    def _joined(self, sentences: Mapping[int, Sequence[Sentence]]) -> list[_Group]:
        """The pieces of each passage; neighbours share one, where its best chunk was."""
        groups: list[_Group] = []
        for number, of_piece in sentences.items():
            beside = self._beside[number]
            joined = _Group()
            place = len(groups)
            others = []
            for other, group in enumerate(groups):
                if beside.isdisjoint(group.numbers):
                    others.append(group)
                else:
                    joined.add(group)
                    place = min(place, other)
            joined.add(_Group([number], [*of_piece]))
            others.insert(place, joined)
            groups = others
        return groups


def piece_of(hit: Hit, is_hit: bool = True) -> Piece:
    """A hit with all sentences of its chunk, each in its place.

    Headings and headers of tables are no sentences, unless there are no others.
    """
    chunk = hit.chunk
    parts = outline(chunk.text_in_place)
    above = len(chunk.text_in_place) - len(chunk.text)
    framing, sentences = [], []
    for start, end in sentence_spans(chunk.text):
        place = above + start
        sentence = Sentence(
            chunk.text[start:end],
            chunk.start + start,
            chunk.start + end,
            chunk.chunk_id,
            chunk.page,
            _headings(parts, place, chunk.title),
            lead_words(parts.lead(place)),
        )
        (framing if parts.is_frame(place) else sentences).append(sentence)
    return Piece(chunk, tuple(sentences or framing), is_hit)


def _headings(parts: Outline, place: int, title: str) -> tuple[str, ...]:
    """The headings of a place without those that are the title."""
    if not parts.headings:
        return ()
    words = [heading.words for heading in parts.trail(place)]
    return tuple(heading for heading in words if heading.casefold() != title.casefold())


def passage_of(number: int, chunk: Chunk, sentences: Iterable[Sentence]) -> Passage:
    """A passage of these sentences, in reading order; of overlapping ones the first.

    Chunks may overlap, and so may their sentences: of those that begin together the
    longest stays.
    """
    kept: list[Sentence] = []
    for sentence in sorted(sentences, key=lambda sentence: (sentence.start, -sentence.end)):
        if not kept or sentence.start >= kept[-1].end:
            kept.append(sentence)
    return Passage(number, chunk.document_id, chunk.title, chunk.source, tuple(kept))


def rendered(passages: Iterable[Passage]) -> str:
    """The passages as one text: each under its number, place and source."""
    return "\n\n".join(passage.rendered for passage in passages)


def _header(number: int, chunk: Chunk) -> str:
    return f"[{number}] {place_name(chunk.title, chunk.headings)} ({chunk.source})"
