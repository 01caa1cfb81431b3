"""What has vanished from the disk: told, removed, or kept when it is suspiciously much."""

import json
import os
from collections import Counter
from pathlib import Path

import pytest

from headrace import Document


def fill(folder: Path, names: str) -> None:
    folder.mkdir(exist_ok=True)
    for name in names:
        (folder / f"{name}.md").write_text(f"The walrus {name} sleeps on ice.")


def statuses(outcomes: list) -> dict[str, int]:
    return Counter(outcome.status for outcome in outcomes)


def reasons(outcomes: list, status: str = "failed") -> dict[str, str]:
    return {one.source: one.reason for one in outcomes if one.status == status}


@pytest.fixture
def docs(rag, tenant, tmp_path) -> Path:
    """A folder of four documents, which are stored."""
    fill(tmp_path / "docs", "abcd")
    assert statuses(rag.ingest([tmp_path / "docs"], tenant)) == {"new": 4}
    return tmp_path / "docs"


def test_without_prune_what_is_gone_is_told_and_kept(rag, tenant, docs):
    (docs / "a.md").unlink()
    outcomes = rag.ingest([docs], tenant)
    assert statuses(outcomes) == {"unchanged": 3, "gone": 1}
    (source,) = reasons(outcomes, "gone")
    assert source == str(docs / "a.md")
    assert statuses(rag.ingest([docs], tenant)) == {"unchanged": 3, "gone": 1}


def test_half_of_the_documents_are_removed_but_more_only_with_all(rag, tenant, docs):
    for name in "abc":
        (docs / f"{name}.md").unlink()
    outcomes = rag.ingest([docs], tenant, prune=True)
    assert statuses(outcomes) == {"unchanged": 1, "failed": 1}
    reason = reasons(outcomes)[str(docs)]
    assert "3 of the tenant's 4 documents" in reason and "--prune-all" in reason
    fill(docs, "c")
    assert statuses(rag.ingest([docs], tenant, prune=True)) == {"unchanged": 2, "removed": 2}


def test_a_place_that_is_now_empty_keeps_its_documents_and_others_are_pruned(
    rag, tenant, docs, tmp_path
):
    disk = tmp_path / "disk"
    fill(disk, "x")
    rag.ingest([disk], tenant)
    (disk / "x.md").unlink()
    (docs / "a.md").unlink()
    outcomes = rag.ingest([docs, disk], tenant, prune=True)
    assert statuses(outcomes) == {"unchanged": 3, "failed": 1, "removed": 1}
    assert "not one of its 1 stored documents" in reasons(outcomes)[str(disk)]
    assert statuses(rag.ingest([docs, disk], tenant, prune="all"))["removed"] == 1


def test_documents_beneath_a_path_that_is_missing_are_kept(rag, tenant, docs, tmp_path):
    fill(tmp_path / "other", "xyz")
    rag.ingest([tmp_path / "other"], tenant)
    docs.rename(tmp_path / "moved")
    outcomes = rag.ingest([docs, tmp_path / "other"], tenant, prune="all")
    assert statuses(outcomes) == {"unchanged": 3, "failed": 1}
    assert reasons(outcomes) == {str(docs): "does not exist"}


def test_documents_of_a_folder_beside_that_may_not_be_looked_into_are_kept(
    rag, tenant, docs, tmp_path, monkeypatch
):
    beside = tmp_path / "docs:old"
    fill(beside, "e")
    rag.ingest([beside], tenant)
    stat = os.stat

    def refusing(path: object, *args: object, **options: object) -> os.stat_result:
        if str(path).startswith(f"{beside}{os.sep}"):
            raise PermissionError(13, "Permission denied", str(path))
        return stat(path, *args, **options)

    monkeypatch.setattr(os, "stat", refusing)
    assert statuses(rag.ingest([docs], tenant, prune=True)) == {"unchanged": 4}


def test_removing_is_never_refused(rag, tenant, docs):
    assert statuses(rag.remove([docs], tenant)) == {"removed": 4}


def test_a_link_led_elsewhere_changes_documents_instead_of_doubling_them(rag, tenant, tmp_path):
    for version, price in (("v1", "four"), ("v2", "nine")):
        (tmp_path / version).mkdir()
        (tmp_path / version / "toll.md").write_text(f"The toll is {price} crowns.")
    current = tmp_path / "current"
    current.symlink_to("v1")
    assert statuses(rag.ingest([current], tenant)) == {"new": 1}
    current.unlink()
    current.symlink_to("v2")
    assert statuses(rag.ingest([current], tenant)) == {"changed": 1}


# ------------------------------------------------------- one id in two files of JSON lines


def lines(path: Path, *ids: str) -> Path:
    entries = [{"_id": one, "text": f"{path.stem} tells of walrus {one}"} for one in ids]
    path.write_text("\n".join(map(json.dumps, entries)))
    return path


def test_an_id_of_another_file_of_lines_is_a_failure_that_names_both(rag, tenant, tmp_path):
    first, second = lines(tmp_path / "b.jsonl", "1", "2"), lines(tmp_path / "a.jsonl", "2", "3")
    assert statuses(rag.ingest([first], tenant)) == {"new": 2}
    outcomes = rag.ingest([second], tenant)
    assert statuses(outcomes) == {"new": 1, "failed": 1}
    ((source, reason),) = reasons(outcomes).items()
    assert source == str(second) and f'id "2" is also the id of a line in {first}' in reason
    assert statuses(rag.ingest([first], tenant)) == {"unchanged": 2}


def test_a_line_may_move_to_another_file_and_a_file_may_be_renamed(rag, tenant, tmp_path):
    first = lines(tmp_path / "b.jsonl", "1", "2")
    rag.ingest([first], tenant)
    lines(first, "1")
    moved = lines(tmp_path / "a.jsonl", "2")
    assert statuses(rag.ingest([tmp_path], tenant)) == {"changed": 1, "unchanged": 1}
    moved.rename(tmp_path / "c.jsonl")
    assert statuses(rag.ingest([tmp_path], tenant)) == {"changed": 1, "unchanged": 1}


def test_documents_given_from_python_replace_whatever_has_their_id(rag, tenant, tmp_path):
    rag.ingest([lines(tmp_path / "a.jsonl", "1")], tenant)
    given = Document("1", "", "Walruses sleep on ice.", "faq")
    assert statuses(rag.ingest([given], tenant)) == {"changed": 1}


def test_an_id_that_comes_twice_in_a_file_names_both_lines(rag, tenant, tmp_path):
    path = lines(tmp_path / "a.jsonl", "1", "2", "1")
    outcomes = rag.ingest([path], tenant)
    assert statuses(outcomes) == {"new": 2, "failed": 1}
    reason = 'its id "1" is also the id of line 1, which was kept'
    assert reasons(outcomes) == {f"{path}:3": reason}
