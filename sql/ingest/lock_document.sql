-- lock_document: holds a document for this transaction, so that what is read of its chunks stays true.
-- in:    tenant_id, document_id text
-- out:   document_id text; no row when there is none
SELECT document_id FROM documents WHERE tenant_id = %(tenant_id)s AND document_id = %(document_id)s FOR UPDATE;
