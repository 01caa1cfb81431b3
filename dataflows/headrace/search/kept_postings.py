"""Long lists of postings, kept in memory from one question to the next.

Words that are in very many chunks are in very many questions. A segment of postings
never changes, so what was read of it stays valid as long as the segment is listed,
whatever else is stored. Each question reads which segments there are; one that was
merged with others is not asked for again.
"""

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from threading import Lock
from typing import NamedTuple

import numpy as np

from headrace.search.postings import LongLists, PostingsRow, Unpacked
from headrace.types import Statements

#: Lists with more bytes in a segment are kept: those of words in 2,700 of its chunks.
#: Tenants below some 20,000 chunks hardly have one.
LONG_BYTES = 16_384
#: All kept lists together, of all tenants. A list takes as many bytes as in PostgreSQL.
_MOST_BYTES = 64_000_000


class _Key(NamedTuple):
    """A list of a term: the long ones of all its segments, joined.

    Attributes:
        segments: of each, its number and when it was made.
    """

    term: int
    part: int
    segments: tuple[tuple[int, int], ...]


class KeptPostings:
    """The most recently used lists, up to a number of bytes. Threads share it."""

    def __init__(self, most_bytes: int = _MOST_BYTES):
        self._most_bytes = most_bytes
        self._bytes = 0
        self._lists: OrderedDict[_Key, Unpacked] = OrderedDict()
        self._lock = Lock()

    def lists(self, reader: Statements, rows: Iterable[PostingsRow]) -> LongLists:
        """The long lists that these rows name, read where they are not kept.

        Args:
            reader: of the same moment as the rows.
        """
        by_term: dict[tuple[int, int], list[PostingsRow]] = {}
        for row in rows:
            if row.packed is None:
                by_term.setdefault((row.term, row.part), []).append(row)
        found: dict[tuple[int, int], Unpacked] = {}
        missing: dict[tuple[int, int], list[PostingsRow]] = {}
        for term, of_term in by_term.items():
            postings = self._kept(_key(term, of_term))
            if postings is None:
                missing[term] = of_term
            else:
                found[term] = postings
        if missing:
            for term, postings in _read(reader, missing).items():
                found[term] = postings
                self._keep(_key(term, missing[term]), postings)
        return found

    def _kept(self, key: _Key) -> Unpacked | None:
        with self._lock:
            postings = self._lists.get(key)
            if postings is not None:
                self._lists.move_to_end(key)
            return postings

    def _keep(self, key: _Key, postings: Unpacked) -> None:
        with self._lock:
            if key in self._lists:
                return
            self._lists[key] = postings
            self._bytes += _bytes(postings)
            while self._bytes > self._most_bytes:
                _, dropped = self._lists.popitem(last=False)
                self._bytes -= _bytes(dropped)


def _key(term: tuple[int, int], rows: Sequence[PostingsRow]) -> _Key:
    segments = sorted((row.segment or 0, row.made_at or 0) for row in rows)
    return _Key(*term, tuple(segments))


def _bytes(postings: Unpacked) -> int:
    return postings.ids.nbytes + postings.counted.nbytes


def _read(
    reader: Statements, by_term: dict[tuple[int, int], list[PostingsRow]]
) -> dict[tuple[int, int], Unpacked]:
    """The lists of some terms, each joined in the order of its segments."""
    asked = []
    for rows in by_term.values():
        asked += sorted(rows, key=lambda row: row.segment or 0)
    parameters = {
        "terms": np.array([row.term for row in asked], np.int64),
        "levels": [row.level for row in asked],
        "segments": np.array([row.segment for row in asked], np.int64),
        "parts": [row.part for row in asked],
    }
    packed: dict[tuple[int, int], list[bytes]] = {}
    for number, entries in sorted(reader.query("long_postings", parameters)):
        row = asked[number - 1]
        packed.setdefault((row.term, row.part), []).append(entries)
    return {term: Unpacked.of(lists).told_sorted() for term, lists in packed.items()}
