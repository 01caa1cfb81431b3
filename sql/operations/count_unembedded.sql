-- count_unembedded: how many chunks have no vector of this encoder.
-- in:    tenant_id text
-- out:   chunks bigint
-- index: the keys of chunks and embeddings, side by side
SELECT count(*)
FROM chunks c
WHERE c.tenant_id = %(tenant_id)s
  AND NOT EXISTS (
    SELECT FROM embeddings e
    WHERE e.tenant_id = %(tenant_id)s AND e.chunk_id = c.chunk_id
      AND e.encoder_id = {encoder_id});
