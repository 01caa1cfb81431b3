-- same_texts: the documents stored with one of these texts, to find those whose file was
--        moved.
-- in:    tenant_id text; texts text[]
-- out:   position bigint (of the text, from 1), document_id, source text
-- index: documents_text
SELECT t.position, d.document_id, d.source
FROM unnest(%(texts)s::text[]) WITH ORDINALITY AS t(text, position)
JOIN documents d ON d.text_hash = hashtextextended(t.text, 0::bigint) AND d.text = t.text
WHERE d.tenant_id = %(tenant_id)s
ORDER BY t.position, d.document_id;
