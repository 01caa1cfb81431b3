-- stamp_documents: notes of which state of its file each document is.
-- in:    tenant_id text; and one entry per document: document_ids, sources text[],
--        file_stamps bytea[]
-- index: the key of documents, in its order
WITH given AS (
    SELECT d.document_id, g.file_stamp
    FROM unnest(%(document_ids)s::text[], %(sources)s::text[], %(file_stamps)s::bytea[])
         AS g(document_id, source, file_stamp)
    JOIN documents d ON d.document_id = g.document_id AND d.source = g.source
    WHERE d.tenant_id = %(tenant_id)s AND d.file_stamp IS DISTINCT FROM g.file_stamp
    ORDER BY d.document_id
    FOR UPDATE OF d
)
UPDATE documents d
SET file_stamp = given.file_stamp
FROM given
WHERE d.tenant_id = %(tenant_id)s AND d.document_id = given.document_id;
