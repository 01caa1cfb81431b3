-- delete_document: a document's row, once its chunks are gone; its fields and definitions go by their foreign keys.
-- in:    tenant_id, document_id text
-- out:   source text; no row when there was none
DELETE FROM documents WHERE tenant_id = %(tenant_id)s AND document_id = %(document_id)s RETURNING source;
