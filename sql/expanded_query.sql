-- expanded_query: the long forms of the question's words that are abbreviations here.
-- in:    tenant_id text; short_forms text[] (as written)
-- out:   short_form, long_form text, given boolean (by the user's glossary), documents bigint that define it so; given first, then most defined
-- index: the keys of glossary and definitions
-- plan:  generic
SELECT short_form, long_form, bool_or(given), count(document_id)
FROM (
    SELECT short_form, long_form, true AS given, NULL AS document_id
    FROM glossary WHERE tenant_id = %(tenant_id)s AND short_form = ANY(%(short_forms)s)
    UNION ALL
    SELECT short_form, long_form, false, document_id
    FROM definitions WHERE tenant_id = %(tenant_id)s AND short_form = ANY(%(short_forms)s)
) AS known
GROUP BY short_form, long_form
ORDER BY short_form, bool_or(given) DESC, count(document_id) DESC, long_form;
