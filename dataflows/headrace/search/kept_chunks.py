"""The chunks that searches found, kept in memory from one question to the next.

Searches find ids. The chunk is read by its id, unless it is kept: many questions find
the same chunks. A kept chunk is valid for one version of the tenant's documents, and
each question reads that version.
"""

from collections.abc import Iterable, Mapping, Sequence, Set
from itertools import chain
from threading import Lock
from typing import NamedTuple

import numpy as np

from headrace.types import Chunk, Statements

#: All kept chunks together, of all tenants (DECISIONS.md, "kept chunks").
_MOST_BYTES = 16_000_000
#: Bytes of a chunk besides the characters of its text.
_OTHER_BYTES = 500


class FoundRows(NamedTuple):
    """What the queries of a search found.

    Attributes:
        rows: of each query, best first: the id of a chunk, its score, from BM25 alone
            its coverage.
        chunks: all of these chunks by their ids.
    """

    rows: Sequence[Sequence[tuple]]
    chunks: Mapping[int, Chunk]


class KeptChunks:
    """The chunks that were read, up to a number of bytes. Threads share it.

    Beyond that, the chunks of the oldest version are forgotten.
    """

    def __init__(self, most_bytes: int = _MOST_BYTES):
        self._most_bytes = most_bytes
        self._bytes = 0
        self._by_version: dict[str, dict[int, Chunk]] = {}
        self._lock = Lock()

    def chunks(self, reader: Statements, version: str, chunk_ids: Set[int]) -> dict[int, Chunk]:
        """The chunks with these ids, by id, read where they are not kept.

        Those that are no longer there are left out.

        Args:
            version: of the tenant's documents (`TenantFacts.version`), read before.
        """
        kept = self._by_version.get(version, {})
        found = {chunk_id: kept[chunk_id] for chunk_id in chunk_ids if chunk_id in kept}
        missing = chunk_ids - found.keys()
        if missing:
            asked = {"chunk_ids": np.array(sorted(missing), np.int64)}
            read = [Chunk._make(row) for row in reader.query("found_chunks", asked)]
            self._keep(version, read)
            found.update((chunk.chunk_id, chunk) for chunk in read)
        return found

    def _keep(self, version: str, chunks: Iterable[Chunk]) -> None:
        with self._lock:
            kept = self._by_version.setdefault(version, {})
            for chunk in chunks:
                if chunk.chunk_id not in kept:
                    kept[chunk.chunk_id] = chunk
                    self._bytes += _bytes(chunk)
            while self._bytes > self._most_bytes:
                forgotten = self._by_version.pop(next(iter(self._by_version)))
                self._bytes -= sum(map(_bytes, forgotten.values()))


_kept = KeptChunks()


def with_chunks(
    reader: Statements, version: str, rows_by_query: Sequence[Sequence[tuple]]
) -> FoundRows:
    """What a search found, with the chunks; rows of chunks that are gone are left out.

    Args:
        version: as of `KeptChunks.chunks`.
        rows_by_query: as `FoundRows.rows`.
    """
    chunk_ids = {row[0] for row in chain.from_iterable(rows_by_query)}
    chunks = _kept.chunks(reader, version, chunk_ids)
    if len(chunks) == len(chunk_ids):
        return FoundRows(rows_by_query, chunks)
    there = [[row for row in rows if row[0] in chunks] for rows in rows_by_query]
    return FoundRows(there, chunks)


def _bytes(chunk: Chunk) -> int:
    return len(chunk.text) + _OTHER_BYTES
