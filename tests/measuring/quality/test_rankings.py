"""Which nodes rank: of the default graph, and with modules of the user's own."""

from types import ModuleType

import pytest

from headrace import load_settings
from headrace.drivers import query_driver
from headrace.execution.modules import load_module
from headrace.measuring.quality.rankings import (
    Rankings,
    named_searches,
    never_found,
    ranking_nodes,
    searches,
)

IMPORTS = "from hamilton.function_modifiers import tag\nfrom headrace.types import Hit\n\n"
BOOSTED = '''
@tag(stage="rerank")
def boosted_hits(ranked_hits: list[Hit]) -> list[Hit]:
    """The hits, the last first."""
    return ranked_hits[::-1]
'''
BOOSTED_ON_THE_WAY = (
    BOOSTED
    + '''
@tag(stage="rerank")
def reranked_hits(boosted_hits: list[Hit]) -> list[Hit]:
    """The first of them."""
    return boosted_hits[:8]
'''
)
UNTAGGED = '''
def fused_hits(semantic_hits: list[Hit], keyword_hits: list[Hit]) -> list[Hit]:
    """One search after the other."""
    return [*semantic_hits, *keyword_hits]
'''
THIRD_SEARCH = (
    UNTAGGED
    + '''
@tag(stage="keyword search")
def title_hits(normalized_query: str) -> list[Hit]:
    """Nothing."""
    return []


@tag(stage="RRF")
def linked_hits(fused_hits: list[Hit], title_hits: list[Hit]) -> list[Hit]:
    """Both."""
    return [*fused_hits, *title_hits]
'''
)


@pytest.fixture
def module(tmp_path, request) -> ModuleType:
    path = tmp_path / f"stages_{request.node.name.replace('[', '_').rstrip(']')}.py"
    path.write_text(IMPORTS + request.param)
    return load_module(path)


def settings(**choices):
    return load_settings(reranking="off", generation="extractive", **choices)


@pytest.mark.parametrize(
    "variant",
    [{}, {"keyword": "ts_rank", "fusion": "rrf"}, {"hop": "off", "understanding": "off"}],
    ids=["default", "usual recipe", "without understanding"],
)
def test_the_nodes_of_the_default_graph_in_their_order(variant):
    dr = query_driver(settings(**variant))
    assert searches(dr) == ("semantic_hits", "keyword_hits")
    assert ranking_nodes(dr) == (
        "semantic_hits",
        "keyword_hits",
        "fused_hits",
        "linked_hits",
        "reranked_hits",
        "context",
    )


def test_the_whole_order_is_the_one_that_the_reranked_hits_are_cut_from():
    rankings = Rankings.of(query_driver(settings()))
    assert rankings.whole_order == "ranked_hits"
    found = ("semantic_hits", "keyword_hits", "fused_hits", "linked_hits")
    assert rankings.until_found == found


@pytest.mark.parametrize("module", [BOOSTED], indirect=True)
def test_a_ranking_node_of_the_users_own_is_measured_by_itself(module):
    dr = query_driver(settings(), modules=[module])
    assert ranking_nodes(dr)[-3:] == ("reranked_hits", "boosted_hits", "context")
    assert "boosted_hits" not in Rankings.of(dr).until_found
    assert searches(dr) == ("semantic_hits", "keyword_hits")


@pytest.mark.parametrize("module", [BOOSTED_ON_THE_WAY], indirect=True)
def test_a_node_stands_before_those_that_are_made_from_it(module):
    dr = query_driver(settings(), modules=[module])
    assert ranking_nodes(dr)[-3:] == ("boosted_hits", "reranked_hits", "context")
    assert Rankings.of(dr).whole_order == "boosted_hits"


@pytest.mark.parametrize("module", [UNTAGGED], indirect=True)
def test_a_node_that_replaces_ours_ranks_also_without_a_tag(module):
    dr = query_driver(settings(), modules=[module])
    assert ranking_nodes(dr) == ranking_nodes(query_driver(settings()))


@pytest.mark.parametrize("module", [THIRD_SEARCH], indirect=True)
def test_a_third_search_is_a_search_because_it_is_made_from_no_other_ranking(module):
    dr = query_driver(settings(), modules=[module])
    assert searches(dr) == ("semantic_hits", "keyword_hits", "title_hits")
    assert ranking_nodes(dr).index("title_hits") < ranking_nodes(dr).index("linked_hits")


def test_the_searches_are_named_by_what_neither_found():
    names = ("semantic_hits", "keyword_hits", "title_hits")
    assert never_found(names) == "semantic_hits+keyword_hits+title_hits"
    assert named_searches({"failed": 0.1, never_found(names): 0.2, "context": 0.0}) == names
    assert named_searches({}) == ()
