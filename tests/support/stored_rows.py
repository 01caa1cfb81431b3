"""Everything that is stored of a tenant, to compare two tenants."""

from headrace import Pipeline

#: What each table holds, without the numbers that are drawn and the time.
HELD = {
    "documents": "document_id, title, folded_title, source, text, language, metadata, content_hash",
    "chunks": "document_id, ordinal, start_at, end_at, page, text, content_hash, lexemes, length",
    "embeddings": "encoder_id, embedding::text",
    "postings": "level, term, part, chunks, octet_length(entries)",
    "segments": "level, chunks, removed",
    "words": "word, term",
    "spellings": "deletion, word",
    "value_names": "name, field, folded",
    "document_fields": "field, folded, document_id, value, value_date, value_number",
    "definitions": "short_form, long_form, document_id",
    "glossary": "short_form, long_form",
    "removals": "words, terms, title_terms, fields, folded",
}
SUMS = "SELECT sum(documents), sum(chunks), sum(length) FROM tenant_statistics"


def held(rag: Pipeline, tenant: str) -> dict[str, list[tuple]]:
    """The rows of each table, without what is drawn or told by the clock."""
    with rag.database.for_tenant(tenant).transaction() as transaction:
        rows = {}
        for table, columns in HELD.items():
            text = f"SELECT ROW({columns})::text FROM {table} ORDER BY 1"
            rows[table] = transaction.execute(text)
        return {**rows, "tenant_statistics": transaction.execute(SUMS)}
