"""One ranking from the rows of both searches, then blended with a reranker's scores."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from headrace.measuring.speed.by_hand.rows import (
    COVERAGE,
    DOCUMENT,
    ID,
    SCORE,
    TEXT,
    TITLE,
    Ranking,
    Row,
    by_score,
)
from headrace.rerank.placing import placed
from headrace.search.weighing import semantic_share, title_share
from headrace.settings import Settings
from headrace.text.words import stems
from headrace.types import UNSCALED, CosineScale, SubQuery, known_scale, leading

# As in search/fusion.py.
_UNFOUND_SHARE = 0.7
_TITLE_SHARE = 0.375
#: As in rerank/reranking.py.
_LEADER_K = 60


def fused(
    queries: Sequence[SubQuery],
    semantic: Sequence[list[Row]],
    keyword: Sequence[list[Row]],
    settings: Settings,
) -> Ranking:
    """The distinct rows of all searches.

    Args:
        semantic, keyword: the rows of each query.
    """
    weights = [query.weight for query in queries]
    if settings.fusion == "rrf":
        scores = _reciprocal([*semantic, *keyword], settings.rrf_k, weights * 2)
    else:
        scores = _convex(queries, semantic, keyword, settings)
    rows: dict[int, Row] = {}
    for of_query in (*semantic, *keyword):
        for row in of_query:
            rows[row[ID]] = row
    return by_score(rows, scores)


def best_passages_first(ranking: Ranking, query: str, first: int) -> Ranking:
    """Each document's rows in the order of their sentences; scores stay in place.

    Args:
        first: only documents that have one of the first places are looked at.
    """
    documents = [row[DOCUMENT] for row, _ in ranking]
    scores = [score for _, score in ranking]
    texts = [row[TEXT] for row, _ in ranking]
    order = placed(documents, scores, texts, query, first)
    return [(ranking[index][0], score) for index, score in zip(order, scores, strict=True)]


def blended(ranking: Ranking, logits: np.ndarray, weight: float) -> Ranking:
    """The rows that were scored, by both scores, then the others as they were.

    Args:
        logits: of the first rows; NaN for one that was not scored.
        weight: of the reranker's score.
    """
    scored = np.flatnonzero(~np.isnan(logits))
    if not len(scored):
        return ranking
    read = _unit(1 / (1 + np.exp(-logits[scored].astype(np.float64))))
    as_fused = _unit(np.array([ranking[index][1] for index in scored]))
    both = weight * read + (1 - weight) * as_fused
    first = []
    for place in np.argsort(-both, kind="stable"):
        first.append((ranking[scored[place]][0], float(both[place])))
    was_scored = set(scored.tolist())
    return first + [pair for number, pair in enumerate(ranking) if number not in was_scored]


def leaders(
    queries: Sequence[SubQuery],
    semantic: Sequence[list[Row]],
    keyword: Sequence[list[Row]],
    ranking: Ranking,
) -> list[int]:
    """The chunk that each sub-question's two searches rank highest together."""
    chunk_ids = [row[ID] for row, _ in ranking]
    found = []
    for number, query in enumerate(queries):
        if query.role == "sub-question" and chunk_ids:
            scores = _reciprocal((semantic[number], keyword[number]), _LEADER_K, (1, 1))
            found.append(max(chunk_ids, key=lambda chunk_id: scores.get(chunk_id, 0.0)))
    return found


def best(ranking: Ranking, leading_ids: Sequence[int], count: int) -> Ranking:
    """The first `count` rows, with those that lead a sub-question among them."""
    chunk_ids = [row[ID] for row, _ in ranking]
    kept = set(list(dict.fromkeys([*leading_ids, *chunk_ids]))[:count])
    return [(row, score) for row, score in ranking if row[ID] in kept]


def _reciprocal(
    rankings: Iterable[list[Row]], rank_offset: int, weights: Iterable[float]
) -> dict[int, float]:
    scores: dict[int, float] = {}
    for rows, weight in zip(rankings, weights, strict=True):
        for rank, row in enumerate(rows, start=1):
            scores[row[ID]] = scores.get(row[ID], 0.0) + weight / (rank_offset + rank)
    return scores


def _convex(
    queries: Sequence[SubQuery],
    semantic: Sequence[list[Row]],
    keyword: Sequence[list[Row]],
    settings: Settings,
) -> dict[int, float]:
    """The weighted sum of all scores, each search's brought to 1 at best."""
    main = leading(queries)
    scale = CosineScale(*(settings.cosine_scale or known_scale(settings.encoder) or UNSCALED))
    cosines, bm25 = ([row[SCORE] for row in rows[main]] for rows in (semantic, keyword))
    share = semantic_share(cosines, bm25, settings.semantic_weight, scale)
    scores: dict[int, float] = {}
    limit = settings.candidate_count
    for number, query in enumerate(queries):
        weight = query.weight
        searches = (
            _scaled(semantic[number], weight * share, limit, scale.zero),
            _scaled(keyword[number], weight * (1 - share), limit),
        )
        covering = settings.coverage_weight * (1 - share) * weight if number == main else 0.0
        _add_scaled(scores, searches, covering)
    named = _TITLE_SHARE * settings.coverage_weight * (1 - share) * queries[main].weight
    words = stems(queries[main].text)
    titles: dict[int, str] = {}
    for rows in (*semantic, *keyword):
        titles.update((row[ID], row[TITLE]) for row in rows)
    for chunk_id, title in titles.items():
        scores[chunk_id] += named * title_share(title, words)
    return scores


def _add_scaled(scores: dict[int, float], searches: Sequence["_Scaled"], covering: float) -> None:
    unfound = sum(search.unfound for search in searches)
    seen: set[int] = set()
    for search in searches:
        for row in search.rows:
            score = max(row[SCORE] - search.zero, 0.0) * search.factor - search.unfound
            if len(row) > COVERAGE:
                score += row[COVERAGE] * covering
            if row[ID] not in seen:
                score += unfound
            scores[row[ID]] = scores.get(row[ID], 0.0) + score
        seen.update(row[ID] for row in search.rows)


class _Scaled(NamedTuple):
    """The rows of one search, and how their scores count.

    `zero` is what of a score counts as nothing, `unfound` what a chunk scores that is
    not among them.
    """

    rows: list[Row]
    zero: float
    factor: float
    unfound: float


def _scaled(rows: list[Row], weight: float, limit: int, zero: float = 0.0) -> _Scaled:
    if not rows or rows[0][SCORE] <= zero:
        return _Scaled(rows, zero, 0.0, 0.0)
    factor = weight / (rows[0][SCORE] - zero)
    is_cut = len(rows) >= limit
    unfound = _UNFOUND_SHARE * factor * max(rows[-1][SCORE] - zero, 0.0) if is_cut else 0.0
    return _Scaled(rows, zero, factor, unfound)


def _unit(values: np.ndarray) -> np.ndarray:
    """The values brought to [0, 1] by their minimum and maximum; all 1 when equal."""
    spread = np.ptp(values)
    return (values - values.min()) / spread if spread else np.ones(len(values))
