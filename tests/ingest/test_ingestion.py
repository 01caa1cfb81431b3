"""What is stored after an ingest, after two at once, and after one that was killed."""

import gzip
import json
import signal
import subprocess
import sys
import threading
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from headrace import Document, Pipeline
from headrace.errors import QuestionError, SourceError
from headrace.types import Outcome, TenantFacts
from support.places import SCRIPTS
from support.samples import RETURNS
from support.waiting import PATIENCE_S

TABLES = ("documents", "chunks", "embeddings", "document_fields", "definitions")


def document(text: str, name: str = "d", **metadata: object) -> Document:
    return Document(name, "Title", text, "s.txt", metadata)


def facts(rag: Pipeline, tenant: str) -> TenantFacts:
    return rag.run(["tenant_facts"], tenant=tenant)["tenant_facts"]


def statistics(rag: Pipeline, tenant: str) -> tuple[int, int]:
    """The documents and chunks that the tenant's statistics count."""
    held = facts(rag, tenant)
    return held.documents, held.chunks


def counted(rag: Pipeline, tenant: str) -> dict[str, int]:
    """Rows per table of one tenant, as that tenant sees them."""
    counts = {}
    with rag.database.for_tenant(tenant).transaction() as transaction:
        for table in TABLES:
            ((counts[table],),) = transaction.execute(f"SELECT count(*) FROM {table}")
    return counts


def chunk_ids(rag: Pipeline, tenant: str) -> set[int]:
    """The chunks of the document "d"."""
    rows = rag.database.for_tenant(tenant).query("stored_chunks", {"document_ids": ["d"]})
    return {chunk_id for _, chunk_id, _ in rows}


def statuses(outcomes: Sequence[Outcome]) -> dict[str, int]:
    return Counter(outcome.status for outcome in outcomes)


def reason_in(outcomes: Sequence[Outcome]) -> str:
    """Why the one that failed did."""
    (failed,) = [outcome for outcome in outcomes if outcome.status == "failed"]
    return failed.reason


# ----------------------------------------------------------------------------- storing


def test_a_second_ingest_changes_nothing_and_embeds_nothing(rag, returns):
    version = facts(rag, returns).version
    outcomes = rag.ingest(RETURNS, returns)
    assert {(outcome.status, outcome.embedded) for outcome in outcomes} == {("unchanged", 0)}
    assert facts(rag, returns).version == version


def test_a_changed_paragraph_embeds_only_the_chunk_it_touches(rag, tenant):
    paragraphs = []
    for i in range(6):
        paragraphs.append(f"Paragraph {i} speaks about topic {i}. " + f"Detail {i} is here. " * 40)
    rag.ingest([document("\n\n".join(paragraphs))], tenant)
    before = chunk_ids(rag, tenant)
    paragraphs[3] = paragraphs[3].replace("Detail 3", "Aspect 3")
    (outcome,) = rag.ingest([document("\n\n".join(paragraphs))], tenant)
    after = chunk_ids(rag, tenant)
    assert outcome.status == "changed" and outcome.embedded == 1
    assert len(before & after) == len(after) - 1
    assert statistics(rag, tenant) == (1, counted(rag, tenant)["chunks"])


def test_a_changed_document_leaves_nothing_of_the_old_one(rag, tenant):
    rag.ingest([document("The old words speak of walruses.", colour="red")], tenant)
    rag.ingest([document("New words speak of penguins.", size="big")], tenant)
    searches = ["keyword_hits", "semantic_hits"]
    values = rag.run(searches, question="walruses penguins", tenant=tenant)
    for search in searches:
        assert all("walrus" not in hit.chunk.text for hit in values[search])
    assert facts(rag, tenant).fields == ("size",) and counted(rag, tenant)["chunks"] == 1


def test_postings_are_exactly_the_lexemes_of_the_stored_chunks_after_any_change(rag, tenant):
    for text in ("one two three two", "two three four\n\n" + "five six. " * 200, "six seven"):
        rag.ingest([document(text)], tenant)

    def sum_of(column: str, table: str) -> int:
        return transaction.execute(f"SELECT sum({column}) FROM {table}")[0][0]

    with rag.database.for_tenant(tenant).transaction() as transaction:
        assert sum_of("chunks", "postings") == sum_of("length(lexemes)", "chunks")
        assert sum_of("length", "chunks") == sum_of("length", "tenant_statistics")


def test_a_failing_document_is_named_and_the_others_are_stored(rag, tenant):
    good, other = document("fine"), document("also fine", "e")
    empty, long = document("", "empty"), document("too long an id", "x" * 2000)
    outcomes = rag.ingest([good, empty, long, other], tenant)
    assert [outcome.status for outcome in outcomes] == ["new", "failed", "failed", "new"]
    assert "holds no text" in outcomes[1].reason and "2,000 characters" in outcomes[2].reason


def test_an_id_that_comes_twice_is_a_failure_that_names_the_first(rag, tenant):
    first, second = Document("d", "", "first", "a.txt"), Document("d", "", "second", "b.txt")
    outcomes = rag.ingest([first, second], tenant)
    assert statuses(outcomes) == {"failed": 1, "new": 1}
    assert "a.txt" in reason_in(outcomes)


@pytest.mark.parametrize("tenant_name", ["", "  ", None])
def test_documents_without_a_tenant_are_refused(rag, tenant_name):
    with pytest.raises(QuestionError, match="tenant"):
        rag.ingest([document("text")], tenant_name)


# ------------------------------------------------------------------------------- files


def test_files_are_ingested_and_pruned_when_they_vanish(rag, tenant, tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "a.md").write_text("Text of a about walruses.")
    (tmp_path / "b.txt").write_text("Text of b about walruses.")
    (tmp_path / "sub/c.html").write_text("<p>Text of c about walruses.</p>")
    (tmp_path / "broken.pdf").write_bytes(b"not a pdf")
    assert statuses(rag.ingest([tmp_path], tenant)) == {"new": 3, "failed": 1}
    rag.ingest([Document("elsewhere", "", "walruses elsewhere", "/elsewhere/x.txt")], tenant)
    (tmp_path / "b.txt").unlink()
    outcomes = rag.ingest([tmp_path], tenant, prune=True)
    assert statuses(outcomes) == {"unchanged": 2, "failed": 1, "removed": 1}
    hits = rag.run(["keyword_hits"], question="walruses", tenant=tenant)["keyword_hits"]
    assert {Path(hit.chunk.document_id).name for hit in hits} == {"a.md", "c.html", "elsewhere"}
    assert statistics(rag, tenant) == (3, 3)


def test_the_files_of_an_archive_go_with_it_or_when_they_are_no_longer_in_it(rag, tenant, tmp_path):
    path = tmp_path / "a.zip"

    def pack(*names: str) -> None:
        with zipfile.ZipFile(path, "w") as archive:
            for name in names:
                archive.writestr(name, f"Text of {name} about walruses.")

    (tmp_path / "a.zip:old.md").write_text("Beside the archive.")
    pack("docs/a.md", "b.txt", "c:d.txt")
    assert statuses(rag.ingest([tmp_path], tenant)) == {"new": 4}
    pack("docs/a.md")
    assert statuses(rag.ingest([path], tenant, prune=True)) == {"unchanged": 1, "removed": 2}
    path.unlink()
    assert [one.source for one in rag.remove([path], tenant)] == [f"{path}:docs/a.md"]
    assert statuses(rag.ingest([tmp_path], tenant)) == {"unchanged": 1}


def test_a_file_that_cannot_be_read_this_time_is_not_pruned(rag, tenant, tmp_path):
    lines = [json.dumps({"_id": str(i), "title": "", "text": f"walrus {i}"}) for i in range(3)]
    path = tmp_path / "c.jsonl.gz"
    path.write_bytes(gzip.compress("\n".join(lines).encode()))
    rag.ingest([path], tenant)
    path.write_bytes(gzip.compress(("\n".join([lines[0], "{broken"])).encode()))
    outcomes = rag.ingest([path], tenant, prune=True)
    assert statuses(outcomes) == {"unchanged": 1, "failed": 1}
    assert statistics(rag, tenant) == (3, 3)


class LineReader:
    """One document per line; the line "broken" cannot be read."""

    endings = (".lines",)

    def read(self, path: str) -> Iterator[Document]:
        for number, line in enumerate(Path(path).read_text().splitlines()):
            if line == "broken":
                raise ValueError("a broken line")
            yield Document(f"{path}:{number}", "", line, f"{path}:{number}")


def test_documents_of_a_user_s_reader_go_with_their_file_but_not_with_a_fault(
    rag, tenant, tmp_path, monkeypatch
):
    monkeypatch.setattr(rag, "readers", (LineReader(),))
    path = tmp_path / "a.lines"
    path.write_text("walrus\nseal\notter")
    assert statuses(rag.ingest([tmp_path], tenant)) == {"new": 3}
    path.write_text("walrus\nbroken\notter")
    outcomes = rag.ingest([tmp_path], tenant, prune=True)
    assert statuses(outcomes) == {"unchanged": 1, "failed": 1}
    assert reason_in(outcomes) == "LineReader failed: ValueError: a broken line"
    path.write_text("walrus")
    assert statuses(rag.ingest([tmp_path], tenant, prune="all")) == {"unchanged": 1, "removed": 2}
    path.unlink()
    assert statuses(rag.ingest([tmp_path], tenant, prune="all")) == {"removed": 1}


def test_a_path_that_does_not_exist_is_refused_by_name(rag, tenant, tmp_path):
    with pytest.raises(SourceError, match="nowhere.txt"):
        rag.ingest([tmp_path / "nowhere.txt"], tenant)


# ---------------------------------------------------------------- at once, and cut off


def test_documents_of_a_generator_are_stored_while_it_makes_them(rag, tenant):
    outcomes: list = []
    behind: list[int] = []

    def made():
        for number in range(600):
            behind.append(number - len(outcomes))
            yield Document(f"d{number}", "", f"Walrus number {number}.", "s")

    assert len(rag.ingest(made(), tenant, on_outcome=outcomes.append)) == 600
    assert max(behind) < 400


def test_two_ingests_into_one_tenant_at_once_neither_deadlock_nor_lose_a_count(rag, tenant):
    """Both write the same words in different orders, and half of the same documents."""
    words = [f"word{chr(97 + i % 26)}{chr(97 + i // 26)}" for i in range(200)]
    forwards = [document(" ".join(words[i:] + words[:i]), f"d{i}") for i in range(40)]
    backwards = [document(" ".join(words[i::-1]), f"d{i}") for i in range(60, 19, -1)]
    failures: list[BaseException] = []

    def ingest(documents: list[Document]) -> None:
        try:
            rag.ingest(documents, tenant)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=ingest, args=[half]) for half in (forwards, backwards)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    rows = counted(rag, tenant)
    assert statistics(rag, tenant) == (rows["documents"], rows["chunks"])
    assert rows["documents"] == 61 and rows["embeddings"] == rows["chunks"]


def test_kill_9_at_any_moment_leaves_every_document_whole_and_the_next_ingest_finishes(
    rag, tenant, data_dir
):
    """A process that ingests new versions is killed at another statement each time."""

    def ingest(version: str, *kill_after: int) -> None:
        script = str(SCRIPTS / "killed_ingest.py")
        command = [sys.executable, script, str(data_dir), tenant, version, *map(str, kill_after)]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        assert process.wait(PATIENCE_S) == (-signal.SIGKILL if kill_after else 0)

    ingest("v0")
    for attempt, kill_after in enumerate((1, 3, 4, 8), start=1):
        ingest(f"v{attempt}", kill_after)
        whole = versions_by_document(rag, tenant)
        assert len(whole) == 12 and all(len(versions) == 1 for versions in whole.values()), whole
        rows = counted(rag, tenant)
        assert statistics(rag, tenant) == (rows["documents"], rows["chunks"])
        assert rows["embeddings"] == rows["chunks"]
    ingest("v9")
    assert set().union(*versions_by_document(rag, tenant).values()) == {"v9"}


def versions_by_document(rag: Pipeline, tenant: str) -> dict[str, set[str]]:
    """Per document, the versions that its chunks and its own text speak of."""
    with rag.database.for_tenant(tenant).transaction() as transaction:
        rows = transaction.execute(
            "SELECT document_id, text FROM chunks UNION ALL SELECT document_id, text FROM documents"
        )
    found: dict[str, set[str]] = {}
    for name, text in rows:
        versions = {word for word in text.split() if word[0] == "v" and word[1:].isdigit()}
        found.setdefault(name, set()).update(versions)
    return found
