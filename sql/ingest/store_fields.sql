-- store_fields: the metadata of documents as filters see it, in place of what is
--        stored. Notes the values that go, which may be the last (forget_removed.sql).
-- in:    tenant_id text; stored_ids text[] (the documents); and one entry per value:
--        document_ids, fields, folded, field_values text[], value_dates date[],
--        value_numbers float8[]
-- index: document_fields_document and the key of document_fields
WITH gone AS (
    DELETE FROM document_fields f
    WHERE f.tenant_id = %(tenant_id)s AND f.document_id = ANY(%(stored_ids)s::text[])
      AND (f.document_id, f.field, f.folded) NOT IN (
            SELECT * FROM unnest(%(document_ids)s::text[], %(fields)s::text[],
                                 %(folded)s::text[]))
    RETURNING field, folded
), noted AS (
    INSERT INTO removals (tenant_id, fields, folded)
    SELECT %(tenant_id)s, array_agg(field), array_agg(folded) FROM gone HAVING count(*) > 0
)
INSERT INTO document_fields (tenant_id, document_id, field, folded, value, value_date,
                             value_number)
SELECT %(tenant_id)s, document_id, field, folded, value, value_date, value_number
FROM unnest(%(document_ids)s::text[], %(fields)s::text[], %(folded)s::text[],
            %(field_values)s::text[], %(value_dates)s::date[], %(value_numbers)s::float8[])
     AS f(document_id, field, folded, value, value_date, value_number)
ON CONFLICT (tenant_id, field, folded, document_id) DO UPDATE
SET value = excluded.value, value_date = excluded.value_date,
    value_number = excluded.value_number;
