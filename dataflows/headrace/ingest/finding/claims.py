"""Ids of JSON lines that a line of another file has already."""

import os
from collections.abc import Sequence
from pathlib import Path

from headrace.ingest.readers import Limits, read_source
from headrace.ingest.readers.files import file_type
from headrace.types import Document, Outcome, TenantDatabase


class Claims:
    """Which file an id belongs to, for one run.

    A line may move to another file, and a file may be renamed. But while the first file
    is there and still has a line with this id, the two documents would replace each
    other with every run.
    """

    def __init__(self, database: TenantDatabase, limits: Limits):
        self._database = database
        self._limits = limits
        self._ids: dict[str, set[str]] = {}

    def sorted_out(self, documents: Sequence[Document]) -> tuple[list[Document], list[Outcome]]:
        """The documents to store, and the failures of those whose id is taken."""
        of_lines = [one.document_id for one in documents if _is_of_a_line(one.source)]
        holders: dict[str, str] = {}
        if of_lines:
            holders = dict(self._database.query("id_holders", {"document_ids": of_lines}))
        free, failed = [], []
        for document in documents:
            holder = holders.get(document.document_id, document.source)
            if self._is_taken(document, holder):
                failed.append(_taken(document, holder))
            else:
                free.append(document)
        return free, failed

    def _is_taken(self, document: Document, holder: str) -> bool:
        if holder == document.source or not _is_of_a_line(holder):
            return False
        if not Path(holder).is_file() or _is_same_file(holder, document.source):
            return False
        if holder not in self._ids:
            read = read_source(Path(holder), self._limits)
            self._ids[holder] = {one.document_id for one in read if isinstance(one, Document)}
        return document.document_id in self._ids[holder]


def _is_of_a_line(source: str) -> bool:
    return file_type(Path(source)) == "jsonl" and Path(source).is_absolute()


def _is_same_file(one: str, other: str) -> bool:
    return os.path.realpath(one) == os.path.realpath(other)


def _taken(document: Document, holder: str) -> Outcome:
    reason = (
        f'its id "{document.document_id}" is also the id of a line in {holder}, which was '
        f"kept; give one of them another id, or remove {holder}"
    )
    return Outcome(document.document_id, document.source, "failed", reason=reason)
