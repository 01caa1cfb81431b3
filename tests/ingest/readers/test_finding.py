"""Which files are found, in folders and by name."""

import os
from pathlib import Path

import pytest

from headrace.errors import SourceError
from headrace.ingest.readers import Limits, Unreadable, find_sources, links_out
from headrace.ingest.sources import read_paths
from support.reading import document_of, written


def test_a_folder_gives_every_supported_file_beneath_it_sorted(tmp_path):
    names = [
        "b.md",
        "a.markdown",
        "c.TXT",
        "d.rst",
        "e.html",
        "f.htm",
        "g.pdf",
        "h.docx",
        "i.jsonl",
        "sub/j.jsonl.gz",
        "k.mdx",
        "l.py",
        "m.xlsx",
        "n.zip",
        "LICENSE",
        "Makefile",
        "README",
    ]
    (tmp_path / "sub").mkdir()
    for name in [*names, "image.png", "archive.gz", "noending"]:
        written(tmp_path, name, "x")
    assert find_sources([tmp_path]) == sorted(tmp_path.resolve() / name for name in names)


def test_hidden_files_and_folders_are_passed_over_but_not_when_named(tmp_path):
    hidden = tmp_path / ".hidden"
    hidden.mkdir()
    inside = written(hidden, "a.md", "x")
    dotted = written(tmp_path, ".b.md", "x")
    plain = written(tmp_path, "c.md", "x")
    assert find_sources([tmp_path]) == [plain]
    assert find_sources([hidden, dotted]) == sorted([inside, dotted])


def test_a_file_reached_twice_is_given_once_and_absolute(tmp_path, monkeypatch):
    path = written(tmp_path, "a.md", "x")
    (tmp_path / "link.md").symlink_to(path)
    monkeypatch.chdir(tmp_path)
    assert find_sources([Path("a.md"), tmp_path, Path("link.md")]) == [path.resolve()]


def test_links_to_folders_are_followed_and_circles_end(tmp_path):
    (tmp_path / "docs").mkdir()
    (tmp_path / "elsewhere").mkdir()
    path = written(tmp_path / "elsewhere", "a.md", "x")
    (tmp_path / "docs" / "linked").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "docs" / "circle").symlink_to(tmp_path / "docs")
    assert find_sources([tmp_path / "docs"], follow_links=True) == [path]
    assert find_sources([tmp_path / "docs", tmp_path / "elsewhere"]) == [path]


def test_links_that_lead_out_of_what_is_named_are_not_followed_but_named(tmp_path):
    for name in ("docs", "elsewhere", "docs/inner"):
        (tmp_path / name).mkdir()
    secret = written(tmp_path / "elsewhere", "secret.md", "x")
    inside = written(tmp_path / "docs", "a.md", "x")
    docs = tmp_path / "docs"
    (docs / "folder").symlink_to(tmp_path / "elsewhere")
    (docs / "file.md").symlink_to(secret)
    (docs / "inner" / "b.md").symlink_to(inside)
    assert find_sources([docs]) == [inside]
    assert links_out([docs]) == [docs / "file.md", docs / "folder"]
    assert find_sources([docs / "file.md"]) == [secret]  # named, and so it is meant
    assert find_sources([docs], follow_links=True) == [inside, secret]
    outcomes = list(read_paths([docs], Limits()))
    refused = [outcome for outcome in outcomes if isinstance(outcome, Unreadable)]
    assert [outcome.source for outcome in refused] == [str(docs / "file.md"), str(docs / "folder")]
    assert all("--follow-links" in outcome.reason for outcome in refused)
    assert len(list(read_paths([docs], Limits(), follow_links=True))) == 2


def test_a_link_keeps_its_name_when_only_that_tells_the_file_type(tmp_path):
    (tmp_path / "docs").mkdir()
    link = tmp_path / "docs" / "a.md"
    link.symlink_to(written(tmp_path, "blob-1234", "words"))
    assert find_sources([tmp_path / "docs"], follow_links=True) == [link]
    assert document_of(link).source == str(link)


def test_a_path_that_does_not_exist_is_an_error_saying_so(tmp_path):
    with pytest.raises(SourceError, match="missing.md does not exist"):
        find_sources([tmp_path / "missing.md"])


def test_a_named_file_of_an_unsupported_type_is_an_error_naming_the_supported_ones(tmp_path):
    message = r"a\.png cannot be read: .*\.md, .*\.docx, .*\.jsonl, \.jsonl\.gz, .*README"
    with pytest.raises(SourceError, match=message):
        find_sources([written(tmp_path, "a.png", "x")])


def test_a_folder_that_cannot_be_listed_is_an_error_rather_than_an_empty_folder(
    tmp_path, monkeypatch
):
    def _refuse(path):
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(os, "scandir", _refuse)
    with pytest.raises(SourceError, match="cannot be listed: Permission denied"):
        find_sources([tmp_path])
