-- lock_document: locks a document until the transaction ends, so that its chunks stay
--        as they are read.
-- in:    tenant_id, document_id text
-- out:   document_id text; no row when there is no such document
-- index: the key of documents
SELECT document_id FROM documents
WHERE tenant_id = %(tenant_id)s AND document_id = %(document_id)s
FOR UPDATE;
