-- store_fields: a document's metadata as filters see it, in place of what was there.
-- in:    tenant_id, document_id text; and one entry per value: fields, folded, field_values text[], value_dates date[]
WITH gone AS (
    DELETE FROM document_fields f
    WHERE f.tenant_id = %(tenant_id)s AND f.document_id = %(document_id)s
      AND (f.field, f.folded) NOT IN (SELECT * FROM unnest(%(fields)s::text[], %(folded)s::text[]))
)
INSERT INTO document_fields (tenant_id, document_id, field, folded, value, value_date)
SELECT %(tenant_id)s, %(document_id)s, field, folded, value, value_date
FROM unnest(%(fields)s::text[], %(folded)s::text[], %(field_values)s::text[], %(value_dates)s::date[]) AS f(field, folded, value, value_date)
ON CONFLICT (tenant_id, field, folded, document_id) DO UPDATE SET value = excluded.value, value_date = excluded.value_date;
