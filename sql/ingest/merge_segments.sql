-- merge_segments: merges segments into one.
-- in:    tenant_id text; levels smallint[], segments bigint[] (as due_segments gives
--        them)
-- index: the keys of postings and segments. The statement sees one moment: what others
--        store meanwhile stays as it is, and readers see the old rows or the new ones.
--        Postings that are taken back are dropped; a negative posting whose chunk is in
--        another segment is kept until it is merged with that one.
WITH listed AS MATERIALIZED (
    DELETE FROM segments
    WHERE tenant_id = %(tenant_id)s
      AND level = ANY(%(levels)s::smallint[]) AND segment = ANY(%(segments)s::bigint[])
    RETURNING chunks, removed
), whole AS (  -- all of a tenant's segments together hold nothing that is still to be taken back
    SELECT (SELECT count(*) FROM segments WHERE tenant_id = %(tenant_id)s)
         = (SELECT count(*) FROM listed) AS settled
), total AS (
    SELECT sum(chunks) - CASE WHEN settled THEN 2 * sum(removed) ELSE 0 END AS chunks,
           CASE WHEN settled THEN 0 ELSE sum(removed) END AS removed
    FROM listed, whole
    GROUP BY settled
), merged AS (
    INSERT INTO segments (tenant_id, level, chunks, removed)
    SELECT %(tenant_id)s, least(floor(log(8::numeric, chunks::numeric) + 0.000001), 5),
           chunks, removed
    FROM total
    WHERE chunks > 0
    RETURNING level, segment
), taken AS (
    DELETE FROM postings
    WHERE tenant_id = %(tenant_id)s
      AND level = ANY(%(levels)s::smallint[]) AND segment = ANY(%(segments)s::bigint[])
    RETURNING term, segment, part, chunks, entries
), joined AS MATERIALIZED (
    SELECT term, part, sum(chunks) AS chunks,
           string_agg(entries, ''::bytea ORDER BY segment) AS entries
    FROM taken
    GROUP BY term, part
), settled AS MATERIALIZED (
    SELECT term, part, chunks,
           CASE WHEN octet_length(entries) = 6 * chunks THEN entries
           ELSE (
                SELECT coalesce(
                    string_agg(packed_posting(chunk_id, frequency, length_code),
                               ''::bytea ORDER BY chunk_id),
                    ''::bytea)
                FROM (
                    SELECT chunk_id, sum(frequency)::integer AS frequency, length_code
                    FROM unpacked_postings(part, entries)
                    GROUP BY chunk_id, length_code
                    HAVING sum(frequency) <> 0) AS summed)
           END AS entries
    FROM joined
)
INSERT INTO postings (tenant_id, level, term, segment, part, chunks, entries)
SELECT %(tenant_id)s, m.level, s.term, m.segment, s.part, s.chunks, s.entries
FROM settled s, merged m
WHERE s.entries <> '';
