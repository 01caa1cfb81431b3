-- store_definitions: the abbreviations that documents define, in place of those stored.
-- in:    tenant_id text; stored_ids text[] (the documents); and one entry per pair:
--        document_ids, short_forms, long_forms text[]
-- index: definitions_document and the key of definitions
WITH gone AS (
    DELETE FROM definitions d
    WHERE d.tenant_id = %(tenant_id)s AND d.document_id = ANY(%(stored_ids)s::text[])
      AND (d.document_id, d.short_form, d.long_form) NOT IN (
            SELECT * FROM unnest(%(document_ids)s::text[], %(short_forms)s::text[],
                                 %(long_forms)s::text[]))
)
INSERT INTO definitions (tenant_id, document_id, short_form, long_form)
SELECT %(tenant_id)s, document_id, short_form, long_form
FROM unnest(%(document_ids)s::text[], %(short_forms)s::text[], %(long_forms)s::text[])
     AS d(document_id, short_form, long_form)
ON CONFLICT DO NOTHING;
