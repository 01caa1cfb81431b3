-- semantic_hits (exact): the chunks of one tenant nearest to a query embedding, every one of them compared.
-- in:    tenant_id text; query_embedding halfvec, norm 1; filters jsonb or NULL; top_k int
-- out:   a chunk's columns and its score real (cosine similarity, -1..1), best first, ties by chunk_id
-- index: the key of embeddings (all of a tenant), chunks_document when filtered. The distance is not cast to a dimension, so that no
--        plan can use the HNSW index: this is the statement that is complete whatever the filter.
WITH nearest AS MATERIALIZED (
    SELECT e.chunk_id, e.embedding <=> %(query_embedding)s::halfvec AS distance
    FROM embeddings e
    WHERE e.tenant_id = %(tenant_id)s AND e.encoder_id = {encoder_id}
      AND (%(filters)s::jsonb IS NULL OR e.chunk_id IN (
            SELECT c.chunk_id
            FROM filtered_documents(%(tenant_id)s::text, %(filters)s::jsonb) AS f(document_id)
            CROSS JOIN LATERAL (
                SELECT chunk_id FROM chunks WHERE tenant_id = %(tenant_id)s AND document_id = f.document_id OFFSET 0) AS c))
    ORDER BY distance, e.chunk_id
    LIMIT %(top_k)s
)
SELECT c.chunk_id, c.document_id, d.title, d.source, c.text, c.start_at, c.end_at, c.ordinal, c.page, (1 - n.distance)::real AS score
FROM nearest n
CROSS JOIN LATERAL (SELECT * FROM chunks WHERE tenant_id = %(tenant_id)s AND chunk_id = n.chunk_id OFFSET 0) AS c
CROSS JOIN LATERAL (SELECT title, source FROM documents WHERE tenant_id = %(tenant_id)s AND document_id = c.document_id OFFSET 0) AS d
ORDER BY n.distance, n.chunk_id;
