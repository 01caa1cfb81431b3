"""What is stored of a tenant, to compare it with another one, here or elsewhere.

Numbers that are drawn and times are left out, and how postings are merged. So is the
term of a word: in texts of two languages it has that of the one which is stored first,
and with several blocks in work, as in every ingest, that is not always the same one.
"""

from headrace.pipeline import Pipeline

#: What each table says; rows are ordered by this text.
_ROWS = {
    "documents": "ROW(document_id, title, folded_title, source, text, language, metadata, "
    "content_hash)::text FROM documents",
    "chunks": "ROW(document_id, ordinal, page, text, content_hash, lexemes, length)::text "
    "FROM chunks",
    "spans": "ROW(document_id, ordinal, start_at, end_at)::text FROM chunks",
    "vectors": "ROW(document_id, ordinal, encoder_id, embedding::text)::text "
    "FROM chunks JOIN embeddings USING (tenant_id, chunk_id)",
    "postings": "ROW(term, document_id, ordinal, sum(frequency), length_code)::text "
    "FROM postings CROSS JOIN LATERAL unpacked_postings(part, entries) AS unpacked "
    "JOIN chunks USING (tenant_id, chunk_id) "
    "GROUP BY term, document_id, ordinal, length_code HAVING sum(frequency) <> 0",
    "counts of postings": "ROW(term, sum(chunks))::text FROM postings GROUP BY term",
    "words": "ROW(word)::text FROM words",
    "fields": "ROW(document_id, field, folded, value, value_date, value_number)::text "
    "FROM document_fields",
    "abbreviations": "ROW(document_id, short_form, long_form)::text FROM definitions",
    "statistics": "ROW(sum(documents), sum(chunks), sum(length))::text FROM tenant_statistics",
}
#: The names of what is compared.
TABLES = tuple(_ROWS)

Checksums = dict[str, tuple[int, str]]

_CHECKSUM = """
SELECT count(*), coalesce(md5(string_agg(md5(said), '' ORDER BY md5(said))), '')
FROM (SELECT {rows}) AS rows (said)"""
_DOCUMENTS = """
WITH pieces AS (
    SELECT document_id, -1 AS place,
           ROW(title, source, text, language, metadata, content_hash)::text AS piece
    FROM documents
    UNION ALL
    SELECT document_id, ordinal,
           ROW(start_at, end_at, page, text, content_hash, lexemes, length, embedding::text)::text
    FROM chunks LEFT JOIN embeddings USING (tenant_id, chunk_id)
    UNION ALL
    SELECT document_id, -2, ROW(field, folded, value)::text FROM document_fields
    UNION ALL
    SELECT document_id, -3, ROW(short_form, long_form)::text FROM definitions
)
SELECT document_id, md5(string_agg(md5(piece), '' ORDER BY place, md5(piece)))
FROM pieces
GROUP BY document_id"""


def checksums(rag: Pipeline, tenant: str) -> Checksums:
    """Number and checksum of the rows of each of `TABLES`, as of one moment."""
    found = {}
    with rag.database.for_tenant(tenant).transaction() as transaction:
        for table, rows in _ROWS.items():
            ((count, checksum),) = transaction.execute(_CHECKSUM.format(rows=rows))
            found[table] = (count, checksum)
    return found


def differing(one: Checksums, other: Checksums) -> list[str]:
    """Which of `TABLES` are not the same in both."""
    return [table for table in TABLES if one[table] != other[table]]


def documents(rag: Pipeline, tenant: str) -> dict[str, str]:
    """A checksum of all rows of each document, by its id, as of one moment."""
    with rag.database.for_tenant(tenant).transaction() as transaction:
        return dict(transaction.execute(_DOCUMENTS))
