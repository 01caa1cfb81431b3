"""Documents of which everything is known, and what searches show of them."""

from headrace.measuring.kills.documents import DrawnVectors, disagree, documents_of, everything
from support.known_documents import FIRST, SECOND


def test_every_sentence_is_a_chunk_by_itself_and_begins_with_its_marker(small, held):
    with small.database.for_tenant(held).transaction() as transaction:
        rows = transaction.execute("SELECT text FROM chunks ORDER BY document_id, ordinal")
    assert [text.split()[0] for (text,) in rows] == [*FIRST.markers, *SECOND.markers]


def test_a_search_that_matches_everything_shows_every_version_whole(small, held):
    found = everything(small, held)
    expected = {state.document_id: state.markers for state in (FIRST, SECOND)}
    assert documents_of(found["semantic_hits"]) == expected
    assert documents_of(found["keyword_hits"]) == expected


def test_two_searches_that_show_one_document_in_two_versions_are_of_two_moments():
    assert disagree({"a": ("a1",), "b": ("b1",)}, {"a": ("a2",)})
    assert not disagree({"a": ("a1",), "b": ("b1",)}, {"a": ("a1",), "c": ("c1",)})


def test_drawn_vectors_have_norm_1_and_depend_on_the_text():
    vectors = DrawnVectors().encode(["a", "b", "a"])
    assert vectors.shape == (3, 32) and abs((vectors**2).sum(axis=1) - 1).max() < 1e-5
    assert (vectors[0] == vectors[2]).all() and (vectors[0] != vectors[1]).any()
