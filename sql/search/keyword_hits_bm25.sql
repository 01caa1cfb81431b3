-- keyword_hits (bm25): of the chunks that were found, best first, those that meet the
--        filters and have nothing excluded.
-- in:    tenant_id text; chunk_ids bigint[] (best first), scores, coverages float8[];
--        filters jsonb or NULL; top_k int; excluded text[] or NULL (words and phrases that
--        no hit may have), languages text[] (to read them in)
-- out:   chunk_id bigint, its score float8 (above 0), its coverage float8, best first, in
--        the order given
-- index: the key of chunks, and document_fields_document chunk by chunk; it stops as soon
--        as top_k chunks are found. A set of all documents that meet a broad filter would
--        take longer to make than the search
-- plan:  generic
SELECT c.chunk_id, f.score, f.coverage
FROM unnest(%(chunk_ids)s::bigint[], %(scores)s::float8[], %(coverages)s::float8[])
     WITH ORDINALITY AS f(chunk_id, score, coverage, number)
CROSS JOIN LATERAL (
    SELECT chunk_id, document_id, lexemes FROM chunks
    WHERE tenant_id = %(tenant_id)s AND chunk_id = f.chunk_id OFFSET 0) AS c
WHERE (%(filters)s::jsonb IS NULL OR NOT EXISTS (
        SELECT 1
        FROM unmet_filters(%(tenant_id)s::text, c.document_id, %(filters)s::jsonb, 0)))
  AND (%(excluded)s::text[] IS NULL
       OR NOT says(c.lexemes, %(languages)s::regconfig[], %(excluded)s::text[]))
ORDER BY f.number
LIMIT %(top_k)s;
