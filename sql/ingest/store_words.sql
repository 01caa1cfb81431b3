-- store_words: the words of new text that the tenant did not have, each with its
--        one-letter deletions, and as it is typed without marks on its letters.
-- in:    tenant_id text; and one entry per text: languages, texts text[]
-- index: the keys of words and spellings, in collation C like the tokens here. Each
--        token is looked up by a subquery with a LIMIT, because a join may read every
--        word of a tenant for each token. Words are inserted in order, so that two
--        ingests wait for each other in one direction only. Of equal letters side by
--        side the last is left out: leaving out another gives the same.
WITH tokens AS (
    SELECT DISTINCT ON (word) lower(token) COLLATE "C" AS word, language
    FROM unnest(%(languages)s::text[], %(texts)s::text[]) AS given(language, text),
         ts_parse('default', text)
    WHERE tokid IN (1, 2, 10, 11) AND length(token) BETWEEN 4 AND 40
), unknown AS MATERIALIZED (
    SELECT t.word, t.language
    FROM tokens t
    WHERE (SELECT 1 FROM words w
           WHERE w.tenant_id = %(tenant_id)s AND w.word = t.word LIMIT 1) IS NULL
), termed AS MATERIALIZED (
    SELECT u.word,
           (SELECT hashtextextended(v.lexeme, 0::bigint)
            FROM unnest(to_tsvector(u.language::regconfig, u.word)) AS v LIMIT 1) AS term
    FROM unknown u
), added AS (
    INSERT INTO words (tenant_id, word, term)
    SELECT %(tenant_id)s, word, term FROM termed WHERE term IS NOT NULL ORDER BY word
    ON CONFLICT DO NOTHING
    RETURNING word
)
INSERT INTO spellings (tenant_id, deletion, word)
SELECT %(tenant_id)s,
       hashtextextended(
            CASE i WHEN 0 THEN a.word ELSE overlay(a.word PLACING '' FROM i FOR 1) END,
            0::bigint),
       a.word
FROM added a, generate_series(0, length(a.word)) AS i
WHERE i = 0 OR substr(a.word, i, 1) <> substr(a.word, i + 1, 1)
UNION ALL
SELECT %(tenant_id)s, hashtextextended(plain, 0::bigint), a.word
FROM added a, typed_plainly(a.word) AS plain
WHERE octet_length(a.word) > length(a.word)
ORDER BY 2;
