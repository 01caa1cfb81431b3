-- field_coverage: how many of a tenant's first 200 documents, by id, have a field.
-- in:    tenant_id text; field text
-- out:   documents, having bigint; always one row
-- index: the keys of documents and of document_fields (document_fields_document)
-- plan:  generic
SELECT count(*),
       count(*) FILTER (WHERE EXISTS (
            SELECT 1 FROM document_fields f
            WHERE f.tenant_id = %(tenant_id)s AND f.document_id = d.document_id
              AND f.field = %(field)s))
FROM (
    SELECT document_id FROM documents
    WHERE tenant_id = %(tenant_id)s ORDER BY document_id LIMIT 200) AS d;
