-- 015_known_content: a chunk whose content is stored already is not embedded again, and a file that is unchanged is not read again.
CREATE INDEX chunks_content ON chunks (tenant_id, content_hash);

-- Of the size, time and inode of the file that a document was read from, and of the settings it was read with. NULL: it is to be read again.
ALTER TABLE documents ADD COLUMN file_stamp bytea;

-- So that a file is found again that was moved.
ALTER TABLE documents ADD COLUMN text_hash bigint GENERATED ALWAYS AS (hashtextextended(text, 0::bigint)) STORED;
CREATE INDEX documents_text ON documents (tenant_id, text_hash);
