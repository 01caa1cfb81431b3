-- shown_document: one document with its text.
-- in:    tenant_id, document_id text
-- out:   document_id, title, source, language text; chunks bigint; stored_at timestamptz;
--        metadata jsonb; text text; page_starts int[]; no row when there is no such document
-- index: the key of documents; chunks_document
SELECT d.document_id, d.title, d.source, d.language, c.chunks, d.stored_at, d.metadata, d.text,
       d.page_starts
FROM documents d
CROSS JOIN LATERAL (
    SELECT count(*) AS chunks FROM chunks
    WHERE tenant_id = %(tenant_id)s AND document_id = d.document_id) AS c
WHERE d.tenant_id = %(tenant_id)s AND d.document_id = %(document_id)s;
