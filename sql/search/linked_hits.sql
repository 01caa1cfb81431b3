-- linked_hits: of each document that has one of these titles, the chunk nearest to a query
--        embedding.
-- in:    tenant_id text; names text[] (titles as in documents.folded_title);
--        query_embedding halfvec, norm 1; filters jsonb or NULL; excluded text[] or NULL
--        (words and phrases that no hit may have), languages text[] (to read them in)
-- out:   the title as asked for, then a chunk's columns; of up to ten documents a title,
--        by document_id; HR001 when the encoder was given up
-- index: documents_title, then chunks_document and the key of embeddings, a look-up each
WITH named AS MATERIALIZED (
    SELECT asked.title AS folded_title, d.document_id, d.title, d.source
    FROM unnest(%(names)s::text[]) AS asked(title)
    CROSS JOIN LATERAL (
        SELECT * FROM (
            SELECT document_id, title, source FROM documents
            WHERE tenant_id = %(tenant_id)s AND folded_title = asked.title OFFSET 0) AS titled
        ORDER BY document_id
        LIMIT 10) AS d
    WHERE %(filters)s::jsonb IS NULL OR NOT EXISTS (
        SELECT 1
        FROM unmet_filters(%(tenant_id)s::text, d.document_id, %(filters)s::jsonb, 0))
)
SELECT n.folded_title, c.chunk_id, n.document_id, n.title, n.source, c.text, c.start_at,
       c.end_at, c.ordinal, c.page, c.above
FROM named n
CROSS JOIN LATERAL (
    SELECT c.*
    FROM chunks c
    CROSS JOIN LATERAL (
        SELECT e.embedding <=> %(query_embedding)s::halfvec AS distance
        FROM embeddings e
        WHERE e.tenant_id = %(tenant_id)s AND e.encoder_id = {encoder_id}
          AND e.chunk_id = c.chunk_id OFFSET 0) AS e
    WHERE c.tenant_id = %(tenant_id)s AND c.document_id = n.document_id
      AND (%(excluded)s::text[] IS NULL
           OR NOT says(c.lexemes, %(languages)s::regconfig[], %(excluded)s::text[]))
    ORDER BY e.distance, c.chunk_id
    LIMIT 1) AS c
WHERE check_held({encoder_id}::smallint)
ORDER BY n.document_id;
