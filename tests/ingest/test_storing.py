"""What is worked out before anything is stored, with answers worked out by hand."""

from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from headrace.ingest import storing
from headrace.ingest.preparation import prepared_documents
from headrace.ingest.pruning import vanished_documents
from headrace.ingest.rows import (
    DraftedDocument,
    field_parameters,
    name_parameters,
    word_parameters,
)
from headrace.ingest.storing import _difference, _StoredChunk
from headrace.types import ChunkDraft, Document, Outcome


def chunk(ordinal: int, content: bytes) -> ChunkDraft:
    return ChunkDraft(ordinal, "", "text", 0, 4, None, "", "text", content)


def fields_of(**metadata: object) -> list[tuple]:
    """Field, value in small letters, value, date and number of each row."""
    (prepared,) = prepared_documents([Document("d", "", "text", "s", metadata)])
    rows = field_parameters([prepared.document])
    columns = ("fields", "folded", "field_values", "value_dates", "value_numbers")
    return list(zip(*(rows[column] for column in columns), strict=True))


def test_chunks_of_equal_content_keep_their_order_and_the_others_come_and_go():
    stored = [_StoredChunk("d", 1, b"a"), _StoredChunk("d", 2, b"b"), _StoredChunk("d", 3, b"a")]
    (prepared,) = prepared_documents([Document("d", "", "text", "s")])
    chunks = [chunk(0, b"c"), chunk(1, b"a"), chunk(2, b"a"), chunk(3, b"a")]
    difference = _difference(stored, DraftedDocument(prepared, chunks))
    assert difference.kept == {1: chunks[1], 3: chunks[2]}
    assert [one.chunk for one in difference.added] == [chunks[0], chunks[3]]
    assert difference.gone == [2]


@pytest.mark.parametrize(
    ("field", "value", "day", "number"),
    [
        ("published", "2019-03-04", date(2019, 3, 4), None),
        ("published", "2019-03-04T10:00:00Z", date(2019, 3, 4), None),
        ("published", "2019-03", date(2019, 3, 1), None),
        ("published", "2019-02-30", None, None),
        ("year", 2019, date(2019, 1, 1), 2019.0),
        ("price", 2019, None, 2019.0),
        ("price", "0.5", None, 0.5),
        ("colour", "red", None, None),
    ],
)
def test_a_value_is_also_the_day_and_the_number_that_it_names(field, value, day, number):
    assert [row[3:] for row in fields_of(**{field: value})] == [(day, number)]


def test_a_field_has_each_value_once_and_nothing_that_no_filter_could_name():
    rows = fields_of(tags=["Red", "red", None, {"a": 1}, "x" * 301, "", "blue"], none=None)
    assert [row[:3] for row in rows] == [("tags", "red", "red"), ("tags", "blue", "blue")]


def test_names_of_values_are_sorted_so_that_ingests_wait_in_one_direction():
    documents = [Document("d", "", "text", "s", {"author": ["Pooch, U. W.", "Ada Lovelace"]})]
    names = name_parameters(documents)["names"]
    assert names == sorted(names) and {"lovelace", "ada lovelace", "pooch"} <= set(names)


# ----------------------------------------------------------------------- vanished files


STORED = [("one", "/docs/a.md"), ("two", "/docs/b.mbox:1"), ("three", "/docs/b.mbox:2")]


def vanished_after(*outcomes: Outcome) -> list[str]:
    database: Any = SimpleNamespace(query=lambda statement, parameters: STORED)
    (place,) = vanished_documents([Path("/docs")], outcomes, database)
    return [document_id for document_id, _ in place.documents]


def test_what_was_not_met_again_has_vanished():
    assert vanished_after() == ["one", "two", "three"]
    assert vanished_after(Outcome("two", "/docs/b.mbox:1", "unchanged")) == ["one", "three"]


@pytest.mark.parametrize("source", ["/docs/b.mbox", "/docs/b.mbox:7"])
def test_a_file_that_could_not_be_read_as_a_whole_or_in_part_has_not_vanished(source):
    assert vanished_after(Outcome("", source, "failed", reason="locked")) == ["one"]


def words_sent(*texts: str) -> list[str]:
    """The texts that are read for new words, of one document with these chunks."""
    (prepared,) = prepared_documents([Document("d", "", "text", "s")])
    chunks = [ChunkDraft(0, "", text, 0, 4, None, "", text, text.encode()) for text in texts]
    drafted = DraftedDocument(prepared, chunks)
    vectors = {chunk.content_hash: np.zeros(2) for chunk in chunks}
    return word_parameters([drafted], vectors)["texts"]


def test_what_stands_between_blanks_is_read_for_new_words_only_once():
    assert words_sent("ice floe,\nice", "floe ice\tmelts") == ["ice floe, floe melts"]


@pytest.mark.parametrize("tag", ["<a b c>", "</a b>", "<!-- ice -->", "<?xml ice?>", "<é b"])
def test_a_text_that_may_have_a_tag_is_read_whole_as_blanks_belong_to_it(tag):
    text = f"ice {tag} ice"
    assert words_sent("melting ice", text) == ["melting ice", text]


def test_a_comparison_is_no_tag():
    assert words_sent("p < 0.05 p <0.05 p <= 1") == ["p < 0.05 <0.05 <= 1"]


def test_a_word_is_stored_under_itself_and_under_each_of_its_deletions_once(rag, tenant):
    rag.ingest([Document("d", "", "A balloon, balloon.", "s")], tenant)
    deletions = ["balloon", "alloon", "blloon", "baloon", "ballon", "balloo"]
    listed = ", ".join(f"('{deletion}')" for deletion in deletions)
    with rag.database.for_tenant(tenant).transaction() as transaction:
        missing = transaction.execute(
            f"SELECT v FROM (VALUES {listed}) AS d(v) WHERE hashtextextended(v, 0) NOT IN "
            "(SELECT deletion FROM spellings WHERE word = 'balloon')"
        )
        ((stored,),) = transaction.execute("SELECT count(*) FROM spellings")
    assert (missing, stored) == ([], len(deletions))


def test_a_word_is_stored_as_it_is_typed_without_marks_until_it_is_gone(rag, tenant):
    counted = (
        "SELECT count(*) FROM spellings WHERE word = 'zürich' AND deletion = ANY(ARRAY["
        "hashtextextended('zurich', 0), hashtextextended('zuerich', 0)])"
    )
    with rag.database.for_tenant(tenant).transaction() as transaction:
        before = transaction.execute(counted)
    rag.ingest([Document("d", "", "Zürich.", "s")], tenant)
    with rag.database.for_tenant(tenant).transaction() as transaction:
        after = transaction.execute(counted)
    assert (before, after) == ([(0,)], [(2,)])
    rag.remove(tenant=tenant, ids=["d"])
    rag.ingest([Document("e", "", "Another.", "s")], tenant)  # forgets what was removed
    with rag.database.for_tenant(tenant).transaction() as transaction:
        assert transaction.execute("SELECT word FROM spellings WHERE word = 'zürich'") == []


def test_many_chunks_are_stored_a_few_at_a_time(rag, tenant, monkeypatch):
    monkeypatch.setattr(storing, "_STORED_TOGETHER", 2)
    days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"]
    outcomes = rag.ingest([Document(day, "", f"It sails on {day}.", day) for day in days], tenant)
    assert [one.chunks for one in outcomes] == [1] * len(days)
    facts = rag.run(["tenant_facts"], tenant=tenant)["tenant_facts"]
    assert (facts.documents, facts.chunks) == (len(days), len(days))
    for day in days:
        hits = rag.run(["keyword_hits"], question=day, tenant=tenant)["keyword_hits"]
        assert [hit.chunk.document_id for hit in hits] == [day]
