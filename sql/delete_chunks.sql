-- delete_chunks: chunks with their postings; their embeddings go by the foreign key.
-- in:    tenant_id text; chunk_ids bigint[] (a few: postings are looked up by every one of them with every one of their terms)
-- out:   chunks bigint, length bigint: what to take off the tenant's statistics
-- index: the keys of chunks and postings; the terms are those stored with the chunks
WITH gone AS MATERIALIZED (
    DELETE FROM chunks WHERE tenant_id = %(tenant_id)s AND chunk_id = ANY(%(chunk_ids)s) RETURNING lexemes, length
), unposted AS (
    DELETE FROM postings
    WHERE tenant_id = %(tenant_id)s AND chunk_id = ANY(%(chunk_ids)s)
      AND term = ANY(ARRAY(SELECT hashtextextended(t.lexeme, 0) FROM gone g, unnest(g.lexemes) AS t))
)
SELECT count(*), coalesce(sum(length), 0)::bigint FROM gone;
