-- exported_chunks: the chunks of these documents, with their vectors of this encoder.
-- in:    tenant_id text; document_ids text[]
-- out:   document_id text; start_at, end_at, page int; above text; vector bytea (as
--        pgvector sends a halfvec), NULL without one; by document and place
-- index: chunks_document and the key of embeddings
SELECT c.document_id, c.start_at, c.end_at, c.page, c.above, e.vector
FROM chunks c
LEFT JOIN LATERAL (
    SELECT halfvec_send(embedding) AS vector FROM embeddings
    WHERE tenant_id = %(tenant_id)s AND chunk_id = c.chunk_id
      AND encoder_id = {encoder_id} OFFSET 0) AS e ON true
WHERE c.tenant_id = %(tenant_id)s AND c.document_id = ANY(%(document_ids)s::text[])
ORDER BY c.document_id, c.ordinal;
