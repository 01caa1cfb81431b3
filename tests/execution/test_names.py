"""The names of a graph: what is unknown, and what is missing."""

import pytest

from headrace.drivers import query_driver
from headrace.errors import SettingsError
from headrace.execution.names import GraphNames, check_names
from headrace.settings import load_settings
from support.graphs import loaded

SETTINGS = load_settings(generation="extractive", reranking="off")
NEEDY = """
from headrace.types import Hit


def hit_count(fused_hits: list[Hit], least: float, most: float = 1.0) -> int:
    return len(fused_hits)


def doubled(hit_count: int) -> int:
    return 2 * hit_count
"""


@pytest.fixture(scope="module")
def names() -> GraphNames:
    return GraphNames(query_driver(SETTINGS))


@pytest.fixture
def needy(tmp_path) -> GraphNames:
    """The names of a graph with a node that needs `least`."""
    module = loaded(tmp_path, NEEDY)
    return GraphNames(query_driver(SETTINGS, modules=[module]), [module])


def test_nodes_and_inputs_are_kept_apart(names):
    assert {"question", "database", "encoder", "rrf_k", "token_budget"} - names.inputs == {"rrf_k"}
    assert {"fused_hits", "answer"} <= names.nodes
    assert not names.nodes & names.inputs
    assert names.own == set()


@pytest.mark.parametrize(
    ("nodes", "overrides", "complaint"),
    [
        (["fused_hit"], [], "unknown node: fused_hit, did you mean fused_hits"),
        (["Answer"], [], "unknown node: Answer, did you mean answer"),
        (["question"], [], "unknown node: question, did you mean question_kind"),
        (["fused_hits"], ["semantic_hit"], "unknown node to override: semantic_hit, did you mean "),
        (["one", "two"], [], "unknown node: one, two"),
        (["zzzz"], [], "unknown node: zzzz; there are: answer, .*fused_hits, .*tenant_facts"),
    ],
)
def test_an_unknown_name_is_refused_with_the_names_it_may_mean(names, nodes, overrides, complaint):
    with pytest.raises(SettingsError, match=complaint):
        names.check(nodes, overrides)


def test_known_names_are_accepted_and_inputs_may_be_overridden(names):
    names.check(["fused_hits", "answer"], ["semantic_hits", "database"])


def test_an_unknown_input_is_refused_with_the_names_it_may_mean(names):
    complaint = "unknown input: cosine_scal, did you mean cosine_scale"
    with pytest.raises(SettingsError, match=complaint):
        check_names("input", ["cosine_scal"], names.inputs)


# --------------------------------------------------------------- the user's own


def test_the_nodes_of_the_users_own_modules_are_known(needy):
    assert needy.own == {"hit_count", "doubled"}


@pytest.mark.parametrize("node", ["hit_count", "doubled"])
def test_a_node_that_needs_what_nobody_gives_is_named_before_anything_runs(needy, node):
    complaint = 'node "hit_count" needs least, which is neither a node nor given'
    with pytest.raises(SettingsError, match=complaint):
        needy.check_complete([node], {"question"})


def test_a_misspelt_node_says_what_it_may_mean(tmp_path):
    module = loaded(tmp_path, "def hit_count(fused_hit: list) -> int:\n    return 1\n")
    names = GraphNames(query_driver(SETTINGS, modules=[module]), [module])
    complaint = "needs fused_hit, which is neither a node nor given, did you mean fused_hits"
    with pytest.raises(SettingsError, match=complaint):
        names.check_complete(["hit_count"], ())


def test_what_is_given_has_a_default_or_is_not_asked_for_is_not_missing(needy):
    needy.check_complete(["hit_count"], {"question", "least"})
    needy.check_complete(["doubled"], {"question", "hit_count"})
    needy.check_complete(["fused_hits"], {"question"})
