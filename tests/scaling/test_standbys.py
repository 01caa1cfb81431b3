"""Batch and evaluation ask standbys: real ones, of which one is killed."""

import signal
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from headrace import Pipeline
from headrace.commands.batching.answering import answers
from headrace.commands.batching.questions import Question
from headrace.execution.blocks import ThreadExecutor
from headrace.measuring.quality.run import Selection, evaluate_collections
from headrace.measuring.quality.sample import sample_collection
from support.samples import RETURNS
from support.servers import TENANT, Server, opened, running_server, standby_of

#: What is in every keyword search.
_SEARCH = "FROM postings"
_QUESTIONS = 12


@dataclass(frozen=True)
class Group:
    """A primary, which logs its statements, and two standbys, which do the same."""

    primary: Server
    standbys: tuple[Server, Server]

    @property
    def read_url(self) -> str:
        port = str(self.primary.port)
        return ";".join(self.primary.uri.replace(port, str(one.port)) for one in self.standbys)


@pytest.fixture
def group(rag: Pipeline) -> Iterator[Group]:
    with running_server() as primary:
        with opened(primary.uri) as pipeline:
            pipeline.ingest(RETURNS, TENANT)
        primary.execute("ALTER SYSTEM SET log_statement = 'all'")
        primary.execute("SELECT pg_reload_conf()")
        with standby_of(primary) as one, standby_of(primary) as other:
            yield Group(primary, (one, other))


def searches(server: Server) -> int:
    """How many keyword searches a server was asked for."""
    return (server.folder / "log").read_text(errors="replace").count(_SEARCH)


def questions() -> list[Question]:
    asked = "How long does the warranty of {} items last?"
    return [Question(n, {"question": asked.format(n), "tenant": TENANT}) for n in range(_QUESTIONS)]


def texts(lines: list[dict[str, Any]]) -> dict[Any, str]:
    return {line["id"]: line["answer"] for line in lines}


@pytest.mark.parametrize("place", ["here", "cluster"])
def test_a_batch_is_answered_by_both_standbys_and_goes_on_when_one_is_killed(group, request, place):
    executor = ThreadExecutor(2) if place == "here" else request.getfixturevalue("workers")
    with opened(group.primary.uri) as rag:
        expected = texts(list(answers(rag, ThreadExecutor(1), questions(), in_order=True)))
    asked = searches(group.primary)
    with opened(group.primary.uri, read_url=group.read_url) as rag:
        lines = list(answers(rag, executor, questions(), in_order=False))
        assert texts(lines) == expected and len(lines) == _QUESTIONS
        assert all(searches(standby) > 0 for standby in group.standbys)
        group.standbys[0].stop(signal.SIGQUIT)
        lines = list(answers(rag, executor, questions(), in_order=False))
        assert texts(lines) == expected and len(lines) == _QUESTIONS
    assert asked >= _QUESTIONS and searches(group.primary) == asked


def test_an_evaluation_asks_standbys(group, tmp_path):
    sample = sample_collection(tmp_path / "ferry")
    with opened(group.primary.uri, read_url=group.read_url, data_dir=tmp_path) as rag:
        settings = rag.settings
    for _ in range(2):  # the corpus is stored in the first, and may not be on standbys yet
        evaluate_collections([sample], settings, Selection(limit=8))
    assert all(searches(standby) > 0 for standby in group.standbys)
