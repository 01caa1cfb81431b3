-- document_languages: the language of these documents.
-- in:    tenant_id text; document_ids text[]
-- out:   document_id text, language text (a text search configuration); no row for a
--        document that is not stored
-- index: the key of documents
-- plan:  generic
SELECT document_id, language
FROM documents
WHERE tenant_id = %(tenant_id)s AND document_id = ANY(%(document_ids)s::text[]);
