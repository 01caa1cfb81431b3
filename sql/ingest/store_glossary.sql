-- store_glossary: the user's abbreviations, in place of those given before; definitions
--        learned from documents stay.
-- in:    tenant_id text; and one entry per pair: short_forms, long_forms text[]
-- index: the key of glossary
WITH gone AS (
    DELETE FROM glossary g
    WHERE g.tenant_id = %(tenant_id)s
      AND (g.short_form, g.long_form) NOT IN (
            SELECT * FROM unnest(%(short_forms)s::text[], %(long_forms)s::text[]))
)
INSERT INTO glossary (tenant_id, short_form, long_form)
SELECT %(tenant_id)s, short_form, long_form
FROM unnest(%(short_forms)s::text[], %(long_forms)s::text[]) AS g(short_form, long_form)
ON CONFLICT DO NOTHING;
