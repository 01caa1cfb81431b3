"""A tenant's documents go to another installation in a file."""

import gzip
import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from headrace import Document, Pipeline
from headrace.errors import SourceError
from headrace.operations.tenant_export import export_tenant
from headrace.operations.tenant_files import contents
from headrace.operations.tenant_import import import_tenant
from headrace.resources.models.encoders import BUNDLED
from support.half_encoder import HALF
from support.migrating import opened
from support.postings import merge_all
from support.samples import RETURNS
from support.stored_rows import held

PAGED = Document(
    "paged",
    "Handbook",
    "Walruses sleep on ice.\fSeals sleep on sand.",
    "handbook.pdf",
    {"published": "2024-05-01", "tags": ["sea", "ice"], "pages": 2, "ünï": None},
    page_starts=(0, 23),
)
QUESTION = "How long does the warranty last?"


@pytest.fixture
def full(rag: Pipeline, tenant: str) -> str:
    """A tenant with documents of several kinds and a glossary."""
    long = Document("long", "Long", "The ice is cold. " * 400 + "\0 The end.", "l.md", {"n": 1.5})
    rag.ingest([*RETURNS, PAGED, long], tenant)
    rag.store_glossary([("RMA", "return merchandise authorization")], tenant)
    return tenant


@pytest.fixture
def file(rag: Pipeline, full: str, tmp_path: Path) -> Path:
    path = tmp_path / "tenant.gz"
    assert export_tenant(rag, full, path) == len(RETURNS) + 2
    return path


def statuses(outcomes) -> set[str]:
    return {outcome.status for outcome in outcomes}


def lines(path: Path) -> list[bytes]:
    return gzip.decompress(path.read_bytes()).splitlines(keepends=True)


def flipped(content: bytes, place: int) -> bytes:
    """The bytes with the bits of one of them turned."""
    return content[:place] + bytes([content[place] ^ 0xFF]) + content[place + 1 :]


def forged(path: Path, body: list[bytes]) -> Path:
    """A file with these lines before its end, which fits them."""
    ends = {"documents": sum(b'{"document"' in line for line in body), "chunks": 0}
    checksum = hashlib.sha256(b"".join(body)).hexdigest()
    end = json.dumps({"end": {**ends, "sha256": checksum}}).encode()
    path.write_bytes(gzip.compress(b"".join([*body, end])))
    return path


def test_another_installation_holds_the_same_and_answers_the_same(rag, full, file, address):
    with opened(address) as other:
        told = []
        outcomes = import_tenant(other, file, "copy", on_outcome=told.append)
        assert statuses(outcomes) == {"new"} and told == outcomes
        for pipeline, tenant in ((rag, full), (other, "copy")):
            merge_all(pipeline.database.for_tenant(tenant))
        assert held(other, "copy") == held(rag, full)
        first, second = rag.ask(QUESTION, full), other.ask(QUESTION, "copy")
        assert first.answered and first.text == second.text
        assert [c.quote for c in first.citations] == [c.quote for c in second.citations]
        assert statuses(import_tenant(other, file, "copy")) == {"unchanged"}
        # What was ingested from the same sources is unchanged, too.
        assert statuses(other.ingest(RETURNS, "copy")) == {"unchanged"}


def test_nothing_is_encoded_again_and_the_tenant_is_the_files_own(rag, full, file, address):
    with opened(address) as other:
        encoded: list[str] = []
        encode = other.encoder.encode
        other.models.__dict__["encoder"] = type(
            "Counting",
            (),
            {
                "__getattr__": lambda self, name: getattr(rag.encoder, name),
                "encode": lambda self, texts: encoded.extend(texts) or encode(texts),
            },
        )()
        assert statuses(import_tenant(other, file)) == {"new"} and encoded == []
        assert held(other, full)["documents"] == held(rag, full)["documents"]


def test_an_import_that_was_cut_off_is_continued(rag, full, file, address):
    with opened(address) as other:

        def stop(outcome):
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            import_tenant(other, file, "copy", on_outcome=stop)
        assert statuses(import_tenant(other, file, "copy")) <= {"new", "unchanged"}
        assert held(other, "copy")["documents"] == held(rag, full)["documents"]


def test_with_another_encoder_the_documents_are_ingested_anew(full, file, address, half):
    with opened(address, HALF) as other:
        assert statuses(import_tenant(other, file, "copy")) == {"new"}
        assert other.ask(QUESTION, "copy").answered
        chunks = "SELECT page FROM chunks WHERE document_id = 'paged' ORDER BY ordinal"
        dimensions = "SELECT DISTINCT vector_dims(embedding) FROM embeddings"
        with other.database.for_tenant("copy").transaction() as transaction:
            assert transaction.execute(chunks)[0] == (1,)
            assert transaction.execute(dimensions) == [(192,)]
    assert contents(file).head.encoder == BUNDLED


def test_an_export_is_of_one_moment_and_leaves_nothing_when_it_fails(rag, full, tmp_path):
    path = tmp_path / "tenant.gz"

    def change() -> None:
        rag.ingest([Document("zz-late", "", "A late document.", "s")], full)

    assert export_tenant(rag, full, path, on_document=change) == len(RETURNS) + 2
    assert path.stat().st_mode & 0o777 == 0o600
    before = path.read_bytes()

    def fail() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        export_tenant(rag, full, path, on_document=fail)
    assert path.read_bytes() == before and list(tmp_path.iterdir()) == [path]
    with pytest.raises(SourceError, match="nothing was kept"):
        export_tenant(rag, full, tmp_path / "nowhere" / "tenant.gz")


def test_a_file_that_is_cut_anywhere_or_changed_is_refused_whole(rag, tenant, file, tmp_path):
    whole = file.read_bytes()
    body = lines(file)
    damaged = [whole[:size] for size in range(0, len(whole), max(1, len(whole) // 25))]
    damaged += [gzip.compress(b"".join(body[:number])) for number in range(len(body))]
    damaged += [gzip.compress(b"".join([*body[:2], *body[3:]]))]
    damaged += [flipped(whole, place) for place in (len(whole) // 2, len(whole) - 8)]
    damaged += [gzip.compress(b"[" * 100_000), gzip.compress(b"\xff\n"), b"plain text", b""]
    path = tmp_path / "damaged.gz"
    for content in damaged:
        path.write_bytes(content)
        with pytest.raises(SourceError, match="damaged.gz is"):
            import_tenant(rag, path, f"{tenant}-none")
    with pytest.raises(SourceError, match="there is no file"):
        import_tenant(rag, tmp_path / "none.gz", "none")
    newer = json.loads(body[0])
    newer["head"]["version"] = 2
    forged(path, [json.dumps(newer).encode() + b"\n", *body[1:-1]])
    with pytest.raises(SourceError, match="version 2, and this Headrace reads version 1"):
        import_tenant(rag, path, "none")


def test_a_document_that_is_described_wrongly_fails_alone(rag, tenant, file, tmp_path):
    head, *others = lines(file)[:-1]
    sound = json.loads(others[-1])["document"]
    vector = sound["chunks"][0]
    wrong = [
        {"chunks": [{**vector, "start": -1}]},
        {"chunks": [{**vector, "end": 10**9}]},
        {"chunks": [{**vector, "above": 7}]},
        {"chunks": [{**vector, "vector": "AAAA"}]},
        {"chunks": [{**vector, "vector": "?"}]},
        {"chunks": [{}]},
        {"chunks": []},
        {"chunks": None},
        {"document_id": None},
        {"document_id": ""},
        {"document_id": sound["document_id"]},
        {"text": 7},
        {"metadata": [1]},
        {"language": "klingon"},
        {"content_hash": "xyz"},
    ]
    body = [head, json.dumps({"document": sound}).encode() + b"\n"]
    for number, change in enumerate(wrong):
        document = {**sound, "document_id": f"wrong-{number}", **change}
        body.append(json.dumps({"document": document}).encode() + b"\n")
    into = f"{tenant}-wrong"
    outcomes = import_tenant(rag, forged(tmp_path / "wrong.gz", body), into)
    assert [outcome.status for outcome in outcomes] == ["new"] + ["failed"] * len(wrong)
    assert all(outcome.reason for outcome in outcomes[1:])
    assert rag.run(["tenant_facts"], tenant=into)["tenant_facts"].documents == 1


def test_vectors_come_through_to_the_last_bit(rag, full, file, tenant):
    import_tenant(rag, file, f"{tenant}-copy")
    embeddings = "SELECT array_agg(embedding::text ORDER BY embedding::text) FROM embeddings"
    found = []
    for name in (full, f"{tenant}-copy"):
        with rag.database.for_tenant(name).transaction() as transaction:
            found.append(transaction.execute(embeddings))
    assert found[0] == found[1] and np.size(found[0]) > 0
