"""The order of each document's chunks: those that hold what is asked come first."""

from hamilton.function_modifiers import config, tag

from headrace.rerank.coded import with_codes_first
from headrace.rerank.placing import placed
from headrace.rerank.spoken import with_own_language_first
from headrace.types import Hit, SubQuery, TenantDatabase, leading


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
    database: TenantDatabase,
    answer_passages: int = 8,
) -> list[Hit]:
    """The hits, with each document in its places and its chunks in another order.

    All chunks of a long document are about its subject, but the answer may be in one
    sentence. So the first chunk of a document is one that scores high and has a
    sentence that holds much of the leading sub-query. Only documents among the first
    `answer_passages` hits are reordered. A document that had the third and the seventh
    place keeps them.

    Two things do change places: documents in another language than the question lose a
    tenth of their score, so that of translations the one in its language leads; and if
    few chunks hold the codes or versions of the question, these chunks come first.

    Returns:
        The same chunks, best first. Score and rank are those of the place, all else is
        the chunk's own.
    """
    if not linked_hits:
        return []
    main = sub_queries[leading(sub_queries)]
    spoken = with_own_language_first(linked_hits, main.language, database)
    documents = [hit.chunk.document_id for hit in spoken]
    scores = [hit.score for hit in spoken]
    texts = [hit.chunk.text_in_place for hit in spoken]
    order = placed(documents, scores, texts, main.text, answer_passages)
    hits = []
    for place, index in zip(spoken, order, strict=True):
        hit = spoken[index]
        is_moved = hit is not place
        hits.append(hit._replace(score=place.score, rank=place.rank) if is_moved else hit)
    return with_codes_first(hits, main.text)
