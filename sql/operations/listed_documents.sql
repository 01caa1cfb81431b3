-- listed_documents: the next documents of a tenant, by document_id, without their texts.
-- in:    tenant_id text; beginning text, of their sources ('' for any); filters jsonb
--        (NULL for none); after_document text ('' at first); count_limit bigint (NULL for
--        all)
-- out:   document_id, title, source, language text; chunks bigint; stored_at timestamptz;
--        metadata jsonb
-- index: the key of documents, in its order; chunks_document, index-only, for those that
--        are shown; filters as for filtered_documents (sql/migrations/010_broad_filters.sql)
SELECT d.document_id, d.title, d.source, d.language, c.chunks, d.stored_at, d.metadata
FROM (
    SELECT document_id, title, source, language, stored_at, metadata
    FROM documents
    WHERE tenant_id = %(tenant_id)s AND document_id > %(after_document)s
      AND starts_with(source, %(beginning)s)
      AND (%(filters)s::jsonb IS NULL OR document_id IN (
            SELECT filtered_documents(%(tenant_id)s::text, %(filters)s::jsonb)))
    ORDER BY document_id
    LIMIT %(count_limit)s::bigint) AS d
CROSS JOIN LATERAL (
    SELECT count(*) AS chunks FROM chunks
    WHERE tenant_id = %(tenant_id)s AND document_id = d.document_id) AS c
ORDER BY d.document_id;
