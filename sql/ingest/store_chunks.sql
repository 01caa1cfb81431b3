-- store_chunks: new chunks, with their embeddings and, as one segment, their postings.
-- in:    tenant_id text; and one entry per chunk: document_ids, languages text[],
--        ordinals, starts, ends, pages int[], above, texts text[], searched_titles,
--        searched_texts text[] (what the keyword search reads of a title, and of a text
--        with what stands above it: headrace/text/terms.py), content_hashes bytea[],
--        embeddings halfvec[] (norm 1)
-- out:   chunks bigint, length bigint: what to add to the tenant's statistics
WITH given AS (
    SELECT *
    FROM unnest(%(document_ids)s::text[], %(languages)s::text[], %(ordinals)s::int[],
                %(starts)s::int[], %(ends)s::int[], %(pages)s::int[], %(above)s::text[],
                %(texts)s::text[],
                %(searched_titles)s::text[], %(searched_texts)s::text[],
                %(content_hashes)s::bytea[], %(embeddings)s::halfvec[])
         AS g(document_id, language, ordinal, start_at, end_at, page, above, text,
              searched_title, searched_text, content_hash, embedding)
), lexed AS MATERIALIZED (
    SELECT g.*,
           setweight(to_tsvector(g.language::regconfig, g.searched_title), 'A')
           || to_tsvector(g.language::regconfig, g.searched_text) AS lexemes
    FROM given g
), analysed AS MATERIALIZED (
    SELECT l.*, p.terms, p.frequencies, p.length
    FROM lexed l
    CROSS JOIN LATERAL (
        SELECT array_agg(term) AS terms, array_agg(frequency) AS frequencies,
               coalesce(sum(frequency), 0) AS length
        FROM posted_terms(l.lexemes)) AS p
), stored AS (
    INSERT INTO chunks (tenant_id, document_id, ordinal, start_at, end_at, page, above,
                        text, content_hash, lexemes, length)
    SELECT %(tenant_id)s, document_id, ordinal, start_at, end_at, page, above, text,
           content_hash, lexemes, length
    FROM analysed
    RETURNING chunk_id, document_id, ordinal, length
), posted AS (
    SELECT p.term, s.chunk_id, p.frequency, s.code
    FROM (SELECT s.chunk_id, length_code(s.length) AS code, a.terms, a.frequencies
          FROM stored s JOIN analysed a USING (document_id, ordinal) OFFSET 0) AS s,
         unnest(s.terms, s.frequencies) AS p(term, frequency)
), segment AS MATERIALIZED (
    INSERT INTO segments (tenant_id, level, chunks, removed)
    SELECT %(tenant_id)s, least(floor(log(8::numeric, count(*)::numeric) + 0.000001), 5),
           count(*), 0
    FROM stored
    HAVING count(*) > 0
    RETURNING level, segment
), packed AS (
    INSERT INTO postings (tenant_id, level, term, segment, part, chunks, entries)
    SELECT %(tenant_id)s, g.level, p.term, g.segment, p.part, p.chunks, p.entries
    FROM segment g, (
        SELECT term, chunk_id >> 32 AS part, count(*) AS chunks,
               string_agg(packed_posting(chunk_id, least(frequency, 127)::integer, code),
                          ''::bytea ORDER BY chunk_id) AS entries
        FROM posted
        GROUP BY term, chunk_id >> 32) AS p
), embedded AS (
    INSERT INTO embeddings (tenant_id, chunk_id, encoder_id, embedding)
    SELECT %(tenant_id)s, s.chunk_id, {encoder_id}, g.embedding
    FROM stored s
    JOIN given g USING (document_id, ordinal)
)
SELECT count(*), coalesce(sum(length), 0)::bigint FROM stored;
