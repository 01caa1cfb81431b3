"""Whether row-level security binds a login, as it must bind the application's."""

import psycopg

from headrace.errors import DatabaseError

_UNBOUND = """
SELECT rolname FROM pg_catalog.pg_roles
WHERE rolname = current_user AND (rolsuper OR rolbypassrls)"""


def check_bound(session: psycopg.Connection) -> None:
    """Check that row-level security binds the login of a session.

    The address may name another login than PostgreSQL sees, where a pooler answers.

    Raises:
        DatabaseError: it does not.
    """
    row = session.execute(_UNBOUND).fetchone()
    if row is not None:
        raise DatabaseError(
            f"row-level security does not bind the login {row[0]}, so that questions could read "
            "other tenants' documents: give DATABASE_URL and HEADRACE_READ_URL a login without "
            'SUPERUSER and BYPASSRLS (sql/README.md, "Least rights")'
        )
