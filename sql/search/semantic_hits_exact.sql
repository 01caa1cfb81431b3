-- semantic_hits (exact): the chunks of one tenant nearest to a query embedding, every one
--        of them compared.
-- in:    tenant_id text; query_embedding halfvec, norm 1; filters jsonb or NULL; top_k int;
--        excluded text[] or NULL (words and phrases that no hit may have), languages text[]
--        (to read them in)
-- out:   chunk_id bigint, score real (cosine similarity, -1..1), best first, ties by
--        chunk_id; HR001 when the encoder was given up
-- index: the key of embeddings: without filters, all of a tenant's; with them, one look-up
--        per chunk that meets them, found by document_fields' indexes and chunks_document.
--        LATERAL ... OFFSET 0 makes that certain: PostgreSQL cannot know how few they are,
--        and would scan the tenant. The distance is not cast to a dimension, so that no
--        plan can use the HNSW index: this is the statement that is complete whatever the
--        filter.
WITH compared AS (
    SELECT e.chunk_id, e.embedding <=> %(query_embedding)s::halfvec AS distance
    FROM embeddings e
    WHERE %(filters)s::jsonb IS NULL AND e.tenant_id = %(tenant_id)s
      AND e.encoder_id = {encoder_id}
    UNION ALL
    SELECT e.chunk_id, e.embedding <=> %(query_embedding)s::halfvec
    FROM embeddings e
    WHERE %(filters)s::jsonb IS NOT NULL AND e.tenant_id = %(tenant_id)s
      AND e.encoder_id = {encoder_id} AND e.chunk_id = ANY (ARRAY(
        SELECT c.chunk_id
        FROM filtered_documents(%(tenant_id)s::text, %(filters)s::jsonb) AS f(document_id)
        CROSS JOIN LATERAL (
            SELECT chunk_id FROM chunks
            WHERE tenant_id = %(tenant_id)s AND document_id = f.document_id OFFSET 0) AS c))
), nearest AS MATERIALIZED (
    SELECT e.chunk_id, e.distance FROM compared e
    WHERE %(excluded)s::text[] IS NULL OR EXISTS (
            SELECT 1 FROM chunks c
            WHERE c.tenant_id = %(tenant_id)s AND c.chunk_id = e.chunk_id
              AND NOT says(c.lexemes, %(languages)s::regconfig[], %(excluded)s::text[])
            OFFSET 0)
    ORDER BY e.distance, e.chunk_id
    LIMIT %(top_k)s
)
SELECT n.chunk_id, (1::float8 - n.distance)::real AS score
FROM nearest n
WHERE check_held({encoder_id}::smallint)
ORDER BY n.distance, n.chunk_id;
