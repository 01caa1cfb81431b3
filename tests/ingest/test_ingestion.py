import gzip
import json
import signal
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from headrace import Document, Pipeline
from headrace.errors import QuestionError, SourceError
from headrace.ingest.ingestion import changed_documents, document_chunks, prepared_documents
from support.places import SCRIPTS


def document(text: str, name: str = "d", **metadata) -> Document:
    return Document(name, "Title", text, "s.txt", metadata)


def chunks_of(rag: Pipeline, text: str, **parameters):
    prepared = prepared_documents([document(text)])
    return document_chunks(prepared, rag.encoder, **parameters)[0]


def counted(rag: Pipeline, tenant: str) -> dict[str, int]:
    """Rows per table of one tenant, as that tenant sees them."""
    with rag.database.transaction(tenant) as transaction:
        tables = ("documents", "chunks", "embeddings", "document_fields", "definitions")
        return {
            table: transaction.execute(f"SELECT count(*) FROM {table}")[0][0] for table in tables
        }


def statistics(rag: Pipeline, tenant: str) -> tuple[int, int]:
    ((_, documents, chunks, *_),) = rag.database.query(tenant, "corpus")
    return documents, chunks


# ------------------------------------------------------------------------------------------------------------- chunks


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    text=st.text(st.characters(codec="utf-8"), max_size=2000),
    size=st.integers(32, 256),
    overlap=st.integers(0, 16),
)
def test_chunks_are_exactly_what_stands_at_their_place_and_fit_the_encoder(
    rag, text, size, overlap
):
    stored = prepared_documents([document(text)])[0].document.text
    for chunk in chunks_of(rag, text, chunk_tokens=size, chunk_overlap=overlap):
        assert chunk.text == stored[chunk.start : chunk.end] and chunk.text
        assert rag.encoder.count_tokens(chunk.embedded_text) + 2 <= size


def test_no_visible_character_is_lost_between_chunks(rag):
    text = "\n\n".join(
        f"Paragraph {i}. " + "It says something worth reading. " * (i % 9) for i in range(40)
    )
    covered = np.zeros(len(text), bool)
    for chunk in chunks_of(rag, text, chunk_tokens=64):
        covered[chunk.start : chunk.end] = True
    assert "".join(c for c, kept in zip(text, covered, strict=True) if not kept).strip() == ""


def test_an_endless_word_is_cut_though_the_tokenizer_takes_it_for_one_piece(rag):
    lengths = [len(chunk.text) for chunk in chunks_of(rag, "x" * 100_000)]
    assert max(lengths) <= 256 * 16 and sum(lengths) == 100_000


def test_markdown_is_cut_at_its_headings(rag):
    text = "# One\n\n" + "First part. " * 30 + "\n\n# Two\n\n" + "Second part. " * 30
    prepared = prepared_documents([Document("d", "", text, "s.md", markup="markdown")])
    starts = [
        chunk.text.splitlines()[0]
        for chunk in document_chunks(prepared, rag.encoder, chunk_tokens=128)[0]
    ]
    assert starts == ["# One", "# Two"]


def test_a_chunk_knows_its_page():
    pages = "First page text.\n\n", "Second page text."
    prepared = prepared_documents(
        [Document("d", "", "".join(pages), "s.pdf", page_starts=(0, len(pages[0])))]
    )
    with_pages = document_chunks(prepared, WordEncoder(), chunk_tokens=32)
    assert [chunk.page for chunk in with_pages[0]] == [1]


def test_the_language_is_that_of_the_metadata_or_of_the_text():
    german = "Die Häuser in dieser Straße wurden im neunzehnten Jahrhundert gebaut und stehen heute unter Denkmalschutz."
    given = [
        document("Some words", language="fr"),
        document("x", language="german"),
        document("zz", lang="xx"),
    ]
    prepared = prepared_documents([document(german), *given])
    assert [item.language for item in prepared] == ["german", "french", "german", "simple"]


def test_what_postgresql_cannot_hold_is_replaced_one_for_one():
    prepared = prepared_documents([document("a\0b\ud800c")])[0]
    assert prepared.document.text == "a\ufffdb?c"


# ------------------------------------------------------------------------------------------------------------- storing


def test_a_second_ingest_changes_nothing_and_embeds_nothing(rag, returns):
    from support.samples import RETURNS

    version = rag.run(["corpus"], tenant=returns)["corpus"].version
    outcomes = rag.ingest(RETURNS, returns)
    assert {(outcome.status, outcome.embedded) for outcome in outcomes} == {("unchanged", 0)}
    assert rag.run(["corpus"], tenant=returns)["corpus"].version == version


def test_a_changed_paragraph_embeds_only_the_chunk_it_touches(rag, tenant):
    paragraphs = [
        f"Paragraph {i} speaks about topic {i}. " + f"Detail {i} is here. " * 40 for i in range(6)
    ]
    rag.ingest([document("\n\n".join(paragraphs))], tenant)
    before = {
        row[1] for row in rag.database.query(tenant, "stored_chunks", {"document_ids": ["d"]})
    }
    paragraphs[3] = paragraphs[3].replace("Detail 3", "Aspect 3")
    (outcome,) = rag.ingest([document("\n\n".join(paragraphs))], tenant)
    after = {row[1] for row in rag.database.query(tenant, "stored_chunks", {"document_ids": ["d"]})}
    assert (
        outcome.status == "changed"
        and outcome.embedded == 1
        and len(before & after) == len(after) - 1
    )
    assert statistics(rag, tenant) == (1, counted(rag, tenant)["chunks"])


def test_a_changed_document_leaves_nothing_of_the_old_one(rag, tenant):
    rag.ingest([document("The old words speak of walruses.", colour="red")], tenant)
    rag.ingest([document("New words speak of penguins.", size="big")], tenant)
    values = rag.run(
        ["keyword_hits", "semantic_hits", "corpus"], question="walruses penguins", tenant=tenant
    )
    assert all(
        "walrus" not in hit.chunk.text
        for name in ("keyword_hits", "semantic_hits")
        for hit in values[name]
    )
    assert values["corpus"].fields == ("size",) and counted(rag, tenant)["chunks"] == 1


def test_postings_are_exactly_the_lexemes_of_the_stored_chunks_after_any_change(rag, tenant):
    for text in ("one two three two", "two three four\n\n" + "five six. " * 200, "six seven"):
        rag.ingest([document(text)], tenant)
    with rag.database.transaction(tenant) as transaction:
        expected = transaction.execute("SELECT coalesce(sum(length(lexemes)), 0) FROM chunks")[0][0]
        posted = transaction.execute("SELECT sum(chunks) FROM postings")[0][0]
        lengths = [
            transaction.execute(f"SELECT sum(length) FROM {table}")[0][0]
            for table in ("chunks", "tenant_statistics")
        ]
    assert posted == expected and lengths[0] == lengths[1]


def test_a_failing_document_is_named_and_the_others_are_stored(rag, tenant):
    outcomes = rag.ingest(
        [
            document("fine"),
            document("", "empty"),
            document("too long an id", "x" * 2000),
            document("also fine", "e"),
        ],
        tenant,
    )
    assert [outcome.status for outcome in outcomes] == ["new", "failed", "failed", "new"]
    assert "holds no text" in outcomes[1].reason and "2,000 characters" in outcomes[2].reason


def test_an_id_that_comes_twice_is_a_failure_that_names_the_first(rag, tenant):
    first, second = Document("d", "", "first", "a.txt"), Document("d", "", "second", "b.txt")
    outcomes = rag.ingest([first, second], tenant)
    assert sorted(outcome.status for outcome in outcomes) == ["failed", "new"]
    assert "a.txt" in next(outcome.reason for outcome in outcomes if outcome.status == "failed")


def test_files_are_ingested_and_pruned_when_they_vanish(rag, tenant, tmp_path):
    for name in ("a.md", "b.txt", "sub/c.html"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(
            f"<p>Text of {name} about walruses.</p>"
            if name.endswith("html")
            else f"Text of {name} about walruses."
        )
    (tmp_path / "broken.pdf").write_bytes(b"not a pdf")
    assert Counter(outcome.status for outcome in rag.ingest([tmp_path], tenant)) == {
        "new": 3,
        "failed": 1,
    }
    rag.ingest([Document("elsewhere", "", "walruses elsewhere", "/elsewhere/x.txt")], tenant)
    (tmp_path / "b.txt").unlink()
    outcomes = rag.ingest([tmp_path], tenant, prune=True)
    assert Counter(outcome.status for outcome in outcomes) == {
        "unchanged": 2,
        "failed": 1,
        "removed": 1,
    }
    hits = rag.run(["keyword_hits"], question="walruses", tenant=tenant)["keyword_hits"]
    assert {Path(hit.chunk.document_id).name for hit in hits} == {"a.md", "c.html", "elsewhere"}
    assert statistics(rag, tenant) == (3, 3)


def test_a_file_that_cannot_be_read_this_time_is_not_pruned(rag, tenant, tmp_path):
    lines = [json.dumps({"_id": str(i), "title": "", "text": f"walrus {i}"}) for i in range(3)]
    path = tmp_path / "c.jsonl.gz"
    path.write_bytes(gzip.compress("\n".join(lines).encode()))
    rag.ingest([path], tenant)
    path.write_bytes(gzip.compress(("\n".join([lines[0], "{broken"])).encode()))
    outcomes = rag.ingest([path], tenant, prune=True)
    assert Counter(outcome.status for outcome in outcomes) == {"unchanged": 1, "failed": 1}
    assert statistics(rag, tenant) == (3, 3)


@pytest.mark.parametrize("tenant_name", ["", "  ", None])
def test_documents_without_a_tenant_are_refused(rag, tenant_name):
    with pytest.raises(QuestionError, match="tenant"):
        rag.ingest([document("text")], tenant_name)


def test_a_path_that_does_not_exist_is_refused_by_name(rag, tenant, tmp_path):
    with pytest.raises(SourceError, match="nowhere.txt"):
        rag.ingest([tmp_path / "nowhere.txt"], tenant)


# ------------------------------------------------------------------------------------------- at once, and cut off


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
    """Both write the same words in different orders, and half of the documents are the same."""
    words = [f"word{chr(97 + i % 26)}{chr(97 + i // 26)}" for i in range(200)]
    forwards = [document(" ".join(words[i:] + words[:i]), f"d{i}") for i in range(40)]
    backwards = [document(" ".join(words[i::-1]), f"d{i}") for i in range(60, 19, -1)]
    failures: list[BaseException] = []

    def ingest(documents: list[Document]) -> None:
        try:
            rag.ingest(documents, tenant)
        except BaseException as error:
            failures.append(error)

    threads = [
        threading.Thread(target=ingest, args=(documents,)) for documents in (forwards, backwards)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    rows = counted(rag, tenant)
    assert (
        statistics(rag, tenant) == (rows["documents"], rows["chunks"]) and rows["documents"] == 61
    )
    assert rows["embeddings"] == rows["chunks"]


def test_kill_9_at_any_moment_leaves_every_document_whole_and_the_next_ingest_finishes(
    rag, tenant, data_dir
):
    """A process that ingests a new version of every document is killed at a different statement each time."""

    def ingest(version: str, kill_after: int | None) -> None:
        command = [
            sys.executable,
            str(SCRIPTS / "killed_ingest.py"),
            str(data_dir),
            tenant,
            version,
        ]
        process = subprocess.Popen(
            [*command, str(kill_after)] if kill_after else command, stdout=subprocess.DEVNULL
        )
        assert process.wait(120) == (-signal.SIGKILL if kill_after else 0)

    ingest("v0", None)
    for attempt, kill_after in enumerate((1, 3, 4, 8), start=1):
        ingest(f"v{attempt}", kill_after)
        whole = texts_by_document(rag, tenant)
        assert len(whole) == 12 and all(len(versions) == 1 for versions in whole.values()), whole
        rows = counted(rag, tenant)
        assert (
            statistics(rag, tenant) == (rows["documents"], rows["chunks"])
            and rows["embeddings"] == rows["chunks"]
        )
    ingest("v9", None)
    assert set().union(*texts_by_document(rag, tenant).values()) == {"v9"}


def texts_by_document(rag: Pipeline, tenant: str) -> dict[str, set[str]]:
    """Per document, the versions that its chunks and its own text speak of."""
    with rag.database.transaction(tenant) as transaction:
        rows = transaction.execute(
            "SELECT document_id, text FROM chunks UNION ALL SELECT document_id, text FROM documents"
        )
    found: dict[str, set[str]] = {}
    for name, text in rows:
        found.setdefault(name, set()).update(
            word for word in text.split() if word[0] == "v" and word[1:].isdigit()
        )
    return found


class WordEncoder:
    """A fake whose tokens are words."""

    name, dimension, max_tokens = "words", 4, 64

    @property
    def tokenizer(self):
        from tokenizers import Tokenizer
        from tokenizers.models import WordLevel
        from tokenizers.pre_tokenizers import Whitespace

        tokenizer = Tokenizer(WordLevel({"[UNK]": 0}, unk_token="[UNK]"))
        tokenizer.pre_tokenizer = Whitespace()
        return tokenizer

    def encode(self, texts):
        return np.ones((len(texts), 4), np.float32) / 2

    def count_tokens(self, text: str) -> int:
        return len(text.split())


def test_only_what_is_not_stored_as_it_is_counts_as_changed():
    prepared = prepared_documents([document("a", "1"), document("b", "2"), document("c", "3")])

    class Stored:
        fingerprint = ""

        def query(self, tenant, statement, parameters=None):
            return [("1", prepared[0].content_hash), ("2", b"another")]

    assert [item.document.document_id for item in changed_documents(prepared, Stored(), "t")] == [
        "2",
        "3",
    ]
