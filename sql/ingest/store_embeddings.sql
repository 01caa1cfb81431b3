-- store_embeddings: vectors of this encoder for chunks that are already stored.
-- in:    tenant_id text; and one entry per chunk: chunk_ids bigint[], embeddings
--        halfvec[] (norm 1)
-- out:   chunks bigint: how many of them have a vector now. A chunk that is deleted, or
--        is being deleted, is left out, so that nobody waits.
-- index: the key of chunks
WITH held AS (
    SELECT c.chunk_id, g.embedding
    FROM unnest(%(chunk_ids)s::bigint[], %(embeddings)s::halfvec[]) AS g(chunk_id, embedding)
    JOIN chunks c ON c.tenant_id = %(tenant_id)s AND c.chunk_id = g.chunk_id
    FOR KEY SHARE OF c SKIP LOCKED
), stored AS (
    INSERT INTO embeddings (tenant_id, chunk_id, encoder_id, embedding)
    SELECT %(tenant_id)s, chunk_id, {encoder_id}, embedding FROM held
    ON CONFLICT DO NOTHING
)
SELECT count(*) FROM held;
