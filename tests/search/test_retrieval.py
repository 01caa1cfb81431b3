import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headrace import Document
from headrace.search.retrieval import _semantic_share, fused_hits__convex, fused_hits__rrf
from headrace.types import Chunk, Hit, SubQuery


def chunk(chunk_id: int, text: str = "text") -> Chunk:
    return Chunk(chunk_id, f"d{chunk_id}", "title", "source", text, 0, len(text))


def ranking(stream: str, *chunk_ids: int) -> list[Hit]:
    return [
        Hit(chunk(chunk_id), 1.0 / rank, rank, stream)
        for rank, chunk_id in enumerate(chunk_ids, start=1)
    ]


def test_a_chunk_found_by_both_rankings_comes_first():
    hits = fused_hits__rrf(ranking("semantic 0", 1, 2), ranking("keyword 0", 2, 3))
    assert [hit.chunk_id for hit in hits] == [2, 1, 3]
    assert [round(hit.score, 4) for hit in hits] == [0.0325, 0.0164, 0.0161]
    assert hits[0].found_by == (("semantic 0", 2), ("keyword 0", 1))


def test_an_arm_without_hits_leaves_the_other_as_it_is():
    assert [hit.chunk_id for hit in fused_hits__rrf(ranking("semantic 0", 5, 4), [])] == [5, 4]
    assert fused_hits__rrf([], []) == []


streams = st.lists(st.lists(st.integers(1, 30), unique=True, max_size=20), min_size=1, max_size=5)


@given(streams, streams, st.integers(1, 100))
def test_fusion_holds_every_chunk_once_in_order_and_never_below_one_it_dominates(
    semantic, keyword, rrf_k
):
    arms = [
        [hit for number, ids in enumerate(arm) for hit in ranking(f"{name} {number}", *ids)]
        for name, arm in (("s", semantic), ("k", keyword))
    ]
    hits = fused_hits__rrf(*arms, rrf_k=rrf_k)
    found = {hit.chunk_id for arm in arms for hit in arm}
    assert sorted(hit.chunk_id for hit in hits) == sorted(found)
    assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))
    assert all(
        (-a.score, a.chunk_id) < (-b.score, b.chunk_id)
        for a, b in zip(hits, hits[1:], strict=False)
    )
    for hit in hits:
        assert hit.score == pytest.approx(sum(1 / (rrf_k + rank) for _, rank in hit.found_by))


def scored(stream: str, scores: dict[int, float]) -> list[Hit]:
    return [
        Hit(chunk(chunk_id), score, rank, stream)
        for rank, (chunk_id, score) in enumerate(scores.items(), start=1)
    ]


def test_convex_fusion_adds_scores_brought_to_one():
    hits = fused_hits__convex(
        scored("semantic 0", {1: 0.8, 2: 0.4}),
        scored("keyword 0", {2: 6.0, 3: 3.0}),
        semantic_weight=0.5,
    )
    assert [(hit.chunk_id, hit.score) for hit in hits] == [(2, 0.75), (1, 0.5), (3, 0.25)]
    assert hits[0].found_by == (("semantic 0", 2), ("keyword 0", 1))


def test_convex_fusion_counts_how_many_of_its_words_a_chunk_has():
    keyword = [
        Hit(chunk(2), 6.0, 1, "keyword 0", coverage=0.5),
        Hit(chunk(3), 5.7, 2, "keyword 0", coverage=1.0),
    ]
    hits = fused_hits__convex(
        scored("semantic 0", {1: 0.8, 2: 0.4}), keyword, semantic_weight=0.5, coverage_weight=0.2
    )
    assert {hit.chunk_id: hit.score for hit in hits} == pytest.approx(
        {2: 0.75 + 0.5 * 0.2 * 0.5, 3: 0.475 + 0.5 * 0.2, 1: 0.5}
    )
    assert [hit.chunk_id for hit in fused_hits__convex([], keyword, coverage_weight=0.2)] == [3, 2]
    assert [hit.chunk_id for hit in fused_hits__convex([], keyword, coverage_weight=0)] == [2, 3]
    parts = [SubQuery("part", weight=0.5), SubQuery("question")]
    assert [
        hit.chunk_id
        for hit in fused_hits__convex([], keyword, coverage_weight=0.2, sub_queries=parts)
    ] == [2, 3]  # the question's alone


def test_convex_fusion_gives_what_a_search_stopped_short_of_most_of_its_last_score():
    semantic, keyword = scored("semantic 0", {1: 0.8, 2: 0.6}), scored("keyword 0", {3: 4.0})
    hits = fused_hits__convex(semantic, keyword, semantic_weight=0.5, candidate_count=2)
    assert {hit.chunk_id: hit.score for hit in hits} == pytest.approx(
        {1: 0.5, 2: 0.375, 3: 0.5 + 0.7 * 0.375}
    )


def test_convex_fusion_adds_up_sub_queries_by_their_weights():
    semantic = scored("semantic 0", {1: 0.8, 2: 0.4}) + scored("semantic 1", {2: 0.9, 3: 0.45})
    hits = fused_hits__convex(
        semantic,
        [],
        semantic_weight=1,
        sub_queries=[SubQuery("question"), SubQuery("part", weight=0.5)],
    )
    assert [(hit.chunk_id, hit.score) for hit in hits] == [(1, 1.0), (2, 0.5 + 0.5), (3, 0.25)]


def test_rank_fusion_counts_sub_queries_by_their_weights():
    streams = ranking("semantic 0", 1) + ranking("semantic 1", 2)
    hits = fused_hits__rrf(
        streams, [], sub_queries=[SubQuery("question"), SubQuery("part", weight=0.5)]
    )
    assert [(hit.chunk_id, hit.score) for hit in hits] == [(1, 1 / 61), (2, 0.5 / 61)]


def test_convex_fusion_does_without_an_arm_and_without_good_scores():
    semantic = scored("semantic 0", {5: 0.8, 4: 0.4})
    assert [
        (hit.chunk_id, hit.score) for hit in fused_hits__convex(semantic, [], semantic_weight=0.5)
    ] == [(5, 0.5), (4, 0.25)]
    assert fused_hits__convex([], []) == []
    assert [
        hit.score for hit in fused_hits__convex(scored("semantic 0", {1: -0.1, 2: -0.2}), [])
    ] == [0.0, 0.0]


def test_convex_fusion_hears_less_of_a_semantic_search_that_found_nothing_near():
    keyword = scored("keyword 0", {7: 3.0})
    near, far = (
        fused_hits__convex(scored("semantic 0", {5: best}), keyword, 0.5, 0.6)
        for best in (0.6, 0.3)
    )
    assert {hit.chunk_id: hit.score for hit in near} == {5: 0.5, 7: 0.5}
    assert {hit.chunk_id: hit.score for hit in far} == {5: 0.25, 7: 0.75}
    assert [
        hit.score for hit in fused_hits__convex(scored("semantic 0", {5: 0.1}), keyword, 0.5, 0.0)
    ] == [0.5, 0.5]
    assert (
        _semantic_share(-0.2, 0.5, 0.0) == 0.5
        and _semantic_share(0.1, 1.0, 0.6) == 1.0
        and _semantic_share(-0.2, 0.5, 0.6) == 0.0
    )


@given(streams, streams, st.floats(0, 1))
def test_convex_fusion_holds_every_chunk_once_in_order(semantic, keyword, semantic_weight):
    arms = [
        [hit for number, ids in enumerate(arm) for hit in ranking(f"{name} {number}", *ids)]
        for name, arm in (("semantic", semantic), ("keyword", keyword))
    ]
    hits = fused_hits__convex(*arms, semantic_weight=semantic_weight)
    assert sorted(hit.chunk_id for hit in hits) == sorted(
        {hit.chunk_id for arm in arms for hit in arm}
    )
    assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))
    assert all(
        (-a.score, a.chunk_id) < (-b.score, b.chunk_id)
        for a, b in zip(hits, hits[1:], strict=False)
    )
    if len(semantic) == len(keyword) == 1:
        assert all(-1e-9 <= hit.score <= 1 + 1e-9 for hit in hits)


# ------------------------------------------------------------------------------------------------- real PostgreSQL


def test_any_word_may_match_and_rare_ones_count_more(rag, tenant):
    texts = {"a": "apple tree", "b": "apple pie", "c": "apple quince", "d": "pear"}
    rag.ingest([Document(name, "", text, name) for name, text in texts.items()], tenant)
    hits = rag.run(["keyword_hits"], question="apple quince nowhere", tenant=tenant)["keyword_hits"]
    assert [hit.chunk.document_id for hit in hits] == ["c", "a", "b"]


def test_bm25_scores_are_those_worked_out_by_hand(rag, tenant):
    rag.ingest(
        [
            Document("a", "", "apple apple pear", "a"),
            Document("b", "", "apple plum", "b"),
            Document("c", "", "cherry", "c"),
        ],
        tenant,
    )
    hits = rag.run(["keyword_hits"], question="apple", tenant=tenant)["keyword_hits"]
    idf = np.log(1 + (3 - 2 + 0.5) / (2 + 0.5))
    expected = [idf * tf / (tf + 1.2 * (0.4 + 0.6 * length / 2)) for tf, length in ((2, 3), (1, 2))]
    assert [hit.score for hit in hits] == pytest.approx(expected, rel=1e-5)


def test_a_question_of_stop_words_has_no_keyword_hits_and_still_finds_by_meaning(rag, returns):
    values = rag.run(
        ["keyword_hits", "semantic_hits", "fused_hits"],
        question="what is it for and how",
        tenant=returns,
    )
    assert (
        values["keyword_hits"] == []
        and len(values["fused_hits"]) == len(values["semantic_hits"]) == 3
    )


def test_a_german_document_is_found_by_another_inflection(rag, tenant):
    text = "Die Häuser in dieser Straße wurden im neunzehnten Jahrhundert gebaut und stehen heute unter Denkmalschutz."
    rag.ingest([Document("a", "Straße", text, "a")], tenant)
    hits = rag.run(["keyword_hits"], question="Welches Haus wurde gebaut?", tenant=tenant)[
        "keyword_hits"
    ]
    assert [hit.chunk.document_id for hit in hits] == ["a"]


def test_hits_carry_what_their_document_says_at_their_place(rag, returns):
    for hit in rag.run(["semantic_hits"], question="refund", tenant=returns)["semantic_hits"]:
        ((_, stored),) = rag.database.for_tenant(returns).query("stored_spans",
            {
                "document_ids": [hit.chunk.document_id],
                "starts": [hit.chunk.start],
                "ends": [hit.chunk.end],
            },
        )
        assert stored == hit.chunk.text


def test_semantic_hits_are_those_of_exact_search_in_numpy(rag, returns):
    values = rag.run(
        ["semantic_hits", "query_embeddings"], question="battery fault", tenant=returns
    )
    texts = [f"{hit.chunk.title}\n{hit.chunk.text}" for hit in values["semantic_hits"]]
    cosines = rag.encoder.encode(texts) @ values["query_embeddings"][0]
    assert list(cosines) == sorted(cosines, reverse=True)
    assert [hit.score for hit in values["semantic_hits"]] == pytest.approx(
        cosines, abs=2e-3
    )  # halfvec keeps 11 bits


def test_the_index_and_exact_search_return_as_many_as_asked_when_so_many_exist(rag, tenant):
    documents = [
        Document(
            f"d{i}",
            "",
            f"Item number {i} of the catalogue",
            "s",
            {"kind": "even" if i % 2 == 0 else "odd"},
        )
        for i in range(60)
    ]
    rag.ingest(documents, tenant)
    rag.database.build_index()
    for exact_search_chunks in (20_000, 0):
        for filters, expected in ((None, 20), ({"kind": "even"}, 20)):
            given = {
                "filters": filters or {},
                "candidate_count": 20,
                "exact_search_chunks": exact_search_chunks,
            }
            values = rag.run(["semantic_hits"], question="catalogue item", tenant=tenant, **given)
            hits = [hit for hit in values["semantic_hits"] if hit.stream == "semantic 0"]
            assert len(hits) == expected
            assert not filters or all(int(hit.chunk.document_id[1:]) % 2 == 0 for hit in hits)


def test_the_index_statement_walks_the_hnsw_index_and_the_exact_one_cannot(rag, tenant):
    documents = [Document(f"d{i}", "", f"Item number {i} of the catalogue", "s") for i in range(40)]
    rag.ingest(documents, tenant)
    rag.database.build_index()
    parameters = {
        "query_embedding": rag.encoder.encode(["catalogue"])[0],
        "filters": None,
        "top_k": 10,
        "excluded": None,
        "languages": ["english"],
    }
    with rag.database.for_tenant(tenant).transaction() as transaction:
        transaction.execute(
            "SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_sort = off"
        )
        plans = {
            name: transaction.explain(name, parameters)
            for name in ("semantic_hits_index", "semantic_hits_exact")
        }
    assert "embeddings_hnsw_1" in plans["semantic_hits_index"]
    assert "embeddings_hnsw_1" not in plans["semantic_hits_exact"]


def test_the_two_arms_overlap(rag, returns):
    """Proved from their timestamps; a barrier that both must reach makes it certain rather than likely."""
    import threading

    barrier = threading.Barrier(2, timeout=20)
    inner = rag.database

    class Meeting:
        fingerprint = inner.fingerprint

        def query(self, *given):
            return inner.query(*given)

        def query_each(self, *given):
            barrier.wait()
            return inner.query_each(*given)

        def read(self, *given):
            barrier.wait()
            return inner.read(*given)

        def transaction(self, tenant):
            return inner.transaction(tenant)

    answer = rag.ask("How long does the warranty last?", returns, database=Meeting())
    stages = {stage.node: stage for stage in answer.stages}
    semantic, keyword = stages["semantic_hits"], stages["keyword_hits"]
    assert (
        semantic.start_ms < keyword.start_ms + keyword.ms
        and keyword.start_ms < semantic.start_ms + semantic.ms
    )
    assert answer.total_ms >= max(stage.start_ms + stage.ms for stage in answer.stages) - 1e-6


def test_words_that_say_nothing_are_left_out_in_every_language(rag, tenant):
    """ "the" and "of" are rare among German documents, and would otherwise make the one that has them the best hit of every English question."""
    english = [
        Document(
            f"e{number}",
            "",
            f"The history of town number {number} is in the book of the library.",
            "s",
        )
        for number in range(5)
    ]
    german = Document(
        "german",
        "",
        "Das Lied the of is in wird heute lange auf dem Sofa gehört.",
        "s",
        {"language": "de"},
    )
    rag.ingest([*english, german], tenant)

    def found(question: str) -> set[str]:
        return {
            hit.chunk.document_id
            for hit in rag.run(["keyword_hits"], question=question, tenant=tenant)["keyword_hits"]
        }

    assert found("What is in the book of the library?") == {
        document.document_id for document in english
    }
    assert found("Wer hat das Lied auf dem Sofa gehört?") == {"german"}
