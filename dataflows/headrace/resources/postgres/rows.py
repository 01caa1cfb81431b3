"""Reading rows of statements that always give one."""

from typing import TYPE_CHECKING, Any

import psycopg

from headrace.errors import DatabaseError

if TYPE_CHECKING:
    from psycopg.abc import Params, QueryNoTemplate


def one_row(
    connection: psycopg.Connection, query: "QueryNoTemplate", parameters: "Params | None" = None
) -> tuple[Any, ...]:
    """The first row of a query that always gives one.

    Raises:
        DatabaseError: there is no row.
    """
    row = connection.execute(query, parameters).fetchone()
    if row is None:
        raise DatabaseError(f"PostgreSQL returned no row for a query that always has one: {query}")
    return row
