-- encoder_progress: how many vectors of each encoder a tenant has.
-- in:    tenant_id text
-- out:   encoder_id smallint, vectors bigint; first a row (0, the number of chunks)
-- index: the keys of chunks and embeddings
SELECT 0::smallint AS encoder_id, count(*)
FROM chunks
WHERE tenant_id = %(tenant_id)s
UNION ALL
SELECT encoder_id, count(*)
FROM embeddings
WHERE tenant_id = %(tenant_id)s
GROUP BY encoder_id
ORDER BY encoder_id;
