"""JSON lines give a document a line, and a reason for each line that gives none."""

import gzip
import json
import os
import zlib
from pathlib import Path

import pytest

from headrace.ingest.readers import Limits, Unreadable, count_documents, read_source
from headrace.types import Document
from support.reading import document_of, written


def jsonl_file(folder: Path, *entries, name: str = "corpus.jsonl") -> Path:
    """The path of a new file of lines; an entry is an object, or the line itself."""
    lines = (entry if isinstance(entry, str) else json.dumps(entry) for entry in entries)
    data = "".join(line + "\n" for line in lines).encode()
    return written(folder, name, gzip.compress(data) if name.endswith(".gz") else data)


@pytest.mark.parametrize("name", ["corpus.jsonl", "corpus.ndjson", "corpus.jsonl.gz"])
def test_each_json_line_is_a_document(tmp_path, name):
    path = jsonl_file(
        tmp_path,
        {
            "_id": "a",
            "title": "The  Title",
            "text": "One\r\ntwo",
            "metadata": {"year": 1958, "authors": ["X", "Y"]},
        },
        "",
        {"id": 7, "title": "", "text": "Three\u0000"},
        name=name,
    )
    metadata = {"file_type": "jsonl", "year": 1958, "authors": ["X", "Y"]}
    assert list(read_source(path)) == [
        Document("a", "The Title", "One\ntwo", str(path), metadata),
        Document("7", "", "Three", str(path), {"file_type": "jsonl"}),
    ]
    assert count_documents(path) == 2


def test_a_url_stays_in_the_metadata_and_the_source_is_the_file(tmp_path):
    path = jsonl_file(tmp_path, {"_id": 1, "text": "x", "metadata": {"url": "https://a.example"}})
    document = document_of(path)
    assert (document.source, document.metadata["url"]) == (str(path), "https://a.example")


def test_metadata_holds_only_what_can_be_stored(tmp_path):
    given_metadata = {
        "none": None,
        "nan": float("nan"),
        "nested": {"a": [1]},
        "lists": [[1, 2], "x", None],
        "nul\0": "a\0b",
        "f": 1.5,
    }
    document = document_of(
        jsonl_file(tmp_path, {"_id": 1, "text": "x", "metadata": given_metadata, "lang": "de"})
    )
    kept = {"nested": '{"a": [1]}', "lists": ["[1, 2]", "x"], "nul": "ab", "f": 1.5, "lang": "de"}
    assert document.metadata == {"file_type": "jsonl", **kept}


def test_a_line_with_a_title_only_has_the_title_for_a_text(tmp_path):
    document = document_of(
        jsonl_file(tmp_path, {"_id": 1, "title": "Extraction of Roots", "text": ""})
    )
    assert (document.title, document.text) == ("Extraction of Roots", "Extraction of Roots")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"_id": 1, "text": ', "not JSON: Expecting value at character 21"),
        ("[1]", "not a JSON object but a list"),
        ('"x"', "not a JSON object but a string"),
        ('{"text": "x"}', '"_id" is missing'),
        ('{"_id": null, "text": "x"}', '"_id" is missing'),
        ('{"_id": " ", "text": "x"}', '"_id" is empty'),
        ('{"_id": ["a"], "text": "x"}', '"_id" is a list, not a string or a number'),
        ('{"_id": 1}', '"text" is missing'),
        ('{"_id": 1, "text": 5}', '"text" is a number, not a string'),
        ('{"_id": 1, "text": "x", "title": ["t"]}', '"title" is a list, not a string'),
        ('{"_id": 1, "text": "x", "metadata": "m"}', '"metadata" is a string, not an object'),
        ('{"_id": 1, "text": " \\n"}', "empty: neither text nor title"),
        ('{"_id": 1, "text": "x", "n": ' + "9" * 5000 + "}", "not JSON that can be read"),
        ("[" * 100_000, "its values are nested too deeply"),
    ],
)
def test_a_bad_line_is_named_with_its_reason_and_the_others_go_on(tmp_path, line, reason):
    path = jsonl_file(tmp_path, {"_id": "a", "text": "x"}, "", line, {"_id": "b", "text": "y"})
    first, bad, last = read_source(path)
    assert (first.document_id, last.document_id) == ("a", "b")
    assert bad.source == f"{path}:3"
    assert bad.reason.startswith(reason)
    assert count_documents(path) == 3


def test_a_line_that_is_not_utf8_is_named_and_the_others_go_on(tmp_path):
    good = b'{"_id": "a", "text": "x"}\n'
    path = written(tmp_path, "a.jsonl", good + b'{"_id": "b", "text": "caf\xe9"}\n' + good)
    assert list(read_source(path))[1] == Unreadable(
        f"{path}:2", "not UTF-8, as JSON must be: byte 26 is 0xe9"
    )


def test_json_escapes_of_characters_and_halves_of_them_can_be_stored(tmp_path):
    document = document_of(
        jsonl_file(tmp_path, r'{"_id": 1, "text": "\ud83d\ude00 \ud83d \u0000."}')
    )
    assert document.text == "\U0001f600 \ufffd ."


def test_a_byte_order_mark_before_the_first_line_is_no_part_of_it(tmp_path):
    path = written(tmp_path, "a.jsonl", b'\xef\xbb\xbf{"_id": 1, "text": "x"}')
    assert document_of(path).text == "x"


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz"])
def test_a_line_over_the_limit_is_named_and_the_others_go_on(tmp_path, name):
    big = {"_id": "big", "text": "x" * 300_000}
    path = jsonl_file(
        tmp_path, {"_id": "a", "text": "x"}, big, {"_id": "b", "text": "y"}, big, name=name
    )
    first, over, second, last = read_source(path, Limits(0.1))
    assert (first.document_id, second.document_id) == ("a", "b")
    assert over.source == f"{path}:2" and last.source == f"{path}:4"
    assert over.reason.startswith("too large: a line of 0.3 MB, over the limit of 0.1 MB;")
    assert "HEADRACE_MAX_DOCUMENT_MB" in over.reason
    assert count_documents(path) == 4


def test_a_large_file_of_small_lines_has_no_limit(tmp_path):
    path = jsonl_file(tmp_path, *({"_id": n, "text": "x" * 500} for n in range(100)))
    outcomes = list(read_source(path, Limits(0.001)))
    assert sum(isinstance(outcome, Document) for outcome in outcomes) == 100


def test_lines_are_read_as_they_are_asked_for_and_what_is_added_meanwhile_is_not(tmp_path):
    entries = [{"_id": n, "text": f"text {n:6}"} for n in range(10_000)]
    path = jsonl_file(tmp_path, *entries)
    outcomes = read_source(path)
    assert next(outcomes).text == "text      0"
    changed = path.read_text().replace("text   9999", "changed now")
    path.write_text(changed + '{"_id": "added", "text": "added"}\n')
    assert [outcome.text for outcome in outcomes][-2:] == ["text   9998", "changed now"]


def test_a_file_made_to_be_endless_is_not_read_to_its_end(tmp_path):
    path = tmp_path / "a.jsonl.gz"
    packer = zlib.compressobj(9, wbits=31)
    line = packer.compress(b'{"_id": 1, "text": "sound"}\n')
    blanks = b"".join(packer.compress(b" " * 10_000_000) for _ in range(30))
    path.write_bytes(line + blanks + packer.flush())
    sound, endless = read_source(path)
    assert isinstance(sound, Document)
    reason = "not read from here on: it unpacks to more than 200 times its size"
    assert endless == Unreadable(f"{path}:2", reason)
    assert count_documents(path) == 2


def test_many_blank_lines_in_a_row_end_a_file(tmp_path):
    path = jsonl_file(tmp_path, {"_id": 1, "text": "sound"}, *[""] * 100_001)
    sound, blank = read_source(path)
    assert isinstance(sound, Document)
    assert "more than 100,000 blank lines in a row" in blank.reason


def test_a_line_of_millions_of_values_is_not_taken_apart(tmp_path):
    path = written(
        tmp_path, "a.jsonl", '{"_id": 1, "text": "a", "m": [' + "[]," * 1_600_000 + "0]}"
    )
    assert [one.reason for one in read_source(path)] == ["more than 3,000,000 values"]


def test_a_gzip_cut_off_keeps_the_documents_before_and_names_the_place(tmp_path):
    entries = [{"_id": n, "text": os.urandom(200).hex()} for n in range(400)]
    path = jsonl_file(tmp_path, *entries, name="a.jsonl.gz")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    *documents, last = read_source(path)
    assert len(documents) > 150
    texts = [entry["text"] for entry in entries]
    assert [document.text for document in documents] == texts[: len(documents)]
    assert last.source == f"{path}:{len(documents) + 1}"
    assert last.reason.startswith(
        "the file is damaged from here on, and what came before is unchecked: Compressed file ended"
    )
    assert count_documents(path) == len(documents) + 1


def test_a_gzip_damaged_half_way_keeps_what_was_read_before_and_ends_in_a_reason(tmp_path):
    entries = [{"_id": n, "text": os.urandom(200).hex()} for n in range(400)]
    path = jsonl_file(tmp_path, *entries, name="a.jsonl.gz")
    data = bytearray(path.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 50] = b"\xff" * 50
    path.write_bytes(data)
    outcomes = list(read_source(path))
    assert sum(isinstance(outcome, Document) for outcome in outcomes) > 100
    assert outcomes[-1].reason.startswith("the file is damaged")


def test_a_file_that_is_no_gzip_is_unreadable(tmp_path):
    path = written(tmp_path, "a.jsonl.gz", b'{"_id": 1, "text": "x"}')
    (outcome,) = read_source(path)
    assert outcome.source == f"{path}:1"
    assert "Not a gzipped file" in outcome.reason


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz"])
def test_json_lines_in_utf16_are_read(tmp_path, name, encoding):
    texts = [f"水車は正午に回ります\u2028{number}" for number in range(50)]
    entries = [{"_id": str(number), "text": text} for number, text in enumerate(texts)]
    lines = "\n".join(json.dumps(entry, ensure_ascii=False) for entry in entries)
    data = lines.encode(encoding)
    path = written(tmp_path, name, gzip.compress(data) if name.endswith(".gz") else data)
    documents = list(read_source(path))
    assert [document.text for document in documents] == texts
    assert count_documents(path) == 50
