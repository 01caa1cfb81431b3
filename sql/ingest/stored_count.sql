-- stored_count: how many documents the tenant has, so that --prune sees what share of
--        them has vanished.
-- in:    tenant_id text
-- out:   documents bigint
-- index: the key of tenant_statistics
SELECT coalesce(sum(documents), 0)::bigint AS documents
FROM tenant_statistics
WHERE tenant_id = %(tenant_id)s;
