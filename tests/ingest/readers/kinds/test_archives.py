"""Archives: the files in one are documents, and nothing leaves it."""

import io
import zipfile
from pathlib import Path

import pytest

from headrace.ingest.readers import Unreadable, read_source
from headrace.types import Document
from support.reading import document_of, reason_of, written


def packed(*files: tuple[str | zipfile.ZipInfo, bytes | str]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files:
            archive.writestr(name, data)
    return made.getvalue()


def outcomes_of(folder: Path, *files: tuple[str | zipfile.ZipInfo, bytes | str]) -> dict[str, str]:
    """The texts of the documents of an archive, or why there is none, by source."""
    path = written(folder, "a.zip", packed(*files))
    found = {}
    for outcome in read_source(path):
        name = outcome.source.removeprefix(f"{path}:")
        found[name] = outcome.text if isinstance(outcome, Document) else outcome.reason
    return found


def test_the_files_in_an_archive_are_read_as_if_outside(tmp_path):
    mails = "From a@b Wed May  1\nSubject: Keys\n\nWith Ola.\n"
    assert outcomes_of(
        tmp_path,
        ("docs/a.md", "# A\n\nwords"),
        ("docs/b.html", "<p>page"),
        ("fees.csv", "item,cost\nkiln,900\n"),
        ("all.mbox", mails),
        ("README", "The shop."),
        ("run.py", "print(1)"),
        ("photo.png", b"\x89PNG"),
        (".hidden/c.md", "secret"),
        ("__MACOSX/a.md", "fork"),
    ) == {
        "docs/a.md": "# A\n\nwords",
        "docs/b.html": "page",
        "fees.csv": "item: kiln; cost: 900",
        "all.mbox/1": "With Ola.",
        "README": "The shop.",
        "run.py": "print(1)",
    }


def test_an_archive_of_other_types_says_so(tmp_path):
    outcome = outcomes_of(tmp_path, ("a.png", b"x"), (".hidden/a.md", "words"))
    assert [*outcome.values()] == ["no file in it is of a type that is read"]


def test_a_document_of_an_archive_is_named_and_titled_by_its_place_in_it(tmp_path):
    path = written(tmp_path, "a.zip", packed(("docs/the fees.txt", "words")))
    document = document_of(path)
    assert document.document_id == document.source == f"{path}:docs/the fees.txt"
    assert (document.title, document.metadata) == ("the fees", {"file_type": "txt"})


def test_a_colon_in_a_name_is_none_between_the_archive_and_its_file(tmp_path):
    path = written(tmp_path, "a.zip", packed(("log 10:30.md", "# Notes")))
    assert document_of(path).document_id == f"{path.as_posix()}:log 10%3A30.md"


def test_what_may_not_be_read_is_named_and_the_others_are_read(tmp_path):
    link = zipfile.ZipInfo("link.md")
    link.external_attr = 0o120777 << 16
    found = outcomes_of(
        tmp_path,
        ("../out.md", "x"),
        ("/etc/out.md", "x"),
        ("..\\out2.md", "x"),
        ("inner.zip", packed(("a.md", "x"))),
        ("a.jsonl", "{}"),
        (link, "/etc/passwd"),
        ("bad.xlsx", "x"),
        ("void.md", " "),
        ("good.md", "words"),
    )
    for name in ("../out.md", "/etc/out.md", "..\\out2.md"):
        assert found[name] == "its path leads out of the .zip"
    assert found["inner.zip"].startswith("a .zip within a .zip is not read")
    assert found["a.jsonl"].startswith("a .jsonl within a .zip is not read")
    assert found["link.md"] == "a link, which is not followed"
    assert found["bad.xlsx"].startswith("damaged")
    assert found["void.md"].startswith("empty")
    assert found["good.md"] == "words"


def test_a_file_with_a_password_or_damage_fails_alone(tmp_path):
    data = packed(("a.md", "words " * 99), ("b.md", "sound"))
    locked = bytearray(data)
    for signature, offset in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        locked[locked.index(signature) + offset] |= 1
    first, second = read_source(written(tmp_path, "locked.zip", bytes(locked)))
    assert isinstance(first, Unreadable) and "password" in first.reason
    assert isinstance(second, Document)
    damaged = bytearray(data)
    damaged[40] ^= 0xFF
    first, second = read_source(written(tmp_path, "damaged.zip", bytes(damaged)))
    assert isinstance(first, Unreadable) and first.reason.startswith("the .zip is damaged here")
    assert isinstance(second, Document)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (packed(("a.txt", "x" * 5_000_000)), "too large: unpacked it is 5.0 MB"),
        (packed(*((f"{n}.txt", "") for n in range(10_001))), "10,001 files are in it"),
        (packed(("a.png", "x")), "no file in it is of a type that is read"),
        (packed(("a.txt", "words"))[:40], "damaged, or not a .zip"),
        (b"", "it is empty (0 bytes)"),
    ],
    ids=["large", "many", "unread", "cut off", "empty"],
)
def test_bombs_and_what_is_no_archive_are_refused(tmp_path, data, reason):
    assert reason_of(written(tmp_path, "a.zip", data), max_document_mb=2).startswith(reason)
