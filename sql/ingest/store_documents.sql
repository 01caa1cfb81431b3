-- store_documents: the rows of documents, new or replaced; they stay locked until the
--        transaction ends.
-- in:    tenant_id text; and one entry per document: document_ids, titles,
--        folded_titles, sources, texts, languages, metadata (jsonb) text[],
--        page_starts text[] (an int[] each, as text), content_hashes bytea[]
-- out:   document_id text, is_new boolean
-- index: the key of documents; taken in its order, so that two ingests wait for each
--        other in one direction only
INSERT INTO documents (tenant_id, document_id, title, folded_title, source, text, language,
                       metadata, page_starts, content_hash)
SELECT %(tenant_id)s, document_id, title, folded_title, source, text, language,
       metadata::jsonb, page_starts::int[], content_hash
FROM unnest(%(document_ids)s::text[], %(titles)s::text[], %(folded_titles)s::text[],
            %(sources)s::text[], %(texts)s::text[], %(languages)s::text[],
            %(metadata)s::text[], %(page_starts)s::text[], %(content_hashes)s::bytea[])
     AS d(document_id, title, folded_title, source, text, language, metadata, page_starts,
          content_hash)
ORDER BY document_id
ON CONFLICT (tenant_id, document_id) DO UPDATE
SET title = excluded.title, folded_title = excluded.folded_title, source = excluded.source,
    text = excluded.text, language = excluded.language, metadata = excluded.metadata,
    page_starts = excluded.page_starts, content_hash = excluded.content_hash,
    file_stamp = NULL, stored_at = now()
RETURNING document_id, xmax = 0 AS is_new;
