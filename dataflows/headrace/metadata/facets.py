"""Which fields and values a tenant's documents have, and how often: what there is to filter by."""

from headrace.errors import QuestionError
from headrace.metadata.filters import unknown_field
from headrace.types import Database, Facet


def facets(
    database: Database, tenant: str, field: str | None = None, limit: int = 100
) -> list[Facet]:
    """The tenant's fields, or the values of one `field`: those of most documents first, `limit` at most, ties by name.

    Raises QuestionError for a field that no document has, or without a tenant.
    """
    if not isinstance(tenant, str) or not tenant.strip():
        raise QuestionError("no tenant was named: facets are those of one tenant's documents")
    if not isinstance(limit, int) or limit < 1:
        raise QuestionError(f"facets: limit is {limit!r}, it has to be a whole number from 1")
    if field is None:
        rows = database.query(tenant, "facet_fields", {"count_limit": limit})
        return [
            Facet(name, documents, kinds=_kinds(dates, numbers))
            for name, documents, dates, numbers in rows
        ]
    rows = database.query(tenant, "facet_values", {"field": field, "count_limit": limit})
    if not rows:
        ((_, _, _, _, fields, *_),) = database.query(tenant, "corpus")
        raise unknown_field(field, fields)
    return [Facet(field, documents, value) for value, documents in rows]


def _kinds(dates: bool, numbers: bool) -> tuple[str, ...]:
    return tuple(kind for kind, held in (("dates", dates), ("numbers", numbers)) if held)
