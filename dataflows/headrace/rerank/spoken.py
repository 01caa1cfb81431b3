"""Documents in the question's own language come before equally good ones in another."""

from collections.abc import Mapping, Sequence

from headrace.text.asking.languages import configuration_of
from headrace.types import Hit, TenantDatabase, TenantFacts

#: What a hit in another language than the question's scores, as a share of its score
#: (DECISIONS.md, "documents in other languages").
_OTHER_SHARE = 0.9


def with_own_language_first(
    hits: Sequence[Hit], language: str, tenant_facts: TenantFacts, database: TenantDatabase
) -> list[Hit]:
    """The hits, those in another language than the question's a little further down.

    Nothing changes where the language is not known, and where the tenant's documents
    are all in one language or none is in the question's.
    """
    own = configuration_of(language)
    if not hits or own not in tenant_facts.languages or len(tenant_facts.languages) == 1:
        return list(hits)
    document_ids = sorted({hit.chunk.document_id for hit in hits})
    rows = database.query("document_languages", {"document_ids": document_ids})
    return own_first(hits, dict(rows), own)


def own_first(hits: Sequence[Hit], languages: Mapping[str, str], own: str) -> list[Hit]:
    """The hits by their scores, of which those in other languages lose a tenth.

    Args:
        languages: by document id.
    """
    weighted = []
    for hit in hits:
        is_own = languages.get(hit.chunk.document_id, own) == own
        weighted.append(hit if is_own else hit._replace(score=_OTHER_SHARE * hit.score))
    order = sorted(weighted, key=lambda hit: (-hit.score, hit.chunk_id))
    return [hit._replace(rank=rank) for rank, hit in enumerate(order, start=1)]
