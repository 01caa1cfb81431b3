"""Which fields and values a tenant's documents have, and how often."""

from typing import NamedTuple

from headrace.errors import QuestionError
from headrace.metadata.filters import unknown_field
from headrace.metadata.tenant_facts import read_tenant_facts
from headrace.text.storable import is_storable
from headrace.types import Facet, RangeKind, TenantDatabase


class _FieldRow(NamedTuple):
    """A row of the statement `facet_fields`."""

    field: str
    documents: int
    has_dates: bool
    has_numbers: bool

    @property
    def kinds(self) -> tuple[RangeKind, ...]:
        kinds: list[RangeKind] = []
        if self.has_dates:
            kinds.append("dates")
        if self.has_numbers:
            kinds.append("numbers")
        return tuple(kinds)


_MOST_FACETS = 1_000_000


def facets(database: TenantDatabase, field: str | None = None, limit: int = 100) -> list[Facet]:
    """The tenant's fields or, with `field`, the values of that field.

    Returns:
        Up to `limit` facets, those of most documents first, ties by name.
    Raises QuestionError for a field that no document has, and for a limit below 1.
    """
    if type(limit) is not int or not 1 <= limit <= _MOST_FACETS:
        raise QuestionError(
            f"facets: limit is {limit!a:.60}, it must be a whole number from 1 to {_MOST_FACETS:,}"
        )
    if field is not None and not is_storable(field):
        raise QuestionError(f"facets: field is {field!a:.60}, it must be the name of a field")
    if field is None:
        rows = [_FieldRow(*row) for row in database.query("facet_fields", {"count_limit": limit})]
        return [Facet(row.field, row.documents, kinds=row.kinds) for row in rows]
    values = database.query("facet_values", {"field": field, "count_limit": limit})
    if not values:
        raise unknown_field(field, read_tenant_facts(database).fields)
    return [Facet(field, documents, value) for value, documents in values]
