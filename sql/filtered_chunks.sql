-- filtered_chunks: how many chunks a search under these filters has to choose from, counted up to a limit.
-- in:    tenant_id text; filters jsonb; count_limit int
-- out:   documents bigint, chunks bigint; both stop at count_limit
-- index: document_fields' key or document_fields_date, then chunks_document
WITH met AS MATERIALIZED (
    SELECT document_id FROM filtered_documents(%(tenant_id)s::text, %(filters)s::jsonb) AS document_id LIMIT %(count_limit)s
)
SELECT (SELECT count(*) FROM met),
       (SELECT count(*) FROM (
            SELECT 1
            FROM met
            CROSS JOIN LATERAL (SELECT 1 FROM chunks WHERE tenant_id = %(tenant_id)s AND document_id = met.document_id OFFSET 0) AS c
            LIMIT %(count_limit)s) AS counted);
