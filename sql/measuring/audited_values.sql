-- audited_values: how many chunks each metadata value selects, to audit semantic search
--        under filters that users have.
-- in:    tenant_id text; least int: values of fewer chunks are left out
-- out:   field, folded text; chunks bigint. By field and value
-- index: chunks_document and the key of document_fields, all of a tenant once
WITH sizes AS MATERIALIZED (
    SELECT document_id, count(*) AS chunks
    FROM chunks WHERE tenant_id = %(tenant_id)s
    GROUP BY document_id
)
SELECT f.field, f.folded, sum(s.chunks)::bigint AS chunks
FROM document_fields f
JOIN sizes s USING (document_id)
WHERE f.tenant_id = %(tenant_id)s
GROUP BY f.field, f.folded
HAVING sum(s.chunks) >= %(least)s::numeric
ORDER BY f.field, f.folded;
