"""Filters that leave about a given share of a tenant's chunks: values its documents have, or, where none fits, a simulated one.

A simulated filter is a value that documents drawn at random have, in a temporary table named like the table of metadata values. PostgreSQL
looks there first, so the statements that the application sends find it, along the same path as a real value; nothing stored is touched.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import log

from headrace.errors import DatabaseError
from headrace.resources.postgres.database import PostgresDatabase
from headrace.types import Filter

#: A real value serves a share when it leaves at most this many times more or fewer chunks.
TOLERANCE = 1.5
_FIELD = "headrace recall"


@dataclass(frozen=True)
class Selectivity:
    """A share of a tenant's chunks: the one wanted, the filter that leaves about it (None: all) and the chunks it does leave."""

    share: float
    filter: Filter | None
    chunks: int
    simulated: bool = False

    @property
    def filters(self) -> tuple[Filter, ...]:
        """The filter as a question's filters are given."""
        return (self.filter,) if self.filter else ()

    def __str__(self) -> str:
        if self.filter is None:
            return "no filter"
        return "simulated: documents drawn at random" if self.simulated else str(self.filter)


def real_selectivities(
    database: PostgresDatabase, tenant: str, shares: Sequence[float], chunks: int
) -> dict[float, Selectivity]:
    """For each share the metadata value that leaves the nearest number of `chunks`; a share that none fits is absent."""
    if not shares:
        return {}
    least = max(1, int(min(shares) * chunks / TOLERANCE))
    values = database.for_tenant(tenant).query("audited_values", {"least": least})
    found = {}
    for share in shares:
        by_fit = sorted(
            (abs(log(size / (share * chunks))), field, folded, size)
            for field, folded, size in values
        )
        if by_fit and by_fit[0][0] <= log(TOLERANCE):
            _, field, folded, size = by_fit[0]
            found[share] = Selectivity(share, Filter(field, "in", (folded,)), size)
    return found


@contextmanager
def simulated_selectivities(
    database: PostgresDatabase, tenant: str, shares: Sequence[float], documents: int, seed: int
) -> Iterator[tuple[PostgresDatabase, dict[float, Selectivity]]]:
    """A session in which a filter of each share exists, and these filters. A share of no document is absent.

    Raises DatabaseError where the simulation does not hold: the statements do not read the temporary table, or the login may make none.
    """
    with database.session() as session:
        found = {}
        for share in shares:
            drawn = round(share * documents)
            if drawn:
                condition = Filter(f"{_FIELD} {share:g}", "in", ("yes",))
                found[share] = Selectivity(
                    share,
                    condition,
                    _simulate(session, tenant, condition.field, drawn, seed, not found),
                    True,
                )
        if found:
            with session.for_tenant(tenant).transaction() as transaction:
                transaction.execute("ANALYZE pg_temp.document_fields")
        yield session, found


def _simulate(
    session: PostgresDatabase, tenant: str, field: str, documents: int, seed: int, is_first: bool
) -> int:
    from psycopg import errors

    try:
        with session.for_tenant(tenant).transaction() as transaction:
            if is_first:
                transaction.execute(
                    "CREATE TEMPORARY TABLE document_fields (LIKE document_fields INCLUDING ALL)"
                )
            ((chunks,),) = transaction.query(
                "simulated_filter", {"field": field, "documents": documents, "seed": seed}
            )
    except errors.InsufficientPrivilege as error:
        raise DatabaseError(
            f"simulating a filter failed: {error}. Grant TEMPORARY on the database to this login"
        ) from error
    return int(chunks)
