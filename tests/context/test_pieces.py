"""Chunks joined to passages in reading order."""

from support.contexts import hit, packed, texts


def test_neighbours_of_one_document_become_one_passage_in_reading_order():
    second, first = hit(7, "Second part.", "d", 1, 12), hit(3, "First part.", "d", 0, 0)
    made = packed([second, hit(9, "Elsewhere.", "x"), first])
    assert texts(made) == ["First part. Second part.", "Elsewhere."]
    assert [sentence.chunk_id for sentence in made.passages[0].sentences] == [3, 7]


def test_a_chunk_between_two_others_joins_them():
    ends = [hit(1, "A one.", "d", 0, 0), hit(3, "C three.", "d", 2, 20)]
    assert len(packed(ends).passages) == 2
    made = packed([*ends, hit(2, "B two.", "d", 1, 10)])
    assert texts(made) == ["A one. B two. C three."]


def test_what_overlapping_chunks_share_is_said_once():
    one = hit(1, "Alpha is one. Beta is two.", "d", 0, 0)
    other = hit(2, "Beta is two. Gamma is three.", "d", 1, 14)
    assert texts(packed([one, other])) == ["Alpha is one. Beta is two. Gamma is three."]


def test_a_passage_has_the_place_of_its_best_chunk():
    best = hit(1, "A one.", "d", 0, 0)
    made = packed([best, hit(5, "Elsewhere.", "x"), hit(2, "B two.", "d", 1, 10)])
    assert [passage.document_id for passage in made.passages] == ["d", "x"]
    assert [passage.number for passage in made.passages] == [1, 2]


def test_joined_chunks_stand_where_the_better_of_them_stood():
    ends = [hit(1, "A one.", "d", 0, 0), hit(5, "Elsewhere.", "x"), hit(3, "C three.", "d", 2, 20)]
    made = packed([*ends, hit(2, "B two.", "d", 1, 10)])
    assert texts(made) == ["A one. B two. C three.", "Elsewhere."]
