"""What a database holds of a tenant, read for the check."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from headrace.pipeline import Pipeline

_DOCUMENTS = """
SELECT document_id, title, source, text, language, metadata, content_hash FROM documents"""
_CHUNKS = """
SELECT document_id, chunk_id, ordinal, start_at, end_at, page, text, content_hash
FROM chunks ORDER BY document_id, ordinal"""
_VECTORS = """
SELECT document_id, ordinal, embedding
FROM chunks JOIN embeddings USING (tenant_id, chunk_id)"""
_VALUES = "SELECT document_id, field, folded, value FROM document_fields"
_DEFINITIONS = "SELECT document_id, short_form, long_form FROM definitions"


class StoredDocument(NamedTuple):
    """What is stored of a document."""

    title: str
    source: str
    text: str
    language: str
    metadata: Mapping[str, Any]
    content_hash: bytes


class ChunkContent(NamedTuple):
    """What is stored of a chunk, and follows from its document."""

    ordinal: int
    start: int
    end: int
    page: int | None
    text: str
    content_hash: bytes


class StoredChunk(NamedTuple):
    """A chunk and its id."""

    content: ChunkContent
    chunk_id: int


class FieldValue(NamedTuple):
    """A row of `document_fields`."""

    document_id: str
    field: str
    folded: str
    value: str


class Definition(NamedTuple):
    """A row of `definitions`: an abbreviation that a document defines."""

    document_id: str
    short_form: str
    long_form: str


@dataclass(frozen=True)
class StoredRows:
    """The rows of a tenant.

    Attributes:
        documents: by document id.
        chunks: by document id, in order.
        vectors: by document id and a chunk's ordinal.
    """

    documents: dict[str, StoredDocument]
    chunks: dict[str, list[StoredChunk]]
    vectors: dict[str, dict[int, np.ndarray]]
    values: set[FieldValue]
    definitions: set[Definition]

    def chunk_ids(self) -> list[int]:
        """The ids of all chunks, ascending."""
        ids = []
        for chunks in self.chunks.values():
            ids += [chunk.chunk_id for chunk in chunks]
        return sorted(ids)

    def texts_of(self, chunk_ids: Collection[int]) -> list[str]:
        """The documents and texts of these chunks, as far as they are stored."""
        texts = []
        for name, chunks in self.chunks.items():
            found = [chunk.content.text for chunk in chunks if chunk.chunk_id in chunk_ids]
            texts += [f"{name}: {text}" for text in found]
        return texts

    def chunks_with(self, word: str) -> list[int]:
        """The ids of the chunks that have a word, ascending."""
        ids = []
        for chunks in self.chunks.values():
            ids += [chunk.chunk_id for chunk in chunks if word in chunk.content.text.split()]
        return sorted(ids)


def stored_rows(rag: Pipeline, tenant: str) -> StoredRows:
    """All that is stored of a tenant's documents."""
    with rag.database.for_tenant(tenant).transaction() as transaction:
        document_rows = transaction.execute(_DOCUMENTS)
        chunk_rows = transaction.execute(_CHUNKS)
        vector_rows = transaction.execute(_VECTORS)
        values = {FieldValue(*row) for row in transaction.execute(_VALUES)}
        definitions = {Definition(*row) for row in transaction.execute(_DEFINITIONS)}
    documents = {}
    for document_id, *columns in document_rows:
        documents[document_id] = StoredDocument(*columns)
    chunks: dict[str, list[StoredChunk]] = {}
    for document_id, chunk_id, *columns in chunk_rows:
        chunk = StoredChunk(ChunkContent(*columns), chunk_id)
        chunks.setdefault(document_id, []).append(chunk)
    vectors: dict[str, dict[int, np.ndarray]] = {}
    for document_id, ordinal, vector in vector_rows:
        vectors.setdefault(document_id, {})[ordinal] = vector.to_numpy()
    return StoredRows(documents, chunks, vectors, values, definitions)
