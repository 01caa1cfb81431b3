-- stored_sources: the documents that came from a file, from places in it ("a.zip:b.md"),
--        or from beneath a folder, for --prune.
-- in:    tenant_id text; root text (a path)
-- out:   document_id, source text
-- index: documents_source
SELECT document_id, source
FROM documents
WHERE tenant_id = %(tenant_id)s
  AND (source = %(root)s
       OR starts_with(source, %(root)s || '/')
       OR starts_with(source, %(root)s || ':'))
ORDER BY document_id;
