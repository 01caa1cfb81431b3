-- file_stamps: what is known of the files that documents were read from, so that an
--        unchanged file is not read again.
-- in:    tenant_id text; sources text[]
-- out:   source, document_id text, file_stamp bytea
-- index: documents_source
SELECT source, document_id, file_stamp
FROM documents
WHERE tenant_id = %(tenant_id)s AND source = ANY(%(sources)s) AND file_stamp IS NOT NULL;
