-- spoken_of: whether documents that meet filters speak of something.
-- in:    tenant_id text; words text[], languages text[] (to read them in); filters jsonb
-- out:   spoken boolean: whether a chunk of up to 1,000 such documents has one of the words;
--        always one row
-- index: as for filtered_documents (sql/migrations/010_broad_filters.sql), then
--        chunks_document, up to the first chunk that has a word
-- plan:  generic
SELECT EXISTS (
    SELECT FROM (
        SELECT document_id
        FROM filtered_documents(%(tenant_id)s::text, %(filters)s::jsonb) AS document_id
        LIMIT 1000) AS met
    CROSS JOIN LATERAL (
        SELECT lexemes FROM chunks
        WHERE tenant_id = %(tenant_id)s AND document_id = met.document_id OFFSET 0) AS c
    WHERE says(c.lexemes, %(languages)s::regconfig[], %(words)s::text[]));
