"""What fits the token budget, of what was found: the text a language model gets to read."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from hamilton.function_modifiers import config, tag

from headrace.context.selection import chosen, worth
from headrace.text.sentences import sentence_spans
from headrace.types import Chunk, Context, Dropped, Hit, Passage, Sentence, SubQuery, TokenCounter

_NO_ROOM = "does not fit in what is left of the budget"


@config.when(packing="evidence")
@tag(stage="compile")
def context__evidence(
    reranked_hits: list[Hit],
    ranked_hits: list[Hit],
    sub_queries: list[SubQuery],
    token_counter: TokenCounter,
    token_budget: int = 2000,
    duplicates: str = "replace",
) -> Context:
    """The best hits as passages, within `token_budget` tokens counted as they are sent, headers and separators too.

    A hit that only repeats another is dropped, and its seat goes to the next of all hits that does not (unless `duplicates` is "keep");
    hits that stand next to each other in a document become one passage. Where not everything fits, sentences are taken by what they are
    worth to the question (`packing.worth`), most first, as long as they fit: of a good chunk those that answer, and none of one that only
    surrounds them. `dropped` says what was left out and why.

    Returns:
        Passages numbered from 1 by their best hit, sentences in reading order; at most `token_budget` tokens, 0 for no hits.
    """
    hits, dropped = (
        _distinct(reranked_hits, ranked_hits) if duplicates == "replace" else (reranked_hits, ())
    )
    pieces = [_Piece(hit.chunk, _sentences(hit.chunk)) for hit in hits]
    whole = _made(pieces, token_counter, token_budget, dropped)
    if whole.tokens <= token_budget:
        return whole
    texts = [[sentence.text for sentence in piece.sentences] for piece in pieces]
    values = worth(
        texts, [hit.score for hit in hits], list(dict.fromkeys(query.text for query in sub_queries))
    )
    tokens = [[token_counter.count(f" {text}") for text in of_piece] for of_piece in texts]
    headers = [
        token_counter.count(f"\n\n{_header(len(pieces), piece.chunk)}\n") for piece in pieces
    ]

    def opening_tokens(number: int, opened: set[int]) -> int:
        return (
            0
            if any(_neighbours(pieces[number].chunk, pieces[other].chunk) for other in opened)
            else headers[number]
        )

    in_parts = sum(map(sum, tokens)) + sum(
        opening_tokens(number, set(range(number))) for number in range(len(pieces))
    )
    kept = chosen(values, tokens, opening_tokens, token_budget * in_parts // whole.tokens)
    while True:  # a text has not quite the tokens of its parts
        made = _made(
            _cut(pieces, kept), token_counter, token_budget, (*dropped, *_left_out(pieces, kept))
        )
        if made.tokens <= token_budget:
            return made
        kept.pop()


@config.when(packing="greedy")
@tag(stage="compile")
def context__greedy(
    reranked_hits: list[Hit], token_counter: TokenCounter, token_budget: int = 2000
) -> Context:
    """The usual way, kept as the baseline: whole chunks, best first, each a passage, up to the first that does not fit.

    Returns:
        As the other variant.
    """
    made = Context((), "", 0, token_budget)
    for number, hit in enumerate(reranked_hits, start=1):
        passages = (*made.passages, _passage(number, hit.chunk, _sentences(hit.chunk)))
        text = _rendered(passages)
        if (tokens := token_counter.count(text)) > token_budget:
            return replace(
                made,
                dropped=tuple(
                    Dropped(other.chunk_id, _NO_ROOM) for other in reranked_hits[number - 1 :]
                ),
            )
        made = Context(passages, text, tokens, token_budget)
    return made


@dataclass(frozen=True)
class _Piece:
    """A chunk, and those of its sentences that are taken."""

    chunk: Chunk
    sentences: tuple[Sentence, ...]


def _distinct(hits: Sequence[Hit], others: Sequence[Hit]) -> tuple[list[Hit], tuple[Dropped, ...]]:
    """The hits that say something new, with as many of the others that do in place of those that do not; and these.

    A chunk repeats another when each run of three words of it and its title stands there too. To ask for less loses more than it brings: what
    differs in a word may be another year's figure, and with 0.8 of the runs fewer relevant documents are among eight hits (0.8642, and 0.8664).
    """
    kept, dropped = [], []
    shingles: dict[int, set[tuple[str, ...]]] = {}
    given = {hit.chunk_id for hit in hits}
    for hit in (*hits, *(other for other in others if other.chunk_id not in given)):
        if len(kept) == len(hits):
            break
        own = _shingles(hit.chunk)
        twin = next((chunk_id for chunk_id, other in shingles.items() if own <= other), None)
        if twin is None:
            shingles[hit.chunk_id] = own
            kept.append(hit)
        elif hit.chunk_id in given:
            dropped.append(Dropped(hit.chunk_id, f"repeats chunk {twin}"))
    return kept, tuple(dropped)


def _cut(pieces: Sequence[_Piece], kept: Iterable[tuple[int, int]]) -> list[_Piece]:
    """The pieces with the sentences that are kept, without those that have none."""
    taken: dict[int, set[int]] = {}
    for piece, sentence in kept:
        taken.setdefault(piece, set()).add(sentence)
    return [
        _Piece(
            pieces[number].chunk,
            tuple(
                sentence
                for place, sentence in enumerate(pieces[number].sentences)
                if place in taken[number]
            ),
        )
        for number in sorted(taken)
    ]


def _left_out(pieces: Sequence[_Piece], kept: Iterable[tuple[int, int]]) -> list[Dropped]:
    counts = [0] * len(pieces)
    for piece, _ in kept:
        counts[piece] += 1
    return [
        Dropped(
            piece.chunk.chunk_id,
            f"cut to {count} of its {len(piece.sentences)} sentences" if count else _NO_ROOM,
        )
        for piece, count in zip(pieces, counts, strict=True)
        if count < len(piece.sentences)
    ]


def _made(
    pieces: Iterable[_Piece], counter: TokenCounter, budget: int, dropped: tuple[Dropped, ...]
) -> Context:
    passages = tuple(
        _passage(number, chunks[0], sentences)
        for number, (chunks, sentences) in enumerate(_joined(pieces), start=1)
    )
    text = _rendered(passages)
    return Context(passages, text, counter.count(text), budget, dropped)


def _joined(pieces: Iterable[_Piece]) -> list[tuple[list[Chunk], list[Sentence]]]:
    """The chunks and sentences of each passage: what stands next to each other is in one, which has the place of its best chunk."""
    groups: list[tuple[list[Chunk], list[Sentence]]] = []
    for piece in pieces:
        touching = [
            group for group in groups if any(_neighbours(piece.chunk, other) for other in group[0])
        ]
        chunks = [*(chunk for group in touching for chunk in group[0]), piece.chunk]
        sentences = [*(sentence for group in touching for sentence in group[1]), *piece.sentences]
        place = groups.index(touching[0]) if touching else len(groups)
        groups = [group for group in groups if group not in touching]
        groups.insert(place, (chunks, sentences))
    return groups


def _neighbours(a: Chunk, b: Chunk) -> bool:
    return a.document_id == b.document_id and (
        abs(a.ordinal - b.ordinal) <= 1 or (a.start < b.end and b.start < a.end)
    )


def _passage(number: int, chunk: Chunk, sentences: Iterable[Sentence]) -> Passage:
    return Passage(
        number, chunk.document_id, chunk.title, chunk.source, _in_reading_order(sentences)
    )


def _in_reading_order(sentences: Iterable[Sentence]) -> tuple[Sentence, ...]:
    """By place; of sentences that overlap (chunks may), the first and longest."""
    kept: list[Sentence] = []
    for sentence in sorted(sentences, key=lambda s: (s.start, -s.end)):
        if not kept or sentence.start >= kept[-1].end:
            kept.append(sentence)
    return tuple(kept)


def _sentences(chunk: Chunk) -> tuple[Sentence, ...]:
    return tuple(
        Sentence(
            chunk.text[start:end],
            chunk.start + start,
            chunk.start + end,
            chunk.chunk_id,
            chunk.page,
        )
        for start, end in sentence_spans(chunk.text)
    )


def _rendered(passages: Iterable[Passage]) -> str:
    return "\n\n".join(
        f"[{passage.number}] {passage.title} ({passage.source})\n{passage.text}"
        for passage in passages
    )


def _header(number: int, chunk: Chunk) -> str:
    return f"[{number}] {chunk.title} ({chunk.source})"


def _shingles(chunk: Chunk) -> set[tuple[str, ...]]:
    """The runs of three words of a chunk with its title."""
    words = f"{chunk.title} {chunk.text}".casefold().split()
    return set(zip(words, words[1:], words[2:], strict=False)) or {tuple(words)}
