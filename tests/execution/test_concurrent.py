"""The executor: two at once, every value once, errors with their node's name."""

import contextvars
import os
import threading
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from hamilton import driver
from hamilton.function_modifiers import tag

from headrace import Pipeline
from headrace.execution.concurrent import ConcurrentSearches, described
from headrace.execution.recording import recorded
from headrace.types import Stage, TenantDatabase
from support.graphs import driver_of
from support.waiting import PATIENCE_S

THREADS = 2
SEEN: contextvars.ContextVar[str] = contextvars.ContextVar("seen", default="nothing")


def one(start: int) -> int:
    return start + 1


@tag(runs="concurrently")
def left(one: int, meeting: threading.Barrier) -> int:
    meeting.wait(PATIENCE_S)
    return one + 10


@tag(runs="concurrently")
def right(one: int, meeting: threading.Barrier) -> int:
    meeting.wait(PATIENCE_S)
    return one + 100


def both(left: int, right: int) -> int:
    return left + right


@tag(runs="concurrently")
def failing(one: int) -> int:
    raise ValueError("no")


def either(left: int, failing: int) -> int:
    return left + failing


@tag(runs="concurrently")
def seen_aside(one: int) -> str:
    return f"{SEEN.get()} in {threading.current_thread().name}"


def seen(left: int, seen_aside: str) -> str:
    return seen_aside


@pytest.fixture
def graph() -> Iterator[driver.Driver]:
    dr = driver_of(one, left, right, both, failing, either, seen_aside, seen)
    executor = ConcurrentSearches.of(dr, THREADS)
    yield dr
    executor.close()


def given(parties: int) -> dict[str, Any]:
    """Inputs; nodes that meet wait until this many are there."""
    return {"start": 0, "meeting": threading.Barrier(parties)}


def test_two_concurrent_nodes_meet(graph):
    with recorded() as recording:
        values = graph.execute(["both", "one"], inputs=given(2))
    assert values == {"both": 112, "one": 1}
    nodes = sorted(stage.node for stage in recording.stages)
    assert nodes == ["both", "left", "one", "right"]


def test_one_concurrent_node_alone_takes_no_thread(graph):
    assert graph.execute(["left"], inputs=given(1)) == {"left": 11}
    values = graph.execute(["both"], inputs=given(1), overrides={"right": 5})
    assert values == {"both": 16}


def test_inputs_and_overrides_may_be_asked_for(graph):
    values = graph.execute(["start", "one"], inputs=given(1), overrides={"one": 7})
    assert values == {"start": 0, "one": 7}


def test_a_value_that_no_thread_has_begun_is_computed_by_whoever_needs_it(graph):
    busy = threading.Event()
    pool = graph.graph_executor._pool
    waiting = [pool.submit(busy.wait, 20) for _ in range(THREADS)]
    assert graph.execute(["both"], inputs=given(1)) == {"both": 112}
    assert not any(future.done() for future in waiting)
    busy.set()


def test_many_runs_at_once_share_the_pool_and_keep_their_values_apart(graph):
    found: dict[int, int] = {}

    def run(start: int) -> None:
        inputs = {"start": start, "meeting": threading.Barrier(1)}
        found[start] = graph.execute(["both"], inputs=inputs)["both"]

    threads = [threading.Thread(target=run, args=(start,)) for start in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {start: 112 + 2 * start for start in range(20)}


def test_while_more_runs_are_there_than_cores_nothing_is_handed_to_a_thread(graph):
    graph.graph_executor._running.extend([None] * (os.cpu_count() or 1))
    values = graph.execute(["seen"], inputs=given(1))
    assert values == {"seen": f"nothing in {threading.current_thread().name}"}


def test_a_thread_sees_the_callers_context_variables(graph):
    token = SEEN.set("mine")
    try:
        values = graph.execute(["seen"], inputs=given(1))
    finally:
        SEEN.reset(token)
    assert values["seen"].startswith("mine in ")


# --------------------------------------------------------------- errors


def test_an_error_aside_reaches_the_caller_with_its_node_named(graph):
    with pytest.raises(ValueError, match="no") as caught:
        graph.execute(["either"], inputs=given(1))
    (note,) = caught.value.__notes__
    assert note.startswith('in node "failing"')


def test_a_node_of_ours_is_named_with_its_stage_and_anothers_with_its_module(rag, graph):
    ours = rag.driver.graph.nodes["fused_hits"]
    assert described(ours) == 'node "fused_hits" (stage: RRF)'
    module = graph.graph.nodes["one"].originating_functions[0].__module__
    assert described(graph.graph.nodes["one"]) == f'node "one" (module: {module})'


def test_a_driver_without_hamiltons_set_of_adapters_is_refused(graph):
    graph.adapter = None
    with pytest.raises(TypeError, match="Hamilton's Builder"):
        ConcurrentSearches.of(graph, 1)


# --------------------------------------------------------------- what is kept


def test_the_plan_is_kept_for_what_is_asked_and_given(graph, monkeypatch):
    graph.execute(["one"], inputs=given(1))
    graph.execute(["both"], inputs=given(2))

    def planned_again(*given: object) -> None:
        raise AssertionError("planned again")

    monkeypatch.setattr("headrace.execution.concurrent.planned", planned_again)
    assert graph.execute(["one"], inputs={"start": 5, "meeting": None}) == {"one": 6}
    with pytest.raises(AssertionError, match="planned again"):
        graph.execute(["both"], inputs=given(1), overrides={"left": 1})


@pytest.mark.parametrize(
    ("wanted", "inputs", "overrides"),
    [
        (["tenant_facts"], {}, {}),
        (["fused_hits"], {}, {}),
        (["fused_hits"], {}, {"keyword_hits": []}),
        (["tenant_facts"], None, None),
    ],
)
def test_the_kept_way_through_the_graph_is_that_of_what_is_asked_and_given(
    rag, wanted, inputs, overrides
):
    graph = rag.driver.graph
    anew = partial(type(graph).get_upstream_nodes, graph)(wanted, inputs, overrides)
    for _ in range(2):
        assert graph.get_upstream_nodes(wanted, inputs, overrides) == anew


# --------------------------------------------------------------- the two searches


class Meeting:
    """A tenant's database in which both searches wait for each other."""

    def __init__(self, database: TenantDatabase):
        self._database = database
        self._barrier = threading.Barrier(2, timeout=PATIENCE_S)
        self.tenant = database.tenant
        self.fingerprint = database.fingerprint
        self.query = database.query
        self.query_all = database.query_all
        self.transaction = database.transaction
        self.write = database.write

    def with_candidates(self, count: int) -> "Meeting":
        return self

    def query_each(self, *asked: Any) -> list[list[tuple]]:
        self._barrier.wait()
        return self._database.query_each(*asked)

    def read(self, work: Any) -> Any:
        self._barrier.wait()
        return self._database.read(work)


def end_ms(stage: Stage) -> float:
    return stage.start_ms + stage.ms


def test_the_two_searches_overlap(rag: Pipeline, returns: str):
    database = Meeting(rag.database.for_tenant(returns))
    answer = rag.ask("How long does the warranty last?", returns, database=database)
    stages = {stage.node: stage for stage in answer.stages}
    semantic, keyword = stages["semantic_hits"], stages["keyword_hits"]
    assert semantic.start_ms < end_ms(keyword)
    assert keyword.start_ms < end_ms(semantic)
    assert answer.total_ms >= max(map(end_ms, answer.stages)) - 1e-6
