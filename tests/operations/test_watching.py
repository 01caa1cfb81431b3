"""`run.py ingest --watch`: what changes on disk changes in the answers, in seconds."""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from headrace.errors import DatabaseLost, SourceError
from headrace.ingest.finding import Selection
from headrace.operations.watching import bring_up_to_date, changed_paths, watch_outcomes
from support.places import ROOT
from support.waiting import PATIENCE_S


@pytest.fixture
def docs(tmp_path) -> Path:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "walrus.md").write_text("The walrus sleeps on ice.")
    return tmp_path / "docs"


@pytest.fixture
def watched(rag, tenant, docs) -> Iterator[list]:
    """The outcomes so far of watching the folder in a thread: status and file name."""
    came = []
    stop = threading.Event()
    changes = changed_paths([docs], stop)
    next(changes)
    rag.ingest([docs], tenant)

    def watch() -> None:
        for outcomes in watch_outcomes(rag, changes, tenant):
            for outcome in outcomes:
                came.append((outcome.status, Path(outcome.source).name))

    thread = threading.Thread(target=watch)
    thread.start()
    yield came
    stop.set()
    thread.join(PATIENCE_S)
    assert not thread.is_alive()


def wait_for(found: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not found():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def texts(rag, tenant: str) -> set[str]:
    values = rag.run(["semantic_hits"], question="Where does the walrus sleep?", tenant=tenant)
    return {hit.chunk.text for hit in values["semantic_hits"]}


def test_what_is_found_follows_new_changed_and_removed_files(rag, tenant, docs, watched):
    ice = "The walrus sleeps on ice."
    water = "The walrus sleeps in water."
    sand = "The seal sleeps on sand."
    (docs / "seal.txt").write_text(sand)
    wait_for(lambda: texts(rag, tenant) == {ice, sand})
    (docs / "walrus.md").write_text(water)
    wait_for(lambda: texts(rag, tenant) == {water, sand})
    (docs / "seal.txt").unlink()
    wait_for(lambda: texts(rag, tenant) == {water})


def test_a_file_replaced_as_editors_do_is_changed_and_not_lost(rag, tenant, docs, watched):
    (docs / "walrus.md~").write_text("The walrus sleeps in water.")
    (docs / "walrus.md~").replace(docs / "walrus.md")
    wait_for(lambda: texts(rag, tenant) == {"The walrus sleeps in water."})
    assert ("removed", "walrus.md") not in watched


def test_a_folder_that_is_moved_in_and_out_takes_its_documents_along(
    rag, tenant, docs, watched, tmp_path
):
    (tmp_path / "more" / "deep").mkdir(parents=True)
    (tmp_path / "more" / "deep" / "seal.txt").write_text("The seal sleeps on sand.")
    shutil.move(tmp_path / "more", docs / "more")
    wait_for(lambda: len(texts(rag, tenant)) == 2)
    shutil.move(docs / "more", tmp_path / "out")
    wait_for(lambda: len(texts(rag, tenant)) == 1)


def test_a_broken_file_is_reported_keeps_its_old_text_and_does_not_end_the_watch(
    rag, tenant, docs, watched
):
    (docs / "walrus.md").write_bytes(bytes(range(256)))
    wait_for(lambda: ("failed", "walrus.md") in watched)
    assert texts(rag, tenant) == {"The walrus sleeps on ice."}
    (docs / "broken.pdf").write_bytes(b"%PDF half writt")
    wait_for(lambda: ("failed", "broken.pdf") in watched)
    (docs / "walrus.md").write_text("The walrus sleeps again.")
    wait_for(lambda: texts(rag, tenant) == {"The walrus sleeps again."})


def test_the_text_of_a_file_that_becomes_empty_is_removed(rag, tenant, docs, watched):
    (docs / "walrus.md").write_text("")
    wait_for(lambda: ("removed", "walrus.md") in watched)
    assert texts(rag, tenant) == set()


def test_a_line_that_leaves_a_jsonl_file_is_removed(rag, tenant, docs, watched):
    lines = [
        '{"_id": "1", "title": "", "text": "One seal."}',
        '{"_id": "2", "title": "", "text": "Two seals."}',
    ]
    (docs / "seals.jsonl").write_text("\n".join(lines))
    wait_for(lambda: {"One seal.", "Two seals."} <= texts(rag, tenant))
    (docs / "seals.jsonl").write_text(lines[0])
    wait_for(lambda: "Two seals." not in texts(rag, tenant))
    assert "One seal." in texts(rag, tenant)


def test_hidden_files_other_types_and_other_folders_are_passed_over(docs, tmp_path):
    changes = changed_paths([docs])
    next(changes)
    for name in (".hidden.md", "picture.png", ".git/x.md", "../beside.md", "last.md"):
        (docs / name).parent.mkdir(exist_ok=True)
        (docs / name).write_text("text")
    found: set[Path] = set()
    wait_for(lambda: found.update(next(changes)) or docs / "last.md" in found)
    assert found == {docs / "last.md"}


def test_what_ingest_passes_over_is_not_watched(docs):
    (docs / ".gitignore").write_text("draft.md")
    (docs / "node_modules").mkdir()
    changes = changed_paths([docs], selection=Selection(exclude=("secret/",)))
    next(changes)
    for name in ("draft.md", "node_modules/x.md", "secret/x.md", "last.md"):
        (docs / name).parent.mkdir(exist_ok=True)
        (docs / name).write_text("text")
    found: set[Path] = set()
    wait_for(lambda: found.update(next(changes)) or docs / "last.md" in found)
    assert found == {docs / "last.md"}


def test_changes_have_the_names_under_which_ingest_stores_the_files(rag, tenant, docs):
    current = docs.with_name("current")
    current.symlink_to(docs)
    rag.ingest([current], tenant)
    changes = changed_paths([current])
    next(changes)
    (docs / "walrus.md").write_text("The walrus sleeps on sand.")
    found: set[Path] = set()
    wait_for(lambda: found.update(next(changes)) or bool(found))
    assert found == {current / "walrus.md"}
    (outcome,) = bring_up_to_date(rag, found, tenant)
    assert outcome.status == "changed"


def test_files_of_a_users_own_reader_are_watched(docs):
    class MailReader:
        endings = (".eml",)

        def read(self, path: str):
            return []

    changes = changed_paths([docs], readers=[MailReader()])
    next(changes)
    (docs / "letter.eml").write_text("text")
    found: set[Path] = set()
    wait_for(lambda: found.update(next(changes)) or bool(found))
    assert found == {docs / "letter.eml"}


def test_a_file_named_alone_is_watched_and_its_neighbours_are_not(docs):
    changes = changed_paths([docs / "walrus.md"])
    next(changes)
    (docs / "other.md").write_text("other")
    (docs / "walrus.new").write_text("new")
    (docs / "walrus.new").replace(docs / "walrus.md")
    found: set[Path] = set()
    wait_for(lambda: found.update(next(changes)) or bool(found))
    (docs / "walrus.md").unlink()
    found.clear()
    wait_for(lambda: found.update(next(changes)) or bool(found))
    assert found == {docs / "walrus.md"}


def test_a_watched_folder_that_vanishes_ends_the_watch_and_keeps_its_documents(rag, tenant, docs):
    rag.ingest([docs], tenant)
    changes = changed_paths([docs])
    next(changes)
    docs.rename(docs.with_name("gone"))
    with pytest.raises(SourceError, match="docs is gone.*documents are kept"):
        wait_for(lambda: bring_up_to_date(rag, next(changes), tenant) and False)
    assert texts(rag, tenant) == {"The walrus sleeps on ice."}


def test_what_is_in_a_folder_that_may_not_be_looked_into_is_not_removed(
    rag, tenant, docs, monkeypatch
):
    rag.ingest([docs], tenant)
    before = texts(rag, tenant)
    stat = os.stat

    def refusing(path: object, *args: object, **options: object) -> os.stat_result:
        if str(path).startswith(f"{docs}{os.sep}"):
            raise PermissionError(13, "Permission denied", str(path))
        return stat(path, *args, **options)

    monkeypatch.setattr(os, "stat", refusing)
    (outcome,) = bring_up_to_date(rag, [docs / "walrus.md"], tenant)
    assert outcome.status == "failed" and "Permission denied" in outcome.reason
    assert texts(rag, tenant) == before


def test_a_vanished_path_that_nothing_was_stored_from_is_no_failure(rag, tenant, docs):
    rag.ingest([docs], tenant)
    (docs / "walrus.md").unlink()
    outcomes = bring_up_to_date(rag, [docs / "walrus.md", docs / "draft.md"], tenant)
    assert [outcome.status for outcome in outcomes] == ["removed"]


def test_while_the_database_is_away_changes_wait(docs, tenant):
    """The database fails twice: that is said once, and the change is not lost."""
    calls = []

    class Rag:
        def remove(self, paths, tenant):
            return []

        def ingest(self, paths, tenant, prune, id_by):
            calls.append(paths)
            if len(calls) < 3:
                raise DatabaseLost("server closed the connection")
            return ["stored"]

    changes = [{docs / "walrus.md"}, set(), set(), set()]
    first, second = watch_outcomes(Rag(), changes, tenant)
    assert first[0].status == "failed" and "server closed" in first[0].reason
    assert second == ["stored"]
    assert calls == [[docs / "walrus.md"]] * 3


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_command_watches_until_it_is_told_to_stop(rag, tenant, docs, data_dir, number):
    environment = os.environ | {"HEADRACE_DATA_DIR": str(data_dir), "HEADRACE_RERANKING": "off"}
    command = [sys.executable, ROOT / "run.py", "ingest", docs, "--tenant", tenant, "--watch"]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            while "watching" not in process.stdout.readline():
                assert process.poll() is None
            (docs / ".seal").write_text("The seal sleeps on sand.")
            (docs / ".seal").rename(docs / "seal.txt")
            wait_for(lambda: "The seal sleeps on sand." in texts(rag, tenant))
            assert f"new: {docs / 'seal.txt'}" in process.stdout.readline()
            process.send_signal(number)
            assert process.wait(PATIENCE_S) == 0 and "stopped watching" in process.stderr.read()
        finally:
            process.kill()
