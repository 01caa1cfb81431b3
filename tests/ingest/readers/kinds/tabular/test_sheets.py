"""Spreadsheets: rows with their headers, and values as a spreadsheet shows them."""

import io
import zipfile
from datetime import date, datetime, time, timedelta
from pathlib import Path

import openpyxl
import pytest

from headrace.ingest.readers import Unreadable, read_source
from headrace.ingest.readers.kinds.tabular.shown import shown
from headrace.types import Document
from support.reading import document_of, reason_of, written


def saved(folder: Path, workbook: openpyxl.Workbook, name: str = "a.xlsx") -> Path:
    workbook.save(folder / name)
    return folder / name


def workbook_of(*rows: list, title: str = "Fees") -> openpyxl.Workbook:
    workbook = openpyxl.Workbook()
    sheet = workbook.worksheets[0]
    sheet.title = title
    for row in rows:
        sheet.append(row)
    return workbook


def test_a_row_keeps_its_headers_and_a_sheet_its_name(tmp_path):
    workbook = workbook_of(["Berth", "Fee"], ["B1", 41], ["B2", 42])
    workbook.create_sheet("Empty")
    workbook.create_sheet("Notes").append(["Kept by Ola."])
    document = document_of(saved(tmp_path, workbook))
    assert document.text == (
        "## Fees\n\nBerth: B1; Fee: 41\n\nBerth: B2; Fee: 42\n\n## Notes\n\nKept by Ola."
    )
    assert document.markup == "markdown"


def test_merged_cells_count_for_all_that_they_cover(tmp_path):
    workbook = workbook_of(
        ["Fees of 2025"],
        ["Depot", "Rate", None],
        [None, "Week", "Month"],
        ["Wells", 1, 2],
        [None, 3, "closed"],
    )
    for merged in ("A1:C1", "A2:A3", "B2:C2", "A4:A5"):
        workbook.worksheets[0].merge_cells(merged)
    assert document_of(saved(tmp_path, workbook)).text == (
        "## Fees\n\nFees of 2025\n\nDepot: Wells; Rate Week: 1; Rate Month: 2\n\n"
        "Depot: Wells; Rate Week: 3; Rate Month: closed"
    )


def test_hidden_sheets_are_read_and_said_to_be_hidden(tmp_path):
    workbook = workbook_of(["Berth", "Fee"], ["B1", 41])
    secret = workbook.create_sheet("Codes")
    secret.append(["Gate", "Code"])
    secret.append(["North", "0042"])
    secret.sheet_state = "hidden"
    document = document_of(saved(tmp_path, workbook))
    assert document.text.endswith("## Codes (hidden)\n\nGate: North; Code: 0042")
    assert document.metadata["hidden_sheets"] == ["Codes"]


def test_properties_give_title_author_and_date(tmp_path):
    workbook = workbook_of(["a", "b"], ["c", 1])
    workbook.properties.title = "The  Fees"
    workbook.properties.creator = "Ada"
    workbook.properties.created = datetime(2024, 5, 1, 23)
    document = document_of(saved(tmp_path, workbook))
    assert document.title == "The Fees"
    assert document.metadata == {"file_type": "xlsx", "author": "Ada", "created": date(2024, 5, 1)}


def rewritten(path: Path, replaced: dict[str, bytes | None]) -> Path:
    """A zip with some parts replaced or (None) left out."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()} | replaced
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            if data is not None:
                archive.writestr(name, data)
    return path


def test_a_file_without_properties_is_given_none(tmp_path):
    path = saved(tmp_path, workbook_of(["a", "b"], ["c", 1]))
    document = document_of(rewritten(path, {"docProps/core.xml": None}))
    assert (document.title, document.metadata) == ("a", {"file_type": "xlsx"})


def test_a_file_without_a_day_of_creation_is_not_of_today(tmp_path):
    core = (
        b'<cp:coreProperties xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:cp="http://schemas.'
        b'openxmlformats.org/package/2006/metadata/core-properties"><dc:creator>Ada</dc:creator>'
        b"</cp:coreProperties>"
    )
    path = saved(tmp_path, workbook_of(["a", "b"], ["c", 1]))
    document = document_of(rewritten(path, {"docProps/core.xml": core}))
    assert document.metadata == {"file_type": "xlsx", "author": "Ada"}


def test_a_formula_is_read_by_its_stored_value(tmp_path):
    path = saved(tmp_path, workbook_of(["Berth", "Fee"], ["B1", "=40+1"]))
    sheet = "xl/worksheets/sheet1.xml"
    with zipfile.ZipFile(path) as archive:
        data = archive.read(sheet)
    computed = data.replace(b"<v></v>", b"<v>41</v>").replace(b"<v />", b"<v>41</v>")
    assert computed != data
    assert document_of(rewritten(path, {sheet: computed})).text.endswith("Berth: B1; Fee: 41")


def test_formulas_without_a_value_are_read_as_written_and_counted(tmp_path):
    path = saved(tmp_path, workbook_of(["Berth", "Fee"], ["B1", "=40+1"], ["B2", "=B2+1"]))
    document, lost = read_source(path)
    assert isinstance(document, Document) and isinstance(lost, Unreadable)
    assert document.text.endswith("Berth: B1; Fee: =40+1\n\nBerth: B2; Fee: =B2+1")
    assert lost.reason.startswith("2 formulas have no stored value")


@pytest.mark.parametrize(
    ("value", "code", "text"),
    [
        (1234.5, '#,##0.00 "EUR"', "1,234.50 EUR"),
        (0.125, "0.0%", "12.5%"),
        (0.125, "0%", "13%"),
        (-3.126, "[$€-407]#,##0.00;[Red]([$€-407]#,##0.00)", "(€3.13)"),
        (-1234567, "#,##0", "-1,234,567"),
        (-5, "0.00", "-5.00"),
        (0, '0;-0;"none"', "none"),
        (7, "00000", "00007"),
        (2.5, "0.0##", "2.5"),
        (12_300_000, "0.0,,\\M", "12.3M"),
        (12, "# ?/?", "12"),
        (0.1 + 0.2, "General", "0.3"),
        (1e21, "General", "1000000000000000000000"),
        (41.0, "General", "41"),
        (True, "General", "TRUE"),
        ("x\n y", "@", "x y"),
        (datetime(2024, 5, 1), "dd/mm/yyyy", "01/05/2024"),
        (datetime(2024, 5, 1, 14, 5), "d mmm yy h:mm AM/PM", "1 May 24 2:05 PM"),
        (datetime(2024, 5, 1, 14, 5, 9), "yyyy-mm-dd hh:mm:ss", "2024-05-01 14:05:09"),
        (datetime(2024, 5, 1), "[$-409]dddd, mmmm d", "Wednesday, May 1"),
        (datetime(2024, 5, 1), "mm-dd-yy", "2024-05-01"),
        (datetime(2024, 5, 1, 14, 30), "General", "2024-05-01 14:30"),
        (time(9, 5), "h:mm", "09:05"),
        (timedelta(hours=30, minutes=5), "[h]:mm:ss", "30:05:00"),
    ],
)
def test_values_are_read_as_they_are_shown(value, code, text):
    assert shown(value, code) == text


def test_a_sheet_that_ends_a_million_rows_below_is_read_at_once(tmp_path):
    workbook = workbook_of(["Berth", "Fee"], ["B1", 41])
    workbook.worksheets[0]["XFD1048576"] = "the end"
    path = saved(tmp_path, workbook)
    sheet = "xl/worksheets/sheet1.xml"
    with zipfile.ZipFile(path) as archive:
        data = archive.read(sheet)
    merged = b'</sheetData><mergeCells><mergeCell ref="A2:A1048575"/></mergeCells>'
    rewritten(path, {sheet: data.replace(b"</sheetData>", merged)})
    document = document_of(path, max_document_mb=2, max_document_s=20)
    assert document.text == "## Fees\n\nBerth: B1; Fee: 41\n\nthe end"


def test_empty_rows_say_nothing(tmp_path):
    path = saved(tmp_path, workbook_of(["Berth", "Fee"], ["B1", 41]))
    sheet = "xl/worksheets/sheet1.xml"
    with zipfile.ZipFile(path) as archive:
        data = archive.read(sheet)
    empty = b"".join(b'<row r="%d"/>' % number for number in range(3, 200_000))
    document = document_of(
        rewritten(path, {sheet: data.replace(b"</sheetData>", empty + b"</sheetData>")})
    )
    assert document.text == "## Fees\n\nBerth: B1; Fee: 41"


def test_a_zip_bomb_is_not_unpacked(tmp_path):
    path = saved(tmp_path, workbook_of(["a", "b"]))
    rewritten(path, {"xl/worksheets/sheet1.xml": b" " * 5_000_000})
    assert path.stat().st_size < 50_000
    assert reason_of(path, max_document_mb=1).startswith("too large: unpacked it is 5.0 MB")


def test_what_is_locked_cut_off_or_something_else_is_said_to_be(tmp_path):
    locked = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
    assert "protected by a password" in reason_of(written(tmp_path, "locked.xlsx", locked))
    whole = saved(tmp_path, workbook_of(["a", "b"], ["c", 1])).read_bytes()
    cut = reason_of(written(tmp_path, "cut.xlsx", whole[: len(whole) // 2]))
    assert cut.startswith("damaged, or not a .xlsx")
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("a.txt", "words")
    assert "damaged" in reason_of(written(tmp_path, "other.xlsx", made.getvalue()))
