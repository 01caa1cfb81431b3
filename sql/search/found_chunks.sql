-- found_chunks: the chunks that a search found, by their ids.
-- in:    tenant_id text; chunk_ids bigint[]
-- out:   a chunk's columns, in no order
-- index: the keys of chunks and documents
-- plan:  generic
SELECT c.chunk_id, c.document_id, d.title, d.source, c.text, c.start_at, c.end_at, c.ordinal,
       c.page, c.above
FROM unnest(%(chunk_ids)s::bigint[]) AS f(chunk_id)
CROSS JOIN LATERAL (
    SELECT chunk_id, document_id, text, start_at, end_at, ordinal, page, above FROM chunks
    WHERE tenant_id = %(tenant_id)s AND chunk_id = f.chunk_id OFFSET 0) AS c
CROSS JOIN LATERAL (
    SELECT title, source FROM documents
    WHERE tenant_id = %(tenant_id)s AND document_id = c.document_id OFFSET 0) AS d;
