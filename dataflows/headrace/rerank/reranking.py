"""A second look: which chunks of a document come first, and a model that reads question and chunk together."""

from itertools import islice

import numpy as np
from hamilton.function_modifiers import config, tag

from headrace.errors import ModelError
from headrace.rerank.placing import placed
from headrace.types import Hit, Reranker, RerankScores, SubQuery, leading

#: The rank offset by which a sub-question's two searches are merged to find its leader, as in reciprocal rank fusion.
_LEADER_K = 60


@config.when(passages="fused")
@tag(stage="rerank")
def passage_hits__fused(linked_hits: list[Hit]) -> list[Hit]:
    """The hits as they are."""
    return linked_hits


@config.when(passages="sentences")
@tag(stage="rerank")
def passage_hits__sentences(
    linked_hits: list[Hit], sub_queries: list[SubQuery], answer_passages: int = 8
) -> list[Hit]:
    """The hits, each document where it was, its chunks in another order: those first that score high and have a sentence that holds much of the
    query that weighs most.

    What a long document is about is in all of its chunks, and what answers a question may be in one sentence. Only documents with a place among the
    first `answer_passages` hits are looked at. Places and their scores stay: where a document had the third and the seventh, it has them still.

    Returns:
        The same chunks, best first; stream and `found_by` are the chunk's, score and rank those of its place.
    """
    documents, scores = (
        [hit.chunk.document_id for hit in linked_hits],
        [hit.score for hit in linked_hits],
    )
    order = placed(
        documents,
        scores,
        [hit.chunk.text for hit in linked_hits],
        sub_queries[leading(sub_queries)].text,
        answer_passages,
    )
    return [
        linked_hits[index]._replace(score=place.score, rank=place.rank)
        for index, place in zip(order, linked_hits, strict=True)
    ]


@config.when(reranking="cross_encoder")
@tag(stage="rerank")
def rerank_scores__cross_encoder(
    passage_hits: list[Hit],
    normalized_query: str,
    reranker: Reranker,
    rerank_count: int = 20,
    rerank_deadline_s: float = 0.25,
) -> RerankScores:
    """What the cross-encoder makes of the question and each of the first `rerank_count` hits.

    Hits are scored in fused order until `rerank_deadline_s` seconds are over. Without weights nothing is scored. Either way `note` says so.

    Returns:
        One logit per hit read, None for one not reached; in fused order.
    """
    return _scored(passage_hits[:rerank_count], normalized_query, reranker, rerank_deadline_s)


@config.when(reranking="late_interaction")
@tag(stage="rerank")
def rerank_scores__late_interaction(
    passage_hits: list[Hit],
    normalized_query: str,
    late_interaction: Reranker,
    rerank_count: int = 20,
    rerank_deadline_s: float = 0.25,
) -> RerankScores:
    """How near the question's word pieces are to those of each of the first `rerank_count` hits, by the encoder's own vectors of them.

    Needs no weights but the encoder's. The deadline is as with the cross-encoder.

    Returns:
        One number per hit read, -1 to 1, None for one not reached; in fused order.
    """
    return _scored(
        passage_hits[:rerank_count], normalized_query, late_interaction, rerank_deadline_s
    )


@config.when(reranking="off")
@tag(stage="rerank")
def rerank_scores__off() -> RerankScores:
    """No scores: the fused order is wanted."""
    return RerankScores(())


def _scored(hits: list[Hit], question: str, reranker: Reranker, deadline_s: float) -> RerankScores:
    if not hits:
        return RerankScores(())
    try:
        logits = reranker.score(question, [_read(hit) for hit in hits], deadline_s)
    except ModelError as error:
        return RerankScores(
            (None,) * len(hits), f"rerank: not reranked, the fused order stands: {error}"
        )
    missed = int(np.isnan(logits).sum())
    note = (
        f"rerank: {missed} of {len(hits)} hits not scored within {deadline_s * 1000:.0f} ms"
        if missed
        else ""
    )
    return RerankScores(tuple(None if np.isnan(logit) else float(logit) for logit in logits), note)


@tag(stage="rerank")
def ranked_hits(
    passage_hits: list[Hit], rerank_scores: RerankScores, rerank_weight: float = 0.3
) -> list[Hit]:
    """All hits, by the reranker's score blended with the fused one.

    Both scores are brought to [0, 1] over the scored hits (the reranker's by sigmoid, then each by its minimum and maximum) and weighted
    `rerank_weight` to 1 - `rerank_weight`. Hits without a score follow in fused order.

    Returns:
        The same chunks, best first; stream "reranked" for those that were scored, their own for the others.
    """
    if not any(logit is not None for logit in rerank_scores.logits):
        return passage_hits
    return [
        hit._replace(rank=rank)
        for rank, hit in enumerate(_blended(passage_hits, rerank_scores, rerank_weight), start=1)
    ]


@tag(stage="rerank")
def reranked_hits(
    ranked_hits: list[Hit], sub_queries: list[SubQuery], answer_passages: int = 8
) -> list[Hit]:
    """The best of the hits; each sub-question keeps a seat: the hit that its own searches rank highest is among those returned even where the
    sum over all searches, which favours what fits every part a little, would leave it out.

    Returns:
        Up to `answer_passages` hits, best first.
    """
    parts = [number for number, query in enumerate(sub_queries) if query.role == "sub-question"]
    seated = dict.fromkeys(
        [*_leaders(ranked_hits, parts), *(hit.chunk_id for hit in ranked_hits[:answer_passages])]
    )
    kept = set(islice(seated, answer_passages))
    best = islice((hit for hit in ranked_hits if hit.chunk_id in kept), answer_passages)
    return [hit._replace(rank=rank) for rank, hit in enumerate(best, start=1)]


def _blended(passage_hits: list[Hit], rerank_scores: RerankScores, weight: float) -> list[Hit]:
    """All hits in their new order: the scored ones by the blend of both scores, then the others as they were fused."""
    logits = dict(zip((hit.chunk_id for hit in passage_hits), rerank_scores.logits, strict=False))
    scored = [hit for hit in passage_hits if logits.get(hit.chunk_id) is not None]
    read = _unit([1 / (1 + np.exp(-logits[hit.chunk_id])) for hit in scored])
    fused = _unit([hit.score for hit in scored])
    blended = weight * read + (1 - weight) * fused
    order = sorted(range(len(scored)), key=lambda index: (-blended[index], scored[index].rank))
    first = [
        Hit(scored[index].chunk, float(blended[index]), 0, "reranked", scored[index].found_by)
        for index in order
    ]
    return first + [hit for hit in passage_hits if logits.get(hit.chunk_id) is None]


def _leaders(ranked_hits: list[Hit], sub_queries: list[int]) -> list[int]:
    """Of each of these sub-queries the chunk that its two searches rank highest together."""
    best = dict.fromkeys(sub_queries, (0.0, 0))
    streams = {
        f"{arm} {number}": number for number in sub_queries for arm in ("semantic", "keyword")
    }
    for hit in ranked_hits if streams else ():
        scores: dict[int, float] = {}
        for stream, rank in hit.found_by:
            if stream in streams:
                number = streams[stream]
                scores[number] = scores.get(number, 0.0) + 1 / (_LEADER_K + rank)
        for number, score in scores.items():
            if score > best[number][0]:
                best[number] = score, hit.chunk_id
    return [chunk_id for score, chunk_id in best.values() if score]


def _read(hit: Hit) -> str:
    """What the reranker reads of a hit: the document's title, then the chunk."""
    return f"{hit.chunk.title}\n{hit.chunk.text}" if hit.chunk.title else hit.chunk.text


def _unit(values: list[float]) -> np.ndarray:
    """The values brought to [0, 1] by their minimum and maximum; all 1 when they are equal."""
    array = np.asarray(values, np.float64)
    spread = np.ptp(array) if len(array) else 0.0
    return (array - array.min()) / spread if spread else np.ones(len(array))
