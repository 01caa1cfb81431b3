"""What must be the same here and on workers; what is sent. Without a cluster."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from headrace import Document, RayExecutor, SettingsError, WorkerError
from headrace.execution.blocks import ThreadExecutor
from headrace.ingest.elsewhere import SentFile
from headrace.scaling.likeness import Facts, Place, Probe, check_alike, check_same_models


@pytest.fixture
def ours(tmp_path: Path) -> Facts:
    return Facts.here(tmp_path, "here")


def test_a_worker_of_the_same_kind_may_write(ours):
    check_alike(ours, replace(ours, node="there"), embedded=True)


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"version": "9.9.9"}, r"version 9.9.9 instead of .*pip install 'headrace\[scale\]=="),
        ({"schema": "another"}, "SQL another instead of"),
        ({"recipe": "7.7"}, "recipe of chunks 7.7"),
    ],
)
def test_another_headrace_on_a_worker_is_named_with_what_to_do(ours, other, said):
    with pytest.raises(WorkerError, match=rf"the worker on there has another Headrace .*{said}"):
        check_alike(ours, replace(ours, node="there", **other), embedded=False)


@pytest.mark.parametrize("place", [Place("another machine", (1, 2)), None])
def test_the_embedded_server_serves_no_other_machine_or_folder(ours, tmp_path, place):
    elsewhere = place or Place.of(tmp_path / "not there")
    theirs = replace(ours, node="there", place=elsewhere)
    with pytest.raises(WorkerError, match="embedded PostgreSQL.*set DATABASE_URL"):
        check_alike(ours, theirs, embedded=True)
    check_alike(ours, theirs, embedded=False)


def probe(vector: list[float], reranker: str = "") -> Probe:
    return Probe(np.array(vector, np.float32), reranker)


def test_other_weights_under_the_same_name_are_refused():
    check_same_models("e", probe([1.0, 0.0]), probe([0.9999, 0.01]), "there")
    for theirs in ([0.9, 0.4], [np.nan, 0.0], [1.0, 0.0, 0.0]):
        with pytest.raises(WorkerError, match="another model under the name e"):
            check_same_models("e", probe([1.0, 0.0]), probe(theirs), "there")


@pytest.mark.parametrize(
    ("theirs", "said"), [("a", ""), ("b", "other weights of the"), ("", "no weights of the")]
)
def test_other_weights_of_the_reranker_are_told(theirs, said, caplog):
    check_same_models("e", probe([1.0], "a"), probe([1.0], theirs), "there")
    assert said in caplog.text and bool(caplog.text) == bool(said)


def test_without_ray_it_is_said_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(SettingsError, match=r"pip install 'headrace\[scale\]'"):
        RayExecutor()


@pytest.mark.parametrize("wrong", [{"workers": 0}, {"gpus_per_worker": -1.0}])
def test_numbers_of_workers_and_gpus_are_checked(wrong):
    with pytest.raises(SettingsError, match="workers|GPUs"):
        RayExecutor(**wrong)


def test_headrace_and_its_commands_do_not_import_ray():
    program = (
        "import sys, headrace, headrace.commands.ingest, headrace.commands.batch\n"
        "import headrace.commands.evaluate, headrace.pipeline\n"
        "headrace.Pipeline, headrace.Executor\n"
        "sys.exit('ray' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


class Elsewhere(ThreadExecutor):
    """An executor that says that it works elsewhere, and counts what is sent."""

    is_here = False

    def __init__(self):
        super().__init__(at_once=3)
        self.sent: list[SentFile] = []

    def call(self, rag, work, *given):
        for one in given:
            if isinstance(one, list):
                self.sent += [file for file in one if isinstance(file, SentFile)]
        return super().call(rag, work, *given)


@pytest.mark.parametrize("is_shared", [True, False])
def test_files_are_read_in_place_or_sent_where_they_are_not_seen(
    rag, tenant, tmp_path, monkeypatch, is_shared
):
    (tmp_path / "ice.md").write_text("# Ice\n\nThe ice drifts south.")
    (tmp_path / "page.html").write_text("<title>Seals</title><p>Seals sleep on ice.</p>")
    (tmp_path / "lines.jsonl").write_text('{"_id": "walrus", "text": "A walrus whistles."}\n')
    (tmp_path / "empty.md").write_text("")
    monkeypatch.setattr(SentFile, "is_seen", lambda file: is_shared)
    executor = Elsewhere()
    elsewhere = rag.ingest([tmp_path], tenant, executor=executor)
    here = rag.ingest([tmp_path], f"{tenant}-here")
    assert elsewhere == here
    assert [one.status for one in here].count("new") == 3
    contents = [file.path.name for file in executor.sent if file.content is not None]
    assert sorted(contents) == ([] if is_shared else ["empty.md", "ice.md", "page.html"])
    answer = rag.ask("Where do seals sleep?", tenant)
    assert answer.citations[0].document_id.endswith("page.html")


def test_a_file_that_changed_after_it_was_found_is_not_taken_for_the_same(tmp_path):
    path = tmp_path / "a.md"
    path.write_text("one")
    found = path.stat()
    assert SentFile(path, found.st_size, found.st_mtime_ns).is_seen()
    assert not SentFile(path, found.st_size + 1, found.st_mtime_ns).is_seen()
    assert not SentFile(tmp_path / "b.md", found.st_size, found.st_mtime_ns).is_seen()


def test_documents_of_the_caller_need_no_files(rag, tenant):
    (outcome,) = rag.ingest([Document("d", "", "Seals sleep.", "s")], tenant, executor=Elsewhere())
    assert outcome.status == "new" and outcome.embedded == 1
