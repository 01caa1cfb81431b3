-- citus: distributes the tables by tenant_id over the machines of a Citus cluster; for
-- a migrated database, with what it holds.
--
--     psql "$DATABASE_URL" -f sql/scaling/citus.sql
--
-- Run it on the coordinator, as the login that owns the tables: once, and again after
-- every migration. It is written from Citus' documentation and sources (12 and newer),
-- and tests check the catalog and all statements against that. It has not been run on a
-- cluster.
--
-- What Citus requires, and how each table meets it:
--
--   keys           Every primary key and unique constraint has the distribution column:
--                  they all begin with tenant_id.
--   foreign keys   Between distributed tables only with the distribution column, in one
--                  group of colocated tables: each is (tenant_id, ...) REFERENCES
--                  (tenant_id, ...). Or to a reference table: embeddings.encoder_id
--                  refers to encoders.
--   joins          Within one machine when tenant_id is the same. Every statement of
--                  sql/ gives tenant_id as a value to every table that it reads, so all
--                  of it is routed to the machine of the tenant ("router query"),
--                  recursion and LATERAL included.
--   identities     bigint, since each machine numbers within its own range:
--                  chunks.chunk_id. encoders.encoder_id may be smallint: rows of a
--                  reference table are inserted through the coordinator, which is where
--                  Headrace connects.
--   one type       tenant_id is text of the same collation everywhere, so that a
--                  tenant's rows of all tables are on one machine.
--   row security   Policies and roles are carried to every machine. The tenant has to
--                  get there too: Citus passes on SET LOCAL alone (not set_config), and
--                  only if told to. The application names its tenant by SET LOCAL
--                  headrace.tenant, and a setting below tells Citus to pass it on.
--                  Without it every search returns nothing, which is how row-level
--                  security fails here.
--   functions      filtered_documents, and what it uses, is called from statements that
--                  run on a tenant's machine, and reads its rows there.
--   triggers       None on distributed tables. They are dropped here. check_written
--                  only guards ingests during `run.py migrate-encoder`: ingest nothing
--                  meanwhile.
--   sessions       What Headrace sets for its session (hnsw.ef_search and others) stays
--                  on the coordinator. It is set for the login below.
--
-- No statement reads documents of more than one tenant, so the only distributed queries
-- are those that a person writes in psql.
-- Not after partitions.sql: Citus cannot have foreign keys to partitioned tables. Its
-- own shards are the partitions.

CREATE EXTENSION IF NOT EXISTS citus;

DO $$
DECLARE
    settings CONSTANT text[] := ARRAY[
        'citus.propagate_set_commands = local',
        'citus.allow_nested_distributed_execution = on',
        'hnsw.iterative_scan = relaxed_order',
        'hnsw.ef_search = 600',
        'plan_cache_mode = force_custom_plan',
        'jit = off'];
    setting text;
    login   text;
BEGIN
    FOR login IN
        SELECT DISTINCT grantee FROM information_schema.role_table_grants
        WHERE table_name = 'documents' AND grantee <> 'PUBLIC'
    LOOP
        FOREACH setting IN ARRAY settings LOOP
            EXECUTE format('ALTER ROLE %I SET ', login) || setting;
        END LOOP;
    END LOOP;
END
$$;

SELECT create_reference_table('encoders')
WHERE NOT EXISTS (SELECT FROM pg_dist_partition WHERE logicalrelid = 'encoders'::regclass);

-- Every table with a tenant_id, first those that others refer to. The first of all
-- opens the group that the others are colocated with.
DO $$
DECLARE
    name    regclass;
    trigger text;
BEGIN
    LOOP
        SELECT c.oid INTO name
        FROM pg_class c
        JOIN pg_attribute a
          ON a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped
        WHERE c.relkind = 'r'
          AND c.relnamespace = (
            SELECT relnamespace FROM pg_class WHERE oid = 'documents'::regclass)
          AND NOT EXISTS (SELECT FROM pg_dist_partition WHERE logicalrelid = c.oid)
          AND NOT EXISTS (
            SELECT FROM pg_constraint f
            WHERE f.conrelid = c.oid AND f.contype = 'f'
              AND NOT EXISTS (
                SELECT FROM pg_dist_partition WHERE logicalrelid = f.confrelid))
        ORDER BY c.oid <> 'documents'::regclass, c.relname
        LIMIT 1;
        EXIT WHEN name IS NULL;
        FOR trigger IN
            SELECT tgname FROM pg_trigger WHERE tgrelid = name AND NOT tgisinternal
        LOOP
            EXECUTE format('DROP TRIGGER %I ON %s', trigger, name);
        END LOOP;
        PERFORM create_distributed_table(
            name, 'tenant_id',
            colocate_with => CASE name WHEN 'documents'::regclass THEN 'none'
                                       ELSE 'documents' END);
    END LOOP;
END
$$;
