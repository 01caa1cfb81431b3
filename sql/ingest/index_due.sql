-- index_due: whether a tenant has outgrown exact search and there is no vector index
--        yet (resources/encoder_index.sql).
-- in:    tenant_id text; exact_search_chunks int
-- out:   due boolean
-- index: the key of tenant_statistics
SELECT coalesce(sum(chunks), 0) > %(exact_search_chunks)s::numeric
   AND NOT EXISTS (
        SELECT FROM pg_index
        WHERE indexrelid = to_regclass('embeddings_hnsw_{encoder_id}')::oid
              AND indisvalid)
FROM tenant_statistics
WHERE tenant_id = %(tenant_id)s;
