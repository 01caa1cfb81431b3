-- facet_fields: the fields that a tenant's documents have, those of most documents first.
-- in:    tenant_id text; count_limit int
-- out:   field text, documents bigint, has_dates boolean, has_numbers boolean
-- index: the key of document_fields, skipping from field to field and then counted
--        index-only; document_fields_date and document_fields_number.
--        Ids are compared byte by byte (COLLATE "C"): in a language's order, counting each
--        document once takes twice as long. Whether a field has dates or numbers is asked by
--        its smallest one, the first entry of the index: EXISTS reads the whole of a field
--        that has none.
WITH RECURSIVE fields AS (
    (SELECT field FROM document_fields
     WHERE tenant_id = %(tenant_id)s ORDER BY field LIMIT 1)
    UNION ALL
    SELECT (SELECT d.field FROM document_fields d
            WHERE d.tenant_id = %(tenant_id)s AND d.field > f.field
            ORDER BY d.field LIMIT 1)
    FROM fields f WHERE f.field IS NOT NULL
)
SELECT f.field, counted.documents,
       (SELECT min(d.value_date) FROM document_fields d
        WHERE d.tenant_id = %(tenant_id)s AND d.field = f.field) IS NOT NULL,
       (SELECT min(d.value_number) FROM document_fields d
        WHERE d.tenant_id = %(tenant_id)s AND d.field = f.field) IS NOT NULL
FROM fields f
CROSS JOIN LATERAL (
    SELECT count(DISTINCT d.document_id COLLATE "C") AS documents
    FROM document_fields d
    WHERE d.tenant_id = %(tenant_id)s AND d.field = f.field) AS counted
WHERE f.field IS NOT NULL
ORDER BY counted.documents DESC, f.field
LIMIT %(count_limit)s;
