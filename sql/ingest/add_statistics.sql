-- add_statistics: adds a change to the tenant's statistics; the last statement of its
--        transaction. The version is the time in microseconds, and at least one more
--        than before, so that a database that was recreated or restored repeats none.
-- in:    tenant_id text; documents, chunks, length int (may be negative)
-- index: the key of tenant_statistics; a connection writes one of 16 shards, so that
--        writers seldom wait for each other
INSERT INTO tenant_statistics AS s (tenant_id, shard, documents, chunks, length, version)
VALUES (%(tenant_id)s, (pg_backend_pid() %% 16)::smallint,
        %(documents)s, %(chunks)s, %(length)s,
        (extract(epoch FROM clock_timestamp()) * 1000000::numeric)::bigint)
ON CONFLICT (tenant_id, shard) DO UPDATE
SET documents = s.documents + excluded.documents,
    chunks = s.chunks + excluded.chunks,
    length = s.length + excluded.length,
    version = greatest(s.version + 1, excluded.version);
