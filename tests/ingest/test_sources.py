"""What an ingest reads: paths or documents, blocks, files by the user's readers."""

import email
from collections.abc import Iterator
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from headrace.errors import SettingsError, SourceError
from headrace.ingest.finding import find
from headrace.ingest.readers import Limits, Unreadable, count_documents, is_supported
from headrace.ingest.sources import ReadingOptions, blocks, find_any, paths_or_documents, read_paths
from headrace.types import Document, Reader
from support.reading import written

MAIL = b"Subject: Walruses\r\nFrom: ada@example.org\r\n\r\nThey sleep on ice.\r\n"


class MailReader:
    """One document per message, by the standard library."""

    endings = (".post",)

    def read(self, path: str) -> Iterator[Document]:
        message = email.message_from_bytes(Path(path).read_bytes())
        text = str(message.get_payload())
        sender = {"author": message["From"]}
        yield Document(path, message["Subject"], text, path, sender)


class Giving:
    """A reader that gives what it was made with; an error among it is raised."""

    def __init__(self, ending: str, *given: object):
        self.endings, self._given = (ending,), given

    def read(self, path: str) -> Iterator:
        for value in self._given:
            if isinstance(value, Exception):
                raise value
            yield value


def text(name: str, length: int = 1) -> Document:
    return Document(name, "", "x" * length, f"{name}.txt")


# ------------------------------------------------------------------- paths or documents


def test_documents_are_taken_one_by_one():
    made = []

    def documents():
        for number in range(3):
            made.append(number)
            yield text(str(number))

    paths, given = paths_or_documents(documents())
    assert paths == [] and made == [0]
    assert [document.document_id for document in given] == ["0", "1", "2"]


def test_paths_may_be_texts_and_nothing_is_nothing():
    assert paths_or_documents(["a", Path("b")]) == (["a", Path("b")], [])
    assert paths_or_documents([]) == ([], [])


@pytest.mark.parametrize("sources", [["a", text("d")], [text("d"), "a"], [7], [None, "a"]])
def test_anything_else_is_refused(sources):
    with pytest.raises(SourceError, match="each in a call of its own"):
        list(paths_or_documents(sources)[1])


# ------------------------------------------------------------------------------- blocks


def test_a_block_ends_with_128_documents():
    documents = [text(str(number)) for number in range(129)]
    assert [len(block.documents) for block in blocks(documents)] == [128, 1]


@pytest.mark.parametrize(
    ("seconds", "sizes"),
    [
        # What is stored soon: from 50,000 to 400,000 characters.
        ([1, 1, 1, 1], [5, 10, 20, 40, 25]),
        ([3, 3, 3], [5, 5, 5, 5]),
        ([1, 1, 9, 9, 9], [5, 10, 20, 10, 5, 5]),
    ],
)
def test_the_first_block_is_small_and_those_that_are_stored_soon_grow(seconds, sizes):
    documents = [text(str(number), 10_000) for number in range(100)]
    ticks = chain.from_iterable((0.0, float(one)) for one in seconds)
    found = [len(block.documents) for block in blocks(documents, partial(next, ticks, 3.0))]
    assert found[: len(sizes)] == sizes and sum(found) == 100


def test_what_cannot_be_read_and_what_comes_twice_has_failed():
    (block,) = blocks([text("a"), Unreadable("b.pdf", "scanned"), text("a")])
    assert [document.document_id for document in block.documents] == ["a"]
    unreadable, repeated = block.others
    assert (unreadable.source, unreadable.reason) == ("b.pdf", "scanned")
    assert repeated.document_id == "a" and "a document in a.txt" in repeated.reason


# ------------------------------------------------------------ readers of the user's own


def test_a_reader_of_mails_reads_what_we_cannot(tmp_path):
    path, other = written(tmp_path, "a.POST", MAIL), written(tmp_path, "b.txt", "words")
    reader = MailReader()
    assert isinstance(reader, Reader)
    mail, plain = read_paths([tmp_path], ReadingOptions(Limits(), [reader]))
    assert isinstance(mail, Document)
    assert (mail.title, mail.text) == ("Walruses", "They sleep on ice.\r\n")
    assert mail.metadata == {"author": "ada@example.org"}
    assert (mail.source, plain.source) == (str(path), str(other))


def test_its_files_are_found_counted_and_supported_only_with_it(tmp_path):
    path, readers = written(tmp_path, "a.post", MAIL), [MailReader()]
    assert find([tmp_path], readers).files == [path] and find([tmp_path]).files == []
    assert count_documents(path, readers) == 1
    assert is_supported(path, readers) and not is_supported(path, [])
    with pytest.raises(SourceError, match=r"not one of \.md, .* without an ending$"):
        find_any([path])
    with pytest.raises(SourceError, match=r"not one of \.md, .* without an ending, \.post$"):
        find_any([written(tmp_path, "a.oft", MAIL)], readers)


def test_a_link_keeps_its_name_when_only_that_names_the_reader(tmp_path):
    (tmp_path / "mails").mkdir()
    link = tmp_path / "mails" / "a.post"
    link.symlink_to(written(tmp_path, "blob-1234", MAIL))
    (mail,) = read_paths([tmp_path / "mails"], ReadingOptions(Limits(), [MailReader()]))
    assert mail.source == str(link)


@pytest.mark.parametrize(
    ("name", "endings", "chosen"),
    [
        ("a.md", [".md"], ".md"),  # before ours
        ("a.xml.gz", [".gz", ".xml.gz"], ".xml.gz"),
        ("a.jsonl.gz", [".gz"], None),  # ours is the longest
        ("a.md", [".post"], None),
    ],
)
def test_the_longest_ending_wins_and_the_user_s_readers_before_ours(
    tmp_path, name, endings, chosen
):
    readers = [Giving(ending, text(ending)) for ending in endings]
    path = written(tmp_path, name, b"")
    outcomes = read_paths([path], ReadingOptions(Limits(), readers))
    read = [item for item in outcomes if isinstance(item, Document)]
    assert [document.document_id for document in read] == ([chosen] if chosen else [])


def test_of_two_readers_with_one_ending_the_first_reads_the_file(tmp_path):
    path = written(tmp_path, "a.post", MAIL)
    readers = [Giving(".post", text("first")), Giving(".post", text("second"))]
    assert list(read_paths([path], ReadingOptions(Limits(), readers))) == [text("first")]


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ([SourceError("no such mailbox")], "Giving failed: no such mailbox"),
        ([KeyError("Subject")], "Giving failed: KeyError: 'Subject'"),
        ([OSError(5, "Input/output error")], "Input/output error"),
        (["text"], "Giving gave a str, which is not a Document"),
        ([None, text("never reached")], "Giving gave a NoneType"),
    ],
)
def test_a_fault_of_a_reader_is_a_reason_and_other_files_are_read(tmp_path, given, reason):
    path, other = written(tmp_path, "a.post", MAIL), written(tmp_path, "b.txt", "words")
    first = text("first")
    document, unreadable, plain = read_paths(
        [tmp_path], ReadingOptions(Limits(), [Giving(".post", first, *given)])
    )
    assert document == first and plain.source == str(other)
    assert isinstance(unreadable, Unreadable)
    assert unreadable.source == str(path) and reason in unreadable.reason


def test_a_reader_that_returns_nothing_is_named(tmp_path):
    class Forgetful:
        endings = (".post",)

        def read(self, path: str) -> Any:
            pass

    (unreadable,) = read_paths(
        [written(tmp_path, "a.post", MAIL)], ReadingOptions(Limits(), [Forgetful()])
    )
    assert isinstance(unreadable, Unreadable)
    assert unreadable.reason.startswith("Forgetful failed: TypeError")


@pytest.mark.parametrize("endings", [".post", ("eml",), (".EML",), ("",)])
def test_endings_that_no_name_could_have_are_refused(tmp_path, endings):
    reader = MailReader()
    reader.endings = endings
    with pytest.raises(SettingsError, match="MailReader.*small letters.*dot"):
        find([tmp_path], [reader])
