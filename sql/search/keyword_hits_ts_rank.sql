-- keyword_hits (ts_rank): the usual recipe, kept as the baseline to compare with: any term
--        may match, ranked by ts_rank (no idf, no saturation).
-- in:    tenant_id text; query text; languages text[]; filters jsonb or NULL; top_k int;
--        excluded text[] or NULL (words and phrases that no hit may have)
-- out:   chunk_id bigint, score real (0 or more), best first, ties by chunk_id
-- index: the key of chunks, all of a tenant: @@ is not leakproof, so under row-level
--        security no GIN index could serve it
WITH query AS MATERIALIZED (
    SELECT string_agg(quote_literal(lexeme), ' | ')::tsquery AS terms
    FROM (SELECT DISTINCT t.lexeme
          FROM unnest(%(languages)s::regconfig[]) AS language,
               unnest(to_tsvector(language, %(query)s::text)) AS t) AS lexemes
), ranked AS MATERIALIZED (
    SELECT c.chunk_id, ts_rank(c.lexemes, query.terms) AS score
    FROM chunks c, query
    WHERE c.tenant_id = %(tenant_id)s AND c.lexemes @@ query.terms
      AND (%(filters)s::jsonb IS NULL OR c.document_id IN (
            SELECT filtered_documents(%(tenant_id)s::text, %(filters)s::jsonb)))
      AND (%(excluded)s::text[] IS NULL
           OR NOT says(c.lexemes, %(languages)s::regconfig[], %(excluded)s::text[]))
    ORDER BY score DESC, c.chunk_id
    LIMIT %(top_k)s
)
SELECT r.chunk_id, r.score::real AS score
FROM ranked r
ORDER BY r.score DESC, r.chunk_id;
