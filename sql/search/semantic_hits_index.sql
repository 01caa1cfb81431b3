-- semantic_hits (index): the chunks of one tenant nearest to a query embedding, by the HNSW
--        index.
-- in:    tenant_id text; query_embedding halfvec, norm 1; filters jsonb or NULL; top_k int;
--        excluded text[] or NULL (words and phrases that no hit may have), languages text[]
--        (to read them in)
-- out:   chunk_id bigint, score real (cosine similarity, -1..1), best first, ties by
--        chunk_id; HR001 when the encoder was given up
-- plan:  generic
-- index: embeddings_hnsw_{encoder_id} (halfvec_cosine_ops). hnsw.iterative_scan goes on
--        until top_k rows pass the conditions, or hnsw.max_scan_tuples were looked at;
--        recall depends on hnsw.ef_search (set by the transaction). Filters are looked up
--        candidate by candidate, in document_fields_document: a set of all documents that
--        meet a broad one would take longer to make than the search.
WITH nearest AS MATERIALIZED (
    SELECT e.chunk_id,
           e.embedding::halfvec({dimension})
               <=> %(query_embedding)s::halfvec({dimension}) AS distance
    FROM embeddings e
    WHERE e.tenant_id = %(tenant_id)s AND e.encoder_id = {encoder_id}
      AND (%(filters)s::jsonb IS NULL OR EXISTS (
            SELECT 1 FROM chunks c
            WHERE c.tenant_id = %(tenant_id)s AND c.chunk_id = e.chunk_id
              AND NOT EXISTS (
                SELECT 1 FROM unmet_filters(
                    %(tenant_id)s::text, c.document_id, %(filters)s::jsonb, 0)) OFFSET 0))
      AND (%(excluded)s::text[] IS NULL OR EXISTS (
            SELECT 1 FROM chunks c
            WHERE c.tenant_id = %(tenant_id)s AND c.chunk_id = e.chunk_id
              AND NOT says(c.lexemes, %(languages)s::regconfig[], %(excluded)s::text[])
            OFFSET 0))
    ORDER BY e.embedding::halfvec({dimension}) <=> %(query_embedding)s::halfvec({dimension})
    LIMIT %(top_k)s
)
SELECT n.chunk_id, (1::float8 - n.distance)::real AS score
FROM nearest n
WHERE check_held({encoder_id}::smallint)
ORDER BY n.distance, n.chunk_id;
