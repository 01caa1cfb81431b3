-- filtered_chunks: about how many chunks a search under these filters can choose from.
-- in:    tenant_id text; filters jsonb; count_limit int
-- out:   documents bigint, counted up to count_limit; chunks bigint, counted in up to 200 of
--        these documents, evenly spread, and taken to be as many in the others (counting all
--        would take as long as comparing them); always one row
-- index: as for filtered_documents (sql/migrations/010_broad_filters.sql), then chunks_document
WITH met AS MATERIALIZED (
    SELECT first.document_id, row_number() OVER () AS number, count(*) OVER () AS documents
    FROM (
        SELECT DISTINCT f.document_id
        FROM (
            SELECT document_id
            FROM filtered_documents(%(tenant_id)s::text, %(filters)s::jsonb) AS document_id
            LIMIT %(count_limit)s) AS f
        ) AS first
), sample AS MATERIALIZED (
    SELECT document_id, documents
    FROM met
    WHERE number * 200 / documents > (number - 1) * 200 / documents
), counted AS (
    SELECT count(*) AS chunks
    FROM sample
    CROSS JOIN LATERAL (
        SELECT 1 FROM chunks
        WHERE tenant_id = %(tenant_id)s AND document_id = sample.document_id OFFSET 0) AS c
)
SELECT coalesce(max(sample.documents), 0),
       coalesce(round(max(sample.documents)::float8 * max(counted.chunks)::float8
                      / greatest(count(sample.*), 1)::float8), 0::float8)::bigint
FROM counted LEFT JOIN sample ON true;
