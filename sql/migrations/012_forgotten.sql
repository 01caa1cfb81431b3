-- 012_forgotten: what nothing but a removed document held is forgotten with it: words, names of values, postings.
--
-- A removal notes what it took away; once it is committed, forget_removed.sql looks what no other document holds.

CREATE TABLE removals (
    tenant_id   text NOT NULL CHECK (tenant_id <> ''),
    removal     bigint GENERATED ALWAYS AS IDENTITY,
    words       text[] NOT NULL DEFAULT '{}',        -- in small letters
    terms       bigint[] NOT NULL DEFAULT '{}',
    title_terms bigint[] NOT NULL DEFAULT '{}',      -- those of titles, whose words are known by their terms alone
    fields      text[] NOT NULL DEFAULT '{}',
    folded      text[] NOT NULL DEFAULT '{}',        -- for each of `fields`, the value
    PRIMARY KEY (tenant_id, removal)
);
ALTER TABLE removals ENABLE ROW LEVEL SECURITY;
ALTER TABLE removals FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON removals USING (tenant_id = current_setting('headrace.tenant', true))
    WITH CHECK (tenant_id = current_setting('headrace.tenant', true));
GRANT SELECT, INSERT, UPDATE, DELETE ON removals TO {application_role};

CREATE INDEX words_term ON words (tenant_id, term);
CREATE INDEX value_names_value ON value_names (tenant_id, field, folded);
