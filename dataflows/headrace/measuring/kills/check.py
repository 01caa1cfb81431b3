"""Whether a database holds exactly what it should after something was killed (`kills.py`): by SQL, and by what searches find."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from random import Random

import numpy as np

from headrace.ingest.ingestion import document_chunks, prepared_documents
from headrace.measuring.kills.documents import Version, everything
from headrace.pipeline import Pipeline
from headrace.text.abbreviations import find_definitions
from headrace.types import ChunkDraft, Encoder, PreparedDocument

#: Every kind of violation, and what it means.
KINDS = {
    "lost": "documents that are gone, though the call that stored them had returned",
    "back": "documents that are there, though the call that removed them had returned, or nobody stored them",
    "version": "documents that are there in none of the states that they may have",
    "half": "documents whose chunks are not exactly those of their text, each once and in its place",
    "embeddings": "chunks without their one right vector, or vectors without their chunk",
    "fields": "documents with other filter values or abbreviations than theirs",
    "postings": "chunks and terms whose postings are not exactly those of the stored lexemes",
    "segments": "segments of postings that disagree with their list",
    "statistics": "tenants whose counted documents, chunks or terms are not the real ones",
    "words": "words that typos cannot be led to",
    "semantic search": "documents and chunks that exact semantic search misses or invents",
    "semantic index": "chunks that their own vector does not find through the HNSW index",
    "keyword search": "documents and chunks that keyword search misses or invents",
    "mixed": "documents of which one search result showed a part, or parts of two versions",
    "refused": "calls that failed, or answered wrongly, while the server was there",
}
_SAMPLE = 8  # documents of a tenant that are searched for one by one


@dataclass(frozen=True)
class Violation:
    """Something that must not be: its kind (of KINDS), and what was found."""

    kind: str
    what: str


@dataclass(frozen=True)
class _Stored:
    """The rows of a tenant: documents, chunks and vectors by document id, the rest as sets of (document id, ...)."""

    documents: dict[str, tuple]
    chunks: dict[str, list[tuple]]
    vectors: dict[str, dict[int, np.ndarray]]  # document id -> ordinal -> vector
    values: set[tuple]
    definitions: set[tuple]


def check(
    rag: Pipeline,
    tenant: str,
    possible: Mapping[str, Sequence[Version | None]],
    touched: Iterable[str] = (),
    seed: str = "",
) -> tuple[dict[str, Version], list[Violation]]:
    """In which state each document of the tenant is, and all that is wrong. Nobody else may be writing.

    Args:
        possible: the states that each document may have, by id; None: not there. A document that is not named must not be there.
        touched: documents to search for one by one, a few of them drawn by the seed.
    """
    stored = _stored(rag, tenant)
    states, violations = _states(rag, tenant, stored, possible)
    for name, state in states.items():
        violations += _document_violations(rag, stored, name, state)
    violations += [
        Violation(kind, f"{tenant}: {detail}")
        for kind, detail in rag.database.for_tenant(tenant).query("contradictions")
    ]
    violations += _all_found(rag, tenant, stored)
    among = sorted(set(touched))
    sample = Random(seed).sample(among, min(_SAMPLE, len(among)))
    for name in sample:
        violations += _each_found(rag, tenant, stored, possible.get(name, ()))
    return states, [
        *violations,
        *_index_finds(rag, tenant, stored, [name for name in sample if name in states]),
    ]


def _stored(rag: Pipeline, tenant: str) -> _Stored:
    with rag.database.for_tenant(tenant).transaction() as transaction:
        documents = transaction.execute(
            "SELECT document_id, title, source, text, language, metadata, content_hash FROM documents"
        )
        chunks = transaction.execute(
            "SELECT document_id, ordinal, start_at, end_at, page, text, content_hash, chunk_id FROM chunks ORDER BY document_id, ordinal"
        )
        vectors = transaction.execute(
            "SELECT document_id, ordinal, embedding FROM chunks JOIN embeddings USING (tenant_id, chunk_id)"
        )
        values = transaction.execute(
            "SELECT document_id, field, folded, value FROM document_fields"
        )
        definitions = transaction.execute(
            "SELECT document_id, short_form, long_form FROM definitions"
        )
    of_document: dict[str, list[tuple]] = {}
    for row in chunks:
        of_document.setdefault(row[0], []).append((*row[1:6], bytes(row[6]), row[7]))
    vector_of: dict[str, dict[int, np.ndarray]] = {}
    for name, ordinal, vector in vectors:
        vector_of.setdefault(name, {})[ordinal] = vector.to_numpy()
    return _Stored(
        {row[0]: row[1:] for row in documents},
        of_document,
        vector_of,
        set(values),
        set(definitions),
    )


def _states(
    rag: Pipeline, tenant: str, stored: _Stored, possible: Mapping[str, Sequence[Version | None]]
) -> tuple[dict[str, Version], list[Violation]]:
    """The state of each document that is in one of its possible states; what is lost, back or otherwise."""
    states: dict[str, Version] = {}
    violations = []
    for name in stored.documents.keys() | stored.chunks.keys() | possible.keys():
        allowed = possible.get(name, (None,))
        versions = [state for state in allowed if state is not None]
        row = stored.documents.get(name)
        if row is None:
            if None not in allowed or name in stored.chunks:
                violations.append(
                    Violation(
                        "lost",
                        f"{tenant}: {name} should be there as version {[state.version for state in versions]}",
                    )
                )
            continue
        found = next(
            (
                state
                for state in versions
                if _row(_made(state, rag.encoder, rag.settings.chunk_tokens)[0]) == _comparable(row)
            ),
            None,
        )
        if found is not None:
            states[name] = found
        elif versions:
            violations.append(
                Violation(
                    "version",
                    f"{tenant}: {name} is there as {row[4]}, not as version {[state.version for state in versions]}",
                )
            )
        else:
            violations.append(Violation("back", f"{tenant}: {name} should not be there"))
    return states, violations


def _document_violations(
    rag: Pipeline, stored: _Stored, name: str, state: Version
) -> Iterator[Violation]:
    """What is wrong with the chunks, vectors and values of a document that is in this state."""
    prepared, drafts = _made(state, rag.encoder, rag.settings.chunk_tokens)
    wanted = [
        (draft.ordinal, draft.start, draft.end, draft.page, draft.text, draft.content_hash)
        for draft in drafts
    ]
    held = [row[:6] for row in stored.chunks.get(name, [])]
    if held != wanted:
        yield Violation(
            "half",
            f"{name} version {state.version}: its chunks are {[row[4][:40] for row in held]}",
        )
    vectors = rag.encoder.encode([draft.embedded_text for draft in drafts])
    for draft, vector in zip(drafts, vectors, strict=True):
        found = stored.vectors.get(name, {}).get(draft.ordinal)
        if found is None or not np.allclose(found, vector, atol=2e-3):
            yield Violation(
                "embeddings",
                f"{name} chunk {draft.ordinal}: {'another text' if found is not None else 'no'} vector",
            )
    values = {
        (name, field, str(value).lower(), str(value))
        for field, value in prepared.document.metadata.items()
    }
    definitions = {(name, short, long) for short, long in find_definitions(prepared.document.text)}
    if {row for row in stored.values if row[0] == name} != values or {
        row for row in stored.definitions if row[0] == name
    } != definitions:
        yield Violation(
            "fields", f"{name} version {state.version}: other filter values or abbreviations"
        )


def _all_found(rag: Pipeline, tenant: str, stored: _Stored) -> Iterator[Violation]:
    """A search that matches everything finds every chunk once, and no other."""
    wanted = sorted(chunk[6] for chunks in stored.chunks.values() for chunk in chunks)
    found = everything(rag, tenant)
    for kind, node in (("semantic search", "semantic_hits"), ("keyword search", "keyword_hits")):
        ids = sorted(hit.chunk.chunk_id for hit in found[node])
        if ids != wanted:
            yield Violation(
                kind,
                f"{tenant}: of {len(wanted)} chunks {len(ids)} are found, {len(set(wanted) ^ set(ids))} of them otherwise",
            )


def _each_found(
    rag: Pipeline, tenant: str, stored: _Stored, states: Sequence[Version | None]
) -> Iterator[Violation]:
    """A search for one word of a state finds the stored chunks that have it, and no other."""
    for marker in {state.markers[0]: None for state in states if state is not None}:
        wanted = sorted(
            chunk[6]
            for chunks in stored.chunks.values()
            for chunk in chunks
            if marker in chunk[4].split()
        )
        hits = rag.run(["keyword_hits"], question=marker, tenant=tenant)["keyword_hits"]
        if sorted(hit.chunk.chunk_id for hit in hits) != wanted:
            yield Violation(
                "keyword search",
                f"{tenant}: {marker} is in chunks {wanted}, found in {[hit.chunk.chunk_id for hit in hits]}",
            )


def _index_finds(
    rag: Pipeline, tenant: str, stored: _Stored, names: Sequence[str]
) -> Iterator[Violation]:
    """The nearest chunk to a stored vector, looked for through the index, is that vector's own."""
    asked = [
        (chunk[6], stored.vectors.get(name, {}).get(chunk[0]))
        for name in names
        for chunk in stored.chunks.get(name, [])[:1]
    ]
    asked = [(chunk_id, vector) for chunk_id, vector in asked if vector is not None]
    values = [
        {
            "query_embedding": vector,
            "filters": None,
            "top_k": 1,
            "excluded": None,
            "languages": ["english"],
        }
        for _, vector in asked
    ]
    for (chunk_id, _), rows in zip(
        asked, rag.database.for_tenant(tenant).query_each("semantic_hits_index", values), strict=True
    ):
        if [row[0] for row in rows] != [chunk_id]:
            yield Violation(
                "semantic index",
                f"{tenant}: the vector of chunk {chunk_id} finds {[row[0] for row in rows]}",
            )


@lru_cache(maxsize=4096)
def _made(
    state: Version, encoder: Encoder, chunk_tokens: int
) -> tuple[PreparedDocument, list[ChunkDraft]]:
    """The document and its chunks as ingestion makes them."""
    prepared = prepared_documents([state.document], chunk_tokens)
    return prepared[0], document_chunks(prepared, encoder, chunk_tokens)[0]


def _row(prepared: PreparedDocument) -> tuple:
    document = prepared.document
    metadata = json.loads(json.dumps(dict(document.metadata)))
    return (
        document.title,
        document.source,
        document.text,
        prepared.language,
        metadata,
        prepared.content_hash,
    )


def _comparable(row: tuple) -> tuple:
    return (*row[:5], bytes(row[5]))
