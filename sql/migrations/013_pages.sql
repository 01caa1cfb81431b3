-- 013_pages: where each page of a document begins, so that a quote is cited with its own page.
--
-- Documents stored before have none until they are ingested again; their quotes keep the page on which their chunk begins.
ALTER TABLE documents ADD COLUMN page_starts integer[] NOT NULL DEFAULT '{}';  -- characters of `text`, the first page first
