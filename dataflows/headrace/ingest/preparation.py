"""Documents as they will be stored, and which of them have changed."""

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from hamilton.function_modifiers import tag

from headrace.ingest.languages import document_languages
from headrace.ingest.recipe import DOCUMENT_VERSION
from headrace.text.storable import storable
from headrace.types import Document, PreparedDocument, TenantDatabase

_MAX_TITLE_CHARACTERS = 1000


@tag(stage="ingest")
def prepared_documents(
    documents: list[Document],
    chunk_tokens: int = 256,
    chunk_overlap: int = 0,
    default_language: str = "english",
) -> list[PreparedDocument]:
    """The documents as they will be stored, each with its language and its hash.

    The hash covers everything that decides what is stored, so it also changes with the
    size of chunks. Characters that PostgreSQL cannot hold are replaced one for one (NUL
    by U+FFFD, lone surrogates by question marks), so that offsets stay true.

    Args:
        chunk_tokens: see `document_chunks`.
        chunk_overlap: see `document_chunks`.
        default_language: a text search configuration, for documents whose metadata
            names no language and whose text is too short to recognise one.
    Returns:
        One per document, in order.
    """
    recipe = [DOCUMENT_VERSION, chunk_tokens, chunk_overlap]
    stored = [_storable_document(document) for document in documents]
    languages = document_languages(stored, default_language)
    prepared = []
    for document, language in zip(stored, languages, strict=True):
        content_hash = _content_hash(recipe, document, language)
        prepared.append(PreparedDocument(document, language, content_hash))
    return prepared


@tag(stage="ingest")
def changed_documents(
    prepared_documents: list[PreparedDocument], database: TenantDatabase
) -> list[PreparedDocument]:
    """The documents that are not stored, or stored with other content, in order."""
    ids = [prepared.document.document_id for prepared in prepared_documents]
    stored = {}
    for document_id, content_hash in database.query("stored_hashes", {"document_ids": ids}):
        stored[document_id] = bytes(content_hash)
    changed = []
    for prepared in prepared_documents:
        if stored.get(prepared.document.document_id) != prepared.content_hash:
            changed.append(prepared)
    return changed


def _storable_document(document: Document) -> Document:
    return Document(
        document_id=storable(document.document_id),
        title=storable(document.title)[:_MAX_TITLE_CHARACTERS].strip(),
        text=storable(document.text),
        source=storable(document.source),
        metadata=_storable_value(document.metadata),
        page_starts=document.page_starts,
        markup=document.markup,
    )


def _storable_value(value: Any) -> Any:
    """A value of metadata in the types of JSON.

    Numbers that are not finite become None: pandas writes a missing value as NaN.
    """
    if isinstance(value, Mapping):
        named = {}
        for name, inner in value.items():
            written = name if isinstance(name, str) else json.dumps(name)
            named[storable(written)] = _storable_value(inner)
        return named
    if isinstance(value, list | tuple):
        return [_storable_value(inner) for inner in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if value is None or isinstance(value, bool | int | float):
        return value
    return storable(str(value))


def _content_hash(recipe: Sequence[int], document: Document, language: str) -> bytes:
    """Changes with everything that is stored of a document."""
    parts = [
        recipe,
        document.title,
        document.text,
        document.source,
        document.metadata,
        document.page_starts,
        document.markup,
        language,
    ]
    content = json.dumps(parts, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(content.encode()).digest()
