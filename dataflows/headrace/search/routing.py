"""Whether a search by meaning compares every chunk or walks the vector index."""

from math import ceil, isqrt, log10

#: How many candidates a walk keeps in an index of so many vectors: for each hit, at
#: least, and how many times more for each power of ten above (DECISIONS.md, "HNSW
#: candidates").
_CANDIDATES_PER_HIT = 2.0
_LEAST_CANDIDATES = 200
_SMALL_INDEX = 10_000
_GROWTH = 2.0
#: pgvector keeps no more.
_MOST_CANDIDATES = 1_000


def most_compared(exact_search_chunks: int, chunks: int, vectors: int) -> int:
    """Up to how many chunks comparing all of them takes less time than the index.

    Comparing takes as long as there are chunks in question. A walk passes those that
    are not in question, other tenants' and those that a filter leaves out, and takes
    the longer the more of them there are. So from n chunks of N vectors on the index is
    faster, where n * n / N is `exact_search_chunks` (DECISIONS.md, "exact search").

    Args:
        exact_search_chunks: where the index would hold no others.
        chunks: of the tenant.
        vectors: in the index, about; 0 where it is not known.
    """
    return isqrt(exact_search_chunks * max(vectors, chunks))


def candidates(hnsw_ef_search: int, top_k: int, vectors: int) -> int:
    """How many candidates a walk keeps (`hnsw.ef_search`).

    Args:
        hnsw_ef_search: the number itself; 0: by the size of the index.
        top_k: hits asked for.
        vectors: in the index, about.
    """
    if hnsw_ef_search:
        return hnsw_ef_search
    powers = log10(max(vectors, _SMALL_INDEX) / _SMALL_INDEX)
    wanted = max(top_k * _CANDIDATES_PER_HIT, _LEAST_CANDIDATES) * _GROWTH**powers
    # In tens: each number is a statement that the server prepares.
    return min(10 * ceil(wanted / 10), _MOST_CANDIDATES)
