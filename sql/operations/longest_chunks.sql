-- longest_chunks: the chunks with the most characters, longest first. They show whether
--        an encoder reads chunks whole.
-- in:    tenant_id text; block_chunks int
-- out:   chunk_id bigint; document_id, title, above, text text
-- index: the keys of chunks and documents; every chunk of the tenant is looked at
SELECT c.chunk_id, c.document_id, d.title, c.above, c.text
FROM chunks c
JOIN documents d USING (tenant_id, document_id)
WHERE c.tenant_id = %(tenant_id)s
ORDER BY c.end_at - c.start_at DESC, c.chunk_id
LIMIT %(block_chunks)s;
