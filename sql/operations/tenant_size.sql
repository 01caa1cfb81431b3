-- tenant_size: how much a tenant holds, and when it last stored something.
-- in:    tenant_id text
-- out:   documents, chunks bigint; bytes bigint, of the stored texts, terms and vectors of
--        every encoder, as compressed as they are, without indexes and postings; changed_at
--        timestamptz, when a document was last stored, NULL without any. Always one row
-- index: the keys of documents, chunks and embeddings; every row is read, but no long text
--        is unpacked
SELECT coalesce((SELECT sum(documents) FROM tenant_statistics
                 WHERE tenant_id = %(tenant_id)s), 0)::bigint,
       coalesce((SELECT sum(chunks) FROM tenant_statistics
                 WHERE tenant_id = %(tenant_id)s), 0)::bigint,
       (d.bytes + c.bytes + e.bytes)::bigint,
       d.changed_at
FROM (SELECT coalesce(sum(pg_column_size(text) + pg_column_size(metadata)), 0) AS bytes,
             max(stored_at) AS changed_at
      FROM documents WHERE tenant_id = %(tenant_id)s) AS d,
     (SELECT coalesce(sum(pg_column_size(text) + pg_column_size(lexemes)), 0) AS bytes
      FROM chunks WHERE tenant_id = %(tenant_id)s) AS c,
     (SELECT coalesce(sum(pg_column_size(embedding)), 0) AS bytes
      FROM embeddings WHERE tenant_id = %(tenant_id)s) AS e;
