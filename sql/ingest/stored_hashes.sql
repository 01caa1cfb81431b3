-- stored_hashes: what is stored of these documents, so that unchanged ones are left
--        alone.
-- in:    tenant_id text; document_ids text[]
-- out:   document_id text, content_hash bytea; no row for a document that is not stored
-- index: the key of documents
SELECT document_id, content_hash
FROM documents
WHERE tenant_id = %(tenant_id)s AND document_id = ANY(%(document_ids)s);
