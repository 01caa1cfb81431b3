"""The second hop: documents that the best hits name by their titles."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate

import numpy as np
from hamilton.function_modifiers import config, tag

from headrace.search.statements import conditions
from headrace.text.titles import names_in
from headrace.types import (
    Chunk,
    Found,
    Hit,
    QueryFilters,
    QuestionKind,
    SubQuery,
    TenantDatabase,
    TenantFacts,
    leading,
)

#: The best documents whose text is read for names of others.
_READ_DOCUMENTS = 4
#: A document that names more than this many others is a list, and says little of each.
_MOST_NAMED = 6
#: What a named document scores, as a share of the hit that names it (DECISIONS.md,
#: "linked share").
_LINKED_SHARE = 0.85


@config.when(hop="off")
@tag(stage="RRF")
def linked_hits__off(fused_hits: list[Hit]) -> list[Hit]:
    """The fused hits, unchanged."""
    return fused_hits


@config.when(hop="on")
@tag(stage="RRF")
def linked_hits__on(
    fused_hits: list[Hit],
    question_kind: QuestionKind,
    sub_queries: list[SubQuery],
    query_embeddings: np.ndarray,
    query_filters: QueryFilters,
    tenant_facts: TenantFacts,
    database: TenantDatabase,
) -> list[Hit]:
    """The fused hits, and for a compound question the documents that they name.

    "The mother of the director of film X" needs them: the director's name is in the
    document on X, and the mother's in another. The best four documents are searched for
    titles of others. Each document found so adds its chunk nearest to the question, at
    0.85 of the score of the hit that names it. A hit that is there already keeps the
    better of its two scores. Fused hits keep their order even if their scores do not
    fall from hit to hit: each counts with the lowest score so far.

    Returns:
        One hit per chunk, best first, ties in the order of the fused hits. New hits are
        of the arm "linked" and found by ("linked", rank of the naming hit).
    """
    if question_kind == "simple":
        return fused_hits
    naming = {hit: names_in(hit.chunk.text) for hit in _best_per_document(fused_hits)}
    names = sorted(set().union(*naming.values()))
    if not names:
        return fused_hits
    number = leading(sub_queries)
    query = sub_queries[number]
    asked = {
        "names": names,
        "query_embedding": query_embeddings[number],
        **conditions(query, query_filters, tenant_facts),
    }
    found: dict[str, list[Chunk]] = {}
    for name, *columns in database.query("linked_hits", asked):
        found.setdefault(name, []).append(Chunk(*columns))
    linked = {hit: _named(hit, names, found) for hit, names in naming.items()}
    return _with_linked(fused_hits, linked)


def _best_per_document(hits: Iterable[Hit]) -> list[Hit]:
    """The best hit of each of the first documents."""
    best: dict[str, Hit] = {}
    for hit in hits:
        best.setdefault(hit.chunk.document_id, hit)
        if len(best) == _READ_DOCUMENTS:
            break
    return list(best.values())


def _named(hit: Hit, names: Iterable[str], found: Mapping[str, Sequence[Chunk]]) -> list[Chunk]:
    """The other documents that a hit names; [] for a list of many."""
    chunks: dict[int, Chunk] = {}
    for name in names:
        for chunk in found.get(name, ()):
            if chunk.document_id != hit.chunk.document_id:
                chunks[chunk.chunk_id] = chunk
    return list(chunks.values()) if len(chunks) <= _MOST_NAMED else []


def _with_linked(fused_hits: list[Hit], linked: Mapping[Hit, Sequence[Chunk]]) -> list[Hit]:
    hits = {hit.chunk_id: hit for hit in fused_hits}
    lowest = accumulate((hit.score for hit in fused_hits), min)
    scores = dict(zip((hit.chunk_id for hit in fused_hits), lowest, strict=True))
    for naming, chunks in linked.items():
        score = _LINKED_SHARE * scores[naming.chunk_id]
        link = Found("linked", None, naming.rank)
        for chunk in chunks:
            known = hits.get(chunk.chunk_id)
            if known is None:
                hits[chunk.chunk_id] = Hit(chunk, score, arm="linked", found_by=(link,))
            elif score > scores[chunk.chunk_id]:
                found_by = (*known.found_by, link)
                hits[chunk.chunk_id] = known._replace(score=score, found_by=found_by)
            else:
                continue
            scores[chunk.chunk_id] = score
    order = sorted(hits.values(), key=lambda hit: -scores[hit.chunk_id])
    ranked = []
    for rank, hit in enumerate(order, start=1):
        ranked.append(hit if hit.rank == rank else hit._replace(rank=rank))
    return ranked
