-- due_segments: the segments of a tenant to merge next: those of the lowest level that
--        has 8 of them; or all, when a quarter of all chunks posted are taken back.
-- in:    tenant_id text
-- out:   levels smallint[], segments bigint[]; no row when nothing is due, or when
--        another process is merging some of these
-- index: the key of segments; the rows stay locked until the transaction ends, which
--        holds up nothing but other merges
WITH listed AS MATERIALIZED (
    SELECT level, segment, chunks, removed FROM segments WHERE tenant_id = %(tenant_id)s
), due AS MATERIALIZED (
    SELECT level, segment FROM listed
    WHERE (SELECT count(*) >= 8 AND sum(removed) * 4 > sum(chunks) FROM listed)
       OR level = (SELECT level FROM listed WHERE level < 5
                   GROUP BY level HAVING count(*) >= 8 ORDER BY level LIMIT 1)
), taken AS MATERIALIZED (
    SELECT s.level, s.segment
    FROM segments s
    WHERE s.tenant_id = %(tenant_id)s AND (s.level, s.segment) IN (SELECT level, segment FROM due)
    FOR UPDATE OF s SKIP LOCKED
)
SELECT array_agg(DISTINCT level), array_agg(segment)
FROM taken
HAVING count(*) > 0 AND count(*) = (SELECT count(*) FROM due);
