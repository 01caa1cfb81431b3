-- tenant_facts: what a tenant holds now.
-- in:    tenant_id text; known_version bigint: a version of which the caller knows the
--        languages and fields; NULL for none
-- out:   version, documents, chunks bigint; languages, fields, date_fields, number_fields
--        text[], NULL if the version is the known one; indexed boolean: whether the
--        encoder's vectors have their HNSW index (encoder_index.sql); vectors bigint: about
--        how many it holds, those of all tenants, in the largest partition where the table
--        has partitions. Always one row
-- index: the key of tenant_statistics; distinct values by skipping along
--        documents_language, the key of document_fields, document_fields_date and
--        document_fields_number
-- plan:  generic
WITH RECURSIVE languages AS (
    (SELECT language FROM documents
     WHERE tenant_id = %(tenant_id)s ORDER BY language LIMIT 1)
    UNION ALL
    SELECT (SELECT d.language FROM documents d
            WHERE d.tenant_id = %(tenant_id)s AND d.language > l.language
            ORDER BY d.language LIMIT 1)
    FROM languages l WHERE l.language IS NOT NULL
), fields AS (
    (SELECT field FROM document_fields
     WHERE tenant_id = %(tenant_id)s ORDER BY field LIMIT 1)
    UNION ALL
    SELECT (SELECT d.field FROM document_fields d
            WHERE d.tenant_id = %(tenant_id)s AND d.field > f.field
            ORDER BY d.field LIMIT 1)
    FROM fields f WHERE f.field IS NOT NULL
)
SELECT version, documents, chunks,
       CASE WHEN is_new THEN (
            SELECT coalesce(array_agg(language), '{}') FROM languages
            WHERE language IS NOT NULL) END,
       CASE WHEN is_new THEN (
            SELECT coalesce(array_agg(field), '{}') FROM fields WHERE field IS NOT NULL) END,
       CASE WHEN is_new THEN (
            SELECT coalesce(array_agg(field), '{}') FROM fields f WHERE field IS NOT NULL AND (
                SELECT min(d.value_date) FROM document_fields d
                WHERE d.tenant_id = %(tenant_id)s AND d.field = f.field) IS NOT NULL) END,
       CASE WHEN is_new THEN (
            SELECT coalesce(array_agg(field), '{}') FROM fields f WHERE field IS NOT NULL AND (
                SELECT min(d.value_number) FROM document_fields d
                WHERE d.tenant_id = %(tenant_id)s AND d.field = f.field) IS NOT NULL) END,
       EXISTS (
            SELECT FROM pg_index
            WHERE indexrelid = to_regclass('embeddings_hnsw_{encoder_id}')::oid
              AND indisvalid),
       (SELECT coalesce(max(greatest(c.reltuples, 0)), 0)::bigint
        FROM pg_class c
        WHERE c.relkind = 'r' AND (c.oid = 'embeddings'::regclass::oid OR c.oid IN (
            SELECT relid::oid FROM pg_partition_tree('embeddings'))))
FROM (
    SELECT coalesce(sum(version), 0)::bigint AS version,
           coalesce(sum(documents), 0)::bigint AS documents,
           coalesce(sum(chunks), 0)::bigint AS chunks,
           coalesce(sum(version), 0)::bigint IS DISTINCT FROM %(known_version)s::bigint AS is_new
    FROM tenant_statistics
    WHERE tenant_id = %(tenant_id)s) AS counted;
