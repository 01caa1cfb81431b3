-- forget_removed: deletes what only removed documents held: their words with the
--        spellings, names of their values, postings of their terms.
-- in:    tenant_id text
-- index: the keys of removals, words, spellings, postings, chunks and documents;
--        words_term, value_names_value. A word is looked for in the chunks that have its
--        term, up to 1,000 of them; if more have it, a word that is not found stays, as an
--        inflection of one that many have. A document that is being stored meanwhile is
--        not seen: a word that it shares is missing as a spelling until it comes again.
WITH noted AS MATERIALIZED (
    DELETE FROM removals
    WHERE tenant_id = %(tenant_id)s AND removal IN (
        SELECT removal FROM removals WHERE tenant_id = %(tenant_id)s FOR UPDATE SKIP LOCKED)
    RETURNING words, terms, title_terms, fields, folded
), doubted AS MATERIALIZED (
    SELECT w.word, w.term
    FROM (SELECT DISTINCT unnest(words) COLLATE "C" AS word FROM noted) AS n
    CROSS JOIN LATERAL (
        SELECT word, term FROM words
        WHERE tenant_id = %(tenant_id)s AND word = n.word OFFSET 0) AS w
    UNION
    SELECT w.word, w.term
    FROM (SELECT DISTINCT unnest(title_terms) AS term FROM noted) AS n
    CROSS JOIN LATERAL (
        SELECT word, term FROM words
        WHERE tenant_id = %(tenant_id)s AND term = n.term OFFSET 0) AS w
), forgotten AS MATERIALIZED (
    SELECT d.word
    FROM doubted d
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(chunks), 0) AS chunks,
               coalesce(sum(octet_length(entries) / 6), 0) AS entries
        FROM postings
        WHERE tenant_id = %(tenant_id)s AND level = ANY('{0,1,2,3,4,5}'::smallint[])
          AND term = d.term OFFSET 0) AS counted
    WHERE counted.chunks <= 0 OR counted.entries <= 1000 AND NOT EXISTS (
        SELECT
        FROM (
            SELECT u.chunk_id
            FROM (SELECT part, entries || ''::bytea AS entries FROM postings
                  WHERE tenant_id = %(tenant_id)s AND level = ANY('{0,1,2,3,4,5}'::smallint[])
                    AND term = d.term OFFSET 0) AS p,
                 unpacked_postings(p.part, p.entries) AS u) AS holding
        CROSS JOIN LATERAL (
            SELECT document_id, text FROM chunks
            WHERE tenant_id = %(tenant_id)s AND chunk_id = holding.chunk_id OFFSET 0) AS c
        CROSS JOIN LATERAL (
            SELECT title FROM documents
            WHERE tenant_id = %(tenant_id)s AND document_id = c.document_id OFFSET 0) AS t
        WHERE strpos(lower(t.title || ' ' || c.text), d.word) > 0
          AND EXISTS (SELECT FROM ts_parse('default', t.title || E'\n' || c.text) AS found
                      WHERE lower(found.token) COLLATE "C" = d.word))
), words_gone AS (
    DELETE FROM words WHERE tenant_id = %(tenant_id)s AND word IN (SELECT word FROM forgotten)
), spellings_gone AS (
    DELETE FROM spellings s
    WHERE s.tenant_id = %(tenant_id)s AND s.word IN (SELECT word FROM forgotten)
      AND s.deletion = ANY(ARRAY(  -- an array, as a join would read all of a tenant's
        SELECT hashtextextended(
            CASE i WHEN 0 THEN f.word ELSE overlay(f.word PLACING '' FROM i FOR 1) END,
            0::bigint)
        FROM forgotten f, generate_series(0, length(f.word)) AS i
        UNION ALL
        SELECT hashtextextended(plain, 0::bigint)
        FROM forgotten f, typed_plainly(f.word) AS plain))
), names_gone AS (
    DELETE FROM value_names n
    USING (SELECT DISTINCT v.field, v.folded
           FROM noted, unnest(noted.fields, noted.folded) AS v(field, folded)) AS v
    WHERE n.tenant_id = %(tenant_id)s AND n.field = v.field AND n.folded = v.folded
      AND NOT EXISTS (
        SELECT FROM document_fields f
        WHERE f.tenant_id = %(tenant_id)s AND f.field = v.field AND f.folded = v.folded)
), cancelled AS MATERIALIZED (  -- terms whose postings take each other back
    SELECT n.term, counted.segments
    FROM (SELECT DISTINCT unnest(terms) AS term FROM noted) AS n
    CROSS JOIN LATERAL (
        SELECT count(*) AS segments, sum(chunks) AS chunks FROM postings
        WHERE tenant_id = %(tenant_id)s AND level = ANY('{0,1,2,3,4,5}'::smallint[])
          AND term = n.term OFFSET 0) AS counted
    WHERE counted.chunks = 0
), held AS MATERIALIZED (  -- a merge may have some of them in hand: it leaves nothing of them
    SELECT p.level, p.term, p.segment, p.part
    FROM postings p
    WHERE p.tenant_id = %(tenant_id)s AND p.level = ANY('{0,1,2,3,4,5}'::smallint[])
      AND p.term IN (SELECT term FROM cancelled)
    FOR UPDATE SKIP LOCKED
)
DELETE FROM postings p
USING held h
WHERE p.tenant_id = %(tenant_id)s AND p.level = h.level AND p.term = h.term
  AND p.segment = h.segment AND p.part = h.part
  AND h.term IN (
    SELECT c.term FROM cancelled c
    WHERE c.segments = (SELECT count(*) FROM held WHERE held.term = c.term));
