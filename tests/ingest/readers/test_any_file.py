"""What holds for a file of any type: its identity, its limits, and what is not read."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from headrace.ingest.readers import Unreadable, count_documents, read_source
from support.places import ROOT
from support.reading import document_of, reason_of, written


def test_a_file_is_identified_by_its_absolute_path(tmp_path, monkeypatch):
    path = written(tmp_path, "notes on x.txt", "words")
    monkeypatch.chdir(tmp_path)
    document = document_of(Path("notes on x.txt"))
    assert document.document_id == document.source == path.resolve().as_posix()
    assert document.title == "notes on x"
    assert (document.markup, document.page_starts) == ("plain", ())


def test_touching_a_file_changes_nothing_of_its_document(tmp_path):
    path = written(tmp_path, "a.md", "# T\n\nwords")
    before = document_of(path)
    os.utime(path, (1, 1))
    assert document_of(path) == before


def test_a_file_of_another_type_names_all_that_are_read_those_of_the_user_too(tmp_path):
    class Drawings:
        endings = (".dwg",)

        def read(self, path):
            return ()

    (outcome,) = read_source(written(tmp_path, "a.xyz", "words"), readers=[Drawings()])
    assert isinstance(outcome, Unreadable)
    assert outcome.reason.startswith("it is not one of .md, ")
    assert outcome.reason.endswith(", .dwg")


def test_a_file_name_that_is_not_utf8_can_be_stored(tmp_path):
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.txt"))
    path.write_text("words")
    document = document_of(path)
    assert document.title == "caf\\xe9"
    assert document.source.encode("utf-8").endswith(b"caf\\xe9.txt")


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.rst", "a.html", "a.jsonl"])
@pytest.mark.parametrize("data", [b"", b" \r\n\t \n"])
def test_a_file_without_text_is_empty(tmp_path, name, data):
    assert reason_of(written(tmp_path, name, data)).startswith("empty: ")


@pytest.mark.parametrize("name", ["a.pdf", "a.docx", "a.xlsx", "a.rtf", "a.epub"])
def test_a_file_of_parts_without_a_byte_is_told(tmp_path, name):
    assert "0 bytes" in reason_of(written(tmp_path, name, b""))


def test_a_byte_order_mark_alone_is_empty(tmp_path):
    assert reason_of(written(tmp_path, "a.txt", b"\xef\xbb\xbf")).startswith("empty: ")


def test_front_matter_alone_is_empty(tmp_path):
    assert reason_of(written(tmp_path, "a.md", "---\ntitle: T\n---\n")).startswith("empty")


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.html", "a.pdf", "a.docx"])
def test_a_file_over_the_limit_is_named_with_size_limit_and_setting(tmp_path, name):
    reason = reason_of(written(tmp_path, name, b"x" * 1_500_000), max_document_mb=1)
    assert reason == (
        "too large: 1.5 MB, over the limit of 1 MB; split it, or raise HEADRACE_MAX_DOCUMENT_MB"
    )


def test_a_file_at_the_limit_is_read(tmp_path):
    document = document_of(written(tmp_path, "a.txt", b"x" * 2000), max_document_mb=0.002)
    assert len(document.text) == 2000


@pytest.mark.parametrize("name", ["a.txt", "a.pdf", "a.jsonl", "a.jsonl.gz"])
def test_a_file_that_may_not_be_opened_is_unreadable(tmp_path, monkeypatch, name):
    def _refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    path = written(tmp_path, name, "words")
    monkeypatch.setattr(os, "open", _refuse)
    assert reason_of(path) == "cannot be read: Permission denied"
    assert count_documents(path) == 1


@pytest.mark.parametrize("name", ["gone.txt", "gone.jsonl"])
def test_a_file_that_has_gone_is_unreadable(tmp_path, name):
    assert reason_of(tmp_path / name) == "cannot be read: No such file or directory"
    assert count_documents(tmp_path / name) == 1


def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "a.txt")
    assert reason_of(tmp_path / "a.txt") == "not a regular file"


@pytest.mark.parametrize("name", ["a.txt", "a.html", "a.jsonl"])
def test_a_file_that_becomes_a_pipe_before_it_is_opened_is_not_waited_for(
    tmp_path, monkeypatch, name
):
    path = written(tmp_path, name, "words")
    was_file = path.stat()
    path.unlink()
    os.mkfifo(path)
    monkeypatch.setattr(Path, "stat", lambda self, **_: was_file)
    assert reason_of(path) == "not a regular file"


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="this system shows no /proc")
def test_a_file_that_becomes_a_link_into_the_system_is_not_read(tmp_path, monkeypatch):
    path = written(tmp_path, "a.txt", "words")
    path.unlink()
    path.symlink_to("/proc/self/environ")
    monkeypatch.setattr(os.path, "realpath", lambda path, **_: str(path))
    assert reason_of(path) == "a file of the system, which is never read"


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="this system shows no /proc")
def test_what_the_system_shows_of_itself_is_not_read(tmp_path):
    link = tmp_path / "environ.txt"
    link.symlink_to("/proc/self/environ")
    assert reason_of(link) == "a file of the system, which is never read"


def test_a_file_of_another_type_is_unreadable(tmp_path):
    assert "not one of .md" in reason_of(written(tmp_path, "a.png", "x"))


@pytest.mark.parametrize("name", ["a.txt", "a.pdf", "a.html"])
def test_a_plain_file_counts_as_one_document(tmp_path, name):
    assert count_documents(written(tmp_path, name, "one\ntwo\n")) == 1


def test_source_code_keeps_its_name_and_a_readme_needs_no_ending(tmp_path):
    code = document_of(written(tmp_path, "run.py", "# not a heading\nprint(1)\n"))
    assert (code.title, code.markup) == ("run.py", "plain")
    assert code.text == "# not a heading\nprint(1)\n"
    assert code.metadata == {"file_type": "code"}
    readme = document_of(written(tmp_path, "README", "words"))
    assert (readme.title, readme.metadata) == ("README", {"file_type": "txt"})
    assert document_of(written(tmp_path, "a.mdx", "# A\n\nwords")).title == "A"


def test_importing_the_readers_loads_no_parser():
    heavy = {"docutils", "lxml", "pypdfium2", "selectolax", "chardet", "yaml", "openpyxl"}
    code = f"import sys, headrace.ingest.readers; assert not {heavy} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)
