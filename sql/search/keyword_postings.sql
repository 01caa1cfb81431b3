-- keyword_postings: what is posted under the terms of some queries, for keyword_hits to
--        add up.
-- in:    tenant_id text; queries text[]; languages text[] (the tenant's text search
--        configurations); long_bytes int
-- out:   term bigint, weights real[] (how often each query has the term), part int,
--        entries bytea (postings of 6 bytes: see 008_narrow_postings.sql), found int
--        (chunks that hold the term, less those that are taken back), and the same in
--        every row: chunks bigint and mean_length float of the tenant; one row per term,
--        segment and part. Where there are more than long_bytes of entries they are NULL,
--        and behind all other columns are level smallint, segment and made_at bigint, by
--        which long_postings gives them.
--        Words that say nothing are left out for all languages by the one in which a query
--        has the most of them, which is most likely its own. In a tenant of English
--        documents and a German one, "the" would otherwise be the rarest of words, and the
--        German document the best hit of every query.
-- index: the key of postings; LATERAL ... OFFSET 0, here and elsewhere, makes that
--        certain: for a tenant that PostgreSQL has no statistics of yet, a plain join may
--        read all of it for each term
-- plan:  generic
WITH lexemes AS MATERIALIZED (
    SELECT q.number, language, t.lexeme, position
    FROM unnest(%(queries)s::text[]) WITH ORDINALITY AS q(query, number),
         unnest(%(languages)s::regconfig[]) AS language,
         unnest(to_tsvector(language, q.query)) AS t,
         unnest(t.positions) AS position
), told AS (
    SELECT DISTINCT number, position
    FROM (SELECT number, position, rank() OVER (PARTITION BY number ORDER BY words)
          FROM (SELECT *, count(*) OVER (PARTITION BY number, language) AS words
                FROM lexemes) AS l) AS l
    WHERE rank = 1
), counted AS MATERIALIZED (
    SELECT term, number, max(weight)::float4 AS weight
    FROM (SELECT hashtextextended(lexeme, 0::bigint) AS term, number, count(*) AS weight
          FROM lexemes JOIN told USING (number, position)
          GROUP BY number, language, lexeme) AS l
    GROUP BY term, number
), terms AS MATERIALIZED (
    SELECT t.term, array_agg(coalesce(c.weight, 0) ORDER BY n.number) AS weights
    FROM (SELECT DISTINCT term FROM counted) AS t
    CROSS JOIN generate_series(1, cardinality(%(queries)s::text[])) AS n(number)
    LEFT JOIN counted c ON c.term = t.term AND c.number = n.number
    GROUP BY t.term
), totals AS MATERIALIZED (
    SELECT coalesce(sum(chunks), 0)::bigint AS chunks,
           (sum(length) / greatest(sum(chunks), 1))::float8 AS mean_length
    FROM tenant_statistics
    WHERE tenant_id = %(tenant_id)s
)
SELECT t.term, t.weights, p.part, CASE WHEN p.is_long THEN NULL ELSE p.entries END, p.chunks,
       totals.chunks, totals.mean_length,
       CASE WHEN p.is_long THEN p.level END,
       CASE WHEN p.is_long THEN p.segment END,
       CASE WHEN p.is_long THEN (
           SELECT made_at FROM segments
           WHERE tenant_id = %(tenant_id)s AND level = p.level AND segment = p.segment) END
FROM terms t
CROSS JOIN LATERAL (
    SELECT level, segment, part, entries, chunks,
           octet_length(entries) > %(long_bytes)s::int AS is_long
    FROM postings
    WHERE tenant_id = %(tenant_id)s AND level = ANY('{0,1,2,3,4,5}'::smallint[])
      AND term = t.term OFFSET 0) AS p
CROSS JOIN totals;
