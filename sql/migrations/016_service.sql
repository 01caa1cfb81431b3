-- 016_service: the HTTP service's tokens, its long ingests, and what readers think of answers.

-- Whose token is whose, and what it may do. Row-level security without a policy: nobody but the owner sees the table, whatever default privileges
-- grant. digest is the SHA-256 of a secret of 32 random bytes: nobody can guess these, so a slow hash, which passwords need, would add nothing.
CREATE TABLE service_tokens (
    token_id   text PRIMARY KEY,
    digest     bytea NOT NULL,
    tenant     text NOT NULL CHECK (tenant <> ''),
    rights     text NOT NULL CHECK (rights IN ('read', 'write', 'admin')),
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL DEFAULT 'infinity'
);
ALTER TABLE service_tokens ENABLE ROW LEVEL SECURITY;
REVOKE ALL ON service_tokens FROM PUBLIC;

-- The application's login cannot list tokens. It can ask for one by its name, and whether there are any.
CREATE FUNCTION service_token(wanted text) RETURNS TABLE (digest bytea, tenant text, rights text, is_valid boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT digest, tenant, rights, expires_at > now() FROM {schema}.service_tokens WHERE token_id = wanted
$$;
CREATE FUNCTION has_service_tokens() RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (SELECT FROM {schema}.service_tokens)
$$;
REVOKE ALL ON FUNCTION service_token(text), has_service_tokens() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION service_token(text), has_service_tokens() TO {application_role};

-- Long ingests. Whoever runs one changes its row every few seconds, so that one whose process died can be told.
CREATE TABLE jobs (
    tenant_id  text NOT NULL CHECK (tenant_id <> ''),
    job_id     text NOT NULL,
    status     text NOT NULL CHECK (status IN ('waiting', 'running', 'done', 'failed')),
    progress   jsonb NOT NULL DEFAULT '{}',          -- what is counted, how much is done of how much
    outcomes   jsonb NOT NULL DEFAULT '[]',          -- what became of each document
    reason     text NOT NULL DEFAULT '',             -- why it failed
    created_at timestamptz NOT NULL DEFAULT now(),
    changed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, job_id)
);

-- Thumbs up and down.
CREATE TABLE feedback (
    tenant_id   text NOT NULL CHECK (tenant_id <> ''),
    feedback_id bigint GENERATED ALWAYS AS IDENTITY,
    question    text NOT NULL,
    answer      text NOT NULL,
    is_helpful  boolean NOT NULL,
    comment     text NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, feedback_id)
);

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['jobs', 'feedback'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY tenant ON %I USING (tenant_id = current_setting(''headrace.tenant'', true)) '
                       'WITH CHECK (tenant_id = current_setting(''headrace.tenant'', true))', name);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO {application_role}', name);
    END LOOP;
END
$$;
