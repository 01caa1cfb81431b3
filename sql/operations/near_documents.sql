-- near_documents: ids that a wrong one may have meant: first those that hold it, then
--        those that end like it, in any case, then others.
-- in:    tenant_id text; given, ending text; count_limit int
-- out:   document_id text
-- index: none helps: the ids of all the tenant's documents are read, when one is wrong
SELECT document_id
FROM documents
WHERE tenant_id = %(tenant_id)s
ORDER BY strpos(lower(document_id), lower(%(given)s)) = 0,
         right(lower(document_id), length(%(ending)s)) <> lower(%(ending)s),
         document_id
LIMIT %(count_limit)s;
