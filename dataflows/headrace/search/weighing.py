"""How much each search, and the title of a document, count for a question."""

from collections.abc import Sequence, Set
from functools import lru_cache

from headrace.text.words import stems
from headrace.types import CosineScale

#: The rank of the hit that the best one is compared with; of fewer hits, the last.
_COMPARED = 50
#: With fewer hits, the distance between them says nothing.
_LEAST_HITS = 10
# DECISIONS.md, "spread of a search".
#: The usual distance of the best cosine to the compared one, and the power by which a
#: distance counts.
_USUAL_COSINES = 0.31
_COSINES_POWER = 0.75
#: The same of BM25, as a share of the best.
_USUAL_BM25 = 0.75
_BM25_POWER = 0.5
#: A smaller part of the usual distance counts as this one.
_LEAST_PART = 0.05
_KEPT_TITLES = 20_000


def semantic_share(
    cosines: Sequence[float], bm25: Sequence[float], semantic_weight: float, scale: CosineScale
) -> float:
    """The weight of the semantic search for a question; the other one has the rest.

    A search whose best hit is far above its 50th separates documents well, and counts
    more. One that finds everything about equally near counts less. The distances of
    both searches are compared with the usual ones; with fewer than ten hits, a distance
    counts as usual.

    Args:
        cosines: of the hits for the leading sub-query, best first; may be empty.
        bm25: the same of the keyword search.
        semantic_weight: the weight where both distances are usual; 0 and 1 stay.
        scale: of the cosines.
    Example: with the usual distance of BM25, 0.65 stays 0.65 where the cosines fall
        from 0.7 to 0.37, and becomes 0.43 where they fall from 0.7 to 0.6.
    Source: the distance is that of Shtok et al., "Predicting Query Performance by
        Query-Drift Estimation", ACM TOIS 2012, from one hit in place of the deviation.
    """
    semantic_part = semantic_weight
    if len(cosines) >= _LEAST_HITS:
        distance = (cosines[0] - _compared(cosines)) / (scale.one - scale.zero)
        semantic_part *= _part(distance, _USUAL_COSINES) ** _COSINES_POWER
    keyword_part = 1 - semantic_weight
    if len(bm25) >= _LEAST_HITS and bm25[0] > 0:
        distance = 1 - _compared(bm25) / bm25[0]
        keyword_part *= _part(distance, _USUAL_BM25) ** _BM25_POWER
    return semantic_part / (semantic_part + keyword_part)


def _compared(scores: Sequence[float]) -> float:
    return scores[min(_COMPARED, len(scores)) - 1]


def _part(distance: float, usual: float) -> float:
    return max(distance / usual, _LEAST_PART)


def title_share(title: str, asked: Set[str]) -> float:
    """How far a question names a title: the share of its words, squared.

    So a title that is named whole counts for much, a word of it for little.

    Args:
        asked: the stems of the question's words (`text.words.stems`).
    Returns:
        0 to 1; 0 for a title without words that carry meaning.
    """
    words = _title_stems(title)
    if asked.isdisjoint(words):  # as most are
        return 0.0
    return (len(words & asked) / len(words)) ** 2


@lru_cache(maxsize=_KEPT_TITLES)
def _title_stems(title: str) -> Set[str]:
    return frozenset(stems(title))
