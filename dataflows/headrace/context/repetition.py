"""Hits that only repeat a better one."""

from collections.abc import Sequence

from headrace.types import Chunk, Dropped, Hit


def distinct(hits: Sequence[Hit], count: int) -> tuple[list[Hit], list[Dropped]]:
    """The first `count` hits that say something new, and those before them that do not.

    A chunk repeats another when each run of three of its words, title and headings
    included, is also in the other. To ask for less would cost more than it saves: what
    differs in a word may be another year's figure (DECISIONS.md, "duplicates").
    """
    kept: list[Hit] = []
    dropped: list[Dropped] = []
    runs: dict[int, set[tuple[str, ...]]] = {}
    for hit in hits:
        if len(kept) == count:
            break
        own = _word_runs(hit.chunk)
        twin = next((chunk_id for chunk_id, other in runs.items() if own <= other), None)
        if twin is None:
            runs[hit.chunk_id] = own
            kept.append(hit)
        else:
            dropped.append(Dropped(hit.chunk_id, f"repeats chunk {twin}"))
    return kept, dropped


def _word_runs(chunk: Chunk) -> set[tuple[str, ...]]:
    """The runs of three words of a chunk in its place; all words if fewer."""
    words = f"{chunk.title} {chunk.text_in_place}".casefold().split()
    return set(zip(words, words[1:], words[2:], strict=False)) or {tuple(words)}
