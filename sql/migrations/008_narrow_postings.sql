-- 008_narrow_postings: a posting of 6 bytes where 002 had 12, so that a question reads half as much.
--
-- Most significant first: 4 bytes of the chunk_id, whose upper 4 are the row's `part`; 1 of the frequency (at most 127; negative when it takes back);
-- 1 of the chunk's length in terms: exact up to 128, above in steps of 5 %, up to 65,536. Of a database in partitions, postings are one table
-- again until partitions.sql is run once more.

CREATE FUNCTION length_code(length integer) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN length <= 128 THEN length ELSE least(128 + round(14 * ln(length / 128::float8) / ln(2::float8)), 255)::integer END
$$;

CREATE FUNCTION packed_posting(chunk_id bigint, frequency integer, length_code integer) RETURNS bytea LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT substring(int8send(chunk_id) FROM 5) || int2send((frequency * 256 + length_code)::smallint)
$$;

CREATE FUNCTION unpacked_postings(part integer, entries bytea) RETURNS TABLE (chunk_id bigint, frequency integer, length_code integer)
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT (part::bigint << 32) + (get_byte(entries, place)::bigint << 24) + (get_byte(entries, place + 1) << 16) + (get_byte(entries, place + 2) << 8)
               + get_byte(entries, place + 3),
           (get_byte(entries, place + 4) # 128) - 128, get_byte(entries, place + 5)
    FROM generate_series(0, octet_length(entries) - 6, 6) AS place
$$;

ALTER TABLE postings RENAME TO wide_postings;
ALTER TABLE wide_postings NO FORCE ROW LEVEL SECURITY;  -- the owner converts every tenant's

CREATE TABLE postings (
    tenant_id text NOT NULL CHECK (tenant_id <> ''),
    level     smallint NOT NULL,
    term      bigint NOT NULL,                       -- hashtextextended(lexeme, 0)
    segment   bigint NOT NULL,
    part      integer NOT NULL,                      -- chunk_id >> 32: one, nearly always
    chunks    integer NOT NULL,                      -- that hold the term, less those that are taken back
    entries   bytea NOT NULL,
    CONSTRAINT narrow_postings_pkey PRIMARY KEY (tenant_id, level, term, segment, part)
);
ALTER TABLE postings ALTER COLUMN entries SET STORAGE EXTERNAL;

INSERT INTO postings
SELECT w.tenant_id, w.level, w.term, w.segment, n.part, n.chunks, n.entries
FROM wide_postings w
CROSS JOIN LATERAL (
    SELECT u.chunk_id >> 32 AS part, sum(sign(u.frequency)) AS chunks,
           string_agg(packed_posting(u.chunk_id, greatest(least(u.frequency, 127), -127), length_code(u.length)), ''::bytea) AS entries
    FROM (SELECT ('x' || encode(substring(entries FROM place FOR 8), 'hex'))::bit(64)::bigint AS chunk_id,
                 ('x' || encode(substring(entries FROM place + 8 FOR 4), 'hex'))::bit(32)::integer >> 16 AS frequency,
                 ('x' || encode(substring(entries FROM place + 10 FOR 2), 'hex'))::bit(16)::integer AS length
          FROM (SELECT w.entries || ''::bytea AS entries OFFSET 0) AS whole,  -- read once, not for each posting
               generate_series(1, octet_length(w.entries) - 11, 12) AS place) AS u
    GROUP BY u.chunk_id >> 32) AS n;
DROP TABLE wide_postings;

ALTER TABLE postings ENABLE ROW LEVEL SECURITY;
ALTER TABLE postings FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON postings USING (tenant_id = current_setting('headrace.tenant', true))
    WITH CHECK (tenant_id = current_setting('headrace.tenant', true));
GRANT SELECT, INSERT, UPDATE, DELETE ON postings TO {application_role};
