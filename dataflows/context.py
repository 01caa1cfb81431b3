"""What fits the token budget, of what was found: the text a language model gets to read."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from hamilton.function_modifiers import tag

from dataflows.sentences import sentence_spans
from dataflows.types import Chunk, Context, Dropped, Hit, Passage, Sentence, TokenCounter

#: Chunks that share this share of their three-word runs say the same.
_NEAR_DUPLICATE = 0.8


@tag(stage="compile")
def context(reranked_hits: list[Hit], token_counter: TokenCounter, token_budget: int = 2000) -> Context:
    """The best hits as passages, within `token_budget` tokens counted as they are sent, headers and separators too.

    Hits are taken best first. One that repeats what is there is dropped; one that is next to what is there, in the same document, is
    joined to it; one that does not fit whole is trimmed at a sentence, or skipped, and the next is tried. `dropped` says what and why.

    Returns:
        Passages numbered from 1 by their best hit, sentences in reading order; at most `token_budget` tokens, 0 for no hits.
    """
    chunks = [hit.chunk for hit in reranked_hits]
    made = _made(_drafted(chunks, lambda draft: True), token_counter, token_budget)
    if made.tokens > token_budget:  # seldom; counting once, at the end, is what takes no time
        made = _made(_drafted(chunks, lambda draft: _tokens(draft, token_counter) <= token_budget), token_counter, token_budget)
    return made


@dataclass(frozen=True)
class _Group:
    """Chunks of one document that stand next to each other, and the sentences taken from them."""

    chunks: tuple[Chunk, ...]
    sentences: tuple[Sentence, ...]


@dataclass(frozen=True)
class _Draft:
    groups: tuple[_Group, ...]
    dropped: tuple[Dropped, ...]


def _drafted(chunks: list[Chunk], fits: Callable[[_Draft], bool]) -> _Draft:
    shingles = {chunk.chunk_id: _shingles(chunk.text) for chunk in chunks}
    draft = _Draft((), ())
    for chunk in chunks:
        placed = (other for group in draft.groups for other in group.chunks)
        twin = next((other for other in placed if _alike(shingles[chunk.chunk_id], shingles[other.chunk_id])), None)
        draft = _without(draft, chunk, f"repeats chunk {twin.chunk_id}") if twin else _with_chunk(draft, chunk, fits)
    return draft


def _with_chunk(draft: _Draft, chunk: Chunk, fits: Callable[[_Draft], bool]) -> _Draft:
    sentences = _sentences(chunk)
    whole = _placed(draft, chunk, sentences)
    if fits(whole):
        return whole
    fitting = _most_that_fit(draft, chunk, sentences, fits)
    if not fitting:
        return _without(draft, chunk, "does not fit in what is left of the budget")
    note = f"trimmed to its first {fitting} of {len(sentences)} sentences"
    return _without(_placed(draft, chunk, sentences[:fitting]), chunk, note)


def _without(draft: _Draft, chunk: Chunk, reason: str) -> _Draft:
    return replace(draft, dropped=(*draft.dropped, Dropped(chunk.chunk_id, reason)))


def _most_that_fit(draft: _Draft, chunk: Chunk, sentences: tuple[Sentence, ...], fits: Callable[[_Draft], bool]) -> int:
    """The largest number of leading sentences that fits, by halving."""
    low, high = 0, len(sentences) - 1
    while low < high:
        middle = (low + high + 1) // 2
        if fits(_placed(draft, chunk, sentences[:middle])):
            low = middle
        else:
            high = middle - 1
    return low


def _placed(draft: _Draft, chunk: Chunk, sentences: tuple[Sentence, ...]) -> _Draft:
    """The draft with the chunk joined to the groups it touches, or as a group of its own at the end."""
    touching = [group for group in draft.groups if any(_neighbours(chunk, other) for other in group.chunks)]
    if not touching:
        return replace(draft, groups=(*draft.groups, _Group((chunk,), sentences)))
    chunks = (*(other for group in touching for other in group.chunks), chunk)
    merged = _Group(chunks, _in_reading_order([*(s for group in touching for s in group.sentences), *sentences]))
    kept = [merged if group is touching[0] else group for group in draft.groups if group is touching[0] or group not in touching]
    return replace(draft, groups=tuple(kept))


def _neighbours(a: Chunk, b: Chunk) -> bool:
    return a.document_id == b.document_id and (abs(a.ordinal - b.ordinal) <= 1 or (a.start < b.end and b.start < a.end))


def _in_reading_order(sentences: list[Sentence]) -> tuple[Sentence, ...]:
    """By place; of sentences that overlap (chunks may), the first and longest."""
    kept: list[Sentence] = []
    for sentence in sorted(sentences, key=lambda s: (s.start, -s.end)):
        if not kept or sentence.start >= kept[-1].end:
            kept.append(sentence)
    return tuple(kept)


def _sentences(chunk: Chunk) -> tuple[Sentence, ...]:
    return tuple(
        Sentence(chunk.text[start:end], chunk.start + start, chunk.start + end, chunk.chunk_id, chunk.page)
        for start, end in sentence_spans(chunk.text)
    )


def _made(draft: _Draft, counter: TokenCounter, budget: int) -> Context:
    passages = _passages(draft)
    text = _rendered(passages)
    return Context(passages, text, counter.count(text), budget, draft.dropped)


def _passages(draft: _Draft) -> tuple[Passage, ...]:
    return tuple(
        Passage(number, group.chunks[0].document_id, group.chunks[0].title, group.chunks[0].source, group.sentences)
        for number, group in enumerate(draft.groups, start=1)
    )


def _rendered(passages: tuple[Passage, ...]) -> str:
    return "\n\n".join(f"[{passage.number}] {passage.title} ({passage.source})\n{passage.text}" for passage in passages)


def _tokens(draft: _Draft, counter: TokenCounter) -> int:
    return counter.count(_rendered(_passages(draft)))


def _alike(first: set[tuple[str, ...]], second: set[tuple[str, ...]]) -> bool:
    return len(first & second) >= _NEAR_DUPLICATE * max(1, min(len(first), len(second)))


def _shingles(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"\w+", text.lower())
    return set(zip(words, words[1:], words[2:], strict=False)) or {tuple(words)}
