-- unembedded_chunks: the next chunks without a vector of this encoder, by chunk_id.
-- in:    tenant_id text; after_chunk bigint (0 at first); block_chunks int
-- out:   chunk_id bigint, document_id, title, above, text text
-- index: the keys of chunks and embeddings, side by side
SELECT c.chunk_id, c.document_id, d.title, c.above, c.text
FROM chunks c
JOIN documents d USING (tenant_id, document_id)
WHERE c.tenant_id = %(tenant_id)s AND c.chunk_id > %(after_chunk)s
  AND NOT EXISTS (
        SELECT FROM embeddings e
        WHERE e.tenant_id = %(tenant_id)s AND e.chunk_id = c.chunk_id
          AND e.encoder_id = {encoder_id})
ORDER BY c.chunk_id
LIMIT %(block_chunks)s;
