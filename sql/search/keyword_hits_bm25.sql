-- keyword_hits (bm25): the chunks that were found, best first, and of them those that meet the filters.
-- in:    tenant_id text; chunk_ids bigint[] (best first), scores, coverages float8[]; filters jsonb or NULL; top_k int;
--        excluded text[] or NULL (words and phrases that no hit may have), languages text[] (to read them in)
-- out:   a chunk's columns and its score float8 (above 0), its coverage float8, best first, in the order given
-- index: the keys of chunks and documents; it stops as soon as top_k chunks are found
-- plan:  generic
SELECT c.chunk_id, c.document_id, d.title, d.source, c.text, c.start_at, c.end_at, c.ordinal, c.page, c.above, f.score, f.coverage
FROM unnest(%(chunk_ids)s::bigint[], %(scores)s::float8[], %(coverages)s::float8[]) WITH ORDINALITY AS f(chunk_id, score, coverage, number)
CROSS JOIN LATERAL (SELECT chunk_id, document_id, text, start_at, end_at, ordinal, page, above, lexemes FROM chunks WHERE tenant_id = %(tenant_id)s AND chunk_id = f.chunk_id OFFSET 0) AS c
CROSS JOIN LATERAL (SELECT title, source FROM documents WHERE tenant_id = %(tenant_id)s AND document_id = c.document_id OFFSET 0) AS d
WHERE (%(filters)s::jsonb IS NULL OR c.document_id IN (SELECT filtered_documents(%(tenant_id)s::text, %(filters)s::jsonb)))
  AND (%(excluded)s::text[] IS NULL OR NOT says(c.lexemes, %(languages)s::regconfig[], %(excluded)s::text[]))
ORDER BY f.number
LIMIT %(top_k)s;
