"""A tenant's documents stored from a file: `run.py tenant import`."""

import base64
import binascii
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from headrace.errors import SourceError
from headrace.ingest.cutting.embedded_texts import ChunkMaker
from headrace.ingest.cutting.splitting import Span
from headrace.ingest.faults import fault_of
from headrace.ingest.languages import CONFIGURATIONS
from headrace.ingest.preparation import prepared_documents
from headrace.ingest.rows import DraftedDocument
from headrace.ingest.storing import store
from headrace.operations.tenant_files import contents, documents
from headrace.pipeline import Pipeline
from headrace.types import ChunkDraft, Document, Outcome, PreparedDocument, Progress

_BLOCK_CHARACTERS = 200_000
#: What a document of another make raises.
_MALFORMED = (KeyError, TypeError, ValueError, AttributeError, binascii.Error)


def import_tenant(
    rag: Pipeline,
    path: Path,
    tenant: str | None = None,
    on_outcome: Callable[[Outcome], None] | None = None,
    on_progress: Progress | None = None,
) -> list[Outcome]:
    """Store the documents of a file; what became of each, in order.

    Nothing is stored unless the file is whole. Each document is stored whole, and what
    is stored already is left alone, so that an import that was cut off can be run
    again. Chunks and vectors are those of the file where they are of this encoder; else
    the documents are ingested as if they were new. A glossary takes the place of the
    tenant's.

    Args:
        tenant: whose they become; None: the tenant that the file names.
        on_outcome, on_progress: as of `Pipeline.ingest`.
    Raises:
        SourceError: the file is no export, or is cut or damaged.
    """
    held = contents(path)
    tenant = tenant or held.head.tenant
    if held.glossary:
        rag.store_glossary(held.glossary, tenant)
    encoder = rag.encoder
    if (held.head.encoder, held.head.dimension) != (encoder.name, encoder.dimension):
        made = (_document(each) for each in documents(path))
        return rag.ingest(made, tenant, on_outcome=on_outcome, on_progress=on_progress)
    outcomes: list[Outcome] = []
    for block in _blocks(documents(path)):
        for outcome in _stored(rag, tenant, block):
            outcomes.append(outcome)
            if on_outcome:
                on_outcome(outcome)
    rag.ingest([], tenant, on_progress=on_progress)  # builds the vector index, if it is due
    return outcomes


def _blocks(given: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    block: list[dict[str, Any]] = []
    characters = 0
    for document in given:
        block.append(document)
        characters += len(str(document.get("text")))
        if characters >= _BLOCK_CHARACTERS:
            yield block
            block, characters = [], 0
    if block:
        yield block


def _stored(rag: Pipeline, tenant: str, block: Sequence[dict[str, Any]]) -> list[Outcome]:
    database = rag.database.for_tenant(tenant)
    ids = [str(document.get("document_id")) for document in block]
    rows = database.query("stored_hashes", {"document_ids": ids})
    hashes = {document_id: bytes(content_hash) for document_id, content_hash in rows}
    outcomes: dict[int, Outcome] = {}
    drafted: dict[int, DraftedDocument] = {}
    vectors: dict[bytes, np.ndarray] = {}
    for number, document in enumerate(block):
        source = str(document.get("source"))
        try:
            if ids[number] in ids[:number]:
                raise SourceError("an earlier document has the same id")
            prepared = _prepared(document)
            if hashes.get(prepared.document.document_id) == prepared.content_hash:
                outcomes[number] = Outcome(ids[number], source, "unchanged")
                continue
            chunks = _chunks(rag, prepared, document["chunks"])
            vectors |= _vectors(rag, chunks, document["chunks"])
        except (SourceError, *_MALFORMED) as error:
            reason = f"the file does not describe it as an export does: {error}"
            outcomes[number] = Outcome(ids[number], source, "failed", reason=reason)
            continue
        drafted[number] = DraftedDocument(prepared, chunks)
    made = store(list(drafted.values()), vectors, database, rag.encoder)
    outcomes.update(zip(drafted, made, strict=True))
    return [outcomes[number] for number in range(len(block))]


def _document(given: Mapping[str, Any]) -> Document:
    """The document without its chunks."""
    return Document(
        given["document_id"],
        given["title"],
        given["text"],
        given["source"],
        given["metadata"],
        tuple(int(start) for start in given["page_starts"]),
    )


def _prepared(given: Mapping[str, Any]) -> PreparedDocument:
    document = _document(given)
    fault = fault_of(document)
    if given["language"] not in CONFIGURATIONS:
        fault = fault or f"its language is {given['language']!r:.50}"
    if fault:
        raise SourceError(fault)
    (prepared,) = prepared_documents([document])
    return PreparedDocument(
        prepared.document, given["language"], bytes.fromhex(given["content_hash"])
    )


def _chunks(
    rag: Pipeline, prepared: PreparedDocument, given: Sequence[Mapping[str, Any]]
) -> list[ChunkDraft]:
    capacity = min(rag.settings.chunk_tokens, rag.encoder.max_tokens)
    maker = ChunkMaker(prepared, rag.encoder, capacity)
    characters = len(prepared.document.text)
    chunks = []
    for ordinal, chunk in enumerate(given):
        start, end, above = chunk["start"], chunk["end"], chunk.get("above", "")
        if not 0 <= start < end <= characters or not isinstance(above, str):
            raise SourceError(f"a chunk from {start} to {end} of {characters} characters")
        chunks.append(maker.draft(ordinal, Span(start, end), above))
    return chunks


def _vectors(
    rag: Pipeline, chunks: Sequence[ChunkDraft], given: Sequence[Mapping[str, Any]]
) -> dict[bytes, np.ndarray]:
    """The vectors of the file, and of chunks without one those of the encoder."""
    vectors: dict[bytes, np.ndarray] = {}
    missing = []
    for chunk, described in zip(chunks, given, strict=True):
        if described["vector"] is None:
            missing.append(chunk)
            continue
        numbers = np.frombuffer(base64.b64decode(described["vector"], validate=True), dtype="<f2")
        vector = numbers.astype(np.float32)
        if len(vector) != rag.encoder.dimension or not abs(np.linalg.norm(vector) - 1) < 0.1:
            raise SourceError("a vector has not the dimension of its encoder, or not the length 1")
        vectors[chunk.content_hash] = vector
    if missing:
        encoded = rag.models.ingest_encoder.encode([chunk.embedded_text for chunk in missing])
        for chunk, vector in zip(missing, encoded, strict=True):
            vectors[chunk.content_hash] = vector
    return vectors
