-- keyword_hits (bm25): the chunks of one tenant that hold any of a query's terms, ranked by BM25 (k1 1.2, b 0.75).
-- in:    tenant_id text; query text; languages text[] (the tenant's text search configurations); filters jsonb or NULL; top_k int
-- out:   a chunk's columns and its score real (0 or more), best first, ties by chunk_id
-- index: the key of postings, index-only; nothing but the postings of the query's terms is read
-- source: Robertson & Zaragoza 2009, idf as in Lucene: ln(1 + (N - df + 0.5) / (df + 0.5)). Document frequencies are counted from the
--         postings read anyway, over the whole tenant, so they are those of the committed data. Arithmetic is float4: decimal literals
--         would make it numeric, and twice as slow.
WITH terms AS MATERIALIZED (
    SELECT hashtextextended(t.lexeme, 0) AS term, max(cardinality(t.positions))::float4 AS weight
    FROM unnest(%(languages)s::regconfig[]) AS language, unnest(to_tsvector(language, %(query)s::text)) AS t
    GROUP BY 1
), totals AS MATERIALIZED (
    SELECT sum(chunks)::float4 AS chunks, (sum(length) / greatest(sum(chunks), 1))::float4 AS mean_length
    FROM tenant_statistics
    WHERE tenant_id = %(tenant_id)s
), matches AS MATERIALIZED (
    SELECT p.term, t.weight, p.chunk_id, p.frequency, p.length
    FROM terms t
    JOIN postings p ON p.tenant_id = %(tenant_id)s AND p.term = t.term
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
            SELECT c.chunk_id FROM chunks c
            WHERE c.tenant_id = %(tenant_id)s
              AND c.document_id IN (SELECT filtered_documents(%(tenant_id)s::text, %(filters)s::jsonb)))
    GROUP BY m.chunk_id
    ORDER BY score DESC, m.chunk_id
    LIMIT %(top_k)s
)
SELECT c.chunk_id, c.document_id, d.title, d.source, c.text, c.start_at, c.end_at, c.ordinal, c.page, r.score::real AS score
FROM ranked r
JOIN chunks c ON c.tenant_id = %(tenant_id)s AND c.chunk_id = r.chunk_id
JOIN documents d ON d.tenant_id = %(tenant_id)s AND d.document_id = c.document_id
ORDER BY r.score DESC, r.chunk_id;
