-- delete_chunks: chunks with their postings; their embeddings go by the foreign key.
-- in:    tenant_id text; chunk_ids bigint[]
-- out:   chunks bigint, length bigint: what to take off the tenant's statistics
-- index: the keys of chunks and postings; the terms are those stored with the chunk
WITH gone AS (
    DELETE FROM chunks WHERE tenant_id = %(tenant_id)s AND chunk_id = ANY(%(chunk_ids)s) RETURNING chunk_id, lexemes, length
), unposted AS (
    DELETE FROM postings p
    USING gone g, unnest(g.lexemes) AS t
    WHERE p.tenant_id = %(tenant_id)s AND p.term = hashtextextended(t.lexeme, 0) AND p.chunk_id = g.chunk_id
)
SELECT count(*), coalesce(sum(length), 0)::bigint FROM gone;
