"""The second hop: documents that the best hits name by their titles, which "the mother of the director of film X" needs."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from hamilton.function_modifiers import config, tag

from headrace.metadata.filters import filters_of
from headrace.search.bm25 import excluded_phrases
from headrace.text.titles import names_in
from headrace.types import Chunk, Corpus, Database, Hit, QueryFilters, SubQuery, leading

#: So many of the best documents are read for names of others. One that names more than so many is a list, and says little about each.
_READ, _MOST_NAMED = 4, 6
#: A named document scores this share of the one that names it. On 2WikiMultihopQA nDCG@10 is 0.87 with 0.6, 0.93 with 0.8 to 0.95, and 0.76 without.
_SHARE = 0.85


@config.when(hop="off")
@tag(stage="RRF")
def linked_hits__off(fused_hits: list[Hit]) -> list[Hit]:
    """The fused hits as they are."""
    return fused_hits


@config.when(hop="on")
@tag(stage="RRF")
def linked_hits__on(
    fused_hits: list[Hit],
    question_kind: str,
    sub_queries: list[SubQuery],
    query_embeddings: np.ndarray,
    query_filters: QueryFilters,
    corpus: Corpus,
    database: Database,
    tenant: str,
) -> list[Hit]:
    """For a compound question, the fused hits and the documents that the best four of them name by title; for a simple one, the fused hits.

    What "the director of film X" is called stands in the document on X, and what is asked of that person in another. Each named document
    comes with its chunk nearest to the question, at 0.85 of the score of the hit that names it; a hit that is there already keeps the
    better of its two scores.

    Returns:
        One hit per chunk, best first, ties by chunk_id; the new ones are of the stream "linked", found by ("linked", rank of the naming hit).
    """
    if question_kind == "simple":
        return fused_hits
    naming = {hit: names_in(hit.chunk.text) for hit in _best_of_each_document(fused_hits, _READ)}
    names = sorted({name for names in naming.values() for name in names})
    if not names:
        return fused_hits
    number = leading(sub_queries)
    query = sub_queries[number]
    found: dict[str, list[Chunk]] = {}
    asked = {
        "names": names,
        "query_embedding": query_embeddings[number],
        "filters": filters_of(query, query_filters),
    }
    excluding = {"excluded": excluded_phrases(query), "languages": list(corpus.languages)}
    for name, *columns in database.query(tenant, "linked_hits", {**asked, **excluding}):
        found.setdefault(name, []).append(Chunk(*columns))
    return _with_linked(
        fused_hits, {hit: _named(hit, names, found) for hit, names in naming.items()}
    )


def _best_of_each_document(hits: Iterable[Hit], documents: int) -> list[Hit]:
    best: dict[str, Hit] = {}
    for hit in hits:
        best.setdefault(hit.chunk.document_id, hit)
        if len(best) == documents:
            break
    return list(best.values())


def _named(hit: Hit, names: Mapping[str, int], found: Mapping[str, Sequence[Chunk]]) -> list[Chunk]:
    """The other documents that a hit names; [] for a list of many."""
    chunks = {
        chunk.chunk_id: chunk
        for name in names
        for chunk in found.get(name, ())
        if chunk.document_id != hit.chunk.document_id
    }
    return list(chunks.values()) if len(chunks) <= _MOST_NAMED else []


def _with_linked(fused_hits: list[Hit], linked: Mapping[Hit, Sequence[Chunk]]) -> list[Hit]:
    hits = {hit.chunk_id: hit for hit in fused_hits}
    for naming, chunks in linked.items():
        for chunk in chunks:
            score, link = _SHARE * naming.score, ("linked", naming.rank)
            known = hits.get(chunk.chunk_id)
            if known is None:
                hits[chunk.chunk_id] = Hit(chunk, score, 0, "linked", (link,))
            elif score > known.score:
                hits[chunk.chunk_id] = known._replace(score=score, found_by=(*known.found_by, link))
    order = sorted(hits.values(), key=lambda hit: (-hit.score, hit.chunk_id))
    return [hit._replace(rank=rank) for rank, hit in enumerate(order, start=1)]
