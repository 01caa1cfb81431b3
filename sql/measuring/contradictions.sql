-- contradictions: rows of a tenant that contradict each other; run.py bench --kills
--        looks for them.
-- in:    tenant_id text
-- out:   kind text ("embeddings", "postings", "segments", "statistics", "words"),
--        detail text; no row when all is well
-- index: none; all rows of the tenant are read, as of one moment
WITH held AS MATERIALIZED (
    SELECT chunk_id, lexemes, length FROM chunks WHERE tenant_id = %(tenant_id)s
), expected AS MATERIALIZED (  -- what store_chunks posts, and delete_chunks takes back
    SELECT term, chunk_id, least(frequency, 127)::integer AS frequency, length_code(length)
    FROM held, posted_terms(lexemes)
), unpacked AS (
    SELECT p.term, u.*
    FROM postings p, unpacked_postings(p.part, p.entries) AS u
    WHERE p.tenant_id = %(tenant_id)s
), found AS MATERIALIZED (  -- without those that are taken back
    SELECT term, chunk_id, length_code,
           sum(frequency)::integer AS frequency,
           sum(sign(frequency::float8)) AS times
    FROM unpacked
    GROUP BY term, chunk_id, length_code
    HAVING sum(frequency) <> 0 OR sum(sign(frequency::float8)) <> 0::float8
), vectors AS (
    SELECT chunk_id,
           count(*) FILTER (WHERE encoder_id = {encoder_id}) AS active,
           count(*) AS every
    FROM embeddings
    WHERE tenant_id = %(tenant_id)s
    GROUP BY chunk_id
), counted AS (
    SELECT coalesce(sum(documents), 0) AS documents,
           coalesce(sum(chunks), 0) AS chunks,
           coalesce(sum(length), 0) AS length
    FROM tenant_statistics
    WHERE tenant_id = %(tenant_id)s
), real AS (
    SELECT (SELECT count(*)::numeric FROM documents WHERE tenant_id = %(tenant_id)s) AS documents,
           count(*)::numeric AS chunks,
           coalesce(sum(length), 0)::numeric AS length
    FROM held
)
SELECT 'embeddings',
       format('chunk %%s is there %%s times, with %%s vectors, %%s of them of the active encoder',
              chunk_id, (h.chunk_id IS NOT NULL)::integer, coalesce(every, 0),
              coalesce(active, 0))
FROM held h
FULL JOIN vectors v USING (chunk_id)
WHERE h.chunk_id IS NULL OR coalesce(active, 0) <> 1 OR every <> 1
UNION ALL
SELECT 'postings',
       format('chunk %%s: the postings of %%s terms are not what they should be',
              chunk_id, count(*))
FROM expected e
FULL JOIN found f USING (term, chunk_id)
WHERE (e.frequency, e.length_code, 1::float8) IS DISTINCT FROM (f.frequency, f.length_code, f.times)
GROUP BY chunk_id
UNION ALL
SELECT 'postings',
       format('term %%s is counted in %%s chunks, and is in %%s',
              term, coalesce(p.chunks, 0), coalesce(e.chunks, 0))
FROM (
    SELECT term, sum(chunks) AS chunks
    FROM postings WHERE tenant_id = %(tenant_id)s GROUP BY term) AS p
FULL JOIN (SELECT term, count(*) AS chunks FROM expected GROUP BY term) AS e USING (term)
WHERE coalesce(p.chunks, 0) <> coalesce(e.chunks, 0)
UNION ALL
SELECT DISTINCT 'segments',
       format('segment %%s of level %%s has postings and is not listed', segment, level)
FROM postings p
WHERE p.tenant_id = %(tenant_id)s AND NOT EXISTS (
    SELECT FROM segments s
    WHERE s.tenant_id = %(tenant_id)s AND s.level = p.level AND s.segment = p.segment)
UNION ALL
SELECT 'segments', format('the segments list %%s chunks, and there are %%s', listed, chunks)
FROM (
    SELECT coalesce(sum(chunks - 2 * removed), 0) AS listed
    FROM segments WHERE tenant_id = %(tenant_id)s) AS l, real
WHERE listed::numeric <> chunks
UNION ALL
SELECT 'statistics',
       format('counted are %%s, and there are %%s (documents, chunks, terms)', counted, real)
FROM counted, real
WHERE (counted.documents, counted.chunks, counted.length)
      IS DISTINCT FROM (real.documents, real.chunks, real.length)
UNION ALL
SELECT 'words', format('the word %%s is not among the spellings', word)
FROM words w
WHERE w.tenant_id = %(tenant_id)s AND NOT EXISTS (
    SELECT FROM spellings s
    WHERE s.tenant_id = %(tenant_id)s AND s.word = w.word
      AND s.deletion = hashtextextended(w.word, 0::bigint));
