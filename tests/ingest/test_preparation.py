"""Documents as they will be stored, and which of them have changed."""

from types import SimpleNamespace
from typing import Any

import pytest

from headrace.ingest.preparation import changed_documents, prepared_documents
from headrace.types import Document

GERMAN = (
    "Die Häuser in dieser Straße wurden im neunzehnten Jahrhundert gebaut und stehen heute "
    "unter Denkmalschutz."
)


def document(text: str, name: str = "d", **metadata: object) -> Document:
    return Document(name, "Title", text, "s.txt", metadata)


def hash_of(given: Document, **parameters: Any) -> bytes:
    (prepared,) = prepared_documents([given], **parameters)
    return prepared.content_hash


@pytest.mark.parametrize(
    ("given", "language"),
    [
        (document(GERMAN), "german"),
        (document("Some words", language="fr"), "french"),
        (document("x", language="german"), "german"),
        (document("x", lang="de-AT"), "german"),
        (document("zz", lang="xx"), "simple"),
        (document("zz"), "english"),
    ],
)
def test_the_language_is_that_of_the_metadata_or_of_the_text(given, language):
    assert prepared_documents([given])[0].language == language


def test_a_text_too_short_to_be_recognised_is_in_the_default_language():
    assert prepared_documents([document("zz")], default_language="dutch")[0].language == "dutch"


def test_what_postgresql_cannot_hold_is_replaced_one_for_one():
    (prepared,) = prepared_documents([document("a\0b\ud800c", author="\ud800")])
    assert prepared.document.text == "a\ufffdb?c"
    assert prepared.document.metadata == {"author": "?"}


def test_the_hash_changes_with_everything_that_decides_what_is_stored():
    one = document("text")
    others = [document("other"), document("text", "e"), document("text", colour="red")]
    hashes = [hash_of(one), *map(hash_of, others)]
    hashes.append(hash_of(one, chunk_tokens=128))
    hashes.append(hash_of(one, chunk_overlap=8))
    assert hash_of(document("text")) == hash_of(one)
    assert len(set(hashes) - {hash_of(one)}) == 4  # an id is no part of it


def test_only_what_is_not_stored_as_it_is_counts_as_changed():
    prepared = prepared_documents([document("a", "1"), document("b", "2"), document("c", "3")])
    stored = [("1", prepared[0].content_hash), ("2", b"another")]
    database: Any = SimpleNamespace(query=lambda statement, parameters: stored)
    changed = changed_documents(prepared, database)
    assert [item.document.document_id for item in changed] == ["2", "3"]
