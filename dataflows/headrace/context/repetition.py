"""Hits that only repeat a better one."""

from collections.abc import Sequence
from functools import cached_property

from headrace.types import Chunk, Dropped, Hit


def distinct(hits: Sequence[Hit], count: int) -> tuple[list[Hit], list[Dropped]]:
    """The first `count` hits that repeat no better one, and those dropped before them.

    A chunk repeats another if every run of three of its words, title and headings
    included, is also in the other. Nothing looser is dropped: two chunks that differ in
    one word may have the figures of two years (DECISIONS.md, "duplicates").
    """
    kept: list[Hit] = []
    dropped: list[Dropped] = []
    read: list[_Read] = []
    for hit in hits:
        if len(kept) == count:
            break
        own = _Read(hit.chunk)
        twin = next((other.chunk_id for other in read if own.repeats(other)), None)
        if twin is None:
            read.append(own)
            kept.append(hit)
        else:
            dropped.append(Dropped(hit.chunk_id, f"repeats chunk {twin}"))
    return kept, dropped


class _Read:
    """The words of a chunk in its place, title and headings included."""

    def __init__(self, chunk: Chunk):
        self.chunk_id = chunk.chunk_id
        self._in_order = f"{chunk.title} {chunk.text_in_place}".casefold().split()
        self._words = set(self._in_order)

    def repeats(self, other: "_Read") -> bool:
        """Whether each run of three of its words is also in the other.

        Few chunks have even the words of another, so the runs are seldom made.
        """
        return self._words <= other._words and self._runs <= other._runs

    @cached_property
    def _runs(self) -> set[tuple[str, ...]]:
        """The runs of three words; all words if fewer."""
        words = self._in_order
        return set(zip(words, words[1:], words[2:], strict=False)) or {tuple(words)}
