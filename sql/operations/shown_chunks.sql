-- shown_chunks: the chunks of one document, in their order; or one chunk by its id.
-- in:    tenant_id text; document_id text (NULL: of any); chunk_id bigint (NULL: all)
-- out:   chunk_id bigint; document_id, title, source, text text; start_at, end_at,
--        ordinal, page int (NULL without pages); above text (Markdown; see migration 014)
-- index: chunks_document, or the key of chunks; the key of documents
SELECT c.chunk_id, c.document_id, d.title, d.source, c.text, c.start_at, c.end_at,
       c.ordinal, c.page, c.above
FROM chunks c
CROSS JOIN LATERAL (
    SELECT title, source FROM documents
    WHERE tenant_id = %(tenant_id)s AND document_id = c.document_id OFFSET 0) AS d
WHERE c.tenant_id = %(tenant_id)s
  AND (%(document_id)s::text IS NULL OR c.document_id = %(document_id)s::text)
  AND (%(chunk_id)s::bigint IS NULL OR c.chunk_id = %(chunk_id)s::bigint)
ORDER BY c.ordinal;
