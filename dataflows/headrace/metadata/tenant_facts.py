"""What a tenant holds at this moment, read from the database."""

from typing import NamedTuple

from headrace.types import TenantDatabase, TenantFacts

#: Tenants whose languages and fields are kept.
_KEPT_TENANTS = 1024


class _FactsRow(NamedTuple):
    """The row of the statement `tenant_facts`.

    Languages and fields are None where the version is the one that was known.
    """

    version: int
    documents: int
    chunks: int
    languages: list[str] | None
    fields: list[str] | None
    date_fields: list[str] | None
    number_fields: list[str] | None
    indexed: bool
    vectors: int


class _Kinds(NamedTuple):
    """Languages and fields of one version of a tenant's documents."""

    version: int
    languages: tuple[str, ...]
    fields: tuple[str, ...]
    date_fields: tuple[str, ...]
    number_fields: tuple[str, ...]

    @classmethod
    def of(cls, row: _FactsRow) -> "_Kinds":
        kinds = (row.languages, row.fields, row.date_fields, row.number_fields)
        return cls(row.version, *(tuple(kind or ()) for kind in kinds))


#: What was read last, by tenant and database. Versions are never used twice.
_known: dict[str, _Kinds] = {}


def read_tenant_facts(database: TenantDatabase) -> TenantFacts:
    """What the tenant holds; a tenant without documents is taken to be English.

    Its languages and fields are read again only after its documents have changed.
    """
    key = f"{database.tenant}:{database.fingerprint}"
    known = _known.get(key)
    asked = {"known_version": known.version if known else None}
    (values,) = database.query("tenant_facts", asked)
    row = _FactsRow(*values)
    if known is None or row.languages is not None:
        known = _Kinds.of(row)
        if len(_known) >= _KEPT_TENANTS:
            _known.clear()
        _known[key] = known
    return TenantFacts(
        version=f"{database.tenant}:{row.version}:{database.fingerprint}",
        documents=row.documents,
        chunks=row.chunks,
        languages=known.languages or ("english",),
        fields=known.fields,
        date_fields=known.date_fields,
        number_fields=known.number_fields,
        indexed=row.indexed,
        vectors=_up_to_a_power_of_two(row.vectors),
    )


def _up_to_a_power_of_two(count: int) -> int:
    """So that what the server counts anew in between seldom changes what is found."""
    return 1 << (count - 1).bit_length() if count else 0
