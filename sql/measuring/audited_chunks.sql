-- audited_chunks: some of a tenant's chunks, drawn by the seed, as questions for the
--        audit of semantic search.
-- in:    tenant_id text; seed bigint; sample int
-- out:   text, embedding halfvec; the same rows for the same seed while they are stored
-- index: the key of embeddings, all of a tenant once
WITH drawn AS MATERIALIZED (
    SELECT chunk_id FROM embeddings
    WHERE tenant_id = %(tenant_id)s AND encoder_id = {encoder_id}
    ORDER BY hashint8extended(chunk_id, %(seed)s::bigint), chunk_id
    LIMIT %(sample)s
)
SELECT c.text, e.embedding
FROM drawn
CROSS JOIN LATERAL (
    SELECT text FROM chunks
    WHERE tenant_id = %(tenant_id)s AND chunk_id = drawn.chunk_id OFFSET 0) AS c
CROSS JOIN LATERAL (
    SELECT embedding FROM embeddings
    WHERE tenant_id = %(tenant_id)s AND chunk_id = drawn.chunk_id
      AND encoder_id = {encoder_id} OFFSET 0) AS e
ORDER BY hashint8extended(drawn.chunk_id, %(seed)s::bigint), drawn.chunk_id;
