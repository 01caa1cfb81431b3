-- 010_broad_filters: of several broad filters, a search starts from the one that fewest documents meet.

-- The documents that meet every filter. It starts from the filter that fewest documents meet (counted up to 1,000; where all are met by as
-- many, up to 100,000) and looks at the others document by document; where all are negated, it is all documents but those. A document may come
-- several times, and the first come at once.
CREATE OR REPLACE FUNCTION filtered_documents(tenant text, filters jsonb) RETURNS SETOF text
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT started.document_id
    FROM (
        SELECT q.number, f.document_id
        FROM (
            SELECT c.*
            FROM jsonb_to_recordset(filters) AS c(
                number integer, field text, kind text, negated boolean, "values" text[],
                low_date date, high_date date, low_number float8, high_number float8)
            CROSS JOIN LATERAL (
                SELECT count(*) AS size
                FROM (SELECT 1 FROM documents_having(
                        tenant, c.field, c.kind, c.values, c.low_date, c.high_date, c.low_number, c.high_number) LIMIT 1000) AS first
                ) AS few
            WHERE NOT c.negated
            ORDER BY few.size, CASE WHEN min(few.size) OVER () = 1000 AND count(*) OVER () > 1 THEN (
                SELECT count(*)
                FROM (SELECT 1 FROM documents_having(
                        tenant, c.field, c.kind, c.values, c.low_date, c.high_date, c.low_number, c.high_number) LIMIT 100000) AS first
                ) END, c.number
            LIMIT 1) AS q
        CROSS JOIN LATERAL (
            SELECT document_id FROM documents_having(
                tenant, q.field, q.kind, q.values, q.low_date, q.high_date, q.low_number, q.high_number) AS document_id OFFSET 0) AS f
        UNION ALL
        SELECT NULL, d.document_id
        FROM documents d
        WHERE d.tenant_id = tenant AND NOT jsonb_path_exists(filters, '$[*] ? (!(@.negated == true))') AND NOT EXISTS (
            SELECT 1
            FROM jsonb_to_recordset(filters) AS c(
                    field text, kind text, "values" text[], low_date date, high_date date, low_number float8, high_number float8)
            CROSS JOIN LATERAL documents_having(
                tenant, c.field, c.kind, c.values, c.low_date, c.high_date, c.low_number, c.high_number) AS unwanted(document_id)
            WHERE unwanted.document_id = d.document_id)
    ) AS started
    WHERE NOT EXISTS (SELECT 1 FROM unmet_filters(tenant, started.document_id, filters, started.number))
$$;
