"""Every tenant of the database, and how much each holds: `run.py tenants`."""

from dataclasses import dataclass
from datetime import datetime

from headrace.pipeline import Pipeline
from headrace.resources.postgres.encoder_register import EncoderRegister


@dataclass(frozen=True, slots=True)
class TenantSize:
    """How much a tenant holds.

    Attributes:
        bytes: of texts, terms and vectors as they are stored, without indexes and
            postings.
        changed_at: when a document was last stored; None without documents.
    """

    tenant: str
    documents: int
    chunks: int
    bytes: int
    changed_at: datetime | None


def tenant_sizes(rag: Pipeline) -> list[TenantSize]:
    """Every tenant that ever stored something, by name.

    Raises DatabaseError when the tenants cannot be listed.
    """
    with EncoderRegister(rag.database.admin_uri, alone=False) as register:
        names = sorted(register.tenant_versions())
    sizes = []
    for name in names:
        ((documents, chunks, size, changed_at),) = rag.database.for_tenant(name).query(
            "tenant_size"
        )
        sizes.append(TenantSize(name, documents, chunks, size, changed_at))
    return sizes
