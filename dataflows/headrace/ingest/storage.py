"""Documents stored with their chunks and vectors, or removed."""

import numpy as np
from hamilton.function_modifiers import tag

from headrace.ingest.rows import DraftedDocument
from headrace.ingest.storing import remove, store
from headrace.types import ChunkDraft, Document, Encoder, Outcome, PreparedDocument, TenantDatabase


@tag(stage="ingest")
def stored_documents(
    prepared_documents: list[PreparedDocument],
    changed_documents: list[PreparedDocument],
    document_chunks: list[list[ChunkDraft]],
    new_chunks: list[ChunkDraft],
    known_embeddings: dict[bytes, np.ndarray],
    chunk_embeddings: np.ndarray,
    database: TenantDatabase,
    encoder: Encoder,
    superseded: dict[str, str],
) -> list[Outcome]:
    """What became of each document, in order, once all are stored in one transaction.

    When PostgreSQL refuses a document, only that one fails, with the reason; the others
    are stored in smaller transactions.

    Args:
        superseded: by id, documents to remove in the same transaction, as another one
            takes their place: the id of that one. They come last.
    """
    drafted = []
    for prepared, chunks in zip(changed_documents, document_chunks, strict=True):
        drafted.append(DraftedDocument(prepared, chunks))
    vectors = {}
    for chunk, vector in zip(new_chunks, chunk_embeddings, strict=True):
        vectors[chunk.content_hash] = vector
    changed = store(drafted, vectors, database, encoder, known_embeddings.keys(), superseded)
    outcomes = {outcome.document_id: outcome for outcome in changed}
    stored = []
    for prepared in prepared_documents:
        document = prepared.document
        stored.append(outcomes.pop(document.document_id, None) or _unchanged(document))
    return [*stored, *outcomes.values()]


@tag(stage="ingest")
def removed_documents(vanished_ids: list[str], database: TenantDatabase) -> list[Outcome]:
    """The documents removed, in order; an id that is not stored gives no outcome."""
    return remove(vanished_ids, database)


def _unchanged(document: Document) -> Outcome:
    return Outcome(document.document_id, document.source, "unchanged")
