-- store_chunks: new chunks, with their embeddings and, as one segment, their postings.
-- in:    tenant_id text; and one entry per chunk: document_ids, languages text[], ordinals, starts, ends, pages int[], titles, texts text[],
--        content_hashes bytea[], embeddings halfvec[] (norm 1); a title counts as words of its chunk
-- out:   chunks bigint, length bigint: what to add to the tenant's statistics
WITH given AS (
    SELECT * FROM unnest(%(document_ids)s::text[], %(languages)s::text[], %(ordinals)s::int[], %(starts)s::int[], %(ends)s::int[], %(pages)s::int[],
                         %(titles)s::text[], %(texts)s::text[], %(content_hashes)s::bytea[], %(embeddings)s::halfvec[])
                  AS g(document_id, language, ordinal, start_at, end_at, page, title, text, content_hash, embedding)
), analysed AS MATERIALIZED (
    SELECT g.*, setweight(to_tsvector(g.language::regconfig, g.title), 'A') || to_tsvector(g.language::regconfig, g.text) AS lexemes
    FROM given g
), stored AS (
    INSERT INTO chunks (tenant_id, document_id, ordinal, start_at, end_at, page, text, content_hash, lexemes, length)
    SELECT %(tenant_id)s, document_id, ordinal, start_at, end_at, page, text, content_hash, lexemes,
           (SELECT coalesce(sum(cardinality(positions)), 0) FROM unnest(lexemes))
    FROM analysed
    RETURNING chunk_id, document_id, ordinal, lexemes, length
), posted AS (
    SELECT hashtextextended(t.lexeme, 0) AS term, s.chunk_id, sum(cardinality(t.positions)) AS frequency, s.length
    FROM stored s, unnest(s.lexemes) AS t
    GROUP BY 1, s.chunk_id, s.length
), segment AS MATERIALIZED (
    INSERT INTO segments (tenant_id, level, chunks, removed)
    SELECT %(tenant_id)s, least(floor(log(8, count(*)) + 0.000001), 5), count(*), 0 FROM stored HAVING count(*) > 0
    RETURNING level, segment
), packed AS (
    INSERT INTO postings (tenant_id, level, term, segment, chunks, entries)
    SELECT %(tenant_id)s, g.level, p.term, g.segment, count(*),
           string_agg(int8send(p.chunk_id) || int4send(least(p.frequency, 255)::int * 65536 + least(p.length, 65535)), ''::bytea ORDER BY p.chunk_id)
    FROM posted p, segment g
    GROUP BY g.level, p.term, g.segment
), embedded AS (
    INSERT INTO embeddings (tenant_id, chunk_id, encoder_id, embedding)
    SELECT %(tenant_id)s, s.chunk_id, {encoder_id}, g.embedding
    FROM stored s
    JOIN given g USING (document_id, ordinal)
)
SELECT count(*), coalesce(sum(length), 0)::bigint FROM stored;
