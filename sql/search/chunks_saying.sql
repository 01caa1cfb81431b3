-- chunks_saying: of some chunks, those that have every one of these phrases.
-- in:    tenant_id text; chunk_ids bigint[]; phrases text[]; languages text[] (to read
--        them in)
-- out:   chunk_id bigint, in no order
-- index: the key of chunks
SELECT c.chunk_id
FROM unnest(%(chunk_ids)s::bigint[]) AS f(chunk_id)
CROSS JOIN LATERAL (
    SELECT chunk_id, lexemes FROM chunks
    WHERE tenant_id = %(tenant_id)s AND chunk_id = f.chunk_id OFFSET 0) AS c
WHERE NOT EXISTS (
    SELECT 1 FROM unnest(%(phrases)s::text[]) AS phrase
    WHERE NOT says(c.lexemes, %(languages)s::regconfig[], ARRAY[phrase]));
