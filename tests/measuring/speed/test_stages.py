"""Which nodes are shown in the benchmark's table: it follows from the graph."""

from types import ModuleType

from hamilton.ad_hoc_utils import create_temporary_module
from hamilton.function_modifiers import tag

from headrace.drivers import query_driver
from headrace.measuring.speed.stages import Stages
from headrace.settings import load_settings
from headrace.types import Hit, RerankScores

SHOWN = [
    "understanding",
    "question_embedding",
    "query_embeddings",
    "semantic_hits",
    "keyword_hits",
    "fused_hits",
    "hybrid_retrieval",
    "passage_hits",
    "reranking",
    "context",
]


def stages(*modules: ModuleType, **choices: str) -> Stages:
    return Stages(query_driver(load_settings(**choices), modules=modules))


def test_each_stage_of_the_default_graph_is_shown_once():
    assert stages().shown() == SHOWN == stages(understanding="off", reranking="off").shown()


def test_groups_hold_the_nodes_of_their_stage():
    found = stages()
    assert {"normalized_query", "tenant_facts", "sub_queries"} <= set(found.understanding)
    assert found.searches == ["semantic_hits", "keyword_hits"]
    assert found.reranking == ["rerank_scores", "ranked_hits", "reranked_hits"]
    assert found.generation[-1] == "answer" and "context" not in found.generation


def test_a_group_is_a_sum_and_hybrid_retrieval_the_longer_search_with_the_fusion():
    ms = {"semantic_hits": 3.0, "keyword_hits": 2.0, "fused_hits": 0.5, "ranked_hits": 4.0}
    grouped = stages().with_groups({**ms, "rerank_scores": 1.0, "sub_queries": 0.25})
    assert grouped["hybrid_retrieval"] == 3.5
    assert grouped["reranking"] == 5.0
    assert grouped["understanding"] == 0.25


def test_a_new_node_before_the_reranker_is_shown_and_one_after_it_belongs_to_reranking():
    @tag(stage="rerank")
    def recent_hits(linked_hits: list[Hit]) -> list[Hit]:
        """The newest first."""
        return linked_hits

    @tag(stage="rerank")
    def passage_hits(recent_hits: list[Hit]) -> list[Hit]:
        """As they are."""
        return recent_hits

    @tag(stage="rerank")
    def checked_scores(rerank_scores: RerankScores) -> RerankScores:
        """As they are."""
        return rerank_scores

    @tag(stage="rerank")
    def ranked_hits(passage_hits: list[Hit], checked_scores: RerankScores) -> list[Hit]:
        """As they are."""
        return passage_hits

    own = create_temporary_module(recent_hits, passage_hits, checked_scores, ranked_hits)
    found = stages(own)
    assert found.shown() == [*SHOWN[:7], "recent_hits", *SHOWN[7:]]
    assert "checked_scores" in found.reranking
