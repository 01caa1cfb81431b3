-- exported_documents: the next documents of a tenant, by document_id.
-- in:    tenant_id text; after_document text ('' at first); block_documents int
-- out:   document_id, title, source, text, language text; metadata jsonb; page_starts
--        int[]; content_hash bytea; stored_at text (ISO 8601)
-- index: the key of documents
SELECT document_id, title, source, text, language, metadata, page_starts, content_hash,
       to_json(stored_at) #>> '{}'
FROM documents
WHERE tenant_id = %(tenant_id)s AND document_id > %(after_document)s
ORDER BY document_id
LIMIT %(block_documents)s;
