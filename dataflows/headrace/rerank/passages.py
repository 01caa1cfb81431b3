"""Of each document, the passages that hold what is asked come first."""

from hamilton.function_modifiers import config, tag

from headrace.rerank.coded import with_codes_first
from headrace.rerank.placing import placed
from headrace.rerank.spoken import with_own_language_first
from headrace.types import Hit, SubQuery, TenantDatabase, TenantFacts, leading


@config.when(passages="fused")
@tag(stage="rerank")
def passage_hits__fused(linked_hits: list[Hit]) -> list[Hit]:
    """The hits, unchanged."""
    return linked_hits


@config.when(passages="sentences")
@tag(stage="rerank")
def passage_hits__sentences(
    linked_hits: list[Hit],
    sub_queries: list[SubQuery],
    tenant_facts: TenantFacts,
    database: TenantDatabase,
    question_language: str = "",
    answer_passages: int = 8,
) -> list[Hit]:
    """The hits, every document where it was, its chunks in another order.

    Documents in another language than the question's lose a tenth of their score first,
    so that of translations the one in its language leads.

    Where the question has codes or versions, and few chunks hold them, these come
    first, wherever their documents were.

    What a long document is about is in all of its chunks; what answers a question may
    be in one sentence. So a chunk comes first that scores high and has a sentence that
    holds much of the leading sub-query. Only documents among the first
    `answer_passages` hits are looked at. A document that had the third and the seventh
    place has them still.

    Returns:
        The same chunks, best first. Score and rank are those of the place, all else is
        the chunk's own.
    """
    if not linked_hits:
        return []
    spoken = with_own_language_first(linked_hits, question_language, tenant_facts, database)
    documents = [hit.chunk.document_id for hit in spoken]
    scores = [hit.score for hit in spoken]
    texts = [hit.chunk.text_in_place for hit in spoken]
    query = sub_queries[leading(sub_queries)].text
    order = placed(documents, scores, texts, query, answer_passages)
    hits = []
    for place, index in zip(spoken, order, strict=True):
        hit = spoken[index]
        is_moved = hit is not place
        hits.append(hit._replace(score=place.score, rank=place.rank) if is_moved else hit)
    return with_codes_first(hits, query)
