"""Filters that leave about a given share of a tenant's chunks.

They are values that its documents have or, where none fits, simulated ones. A simulated
filter is a value that documents drawn at random have, in a temporary table named like
the table of metadata values. PostgreSQL looks there first, so the statements that the
application sends find it, along the same path as a real value. Nothing stored is
touched.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import log
from typing import NamedTuple

from headrace.errors import DatabaseError
from headrace.resources.postgres.tenant_database import PostgresTenant, Transaction
from headrace.types import Filter, TenantDatabase

#: A real value fits a share when it leaves at most this many times more or fewer
#: chunks.
TOLERANCE = 1.5
_FIELD = "headrace recall"


@dataclass(frozen=True)
class Selectivity:
    """A share of a tenant's chunks, and the filter that leaves about this share.

    Attributes:
        share: the one wanted.
        filter: None: all chunks.
        chunks: how many it leaves.
    """

    share: float
    filter: Filter | None
    chunks: int
    simulated: bool = False

    @property
    def filters(self) -> tuple[Filter, ...]:
        """The filter as a question's filters are given."""
        return (self.filter,) if self.filter else ()


class _AuditedValue(NamedTuple):
    """A row of `audited_values`: a metadata value, and how many chunks it selects."""

    field: str
    folded: str
    chunks: int

    def distance(self, chunks: float) -> float:
        """How far its number of chunks is from the one wanted, by their ratio."""
        return abs(log(self.chunks / chunks))


def real_selectivities(
    database: TenantDatabase, shares: Sequence[float], chunks: int
) -> dict[float, Selectivity]:
    """The metadata value that leaves the nearest number of chunks, for each share.

    A share that no value fits is absent.

    Args:
        chunks: how many the tenant has.
    """
    if not shares:
        return {}
    least = max(1, int(min(shares) * chunks / TOLERANCE))
    rows = database.query("audited_values", {"least": least})
    values = [_AuditedValue(*row) for row in rows]
    found = {}
    for share in shares:
        value = _nearest(values, share * chunks)
        if value is not None:
            condition = Filter(value.field, "in", (value.folded,))
            found[share] = Selectivity(share, condition, value.chunks)
    return found


def _nearest(values: Iterable[_AuditedValue], wanted: float) -> _AuditedValue | None:
    """The value with the nearest number of chunks, if it is near enough."""

    def order(value: _AuditedValue) -> tuple[float, _AuditedValue]:
        return value.distance(wanted), value

    nearest = min(values, key=order, default=None)
    if nearest is None or nearest.distance(wanted) > log(TOLERANCE):
        return None
    return nearest


@contextmanager
def simulated_selectivities(
    database: PostgresTenant, shares: Iterable[float], documents: int, seed: int
) -> Iterator[dict[float, Selectivity]]:
    """Yield a filter of each share, which exists in the database's session.

    A share of no document is absent.

    Args:
        database: of a session (`PostgresDatabase.session`).
        documents: how many the tenant has.
    Raises DatabaseError where the login may create no temporary tables.
    """
    drawn = {share: round(share * documents) for share in shares}
    found = {}
    if any(drawn.values()):
        with database.transaction() as transaction:
            _create_table(transaction)
            for share, count in drawn.items():
                if count:
                    found[share] = _simulated(transaction, share, count, seed)
            transaction.execute("ANALYZE pg_temp.document_fields")
    yield found


def _create_table(transaction: Transaction) -> None:
    ((may_create,),) = transaction.execute(
        "SELECT has_database_privilege(current_database(), 'TEMPORARY')"
    )
    if not may_create:
        raise DatabaseError(
            "simulating a filter failed: this login may not create temporary tables. "
            "Grant TEMPORARY on the database to it"
        )
    transaction.execute(
        "CREATE TEMPORARY TABLE document_fields (LIKE document_fields INCLUDING ALL)"
    )


def _simulated(transaction: Transaction, share: float, documents: int, seed: int) -> Selectivity:
    condition = Filter(f"{_FIELD} {share:g}", "in", ("yes",))
    drawn = {"field": condition.field, "documents": documents, "seed": seed}
    ((chunks,),) = transaction.query("simulated_filter", drawn)
    return Selectivity(share, condition, int(chunks), simulated=True)
