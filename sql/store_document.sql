-- store_document: one document's row, new or replaced; the row stays locked until the transaction ends.
-- in:    tenant_id, document_id, title, source, text, language text; metadata jsonb; content_hash bytea
-- out:   is_new boolean
-- index: the key of documents
INSERT INTO documents (tenant_id, document_id, title, source, text, language, metadata, content_hash)
VALUES (%(tenant_id)s, %(document_id)s, %(title)s, %(source)s, %(text)s, %(language)s, %(metadata)s, %(content_hash)s)
ON CONFLICT (tenant_id, document_id) DO UPDATE
SET title = excluded.title, source = excluded.source, text = excluded.text, language = excluded.language, metadata = excluded.metadata,
    content_hash = excluded.content_hash, stored_at = now()
RETURNING xmax = 0 AS is_new;
