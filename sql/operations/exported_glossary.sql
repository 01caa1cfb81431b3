-- exported_glossary: the abbreviations that the user gave.
-- in:    tenant_id text
-- out:   short_form, long_form text
-- index: the key of glossary
SELECT short_form, long_form FROM glossary
WHERE tenant_id = %(tenant_id)s
ORDER BY short_form, long_form;
