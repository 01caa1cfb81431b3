-- 003_filters: numbers to filter by, and conditions of every kind: =, any of, ranges of dates or numbers, exists, and the negation of each.
--
-- Every comparison is of text, date or double precision: their operators are leakproof, so row-level security leaves them their indexes
-- (those of numeric are not, and would lose theirs).

ALTER TABLE document_fields ADD COLUMN value_number double precision;
-- Row-level security that is forced binds the owner too, who would fill in nothing.
ALTER TABLE document_fields NO FORCE ROW LEVEL SECURITY;
UPDATE document_fields SET value_number = folded::double precision WHERE folded ~ '^[+-]?(0|[1-9][0-9]{0,17})([.][0-9]{1,18})?(e[+-]?[0-9]{1,2})?$';
ALTER TABLE document_fields FORCE ROW LEVEL SECURITY;
CREATE INDEX document_fields_number ON document_fields (tenant_id, field, value_number, document_id) WHERE value_number IS NOT NULL;

-- A document's values of one field: what a search asks of each candidate when it cannot start from the documents that meet a filter.
DROP INDEX document_fields_document;
CREATE INDEX document_fields_document ON document_fields (tenant_id, document_id, field);

-- The documents that have in the field, by `kind`: "in": one of the values (lower case); "dates", "numbers": one from low to below high (open ends
-- are infinite); "exists": anything. Rows come as the index has them, so a document with several such values comes as often.
CREATE FUNCTION documents_having(
    tenant text, wanted_field text, kind text, wanted text[], low_date date, high_date date, low_number float8, high_number float8)
RETURNS SETOF text LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT f.document_id
    FROM unnest(CASE kind WHEN 'in' THEN wanted END) AS w(folded)
    CROSS JOIN LATERAL (SELECT document_id FROM document_fields WHERE tenant_id = tenant AND field = wanted_field AND folded = w.folded OFFSET 0) AS f
    UNION ALL
    SELECT document_id FROM document_fields
    WHERE kind = 'dates' AND tenant_id = tenant AND field = wanted_field
      AND value_date >= low_date AND value_date < high_date
    UNION ALL
    SELECT document_id FROM document_fields
    WHERE kind = 'numbers' AND tenant_id = tenant AND field = wanted_field
      AND value_number >= low_number AND value_number < high_number
    UNION ALL
    SELECT document_id FROM document_fields WHERE kind = 'exists' AND tenant_id = tenant AND field = wanted_field
$$;

-- The numbers of the filters that a document does not meet; `known` is left out, and all are where it is NULL.
CREATE FUNCTION unmet_filters(tenant text, document text, filters jsonb, known integer) RETURNS SETOF integer
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT q.number
    FROM jsonb_to_recordset(filters) AS q(
        number integer, field text, kind text, negated boolean, "values" text[],
        low_date date, high_date date, low_number float8, high_number float8)
    WHERE q.number <> known AND q.negated = EXISTS (
        SELECT 1 FROM document_fields f
        WHERE f.tenant_id = tenant AND f.document_id = document AND f.field = q.field
          AND CASE q.kind
              WHEN 'in' THEN f.folded = ANY (q.values)
              WHEN 'dates' THEN f.value_date >= q.low_date AND f.value_date < q.high_date
              WHEN 'numbers' THEN f.value_number >= q.low_number AND f.value_number < q.high_number
              ELSE true
              END)
$$;

-- The documents that meet every filter. It starts from the filter that fewest documents meet (counted up to 1,000) and looks at the others
-- document by document; where all are negated, it is all documents but those. A document may come several times, and the first come at once.
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
                ) AS counted
            WHERE NOT c.negated
            ORDER BY counted.size, c.number
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
