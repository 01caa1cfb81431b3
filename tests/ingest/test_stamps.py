"""Unchanged files are not read again, and whatever else may have changed is."""

import os
import time
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from headrace import Document
from headrace.ingest import sources
from headrace.ingest.finding import stamps


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    docs = tmp_path / "docs"
    docs.mkdir()
    for name in ("a", "b"):
        (docs / f"{name}.md").write_text(f"The walrus {name} sleeps on ice.")
    return docs


@pytest.fixture
def read(monkeypatch) -> list[str]:
    """The names of the files that are read. None of them has just changed."""
    names: list[str] = []
    read_each = sources.read_each

    def noted(files, *given, **named):
        names.extend(path.name for path in files)
        return read_each(files, *given, **named)

    monkeypatch.setattr(sources, "read_each", noted)
    monkeypatch.setattr(stamps, "_RACY_NS", 0)
    monkeypatch.setattr(stamps, "_COARSE_RACY_NS", 0)
    return names


def ingested(rag, tenant, docs, read, **how) -> dict[str, int]:
    """How many outcomes have a status; `read` then has what this ingest read."""
    read.clear()
    return Counter(outcome.status for outcome in rag.ingest([docs], tenant, **how))


def test_an_unchanged_file_is_not_read_but_has_an_outcome(rag, tenant, docs, read):
    assert ingested(rag, tenant, docs, read) == {"new": 2} and read == ["a.md", "b.md"]
    assert ingested(rag, tenant, docs, read, prune="all") == {"unchanged": 2} and read == []
    assert ingested(rag, tenant, docs, read, verify=True) == {"unchanged": 2} and len(read) == 2


@pytest.mark.parametrize("how", ["size", "time", "replaced"])
def test_a_change_of_size_time_or_file_is_noticed(rag, tenant, docs, read, how):
    ingested(rag, tenant, docs, read)
    path = docs / "a.md"
    before = path.stat()
    text = path.read_text()
    if how == "replaced":
        other = docs.parent / "other.md"
        other.write_text(text.replace("ice", "air"))
        other.replace(path)
    else:
        path.write_text(text + "!" if how == "size" else text.replace("ice", "air"))
    if how != "time":
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert ingested(rag, tenant, docs, read) == {"changed": 1, "unchanged": 1}
    assert read == ["a.md"]


def test_a_file_that_was_only_touched_is_read_once_more(rag, tenant, docs, read):
    ingested(rag, tenant, docs, read)
    os.utime(docs / "a.md")
    assert ingested(rag, tenant, docs, read) == {"unchanged": 2} and read == ["a.md"]
    assert ingested(rag, tenant, docs, read) == {"unchanged": 2} and read == []


def test_a_file_that_has_just_changed_is_read_again(rag, tenant, docs, read, monkeypatch):
    monkeypatch.setattr(stamps, "_RACY_NS", 10**18)
    coarse = time.time() // 1 - 1
    monkeypatch.setattr(stamps, "_COARSE_RACY_NS", 10**18)
    os.utime(docs / "b.md", (coarse, coarse))
    ingested(rag, tenant, docs, read)
    assert ingested(rag, tenant, docs, read) == {"unchanged": 2} and read == ["a.md", "b.md"]


@pytest.mark.parametrize(("age_ns", "is_read"), [(10**9, True), (10**9 + 1, False)])
def test_by_a_clock_of_whole_seconds_a_file_has_just_changed_for_longer(
    monkeypatch, age_ns, is_read
):
    changed = 10**18 - age_ns
    monkeypatch.setattr(stamps.time, "time_ns", lambda: 10**18)
    found: Any = SimpleNamespace(st_mtime_ns=changed, st_ctime_ns=changed)
    assert stamps._has_just_changed(found) == is_read


def test_other_settings_read_all_files_again(rag, tenant, docs, read, monkeypatch):
    ingested(rag, tenant, docs, read)
    changed = rag.settings.model_copy(update={"chunk_tokens": 128})
    monkeypatch.setattr(rag, "settings", changed)
    assert ingested(rag, tenant, docs, read) == {"changed": 2} and len(read) == 2
    monkeypatch.setattr(stamps, "DOCUMENT_VERSION", -1)
    ingested(rag, tenant, docs, read)
    assert len(read) == 2
    monkeypatch.setattr(rag, "_has_own_ingestion", True)
    ingested(rag, tenant, docs, read)
    assert len(read) == 2


@pytest.mark.parametrize(
    ("content", "status"), [(b"  ", "passed over"), (bytes(range(256)), "failed")]
)
def test_a_file_that_gave_nothing_or_was_replaced_in_the_database_is_read_again(
    rag, tenant, docs, read, content, status
):
    (docs / "b.md").write_bytes(content)
    assert ingested(rag, tenant, docs, read) == {"new": 1, status: 1}
    assert ingested(rag, tenant, docs, read) == {"unchanged": 1, status: 1} and read == ["b.md"]
    stored = rag.documents(tenant)[0]
    rag.ingest([Document(stored.document_id, "", "Something else.", stored.source)], tenant)
    assert ingested(rag, tenant, docs, read) == {"changed": 1, status: 1} and len(read) == 2


def test_a_run_that_was_cut_off_before_the_stamps_reads_again(rag, tenant, docs, read, monkeypatch):
    def cut_off(stamps, outcomes):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(stamps.Stamps, "save", cut_off)
        with pytest.raises(KeyboardInterrupt):
            ingested(rag, tenant, docs, read)
    assert ingested(rag, tenant, docs, read) == {"unchanged": 2} and len(read) == 2
