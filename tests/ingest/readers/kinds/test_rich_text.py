"""Rich Text Format: paragraphs, tables, properties."""

import sys
from datetime import date

import pytest

from headrace.errors import SourceError
from headrace.ingest.readers import Limits
from headrace.ingest.readers.contents import content_of
from support.reading import document_of, reason_of, written

HEAD = r"{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0 Arial;}}"
INFO = (
    r"{\info{\title Opening hours}{\author Ola N\'f8rdal}{\creatim\yr2024\mo5\dy1\hr9}"
    r"{\revtim\yr2025\mo1\dy2}}"
)


def text_of(tmp_path, body: str) -> str:
    return document_of(written(tmp_path, "a.rtf", HEAD + body + "}")).text


def test_paragraphs_and_properties_are_read(tmp_path):
    body = INFO + r"\pard\b Hours\b0\par The shop opens at {\i nine}.\line On Sundays at ten.\par}"
    document = document_of(written(tmp_path, "a.rtf", HEAD + body))
    assert document.text == "Hours\n\nThe shop opens at nine.\nOn Sundays at ten."
    assert document.title == "Opening hours"
    assert document.metadata == {
        "file_type": "rtf",
        "author": "Ola Nørdal",
        "created": date(2024, 5, 1),
    }


def test_letters_of_every_writing_are_read(tmp_path):
    assert text_of(tmp_path, r"caf\'e9 \u1044?\u1086?\u1084?") == "café Дом"


def test_rows_of_a_table_have_their_headers_and_their_cells_stay_on_one_line(tmp_path):
    row = r"\trowd\cellx100\cellx200\pard\intbl {}\cell {}\cell\row "
    rows = [("Depot", "Fee"), ("Wells", "155"), (r"Ver-\par wood", "160")]
    table = "".join(row.format(*cells) for cells in rows)
    assert text_of(tmp_path, rf"Fees:\par {table}\pard All paid.\par") == (
        "Fees:\n\nDepot: Wells; Fee: 155\n\nDepot: Ver- wood; Fee: 160\n\nAll paid."
    )


def test_pictures_are_left_out(tmp_path):
    assert text_of(tmp_path, r"See: {\pict\pngblip 89504e470d0a}below.") == "See: below."


def test_a_package_that_is_missing_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "striprtf.striprtf", None)
    with pytest.raises(SourceError, match=r"needs striprtf,.*pip install striprtf$"):
        content_of("rtf", (HEAD + "words}").encode(), Limits())


@pytest.mark.parametrize("data", [b"words", b"{\\rt"])
def test_what_is_no_rich_text_says_so(tmp_path, data):
    assert reason_of(written(tmp_path, "a.rtf", data)).startswith("damaged, or not a .rtf")
