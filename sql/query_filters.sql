-- query_filters: which of the question's phrases are values that the tenant's documents have.
-- in:    tenant_id text; phrases text[] (lower case, of one to several words)
-- out:   folded text, field text, value text (as first written), documents bigint (up to 1,000 of a phrase's); longest phrase first
-- index: document_fields_value
-- plan:  generic
SELECT found.folded, found.field, found.value, found.documents
FROM (
    SELECT p.folded, f.field, min(f.value) AS value, count(*) AS documents
    FROM unnest(%(phrases)s::text[]) AS p(folded)
    CROSS JOIN LATERAL (
        SELECT field, value FROM document_fields WHERE tenant_id = %(tenant_id)s AND folded = p.folded LIMIT 1000) AS f
    GROUP BY p.folded, f.field
) AS found
ORDER BY length(found.folded) DESC, found.documents DESC, found.field;
