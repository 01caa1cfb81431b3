"""What is stored of a tenant, compared with another."""

import threading
from dataclasses import replace

import psycopg
import pytest

from headrace.measuring.cluster import contents
from headrace.measuring.cluster.sightings import Sightings
from support.samples import RETURNS


@pytest.fixture
def other(rag, tenant) -> str:
    """A tenant with the same documents as `tenant`, stored in another order."""
    rag.ingest(RETURNS, tenant)
    other = f"{tenant}-other"
    for document in reversed(RETURNS):
        rag.ingest([document], other)
    return other


def differing(rag, tenant: str, other: str) -> list[str]:
    return contents.differing(contents.checksums(rag, tenant), contents.checksums(rag, other))


def test_the_same_documents_in_another_order_are_the_same(rag, tenant, other):
    assert differing(rag, tenant, other) == []
    assert contents.documents(rag, tenant) == contents.documents(rag, other)
    counts = {table: count for table, (count, _) in contents.checksums(rag, tenant).items()}
    assert counts["documents"] == counts["vectors"] == len(RETURNS) and min(counts.values()) >= 0


def test_a_changed_document_is_seen_and_no_other(rag, tenant, other):
    first = RETURNS[0]
    rag.ingest([replace(first, text=f"{first.text} Walruses whistle.")], other)
    found = set(differing(rag, tenant, other))
    assert {"documents", "chunks", "spans", "vectors", "postings", "words"} <= found
    before, after = contents.documents(rag, tenant), contents.documents(rag, other)
    assert {name for name in before if before[name] != after[name]} == {first.document_id}


@pytest.mark.parametrize(
    ("damage", "table"),
    [
        ("UPDATE chunks SET end_at = end_at - 1 WHERE tenant_id = %s", "spans"),
        ("DELETE FROM embeddings WHERE tenant_id = %s", "vectors"),
        ("DELETE FROM words WHERE tenant_id = %s", "words"),
        ("UPDATE postings SET chunks = chunks + 1 WHERE tenant_id = %s", "counts of postings"),
    ],
)
def test_other_rows_are_named_by_their_table(rag, tenant, other, damage, table):
    with psycopg.connect(rag.database.admin_uri) as connection:
        connection.execute("SET session_replication_role = replica")
        assert connection.execute(damage, [other]).rowcount > 0
    assert differing(rag, tenant, other) == [table]


def test_a_document_in_a_state_that_nobody_stored_is_seen(rag, tenant, other):
    """One document is as before, one as after, one in neither state, one is gone."""
    states = contents.documents(rag, tenant)
    kept, changed, half = sorted(states)[:3]
    before = {**states, changed: "another", half: "another", "gone": "one"}
    after = {**states, kept: "another", half: "a third"}
    with Sightings(rag, tenant, before, after) as seen:
        while not seen.looks:
            threading.Event().wait(0.01)
    assert seen.half == {half} and seen.gone == {"gone"}
