"""One ranking from the hits of both searches and all sub-queries."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from hamilton.function_modifiers import config, tag

from headrace.search.weighing import semantic_share, title_share
from headrace.text.words import stems
from headrace.types import UNSCALED, Arm, Chunk, CosineScale, Found, Hit, SubQuery, leading

#: The score of a chunk beyond the last hit, as a share of that hit's score
#: (DECISIONS.md, "unfound share").
_UNFOUND_SHARE = 0.7
#: The weight of a title that the question names whole, as a share of the weight of all
#: words of the question (DECISIONS.md, "named titles").
_TITLE_SHARE = 0.375
_UNKNOWN = SubQuery("")
#: Hits whose cosines are below the encoder's zero keep their order by this part of the
#: search's weight. For a question in another language, these may be all hits
#: (DECISIONS.md, "order below zero").
_ORDER_SHARE = 0.001
#: Places of hits that are kept: of both searches and a dozen sub-queries.
_KEPT_PLACES = 4096


@config.when(fusion="rrf")
@tag(stage="RRF")
def fused_hits__rrf(
    semantic_hits: list[Hit],
    keyword_hits: list[Hit],
    rrf_k: int = 60,
    sub_queries: Sequence[SubQuery] = (SubQuery(""),),
) -> list[Hit]:
    """One ranking from all hits, by reciprocal rank fusion.

    A chunk scores the sum of weight / (rrf_k + rank) over the rankings that hold it,
    the weight being the sub-query's, and for keyword hits times its `keyword_weight`.
    The hits' own scores are ignored. Example, rrf_k=60: semantic [a, b], keyword [b, c]
    -> [b 0.0325, a 0.0164, c 0.0161].

    Args:
        rrf_k: rank offset, 1 or more; larger flattens the gap between first and tenth.
    Returns:
        One hit per chunk, best first, ties by chunk_id; `found_by` says where and at
        which ranks it was found.
    Source: Cormack, Clarke & Buettcher, SIGIR 2009.
    """
    ranking = _Ranking()
    for hit in (*semantic_hits, *keyword_hits):
        ranking.add(hit, _arm_weight(sub_queries, hit) / (rrf_k + hit.rank))
    return ranking.hits()


@config.when(fusion="convex")
@tag(stage="RRF")
def fused_hits__convex(
    semantic_hits: list[Hit],
    keyword_hits: list[Hit],
    semantic_weight: float = 0.65,
    coverage_weight: float = 1.0,
    cosine_scale: tuple | None = None,
    candidate_count: int = 100,
    sub_queries: Sequence[SubQuery] = (SubQuery(""),),
) -> list[Hit]:
    """One ranking from all hits, by a convex combination of normalised scores.

    For each sub-query a chunk scores w * cosine / best cosine + (1 - w) * (BM25 / best
    BM25 + `coverage_weight` * coverage). The sum over the sub-queries, each times its
    weight, is the chunk's score.

    - w is `semantic_weight`, or more if cosines separate the chunks better than usual,
      or BM25 worse (`weighing.semantic_share`).
    - Cosines are on the encoder's scale, on which unrelated texts have about 0. Those
      below count as 0, but keep their order.
    - 1 - w is multiplied by the sub-query's `keyword_weight`.
    - Coverage is the share of the question's words that a chunk has. It shows whether
      the best BM25 of a question is a good one. Only that of the leading sub-query
      counts. A title that the question names adds up to 0.375 of full coverage.
    - A chunk that a search did not find scores 0 there, or 0.7 of the last hit's score
      if the search stopped at `candidate_count`: others are then just below.

    Example, weight 0.5: semantic [a 0.8, b 0.4], keyword [b 6.0, c 3.0], both without
    coverage -> [b 0.75, a 0.5, c 0.25].

    Args:
        semantic_weight: 1: the semantic scores alone; 0: the keyword scores alone.
        coverage_weight: 0: BM25 alone (DECISIONS.md, "semantic and coverage weight").
        cosine_scale: of the encoder; None: cosines count as they are.
    Returns:
        One hit per chunk, best first, ties by chunk_id, with `found_by`.
    Source: Bruch, Gai & Ingber, ACM TOIS 2023 (arXiv 2210.11934).
    """
    scale = CosineScale(*(cosine_scale or UNSCALED))
    by_sub_query = _by_sub_query(semantic_hits, keyword_hits)
    main = leading(sub_queries)
    share = _semantic_share(by_sub_query.get(main, ([], [])), semantic_weight, scale)
    ranking = _Ranking()
    for number, hits in by_sub_query.items():
        weights = _weights(_sub_query(sub_queries, number), share)
        covering = coverage_weight * weights[1] if number == main else 0.0
        _add_scaled(ranking, _scaled(hits, weights, candidate_count, scale.zero), covering)
    question = _sub_query(sub_queries, main)
    named = _TITLE_SHARE * coverage_weight * _weights(question, share)[1]
    ranking.lift_named(question.text, named)
    return ranking.hits()


class _Ranking:
    """Chunks by what they have scored."""

    def __init__(self) -> None:
        self._chunks: dict[int, Chunk] = {}
        self._scores: dict[int, float] = {}
        self._found: dict[int, list[Found]] = {}

    def add(self, hit: Hit, score: float) -> None:
        """Adds to the score of a hit's chunk, and where it was found."""
        chunk, _, rank, arm, sub_query, _, _ = hit
        chunk_id = chunk.chunk_id
        found = _found(arm, sub_query, rank)
        if chunk_id in self._scores:
            self._scores[chunk_id] += score
            self._found[chunk_id].append(found)
        else:
            self._chunks[chunk_id] = chunk
            self._scores[chunk_id] = score
            self._found[chunk_id] = [found]

    def lift_named(self, question: str, weight: float) -> None:
        """Adds to the scores of chunks whose title a question names."""
        if not weight:
            return
        words = stems(question)
        for chunk_id, chunk in self._chunks.items():
            share = title_share(chunk.title, words)
            if share:
                self._scores[chunk_id] += weight * share

    def hits(self) -> list[Hit]:
        """One hit per chunk, best first, ties by chunk_id."""
        order = sorted((-score, chunk_id) for chunk_id, score in self._scores.items())
        hits = []
        for rank, (score, chunk_id) in enumerate(order, start=1):
            found_by = tuple(self._found[chunk_id])
            hits.append(Hit(self._chunks[chunk_id], -score, rank, "fused", None, found_by))
        return hits


@lru_cache(maxsize=_KEPT_PLACES)
def _found(arm: Arm, sub_query: int | None, rank: int) -> Found:
    """Where a hit was found; the same places come up with every question."""
    return Found(arm, sub_query, rank)


@dataclass(frozen=True, slots=True)
class _Scaled:
    """The hits of one search for one sub-query, and how its scores count.

    Attributes:
        zero: a score up to this counts as nothing.
        factor: what a score has above `zero` is multiplied by it, so that the best hit
            gets the search's weight.
        unfound: what a chunk scores that is not among the hits.
        order: the whole score times this is added, which keeps hits below `zero` in
            their order.
    """

    hits: Sequence[Hit]
    zero: float
    factor: float = 0.0
    unfound: float = 0.0
    order: float = 0.0

    @classmethod
    def of(
        cls, hits: Sequence[Hit], weight: float, candidate_count: int, zero: float = 0.0
    ) -> "_Scaled":
        if not hits or hits[0].score <= 0:
            return cls(hits, zero)
        order = _ORDER_SHARE * weight / hits[0].score if zero else 0.0
        if hits[0].score <= zero:
            return cls(hits, zero, order=order)
        factor = weight / (hits[0].score - zero)
        if len(hits) < candidate_count:
            return cls(hits, zero, factor, order=order)
        unfound = _UNFOUND_SHARE * factor * max(hits[-1].score - zero, 0.0)
        return cls(hits, zero, factor, unfound, order)


def _add_scaled(ranking: _Ranking, searches: Sequence[_Scaled], covering: float) -> None:
    """Adds the hits of both searches for one sub-query.

    A chunk gets what every search gives to chunks that it did not find; a search that
    did find it replaces its part by the scaled score.
    """
    unfound = sum(search.unfound for search in searches)
    seen: set[int] = set()
    for search in searches:
        zero, factor, order, own = search.zero, search.factor, search.order, search.unfound
        for hit in search.hits:
            score = hit.score
            above = score - zero
            scaled = above * factor if above > 0 else 0.0
            scaled += score * order - own + hit.coverage * covering
            if hit.chunk.chunk_id not in seen:
                scaled += unfound
            ranking.add(hit, scaled)
        seen.update([hit.chunk.chunk_id for hit in search.hits])


def _by_sub_query(
    semantic_hits: Iterable[Hit], keyword_hits: Iterable[Hit]
) -> dict[int | None, tuple[list[Hit], list[Hit]]]:
    """The index of each sub-query, and what either search found for it, best first."""
    found: dict[int | None, tuple[list[Hit], list[Hit]]] = {}
    for search, hits in enumerate((semantic_hits, keyword_hits)):
        for hit in hits:
            found.setdefault(hit.sub_query, ([], []))[search].append(hit)
    return found


def _semantic_share(
    found: tuple[list[Hit], list[Hit]], semantic_weight: float, scale: CosineScale
) -> float:
    cosines, bm25 = ([hit.score for hit in hits] for hits in found)
    return semantic_share(cosines, bm25, semantic_weight, scale)


def _scaled(
    found: tuple[list[Hit], list[Hit]],
    weights: tuple[float, float],
    candidate_count: int,
    zero: float,
) -> tuple[_Scaled, _Scaled]:
    """Both searches of a sub-query, each by its weight."""
    semantic, keyword = found
    return (
        _Scaled.of(semantic, weights[0], candidate_count, zero),
        _Scaled.of(keyword, weights[1], candidate_count),
    )


def _weights(query: SubQuery, share: float) -> tuple[float, float]:
    """Of the semantic and the keyword search for a sub-query."""
    return query.weight * share, query.weight * (1 - share) * query.keyword_weight


def _sub_query(sub_queries: Sequence[SubQuery], number: int | None) -> SubQuery:
    """A sub-query; one with the usual weights for hits of an unknown one."""
    if number is None or number >= len(sub_queries):
        return _UNKNOWN
    return sub_queries[number]


def _arm_weight(sub_queries: Sequence[SubQuery], hit: Hit) -> float:
    query = _sub_query(sub_queries, hit.sub_query)
    return query.weight * (query.keyword_weight if hit.arm == "keyword" else 1.0)
