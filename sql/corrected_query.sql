-- corrected_query: for words that the tenant does not have, those of its words that may be meant.
-- in:    tenant_id text; words text[] (lower case); languages text[]
-- out:   word text, candidate text, chunks bigint (that hold the candidate's term); the caller checks the distance
-- index: the keys of words, spellings and postings. A word counts as the tenant's own when its term is posted, in any inflection;
--        stop words have no term and are left alone.
-- plan:  generic
WITH terms AS MATERIALIZED (
    SELECT a.word, hashtextextended(t.lexeme, 0) AS term
    FROM unnest(%(words)s::text[]) AS a(word), unnest(%(languages)s::regconfig[]) AS language, unnest(to_tsvector(language, a.word)) AS t
), unknown AS MATERIALIZED (
    SELECT t.word
    FROM terms t
    GROUP BY t.word
    HAVING NOT bool_or(coalesce((
        SELECT sum(chunks) FROM postings p
        WHERE p.tenant_id = %(tenant_id)s AND p.level = ANY('{0,1,2,3,4,5}'::smallint[]) AND p.term = t.term), 0) > 0)
), candidates AS MATERIALIZED (
    SELECT DISTINCT u.word, s.word AS candidate
    FROM unknown u
    CROSS JOIN generate_series(0, length(u.word)) AS i
    CROSS JOIN LATERAL (
        SELECT word FROM spellings
        WHERE tenant_id = %(tenant_id)s
          AND deletion = hashtextextended(CASE i WHEN 0 THEN u.word ELSE overlay(u.word PLACING '' FROM i FOR 1) END, 0)
        OFFSET 0) AS s
)
SELECT c.word, c.candidate, (SELECT coalesce(sum(p.chunks), 0)::bigint FROM postings p
           WHERE p.tenant_id = %(tenant_id)s AND p.level = ANY('{0,1,2,3,4,5}'::smallint[]) AND p.term = w.term) AS chunks
FROM candidates c
CROSS JOIN LATERAL (SELECT term FROM words WHERE tenant_id = %(tenant_id)s AND word = c.candidate OFFSET 0) AS w;
