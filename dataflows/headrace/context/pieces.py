"""Chunks with the sentences taken from them, joined to passages."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from headrace.context.cuts import sentences_of
from headrace.context.filling import is_beside
from headrace.context.selection import Place, chosen, ranked, sentence_values
from headrace.text.markup.readable import is_unseen
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

#: Hits that together take at most this share of the budget stay whole (DECISIONS.md,
#: "filling").
_WHOLE_SHARE = 3 / 4
#: The context with all sentences is counted if its tokens are estimated at up to this
#: many times the budget.
_NEAR = 1.2
#: A context that uses a smaller share of the budget is chosen once more, with more room
#: (DECISIONS.md, "tokens by characters").
_FULL = 0.97
#: After a context that is too long, this share of the room that should fit is tried.
_LESS = 0.99
NO_ROOM = "does not fit in what is left of the budget"


@dataclass(frozen=True)
class Piece:
    """A chunk, and those of its sentences that are taken.

    Attributes:
        is_hit: whether it is one of the hits; otherwise it fills what they leave.
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
    """The pieces of a context, the best first, and its budget.

    Attributes:
        relevances: one per piece, by `filling.relevances`.
        dropped: the hits that are not among the pieces.
    """

    pieces: Sequence[Piece]
    relevances: np.ndarray
    counter: TokenCounter
    budget: int
    dropped: tuple[Dropped, ...] = ()

    def made(self, sub_queries: Sequence[SubQuery]) -> Context:
        """The context with all sentences, or with the most valuable of them.

        Counting tokens is slow, so only whole candidate contexts are counted. The
        tokens of a sentence are estimated from its characters: first at the rate of the
        hits, then at the rate of the context chosen with it.
        """
        hits = self._made({number: self._sentences[number] for number in self._hits})
        per_character = max(hits.tokens, 1) / max(len(hits.text), 1)
        characters = sum(map(sum, self._characters)) + sum(self._headers)
        if per_character * characters <= _NEAR * self.budget:
            whole = self._made(dict(enumerate(self._sentences)))
            if whole.tokens <= self.budget:
                return whole
        values = self._values(sub_queries)
        if hits.tokens <= _WHOLE_SHARE * self.budget:
            for number in self._hits:
                values[number] = np.full_like(values[number], np.inf)
        return self._cut_to_fit(ranked(values), per_character)

    def _values(self, sub_queries: Sequence[SubQuery]) -> list[np.ndarray]:
        """The value of each sentence, read with its lead; 0 if it is not shown."""
        texts = [[_read(sentence) for sentence in of_piece] for of_piece in self._sentences]
        queries = list(dict.fromkeys(query.text for query in sub_queries))
        values = sentence_values(texts, self.relevances, queries)
        for of_piece, sentences in zip(values, self._sentences, strict=True):
            of_piece[[_is_mark(sentence.text) for sentence in sentences]] = 0
        return values

    def _cut_to_fit(self, places: Sequence[Place], per_character: float) -> Context:
        """The context with the most valuable sentences that fit.

        If they have too many tokens after all, sentences are chosen again for fewer
        characters; a shorter one may then take the place of a longer one.

        Args:
            places: of all sentences, the most valuable first.
            per_character: estimated tokens of a character.
        """
        room = self.budget / per_character
        kept, made = self._chosen(places, room)
        if 0 < made.tokens < _FULL * self.budget:
            room *= self.budget / made.tokens
            kept, made = self._chosen(places, room)
        while made.tokens > self.budget:
            room *= _LESS * self.budget / made.tokens
            kept, made = self._chosen(places, room)
        return replace(made, dropped=(*self.dropped, *self._left_out(kept)))

    def _chosen(self, places: Sequence[Place], room: float) -> tuple[list[Place], Context]:
        """The sentences that fit in this many characters, and the context of them."""

        def opening(number: int, opened: set[int]) -> int:
            return self._headers[number] if self._beside[number].isdisjoint(opened) else 0

        kept = chosen(places, self._characters, opening, room)
        return kept, self._made(self._cut(kept))

    @cached_property
    def _characters(self) -> list[list[int]]:
        """The characters of each piece's sentences, with the space before each."""
        return [[len(one.text) + 1 for one in of_piece] for of_piece in self._sentences]

    @cached_property
    def _headers(self) -> list[int]:
        """The characters of the header that each piece would have."""
        count = len(self.pieces)
        return [len(f"\n\n{_header(count, piece.chunk)}\n") for piece in self.pieces]

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
        of_documents: dict[str, list[int]] = {}
        for number, piece in enumerate(self.pieces):
            before = of_documents.setdefault(piece.chunk.document_id, [])
            for other in before:
                if is_beside(piece.chunk, self.pieces[other].chunk):
                    beside[number].add(other)
                    beside[other].add(number)
            before.append(number)
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

    def _made(self, sentences: Mapping[int, Sequence[Sentence]]) -> Context:
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
        return Context(tuple(passages), text, tokens, self.budget, self.dropped, filling)

    def _joined(self, sentences: Mapping[int, Sequence[Sentence]]) -> list[_Group]:
        """The pieces of each passage, in the order of their best pieces.

        Neighbours in a document share a passage.
        """
        groups: list[_Group] = []
        for number, of_piece in sentences.items():
            beside = self._beside[number]
            if not beside:
                groups.append(_Group([number], [*of_piece]))
                continue
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
    """A hit with all sentences of its chunk, each in its place."""
    return Piece(hit.chunk, sentences_of(hit.chunk), is_hit)


def passage_of(number: int, chunk: Chunk, sentences: Iterable[Sentence]) -> Passage:
    """A passage of these sentences, in reading order.

    Sentences of overlapping chunks may overlap. The first of these stays, or the
    longest of those that begin at the same place.
    """
    kept: list[Sentence] = []
    for sentence in sorted(sentences, key=lambda sentence: (sentence.start, -sentence.end)):
        if not kept or sentence.start >= kept[-1].end:
            kept.append(sentence)
    return Passage(number, chunk.document_id, chunk.title, chunk.source, tuple(kept))


def _read(sentence: Sentence) -> str:
    return f"{sentence.lead}\n{sentence.text}" if sentence.lead else sentence.text


def _is_mark(text: str) -> bool:
    """Whether readers do not see a text. Fences are needed to read the code."""
    return is_unseen(text) and not text.startswith(("```", "~~~"))


def rendered(passages: Iterable[Passage]) -> str:
    """The passages as one text: each under its number, place and source."""
    return "\n\n".join(passage.rendered for passage in passages)


def _header(number: int, chunk: Chunk) -> str:
    return f"[{number}] {place_name(chunk.title, chunk.headings)} ({chunk.source})"
