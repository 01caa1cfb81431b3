"""Whether a database holds exactly what it should after something was killed.

It is looked at by SQL, and by what searches find.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from random import Random

import numpy as np

from headrace.ingest.chunking import document_chunks
from headrace.ingest.preparation import prepared_documents
from headrace.measuring.kills.documents import Version, everything
from headrace.measuring.kills.stored import (
    ChunkContent,
    Definition,
    FieldValue,
    StoredDocument,
    StoredRows,
    stored_rows,
)
from headrace.pipeline import Pipeline
from headrace.text.abbreviations import find_definitions
from headrace.types import ChunkDraft, Encoder, PreparedDocument

#: Every kind of violation, and what it means.
KINDS = {
    "lost": "documents that are gone, though the call that stored them had returned",
    "back": "documents that are there, though the call that removed them had returned, or nobody "
    "stored them",
    "version": "documents that are there in none of the states that they may have",
    "renamed": "documents of a renamed file that are gone, or there under both names",
    "half": "documents whose chunks are not exactly those of their text, each once and in its "
    "place",
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

#: Documents of a tenant that are searched for one by one.
_SAMPLE = 8
#: Stored numbers are of half precision.
_VECTOR_TOLERANCE = 2e-3
_SHOWN_CHARACTERS = 40
_SHOWN_CHUNKS = 3
#: So many that a vector which is in the index is found.
_CANDIDATES = 600


@dataclass(frozen=True)
class Violation:
    """Something that must not be: its kind, one of `KINDS`, and what was found."""

    kind: str
    what: str


def check(
    rag: Pipeline,
    tenant: str,
    possible: Mapping[str, Sequence[Version | None]],
    touched: Iterable[str] = (),
    seed: str = "",
) -> tuple[dict[str, Version], list[Violation]]:
    """In which state each document of the tenant is, and all that is wrong.

    Nobody else may be writing meanwhile.

    Args:
        possible: the states that each document may have, by id; None: not there. A
            document that is not named must not be there.
        touched: documents to search for one by one; the seed draws a few of them.
    """
    checking = _Check(rag, tenant, stored_rows(rag, tenant))
    states = checking.states(possible)
    for name, state in states.items():
        checking.look_at_document(name, state)
    checking.look_for_contradictions()
    checking.search_for_everything()
    among = sorted(set(touched))
    sample = Random(seed).sample(among, min(_SAMPLE, len(among)))
    for name in sample:
        checking.search_for_each(possible.get(name, ()))
    checking.search_by_index([name for name in sample if name in states])
    return states, checking.violations


class _Check:
    """The check of one tenant, and the violations found so far."""

    def __init__(self, rag: Pipeline, tenant: str, stored: StoredRows):
        self.violations: list[Violation] = []
        self._rag = rag
        self._tenant = tenant
        self._stored = stored

    def states(self, possible: Mapping[str, Sequence[Version | None]]) -> dict[str, Version]:
        """The state of each document that is in one of its possible states.

        All others are lost, back, or in another version.
        """
        states: dict[str, Version] = {}
        stored = self._stored
        for name in stored.documents.keys() | stored.chunks.keys() | possible.keys():
            allowed = possible.get(name, (None,))
            versions = [state for state in allowed if state is not None]
            numbers = [state.version for state in versions]
            document = stored.documents.get(name)
            if document is None:
                if None not in allowed or name in stored.chunks:
                    self._violate("lost", f"{name} should be there as version {numbers}")
                continue
            found = self._state(document, versions)
            if found is not None:
                states[name] = found
            elif versions:
                others = [self._difference(document, version) for version in versions]
                self._violate("version", f"{name} is not there as version {numbers}: {others}")
            else:
                self._violate("back", f"{name} should not be there")
        return states

    def look_at_document(self, name: str, state: Version) -> None:
        """Looks at chunks, vectors and values of a document that is in this state."""
        prepared, drafts = self._made(state)
        held = [chunk.content for chunk in self._stored.chunks.get(name, [])]
        if held != [_content(draft) for draft in drafts]:
            texts = [content.text[:_SHOWN_CHARACTERS] for content in held]
            self._violate("half", f"{name} version {state.version}: its chunks are {texts}")
        vectors = self._rag.encoder.encode([draft.embedded_text for draft in drafts])
        stored_vectors = self._stored.vectors.get(name, {})
        for draft, vector in zip(drafts, vectors, strict=True):
            found = stored_vectors.get(draft.ordinal)
            if found is None:
                self._violate("embeddings", f"{name} chunk {draft.ordinal}: no vector")
            elif not np.allclose(found, vector, atol=_VECTOR_TOLERANCE):
                self._violate("embeddings", f"{name} chunk {draft.ordinal}: another text's vector")
        values = {value for value in self._stored.values if value.document_id == name}
        definitions = {given for given in self._stored.definitions if given.document_id == name}
        if values != _values(name, prepared) or definitions != _definitions(name, prepared):
            what = "other filter values or abbreviations"
            self._violate("fields", f"{name} version {state.version}: {what}")

    def look_for_contradictions(self) -> None:
        """Looks for rows that say something and others that deny it."""
        for kind, detail in self._rag.database.for_tenant(self._tenant).query("contradictions"):
            self._violate(kind, detail)

    def search_for_everything(self) -> None:
        """A search that matches everything finds every chunk once, and no other."""
        wanted = self._stored.chunk_ids()
        found = everything(self._rag, self._tenant)
        searches = {"semantic search": "semantic_hits", "keyword search": "keyword_hits"}
        for kind, node in searches.items():
            ids = sorted(hit.chunk_id for hit in found[node])
            if ids != wanted:
                others = sorted(set(wanted) ^ set(ids))
                self._violate(
                    kind,
                    f"of {len(wanted)} chunks {len(ids)} are found, {len(others)} of them "
                    f"otherwise: {self._stored.texts_of(others[:_SHOWN_CHUNKS])}",
                )

    def search_for_each(self, states: Sequence[Version | None]) -> None:
        """A search for a state's first word finds exactly the chunks that have it."""
        markers = [state.markers[0] for state in states if state is not None]
        for marker in dict.fromkeys(markers):
            wanted = self._stored.chunks_with(marker)
            values = self._rag.run(["keyword_hits"], question=marker, tenant=self._tenant)
            found = [hit.chunk_id for hit in values["keyword_hits"]]
            if sorted(found) != wanted:
                self._violate("keyword search", f"{marker} is in chunks {wanted}, found in {found}")

    def search_by_index(self, names: Iterable[str]) -> None:
        """The chunk nearest to a stored vector, by the index, is that vector's own."""
        asked: dict[int, np.ndarray] = {}
        for chunk_id, vector in self._first_vectors(names):
            asked[chunk_id] = vector
        parameters = []
        for vector in asked.values():
            parameters.append(
                {
                    "query_embedding": vector,
                    "filters": None,
                    "top_k": 1,
                    "excluded": None,
                    "languages": ["english"],
                }
            )
        database = self._rag.database.for_tenant(self._tenant).with_candidates(_CANDIDATES)
        found = database.query_each("semantic_hits_index", parameters)
        for chunk_id, rows in zip(asked, found, strict=True):
            nearest = [row[0] for row in rows]
            if nearest != [chunk_id]:
                texts = self._stored.texts_of([chunk_id, *nearest])
                what = f"the vector of chunk {chunk_id} finds {nearest}: {texts}"
                self._violate("semantic index", what)

    def _first_vectors(self, names: Iterable[str]) -> Iterator[tuple[int, np.ndarray]]:
        """The first chunk of each document, with its vector, where both are there."""
        for name in names:
            for chunk in self._stored.chunks.get(name, [])[:1]:
                vector = self._stored.vectors.get(name, {}).get(chunk.content.ordinal)
                if vector is not None:
                    yield chunk.chunk_id, vector

    def _state(self, stored: StoredDocument, versions: Iterable[Version]) -> Version | None:
        """The version that a document is stored in, if it is one of these."""
        for version in versions:
            prepared, _ = self._made(version)
            if _as_stored(prepared) == stored:
                return version
        return None

    def _difference(self, stored: StoredDocument, version: Version) -> dict[str, str]:
        """What is stored of a document where a version has something else."""
        expected = _as_stored(self._made(version)[0])
        differences = {}
        for name, held, other in zip(stored._fields, stored, expected, strict=True):
            if held != other:
                differences[name] = f"{held!r:.100}, not {other!r:.100}"
        return differences

    def _made(self, state: Version) -> tuple[PreparedDocument, list[ChunkDraft]]:
        return _made(state, self._rag.encoder, self._rag.settings.chunk_tokens)

    def _violate(self, kind: str, what: str) -> None:
        self.violations.append(Violation(kind, f"{self._tenant}: {what}"))


@lru_cache(maxsize=4096)
def _made(
    state: Version, encoder: Encoder, chunk_tokens: int
) -> tuple[PreparedDocument, list[ChunkDraft]]:
    """The document and its chunks as ingestion makes them."""
    prepared = prepared_documents([state.document], chunk_tokens)
    return prepared[0], document_chunks(prepared, encoder, chunk_tokens)[0]


def _as_stored(prepared: PreparedDocument) -> StoredDocument:
    document = prepared.document
    metadata = json.loads(json.dumps(dict(document.metadata)))
    return StoredDocument(
        document.title,
        document.source,
        document.text,
        prepared.language,
        metadata,
        prepared.content_hash,
    )


def _content(draft: ChunkDraft) -> ChunkContent:
    return ChunkContent(
        draft.ordinal, draft.start, draft.end, draft.page, draft.text, draft.content_hash
    )


def _values(name: str, prepared: PreparedDocument) -> set[FieldValue]:
    values = set()
    for field, value in prepared.document.metadata.items():
        values.add(FieldValue(name, field, str(value).lower(), str(value)))
    return values


def _definitions(name: str, prepared: PreparedDocument) -> set[Definition]:
    found = find_definitions(prepared.document.text)
    return {Definition(name, short, long) for short, long in found}
