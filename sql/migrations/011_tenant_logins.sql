-- 011_tenant_logins: logins of tenants have no right on any table, and no lock of ours can be taken by others.
--
-- A login that could read a table itself would learn of other tenants from the planner's statistics, whatever row-level security hides, and one that
-- could change a table could lock it for all. So a login gets a schema of its own with views over functions, which are planned apart from its
-- queries and return its tenant's rows alone (headrace/resources/postgres/tenants/views.py).

-- Whose login is whose. Row-level security without a policy: nobody but the owner sees it, whatever default privileges grant.
CREATE TABLE tenant_logins (
    role   text PRIMARY KEY,
    tenant text NOT NULL CHECK (tenant <> ''),
    writes boolean NOT NULL
);

-- Tables without rows or columns, which are only locked (headrace/resources/postgres/locks.py). Anyone may take an advisory lock;
-- locking a table needs a right on it.
CREATE TABLE lock_index ();
CREATE TABLE lock_encoder_change ();
CREATE TABLE lock_encoder_writers ();

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['tenant_logins', 'lock_index', 'lock_encoder_change', 'lock_encoder_writers'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('REVOKE ALL ON %I FROM PUBLIC', name);
    END LOOP;
END
$$;
GRANT SELECT ON lock_encoder_writers TO {application_role};

-- The tenant that the present login belongs to, whoever runs the statement; NULL for all others. A login cannot change its session_user.
CREATE FUNCTION login_tenant() RETURNS text LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT tenant FROM {schema}.tenant_logins WHERE role = session_user::text
$$;
REVOKE ALL ON FUNCTION login_tenant() FROM PUBLIC;

-- For an event trigger, which only a superuser may make (rights.py). CREATE RULE and others wait for the lock on a table before they look at rights,
-- and everyone else waits behind them.
CREATE FUNCTION refuse_commands_of_logins() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF {schema}.login_tenant() IS NOT NULL THEN
        RAISE EXCEPTION 'a login of a tenant may not run %', tg_tag USING ERRCODE = 'insufficient_privilege';
    END IF;
END
$$;
REVOKE ALL ON FUNCTION refuse_commands_of_logins() FROM PUBLIC;

-- Raises for a row that the application would never store, and could not answer from.
CREATE FUNCTION check_tenants_row(changed text, made jsonb) RETURNS void LANGUAGE plpgsql
SET search_path = pg_catalog, {types}, pg_temp AS $$
DECLARE
    wrong text;
BEGIN
    IF changed = 'documents' THEN
        wrong := CASE
            WHEN NOT EXISTS (SELECT FROM pg_ts_config WHERE cfgname = made->>'language')
            THEN 'its language is no text search configuration'
            WHEN jsonb_typeof(made->'metadata') <> 'object' THEN 'its metadata is no object'
            WHEN jsonb_path_exists(made->'metadata', '$.**{65}') THEN 'its metadata is nested more than 64 deep'
            END;
    ELSIF changed = 'chunks' THEN
        wrong := CASE
            WHEN least((made->>'ordinal')::int, (made->>'length')::int, (made->>'page')::int, (made->>'start_at')::int) < 0
            THEN 'a number is below 0'
            WHEN (made->>'end_at')::int > (
                SELECT length(text) FROM {schema}.documents
                WHERE tenant_id = made->>'tenant_id' AND document_id = made->>'document_id')
            THEN 'it ends beyond the text of its document'
            WHEN (made->>'length')::int > 1000000 THEN 'its length is above 1,000,000'
            END;
    ELSIF changed = 'embeddings' AND abs(l2_norm((made->>'embedding')::halfvec) - 1) > 0.1 THEN
        wrong := 'its vector has not the length 1';
    ELSIF changed = 'document_fields' THEN
        wrong := CASE
            WHEN made->>'value_number' IN ('NaN', 'Infinity', '-Infinity') THEN 'its number is not finite'
            WHEN NOT (made->>'value_date')::date BETWEEN '0001-01-01' AND '9999-12-31' THEN 'its date is not of the years 1 to 9999'
            END;
    END IF;
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'a row of % cannot be stored: %', changed, wrong USING ERRCODE = 'check_violation';
    END IF;
END
$$;
REVOKE ALL ON FUNCTION check_tenants_row(text, jsonb) FROM PUBLIC;

-- Changes a row of the table that the view is named for, as the login's tenant. Columns that PostgreSQL fills in itself are left to it.
CREATE FUNCTION change_as_tenant() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, {schema}, {types}, pg_temp AS $$
DECLARE
    mine    text := {schema}.login_tenant();
    changed regclass := format('{schema}.%I', TG_TABLE_NAME)::regclass;
    columns text[] := ARRAY(SELECT quote_ident(attname) FROM pg_attribute WHERE attrelid = TG_RELID AND attnum > 0 ORDER BY attnum);
    given   text[] := ARRAY(
        SELECT quote_ident(attname) FROM pg_attribute
        WHERE attrelid = changed AND attnum > 0 AND NOT attisdropped AND attidentity = '' AND attgenerated = '' ORDER BY attnum);
    is_old  text := (
        SELECT string_agg(format('%1$I = ($1).%1$I', attname), ' AND ')
        FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = ANY (indkey)
        WHERE indrelid = changed AND indisprimary);
BEGIN
    IF mine IS NULL OR TG_OP <> 'INSERT' AND OLD.tenant_id <> mine OR TG_OP <> 'DELETE' AND NEW.tenant_id <> mine THEN
        RAISE EXCEPTION 'this login may only change rows of its own tenant' USING ERRCODE = 'insufficient_privilege';
    END IF;
    PERFORM set_config('headrace.tenant', mine, true);
    IF TG_OP = 'DELETE' THEN
        EXECUTE format('DELETE FROM %s WHERE %s RETURNING %s', changed, is_old, array_to_string(columns, ', ')) INTO OLD USING OLD;
        RETURN CASE WHEN OLD.tenant_id IS NOT NULL THEN OLD END;
    END IF;
    NEW.tenant_id := mine;
    PERFORM {schema}.check_tenants_row(TG_TABLE_NAME, to_jsonb(NEW));
    IF TG_OP = 'INSERT' THEN
        EXECUTE format('INSERT INTO %s (%s) SELECT ($1).%s RETURNING %s',
                       changed, array_to_string(given, ', '), array_to_string(given, ', ($1).'), array_to_string(columns, ', '))
        INTO NEW USING NEW;
    ELSE
        EXECUTE format('UPDATE %s SET (%s) = ROW(($2).%s) WHERE %s RETURNING %s',
                       changed, array_to_string(given, ', '), array_to_string(given, ', ($2).'), is_old, array_to_string(columns, ', '))
        INTO NEW USING OLD, NEW;
    END IF;
    RETURN CASE WHEN NEW.tenant_id IS NOT NULL THEN NEW END;
END
$$;
REVOKE ALL ON FUNCTION change_as_tenant() FROM PUBLIC;

-- Vectors that the index could not hold are refused, since it is that of all tenants. And a table takes the place of the
-- advisory lock: reading it holds back an exchange of roles until the transaction ends.
CREATE OR REPLACE FUNCTION check_written_embeddings() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM written w JOIN encoders e USING (encoder_id)
        WHERE vector_dims(w.embedding) <> e.dimension
    ) THEN
        RAISE EXCEPTION 'a vector has not the dimension of its encoder' USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (SELECT FROM written JOIN encoders USING (encoder_id) WHERE role = 'active') THEN
        PERFORM FROM lock_encoder_writers;
    END IF;
    IF EXISTS (
        SELECT FROM written w
        JOIN encoders e USING (encoder_id)
        CROSS JOIN (SELECT encoder_id FROM encoders WHERE role = 'active') AS active
        WHERE e.role <> 'active' AND NOT EXISTS (
            SELECT FROM embeddings WHERE tenant_id = w.tenant_id AND chunk_id = w.chunk_id AND encoder_id = active.encoder_id)
    ) THEN
        RAISE EXCEPTION 'a chunk without a vector of the active encoder'
            USING ERRCODE = 'HR001', DETAIL = (SELECT name FROM encoders WHERE role = 'active');
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER check_changed AFTER UPDATE ON embeddings
REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION check_written_embeddings();

-- Each call has arguments of exactly the types of the function that is meant. PostgreSQL prefers such a function to one that needs a cast, in
-- whatever schema of the search path it is: nobody can put another in its place.
CREATE OR REPLACE FUNCTION posted_terms(lexemes tsvector) RETURNS TABLE (term bigint, frequency bigint) IMMUTABLE PARALLEL SAFE LANGUAGE sql AS $$
    SELECT hashtextextended(t.lexeme, 0::bigint),
           sum(cardinality(t.positions) + (title.weight - 1) * cardinality(array_positions(t.weights, 'A')))::bigint
    FROM unnest(lexemes) AS t,
         (SELECT CASE WHEN count(*) <= 4 THEN 3 WHEN count(*) <= 7 THEN 2 ELSE 1 END AS weight
          FROM unnest(ts_filter(lexemes, '{a}')) AS a, unnest(a.positions)) AS title
    GROUP BY 1
$$;
CREATE OR REPLACE FUNCTION length_code(length integer) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN length <= 128 THEN length
           ELSE least(128::float8 + round(14::float8 * ln(length::float8 / 128::float8) / ln(2::float8)), 255::float8)::integer END
$$;

-- Who must see every tenant (a change of the encoder) says so. Before, the owner lifted row-level security, under a lock that any reader could hold up.
CREATE POLICY every_tenant ON tenant_statistics FOR SELECT USING (current_setting('headrace.every_tenant', true) = 'on');

-- Logins that were made before: the policies with their tenants' names in them, which everyone could read, become rows.
INSERT INTO tenant_logins
SELECT r.rolname, substr(config, length('headrace.tenant=') + 1), has_table_privilege(r.oid, 'documents', 'INSERT')
FROM pg_db_role_setting s
JOIN pg_roles r ON r.oid = s.setrole
CROSS JOIN unnest(s.setconfig) AS config
WHERE s.setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND starts_with(config, 'headrace.tenant=')
  AND EXISTS (SELECT FROM pg_policy p WHERE p.polname = 'login_' || r.rolname AND NOT p.polpermissive);

DO $$
DECLARE
    login text;
    made  record;
BEGIN
    FOR login IN SELECT role FROM tenant_logins LOOP
        FOR made IN SELECT polrelid::regclass AS on_table FROM pg_policy WHERE polname = 'login_' || login LOOP
            EXECUTE format('DROP POLICY %I ON %s', 'login_' || login, made.on_table);
            EXECUTE format('REVOKE ALL ON %s FROM %I', made.on_table, login);
        END LOOP;
        EXECUTE format('REVOKE ALL ON encoders FROM %I', login);
        EXECUTE format('ALTER ROLE %I IN DATABASE %I RESET headrace.tenant', login, current_database());
    END LOOP;
END
$$;
