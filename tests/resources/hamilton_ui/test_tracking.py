"""Questions tracked by a real Hamilton UI, started as a user starts it.

The UI is there, is not there, hangs, or dies.
"""

import logging
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import chain
from pathlib import Path

import psutil
import pytest

from headrace import Pipeline
from headrace.commands import demo, main
from headrace.errors import QuestionError
from headrace.resources.hamilton_ui.run_sender import _without_credentials
from headrace.resources.hamilton_ui.tracking import tracking_adapters
from headrace.resources.hamilton_ui.ui_client import HamiltonUI
from headrace.resources.postgres.tenant_database import PostgresTenant
from headrace.settings import load_settings
from support.browser import needs_chromium, opened_page
from support.places import ROOT
from support.samples import RETURNS
from support.waiting import PATIENCE_S

RUN = ROOT / "run.py"


@contextmanager
def running_ui(data_dir: Path) -> Iterator[tuple[HamiltonUI, subprocess.Popen]]:
    """`run.py ui` on a free port, once it says that it is there.

    The wait is bounded by pytest's timeout.
    """
    ui = HamiltonUI(free_port())
    with started("ui", "--no-open", "--port", str(ui.port), data_dir=data_dir) as process:
        assert process.stdout is not None
        assert ui.address in process.stdout.readline(), process.stdout.read()
        yield ui, process
        process.terminate()


def started(*arguments: str, data_dir: Path) -> subprocess.Popen:
    environment = os.environ | {"HEADRACE_DATA_DIR": str(data_dir)}
    return subprocess.Popen(
        [sys.executable, RUN, *arguments],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def started_ui(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[HamiltonUI, psutil.Process]]:
    """A running UI, and the process of its server."""
    with running_ui(tmp_path_factory.mktemp("ui")) as (ui, process):
        yield ui, psutil.Process(process.pid).children()[0]


@pytest.fixture
def ui(started_ui) -> HamiltonUI:
    return started_ui[0]


@pytest.fixture
def server(started_ui) -> psutil.Process:
    return started_ui[1]


@contextmanager
def tracked(data_dir: Path, port: int) -> Iterator[Pipeline]:
    with Pipeline.open(
        data_dir=data_dir, reranking="off", generation="extractive", ui_port=port, track=True
    ) as pipeline:
        yield pipeline


def runs_of(ui: HamiltonUI, question: str) -> list[dict]:
    """The runs of a question with nodes and values, as the UI's own pages read them."""
    latest = ui.call("GET", f"dag_runs/latest/?project_id={ui.project_id()}")
    ids = [str(run["id"]) for run in latest if run["inputs"]["question"] == question]
    return [
        ui.call("GET", f"dag_runs/{run_id}?attr=dict&attr=primitive&attr=html&attr=error")[0]
        for run_id in ids
    ]


def warnings_of(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]


# ---------------------------------------------------------------------- the UI is there


def test_a_tracked_question_is_a_finished_run_with_every_node(ui, data_dir, returns, caplog):
    question = "How long does the warranty last?"
    with tracked(data_dir, ui.port) as rag:
        answer = rag.ask(question, tenant=returns)
    (run,) = runs_of(ui, question)
    assert run["run_status"] == "SUCCESS" and run["outputs"] == ["answer"]
    assert {node["node_name"]: node["status"] for node in run["node_runs"]} == {
        stage.node: "SUCCESS" for stage in answer.stages
    }
    assert warnings_of(caplog) == []


def test_values_are_shown_shortened_and_parts_by_type_and_name(ui, data_dir, returns):
    question = "Can items on sale be returned?"
    with tracked(data_dir, ui.port) as rag:
        rag.ask(question, tenant=returns)
    (run,) = runs_of(ui, question)
    values = {
        node["node_name"]: node["attributes"][0]["value"].get("value") for node in run["node_runs"]
    }
    assert values["normalized_query"] == question
    assert values["query_embeddings"] == "<array of shape (1, 384), float32>"
    assert run["inputs"]["parts"]["database"] == f"<PostgresTenant {returns}>"
    assert run["inputs"]["settings"]["token_budget"] == 2000
    assert list(run["inputs"]) == ["question", "today", "settings", "parts"]


def test_a_run_is_tagged_with_its_question_tenant_and_outcome(ui, data_dir, returns):
    questions = {"Is the battery covered?": "yes", "How many moons does Jupiter have?": "no"}
    with tracked(data_dir, ui.port) as rag:
        for question in questions:
            rag.ask(question, tenant=returns)
    for question, answered in questions.items():
        (run,) = runs_of(ui, question)
        own = {"question": question, "tenant": returns, "answered": answered}
        assert list(run["tags"]) == [*own, "settings"]
        assert own.items() <= run["tags"].items()


def test_the_graph_has_the_question_and_no_arrow_twice(ui, data_dir, returns):
    with tracked(data_dir, ui.port) as rag:
        rag.ask("What is RRF?", tenant=returns)
    (run,) = runs_of(ui, "What is RRF?")
    (graph,) = ui.call("GET", f"dag_templates/{run['dag_template_id']}")
    needed = {node["name"]: node["dependencies"] for node in graph["nodes"]}
    inputs = [node["name"] for node in graph["nodes"] if "input" in node["classifications"]]
    assert inputs == ["question"]
    assert set(needed["fused_hits"]) == {"semantic_hits", "keyword_hits"}

    def above(name: str) -> set[str]:
        return {*needed[name], *chain.from_iterable(map(above, needed[name]))}

    for name, names in needed.items():
        assert not set(names) & set(chain.from_iterable(map(above, names))), name


@needs_chromium
def test_in_a_browser_a_run_is_found_by_its_question_and_its_hits_are_a_table(
    ui, data_dir, returns
):
    question = "Within how many days may I return an item?"
    with tracked(data_dir, ui.port) as rag:
        answer = rag.ask(question, tenant=returns)
    with opened_page() as page:
        page.goto(f"{ui.address}/dashboard/project/{ui.project_id()}/runs")
        link = page.get_by_role("link", name=question)
        assert f"{returns}, answered" in link.inner_text()
        link.click()
        page.get_by_text("nodes", exact=True).wait_for()
        run = page.url.rpartition("/")[2]
        page.goto(f"{ui.address}/dashboard/project/{ui.project_id()}/runs/{run}/task/fused_hits")
        hits = page.locator(".headrace table")
        hits.wait_for()
        assert hits.locator("th").all_inner_texts()[:5] == [
            "rank",
            "title",
            "heading",
            "score",
            "text",
        ]
        assert hits.locator("tbody tr").first.locator("td").all_inner_texts()[:2] == [
            "1",
            "Refunds",
        ]
        page.goto(f"{ui.address}/dashboard/project/{ui.project_id()}/runs/{run}/task/answer")
        said = page.locator(".headrace").inner_text()
        assert answer.citations[0].quote in said
        assert float(re.search(r"took ms\s+([\d.]+)", said)[1]) > 0
        assert re.search(r"fused_hits\s+[\d.]+\s+[\d.]+", said)


def test_questions_asked_at_the_same_time_are_runs_of_their_own(ui, data_dir, returns):
    questions = [f"What is covered for {years} years?" for years in range(8)]
    with tracked(data_dir, ui.port) as rag, ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda question: rag.ask(question, tenant=returns), questions))
    for question, answer in zip(questions, answers, strict=True):
        (run,) = runs_of(ui, question)
        assert run["run_status"] == "SUCCESS" and len(run["node_runs"]) == len(answer.stages)


def test_a_question_that_cannot_be_asked_is_a_failed_run_that_says_why(ui, data_dir, tenant):
    with tracked(data_dir, ui.port) as rag, pytest.raises(QuestionError):
        rag.ask(" ", tenant=tenant)
    (run,) = runs_of(ui, " ")
    assert run["run_status"] == "FAILURE"
    assert "QuestionError" in run["node_runs"][-1]["attributes"][0]["value"]["stack_trace"][-1]


def test_an_interrupted_question_is_no_success(ui, data_dir, tenant, monkeypatch):
    def interrupted(*arguments):
        raise KeyboardInterrupt

    question = "Is there anything?"
    with tracked(data_dir, ui.port) as rag:
        # Ctrl-C is pressed while the database is asked.
        monkeypatch.setattr(PostgresTenant, "query", interrupted)
        with pytest.raises(KeyboardInterrupt):
            rag.ask(question, tenant=tenant)
    assert [run["run_status"] for run in runs_of(ui, question)] == ["FAILURE"]


# ------------------------------------------------------ it is not there, hangs, or dies


def test_without_a_ui_questions_are_answered_and_one_warning_is_given(data_dir, returns, caplog):
    with tracked(data_dir, free_port()) as rag:
        assert rag.ask("How long does the warranty last?", tenant=returns).stages
        assert rag.ask("What is RRF?", tenant=returns).stages
    (warning,) = warnings_of(caplog)
    assert "Connection refused" in warning and "run.py ui starts it" in warning


def test_without_the_extra_the_warning_says_how_to_get_it(ui, monkeypatch, caplog):
    monkeypatch.setitem(sys.modules, "hamilton_sdk", None)
    assert tracking_adapters(load_settings(ui_port=ui.port)) == []
    assert ["pip install 'headrace[ui]'" in warning for warning in warnings_of(caplog)] == [True]


def test_a_ui_that_is_killed_between_two_questions_costs_one_warning(
    tmp_path, data_dir, returns, caplog
):
    with running_ui(tmp_path) as (ui, process), tracked(data_dir, ui.port) as rag:
        server = psutil.Process(process.pid).children()[0]
        assert rag.ask("How long does the warranty last?", tenant=returns).stages
        process.kill()
        # The server ends with the command that started it, however that ended.
        server.wait(PATIENCE_S)
        for question in ("What is RRF?", "Can items on sale be returned?"):
            assert rag.ask(question, tenant=returns).stages
    (warning,) = warnings_of(caplog)
    assert warning.startswith("from here on questions are not tracked")


def test_a_ui_that_hangs_holds_up_no_question(data_dir, returns, caplog):
    with hanging_ui() as (port, released), tracked(data_dir, port) as rag:
        assert rag.ask("How long does the warranty last?", tenant=returns).stages
        assert rag.ask("What is RRF?", tenant=returns).stages
        assert not released.is_set()
        released.set()
    (warning,) = warnings_of(caplog)
    assert "HTTP 500" in warning


@contextmanager
def hanging_ui() -> Iterator[tuple[int, threading.Event]]:
    """A server that has our project; any other request hangs until it is released.

    The answer is an error then.
    """
    released = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            known = self.path.startswith("/api/v1/projects")
            if not known:
                released.wait()
            self.send_response(200 if known else 500)
            self.end_headers()
            self.wfile.write(b'[{"id": 1, "name": "headrace"}]')

        def log_message(self, format, *arguments):
            """Not into the tests' output."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_address[1], released
        server.shutdown()
        thread.join()


# --------------------------------------------------------------------------- the server


def test_the_server_listens_on_this_machine_alone(ui, server):
    listening = []
    for connection in server.net_connections():
        if connection.status == psutil.CONN_LISTEN:
            listening.append(connection.laddr)
    assert listening == [("127.0.0.1", ui.port)]


def test_its_page_loads_nothing_from_elsewhere(ui):
    connection = HTTPConnection("127.0.0.1", ui.port, timeout=PATIENCE_S)
    connection.request("GET", "/dashboard/projects")
    response = connection.getresponse()
    page = response.read().decode()
    connection.close()
    assert response.headers["Content-Security-Policy"].startswith("default-src 'self';")
    assert '<div id="root">' in page and re.findall(r'(?:src|href)="https?:', page) == []


def test_a_second_start_finds_the_first(ui, tmp_path):
    with started("ui", "--no-open", "--port", str(ui.port), data_dir=tmp_path) as process:
        said, _ = process.communicate()
    assert process.returncode == 0
    assert said.startswith(
        f"A Hamilton UI already runs here: {ui.address}/dashboard/project/{ui.project_id()}/runs"
    )


def test_the_demos_questions_are_runs_to_look_at(ui, data_dir, tenant, monkeypatch, capsys):
    monkeypatch.setenv("HEADRACE_DATA_DIR", str(data_dir))
    monkeypatch.setattr(demo, "installed_packages", lambda most: RETURNS)
    monkeypatch.setattr(demo, "TENANT", tenant)
    assert main(["ui", "--no-open", "--demo", "--port", str(ui.port)]) == 0
    assert "3 questions of the demo were asked" in capsys.readouterr().out
    for question in demo.QUESTIONS:
        asked_of = [run["tags"]["tenant"] for run in runs_of(ui, question.text)]
        assert asked_of.count(tenant) == 1


def test_a_port_that_something_else_has_is_an_error(tmp_path):
    with (
        socket.create_server(("127.0.0.1", 0)) as other,
        started("ui", "--port", str(other.getsockname()[1]), data_dir=tmp_path) as process,
    ):
        other.settimeout(PATIENCE_S)
        other.accept()[0].close()  # it answers nothing to the question whether it is a Hamilton UI
        said, _ = process.communicate()
    assert process.returncode == 2 and "Address already in use; choose another with --port" in said


def test_without_the_extra_there_is_no_ui_and_the_error_says_how_to_get_it(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "hamilton_ui", None)
    assert main(["ui", "--no-open", "--port", str(free_port())]) == 2
    assert "pip install 'headrace[ui]'" in capsys.readouterr().err


def test_a_server_that_does_not_start_shows_its_log(tmp_path):
    (tmp_path / "ui" / "db.sqlite3").mkdir(parents=True)
    with started("ui", "--no-open", "--port", str(free_port()), data_dir=tmp_path) as process:
        said, _ = process.communicate()
    assert process.returncode == 2
    assert "the Hamilton UI did not start; its log" in said
    assert said.rstrip().endswith("unable to open database file")


def test_ctrl_c_ends_the_server_and_is_no_failure(tmp_path):
    with running_ui(tmp_path) as (ui, process):
        server = psutil.Process(process.pid).children()[0]
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE_S) == 0 and not server.is_running() and not ui.healthy()


def test_a_token_in_the_repository_address_stays_here():
    address = "https://me:token@example.org/me/repo.git"
    assert _without_credentials(address) == "https://example.org/me/repo.git"
