"""A tenant's documents written to a file: `run.py tenant export`."""

import base64
from collections.abc import Callable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from headrace.operations.tenant_files import Head, written
from headrace.pipeline import Pipeline
from headrace.types import Statements

_BLOCK_DOCUMENTS = 50
#: pgvector sends the dimension and two empty bytes before a vector's numbers.
_VECTOR_HEAD_BYTES = 4


class _StoredDocument(NamedTuple):
    """A row of the statement `exported_documents`."""

    document_id: str
    title: str
    source: str
    text: str
    language: str
    metadata: dict[str, Any]
    page_starts: list[int]
    content_hash: bytes
    stored_at: str


class _StoredChunk(NamedTuple):
    """A row of the statement `exported_chunks`."""

    document_id: str
    start: int
    end: int
    page: int | None
    above: str
    vector: bytes | None


def export_tenant(
    rag: Pipeline, tenant: str, path: Path, on_document: Callable[[], object] | None = None
) -> int:
    """Write a tenant's documents and glossary to a file; the number of documents.

    All of it is of one moment, whatever is ingested meanwhile.

    Args:
        on_document: called after each document.
    Raises:
        SourceError: the file cannot be written.
        DatabaseError: the database cannot be read.
    """
    head = Head(tenant, rag.encoder.name, rag.encoder.dimension)

    def write(statements: Statements) -> int:
        with written(path, head) as writer:
            writer.line("glossary", [list(row) for row in statements.query("exported_glossary")])
            for document in _documents(statements):
                writer.document(document)
                if on_document:
                    on_document()
        return writer.documents

    return rag.database.for_tenant(tenant).read(write)


def _documents(statements: Statements) -> Iterator[dict[str, Any]]:
    block = {"after_document": "", "block_documents": _BLOCK_DOCUMENTS}
    while rows := statements.query("exported_documents", block):
        stored = [_StoredDocument(*row) for row in rows]
        ids = [document.document_id for document in stored]
        chunks = [
            _StoredChunk(*row) for row in statements.query("exported_chunks", {"document_ids": ids})
        ]
        chunks_of = {
            document_id: [_chunk(chunk) for chunk in group]
            for document_id, group in groupby(chunks, key=lambda chunk: chunk.document_id)
        }
        for document in stored:
            values = {**document._asdict(), "content_hash": bytes(document.content_hash).hex()}
            yield {**values, "chunks": chunks_of.get(document.document_id, [])}
        block["after_document"] = ids[-1]


def _chunk(chunk: _StoredChunk) -> dict[str, Any]:
    place = {"start": chunk.start, "end": chunk.end, "page": chunk.page, "above": chunk.above}
    if chunk.vector is None:
        return {**place, "vector": None}
    numbers = np.frombuffer(chunk.vector, dtype=">f2", offset=_VECTOR_HEAD_BYTES)
    return {**place, "vector": base64.b64encode(numbers.astype("<f2").tobytes()).decode()}
