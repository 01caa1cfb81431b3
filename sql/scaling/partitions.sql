-- partitions: splits the large tables by tenant on one machine, sixteen ways by hash;
-- for an existing database, with what it holds.
--
--     psql "$DATABASE_URL" -f sql/scaling/partitions.sql
--
-- Run it as the login that owns the tables. It is no migration: run it if you want it.
--
-- What it brings: an HNSW index for each partition instead of one over all tenants. To
-- find a tenant's own rows, a search goes through those of a sixteenth of the tenants
-- and not of all; and indexes are vacuumed and rebuilt in parts. What it costs: a
-- little planning time. Every statement gives its tenant's name as a value and plans
-- are made for the value, so that one partition is opened.
--
-- What it needs, and how each table meets it: every primary key, unique constraint and
-- foreign key of a tenant's table has tenant_id in it (a test reads that from the
-- catalog). On a partition row-level security is enabled and forced without any policy,
-- and it is granted to nobody: asked directly it shows nothing; asked through its
-- table, the policies of the table hold.
--
-- It is one transaction, with exclusive locks for as long as copying and indexing take
-- (100,000 chunks: a minute or two). Tables that are partitioned already are left
-- alone, so that it can be run again after a migration that replaced a table. documents
-- stays whole, since its rows are few. It needs PostgreSQL 17 or newer, where a
-- partitioned table may have an identity column.

BEGIN;

DO $$
DECLARE
    partitions CONSTANT integer := 16;
    large        regclass[];
    names        text[];
    name         text;
    whole        regclass;
    owner        text;
    sequence     text;
    highest      bigint;
    foreign_keys text[];
    made_again   text[];
    statement    text;
BEGIN
    SELECT array_agg(c.oid::regclass ORDER BY c.relname), array_agg(c.relname)
    INTO large, names
    FROM pg_class c
    JOIN pg_class d ON d.oid = 'documents'::regclass AND d.relnamespace = c.relnamespace
    WHERE c.relkind = 'r' AND c.relname = ANY(ARRAY['chunks', 'embeddings', 'postings']);
    IF large IS NULL THEN
        RETURN;
    END IF;

    -- Foreign keys from and to these tables are made again at the end, when all tables
    -- have their rows.
    SELECT array_agg(format('ALTER TABLE %s ADD CONSTRAINT %I %s',
                            f.conrelid::regclass, f.conname, pg_get_constraintdef(f.oid)))
    INTO foreign_keys
    FROM pg_constraint f
    WHERE f.contype = 'f' AND f.conparentid = 0
      AND (f.conrelid = ANY(large) OR f.confrelid = ANY(large));
    FOR statement IN
        SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', f.conrelid::regclass, f.conname)
        FROM pg_constraint f
        WHERE f.contype = 'f' AND f.conparentid = 0
          AND (f.conrelid = ANY(large) OR f.confrelid = ANY(large))
    LOOP
        EXECUTE statement;
    END LOOP;

    FOREACH whole IN ARRAY large LOOP
        SELECT relname, quote_ident(pg_get_userbyid(relowner)) INTO name, owner
        FROM pg_class WHERE oid = whole;

        -- Keys, indexes, triggers, policies and grants of the table.
        SELECT array_agg(made) INTO made_again FROM (
            SELECT format('ALTER TABLE %I ADD CONSTRAINT %I %s',
                          name, conname, pg_get_constraintdef(oid)) AS made
            FROM pg_constraint WHERE conrelid = whole AND contype IN ('p', 'u')
            UNION ALL
            SELECT pg_get_indexdef(indexrelid)
            FROM pg_index i
            WHERE indrelid = whole
              AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = i.indexrelid)
            UNION ALL
            SELECT pg_get_triggerdef(oid)
            FROM pg_trigger WHERE tgrelid = whole AND NOT tgisinternal
            UNION ALL
            SELECT format('CREATE POLICY %I ON %I AS %s FOR %s TO %s',
                          p.policyname, name, p.permissive, p.cmd,
                          (SELECT string_agg(CASE r WHEN 'public' THEN 'PUBLIC'
                                                    ELSE quote_ident(r) END, ', ')
                           FROM unnest(p.roles) AS r))
                   || coalesce(' USING (' || p.qual || ')', '')
                   || coalesce(' WITH CHECK (' || p.with_check || ')', '')
            FROM pg_policies p
            JOIN pg_class c ON c.oid = whole AND c.relname = p.tablename
                           AND c.relnamespace = p.schemaname::regnamespace
            UNION ALL
            SELECT format('GRANT %s ON %I TO %s', g.privilege_type, name,
                          CASE g.grantee WHEN 0 THEN 'PUBLIC'
                                         ELSE quote_ident(pg_get_userbyid(g.grantee)) END)
            FROM pg_class c, aclexplode(c.relacl) AS g WHERE c.oid = whole
        ) AS definitions;

        -- Row-level security binds the owner too: copying needs it off. It is on again
        -- before anyone else can look.
        EXECUTE format('ALTER TABLE %I RENAME TO %I', name, name || '_whole');
        EXECUTE format('ALTER TABLE %I DISABLE ROW LEVEL SECURITY', name || '_whole');
        EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING ALL EXCLUDING INDEXES)'
                       ' PARTITION BY HASH (tenant_id)', name, name || '_whole');
        FOR number IN 0 .. partitions - 1 LOOP
            EXECUTE format('CREATE TABLE %I PARTITION OF %I'
                           ' FOR VALUES WITH (MODULUS %s, REMAINDER %s)',
                           name || '_' || number, name, partitions, number);
        END LOOP;
        EXECUTE format('INSERT INTO %I OVERRIDING SYSTEM VALUE SELECT * FROM %I',
                       name, name || '_whole');
        FOR sequence, highest IN
            SELECT pg_get_serial_sequence(quote_ident(name), a.attname),
                   pg_sequence_last_value(
                       pg_get_serial_sequence(quote_ident(name || '_whole'), a.attname))
            FROM pg_attribute a WHERE a.attrelid = whole AND a.attidentity <> ''
        LOOP
            PERFORM setval(sequence, highest);  -- NULL, if none was drawn: nothing is set
        END LOOP;
        EXECUTE format('DROP TABLE %I', name || '_whole');
        FOREACH statement IN ARRAY made_again LOOP
            EXECUTE statement;
        END LOOP;
        FOR statement IN
            SELECT format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY,'
                          ' FORCE ROW LEVEL SECURITY, OWNER TO %s', relid, owner)
            FROM pg_partition_tree(quote_ident(name)::regclass)
        LOOP
            EXECUTE statement;
        END LOOP;
    END LOOP;

    FOREACH statement IN ARRAY coalesce(foreign_keys, '{}') LOOP
        EXECUTE statement;
    END LOOP;
    FOREACH name IN ARRAY names LOOP
        EXECUTE format('ANALYZE %I', name);
    END LOOP;
END
$$;

COMMIT;
