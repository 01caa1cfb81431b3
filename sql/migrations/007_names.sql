-- 007_names: what a question may call things by: long forms of abbreviations, other names of metadata's values, titles of documents.

-- Long forms in small letters, so that a question that has the long form finds the short one. Generated, not an index on lower(): that function is
-- not leakproof, and row-level security would keep such an index from being used.
ALTER TABLE definitions ADD COLUMN folded text GENERATED ALWAYS AS (lower(long_form)) STORED;
ALTER TABLE glossary ADD COLUMN folded text GENERATED ALWAYS AS (lower(long_form)) STORED;
CREATE INDEX definitions_folded ON definitions (tenant_id, folded, short_form);
CREATE INDEX glossary_folded ON glossary (tenant_id, folded, short_form);

-- Other names of a value that can be filtered by: "pooch" and "u. pooch" of "pooch, u. w.", "cnbc" of "cnbc | world business news leader".
-- A name counts while a document has the value.
CREATE TABLE value_names (
    tenant_id text NOT NULL CHECK (tenant_id <> ''),
    name      text NOT NULL,
    field     text NOT NULL,
    folded    text NOT NULL,                         -- the value, as in document_fields
    PRIMARY KEY (tenant_id, name, field, folded)
);
ALTER TABLE value_names ENABLE ROW LEVEL SECURITY;
ALTER TABLE value_names FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON value_names USING (tenant_id = current_setting('headrace.tenant', true))
    WITH CHECK (tenant_id = current_setting('headrace.tenant', true));
GRANT SELECT, INSERT, UPDATE, DELETE ON value_names TO {application_role};

-- A document's title in small letters, without what tells it from others of that name, "(film)": what other documents call it by.
ALTER TABLE documents ADD COLUMN folded_title text NOT NULL DEFAULT '';
ALTER TABLE documents NO FORCE ROW LEVEL SECURITY;  -- the owner fills in every tenant's
UPDATE documents SET folded_title = left(lower(regexp_replace(title, '\s*\([^)]*\)$', '')), 200);
ALTER TABLE documents FORCE ROW LEVEL SECURITY;
CREATE INDEX documents_title ON documents (tenant_id, folded_title);
