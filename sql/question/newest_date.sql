-- newest_date: when the newest of a tenant's documents appeared that are called something.
-- in:    tenant_id, field text: the field of dates; patterns text[]: each is in the title, or
--        all are in one value of a field (small letters); filters jsonb, NULL for none
-- out:   value_date date: one row, or none if there is no such document
-- index: document_fields_date, from the newest on until a document fits
-- plan:  generic
SELECT f.value_date
FROM document_fields f
JOIN documents d ON d.tenant_id = f.tenant_id AND d.document_id = f.document_id
WHERE f.tenant_id = %(tenant_id)s AND f.field = %(field)s AND f.value_date IS NOT NULL
  AND (d.folded_title LIKE ALL(%(patterns)s::text[]) OR EXISTS (
        SELECT FROM document_fields v
        WHERE v.tenant_id = f.tenant_id AND v.document_id = f.document_id
          AND v.folded LIKE ALL(%(patterns)s::text[])))
  AND (%(filters)s::jsonb IS NULL OR NOT EXISTS (
        SELECT FROM unmet_filters(f.tenant_id, f.document_id, %(filters)s::jsonb, 0)))
ORDER BY f.value_date DESC
LIMIT 1;
