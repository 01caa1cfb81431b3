-- known_names: what the words of a question mean to the tenant's documents:
--        abbreviations, their long forms, values of metadata, other names of values.
-- in:    tenant_id text; short_forms text[] (as written); phrases text[] (in small letters,
--        of one word or several); language text: the text search configuration of the
--        documents whose abbreviations count; '': of all
-- out:   kind text ("short form", "long form", "value", "name"); phrase text; field text,
--        '' for abbreviations; meaning text: the other form, or the value in small letters;
--        given boolean: whether the user's glossary says so; documents bigint: how many say
--        so, of a value up to 1,000.
--        By kind and phrase; given ones first, then those of most documents
-- index: the keys of glossary, definitions and value_names; definitions_folded,
--        glossary_folded; document_fields_value and the keys of document_fields and documents
-- plan:  generic
WITH forms AS (
    SELECT 'short form' AS kind, short_form AS phrase, long_form AS meaning,
           true AS given, NULL AS document_id
    FROM glossary
    WHERE tenant_id = %(tenant_id)s AND short_form = ANY(%(short_forms)s::text[])
    UNION ALL
    SELECT 'short form', short_form, long_form, false, document_id
    FROM definitions
    WHERE tenant_id = %(tenant_id)s AND short_form = ANY(%(short_forms)s::text[])
    UNION ALL
    SELECT 'long form', folded, short_form, true, NULL
    FROM glossary
    WHERE tenant_id = %(tenant_id)s AND folded = ANY(%(phrases)s::text[])
    UNION ALL
    SELECT 'long form', folded, short_form, false, document_id
    FROM definitions
    WHERE tenant_id = %(tenant_id)s AND folded = ANY(%(phrases)s::text[])
), said AS (
    SELECT kind, phrase, meaning, given, document_id
    FROM forms
    WHERE given OR %(language)s::text = '' OR EXISTS (
        SELECT FROM documents d
        WHERE d.tenant_id = %(tenant_id)s AND d.document_id = forms.document_id
          AND d.language = %(language)s::text)
), valued AS (
    SELECT 'value' AS kind, p.phrase, f.field, p.phrase AS meaning, count(*) AS documents
    FROM unnest(%(phrases)s::text[]) AS p(phrase)
    CROSS JOIN LATERAL (
        SELECT field FROM document_fields
        WHERE tenant_id = %(tenant_id)s AND folded = p.phrase LIMIT 1000) AS f
    GROUP BY p.phrase, f.field
    UNION ALL
    SELECT 'name', p.phrase, n.field, n.folded, (
        SELECT count(*) FROM (
            SELECT 1 FROM document_fields f
            WHERE f.tenant_id = %(tenant_id)s AND f.field = n.field AND f.folded = n.folded
            LIMIT 1000) AS holders)
    FROM unnest(%(phrases)s::text[]) AS p(phrase)
    CROSS JOIN LATERAL (
        SELECT field, folded FROM value_names
        WHERE tenant_id = %(tenant_id)s AND name = p.phrase LIMIT 1000) AS n
)
SELECT kind, phrase, '', meaning, bool_or(given), count(document_id)
FROM said
GROUP BY kind, phrase, meaning
UNION ALL
SELECT kind, phrase, field, meaning, false, documents
FROM valued
WHERE documents > 0
ORDER BY 1, 2, 5 DESC, 6 DESC, 4, 3;
