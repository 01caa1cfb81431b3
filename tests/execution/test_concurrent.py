"""The executor: what runs aside, when, and that every value comes once."""

import threading

import pytest
from hamilton import driver
from hamilton.ad_hoc_utils import create_temporary_module
from hamilton.function_modifiers import tag

from headrace.execution.concurrent import ConcurrentSearches, _planned, recorded
from headrace.pipeline import query_driver
from headrace.settings import load_settings


@pytest.mark.parametrize("understanding", ["off", "rules"])
def test_keyword_search_begins_before_the_question_is_encoded_and_after_all_that_needs_no_search(
    understanding,
):
    graph = query_driver(
        load_settings(understanding=understanding, reranking="off", generation="extractive")
    ).graph
    steps = _planned([graph.nodes["context"]], ())
    names = [step.name for step in steps]
    assert [step.name for step in steps if step.aside] == ["keyword_hits"]
    assert (
        names.index("query_filters")
        < names.index("keyword_hits")
        < names.index("query_embeddings")
        < names.index("semantic_hits")
    )
    assert all(
        names.index(needed) < place
        for place, step in enumerate(steps)
        for needed in step.needed
        if needed in names
    )


def one(start: int) -> int:
    return start + 1


@tag(runs="concurrently")
def left(one: int, meeting: threading.Barrier) -> int:
    meeting.wait(20)
    return one + 10


@tag(runs="concurrently")
def right(one: int, meeting: threading.Barrier) -> int:
    meeting.wait(20)
    return one + 100


def both(left: int, right: int) -> int:
    return left + right


@tag(runs="concurrently")
def failing(one: int) -> int:
    raise ValueError("no")


def either(left: int, failing: int) -> int:
    return left + failing


@pytest.fixture(scope="module")
def graph() -> driver.Driver:
    module = create_temporary_module(one, left, right, both, failing, either)
    dr = driver.Builder().with_modules(module).build()
    dr.graph_executor = ConcurrentSearches(dr.adapter, 2)
    yield dr
    dr.graph_executor.close()


def test_two_concurrent_nodes_meet(graph):
    with recorded() as recording:
        assert graph.execute(
            ["both", "one"], inputs={"start": 0, "meeting": threading.Barrier(2)}
        ) == {"both": 112, "one": 1}
    assert sorted(stage.node for stage in recording.stages) == ["both", "left", "one", "right"]


def test_one_concurrent_node_alone_takes_no_thread(graph):
    assert graph.execute(["left"], inputs={"start": 0, "meeting": threading.Barrier(1)}) == {
        "left": 11
    }
    assert graph.execute(
        ["both"], inputs={"start": 0, "meeting": threading.Barrier(1)}, overrides={"right": 5}
    ) == {"both": 16}


def test_a_value_that_no_thread_has_begun_is_computed_by_whoever_needs_it(graph):
    busy = threading.Event()
    waiting = [graph.graph_executor._pool.submit(busy.wait, 20) for _ in range(2)]
    assert graph.execute(["both"], inputs={"start": 0, "meeting": threading.Barrier(1)}) == {
        "both": 112
    }
    assert not any(future.done() for future in waiting)
    busy.set()


def test_an_error_aside_reaches_the_caller_with_its_node_named(graph):
    with pytest.raises(ValueError, match="no") as caught:
        graph.execute(["either"], inputs={"start": 0, "meeting": threading.Barrier(1)})
    assert 'in node "failing"' in caught.value.__notes__[0]
