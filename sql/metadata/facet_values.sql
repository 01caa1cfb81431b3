-- facet_values: the values of one field, those of most documents first.
-- in:    tenant_id, field text; count_limit int
-- out:   value text (as one of the documents writes it), documents bigint
-- index: the key of document_fields, index-only and in its order: a document has a value
--        once, so nothing is sorted but the counts
SELECT written.value, counted.documents
FROM (
    SELECT folded, count(*) AS documents
    FROM document_fields
    WHERE tenant_id = %(tenant_id)s AND field = %(field)s
    GROUP BY folded
    ORDER BY documents DESC, folded
    LIMIT %(count_limit)s) AS counted
CROSS JOIN LATERAL (
    SELECT value FROM document_fields
    WHERE tenant_id = %(tenant_id)s AND field = %(field)s AND folded = counted.folded
    LIMIT 1) AS written
ORDER BY counted.documents DESC, counted.folded;
