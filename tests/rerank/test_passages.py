from hypothesis import given
from hypothesis import strategies as st

from headrace.rerank.placing import placed
from headrace.rerank.reranking import passage_hits__fused, passage_hits__sentences
from headrace.types import Chunk, Hit, SubQuery

QUERY = "Who founded the observatory?"
ABOUT = "The observatory stands on a hill. Its telescope is large."
ANSWER = "It was damp. Ada Byrd founded the observatory in 1871."
OTHER = "The founder of the railway was born here."


def hits(*found: tuple[str, str, float]) -> list[Hit]:
    return [
        Hit(
            Chunk(number, document, "", "s", text, 0, len(text)),
            score,
            number,
            "fused",
            (("semantic 0", number),),
        )
        for number, (document, text, score) in enumerate(found, start=1)
    ]


def test_the_chunk_with_the_sentence_that_answers_takes_the_first_place_of_its_document():
    found = passage_hits__sentences(
        hits(("a", ABOUT, 1.0), ("b", OTHER, 0.9), ("a", ANSWER, 0.8)), [SubQuery(QUERY)]
    )
    assert [(hit.chunk_id, hit.chunk.document_id, hit.score, hit.rank) for hit in found] == [
        (3, "a", 1.0, 1),
        (2, "b", 0.9, 2),
        (1, "a", 0.8, 3),
    ]
    assert found[0].found_by == (("semantic 0", 3),)  # whose, is the chunk's


def test_worth_is_the_score_and_the_share_of_the_words_in_the_best_sentence():
    # Both texts have "observatory" (log(1 + 2/3) = 0.511) and one has "founded" (log(1 + 2/2) = 0.693): shares of 0.424 and 0.576.
    # The best sentence of the first holds 0.424 and counts for 0.8 * 0.424 / 1.25 = 0.272, that of the second holds 1 and counts for 0.64.
    texts = ["The observatory stands.", "It was damp. She founded the observatory."]
    assert placed(["a", "a"], [1.0, 0.62], texts, "founded observatory", 20) == [0, 1]
    assert placed(["a", "a"], [1.0, 0.64], texts, "founded observatory", 20) == [1, 0]


def test_of_passages_that_all_name_a_thing_the_one_that_says_what_it_is_comes_first():
    texts = ["Contributing to pandas is easy.", "pandas is a package for tables."]
    assert placed(["a", "a"], [1.0, 0.9], texts, "What is pandas?", 20) == [1, 0]
    assert placed(["a", "a"], [1.0, 0.9], texts, "pandas", 20) == [0, 1]


def test_the_query_that_weighs_most_decides():
    queries = [SubQuery("How large is the telescope?", weight=0.5), SubQuery(QUERY, weight=1.0)]
    found = passage_hits__sentences(hits(("a", ABOUT, 1.0), ("a", ANSWER, 0.9)), queries)
    assert [hit.chunk_id for hit in found] == [2, 1]


def test_documents_that_come_later_than_the_first_hits_are_left_as_they_are():
    found = hits(("b", OTHER, 1.0), ("a", ABOUT, 0.9), ("a", ANSWER, 0.9))
    assert passage_hits__sentences(found, [SubQuery(QUERY)], answer_passages=1) == found
    assert (
        passage_hits__fused(found) is found and passage_hits__sentences([], [SubQuery(QUERY)]) == []
    )


scores = st.floats(-1, 2, allow_nan=False)
texts = st.sampled_from([ABOUT, ANSWER, OTHER, "", " \n", "?", QUERY * 3]) | st.text(max_size=80)


@given(
    st.lists(st.tuples(st.sampled_from("abcd"), texts, scores), max_size=12),
    st.text(max_size=40) | st.just(QUERY),
    st.integers(1, 12),
)
def test_every_chunk_stays_and_every_document_keeps_its_places(found, query, first):
    given_hits = hits(*sorted(found, key=lambda item: -item[2]))
    moved = passage_hits__sentences(given_hits, [SubQuery(query)], first)
    assert sorted(hit.chunk_id for hit in moved) == sorted(hit.chunk_id for hit in given_hits)
    assert [hit.chunk.document_id for hit in moved] == [hit.chunk.document_id for hit in given_hits]
    assert [(hit.score, hit.rank) for hit in moved] == [(hit.score, hit.rank) for hit in given_hits]


def test_the_context_gets_the_passage_that_answers(rag, returns):
    given_hits = hits(("a", ABOUT, 1.0), ("a", ANSWER, 0.9))
    found = rag.run(
        ["context"],
        question=QUERY,
        tenant=returns,
        overrides={"linked_hits": given_hits},
        answer_passages=1,
    )["context"]
    assert found.passages[0].text == ANSWER
