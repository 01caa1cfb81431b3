-- delete_tenant: everything that a tenant has. Rows that others refer to take those along by their foreign keys.
-- in:    tenant_id text
-- out:   documents bigint that it had
-- index: each table's key; chunks_document, document_fields_document and definitions_document for what goes along
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
), glossary_gone AS (
    DELETE FROM glossary WHERE tenant_id = %(tenant_id)s
), statistics_gone AS (
    DELETE FROM tenant_statistics WHERE tenant_id = %(tenant_id)s
)
SELECT count(*) FROM gone;
