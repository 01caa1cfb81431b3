"""Which documents and chunks a tenant holds: listed, and shown one by one."""

import difflib
from dataclasses import dataclass, replace
from typing import Any

from headrace.errors import QuestionError
from headrace.metadata.filters import filters_json, known_filters, parse_filters
from headrace.metadata.tenant_facts import read_tenant_facts
from headrace.text.storable import is_storable
from headrace.types import Chunk, Statements, StoredDocument, TenantDatabase

#: The id that was meant is looked for among this many.
_IDS_COMPARED = 2000
_IDS_NAMED = 3
_LARGEST_CHUNK_ID = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Listing:
    """Some of a tenant's documents, by id, and how many more follow."""

    documents: list[StoredDocument]
    more: int


def listed(
    database: TenantDatabase,
    filters: Any = None,
    *,
    source: str = "",
    after: str = "",
    limit: int | None = None,
) -> Listing:
    """The tenant's documents, by id, without their texts.

    Args:
        filters: conditions on the metadata, as `parse_filters` takes them.
        source: only documents whose source begins with it.
        after: only documents with a greater id.
        limit: the most that are listed; None for all.
    Raises QuestionError for filters that do not fit the documents, and for a limit
    below 1.
    """
    if limit is not None and (type(limit) is not int or not 1 <= limit <= _LARGEST_CHUNK_ID):
        raise QuestionError(
            f"documents: limit is {limit!a:.60}, it must be a whole number from 1, or None for all"
        )
    conditions = parse_filters(filters)
    if conditions:
        known_filters(conditions, read_tenant_facts(database))
    chosen: dict[str, Any] = {
        "beginning": _checked_text("source", source),
        "after_document": _checked_text("after", after),
        "filters": filters_json(conditions),
    }

    def read(statements: Statements) -> Listing:
        rows = statements.query("listed_documents", {**chosen, "count_limit": limit})
        documents = [StoredDocument(*row) for row in rows]
        more = 0
        if len(documents) == limit:
            following = {**chosen, "after_document": documents[-1].document_id}
            ((more,),) = statements.query("count_documents", following)
        return Listing(documents, more)

    return database.read(read)


def stored_document(database: TenantDatabase, document_id: str) -> StoredDocument:
    """A document with its text and chunks, all of one moment.

    Raises QuestionError when the tenant holds none with this id.
    """
    key = {"document_id": _checked_text("id", document_id)}

    def read(statements: Statements) -> StoredDocument | None:
        rows = statements.query("shown_document", key)
        if not rows:
            return None
        chunks = statements.query("shown_chunks", {**key, "chunk_id": None})
        document = StoredDocument(*rows[0])
        return replace(
            document,
            page_starts=tuple(document.page_starts),
            chunks=tuple(Chunk(*row) for row in chunks),
        )

    document = database.read(read)
    if document is None:
        raise QuestionError(unknown_document(database, document_id))
    return document


def stored_chunk(database: TenantDatabase, chunk_id: int) -> Chunk:
    """A chunk. Raises QuestionError when the tenant holds none with this id."""
    rows: list[tuple] = []
    if 0 <= chunk_id <= _LARGEST_CHUNK_ID:
        rows = database.query("shown_chunks", {"document_id": None, "chunk_id": chunk_id})
    if not rows:
        raise QuestionError(
            f'tenant "{database.tenant}" holds no chunk {chunk_id}: a changed document has new '
            "chunks. run.py documents show ID lists those of a document"
        )
    return Chunk(*rows[0])


def unknown_document(database: TenantDatabase, document_id: str) -> str:
    """Says that there is no document of this id, and which may have been meant."""
    ending = document_id[document_id.rfind("/") :] if "/" in document_id else document_id
    asked = {"given": document_id, "ending": ending, "count_limit": _IDS_COMPARED}
    known = [row[0] for row in database.query("near_documents", asked)]
    small = document_id.lower()
    near = [name for name in known if small and small in name.lower()]
    near = near or difflib.get_close_matches(document_id, known, n=_IDS_NAMED)
    meant = f", did you mean {' or '.join(near[:_IDS_NAMED])}?" if near else ""
    listing = "" if meant else "; run.py documents lists them"
    return f'tenant "{database.tenant}" holds no document "{document_id}"{meant}{listing}'


def _checked_text(name: str, text: Any) -> str:
    if not is_storable(text):
        raise QuestionError(f"documents: {name} is {text!a:.60}, it must be a text")
    return text
