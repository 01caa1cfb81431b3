"""Of each document, the passage that holds what is asked comes first."""

from typing import NamedTuple

from hypothesis import assume, given
from hypothesis import strategies as st

from headrace.rerank.coded import codes_of
from headrace.rerank.passages import passage_hits__fused, passage_hits__sentences
from headrace.rerank.spoken import own_first
from headrace.types import Hit, SubQuery, TenantFacts
from support.hits import chunk, documents, found, ids
from support.observatory import ABOUT, ANSWER, OTHER, QUERY

ONE_LANGUAGE = TenantFacts("v", 3, 3, ("english",), ())
TWO_LANGUAGES = TenantFacts("v", 3, 3, ("english", "german"), ())


class Languages:
    """A database of documents in English, but for those called "de..."."""

    def query(self, statement, parameters):
        assert statement == "document_languages"
        return [
            (one, "german" if one[:2] == "de" else "english") for one in parameters["document_ids"]
        ]


def passages(before: list[Hit], queries: list[SubQuery], first: int = 8) -> list[Hit]:
    return passage_hits__sentences(
        before, queries, ONE_LANGUAGE, Languages(), answer_passages=first
    )


class Text(NamedTuple):
    """A chunk's document, its text and its score."""

    document: str
    text: str
    score: float


def hits(*texts: Text | tuple[str, str, float]) -> list[Hit]:
    """Fused hits with chunk ids 1, 2 and so on, in the order given."""
    made = []
    for number, given_text in enumerate(texts, start=1):
        text = Text(*given_text)
        found_by = found("semantic", 0, number)
        one = chunk(number, text.text, document=text.document)
        made.append(Hit(one, text.score, number, "fused", None, found_by))
    return made


def places(ranked: list[Hit]) -> list[tuple[float, int]]:
    return [(hit.score, hit.rank) for hit in ranked]


def test_the_chunk_with_the_sentence_that_answers_takes_the_first_place_of_its_document():
    before = hits(("a", ABOUT, 1.0), ("b", OTHER, 0.9), ("a", ANSWER, 0.8))
    after = passages(before, [SubQuery(QUERY)])
    assert ids(after) == [3, 2, 1]
    assert documents(after) == ["a", "b", "a"]
    assert places(after) == [(1.0, 1), (0.9, 2), (0.8, 3)]


def test_where_a_hit_was_found_goes_with_its_chunk():
    before = hits(("a", ABOUT, 1.0), ("a", ANSWER, 0.8))
    after = passages(before, [SubQuery(QUERY)])
    assert [hit.found_by for hit in after] == [found("semantic", 0, 2), found("semantic", 0, 1)]


def test_the_query_that_weighs_most_decides():
    queries = [SubQuery("How large is the telescope?", weight=0.5), SubQuery(QUERY, weight=1.0)]
    ranked = passages(hits(("a", ABOUT, 1.0), ("a", ANSWER, 0.9)), queries)
    assert ids(ranked) == [2, 1]


def test_documents_that_come_later_than_the_first_hits_are_left_as_they_are():
    ranked = hits(("b", OTHER, 1.0), ("a", ABOUT, 0.9), ("a", ANSWER, 0.9))
    assert passages(ranked, [SubQuery(QUERY)], 1) == ranked


def test_the_other_variant_changes_nothing_and_no_hits_are_no_fault():
    ranked = hits(("a", ABOUT, 1.0), ("a", ANSWER, 0.9))
    assert passage_hits__fused(ranked) is ranked
    assert passages([], [SubQuery(QUERY)]) == []


def spoken(before: list[Hit], language: str, facts: TenantFacts = TWO_LANGUAGES) -> list[Hit]:
    return passage_hits__sentences(before, [SubQuery("x")], facts, Languages(), language)


def test_of_equally_good_documents_the_one_in_the_question_s_language_comes_first():
    before = hits(("en", "Fees", 1.0), ("de", "Gebühren", 0.95), ("en2", "Fees", 0.9))
    assert documents(spoken(before, "german")) == ["de", "en", "en2"]
    assert documents(spoken(before, "english")) == ["en", "en2", "de"]


def test_a_much_better_document_in_another_language_stays_first():
    before = hits(("en", "Fees", 1.0), ("de", "Wetter", 0.8))
    assert documents(spoken(before, "german")) == ["en", "de"]


def test_languages_change_nothing_where_no_document_is_in_the_question_s():
    before = hits(("en", "Fees", 1.0), ("de", "Gebühren", 0.95))
    assert spoken(before, "french") == before
    assert spoken(before, "") == before
    assert spoken(before, "english", ONE_LANGUAGE) == before


def test_a_document_that_is_gone_counts_as_in_the_question_s_language():
    before = hits(("a", "x", 1.0), ("b", "y", 0.95))
    assert documents(own_first(before, {"b": "german"}, "german")) == ["a", "b"]


texts = st.sampled_from([ABOUT, ANSWER, OTHER, "", " \n", "?", QUERY * 3]) | st.text(max_size=80)
chunks = st.builds(Text, st.sampled_from("abcd"), texts, st.floats(-1, 2, allow_nan=False))


@given(
    st.lists(chunks, max_size=12),
    st.text(max_size=40) | st.just(QUERY),
    st.integers(1, 12),
)
def test_every_chunk_stays_and_every_document_keeps_its_places(drawn, query, first):
    assume(not codes_of(query))
    before = hits(*sorted(drawn, key=lambda text: -text.score))
    after = passages(before, [SubQuery(query)], first)
    assert sorted(ids(after)) == sorted(ids(before))
    assert documents(after) == documents(before)
    assert places(after) == places(before)


def test_the_passage_that_answers_goes_on_to_the_context(rag, returns):
    linked = hits(("a", ABOUT, 1.0), ("a", ANSWER, 0.9))
    values = rag.run(
        ["reranked_hits"],
        question=QUERY,
        tenant=returns,
        overrides={"linked_hits": linked},
        answer_passages=1,
    )
    assert [hit.chunk.text for hit in values["reranked_hits"]] == [ANSWER]
