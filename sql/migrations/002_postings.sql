-- 002_postings: BM25's postings packed, many of a term in one row, in segments as search engines keep them.
--
-- A transaction that stores chunks writes one row per distinct term for all of them, and never touches a row that another one wrote: writers
-- meet nowhere. Such small segments are put together later (merge_segments.sql). Removing a chunk writes rows too, with negative postings,
-- which take back the positive ones. So document frequencies are sums over the rows a transaction sees: those of the committed data.
--
-- A posting is 12 bytes, most significant first: 8 of the chunk_id, 2 of the frequency (at most 255, as in a tsvector; negative when it takes
-- back), 2 of the chunk's length in terms. A level holds segments of 8^level chunks and more; 5 is the last.

ALTER TABLE postings RENAME TO posting_rows;
ALTER TABLE posting_rows NO FORCE ROW LEVEL SECURITY;  -- the owner converts every tenant's

CREATE TABLE postings (
    tenant_id text NOT NULL CHECK (tenant_id <> ''),
    level     smallint NOT NULL,
    term      bigint NOT NULL,                       -- hashtextextended(lexeme, 0): integer keys without a table that writers queue on
    segment   bigint NOT NULL,
    chunks    integer NOT NULL,                      -- that hold the term, less those that are taken back
    entries   bytea NOT NULL,
    PRIMARY KEY (tenant_id, level, term, segment)
);
ALTER TABLE postings ALTER COLUMN entries SET STORAGE EXTERNAL;  -- read whole and at once: unpacking would take longer than reading

CREATE TABLE segments (
    tenant_id text NOT NULL CHECK (tenant_id <> ''),
    level     smallint NOT NULL,
    segment   bigint GENERATED ALWAYS AS IDENTITY,
    chunks    integer NOT NULL,                      -- added or taken back
    removed   integer NOT NULL,                      -- of these, taken back
    PRIMARY KEY (tenant_id, level, segment)
);

CREATE TEMPORARY TABLE converted ON COMMIT DROP AS
SELECT tenant_id, part, least(floor(log(8, chunks) + 0.000001), 5)::smallint AS level, row_number() OVER () AS segment, chunks
FROM (SELECT tenant_id, chunk_id >> 16 AS part, count(DISTINCT chunk_id) AS chunks FROM posting_rows GROUP BY 1, 2) AS parts;

INSERT INTO segments OVERRIDING SYSTEM VALUE SELECT tenant_id, level, segment, chunks, 0 FROM converted;
SELECT setval(pg_get_serial_sequence('segments', 'segment'), max(segment)) FROM converted;
INSERT INTO postings
SELECT r.tenant_id, c.level, r.term, c.segment, count(*),
       string_agg(int8send(r.chunk_id) || int4send(least(r.frequency, 255)::int * 65536 + least(r.length, 65535)), ''::bytea ORDER BY r.chunk_id)
FROM posting_rows r
JOIN converted c ON c.tenant_id = r.tenant_id AND c.part = r.chunk_id >> 16
GROUP BY r.tenant_id, c.level, r.term, c.segment;
DROP TABLE posting_rows;

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['postings', 'segments'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY tenant ON %I USING (tenant_id = current_setting(''headrace.tenant'', true)) '
                       'WITH CHECK (tenant_id = current_setting(''headrace.tenant'', true))', name);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO {application_role}', name);
    END LOOP;
END
$$;
