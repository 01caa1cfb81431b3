"""The embedded server, killed under a pipeline that is open."""

import os
import signal

import psutil
import pytest

from headrace import Pipeline
from support.samples import RETURNS
from support.servers import QUESTION
from support.waiting import PATIENCE_S


@pytest.fixture(scope="module")
def own(tmp_path_factory, with_weights):
    data_dir = with_weights(tmp_path_factory.mktemp("killed"))
    with Pipeline.open(data_dir=data_dir, reranking="off", generation="extractive") as pipeline:
        pipeline.ingest(RETURNS, "shop")
        yield pipeline


def leader(rag: Pipeline) -> int:
    """The server's first process."""
    note = rag.settings.data_dir / "postgres" / "postmaster.pid"
    return int(note.read_text().split()[0])


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGQUIT, signal.SIGINT])
def test_the_next_question_starts_the_server_again(own, number):
    killed = leader(own)
    os.kill(killed, number)
    ended = [psutil.Process(killed)] if psutil.pid_exists(killed) else []
    psutil.wait_procs(ended, timeout=PATIENCE_S)
    assert own.ask(QUESTION, "shop").answered
    assert leader(own) != killed


def test_an_ingest_starts_the_server_again_and_stores_everything(own):
    os.kill(leader(own), signal.SIGKILL)
    outcomes = own.ingest(RETURNS, "another")
    assert [outcome.status for outcome in outcomes] == ["new"] * 3
    assert own.ask(QUESTION, "another").answered
