"""What of a tenant's documents is listed, shown and removed from Python."""

import pytest

from headrace import Document, Pipeline, QuestionError
from headrace.metadata import documents
from headrace.operations.tenants import tenant_sizes

BUCKET = [
    Document("one", "One", "The first thing.", "s3://bucket/docs/a.md", {"year": 2019}),
    Document("two", "Two", "The second thing.", "s3://bucket/docs2/a.md", {"year": 2020}),
    Document("ten", "Ten", "The tenth thing.", "s3://bucket/docs/b/a.md", {"year": 2020}),
]


@pytest.fixture
def bucket(rag: Pipeline, tenant: str) -> str:
    rag.ingest(BUCKET, tenant)
    return tenant


def ids(rag: Pipeline, tenant: str, **choice: object) -> list[str]:
    return [document.document_id for document in rag.documents(tenant, **choice)]


def test_all_documents_are_listed_by_id_unless_fewer_are_wanted(rag, bucket):
    assert ids(rag, bucket) == ["one", "ten", "two"]
    assert ids(rag, bucket, limit=1, after="one") == ["ten"]
    assert ids(rag, bucket, filters={"year": {"from": 2020}}) == ["ten", "two"]
    assert ids(rag, bucket, source="s3://bucket/docs/", filters={"year": 2020}) == ["ten"]
    assert ids(rag, bucket, source="s3://bucket/%") == []
    assert ids(rag, f"{bucket}x") == []


def test_a_list_has_no_texts_and_one_document_has_text_and_chunks(rag, bucket):
    listed = rag.documents(bucket)[0]
    assert (listed.text, listed.chunks, listed.chunk_count) == (None, (), 1)
    shown = rag.document("one", bucket)
    assert (shown.text, shown.metadata) == ("The first thing.", {"year": 2019})
    (chunk,) = shown.chunks
    assert shown.text[chunk.start : chunk.end] == chunk.text


def test_an_id_with_a_slip_in_its_folder_is_looked_for_by_its_name(rag, tenant, monkeypatch):
    monkeypatch.setattr(documents, "_IDS_COMPARED", 3)
    names = [f"/srv/docs/{number}.md" for number in range(10, 20)]
    rag.ingest([Document(name, "", f"Text of {name}.", name) for name in names], tenant)
    with pytest.raises(QuestionError, match=r"did you mean /srv/docs/17\.md"):
        rag.document("/srv/dosc/17.md", tenant)


def test_no_tenant_sees_anothers_documents(rag, bucket):
    other = f"{bucket}-other"
    rag.ingest([Document("mine", "", "Mine.", "m")], other)
    assert ids(rag, other) == ["mine"]
    with pytest.raises(QuestionError, match='holds no document "one"'):
        rag.document("one", other)
    assert [one.status for one in rag.remove(ids=["one"], tenant=other)] == ["failed"]
    assert "one" in ids(rag, bucket)


def test_documents_given_in_python_are_removed_by_id(rag, bucket):
    first, second = rag.remove(ids=["one", "oen"], tenant=bucket)
    assert (first.document_id, first.status, first.chunks) == ("one", "removed", 1)
    assert (second.document_id, second.status) == ("oen", "failed")
    assert second.reason.startswith(f'tenant "{bucket}" holds no document "oen"')
    assert ids(rag, bucket) == ["ten", "two"]


def test_documents_are_removed_by_source_and_by_a_place_above_it(rag, bucket):
    removed = rag.remove(sources=["s3://bucket/docs/"], tenant=bucket)
    assert [one.document_id for one in removed] == ["one", "ten"]
    removed = rag.remove(sources=["s3://bucket/docs2/a.md", "s3://bucket/d"], tenant=bucket)
    assert [one.status for one in removed] == ["removed", "failed"]
    assert (removed[1].source, ids(rag, bucket)) == ("s3://bucket/d", [])


def test_a_document_that_is_named_twice_is_removed_once(rag, bucket):
    source = "s3://bucket/docs/a.md"
    outcomes = rag.remove(ids=["one", "one"], sources=[source], tenant=bucket)
    assert [one.status for one in outcomes] == ["removed"]


def test_a_path_that_nothing_came_from_is_said_and_others_are_removed(rag, tenant, tmp_path):
    (tmp_path / "a.txt").write_text("The seal swims.")
    rag.ingest([tmp_path], tenant)
    removed, failed = rag.remove([tmp_path / "a.txt", "s3://bucket/docs"], tenant)
    assert removed.status == "removed"
    assert (failed.source, failed.status) == ("s3://bucket/docs", "failed")
    assert "ids=[...] or sources=[...]" in failed.reason
    assert rag.documents(tenant) == []


def test_what_a_reader_of_ones_own_made_of_a_file_is_removed_with_the_file(rag, tenant, tmp_path):
    path = str(tmp_path / "a.mbox")
    mails = [
        Document(f"{place}", "", f"Mail {place}.", path + place) for place in (":1", ":2", "2")
    ]
    rag.ingest(mails, tenant)
    assert [one.document_id for one in rag.remove([path], tenant)] == [":1", ":2"]
    assert ids(rag, tenant) == ["2"]


def test_nothing_named_is_nothing_removed(rag, bucket):
    assert rag.remove(tenant=bucket) == rag.remove([], bucket) == []
    assert len(rag.documents(bucket)) == 3


def test_a_tenants_size_grows_with_what_is_stored_and_counts_it(rag, bucket):
    def size():
        (found,) = (one for one in tenant_sizes(rag) if one.tenant == bucket)
        return found

    before = size()
    assert (before.documents, before.chunks) == (3, 3)
    assert before.bytes > sum(len(document.text) for document in BUCKET)
    rag.ingest([Document("large", "", "Walrus. " * 500, "l")], bucket)
    after = size()
    assert after.documents == 4 and after.bytes > before.bytes
    assert before.changed_at and after.changed_at and after.changed_at > before.changed_at
