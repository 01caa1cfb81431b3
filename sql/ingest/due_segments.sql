-- due_segments: the segments of a tenant to merge next: those of the lowest level that
--        has 8 of them; or all, when a quarter of all chunks posted are taken back.
-- in:    tenant_id text
-- out:   levels smallint[], segments bigint[]; no row when nothing is due, or when
--        another process is merging this tenant's segments
-- index: the key of segments; the lock lasts until the transaction ends and holds up
--        nothing but other merges
WITH listed AS MATERIALIZED (
    SELECT level, segment, chunks, removed FROM segments WHERE tenant_id = %(tenant_id)s
)
SELECT array_agg(DISTINCT level), array_agg(segment)
FROM listed
WHERE (SELECT count(*) >= 8 AND sum(removed) * 4 > sum(chunks) FROM listed)
   OR level = (SELECT level FROM listed WHERE level < 5
               GROUP BY level HAVING count(*) >= 8 ORDER BY level LIMIT 1)
HAVING count(*) > 0
   AND pg_try_advisory_xact_lock(hashtextextended('headrace.merge ' || %(tenant_id)s, 0));
