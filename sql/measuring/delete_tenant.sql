-- delete_tenant: deletes everything that a tenant has. Foreign keys delete the rows
--        that refer to its documents.
-- in:    tenant_id text
-- out:   documents bigint: how many there were
-- index: each table's key; chunks_document, document_fields_document and
--        definitions_document for the rows that refer to documents
WITH gone AS MATERIALIZED (
    DELETE FROM documents WHERE tenant_id = %(tenant_id)s RETURNING document_id
), postings_gone AS (
    DELETE FROM postings WHERE tenant_id = %(tenant_id)s
), segments_gone AS (
    DELETE FROM segments WHERE tenant_id = %(tenant_id)s
), words_gone AS (
    DELETE FROM words WHERE tenant_id = %(tenant_id)s
), spellings_gone AS (
    DELETE FROM spellings WHERE tenant_id = %(tenant_id)s
), value_names_gone AS (
    DELETE FROM value_names WHERE tenant_id = %(tenant_id)s
), removals_gone AS (
    DELETE FROM removals WHERE tenant_id = %(tenant_id)s
), glossary_gone AS (
    DELETE FROM glossary WHERE tenant_id = %(tenant_id)s
), statistics_gone AS (
    DELETE FROM tenant_statistics WHERE tenant_id = %(tenant_id)s
)
SELECT count(*) FROM gone;
