"""Where a reranker's weights are looked for, and what is said where there are none."""

import json
import os
import shutil
import socket
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread

import numpy as np
import pytest

from headrace.errors import ModelError
from headrace.resources.models.rerankers import load_reranker
from headrace.resources.models.weights import reranker_weights
from headrace.resources.models.weights.reranker_weights import describe_weights, fetch_reranker
from support.model_parts import NAME, QUESTION, REVISION, TEXTS, put_in_cache, save_graph
from support.places import ROOT
from support.waiting import PATIENCE_S


@pytest.mark.parametrize("layout", ["model.onnx", "onnx/model.onnx"])
def test_a_folder_is_loaded_in_either_layout(tmp_path, graph_folder, graph_reranker, layout):
    folder = put_in_cache(tmp_path, graph_folder, layout)
    reranker = load_reranker(str(folder), precision="stored", threads=1, cache_dir=tmp_path)
    assert reranker.name == str(folder)
    np.testing.assert_array_equal(
        reranker.score(QUESTION, TEXTS), graph_reranker.score(QUESTION, TEXTS)
    )
    assert describe_weights(str(folder)) == fetch_reranker(str(folder)) == f"ONNX, folder {folder}"


def test_a_cached_hub_model_is_loaded_without_asking_the_hub(
    tmp_path, hub, questions, graph_folder, graph_reranker
):
    snapshot = put_in_cache(hub, graph_folder)
    reranker = load_reranker(NAME, precision="stored", threads=1, cache_dir=tmp_path)
    assert reranker.name == NAME
    np.testing.assert_array_equal(
        reranker.score(QUESTION, TEXTS), graph_reranker.score(QUESTION, TEXTS)
    )
    assert describe_weights(NAME) == fetch_reranker(NAME) == f"ONNX, hub cache {snapshot}"
    assert questions == []


def test_missing_weights_are_described_without_asking_the_hub(hub, questions):
    assert describe_weights(NAME) == "missing: they are not in the hub's cache"
    assert questions == []


def test_missing_weights_come_with_the_ways_to_get_them(tmp_path, hub, questions):
    with pytest.raises(ModelError) as error:
        load_reranker(NAME, threads=1, cache_dir=tmp_path)
    for part in (
        NAME,
        "Name or service not known",
        "run.py doctor --download",
        "HEADRACE_RERANKER",
        "models--headrace--tiny",
        str(hub),
    ):
        assert part in str(error.value)


def test_after_a_failed_download_the_hub_is_left_alone_for_a_day(tmp_path, hub, questions):
    for _ in range(3):
        with pytest.raises(ModelError, match="Name or service not known"):
            load_reranker(NAME, threads=1, cache_dir=tmp_path / "data")
    assert len(questions) == 1
    (note,) = (tmp_path / "data").iterdir()
    failed_at = datetime.now(UTC) - timedelta(hours=25)
    note.write_text(json.dumps({"failed_at": failed_at.isoformat(), "problem": "old"}))
    with pytest.raises(ModelError, match="Name or service not known"):
        load_reranker(NAME, threads=1, cache_dir=tmp_path / "data")
    assert len(questions) == 2


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{}",
        "[1]",
        '{"failed_at": "soon", "problem": ""}',
        '{"failed_at": "2020-01-01", "problem": ""}',
    ],
)
def test_an_unreadable_note_of_a_failure_is_ignored(tmp_path, hub, questions, content):
    with pytest.raises(ModelError):
        load_reranker(NAME, threads=1, cache_dir=tmp_path / "data")
    (note,) = (tmp_path / "data").iterdir()
    note.write_text(content)
    with pytest.raises(ModelError):
        load_reranker(NAME, threads=1, cache_dir=tmp_path / "data")
    assert len(questions) == 2


def test_a_failure_that_cannot_be_noted_is_reported_all_the_same(tmp_path, hub, questions):
    (tmp_path / "file").touch()
    with pytest.raises(ModelError, match="Name or service not known"):
        load_reranker(NAME, threads=1, cache_dir=tmp_path / "file" / "data")


def test_a_name_look_up_that_hangs_is_given_up(tmp_path, hub, monkeypatch):
    hung = Event()
    monkeypatch.setattr(
        "huggingface_hub.get_hf_file_metadata", lambda url, **options: hung.wait(30)
    )
    monkeypatch.setattr(reranker_weights, "_ANSWER_S", 0.05)
    with pytest.raises(ModelError, match="not done within 0.05 s"):
        load_reranker(NAME, threads=1, cache_dir=tmp_path)
    hung.set()


def test_fetching_asks_the_hub_whatever_failed_before(tmp_path, hub, questions):
    for fetch in (
        lambda: load_reranker(NAME, threads=1, cache_dir=tmp_path),
        lambda: fetch_reranker(NAME),
        lambda: fetch_reranker(NAME),
    ):
        with pytest.raises(ModelError, match="Name or service not known"):
            fetch()
    assert len(questions) == 3


def test_the_hub_is_not_asked_when_downloads_are_off_or_offline_is_set(
    tmp_path, hub, questions, monkeypatch
):
    with pytest.raises(ModelError, match="not in the hub's cache"):
        load_reranker(NAME, threads=1, cache_dir=tmp_path / "data", download=False)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(ModelError, match="HF_HUB_OFFLINE is set"):
        load_reranker(NAME, threads=1, cache_dir=tmp_path / "data")
    assert questions == []
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    "name", ["/nowhere/model", "./nowhere", "~/nowhere/model", "~nobody-here/model", "a/b/c"]
)
def test_a_folder_that_does_not_exist_is_not_looked_for_on_the_hub(tmp_path, hub, questions, name):
    for load in (
        lambda: load_reranker(name, threads=1, cache_dir=tmp_path),
        lambda: fetch_reranker(name),
    ):
        with pytest.raises(ModelError, match="the folder does not exist"):
            load()
    assert questions == []


def test_a_folder_without_a_tokenizer_is_told_what_it_lacks(tmp_path, hub):
    save_graph(tmp_path / "model.onnx")
    with pytest.raises(ModelError, match="does not have both model.onnx and tokenizer.json"):
        load_reranker(str(tmp_path), threads=1, cache_dir=tmp_path)


def test_a_name_that_the_hub_cannot_have_is_refused(tmp_path, hub):
    with pytest.raises(ModelError, match="neither a folder nor a name"):
        load_reranker("my reranker", threads=1, cache_dir=tmp_path)


def test_without_the_torch_extra_a_folder_of_safetensors_asks_for_it(tmp_path, hub, monkeypatch):
    monkeypatch.setattr(reranker_weights, "find_spec", lambda package: None)
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "model.safetensors").touch()
    with pytest.raises(ModelError, match=r"pip install 'headrace\[torch\]'"):
        load_reranker(str(tmp_path), threads=1, cache_dir=tmp_path)
    assert "headrace[torch]" in describe_weights(str(tmp_path))


# -------------------------------------------- the hub's own client, against a local hub


class TinyHub(BaseHTTPRequestHandler):
    """Serves the files of `folder` as the model hub does."""

    folder: Path

    def do_HEAD(self):
        self._send(body=False)

    def do_GET(self):
        self._send(body=True)

    def _send(self, body: bool):
        path = self.folder / self.path.partition(f"/{NAME}/resolve/main/")[2].replace("onnx/", "")
        content = path.read_bytes() if path.is_file() else b""
        self.send_response(200 if content else 404)
        self.send_header("X-Repo-Commit", REVISION)
        self.send_header("ETag", f'"{path.name}"')
        self.send_header("Content-Length", str(len(content)))
        if not content:
            self.send_header("X-Error-Code", "EntryNotFound")
        self.end_headers()
        if body:
            self.wfile.write(content)

    def log_message(self, format, *args):
        pass


def run_python(code: str, port: int, home: Path) -> str:
    """What `code` prints in a process whose model hub is at `port` of this machine."""
    hub = {
        "HF_ENDPOINT": f"http://127.0.0.1:{port}",
        "HF_HOME": str(home),
        "HF_HUB_CACHE": str(home / "hub"),
        "HF_HUB_OFFLINE": "0",
    }
    environment = {**os.environ, **hub, "NO_PROXY": "127.0.0.1", "PYTHONPATH": str(ROOT)}
    imports = (
        "from headrace.resources.models import rerankers\n"
        "from headrace.resources.models.weights import reranker_weights\n"
    )
    code = imports + code
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=True,
    )
    return done.stdout


@pytest.mark.parametrize("config", [True, False])
def test_weights_are_fetched_from_the_hub_and_found_afterwards(tmp_path, graph_folder, config):
    handler = type("Hub", (TinyHub,), {"folder": shutil.copytree(graph_folder, tmp_path / "graph")})
    if not config:
        (handler.folder / "config.json").unlink()
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        where = run_python(
            f"print(reranker_weights.fetch_reranker({NAME!r}))",
            server.server_port,
            tmp_path / "home",
        )
        server.shutdown()
    snapshot = tmp_path / "home" / "hub" / "models--headrace--tiny" / "snapshots" / REVISION
    assert where == f"ONNX, hub cache {snapshot}\n"
    fetched = (snapshot / "onnx" / "model.onnx").read_bytes()
    assert fetched == (graph_folder / "model.onnx").read_bytes()
    assert (snapshot / "config.json").exists() is config


def test_a_hub_that_never_answers_costs_a_bounded_time(tmp_path):
    code = f"""
from time import monotonic
reranker_weights._ANSWER_S = 0.2
began = monotonic()
try:
    rerankers.load_reranker({NAME!r}, threads=1, cache_dir=rerankers.Path({str(tmp_path)!r}))
except rerankers.ModelError as error:
    print(monotonic() - began, error)
"""
    # The system accepts connections to this server, and nothing answers them.
    with socket.create_server(("127.0.0.1", 0)) as silent:
        said = run_python(code, silent.getsockname()[1], tmp_path / "home")
    seconds, _, message = said.partition(" ")
    assert "gave no weights" in message
    assert float(seconds) < 10  # by itself, huggingface_hub tries for 23 s at the least
