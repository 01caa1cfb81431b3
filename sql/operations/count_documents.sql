-- count_documents: how many documents listed_documents has after a given one.
-- in:    tenant_id text; beginning text ('' for any); filters jsonb (NULL for none);
--        after_document text ('' for all)
-- out:   documents bigint; always one row
-- index: as for listed_documents
SELECT count(*)
FROM documents
WHERE tenant_id = %(tenant_id)s AND document_id > %(after_document)s
  AND starts_with(source, %(beginning)s)
  AND (%(filters)s::jsonb IS NULL OR document_id IN (
        SELECT filtered_documents(%(tenant_id)s::text, %(filters)s::jsonb)));
