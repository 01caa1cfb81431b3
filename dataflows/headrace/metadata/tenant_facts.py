"""What a tenant holds at this moment, read from the database."""

from typing import NamedTuple

from headrace.types import TenantDatabase, TenantFacts


class _FactsRow(NamedTuple):
    """The row of the statement `tenant_facts`."""

    version: int
    documents: int
    chunks: int
    languages: list[str]
    fields: list[str]
    date_fields: list[str]
    number_fields: list[str]
    indexed: bool
    vectors: int


def read_tenant_facts(database: TenantDatabase) -> TenantFacts:
    """What the tenant holds; a tenant without documents is taken to be English."""
    (values,) = database.query("tenant_facts")
    row = _FactsRow(*values)
    return TenantFacts(
        version=f"{database.tenant}:{row.version}:{database.fingerprint}",
        documents=row.documents,
        chunks=row.chunks,
        languages=tuple(row.languages) or ("english",),
        fields=tuple(row.fields),
        date_fields=tuple(row.date_fields),
        number_fields=tuple(row.number_fields),
        indexed=row.indexed,
        vectors=row.vectors,
    )
