-- 001_schema: documents, their chunks, and what the two searches read.
--
-- Every primary key starts with tenant_id, every foreign key carries it, and row-level security is forced on every table of a
-- tenant: a transaction that has not set headrace.tenant sees no row, whoever owns the table.
-- {application_role} is the login that queries run as: no superuser, no BYPASSRLS.

CREATE EXTENSION IF NOT EXISTS vector;

-- Which model made the vectors. One row today; vectors of two models are never compared.
CREATE TABLE encoders (
    encoder_id smallint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name       text NOT NULL UNIQUE,
    dimension  integer NOT NULL CHECK (dimension > 0)
);

CREATE TABLE documents (
    tenant_id    text NOT NULL CHECK (tenant_id <> ''),
    document_id  text NOT NULL CHECK (document_id <> ''),
    title        text NOT NULL,
    source       text NOT NULL,                      -- the file it came from; --prune compares these
    text         text NOT NULL,                      -- citations are characters of this
    language     text NOT NULL,                      -- a text search configuration
    metadata     jsonb NOT NULL,
    content_hash bytea NOT NULL,                     -- of all that was ingested: unchanged means nothing to do
    stored_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, document_id)
);
CREATE INDEX documents_language ON documents (tenant_id, language);
CREATE INDEX documents_source ON documents (tenant_id, source);

CREATE TABLE chunks (
    tenant_id    text NOT NULL CHECK (tenant_id <> ''),
    chunk_id     bigint GENERATED ALWAYS AS IDENTITY,
    document_id  text NOT NULL,
    ordinal      integer NOT NULL,
    start_at     integer NOT NULL,
    end_at       integer NOT NULL CHECK (end_at > start_at),
    page         integer,
    text         text NOT NULL,
    content_hash bytea NOT NULL,                     -- of title, text and language: the same hash is never embedded again
    lexemes      tsvector NOT NULL,                  -- title weighted A; exactly what was posted
    length       integer NOT NULL,                   -- terms, title included
    PRIMARY KEY (tenant_id, chunk_id),
    FOREIGN KEY (tenant_id, document_id) REFERENCES documents ON DELETE CASCADE
);
CREATE INDEX chunks_document ON chunks (tenant_id, document_id, chunk_id);

-- A table of its own: narrow rows make exact search of a tenant a short scan. The HNSW index is made per encoder
-- (encoder_index.sql), since its dimension is the encoder's.
CREATE TABLE embeddings (
    tenant_id  text NOT NULL CHECK (tenant_id <> ''),
    chunk_id   bigint NOT NULL,
    encoder_id smallint NOT NULL REFERENCES encoders,
    embedding  halfvec NOT NULL,
    PRIMARY KEY (tenant_id, chunk_id, encoder_id),
    FOREIGN KEY (tenant_id, chunk_id) REFERENCES chunks ON DELETE CASCADE
);

-- BM25's postings. term is hashtextextended(lexeme, 0): integer keys without a table of terms that writers would queue on.
-- No foreign key: delete_chunks.sql removes them by chunks.lexemes, so no second index is needed; hits join chunks, so a
-- posting without its chunk could never be returned.
CREATE TABLE postings (
    tenant_id text NOT NULL CHECK (tenant_id <> ''),
    term      bigint NOT NULL,
    chunk_id  bigint NOT NULL,
    frequency real NOT NULL,
    length    integer NOT NULL,                      -- of the chunk: scoring reads this index and nothing else
    PRIMARY KEY (tenant_id, term, chunk_id) INCLUDE (frequency, length)
);

-- Sums over a tenant's chunks, in shards that are updated last in a transaction, so that writers hardly meet.
-- version grows with every committed change.
CREATE TABLE tenant_statistics (
    tenant_id text NOT NULL CHECK (tenant_id <> ''),
    shard     smallint NOT NULL,
    documents bigint NOT NULL,
    chunks    bigint NOT NULL,
    length    bigint NOT NULL,
    version   bigint NOT NULL,
    PRIMARY KEY (tenant_id, shard)
);

-- Metadata that can be filtered on: one row per value. folded is the value in lower case.
CREATE TABLE document_fields (
    tenant_id   text NOT NULL CHECK (tenant_id <> ''),
    field       text NOT NULL,
    folded      text NOT NULL,
    document_id text NOT NULL,
    value       text NOT NULL,
    value_date  date,
    PRIMARY KEY (tenant_id, field, folded, document_id),
    FOREIGN KEY (tenant_id, document_id) REFERENCES documents ON DELETE CASCADE
);
CREATE INDEX document_fields_value ON document_fields (tenant_id, folded, field);
CREATE INDEX document_fields_date ON document_fields (tenant_id, field, value_date, document_id) WHERE value_date IS NOT NULL;
CREATE INDEX document_fields_document ON document_fields (tenant_id, document_id);

-- The tenant's own words as written (lower case), for typos. A word counts while its term has postings.
CREATE TABLE words (
    tenant_id text NOT NULL CHECK (tenant_id <> ''),
    word      text COLLATE "C" NOT NULL,
    term      bigint NOT NULL,
    PRIMARY KEY (tenant_id, word)
);
-- Each word under itself and each of its one-letter deletions: words one edit apart share a row (SymSpell's idea).
CREATE TABLE spellings (
    tenant_id text NOT NULL CHECK (tenant_id <> ''),
    deletion  bigint NOT NULL,                       -- hashtextextended of the word with a letter left out
    word      text COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant_id, deletion, word)          -- no foreign key: words stay, and checking it takes most of an ingest
);

-- Abbreviations: given by the user, and learned from "long form (LF)" in documents.
CREATE TABLE glossary (
    tenant_id  text NOT NULL CHECK (tenant_id <> ''),
    short_form text NOT NULL,
    long_form  text NOT NULL,
    PRIMARY KEY (tenant_id, short_form, long_form)
);
CREATE TABLE definitions (
    tenant_id   text NOT NULL CHECK (tenant_id <> ''),
    short_form  text NOT NULL,
    long_form   text NOT NULL,
    document_id text NOT NULL,
    PRIMARY KEY (tenant_id, short_form, long_form, document_id),
    FOREIGN KEY (tenant_id, document_id) REFERENCES documents ON DELETE CASCADE
);
CREATE INDEX definitions_document ON definitions (tenant_id, document_id);

-- The documents that meet every filter. filters: [{"number": 1, "field": "year", "values": ["2019"]},
-- {"number": 2, "field": "date", "low": "2019-01-01", "high": "2020-01-01"}]; values in lower case, low <= date < high.
CREATE FUNCTION filtered_documents(tenant text, filters jsonb) RETURNS SETOF text
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT document_id
    FROM (
        SELECT f.document_id, q.number
        FROM jsonb_to_recordset(filters) AS q(number integer, field text, "values" text[])
        CROSS JOIN unnest(q.values) AS wanted(folded)
        CROSS JOIN LATERAL (
            SELECT document_id FROM document_fields
            WHERE tenant_id = tenant AND field = q.field AND folded = wanted.folded OFFSET 0) AS f
        UNION
        SELECT f.document_id, q.number
        FROM jsonb_to_recordset(filters) AS q(number integer, field text, "values" text[], low date, high date)
        CROSS JOIN LATERAL (
            SELECT document_id FROM document_fields
            WHERE tenant_id = tenant AND field = q.field
              AND value_date >= coalesce(q.low, '-infinity') AND value_date < coalesce(q.high, 'infinity') OFFSET 0) AS f
        WHERE q.values IS NULL
    ) AS met
    GROUP BY document_id
    HAVING count(DISTINCT number) = jsonb_array_length(filters)
$$;

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['documents', 'chunks', 'embeddings', 'postings', 'tenant_statistics', 'document_fields',
                                'words', 'spellings', 'glossary', 'definitions'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY tenant ON %I USING (tenant_id = current_setting(''headrace.tenant'', true)) '
                       'WITH CHECK (tenant_id = current_setting(''headrace.tenant'', true))', name);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO {application_role}', name);
    END LOOP;
END
$$;
GRANT SELECT ON encoders TO {application_role};
