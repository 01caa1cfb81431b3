-- stored_chunks: the chunks stored of these documents, so that those whose content is
--        unchanged are kept as they are.
-- in:    tenant_id text; document_ids text[]
-- out:   document_id text, chunk_id bigint, content_hash bytea; by document and ordinal
-- index: chunks_document
SELECT document_id, chunk_id, content_hash
FROM chunks
WHERE tenant_id = %(tenant_id)s AND document_id = ANY(%(document_ids)s)
ORDER BY document_id, ordinal;
