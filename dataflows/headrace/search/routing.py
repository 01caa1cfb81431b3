"""Whether a semantic search compares every chunk or searches the vector index."""

from math import ceil, isqrt, log10

#: How many candidates a search of the index keeps (DECISIONS.md, "HNSW candidates"):
#: this many for each hit, and at least that many; times the growth for each power of
#: ten by which the index is larger than a small one.
_CANDIDATES_PER_HIT = 1.5
_LEAST_CANDIDATES = 150
_SMALL_INDEX = 10_000
_GROWTH = 2.3
#: pgvector keeps no more.
_MOST_CANDIDATES = 1_000


def most_compared(exact_search_chunks: int, chunks: int, vectors: int) -> int:
    """The number of chunks up to which comparing each is faster than the index.

    Comparing takes time in proportion to n, the tenant's chunks that the filters leave.
    A search of the index also meets other vectors, those of other tenants and those
    that the filters leave out, so it takes longer the smaller n is compared with N, all
    vectors. Both take the same time if n * n / N is `exact_search_chunks`
    (DECISIONS.md, "exact search").

    Args:
        exact_search_chunks: the number for an index that holds no other vectors.
        chunks: of the tenant.
        vectors: in the index, about; 0 if that is not known.
    """
    return isqrt(exact_search_chunks * max(vectors, chunks))


def candidates(hnsw_ef_search: int, top_k: int, vectors: int) -> int:
    """How many candidates a search of the index keeps (`hnsw.ef_search`).

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
