"""`run.py serve` as a process: ready, workers on one database, a graceful stop."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import httpx
import pytest

from headrace.commands import main
from headrace.service.options import Options
from headrace.service.server import _listening
from support.places import ROOT
from support.services import QUESTION, client, forget_tokens, token, until
from support.waiting import PATIENCE_S

#: A node that says that it runs, and ends when it is told to.
WAITING = """
import pathlib, time
from headrace import Hit

FOLDER = pathlib.Path({folder!r})

def reranked_hits(ranked_hits: list[Hit]) -> list[Hit]:
    (FOLDER / "running").touch()
    while not (FOLDER / "released").exists():
        time.sleep(0.01)
    return ranked_hits
"""


@contextmanager
def serving(data_dir, *arguments: object) -> Iterator[tuple[subprocess.Popen, str]]:
    """Yield the process, and its address."""
    environment = os.environ | {
        "HEADRACE_DATA_DIR": str(data_dir),
        "HEADRACE_RERANKING": "off",
        "COLUMNS": "200",
    }
    command = [sys.executable, str(ROOT / "run.py"), "serve", "--port", "0", *map(str, arguments)]
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        found = re.match(r"http://\S+", line)
        assert found, line + process.stdout.read()
        until(lambda: _is_ready(found[0]))
        yield process, found[0]
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def _is_ready(address: str) -> bool:
    try:
        return httpx.get(f"{address}/ready", timeout=PATIENCE_S).status_code == 200
    except httpx.TransportError:
        return False


def test_sigterm_finishes_what_runs_takes_nothing_new_and_ends_with_0(
    rag, returns, data_dir, tmp_path
):
    forget_tokens(rag)
    module = tmp_path / "waiting.py"
    module.write_text(WAITING.format(folder=str(tmp_path)))
    with serving(data_dir, "--tenant", returns, "--module", module) as (process, address):
        with ThreadPoolExecutor(1) as pool, client(address) as asking:
            running = pool.submit(asking.post, "/v1/ask", json={"question": QUESTION})
            until(lambda: (tmp_path / "running").exists())
            process.send_signal(signal.SIGTERM)
            until(lambda: not _is_ready(address))
            assert process.poll() is None
            (tmp_path / "released").touch()
            assert "two years" in running.result().json()["answer"]
        assert process.wait(PATIENCE_S) == 0
        assert "Traceback" not in process.stdout.read()


def test_several_workers_answer_from_one_database_and_count_together(rag, returns, data_dir):
    bearer = token(rag, returns, "admin")
    with serving(data_dir, "--workers", 2) as (process, address):

        def ask(_: int) -> int:
            with client(address, bearer) as asking:
                return asking.post("/v1/ask", json={"question": QUESTION}).status_code

        with ThreadPoolExecutor(4) as pool:
            assert set(pool.map(ask, range(8))) == {200}
        with client(address, bearer) as admin:
            counted = 'headrace_questions_total{outcome="answered"} 8.0'
            until(lambda: counted in admin.get("/metrics").text)
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_S) == 0
    forget_tokens(rag)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--host", "0.0.0.0", "--tenant", "acme"], "token create"),
        ([], "--tenant T"),
        (["--tenant", "acme", "--port", "70000"], "--port"),
        (["--tenant", "acme", "--at-once", "0"], "--at-once"),
        (["--tenant", "acme", "--host", "192.0.2.1"], "no token"),
    ],
)
def test_a_service_that_cannot_be_is_not_started(
    rag, data_dir, monkeypatch, capsys, arguments, said
):
    forget_tokens(rag)
    monkeypatch.setenv("HEADRACE_DATA_DIR", str(data_dir))
    handler = signal.getsignal(signal.SIGTERM)
    assert main(["serve", "--port", "0", *arguments]) == 2
    signal.signal(signal.SIGTERM, handler)
    assert said in capsys.readouterr().err


def test_a_port_that_is_taken_is_told(rag, data_dir, monkeypatch, capsys):
    forget_tokens(rag)
    monkeypatch.setenv("HEADRACE_DATA_DIR", str(data_dir))
    handler = signal.getsignal(signal.SIGTERM)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert main(["serve", "--tenant", "acme", "--port", port]) == 2
    signal.signal(signal.SIGTERM, handler)
    assert "choose others with --host and --port" in capsys.readouterr().err


def test_a_connection_sends_what_it_is_given_at_once():
    """Otherwise each response waits 40 ms for the client's word on its head."""
    with (
        _listening(Options(port=0)) as listening,
        socket.create_connection(listening.getsockname()),
        listening.accept()[0] as accepted,
    ):
        assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
