-- store_chunks: new chunks of one document, with their postings and embeddings.
-- in:    tenant_id, document_id, language text; and one entry per chunk: ordinals, starts, ends, pages int[], titles, texts text[],
--        content_hashes bytea[], embeddings halfvec[] (norm 1); a title counts as words of its chunk
-- out:   chunks bigint, length bigint: what to add to the tenant's statistics
WITH given AS (
    SELECT * FROM unnest(%(ordinals)s::int[], %(starts)s::int[], %(ends)s::int[], %(pages)s::int[], %(titles)s::text[],
                         %(texts)s::text[], %(content_hashes)s::bytea[], %(embeddings)s::halfvec[])
                  AS g(ordinal, start_at, end_at, page, title, text, content_hash, embedding)
), analysed AS (
    SELECT g.*, setweight(to_tsvector(%(language)s::regconfig, g.title), 'A') || to_tsvector(%(language)s::regconfig, g.text) AS lexemes
    FROM given g
), stored AS (
    INSERT INTO chunks (tenant_id, document_id, ordinal, start_at, end_at, page, text, content_hash, lexemes, length)
    SELECT %(tenant_id)s, %(document_id)s, ordinal, start_at, end_at, page, text, content_hash, lexemes,
           (SELECT coalesce(sum(cardinality(positions)), 0) FROM unnest(lexemes))
    FROM analysed
    RETURNING chunk_id, ordinal, lexemes, length
), posted AS (
    INSERT INTO postings (tenant_id, term, chunk_id, frequency, length)
    SELECT %(tenant_id)s, hashtextextended(t.lexeme, 0), s.chunk_id, sum(cardinality(t.positions)), s.length
    FROM stored s, unnest(s.lexemes) AS t
    GROUP BY hashtextextended(t.lexeme, 0), s.chunk_id, s.length
), embedded AS (
    INSERT INTO embeddings (tenant_id, chunk_id, encoder_id, embedding)
    SELECT %(tenant_id)s, s.chunk_id, {encoder_id}, g.embedding
    FROM stored s
    JOIN given g USING (ordinal)
)
SELECT count(*), coalesce(sum(length), 0)::bigint FROM stored;
