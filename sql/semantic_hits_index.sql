-- semantic_hits (index): the chunks of one tenant nearest to a query embedding, by the HNSW index.
-- in:    tenant_id text; query_embedding halfvec, norm 1; filters jsonb or NULL; top_k int
-- out:   a chunk's columns and its score real (cosine similarity, -1..1), best first, ties by chunk_id
-- index: embeddings_hnsw_{encoder_id} (halfvec_cosine_ops); hnsw.iterative_scan goes on until top_k rows pass the conditions, and
--        recall depends on hnsw.ef_search (both set by the connection)
WITH nearest AS MATERIALIZED (
    SELECT e.chunk_id, e.embedding::halfvec({dimension}) <=> %(query_embedding)s::halfvec({dimension}) AS distance
    FROM embeddings e
    WHERE e.tenant_id = %(tenant_id)s AND e.encoder_id = {encoder_id}
      AND (%(filters)s::jsonb IS NULL OR e.chunk_id IN (
            SELECT c.chunk_id
            FROM filtered_documents(%(tenant_id)s::text, %(filters)s::jsonb) AS f(document_id)
            CROSS JOIN LATERAL (
                SELECT chunk_id FROM chunks WHERE tenant_id = %(tenant_id)s AND document_id = f.document_id OFFSET 0) AS c))
    ORDER BY e.embedding::halfvec({dimension}) <=> %(query_embedding)s::halfvec({dimension})
    LIMIT %(top_k)s
)
SELECT c.chunk_id, c.document_id, d.title, d.source, c.text, c.start_at, c.end_at, c.ordinal, c.page, (1 - n.distance)::real AS score
FROM nearest n
CROSS JOIN LATERAL (SELECT * FROM chunks WHERE tenant_id = %(tenant_id)s AND chunk_id = n.chunk_id OFFSET 0) AS c
CROSS JOIN LATERAL (SELECT title, source FROM documents WHERE tenant_id = %(tenant_id)s AND document_id = c.document_id OFFSET 0) AS d
ORDER BY n.distance, n.chunk_id;
