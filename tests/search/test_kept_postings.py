"""Long lists of postings: read once, kept up to a number of bytes, never mistaken."""

from collections.abc import Mapping
from typing import Any

import pytest

from headrace.search.kept_postings import KeptPostings
from headrace.search.postings import PostingsRow
from support.postings import packed


class Reader:
    """Answers `long_postings` from a dictionary, and notes what was asked."""

    def __init__(self, entries: Mapping[int, bytes]):
        self.asked: list[int] = []
        self._entries = entries

    def query(self, statement: str, parameters: Mapping[str, Any]) -> list[tuple[int, bytes]]:
        assert statement == "long_postings"
        segments = [int(segment) for segment in parameters["segments"]]
        self.asked += segments
        rows = [(number, self._entries[of]) for number, of in enumerate(segments, start=1)]
        return rows[::-1]


ENTRIES = {
    1: packed((3, 1, 2), (5, 1, 2)),
    2: packed((8, 1, 2), (9, 1, 2)),
    3: packed((4, 1, 2), (6, 1, 2)),
}


def named(segment: int, made_at: int = 10, term: int = 7) -> PostingsRow:
    return PostingsRow(term, [1.0], 0, None, 2, 9, 2.0, 5, segment, made_at)


@pytest.fixture
def reader() -> Reader:
    return Reader(ENTRIES)


def test_a_list_is_joined_from_its_segments_and_read_once(reader):
    kept = KeptPostings()
    rows = [named(2), named(1)]
    for _ in range(2):
        postings = kept.lists(reader, rows)[7, 0]
        assert postings.ids.tolist() == [3, 5, 8, 9] and postings.is_sorted
    assert reader.asked == [1, 2]


def test_segments_whose_chunks_overlap_are_known_not_to_ascend(reader):
    postings = KeptPostings().lists(reader, [named(1), named(3)])[7, 0]
    assert postings.ids.tolist() == [3, 5, 4, 6] and not postings.is_sorted


def test_a_segment_of_the_same_number_and_another_time_is_read(reader):
    kept = KeptPostings()
    kept.lists(reader, [named(1, made_at=10)])
    kept.lists(reader, [named(1, made_at=11)])
    assert reader.asked == [1, 1]


def test_of_too_many_bytes_the_list_asked_for_longest_ago_goes(reader):
    kept = KeptPostings(most_bytes=24)
    for term in (1, 2, 1, 3, 1, 2):
        kept.lists(reader, [named(1, term=term)])
    assert len(reader.asked) == 4


def test_short_lists_are_not_asked_for(reader):
    row = PostingsRow(7, [1.0], 0, ENTRIES[1], 2, 9, 2.0)
    assert KeptPostings().lists(reader, [row]) == {}
    assert reader.asked == []
