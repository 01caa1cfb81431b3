"""Hits that only repeat a better one."""

from collections.abc import Sequence

from headrace.types import Chunk, Dropped, Hit


def distinct(hits: Sequence[Hit], others: Sequence[Hit]) -> tuple[list[Hit], tuple[Dropped, ...]]:
    """The hits that say something new, and those that do not.

    The seat of a hit that does not goes to the next of the other hits that does. A
    chunk repeats another when each run of three of its words, title and headings
    included, is also in the other. To ask for less would cost more than it saves: what
    differs in a word may be another year's figure (DECISIONS.md, "duplicates").
    """
    kept: list[Hit] = []
    dropped: list[Dropped] = []
    runs: dict[int, set[tuple[str, ...]]] = {}
    given = {hit.chunk_id for hit in hits}
    for hit in (*hits, *(other for other in others if other.chunk_id not in given)):
        if len(kept) == len(hits):
            break
        own = _word_runs(hit.chunk)
        twin = next((chunk_id for chunk_id, other in runs.items() if own <= other), None)
        if twin is None:
            runs[hit.chunk_id] = own
            kept.append(hit)
        elif hit.chunk_id in given:
            dropped.append(Dropped(hit.chunk_id, f"repeats chunk {twin}"))
    return kept, tuple(dropped)


def _word_runs(chunk: Chunk) -> set[tuple[str, ...]]:
    """The runs of three words of a chunk in its place; all words if fewer."""
    words = f"{chunk.title} {chunk.text_in_place}".casefold().split()
    return set(zip(words, words[1:], words[2:], strict=False)) or {tuple(words)}
