"""What a tenant's login sees: views in a schema of its own, named like the tables.

A view shows what a function returns. The function runs with the rights of the tables'
owner, and returns the rows of the login's tenant. PostgreSQL plans it apart from the
login's query. So conditions of the login never meet statistics, indexes or rows of
other tenants, and a lock on the view is no lock on the table.
"""

from typing import LiteralString, NamedTuple

import psycopg
from psycopg import sql

from headrace.resources.postgres.rows import one_row

#: What a login that writes may change. All else is worked out from it by an ingest.
_WRITABLE = ("documents", "chunks", "embeddings", "document_fields", "glossary", "definitions")
#: The tables that hold rows of tenants, and that of encoders, with their columns and
#: types. A partition is reached through its table alone; some tables are notes of ours.
_TABLES = """
SELECT c.relname::text, bool_or(a.attname = 'tenant_id'),
       array_agg(a.attname::text ORDER BY a.attnum),
       array_agg(format_type(a.atttypid, a.atttypmod) ORDER BY a.attnum)
FROM pg_class c
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
  AND c.relname NOT IN ('removals', 'jobs', 'feedback')
  AND c.relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = 'documents'::regclass)
GROUP BY c.relname
HAVING bool_or(a.attname = 'tenant_id') OR c.relname = 'encoders'
ORDER BY c.relname"""
_SCHEMAS = """
SELECT (SELECT n.nspname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.oid = 'documents'::regclass),
       (SELECT n.nspname::text FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
        WHERE e.extname = 'vector')"""
_DEFAULTS = """
SELECT a.attname::text, pg_get_expr(d.adbin, d.adrelid)
FROM pg_attrdef d
JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
WHERE d.adrelid = to_regclass(quote_ident(%s)) AND a.attgenerated = '' AND a.attidentity = ''"""
_ROWS = sql.SQL("""
CREATE FUNCTION {rows}() RETURNS TABLE ({typed}) LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, {types}, pg_temp AS {body}""")
_OF_TENANT = sql.SQL("""
SELECT pg_catalog.set_config('headrace.tenant', {schema}.login_tenant(), true);
SELECT {columns} FROM {table} WHERE tenant_id = {schema}.login_tenant()""")
_OF_ALL = sql.SQL("SELECT {columns} FROM {table}")
_VIEW = sql.SQL("CREATE VIEW {view} AS SELECT * FROM {rows}()")
_TRIGGER = sql.SQL("""
CREATE TRIGGER change_as_tenant INSTEAD OF INSERT OR UPDATE OR DELETE ON {view}
FOR EACH ROW EXECUTE FUNCTION {schema}.change_as_tenant()""")
_DEFAULT = sql.SQL("ALTER VIEW {view} ALTER COLUMN {column} SET DEFAULT {value}")
_RIGHTS = sql.SQL("""
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA {mine} FROM PUBLIC;
GRANT USAGE ON SCHEMA {mine} TO {role};
GRANT SELECT ON ALL TABLES IN SCHEMA {mine} TO {role};
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA {mine} TO {role}""")
_SEARCHED = sql.SQL("ALTER ROLE {role} IN DATABASE {database} SET search_path = {mine}, {types}")


class _Table(NamedTuple):
    """A row of `_TABLES`."""

    name: str
    is_tenants: bool
    columns: list[str]
    types: list[LiteralString]


def create(connection: psycopg.Connection, role: str, writes: bool) -> None:
    """Make the login's schema, in place of the one that it has.

    Args:
        connection: of the login that owns the tables, in a transaction.
        writes: whether it may change rows.
    """
    mine, login = sql.Identifier(role), sql.Identifier(role)
    drop(connection, role)
    connection.execute(sql.SQL("CREATE SCHEMA {}").format(mine))
    schema, types = _schemas(connection)
    for table in _tables(connection):
        _create_view(connection, table, role, schema, types)
    connection.execute(_RIGHTS.format(mine=mine, role=login))
    for name in _WRITABLE if writes else ():
        view = sql.Identifier(role, name)
        connection.execute(sql.SQL("GRANT INSERT, UPDATE, DELETE ON {} TO {}").format(view, login))
    database = sql.Identifier(connection.info.dbname)
    connection.execute(
        _SEARCHED.format(role=login, database=database, mine=mine, types=sql.Identifier(types))
    )


def drop(connection: psycopg.Connection, role: str) -> None:
    """Take the login's schema away, if it has one."""
    connection.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(role)))


def renew(connection: psycopg.Connection) -> None:
    """Make the schemas of all logins again, after the tables changed.

    Args:
        connection: of the login that owns the tables, `unblocked`.
    """
    made = """
        SELECT role, writes FROM tenant_logins
        WHERE role IN (SELECT rolname::text FROM pg_roles) ORDER BY role"""
    if one_row(connection, "SELECT to_regclass('tenant_logins')") == (None,):
        return  # only migrations before 011 were applied
    for role, writes in connection.execute(made).fetchall():
        with connection.transaction():
            create(connection, role, writes)


def _schemas(connection: psycopg.Connection) -> tuple[str, str]:
    """The schema of the tables, and that of pgvector's types."""
    return one_row(connection, _SCHEMAS)


def _tables(connection: psycopg.Connection) -> list[_Table]:
    return [_Table(*row) for row in connection.execute(_TABLES)]


def _create_view(
    connection: psycopg.Connection, table: _Table, role: str, schema: str, types: str
) -> None:
    typed = []
    for column, kind in zip(table.columns, table.types, strict=True):
        typed.append(sql.SQL("{} {}").format(sql.Identifier(column), sql.SQL(kind)))
    parts = {
        "columns": sql.SQL(", ").join(map(sql.Identifier, table.columns)),
        "rows": sql.Identifier(role, f"rows_of_{table.name}"),
        "schema": sql.Identifier(schema),
        "table": sql.Identifier(schema, table.name),
        "typed": sql.SQL(", ").join(typed),
        "types": sql.Identifier(types),
        "view": sql.Identifier(role, table.name),
    }
    body = (_OF_TENANT if table.is_tenants else _OF_ALL).format(**parts)
    connection.execute(_ROWS.format(body=sql.Literal(body.as_string(connection)), **parts))
    connection.execute(_VIEW.format(**parts))
    if table.is_tenants:
        connection.execute(_TRIGGER.format(**parts))
        _set_defaults(connection, table.name, sql.Identifier(role, table.name))


def _set_defaults(connection: psycopg.Connection, name: str, view: sql.Identifier) -> None:
    """Give a view the defaults of the table that it is named for."""
    for column, value in connection.execute(_DEFAULTS, [name]).fetchall():
        default = {"column": sql.Identifier(column), "value": sql.SQL(value)}
        connection.execute(_DEFAULT.format(view=view, **default))
