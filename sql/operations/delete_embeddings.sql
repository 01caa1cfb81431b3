-- delete_embeddings: deletes an encoder's vectors, some at a time. It does not wait for
--        rows that another transaction is deleting.
-- in:    tenant_id text; encoder_id, block_chunks int
-- out:   deleted bigint; is_left boolean: whether there are more
-- index: the key of embeddings
WITH found AS (
    SELECT chunk_id FROM embeddings
    WHERE tenant_id = %(tenant_id)s AND encoder_id = %(encoder_id)s
    LIMIT %(block_chunks)s
    FOR UPDATE SKIP LOCKED
), deleted AS (
    DELETE FROM embeddings e USING found f
    WHERE e.tenant_id = %(tenant_id)s AND e.chunk_id = f.chunk_id
      AND e.encoder_id = %(encoder_id)s
)
SELECT count(*), EXISTS (
    SELECT FROM embeddings e
    WHERE tenant_id = %(tenant_id)s AND encoder_id = %(encoder_id)s
      AND NOT EXISTS (SELECT FROM found f WHERE f.chunk_id = e.chunk_id))
FROM found;
