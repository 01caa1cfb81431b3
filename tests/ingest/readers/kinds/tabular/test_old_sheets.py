"""Spreadsheets of Excel before 2007."""

import pytest

from support.old_excel import OldSheet, old_excel
from support.reading import document_of, reason_of, written

FEES = OldSheet(
    "Fees",
    [
        ["Depot", "Fee", "Since", "Share"],
        ["Wells", 155.0, (45413.0, "mm-dd-yy"), (0.125, "0%")],
        ["Verwood", (1160.5, "#,##0.00"), (0.75, "mm-dd-yy"), None],
    ],
)


def test_each_row_is_a_line_with_its_headers_and_values_as_shown(tmp_path):
    document = document_of(written(tmp_path, "fees.xls", old_excel(FEES)))
    assert document.text == (
        "## Fees\n\nDepot: Wells; Fee: 155; Since: 2024-05-01; Share: 13%\n\n"
        "Depot: Verwood; Fee: 1,160.50; Since: 18:00"
    )
    assert document.title == "fees" and document.metadata == {"file_type": "xls"}


def test_a_merged_cell_counts_for_all_and_a_hidden_sheet_is_said_to_be_one(tmp_path):
    rows = [["Place", "Day", "Fee"], ["Märkte", "Mon", 3.0], [None, "Tue", 4.0]]
    sheet = OldSheet("Old", rows, merged=[(1, 2, 0, 0)], is_hidden=True)
    document = document_of(written(tmp_path, "fees.xls", old_excel(FEES, sheet)))
    assert document.text.endswith(
        "## Old (hidden)\n\nPlace: Märkte; Day: Mon; Fee: 3\n\nPlace: Märkte; Day: Tue; Fee: 4"
    )
    assert document.metadata["hidden_sheets"] == ["Old"]


def test_a_web_page_that_is_called_xls_is_read_as_one(tmp_path):
    page = "\n<html><table><tr><th>Depot<th>Fee<tr><td>Wells<td>155</table></html>"
    assert "Wells" in document_of(written(tmp_path, "export.xls", page)).text


@pytest.mark.parametrize("data", [b"words", old_excel(FEES)[:150]])
def test_what_is_no_spreadsheet_says_so(tmp_path, data):
    assert reason_of(written(tmp_path, "fees.xls", data)).startswith("damaged, or not")
