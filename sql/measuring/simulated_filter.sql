-- simulated_filter: gives some of a tenant's documents a metadata value in a temporary
--        table, which PostgreSQL finds before the real one. Statements that read
--        document_fields then read the temporary table, as long as the connection
--        lasts. Nobody else sees it, and nothing stored changes.
-- in:    tenant_id, field text; seed bigint; documents int: how many the seed draws
-- out:   chunks bigint that these documents have
-- index: the key of documents, all of a tenant once; chunks_document
WITH drawn AS MATERIALIZED (
    SELECT document_id FROM documents WHERE tenant_id = %(tenant_id)s
    ORDER BY hashtextextended(document_id, %(seed)s::bigint), document_id LIMIT %(documents)s
), given AS (
    INSERT INTO pg_temp.document_fields (tenant_id, field, folded, document_id, value)
    SELECT %(tenant_id)s, %(field)s, 'yes', document_id, 'yes' FROM drawn
)
SELECT coalesce(sum(c.chunks), 0)::bigint
FROM drawn
CROSS JOIN LATERAL (
    SELECT count(*) AS chunks FROM chunks
    WHERE tenant_id = %(tenant_id)s AND document_id = drawn.document_id) AS c;
