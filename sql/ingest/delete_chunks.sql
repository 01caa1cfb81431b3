-- delete_chunks: deletes chunks and posts negative postings that take theirs back;
--        their embeddings are deleted by the foreign key. Notes their words, which may be
--        the last ones (forget_removed.sql).
-- in:    tenant_id text; chunk_ids bigint[]
-- out:   chunks bigint, length bigint: what to take off the tenant's statistics
-- index: the key of chunks; the terms are those stored with the chunks, so no posting
--        is looked for
WITH gone AS MATERIALIZED (
    DELETE FROM chunks WHERE tenant_id = %(tenant_id)s AND chunk_id = ANY(%(chunk_ids)s)
    RETURNING chunk_id, lexemes, length, text
), noted AS (
    INSERT INTO removals (tenant_id, words, terms, title_terms)
    SELECT %(tenant_id)s,
           ARRAY(SELECT DISTINCT lower(t.token) FROM gone g, ts_parse('default', g.text) AS t
                 WHERE t.tokid IN (1, 2, 10, 11) AND length(t.token) BETWEEN 4 AND 40),
           ARRAY(SELECT DISTINCT p.term FROM gone g, posted_terms(g.lexemes) AS p),
           ARRAY(SELECT DISTINCT p.term FROM gone g, posted_terms(ts_filter(g.lexemes, '{a}')) AS p)
    FROM gone
    HAVING count(*) > 0
), posted AS (
    SELECT p.term, g.chunk_id, p.frequency, g.length FROM gone g, posted_terms(g.lexemes) AS p
), segment AS MATERIALIZED (
    INSERT INTO segments (tenant_id, level, chunks, removed)
    SELECT %(tenant_id)s, least(floor(log(8::numeric, count(*)::numeric) + 0.000001), 5),
           count(*), count(*)
    FROM gone
    HAVING count(*) > 0
    RETURNING level, segment
), packed AS (
    INSERT INTO postings (tenant_id, level, term, segment, part, chunks, entries)
    SELECT %(tenant_id)s, g.level, p.term, g.segment, p.chunk_id >> 32, -count(*),
           string_agg(packed_posting(p.chunk_id, -least(p.frequency, 127)::integer,
                                     length_code(p.length)),
                      ''::bytea ORDER BY p.chunk_id)
    FROM posted p, segment g
    GROUP BY g.level, p.term, g.segment, p.chunk_id >> 32
)
SELECT count(*), coalesce(sum(length), 0)::bigint FROM gone;
