"""The order of the nodes, and which of them run aside."""

import pytest
from hamilton import driver
from hamilton.function_modifiers import tag

from headrace.drivers import query_driver
from headrace.execution.planning import Step, planned
from headrace.settings import load_settings
from support.graphs import driver_of


def plan(dr: driver.Driver, *wanted: str, given: tuple[str, ...] = ()) -> list[Step]:
    return planned([dr.graph.nodes[name] for name in wanted], given)


def names(steps: list[Step]) -> list[str]:
    return [step.name for step in steps]


def aside(steps: list[Step]) -> list[str]:
    return [step.name for step in steps if step.is_aside]


# --------------------------------------------------------------- the query dataflow


@pytest.mark.parametrize("understanding", ["off", "rules"])
def test_keyword_search_begins_before_the_question_is_encoded_and_after_all_that_needs_no_search(
    understanding,
):
    settings = load_settings(understanding=understanding, reranking="off", generation="extractive")
    steps = plan(query_driver(settings), "context")
    assert aside(steps) == ["question_embedding", "keyword_hits"]
    order = names(steps)
    places = ["query_filters", "keyword_hits", "query_embeddings", "semantic_hits"]
    assert sorted(places, key=order.index) == places


def test_each_node_comes_after_what_it_needs():
    steps = plan(query_driver(load_settings(generation="extractive")), "answer")
    order = names(steps)
    for place, step in enumerate(steps):
        before = [needed for needed in step.needed if needed in order]
        assert all(order.index(needed) < place for needed in before), step.name


def test_the_question_is_encoded_while_the_database_is_asked_what_its_words_mean():
    steps = plan(query_driver(load_settings(generation="extractive")), "context")
    order = names(steps)
    assert order.index("question_embedding") < order.index("known_words")


# --------------------------------------------------------------- a small graph


def one(start: int) -> int:
    return start + 1


@tag(runs="concurrently")
def left(one: int) -> int:
    return one + 10


@tag(runs="concurrently")
def right(one: int) -> int:
    return one + 100


@tag(runs="concurrently")
def later(left: int) -> int:
    return left


def both(left: int, right: int) -> int:
    return left + right


def all_three(later: int, right: int, unrelated: int) -> int:
    return later + right + unrelated


def unrelated(start: int) -> int:
    return start


@pytest.fixture(scope="module")
def graph() -> driver.Driver:
    return driver_of(one, left, right, later, both, all_three, unrelated)


def test_of_two_concurrent_nodes_one_runs_aside_and_first(graph):
    steps = plan(graph, "both")
    assert aside(steps) == ["right"]
    assert names(steps) == ["one", "right", "left", "both"]


def test_one_concurrent_node_alone_runs_where_it_stands(graph):
    assert aside(plan(graph, "left")) == []
    assert aside(plan(graph, "both", given=("right",))) == []


def test_of_concurrent_nodes_those_that_need_each_other_run_where_they_stand(graph):
    steps = plan(graph, "all_three")
    assert aside(steps) == ["right"]
    assert names(steps) == ["one", "right", "unrelated", "left", "later", "all_three"]


def test_what_is_given_is_not_computed_nor_what_only_leads_there(graph):
    assert names(plan(graph, "both", given=("left", "right"))) == ["both"]
    assert plan(graph, "left", given=("left",)) == []
