-- delete_document: deletes a document's row once its chunks are deleted; its fields and
--        definitions are deleted by their foreign keys. Notes its fields, which may be the
--        last ones with these values (forget_removed.sql).
-- in:    tenant_id, document_id text
-- out:   source text; no row when there was no such document
-- index: the key of documents, document_fields_document
WITH noted AS (
    INSERT INTO removals (tenant_id, fields, folded)
    SELECT %(tenant_id)s, array_agg(field), array_agg(folded)
    FROM document_fields
    WHERE tenant_id = %(tenant_id)s AND document_id = %(document_id)s
    HAVING count(*) > 0
)
DELETE FROM documents WHERE tenant_id = %(tenant_id)s AND document_id = %(document_id)s
RETURNING source;
