"""Which files are found, in folders and by name."""

import errno
import os
import re
from pathlib import Path
from typing import Any

import pytest

from headrace.errors import SettingsError, SourceError
from headrace.ingest.finding import Found, Selection, find, rules
from headrace.ingest.readers import Limits, Unreadable
from headrace.ingest.sources import ReadingOptions, read_paths
from support.reading import document_of, written

FOLLOWING = Selection(follow_links=True)


def files_of(*paths: Path, **chosen) -> list[Path]:
    return list(find(paths, selection=Selection(**chosen)).files)


def said_of(found: Found) -> list[str]:
    return [str(group) for group in found.passed_over]


def faults_of(found: Found) -> dict[str, str]:
    return {fault.source: fault.reason for fault in found.faults}


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
    assert files_of(tmp_path) == sorted(tmp_path.resolve() / name for name in names)


def test_hidden_files_and_folders_are_passed_over_but_not_when_named(tmp_path):
    hidden = tmp_path / ".hidden"
    hidden.mkdir()
    inside = written(hidden, "a.md", "x")
    dotted = written(tmp_path, ".b.md", "x")
    plain = written(tmp_path, "c.md", "x")
    assert files_of(tmp_path) == [plain]
    assert files_of(hidden, dotted) == sorted([inside, dotted])


def test_a_file_reached_twice_is_given_once_and_absolute(tmp_path, monkeypatch):
    path = written(tmp_path, "a.md", "x")
    (tmp_path / "link.md").symlink_to(path)
    monkeypatch.chdir(tmp_path)
    assert files_of(Path("a.md"), tmp_path, Path("link.md")) == [path.resolve()]


def test_links_to_folders_are_followed_and_circles_end(tmp_path):
    (tmp_path / "docs").mkdir()
    (tmp_path / "elsewhere").mkdir()
    path = written(tmp_path / "elsewhere", "a.md", "x")
    (tmp_path / "docs" / "linked").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "docs" / "circle").symlink_to(tmp_path / "docs")
    assert files_of(tmp_path / "docs", follow_links=True) == [path]
    assert files_of(tmp_path / "docs", tmp_path / "elsewhere") == [path]


def test_links_that_lead_out_of_what_is_named_are_not_followed_but_named(tmp_path):
    for name in ("docs", "elsewhere", "docs/inner"):
        (tmp_path / name).mkdir()
    secret = written(tmp_path / "elsewhere", "secret.md", "x")
    inside = written(tmp_path / "docs", "a.md", "x")
    docs = tmp_path / "docs"
    (docs / "folder").symlink_to(tmp_path / "elsewhere")
    (docs / "file.md").symlink_to(secret)
    (docs / "inner" / "b.md").symlink_to(inside)
    assert files_of(docs) == [inside]
    assert list(faults_of(find([docs]))) == [str(docs / "file.md"), str(docs / "folder")]
    assert files_of(docs / "file.md") == [docs / "file.md"]  # named, and so it is meant
    assert files_of(docs, follow_links=True) == [inside, secret]
    outcomes = list(read_paths([docs], ReadingOptions(Limits())))
    refused = [outcome for outcome in outcomes if isinstance(outcome, Unreadable)]
    assert [outcome.source for outcome in refused] == [str(docs / "file.md"), str(docs / "folder")]
    assert all("--follow-links" in outcome.reason for outcome in refused)
    assert len(list(read_paths([docs], ReadingOptions(Limits(), selection=FOLLOWING)))) == 2


def test_a_link_keeps_its_name_when_only_that_tells_the_file_type(tmp_path):
    (tmp_path / "docs").mkdir()
    link = tmp_path / "docs" / "a.md"
    link.symlink_to(written(tmp_path, "blob-1234", "words"))
    assert files_of(tmp_path / "docs", follow_links=True) == [link]
    assert document_of(link).source == str(link)


def test_a_folder_that_may_not_be_looked_into_is_named_and_the_others_are_read(
    tmp_path, monkeypatch
):
    good, shut = written(tmp_path, "a.md", "x"), tmp_path / "shut"
    shut.mkdir()
    stat, scandir = os.stat, os.scandir

    def refused(path: Any, is_shut: bool) -> None:
        if is_shut:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))

    def stat_of_others(path: Any, *args: Any, **options: Any) -> os.stat_result:
        refused(path, str(path).startswith(f"{shut}{os.sep}"))
        return stat(path, *args, **options)

    def scandir_of_others(path: Any) -> Any:
        refused(path, str(path) == str(shut))
        return scandir(path)

    monkeypatch.setattr(os, "stat", stat_of_others)
    monkeypatch.setattr(os, "scandir", scandir_of_others)
    found = find([tmp_path])
    assert found.files == [good]
    assert faults_of(found) == {str(shut): "the folder cannot be listed: Permission denied"}


def test_an_address_is_told_from_a_missing_file():
    (fault,) = find([Path("https://example.org/a.html")]).faults
    assert fault.reason.startswith("is an address, and no file")


def test_bad_paths_are_named_and_the_others_are_found(tmp_path):
    good, sheet = written(tmp_path, "a.md", "x"), written(tmp_path, "a.xyz", "x")
    found = find([tmp_path / "missing.md", good, sheet])
    assert found.files == [good] and not found.is_hopeless
    reasons = faults_of(found)
    assert reasons[str(tmp_path / "missing.md")] == "does not exist"
    endings = r"not one of \.md, .*\.docx, .*\.jsonl, \.ndjson, \.jsonl\.gz"
    assert re.search(endings, reasons[str(sheet)])


def test_when_every_path_is_bad_that_is_an_error_naming_them(tmp_path):
    sheet = written(tmp_path, "a.xyz", "x")
    with pytest.raises(SourceError, match=r"missing.md does not exist; .*a\.xyz cannot be read"):
        list(read_paths([tmp_path / "missing.md", sheet], ReadingOptions(Limits())))


def test_a_folder_that_cannot_be_listed_is_named_and_the_others_are_read(tmp_path, monkeypatch):
    (tmp_path / "locked").mkdir()
    good = written(tmp_path, "a.md", "x")
    scan = os.scandir

    def refuse(path):
        if Path(path).name == "locked":
            raise PermissionError(13, "Permission denied", path)
        return scan(path)

    monkeypatch.setattr(os, "scandir", refuse)
    found = find([tmp_path])
    assert found.files == [good] and not found.is_hopeless
    reason = "the folder cannot be listed: Permission denied"
    assert faults_of(found) == {str(tmp_path / "locked"): reason}
    assert find([tmp_path / "locked"]).is_hopeless


# ------------------------------------------------------------------ what is passed over


def test_what_is_passed_over_is_counted_by_kind_and_all_of_it_is_named(tmp_path):
    for name in ("a.png", "b.PNG", "c.mp4", "READING", ".hidden.md", "d.md"):
        written(tmp_path, name, "x")
    found = find([tmp_path])
    assert said_of(found) == [
        "1 .mp4",
        "2 .png",
        "1 hidden (.hidden.md)",
        "1 without an ending (READING)",
    ]
    assert found.passed_over[1].paths == (str(tmp_path / "a.png"), str(tmp_path / "b.PNG"))


def test_folders_of_dependencies_are_passed_over_whole_unless_named_or_taken_back(tmp_path):
    inner = tmp_path / "node_modules" / "pkg"
    inner.mkdir(parents=True)
    (tmp_path / "env").mkdir()
    written(tmp_path / "env", "pyvenv.cfg", "home = /usr/bin")
    written(tmp_path / "env", "licence.txt", "x")
    own, theirs = written(tmp_path, "a.md", "x"), written(inner, "b.md", "x")
    found = find([tmp_path])
    assert found.files == [own]
    assert said_of(found) == ["2 of dependencies (env, node_modules)"]
    assert files_of(tmp_path / "node_modules") == [theirs]
    assert files_of(tmp_path, exclude=("!node_modules/",)) == [own, theirs]


def test_ignore_files_count_beneath_their_folder_and_the_last_one_decides(tmp_path):
    inner = tmp_path / "inner"
    inner.mkdir()
    for folder in (tmp_path, inner):
        for name in ("a.md", "draft.md", "build.txt"):
            written(folder, name, "x")
    written(tmp_path, ".gitignore", "# drafts\ndraft.md\n/build.txt\n[\n")
    written(inner, ".headraceignore", "!draft.md\na.md\n")
    found = find([tmp_path])
    names = [path.relative_to(tmp_path).as_posix() for path in found.files]
    assert names == ["a.md", "inner/build.txt", "inner/draft.md"]
    assert "2 in .gitignore (build.txt, draft.md)" in said_of(found)
    assert "1 in .headraceignore (a.md)" in said_of(found)


def test_ignore_files_above_a_named_folder_count_up_to_the_top_of_the_repository(tmp_path):
    docs = tmp_path / "repository" / "docs"
    docs.mkdir(parents=True)
    (tmp_path / "repository" / ".git").mkdir()
    written(tmp_path, ".gitignore", "*.md\n")
    written(tmp_path / "repository", ".gitignore", "docs/draft.md\n")
    kept, draft = written(docs, "a.md", "x"), written(docs, "draft.md", "x")
    assert files_of(docs) == [kept]
    written(tmp_path / "repository", ".gitignore", "docs/\n")
    assert files_of(docs) == [kept, draft]  # named, and so it is meant


def test_an_ignore_file_that_cannot_be_read_leaves_its_folder_out(tmp_path, monkeypatch):
    (tmp_path / "secret").mkdir()
    written(tmp_path / "secret", "a.md", "x")
    good = written(tmp_path, "b.md", "x")
    ignore = written(tmp_path / "secret", ".gitignore", "a.md")

    def refuse(path):
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(rules, "opened", refuse)
    found = find([tmp_path])
    assert found.files == [good]
    assert "cannot be read (Permission denied)" in faults_of(found)[str(ignore.parent)]


def test_include_and_exclude_choose_beneath_folders_only(tmp_path):
    (tmp_path / "drafts").mkdir()
    named = written(tmp_path, "c.txt", "x")
    kept = written(tmp_path, "a.md", "x")
    written(tmp_path / "drafts", "b.md", "x")
    found = find([tmp_path], selection=Selection(include=("*.md",), exclude=("drafts/",)))
    assert found.files == [kept]
    assert said_of(found) == ["1 excluded (drafts)", "1 not included (c.txt)"]
    chosen = {"include": ("*.md",), "exclude": ("drafts/",)}
    assert files_of(tmp_path, named, **chosen) == [kept, named]


@pytest.mark.parametrize("pattern", ["", " ", "!"])
def test_a_pattern_that_is_none_is_refused(tmp_path, pattern):
    with pytest.raises(SettingsError, match="exclude: .* is no pattern"):
        find([tmp_path], selection=Selection(exclude=(pattern,)))


# ---------------------------------------------------------------------------- the names


def test_a_document_keeps_its_name_when_the_link_to_its_folder_is_switched(tmp_path):
    for version in ("v1", "v2"):
        (tmp_path / version / "docs").mkdir(parents=True)
        written(tmp_path / version / "docs", "toll.md", version)
    current = tmp_path / "current"
    for version in ("v1", "v2"):
        current.unlink(missing_ok=True)
        current.symlink_to(version)
        assert files_of(current) == [current / "docs" / "toll.md"]
        assert files_of(current / "docs") == [current / "docs" / "toll.md"]
