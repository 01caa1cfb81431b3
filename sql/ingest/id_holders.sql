-- id_holders: where the stored documents with these ids came from, so that documents of
--        two files do not replace each other.
-- in:    tenant_id text; document_ids text[]
-- out:   document_id, source text; no row for a document that is not stored
-- index: the key of documents
SELECT document_id, source
FROM documents
WHERE tenant_id = %(tenant_id)s AND document_id = ANY(%(document_ids)s);
