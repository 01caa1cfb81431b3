-- filtered_chunk_ids: the chunks that a search under these filters has to choose from, up
--        to a limit.
-- in:    tenant_id text; filters jsonb; count_limit int
-- out:   chunk_ids bytea (bigints of 8 bytes, most significant first), count_limit of
--        them or fewer; always one row
-- index: document_fields' key or document_fields_date, then chunks_document
SELECT coalesce(string_agg(int8send(chunk_id), ''::bytea), ''::bytea)
FROM (
    SELECT c.chunk_id
    FROM filtered_documents(%(tenant_id)s::text, %(filters)s::jsonb) AS f(document_id)
    CROSS JOIN LATERAL (
        SELECT chunk_id FROM chunks
        WHERE tenant_id = %(tenant_id)s AND document_id = f.document_id OFFSET 0) AS c
    LIMIT %(count_limit)s) AS found;
