-- index_due: whether a tenant has outgrown exact search and there is no vector index
--        yet (resources/encoder_index.sql). A small part of all vectors has not: a walk
--        through the index would meet others' vectors most of the time.
-- in:    tenant_id text; exact_search_chunks int
-- out:   due boolean
-- index: the key of tenant_statistics
SELECT coalesce(sum(chunks), 0::numeric) ^ 2::numeric > %(exact_search_chunks)s::numeric * greatest(
            coalesce(sum(chunks), 0::numeric), (
                SELECT max(c.reltuples)::numeric
                FROM pg_class c
                WHERE c.relkind = 'r' AND (c.oid = 'embeddings'::regclass::oid OR c.oid IN (
                    SELECT relid::oid FROM pg_partition_tree('embeddings')))))
   AND NOT EXISTS (
        SELECT FROM pg_index
        WHERE indexrelid = to_regclass('embeddings_hnsw_{encoder_id}')::oid
              AND indisvalid)
FROM tenant_statistics
WHERE tenant_id = %(tenant_id)s;
