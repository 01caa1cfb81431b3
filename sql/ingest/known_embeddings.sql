-- known_embeddings: the vectors that stored chunks with this content have, so that the
--        chunks of a renamed or copied document are not embedded again.
-- in:    tenant_id text; content_hashes bytea[]
-- out:   content_hash bytea, embedding real[] (norm 1); one row for each known hash
-- index: chunks_content, then the key of embeddings
SELECT DISTINCT ON (c.content_hash) c.content_hash, e.embedding::real[]
FROM chunks c
JOIN embeddings e ON e.tenant_id = c.tenant_id AND e.chunk_id = c.chunk_id
WHERE c.tenant_id = %(tenant_id)s AND e.tenant_id = %(tenant_id)s
  AND e.encoder_id = {encoder_id} AND c.content_hash = ANY(%(content_hashes)s::bytea[])
ORDER BY c.content_hash;
