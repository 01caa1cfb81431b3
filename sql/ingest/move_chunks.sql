-- move_chunks: chunks whose text is unchanged, at their new places in the document.
-- in:    tenant_id text; and one entry per chunk: chunk_ids bigint[], ordinals, starts,
--        ends, pages int[]
-- index: the key of chunks
UPDATE chunks c
SET ordinal = m.ordinal, start_at = m.start_at, end_at = m.end_at, page = m.page
FROM unnest(%(chunk_ids)s::bigint[], %(ordinals)s::int[], %(starts)s::int[],
            %(ends)s::int[], %(pages)s::int[])
     AS m(chunk_id, ordinal, start_at, end_at, page)
WHERE c.tenant_id = %(tenant_id)s AND c.chunk_id = m.chunk_id
  AND (c.ordinal, c.start_at, c.end_at, c.page)
      IS DISTINCT FROM (m.ordinal, m.start_at, m.end_at, m.page);
