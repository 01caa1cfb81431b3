"""Chunks that searches found, kept from one question to the next."""

from collections.abc import Mapping
from typing import Any

import pytest

from headrace import Document, Pipeline
from headrace.search import kept_chunks
from headrace.search.kept_chunks import FoundRows, KeptChunks, with_chunks
from headrace.types import Chunk
from support.hits import chunk, ids


class Stored:
    """A reader of the chunks 1 to 9 that notes which it was asked for."""

    def __init__(self) -> None:
        self.asked: list[list[int]] = []

    def query(self, statement: str, parameters: Mapping[str, Any] | None = None) -> list[tuple]:
        assert statement == "found_chunks" and parameters is not None
        wanted = parameters["chunk_ids"].tolist()
        self.asked.append(wanted)
        return [tuple(chunk(number)) for number in wanted if number < 10]


def test_a_chunk_is_read_once_for_each_version_of_the_documents():
    kept, stored = KeptChunks(), Stored()
    assert kept.chunks(stored, "v1", {1, 2}) == {1: chunk(1), 2: chunk(2)}
    assert kept.chunks(stored, "v1", {3, 2}) == {2: chunk(2), 3: chunk(3)}
    assert kept.chunks(stored, "v1", {1, 2, 3}).keys() == {1, 2, 3}
    assert kept.chunks(stored, "v2", {2}).keys() == {2}
    assert stored.asked == [[1, 2], [3], [2]]


def test_what_is_too_much_is_forgotten_the_oldest_version_first():
    size = 500 + len(chunk(1).text)
    kept, stored = KeptChunks(most_bytes=2 * size), Stored()
    kept.chunks(stored, "old", {1})
    kept.chunks(stored, "new", {1, 2})
    kept.chunks(stored, "new", {1, 2})
    kept.chunks(stored, "old", {1})
    assert stored.asked == [[1], [1, 2], [1]]
    assert kept.chunks(stored, "old", {1, 2, 3}).keys() == {1, 2, 3}


def test_rows_of_chunks_that_are_gone_are_left_out(monkeypatch):
    monkeypatch.setattr(kept_chunks, "_kept", KeptChunks())
    rows = [[(1, 0.9), (12, 0.8), (2, 0.7)], [(12, 0.5)]]
    found = with_chunks(Stored(), "v", rows)
    assert found == FoundRows([[(1, 0.9), (2, 0.7)], []], {1: chunk(1), 2: chunk(2)})
    assert with_chunks(Stored(), "v", [[], []]) == FoundRows([[], []], {})


def documents(title: str, beginning: str) -> list[Document]:
    text = f"{beginning}Walruses rest on floes of ice."
    return [Document("walrus", title, text, "walrus.md"), Document("other", "Other", "Ice.", "o")]


@pytest.mark.parametrize(
    ("title", "beginning"), [("Odobenus", ""), ("Walrus", "Seals do too.\n\n"), ("Walrus", "")]
)
def test_hits_say_what_their_documents_say_now(rag: Pipeline, tenant: str, title, beginning):
    asked = {"question": "Where do walruses rest?", "tenant": tenant}

    def hits() -> list[Chunk]:
        values = rag.run(["semantic_hits", "keyword_hits"], **asked)
        assert set(ids(values["keyword_hits"])) <= set(ids(values["semantic_hits"]))
        return [hit.chunk for hit in values["semantic_hits"] if hit.chunk.document_id == "walrus"]

    rag.ingest(documents("Walrus", ""), tenant)
    before = hits()
    assert before == hits()
    rag.ingest(documents(title, beginning), tenant)
    after = hits()
    assert {one.title for one in after} == {title}
    stored = rag.document("walrus", tenant)
    assert sorted(after) == sorted(stored.chunks)
    rag.remove(tenant=tenant, ids=["walrus"])
    assert hits() == []
