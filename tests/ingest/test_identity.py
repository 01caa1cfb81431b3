"""Which id a document of a file has, and that moved files are not stored twice."""

import shutil
import zipfile
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from headrace import Document, Pipeline
from headrace.errors import SettingsError
from headrace.ingest.finding import Identities
from headrace.resources.postgres.tenant_database import PostgresTenant
from headrace.types import Outcome


def written(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    """A folder in a checkout, with a folder in it."""
    written(tmp_path / "checkout/docs/README.md", "The walrus sleeps on ice.")
    written(tmp_path / "checkout/docs/guide/a.md", "The seal sleeps in water.")
    return tmp_path / "checkout" / "docs"


def statuses(outcomes: Sequence[Outcome]) -> dict[str, int]:
    return Counter(outcome.status for outcome in outcomes)


def ids(rag: Pipeline, tenant: str) -> list[str]:
    return [document.document_id for document in rag.documents(tenant)]


def reason_in(outcomes: Sequence[Outcome]) -> str:
    (failed,) = [outcome for outcome in outcomes if outcome.status == "failed"]
    return failed.reason


OF_DOCS = ["docs/README.md", "docs/guide/a.md"]

# ----------------------------------------------------------------------------- what ids are


@pytest.mark.parametrize(
    ("id_by", "expected"),
    [
        ("relative", OF_DOCS),
        ("path", ["{docs}/README.md", "{docs}/guide/a.md"]),
        ("name", ["README.md", "a.md"]),
    ],
)
def test_an_id_is_a_path_or_a_name(rag, tenant, docs, id_by, expected):
    rag.ingest([docs], tenant, id_by=id_by)
    assert ids(rag, tenant) == [one.format(docs=docs) for one in expected]


def test_a_folder_is_the_same_whatever_the_working_directory(rag, tenant, docs, monkeypatch):
    monkeypatch.chdir(docs.parent)
    rag.ingest(["docs"], tenant)
    monkeypatch.chdir(docs)
    rag.ingest(["."], tenant)
    rag.ingest(["../docs/", *docs.glob("*.md")], tenant)
    assert ids(rag, tenant) == OF_DOCS


def test_files_in_an_archive_and_of_a_reader_have_relative_ids_too(rag, tenant, docs, monkeypatch):
    class Notes:
        endings = (".note",)

        def read(self, path: str):
            yield Document(f"{path}:1", "", Path(path).read_text(), f"{path}:1")
            yield Document("own", "", "An id of its own.", path)

    with zipfile.ZipFile(docs / "old.zip", "w") as archive:
        archive.writestr("b/c.md", "The otter floats.")
    written(docs / "guide/x.note", "The orca hunts.")
    monkeypatch.setattr(rag, "readers", (Notes(),))
    rag.ingest([docs], tenant)
    assert ids(rag, tenant) == sorted(
        [*OF_DOCS, "docs/guide/x.note:1", "docs/old.zip:b/c.md", "own"]
    )


def test_folders_of_one_name_have_as_much_of_their_paths_as_tells_them_apart(tmp_path):
    files = []
    for place in ("x/one/docs", "x/two/docs", "x/two/docs/guide", "notes"):
        files.append(written(tmp_path / place / "a.md", "text"))
    named = Identities([file.parent for file in files])
    found = []
    for file in files:
        document = Document(str(file), "", "text", str(file))
        found.append(named.identified(document, file).document_id)
    assert found == ["one/docs/a.md", "two/docs/a.md", "two/docs/guide/a.md", "notes/a.md"]


def test_content_names_a_text_once_whatever_its_file_is_called(rag, tenant, docs):
    shutil.copy(docs / "README.md", docs / "guide" / "README.md")
    outcomes = rag.ingest([docs], tenant, id_by="content")
    assert statuses(outcomes) == {"new": 2, "unchanged": 1}
    assert all(one.startswith("sha256:") and len(one) == 71 for one in ids(rag, tenant))
    (docs / "guide/a.md").rename(docs / "b.md")
    assert statuses(rag.ingest([docs], tenant, id_by="content"))["new"] == 0
    assert len(ids(rag, tenant)) == 2


def test_another_kind_of_id_is_refused(rag, tenant, docs):
    with pytest.raises(SettingsError, match="id_by is 'inode'"):
        rag.ingest([docs], tenant, id_by="inode")


# ------------------------------------------------------------------------------ what moves


def test_a_moved_checkout_keeps_its_documents(rag, tenant, docs, tmp_path):
    rag.ingest([docs], tenant)
    docs.parent.rename(tmp_path / "elsewhere")
    moved = tmp_path / "elsewhere" / "docs"
    outcomes = rag.ingest([moved], tenant)
    assert sum(outcome.embedded for outcome in outcomes) == 0
    assert ids(rag, tenant) == OF_DOCS
    assert {one.source for one in rag.documents(tenant)} == {
        str(moved / "README.md"),
        str(moved / "guide/a.md"),
    }


def test_a_folder_under_another_name_takes_the_place_of_the_one_that_is_gone(
    rag, tenant, docs, tmp_path
):
    rag.ingest([docs], tenant)
    docs.rename(tmp_path / "mounted")
    outcomes = rag.ingest([tmp_path / "mounted"], tenant)
    assert statuses(outcomes) == {"new": 2, "removed": 2}
    assert sum(outcome.embedded for outcome in outcomes) == 0
    assert ids(rag, tenant) == ["mounted/README.md", "mounted/guide/a.md"]


def test_a_renamed_file_is_there_exactly_once_at_every_moment(rag, tenant, docs, monkeypatch):
    rag.ingest([docs], tenant)
    (docs / "README.md").rename(docs / "LIESMICH.md")
    seen = []
    write = PostgresTenant.write

    def written_and_seen(database: PostgresTenant, work: Callable) -> Any:
        result = write(database, work)
        seen.append(ids(rag, tenant))
        return result

    monkeypatch.setattr(PostgresTenant, "write", written_and_seen)
    rag.ingest([docs], tenant)
    kept = {"docs/guide/a.md"}
    alone = [set(names) - kept for names in seen]
    assert {"docs/README.md", "docs/LIESMICH.md"} not in alone and set() not in alone
    assert alone[-1] == {"docs/LIESMICH.md"}


def test_what_was_moved_stays_if_it_cannot_be_stored_in_its_new_place(rag, tenant, docs):
    rag.ingest([docs], tenant)
    deep = docs.joinpath(*["x" * 200] * 6)
    deep.mkdir(parents=True)
    (docs / "README.md").rename(deep / "README.md")
    outcomes = rag.ingest([docs], tenant)
    assert statuses(outcomes) == {"unchanged": 1, "failed": 1, "gone": 1}
    assert ids(rag, tenant) == OF_DOCS


def test_a_copy_embeds_nothing_and_both_are_kept(rag, tenant, docs, tmp_path):
    rag.ingest([docs], tenant)
    copy = written(tmp_path / "notes/README.md", (docs / "README.md").read_text())
    outcomes = rag.ingest([copy.parent], tenant)
    assert statuses(outcomes) == {"new": 1} and outcomes[0].embedded == 0
    assert ids(rag, tenant) == [*OF_DOCS, "notes/README.md"]
    hits = rag.run(["semantic_hits"], question="walrus ice", tenant=tenant)["semantic_hits"]
    first, second, third = (hit.score for hit in hits)
    assert first == second > third


def test_the_vectors_of_another_tenant_are_not_taken(rag, tenant, docs):
    rag.ingest([docs], tenant)
    outcomes = rag.ingest([docs], f"{tenant}-b")
    assert sum(outcome.embedded for outcome in outcomes) == 2


def test_documents_of_the_same_text_in_one_ingest_are_embedded_once(rag, tenant):
    same = [Document(name, "", "The walrus sleeps on ice.", name) for name in ("a", "b")]
    assert [outcome.embedded for outcome in rag.ingest(same, tenant)] == [1, 0]


def test_a_document_of_another_s_text_stays_while_its_file_may_be_there(rag, tenant, docs):
    given = Document("faq", "", "The walrus sleeps on ice.", "/nowhere/faq.db")
    rag.ingest([given], tenant)
    rag.ingest([docs], tenant)
    assert ids(rag, tenant) == [*OF_DOCS, "faq"]


# ---------------------------------------------------------------------- what is not doubled


def test_absolute_ids_of_before_become_relative(rag, tenant, docs):
    rag.ingest([docs], tenant, id_by="path")
    outcomes = rag.ingest([docs], tenant)
    assert statuses(outcomes) == {"changed": 2}
    assert sum(outcome.embedded for outcome in outcomes) == 0
    assert ids(rag, tenant) == OF_DOCS
    assert statuses(rag.ingest([docs], tenant)) == {"unchanged": 2}


def test_a_folder_in_one_that_is_stored_keeps_the_ids_it_has(rag, tenant, docs):
    rag.ingest([docs], tenant)
    written(docs / "guide/a.md", "The seal sleeps in the water.")
    assert statuses(rag.ingest([docs / "guide"], tenant)) == {"changed": 1}
    written(docs / "guide/a.md", "The seal sleeps under water.")
    assert statuses(rag.ingest([docs / "guide/a.md"], tenant)) == {"changed": 1}
    assert ids(rag, tenant) == OF_DOCS


def test_folders_of_one_name_in_two_calls_do_not_replace_each_other(rag, tenant, docs, tmp_path):
    rag.ingest([docs], tenant)
    other = written(tmp_path / "other/docs/README.md", "The orca never sleeps.").parent
    outcomes = rag.ingest([other], tenant)
    assert statuses(outcomes) == {"failed": 1}
    reason = reason_in(outcomes)
    assert f'"docs/README.md" is also the id of {docs}/README.md' in reason and "--id" in reason
    assert "walrus" in (rag.document("docs/README.md", tenant).text or "")
    rag.ingest([docs, other], tenant)
    assert ids(rag, tenant) == [*OF_DOCS, "other/docs/README.md"]


def test_one_folder_by_two_links_is_one(rag, tenant, docs, tmp_path):
    rag.ingest([docs], tenant)
    (tmp_path / "mount").mkdir()
    (tmp_path / "mount" / "docs").symlink_to(docs)
    assert statuses(rag.ingest([tmp_path / "mount/docs"], tenant))["failed"] == 0
    assert ids(rag, tenant) == OF_DOCS


def test_a_copy_of_a_folder_doubles_nothing_and_is_no_failure(rag, tenant, tmp_path):
    """As when a folder is seen beneath two mounts."""
    for place in ("one", "two"):
        folder = tmp_path / place / "docs"
        folder.mkdir(parents=True)
        (folder / "a.md").write_text("The toll is four crowns.")
        (folder / "b.md").write_text("The fee is 5 crowns.")
    rag.ingest([tmp_path / "one" / "docs"], tenant)
    outcomes = rag.ingest([tmp_path / "two" / "docs"], tenant)
    assert [one.status for one in outcomes] == ["unchanged", "unchanged"]
    assert len(rag.documents(tenant)) == 2
    (tmp_path / "two" / "docs" / "b.md").write_text("The fee is 9 crowns.")
    outcomes = rag.ingest([tmp_path / "two" / "docs"], tenant)
    assert sorted(one.status for one in outcomes) == ["failed", "unchanged"]
