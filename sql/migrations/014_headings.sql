-- 014_headings: what a chunk stands under, so that it is searched, read and cited with its headings.
--
-- Chunks stored before stand under nothing until their documents are ingested again.
ALTER TABLE chunks ADD COLUMN above text NOT NULL DEFAULT '';  -- Markdown: headings, then the header of its table or what introduces its list
