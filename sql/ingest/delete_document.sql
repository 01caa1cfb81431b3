-- delete_document: deletes a document's row once its chunks are deleted; its fields and
--        definitions are deleted by their foreign keys.
-- in:    tenant_id, document_id text
-- out:   source text; no row when there was no such document
-- index: the key of documents
DELETE FROM documents WHERE tenant_id = %(tenant_id)s AND document_id = %(document_id)s
RETURNING source;
