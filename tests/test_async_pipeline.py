"""`AsyncPipeline`: the same answers, an event loop that goes on, work that can be given up."""

import asyncio
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hamilton.lifecycle import NodeExecutionHook

from headrace import (
    Answer,
    AsyncPipeline,
    CitationEvent,
    Document,
    Outcome,
    Pipeline,
    TextEvent,
)
from headrace.errors import QuestionError
from support.waiting import PATIENCE_S

QUESTION = "How long does the warranty last?"
#: A process that does nothing else: how late it wakes is the machine's fault.
_SLEEPER = """
import sys, time
print("ready", flush=True)
sys.stdin.readline()
import threading
threading.Thread(target=sys.stdin.readline, daemon=True).start()
late = []
while threading.active_count() > 1:
    began = time.perf_counter()
    time.sleep(0.002)
    late.append(time.perf_counter() - began - 0.002)
print(sorted(late)[int(len(late) * 0.95)])
"""


class Stops(NodeExecutionHook):
    """Holds a run up before one node, and remembers which nodes began."""

    def __init__(self, node: str):
        self.node = node
        self.began: list[str] = []
        self.is_there = threading.Event()
        self.go_on = threading.Event()

    def run_before_node_execution(self, *, node_name: str, **event: Any) -> None:
        self.began.append(node_name)
        if node_name == self.node:
            self.is_there.set()
            self.go_on.wait(PATIENCE_S)

    def run_after_node_execution(self, **event: Any) -> None:
        """Nothing is to be done."""


@pytest.fixture
def opened(data_dir: Path, rag: Pipeline):
    """Opens an `AsyncPipeline` on the tests' database, not yet awaited."""

    def made(**options: Any) -> AsyncPipeline:
        own: dict[str, Any] = {"data_dir": data_dir, "encoder": rag.encoder}
        return AsyncPipeline.open(reranking="off", generation="extractive", **own, **options)

    return made


def test_it_answers_streams_runs_and_ingests_as_the_pipeline_does(opened, rag, returns):
    async def work() -> None:
        async with opened() as other:
            answer = await other.ask(QUESTION, returns)
            assert answer.text == rag.ask(QUESTION, returns).text and answer.stages
            events = [event async for event in other.stream(QUESTION, returns)]
            assert "".join(e.text for e in events if isinstance(e, TextEvent)) == answer.text
            assert [e.citation for e in events if isinstance(e, CitationEvent)] == [
                *answer.citations
            ]
            assert isinstance(events[-1], Answer) and events[-1].text == answer.text
            values = await other.run(["normalized_query"], question=" Why? ", tenant=returns)
            assert values == {"normalized_query": "Why?"}
            met = []
            documents = [Document("seal", "", "The seal swims.", "a")]
            await other.ingest(documents, returns, on_outcome=met.append)
            assert [outcome.status for outcome in met] == ["new"]
            assert await other.call(other.pipeline.document, "seal", returns)

    asyncio.run(work())


def test_it_is_opened_by_awaiting_it_and_raises_what_the_pipeline_raises(opened, returns):
    async def work() -> None:
        other = await opened()
        try:
            with pytest.raises(QuestionError):
                await other.ask(" ", returns)
            with pytest.raises(QuestionError):
                async for _ in other.stream(" ", returns):
                    raise AssertionError("there is nothing to stream")
        finally:
            await other.close()
        with pytest.raises(RuntimeError):
            await other.ask(QUESTION, returns)

    asyncio.run(work())


@pytest.mark.parametrize("streamed", [False, True])
def test_a_task_that_is_cancelled_ends_at_once_and_its_next_node_does_not_begin(
    opened, returns, streamed
):
    stops = Stops("searched_query")

    async def work() -> None:
        async with opened(adapters=[stops]) as other:
            stream = other.stream(QUESTION, returns)
            asked = anext(stream) if streamed else other.ask(QUESTION, returns)
            asking = asyncio.ensure_future(asked)
            await asyncio.to_thread(stops.is_there.wait, PATIENCE_S)
            asking.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asking
            assert not stops.go_on.is_set()
            stops.go_on.set()
        # Closing has waited for the thread.
        assert stops.began[-1] == "searched_query"

    asyncio.run(work())


def test_an_ingest_that_is_cancelled_stops_and_the_next_does_the_rest(opened, returns):
    documents = [Document(f"d{n}", "", f"Seal {n} swims.", f"a{n}") for n in range(600)]
    begun = threading.Event()
    go_on = threading.Event()

    def held(outcome: Outcome) -> None:
        begun.set()
        go_on.wait(PATIENCE_S)

    async def work() -> None:
        async with opened() as other:
            task = asyncio.ensure_future(other.ingest(documents, returns, on_outcome=held))
            await asyncio.to_thread(begun.wait, PATIENCE_S)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            go_on.set()
        async with opened() as other:
            outcomes = await other.ingest(documents, returns)
            statuses = [outcome.status for outcome in outcomes]
            assert {"new", "unchanged"} <= set(statuses) and len(statuses) == 600

    asyncio.run(work())


def test_the_event_loop_goes_on_while_sixteen_questions_are_answered(opened, returns, sleeper):
    late = []

    async def tick(done: asyncio.Event) -> None:
        while not done.is_set():
            began = time.perf_counter()
            await asyncio.sleep(0.002)
            late.append(time.perf_counter() - began - 0.002)

    async def work() -> None:
        async with opened() as other:
            await other.ask(QUESTION, returns)
            done = asyncio.Event()
            ticking = asyncio.ensure_future(tick(done))
            sleeper.stdin.write("begin\n")
            questions = [f"How long does warranty number {n} last?" for n in range(16)]
            await asyncio.gather(*(other.ask(question, returns) for question in questions))
            done.set()
            await ticking

    asyncio.run(work())
    machine_s = float(sleeper.communicate("end\n")[0])
    # 95 of 100 waits: a busy machine may hold up any single one of them.
    assert sorted(late)[int(len(late) * 0.95)] <= machine_s + 0.02


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-c", _SLEEPER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        bufsize=1,
    ) as process:
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
        yield process
        process.kill()
