"""Which tenants there are, for whoever named one that holds no documents."""

from collections.abc import Collection
from contextlib import suppress

from headrace.errors import QuestionError, did_you_mean
from headrace.metadata.tenant_facts import read_tenant_facts
from headrace.pipeline import Pipeline
from headrace.resources.postgres.encoder_register import EncoderRegister
from headrace.types import Answer

#: How the answer's note about such a tenant begins (answer/generation.py).
_EMPTY = "this tenant holds no documents yet"
#: Longer lists of tenants are not shown.
_LISTED = 20


def check_tenant(rag: Pipeline, tenant: str) -> int:
    """How many documents the tenant holds.

    Raises QuestionError for a tenant that never stored anything.
    """
    documents = read_tenant_facts(rag.database.for_questions(tenant)).documents
    if not documents and (hint := tenant_hint(rag, tenant)):
        raise QuestionError(hint)
    return documents


def emptiness(rag: Pipeline, tenant: str, answer: Answer) -> str:
    """Says that the tenant holds no documents, where that is why nothing was found.

    Raises QuestionError for a tenant that never stored anything.
    """
    if not any(note.text.startswith(_EMPTY) for note in answer.degraded):
        return ""
    if hint := tenant_hint(rag, tenant):
        raise QuestionError(hint)
    return f'Tenant "{tenant}" holds no documents.'


def tenant_hint(rag: Pipeline, tenant: str) -> str:
    """Which tenants there are, for a name that is none of them.

    Example: 'no documents were ever stored for tenant "acne", did you mean acme?'. It
    is "" where the tenant did store something, or the login may not list tenants.
    """
    known = _known_tenants(rag)
    return "" if known is None else hint_among(known, tenant)


def hint_among(known: Collection[str], tenant: str) -> str:
    """As `tenant_hint`, of the tenants that ever stored something."""
    if tenant in known:
        return ""
    if not known:
        return "no tenant has stored anything yet"
    meant = did_you_mean(tenant, known)
    if meant.startswith(";") and len(known) > _LISTED:
        meant = f"; there are {len(known):,} others"
    return f'no documents were ever stored for tenant "{tenant}"{meant}'


def _known_tenants(rag: Pipeline) -> set[str] | None:
    """Every tenant that ever stored something; None where that cannot be read."""
    # The login may not list tenants; whatever the error, a hint fails no command.
    with suppress(Exception), EncoderRegister(rag.database.admin_uri, alone=False) as register:
        return set(register.tenant_versions())
    return None
