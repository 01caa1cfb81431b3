-- document_metadata: the metadata of these documents.
-- in:    tenant_id text; document_ids text[]
-- out:   document_id text, metadata jsonb; no row for a document that is not stored
-- index: the key of documents
SELECT document_id, metadata
FROM documents
WHERE tenant_id = %(tenant_id)s AND document_id = ANY(%(document_ids)s::text[]);
