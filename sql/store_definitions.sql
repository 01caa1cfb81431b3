-- store_definitions: the abbreviations a document defines, in place of what was there.
-- in:    tenant_id, document_id text; and one entry per pair: short_forms, long_forms text[]
WITH gone AS (
    DELETE FROM definitions d
    WHERE d.tenant_id = %(tenant_id)s AND d.document_id = %(document_id)s
      AND (d.short_form, d.long_form) NOT IN (SELECT * FROM unnest(%(short_forms)s::text[], %(long_forms)s::text[]))
)
INSERT INTO definitions (tenant_id, document_id, short_form, long_form)
SELECT %(tenant_id)s, %(document_id)s, short_form, long_form
FROM unnest(%(short_forms)s::text[], %(long_forms)s::text[]) AS d(short_form, long_form)
ON CONFLICT DO NOTHING;
