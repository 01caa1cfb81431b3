-- stored_spans: what the stored documents say at these places, to verify citations
--        against, and on which pages.
-- in:    tenant_id text; and one entry per span: document_ids text[], starts, ends int[]
--        (characters from 0, end exclusive)
-- out:   number int (from 1, of the entry), text; first_page, last_page int (NULL for a
--        document without pages); no row for a document that is not stored
-- index: the key of documents
SELECT s.number::int, substr(d.text, s.start_at + 1, s.end_at - s.start_at),
       nullif(width_bucket(s.start_at, d.page_starts), 0),
       nullif(width_bucket(s.end_at - 1, d.page_starts), 0)
FROM unnest(%(document_ids)s::text[], %(starts)s::int[], %(ends)s::int[])
     WITH ORDINALITY AS s(document_id, start_at, end_at, number)
JOIN documents d ON d.tenant_id = %(tenant_id)s AND d.document_id = s.document_id
WHERE s.end_at > s.start_at AND s.start_at >= 0
ORDER BY s.number;
