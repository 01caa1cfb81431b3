"""A model that reads the question and each chunk together."""

from collections.abc import Sequence
from itertools import islice

import numpy as np
from hamilton.function_modifiers import config, tag

from headrace.errors import MissingWeights, ModelError
from headrace.rerank.blending import blended, ranked
from headrace.text.titles import titled
from headrace.types import Hit, Note, Reranker, RerankScores, SubQuery, leading

#: The rank offset by which a sub-question's two searches are merged to find its leader,
#: as in reciprocal rank fusion.
_LEADER_K = 60


@config.when(reranking="cross_encoder")
@tag(stage="rerank")
def rerank_scores__cross_encoder(
    passage_hits: list[Hit],
    sub_queries: list[SubQuery],
    reranker: Reranker,
    rerank_count: int = 20,
    rerank_deadline_s: float = 0.25,
) -> RerankScores:
    """What the cross-encoder says of each of the first `rerank_count` hits.

    Hits are scored in fused order until `rerank_deadline_s` seconds are over. Without
    weights nothing is scored. Either way `note` says so.

    Returns:
        One logit per hit, None for one that was not reached; in fused order.
    """
    return _scored(passage_hits[:rerank_count], _asked(sub_queries), reranker, rerank_deadline_s)


@config.when(reranking="late_interaction")
@tag(stage="rerank")
def rerank_scores__late_interaction(
    passage_hits: list[Hit],
    sub_queries: list[SubQuery],
    late_interaction: Reranker,
    rerank_count: int = 20,
    rerank_deadline_s: float = 0.25,
) -> RerankScores:
    """How near the question's tokens are to those of the first `rerank_count` hits.

    The vectors of the tokens are the encoder's own, so no other weights are needed. The
    deadline is as with the cross-encoder.

    Returns:
        One number per hit, -1 to 1, None for one that was not reached; in fused order.
    """
    hits = passage_hits[:rerank_count]
    return _scored(hits, _asked(sub_queries), late_interaction, rerank_deadline_s)


@config.when(reranking="off")
@tag(stage="rerank")
def rerank_scores__off() -> RerankScores:
    """No scores: the fused order is wanted."""
    return RerankScores(())


@tag(stage="rerank")
def ranked_hits(
    passage_hits: list[Hit], rerank_scores: RerankScores, rerank_weight: float = 0.3
) -> list[Hit]:
    """All hits, by the reranker's score blended with the fused one.

    Both scores are brought to [0, 1] over the scored hits (the reranker's by a sigmoid
    first, then each by its minimum and maximum) and weighted `rerank_weight` to 1 -
    `rerank_weight`. Hits without a score follow in fused order.

    Returns:
        The same chunks, best first. Those that were scored are of the arm "reranked",
        the others as they were.
    """
    if all(logit is None for logit in rerank_scores.logits):
        return passage_hits
    return blended(passage_hits, rerank_scores.logits, rerank_weight)


@tag(stage="rerank")
def reranked_hits(
    ranked_hits: list[Hit], sub_queries: list[SubQuery], answer_passages: int = 8
) -> list[Hit]:
    """The best of the hits, with a seat for each sub-question.

    The hit that a sub-question's own searches rank highest is among those returned. The
    sum over all searches, which favours what fits every part a little, might leave it
    out.

    Returns:
        Up to `answer_passages` hits, best first.
    """
    leaders = _leaders(ranked_hits, sub_queries)
    best = [hit.chunk_id for hit in ranked_hits[:answer_passages]]
    kept = set(islice(dict.fromkeys([*leaders, *best]), answer_passages))
    return ranked([hit for hit in ranked_hits if hit.chunk_id in kept])


def _asked(sub_queries: Sequence[SubQuery]) -> str:
    """The leading sub-query: a follow-up has there what it takes from other turns."""
    return sub_queries[leading(sub_queries)].text if sub_queries else ""


def _scored(
    hits: Sequence[Hit], question: str, reranker: Reranker, deadline_s: float
) -> RerankScores:
    if not hits:
        return RerankScores(())
    texts = [titled(hit.chunk.title, hit.chunk.text_in_place) for hit in hits]
    try:
        scores = reranker.score(question, texts, deadline_s)
    except ModelError as error:
        text = f"not reranked, the fused order stands: {error}"
        is_standing = isinstance(error, MissingWeights)
        note = Note("rerank", text, is_passing=True, is_standing=is_standing)
        return RerankScores((None,) * len(hits), note)
    logits = tuple(None if np.isnan(score) else float(score) for score in scores)
    missed = logits.count(None)
    if not missed:
        return RerankScores(logits)
    text = f"{missed} of {len(hits)} hits not scored within {deadline_s * 1000:.0f} ms"
    return RerankScores(logits, Note("rerank", text, is_passing=True))


def _leaders(ranked_hits: Sequence[Hit], sub_queries: Sequence[SubQuery]) -> list[int]:
    """The chunk that each sub-question's two searches rank highest together.

    A search that found the chunk gives it 1 / (60 + rank).
    """
    numbers = [number for number, one in enumerate(sub_queries) if one.role == "sub-question"]
    best_scores = dict.fromkeys(numbers, 0.0)
    leaders: dict[int, int] = {}
    for hit in ranked_hits if numbers else ():
        scores = dict.fromkeys(numbers, 0.0)
        for _, number, rank in hit.found_by:
            if number in scores:
                scores[number] += 1 / (_LEADER_K + rank)
        for number, score in scores.items():
            if score > best_scores[number]:
                best_scores[number] = score
                leaders[number] = hit.chunk_id
    return [leaders[number] for number in numbers if number in leaders]
