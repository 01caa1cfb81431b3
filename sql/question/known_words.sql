-- known_words: how often the tenant's documents have some words. For words that they do
--        not have, words of theirs that may be meant, if these are asked for.
-- in:    tenant_id text; words text[] (in small letters); languages text[];
--        with_candidates boolean
-- out:   word text; candidate text, NULL in the word's own row; chunks bigint that have the
--        word, or the candidate, in any inflection. No row for a word without a term: stop
--        words are left alone. The caller checks the distance of candidates
-- index: the keys of words, spellings and postings
-- plan:  generic
WITH terms AS MATERIALIZED (
    SELECT a.word, hashtextextended(t.lexeme, 0::bigint) AS term
    FROM unnest(%(words)s::text[]) AS a(word),
         unnest(%(languages)s::regconfig[]) AS language,
         unnest(to_tsvector(language, a.word)) AS t
), counted AS MATERIALIZED (
    SELECT t.word, max(coalesce((
        SELECT sum(chunks) FROM postings p
        WHERE p.tenant_id = %(tenant_id)s
          AND p.level = ANY('{0,1,2,3,4,5}'::smallint[]) AND p.term = t.term), 0)) AS chunks
    FROM terms t
    GROUP BY t.word
), candidates AS MATERIALIZED (
    SELECT DISTINCT u.word, s.word AS candidate
    FROM counted u
    CROSS JOIN generate_series(0, length(u.word)) AS i
    CROSS JOIN LATERAL (
        SELECT word FROM spellings
        WHERE tenant_id = %(tenant_id)s
          AND deletion = hashtextextended(
                CASE i WHEN 0 THEN u.word ELSE overlay(u.word PLACING '' FROM i FOR 1) END,
                0::bigint)
        OFFSET 0) AS s
    WHERE u.chunks <= 0 AND %(with_candidates)s::boolean
)
SELECT word, NULL, chunks::bigint FROM counted
UNION ALL
SELECT c.word, c.candidate, (
    SELECT coalesce(sum(p.chunks), 0)::bigint FROM postings p
    WHERE p.tenant_id = %(tenant_id)s
      AND p.level = ANY('{0,1,2,3,4,5}'::smallint[]) AND p.term = w.term) AS chunks
FROM candidates c
CROSS JOIN LATERAL (
    SELECT term FROM words
    WHERE tenant_id = %(tenant_id)s AND word = c.candidate OFFSET 0) AS w;
