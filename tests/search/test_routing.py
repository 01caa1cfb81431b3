"""When every chunk is compared, and how far the vector index is walked otherwise."""

import pytest

from headrace.search.routing import candidates, most_compared


@pytest.mark.parametrize(
    ("chunks", "vectors", "most"),
    [
        (3_000, 3_000, 3_000),
        (9_000, 9_000, 5_196),
        (9_000, 0, 5_196),
        (100_000, 100_000, 17_320),
        (9_000, 10**6, 54_772),
    ],
)
def test_the_more_others_the_index_holds_the_more_chunks_are_compared(chunks, vectors, most):
    assert most_compared(3_000, chunks, vectors) == most


def test_with_0_the_index_is_walked_for_any_number():
    assert most_compared(0, 9_000, 10**6) == 0


@pytest.mark.parametrize(
    ("top_k", "vectors", "kept"),
    [(100, 0, 150), (100, 10_000, 150), (100, 100_000, 350), (100, 10**6, 800), (20, 0, 150)]
    + [(200, 10_000, 300), (1_000, 10**6, 1_000), (100, 30_000, 230)],
)
def test_a_larger_index_is_walked_with_more_candidates(top_k, vectors, kept):
    assert candidates(0, top_k, vectors) == kept


def test_a_number_that_is_set_is_taken():
    assert candidates(40, 100, 10**6) == 40
