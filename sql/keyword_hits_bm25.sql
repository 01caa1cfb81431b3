-- keyword_hits (bm25): the chunks of one tenant that hold any of a query's terms, ranked by BM25 (k1 1.2, b 0.75).
-- in:    tenant_id text; query text; languages text[] (the tenant's text search configurations); filters jsonb or NULL; top_k int
-- out:   a chunk's columns and its score real (0 or more), best first, ties by chunk_id
--        Words that say nothing are left out for all languages by the one in which the query has the most of them, its own, most likely: in
--        a tenant of English documents and a German one, "the" would be the rarest of words, and that document the best hit of every query.
-- index: the key of postings, index-only; nothing but the postings of the query's terms is read. LATERAL ... OFFSET 0, here and elsewhere,
--        makes that certain: for a tenant that PostgreSQL has no statistics of yet, a plain join may read all of it for each term.
-- source: Robertson & Zaragoza 2009, idf as in Lucene: ln(1 + (N - df + 0.5) / (df + 0.5)). Document frequencies are counted from the
--         postings read anyway, over the whole tenant, so they are those of the committed data. Arithmetic is float4: decimal literals
--         would make it numeric, and twice as slow.
WITH lexemes AS MATERIALIZED (
    SELECT language, t.lexeme, position
    FROM unnest(%(languages)s::regconfig[]) AS language, unnest(to_tsvector(language, %(query)s::text)) AS t, unnest(t.positions) AS position
), told AS (
    SELECT DISTINCT position
    FROM (SELECT position, rank() OVER (ORDER BY words) FROM (SELECT *, count(*) OVER (PARTITION BY language) AS words FROM lexemes) AS l) AS l
    WHERE rank = 1
), terms AS MATERIALIZED (
    SELECT term, max(weight)::float4 AS weight
    FROM (SELECT hashtextextended(lexeme, 0) AS term, count(*) AS weight FROM lexemes JOIN told USING (position) GROUP BY language, lexeme) AS l
    GROUP BY term
), totals AS MATERIALIZED (
    SELECT sum(chunks)::float4 AS chunks, (sum(length) / greatest(sum(chunks), 1))::float4 AS mean_length
    FROM tenant_statistics
    WHERE tenant_id = %(tenant_id)s
), matches AS MATERIALIZED (
    SELECT p.term, t.weight, p.chunk_id, p.frequency, p.length
    FROM terms t
    CROSS JOIN LATERAL (
        SELECT term, chunk_id, frequency, length FROM postings WHERE tenant_id = %(tenant_id)s AND term = t.term OFFSET 0) AS p
), weights AS MATERIALIZED (
    SELECT m.term, max(m.weight) * ln(1 + greatest(max(totals.chunks) - count(*) + 0.5, 0) / (count(*) + 0.5))::float4 AS weight
    FROM matches m, totals
    GROUP BY m.term
), ranked AS MATERIALIZED (
    SELECT m.chunk_id,
           sum(w.weight * (m.frequency / (m.frequency + 0.3::float4 + 0.9::float4 / totals.mean_length * m.length))) AS score
    FROM matches m
    JOIN weights w USING (term)
    CROSS JOIN totals
    WHERE %(filters)s::jsonb IS NULL OR m.chunk_id IN (
            SELECT c.chunk_id
            FROM filtered_documents(%(tenant_id)s::text, %(filters)s::jsonb) AS f(document_id)
            CROSS JOIN LATERAL (
                SELECT chunk_id FROM chunks WHERE tenant_id = %(tenant_id)s AND document_id = f.document_id OFFSET 0) AS c)
    GROUP BY m.chunk_id
    ORDER BY score DESC, m.chunk_id
    LIMIT %(top_k)s
)
SELECT c.chunk_id, c.document_id, d.title, d.source, c.text, c.start_at, c.end_at, c.ordinal, c.page, r.score::real AS score
FROM ranked r
CROSS JOIN LATERAL (SELECT * FROM chunks WHERE tenant_id = %(tenant_id)s AND chunk_id = r.chunk_id OFFSET 0) AS c
CROSS JOIN LATERAL (SELECT title, source FROM documents WHERE tenant_id = %(tenant_id)s AND document_id = c.document_id OFFSET 0) AS d
ORDER BY r.score DESC, r.chunk_id;
