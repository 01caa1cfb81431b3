"""Of a removed document nothing is left that no other document has."""

import pytest

from headrace import Document
from headrace.ingest.storing import merge_segments, remove
from support.postings import merge_all
from support.stored_rows import held

KEPT = [
    Document("a1", "Warranty", "The warranty lasts two years.", "a1.txt", {"author": "Ann Lee"}),
    Document("a2", "Shipping", "A light network (LN) ships parcels.", "a2.txt", {"year": 2019}),
]
GONE = [
    Document(
        "b1",
        "Zylophorm's vault",
        "Warranties of the zylophorm, by the heavy network (HN), with a light network (LN).",
        "b1.txt",
        {"author": "Bob Roe", "code": "xyz-7"},
    ),
    Document("b2", "Shipping", "Parcels of zylophorms.", "b2.txt", {"author": "Ann Lee"}),
]


@pytest.fixture
def untouched(rag, tenant) -> str:
    """A tenant that only ever had what is kept."""
    name = f"{tenant}-untouched"
    rag.ingest(KEPT, name)
    merge_all(rag.database.for_tenant(name))
    return name


def test_a_tenant_whose_documents_were_removed_is_like_one_that_never_had_them(
    rag, tenant, untouched
):
    rag.ingest([*KEPT, *GONE], tenant)
    for document in GONE:
        remove([document.document_id], rag.database.for_tenant(tenant))
    merge_all(rag.database.for_tenant(tenant))
    assert held(rag, tenant) == held(rag, untouched)


def test_a_tenant_whose_documents_were_changed_and_changed_back_is_as_before(
    rag, tenant, untouched
):
    rag.ingest(KEPT, tenant)
    changed = Document("a1", "Zylophorm", "Warranties of Zylophorm.", "a1.txt", {"author": "Bob"})
    rag.ingest([changed], tenant)
    rag.ingest(KEPT, tenant)
    merge_all(rag.database.for_tenant(tenant))
    assert held(rag, tenant) == held(rag, untouched)


def test_words_and_terms_are_gone_at_once_and_those_of_others_stay(rag, tenant):
    rag.ingest([*KEPT, *GONE], tenant)
    for document in GONE:
        remove([document.document_id], rag.database.for_tenant(tenant))
    after = held(rag, tenant)
    words = {row[0].strip("()").partition(",")[0] for row in after["words"]}
    assert {"warranty", "years", "parcels", "ships"} <= words
    assert not {"warranties", "zylophorm", "zylophorms", "vault"} & words
    assert not any("zylophorm" in repr(rows) for rows in after.values())
    with rag.database.for_tenant(tenant).transaction() as transaction:
        term = "SELECT count(*) FROM postings WHERE term = hashtextextended('zylophorm', 0)"
        assert transaction.execute(term) == [(0,)]


def test_merges_that_are_under_way_and_the_forgetting_of_terms_do_not_harm_each_other(rag, tenant):
    """A row that a merge has in hand is left to it."""
    rag.ingest([*KEPT, *GONE], tenant)
    database = rag.database.for_tenant(tenant)
    with database.transaction() as merging:
        segments = merging.execute("SELECT level, segment FROM segments")
        asked = {"levels": [s[0] for s in segments], "segments": [s[1] for s in segments]}
        merging.query("merge_segments", asked)
        remove(["b1"], database)
    merge_segments(database)
    with database.transaction() as transaction:
        assert transaction.query("contradictions") == []
